"""Database pages, maps of extents and log blocks for `bak_writer`, with what is to be kept spread over them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .bak_blocks import packed_lsn

PAGE = 8192
HEAD = 96
ROOM = PAGE - HEAD
EXTENT_PAGES = 8
PFS_PAGES = 8088
GAM_EXTENTS = 63904
GAM_PAGES = GAM_EXTENTS * EXTENT_PAGES
BATCH = 256
"""Extents that are made at once."""
LOG_SECTOR = 512
LOG_HEAD = 72
LOG_BLOCK_SECTORS = 120
FIXED = {0: 15, 1: 11, 2: 8, 3: 9, 6: 16, 7: 17, 9: 13}
"""Type of the pages that every data file has at its beginning; 4 and 5 stay empty."""
REPEATED = {0: 8, 1: 9, 6: 16, 7: 17}
"""The same for every further range of a GAM page."""


def fold(data: bytes) -> int:
    """Checksum of whole 512-byte sectors: rotated by one, then combined with the sector's 128 words."""
    words = np.frombuffer(data, "<u4").reshape(-1, 128)
    result = 0
    for word in np.bitwise_xor.reduce(words, axis=1).tolist():
        result = ((result << 1 | result >> 31) & 0xFFFFFFFF) ^ word
    return result


@dataclass(frozen=True)
class DataFile:
    """What one data file of the database has in the backup."""

    file_id: int
    payload: bytes | memoryview
    size_pages: int
    stride: int = 1
    """Every so many extents one with payload; those between are not in the backup."""
    changed_only: bool = False
    """A differential: the extents between are allocated, but did not change."""

    def extents(self) -> list[int]:
        """Numbers of the extents that are in the backup, ascending."""
        found, room = [0], len(self.payload) - capacity(0)
        number = 0
        while room > 0:
            number += self.stride
            found.append(number)
            room -= capacity(number)
        ranges = range(GAM_EXTENTS, found[-1] + 1, GAM_EXTENTS)
        return sorted({*found, *ranges, *(page // EXTENT_PAGES for page in range(PFS_PAGES, found[-1] * 8, PFS_PAGES))})


def special(page: int) -> int | None:
    """Type of a page that holds no payload; 0 for one that is never used, None for one of payload."""
    if page < EXTENT_PAGES or page == 9:
        return FIXED.get(page, 0)
    if page % PFS_PAGES == 0:
        return 11
    return REPEATED.get(page % GAM_PAGES) if page >= GAM_PAGES else None


def capacity(extent: int) -> int:
    """Bytes of payload in the extent."""
    return ROOM * sum(special(extent * EXTENT_PAGES + index) is None for index in range(EXTENT_PAGES))


def payload_pages(extents: list[int], size: int) -> dict[int, tuple[int, int]]:
    """Page -> place in the payload and length, for all pages that hold some."""
    found, at = {}, 0
    for extent in extents:
        for page in range(extent * EXTENT_PAGES, (extent + 1) * EXTENT_PAGES):
            if special(page) is None and at < size:
                found[page] = (at, min(ROOM, size - at))
                at += ROOM
    return found


def bitmap(extents: set[int], start: int, inside: bool) -> bytes:
    """A GAM (bit = free) or differential map (bit = changed) of one range."""
    bits = np.full(GAM_EXTENTS, 0 if inside else 1, np.uint8)
    bits[[extent - start for extent in extents if start <= extent < start + GAM_EXTENTS]] = 1 if inside else 0
    return np.packbits(bits, bitorder="little").tobytes()


def made_pages(one: DataFile, flags: int, boot: bytes) -> Iterator[bytes]:
    """The extents of the backup, some at a time. ``flags``: 0x200 checksums, 0x100 torn bits, 0 none."""
    extents = one.extents()
    places = payload_pages(extents, len(one.payload))
    maps = Maps(one, set(extents), places)
    for first in range(0, len(extents), BATCH):
        numbers = [extent * 8 + index for extent in extents[first : first + BATCH] for index in range(EXTENT_PAGES)]
        pages = np.zeros((len(numbers), PAGE), np.uint8)
        for index, page in enumerate(numbers):
            kind = special(page)
            if page in places:
                kind, (at, size) = 1, places[page]
                pages[index, HEAD : HEAD + size] = np.frombuffer(one.payload, np.uint8, size, at)
                pages[index, 30:32] = np.frombuffer(struct.pack("<H", HEAD + size), np.uint8)
            if not kind:
                continue
            pages[index, :6] = np.frombuffer(struct.pack("<BBBBH", 1, kind, 0, 0, flags), np.uint8)
            pages[index, 32:38] = np.frombuffer(struct.pack("<IH", page, one.file_id), np.uint8)
            content = boot if kind == 13 else maps.page(kind, page)
            pages[index, HEAD : HEAD + len(content)] = np.frombuffer(content, np.uint8)
        protect(pages, flags)
        yield pages.tobytes()


@dataclass(frozen=True)
class Maps:
    """The pages that tell of others."""

    file: DataFile
    sent: set[int]
    """Extents that are in the backup."""
    places: dict[int, tuple[int, int]]

    def page(self, kind: int, page: int) -> bytes:
        """What stands behind the header of such a page."""
        start = page // GAM_PAGES * GAM_EXTENTS
        if kind == 11:
            base = page // PFS_PAGES * PFS_PAGES
            numbers = range(base, min(base + PFS_PAGES, (max(self.sent) + 1) * EXTENT_PAGES))
            used = bytes(0x40 if special(number) or number in self.places else 0 for number in numbers)
            return bytes(4) + used
        if kind == 8:
            gaps = set(range(max(self.sent))) if self.file.changed_only else set()
            return bytes(98) + bitmap(self.sent | gaps, start, inside=False)
        if kind == 16:
            return bytes(98) + bitmap(self.sent if self.file.changed_only else set(), start, inside=True)
        return b""


def protect(pages: np.ndarray, flags: int) -> None:
    """Write checksums or torn bits into pages that have a header."""
    used = pages[:, 0] == 1
    if flags & 0x200:
        words = pages.view("<u4").reshape(-1, 16, 128)
        sectors = np.bitwise_xor.reduce(words, axis=2)
        result = np.zeros(len(pages), np.uint32)
        for index in range(16):
            result = (result << np.uint32(1) | result >> np.uint32(31)) ^ sectors[:, index]
        words[used, 0, 15] = result[used]
    elif flags & 0x100 and used.any():
        pages[used] = np.array([tear_proof(page) for page in pages[used]])


def tear_proof(page: np.ndarray) -> np.ndarray:
    """A copy of the page with pattern 2 at the end of each sector but the first, what stood there kept in the word."""
    made, word, pattern = page.copy(), 2, 2
    for sector in range(1, 16):
        at = sector * 512 + 511
        word |= (int(made[at]) & 3) << 2 * sector
        made[at] = int(made[at]) & 0xFC | pattern
    made[60:64] = np.frombuffer(struct.pack("<I", word), np.uint8)
    return made


def page_payload(page: bytes) -> bytes:
    """What a data page keeps of the payload."""
    flags, size = struct.unpack_from("<H", page, 4)[0], struct.unpack_from("<H", page, 30)[0]
    whole = bytearray(page)
    if flags & 0x100:
        (word,) = struct.unpack_from("<I", page, 60)
        for sector in range(1, 16):
            at = sector * 512 + 511
            whole[at] = whole[at] & 0xFC | word >> 2 * sector & 3
    return bytes(whole[HEAD:size])


def log_blocks(payload: bytes, vlf: int, block: int, *, checksums: bool = True) -> bytes:
    """A run of log blocks that keeps ``payload``, from block number ``block`` on; nothing for no payload."""
    made, before, parity = [], 0, 0x40
    while payload:
        sectors = min(LOG_BLOCK_SECTORS, -(-(len(payload) + LOG_HEAD) // (LOG_SECTOR - 1)))
        room = (LOG_SECTOR - 1) * sectors - LOG_HEAD + 1
        part, payload = payload[:room], payload[room:]
        content = np.zeros((sectors, LOG_SECTOR - 1), np.uint8)
        content.reshape(-1)[LOG_HEAD - 1 : LOG_HEAD - 1 + len(part)] = np.frombuffer(part, np.uint8)
        raw = bytearray(np.insert(content, 0, parity, axis=1).tobytes())
        struct.pack_into("<BBHHHHH", raw, 0, 0x10 | parity, 0, 1, len(part), len(raw), 0, before)
        raw[12:22] = packed_lsn(vlf * 10**15 + block * 10**5 + 1)
        if checksums:
            struct.pack_into("<I", raw, 24, fold(bytes(raw)))
        made.append(bytes(raw))
        before, block = len(raw), block + sectors
    return b"".join(made)


def log_payload(blocks: bytes) -> bytes:
    """What the blocks keep."""
    found, at = [], 0
    while at < len(blocks):
        length, size = struct.unpack_from("<HH", blocks, at + 4)
        sectors = np.frombuffer(blocks, np.uint8, size, at).reshape(-1, LOG_SECTOR)
        found.append(sectors[:, 1:].tobytes()[LOG_HEAD - 1 :][:length])
        at += size
    return b"".join(found)
