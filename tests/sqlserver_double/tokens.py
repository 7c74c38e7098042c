"""Answers as tokens of a reply (MS-TDS 2.2.7)."""

from __future__ import annotations

import struct

from . import wire_types
from .answers import Columns, Environment, Message
from .wire_types import WireType

DONE, DONE_PROCEDURE, DONE_IN_PROCEDURE = 0xFD, 0xFE, 0xFF
MORE, ERROR, IN_TRANSACTION, COUNT, ATTENTION = 0x01, 0x02, 0x04, 0x10, 0x20
"""Bits of the status of a DONE."""
LEAST_ERROR = 11
"""Severities from here on are errors; 10 travels as 0."""
NULLABLE = 0x0009
"""Flags of a column: may be NULL, unknown whether it can be written."""


def _text(value: str, size_of_count: int = 1) -> bytes:
    raw = value.encode("utf-16-le")
    return (len(raw) // 2).to_bytes(size_of_count, "little") + raw


def _sized(token: int, body: bytes) -> bytes:
    return struct.pack("<BH", token, len(body)) + body


def message(said: Message, server: str) -> bytes:
    """ERROR or INFO."""
    severity = 0 if said.severity == 10 else said.severity
    return _sized(
        0xAA if severity >= LEAST_ERROR else 0xAB,
        struct.pack("<iBB", said.number, said.state, severity)
        + _text(said.text, 2)
        + _text(server)
        + _text(said.procedure)
        + struct.pack("<i", said.line),
    )


def environment(change: Environment) -> bytes:
    """ENVCHANGE; bytes go as they are, texts in UCS-2."""
    both = (change.new, change.old)
    values = [bytes([len(v)]) + v if isinstance(v, bytes) else _text(v) for v in both]
    return _sized(0xE3, bytes([change.type]) + b"".join(values))


def login_ack(version: tuple[int, int, int]) -> bytes:
    """LOGINACK: TDS 7.4 (big-endian, unlike all else), and who answers."""
    major, minor, build = version
    return _sized(
        0xAD, b"\x01\x74\x00\x00\x04" + _text("Microsoft SQL Server") + struct.pack(">BBH", major, minor, build)
    )


def done(token: int, status: int, command: int, count: int = 0) -> bytes:
    """DONE, DONEPROC or DONEINPROC."""
    return struct.pack("<BHHQ", token, status, command & 0xFFFF, count)


def return_status(value: int) -> bytes:
    return struct.pack("<Bi", 0x79, value)


def return_value(ordinal: int, name: str, value: int) -> bytes:
    """RETURNVALUE: an output parameter; all that are returned here are int."""
    kind = wire_types.parsed("int")
    head = struct.pack("<BH", 0xAC, ordinal) + _text(name) + b"\x01"
    return head + bytes(6) + kind.info + kind.encoded(value)


def columns(head: Columns) -> tuple[bytes, tuple[WireType, ...]]:
    """COLMETADATA, and how the rows that follow are written."""
    kinds = tuple(wire_types.parsed(column.type) for column in head.columns)
    body = struct.pack("<BH", 0x81, len(kinds))
    for column, kind in zip(head.columns, kinds, strict=True):
        body += struct.pack("<IH", 0, NULLABLE) + kind.info + _text(column.name)
    return body, kinds


def row(values: tuple[object, ...], kinds: tuple[WireType, ...]) -> bytes:
    """ROW, or NBCROW where a bitmap of what is NULL is shorter than the NULLs themselves."""
    cells = [kind.encoded(value) for value, kind in zip(values, kinds, strict=True)]
    nulls = [value is None for value in values]
    if sum(len(cell) for cell, null in zip(cells, nulls, strict=True) if null) <= (len(nulls) + 7) // 8:
        return b"\xd1" + b"".join(cells)
    bits = sum(1 << index for index, null in enumerate(nulls) if null)
    bitmap = bits.to_bytes((len(nulls) + 7) // 8, "little")
    return b"\xd2" + bitmap + b"".join(cell for cell, null in zip(cells, nulls, strict=True) if not null)
