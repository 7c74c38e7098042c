"""Put a restored database in its place, so that a crash at any moment leaves the old one or the new one.

What must never happen: the old database's log or journal lying beside the new database, because SQLite would replay
it. So they are gone, and their names synced, before the new file is renamed in.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import BackupError, BadInput, Busy, Failed, Refused
from ..base.files import PARTIAL, WINDOWS, Files
from .port import RestoreTarget
from .sqlite_holders import UNKNOWN, holders
from .sqlite_open import COMPANIONS, WAL, beside, connect, patiently, real, size_of

log = logging.getLogger(__name__)
STAGED = f".restoring{PARTIAL}"
ASIDE = f".replaced{PARTIAL}"


def target_at(name: str, location: str) -> RestoreTarget:
    """Describe the place of a database. Raises `BadInput` for places where none can be."""
    if not location.strip() or "\0" in location:
        raise BadInput("restore.empty_target")
    path = real(location)
    try:
        return _described(name, path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadInput("restore.bad_target", path=str(path), why=why) from error


def _described(name: str, path: Path) -> RestoreTarget:
    if path.is_dir():
        raise BadInput("target.folder", path=str(path))
    folder = next((one for one in path.parents if os.path.lexists(one)), path.parent)
    if not folder.is_dir():
        raise BadInput("target.no_folder", path=str(path), folder=str(folder))
    staging = str(beside(path, STAGED))
    if not path.exists():
        return RestoreTarget(name=name, location=str(path), exists=False, staging=staging)
    changed = max(one.stat().st_mtime for one in (path, beside(path, WAL)) if one.exists())
    return RestoreTarget(
        name=name,
        location=str(path),
        exists=True,
        modified_at=datetime.fromtimestamp(changed, UTC),
        bytes=size_of(path) + size_of(beside(path, WAL)),
        staging=staging,
        state=state_of(path),
        in_use_by=holders(path),
    )


def state_of(path: Path) -> str:
    """Tell one content from another: sizes and times of the database and its log; an empty log says nothing."""
    seen = [one.stat() for one in (path, beside(path, WAL)) if size_of(one)]
    return " ".join(f"{one.st_size}:{one.st_mtime_ns}" for one in seen)


def install(target: RestoreTarget, files: Files, *, overwrite: bool, cancel: CancelToken, wait_s: float) -> None:
    """See `Engine.install`. Waits at most ``wait_s`` for others to let go."""
    staging, final = Path(target.staging), Path(target.location)
    if not staging.is_file():
        raise Failed("target.not_staged", path=str(staging))
    cancel.check()
    with _told(final):
        if not final.exists():
            _swap_unlocked(staging, final, files)
            return
        if not overwrite:
            raise Refused("target.exists", path=str(final))
        if who := holders(final):
            raise Busy("target.in_use", target=str(final), database=target.name, who=", ".join(who))
        _like_old(staging, final, files)
        locked = _locked(target, cancel, wait_s)
        if locked is None:
            _swap_unlocked(staging, final, files)
        else:
            _swap_locked(target, locked, files)


def sweep(target: RestoreTarget, files: Files) -> tuple[str, ...]:
    """See `Engine.sweep`. Raises `Failed`."""
    staging, final = Path(target.staging), Path(target.location)
    touched: list[str] = []
    with _told(final):
        unfinished = staging.exists()  # it is renamed away in the very step that makes the new database the database
        for suffix in COMPANIONS:
            aside = beside(final, suffix + ASIDE)
            if aside.exists():
                touched.append(str(aside))
                if unfinished:
                    files.replace(aside, beside(final, suffix))
                else:
                    files.unlink(aside)
        if unfinished:
            if touched:
                files.sync_folder(final.parent)
            files.unlink(staging)
            touched.append(str(staging))
        if touched:
            files.sync_folder(final.parent)
    return tuple(touched)


def _locked(target: RestoreTarget, cancel: CancelToken, wait_s: float) -> sqlite3.Connection | None:
    """The old database for ourselves alone and without a log; None when it is too damaged for SQLite.

    Raises `Busy` while anybody else reads or writes it, or is connected in WAL mode.
    """
    final = Path(target.location)
    if not _is_known(final):
        return None
    connection = connect(final)
    try:
        patiently(lambda: _alone(connection, target), final, cancel, wait_s)
    except BaseException as error:
        connection.close()
        if isinstance(error, BackupError) and error.code == "source.busy":
            raise _in_use(target) from error
        if not isinstance(error, Failed):
            raise
        log.warning("%s can't be opened any more: %s", final, error)
        return None
    return connection


def _is_known(final: Path) -> bool:
    """Whether SQLite knows the first page. Looks without its log, which SQLite would remove beside a damaged one."""
    try:
        with contextlib.closing(connect(final, "plain")) as connection:
            return bool(connection.execute("PRAGMA page_count").fetchone()[0])
    except sqlite3.Error as error:
        log.warning("%s can't be opened any more: %s", final, error)
        return False


def _alone(connection: sqlite3.Connection, target: RestoreTarget) -> None:
    """Take the exclusive lock, kept until the connection is closed, and leave no content outside the database file.

    Also rolls back a hot journal. Raises `sqlite3.Error`, and `Busy` when somebody wrote since the target was seen.
    """
    final = Path(target.location)
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.execute("COMMIT")
    if target.state not in ("", state_of(final)):
        raise Busy("target.changed", target=target.location, database=target.name)
    if size_of(beside(final, WAL)):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if size_of(beside(final, WAL)):
        raise sqlite3.DatabaseError("log")


def _swap_locked(target: RestoreTarget, connection: sqlite3.Connection, files: Files) -> None:
    """Swap while nobody else can open the old database. It is whole without its companions: they are empty."""
    final = Path(target.location)
    with contextlib.closing(connection):
        if WINDOWS:
            connection.close()  # an open file can't be replaced there; whoever opens it now stops us in turn
        try:
            for suffix in COMPANIONS:
                files.unlink(beside(final, suffix))
            files.sync_folder(final.parent)
            files.replace(Path(target.staging), final)
        except PermissionError as error:
            if WINDOWS:
                raise _in_use(target) from error
            raise
    files.sync_folder(final.parent)


def _swap_unlocked(staging: Path, final: Path, files: Files) -> None:
    """Swap where there is no old database, or one that SQLite can't open; its companions are put back on failure."""
    moved: list[str] = []
    try:
        for suffix in COMPANIONS:
            if beside(final, suffix).exists():
                files.replace(beside(final, suffix), beside(final, suffix + ASIDE))
                moved.append(suffix)
        if moved:
            files.sync_folder(final.parent)
        files.replace(staging, final)
    except BaseException:
        for suffix in moved:
            files.replace(beside(final, suffix + ASIDE), beside(final, suffix))
        raise
    files.sync_folder(final.parent)
    for suffix in moved:
        try:
            files.unlink(beside(final, suffix + ASIDE))
        except OSError as error:
            log.warning("%s stays until the next sweep: %s", beside(final, suffix + ASIDE), error)
    if moved:
        files.sync_folder(final.parent)


def _like_old(staging: Path, final: Path, files: Files) -> None:
    """Give the new file the rights, and as far as we may the owner, of the old one."""
    if WINDOWS:
        return
    old, new = final.stat(), staging.stat()
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with contextlib.suppress(PermissionError):
            os.chown(staging, old.st_uid, old.st_gid)
    files.stamp(staging, mode=old.st_mode & 0o777, mtime_ns=None)


def _in_use(target: RestoreTarget) -> Busy:
    who = ", ".join(holders(Path(target.location))) or UNKNOWN
    return Busy("target.in_use", target=target.location, database=target.name, who=who)


@contextlib.contextmanager
def _told(final: Path) -> Iterator[None]:
    """Tell errors of the disk by code."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise Failed("target.io", path=str(error.filename or final), reason=reason) from error
