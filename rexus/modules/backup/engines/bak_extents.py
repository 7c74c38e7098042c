"""Which extents and pages of a database came in a backup, and which should have: by the database's own maps.

A GAM page says for 63,904 extents which are in use, a differential map which have changed, a PFS page for 8,088 pages
which are in use. A full backup holds exactly the extents in use, a differential one exactly the changed ones. A map
that was written to after the backup began (its LSN tells) may say more than was true then, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .bak_records import PageMap

PAGE = 8192
EXTENT_PAGES = 8
EXTENT = PAGE * EXTENT_PAGES
RANGE_EXTENTS = 63904
RANGE_PAGES = RANGE_EXTENTS * EXTENT_PAGES
PFS_PAGES = 8088
MAP_BYTES = RANGE_EXTENTS // 8
_PFS_BYTES = PFS_PAGES // 8
_NO_LIMIT = 1 << 32
MOST_BYTES = 32 << 20
"""Of maps kept at once; a database that needs more (several TB, striped) is not compared."""
MOST_PLACES = 4096
"""Of damaged pages remembered one by one; more are counted."""

Numbers = NDArray[np.int64]
Bits = NDArray[np.uint8]


class BitMaps:
    """Packed bits of numbers, in ranges of one size for each file; only ranges that are touched take memory."""

    def __init__(self, per_range: int) -> None:
        self.per_range = per_range
        self.maps: dict[tuple[int, int], Bits] = {}

    @property
    def size(self) -> int:
        """Bytes taken."""
        return len(self.maps) * (self.per_range // 8)

    def add(self, file: int, numbers: Numbers) -> None:
        """Set the bits of ``numbers``."""
        for index in np.unique(numbers // self.per_range).tolist():
            inside = numbers[numbers // self.per_range == index] - index * self.per_range
            found = self.maps.setdefault((file, index), np.zeros(self.per_range // 8, np.uint8))
            np.bitwise_or.at(found, inside >> 3, np.left_shift(1, inside & 7).astype(np.uint8))

    def put(self, file: int, index: int, bits: Bits) -> None:
        """Take ``bits`` for a whole range."""
        self.maps[file, index] = bits

    def packed(self) -> dict[tuple[int, int], bytes]:
        """All as bytes."""
        return {key: bits.tobytes() for key, bits in self.maps.items()}


def numbers_of(bits: bytes | Bits, start: int = 0) -> Numbers:
    """The numbers whose bits are set, counted from ``start``."""
    flat = np.frombuffer(bits, np.uint8) if isinstance(bits, bytes) else bits
    found: Numbers = np.flatnonzero(np.unpackbits(flat, bitorder="little")) + start
    return found


def up_to(bits: Bits, count: int) -> Bits:
    """``bits`` with those from number ``count`` on taken out."""
    if count >= len(bits) * 8:
        return bits
    made = bits.copy()
    whole, rest = divmod(max(count, 0), 8)
    made[whole + (rest > 0) :] = 0
    if rest:
        made[whole] &= (1 << rest) - 1
    return made


def _always_used(file: int, pages: Numbers) -> NDArray[np.bool_]:
    """Pages that are in use in every data file: its header, its maps, and the boot page of the first."""
    first = np.isin(pages, [0, 1, 2, 3, 6, 7, 9] if file == 1 else [0, 1, 2, 3, 6, 7])
    further = (pages >= RANGE_PAGES) & np.isin(pages % RANGE_PAGES, [0, 1, 6, 7])
    found: NDArray[np.bool_] = first | further | (pages % PFS_PAGES == 0)
    return found


class Ledger:
    """What came of one set in one file."""

    def __init__(self, file_pages: dict[int, int], *, differential: bool, keep_maps: bool) -> None:
        """``file_pages``: size of each data file, empty where unknown; ``keep_maps``: other stripes are to be asked."""
        self._file_pages = file_pages
        self._differential = differential
        self._keep = keep_maps
        self._seen = BitMaps(RANGE_EXTENTS)
        self._expected = BitMaps(RANGE_EXTENTS)
        self._used = BitMaps(PFS_PAGES)
        self._blank = BitMaps(PFS_PAGES)
        self._moved: set[tuple[int, int]] = set()
        self._is_full = False
        self.blank_extents = 0
        self.sent_bytes = 0
        self.is_second = False
        """Extents that come now repeat such as came before, and replace them."""
        self.family = ""
        """The database that the pages are of, as its boot page says."""
        self.damaged: dict[str, dict[tuple[int, int], int]] = {}
        """Code -> (file, page) -> offset."""
        self.more: dict[str, int] = {}
        """Code -> how many places are not remembered."""

    def knows(self, file: int) -> bool:
        """Whether the database has this data file, as far as is known."""
        return not self._file_pages or file in self._file_pages

    def _extents_of(self, file: int) -> int:
        return -(-self._file_pages.get(file, _NO_LIMIT) // EXTENT_PAGES)

    def came(self, file: int, extents: Numbers) -> None:
        """Extents, by their numbers; what was wrong with earlier copies of them counts no more."""
        if not self._is_full:
            self._seen.add(file, extents[extents < self._extents_of(file)])  # a file may grow meanwhile
            self._bound()
        if self.is_second:
            again = set(extents.tolist())
            for places in self.damaged.values():
                for key in [key for key in places if key[0] == file and key[1] // EXTENT_PAGES in again]:
                    del places[key]
            self._resent(file, extents)

    def _resent(self, file: int, extents: Numbers) -> None:
        pages = (extents[:, None] * EXTENT_PAGES + np.arange(EXTENT_PAGES)).reshape(-1)
        again = BitMaps(PFS_PAGES)
        again.add(file, pages)
        for key, bits in again.maps.items():
            if key in self._blank.maps:
                self._blank.maps[key] &= ~bits

    def gam(self, file: int, page: int, content: Bits, *, moved: bool) -> None:
        """A GAM page: a bit is set where the extent is free."""
        if not self._differential:
            self._expect(file, page, ~content, moved=moved)

    def changes(self, file: int, page: int, content: Bits, *, moved: bool) -> None:
        """A page of the differential map."""
        if self._differential:
            self._expect(file, page, content, moved=moved)

    def _expect(self, file: int, page: int, bits: Bits, *, moved: bool) -> None:
        index = page // RANGE_PAGES
        if moved:
            self._expected.maps.pop((file, index), None)
            self._moved.add((file, index))
            return
        extents = self._extents_of(file) - index * RANGE_EXTENTS
        if not self._is_full:
            self._expected.put(file, index, up_to(bits, extents))
        self._bound()

    def allocation(self, file: int, page: int, used: Bits, *, moved: bool) -> None:
        """A PFS page: ``used`` has a bit for each page."""
        if not self._keep and not self.is_second:
            earlier = sorted(key for key in self._used.maps if key[0] == file)
            for key in earlier[:-1]:  # pages ascend; those of the last range may be in the same piece
                del self._used.maps[key]
        if moved:
            self._used.maps.pop((file, page // PFS_PAGES), None)
            return
        if not self._is_full:
            self._used.put(file, page // PFS_PAGES, used)
        self._bound()

    def blank(self, file: int, pages: Numbers, offsets: Numbers) -> None:
        """Pages that hold nothing, or another page: damage where they are in use."""
        for index in np.unique(pages // PFS_PAGES).tolist():
            here = pages // PFS_PAGES == index
            always = here & _always_used(file, pages)
            for page, offset in zip(pages[always].tolist(), offsets[always].tolist(), strict=True):
                self.damage("bak.page_foreign", file, page, offset)
            here &= ~always
            used = self._used.maps.get((file, index))
            if used is None:
                if self._keep and not self._is_full:
                    self._blank.add(file, pages[here])
                    self._bound()
                continue
            inside = pages[here] - index * PFS_PAGES
            wrong = (used[inside >> 3] >> (inside & 7)) & 1 == 1
            for page, offset in zip(pages[here][wrong].tolist(), offsets[here][wrong].tolist(), strict=True):
                self.damage("bak.page_foreign", file, page, offset)

    def damage(self, code: str, file: int, page: int, offset: int) -> None:
        """A page that is not what it should be."""
        places = self.damaged.setdefault(code, {})
        if len(places) < MOST_PLACES:
            places[file, page] = offset
        else:
            self.more[code] = self.more.get(code, 0) + 1

    def _bound(self) -> None:
        if self._seen.size + self._expected.size + self._used.size + self._blank.size > MOST_BYTES:
            self._is_full = True
            for maps in (self._seen, self._used, self._blank, self._expected):
                maps.maps.clear()

    def map(self) -> PageMap:
        """All that a judgement over one or several files needs."""
        return PageMap(
            seen=self._seen.packed(),
            expected=self._expected.packed(),
            moved=frozenset(self._moved),
            blank=self._blank.packed(),
            used=self._used.packed(),
            blank_extents=self.blank_extents,
            sent_bytes=self.sent_bytes,
            is_partial=self._is_full,
        )


def joined(maps: list[PageMap]) -> PageMap:
    """What came in several stripes, as if in one file."""
    return PageMap(
        seen=_united([one.seen for one in maps]),
        expected=_united([one.expected for one in maps]),
        moved=frozenset().union(*(one.moved for one in maps)),
        blank=_united([one.blank for one in maps]),
        used=_united([one.used for one in maps]),
        blank_extents=sum(one.blank_extents for one in maps),
        sent_bytes=sum(one.sent_bytes for one in maps),
        log_bytes=sum(one.log_bytes for one in maps),
        log_bytes_told=max(one.log_bytes_told for one in maps),
        is_partial=any(one.is_partial for one in maps),
        is_torn=any(one.is_torn for one in maps),
    )


def _united(parts: list[dict[tuple[int, int], bytes]]) -> dict[tuple[int, int], bytes]:
    made: dict[tuple[int, int], bytes] = {}
    for part in parts:
        for key, bits in part.items():
            before = made.get(key, bytes(len(bits)))
            made[key] = (np.frombuffer(before, np.uint8) | np.frombuffer(bits, np.uint8)).tobytes()
    return made


def _without(one: dict[tuple[int, int], bytes], other: dict[tuple[int, int], bytes]) -> Iterator[tuple[int, Numbers]]:
    """For each range its file and the extents that are in ``one`` alone."""
    for key, bits in sorted(one.items()):
        taken = np.frombuffer(other.get(key, bytes(len(bits))), np.uint8)
        rest = np.frombuffer(bits, np.uint8) & ~taken
        if rest.any():
            yield key[0], numbers_of(rest, key[1] * RANGE_EXTENTS)


def missing(one: PageMap) -> Iterator[tuple[int, Numbers]]:
    """Files and extents that should have come and did not."""
    return _without(one.expected, one.seen)


def unmapped(one: PageMap, *, differential: bool) -> list[tuple[int, int]]:
    """Files and ranges of extents that came without their first, which holds the map of what should have come.

    A full backup holds every map; a differential one at least that of the first range, where the extents of the maps
    themselves change with each backup. A map that came and is damaged is told as a page.
    """
    known = one.expected.keys() | one.moved
    return sorted(
        key for key in one.seen.keys() - known if not one.seen[key][0] & 1 and (not differential or key[1] == 0)
    )


def surplus(one: PageMap) -> Iterator[tuple[int, Numbers]]:
    """Files and extents that came and should not have; where a map is missing nothing is said."""
    return _without({key: bits for key, bits in one.seen.items() if key in one.expected}, one.expected)


def used_pages(one: PageMap, file: int, extent: int) -> list[int]:
    """Pages of an extent that are in use, as far as its PFS page came."""
    found = []
    for page in range(extent * EXTENT_PAGES, (extent + 1) * EXTENT_PAGES):
        bits = one.used.get((file, page // PFS_PAGES))
        inside = page % PFS_PAGES
        if bits is not None and bits[inside >> 3] >> (inside & 7) & 1:
            found.append(page)
    return found


def blank_in_use(one: PageMap) -> Iterator[tuple[int, Numbers]]:
    """Files and pages that are blank although a PFS page, of whatever stripe, says that they are in use."""
    for key, bits in sorted(one.blank.items()):
        used = one.used.get(key)
        if used is not None:
            both = np.frombuffer(bits, np.uint8) & np.frombuffer(used, np.uint8)
            if both.any():
                yield key[0], numbers_of(both, key[1] * PFS_PAGES)
