"""When schedules are due: wall times of their zone as instants, each nominal time once. Pure."""

from __future__ import annotations

import calendar
import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, takewhile

import msgspec

from ..base.watching import Occurrence
from ..config.settings import Schedule
from .zones import first_instant, zone_named

_LOOK_BACK = timedelta(days=2)
"""A nominal time may be this much before the instant it runs at: whole days have been left out of calendars."""
_LAST_YEAR = 9998
_LAST_WEEK = 5
_WEEK = 7


def occurrences(
    schedules: Sequence[Schedule], start: datetime, end: datetime, zone: tzinfo | None = None
) -> tuple[Occurrence, ...]:
    """All due times after ``start`` up to and with ``end`` (both aware), by instant and then by name.

    ``zone`` is for schedules that name none; by default TZ's, else the system's.
    """
    return tuple(takewhile(lambda one: one.utc <= end, _merged(schedules, start, zone)))


def upcoming(
    schedules: Sequence[Schedule], start: datetime, count: int, zone: tzinfo | None = None
) -> tuple[Occurrence, ...]:
    """The next ``count`` due times after ``start`` (aware), the earliest first."""
    return tuple(islice(_merged(schedules, start, zone), count))


def fingerprint(one: Schedule) -> str:
    """Tells one form of a schedule from another: its settings, the order of days and times aside."""
    plain = (
        one.action,
        sorted(set(one.times)),
        sorted(set(one.weekdays)),
        one.ordinal,
        sorted(set(one.days)),
        one.zone,
        one.enabled,
    )
    return msgspec.json.encode(plain).decode("utf-8")


def _merged(schedules: Sequence[Schedule], start: datetime, zone: tzinfo | None) -> Iterator[Occurrence]:
    """Endless (or as far as the calendar goes): every later due time of all that are enabled."""
    enabled = [one for one in schedules if one.enabled]
    if zone is None and any(one.zone is None for one in enabled):
        zone = zone_named(None)
    each = [_of_one(one, start, zone_named(one.zone) if one.zone or zone is None else zone) for one in enabled]
    return heapq.merge(*each, key=lambda one: (one.utc, one.schedule))


def _of_one(one: Schedule, start: datetime, zone: tzinfo) -> Iterator[Occurrence]:
    """Later due times of one schedule. Instants never decrease with wall times, so each is compared with the last."""
    last: datetime | None = None
    for wall in _walls(one, _wall(start, zone) - _LOOK_BACK):
        utc = first_instant(wall, zone)
        if utc > start and utc != last:
            yield Occurrence(
                schedule=one.name,
                action=one.action,
                wall=wall.isoformat(timespec="minutes"),
                at=utc.astimezone(zone),
                utc=utc,
            )
        last = utc


def _wall(start: datetime, zone: tzinfo) -> datetime:
    """``start`` as the wall shows it, kept away from the ends of the calendar."""
    earliest = datetime.min.replace(tzinfo=UTC) + 2 * _LOOK_BACK
    latest = datetime.max.replace(tzinfo=UTC) - 2 * _LOOK_BACK
    return min(max(start, earliest), latest).astimezone(zone).replace(tzinfo=None)


def _walls(one: Schedule, begin: datetime) -> Iterator[datetime]:
    """Nominal wall times from the day of ``begin`` on, the earliest first."""
    times = sorted({(int(text[:2]), int(text[3:])) for text in one.times})
    year, month = begin.year, begin.month
    while year <= _LAST_YEAR:
        for day in _days(one, year, month):
            if (year, month, day) >= (begin.year, begin.month, begin.day):
                for hour, minute in times:
                    yield datetime(year, month, day, hour, minute)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _days(one: Schedule, year: int, month: int) -> list[int]:
    """The days of a month on which ``one`` is due."""
    first, length = calendar.monthrange(year, month)
    if one.days:
        return sorted({min(day, length) for day in one.days})
    wanted = one.weekdays or range(1, _WEEK + 1)
    days = [day for day in range(1, length + 1) if (first + day - 1) % _WEEK + 1 in wanted]
    if one.ordinal is None:
        return days
    if one.ordinal == _LAST_WEEK:
        return [day for day in days if day + _WEEK > length]
    return [day for day in days if (day - 1) // _WEEK + 1 == one.ordinal]
