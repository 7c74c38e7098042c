"""Which part of a timeline is looked at, and where its axis is labelled, by the clock on the wall. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from .records import Record

SHORTEST = timedelta(minutes=2)
"""No view is shorter."""


class Stretch(enum.StrEnum):
    """How much is looked at."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    ALL = "all"
    OWN = "own"
    """As somebody zoomed."""


class View(Record, frozen=True, kw_only=True):
    """From where to where."""

    start: datetime
    end: datetime
    stretch: Stretch = Stretch.OWN

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.start).total_seconds()

    def share(self, instant: datetime) -> float:
        """Where ``instant`` is: 0 at the start, 1 at the end, less or more outside."""
        return (instant - self.start).total_seconds() / self.seconds

    def at(self, share: float) -> datetime:
        """What instant is there."""
        return self.start + (self.end - self.start) * share

    def holds(self, instant: datetime) -> bool:
        """Whether ``instant`` is seen."""
        return self.start <= instant <= self.end


def day_start(day: date) -> datetime:
    """When ``day`` begins on the clock on the wall; days have 23 or 25 hours where the clock is changed."""
    return datetime.combine(day, time()).astimezone().astimezone(UTC)


def looking(stretch: Stretch, instant: datetime, whole: View) -> View:
    """The hour, day or week (from Monday) that ``instant`` is in, or all there is."""
    local = instant.astimezone()
    if stretch is Stretch.HOUR:
        start = instant - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return View(start=start, end=start + timedelta(hours=1), stretch=stretch)
    if stretch is Stretch.DAY:
        return View(start=day_start(local.date()), end=day_start(_after(local.date(), 1)), stretch=stretch)
    if stretch is Stretch.WEEK:
        monday = _after(local.date(), -local.weekday())
        return View(start=day_start(monday), end=day_start(_after(monday, 7)), stretch=stretch)
    return View(start=whole.start, end=whole.end, stretch=Stretch.ALL)


def _after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def whole(first: datetime, last: datetime) -> View:
    """Whole days around all there is."""
    end = day_start(_after(last.astimezone().date(), 1))
    return View(start=day_start(first.astimezone().date()), end=end, stretch=Stretch.ALL)


def beside(view: View, direction: int, bounds: View) -> View:
    """The view before (-1) or after (1), as long as this one; never beyond ``bounds``."""
    if view.stretch in (Stretch.HOUR, Stretch.DAY, Stretch.WEEK):
        return looking(view.stretch, view.end if direction > 0 else view.start - timedelta(seconds=1), bounds)
    return within(_moved(view, (view.end - view.start) * direction), bounds)


def zoomed(view: View, factor: float, around: datetime, bounds: View) -> View:
    """``factor`` times as long, with ``around`` where it is; never beyond ``bounds``."""
    longest = bounds.end - bounds.start
    length = min(max((view.end - view.start) * factor, min(SHORTEST, longest)), longest)
    start = around - length * min(max(view.share(around), 0.0), 1.0)
    return within(View(start=start, end=start + length), bounds)


def within(view: View, bounds: View) -> View:
    """The same, moved (and cut, if need be) so that it stays inside ``bounds``."""
    length = view.end - view.start
    if length >= bounds.end - bounds.start:
        return View(start=bounds.start, end=bounds.end, stretch=Stretch.ALL)
    if view.start < bounds.start:
        return _moved(view, bounds.start - view.start)
    if view.end > bounds.end:
        return _moved(view, bounds.end - view.end)
    return view


def following(view: View, instant: datetime, bounds: View) -> View:
    """A view as long as this one in which ``instant`` is seen; this one, if it is."""
    if view.holds(instant):
        return view
    if view.stretch in (Stretch.HOUR, Stretch.DAY, Stretch.WEEK):
        return looking(view.stretch, instant, bounds)
    half = (view.end - view.start) / 2
    return within(View(start=instant - half, end=instant + half), bounds)


def _moved(view: View, by: timedelta) -> View:
    return View(start=view.start + by, end=view.end + by)


class Unit(enum.StrEnum):
    """What a label on the axis tells."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Label(Record, frozen=True, kw_only=True):
    """One place on the axis."""

    at: datetime
    unit: Unit


_MINUTES = (1, 2, 5, 10, 15, 30)
_HOURS = (1, 2, 3, 6, 12)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000)


def labels(view: View, most: int) -> tuple[Label, ...]:
    """At most ``most`` (and one) places at round times of the clock on the wall."""
    for minutes in _MINUTES:
        if view.seconds <= minutes * 60 * most:
            return tuple(_minutes(view, minutes))
    for hours in _HOURS:
        if view.seconds <= hours * 3600 * most:
            return tuple(_hours(view, hours))
    for days in _DAYS:
        if view.seconds <= days * 86400 * most:
            return tuple(_days(view, days))
    months = next((one for one in _MONTHS if view.seconds <= one * 28 * 86400 * most), _MONTHS[-1])
    return tuple(_months(view, months))


def _minutes(view: View, step: int) -> Iterator[Label]:
    at = _full_minute(view.start)
    while at <= view.end:
        if at.astimezone().minute % step == 0:
            yield Label(at=at, unit=Unit.MINUTE)
        at += timedelta(minutes=1)


def _full_minute(instant: datetime) -> datetime:
    cut = instant.replace(second=0, microsecond=0)
    return cut if cut == instant else cut + timedelta(minutes=1)


def _hours(view: View, step: int) -> Iterator[Label]:
    """Full hours of the wall; an hour that is repeated is labelled twice, one that is left out is not there."""
    at = _full_minute(view.start)
    at += timedelta(minutes=-at.minute % 15)
    while at <= view.end:
        local = at.astimezone()
        if local.minute == 0 and local.hour % step == 0:
            yield Label(at=at, unit=Unit.HOUR)
        at += timedelta(minutes=15)


def _days(view: View, step: int) -> Iterator[Label]:
    """Days counted from a Monday, so that the same ones are labelled wherever one looks."""
    day = view.start.astimezone().date()
    while (at := day_start(day)) <= view.end:
        if at >= view.start and (day.toordinal() - 1) % step == 0:
            yield Label(at=at, unit=Unit.DAY)
        day = _after(day, 1)


def _months(view: View, step: int) -> Iterator[Label]:
    first = view.start.astimezone().date()
    month = first.year * 12 + first.month - 1
    month += -month % step
    while (at := day_start(date(month // 12, month % 12 + 1, 1))) <= view.end:
        if at >= view.start:
            yield Label(at=at, unit=Unit.YEAR if month % 12 == 0 else Unit.MONTH)
        month += step
