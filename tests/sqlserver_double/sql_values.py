"""Values of one type as values of another, and how two values compare."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from .sql_dates import moment_text, parse_moment
from .sql_types import EXACT, FLOATING, INSTANTS, MAX, NUMBERS, WHOLE, SqlType
from .world_messages import error

Dateformat = str
"""``mdy`` or ``dmy``: how the session's language reads ``1/2/2026``."""


def convert(
    value: object, source: SqlType, target: SqlType, style: int | None = None, dateformat: Dateformat = "mdy"
) -> object:
    """The value as one of ``target``. Raises `SqlError` where it can't be."""
    if value is None or target.name == "sql_variant":
        return value
    if target.name in INSTANTS or target.name == "time":
        return _as_moment(value, source, target, dateformat)
    return _CONVERT[target.name](value, source, target, style)


def _as_whole(value: object, source: SqlType, target: SqlType, _style: int | None) -> object:
    if isinstance(value, str):
        try:
            number = int(value.strip() or "0")
        except ValueError:
            if target.name == "bigint":
                raise error(8114, source.name, target.name) from None
            raise error(245, source.name, value, target.name) from None
    elif isinstance(value, bytes):
        number = int.from_bytes(value[-8:], "big", signed=len(value) >= 8)
    elif isinstance(value, bool | int | Decimal | float):
        number = int(value)
    else:
        raise error(529, source.name, target.name)
    low, high = WHOLE[target.name]
    if not low <= number <= high:
        raise (
            error(8115, "expression", target.name)
            if target.name in {"int", "bigint"}
            else error(220, target.name, number)
        )
    return number


def _as_bit(value: object, source: SqlType, _target: SqlType, _style: int | None) -> object:
    if isinstance(value, str):
        if value.strip().lower() in {"true", "false"}:
            return value.strip().lower() == "true"
        try:
            return Decimal(value.strip() or "0") != 0
        except InvalidOperation:
            raise error(245, source.name, value, "bit") from None
    return any(value) if isinstance(value, bytes) else bool(value)


def _as_exact(value: object, source: SqlType, target: SqlType, _style: int | None) -> object:
    scale = 4 if target.name in {"money", "smallmoney"} else target.scale
    try:
        exact = Decimal(str(int(value) if isinstance(value, bool) else value).strip())
    except InvalidOperation:
        raise error(8114, source.name, target.name) from None
    with localcontext() as context:
        context.prec = 60
        rounded = exact.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    if target.precision and len(rounded.as_tuple().digits) > target.precision and rounded != 0:
        raise error(8115, source.name, target.name)
    return rounded


def _as_float(value: object, source: SqlType, target: SqlType, _style: int | None) -> object:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise error(8114, source.name, target.name) from None


def _as_text(value: object, source: SqlType, target: SqlType, style: int | None) -> object:
    if isinstance(value, bytes) and style not in {1, 2}:
        written = value.decode("utf-16-le" if target.name.startswith("n") else "cp1252", "replace")
    else:
        written = text_of(value, source, style)
    if target.size == MAX:
        return written
    if len(written) > target.size and source.name in NUMBERS:
        if source.name in WHOLE or source.name == "bit":
            return "*"
        raise error(8115, source.name, target.name)
    cut = written[: target.size]
    return cut.ljust(target.size) if target.name in {"nchar", "char"} else cut


