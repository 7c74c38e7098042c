"""To whom a database is open after a restore over it, however that ends; and what is told of one that died."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.nursery import PROGRAM
from sqlserver_double.world_faults import Point
from support.points import EVERY
from support.sqlserver import NAMES, ROWS, Company, company
from support.writers import access_of

pytest.importorskip("pyodbc", reason="no libodbc on this system")
OVER = ("--database", "users", "--overwrite", "--yes", "users")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


@pytest.fixture
def saved(firm: Company) -> str:
    return firm.backup("users")


def killed_at(firm: Company, point: Point, *words: str) -> None:
    """The program dies while the server is there."""
    hold = firm.world.faults.hold(point)
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), *words]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        assert hold.reached.wait(60)
        one.kill()
    firm.world.faults.clear()


CLOSED = (("SINGLE_USER", False), ("RESTRICTED_USER", False), ("MULTI_USER", True), ("RESTRICTED_USER", True))
POINTS: tuple[Point, ...] = ("backup.half", "restore.asked", "restore.half", "checkdb.half")
TAKEN_BACK = [
    (*closed, point)
    for row, closed in enumerate(CLOSED[:3])
    for column, point in enumerate(POINTS)
    if EVERY or row == column % 3
]
"""Each of both at least once; all with all where there is time."""


def closed_by_somebody(firm: Company, users: str, read_only: bool) -> None:
    firm.sql(f"ALTER DATABASE users SET {users}")
    if read_only:
        firm.sql("ALTER DATABASE users SET READ_ONLY")


@pytest.mark.parametrize(("users", "read_only"), CLOSED)
def test_what_somebody_had_closed_stays_closed_where_another_content_is_restored(
    firm: Company, saved: str, users: str, read_only: bool
) -> None:
    firm.add("users", 1000)
    closed_by_somebody(firm, users, read_only)
    told = firm.run.json("restore", saved, *OVER, code=1)

    assert access_of(firm, "users") == ("ONLINE", users, read_only)
    assert firm.count("users") == ROWS
    (kept,) = [one for one in told["problems"] if one["code"] == "restore.access_kept"]
    assert kept["severity"] == "warning"
    assert users in kept["message"]

    back = firm.run.json("restore", told["safety_set"], *OVER, code=1)
    assert access_of(firm, "users") == ("ONLINE", users, read_only)
    assert firm.count("users") == ROWS + 1
    assert "restore.access_kept" in {one["code"] for one in back["problems"]}


@pytest.mark.parametrize(("users", "read_only", "point"), TAKEN_BACK)
def test_what_somebody_had_closed_is_closed_again_when_it_is_taken_back(
    firm: Company, saved: str, users: str, read_only: bool, point: Point
) -> None:
    firm.add("users", 1000)
    closed_by_somebody(firm, users, read_only)
    firm.world.faults.drop(point)
    told = firm.run.json("restore", saved, *OVER, code=2)

    assert access_of(firm, "users") == ("ONLINE", users, read_only)
    assert firm.count("users") == ROWS + 1
    assert "restore.access_kept" in {one["code"] for one in told["problems"]}
    assert not list((firm.root / "safety").glob(".server-*"))


def test_a_copy_beside_of_a_database_that_could_only_be_read_says_so(firm: Company) -> None:
    firm.sql("ALTER DATABASE users SET READ_ONLY")
    told = firm.run.json("restore", firm.backup("users"), "--database", "users", "--to", "aparte", code=1)

    assert access_of(firm, "aparte") == ("ONLINE", "MULTI_USER", True)
    assert {one["code"] for one in told["problems"]} == {"restore.read_only"}


def test_a_database_that_others_hold_alone_is_not_restored_over_and_stays_theirs(firm: Company, saved: str) -> None:
    firm.world.faults.fail("alter", times=1)
    told = firm.run.json("restore", saved, *OVER, code=2)

    assert told["safety_set"] is None
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)
    assert firm.databases() == set(NAMES)
    assert not list((firm.root / "safety").glob(".server-*"))


@pytest.mark.parametrize("point", ["restore.half", "checkdb.half"])
def test_of_two_databases_both_are_taken_back_when_the_second_fails(firm: Company, point: Point) -> None:
    names = ("users", "inventario")
    name = firm.backup(*names)
    for one in names:
        firm.add(one, 1000)
    firm.sql("ALTER DATABASE inventario SET RESTRICTED_USER")
    firm.world.faults.drop(point, "inventario")
    words = [word for one in names for word in ("--database", one, "--yes", one)]
    firm.run.json("restore", name, *words, "--overwrite", code=2)

    assert {one: firm.count(one) for one in names} == dict.fromkeys(names, ROWS + 1)
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)
    assert access_of(firm, "inventario") == ("ONLINE", "RESTRICTED_USER", False)
    assert not list((firm.root / "safety").glob(".server-*"))


def test_one_that_died_while_it_kept_a_copy_is_told_until_the_next_run_opens_the_database(
    firm: Company, saved: str
) -> None:
    killed_at(firm, "backup.half", "restore", saved, *OVER)
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", True)
    for words in (["list"], ["show", saved], ["check"]):
        assert "check.restore_closed" in firm.run(*words, "--json").codes, words

    told = firm.run.json("backup", "--no-files", "inventario", code=1)

    assert "undo.opened" in {one["code"] for one in told["problems"]}
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)
    assert "check.restore_closed" not in firm.run("check", "--json").codes


def test_one_that_died_after_that_is_told_with_the_set_that_holds_what_was_there(firm: Company, saved: str) -> None:
    firm.add("users", 1000)
    killed_at(firm, "checkdb.half", "restore", saved, *OVER)
    assert firm.count("users") == ROWS
    (told,) = [one for one in firm.run("check", "--json").json["findings"] if one["code"] == "check.restore_open"]
    safety = firm.run("list", "--json").json["sets"][0]["set"]
    assert safety in told["safe"]

    assert "sweep.restore_undone" in firm.run("backup", "--no-files", "inventario", "--json").codes
    assert firm.count("users") == ROWS + 1
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)


def test_what_somebody_opened_and_worked_with_since_stays(firm: Company, saved: str) -> None:
    firm.add("users", 1000)
    killed_at(firm, "checkdb.half", "restore", saved, *OVER)
    firm.sql("ALTER DATABASE users SET READ_WRITE")
    firm.add("users", 2000)

    assert "undo.worked_with" in firm.run("backup", "--no-files", "inventario", "--json").codes
    assert firm.count("users") == ROWS + 1
    assert not list((firm.root / "safety").glob(".server-*"))


def test_a_dead_restore_test_is_told_and_its_database_goes(firm: Company, saved: str) -> None:
    killed_at(firm, "checkdb.half", "drill", "users", "--set", saved)
    assert "check.drill_open" in firm.run("check", "--json").codes

    firm.run("backup", "--no-files", "inventario")

    assert firm.databases() == set(NAMES)
    assert "check.drill_open" not in firm.run("check", "--json").codes


def test_a_journal_that_nobody_can_read_is_told_and_stops_deletions(firm: Company, saved: str) -> None:
    newer = firm.backup("users")
    journal = firm.root / "safety" / f".server-{'a1' * 16}.json"
    journal.parent.mkdir(exist_ok=True)
    journal.write_bytes(b"{")
    refused = firm.run.json("delete", saved, "--yes", saved, code=3)
    assert "delete.restore_unreadable" in {one["code"] for one in refused["problems"]}
    assert "check.restore_unreadable" in firm.run("check", "--json").codes
    assert "check.restore_unreadable" in firm.run("list", "--json").codes

    journal.unlink()
    firm.run.json("delete", saved, "--yes", saved)
    assert [one["set"] for one in firm.run.json("list")["sets"]] == [newer]
