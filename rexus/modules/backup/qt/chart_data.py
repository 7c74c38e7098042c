"""What the charts of the summary draw: lines, bars, marks on the axes, and the words beside the title. No Qt here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import PureWindowsPath

from ..base.records import Record, Severity
from ..base.texts import _, figure, n_
from . import telling
from .summary_facts import DAYS, Overview
from .summary_points import day_told

_DAY_S = 86_400.0
_AHEAD_DAYS = 10
_SERIES = 3
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_CLOSE = 0.85
"""The upper mark may lie this far below the highest value."""
_SOON_DAYS = 31
_FEWEST_BARS = 8
_FEW_DAYS = 3
"""Over less the axis tells hours."""
_ROUND_MINUTES = (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720)
_HOUR_MARKS = 3
_EDGE = 0.06
"""So much of the axis at either end has no room for a time."""
_A_SECOND = 1 / 86_400
_ONE_MOMENT = 1 / 1440
_HALF_BAR = 0.04
_SHORTEST_S = 0.1
"""Nobody wants to read less on an axis."""


class Line(Record, frozen=True, kw_only=True):
    """One line; its name stands at its end."""

    name: str
    token: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False
    filled: bool = False


class Picture(Record, frozen=True, kw_only=True):
    """One chart."""

    title: str
    value: str = ""
    tone: str = ""
    lines: tuple[Line, ...] = ()
    bars: tuple[tuple[float, str], ...] = ()
    """Height and colour of each."""
    left: float = 0.0
    right: float = 1.0
    top: float = 1.0
    x_marks: tuple[tuple[float, str], ...] = ()
    y_marks: tuple[tuple[float, str], ...] = ()
    tip: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return not self.bars and not any(one.points for one in self.lines)


def series_token(number: int) -> str:
    """The colour of a database, by its place in the settings."""
    return f"series{number % _SERIES + 1}"


def sizes(overview: Overview) -> Picture:
    """How large the databases are, in the last weeks."""
    at = overview.health.at
    first = at - timedelta(days=DAYS)
    lines = []
    for number, one in enumerate(overview.health.databases.values()):
        points = tuple((_days(when), float(size)) for when, size in one.sizes if first <= when <= at)
        lines.append(Line(name=one.name, token=series_token(number), points=points))
    total = sum(one.size_bytes for one in overview.health.databases.values())
    every = [point for line in lines for point in line.points]
    highest = max((y for _x, y in every), default=0.0)
    marks = marks_of(highest, _bytes)
    left, right = _span([x for x, _y in every], at)
    return Picture(
        title=_("Size of the databases"),
        value=telling.size(total) if total else "",
        lines=tuple(lines),
        left=left,
        right=right,
        top=max(marks[-1][0], highest * 1.08),
        x_marks=day_marks(left, right),
        y_marks=marks,
    )


def durations(overview: Overview) -> Picture:
    """How long the complete backups took."""
    bars = overview.bars
    highest = max((one.seconds for one in bars), default=0.0)
    marks = marks_of(max(highest, _SHORTEST_S), _seconds)
    value = ""
    if bars:
        said = _("{time}, longer than usual") if bars[-1].odd else _("{time}, as usual")
        value = (said if len(bars) > 1 else "{time}").format(time=telling.span(bars[-1].seconds))
    spare = max(_FEWEST_BARS - len(bars), 0) / 2  # a few stand in the middle, where there is room for their days
    aside = len(bars) // _FEWEST_BARS  # a mark at the very edge would be cut
    shown = sorted({aside, len(bars) // 2, len(bars) - 1 - aside}) if bars else []
    told = [(float(number), day_told(bars[number].at.astimezone().date(), bars[-1].at)) for number in shown]
    return Picture(
        title=_("Duration of the copies"),
        value=value,
        tone="warn" if bars and bars[-1].odd else "",
        bars=tuple((one.seconds, "warn" if one.odd else "accent") for one in bars),
        left=-0.6 - spare,
        right=len(bars) - 0.4 + spare,
        top=max(marks[-1][0], highest * 1.05),
        x_marks=_once(told),
        y_marks=marks,
    )


def space(overview: Overview) -> Picture:
    """How much is free where the copies are, and how that goes on."""
    health = overview.health
    full, free = health.full_on, health.free_bytes
    low = any(
        one.code in ("health.low_space", "health.full_soon") and one.severity is not Severity.INFO
        for one in health.alarms
    )
    token = "warn" if low else "accent"
    points = tuple((_days(when), float(each)) for when, each in overview.free)
    left, right = _span([x for x, _y in points], health.at)
    if points and points[-1][0] - points[0][0] < _ONE_MOMENT:  # a single one is as wide as a bar
        half, (x, y) = (right - left) * _HALF_BAR, points[-1]
        points = ((max(x - half, left), y), (min(x + half, right), y))
    lines = [Line(name="", token=token, points=points, filled=True)]
    if points and full is not None:
        until = _days(datetime(full.year, full.month, full.day, 12, tzinfo=UTC))
        x, y = points[-1]
        soon = until - right <= _SOON_DAYS
        end = max(until, right + 0.5) if soon else right + min(_AHEAD_DAYS, max(right - left, 1.0) / 2)
        at_end = y * max(until - end, 0.0) / max(until - x, 0.5)
        lines.append(Line(name="", token=token, points=((x, y), (end, at_end)), dashed=True))
        right = end
    highest = max((y for _x, y in points), default=0.0)
    marks = marks_of(highest, _bytes)
    return Picture(
        title=_space_title(overview.root),
        value=_space_value(overview) if free is not None else "",
        tone="warn" if low else "",
        lines=tuple(lines),
        left=left,
        right=right,
        top=max(marks[-1][0], highest * 1.05),
        x_marks=day_marks(left, right),
        y_marks=marks,
        tip=overview.root,
    )


def _space_title(root: str) -> str:
    drive = PureWindowsPath(root).drive
    return _("Free space on {place}").format(place=drive) if drive else _("Free space")


def _space_value(overview: Overview) -> str:
    """What is free, and for how long."""
    health = overview.health
    told, full = telling.size(health.free_bytes or 0), health.full_on
    if full is None:
        return told
    days = (full - health.at.astimezone().date()).days
    if days <= _SOON_DAYS:
        return _("{size}, until {day}").format(size=told, day=day_told(full, health.at))
    if days < 2 * 365:
        months = max(round(days / 30.4), 1)
        said = n_("{size}, about one month", "{size}, about {count} months", months)
        return said.format(size=told, count=months)
    return told


def marks_of(highest: float, tell: Callable[[Sequence[float]], tuple[str, ...]]) -> tuple[tuple[float, str], ...]:
    """Three marks from zero to about the highest value, evenly apart, no two of them in the same words."""
    step = _step(_CLOSE * highest / 2) if highest > 0 else 1.0
    values = (0.0, step, 2 * step)
    return _once(list(zip(values, tell(values), strict=True)))


def _step(least: float) -> float:
    """The next round number."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(one * power for one in _STEPS if one * power >= least * 0.999)


