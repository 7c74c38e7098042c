"""How values travel: TYPE_INFO and bytes of each type of T-SQL, (MS-TDS 2.2.5.4)."""

from __future__ import annotations

import functools
import re
import struct
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

COLLATION = bytes.fromhex("0904d00034")
"""SQL_Latin1_General_CP1_CI_AS."""
CODE_PAGE = "cp1252"
"""Of that collation."""
PLP = b"\xff\xff"
"""In place of a size: the value comes in chunks, as of the ``max`` types."""
PLP_NULL = b"\xff" * 8

_WRITTEN = re.compile(r"\s*(\w+)\s*(?:\(\s*(max|\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)
_TEXTS = {"nvarchar": 0xE7, "nchar": 0xEF, "varchar": 0xA7, "char": 0xAF}
_EPOCH, _FIRST_DAY = date(1900, 1, 1), date(1, 1, 1)
_EXACTLY = Context(prec=80)
"""More digits than any value has; Python's own 28 are less than a server's 38."""


@dataclass(frozen=True, slots=True)
class WireType:
    """A type as clients are told of it, and how its values are written."""

    info: bytes
    null: bytes
    write: Callable[[object], bytes]

    def encoded(self, value: object) -> bytes:
        return self.null if value is None else self.write(value)


@functools.cache
def parsed(written: str) -> WireType:
    """A type as T-SQL writes it; raises ValueError for one that no client knows."""
    if found := _WRITTEN.fullmatch(written):
        name, size, scale = found[1].lower(), (found[2] or "").lower(), int(found[3] or 0)
        if name in _FIXED:
            return _FIXED[name]
        if name in _SIZED:
            return _SIZED[name](size, scale)
    raise ValueError(f"no such type: {written!r}")


def _counted(kind: bytes, size: int, write: Callable[[object], bytes]) -> WireType:
    """A type of one size behind a byte that counts; zero of them are NULL."""
    return WireType(kind + bytes([size]), b"\0", lambda value: bytes([size]) + write(value))


def _long(kind: bytes, more: bytes, size: str, of_each: int, write: Callable[[object], bytes]) -> WireType:
    if size == "max":
        return WireType(kind + PLP + more, PLP_NULL, lambda value: _chunked(write(value)))
    limit = int(size) * of_each

    def written(value: object) -> bytes:
        raw = write(value)
        if len(raw) > limit:
            raise ValueError(f"{len(raw)} bytes where the column has {limit}")
        return struct.pack("<H", len(raw)) + raw

    return WireType(kind + struct.pack("<H", limit) + more, PLP, written)


def _chunked(raw: bytes) -> bytes:
    chunk = struct.pack("<I", len(raw)) + raw if raw else b""
    return struct.pack("<Q", len(raw)) + chunk + bytes(4)


def _text(name: str, size: str, _scale: int) -> WireType:
    wide = name.startswith("n")
    encoding = "utf-16-le" if wide else CODE_PAGE
    padded = int(size or 1) if name in {"nchar", "char"} else 0
    return _long(
        bytes([_TEXTS[name]]),
        COLLATION,
        size or "1",
        2 if wide else 1,
        lambda value: str(value).ljust(padded).encode(encoding, "surrogatepass" if wide else "replace"),
    )


def _bytes(kind: int, size: str, _scale: int) -> WireType:
    return _long(bytes([kind]), b"", size or "1", 1, _raw)


def _raw(value: object) -> bytes:
    assert isinstance(value, bytes | bytearray | memoryview), value
    return bytes(value)


def _integer(size: int, signed: bool, value: object) -> bytes:
    assert isinstance(value, int | Decimal), value
    return int(value).to_bytes(size, "little", signed=signed)


def _bit(value: object) -> bytes:
    return b"\x01" if value else b"\0"


def _float(value: object) -> bytes:
    return struct.pack("<d", float(str(value)))


def _real(value: object) -> bytes:
    return struct.pack("<f", float(str(value)))


def _exact(kind: int, digits: str, scale: int) -> WireType:
    """DECIMALN and NUMERICN: a sign (1 is plus), then the digits as one whole number."""
    precision = int(digits or 18)
    size = next(size for most, size in ((9, 5), (19, 9), (28, 13), (38, 17)) if precision <= most)

    def written(value: object) -> bytes:
        whole = _shifted(value, scale)
        return bytes([size, whole >= 0]) + abs(whole).to_bytes(size - 1, "little")

    return WireType(bytes([kind, size, precision, scale]), b"\0", written)


def _shifted(value: object, scale: int) -> int:
    """The value with its point moved to the right, rounded half up."""
    moved = Decimal(str(value)).scaleb(scale, _EXACTLY)
    return int(moved.to_integral_value(ROUND_HALF_UP, _EXACTLY))


def _money(value: object) -> bytes:
    whole = _shifted(value, 4)
    return struct.pack("<iI", whole >> 32, whole & 0xFFFFFFFF)


def _smallmoney(value: object) -> bytes:
    return struct.pack("<i", _shifted(value, 4))


def _day(value: object) -> date:
    assert isinstance(value, date), value
    return value.date() if isinstance(value, datetime) else value


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(_day(value), time())


def _datetime(value: object) -> bytes:
    """Days since 1900, and ticks of a three hundredth of a second."""
    at = _moment(value)
    ticks = (at.hour * 3600 + at.minute * 60 + at.second) * 300 + (at.microsecond * 3 + 5000) // 10000
    days, ticks = divmod(ticks, 86400 * 300)
    return struct.pack("<iI", (at.date() - _EPOCH).days + days, ticks)


def _smalldatetime(value: object) -> bytes:
    at = _moment(value)
    return struct.pack("<HH", (at.date() - _EPOCH).days, at.hour * 60 + at.minute)


def _date(value: object) -> bytes:
    return (_day(value) - _FIRST_DAY).days.to_bytes(3, "little")


def _time_size(scale: int) -> int:
    return 3 + (scale > 2) + (scale > 4)


def _time_of(at: time | datetime, scale: int) -> bytes:
    units = (at.hour * 3600 + at.minute * 60 + at.second) * 10**7 + at.microsecond * 10
    return (units // int(10 ** (7 - scale))).to_bytes(_time_size(scale), "little")


def _scaled(kind: int, more: int, write: Callable[[object, int], bytes], digits: str, _scale: int) -> WireType:
    """A type of fractions of a second: how many digits of them says how many bytes the time of day has."""
    scale = int(digits or 7)
    size = _time_size(scale) + more
    return WireType(bytes([kind, scale]), b"\0", lambda value: bytes([size]) + write(value, scale))


def _clock(value: object, scale: int) -> bytes:
    assert isinstance(value, time | datetime), value
    return _time_of(value, scale)


def _datetime2(value: object, scale: int) -> bytes:
    return _time_of(_moment(value), scale) + _date(value)


def _datetimeoffset(value: object, scale: int) -> bytes:
    at = _moment(value)
    offset = at.utcoffset() or timedelta()
    utc = (at - offset).replace(tzinfo=UTC)
    minutes: int = offset // timedelta(minutes=1)
    return _time_of(utc, scale) + _date(utc) + minutes.to_bytes(2, "little", signed=True)


def _variant(value: object) -> bytes:
    """SQL_VARIANT: its length, the type inside, how much describes that, the value without a length of its own."""
    if isinstance(value, bool):
        inner = b"\x32\0" + _bit(value)
    elif isinstance(value, int):
        inner = (
            b"\x38\0" + _integer(4, True, value) if -(2**31) <= value < 2**31 else b"\x7f\0" + _integer(8, True, value)
        )
    elif isinstance(value, bytes):
        inner = b"\xa5\x02" + struct.pack("<H", 8000) + value
    elif isinstance(value, datetime):
        inner = b"\x3d\0" + _datetime(value)
    elif isinstance(value, float):
        inner = b"\x3e\0" + _float(value)
    else:
        inner = b"\xe7\x07" + COLLATION + struct.pack("<H", 8000) + str(value).encode("utf-16-le")
    return struct.pack("<I", len(inner)) + inner


_FIXED = {
    name: _counted(b"\x26", size, functools.partial(_integer, size, name != "tinyint"))
    for name, size in (("tinyint", 1), ("smallint", 2), ("int", 4), ("bigint", 8))
} | {
    "bit": _counted(b"\x68", 1, _bit),
    "float": _counted(b"\x6d", 8, _float),
    "real": _counted(b"\x6d", 4, _real),
    "money": _counted(b"\x6e", 8, _money),
    "smallmoney": _counted(b"\x6e", 4, _smallmoney),
    "datetime": _counted(b"\x6f", 8, _datetime),
    "smalldatetime": _counted(b"\x6f", 4, _smalldatetime),
    "date": WireType(b"\x28", b"\0", lambda value: b"\x03" + _date(value)),
    "uniqueidentifier": _counted(b"\x24", 16, lambda value: uuid.UUID(str(value)).bytes_le),
    "sql_variant": WireType(b"\x62" + struct.pack("<I", 8009), bytes(4), _variant),
    "sysname": _text("nvarchar", "128", 0),
}
_SIZED: Mapping[str, Callable[[str, int], WireType]] = {
    "decimal": functools.partial(_exact, 0x6A),
    "numeric": functools.partial(_exact, 0x6C),
    "varbinary": functools.partial(_bytes, 0xA5),
    "binary": functools.partial(_bytes, 0xAD),
    "time": functools.partial(_scaled, 0x29, 0, _clock),
    "datetime2": functools.partial(_scaled, 0x2A, 3, _datetime2),
    "datetimeoffset": functools.partial(_scaled, 0x2B, 5, _datetimeoffset),
} | {name: functools.partial(_text, name) for name in _TEXTS}
"""By name: what makes the type of a size (or precision) and a scale as they were written."""
