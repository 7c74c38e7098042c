"""Moments as text and back, by style and by the language of the session."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from .sql_types import SqlType
from .world_messages import error

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:([T ])\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:\d{2})?"
)
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?")
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?")


def parse_moment(text: str, target: SqlType, dateformat: str) -> datetime | time:
    """A moment from text. Raises `SqlError` 241 for no moment, 242 for one that can't be.

    The old types read ``2026-04-21 17:00`` as the session's language has it: year, day, month in Spanish.
    Only ``2026-04-21T17:00:00`` and ``20260421 17:00`` mean the same everywhere.
    """
    if target.name == "time" and (found := _CLOCK.fullmatch(text)):
        return _clock(*found.groups())
    old = target.name in {"datetime", "smalldatetime"}
    if found := _ISO.fullmatch(text):
        year, one, two, gap, *rest, zone = found.groups()
        swapped = old and gap != "T" and dateformat == "dmy"
        month, day = (two, one) if swapped else (one, two)
        return _moment(target, (year, month, day), rest, zone)
    if found := _SOLID.fullmatch(text):
        return _moment(target, found.groups()[:3], list(found.groups()[3:]), None)
    if found := _SLASHED.fullmatch(text):
        one, two, year = found.groups()[:3]
        month, day = (two, one) if dateformat == "dmy" else (one, two)
        return _moment(target, (year, month, day), list(found.groups()[3:]), None)
    raise error(241)


def _clock(hour: str, minute: str, second: str | None, fraction: str | None) -> time:
    return time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")[:6]))


def _moment(target: SqlType, day: tuple[str, ...], clock: list[str | None], zone: str | None) -> datetime | time:
    hour, minute, second, fraction = clock
    if fraction and len(fraction) > 3 and target.name in {"datetime", "smalldatetime"}:
        raise error(241)
    try:
        at = datetime.combine(date(*map(int, day)), _clock(hour or "0", minute or "0", second, fraction))
    except ValueError:
        raise error(242, "varchar", target.name) from None
    if zone and zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        return at.replace(tzinfo=timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))))
    return at.replace(tzinfo=UTC) if zone else at


def moment_text(value: date | time, source: SqlType, style: int | None) -> str:
    """A moment as text; without a style as the type writes itself. Raises `SqlError` 281 for an unknown style."""
    if isinstance(value, time):
        return value.isoformat("microseconds") + "0"
    at = value if isinstance(value, datetime) else datetime.combine(value, time(0))
    if style is None:
        if source.name in {"datetime", "smalldatetime"}:
            style = 0
        else:
            return _own_text(value, source)
    written = _styled(at, source, style % 100 if style in {100, 101, 103, 104, 105, 108, 110, 111, 112, 120} else style)
    if written is None:
        raise error(281, style, source.name)
    return written


def _own_text(value: date, source: SqlType) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    scale = source.scale if source.name in {"datetime2", "datetimeoffset"} else 3
    digits = f"{value.microsecond:06d}0"[:scale]
    written = value.strftime("%Y-%m-%d %H:%M:%S") + (f".{digits}" if scale else "")
    return f"{written} {_zone(value)}" if value.tzinfo else written


def _zone(value: datetime) -> str:
    minutes = int((value.utcoffset() or timedelta()).total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _styled(at: datetime, source: SqlType, style: int) -> str | None:
    scale = source.scale if source.name in {"datetime2", "datetimeoffset"} else 3
    fraction = f".{at.microsecond:06d}0"[: scale + 1] if scale else ""
    zone = f"{_zone(at)}" if at.tzinfo else ""
    half = "PM" if at.hour > 11 else "AM"
    shapes = {
        0: f"{MONTHS[at.month - 1]} {at.day:>2} {at.year} {at.hour % 12 or 12:>2}:{at:%M}{half}",
        1: f"{at:%m/%d/%Y}",
        3: f"{at:%d/%m/%Y}",
        4: f"{at:%d.%m.%Y}",
        5: f"{at:%d-%m-%Y}",
        8: f"{at:%H:%M:%S}",
        10: f"{at:%m-%d-%Y}",
        11: f"{at:%Y/%m/%d}",
        12: f"{at:%Y%m%d}",
        20: f"{at:%Y-%m-%d %H:%M:%S}",
        21: f"{at:%Y-%m-%d %H:%M:%S}{fraction}" + (f" {zone}" if zone else ""),
        23: f"{at:%Y-%m-%d}",
        25: f"{at:%Y-%m-%d %H:%M:%S}{fraction}" + (f" {zone}" if zone else ""),
        114: f"{at:%H:%M:%S}:{at.microsecond // 1000:03d}",
        121: f"{at:%Y-%m-%d %H:%M:%S}{fraction}" + (f" {zone}" if zone else ""),
        126: f"{at:%Y-%m-%dT%H:%M:%S}{fraction if at.microsecond or source.name != 'datetime' else ''}{zone}",
        127: f"{at:%Y-%m-%dT%H:%M:%S}{fraction}{'Z' if not zone or zone == '+00:00' else zone}",
    }
    return shapes.get(style)
