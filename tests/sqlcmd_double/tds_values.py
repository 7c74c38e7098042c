"""Columns and values as they come from a server; instants keep all the digits that they have on the wire."""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .tds_tokens import Stream

    Read = Callable[[Stream], object]

MAX = 0xFFFF
BEHIND = 2147483645
"""What drivers give as the length of a ``max`` type."""
_CODE_PAGE = "cp1252"


class Column:
    """A column: what the type is called, how long it is, and how its values are read."""

    __slots__ = ("kind", "length", "name", "precision", "read", "scale")

    def __init__(self, kind: str, read: Read, *, length: int = 0, precision: int = 0, scale: int = 0) -> None:
        self.name, self.kind, self.read = "", kind, read
        self.length, self.precision, self.scale = length, precision, scale


class Exact:
    """A decimal: a whole number, and how many of its digits are behind the point."""

    __slots__ = ("scale", "whole")

    def __init__(self, whole: int, scale: int) -> None:
        self.whole, self.scale = whole, scale

    def __str__(self) -> str:
        digits = str(abs(self.whole)).rjust(self.scale + 1, "0")
        point = len(digits) - self.scale
        return ("-" if self.whole < 0 else "") + digits[:point] + ("." + digits[point:] if self.scale else "")


class Instant:
    """A day (since year 1, or None) and a time of it in units of 100 ns (or None); minutes from UTC if it has any."""

    __slots__ = ("clock", "day", "minutes")

    def __init__(self, day: int | None, clock: int | None, minutes: int | None = None) -> None:
        self.day, self.clock, self.minutes = day, clock, minutes

    def date(self) -> str:
        """Year, month and day."""
        import datetime

        assert self.day is not None
        return str(datetime.date.fromordinal(self.day + 1))

    def time(self, scale: int) -> str:
        """Hours, minutes, seconds and so many digits of a fraction."""
        assert self.clock is not None
        seconds, fraction = divmod(self.clock, 10**7)
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return text + (f".{fraction // 10 ** (7 - scale):0{scale}}" if scale else "")

    def zone(self) -> str:
        """As in ``-03:00``."""
        assert self.minutes is not None
        return f"{'-' if self.minutes < 0 else '+'}{abs(self.minutes) // 60:02}:{abs(self.minutes) % 60:02}"


class Guid(bytes):
    """A GUID as it came."""

    __slots__ = ()

    def __str__(self) -> str:
        a, b, c = struct.unpack("<IHH", self[:8])
        return f"{a:08x}-{b:04x}-{c:04x}-{self[8:10].hex()}-{self[10:].hex()}"


def _days(since_1900: int) -> int:
    return since_1900 + 693595


def _integer(raw: bytes) -> int:
    return int.from_bytes(raw, "little", signed=len(raw) > 1)


def _float(raw: bytes) -> float:
    return float(struct.unpack("<f" if len(raw) == 4 else "<d", raw)[0])


def _money(raw: bytes) -> Exact:
    if len(raw) == 4:
        return Exact(struct.unpack("<i", raw)[0], 4)
    high, low = struct.unpack("<iI", raw)
    return Exact((high << 32) | low, 4)


