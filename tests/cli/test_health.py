"""The verb health as scripts, Nagios and a tired administrator use it."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.world import NAMES, World

from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.watch.runs import Runs


@pytest.fixture
def fresh(tmp_path):
    world = World(tmp_path, rows=20, health={"free_bytes": 0}).build()
    return world, CommandLine(world.config)


def test_a_fresh_place_is_unprotected_and_says_what_to_do(fresh):
    world, run = fresh
    told = run.json("health", code=2)
    ran = run("health", "--lang", "en")

    assert (told["status"], told["level"], told["said"]["code"]) == ("failed", "unprotected", "health.no_backup")
    assert told["databases"].keys() == set(NAMES)
    assert told["alarms"][0]["code"] == "health.no_backup"
    assert (ran.code, ran.out.splitlines()[0].split(" ", 1)[1]) == (2, "There is no backup yet: nothing is protected.")
    assert "What to do: Make the first one: backup." in ran.err
    assert not world.root.exists()


def test_after_a_backup_every_database_is_protected(fresh):
    _world, run = fresh
    name = run.backup()
    told = run.json("health", code=1)

    assert (told["status"], told["level"]) == ("warnings", "attention")
    assert {one["severity"] for one in told["alarms"]} <= {"warning", "info"}
    for one in told["databases"].values():
        assert (one["set"], one["ok"], one["deepest"]) == (name, True, "content")
        assert datetime.fromisoformat(one["protected_until"]) <= datetime.fromisoformat(one["proven_at"])
        assert 0 <= one["age_s"] < 600
        assert one["because"]["code"] == "health.protected"
        assert one["because"]["message"]
    assert told["free_bytes"] > 0


def test_a_lost_archive_is_exit_2_and_names_the_database(fresh):
    world, run = fresh
    told = run.json("backup")
    (world.root / told["databases"]["users"]["file"]).unlink()
    ran = run("health", "--lang", "en")

    assert ran.code == 2
    assert "users" in ran.out.splitlines()[0]
    assert run.json("health", code=2)["databases"]["users"]["because"]["code"] == "health.none_proven"


def test_the_same_of_several_databases_is_told_once(fresh):
    world, run = fresh
    run.backup()
    for path in (world.root / "databases").iterdir():
        path.unlink()
    ran = run("health", "--lang", "en")

    assert ran.out.splitlines()[0].endswith("Not protected as agreed: users, inventario, auditoria (3 of 3).")
    assert ran.err.count("there is nothing to rely on") == 1
    assert "No backup of users, inventario, auditoria is proven" in ran.err


NAGIOS = re.compile(r"(OK|WARNING|CRITICAL) - ([^|\n]+) \| ([^|\n]+)\n")


def test_nagios_gets_one_line(fresh):
    _world, run = fresh
    before = run("health", "--nagios", "--lang", "en")
    run.backup()
    after = run("health", "--nagios", "--lang", "en")

    assert (before.code, before.err, after.code, after.err) == (2, "", 1, "")
    word, said, figures = NAGIOS.fullmatch(before.out).groups()
    assert (word, said.startswith("There is no backup yet")) == ("CRITICAL", True)
    word, _said, figures = NAGIOS.fullmatch(after.out).groups()
    assert word == "WARNING"
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]+=[0-9]+(s|B|%)?(;;[0-9]+)?", one) for one in figures.split())
    assert {f"age_{name}" for name in NAMES} <= {one.partition("=")[0] for one in figures.split()}


def test_nagios_gets_unknown_where_nothing_can_be_found_out(fresh):
    world, run = fresh
    settings = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**settings, "roles": {"administrators": ["x"], "viewers": ["y"]}}), "utf-8")
    refused = run("health", "--nagios")
    world.config.unlink()
    absent = run("health", "--nagios")

    for ran in (refused, absent):
        assert (ran.code, ran.out.count("\n"), ran.err) == (3, 1, "")
        assert ran.out.startswith("UNKNOWN - ")
    assert run("health", "--json").code == 3


def test_nagios_and_json_is_json(fresh):
    assert fresh[1].json("health", "--nagios", code=2)["alarms"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_word_is_in_the_language(fresh, language):
    _world, run = fresh
    run.backup()
    ran = run("health", "--lang", language)

    assert ran.code == 1
    assert ("Protegida hasta" in ran.out) is (language == "es")
    assert ("Protected until" in ran.out) is (language == "en")


@pytest.fixture
def other_disk(tmp_path):
    """A folder on another disk than the data's."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second disk here")
    folder = Path(tempfile.mkdtemp(dir=memory))
    yield folder
    shutil.rmtree(folder)


def test_exit_0_when_all_is_well(tmp_path, other_disk):
    root = str(other_disk / "copias")
    night = {"name": "noche", "action": "backup", "times": ["02:00"], "zone": "UTC"}
    world = World(tmp_path, rows=20, health={"free_bytes": 0}, root=root, schedules=[night]).build()
    run = CommandLine(world.config)
    run.backup()
    now = datetime.now(UTC)
    due = now.replace(hour=2, minute=0, second=0, microsecond=0)
    due -= timedelta(days=due > now)
    ended = Run(schedule="noche", action="backup", wall=f"{due:%Y-%m-%dT%H:%M}", due=due, state=RunState.OK, at=due)
    Runs(Path(root) / "logs", RealFiles(), SystemClock()).record(ended)
    told = run.json("health")
    ran = run("health", "--lang", "en")

    assert (told["status"], told["level"], told["said"]["code"]) == ("ok", "well", "health.well")
    assert (ran.code, "All is well" in ran.out) == (0, True)
    assert run("health", "--nagios").out.startswith("OK - ")


def test_bad_words_are_refused(fresh):
    ran = fresh[1]("health", "--nagois", "--json")

    assert (ran.code, ran.codes) == (3, {"cli.usage_option"})
    assert ran.json["databases"] == {}


def test_an_unreadable_root_is_exit_2(fresh):
    world, run = fresh
    world.root.write_text("una carpeta no es", "utf-8")

    assert run.json("health", code=2)["alarms"]


def test_nagios_stays_one_line_whatever_files_are_called(fresh):
    world, run = fresh
    run.backup()
    (world.root / "backup_manifest_x|y.json").write_text("{", "utf-8") if os.name != "nt" else None
    ran = run("health", "--nagios")

    assert ran.out.count("\n") == 1
    assert ran.out.count("|") == 1
    assert json.loads(run("health", "--json").out)["level"] == "attention"
