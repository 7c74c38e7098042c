"""A restore test of a log backup applies that very log, whatever other way leads to where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sqlserver import Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        yield made


def flip(path: Path) -> None:
    """The bit in its middle is another."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def sources(firm: Company, made: str) -> list[str]:
    """The sets that a restore of ``made`` would use."""
    steps = firm.run.json("restore", made, "--database", "users", "--plan")["plan"]["steps"]
    return [one["source"] for one in steps if one["code"].startswith("restore_")]


def test_a_log_that_a_restore_may_do_without_is_applied_all_the_same(firm: Company) -> None:
    firm.backup("users")
    firm.add("users", 1000)
    firm.backup("users", "--kind", "differential")
    log = firm.backup("users", "--kind", "log")
    assert log not in sources(firm, log), "the differential ends where it does"

    (stored,) = (firm.root / "databases").glob(f"users_{log}.*")
    flip(stored)
    assert "drill.failed" in {one["code"] for one in firm.run.json("drill", "users", "--set", log, code=2)["problems"]}
    flip(stored)
    firm.run.json("drill", "users", "--set", log)

    assert {one["set"]: one["tick"] for one in firm.run.json("list")["sets"]}[log] == "restored"


def test_a_log_in_which_nothing_happened_is_not_put_to_a_server_that_may_refuse_it(firm: Company) -> None:
    firm.backup("users")
    firm.add("users", 1000)
    firm.backup("users", "--kind", "log")
    empty = firm.backup("users", "--kind", "log")
    assert empty not in sources(firm, empty)
    trace = firm.folder / "lotes.sql"
    assert firm.run.json("drill", "users", "--set", empty, "--trace-sql", str(trace))["drills"][0]["ok"]

    assert trace.read_text("utf-8").count("RESTORE LOG") == 1
