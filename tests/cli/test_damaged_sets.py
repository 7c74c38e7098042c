"""What `health` advises of a set that failed its check: its deletion where that is allowed, and only there."""

from __future__ import annotations

import pytest
from cli.command_line import CommandLine
from support.world import World


@pytest.fixture
def site(tmp_path):
    world = World(tmp_path, rows=20, health={"free_bytes": 0}).build()
    return world, CommandLine(world.config)


def spoil(world: World, run: CommandLine, name: str) -> None:
    path = world.root / str(world.model().show(name).databases["users"].file)
    path.write_bytes(path.read_bytes()[:-9])
    assert run("verify", name).code == 2


def damaged(run: CommandLine) -> dict[str, str]:
    """The alarm of the damaged set, in English."""
    (found,) = [
        one for one in run("health", "--json", "--lang", "en").json["alarms"] if one["code"] == "health.damaged"
    ]
    return found


def test_one_that_nothing_needs_can_go_by_the_command_that_is_named(site):
    world, run = site
    old = run.backup("--no-files")
    run.backup("--no-files")
    spoil(world, run, old)
    command = f"delete {old} --yes {old}"

    assert command in damaged(run)["fix"]
    assert command in run("health", "--lang", "en").out
    assert run(*command.split()).code == 0
    assert "health.damaged" not in {one["code"] for one in run("health", "--json").json["alarms"]}


def test_one_whose_other_databases_are_the_newest_proven_is_kept_until_there_is_a_new_one(site):
    world, run = site
    run.backup("--no-files")
    newest = run.backup("--no-files")
    spoil(world, run, newest)
    told = damaged(run)

    assert "delete" not in told["fix"]
    assert "Do not delete that set" in told["safe"]
    assert run("delete", newest, "--yes", newest).code == 3, "as the command itself has it"
    run.backup("--no-files")
    assert f"delete {newest} --yes {newest}" in damaged(run)["fix"]


def test_the_only_one_is_kept(site):
    world, run = site
    only = run.backup("--no-files")
    spoil(world, run, only)

    assert "delete" not in damaged(run)["fix"]


def test_a_pinned_one_is_kept(site):
    world, run = site
    old = run.backup("--no-files")
    run.backup("--no-files")
    run.json("pin", old, "--name", "cierre")
    spoil(world, run, old)

    assert "delete" not in damaged(run)["fix"]
    run.json("unpin", old)
    assert f"delete {old} --yes {old}" in damaged(run)["fix"]
