"""The instant between the end of a restore and its closing: who may come in, and what a death just then leaves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.nursery import PROGRAM
from sqlserver_double.answers import Login, Message
from sqlserver_double.sessions import WorldSession
from support.sqlserver import ROWS, Company, company
from support.writers import access_of

pytest.importorskip("pyodbc", reason="no libodbc on this system")
USER, PASSWORD = "aplicación", "Otra;Clave1"
NO_ENTRY = 916


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        made.world.add_login(USER, PASSWORD, users={"users": ("db_datareader", "db_datawriter")})
        yield made


def at_the_instant(firm: Company, action: Callable[[WorldSession], None]) -> None:
    """Once, between RECOVERY and what follows it in the same batch."""
    firm.world.faults.do("restore.recover", lambda _: firm.world.faults.do("alter", action))


def written(firm: Company, database: str, number: int) -> list[int]:
    """Numbers of the errors by which the application can't write there; none: it could."""
    session = firm.world.login(Login(user=USER, password=PASSWORD))
    assert isinstance(session, WorldSession)
    answers = list(session.batch(f"INSERT INTO [{database}].dbo.datos VALUES ({number}, N'trabajo')", {}))
    session.close()
    return [one.number for one in answers if isinstance(one, Message) and one.severity > 10]


def test_the_application_does_not_come_in_before_it_is_closed(firm: Company) -> None:
    name = firm.backup()
    assert written(firm, "users", 5000) == []
    seen: list[object] = []

    def tried(session: WorldSession) -> None:
        seen.append(access_of(firm, "users"))
        seen.append(written(firm, "users", 5001))

    at_the_instant(firm, tried)
    firm.run.json("restore", name, "--database", "users", "--overwrite", "--yes", "users")

    assert seen == [("ONLINE", "RESTRICTED_USER", False), [NO_ENTRY]]
    assert firm.count("users") == ROWS
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)
    assert written(firm, "users", 5002) == []


def test_nobody_writes_in_the_copy_of_a_restore_test(firm: Company) -> None:
    firm.backup()
    seen: list[object] = []

    def looked(session: WorldSession) -> None:
        (copy,) = (one for one in firm.databases() if "_drill_" in one)
        seen.append((access_of(firm, copy), bool(written(firm, copy, 5001))))

    firm.world.faults.do("checkdb.begun", looked)
    (drill,) = firm.run.json("drill", "users")["drills"]

    assert drill["ok"]
    assert seen == [(("ONLINE", "MULTI_USER", True), True)]


def test_a_connection_that_breaks_just_then_leaves_the_old_one_open_to_all(firm: Company) -> None:
    name = firm.backup()
    assert written(firm, "users", 5000) == []
    at_the_instant(firm, lambda session: session.stop("dropped"))
    firm.run.json("restore", name, "--database", "users", "--overwrite", "--yes", "users", code=2)

    assert firm.count("users") == ROWS + 1
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)


def test_what_a_run_that_died_just_then_left_stays_and_is_open_to_all(firm: Company) -> None:
    name = firm.backup()
    words = ("restore", name, "--database", "users", "--overwrite", "--yes", "users")
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), *words]
    dying: list[subprocess.Popen[bytes]] = []

    def killed(session: WorldSession) -> None:
        dying[0].kill()
        session.stop("gone")

    at_the_instant(firm, killed)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as one:
        dying.append(one)
        one.wait(120)
    assert access_of(firm, "users") == ("ONLINE", "RESTRICTED_USER", False)
    told = firm.run.json("backup", "--no-files", "inventario", code=1)

    assert "undo.worked_with" in {one["code"] for one in told["problems"]}
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)
    assert written(firm, "users", 5001) == []
