"""The small things that SQL Server's backup files are made of: checksums of headers, dates, LSNs, GUIDs, texts."""

from __future__ import annotations

import struct
import uuid
from datetime import datetime
from functools import reduce
from operator import xor

LSN_SIZE = 10
_LSN = struct.Struct("<IIH")
_ADDRESS = struct.Struct("<HH")
_NO_GUID = bytes(16)


class Unreadable(ValueError):
    """A field that can't be what it should be: an address outside its record, a count that does not fit."""


def is_sound(words: bytes | bytearray) -> bool:
    """Whether a header's last word is the XOR of those before it."""
    numbers: tuple[int, ...] = struct.unpack(f"<{len(words) // 2}H", words)
    return reduce(xor, numbers) == 0


def u16(data: bytes | bytearray, at: int) -> int:
    """Two bytes at ``at``. Raises `Unreadable` behind the end, as all of these do."""
    return _number(data, at, 2)


def u32(data: bytes | bytearray, at: int) -> int:
    """Four bytes at ``at``."""
    return _number(data, at, 4)


def u64(data: bytes | bytearray, at: int) -> int:
    """Eight bytes at ``at``."""
    return _number(data, at, 8)


def _number(data: bytes | bytearray, at: int, size: int) -> int:
    if at + size > len(data):
        raise Unreadable(at)
    return int.from_bytes(data[at : at + size], "little")


def lsn(data: bytes | bytearray, at: int) -> int:
    """A log sequence number as the whole number that servers show: VLF, block in ten digits, slot in five."""
    if at + LSN_SIZE > len(data):
        raise Unreadable(at)
    vlf, block, slot = _LSN.unpack_from(data, at)
    return int(vlf * 10**15 + block * 10**5 + slot)


def lsn_parts(number: int) -> tuple[int, int, int]:
    """VLF, block and slot of a log sequence number."""
    return number // 10**15, number // 10**5 % 10**10, number % 10**5


def date(data: bytes | bytearray, at: int) -> datetime | None:
    """Five bytes, big endian, of the server's wall time; None for none, and for what is no date."""
    if at + 5 > len(data):
        raise Unreadable(at)
    bits = int.from_bytes(data[at : at + 5], "big")
    year, month, day = bits >> 26, bits >> 22 & 15, bits >> 17 & 31
    hour, minute, second = bits >> 12 & 31, bits >> 6 & 63, bits & 63
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def guid(data: bytes | bytearray, at: int) -> str:
    """Sixteen bytes as lower-case text; empty where all are zero."""
    if at + 16 > len(data):
        raise Unreadable(at)
    raw = bytes(data[at : at + 16])
    return "" if raw == _NO_GUID else str(uuid.UUID(bytes_le=raw))


def raw_text(data: bytes | bytearray, at: int) -> bytes:
    """The bytes that the address at ``at`` (size, offset from the start) points to."""
    if at + _ADDRESS.size > len(data):
        raise Unreadable(at)
    size, offset = _ADDRESS.unpack_from(data, at)
    if offset + size > len(data):
        raise Unreadable(at)
    return bytes(data[offset : offset + size])


def text(data: bytes | bytearray, at: int) -> str:
    """The UTF-16 text that the address at ``at`` points to, without NULs at its end."""
    return raw_text(data, at).decode("utf-16-le", "replace").rstrip("\0")
