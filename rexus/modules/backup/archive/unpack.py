"""Turn stored bytes back into content; every kind of damage that shows while decoding gets its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, cast

from ..base.errors import Damaged
from ..base.records import Codec
from .codecs import load_zstd

PIECE = 1 << 20
"""The most bytes of content in one piece."""
SLICE = 1 << 18
"""Bytes given to a decoder at a time: what is left of them is copied at the end of each member."""
_MAGIC = 4
"""Bytes that tell whether another member begins."""


class Decoder(Protocol):
    """Decodes one gzip member or one zstd frame."""

    errors: tuple[type[Exception], ...]
    """What `decode` raises for bytes that are damaged."""

    @staticmethod
    def begins(data: bytes) -> bool:
        """Whether ``data``, which may be short, can be the beginning of a member."""
        ...

    def decode(self, data: bytes) -> Iterator[bytes]:
        """The content of ``data``, at most `PIECE` at a time."""
        ...

    @property
    def is_at_end(self) -> bool:
        """Whether the member is complete and its checksum right."""
        ...

    @property
    def rest(self) -> bytes:
        """What came behind the member."""
        ...


class GzipDecoder:
    """Decodes by ISA-L, which compares checksum and size at the end."""

    def __init__(self) -> None:
        from isal import isal_zlib

        # The stubs take the class for an instance.
        self.errors: tuple[type[Exception], ...] = (cast("type[Exception]", isal_zlib.IsalError), EOFError, ValueError)
        self._inflate = isal_zlib.decompressobj(wbits=31)

    @staticmethod
    def begins(data: bytes) -> bool:
        """See `Decoder.begins`."""
        return data[:3] == b"\x1f\x8b\x08"[: len(data)]

    def decode(self, data: bytes) -> Iterator[bytes]:
        """See `Decoder.decode`."""
        while True:
            piece = self._inflate.decompress(data, PIECE)
            data = self._inflate.unconsumed_tail
            if piece:
                yield piece
            if self._inflate.eof or not (data or len(piece) == PIECE):
                return

    @property
    def is_at_end(self) -> bool:
        """See `Decoder.is_at_end`."""
        return bool(self._inflate.eof)

    @property
    def rest(self) -> bytes:
        """See `Decoder.rest`."""
        return self._inflate.unused_data


class ZstdDecoder:
    """Decodes by the zstd library, which compares the checksum where there is one."""

    def __init__(self) -> None:
        zstd = load_zstd()
        self.errors: tuple[type[Exception], ...] = (zstd.ZstdError, EOFError, ValueError)
        self._zstd = zstd.ZstdDecompressor()

    @staticmethod
    def begins(data: bytes) -> bool:
        """See `Decoder.begins`."""
        if data[:4] == b"\x28\xb5\x2f\xfd"[: len(data)]:
            return True
        skippable = bytes((data[0] & 0xF0,)) + data[1:4]
        return skippable == b"\x50\x2a\x4d\x18"[: len(data)]

    def decode(self, data: bytes) -> Iterator[bytes]:
        """See `Decoder.decode`."""
        while True:
            piece = self._zstd.decompress(data, PIECE)
            data = b""
            if piece:
                yield piece
            if self._zstd.eof or self._zstd.needs_input:
                return

    @property
    def is_at_end(self) -> bool:
        """See `Decoder.is_at_end`."""
        return bool(self._zstd.eof)

    @property
    def rest(self) -> bytes:
        """See `Decoder.rest`."""
        return bytes(self._zstd.unused_data)


def unpack(stored: Iterable[bytes], codec: Codec, file: str) -> Iterator[bytes]:
    """The content of ``stored``, which may consist of several members as `gunzip` and `zstd` accept them.

    Raises `Damaged`: ``archive.corrupt``, ``archive.truncated``, or ``archive.trailing`` for bytes behind the last
    member that begin no other. ``file`` is only told.
    """
    if codec is Codec.NONE:
        yield from stored
        return
    kind: type[GzipDecoder] | type[ZstdDecoder] = GzipDecoder if codec is Codec.GZIP else ZstdDecoder
    decoder: Decoder | None = None
    complete, rest = False, b""
    for part in stored:
        data, rest = rest + part, b""
        while data:
            if decoder is None:
                if complete and not kind.begins(data):
                    raise Damaged("archive.trailing", file=file)
                if len(data) < _MAGIC:
                    rest, data = data, b""
                    continue
            current: Decoder = decoder or kind()
            yield from _decoded(current, data, file)
            data, decoder = b"", current
            if current.is_at_end:
                data, decoder, complete = current.rest, None, True
    if rest and complete:
        raise Damaged("archive.trailing", file=file)
    if decoder is not None or not complete:
        raise Damaged("archive.truncated", file=file)


def _decoded(decoder: Decoder, data: bytes, file: str) -> Iterator[bytes]:
    try:
        yield from decoder.decode(data)
    except decoder.errors as error:
        raise Damaged("archive.corrupt", file=file, why=str(error)) from error
