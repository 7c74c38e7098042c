"""The pages of a database in a backup's data stream (``MQDA``): each is what its place says, and sound.

The stream is a row of extents, eight pages each, without gaps or an index: where a page belongs stands in its header
alone. Looked at in pieces of 4 MiB, which is where numpy is fastest.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import bak_fold
from .bak_extents import (
    EXTENT,
    EXTENT_PAGES,
    MAP_BYTES,
    PAGE,
    PFS_PAGES,
    RANGE_PAGES,
    Ledger,
    Numbers,
)
from .bak_fields import guid, lsn
from .bak_fold import Words
from .bak_frame import STREAM_HEAD, StreamHead

PIECE = 4 << 20
FILLER_BYTES = 2
"""Before the first extent, so that it can be aligned."""
_PAGE_WORDS = PAGE // 4
_HEAD_WORDS = 16
_FILLER_TYPE = 101
_PFS, _GAM, _CHANGES, _BOOT = 11, 8, 16, 13
_BOOT_PAGE, _FAMILY_AT = 9, 504
_CHECKSUM, _TORN = 0x200, 0x100
_LSN_AT, _BITS_AT, _PFS_AT = 40, 194, 100
_ALLOCATED = 0x40

Flags = NDArray[np.bool_]


class PageCounts:
    """What was counted; added up over the data streams of a set."""

    def __init__(self) -> None:
        self.extents = self.fillers = self.checksums = self.torn = self.bare = self.empty = self.garbage = 0


class PageChecker:
    """Takes one data stream, as a sink of the frame reader."""

    def __init__(
        self,
        ledger: Ledger,
        counts: PageCounts,
        head: StreamHead,
        *,
        began_lsn: int,
        close: Callable[[int | None], None],
    ) -> None:
        """``began_lsn``: of the first record that the backup holds; ``close`` is told the stream's checksum."""
        self._ledger, self._counts, self._began, self._close = ledger, counts, began_lsn, close
        self._buffer = np.empty(PIECE, np.uint8)
        self._filled = 0
        self._filler_left = FILLER_BYTES
        self._at = head.offset + STREAM_HEAD + FILLER_BYTES
        self._last: dict[int, int] = {}
        self._check = 0

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
                self._look(PIECE)

    def close(self) -> None:
        """See `Sink`."""
        whole = self._filled // EXTENT * EXTENT
        rest = self._filled - whole
        if whole:
            self._look(whole)
        self._close(None if rest else self._check)

    def _look(self, size: int) -> None:
        """Check the extents in the buffer."""
        words = self._buffer[:size].view("<u4")
        sectors = bak_fold.sectors_of(words)
        self._check = bak_fold.fold(sectors, self._check)
        pages = words.reshape(-1, _PAGE_WORDS)
        kept = np.flatnonzero(~self._fillers(pages))
        self._counts.fillers += size // EXTENT - len(kept)
        self._counts.extents += len(kept)
        if not self._ledger.is_second:
            self._ledger.sent_bytes += len(kept) * EXTENT
        if len(kept):
            self._extents(kept, pages, sectors.reshape(-1, bak_fold.PAGE_SECTORS))
        self._at += size
        self._filled = 0

    @staticmethod
    def _fillers(pages: Words) -> Flags:
        result: Flags = pages[::EXTENT_PAGES, 0] & 0xFFFF == (_FILLER_TYPE << 8 | 1)
        return result

    def _extents(self, kept: Numbers, pages: Words, sectors: Words) -> None:
        """``kept``: which extents of the buffer are no fillers."""
        rows = (kept[:, None] * EXTENT_PAGES + np.arange(EXTENT_PAGES)).reshape(-1)
        heads = pages[rows, :_HEAD_WORDS]
        files, extents, matches = self._places(heads)
        known = files >= 0
        row_known = np.repeat(known, EXTENT_PAGES)
        here = np.repeat(extents, EXTENT_PAGES) * EXTENT_PAGES + np.tile(np.arange(EXTENT_PAGES), len(kept))
        row_files = np.repeat(files, EXTENT_PAGES)
        self._count_blank(pages[rows[~matches]])
        self._ledger.blank_extents += int((~known).sum())
        for file in np.unique(files[known]).tolist():
            mine = files == file
            self._ledger.came(file, extents[mine])
            self._order(file, extents[mine], kept[mine])
        sound = self._protected(rows[matches], heads[matches], sectors, row_files[matches], here[matches])
        self._maps(rows[matches], pages, row_files[matches], here[matches], sound)
        found = row_known & ~matches
        for file in np.unique(row_files[found]).tolist():
            mine = found & (row_files == file)
            self._ledger.blank(file, here[mine], self._offsets(rows[mine]))

    def _places(self, heads: Words) -> tuple[Numbers, Numbers, Flags]:
        """For each extent its file (-1: nobody can tell) and number, for each page whether it is at its place."""
        version, ids = heads[:, 0] & 0xFF, heads[:, 8].astype(np.int64)
        files = (heads[:, 9] & 0xFFFF).astype(np.int64)
        begin = ids - np.tile(np.arange(EXTENT_PAGES), len(heads) // EXTENT_PAGES)
        fits = (version == 1) & (begin >= 0) & (begin % EXTENT_PAGES == 0)
        for file in np.unique(files).tolist():
            if not self._ledger.knows(file):
                fits &= files != file
        keys = (files << 32 | begin).reshape(-1, EXTENT_PAGES)
        fits = fits.reshape(-1, EXTENT_PAGES)
        chosen = keys[:, 0].copy()
        doubtful = np.flatnonzero(~(fits & (keys == chosen[:, None])).all(axis=1))
        if len(doubtful):
            chosen[doubtful] = self._majority(keys[doubtful], fits[doubtful])
        known = fits.any(axis=1)
        matches: Flags = ((keys == chosen[:, None]) & fits).reshape(-1)
        return np.where(known, chosen >> 32, -1), (chosen & 0xFFFFFFFF) // EXTENT_PAGES, matches

    @staticmethod
    def _majority(keys: Numbers, fits: Flags) -> Numbers:
        """For each extent the place that most of its pages agree on."""
        votes = ((keys[:, :, None] == keys[:, None, :]) & fits[:, None, :]).sum(axis=2) * fits
        result: Numbers = np.take_along_axis(keys, votes.argmax(axis=1)[:, None], axis=1)[:, 0]
        return result

    def _order(self, file: int, extents: Numbers, rows: Numbers) -> None:
        """Extents of a file ascend; where they do not, some were exchanged or came twice."""
        before = np.concatenate([[self._last.get(file, -1)], extents[:-1]])
        for index in np.flatnonzero(extents <= before).tolist():
            page = int(extents[index]) * EXTENT_PAGES
            self._ledger.damage("bak.extent_order", file, page, self._at + int(rows[index]) * EXTENT)
        self._last[file] = int(extents.max(initial=self._last.get(file, -1)))

    def _count_blank(self, pages: Words) -> None:
        """Count pages that are not what their place says: nothing at all, or leftovers."""
        full = int(pages.any(axis=1).sum())
        self._counts.empty += len(pages) - full
        self._counts.garbage += full

    def _protected(self, rows: Numbers, heads: Words, sectors: Words, files: Numbers, here: Numbers) -> Flags:
        """Check what pages at their place say of themselves; returns which may be believed."""
        flags, stored = heads[:, 1] & 0xFFFF, heads[:, bak_fold.CHECK_WORD]
        checksum = flags & _CHECKSUM != 0
        torn = (flags & _TORN != 0) & ~checksum
        wrong = checksum & (bak_fold.fold_pages(sectors[rows], stored) != stored)
        halves = torn & ~self._is_whole(rows, stored) if torn.any() else torn
        bare = ~checksum & ~torn
        self._counts.checksums += int(checksum.sum())
        self._counts.torn += int(torn.sum())
        self._counts.bare += int(bare.sum())
        self._tell("bak.page_checksum", wrong | (bare & (stored != 0)), rows, files, here)
        self._tell("bak.page_torn", halves, rows, files, here)
        sound: Flags = ~(wrong | halves)
        return sound

    def _is_whole(self, rows: Numbers, stored: Words) -> Flags:
        """Torn bits: the end of each sector but the first repeats the pattern that the header holds."""
        ends = self._buffer.reshape(-1, bak_fold.PAGE_SECTORS, 512)[rows, 1:, 511] & 3
        result: Flags = (ends == (stored & 3)[:, None]).all(axis=1)
        return result

    def _tell(self, code: str, which: Flags, rows: Numbers, files: Numbers, here: Numbers) -> None:
        for index in np.flatnonzero(which).tolist():
            self._ledger.damage(code, int(files[index]), int(here[index]), int(self._offsets(rows[index])))

    def _offsets(self, rows: Numbers) -> Numbers:
        return self._at + rows * PAGE

    def _maps(self, rows: Numbers, pages: Words, files: Numbers, here: Numbers, sound: Flags) -> None:
        """Read the pages that tell of others; a damaged one proves nothing, like one that was written to meanwhile."""
        kinds = pages[rows, 0] >> 8 & 0xFF
        inside = here % RANGE_PAGES
        first = here < RANGE_PAGES
        is_pfs = (kinds == _PFS) & ((here % PFS_PAGES == 0) | (here == 1))
        is_gam = (kinds == _GAM) & (inside == np.where(first, 2, 0))
        is_changes = (kinds == _CHANGES) & (inside == 6)
        is_boot = (kinds == _BOOT) & (here == _BOOT_PAGE) & (files == 1) & sound
        for index in np.flatnonzero(is_boot).tolist():
            self._ledger.family = guid(pages[rows[index]].tobytes(), _FAMILY_AT)
        for index in np.flatnonzero(is_pfs | is_gam | is_changes).tolist():
            raw = pages[rows[index]].view(np.uint8)
            moved = not sound[index] or lsn(raw[_LSN_AT : _LSN_AT + 10].tobytes(), 0) >= self._began
            file, page = int(files[index]), int(here[index])
            if is_pfs[index]:
                used = np.packbits(raw[_PFS_AT : _PFS_AT + PFS_PAGES] & _ALLOCATED != 0, bitorder="little")
                self._ledger.allocation(file, page, used, moved=moved)
            else:
                bits = raw[_BITS_AT : _BITS_AT + MAP_BYTES].copy()
                take = self._ledger.gam if is_gam[index] else self._ledger.changes
                take(file, page, bits, moved=moved)