def text_of(value: object, source: SqlType, style: int | None = None) -> str:
    """A value as the server writes it where text is wanted."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return ("" if style == 2 else "0x") + value.hex().upper()
    if isinstance(value, datetime | date | time):
        return moment_text(value, source, style)
    if isinstance(value, uuid.UUID):
        return str(value).upper()
    return _number_text(value, source, style)


def _number_text(value: object, source: SqlType, style: int | None) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if style is None else f"{value:.15e}"
    if isinstance(value, Decimal):
        return f"{value:.2f}" if source.name in {"money", "smallmoney"} else f"{value:f}"
    assert isinstance(value, int)
    return str(int(value))


def _as_bytes(value: object, source: SqlType, target: SqlType, style: int | None) -> object:
    if isinstance(value, str):
        raw = _text_bytes(value, source, style)
    elif isinstance(value, uuid.UUID):
        raw = value.bytes_le
    elif isinstance(value, bool | int):
        size = {"bigint": 8, "smallint": 2, "tinyint": 1, "bit": 1}.get(source.name, 4)
        raw = (int(value) % 256**size).to_bytes(size, "big")
    elif isinstance(value, bytes):
        raw = value
    else:
        raise error(529, source.name, target.name)
    cut = raw if target.size == MAX else raw[: target.size]
    return cut.ljust(target.size, b"\0") if target.name == "binary" else cut


def _text_bytes(value: str, source: SqlType, style: int | None) -> bytes:
    if style not in {1, 2}:
        return value.encode("utf-16-le" if source.name.startswith("n") else "cp1252", "replace")
    digits = value[2:] if style == 1 and value[:2] in {"0x", "0X"} else value
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise error(8114, source.name, "varbinary") from None


def _as_guid(value: object, source: SqlType, target: SqlType, _style: int | None) -> object:
    if isinstance(value, uuid.UUID):
        return value
    if isinstance(value, bytes):
        return uuid.UUID(bytes_le=value[:16].ljust(16, b"\0"))
    if not isinstance(value, str):
        raise error(529, source.name, target.name)
    try:
        return uuid.UUID(value.strip())
    except ValueError:
        raise error(8169) from None


def _as_moment(value: object, source: SqlType, target: SqlType, dateformat: Dateformat) -> object:
    if isinstance(value, str):
        return rounded(parse_moment(value.strip(), target, dateformat), target)
    if isinstance(value, bool | int | float | Decimal) and target.name in {"datetime", "smalldatetime"}:
        return _from_days(float(value), source, target)
    if isinstance(value, date | time):
        return rounded(value, target)
    raise error(529, source.name, target.name)


def _from_days(days: float, source: SqlType, target: SqlType) -> date | time:
    try:
        return rounded(datetime(1900, 1, 1) + timedelta(days=days), target)
    except OverflowError:
        raise error(8115, source.name, target.name) from None


def rounded(value: date | time, target: SqlType) -> date | time:
    """A moment with no more than ``target`` can hold: datetime has ticks of 1/300 s."""
    if target.name == "time":
        return value.time() if isinstance(value, datetime) else value if isinstance(value, time) else time(0)
    if isinstance(value, time):
        value = datetime.combine(date(1900, 1, 1), value)
    if target.name == "date":
        return value.date() if isinstance(value, datetime) else value
    whole = value if isinstance(value, datetime) else datetime.combine(value, time(0))
    if target.name == "datetimeoffset":
        return whole if whole.tzinfo else whole.replace(tzinfo=UTC)
    whole = whole.replace(tzinfo=None)
    if target.name == "smalldatetime":
        return whole.replace(second=0, microsecond=0) + timedelta(minutes=whole.second >= 30)
    return ticked(whole) if target.name == "datetime" else whole


def ticked(value: datetime) -> datetime:
    """The nearest instant that the type datetime can hold."""
    ticks = round(value.microsecond * 300 / 1_000_000)
    return value.replace(microsecond=0) + timedelta(milliseconds=round(ticks * 1000 / 300))


_Converter = Callable[[object, SqlType, SqlType, "int | None"], object]
_CONVERT: dict[str, _Converter] = {
    **dict.fromkeys(WHOLE, _as_whole),
    **dict.fromkeys(EXACT, _as_exact),
    **dict.fromkeys(FLOATING, _as_float),
    "bit": _as_bit,
    "uniqueidentifier": _as_guid,
    **dict.fromkeys(("nvarchar", "nchar", "varchar", "char"), _as_text),
    **dict.fromkeys(("varbinary", "binary"), _as_bytes),
}


def sort_key(value: object) -> tuple[object, ...]:
    """How values are ordered: NULL first; texts without case and without blanks at their end.

    Values of several kinds meet in sql_variant only: bytes, GUIDs, texts, numbers, moments, in this order.
    """
    if value is None:
        return (0, 0)
    if isinstance(value, str):
        return (3, value.rstrip(" ").casefold())
    if isinstance(value, uuid.UUID):
        raw = value.bytes_le
        return (2, raw[10:], raw[8:10], raw[6:8], raw[4:6], raw[:4])
    if isinstance(value, bytes):
        return (1, value)
    return (5 if isinstance(value, date | time) else 4, value)


def compare(sign: str, left: object, right: object) -> bool | None:
    """Whether the comparison of two values of one type holds; None where one is NULL."""
    if left is None or right is None:
        return None
    one, other = sort_key(left), sort_key(right)
    if sign == "=":
        return one == other
    if sign in {"<>", "!="}:
        return one != other
    if sign in {"<", "!>"}:
        return one < other if sign == "<" else one <= other
    if sign in {">", "!<"}:
        return one > other if sign == ">" else one >= other
    return one <= other if sign == "<=" else one >= other
