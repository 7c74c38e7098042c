"""Install, look, remove: through the door, on programs that behave as the system's own, and on those where they are."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from support.schedulers import Schedulers, tree
from support.world import World
from watch.test_tasks_texts import wanted

from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.watch.tasks_systemd import SystemdTasks, timer_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of other systems")
SYSTEMD = ("systemctl", "loginctl")


@pytest.fixture
def world(tmp_path):
    one = World(tmp_path / "sitio")
    one.app.mkdir(parents=True)
    settings = {"root": "copias", "databases": {"users": "app/users.db"}, "app_root": "app"}
    one.config.write_text(json.dumps(settings), "utf-8")
    return one


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with the programs that are named, and an ordinary account on it."""
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr("rexus.modules.backup.watch.tasks.is_root", lambda: False)

    def make(*names: str) -> Schedulers:
        one = Schedulers(tmp_path / "sistema", *names)
        for key, value in one.environment.items():
            monkeypatch.setenv(key, value)
        return one

    return make


def change(world: World, **settings: object) -> None:
    now = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**now, **settings}), "utf-8")


def put(world: World, **chosen: object):
    return world.model().tasks(change=True, **chosen).install()


def state(world: World):
    return world.model().tasks().status()


def take_away(world: World):
    return world.model().tasks(change=True).remove()


KINDS = {"systemd": SYSTEMD, "cron": ("crontab",), "windows": ("schtasks",)}


@pytest.mark.parametrize("kind", KINDS)
def test_installed_once_seen_renewed_and_taken_away_wholly(world, machine, kind):
    there = machine(*KINDS[kind])
    before, chosen = tree(there.state.parent / "config"), {"kind": kind} if kind == "windows" else {}
    tasks = world.model().tasks(**chosen)
    assert not tasks.status().installed
    assert put(world, **chosen).changed
    there.calls()

    assert not put(world, **chosen).changed, "a rerun changes nothing"
    assert not [call for call in there.calls() if {"enable", "restart", "-", "/Create"} & {*call}]
    told = tasks.status()
    assert (told.installed, told.kind, told.outdated) == (True, kind, False)

    change(world, schedules=[{"name": "mía", "action": "backup", "times": ["03:33"]}])
    assert world.model().tasks(**chosen).status().outdated
    assert put(world, **chosen).changed
    assert not world.model().tasks(**chosen).status().outdated

    assert world.model().tasks(change=True, **chosen).remove().changed
    assert not world.model().tasks(**chosen).status().installed
    assert not world.model().tasks(change=True, **chosen).remove().changed
    assert tree(there.state.parent / "config") == before
    assert there.crontab is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_planned_is_what_is_installed_and_holds_no_secret(world, machine, kind):
    (world.folder / ".env").write_text("DB_PASSWORD=muy-secreta-123\nSMTP_PASSWORD=otra-secreta\n", "utf-8")
    there = machine(*KINDS[kind])
    plan = world.model().tasks(kind=kind).plan()
    assert there.calls() == [], "a plan asks nobody and changes nothing"
    assert there.crontab is None
    assert not there.units.exists()
    put(world, kind=kind)

    text = "".join(file.text for file in plan.files)
    assert str(world.config) in text
    assert "secreta" not in json.dumps(msgspec.to_builtins(plan))
    if kind == "systemd":
        for file in plan.files:
            assert Path(file.path).read_text("utf-8") == file.text
            assert Path(file.path).stat().st_mode & 0o777 == 0o644
    elif kind == "cron":
        assert text.encode() in (there.crontab or b"")
    else:
        kept = (there.state / f"task-{plan.name}").read_bytes().decode("utf-16")
        user = re.compile("<UserId>.*</UserId>")  # which Windows tells by its SID
        assert user.sub("", kept.replace("\r\n", "\n")) == user.sub("", text)
    done = [call[:2] for call in there.calls()]
    assert all(list(words[:2]) in done for words in plan.commands)


