"""What is installed already: whose it is on Windows, whether it is out of date, and what can't be told."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from support.schedulers import Schedulers
from support.world import World

from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.watch import tasks, tasks_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of other systems")
ANA, LUIS = "S-1-5-21-7-7-7-1001", "S-1-5-21-7-7-7-1002"
PROGRAMS = {"systemd": ("systemctl", "loginctl"), "cron": ("crontab",), "windows": ("schtasks",)}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "sitio", rows=2).build()


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with one scheduler; where that is Windows', the program takes itself to be there."""
    monkeypatch.setattr(tasks, "is_root", lambda: False)

    def make(kind: str) -> Schedulers:
        monkeypatch.setattr(tasks, "WINDOWS", kind == "windows")
        one = Schedulers(tmp_path / "sistema", *PROGRAMS[kind])
        for key, value in one.environment.items():
            monkeypatch.setenv(key, value)
        return one

    return make


def put(world: World, **chosen: object):
    return world.model().tasks(change=True, **chosen).install()


def state(world: World):
    return world.model().tasks().status()


@pytest.mark.parametrize("system", [False, True])
def test_a_task_of_windows_is_up_to_date_whoever_it_runs_as(world, machine, system):
    there = machine("windows")
    assert put(world, system=system).changed
    told = state(world)
    assert (told.installed, told.outdated, told.problems) == (True, False, ())
    assert not put(world).changed, "whose it is stays as it was, where nothing is asked for"
    [task] = there.state.glob("task-*")
    assert ("<UserId>S-1-5-18<" in task.read_bytes().decode("utf-16")) is system

    there.sign_in(LUIS, administrator=True)
    assert not state(world).outdated, "another administrator looks"
    assert not put(world).changed
    assert world.model().tasks(change=True).remove().changed
    assert not state(world).installed


def test_the_persons_task_becomes_the_machines_when_that_is_asked_for(world, machine):
    there = machine("windows")
    put(world)
    assert put(world, system=True).changed
    assert not put(world, system=True).changed
    [task] = there.state.glob("task-*")
    assert "<UserId>S-1-5-18<" in task.read_bytes().decode("utf-16")


def test_a_task_that_is_not_elevated_is_out_of_date_once_administrators_are_named(world, machine):
    machine("windows")
    put(world)
    now = json.loads(world.config.read_text("utf-8"))
    named = json.dumps(now | {"roles": {"administrators": [tasks._user(world.config, system=False)]}})
    plain = world.config.read_text("utf-8")
    world.config.write_text(named, "utf-8")
    assert state(world).outdated
    assert put(world).changed
    assert not state(world).outdated

    world.config.write_text(plain, "utf-8")
    assert not state(world).outdated, "more rights than it needs do no harm"


def test_what_windows_refuses_to_tell_is_not_taken_for_nothing(world, machine):
    there = machine("windows")
    assert (state(world).installed, state(world).problems) == (False, ())
    put(world)
    there.deny()
    told = state(world)

    assert (told.installed, [one.code for one in told.problems]) == (False, ["schedule.unreachable"])
    assert "Acceso denegado" in sentence(told.problems[0]).message
    for order in (lambda: put(world), lambda: world.model().tasks(change=True).remove()):
        with pytest.raises(BackupError) as caught:
            order()
        assert caught.value.code == "schedule.program_failed"
    there.deny(denied=False)
    assert state(world).installed


def test_who_is_no_administrator_neither_sees_the_machines_task_nor_installs_one(world, machine):
    there = machine("windows")
    put(world, system=True)
    there.sign_in(ANA, administrator=False)
    assert [one.code for one in state(world).problems] == ["schedule.unreachable"]

    there.sign_in(ANA, administrator=True)
    world.model().tasks(change=True).remove()
    there.sign_in(ANA, administrator=False)
    with pytest.raises(BackupError) as caught:
        put(world)
    assert caught.value.code == "schedule.program_failed"
    assert (state(world).installed, state(world).problems) == (False, ())


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A virtual environment that this process seems to run in, by one of its names."""
    folder = tmp_path / "entorno"
    for name in ("python", "python3", "python3.11", "pythonw.exe"):
        (folder / "bin" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "bin" / name).symlink_to(os.path.realpath(sys.executable))
    (tmp_path / "otro nombre").symlink_to(folder)
    monkeypatch.setattr(sys, "prefix", str(folder))

    def run_by(name: str) -> None:
        monkeypatch.setattr(sys, "executable", str(folder / "bin" / name))

    run_by("python")
    return run_by


@pytest.mark.parametrize("kind", PROGRAMS)
def test_another_name_of_the_same_interpreter_is_no_other_program(world, machine, kind, environment, monkeypatch):
    machine(kind)
    put(world)
    for name in ("python3", "python3.11", "pythonw.exe"):
        environment(name)
        assert not state(world).outdated, name
        assert not put(world).changed, name

    other = tasks_program._folder().parent.with_name("otro nombre")
    monkeypatch.setattr(sys, "prefix", str(other))
    assert tasks_program.interpreter() == str(other / "bin/python")
    assert not state(world).outdated, "the same folder by another name"
    assert not put(world).changed


@pytest.mark.parametrize("kind", PROGRAMS)
def test_an_interpreter_that_is_gone_or_of_another_environment_is_out_of_date(
    world, machine, kind, environment, monkeypatch
):
    machine(kind)
    put(world)
    new = world.folder / "nuevo/bin/python"
    new.parent.mkdir(parents=True)
    new.symlink_to(os.path.realpath(sys.executable))
    monkeypatch.setattr(sys, "prefix", str(new.parents[1]))
    assert state(world).outdated
    assert put(world).changed
    assert not state(world).outdated

    new.rename(new.with_name("python3"))
    monkeypatch.setattr(sys, "executable", str(new.with_name("python3")))
    assert state(world).outdated, "the name that is installed is gone"


@pytest.mark.parametrize("kind", PROGRAMS)
def test_what_was_installed_by_another_name_stays_until_something_else_changes(
    world, machine, kind, environment, monkeypatch
):
    machine(kind)
    with monkeypatch.context() as before:
        before.setattr(tasks_program, "interpreter", lambda: str(tasks_program._folder() / "python3"))
        put(world)
    assert not state(world).outdated
    assert not put(world).changed

    now = json.loads(world.config.read_text("utf-8"))
    times = [{"name": "mía", "action": "backup", "times": ["03:33"]}]
    world.config.write_text(json.dumps(now | {"schedules": times}), "utf-8")
    assert state(world).outdated
    assert put(world).changed
    assert world.model().tasks().plan().command[0].endswith("/python")
    assert not state(world).outdated


def test_the_windowless_interpreter_is_never_written(monkeypatch, tmp_path):
    for name in ("pythonw.exe", "python.exe"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "pythonw.exe"))
    assert tasks_program.interpreter() == str(tmp_path / "python.exe")
    assert not tasks_program.is_ours(str(tmp_path / "pythonw.exe"))


def test_what_is_installed_is_this_interpreter():
    told = subprocess.run(
        [tasks_program.interpreter(), "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True
    )
    assert os.path.realpath(told.stdout.strip()) == os.path.realpath(sys.prefix)
