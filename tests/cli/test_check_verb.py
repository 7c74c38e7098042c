"""The verb check: what would keep a backup from being whole, and what was agreed to, is never told as fine."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, rows=5).build()
    world.backup(files=False)
    return world


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_locked_database_is_told_and_no_whole_backup_is_promised(world: World, mode: str) -> None:
    run = CommandLine(world.config)
    with contextlib.closing(sqlite3.connect(world.database("users"), isolation_level=None)) as other:
        other.execute(f"pragma journal_mode={mode}")
        other.execute("pragma locking_mode=exclusive")
        other.execute("begin exclusive")
        other.execute("insert into datos(texto) values('x')")
        read, told = run("check", "--lang", "en"), run.json("check", code=1)
        failed = run.json("backup", "--no-files", code=2)

    assert "A backup would not be whole now: other programs have locked users." in read.out
    assert "A backup would work now." not in read.out
    (busy,) = (one for one in told["findings"] if one["code"] == "source.busy")
    assert (busy["severity"], busy["values"]["database"]) == ("warning", "users")
    assert busy["fix"]
    assert "source.busy" in {one["code"] for one in failed["problems"]}
    assert "A backup would work now." in run("check", "--lang", "en").out


def test_an_accepted_danger_is_told_as_accepted(world: World) -> None:
    run = CommandLine(world.config)
    before = run.json("check", code=1)["findings"]
    settings = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**settings, "health": {"accepted": ["same_disk"]}}), "utf-8")
    told, english, spanish = run.json("check"), run("check", "--lang", "en"), run("check", "--lang", "es")

    assert not any(one["accepted"] for one in before)
    (one,) = (one for one in told["findings"] if one["accepted"])
    assert (one["code"], one["severity"]) == ("check.same_disk", "info")
    (line,) = (line for line in english.out.splitlines() if "on the same disk" in line)
    assert line.startswith("! Accepted: ")
    assert not any("mismo disco" in line and "✓" in line for line in spanish.out.splitlines())