def test_a_crontab_of_somebody_else_is_afterwards_as_it_was(world, machine):
    there = machine("crontab")
    before = "MAILTO=ana@empresa.es\n# ñandú\n0 3 * * * otra cosa\n".encode()
    there.crontab = before
    put(world)
    assert (there.crontab or b"").startswith(before)
    take_away(world)

    assert there.crontab == before


def test_damaged_marks_are_refused_and_told(world, machine):
    there = machine("crontab")
    put(world)
    there.crontab = broken = (there.crontab or b"").replace(b"# END", b"# FIN")
    told = world.model().tasks(kind="cron").status()

    assert (told.installed, [one.code for one in told.problems]) == (False, ["schedule.block_broken"])
    for order in (put, lambda one: one.model().tasks(change=True, kind="cron").remove()):
        with pytest.raises(BackupError) as caught:
            order(world)
        assert caught.value.code == "schedule.block_broken"
    assert there.crontab == broken


def test_a_timer_that_somebody_switched_off_is_told_and_switched_on(world, machine):
    there = machine(*SYSTEMD)
    put(world)
    timer = next(there.units.glob("*.timer"))
    subprocess.run([shutil.which("systemctl"), "--user", "disable", "--now", timer.name], check=True)

    assert "schedule.switched_off" in {one.code for one in state(world).problems}
    assert put(world).changed
    told = state(world)
    assert "schedule.switched_off" not in {one.code for one in told.problems}
    assert told.next is not None
    assert told.next.isoformat() == "2026-11-24T02:00:00+00:00"


@pytest.mark.parametrize("refused", [("systemctl", "daemon-reload"), ("systemctl", "enable"), ("systemctl", "restart")])
@pytest.mark.parametrize("again", [False, True])
def test_an_installation_that_fails_halfway_is_undone(world, machine, refused, again):
    there = machine(*SYSTEMD)
    if again:
        put(world)
        change(world, schedules=[{"name": "mía", "action": "backup", "times": ["03:33"]}])
    before = tree(there.units.parents[1])
    there.refuse(refused)
    with pytest.raises(BackupError) as caught:
        put(world)
    assert caught.value.code == "schedule.program_failed"
    assert "permiso denegado" in sentence(caught.value.problem).message

    assert tree(there.units.parents[1]) == before
    there.refuse()
    assert put(world).changed
    assert not state(world).outdated


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="for an ordinary account")
def test_only_the_administrator_changes_what_the_machine_runs(world, machine):
    machine(*SYSTEMD)
    with pytest.raises(BackupError) as caught:
        put(world, kind="systemd", system=True)
    assert caught.value.code == "schedule.needs_root"


def test_a_person_who_does_not_linger_is_told(world, machine):
    there = machine(*SYSTEMD)
    there.refuse(("loginctl", "enable-linger"))
    assert [one.code for one in put(world).problems] == ["schedule.no_linger"]
    assert [one.code for one in state(world).problems] == ["schedule.no_linger"]
    assert ["systemctl", "--user"] in [call[:2] for call in there.calls()]

    there.refuse()
    assert put(world).problems == ()
    assert ["loginctl", "--no-ask-password", "enable-linger"] in [call[:3] for call in there.calls()]
    assert state(world).problems == ()
    assert [one.code for one in take_away(world).problems] == ["schedule.linger_left"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="for the administrator")
def test_what_the_administrator_installs_belongs_to_the_machine(world, machine, monkeypatch):
    there = machine(*SYSTEMD)
    monkeypatch.setattr("rexus.modules.backup.watch.tasks.is_root", lambda: True)
    there.units.mkdir(parents=True)
    put(world)

    assert not [call for call in there.calls() if "--user" in call or call[0] == "loginctl"]
    assert "ReadWritePaths=" in next(there.units.glob("*.service")).read_text("utf-8")
    assert state(world).problems == ()
    assert take_away(world).changed
    assert [*there.units.iterdir()] == []


