"""What is due, where the clock has been wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rexus.modules.backup.base.watching import Occurrence, Run, RunState
from rexus.modules.backup.watch.due import judge

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def occurrence(day: int) -> Occurrence:
    at = datetime(2026, 3, day, 2, tzinfo=UTC)
    return Occurrence(schedule="noche", action="backup", wall=f"{at:%Y-%m-%dT%H:%M}", at=at, utc=at)


def done(day: int, at: datetime) -> Run:
    one = occurrence(day)
    return Run(schedule="noche", action="backup", wall=one.wall, due=one.utc, state=RunState.OK, at=at)


def test_what_a_clock_that_was_ahead_ran_replaces_nothing_that_is_due_now():
    """A run of today's, told with an instant that is still to come, was not made after yesterday's time."""
    now = judge([occurrence(9), occurrence(10)], [done(10, NOON + timedelta(days=3))], NOON)
    assert ([one.occurrence for one in now.run], now.missed) == ([occurrence(9)], ())

    now = judge([occurrence(9), occurrence(10)], [done(10, NOON - timedelta(hours=1))], NOON)
    assert (now.run, [one.occurrence for one in now.missed]) == ((), [occurrence(9)])
