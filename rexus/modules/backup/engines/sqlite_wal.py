"""Which pages of a database stand in its write-ahead log, up to a pinned mark.

Format: https://www.sqlite.org/walformat.html. The first part of the shared index (``-shm``) says in the machine's
byte order how far the log is committed; the log itself is big-endian.
"""

from __future__ import annotations

import io
import mmap
import struct
import sys
from array import array
from bisect import bisect_left

from ..base.cancel import CancelToken
from ..base.records import Record

INDEX_BYTES = 136
_HEADER = struct.Struct("=IIIBBHIIIIIIII")
_COPY = 48
_BACKFILL_AT = 96
_VERSION = 3007000
_FRAME = struct.Struct(">IIIIII")
_LOG_HEADER = struct.Struct(">IIIIIIII")
_LOG_MAGIC = 0x377F0682
_CHAIN_BYTES = 8 << 20
"""Logs up to this size are proven frame by frame; the arithmetic is too slow in Python for larger ones."""
_MASK = 0xFFFFFFFF


class Mark(Record, frozen=True, kw_only=True):
    """What the header of the shared index says: the end of the last committed transaction."""

    change: int
    big_endian: bool
    page_size: int
    frames: int
    pages: int
    frame_sums: tuple[int, int]
    salts: bytes
    sums: tuple[int, int]


class Overlay:
    """Where in the log the newest version of each of its pages stands."""

    def __init__(self, log: io.FileIO | None = None, found: array[int] | None = None, page_size: int = 0) -> None:
        self._log, self._found, self._page_size = log, found if found is not None else array("Q"), page_size

    def between(self, first: int, last: int) -> list[tuple[int, int]]:
        """``(page, offset of its content in the log)`` for pages ``first`` to ``last``, in order."""
        low, high = bisect_left(self._found, first << 32), bisect_left(self._found, (last + 1) << 32)
        return [(item >> 32, _frame_at(item & _MASK, self._page_size) + _FRAME.size) for item in self._found[low:high]]

    def read(self, offset: int) -> bytes:
        """One page of the log. Raises `OSError`, also when the log ends too early."""
        assert self._log is not None
        return read_whole(self._log, offset, self._page_size)


def read_at(file: io.FileIO, offset: int, size: int) -> bytes:
    """Up to ``size`` bytes from ``offset``; fewer only at the end of the file."""
    file.seek(offset)
    data = file.read(size) or b""
    while len(data) < size:
        more = file.read(size - len(data))
        if not more:
            break
        data += more
    return data


def read_whole(file: io.FileIO, offset: int, size: int) -> bytes:
    """Exactly ``size`` bytes from ``offset``. Raises `EOFError` (an `OSError` comes from the disk)."""
    data = read_at(file, offset, size)
    if len(data) < size:
        raise EOFError
    return data


def mark_of(index: mmap.mmap) -> Mark | None:
    """The committed mark, or None while it is being changed or where it is of an unknown kind."""
    both = index[: 2 * _COPY]
    raw = both[:_COPY]
    if raw != both[_COPY:]:
        return None
    version, _, change, ready, big, size, frames, pages, sum1, sum2, *_rest, own1, own2 = _HEADER.unpack(raw)
    if version != _VERSION or ready != 1 or _sums(raw[:40], sys.byteorder == "big", (0, 0)) != (own1, own2):
        return None
    return Mark(
        change=change,
        big_endian=bool(big),
        page_size=65536 if size == 1 else size,
        frames=frames,
        pages=pages,
        frame_sums=(sum1, sum2),
        salts=raw[32:40],
        sums=(own1, own2),
    )


def folded_frames(index: mmap.mmap) -> int:
    """How many frames of the log are already in the database file."""
    return int(struct.unpack_from("=I", index, _BACKFILL_AT)[0])


def overlay(log: io.FileIO, mark: Mark, cancel: CancelToken) -> Overlay | None:
    """Find every page of frames 1 to the mark; None when the log is not the one that the mark describes.

    Salts of all frames and the last checksum are compared, in logs up to 8 MiB the whole chain of checksums.
    """
    sums = _start(log, mark)
    chained = mark.frames * mark.page_size <= _CHAIN_BYTES
    body = mark.page_size if chained else 0
    found = array("Q")
    frame = b""
    for number in range(1, mark.frames + 1) if sums is not None else ():
        if number % 64 == 0:
            cancel.check()
        frame = read_at(log, _frame_at(number, mark.page_size), _FRAME.size + body)
        if len(frame) < _FRAME.size + body or frame[8:16] != mark.salts:
            return None
        if chained and sums is not None:
            sums = _sums(frame[_FRAME.size :], mark.big_endian, _sums(frame[:8], mark.big_endian, sums))
            if sums != _FRAME.unpack_from(frame)[4:]:
                return None
        found.append(int.from_bytes(frame[:4], "big") << 32 | number)
    if not found:
        return None
    _page, committed, _salt1, _salt2, *last = _FRAME.unpack_from(frame)
    if (committed, *last) != (mark.pages, *mark.frame_sums):
        return None
    return Overlay(log, _newest(found), mark.page_size)


def _start(log: io.FileIO, mark: Mark) -> tuple[int, int] | None:
    """The checksum at the log's beginning; None when it is not the log of the mark."""
    head = read_at(log, 0, _LOG_HEADER.size)
    if len(head) < _LOG_HEADER.size:
        return None
    magic, _version, size, _number, _salt1, _salt2, *sums = _LOG_HEADER.unpack(head)
    told = (magic, size, head[16:24], _sums(head[:24], mark.big_endian, (0, 0)))
    wanted = (_LOG_MAGIC | mark.big_endian, mark.page_size, mark.salts, (sums[0], sums[1]))
    return wanted[3] if told == wanted else None


def _frame_at(number: int, page_size: int) -> int:
    return _LOG_HEADER.size + (number - 1) * (_FRAME.size + page_size)


def _newest(found: array[int]) -> array[int]:
    """By page, and of each page the last frame only."""
    kept = array("Q")
    for item in sorted(found):
        if kept and kept[-1] >> 32 == item >> 32:
            kept[-1] = item
        else:
            kept.append(item)
    return kept


def _sums(data: bytes, big: bool, start: tuple[int, int]) -> tuple[int, int]:
    """SQLite's checksum of the log, continued from ``start``."""
    words = array("I", data)
    if big != (sys.byteorder == "big"):
        words.byteswap()
    one, two = start
    pairs = iter(words)
    for first, second in zip(pairs, pairs, strict=True):
        one = (one + first + two) & _MASK
        two = (two + second + one) & _MASK
    return one, two
