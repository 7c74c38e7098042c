"""What is said of a restore on a server whose program died: of what was there, and of what it only made beside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.nursery import PROGRAM
from sqlserver_double.world_faults import Point
from support.sqlserver import NAMES, ROWS, Company, company

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


def told(firm: Company, *words: str) -> list[dict[str, Any]]:
    """What a verb finds."""
    answer = firm.run(*words, "--json").json
    return next(answer[part] for part in ("findings", "alarms", "problems") if part in answer)  # type: ignore[no-any-return]


def words_of(one: dict[str, Any]) -> str:
    return " ".join(str(one[part]) for part in ("message", "safe", "fix"))


@pytest.mark.parametrize("point", ["restore.asked", "restore.half"])
def test_one_to_a_new_name_names_no_set_and_says_that_the_live_one_is_untouched(
    firm: Company, saved: str, point: Point
) -> None:
    firm.add("users", 1000)
    killed_at(firm, point, "restore", saved, "--database", "users", "--to", "uu3")

    for words in (["list"], ["check"], ["health"]):
        found = {one["code"]: one for one in told(firm, *words)}
        one = found.get("check.restore_new")
        assert one is not None, words
        assert not found.keys() & {"check.restore_open", "check.restore_closed"}, words
        assert "uu3" in one["message"]
        assert "users itself was not touched" in one["safe"]
        assert saved not in words_of(one)

    after = {one["code"]: one for one in told(firm, "backup", "inventario", "--no-files")}
    assert "sweep.restore_undone" not in after
    if point == "restore.half":  # before that there is nothing to remove
        assert "uu3" in after["sweep.restore_removed"]["message"]
        assert saved not in words_of(after["sweep.restore_removed"])
    assert firm.databases() == set(NAMES)
    assert firm.count("users") == ROWS + 1


def test_a_restore_test_that_died_names_no_set_either(firm: Company, saved: str) -> None:
    killed_at(firm, "restore.half", "drill", "users", "--set", saved)
    assert "check.drill_open" in {one["code"] for one in told(firm, "health")}

    after = {one["code"]: one for one in told(firm, "backup", "inventario", "--no-files")}

    assert "sweep.restore_undone" not in after
    assert saved not in words_of(after["sweep.drill_removed"])
    assert firm.databases() == set(NAMES)


def test_half_a_database_is_told_once_and_nobody_is_sent_to_open_it(firm: Company, saved: str) -> None:
    firm.add("users", 1000)
    killed_at(firm, "restore.half", "restore", saved, *OVER)
    assert firm.state("users")[0] == "RESTORING"

    checked = firm.run("check", "--json")
    about = [one for one in told(firm, "check") if "users" in one["values"].get("database", "")]

    assert checked.code == 2
    assert [(one["code"], one["severity"]) for one in about] == [("check.restore_open", "error")]
    assert "run any backup" in about[0]["fix"]

    firm.run("backup", "inventario", "--no-files")
    assert firm.count("users") == ROWS + 1
    assert "sqlserver.ready" in {one["code"] for one in told(firm, "check")}


def test_what_is_under_way_did_not_die(firm: Company, saved: str) -> None:
    hold = firm.world.faults.hold("restore.half")
    command = [sys.executable, str(PROGRAM), "--config", str(firm.run.config), "restore", saved, *OVER]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        assert hold.reached.wait(60)
        for words in (["list"], ["check"], ["health"]):
            assert "check.restore_open" not in {each["code"] for each in told(firm, *words)}, words
        hold.release()
        assert one.wait(60) == 0
