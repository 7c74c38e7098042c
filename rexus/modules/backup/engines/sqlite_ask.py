"""Ask a restored database questions: only reading, one answer, a time limit."""

from __future__ import annotations

import contextlib
import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Failed, Refused
from .sqlite_check import TABLES, quoted
from .sqlite_open import connect, failure, is_refusal, real, refuse_unusable

_STEPS = 2_000
"""Instructions of SQLite between two looks at the clock."""
_LONGEST = 64 << 20
"""The longest text a question may make, in bytes: one instruction of SQLite can't be interrupted."""
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_NOT_READING = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "lsmode"})
"""Functions that some builds of SQLite have and that do more than calculate."""
_NOT_ALLOWED = frozenset({sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY})
_LACKING = ("no such table", "no such column")


def ask(path: Path, query: str, timeout_s: float, cancel: CancelToken) -> float | str | None:
    """The one value that ``query`` gives of the database file at ``path``; None where it gives none.

    Raises `Refused` for what is no question (``drill.query_refused``, ``drill.query_unusable``), `Failed`
    (``drill.query_failed``; ``drill.query_slow`` after ``timeout_s``), `SourceFailed`, `Cancelled`.
    """
    path = real(path)
    until = time.monotonic() + timeout_s
    try:
        with _reading(path, lambda: cancel.is_set or time.monotonic() >= until) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            connection.set_authorizer(_allowed)
            cursor = connection.execute(query)
            rows = cursor.fetchmany(2)
            width = len(cursor.description or ())
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        cancel.check()
        raise _why(error, path, timeout_s) from error
    if width != 1 or len(rows) > 1:
        raise Refused("drill.query_unusable", why=f"{len(rows)} x {width}")
    return _answer(rows[0][0]) if rows else None


def _answer(value: object) -> float | str | None:
    """A number or a text; what is neither is no answer."""
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:  # beyond what SQLite itself holds
            return None
        return number if math.isfinite(number) else None
    return value if isinstance(value, str) else None


def sample(path: Path, rows: int, cancel: CancelToken) -> int:
    """Read up to about ``rows`` rows of every table, from its beginning, middle and end; returns how many were read.

    Tables that need a function of their application are left out. Raises `SourceFailed`, `Cancelled`.
    """
    path, rows = real(path), max(rows, 3)
    read = 0
    try:
        with _reading(path, lambda: cancel.is_set) as connection:
            connection.text_factory = bytes  # text that is not UTF-8 is no damage
            for (name,) in connection.execute(TABLES).fetchall():
                cancel.check()
                read += _read(connection, quoted(name.decode("utf-8", "surrogateescape")), rows)
    except sqlite3.Error as error:
        cancel.check()
        raise failure(error, path) from error
    return read


def _read(connection: sqlite3.Connection, table: str, rows: int) -> int:
    """Rows read of one table; all of a small one."""
    part = max(1, rows // 3)
    read = _count(connection, f"SELECT * FROM {table} LIMIT {rows - 2 * part}")  # noqa: S608
    if read < rows - 2 * part:
        return read
    try:
        first, last = connection.execute(f"SELECT min(rowid), max(rowid) FROM {table}").fetchone()  # noqa: S608
    except sqlite3.Error as error:  # a table without row numbers
        if not is_refusal(error):
            raise
        return read + _count(connection, f"SELECT * FROM {table} LIMIT {2 * part} OFFSET {read}")  # noqa: S608
    if not isinstance(first, int) or not isinstance(last, int):  # a column of that name
        return read
    step = max(1, (last - first) // part)
    for number in range(min(part, (last - first) // step)):
        row = f"SELECT * FROM {table} WHERE rowid >= {first + number * step} LIMIT 1"  # noqa: S608
        read += _count(connection, row)
    return read + _count(connection, f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT {part}")  # noqa: S608


def _count(connection: sqlite3.Connection, sql: str) -> int:
    """Read every value that ``sql`` gives; how many rows there were."""
    try:
        return sum(1 for _ in connection.execute(sql))
    except sqlite3.Error as error:
        if is_refusal(error):
            return 0
        raise


@contextlib.contextmanager
def _reading(path: Path, stopped: Callable[[], bool]) -> Iterator[sqlite3.Connection]:
    """A connection that makes no file beside the database and is interrupted once ``stopped`` says so."""
    refuse_unusable(path)
    with contextlib.closing(connect(path, "plain")) as connection:
        connection.execute("PRAGMA query_only=1")
        connection.execute("PRAGMA trusted_schema=0")
        connection.execute("PRAGMA cell_size_check=1")
        connection.set_progress_handler(lambda: int(stopped()), _STEPS)
        yield connection


def _allowed(action: int, one: str | None, two: str | None, _place: str | None, _within: str | None) -> int:
    """SQLite's question before every step of preparing a statement: reading is allowed, nothing else."""
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if (two or "").lower() in _NOT_READING else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA:  # full-text tables ask this of their own accord
        return sqlite3.SQLITE_OK if one == "data_version" and two is None else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_UPDATE and one == "sqlite_master":
        return sqlite3.SQLITE_OK  # asked when a virtual table is opened; SQLite itself lets nobody change that one
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _why(error: Exception, path: Path, timeout_s: float) -> BackupError:
    """What kept the question from being answered: the question, or the database."""
    told = str(error)
    number = getattr(error, "sqlite_errorcode", None)
    if number is None:  # Python's own: several statements, or none, or a NUL
        return Refused("drill.query_unusable", why=told)
    if number & 0xFF in _NOT_ALLOWED or told.startswith("not authorized"):
        return Refused("drill.query_refused", why=told)
    if number & 0xFF == sqlite3.SQLITE_INTERRUPT:
        return Failed("drill.query_slow", seconds=math.ceil(timeout_s))
    if told.startswith(_LACKING):
        return Failed("drill.query_failed", why=told)
    if isinstance(error, sqlite3.Error) and not is_refusal(error) and number & 0xFF != sqlite3.SQLITE_TOOBIG:
        return failure(error, path)
    return Refused("drill.query_unusable", why=told)
