"""A backup that ends as nobody foresaw: what its server has written is told by whoever comes next, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sqlserver import Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, JobEvent

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        made.configured("odbc", client_backup_dir=None)
        yield made


def broken(firm: Company, phase: str, error: BaseException) -> None:
    """A backup whose listener raises what no job knows of."""

    def report(event: JobEvent) -> None:
        if event.phase == phase and (event.database == "users" or not event.database):
            raise error

    request = BackupRequest(databases=("users",), files=False, requested_by="prueba")
    with pytest.raises(type(error)):
        firm.model().backup(request, report, CancelToken())


def notes(firm: Company) -> list[Path]:
    return list((firm.root / "safety").glob(".writing-*"))


def told(ran: dict) -> list[str]:
    """The files that a run or a check names as left on the server."""
    found = ran.get("findings", ran["problems"])
    return [one["values"]["files"] for one in found if one["code"] == "sweep.server_files"]


@pytest.mark.parametrize("error", [ZeroDivisionError("boom"), KeyboardInterrupt()], ids=["mistake", "interrupt"])
@pytest.mark.parametrize("phase", ["verify", "publish"])
def test_what_the_server_wrote_is_told_by_the_check_and_by_the_next_run(
    firm: Company, phase: str, error: BaseException
):
    broken(firm, phase, error)
    (left,) = firm.leftovers()
    assert told(firm.run.json("check", code=1)) == [firm.on_server(left)]
    assert told(firm.run.json("backup", "--no-files", "users", code=1)) == [firm.on_server(left)]
    assert told(firm.run.json("backup", "--no-files", "users")) == []
    assert len(notes(firm)) == 1

    (firm.share / left).unlink()
    firm.backup("users")
    assert notes(firm) == []


def test_where_nothing_stayed_nobody_is_told_anything(firm: Company):
    broken(firm, "verify", ZeroDivisionError("boom"))
    (left,) = firm.leftovers()
    (firm.share / left).unlink()

    firm.backup("users")
    assert notes(firm) == []
