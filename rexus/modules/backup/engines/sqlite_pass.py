"""One backup of a SQLite database: pinned and read in place, or copied aside by SQLite where that can't be."""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..base.cancel import CancelToken
from ..base.engine_facts import EngineFacts
from ..base.errors import SourceFailed
from ..base.files import PARTIAL, WINDOWS, Data
from ..base.records import BackupKind, Problem
from .port import Progress
from .sqlite_check import Examination
from .sqlite_open import COMPANIONS, beside, connect, failure, gentle, patiently
from .sqlite_read import OwnFiles, Snapshot, begin, pin, rollback
from .sqlite_wal import Overlay

_STEP_BYTES = 4 << 20


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """What to back up, where a copy may be made, who is told, and how long a busy source is waited for."""

    path: Path
    scratch: Path
    progress: Progress
    cancel: CancelToken
    wait_s: float

    def patiently(self, action: Callable[[], T]) -> T:
        """Do ``action``, and again while the database is busy. Raises `SourceFailed`, `Cancelled`."""
        return patiently(action, self.path, self.cancel, self.wait_s)


class SqlitePass:
    """A backup being taken: the bytes of the snapshot, and SQLite's own verdict on the same snapshot.

    ``quick_check`` and the row counts run in a thread while the bytes are read.
    """

    kind = BackupKind.FULL
    compressed = False
    notes: tuple[Problem, ...] = ()
    server_files: tuple[str, ...] = ()
    files = 1

    def __init__(
        self, order: Order, connection: sqlite3.Connection, snapshot: Snapshot, *, journal_mode: str, copied: bool
    ) -> None:
        self.total_bytes = snapshot.size
        self.copied = copied
        """Whether SQLite had to make a copy first."""
        self._order, self._connection, self._snapshot, self._mode = order, connection, snapshot, journal_mode
        self._check = Examination(connection, deep=False, counted=True)

    def chunks(self, file: int = 0) -> Iterator[Data]:
        """See `BackupProduct.chunks`."""
        assert file == 0
        return self._snapshot.chunks(self._order.path, self._order.cancel)

    def facts(self) -> EngineFacts:
        """See `BackupProduct.facts`."""
        self._order.progress("check", 0, self._snapshot.pages)
        try:
            verdict = self._check.result(self._order.cancel)
        except sqlite3.Error as error:
            raise failure(error, self._order.path) from error
        if verdict.complaint:
            raise SourceFailed("source.corrupt", path=str(self._order.path), detail=verdict.complaint)
        if not self._connection.in_transaction:
            raise SourceFailed("source.failed", path=str(self._order.path), reason="transaction")
        return EngineFacts(
            engine="sqlite",
            version=sqlite3.sqlite_version,
            page_size=self._snapshot.page_size,
            page_count=self._snapshot.pages,
            journal_mode=self._mode,
            row_counts=verdict.row_counts,
            schema_fingerprint=verdict.fingerprint,
            marks=verdict.marks,
        )

    def close(self) -> None:
        """Stop the check and end the transaction; the connection stays the caller's."""
        self._check.close()
        with contextlib.suppress(sqlite3.Error):
            rollback(self._connection)


@contextlib.contextmanager
def take(order: Order) -> Iterator[SqlitePass]:
    """Take a consistent backup. Raises `SourceFailed`, `Cancelled`."""
    path = order.path
    with contextlib.ExitStack() as stack:
        try:
            own = OwnFiles(path)
        except OSError as error:
            raise SourceFailed("source.unreadable", path=str(path), reason=error.strerror or str(error)) from error
        stack.callback(own.close)  # after the connection, as POSIX locks want it
        connection = stack.enter_context(contextlib.closing(order.patiently(lambda: gentle(path))))
        if WINDOWS:
            stack.callback(own.close)  # before the connection, which removes its files when it is the last
        snapshot, mode = _pinned(connection, own, order)
        copied = snapshot is None
        if snapshot is None:
            copy = stack.enter_context(_copied(connection, order))
            connection = stack.enter_context(contextlib.closing(connect(copy, "plain")))
            begin(connection)
            snapshot = _plain(stack.enter_context(io.FileIO(copy)), connection)
        order.progress("snapshot", snapshot.pages, snapshot.pages)
        yield stack.enter_context(
            contextlib.closing(SqlitePass(order, connection, snapshot, journal_mode=mode, copied=copied))
        )


def _pinned(connection: sqlite3.Connection, own: OwnFiles, order: Order) -> tuple[Snapshot | None, str]:
    """The snapshot pinned in WAL mode; else None and an open read transaction, under which nobody can commit."""
    mode = order.patiently(lambda: begin(connection))
    if mode == "wal":
        rollback(connection)
        snapshot = order.patiently(lambda: pin(connection, order.path, own, order.cancel))
        if snapshot is not None:
            return snapshot, mode
        mode = order.patiently(lambda: begin(connection))
    return None, mode


@contextlib.contextmanager
def _copied(connection: sqlite3.Connection, order: Order) -> Iterator[Path]:
    """Copy by the backup API into the scratch folder; the copy lives inside the ``with``.

    ``connection`` holds a read transaction all the time, so no commit of somebody else makes the copy start over.
    """
    copy = order.scratch / f"{order.path.name}.{uuid.uuid4().hex}.snapshot{PARTIAL}"
    try:
        _create(copy, order.path)
        try:
            _copy(connection, copy, order)
            rollback(connection)
        except sqlite3.Error as error:
            raise failure(error, order.path) from error
        yield copy
    finally:
        for left in (copy, *(beside(copy, end) for end in COMPANIONS)):
            left.unlink(missing_ok=True)


def _copy(connection: sqlite3.Connection, copy: Path, order: Order) -> None:
    until = [time.monotonic() + order.wait_s]

    def stepped(status: int, remaining: int, total: int) -> None:
        order.cancel.check()
        order.progress("snapshot", total - remaining, total)
        if status in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):
            until[0] = time.monotonic() + order.wait_s
        elif time.monotonic() > until[0]:
            raise SourceFailed("source.busy", path=str(order.path))

    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    with contextlib.closing(connect(copy)) as target:
        target.execute("PRAGMA synchronous=0")
        target.execute("PRAGMA journal_mode=off")
        connection.backup(target, pages=max(1, _STEP_BYTES // page_size), progress=stepped, sleep=0.02)


def _create(copy: Path, path: Path) -> None:
    """An empty owner-only file, which SQLite then fills."""
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceFailed("source.no_scratch", path=str(path), reason=reason) from error


def _plain(file: io.FileIO, connection: sqlite3.Connection) -> Snapshot:
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return Snapshot(file, page_size, pages, Overlay())
