"""Which occurrences are to be run now, and which nobody will run any more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ..base.records import Origin, Record
from ..base.watching import Occurrence, Run, RunState

WINDOW = timedelta(days=31)
"""What was due longer ago is not looked for any more."""
NOT_READY = "schedule.not_ready"
BUSY = "root.busy"
MISSED = "schedule.missed"
_ON_TIME = timedelta(minutes=15)
_ATTEMPTS = 2
_CUT = (RunState.INTERRUPTED, RunState.CANCELLED)
"""Endings that are caught up once."""
_FREE_AGAIN = timedelta(minutes=75)
"""So long after it was left out because somebody worked on the root a run is still made; triggers come hourly."""


class Planned(Record, frozen=True, kw_only=True):
    """An occurrence, which attempt at it this is, and why it is made."""

    occurrence: Occurrence
    attempt: int
    origin: Origin
    after_busy: bool = False
    """Left out the first time because somebody worked on the root: it is made once nobody does."""


class Due(Record, frozen=True, kw_only=True):
    """What is to be done about everything that was due up to now."""

    run: tuple[Planned, ...] = ()
    """One for each schedule at most, in the order they were due."""
    missed: tuple[Planned, ...] = ()
    """Nobody ran them, and a later one of their schedule was or will be."""


def begin(known: datetime, now: datetime) -> datetime:
    """After which instant occurrences count, of a schedule that is ``known`` for so long."""
    return max(known, now - WINDOW)


def judge(occurrences: Sequence[Occurrence], runs: Iterable[Run], now: datetime) -> Due:
    """Compare what was due (sorted, none later than ``now``) with what is known of it."""
    newest: dict[str, Run] = {}
    for run in runs:
        there = newest.get(run.key)
        if there is None or run.attempt >= there.attempt:
            newest[run.key] = run
    by_schedule: dict[str, list[Occurrence]] = {}
    for one in occurrences:
        if one.utc <= now:
            by_schedule.setdefault(one.schedule, []).append(one)
    to_run: list[Planned] = []
    missed: list[Planned] = []
    for several in by_schedule.values():
        chosen, older = _of_one(several, newest, now)
        to_run.extend(chosen)
        missed.extend(older)
    return Due(run=_in_order(to_run), missed=_in_order(missed))


def _of_one(
    several: Sequence[Occurrence], newest: Mapping[str, Run], now: datetime
) -> tuple[list[Planned], list[Planned]]:
    """What to run of one schedule (one at most), and what is missed, the newest first."""
    missed: list[Planned] = []
    chosen: list[Planned] = []
    replaced = False
    for one in reversed(several):
        run = newest.get(one.key)
        attempt = _next_attempt(run, now)
        if attempt is None:
            replaced = replaced or (run is not None and run.state is not RunState.MISSED and run.at <= now)
            continue
        after_busy = run is not None and run.state is RunState.SKIPPED
        if after_busy and (replaced or chosen):  # what became of it is written down already
            continue
        planned = Planned(occurrence=one, attempt=attempt, origin=_origin(one, attempt, now), after_busy=after_busy)
        (missed if replaced or chosen else chosen).append(planned)
    return chosen, missed


def _next_attempt(run: Run | None, now: datetime) -> int | None:
    """Number of the attempt that is wanted; None: what is known settles it."""
    if run is None:
        return 1
    if run.state is RunState.MISSED:  # told by a clock that was ahead, it was only missed for that clock
        return run.attempt if run.at > now else None
    if run.state is RunState.REFUSED and not run.begun:  # nobody was let to it: it is as if nobody had tried
        return run.attempt
    if run.state is RunState.SKIPPED:
        again = run.code == BUSY and timedelta() <= now - run.at <= _FREE_AGAIN
    else:
        again = run.state in _CUT or (run.state is RunState.FAILED and not run.begun)
    return run.attempt + 1 if again and run.attempt < _ATTEMPTS else None


def _origin(one: Occurrence, attempt: int, now: datetime) -> Origin:
    return Origin.SCHEDULED if attempt == 1 and now - one.utc <= _ON_TIME else Origin.CATCH_UP


def _in_order(several: list[Planned]) -> tuple[Planned, ...]:
    return tuple(sorted(several, key=lambda one: (one.occurrence.utc, one.occurrence.schedule)))
