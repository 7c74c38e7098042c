"""From plain chunks to a stored file in one pass: hash, compress, hash, write, each in threads of its own.

Blocks travel in order; a bounded number of them is under way, so memory does not grow with the content::

    chunks ──► blocks ─┬─► compressors ──► hash of what is stored ──► sink
                       └─► hash of the content
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol

from ..base.cancel import CancelToken
from ..base.files import Data
from ..base.records import Codec, Record
from .codecs import level_of, threads_of
from .compress import BLOCK, Packer, packer

_LOOK_S = 0.05
"""How often a wait looks whether somebody cancelled."""


class SinkLike(Protocol):
    """Where stored bytes go."""

    def write(self, data: Data) -> object:
        """Append all of ``data``."""
        ...


class Sealed(Record, frozen=True, kw_only=True):
    """What was read and what was stored."""

    size_bytes: int
    sha256: str
    stored_bytes: int
    stored_sha256: str


def seal(  # noqa: PLR0913  what is sealed, where to, how, and the two ways to talk meanwhile
    chunks: Iterable[Data],
    sink: SinkLike,
    codec: Codec,
    *,
    level: int | None,
    threads: int,
    progress: Callable[[int], None],
    cancel: CancelToken,
) -> Sealed:
    """Compress ``chunks`` into ``sink`` with ``threads`` compressors (0: one a core); the sink is not committed.

    A chunk may change once the next is asked for. ``progress`` hears, in the caller's thread, how many bytes of the
    content are written. All threads have ended when this returns or raises: `Cancelled`, `BadInput` for a level that
    the codec does not have, or whatever ``chunks``, ``sink`` or ``progress`` raised.
    """
    workers = threads_of(threads)
    line = _Line(sink, packer(codec, level_of(codec, level), workers), workers, same=codec is Codec.NONE)
    try:
        line.begin()
        for block in blocks(chunks):
            cancel.check()
            line.feed(block)
            while line.is_full:
                progress(line.settle(cancel))
        while line.is_busy:
            progress(line.settle(cancel))
        return line.end()
    finally:
        line.close()


def blocks(chunks: Iterable[Data]) -> Iterator[bytes]:
    """The same bytes in pieces of `BLOCK` (the last one may be shorter), copied out of the chunks."""
    rest: list[bytes] = []
    missing = BLOCK
    for chunk in chunks:
        view = memoryview(chunk).cast("B")
        while len(view) >= missing:
            part = bytes(view[:missing])
            view = view[missing:]
            yield b"".join((*rest, part)) if rest else part
            rest, missing = [], BLOCK
        if view:
            rest.append(bytes(view))
            missing -= len(view)
    if rest:
        yield b"".join(rest)


class _Line:
    """The blocks under way."""

    def __init__(self, sink: SinkLike, packing: Packer, workers: int, *, same: bool) -> None:
        self._sink = sink
        self._packing = packing
        self._most = 2 * workers + 2
        self._content = hashlib.sha256()
        self._stored = self._content if same else hashlib.sha256()
        self._same = same
        self._size = self._settled = self._stored_bytes = 0
        self._given_up = threading.Event()
        self._hashing = ThreadPoolExecutor(1, "seal-hash")
        self._writing = ThreadPoolExecutor(1, "seal-write")
        self._under_way: deque[tuple[int, Future[None], Future[None]]] = deque()

    @property
    def is_full(self) -> bool:
        """Whether a block must be settled before the next is fed."""
        return len(self._under_way) >= self._most

    @property
    def is_busy(self) -> bool:
        """Whether any block is under way."""
        return bool(self._under_way)

    def begin(self) -> None:
        """Write what comes before the first block."""
        self._store(self._packing.begin())

    def feed(self, block: bytes) -> None:
        """Start a block on its way."""
        self._size += len(block)
        packed = self._packing.submit(block)
        hashed = self._hashing.submit(self._content.update, block)
        written = self._writing.submit(self._write, packed)
        self._under_way.append((len(block), hashed, written))

    def settle(self, cancel: CancelToken) -> int:
        """Wait for the oldest block; returns the content's bytes written so far. Raises what went wrong with it."""
        size, *steps = self._under_way[0]
        while wait(steps, timeout=_LOOK_S).not_done:
            cancel.check()
        for step in steps:
            step.result()
        self._under_way.popleft()
        self._settled += size
        return self._settled

    def end(self) -> Sealed:
        """Write what comes after the last block."""
        self._store(self._packing.end())
        return Sealed(
            size_bytes=self._size,
            sha256=self._content.hexdigest(),
            stored_bytes=self._stored_bytes,
            stored_sha256=self._stored.hexdigest(),
        )

    def close(self) -> None:
        """End every thread; blocks that have not begun are dropped."""
        self._given_up.set()
        self._hashing.shutdown(wait=False, cancel_futures=True)
        self._writing.shutdown(wait=False, cancel_futures=True)
        self._packing.close()
        self._hashing.shutdown()
        self._writing.shutdown()

    def _write(self, packed: Future[bytes]) -> None:
        data = packed.result()
        # After one failed write the sink must not see later blocks.
        if not self._given_up.is_set():
            self._store(data)

    def _store(self, data: bytes) -> None:
        if not data:
            return
        if not self._same:
            self._stored.update(data)
        try:
            self._sink.write(data)
        except BaseException:
            self._given_up.set()
            raise
        self._stored_bytes += len(data)
