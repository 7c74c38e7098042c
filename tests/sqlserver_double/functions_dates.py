"""Functions of moments: what time it is, and arithmetic with times."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from .functions import builtin, plain
from .sql_dates import parse_moment
from .sql_types import BIGINT, DATETIME, DATETIME2, DATETIMEOFFSET, INT, SqlType, nvarchar, varchar
from .sql_values import ticked
from .world_messages import error

if TYPE_CHECKING:
    from .frames import Frame

PARTS = {
    "year": "year", "yy": "year", "yyyy": "year", "quarter": "quarter", "qq": "quarter", "q": "quarter",
    "month": "month", "mm": "month", "m": "month", "dayofyear": "dayofyear", "dy": "dayofyear", "day": "day",
    "dd": "day", "d": "day", "week": "week", "ww": "week", "wk": "week", "weekday": "weekday", "dw": "weekday",
    "hour": "hour", "hh": "hour", "minute": "minute", "mi": "minute", "n": "minute", "second": "second",
    "ss": "second", "s": "second", "millisecond": "millisecond", "ms": "millisecond", "microsecond": "microsecond",
    "mcs": "microsecond", "nanosecond": "nanosecond", "ns": "nanosecond", "tzoffset": "tzoffset", "tz": "tzoffset",
}  # fmt: skip
STEPS = {
    "week": timedelta(weeks=1), "day": timedelta(days=1), "dayofyear": timedelta(days=1),
    "weekday": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1), "millisecond": timedelta(milliseconds=1),
    "microsecond": timedelta(microseconds=1),
}  # fmt: skip


def _part(name: str) -> str:
    if name.lower() not in PARTS:
        raise error(155, name, "datepart", ends_batch=True)
    return PARTS[name.lower()]


@builtin("GETDATE", "", DATETIME)
def _getdate(frame: Frame) -> datetime:
    return ticked(frame.world.clock.now())


@builtin("CURRENT_TIMESTAMP", "", DATETIME)
def _current_timestamp(frame: Frame) -> datetime:
    return ticked(frame.world.clock.now())


@builtin("GETUTCDATE", "", DATETIME)
def _getutcdate(frame: Frame) -> datetime:
    return ticked(frame.world.clock.utc())


@builtin("SYSDATETIME", "", DATETIME2)
def _sysdatetime(frame: Frame) -> datetime:
    return frame.world.clock.now()


@builtin("SYSUTCDATETIME", "", DATETIME2)
def _sysutcdatetime(frame: Frame) -> datetime:
    return frame.world.clock.utc()


@builtin("SYSDATETIMEOFFSET", "", DATETIMEOFFSET)
def _sysdatetimeoffset(frame: Frame) -> datetime:
    return frame.world.clock.aware()


@builtin("CURRENT_TIMEZONE", "", varchar(80))
def _current_timezone(frame: Frame) -> str:
    minutes = int(frame.world.clock.offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"(UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d})"


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        found = parse_moment(value, DATETIME2, "mdy")
        assert isinstance(found, datetime)
        return found
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(0))
    raise error(241)


def _second_type(types: Sequence[SqlType]) -> SqlType:
    return DATETIME if types[2].is_text else types[2]


def _dateadd(part: str, number: int, value: object) -> object:
    at, name = _moment(value), _part(part)
    if name in STEPS:
        moved = at + STEPS[name] * number
    else:
        months = number * {"year": 12, "quarter": 3, "month": 1}[name]
        year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
        moved = at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))
    return moved.date() if isinstance(value, date) and not isinstance(value, datetime) else moved


def _datediff(part: str, start: object, end: object) -> int:
    """How many borders of that part lie between."""
    one, other, name = _moment(start), _moment(end), _part(part)
    if one.tzinfo or other.tzinfo:
        one, other = (each.replace(tzinfo=None) - (each.utcoffset() or timedelta()) for each in (one, other))
    if name in {"year", "quarter", "month"}:
        months = {"year": 12, "quarter": 3, "month": 1}[name]
        return (other.year * 12 + other.month - 1) // months - (one.year * 12 + one.month - 1) // months
    if name == "week":
        return (_sunday(other) - _sunday(one)).days // 7
    step, epoch = STEPS[name], datetime(1, 1, 1)
    return (other - epoch) // step - (one - epoch) // step


def _sunday(at: datetime) -> date:
    return (at - timedelta(days=(at.weekday() + 1) % 7)).date()


def _datepart(part: str, value: object) -> int:
    at, name = _moment(value), _part(part)
    special = {
        "quarter": (at.month + 2) // 3,
        "dayofyear": at.timetuple().tm_yday,
        "week": (_sunday(at) - _sunday(at.replace(month=1, day=1))).days // 7 + 1,
        "weekday": at.isoweekday() % 7 + 1,
        "millisecond": at.microsecond // 1000,
        "nanosecond": at.microsecond * 1000,
        "tzoffset": int((at.utcoffset() or timedelta()).total_seconds() // 60),
    }
    return special[name] if name in special else int(getattr(at, name))


plain("DATEADD", "tiv", _second_type, _dateadd)
plain("DATEDIFF", "tvv", INT, _datediff)
plain("DATEDIFF_BIG", "tvv", BIGINT, _datediff)
plain("DATEPART", "tv", INT, _datepart)
plain("DATENAME", "tv", nvarchar(30), lambda part, value: str(_datepart(part, value)))
plain("YEAR", "v", INT, lambda value: _moment(value).year)
plain("MONTH", "v", INT, lambda value: _moment(value).month)
plain("DAY", "v", INT, lambda value: _moment(value).day)
