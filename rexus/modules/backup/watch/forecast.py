"""When the disk will be full, from how large sets are, how they grow, and how long the rules keep them. Pure."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime

from ..base.records import BackupKind, Record, SetStatus
from ..catalog.index import SetSummary
from ..config.settings import Retention, Settings
from .known import REGULAR, at, median

_DAY_S = 86_400.0
_WINDOW_DAYS = 60.0
"""What is older says little about the present growth."""
_HORIZON_DAYS = 730
_STEP_DAYS = 5
_LATEST_DAYS = 14.0
"""How often sets come is seen where the rules have thinned out nothing yet."""
_LEAST_DAYS = 2.0
_LEAST_SETS = 4


class Trend(Record, frozen=True, kw_only=True):
    """How sets come and grow."""

    today: int
    """Days are counted as `date.toordinal` does."""
    every: int
    """Days from one with a set to the next."""
    each: float
    """Sets on such a day."""
    bytes: float
    """Stored bytes of a set now."""
    growth: float
    """Bytes that a set gains each day."""
    pieces: float = 1.0
    """Sets of any kind for each full one: those that stand on it count with it, in bytes too."""
    stretch: float = 1.0
    """Days with sets of any kind for each day with a full one."""

    def size(self, day: int) -> float:
        """Bytes of a set of that day."""
        return max(self.bytes + self.growth * (day - self.today), 0.1 * self.bytes)


def full_on(sets: Sequence[SetSummary], settings: Settings, free_bytes: int | None, now: datetime) -> date | None:
    """The day on which the free space is used up, or None within two years (or while too little is known).

    ``sets`` are newest first. Coming nights and what the rules delete then are played; whatever else grows on that
    disk is not foreseen.
    """
    trend = _trend(sets, now)
    if trend is None or free_bytes is None:
        return None
    rules = settings.retention
    pruned = rules.after_backup or any(one.action == "prune" and one.enabled for one in settings.schedules)
    told = {one.timestamp[:10] for one in sets if _counts(one)}  # of very many sets few days
    days = sorted((date.fromisoformat(day).toordinal() for day in told), reverse=True)
    limit = free_bytes + _used(days, trend, rules, trend.today, pruned=pruned)
    newest = days[0]
    for end in range(trend.today + _STEP_DAYS, trend.today + _HORIZON_DAYS, _STEP_DAYS):
        coming = range(newest + trend.every, end + 1, trend.every)
        days = [*reversed(coming), *days]
        newest = coming[-1] if coming else newest
        if pruned:
            days = _kept(days, trend, rules, end)
        if _used(days, trend, rules, end, pruned=pruned) >= limit:
            return date.fromordinal(end - _STEP_DAYS // 2)
    return None


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Rise of ``points`` (x ascending) per unit of x: the median over pairs half a series apart, deaf to outliers."""
    half = len(points) // 2
    pairs = zip(points[:-half], points[half:], strict=True) if half else ()
    rises = [(late[1] - early[1]) / (late[0] - early[0]) for early, late in pairs if late[0] > early[0]]
    return median(rises) if rises else 0.0


def _counts(one: SetSummary) -> bool:
    return _follows(one) and one.kind is BackupKind.FULL


def _follows(one: SetSummary) -> bool:
    """Whether it counts by itself, or with the full one before it."""
    return one.status is SetStatus.COMPLETED and one.origin in REGULAR


def _trend(sets: Sequence[SetSummary], now: datetime) -> Trend | None:
    """What the complete sets of the last weeks say; None with too few of them."""
    recent: list[tuple[float, float]] = []
    after, pieces, days, of_full = 0.0, 0, set[str](), set[str]()
    for one in sets:
        age = (now - at(one.timestamp)).total_seconds() / _DAY_S
        if age > _WINDOW_DAYS:
            break
        if age >= 0 and _follows(one):
            after, pieces = after + one.stored_bytes, pieces + 1
            days.add(one.timestamp[:10])
            if one.kind is BackupKind.FULL:
                recent.append((-age, after))
                of_full.add(one.timestamp[:10])
                after = 0.0
    recent.reverse()
    if len(recent) < _LEAST_SETS or -recent[0][0] < _LEAST_DAYS:
        return None
    whole = 0.5 * max(size for _, size in recent)  # sets of one database alone say nothing of the growth of all
    large = [point for point in recent if point[1] >= whole]
    latest = [when for when, _ in recent if when >= recent[-1][0] - _LATEST_DAYS]
    per_day = (len(latest) - 1) / max(latest[-1] - latest[0], 0.5) if len(latest) > 1 else 1 / _LATEST_DAYS
    return Trend(
        today=now.date().toordinal(),
        every=max(round(1 / per_day), 1),
        each=max(per_day, 1.0),
        bytes=median([size for _, size in large[-5:]]),
        growth=slope(large),
        pieces=pieces / len(recent),
        stretch=len(days) / len(of_full),
    )


def _kept(days: Sequence[int], trend: Trend, rules: Retention, today: int) -> list[int]:
    """Of ``days`` with sets (newest first) those that the rules leave: the newest of so many periods of each kind."""
    young = _all_until(trend, rules)
    keep = {day for day in days if today - day <= young}
    keep.update(days[: math.ceil(rules.daily / trend.stretch)])
    periods: tuple[tuple[int, Callable[[int], int]], ...] = (
        (rules.weekly, lambda day: (day - 1) // 7),  # the first day of the calendar is a Monday
        (rules.monthly, _month),
        (rules.yearly, _year),
    )
    for count, period in periods:
        met: set[int] = set()
        for day in days:
            number = period(day)
            if number not in met:
                if len(met) == count:
                    break
                met.add(number)
                keep.add(day)
    return [day for day in days if day in keep]


@functools.lru_cache(maxsize=1 << 12)
def _month(day: int) -> int:
    """A number for each month of each year; the same days are asked for again and again."""
    calendar = date.fromordinal(day)
    return calendar.year * 12 + calendar.month


@functools.lru_cache(maxsize=1 << 12)
def _year(day: int) -> int:
    return date.fromordinal(day).year


def _all_until(trend: Trend, rules: Retention) -> float:
    """So many days all sets are kept, by the rules that look at no calendar."""
    return max((rules.count or 0) / trend.pieces / trend.each * trend.every - 1, rules.max_age_days or -1.0)


def _used(days: Sequence[int], trend: Trend, rules: Retention, today: int, *, pruned: bool) -> float:
    """Bytes of the sets of these days; of a day on which the rules keep but one, there is one."""
    young = _all_until(trend, rules) if pruned else float(_HORIZON_DAYS * 100)
    return sum(trend.size(day) * (trend.each if today - day <= young else 1.0) for day in days)