def test_where_nothing_is_there_everything_says_so(world, machine):
    machine()
    told = state(world)

    assert (told.installed, [one.code for one in told.problems]) == (False, ["schedule.no_scheduler"])
    line = shlex.split(str(told.problems[0].values["typed"]))
    assert line[-4:] == ["--config", str(world.config), "schedule", "run"]
    assert Path(line[0]).is_file()
    assert Path(line[1]).name == "main_backup.py"
    assert str(told.problems[0].values["typed"]) in sentence(told.problems[0]).fix, "the whole command"
    assert world.model().tasks().plan().files, "what would be installed can be shown all the same"
    for chosen in ({}, {"kind": "cron"}, {"kind": "systemd"}, {"kind": "windows"}):
        with pytest.raises(BackupError) as caught:
            put(world, **chosen)
        assert caught.value.code in ("schedule.no_scheduler", "schedule.no_program")
    assert not take_away(world).changed


def test_nothing_is_installed_where_nothing_would_be_due(world, machine):
    there = machine("crontab")
    change(world, schedules=[{"name": "mía", "action": "backup", "times": ["03:33"], "enabled": False}])
    with pytest.raises(BackupError) as caught:
        put(world)

    assert caught.value.code == "schedule.nothing_enabled"
    assert there.crontab is None


def test_a_path_that_no_scheduler_takes_is_refused(world, machine):
    machine("crontab")
    other = world.folder.with_name("con\nsalto")
    world.folder.rename(other)
    world.folder, world.config = other, other / world.config.name
    with pytest.raises(BackupError) as caught:
        put(world)

    assert caught.value.code == "schedule.unspeakable"


def test_what_windows_writes_anew_is_still_recognised(world, machine):
    there = machine("schtasks")
    put(world, kind="windows")
    path = next(there.state.glob("task-*"))
    text = path.read_bytes().decode("utf-16")
    path.write_bytes(text.replace("  <", "    <").replace("<Monday />", "<Monday/>").encode("utf-16"))
    assert not world.model().tasks(kind="windows").status().outdated

    path.write_bytes(text.replace("<Enabled>true", "<Enabled>false").encode("utf-16"))
    told = world.model().tasks(kind="windows").status()
    assert [one.code for one in told.problems] == ["schedule.switched_off"]
    assert put(world, kind="windows").changed
    assert world.model().tasks(kind="windows").status().problems == ()


def test_two_configurations_do_not_touch_each_other(world, machine, tmp_path):
    there = machine("crontab")
    other = World(tmp_path / "otro")
    other.folder.mkdir()
    shutil.copy(world.config, other.config)
    put(world)
    first = there.crontab
    put(other)
    take_away(other)

    assert there.crontab == first
    assert state(world).installed


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="systemctl")
def test_the_real_systemctl_enables_the_timer(tmp_path):
    one = wanted(system=True, user="root")
    folder = tmp_path / "etc/systemd/system"
    folder.mkdir(parents=True)
    (folder / f"{one.name}.timer").write_text(timer_text(one), "utf-8")
    subprocess.run(["systemctl", f"--root={tmp_path}", "enable", f"{one.name}.timer"], check=True, capture_output=True)

    assert (folder / f"timers.target.wants/{one.name}.timer").is_symlink()


@pytest.mark.skipif(
    shutil.which("systemctl") is None or Path("/run/systemd/system").is_dir(), reason="systemctl without systemd"
)
def test_where_systemd_does_not_run_the_real_systemctl_is_not_believed(tmp_path, world, monkeypatch):
    monkeypatch.setenv("SYSTEMD_UNIT_PATH", str(tmp_path / "unidades"))
    with pytest.raises(BackupError) as caught:
        SystemdTasks(wanted(system=True, user="root"), world.model()._files).install()

    assert caught.value.code in ("schedule.program_failed", "schedule.needs_root")
    assert [*(tmp_path / "unidades").glob("*")] == []
