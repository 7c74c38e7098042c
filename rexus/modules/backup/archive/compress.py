"""Turn blocks of content into stored bytes, several at a time; what comes out depends on the blocks alone.

The same content gives the same stored bytes whatever the number of threads: there is no name and no time in the
headers, and blocks are cut and joined at the same places.
"""

from __future__ import annotations

import struct
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from ..base.records import Codec
from .codecs import load_zstd

BLOCK = 1 << 20
"""Bytes of content in one block; large enough that hashing and compressing release the interpreter lock."""
_WINDOW = 32768
"""How far back deflate can look."""
_RAW_DEFLATE = -15
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""A gzip member without name and time, of an unknown system."""
_LAST_BLOCK = b"\x03\x00"
"""An empty deflate block marked as the last one."""
_ZSTD_JOB = 2 << 20


class Packer(Protocol):
    """Compresses blocks given in order. Its results are to be written in the same order."""

    def begin(self) -> bytes:
        """What comes before the first block."""
        ...

    def submit(self, block: bytes) -> Future[bytes]:
        """Start compressing ``block``, which the packer may keep."""
        ...

    def end(self) -> bytes:
        """What comes after the last block; asked when all results are there."""
        ...

    def close(self) -> None:
        """End all threads; work that has not begun is given up."""
        ...


class GzipPacker:
    """One gzip member by ISA-L: every block is compressed by itself, looking back into the one before."""

    def __init__(self, level: int, threads: int) -> None:
        from isal import isal_zlib

        self._isal = isal_zlib
        self._level = level
        self._pool = ThreadPoolExecutor(threads, "seal-gzip")
        self._before = b""
        self._crc = 0
        self._size = 0

    def begin(self) -> bytes:
        """See `Packer.begin`."""
        return _HEADER

    def submit(self, block: bytes) -> Future[bytes]:
        """See `Packer.submit`."""
        before, self._before = self._before, block[-_WINDOW:]
        self._crc = self._isal.crc32(block, self._crc)
        self._size += len(block)
        return self._pool.submit(self._compress, block, before)

    def end(self) -> bytes:
        """See `Packer.end`."""
        return _LAST_BLOCK + struct.pack("<II", self._crc, self._size & 0xFFFFFFFF)

    def close(self) -> None:
        """See `Packer.close`."""
        self._pool.shutdown(cancel_futures=True)

    def _compress(self, block: bytes, before: bytes) -> bytes:
        options = (self._level, self._isal.DEFLATED, _RAW_DEFLATE, self._isal.DEF_MEM_LEVEL, 0)
        deflate = self._isal.compressobj(*options, before) if before else self._isal.compressobj(*options)
        return deflate.compress(block) + deflate.flush(self._isal.Z_SYNC_FLUSH)


class ZstdPacker:
    """One zstd frame with a checksum; the library has its own threads."""

    def __init__(self, level: int, threads: int) -> None:
        zstd = load_zstd()
        key = zstd.CompressionParameter
        options = {
            key.compression_level: level,
            key.checksum_flag: 1,
            # Zero workers would cut the blocks elsewhere, and so give other bytes.
            key.nb_workers: max(1, threads),
            key.job_size: _ZSTD_JOB,
        }
        self._compressor = zstd.ZstdCompressor(options=options)
        self._order = ThreadPoolExecutor(1, "seal-zstd")

    def begin(self) -> bytes:
        """See `Packer.begin`."""
        return b""

    def submit(self, block: bytes) -> Future[bytes]:
        """See `Packer.submit`."""
        return self._order.submit(self._compressor.compress, block)

    def end(self) -> bytes:
        """See `Packer.end`."""
        return bytes(self._compressor.flush())

    def close(self) -> None:
        """See `Packer.close`."""
        self._order.shutdown(cancel_futures=True)


class PlainPacker:
    """No compression."""

    def begin(self) -> bytes:
        """See `Packer.begin`."""
        return b""

    def submit(self, block: bytes) -> Future[bytes]:
        """See `Packer.submit`."""
        done: Future[bytes] = Future()
        done.set_result(block)
        return done

    def end(self) -> bytes:
        """See `Packer.end`."""
        return b""

    def close(self) -> None:
        """See `Packer.close`."""


def packer(codec: Codec, level: int, threads: int) -> Packer:
    """The packer of ``codec``."""
    if codec is Codec.GZIP:
        return GzipPacker(level, threads)
    return ZstdPacker(level, threads) if codec is Codec.ZSTD else PlainPacker()
