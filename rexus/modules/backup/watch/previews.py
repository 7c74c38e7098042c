"""What other settings would mean, before they are saved: the next runs, and what retention would decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Literal

import msgspec

from ..base.records import Record
from ..base.watching import Occurrence, PrunePlan
from ..config.load import Loaded
from ..config.settings import Retention, Schedule
from ..jobs import prune
from ..jobs.kit import Kit
from .schedule import occurrences, upcoming

_AHEAD = timedelta(days=370)
"""So far ahead it is looked for a run that a change of clocks moves: past the next two of them."""
Clock = Literal["", "skipped", "twice"]


class Coming(Record, frozen=True, kw_only=True):
    """One run to come, and what a change of clocks does to it."""

    run: Occurrence
    clock: Clock = ""
    """skipped: its time does not exist that day, and it runs when the gap ends; twice: it runs the first time alone."""


class Calendar(Record, frozen=True, kw_only=True):
    """The next runs, and the first one that a change of clocks touches."""

    runs: tuple[Coming, ...] = ()
    odd: Coming | None = None


def calendar(schedules: Sequence[Schedule], start: datetime, count: int, zone: tzinfo | None = None) -> Calendar:
    """What ``schedules`` would run after ``start`` (aware), the earliest first."""
    runs = tuple(_coming(one) for one in upcoming(schedules, start, count, zone))
    odd = next((one for one in runs if one.clock), None)
    if odd is None:
        later = (_coming(one) for one in occurrences(schedules, start, start + _AHEAD, zone))
        odd = next((one for one in later if one.clock), None)
    return Calendar(runs=runs, odd=odd)


def retention(kit: Kit, rules: Retention) -> PrunePlan:
    """What retention would decide after the next backup by these ``rules``. Raises `StoreFailed`."""
    now = kit.loaded
    settings = msgspec.structs.replace(now.settings, retention=rules)
    other = Loaded(now.path, now.document, settings, now.environment, bare=now.bare)
    return prune.preview(replace(kit, loaded=other), whole_days=True)


def _coming(run: Occurrence) -> Coming:
    return Coming(run=run, clock=_clock(run))


def _clock(run: Occurrence) -> Clock:
    wall = datetime.fromisoformat(run.wall)
    if run.at.replace(tzinfo=None, fold=0) != wall:
        return "skipped"
    both = (run.at.replace(fold=fold).utcoffset() for fold in (0, 1))
    return "twice" if len({*both}) > 1 else ""
