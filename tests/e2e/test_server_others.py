"""Somebody else backs a database up or restores it on the server: it is said who, and what then goes on by itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cli.nursery import PROGRAM
from sqlserver_double.answers import Login
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SA_PASSWORD
from sqlserver_double.world_faults import Point
from support.sqlserver import ROWS, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")
OVER = ("--database", "users", "--overwrite", "--yes", "users")

AGAIN = "RESTORE DATABASE users FROM DISK = N'C:\\Backup\\suya.bak' WITH REPLACE, NORECOVERY"


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


@contextmanager
def at_work(firm: Company, point: Point, text: str) -> Iterator[int]:
    """Somebody's session is in the middle of ``text`` meanwhile, and comes to its end afterwards: its number."""
    hold = firm.world.faults.hold(point)
    session = firm.world.login(Login(user="sa", password=SA_PASSWORD, host="PC-MARIA", application="Agente"))
    assert isinstance(session, WorldSession)
    working = threading.Thread(target=lambda: list(session.batch(text, {})))
    working.start()
    try:
        assert hold.reached.wait(30)
        yield session.id
    finally:
        hold.release()
        working.join(30)
        session.close()


def found(firm: Company, code: str) -> dict[str, Any]:
    (one,) = [one for one in firm.run("check", "--json").json["findings"] if one["code"] == code]
    return dict(one)


def test_a_backup_behind_that_of_somebody_else_says_that_it_waits_and_for_whom(firm: Company) -> None:
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), "--lang", "en", "--json"]
    with at_work(firm, "backup.half", "BACKUP DATABASE users TO DISK = N'C:\\Backup\\suya.bak' WITH INIT") as number:
        one = found(firm, "sqlserver.being_backed_up")
        assert {"sa", "PC-MARIA", str(number)} <= {str(one["values"][key]) for key in ("login", "host", "session")}
        assert f"KILL {number};" in one["fix"]

        running = subprocess.Popen(
            [*command, "backup", "users", "--no-files"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stderr is not None
        said = next(line for line in running.stderr if "aiting" in line)
        assert "another session" in said
    out, _ = running.communicate(timeout=60)

    assert running.returncode == 0, out
    assert '"sqlserver.waited"' in out
    assert "PC-MARIA" in out


def test_a_log_backup_waits_for_nobody(firm: Company) -> None:
    firm.backup("users")
    firm.sql("BACKUP DATABASE users TO DISK = N'C:\\Backup\\base.bak' WITH INIT")
    with at_work(firm, "backup.half", "BACKUP DATABASE users TO DISK = N'C:\\Backup\\suya.bak' WITH INIT, COPY_ONLY"):
        told = firm.run("backup", "users", "--kind", "log", "--no-files", "--json")
    assert "sqlserver.waited" not in told.codes


def test_what_somebody_is_restoring_is_not_to_be_brought_online_by_hand(firm: Company) -> None:
    firm.sql("BACKUP DATABASE users TO DISK = N'C:\\Backup\\suya.bak' WITH INIT")
    with at_work(
        firm, "restore.half", "RESTORE DATABASE users FROM DISK = N'C:\\Backup\\suya.bak' WITH REPLACE, NORECOVERY"
    ) as number:
        one = found(firm, "sqlserver.being_restored")
        assert f"KILL {number};" in one["fix"]
        assert "PC-MARIA" in one["message"]
        assert "sqlserver.not_online" not in firm.run("check", "--json").codes


def test_a_way_back_that_somebody_bars_says_who_and_what_to_do(firm: Company) -> None:
    saved = firm.backup("users")
    firm.sql("BACKUP DATABASE users TO DISK = N'C:\\Backup\\suya.bak' WITH INIT, COPY_ONLY")
    firm.add("users", 1000)
    hold = firm.world.faults.hold("restore.half")
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), "restore", saved, *OVER]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        assert hold.reached.wait(60)
        one.kill()
    firm.world.faults.clear()
    safety = firm.run.json("list", code=1)["sets"][0]["set"]

    with at_work(firm, "restore.half", AGAIN) as number:
        told = firm.run("backup", "inventario", "--no-files", "--json").json
        (barred,) = [each for each in told["problems"] if each["code"] == "undo.failed"]
        assert "PC-MARIA" in barred["message"]
        assert str(number) in barred["message"]
        assert f"restore {safety} --database users --overwrite --yes users" in barred["fix"]

    firm.run("backup", "inventario", "--no-files")
    assert firm.count("users") == ROWS + 1
