"""Files that the server lost: asked for again where somebody wants them, and gone round by restore tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from support.sqlserver import ROWS, Company, company

from rexus.modules.backup.base.records import Check, Depth, Problem

pytest.importorskip("pyodbc", reason="no libodbc on this system")
ADDRESS = "https://rexus.blob.core.windows.net/copias"


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        made.configured("odbc", client_backup_dir=None)
        yield made


def files_of(firm: Company, name: str) -> list[Path]:
    one = firm.run.json("show", name)["manifest"]["databases"]["users"]
    there = [one["server_file"], *(piece["server_file"] for piece in one.get("stripes") or ())]
    return [firm.share / file.rpartition("\\")[2] for file in there]


def away(path: Path) -> Path:
    return path.rename(path.with_name(f"lejos {path.name}"))


def planned(firm: Company, name: str, code: int = 0) -> list[str]:
    """Codes of what speaks against bringing ``users`` back from the set."""
    told = firm.run.json("restore", name, "--database", "users", "--to", "vuelta", "--plan", code=code)
    return [one["code"] for one in told["plan"]["refusals"]]


def note_absent(firm: Company, name: str, before: timedelta) -> None:
    """A check finds nothing there, by a clock that shows this much before the backup was begun."""
    catalog = firm.model().catalog
    manifest = catalog.load(name)
    users = manifest.databases["users"]
    gone = Check(
        depth=Depth.ENGINE,
        at=manifest.started_at - before,
        ok=False,
        database="users",
        problem=Problem(code="verify.server_gone", values={"path": str(users.server_file)}),
    )
    noted = msgspec.structs.replace(users, checks=(*users.checks, gone))
    catalog.publish(msgspec.structs.replace(manifest, databases={**manifest.databases, "users": noted}))


def test_what_somebody_put_back_is_restored_without_a_check_before(firm: Company) -> None:
    firm.backup()
    firm.add("users", 1000)
    lost = firm.backup("users", "--kind", "log")
    firm.add("users", 1001)
    log = firm.backup("users", "--kind", "log")
    (file,) = files_of(firm, lost)
    moved = away(file)
    firm.run.json("verify", lost, code=2)
    assert planned(firm, lost, 3) == ["chain.missing"]
    assert planned(firm, log, 3) == ["chain.missing"]
    moved.rename(file)

    assert planned(firm, lost) == planned(firm, log) == []
    firm.run.json("restore", log, "--database", "users", "--to", "vuelta")
    assert firm.count("vuelta") == ROWS + 2


def test_with_one_of_several_files_missing_the_backup_is_and_nothing_else_has_to_be_there(firm: Company) -> None:
    firm.configured("odbc", client_backup_dir=None, stripes=3)
    name = firm.backup("users")
    first, second, third = files_of(firm, name)
    moved = away(second)
    told = firm.run.json("verify", name, code=2)
    assert {one["code"] for one in told["problems"]} == {"verify.server_gone"}
    assert planned(firm, name, 3) == ["chain.missing"]
    moved.rename(second)
    away(first)
    assert planned(firm, name, 3) == ["chain.missing"]
    away(third)
    assert planned(firm, name, 3) == ["chain.missing"]
    for file in (first, third):
        file.with_name(f"lejos {file.name}").rename(file)

    assert planned(firm, name) == []
    assert firm.run.json("drill", "users", "--set", name)["drills"][0]["ok"]


def test_all_files_of_a_spread_backup_may_be_elsewhere(firm: Company) -> None:
    firm.configured("odbc", client_backup_dir=None, stripes=3)
    name = firm.backup("users")
    for file in files_of(firm, name):
        away(file)
    told = firm.run.json("verify", name, code=2)

    assert {one["code"] for one in told["problems"]} == {"verify.server_unasked"}


@pytest.mark.parametrize("before", [timedelta(days=-1), timedelta(days=900)])
def test_what_is_missing_is_missing_whatever_the_clock_of_the_check_showed(firm: Company, before: timedelta) -> None:
    firm.backup("inventario")
    name = firm.backup("users")
    (file,) = files_of(firm, name)
    note_absent(firm, name, before)
    assert planned(firm, name) == [], "it is there"
    away(file)

    assert planned(firm, name, 3) == ["chain.missing"]
    told = firm.run.json("backup", "--no-files", "users", "--kind", "differential", code=1)
    assert firm.run.json("show", told["set"])["manifest"]["databases"]["users"]["kind"] == "full"
    assert "guard.base_useless" in {one["code"] for one in told["problems"]}


def test_behind_an_address_the_server_reads_what_was_missed(firm: Company) -> None:
    firm.world.add_container(ADDRESS)
    firm.configured("odbc", backup_url=ADDRESS, client_backup_dir=None, stripes=2)
    name = firm.backup("users")
    note_absent(firm, name, timedelta(days=-1))
    assert planned(firm, name) == []
    away(max(firm.world.disk.local(ADDRESS).iterdir()))

    assert planned(firm, name, 3) == ["chain.missing"]


def test_a_restore_test_takes_the_newest_set_whose_chain_is_whole_and_says_why(firm: Company) -> None:
    firm.backup("users")
    base = firm.backup("users")
    logs = []
    for number in (1000, 1001):
        firm.add("users", number)
        logs.append(firm.backup("users", "--kind", "log"))
    (file,) = files_of(firm, logs[0])
    moved = away(file)
    firm.run.json("verify", logs[0], code=2)
    told = firm.run.json("drill", code=1)
    (drill,) = (one for one in told["drills"] if one["name"] == "users")

    assert (drill["set"], drill["ok"]) == (base, True)
    (passed,) = (one for one in drill["problems"] if one["code"] == "drill.passed_over")
    assert (passed["values"]["newer"], passed["values"]["set"]) == (logs[1], base)
    assert file.name in passed["message"], "what is missing has a name"
    moved.rename(file)
    (drill,) = firm.run.json("drill", "users")["drills"]
    assert (drill["set"], drill["ok"], drill["problems"]) == (logs[1], True, [])


def test_where_every_chain_lacks_something_the_newest_set_tells_what(firm: Company) -> None:
    firm.backup("inventario")
    name = firm.backup("users")
    firm.add("users", 1000)
    log = firm.backup("users", "--kind", "log")
    away(files_of(firm, name)[0])
    firm.run.json("verify", name, code=2)
    (drill,) = firm.run.json("drill", "users", code=2)["drills"]

    assert (drill["set"], drill["ok"]) == (log, None)
    assert [one["code"] for one in drill["problems"]] == ["drill.not_done"]
