"""One backup of a SQLite database: pinned and read in place, or copied aside by SQLite where that can't be."""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import SourceFailed
from ..base.files import PARTIAL, WINDOWS, Data
from ..base.records import EngineFacts
from .port import Progress
from .sqlite_check import Examination
from .sqlite_open import COMPANIONS, beside, connect, failure, gentle, patiently
from .sqlite_read import OwnFiles, Snapshot, begin, pin, rollback
from .sqlite_wal import Overlay

_STEP_BYTES = 4 << 20


class SqlitePass:
    """A backup being taken: the bytes of the snapshot, and SQLite's own verdict on the same snapshot.

    ``quick_check`` and the row counts run in a thread while the bytes are read.
    """

    server_file: str | None = None

    def __init__(self, path: Path, connection: sqlite3.Connection, snapshot: Snapshot, mode: str) -> None:
        self.total_bytes = snapshot.size
        self.copied = False
        self._path, self._connection, self._snapshot, self._mode = path, connection, snapshot, mode
        self._check = Examination(connection, deep=False, counted=True)
        self._progress: Progress = lambda phase, done, total: None
        self._cancel = CancelToken()

    def watched(self, progress: Progress, cancel: CancelToken) -> SqlitePass:
        """Tell ``progress``, and stop when ``cancel`` says so."""
        self._progress, self._cancel = progress, cancel
        return self

    def chunks(self) -> Iterator[Data]:
        """See `BackupProduct.chunks`."""
        return self._snapshot.chunks(self._path, self._cancel)

    def facts(self) -> EngineFacts:
        """See `BackupProduct.facts`."""
        self._progress("check", 0, self._snapshot.pages)
        try:
            verdict = self._check.result(self._cancel)
        except sqlite3.Error as error:
            raise failure(error, self._path) from error
        if verdict.complaint:
            raise SourceFailed("source.corrupt", path=str(self._path), detail=verdict.complaint)
        if not self._connection.in_transaction:
            raise SourceFailed("source.failed", path=str(self._path), reason="transaction")
        return EngineFacts(
            engine="sqlite",
            version=sqlite3.sqlite_version,
            page_size=self._snapshot.page_size,
            page_count=self._snapshot.pages,
            journal_mode=self._mode,
            row_counts=verdict.row_counts,
            schema_fingerprint=verdict.fingerprint,
        )

    def close(self) -> None:
        """Stop the check and end the transaction; the connection stays the caller's."""
        self._check.close()
        with contextlib.suppress(sqlite3.Error):
            rollback(self._connection)


@contextlib.contextmanager
def take(
    path: Path, scratch: Path, progress: Progress, cancel: CancelToken, wait_s: float
) -> Iterator[SqlitePass]:
    """Take a consistent backup of the database at ``path``. Raises `SourceFailed`, `Cancelled`."""
    with contextlib.ExitStack() as stack:
        try:
            own = OwnFiles(path)
        except OSError as error:
            raise SourceFailed("source.unreadable", path=str(path), reason=error.strerror or str(error)) from error
        stack.callback(own.close)  # after the connection, as POSIX locks want it
        connection = patiently(lambda: gentle(path), path, cancel, wait_s)
        stack.enter_context(contextlib.closing(connection))
        if WINDOWS:
            stack.callback(own.close)  # before the connection, which removes its files when it is the last
        snapshot, mode = _pinned(connection, path, own, cancel, wait_s)
        copied = snapshot is None
        if snapshot is None:
            copy = stack.enter_context(_copied(connection, path, scratch, progress, cancel, wait_s))
            connection = stack.enter_context(contextlib.closing(connect(copy, "plain")))
            begin(connection)
            snapshot = _plain(stack, connection, copy)
        progress("snapshot", snapshot.pages, snapshot.pages)
        taken = SqlitePass(path, connection, snapshot, mode).watched(progress, cancel)
        taken.copied = copied
        stack.enter_context(contextlib.closing(taken))
        yield taken


def _pinned(
    connection: sqlite3.Connection, path: Path, own: OwnFiles, cancel: CancelToken, wait_s: float
) -> tuple[Snapshot | None, str]:
    """The snapshot pinned in WAL mode; else None and an open read transaction, under which nobody can commit."""
    mode = patiently(lambda: begin(connection), path, cancel, wait_s)
    if mode == "wal":
        rollback(connection)
        snapshot = patiently(lambda: pin(connection, path, own, cancel), path, cancel, wait_s)
        if snapshot is not None:
            return snapshot, mode
        mode = patiently(lambda: begin(connection), path, cancel, wait_s)
    return None, mode


@contextlib.contextmanager
def _copied(  # noqa: PLR0913  all of one call
    connection: sqlite3.Connection, path: Path, scratch: Path, progress: Progress, cancel: CancelToken, wait_s: float
) -> Iterator[Path]:
    """Copy by the backup API into ``scratch``; the copy lives inside the ``with``.

    ``connection`` holds a read transaction all the time, so no commit of somebody else makes the copy start over.
    """
    copy = scratch / f"{path.name}.{uuid.uuid4().hex}.snapshot{PARTIAL}"
    until = [time.monotonic() + wait_s]

    def stepped(status: int, remaining: int, total: int) -> None:
        cancel.check()
        progress("snapshot", total - remaining, total)
        if status in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):
            until[0] = time.monotonic() + wait_s
        elif time.monotonic() > until[0]:
            raise SourceFailed("source.busy", path=str(path))

    try:
        _create(copy, path)
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
        with contextlib.closing(connect(copy)) as target:
            target.execute("PRAGMA synchronous=0")
            target.execute("PRAGMA journal_mode=off")
            connection.backup(target, pages=max(1, _STEP_BYTES // page_size), progress=stepped, sleep=0.02)
        rollback(connection)
        yield copy
    except sqlite3.Error as error:
        raise failure(error, path) from error
    finally:
        for left in (copy, *(beside(copy, end) for end in COMPANIONS)):
            left.unlink(missing_ok=True)


def _create(copy: Path, path: Path) -> None:
    """An empty owner-only file, which SQLite then fills."""
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceFailed("source.no_scratch", path=str(path), reason=reason) from error


def _plain(stack: contextlib.ExitStack, connection: sqlite3.Connection, copy: Path) -> Snapshot:
    file = stack.enter_context(io.FileIO(copy))
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return Snapshot(file, page_size, pages, Overlay())
