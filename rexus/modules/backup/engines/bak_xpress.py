"""Decoder of LZ77 with Huffman codes ([MS-XCA] 2.2), as SQL Server compresses the records of its backups.

Each 64 KiB of content has a table of 512 code lengths, four bits each: symbols below 256 are bytes, the others matches
(low four bits: length, high four bits: number of bits of the distance). The bits come in 16-bit words, highest first;
further bytes of long lengths stand between the words. What is read behind the end is zero.
"""

from __future__ import annotations

import numpy as np

from .bak_fields import Unreadable

BLOCK = 65536
_TABLE_BYTES = 256
_CODE_BITS = 15
_LONG = 15
_LEAST_MATCH = 3
_BEHIND = bytes(8)
_PLAIN = bytes([0x88]) * 128 + bytes(128)
"""Every byte has a code of eight bits, which is the byte itself, and nothing matches: what can't be made smaller."""


def decode(payload: bytes, size: int) -> bytes:
    """The ``size`` bytes of content. Raises `Unreadable` for what no encoder makes."""
    data, out, at = payload + _BEHIND, bytearray(), 0
    while len(out) < size:
        packed, at, end = data[at : at + _TABLE_BYTES], at + _TABLE_BYTES, min(size, len(out) + BLOCK)
        try:
            at = _plain(data, at, out, end) if packed == _PLAIN else _block(data, at, _table(packed), out, end)
        except IndexError:
            raise Unreadable(at) from None
    if len(out) != size:
        raise Unreadable(at)
    return bytes(out)


def _table(packed: bytes) -> list[int]:
    """For each row of fifteen bits the symbol that it begins with and its length: ``symbol << 4 | length``."""
    raw = np.frombuffer(packed, np.uint8)
    if len(raw) < _TABLE_BYTES:
        raise Unreadable(0)
    lengths = np.column_stack([raw & 15, raw >> 4]).reshape(-1).astype(np.int64)
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    entries = order << 4 | lengths[order]
    table = np.repeat(entries, np.left_shift(1, _CODE_BITS - lengths[order]))
    if len(table) != 1 << _CODE_BITS:
        raise Unreadable(0)
    found: list[int] = table.tolist()
    return found


def _plain(data: bytes, at: int, out: bytearray, end: int) -> int:
    """The same as `_block` for the table `_PLAIN`: the bytes of each word stand the other way round."""
    count = end - len(out)
    after = at + 4 + (count - 1) // 2 * 2  # two words are read ahead
    if after > len(data):
        raise IndexError
    words = np.frombuffer(data, "<u2", (count + 1) // 2, at)
    out += words.byteswap().tobytes()[:count]
    return after


def _block(data: bytes, at: int, table: list[int], out: bytearray, end: int) -> int:
    """Decode until ``out`` has ``end`` bytes; returns where the next block begins. `IndexError` behind the end."""
    bits = (data[at] | data[at + 1] << 8) << 16 | data[at + 2] | data[at + 3] << 8
    at, left = at + 4, 16
    append = out.append
    size = len(out)
    while size < end:
        entry = table[bits >> 17]
        used, symbol = entry & 15, entry >> 4
        bits = bits << used & 0xFFFFFFFF
        left -= used
        if left < 0:
            bits |= (data[at] | data[at + 1] << 8) << -left
            at, left = at + 2, left + 16
        if symbol < 256:
            append(symbol)
            size += 1
            continue
        length, distance_bits = symbol & 15, symbol >> 4 & 15
        if length == _LONG:
            length, at = _long(data, at)
        length += _LEAST_MATCH
        distance = (bits >> 32 - distance_bits) + (1 << distance_bits)
        bits = bits << distance_bits & 0xFFFFFFFF
        left -= distance_bits
        if left < 0:
            bits |= (data[at] | data[at + 1] << 8) << -left
            at, left = at + 2, left + 16
        if distance > size or size + length > end:
            raise Unreadable(at)
        run = out[size - distance : size - distance + length]
        out += run if distance >= length else (run * (length // distance + 1))[:length]
        size += length
    return at


def _long(data: bytes, at: int) -> tuple[int, int]:
    """A length of fifteen or more, and where reading goes on."""
    length = data[at]
    if length < 255:
        return length + _LONG, at + 1
    length = data[at + 1] | data[at + 2] << 8
    if length:
        return max(length, _LONG), at + 3
    return int.from_bytes(data[at + 3 : at + 7], "little"), at + 7
