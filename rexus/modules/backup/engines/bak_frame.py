"""The frame of a SQL Server backup, the Microsoft Tape Format, read as it comes: blocks, and the streams behind each.

Blocks and stream headers carry an XOR of their own. Where one is wrong the reader goes on at the next block that is
sound, so that what follows a damage is still read. Blocks begin at multiples of 512 bytes.
"""

from __future__ import annotations

import enum
import re
from typing import Protocol

from ..base.files import Data
from ..base.records import Record
from .bak_fields import is_sound, u16, u32, u64

SECTOR = 512
HEAD = 52
STREAM_HEAD = 22
MARK = "SFMB"
LAST_STREAM = "SPAD"
BLOCKS = frozenset({"TAPE", MARK, "SSET", "VOLB", "MSCI", "MSDA", "MSTL", "MSLS", "ESET"})
_KIND = re.compile(rb"[A-Z]{4}")
_ANY_BLOCK = re.compile(b"|".join(kind.encode() for kind in sorted(BLOCKS)))


class Block(Record, frozen=True, kw_only=True):
    """A descriptor block."""

    kind: str
    offset: int
    """In the stream."""
    data: bytes
    """Head and body, without its streams."""

    @property
    def relative(self) -> int:
        """Units of 1024 bytes since the first block of the set, as the block says."""
        return u64(self.data, 20)

    @property
    def number(self) -> int:
        """Its number inside the set, as the block says."""
        return u32(self.data, 36)


class StreamHead(Record, frozen=True, kw_only=True):
    """The head of a stream of data."""

    kind: str
    offset: int
    size: int
    media: int

    @property
    def has_checksum(self) -> bool:
        """Whether a stream ``CSUM`` follows."""
        return bool(self.media & 0x100)


class Sink(Protocol):
    """Takes the data of one stream."""

    def feed(self, data: memoryview) -> None:
        """The next bytes; valid until the return."""
        ...

    def close(self) -> None:
        """All bytes have come."""
        ...


class Listener(Protocol):
    """Is told what comes."""

    def on_block(self, block: Block) -> None:
        """A sound block."""
        ...

    def on_stream(self, block: Block, head: StreamHead) -> Sink | None:
        """A stream begins; without a sink its data is passed over."""
        ...

    def on_damage(self, offset: int, kind: str) -> None:
        """At ``offset`` there is no sound block (or stream header) where one must be."""
        ...


class _State(enum.Enum):
    BLOCK = enum.auto()
    STREAM = enum.auto()
    DATA = enum.auto()
    PADDING = enum.auto()
    SCAN = enum.auto()


