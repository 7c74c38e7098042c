"""The transaction log in a backup (stream ``MQTL``): a run of log blocks, each of which knows its own place.

A block's LSN holds the number of its virtual log file (VLF) and its place in it, in sectors. So a block that is lost,
exchanged or of another backup shows, besides the checksum that most carry.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import bak_fold
from .bak_blocks import LogCounts, LogRange
from .bak_frame import SECTOR, STREAM_HEAD, StreamHead

PIECE = 1 << 20
FILLER_BYTES = 2
_SIZE_AT, _BEFORE_AT, _VLF_AT, _BLOCK_AT, _SLOT_AT, _CHECK_AT = 3, 5, 3, 4, 10, 6
"""In 16-bit words: size, size of the block before, slot; in 32-bit words: VLF, block, checksum."""
_PARITY = 0xC0
_KIND, _MARK = 0x30, 0x10
"""Of a block's first byte; bit 3 is told of, too, and means nothing here."""

Sectors = NDArray[np.uint8]
Numbers = NDArray[np.int64]


class LogChecker:
    """Takes one log stream, as a sink of the frame reader."""

    def __init__(
        self,
        where: LogRange,
        counts: LogCounts,
        head: StreamHead,
        *,
        striped: bool,
        close: Callable[[int | None], None],
    ) -> None:
        """``striped``: parts of the range may be in other files; ``close`` is told the checksum of the whole stream."""
        size = head.size - FILLER_BYTES
        self._where, self._counts, self._close = where, counts, close
        self._in_place = size >= where.size
        self._left = min(where.size, max(size, 0))
        """Bytes of log still to come; padding follows them."""
        self._buffer = np.empty(PIECE, np.uint8)
        self._carried = self._filled = 0
        self._filler_left = FILLER_BYTES
        self._at = head.offset + STREAM_HEAD + FILLER_BYTES
        self._sector = 0
        """Sectors of the range before the buffer."""
        self._is_lost = False
        self._before = 0
        """Size of the block before, 0 where unknown."""
        self._check = 0
        counts.size += self._left
        if not self._in_place and not striped:
            self._damage(0)

    def feed(self, data: memoryview) -> None:
        """See `Sink`."""
        if self._filler_left:
            took = min(self._filler_left, len(data))
            self._filler_left -= took
            data = data[took:]
        while len(data):
            took = min(len(data), PIECE - self._filled)
            self._buffer[self._filled : self._filled + took] = np.frombuffer(data[:took], np.uint8)
            self._filled += took
            data = data[took:]
            if self._filled == PIECE:
                self._look()

    def close(self) -> None:
        """See `Sink`."""
        rest = self._filled % SECTOR
        self._filled -= rest
        if self._filled:
            self._look()
        self._close(None if rest else self._check)

    def _look(self) -> None:
        """Check the blocks that are whole in the buffer; keep the beginning of one that is not."""
        words = self._buffer[: self._filled].view("<u4")
        sectors = bak_fold.sectors_of(words)
        self._check = bak_fold.fold(sectors[self._carried // SECTOR :], self._check)
        came = min(self._filled - self._carried, self._left)
        self._left -= came
        count = (self._carried + came) // SECTOR
        done = self._blocks(count, sectors[:count]) if count else 0
        rest = (count - done) * SECTOR if self._left else 0
        if rest:
            self._buffer[:rest] = self._buffer[done * SECTOR : done * SECTOR + rest].copy()
        self._sector += done
        self._at += self._filled - rest
        self._carried = self._filled = rest

    def _blocks(self, count: int, sectors: bak_fold.Words) -> int:
        """Check blocks among the first ``count`` sectors; returns how many sectors are done with."""
        raw = self._buffer[: count * SECTOR].reshape(count, SECTOR)
        halves = raw.view("<u2")
        sizes = (halves[:, _SIZE_AT].astype(np.int64)) // SECTOR
        likely = self._likely(raw, sizes)
        chosen, done = self._chain(likely, sizes, count)
        if not len(chosen):
            return done
        ends = chosen + sizes[chosen]
        self._counts.blocks += len(chosen)
        for index in np.flatnonzero(~self._sound(raw, sectors, chosen, ends)).tolist():
            self._damage(int(chosen[index]))
        return done

    def _likely(self, raw: Sectors, sizes: Numbers) -> NDArray[np.bool_]:
        """Sectors that begin a block of this VLF, and of this place in it."""
        halves, words = raw.view("<u2"), raw.view("<u4")
        likely: NDArray[np.bool_] = (raw[:, 0] & _KIND == _MARK) & (halves[:, _SIZE_AT] % SECTOR == 0)
        likely &= (sizes > 0) & (words[:, _VLF_AT] == self._where.vlf) & (halves[:, _SLOT_AT] == 1)
        if self._in_place:
            here = self._where.first_block + self._sector + np.arange(len(raw))
            likely &= words[:, _BLOCK_AT].astype(np.int64) == here
        return likely

    def _chain(self, likely: NDArray[np.bool_], sizes: Numbers, count: int) -> tuple[Numbers, int]:
        """The blocks one after another; where the next is not at its place, go on at the next likely one."""
        begins, starts, lengths = np.flatnonzero(likely), likely.tolist(), sizes.tolist()
        chosen: list[int] = []
        at = 0
        while at < count:
            if not starts[at]:
                if not self._is_lost and self._in_place:
                    self._damage(at)
                self._is_lost = True
                self._before = 0
                later = np.searchsorted(begins, at)
                at = int(begins[later]) if later < len(begins) else count
                continue
            self._is_lost = False
            if at + lengths[at] > count:
                if not self._left and self._in_place:
                    self._damage(at)
                break
            chosen.append(at)
            at += lengths[at]
        return np.array(chosen, np.int64), at

    def _sound(self, raw: Sectors, sectors: bak_fold.Words, begins: Numbers, ends: Numbers) -> NDArray[np.bool_]:
        """Checksum, parity of every sector, and the size of the block before."""
        stored = raw.view("<u4")[begins, _CHECK_AT]
        folded = bak_fold.RunningFold(sectors).of(begins, ends) ^ bak_fold.rotated(stored, ends - 1 - begins)
        sound: NDArray[np.bool_] = (stored == 0) | (folded == stored)
        self._counts.checksums += int((stored != 0).sum())
        parity = raw[:, 0] & _PARITY
        changes = np.concatenate([[0], np.cumsum(parity[1:] != parity[:-1])])
        sound &= changes[ends - 1] == changes[begins]
        sizes = (ends - begins) * SECTOR
        told = raw.view("<u2")[begins, _BEFORE_AT].astype(np.int64)
        before = np.concatenate([[self._before], sizes[:-1]])
        follows = np.concatenate([[self._before > 0], begins[1:] == ends[:-1]])
        sound &= ~follows | (told == before)
        self._before = int(sizes[-1])
        return sound

    def _damage(self, sector: int) -> None:
        if not self._counts.damaged:
            self._counts.first_damage = self._at + sector * SECTOR
        self._counts.damaged += 1
