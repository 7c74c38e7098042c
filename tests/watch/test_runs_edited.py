"""Schedules that are edited while no runner looks: what is due by their new form from then on is caught up.

The files are written now, by the clock of the system, which nobody can set back; the program's clock is another one.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.world import World, quiet
from watch.test_runner import DAY, HOUR, Clock

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import Origin
from rexus.modules.backup.base.watching import Run, RunState


class Machine:
    """With one schedule that was known two days before the files are written, and a clock to set."""

    def __init__(self, folder: Path) -> None:
        self.written = datetime.now(UTC)
        self.clock = Clock(self.written - 2 * DAY)
        self.world = World(folder, rows=5, schedules=[self.form(-30 * HOUR)]).build()
        self.world.model(clock=self.clock).settle_in()

    def form(self, when: timedelta, name: str = "noche") -> dict[str, object]:
        """Due each day so long after the files were written."""
        return {"name": name, "action": "cleanup", "times": [f"{self.written + when:%H:%M}"], "zone": "UTC"}

    def edit(self, *several: dict[str, object]) -> None:
        settings = json.loads(self.world.config.read_text("utf-8"))
        self.world.config.write_text(json.dumps(settings | {"schedules": list(several)}), "utf-8")

    def look(self, when: timedelta) -> list[Run]:
        """Look so long after the files were written."""
        self.clock.at = self.written + when
        return list(self.world.model(clock=self.clock).run_due("prueba", quiet, CancelToken()))


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_the_first_due_time_of_an_edited_schedule_is_caught_up(machine):
    machine.edit(machine.form(HOUR))
    (run,) = machine.look(4 * HOUR)

    assert (run.state, run.origin) == (RunState.OK, Origin.CATCH_UP)
    assert timedelta(minutes=-1) < run.due - (machine.written + HOUR) <= timedelta()
    assert machine.look(5 * HOUR) == []


def test_what_was_due_before_the_edit_is_not_caught_up(machine):
    machine.edit(machine.form(-2 * HOUR))

    assert machine.look(4 * HOUR) == []
    assert [run.state for run in machine.world.model(clock=machine.clock).runs()] == []


def test_settings_with_an_old_time_count_from_when_they_were_put_there(machine):
    """As with a copy that keeps times: it was not in force meanwhile."""
    machine.edit(machine.form(-2 * HOUR))
    old = (machine.written - 30 * DAY).timestamp()
    os.utime(machine.world.config, (old, old))

    assert machine.look(4 * HOUR) == []


def test_nothing_from_before_the_last_look_counts(machine):
    machine.edit(machine.form(2 * HOUR))
    assert len(machine.look(5 * HOUR)) == 1
    machine.edit(machine.form(3 * HOUR))

    assert machine.look(8 * HOUR) == []


def test_a_file_from_the_future_counts_from_now_on(machine):
    machine.edit(machine.form(-12 * HOUR))

    assert machine.look(-10 * HOUR) == []
    assert len(machine.look(13 * HOUR)) == 1


def test_a_schedule_that_is_new_counts_from_now_on(machine):
    machine.edit(machine.form(-30 * HOUR), machine.form(HOUR, "nueva"))

    assert {run.schedule for run in machine.look(4 * HOUR)} <= {"noche"}


def test_one_that_was_off_counts_from_when_it_was_turned_on(machine):
    machine.edit(machine.form(-HOUR) | {"enabled": False})
    machine.look(timedelta())
    machine.edit(machine.form(HOUR))

    assert [run.schedule for run in machine.look(4 * HOUR)] == ["noche"]