class FrameReader:
    """Takes a stream in pieces of any size and tells its blocks and streams to a listener. Holds one block at most."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._state = _State.BLOCK
        self._held = bytearray()
        self._want = HEAD
        self._left = 0
        self._block: Block | None = None
        self._head: StreamHead | None = None
        self._sink: Sink | None = None
        self.offset = 0
        """Bytes of the stream that have come (or were passed over)."""

    @property
    def is_between_blocks(self) -> bool:
        """Nothing of the next block has come."""
        return self._state is _State.BLOCK and not self._held

    @property
    def is_lost(self) -> bool:
        """A sound block is being looked for."""
        return self._state is _State.SCAN

    @property
    def held_from(self) -> int:
        """Offset of the first byte of what has not come in full."""
        return self.offset - len(self._held)

    @property
    def held(self) -> bytes:
        """What has come of a block or stream header that is not complete."""
        return bytes(self._held)

    @property
    def skippable(self) -> int:
        """So many of the next bytes nobody wants to see; `skip` may take their place."""
        return self._left if self._state is _State.DATA and self._sink is None else 0

    def skip(self, size: int) -> None:
        """Take ``size`` bytes, at most `skippable`, as having come."""
        assert size <= self.skippable
        self.offset += size
        self._left -= size
        if not self._left:
            self._end_data()

    def feed(self, data: Data) -> None:
        """The next bytes."""
        view = memoryview(data)
        at = 0
        while at < len(view):
            at += self._step(view[at:])

    def lose(self, size: int) -> None:
        """``size`` bytes are missing here: drop what is begun, and look for the next block."""
        self._drop()
        self.offset += size
        self._state = _State.SCAN

    def close(self) -> None:
        """The end: whoever takes the data of an unfinished stream is told nothing more."""
        self._sink = None

    def _step(self, view: memoryview) -> int:
        """Take some of ``view``; returns how much."""
        if self._state is _State.DATA:
            return self._data(view)
        if self._state is _State.SCAN:
            return self._scan(view)
        took = min(len(view), self._want - len(self._held))
        self._held += view[:took]
        self.offset += took
        if len(self._held) == self._want:
            if self._state is _State.PADDING:
                self._expect(_State.STREAM, STREAM_HEAD)
            elif self._state is _State.BLOCK:
                self._block_came()
            else:
                self._stream_came()
        return took

    def _expect(self, state: _State, want: int) -> None:
        self._state, self._want = state, want
        self._held.clear()

    def _block_came(self) -> None:
        """The head of a block is there, or the whole of it."""
        if self._want == HEAD:
            length = u16(self._held, 8)
            if not _is_block(self._held) or length < HEAD:
                self._damaged("block")
                return
            self._want = length
            if length > HEAD:
                return
        raw = bytes(self._held)
        block = Block(kind=raw[:4].decode("ascii"), offset=self.held_from, data=raw)
        self._block = block
        if block.kind == MARK:
            self._expect(_State.BLOCK, HEAD)
        else:
            self._expect(_State.STREAM, STREAM_HEAD)
        self._listener.on_block(block)

    def _stream_came(self) -> None:
        raw = bytes(self._held)
        if not _KIND.fullmatch(raw[:4]) or not is_sound(raw):
            self._damaged("stream")
            return
        kind = raw[:4].decode("ascii")
        head = StreamHead(kind=kind, offset=self.held_from, size=u64(raw, 8), media=u16(raw, 6))
        assert self._block is not None
        self._head, self._left = head, head.size
        self._held.clear()
        self._state = _State.DATA
        self._sink = None if kind == LAST_STREAM else self._listener.on_stream(self._block, head)
        if not self._left:
            self._end_data()

    def _data(self, view: memoryview) -> int:
        took = min(len(view), self._left)
        if self._sink is not None:
            self._sink.feed(view[:took])
        self.offset += took
        self._left -= took
        if not self._left:
            self._end_data()
        return took

    def _end_data(self) -> None:
        sink, head, self._sink = self._sink, self._head, None
        assert head is not None
        padding = -(STREAM_HEAD + head.size + head.offset) % 4
        if head.kind == LAST_STREAM:
            self._expect(_State.BLOCK, HEAD)
        elif padding:
            self._expect(_State.PADDING, padding)
        else:
            self._expect(_State.STREAM, STREAM_HEAD)
        if sink is not None:
            sink.close()

    def _damaged(self, what: str) -> None:
        """What is held is not sound: tell it, and look for a block from the next sector on."""
        begin, raw = self.held_from, bytes(self._held)
        kind = raw[:4].decode("ascii") if _KIND.fullmatch(raw[:4]) else what
        self._drop()
        self._state = _State.SCAN
        self._listener.on_damage(begin, kind)
        back = raw[SECTOR - begin % SECTOR :]
        if back:
            self.offset -= len(back)
            self.feed(back)

    def _drop(self) -> None:
        self._held.clear()
        self._sink = self._block = self._head = None
        self._left = 0

    def _scan(self, view: memoryview) -> int:
        """Look for a block at the beginning of a sector; a block's head never crosses the end of its sector."""
        missing = -self.offset % SECTOR
        if missing and not self._held:
            took = min(missing, len(view))
            self.offset += took
            return took
        if self._held or len(view) < SECTOR:
            took = min(len(view), SECTOR - len(self._held))
            self._held += view[:took]
            self.offset += took
            if len(self._held) == SECTOR:
                sector = bytes(self._held)
                self._held.clear()
                if _ANY_BLOCK.match(sector) and _is_block(sector[:HEAD]):
                    self._found(sector)
            return took
        whole = len(view) // SECTOR * SECTOR
        for match in _ANY_BLOCK.finditer(view[:whole]):
            at = match.start()
            if at % SECTOR == 0 and _is_block(bytes(view[at : at + HEAD])):
                self.offset += at
                self._expect(_State.BLOCK, HEAD)
                return at
        self.offset += whole
        return whole

    def _found(self, sector: bytes) -> None:
        self._expect(_State.BLOCK, HEAD)
        self.offset -= len(sector)
        self.feed(sector)


def _is_block(head: bytes | bytearray) -> bool:
    """Whether ``head``, 52 bytes, begins a block whose XOR is right."""
    return bool(_KIND.fullmatch(head[:4])) and is_sound(head)
