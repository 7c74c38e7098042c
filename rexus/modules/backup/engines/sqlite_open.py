"""Open a SQLite database with the least effect, and say by name why one can't be read.

Closing any descriptor of a file drops all POSIX locks that the process has on it, also those of other SQLite
connections. So nothing here opens a database's file by itself before SQLite itself has given it up.
"""

from __future__ import annotations

import math
import os
import sqlite3
import stat
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Cancelled, SourceFailed
from ..base.files import WINDOWS

T = TypeVar("T")

MAGIC = b"SQLite format 3\x00"
WAL, SHM, JOURNAL = "-wal", "-shm", "-journal"
COMPANIONS = (WAL, SHM, JOURNAL)
BUSY_WAIT_S = 10.0
"""So long a busy database is waited for."""

_TRY_S = 0.1
"""One try inside SQLite; between tries the cancel switch is looked at."""
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_UNREADABLE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
}
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"7z\xbc\xaf", b"BZh", b"\x89PNG", b"\xff\xd8")
"""Beginnings of packed files and pictures, as random to look at as an encrypted database."""


def real(location: str | Path) -> Path:
    """The absolute path of a database; a link is followed, because SQLite keeps ``-wal`` beside the file itself."""
    path = Path(os.path.abspath(location))  # noqa: PTH100  unlike resolve() it leaves mapped drives alone
    try:
        return path.resolve() if path.is_symlink() else path
    except OSError:  # whoever reads or writes there says what is wrong
        return path


def beside(path: Path, suffix: str) -> Path:
    """The path of a companion file such as ``-wal``."""
    return path.with_name(path.name + suffix)


def size_of(path: Path) -> int:
    """Size in bytes; 0 for a file that isn't there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """Connect to an existing database: ``rw``, ``ro``, or ``plain`` for a file that nobody else changes.

    ``plain`` makes no file beside it whatever its journal mode. Raises `sqlite3.Error`.
    """
    # A worker thread checks while the caller reads; the two never use the connection for the same thing at once.
    return sqlite3.connect(uri_of(path, mode), uri=True, timeout=_TRY_S, isolation_level=None, check_same_thread=False)


def uri_of(path: Path, mode: str) -> str:
    """How SQLite is told to open ``path``; see `connect`."""
    asked = "mode=ro&immutable=1" if mode == "plain" else f"mode={mode}"
    quoted = urllib.parse.quote(path.as_posix().encode("utf-8", "surrogateescape"))
    root = "/" if WINDOWS and path.drive.endswith(":") else ""
    return f"file://{root}{quoted}?{asked}"


def gentle(path: Path) -> sqlite3.Connection:
    """Connect for reading only, leaving the files beside the database as they are found.

    A ``-wal`` that is there stays (closing a writing connection would fold it into the database); where there is
    none, only a writing connection cleans up its own. Raises `sqlite3.Error`.
    """
    connection = connect(path, "ro" if beside(path, WAL).exists() else "rw")
    try:
        connection.execute("PRAGMA query_only=1")
    except BaseException:
        connection.close()
        raise
    return connection


def is_busy(error: sqlite3.Error) -> bool:
    """Whether ``error`` only says that somebody else holds the database."""
    return _primary(error) in _BUSY


def is_refusal(error: sqlite3.Error) -> bool:
    """Whether a statement could not even be prepared, as when a function or collation of the application is missing."""
    return _primary(error) == sqlite3.SQLITE_ERROR


def patiently(action: Callable[[], T], path: Path, cancel: CancelToken, wait_s: float = BUSY_WAIT_S) -> T:
    """Do ``action``; while the database is busy try again, at most ``wait_s``. Raises `SourceFailed`, `Cancelled`."""
    until = time.monotonic() + wait_s
    while True:
        cancel.check()
        try:
            return action()
        except sqlite3.Error as error:
            if not is_busy(error) or time.monotonic() >= until:
                raise failure(error, path) from error


def refuse_unusable(path: Path) -> None:
    """Raise `SourceFailed` for what is no file of a database at first sight."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise SourceFailed("source.missing", path=str(path)) from None
    except OSError as error:
        raise SourceFailed("source.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise SourceFailed("source.folder", path=str(path))
    if found.st_size == 0:  # beside such a one SQLite would remove a log unread
        raise SourceFailed("source.empty", path=str(path))


def failure(error: sqlite3.Error, path: Path) -> BackupError:
    """The error of this program for one of SQLite's."""
    code, told = _primary(error), str(error)
    if code in _BUSY:
        return SourceFailed("source.busy", path=str(path))
    if code == sqlite3.SQLITE_INTERRUPT:
        return Cancelled()
    if code == sqlite3.SQLITE_NOTADB:
        return _not_a_database(path)
    if code == sqlite3.SQLITE_CORRUPT:
        return _corrupt(path, told)
    if code == sqlite3.SQLITE_FULL:
        return SourceFailed("source.no_scratch", path=str(path), reason=told)
    name = "source.unreadable" if code in _UNREADABLE else "source.failed"
    return SourceFailed(name, path=str(path), reason=told)


def _primary(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def _corrupt(path: Path, told: str) -> SourceFailed:
    """Too short for what its first page promises, or damaged otherwise."""
    head = _head(path)
    page = int.from_bytes(head[16:18], "big")
    promised = int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)
    if head.startswith(MAGIC) and size_of(path) < promised and not size_of(beside(path, WAL)):
        return SourceFailed("source.truncated", path=str(path), expected=promised, found=size_of(path))
    return SourceFailed("source.corrupt", path=str(path), detail=told)


def _not_a_database(path: Path) -> SourceFailed:
    """SQLite does not know the file: say whether it looks encrypted, foreign or broken."""
    try:
        head = _head(path)
    except OSError as error:
        return SourceFailed("source.unreadable", path=str(path), reason=error.strerror or str(error))
    if head.startswith(MAGIC):
        return SourceFailed("source.corrupt", path=str(path), detail="header")
    if len(head) >= 512 and not head.startswith(_PACKED) and _looks_random(head):
        return SourceFailed("source.encrypted", path=str(path))
    return SourceFailed("source.foreign", path=str(path))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _looks_random(head: bytes) -> bool:
    """Whether every byte value is about as frequent as any other (random bytes have 97 % or more of the possible)."""
    counts = Counter(head)
    bits = -sum(n / len(head) * math.log2(n / len(head)) for n in counts.values())
    return bits >= 0.92 * min(8.0, math.log2(len(head)))
