"""What goes wrong with a SQL Server, each cause by its name: a named problem, a usable database, nothing left."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cli.nursery import PROGRAM
from sqlserver_double.world_faults import Point
from sqlserver_double.world_messages import Said, say
from support.sqlserver import NAMES, ROWS, Company, company

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.records import BackupKind, BackupRequest, Outcome, RestoreRequest, Status

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def quiet(_: object) -> None:
    """Listen to nothing."""


def backup(firm: Company, kind: BackupKind = BackupKind.FULL, cancel: CancelToken | None = None) -> Outcome:
    request = BackupRequest(databases=("users",), kind=kind, files=False, requested_by="prueba")
    return firm.model().backup(request, quiet, cancel or CancelToken()).outcome


def restore(firm: Company, name: str, cancel: CancelToken | None = None, **how: object) -> Outcome:
    request = RestoreRequest(set=name, databases=("users",), requested_by="prueba", **how)
    return firm.model().restore(request, quiet, cancel or CancelToken()).outcome


def over(firm: Company, name: str, cancel: CancelToken | None = None) -> Outcome:
    return restore(firm, name, cancel, overwrite=True, confirmed=("users",))


def is_well(firm: Company) -> None:
    """The database can be used by everybody, and nobody else's place was touched."""
    assert firm.state("users") == ("ONLINE", "MULTI_USER")
    assert firm.leftovers() == []
    assert firm.databases() == set(NAMES)
    assert not list((firm.root / "safety").glob(".server-*"))


class Failure(NamedTuple):
    """What happens, and what it must be called."""

    name: str
    happens: Callable[[Company], object]
    code: str


def login(firm: Company, **rights: object) -> None:
    firm.world.add_login("copias", "C0pias;Clave", **rights)
    firm.sign_in("copias", "C0pias;Clave")


LOST, FOLDER = "sqlserver.lost", "C:\\Backup"
PAGE = (say(3183, 1, 7, "users"),)


def strike(how: str, point: Point, *said: Said) -> Callable[[Company], object]:
    """What happens in the server at a point of its work."""
    return lambda firm: getattr(firm.world.faults, how)(point, *said)


BACKUPS = (
    Failure("disk full", lambda firm: firm.world.disk.fill_after(FOLDER, 20_000), "sqlserver.disk_full"),
    Failure("folder read-only", lambda firm: firm.world.disk.make_read_only(FOLDER), "sqlserver.path_denied"),
    Failure(
        "folder missing",
        lambda firm: firm.configured("odbc", server_backup_dir="C:\\Nada"),
        "sqlserver.path_missing",
    ),
    Failure("offline", lambda firm: firm.sql("ALTER DATABASE users SET OFFLINE"), "sqlserver.not_online"),
    Failure("dropped", lambda firm: firm.sql("DROP DATABASE users"), "sqlserver.no_database"),
    Failure("no right", lambda firm: login(firm, users={"users": ()}), "sqlserver.backup_right"),
    Failure("wrong password", lambda firm: firm.sign_in("sa", "equivocada"), "sqlserver.login_failed"),
    Failure("server away", lambda firm: firm.server.stop(), "sqlserver.unreachable"),
    Failure("connection lost at the begin", strike("drop", "backup.begun"), LOST),
    Failure("connection lost halfway", strike("drop", "backup.half"), LOST),
    Failure("connection lost at the end", strike("drop", "backup.end"), LOST),
    Failure("restart halfway", strike("restart", "backup.half"), LOST),
    Failure("bad disk", strike("fail", "backup.half", say(3202, "C:\\x", "1117(I/O)")), "sqlserver.disk_damage"),
    Failure("damaged page", strike("fail", "backup.half", say(3043, "users", 1, 7, "C:\\x")), "sqlserver.page_damaged"),
    Failure("verify fails", strike("fail", "verify.half", say(3189)), "sqlserver.set_damaged"),
    Failure("verify loses the connection", strike("drop", "verify.half"), LOST),
    Failure("header can't be read", strike("drop", "headeronly"), LOST),
)


@pytest.mark.parametrize("failure", BACKUPS, ids=lambda one: one.name)
def test_a_backup_that_fails_has_a_name_and_leaves_nothing(firm: Company, failure: Failure) -> None:
    failure.happens(firm)
    try:
        outcome = backup(firm)
    except BackupError as error:
        told = {error.code}
    else:
        assert outcome.status is Status.FAILED
        told = {problem.code for problem in outcome.problems}

    assert failure.code in told
    assert [path.name for path in firm.share.iterdir()] == []
    assert [path.name for path in (firm.root / "databases").glob("*")] == []


RESTORES = (
    Failure("connection lost before anything", strike("drop", "restore.begun"), LOST),
    Failure("connection lost halfway", strike("drop", "restore.half"), LOST),
    Failure("restart halfway", strike("restart", "restore.half"), LOST),
    Failure("damaged set halfway", strike("fail", "restore.half", *PAGE), "sqlserver.set_damaged"),
    Failure("checkdb loses the connection", strike("drop", "checkdb.half"), LOST),
)


@pytest.mark.parametrize("failure", RESTORES, ids=lambda one: one.name)
def test_a_restore_over_a_database_that_fails_gives_the_old_one_back(firm: Company, failure: Failure) -> None:
    name = backup(firm).set
    firm.add("users", 1000)
    failure.happens(firm)
    outcome = over(firm, str(name))

    assert outcome.status is Status.FAILED
    assert failure.code in {problem.code for problem in outcome.problems}
    assert firm.count("users") == ROWS + 1
    is_well(firm)


@pytest.mark.parametrize("failure", RESTORES, ids=lambda one: one.name)
def test_a_restore_beside_that_fails_leaves_no_database(firm: Company, failure: Failure) -> None:
    name = backup(firm).set
    failure.happens(firm)
    outcome = restore(firm, str(name), to="aparte")

    assert outcome.status is Status.FAILED
    is_well(firm)


def test_a_cancelled_backup_is_taken_back_by_the_server(firm: Company) -> None:
    hold = firm.world.faults.hold("backup.half")
    cancel = CancelToken()

    def stop() -> None:
        hold.reached.wait(30)
        cancel.cancel()

    stopping = threading.Thread(target=stop)
    stopping.start()
    outcome = backup(firm, cancel=cancel)
    stopping.join()

    assert outcome.status is Status.CANCELLED
    is_well(firm)


def test_a_cancelled_restore_gives_the_old_database_back(firm: Company) -> None:
    name = str(backup(firm).set)
    firm.add("users", 1000)
    hold = firm.world.faults.hold("restore.half")
    cancel = CancelToken()

    def stop() -> None:
        hold.reached.wait(30)
        cancel.cancel()

    stopping = threading.Thread(target=stop)
    stopping.start()
    outcome = over(firm, name, cancel)
    stopping.join()

    assert outcome.status is Status.CANCELLED
    assert firm.count("users") == ROWS + 1
    is_well(firm)


def test_a_program_killed_in_the_middle_of_a_restore_is_taken_back_by_the_next_one(firm: Company) -> None:
    name = str(backup(firm).set)
    firm.add("users", 1000)
    hold = firm.world.faults.hold("restore.half")
    words = ("restore", name, "--database", "users", "--overwrite", "--yes", "users")
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), *words]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        assert hold.reached.wait(60)
        one.kill()
    firm.world.faults.clear()
    told = firm.run.json("backup", "--no-files", "inventario", code=1)

    assert "sweep.restore_undone" in {problem["code"] for problem in told["problems"]}
    assert firm.count("users") == ROWS + 1
    is_well(firm)
