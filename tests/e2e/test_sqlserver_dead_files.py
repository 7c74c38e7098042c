"""A restore of databases by a server and of files that dies anywhere: afterwards all is old, or all is new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dying import restored
from support.points import points
from support.sqlserver import NAMES, ROWS, Company, company
from support.writers import access_of

pytest.importorskip("pyodbc", reason="no libodbc on this system")
FILE = "requirements.txt"
OLD, NEW = "PyQt6==6.11\n", "PyQt6\n"
MOST = 5


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        whole = json.loads(made.run.config.read_text("utf-8"))
        made.run.config.write_text(
            json.dumps({**whole, "databases": {"users": "users"}, "files": {"config": [FILE], "application": []}}),
            "utf-8",
        )
        (made.run.config.parent / FILE).write_text(NEW, "utf-8")
        yield made


def make_old(firm: Company) -> None:
    """What is there when the restore begins: a row more, and another file."""
    if firm.count("users") == ROWS:
        firm.add("users", 1000)
    (firm.run.config.parent / FILE).write_text(OLD, "utf-8")


def seen(firm: Company) -> tuple[int, str]:
    """Rows of the database, and the file."""
    return firm.count("users"), (firm.run.config.parent / FILE).read_text("utf-8")


def telling(calls: list[str]) -> list[int]:
    """Numbers of the calls around which something becomes final, and of those behind them."""
    marks = [number for number, call in enumerate(calls, 1) if call.startswith(("replace", "unlink"))]
    return sorted({near for number in marks for near in (number, number + 1) if near <= len(calls)})


def test_killed_before_any_call_the_next_run_makes_it_all_old_or_all_new(firm: Company) -> None:
    name = str(firm.run.json("backup")["set"])
    make_old(firm)
    calls = restored(firm.run.config, name, 0)
    assert seen(firm) == (ROWS, NEW)
    final = telling(calls)
    worlds = set()
    for number in (final[one - 1] for one in points(len(final), MOST)):
        make_old(firm)
        restored(firm.run.config, name, number)
        told = firm.run("backup", "--no-files", "users", "--json").json
        assert told["status"] in ("ok", "warnings"), (number, calls[number - 1], told["problems"])
        assert seen(firm) in {(ROWS + 1, OLD), (ROWS, NEW)}, (number, calls[number - 1], seen(firm))
        assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)
        assert firm.databases() == set(NAMES)
        assert firm.leftovers() == []
        assert not list((firm.root / "safety").glob(".*.json"))
        worlds.add(seen(firm))
    assert len(worlds) == 2


def test_while_the_server_is_away_neither_is_taken_back_and_then_both_are(firm: Company) -> None:
    name = str(firm.run.json("backup")["set"])
    make_old(firm)
    calls = restored(firm.run.config, name, 0)
    make_old(firm)
    last = max(number for number, call in enumerate(calls, 1) if call.startswith("replace .restoring-"))
    swapped = max(number for number, call in enumerate(calls, 1) if call.endswith(f" {FILE}") and number < last)
    restored(firm.run.config, name, swapped + 1)
    assert seen(firm) == (ROWS, NEW)
    firm.sign_in("sa", "equivocada")
    firm.run("backup", "--no-files", "users")
    assert seen(firm) == (ROWS, NEW)
    assert list((firm.root / "safety").glob(".server-*"))

    firm.sign_in("sa", firm.password)
    told = firm.run("backup", "--no-files", "users", "--json").json

    assert "sweep.restore_undone" in {problem["code"] for problem in told["problems"]}
    assert seen(firm) == (ROWS + 1, OLD)


def test_a_deshacer_of_the_whole_restore_brings_back_the_files_too(firm: Company) -> None:
    name = str(firm.run.json("backup")["set"])
    make_old(firm)
    words = ("--all", "--overwrite", "--yes", "users", "--yes", "config")
    told = firm.run("restore", name, *words, "--json").json
    assert seen(firm) == (ROWS, NEW)

    safety = told["safety_set"]
    asked = firm.run("restore", safety, "--all", "--overwrite", "--yes", "users", "--json").json
    assert [problem["code"] for problem in asked["problems"]] == ["restore.unconfirmed"]
    firm.run("restore", safety, *words)

    assert seen(firm) == (ROWS + 1, OLD)
    assert access_of(firm, "users") == ("ONLINE", "MULTI_USER", False)
