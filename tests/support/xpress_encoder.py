"""Compresses as [MS-XCA] 2.2 describes (LZ77, then Huffman codes), to test the decoder with content of any kind."""

import heapq
import struct
from collections import Counter

BLOCK = 65536
LONGEST_CODE = 15
Token = tuple[int, int, int]
"""Symbol, length of the match, its distance; both 0 for a byte."""


def compress(data: bytes) -> bytes:
    return b"".join(one_block(data, at) for at in range(0, len(data), BLOCK))


def one_block(data: bytes, begin: int) -> bytes:
    tokens = matched(data, begin, min(begin + BLOCK, len(data)))
    lengths = code_lengths(Counter(symbol for symbol, _, _ in tokens))
    codes = canonical(lengths)
    out = bytearray(lengths[2 * at] | lengths[2 * at + 1] << 4 for at in range(256))
    bits = Bits(out)
    for symbol, length, distance in tokens:
        bits.write(codes[symbol], lengths[symbol])
        if symbol < 256:
            continue
        if length - 3 >= 15:
            out += long_length(length - 3)
        low = distance.bit_length() - 1
        bits.write(distance - (1 << low), low)
    bits.flush()
    return bytes(out)


def long_length(length: int) -> bytes:
    if length - 15 < 255:
        return bytes([length - 15])
    if length < 65536:
        return b"\xff" + struct.pack("<H", length)
    return b"\xff\0\0" + struct.pack("<I", length)


def matched(data: bytes, begin: int, end: int) -> list[Token]:
    seen: dict[bytes, int] = {}
    tokens: list[Token] = []
    for back in range(max(0, begin - 4096), begin):
        seen[data[back : back + 3]] = back
    at = begin
    while at < end:
        before = seen.get(data[at : at + 3])
        if before is None or end - at < 3 or at - before >= BLOCK:
            tokens.append((data[at], 0, 0))
            size = 1
        else:
            size = 3
            while at + size < end and data[before + size] == data[at + size]:
                size += 1
            distance = at - before
            tokens.append((256 + (distance.bit_length() - 1) * 16 + min(size - 3, 15), size, distance))
        for step in range(at, min(at + size, at + 64)):
            seen[data[step : step + 3]] = step
        at += size
    return tokens


def code_lengths(counts: Counter[int]) -> list[int]:
    """Lengths of Huffman codes that fill the code space; evened out until none is too long."""
    while len(counts) < 2:
        counts[next(symbol for symbol in range(512) if symbol not in counts)] = 1
    while True:
        lengths = huffman(counts)
        if max(lengths) <= LONGEST_CODE:
            return lengths
        counts = Counter({symbol: count // 2 + 1 for symbol, count in counts.items()})


def huffman(counts: Counter[int]) -> list[int]:
    heap = [(count, symbol, (symbol,)) for symbol, count in counts.items()]
    heapq.heapify(heap)
    lengths = [0] * 512
    while len(heap) > 1:
        (one, first, symbols), (other, _, more) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in symbols + more:
            lengths[symbol] += 1
        heapq.heappush(heap, (one + other, first, symbols + more))
    return lengths


def canonical(lengths: list[int]) -> dict[int, int]:
    codes, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - before
        codes[symbol], before = code, length
        code += 1
    return codes


class Bits:
    """Bits in 16-bit words, highest first; two words ahead of the bytes that are written between them."""

    def __init__(self, out: bytearray) -> None:
        self._out, self._word, self._free = out, 0, 16
        self._places = [len(out), len(out) + 2]
        out += bytes(4)

    def write(self, value: int, count: int) -> None:
        for shift in range(count - 1, -1, -1):
            if not self._free:
                self._put()
                self._places.append(len(self._out))
                self._out += bytes(2)
            self._word = self._word << 1 | value >> shift & 1
            self._free -= 1

    def flush(self) -> None:
        self._word <<= self._free
        self._put()

    def _put(self) -> None:
        struct.pack_into("<H", self._out, self._places.pop(0), self._word)
        self._word, self._free = 0, 16
