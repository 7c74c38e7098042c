"""A restore over a database in which somebody goes on writing: what the server took is never lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.nursery import PROGRAM
from sqlserver_double.world_faults import Point
from sqlserver_double.world_messages import say
from support.points import points
from support.sqlserver import NAMES, Company, company
from support.writers import Writer, access_of, rows_of

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, Origin, Outcome, RestoreRequest, Status

pytest.importorskip("pyodbc", reason="no libodbc on this system")
READ_ONLY = 3906


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


@pytest.fixture
def saved(firm: Company) -> str:
    request = BackupRequest(databases=("users",), files=False, requested_by="prueba")
    return str(firm.model().backup(request, lambda _: None, CancelToken()).outcome.set)


@pytest.fixture
def writer(firm: Company, saved: str) -> Iterator[Writer]:
    made = Writer(firm)
    yield made
    made.stop()


def over(firm: Company, name: str, cancel: CancelToken | None = None) -> tuple[Outcome, str | None]:
    request = RestoreRequest(
        set=name, databases=("users",), overwrite=True, confirmed=("users",), requested_by="prueba"
    )
    result = firm.model().restore(request, lambda _: None, cancel or CancelToken())
    return result.outcome, result.safety_set


def nothing_is_lost(firm: Company, writer: Writer, safety: str | None, *, done: bool) -> None:
    """Every row that the server took is in the database, or in what brings the old one back."""
    writer.stop()
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)
    found = rows_of(firm, "users")
    if done:
        firm.run.json("restore", str(safety), "--database", "users", "--to", "antes")
        found |= rows_of(firm, "antes")
        assert access_of(firm, "antes") == ("ONLINE", "MULTI_USER", False)
        firm.sql("DROP DATABASE antes")
    assert [number for number in writer.kept if number not in found] == []
    assert firm.databases() == set(NAMES)
    assert firm.leftovers() == []
    assert not list((firm.root / "safety").glob(".server-*"))


def test_what_is_written_until_the_end_is_in_the_safety_copy_or_in_what_came_back(
    firm: Company, saved: str, writer: Writer
) -> None:
    outcome, safety = over(firm, saved)

    assert outcome.status is Status.OK, outcome.problems
    assert READ_ONLY in writer.refused
    assert writer.kept
    nothing_is_lost(firm, writer, safety, done=True)


FAILURES: tuple[Point, ...] = (
    "backup.half",
    "verify.half",
    "headeronly",
    "restore.half",
    "restore.end",
    "checkdb.half",
)


@pytest.mark.parametrize("point", FAILURES)
def test_what_is_written_until_a_failure_is_there_when_it_is_taken_back(
    firm: Company, saved: str, writer: Writer, point: Point
) -> None:
    firm.world.faults.fail(point, say(3202, "C:\\x", "1117(I/O)"))
    outcome, _ = over(firm, saved)

    assert outcome.status is Status.FAILED
    assert writer.kept
    nothing_is_lost(firm, writer, None, done=False)


def _batches(firm: Company, saved: str, writer: Writer) -> int:
    """How many batches such a restore sends."""
    over(firm, saved)
    count = writer.batches
    writer.start()
    return count


def test_cancelled_before_any_batch_it_is_the_old_one_or_the_new_one(firm: Company, saved: str, writer: Writer) -> None:
    for stop in points(_batches(firm, saved, writer), 5):
        cancel = CancelToken()
        person = threading.Thread(target=cancel.cancel)  # the server's own thread must stay free to hear of it
        writer.before = lambda number, at=stop, who=person: who.start() if number == at else None
        outcome, safety = over(firm, saved, cancel)
        writer.before = lambda number: None
        person.join()

        done = outcome.status in (Status.OK, Status.WARNINGS)
        assert done or outcome.status is Status.CANCELLED, (stop, outcome.problems)
        nothing_is_lost(firm, writer, safety, done=done)
        writer.start()


def test_killed_before_any_batch_the_next_run_opens_the_database_and_nothing_is_lost(
    firm: Company, saved: str, writer: Writer
) -> None:
    words = ("restore", saved, "--database", "users", "--overwrite", "--yes", "users")
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), *words]
    for stop in points(_batches(firm, saved, writer), 5):
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as one:
            writer.before = lambda number, at=stop, dying=one: dying.kill() if number == at else None
            one.wait(120)
        writer.before = lambda number: None
        done = one.returncode == 0
        told = firm.run("backup", "--no-files", "inventario", "--json").json
        assert told["status"] in ("ok", "warnings"), (stop, told["problems"])
        safety = next((one.set for one in firm.model().listing().sets if one.origin is Origin.SAFETY), None)
        nothing_is_lost(firm, writer, safety, done=done or _is_new(firm, writer))
        writer.start()


def _is_new(firm: Company, writer: Writer) -> bool:
    """Whether the restored content is there: what was written first is not."""
    return bool(writer.kept) and writer.kept[0] not in rows_of(firm, "users")
