"""How long a pin lasts, and what stays of it when a set is pinned again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cli.command_line import CommandLine
from support.world import World

from rexus.modules.backup.cli.parsing import parse
from rexus.modules.backup.cli.verbs_keep import VERBS

ZONE = {"TZ": "America/Argentina/Buenos_Aires"}


@pytest.fixture
def site(tmp_path):
    world = World(tmp_path, rows=10, language="en").build()
    run = CommandLine(world.config)
    return world, run, run.backup("--no-files")


def pinned(world: World, name: str):
    return world.model().show(name).pin


def test_a_day_lasts_until_its_end():
    given = parse(VERBS["pin"], ["x", "--until", "2030-12-31"])["until"]

    assert (given.year, given.month, given.day, given.hour, given.minute, given.second) == (2030, 12, 31, 23, 59, 59)
    assert given.tzinfo is not None


def test_an_instant_stays_one():
    at = parse(VERBS["pin"], ["x", "--until", "2030-12-31T08:00:00-03:00"])["until"]

    assert at == datetime(2030, 12, 31, 11, tzinfo=UTC)


def test_today_is_no_past(site):
    world, run, name = site
    assert run("pin", name, "--until", f"{datetime.now().astimezone():%Y-%m-%d}").code == 0
    until = pinned(world, name).until
    assert until is not None
    assert until > datetime.now(UTC)


def test_the_day_is_told_as_it_was_given(site):
    _world, run, name = site
    told = run("pin", name, "--until", "2030-12-31", "--name", "cierre", **ZONE)

    assert f"{name} is pinned («cierre») until 2030-12-31 23:59." in told.out
    assert "cierre (2030-12-31)" in run("list", **ZONE).out


def test_pinned_again_what_is_not_given_stays(site):
    world, run, name = site
    run.json("pin", name, "--name", "cierre", "--until", "2030-12-31")
    first = pinned(world, name)

    again = run.json("pin", name)
    assert pinned(world, name).name == "cierre"
    assert pinned(world, name).until == first.until
    because = again["decisions"][0]["because"]
    assert (because["code"], because["values"]["name"]) == ("pin.done_until", "cierre")
    run.json("pin", name, "--until", "2031-01-31")
    assert pinned(world, name).name == "cierre"
    assert pinned(world, name).until > first.until
    run.json("pin", name, "--name", "otra")
    assert (pinned(world, name).name, pinned(world, name).until.year) == ("otra", 2031)


def test_the_confirmation_says_what_there_is_not(site):
    _world, run, name = site

    assert f"{name} is pinned, without a name or an end." in run("pin", name).out
    assert f"{name} is pinned («x»), without an end." in run("pin", name, "--name", "x").out
    run("unpin", name)
    assert f"{name} is pinned until 2030-01-01 23:59, without a name." in run("pin", name, "--until", "2030-01-01").out


def test_a_set_that_is_not_pinned_is_not_called_unpinned(site):
    world, run, name = site
    before = (world.root / "logs/audit.jsonl").read_bytes()
    told = run.json("unpin", name)

    assert [(one["action"], one["because"]["code"]) for one in told["decisions"]] == [("keep", "unpin.nothing")]
    assert (world.root / "logs/audit.jsonl").read_bytes() == before
    assert "was not pinned" in run("unpin", name).out

    run("pin", name)
    assert run.json("unpin", name)["decisions"][0]["because"]["code"] == "unpin.done"


def test_whoever_says_all_of_it_replaces_all_of_it(site):
    """The window's form, which shows no end, must not keep one."""
    world, run, name = site
    run.json("pin", name, "--name", "cierre", "--until", "2030-12-31")
    world.model().pin((name,), "", None, "ana")

    assert pinned(world, name).until is None
    assert pinned(world, name).name == ""


def test_the_help_says_how_long_a_day_is(site):
    _world, run, _name = site

    assert "through this day" in " ".join(run("pin", "--help").out.split())
