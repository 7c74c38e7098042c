"""schedule install, status, remove: through the real program, on a machine with a crontab or systemd of its own."""

from __future__ import annotations

import json
import sys

import pytest
from cli.command_line import CommandLine
from support.schedulers import Schedulers
from support.world import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of other systems")


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "sitio", rows=5).build()


def told(ran, code):
    assert ran.code == code, ran.out + ran.err
    return ran.json


@pytest.mark.parametrize("kind", ["cron", "systemd"])
def test_from_nothing_to_installed_and_back(world, tmp_path, kind):
    there = Schedulers(tmp_path / "sistema", *(("crontab",) if kind == "cron" else ("systemctl", "loginctl")))
    run, where = CommandLine(world.config), there.environment
    first = told(run("schedule", "status", "--json", **where), 1)
    assert (first["installed"], first["occurrences"][0]["schedule"]) == (False, "daily_full")
    assert {one["code"] for one in first["problems"]} == {"schedule.not_installed"}

    planned = told(run("schedule", "install", "--dry-run", "--json", **where), 0)
    assert (planned["kind"], planned["dry_run"], planned["changed"]) == (kind, True, False)
    assert not told(run("schedule", "status", "--json", **where), 1)["installed"]

    done = run("schedule", "install", "--json", **where)
    assert done.code in (0, 1), done.err  # 1: the account does not linger
    assert done.json["changed"]
    assert done.json["files"] == planned["files"]
    assert not run("schedule", "install", "--json", **where).json["changed"]
    now = run("schedule", "status", "--json", **where).json
    assert (now["installed"], now["kind"], now["outdated"]) == (True, kind, False)

    assert run("schedule", "remove", "--json", **where).json["removed"][0]["kind"] == kind
    assert told(run("schedule", "remove", "--json", **where), 0)["removed"] == []
    assert there.crontab is None
    assert [path for path in there.units.rglob("*") if path.is_file()] == []


def test_what_is_installed_starts_what_is_due(world, tmp_path):
    """The very line of the crontab, run by a shell as cron does: it ends well and takes no backup that is not due."""
    import subprocess

    there = Schedulers(tmp_path / "sistema", "crontab")
    CommandLine(world.config)("schedule", "install", **there.environment)
    line = next(one for one in (there.crontab or b"").decode().splitlines() if one.startswith("@reboot"))
    ran = subprocess.run(["/bin/sh", "-c", line.removeprefix("@reboot ")], check=False, env={"PATH": "/usr/bin:/bin"})

    assert ran.returncode == 0


def test_a_plan_for_a_person_shows_texts_and_commands(world, tmp_path):
    there = Schedulers(tmp_path / "sistema", "crontab")
    ran = CommandLine(world.config)("schedule", "install", "--dry-run", "--as", "windows", **there.environment)

    assert ran.code == 0
    assert "<LogonType>S4U</LogonType>" in ran.out
    assert "schtasks" in ran.out


def test_who_installed_it_is_written_down(world, tmp_path):
    there = Schedulers(tmp_path / "sistema", "crontab")
    run = CommandLine(world.config)
    run.backup()
    run("schedule", "install", **there.environment)
    run("schedule", "remove", **there.environment)
    lines = run.json("audit")["lines"]

    assert [one["what"] for one in lines][-2:] == ["schedule_install", "schedule_remove"]


def test_who_may_not_change_it_may_still_look(world, tmp_path):
    settings = json.loads(world.config.read_text("utf-8"))
    roles = {"administrators": ["grupo-que-no-existe"]}
    world.config.write_text(json.dumps({**settings, "roles": roles}), "utf-8")
    there = Schedulers(tmp_path / "sistema", "crontab")
    run = CommandLine(world.config)

    assert run("schedule", "install", "--json", **there.environment).code == 3
    assert run("schedule", "remove", "--json", **there.environment).code == 3
    assert run("schedule", "status", "--json", **there.environment).code == 1
    assert there.crontab is None
    settings["roles"] = {}
    world.config.write_text(json.dumps(settings), "utf-8")
    assert run("schedule", "install", "--json", **there.environment).code == 0
    world.config.write_text(json.dumps({**settings, "roles": roles}), "utf-8")
    ran = run("schedule", "remove", "--json", **there.environment)
    assert ran.json["problems"][0]["values"]["what"] == "schedule remove"
    world.config.write_text(json.dumps(settings), "utf-8")
    assert run.json("audit")["lines"][-1]["what"] == "schedule remove"


def test_installing_makes_the_folder_so_that_the_first_night_counts(world, tmp_path):
    there = Schedulers(tmp_path / "sistema", "crontab")
    CommandLine(world.config)("schedule", "install", **there.environment)
    known = (world.root / "logs/schedule.jsonl").read_text("utf-8")

    for one in world.model().loaded.settings.schedules:
        assert f'"known":"{one.name}"' in known


def test_an_unknown_scheduler_is_refused(world, tmp_path):
    ran = CommandLine(world.config)("schedule", "install", "--as", "launchd", "--json")

    assert (ran.code, ran.codes) == (3, {"cli.usage_value"})
