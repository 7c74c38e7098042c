"""The same tests run against a server that the environment names: here a double that runs on its own, as if foreign."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlserver_double.alone import Alone, alone
from support.sqlserver_stands import NEEDS_DOUBLE, VARIABLE, foreign

pytest.importorskip("pyodbc", reason="no libodbc on this system")
if os.environ.get(VARIABLE):
    pytest.skip("a real server is tested already", allow_module_level=True)
PROJECT = Path(__file__).parents[2]


def named(server: Alone) -> dict[str, str]:
    """How the environment names it."""
    return {
        VARIABLE: f"127.0.0.1,{server.port}",
        f"{VARIABLE}_USER": server.user,
        f"{VARIABLE}_PASSWORD": server.password,
        f"{VARIABLE}_SERVER_DIR": server.there,
        f"{VARIABLE}_CLIENT_DIR": str(server.share),
    }


def running(server: Alone, *words: str) -> str:
    """What pytest says of tests on that server."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "REXUS"))}
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *words]
    ran = subprocess.run(
        command, cwd=PROJECT, env=plain | named(server), capture_output=True, text=True, check=False, timeout=600
    )
    return " ".join((ran.stdout + ran.stderr).split())


def test_tests_run_on_it_and_leave_nothing(tmp_path: Path) -> None:
    with alone(tmp_path / "servidor") as server:
        told = running(
            server, "tests/e2e/test_sqlserver_chain.py", "-k", "proven_stored or overwriting or new_databases"
        )
        left = foreign(named(server))
        assert left is not None
        there = left.sql("SELECT name FROM sys.databases WHERE database_id > 4")

    assert told.startswith("..s "), told
    assert NEEDS_DOUBLE in told
    assert there == []
    assert list(server.share.iterdir()) == []


def test_databases_of_somebody_are_not_touched(tmp_path: Path) -> None:
    with alone(tmp_path / "servidor", "--database", "users") as server:
        told = running(server, "tests/e2e/test_sqlserver_chain.py", "-k", "proven_stored")
        left = foreign(named(server))
        assert left is not None
        rows = left.sql("SELECT COUNT(*) FROM users.dbo.datos")

    assert told.startswith("E "), told
    assert re.search(r"databases \['users'\]", told)
    assert rows == [(200,)]


def test_all_of_it_must_be_named() -> None:
    with pytest.raises(pytest.fail.Exception, match=f"{VARIABLE}_CLIENT_DIR"):
        foreign({VARIABLE: "srv", f"{VARIABLE}_USER": "u", f"{VARIABLE}_PASSWORD": "p", f"{VARIABLE}_SERVER_DIR": "d"})
    assert foreign({}) is None
