"""The checksums of SQL Server over pages, log blocks, backup streams and compressed records, at the speed of numpy.

All are one fold: the checksum so far is rotated left by one bit, then combined (XOR) with the next element, which is
a 32-bit word, or the XOR of the 128 words of a sector of 512 bytes. Because rotating distributes over XOR, element
*i* of *n* counts as itself rotated by *n - 1 - i*; so many of them can be added up at once.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint32]
PAGE_SECTORS = 16
SECTOR_WORDS = 128
CHECK_WORD = 15
"""The word of a page's first sector that holds its checksum (offset 60)."""
_BITS = 32


def sectors_of(words: Words) -> Words:
    """The XOR of each sector; ``words`` holds whole sectors."""
    result: Words = np.bitwise_xor.reduce(words.reshape(-1, SECTOR_WORDS), axis=1)
    return result


def rotated(words: Words, by: NDArray[np.int64] | int) -> Words:
    """Each word rotated left."""
    left: Words = np.asarray(by).astype(np.uint32) % np.uint32(_BITS)
    right: Words = (np.uint32(_BITS) - left) % np.uint32(_BITS)
    result: Words = np.bitwise_or(np.left_shift(words, left), np.right_shift(words, right))
    return result


def rotated_number(word: int, by: int) -> int:
    """One word rotated left."""
    by %= _BITS
    return (word << by | word >> (_BITS - by)) & 0xFFFFFFFF


def fold(elements: Words, before: int = 0) -> int:
    """The checksum of ``elements``, gone on from ``before``."""
    count = len(elements)
    if not count:
        return before
    whole = elements if count % _BITS == 0 else np.concatenate([np.zeros(-count % _BITS, np.uint32), elements])
    columns = np.bitwise_xor.reduce(whole.reshape(-1, _BITS), axis=0)
    turned = rotated(columns, np.arange(_BITS - 1, -1, -1))
    return int(np.bitwise_xor.reduce(turned)) ^ rotated_number(before, count)


def fold_pages(sectors: Words, stored: Words) -> Words:
    """The checksum of each page, of whose ``sectors`` (pages, 16) the first still contains the ``stored`` one."""
    first = sectors[:, 0] ^ stored
    result: Words = first
    for index in range(1, PAGE_SECTORS):
        result = (result << np.uint32(1) | result >> np.uint32(_BITS - 1)) ^ sectors[:, index]
    return result


class RunningFold:
    """The checksum of any run inside a row of elements: one pass over the row, then a moment for each run."""

    def __init__(self, elements: Words) -> None:
        turned = rotated(elements, -np.arange(len(elements)))
        self._sums = np.concatenate([np.zeros(1, np.uint32), np.bitwise_xor.accumulate(turned)])

    def of(self, begins: NDArray[np.int64], ends: NDArray[np.int64]) -> Words:
        """The checksum of each run of elements from ``begins`` up to, not including, ``ends``."""
        return rotated(self._sums[ends] ^ self._sums[begins], ends - 1)
