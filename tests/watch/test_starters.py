"""Whether the next runs are more than a plan: who starts them, if anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.world import World
from watch.health_world import NIGHT, NOW, ago, ran

from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.config.settings import Schedule
from rexus.modules.backup.watch.starters import Starter, starter
from rexus.modules.backup.watch.tasks import TaskStatus

LAST = ago(hours=7)
"""When the night's run was due last."""
NOT_INSTALLED = TaskStatus(installed=False, kind="cron")
NO_SCHEDULER = TaskStatus(installed=False, kind="", problems=(Problem(code="schedule.no_scheduler"),))
SWITCHED_OFF = TaskStatus(installed=True, kind="windows", problems=(Problem(code="schedule.switched_off"),))


def asked(task: TaskStatus | None, *runs: Run, schedules: tuple[Schedule, ...] = (NIGHT,)) -> Starter:
    return starter(task, runs, schedules, NOW)


@pytest.mark.parametrize("runs", [(), (ran(LAST),)])
def test_what_is_installed_starts_them(runs):
    assert asked(TaskStatus(installed=True, kind="systemd"), *runs) == Starter(who="system")


@pytest.mark.parametrize(
    ("task", "able"), [(NOT_INSTALLED, True), (NO_SCHEDULER, False), (SWITCHED_OFF, True), (None, False)]
)
def test_else_somebody_does_who_has_answered_the_last_due_time(task, able):
    assert asked(task, ran(LAST)) == Starter(who="service", can_install=able)
    assert asked(task) == Starter(who="nobody", can_install=able)
    assert asked(task, ran(LAST - timedelta(days=1))) == Starter(who="nobody", can_install=able)


def test_an_ending_that_was_bad_is_an_answer():
    assert asked(NOT_INSTALLED, ran(LAST, RunState.FAILED)).who == "service"


@pytest.mark.parametrize(
    "schedules",
    [
        (),
        (Schedule(name="noche", action="backup", times=("02:00",), zone="UTC", enabled=False),),
        (Schedule(name="noche", action="backup", times=("02:00",), zone="No/Where"),),
    ],
)
def test_nothing_that_could_be_due_has_no_starter(schedules):
    assert asked(NOT_INSTALLED, ran(LAST), schedules=schedules).who == "nobody"


@given(st.integers(0, 60))
def test_once_a_run_is_overdue_nobody_is_at_it(hours):
    found = starter(NOT_INSTALLED, [ran(LAST)], [NIGHT], LAST + timedelta(hours=hours))

    assert (found.who == "service") == (hours < 26), "a day later it is due again, and two hours are waited for it"


def test_the_model_tells_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))  # neither systemctl nor crontab
    world = World(tmp_path, rows=5).build()
    model = world.model()

    assert model.starter().who == "nobody"
    assert not world.root.exists(), "it only looks"
