"""From a stored file back to its content, and what a look at a stored file tells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO

from ..base.cancel import CancelToken
from ..base.errors import StoreFailed
from ..base.records import Codec, Depth, Record
from .ahead import Ahead
from .unpack import SLICE, unpack

_READ = 1 << 20
"""Bytes read at a time where nothing is decoded."""
_AHEAD = 4
"""Pieces that wait between two threads."""


class Examined(Record, frozen=True, kw_only=True):
    """What was seen; the content's members are None where only the stored bytes were looked at."""

    stored_bytes: int
    stored_sha256: str
    size_bytes: int | None = None
    sha256: str | None = None


class Unsealing:
    """The content of ``stored``, once through, in pieces of at most 1 MiB that stay valid.

    Reading and decoding run ahead in threads, which end with the iteration (also when it is closed early). Raises
    `Damaged` (``archive.*``), `StoreFailed` (``store.unreadable``) and `Cancelled`. The hashes are of everything that
    was read and are right once the iteration ended by itself.
    """

    def __init__(self, stored: BinaryIO, codec: Codec, *, cancel: CancelToken) -> None:
        self._stored = stored
        self._codec = codec
        self._cancel = cancel
        self._stored_hash = hashlib.sha256()
        self._content_hash = hashlib.sha256()
        self.stored_bytes = 0
        """Bytes read of the stored file so far."""
        self.size_bytes = 0
        """Bytes of the content so far."""

    @property
    def stored_sha256(self) -> str:
        """SHA-256 of the stored bytes."""
        return self._stored_hash.hexdigest()

    @property
    def sha256(self) -> str:
        """SHA-256 of the content."""
        return (self._stored_hash if self._codec is Codec.NONE else self._content_hash).hexdigest()

    def __iter__(self) -> Generator[bytes, None, None]:
        file = name_of(self._stored)
        with (
            Ahead(self._read(), _AHEAD, self._cancel) as read,
            Ahead(unpack(read, self._codec, file), _AHEAD, self._cancel) as pieces,
            Ahead(self._hashed(iter(pieces)), _AHEAD, self._cancel) as content,
        ):
            for piece in content:
                self._cancel.check()
                self.size_bytes += len(piece)
                yield piece

    def _read(self) -> Iterator[bytes]:
        for data in read_pieces(self._stored, SLICE):
            self._stored_hash.update(data)
            self.stored_bytes += len(data)
            yield data

    def _hashed(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self._codec is not Codec.NONE:
                self._content_hash.update(piece)
            yield piece


def examine(  # noqa: PLR0913, PLR0917  one stored file, and all who want to hear of it
    stored: BinaryIO,
    codec: Codec,
    depth: Depth,
    progress: Callable[[int], None],
    cancel: CancelToken,
    hear: Callable[[bytes], None] | None = None,
) -> Examined:
    """Hash the stored bytes and, for any depth beyond ``stored``, decode and hash the content too.

    ``progress`` hears how many stored bytes were read, ``hear`` the content. Raises as `Unsealing` does; comparing is
    the caller's work.
    """
    if depth is not Depth.STORED:
        opened = Unsealing(stored, codec, cancel=cancel)
        for piece in opened:
            if hear is not None:
                hear(piece)
            progress(opened.stored_bytes)
        progress(opened.stored_bytes)
        return Examined(
            stored_bytes=opened.stored_bytes,
            stored_sha256=opened.stored_sha256,
            size_bytes=opened.size_bytes,
            sha256=opened.sha256,
        )
    digest, done = hashlib.sha256(), 0
    with Ahead(read_pieces(stored, _READ), _AHEAD, cancel) as pieces:
        for piece in pieces:
            cancel.check()
            digest.update(piece)
            done += len(piece)
            progress(done)
    return Examined(stored_bytes=done, stored_sha256=digest.hexdigest())


def read_pieces(stored: BinaryIO, size: int) -> Iterator[bytes]:
    """The bytes of ``stored``, ``size`` at a time. Raises `StoreFailed` (``store.unreadable``)."""
    while True:
        try:
            piece = stored.read(size)
        except OSError as error:
            why = error.strerror or str(error)
            raise StoreFailed("store.unreadable", path=name_of(stored), why=why) from error
        if not piece:
            return
        yield piece


def name_of(stored: BinaryIO) -> str:
    """What ``stored`` is called, for messages; empty for one without a name."""
    name = getattr(stored, "name", "")
    return name if isinstance(name, str) else ""
