"""Where `bak_writer` writes to: a file in clear, or one of compressed records (literals only); and the way back."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

MAGIC = b"MSSQLBAK" + struct.pack("<II", 2, 3)
RECORDS_AT = 0x1E0
MARK_ALIGNMENT = 4096
RECORD = 32768
TABLE = bytes([0x88]) * 128 + bytes(128)
"""Every byte has a code of eight bits, which is the byte itself; no matches."""


class Clear:
    """The stream as it is."""

    def __init__(self, file: BinaryIO, at: int = 0) -> None:
        self._file = file
        self.at = at
        """Offset in the stream."""

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.at += len(data)

    def mark(self, block: bytes) -> None:
        """A filemark."""
        self.write(block)


class Packed(Clear):
    """Records of at most 32 KiB; filemarks stand between them in clear, at multiples of 4096."""

    def __init__(
        self, file: BinaryIO, encode: Callable[[bytes], bytes] | None = None, *, aligned: bool = False
    ) -> None:
        """``aligned``: the records behind a filemark begin at a multiple of 4096, too."""
        super().__init__(file)
        self._aligned = aligned
        self._encode = encode or literal
        self._waiting = bytearray()
        file.write(MAGIC.ljust(RECORDS_AT, b"\0"))

    def write(self, data: bytes) -> None:
        self._waiting += data
        self.at += len(data)
        whole = len(self._waiting) // RECORD * RECORD
        self._send(whole)

    def mark(self, block: bytes) -> None:
        self._send(len(self._waiting))
        self._file.write(b"\x5a" * (-self._file.tell() % MARK_ALIGNMENT))
        self._file.write(block)
        self.at += len(block)
        if self._aligned:
            self._file.write(b"\x5a" * (-self._file.tell() % MARK_ALIGNMENT))

    def _send(self, size: int) -> None:
        part, self._waiting = bytes(self._waiting[:size]), self._waiting[size:]
        for at in range(0, size, RECORD):
            content = part[at : at + RECORD]
            self._file.write(record(content, self._encode(content)))


def literal(data: bytes) -> bytes:
    """Compressed without any gain."""
    return TABLE + swapped(data) + bytes(2)


def record(data: bytes, payload: bytes) -> bytes:
    """The record of ``data``, a multiple of 512, which ``payload`` is when it is compressed."""
    check = 0
    for (word,) in struct.iter_unpack("<I", payload + bytes(-len(payload) % 4)):
        check = ((check << 1 | check >> 31) & 0xFFFFFFFF) ^ word
    head = struct.pack("<BBH", 0x21, len(data) // 512, len(payload)) + b"\xff" * 16 + struct.pack("<II", 0, check)
    return head + payload


def swapped(data: bytes) -> bytes:
    made = bytearray(data)
    made[0::2], made[1::2] = data[1::2], data[0::2]
    return bytes(made)


def places(raw: bytes) -> Iterator[tuple[str, int, int]]:
    """``head`` and ``payload`` of each record, and each ``mark``, with begin and end in the file."""
    at = RECORDS_AT
    while at < len(raw):
        if raw[at] == 0x21 and raw[at + 4 : at + 20] == b"\xff" * 16:
            stored = struct.unpack_from("<H", raw, at + 2)[0]
            yield "head", at, at + 28
            yield "payload", at + 28, at + 28 + stored
            at += 28 + stored
        else:
            at += -at % MARK_ALIGNMENT
            length = struct.unpack_from("<H", raw, at + 8)[0]
            yield "mark", at, at + length
            at += length


def stream_of(path: Path) -> bytes:
    """The stream in the file that `bak_writer` wrote, whichever way."""
    raw = path.read_bytes()
    if not raw.startswith(MAGIC):
        return raw
    found = bytearray()
    for what, begin, end in places(raw):
        if what == "payload":
            size = raw[begin - 27] * 512
            found += swapped(raw[begin + len(TABLE) : begin + len(TABLE) + size])
        elif what == "mark":
            found += raw[begin:end]
    return bytes(found)
