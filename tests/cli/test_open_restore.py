"""Whoever looks at backups is told of a restore that died halfway."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from cli.command_line import CommandLine
from support.world import World

from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.jobs.lease import Lease
from rexus.modules.backup.jobs.restore_journal import Pending, Place

TOKEN = "0123456789abcdef" * 2


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, rows=5).build()
    name = world.backup("users", files=False).outcome.set
    place = Place(
        name="users", location=str(world.database("users")), staging="", existed=True, kept_as="users", raw="", old="x"
    )
    journal = world.root / f"safety/.restore-{TOKEN}.json"
    journal.parent.mkdir(exist_ok=True)
    journal.write_bytes(msgspec.json.encode(Pending(token=TOKEN, set=str(name), safety=name, places=(place,))))
    return world


def test_list_and_show_warn_and_say_what_to_do(world: World) -> None:
    run = CommandLine(world.config)
    name = run.json("list", code=1)["sets"][0]["set"]
    for words in (["list"], ["show", name], ["check"]):
        told = run.json(*words, code=1)
        assert "check.restore_open" in {one["code"] for one in told["problems"]}, words
    ran = run("--lang", "en", "list")
    assert "A restore of users died halfway" in ran.err
    assert name in ran.out


def test_a_restore_under_way_did_not_die(world: World) -> None:
    with Lease.hold(world.root, "restore", "ana", RealFiles(), SystemClock()):
        assert CommandLine(world.config).json("list")["problems"] == []
