"""The verb cleanup, through the real program."""

from __future__ import annotations

import pytest
from cli.command_line import CommandLine
from cli.contract import PROBLEM
from support.faults import read_tree
from support.litter import LEFT, OLD_LOG, ORPHANS, SEGMENT, litter, old_trail
from support.world import World


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, rows=20).build()
    old_trail(world)
    world.backup()
    litter(world)
    return world


@pytest.fixture
def run(world):
    return CommandLine(world.config)


def test_the_plan_shows_what_is_done_then(world, run):
    before = read_tree(world.root)
    plan = run.json("cleanup", "--plan")
    assert read_tree(world.root) == before
    done = run.json("cleanup")

    assert [(one["path"], one["delete"]) for one in plan["items"]] == [
        (one["path"], one["delete"]) for one in done["items"]
    ]
    assert {*LEFT, OLD_LOG, *ORPHANS, SEGMENT} < {one["path"] for one in done["items"] if one["delete"]}
    assert done["freed_bytes"] == plan["freed_bytes"] == sum(one["bytes"] for one in done["items"])
    assert all(one.keys() == {"kind", "path", "bytes", "delete", "because"} for one in done["items"])
    assert all(one["because"].keys() >= PROBLEM for one in done["items"])
    assert run.json("cleanup")["items"] == []


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_person_sees_what_goes_and_why(world, run, lang):
    (world.root / ".orphans").unlink()
    ran = run("--lang", lang, "cleanup", "--plan")
    assert ran.code == 0, ran.err
    assert all(path in ran.out for path in (*LEFT, OLD_LOG, *ORPHANS))
    assert "cleanup." not in ran.out
    assert "{" not in ran.out
    ran = run("--lang", lang, "cleanup")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-1].startswith("5 ")


def test_the_trail_tells_it_and_is_whole(run):
    run.json("cleanup")
    told = run.json("audit", "verify")
    assert told["ok"]
    assert [one["code"] for one in told["problems"]] == ["audit.expired"]
    assert [one["what"] for one in run.json("audit", "--lines", "5")["lines"]][-1] == "cleanup"


def test_beside_a_damaged_manifest_it_ends_with_a_warning(world, run):
    (world.root / "backup_manifest_20240101_000000.json").write_text("{", "utf-8")
    told = run.json("cleanup", code=1)
    assert [one["code"] for one in told["problems"]] == ["manifest.damaged"]
    assert {one["path"] for one in told["items"] if not one["delete"]} == set(ORPHANS)


def test_nothing_to_do_is_said(world, run):
    run.json("cleanup")
    ran = run("--lang", "en", "cleanup")
    assert (ran.code, ran.out) == (0, "There is nothing to remove.\n")


def test_no_backups_no_work(tmp_path):
    world = World(tmp_path / "otra", rows=5)
    world.folder.mkdir()
    world.build()
    ran = CommandLine(world.config)("cleanup", "--json")
    assert (ran.code, ran.codes, ran.json["items"]) == (3, {"catalog.absent"}, [])
    assert not world.root.exists()
