"""Read a live database in one pass: an open read transaction pins what is read, and nothing is copied first.

In WAL mode the pinned snapshot is the database file overlaid by the log's frames up to the pinned mark. While our
transaction lasts, nobody may fold later frames into the database file, nor begin the log anew:

* With frames left to fold, we hold a read mark: checkpoints stop at it, and the log is not begun anew.
* With all of them folded, we may instead hold read lock 0: no checkpoint writes to the database file, but the log
  may be begun anew, so it must not be read. The database file alone is the snapshot.
"""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import SourceFailed
from ..base.files import WINDOWS, Data
from .sqlite_open import SHM, WAL, beside
from .sqlite_wal import INDEX_BYTES, Mark, Overlay, folded_frames, mark_of, overlay, read_at

CHUNK = 2 << 20
"""A multiple of every page size."""
LOCK_BYTE = 0x40000000
"""The page with this byte carries locks, never data; on Windows it can't even be read while one is held."""
_TRIES = 200


class OwnFiles:
    """Descriptors of our own beside SQLite's connection, closed only when that can take nobody's locks away.

    POSIX drops every lock of the process on a file when any of its descriptors is closed. So close these after the
    connection, and this class waits for the last of several passes over the same database in this process. The
    process must not use the database otherwise meanwhile.
    """

    _guard = threading.Lock()
    _passes: dict[tuple[int, int], int] = {}  # noqa: RUF012  shared on purpose
    _waiting: dict[tuple[int, int], list[io.FileIO | mmap.mmap]] = {}  # noqa: RUF012

    def __init__(self, path: Path) -> None:
        """Open the database file. Raises `OSError`."""
        self._open: list[io.FileIO | mmap.mmap] = []
        self._closed = False
        self._path = path
        self.database = self.open(path)
        stat = os.fstat(self.database.fileno())
        self._key = (stat.st_dev, stat.st_ino)
        with self._guard:
            self._passes[self._key] = self._passes.get(self._key, 0) + 1

    def open(self, path: Path) -> io.FileIO:
        """Another file of the same database. Raises `OSError`."""
        file = io.FileIO(path)
        self._open.append(file)
        return file

    def mapped(self, path: Path, size: int) -> mmap.mmap:
        """The first ``size`` bytes of another file. Raises `OSError`, `ValueError` when it is shorter.

        The map has a descriptor of its own, so it too must stay until the end.
        """
        mapped = mmap.mmap(self.open(path).fileno(), size, access=mmap.ACCESS_READ)
        self._open.append(mapped)
        return mapped

    @property
    def still_named(self) -> bool:
        """Whether the path still leads to the file that was opened first."""
        with contextlib.suppress(OSError):
            stat = self._path.stat()
            return (stat.st_dev, stat.st_ino) == self._key
        return False

    def close(self) -> None:
        """Let go, or leave it to the last pass over this database."""
        if self._closed:
            return
        self._closed = True
        with self._guard:
            waiting = self._waiting.setdefault(self._key, [])
            waiting.extend(self._open)
            self._passes[self._key] -= 1
            if WINDOWS or not self._passes[self._key]:
                for file in waiting:
                    file.close()
                waiting.clear()
            if not self._passes[self._key]:
                del self._passes[self._key], self._waiting[self._key]


class Snapshot:
    """A pinned state of the database, readable from first to last byte."""

    def __init__(self, database: io.FileIO, page_size: int, pages: int, log: Overlay) -> None:
        self._database, self._log = database, log
        self.page_size, self.pages = page_size, pages
        self.size = page_size * pages

    def chunks(self, path: Path, cancel: CancelToken) -> Iterator[Data]:
        """The whole content. Raises `SourceFailed`, `Cancelled`."""
        for start in range(0, self.size, CHUNK):
            cancel.check()
            try:
                yield self._between(start, min(start + CHUNK, self.size))
            except OSError as error:
                reason = error.strerror or str(error)
                raise SourceFailed("source.unreadable", path=str(path), reason=reason) from error
            except EOFError:
                raise SourceFailed("source.truncated", path=str(path), expected=self.size, found=start) from None

    def _between(self, start: int, end: int) -> Data:
        newer = self._log.between(start // self.page_size + 1, end // self.page_size)
        locked = start == LOCK_BYTE  # a chunk begins there, whatever the page size
        skipped = min(self.page_size, end - start) if locked else 0
        read = read_at(self._database, start + skipped, end - start - skipped) if end - start > skipped else b""
        if not newer and not locked:
            if len(read) < end - start:
                raise EOFError
            return read
        chunk = bytearray(skipped) + read
        covered = {page for page, _ in newer}
        for page in range((start + len(chunk)) // self.page_size + 1, end // self.page_size + 1):
            if page not in covered:
                raise EOFError
        chunk.extend(bytes(end - start - len(chunk)))
        for page, offset in newer:
            at = (page - 1) * self.page_size - start
            chunk[at : at + self.page_size] = self._log.read(offset)
        return chunk


def begin(connection: sqlite3.Connection) -> str:
    """Begin a read transaction and return the journal mode. Raises `sqlite3.Error`; then there is no transaction."""
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])
    except BaseException:
        rollback(connection)
        raise


def rollback(connection: sqlite3.Connection) -> None:
    """End the transaction, if there is one."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def pin(connection: sqlite3.Connection, path: Path, own: OwnFiles, cancel: CancelToken) -> Snapshot | None:
    """Begin a read transaction in WAL mode and say exactly what it sees.

    None when the shared index can't be read or trusted; then no transaction is open. Raises `sqlite3.Error`,
    `Cancelled`.
    """
    try:
        log, index = own.open(beside(path, WAL)), own.mapped(beside(path, SHM), INDEX_BYTES)
    except (OSError, ValueError):
        return None
    for _ in range(_TRIES):
        cancel.check()
        before = mark_of(index)
        begin(connection)
        folded = folded_frames(index)  # before the mark: beginning the log anew changes first that, then this
        if before is not None and before == mark_of(index) and own.still_named:
            snapshot = _seen(connection, own, log if folded < before.frames else None, before, cancel)
            if snapshot is None:
                rollback(connection)
            return snapshot
        rollback(connection)
    return None


def _seen(
    connection: sqlite3.Connection, own: OwnFiles, log: io.FileIO | None, mark: Mark, cancel: CancelToken
) -> Snapshot | None:
    """What the transaction sees; ``log`` is None where the database file alone holds it."""
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if log is None:
        return Snapshot(own.database, page_size, pages, Overlay())
    if (page_size, pages) != (mark.page_size, mark.pages):
        return None
    found = overlay(log, mark, cancel)
    return None if found is None else Snapshot(own.database, page_size, pages, found)
