"""The verb prune: the same list shown and done, for programs and for people."""

from __future__ import annotations

import json

import pytest
from cli.command_line import CommandLine
from support.world import World

RULES = {"daily": 1, "weekly": 0, "monthly": 0, "yearly": 0, "after_backup": False}


@pytest.fixture
def site(tmp_path):
    world = World(tmp_path, rows=5, retention=RULES, language="en").build()
    run = CommandLine(world.config)
    return world, run, [run.backup() for _ in range(3)]


def test_the_plan_changes_nothing_and_its_digest_is_executed(site):
    world, run, sets = site

    plan = run.json("prune", "--plan")

    assert [(one["set"], one["action"], one["rule"]) for one in plan["decisions"]] == [
        (sets[2], "keep", "newest_proven"),
        (sets[1], "delete", "expired"),
        (sets[0], "delete", "expired"),
    ]
    assert plan["decisions"][0]["rules"] == ["newest_proven", "daily", "files"]
    assert {"code", "severity", "message", "safe", "fix", "values"} <= plan["decisions"][0]["because"].keys()
    assert plan["freed_bytes"] == sum(one["bytes"] for one in plan["decisions"][1:])
    assert len(world.model().listing().sets) == 3

    done = run.json("prune", "--digest", plan["digest"])

    assert (done["deleted"], done["freed_bytes"]) == ([sets[1], sets[0]], plan["freed_bytes"])
    assert [one["code"] for one in done["problems"]] == ["prune.done"]
    assert [one.set for one in world.model().listing().sets] == [sets[2]]
    assert run.json("prune")["deleted"] == []


def test_another_digest_deletes_nothing_and_shows_the_new_plan(site):
    world, run, sets = site

    told = run.json("prune", "--digest", "0" * 64, code=3)

    assert [one["code"] for one in told["problems"]] == ["prune.changed"]
    assert len(told["decisions"]) == len(sets) == len(world.model().listing().sets)


def test_a_person_sees_the_new_plan_beside_the_refusal(site):
    world, run, sets = site

    told = run("prune", "--digest", "0" * 64)

    assert told.code == 3
    assert "The plan is no longer the one that was shown" in told.err
    assert sets[1] in told.out
    assert "2 sets would be deleted" in told.out
    digest = run.json("prune", "--plan")["digest"]
    assert f"prune --digest {digest}" in told.out
    assert run.json("prune", "--digest", digest)["deleted"] == [sets[1], sets[0]]
    assert len(world.model().listing().sets) == 1


def test_a_pin_with_an_end_counts_as_pinned(tmp_path):
    world = World(tmp_path, rows=5, retention={**RULES, "count": 9}, language="en").build()
    run = CommandLine(world.config)
    sets = [run.backup() for _ in range(3)]
    run("pin", sets[0], "--name", "before 4.2", "--until", "2099-01-01")

    told = run("prune", "--plan").out

    counts = {line.rsplit(None, 1)[0].strip(): line.split()[-1] for line in told.splitlines() if line.strip()}
    assert (counts["newest proven"], counts["by number"], counts["pinned"]) == ("1", "1", "1")


def test_while_no_file_is_seen_nothing_is_pruned_and_the_reason_is_told(site):
    world, run, sets = site
    (world.root / "databases").rename(world.folder / "unmounted")

    plan = run.json("prune", "--plan", code=1)
    done = run.json("prune", code=3)

    assert [one["code"] for one in plan["problems"]] == ["prune.store_unseen"]
    assert [one["code"] for one in done["problems"]] == ["prune.store_unseen"]
    assert len(done["decisions"]) == len(sets)


def test_the_trail_says_in_the_readers_language_what_was_done(site):
    _world, run, sets = site
    run("prune")
    run("pin", sets[2])

    assert "retention rules applied" in run("audit").out
    assert "pinned" in run("audit").out


def test_a_person_sees_what_goes_and_why_and_what_stays(site):
    _world, run, sets = site
    run("pin", sets[0], "--name", "before 4.2")

    told = run("prune", "--plan")

    assert told.code == 0
    assert sets[1] in told.out
    assert "no rule keeps it any more" in told.out
    assert sets[2] not in told.out
    assert "pinned" in told.out
    assert "1 set would be deleted" in told.out
    every = run("prune", "--plan", "--all")
    assert sets[2] in every.out
    assert "pinned: before 4.2" in every.out
    done = run("prune")
    assert sets[1] in done.out
    assert "Sets deleted by the retention rules: 1" in done.err
    assert "Nothing was deleted." in run("prune").out


def test_while_the_latest_backup_is_missing_the_plan_says_so(site):
    world, run, sets = site
    (world.root / world.model().show(sets[2]).databases["users"].file).unlink()

    plan = run.json("prune", "--plan", code=1)

    assert {one["action"] for one in plan["decisions"][2:]} == {"refuse"}
    assert {one["rule"] for one in plan["decisions"][2:]} == {"latest_unproven"}
    assert [one["code"] for one in plan["problems"]] == ["prune.latest_unproven"]
    assert "users" in run("prune", "--plan").err


@pytest.mark.parametrize("bad", [lambda one: one[:10], lambda one: one + "0", lambda one: "x" + one[1:], lambda _: ""])
def test_what_can_be_no_digest_is_refused_as_such(site, bad):
    _world, run, _sets = site
    digest = run.json("prune", "--plan")["digest"]
    ran = run("prune", "--digest", bad(digest), "--json")

    assert (ran.code, ran.codes) == (3, {"prune.bad_digest"})
    assert len(run.json("list")["sets"]) == 3


def test_a_digest_in_capitals_is_the_same(site):
    _world, run, sets = site
    digest = run.json("prune", "--plan")["digest"]

    assert run.json("prune", "--digest", f" {digest.upper()} ")["deleted"] == [sets[1], sets[0]]


def test_plan_and_digest_together_are_refused(site):
    _world, run, _sets = site

    assert run("prune", "--plan", "--digest", "x", "--json").codes == {"cli.usage_together"}


def test_an_operator_sees_the_plan_and_may_not_execute_it(site):
    from rexus.modules.backup.base.identity import os_identity

    world, run, _sets = site
    settings = json.loads(world.config.read_text("utf-8"))
    groups = list(os_identity().groups)
    if not groups:
        pytest.skip("no groups here")
    settings["roles"] = {"administrators": ["nobody-is-in-it"], "operators": groups[:1]}
    world.config.write_text(json.dumps(settings), "utf-8")

    assert run.json("prune", "--plan")["decisions"]
    assert run("prune", "--json").codes == {"role.denied"}
    assert len(world.model().listing().sets) == 3
