"""Several configurations with one backup folder: each has due times of its own, and none is run twice or lost."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cli.command_line import CommandLine
from support.world import World, quiet
from watch.test_runner import DAY, HOUR, NIGHT, START, Clock

from rexus.modules.backup.base import process
from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.model import BackupModel

MINUTE = timedelta(minutes=1)
NAMED = {"name": "noche", "action": "cleanup", "times": ["02:00"], "zone": "UTC"}


def installed(folder: Path, clock: Clock, **changes: object) -> World:
    """One of several installations, whose schedules have been known since ``clock``."""
    folder.mkdir()
    world = World(folder, rows=5, root=str(folder.parent / "raíz"), schedules=[NAMED | changes]).build()
    world.model(clock=clock).settle_in()
    return world


def look(world: World, clock: Clock) -> list[str]:
    return [run.wall for run in world.model(clock=clock).run_due("prueba", quiet, CancelToken())]


def ledger(root: Path) -> Path:
    return root / "logs/schedule.jsonl"


@pytest.fixture
def clock():
    return Clock(START)


def test_two_installations_with_one_root_each_run_what_is_due_once(tmp_path, clock):
    one, other = installed(tmp_path / "a", clock), installed(tmp_path / "b", clock)
    for day in range(3):
        clock.at = NIGHT + day * DAY
        wall = [f"{clock.at:%Y-%m-%dT%H:%M}"]
        assert look(one, clock) == look(other, clock) == wall
        clock.at += HOUR
        assert look(one, clock) == look(other, clock) == []

    assert [run.wall[8:10] for run in one.model(clock=clock).runs()] == ["11", "12", "13"]
    assert len(one.model(clock=clock).runs(every=True)) == 6


def test_schedules_of_one_name_that_differ_do_not_lose_due_times(tmp_path, clock):
    """Each looks once an hour, as schedulers do: neither makes the form new that the other knows."""
    one, other = installed(tmp_path / "a", clock), installed(tmp_path / "b", clock, times=["03:30"])
    done: dict[str, list[str]] = {"a": [], "b": []}
    for number in range(24):
        clock.at = START + number * HOUR + 7 * MINUTE
        done["a"] += look(one, clock)
        done["b"] += look(other, clock)

    assert done == {"a": ["2026-03-11T02:00"], "b": ["2026-03-11T03:30"]}


def test_nobody_calls_missed_or_interrupted_what_is_another_ones(tmp_path, clock):
    one, other = installed(tmp_path / "a", clock), installed(tmp_path / "b", clock)
    clock.at = NIGHT
    look(one, clock)
    mine = one.model(clock=clock).runs()[0]
    with ledger(tmp_path / "raíz").open("a", encoding="utf-8") as lines:
        begun = json.loads(ledger(tmp_path / "raíz").read_text("utf-8").splitlines()[-1])
        lines.write(json.dumps(begun | {"state": "started", "wall": "2026-03-12T02:00", "pid": 2**22 + 5}) + "\n")
    clock.at = NIGHT + DAY + HOUR
    look(other, clock)

    assert [(run.wall[8:10], run.state) for run in other.model(clock=clock).runs()] == [
        ("11", RunState.MISSED),
        ("12", RunState.OK),
    ]
    assert mine in one.model(clock=clock).runs()
    assert ledger(tmp_path / "raíz").read_text("utf-8").count("interrupted") == 0, "its owner finds that itself"


@pytest.mark.skipif(sys.platform == "win32", reason="makes a link")
def test_one_configuration_by_several_names_is_one(tmp_path, clock):
    world = installed(tmp_path / "a", clock)
    (tmp_path / "enlace").symlink_to("a")
    spelt = [
        tmp_path / "enlace/backup_config.json",
        tmp_path / "a/../a/./backup_config.json",
        Path(os.path.relpath(world.config)),
    ]
    clock.at = NIGHT
    assert look(world, clock) == ["2026-03-11T02:00"]
    for place in spelt:
        assert BackupModel.open(place, clock=clock).run_due("prueba", quiet, CancelToken()) == ()


def test_the_same_place_on_another_machine_is_another_configuration(tmp_path, clock):
    world = installed(tmp_path / "a", clock)
    clock.at = NIGHT
    assert look(world, clock) == ["2026-03-11T02:00"]
    place = ledger(tmp_path / "raíz")
    lines = [json.loads(line) for line in place.read_text("utf-8").splitlines()]
    elsewhere = [line | {"config": "otra" + line["config"].removeprefix(process.host())} for line in lines]
    place.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in elsewhere), "utf-8")
    clock.at = NIGHT + MINUTE

    assert look(world, clock) == ["2026-03-11T02:00"]


def test_lines_of_an_older_version_count_for_whoever_reads_them(tmp_path, clock):
    one, other = installed(tmp_path / "a", clock), installed(tmp_path / "b", clock)
    clock.at = NIGHT
    look(one, clock)
    place = ledger(tmp_path / "raíz")
    lines = [json.loads(line) for line in place.read_text("utf-8").splitlines()]
    for line in lines:
        line.pop("config")
    place.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines), "utf-8")
    clock.at = NIGHT + HOUR

    assert look(one, clock) == look(other, clock) == [], "nothing runs twice after the update"
    clock.at = NIGHT + DAY
    assert look(one, clock) == look(other, clock) == ["2026-03-12T02:00"]
    assert [run.wall[8:10] for run in one.model(clock=clock).runs()] == ["11", "12"]


def test_an_attempt_that_an_older_version_wrote_of_is_told_once(tmp_path, clock):
    world = installed(tmp_path / "a", clock)
    refused = Run(
        schedule="noche", action="cleanup", wall="2026-03-11T02:00", due=NIGHT, state=RunState.REFUSED, at=NIGHT,
        begun=False,
    )  # fmt: skip
    world.model(clock=clock)._parts.runs().record(refused)
    clock.at = NIGHT + MINUTE
    look(world, clock)

    assert [run.state for run in world.model(clock=clock).runs()] == [RunState.OK]


def test_the_history_is_ones_own_and_that_of_all_names_the_configuration(tmp_path):
    ago = datetime.now(UTC) - timedelta(minutes=90)
    past = Clock(ago - HOUR)
    worlds = [installed(tmp_path / name, past, times=[f"{ago:%H:%M}"]) for name in ("a", "b")]
    commands = [CommandLine(world.config) for world in worlds]
    for run in commands:
        (done,) = run.json("schedule", "run", "--due")["runs"]
        assert done["config"].endswith(os.path.normcase(run.config))
    (mine,) = commands[0].json("schedule", "history")["runs"]
    assert mine["config"].endswith(os.path.normcase(worlds[0].config))
    assert len(commands[0].json("schedule", "history", "--all")["runs"]) == 2
    own, every = (commands[0]("schedule", "history", *more, "--lang", "en").out for more in ((), ("--all",)))

    assert "backup_config.json" not in own
    assert all(os.path.normcase(world.config) in every for world in worlds)


def test_health_is_judged_by_ones_own_runs(tmp_path, clock):
    one, other = installed(tmp_path / "a", clock), installed(tmp_path / "b", clock)
    clock.at = NIGHT
    look(one, clock)
    (run,) = one.model(clock=clock).runs()
    failed = msgspec.structs.replace(run, state=RunState.FAILED, code="unexpected")
    one.model(clock=clock)._parts.runs().record(failed)

    alarms = [{alarm.code for alarm in world.model(clock=clock).health().alarms} for world in (one, other)]
    assert ["health.run_failed" in codes for codes in alarms] == [True, False]
