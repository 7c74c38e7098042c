"""Work that is cancelled, a program that is killed in each phase, a server that goes for good: all is as it was."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.nursery import PROGRAM
from sqlserver_double.world_faults import Hold, Point
from support.sqlserver import NAMES, ROWS, Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, Outcome, RestoreRequest, Status

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def quiet(_: object) -> None:
    """Listen to nothing."""


def backup(firm: Company, cancel: CancelToken | None = None) -> Outcome:
    request = BackupRequest(databases=("users",), files=False, requested_by="prueba")
    return firm.model().backup(request, quiet, cancel or CancelToken()).outcome


def over(firm: Company, name: str, cancel: CancelToken | None = None) -> Outcome:
    request = RestoreRequest(
        set=name, databases=("users",), overwrite=True, confirmed=("users",), requested_by="prueba"
    )
    return firm.model().restore(request, quiet, cancel or CancelToken()).outcome


def cancelled_at(firm: Company, point: Point, order: Callable[[CancelToken], Outcome]) -> Outcome:
    """How an order ends that somebody cancels while the server is there."""
    hold, cancel = firm.world.faults.hold(point), CancelToken()

    def stop() -> None:
        hold.reached.wait(60)
        cancel.cancel()

    stopping = threading.Thread(target=stop)
    stopping.start()
    outcome = order(cancel)
    stopping.join()
    return outcome


def is_well(firm: Company) -> None:
    """The database can be used by everybody, and nobody else's place was touched."""
    assert firm.state("users") == ("ONLINE", "MULTI_USER")
    assert firm.leftovers() == []
    assert firm.databases() == set(NAMES)
    assert not list((firm.root / "safety").glob(".server-*"))
    assert not list(firm.root.rglob("*.partial"))


@pytest.mark.parametrize("point", ["backup.begun", "backup.half", "backup.end", "verify.half"])
def test_a_cancelled_backup_is_taken_back_by_the_server(firm: Company, point: Point) -> None:
    outcome = cancelled_at(firm, point, lambda cancel: backup(firm, cancel))

    assert outcome.status is Status.CANCELLED
    is_well(firm)


@pytest.mark.parametrize("point", ["backup.half", "restore.begun", "restore.half", "restore.end", "checkdb.half"])
def test_a_cancelled_restore_gives_the_old_database_back(firm: Company, point: Point) -> None:
    name = str(backup(firm).set)
    firm.add("users", 1000)
    outcome = cancelled_at(firm, point, lambda cancel: over(firm, name, cancel))

    assert outcome.status is Status.CANCELLED
    assert firm.count("users") == ROWS + 1
    is_well(firm)


def killed_at(firm: Company, hold: Hold, *words: str) -> None:
    """Run the program, and kill it while the server is there."""
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), *words]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        assert hold.reached.wait(60)
        one.kill()
    firm.world.faults.clear()


@pytest.mark.parametrize("point", ["backup.half", "verify.half"])
def test_a_program_killed_in_a_backup_leaves_nothing_for_long(firm: Company, point: Point) -> None:
    killed_at(firm, firm.world.faults.hold(point), "backup", "--no-files", "users")
    firm.run.json("backup", "--no-files", "inventario")

    is_well(firm)


@pytest.mark.parametrize("point", ["restore.begun", "restore.half", "restore.end", "checkdb.half"])
def test_a_program_killed_in_a_restore_is_taken_back_by_the_next_one(firm: Company, point: Point) -> None:
    name = str(backup(firm).set)
    firm.add("users", 1000)
    words = ("restore", name, "--database", "users", "--overwrite", "--yes", "users")
    killed_at(firm, firm.world.faults.hold(point), *words)
    told = firm.run.json("backup", "--no-files", "inventario", code=1)

    assert "sweep.restore_undone" in {problem["code"] for problem in told["problems"]}
    assert firm.count("users") == ROWS + 1
    is_well(firm)


def test_a_program_killed_in_its_safety_copy_has_touched_nothing(firm: Company) -> None:
    name = str(backup(firm).set)
    firm.add("users", 1000)
    words = ("restore", name, "--database", "users", "--overwrite", "--yes", "users")
    killed_at(firm, firm.world.faults.hold("backup.half"), *words)
    firm.run.json("backup", "--no-files", "inventario", code=1)

    assert firm.count("users") == ROWS + 1
    is_well(firm)


def test_a_server_that_goes_for_good_is_put_right_when_it_is_back(firm: Company) -> None:
    name = str(backup(firm).set)
    firm.add("users", 1000)

    def go(_: object) -> None:
        firm.server.faults.refuse_connections()
        firm.world.restart()

    firm.world.faults.do("restore.half", go)
    outcome = over(firm, name)
    assert outcome.status is Status.FAILED
    assert {"sqlserver.lost", "undo.failed"} <= {problem.code for problem in outcome.problems}
    assert firm.state("users")[0] == "RESTORING"

    firm.server.faults.clear()
    told = firm.run.json("backup", "--no-files", "inventario", code=1)
    assert "sweep.restore_undone" in {problem["code"] for problem in told["problems"]}
    assert firm.count("users") == ROWS + 1
    is_well(firm)


def test_a_copy_of_a_restore_test_that_could_not_be_dropped_is_named_and_goes_with_the_next_run(firm: Company) -> None:
    firm.backup("users")
    firm.world.faults.drop("drop")
    told = firm.run.json("drill", "users", code=1)
    (left,) = (problem for problem in told["problems"] if problem["code"] == "drill.copy_left")
    assert firm.databases() == {*NAMES, left["values"]["path"]}

    assert "sweep.drill_removed" in firm.run("backup", "--no-files", "inventario", "--json").codes
    is_well(firm)
