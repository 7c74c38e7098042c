"""A restore test that a server did not let be made says what to do about that cause, and nothing about our disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.sqlserver import NAMES, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        made.backup("users")
        yield made


def not_done(firm: Company) -> dict[str, Any]:
    told = firm.run("drill", "users", "--json").json
    (one,) = [one for one in told["problems"] if one["code"] == "drill.not_done"]
    return dict(one)


def test_a_server_that_is_down_is_to_be_started(firm: Company) -> None:
    firm.server.stop()
    assert "service" in not_done(firm)["fix"]


def test_a_right_that_is_missing_is_to_be_granted(firm: Company) -> None:
    firm.world.add_login("copias", "C0pias;Clave", users={name: ("db_backupoperator",) for name in NAMES})
    firm.sign_in("copias", "C0pias;Clave")
    fix = not_done(firm)["fix"]
    assert "GRANT CREATE ANY DATABASE TO" in fix
    assert "copias" in fix


def test_a_chain_that_lacks_its_file_tells_what_it_needs(firm: Company) -> None:
    (stored,) = (firm.root / "databases").glob("users_*")
    stored.unlink()
    assert "disk of the backup folder" not in not_done(firm)["fix"]
