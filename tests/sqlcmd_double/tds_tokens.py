"""Reads the tokens of a reply as they come, however packets cut them."""

from __future__ import annotations

import struct

from .tds_values import read_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .tds_values import Column

    Step = Generator[int, bytes, None]

MORE, ERROR, COUNTED, ATTENTION = 0x01, 0x02, 0x10, 0x20


class Said:
    """ERROR or INFO."""

    __slots__ = ("line", "number", "procedure", "server", "severity", "state", "text")

    def __init__(self, number: int, state: int, severity: int) -> None:
        self.number, self.state, self.severity = number, state, severity
        self.text = self.server = self.procedure = ""
        self.line = 0


class Error(Said):
    """Severity 11 and more."""

    __slots__ = ()


class Info(Said):
    """All below."""

    __slots__ = ()


class Head:
    """The columns of a result."""

    __slots__ = ("columns",)

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns


class Row:
    """One row, each value as `tds_values` has it."""

    __slots__ = ("values",)

    def __init__(self, values: list[object]) -> None:
        self.values = values


class Done:
    """The end of a statement, procedure or reply."""

    __slots__ = ("command", "count", "kind", "status")

    def __init__(self, kind: int, status: int, command: int, count: int) -> None:
        self.kind, self.status, self.command, self.count = kind, status, command, count

    @property
    def more(self) -> bool:
        return bool(self.status & MORE)

    @property
    def counted(self) -> bool:
        return bool(self.status & COUNTED)


class Change:
    """ENVCHANGE."""

    __slots__ = ("kind", "raw")

    def __init__(self, kind: int, raw: bytes) -> None:
        self.kind, self.raw = kind, raw


class Welcome:
    """LOGINACK."""

    __slots__ = ("program", "version")

    def __init__(self, program: str, version: tuple[int, int, int]) -> None:
        self.program, self.version = program, version


Token = Said | Head | Row | Done | Change | Welcome


class Stream:
    """Bytes on demand: asks for the next packet when those at hand are used up."""

    def __init__(self, packets: Iterator[tuple[bytes, bool]]) -> None:
        self._packets, self._data, self._at = packets, b"", 0
        self.ended = False

    def take(self, count: int) -> bytes:
        """So many bytes; raises EOFError where the reply ends before."""
        while len(self._data) - self._at < count:
            self._more()
        piece = self._data[self._at : self._at + count]
        self._at += count
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self, size: int) -> str:
        return self.take(2 * self.number(size)).decode("utf-16-le", "surrogatepass")

    def at_end(self) -> bool:
        """Whether the whole reply has been read; never waits."""
        return self.ended and self._at >= len(self._data)

    def _more(self) -> None:
        if self.ended:
            raise EOFError("the reply ends within a token")
        body, self.ended = next(self._packets)
        self._data, self._at = self._data[self._at :] + body, 0


def tokens(packets: Iterator[tuple[bytes, bool]]) -> Iterator[Token]:
    """The tokens of one reply, each as soon as it is there."""
    stream = Stream(packets)
    columns: list[Column] = []
    while not stream.at_end():
        kind = stream.number(1)
        if kind in {0xAA, 0xAB}:
            yield _said(stream, Error if kind == 0xAA else Info)
        elif kind in {0xFD, 0xFE, 0xFF}:
            yield Done(kind, *struct.unpack("<HHQ", stream.take(12)))
        elif kind == 0x81:
            columns = _columns(stream)
            yield Head(columns)
        elif kind == 0xD1:
            yield Row([column.read(stream) for column in columns])
        elif kind == 0xD2:
            bits = stream.number((len(columns) + 7) // 8)
            yield Row([None if bits >> place & 1 else one.read(stream) for place, one in enumerate(columns)])
        elif kind == 0xE3:
            raw = stream.take(stream.number(2))
            yield Change(raw[0], raw[1:])
        elif kind == 0xAD:
            yield _welcome(stream)
        elif kind == 0x79:
            stream.take(4)
        else:
            raise ValueError(f"token 0x{kind:02X}")


def _said(stream: Stream, kind: type[Said]) -> Said:
    stream.take(2)
    said = kind(*struct.unpack("<iBB", stream.take(6)))
    said.text, said.server, said.procedure = stream.text(2), stream.text(1), stream.text(1)
    (said.line,) = struct.unpack("<i", stream.take(4))
    return said


def _columns(stream: Stream) -> list[Column]:
    count = stream.number(2)
    found = []
    for _ in range(0 if count == 0xFFFF else count):
        stream.take(6)
        column = read_type(stream)
        column.name = stream.text(1)
        found.append(column)
    return found


def _welcome(stream: Stream) -> Welcome:
    stream.take(2)
    assert stream.take(5) == b"\x01\x74\x00\x00\x04", "TDS 7.4 was asked for"
    return Welcome(stream.text(1), struct.unpack(">BBH", stream.take(4)))