def _once(marks: Sequence[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    """The same without those that say what the one before says."""
    kept: list[tuple[float, str]] = []
    for at, text in marks:
        if all(text != other for _at, other in kept):
            kept.append((at, text))
    return tuple(kept)


def _bytes(values: Sequence[float]) -> tuple[str, ...]:
    """Zero, half, and the top with its unit; the half in the same unit."""
    top = values[-1]
    power = min(int(math.log10(top) // 3), 5) if top >= 1000 else 0
    unit = ("B", "kB", "MB", "GB", "TB", "PB")[power]
    return _scaled(values, 1000.0**power, unit)


def _seconds(values: Sequence[float]) -> tuple[str, ...]:
    top = values[-1]
    scale, unit = (3600.0, "h") if top >= 7200 else (60.0, "min") if top >= 240 else (1.0, "s")
    return _scaled(values, scale, unit)


def _scaled(values: Sequence[float], scale: float, unit: str) -> tuple[str, ...]:
    told = ["0" if value == 0 else _plain(value / scale) for value in values]
    return (*told[:-1], f"{told[-1]}{telling.NARROW}{unit}")


def _plain(value: float) -> str:
    """Up to three digits, without zeros at the end."""
    told = figure(value)
    return told.rstrip("0").rstrip(",.") if "," in told or "." in told else told


def day_marks(left: float, right: float) -> tuple[tuple[float, str], ...]:
    """Three days along the axis; round times of the day where it is short."""
    wide = right - left
    if wide <= 0:
        return ()
    if wide < _FEW_DAYS:
        return _hour_marks(left, right)
    noons = [day + 0.5 for day in range(math.floor(left), math.ceil(right)) if left <= day + 0.5 <= right]
    step, now = max(len(noons) // 3, 1), datetime.now(UTC)
    first = max((len(noons) - 1 - 2 * step) // 2, 0)
    return _once([(one, day_told(_instant(one).date(), now)) for one in noons[first::step][:3]])


def _hour_marks(left: float, right: float) -> tuple[tuple[float, str], ...]:
    """At most three round times, evenly apart and with room at either side; over a day the begins of days."""
    now, edge = datetime.now(UTC), (right - left) * _EDGE
    midnight = _days(_instant(left).replace(hour=0, minute=0, second=0, microsecond=0))
    for minutes in _ROUND_MINUTES if right - left <= 1 else (24 * 60,):
        step = minutes / (24 * 60)
        first, last = math.ceil((left + edge - midnight) / step), math.floor((right - edge - midnight) / step)
        if last - first < _HOUR_MARKS:
            places = [midnight + number * step for number in range(first, last + 1)]
            told = [_instant(at + _A_SECOND) for at in places]  # what is a hair before a minute is that minute
            whole = minutes == 24 * 60
            words = [day_told(one.date(), now) if whole else f"{one:%H:%M}" for one in told]
            return _once(list(zip(places, words, strict=True)))
    return ()


def _span(xs: Sequence[float], at: datetime) -> tuple[float, float]:
    """From the first point until now; never nothing."""
    right = _days(at)
    if xs and max(xs) - min(xs) < _ONE_MOMENT and right - min(xs) < 1 / 24:  # a single one stands in the middle
        return min(xs) - 1 / 48, min(xs) + 1 / 48
    left = min(xs, default=right - 1.0)
    return (left if right - left >= 1 / 24 else right - 1 / 24), right


def _days(instant: datetime) -> float:
    return instant.timestamp() / _DAY_S


def _instant(days: float) -> datetime:
    return datetime.fromtimestamp(days * _DAY_S, UTC).astimezone()
