"""Values that clients send as parameters: TYPE_INFO and value, as Python knows them (MS-TDS 2.2.5.4)."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

from .packet import Reader
from .wire_types import CODE_PAGE

Read = Callable[[Reader], object]

_EPOCH = datetime(1900, 1, 1)
_FIRST_DAY = date(1, 1, 1)
_UNKNOWN_LENGTH = 0xFFFFFFFFFFFFFFFE
_FIXED = {0x30: ("int", 1), 0x34: ("int", 2), 0x38: ("int", 4), 0x7F: ("int", 8), 0x32: ("bit", 1)} | {
    0x3B: ("float", 4), 0x3E: ("float", 8), 0x3A: ("datetime", 4), 0x3D: ("datetime", 8), 0x1F: ("null", 0)
}  # fmt: skip
_COUNTED = {0x26: "int", 0x68: "bit", 0x6D: "float", 0x6E: "money", 0x6F: "datetime", 0x24: "guid"}
_WIDE, _NARROW, _BINARY = {0xE7, 0xEF}, {0xA7, 0xAF}, {0xA5, 0xAD}


def read_type(message: Reader) -> Read:
    """A TYPE_INFO: what reads the value behind it. Raises ValueError for types no client of ours sends."""
    kind = message.number(1)
    if kind in _FIXED:
        name, size = _FIXED[kind]
        return lambda reader: _scalar(name, reader.take(size))
    if kind in _COUNTED:
        message.take(1)
        return lambda reader: _scalar(_COUNTED[kind], reader.take(reader.number(1)))
    if kind in {0x6A, 0x6C}:
        _size, _precision, scale = message.take(3)
        return lambda reader: _exact(reader.take(reader.number(1)), scale)
    if kind in _WIDE | _NARROW | _BINARY:
        chunked = message.take(2) == b"\xff\xff"
        if kind not in _BINARY:
            message.take(5)
        return lambda reader: _decoded(kind, _chunks(reader) if chunked else _counted(reader))
    if kind == 0x28:
        return lambda reader: _instant(kind, reader.take(reader.number(1)), 0)
    if kind in {0x29, 0x2A, 0x2B}:
        scale = message.number(1)
        return lambda reader: _instant(kind, reader.take(reader.number(1)), scale)
    raise ValueError(f"a parameter of type 0x{kind:02X}")


def _counted(reader: Reader) -> bytes | None:
    size = reader.number(2)
    return None if size == 0xFFFF else reader.take(size)


def _chunks(reader: Reader) -> bytes | None:
    total = reader.number(8)
    if total == 2**64 - 1:
        return None
    found = b""
    while size := reader.number(4):
        found += reader.take(size)
    assert total in {len(found), _UNKNOWN_LENGTH}
    return found


def _decoded(kind: int, raw: bytes | None) -> object:
    if raw is None or kind in _BINARY:
        return raw
    return raw.decode("utf-16-le" if kind in _WIDE else CODE_PAGE)


def _scalar(name: str, raw: bytes) -> object:
    return _SCALARS[name](raw) if raw else None


def _float(raw: bytes) -> float:
    return float(struct.unpack("<f" if len(raw) == 4 else "<d", raw)[0])


def _money(raw: bytes) -> Decimal:
    """Ten thousandths; in eight bytes the higher half comes first."""
    high, low = struct.unpack("<iI", raw) if len(raw) == 8 else (0, struct.unpack("<i", raw)[0])
    return Decimal((high << 32) + low).scaleb(-4)


def _datetime(raw: bytes) -> datetime:
    if len(raw) == 4:
        days, minutes = struct.unpack("<HH", raw)
        return _EPOCH + timedelta(days=days, minutes=minutes)
    days, ticks = struct.unpack("<iI", raw)
    return _EPOCH + timedelta(days=days, microseconds=(ticks * 10000 + 1) // 3)


_SCALARS: dict[str, Callable[[bytes], object]] = {
    "int": lambda raw: int.from_bytes(raw, "little", signed=len(raw) > 1),
    "bit": lambda raw: raw != b"\0",
    "float": _float,
    "guid": lambda raw: uuid.UUID(bytes_le=raw),
    "money": _money,
    "datetime": _datetime,
}


def _exact(raw: bytes, scale: int) -> Decimal | None:
    if not raw:
        return None
    digits = tuple(int(digit) for digit in str(int.from_bytes(raw[1:], "little")))
    return Decimal((int(raw[0] == 0), digits, -scale))


def _instant(kind: int, raw: bytes, scale: int) -> object:
    """DATE, TIME, DATETIME2 or DATETIMEOFFSET: time of day, days since year 1, minutes from UTC."""
    if not raw:
        return None
    of_day = {0x28: 0, 0x29: len(raw), 0x2A: len(raw) - 3, 0x2B: len(raw) - 5}[kind]
    clock = int.from_bytes(raw[:of_day], "little") * 10 ** (7 - scale)
    past = timedelta(microseconds=clock // 10)
    if kind == 0x29:
        return (datetime.min + past).time() if past < timedelta(days=1) else time.max
    day = _FIRST_DAY + timedelta(days=int.from_bytes(raw[of_day : of_day + 3], "little"))
    if kind == 0x28:
        return day
    at = datetime.combine(day, time()) + past
    if kind == 0x2A:
        return at
    minutes = int.from_bytes(raw[-2:], "little", signed=True)
    return at.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
