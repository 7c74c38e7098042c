"""The embedded engine: databases that are one file, read while others write to them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import BadInput, Refused, SourceFailed
from ..base.files import Files
from ..base.records import BackupKind, Depth, Finding, Severity
from ..base.watching import AuditRow
from .port import BackupProduct, Capabilities, DatabaseRef, Noting, PlainCheck, Progress, RestoreTarget, no_noting
from .sqlite_open import BUSY_WAIT_S, WAL, beside, failure, gentle, real, refuse_unusable, size_of

_LARGE_LOG = 256 << 20
"""A log beyond this, in bytes, tells of a checkpoint that never gets through."""
_SWAP_WAIT_S = 2.0
_NOTE_WAIT_S = 2.0
"""So long a locked audit table is waited for: the job is done, and nobody waits for its row."""


class SqliteEngine:
    """See `Engine`. ``wait_s`` bounds the wait for a source that somebody has locked.

    Each method imports what it alone needs: many a question to the backups asks nothing of their engine.
    """

    name = "sqlite"
    capabilities = Capabilities()

    def __init__(self, databases: tuple[DatabaseRef, ...], files: Files, *, wait_s: float = BUSY_WAIT_S) -> None:
        self._databases, self._files, self._wait_s = databases, files, wait_s

    def databases(self) -> tuple[DatabaseRef, ...]:
        """See `Engine.databases`."""
        return self._databases

    def preflight(self, database: DatabaseRef) -> tuple[Finding, ...]:
        """See `Engine.preflight`."""
        path = real(database.location)
        try:
            mode, size = _looked_at(path)
        except SourceFailed as error:
            severity = Severity.WARNING if error.code == "source.busy" else Severity.ERROR
            values = {"database": database.name, **error.values}
            return (Finding(code=error.code, severity=severity, values=values),)
        logged = size_of(beside(path, WAL))
        values = {"database": database.name, "path": str(path), "mode": mode, "bytes": size, "log_bytes": logged}
        found = [Finding(code="source.ready", severity=Severity.INFO, values=values)]
        if logged > max(_LARGE_LOG, size):
            found.append(Finding(code="source.large_log", severity=Severity.WARNING, values=values))
        return tuple(found)

    def estimate(self, database: DatabaseRef) -> int:
        """See `Engine.estimate`."""
        path = real(database.location)
        try:
            return _looked_at(path)[1]
        except SourceFailed as error:
            if error.code != "source.busy":
                raise
            return size_of(path) + size_of(beside(path, WAL))

    @property
    def server(self) -> None:
        """See `Engine.server`."""
        return None

    def scratch_bytes(self, database: DatabaseRef) -> int:
        """See `Engine.scratch_bytes`: only a database with a rollback journal is copied before it is stored."""
        try:
            mode, size = _looked_at(real(database.location))
        except SourceFailed:
            return 0
        return 0 if mode == "wal" else size

    @contextlib.contextmanager
    def backup(  # noqa: PLR0913  as the port has it
        self,
        database: DatabaseRef,
        kind: BackupKind,
        scratch: Path,
        progress: Progress,
        cancel: CancelToken,
        *,
        aside: bool = False,
        noting: Noting = no_noting,
    ) -> Iterator[BackupProduct]:
        """See `Engine.backup`.

        This process must not have the database open by any other way meanwhile: see `sqlite_read.OwnFiles`.
        """
        if kind is not BackupKind.FULL:
            raise Refused("backup.kind", kind=kind.value, engine=self.name, allowed=BackupKind.FULL.value)
        from .sqlite_pass import Order, take

        path = real(database.location)
        refuse_unusable(path)
        order = Order(path=path, scratch=scratch, progress=progress, cancel=cancel, wait_s=self._wait_s)
        with take(order) as taken:
            yield taken

    def target(self, database: str, to: str | None) -> RestoreTarget:
        """See `Engine.target`."""
        from . import sqlite_install

        if to is not None:
            return sqlite_install.target_at(database, to)
        for ref in self._databases:
            if ref.name == database:
                return sqlite_install.target_at(database, ref.location)
        raise BadInput("database.unknown", name=database, allowed=", ".join(ref.name for ref in self._databases))

    def state(self, location: str) -> str:
        """See `Engine.state`."""
        from . import sqlite_install

        return sqlite_install.state_of(real(location))

    def check_plain(self, path: Path, depth: Depth, progress: Progress, cancel: CancelToken) -> PlainCheck:
        """See `Engine.check_plain`."""
        from . import sqlite_check

        return sqlite_check.check_plain(path, depth, progress, cancel)

    def sample(self, path: Path, rows: int, cancel: CancelToken) -> int:
        """See `Engine.sample`."""
        from . import sqlite_ask

        return sqlite_ask.sample(path, rows, cancel)

    def ask(self, path: Path, query: str, timeout_s: float, cancel: CancelToken) -> float | str | None:
        """See `Engine.ask`."""
        from . import sqlite_ask

        return sqlite_ask.ask(path, query, timeout_s, cancel)

    def install(self, target: RestoreTarget, *, overwrite: bool, cancel: CancelToken) -> None:
        """See `Engine.install`."""
        from . import sqlite_install

        wait_s = min(self._wait_s, _SWAP_WAIT_S)
        sqlite_install.install(target, self._files, overwrite=overwrite, cancel=cancel, wait_s=wait_s)

    def sweep(self, target: RestoreTarget) -> tuple[str, ...]:
        """See `Engine.sweep`."""
        from . import sqlite_install

        return sqlite_install.sweep(target, self._files)

    def note(self, name: str, row: AuditRow) -> None:
        """See `Engine.note`."""
        from . import sqlite_note

        location = next((ref.location for ref in self._databases if ref.name == name), None)
        if location is None:
            raise BadInput("database.unknown", name=name, allowed=", ".join(ref.name for ref in self._databases))
        sqlite_note.note(real(location), row, min(self._wait_s, _NOTE_WAIT_S))


def _looked_at(path: Path) -> tuple[str, int]:
    """Journal mode and size of the content in bytes. Raises `SourceFailed`; a lock is waited for only a moment."""
    from .sqlite_read import begin

    refuse_unusable(path)
    try:
        with contextlib.closing(gentle(path)) as connection:
            mode = begin(connection)
            (page_size,) = connection.execute("PRAGMA page_size").fetchone()
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
    except sqlite3.Error as error:
        raise failure(error, path) from error
    return mode, int(page_size) * int(pages)