def _datetime(raw: bytes) -> Instant:
    """Ticks of a three hundredth of a second are told in whole milliseconds."""
    if len(raw) == 4:
        days, minutes = struct.unpack("<HH", raw)
        return Instant(_days(days), minutes * 60 * 10**7)
    days, ticks = struct.unpack("<iI", raw)
    milliseconds = int(ticks % 300 / 0.3 + 0.5)
    return Instant(_days(days), ticks // 300 * 10**7 + milliseconds * 10**4)


def _exact(scale: int) -> Callable[[bytes], Exact]:
    return lambda raw: Exact(int.from_bytes(raw[1:], "little") * (1 if raw[0] else -1), scale)


def _clock(raw: bytes, scale: int) -> int:
    return int.from_bytes(raw, "little") * int(10 ** (7 - scale))


def _scaled(kind: int, scale: int) -> Callable[[bytes], Instant]:
    def read(raw: bytes) -> Instant:
        if kind == 0x28:
            return Instant(int.from_bytes(raw, "little"), None)
        if kind == 0x29:
            return Instant(None, _clock(raw, scale))
        if kind == 0x2A:
            return Instant(int.from_bytes(raw[-3:], "little"), _clock(raw[:-3], scale))
        day, minutes = int.from_bytes(raw[-5:-2], "little"), int.from_bytes(raw[-2:], "little", signed=True)
        local = day * 864 * 10**9 + _clock(raw[:-5], scale) + minutes * 60 * 10**7
        return Instant(*divmod(local, 864 * 10**9), minutes)

    return read


def _behind_a_byte(decode: Callable[[bytes], object]) -> Read:
    def read(stream: Stream) -> object:
        raw = stream.take(stream.number(1))
        return decode(raw) if raw else None

    return read


def _long(decode: Callable[[bytes], object], size: int) -> Read:
    def short(stream: Stream) -> object:
        count = stream.number(2)
        return None if count == MAX else decode(stream.take(count))

    def chunked(stream: Stream) -> object:
        if stream.take(8) == b"\xff" * 8:
            return None
        found = b""
        while count := stream.number(4):
            found += stream.take(count)
        return decode(found)

    return chunked if size == MAX else short


def _wide(raw: bytes) -> str:
    return raw.decode("utf-16-le", "surrogatepass")


def _narrow(raw: bytes) -> str:
    return raw.decode(_CODE_PAGE, "replace")


_NAMED_BY_SIZE: dict[int, tuple[dict[int, str], Callable[[bytes], object]]] = {
    0x26: ({1: "TINYINT", 2: "SMALLINT", 4: "INT", 8: "BIGINT"}, _integer),
    0x68: ({1: "BIT"}, lambda raw: raw != b"\0"),
    0x6D: ({4: "REAL", 8: "FLOAT"}, _float),
    0x6E: ({4: "SMALLMONEY", 8: "MONEY"}, _money),
    0x6F: ({4: "SMALLDATETIME", 8: "DATETIME"}, _datetime),
    0x24: ({16: "UNIQUEIDENTIFIER"}, Guid),
}
_LONG = {0xE7: ("NVARCHAR", _wide), 0xEF: ("NCHAR", _wide), 0xA7: ("VARCHAR", _narrow), 0xAF: ("CHAR", _narrow)}
_RAW = {0xA5: "VARBINARY", 0xAD: "BINARY"}
_SCALED = {0x28: "DATE", 0x29: "TIME", 0x2A: "DATETIME2", 0x2B: "DATETIMEOFFSET"}


def read_type(stream: Stream) -> Column:
    """A TYPE_INFO."""
    kind = stream.number(1)
    if kind in _NAMED_BY_SIZE:
        names, decode = _NAMED_BY_SIZE[kind]
        return Column(names[stream.number(1)], _behind_a_byte(decode))
    if kind in {0x6A, 0x6C}:
        _size, precision, scale = stream.take(3)
        return Column("DECIMAL", _behind_a_byte(_exact(scale)), precision=precision, scale=scale)
    if kind in _LONG or kind in _RAW:
        name, decode = _LONG[kind] if kind in _LONG else (_RAW[kind], bytes)
        size = stream.number(2)
        if kind in _LONG:
            stream.take(5)
        length = BEHIND if size == MAX else size
        return Column(name, _long(decode, size), length=length // 2 if decode is _wide else length)
    if kind in _SCALED:
        scale = 0 if kind == 0x28 else stream.number(1)
        return Column(_SCALED[kind], _behind_a_byte(_scaled(kind, scale)), precision=0, scale=scale)
    if kind == 0x62:
        stream.take(4)
        return Column("SQL_VARIANT", _variant)
    raise ValueError(f"type 0x{kind:02X}")


def _variant(stream: Stream) -> object:
    """SQL_VARIANT: the type is in each value."""
    length = stream.number(4)
    if not length:
        return None
    raw = stream.take(length)
    kind, described = raw[0], raw[2 + raw[1] :]
    if kind in {0x30, 0x34, 0x38, 0x7F}:
        return _integer(described)
    if kind == 0x32:
        return described != b"\0"
    if kind in {0x3B, 0x3E}:
        return _float(described)
    if kind in {0x3A, 0x3D}:
        return _datetime(described)
    return _LONG[kind][1](described) if kind in _LONG else bytes(described)
