"""The same story by every client: both kinds of sqlcmd (a real one where REXUS_SQLCMD names it), and ODBC alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlcmd_double.install import install
from support.sqlserver import NAMES, ROWS, Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, Status

pytest.importorskip("pyodbc", reason="no libodbc on this system")
REAL = os.environ.get("REXUS_SQLCMD", "")
CLIENTS = ("odbc", *(("real sqlcmd",) if REAL else ("go", "odbc17", "odbc18")))


@pytest.fixture(params=CLIENTS)
def firm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    if request.param not in ("odbc", "real sqlcmd"):
        monkeypatch.setenv("REXUS_SQLCMD", str(install(tmp_path / "bin", request.param)))
    with company(tmp_path, "odbc" if request.param == "odbc" else "sqlcmd") as made:
        yield made


def test_a_chain_is_made_lost_and_restored(firm: Company) -> None:
    assert {one["severity"] for one in firm.run.json("check", code=1)["findings"]} == {"info", "warning"}
    firm.backup()
    firm.add("users", 1000)
    firm.backup("users", "--kind", "differential")
    firm.add("users", 1001)
    log = firm.backup("users", "--kind", "log")
    firm.sql("DELETE FROM users.dbo.datos")
    told = firm.run.json("restore", log, "--database", "users", "--overwrite", "--yes", "users")

    assert firm.count("users") == ROWS + 2
    assert firm.state("users") == ("ONLINE", "MULTI_USER")
    assert told["safety_set"]
    assert firm.leftovers() == []
    assert firm.databases() == set(NAMES)


def test_a_backup_that_is_cancelled_leaves_nothing(firm: Company) -> None:
    hold = firm.world.faults.hold("backup.half")
    cancel = CancelToken()

    def stop() -> None:
        hold.reached.wait(60)
        cancel.cancel()

    stopping = threading.Thread(target=stop)
    stopping.start()
    request = BackupRequest(databases=("users",), files=False, requested_by="prueba")
    outcome = firm.model().backup(request, lambda _: None, cancel).outcome
    stopping.join()

    assert outcome.status is Status.CANCELLED
    assert firm.leftovers() == []
