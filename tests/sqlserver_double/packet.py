"""TDS packets and the messages they make up: eight bytes of header, then a piece of the message (MS-TDS 2.2.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

BATCH, RPC, REPLY, ATTENTION, BULK = 0x01, 0x03, 0x04, 0x06, 0x07
TRANSACTION, LOGIN, SSPI, PRELOGIN = 0x0E, 0x10, 0x11, 0x12
LAST = 0x01
"""Status of the packet that ends a message."""
RESET = 0x08
"""Status of a first packet whose sender wants the session as new; drivers that pool connections, and go-mssqldb."""
SIZE = 4096
"""Bytes of a packet, header included, until the login agrees on others."""

_HEADER = struct.Struct(">BBHHBB")


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as it came."""

    kind: int
    status: int
    body: bytes


def packed(kind: int, body: bytes, *, status: int = LAST, spid: int = 0, number: int = 1) -> bytes:
    """One packet as it goes out; ``number`` wraps at 256."""
    return _HEADER.pack(kind, status, len(body) + _HEADER.size, spid & 0xFFFF, number & 0xFF, 0) + body


class Packets:
    """Cuts a stream of bytes into packets."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Every packet that is whole now; raises ValueError on a length no packet has."""
        self._held += data
        while len(self._held) >= _HEADER.size:
            kind, status, length, *_ = _HEADER.unpack_from(self._held)
            if length < _HEADER.size:
                raise ValueError(f"a packet of {length} bytes")
            if len(self._held) < length:
                return
            body = bytes(self._held[_HEADER.size : length])
            del self._held[:length]
            yield Packet(kind, status, body)


class Reader:
    """Reads a message's fields one after another; integers are little-endian unless said otherwise."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def __bool__(self) -> bool:
        return self.at < len(self.data)

    def take(self, count: int) -> bytes:
        """The next bytes; raises ValueError if the message is shorter."""
        piece = self.data[self.at : self.at + count]
        if len(piece) != count:
            raise ValueError(f"{count} bytes wanted at {self.at}, the message has {len(self.data)}")
        self.at += count
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def signed(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little", signed=True)

    def text(self, size_of_count: int) -> str:
        """UCS-2 text behind a count of its characters."""
        return self.take(2 * self.number(size_of_count)).decode("utf-16-le")

    def skip_headers(self) -> None:
        """Past ALL_HEADERS, whose length counts itself."""
        self.at += int.from_bytes(self.data[self.at : self.at + 4], "little")
