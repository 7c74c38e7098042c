"""What SQLite itself says of a database: whole or not, and how many rows each table has."""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import sqlite3
import threading
from pathlib import Path
from typing import Protocol

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Cancelled
from ..base.records import Depth, Problem, Record
from .port import PlainCheck, Progress
from .sqlite_open import JOURNAL, WAL, beside, connect, failure, is_refusal, real, refuse_unusable, size_of

_LOOK_S = 0.05
"""How often the one who waits looks at the cancel switch."""


TABLES = r"""
    SELECT name FROM sqlite_master
    WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name
"""
"""Ordinary tables; those of SQLite itself and virtual ones are left out."""
_SCHEMA = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY 1, 2, 3, 4"


class Verdict(Record, frozen=True, kw_only=True):
    """What a check found. ``complaint`` is empty when all is well."""

    complaint: str = ""
    row_counts: dict[str, int] | None = None
    page_count: int = 0
    fingerprint: str = ""
    """SHA-256 of the schema's SQL."""
    marks: dict[str, int] | None = None
    """See `EngineFacts.marks`; taken with the row counts."""


class _Stopped(Protocol):
    def __call__(self) -> bool: ...


class Examination:
    """A check running in a thread of its own on a connection, and so in that connection's snapshot."""

    def __init__(self, connection: sqlite3.Connection, *, deep: bool, counted: bool) -> None:
        self._connection = connection
        self._stop = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="sqlite-check")
        self._future = self._pool.submit(_examine, connection, deep, counted, self._stop.is_set)

    def result(self, cancel: CancelToken) -> Verdict:
        """Wait for the end. Raises `Cancelled` soon after it was asked, and `sqlite3.Error`."""
        while True:
            cancel.check()
            if concurrent.futures.wait([self._future], _LOOK_S).done:
                return self._future.result()

    def close(self) -> None:
        """Stop if it still runs; afterwards the connection belongs to the caller again."""
        self._stop.set()
        while not self._future.done():
            self._connection.interrupt()  # again and again: one that falls between two statements is forgotten
            concurrent.futures.wait([self._future], 0.01)
        self._pool.shutdown()


def _examine(connection: sqlite3.Connection, deep: bool, counted: bool, stopped: _Stopped) -> Verdict:
    tables = [str(name) for (name,) in connection.execute(TABLES)]
    digest = hashlib.sha256()
    for row in connection.execute(_SCHEMA):
        digest.update("\x1f".join(row).encode("utf-8", "surrogateescape") + b"\x1e")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    complaint = _complaint(connection, "integrity_check" if deep else "quick_check", tables, stopped)
    counts: dict[str, int] = {}
    for table in tables if counted and not complaint else ():
        if stopped():
            raise Cancelled
        with contextlib.suppress(_Unprepared):
            counts[table] = int(_asked(connection, f"SELECT count(*) FROM {quoted(table)}")[0][0])  # noqa: S608
    return Verdict(
        complaint=complaint,
        row_counts=counts if counted and not complaint else None,
        page_count=pages,
        fingerprint=digest.hexdigest(),
        marks=_marks(connection, tables) if counted and not complaint else None,
    )


def _marks(connection: sqlite3.Connection, tables: list[str]) -> dict[str, int]:
    """The schema's version and the largest row number of each table: what every new row or table moves on.

    Both are SQLite's own answers inside the snapshot, while the bytes of the backup are read past it.
    """
    marks = {"schema_version": int(_asked(connection, "PRAGMA schema_version")[0][0])}
    for table in tables:
        with contextlib.suppress(_Unprepared):
            ((newest,),) = _asked(connection, f"SELECT max(rowid) FROM {quoted(table)}")  # noqa: S608
            if isinstance(newest, int):
                marks[f"newest:{table}"] = newest
    return marks


class _Unprepared(Exception):
    """A table needs a function or collation that only its application has: it can't be judged here."""


def _complaint(connection: sqlite3.Connection, pragma: str, tables: list[str], stopped: _Stopped) -> str:
    """The first complaint of a check of the whole database, or of each table that can be judged alone."""
    try:
        return _first(_asked(connection, f"PRAGMA {pragma}(1)"))
    except _Unprepared:
        pass
    for table in tables:
        if stopped():
            raise Cancelled
        with contextlib.suppress(_Unprepared):
            told = _first(_asked(connection, f"PRAGMA {pragma}({quoted(table)})"))
            if told:
                return told
    return ""


def _asked(connection: sqlite3.Connection, sql: str) -> list[tuple[int | str, ...]]:
    try:
        answer: list[tuple[int | str, ...]] = connection.execute(sql).fetchall()
    except sqlite3.Error as error:
        if is_refusal(error):
            raise _Unprepared from error
        raise
    return answer


def _first(rows: list[tuple[int | str, ...]]) -> str:
    told = str(rows[0][0]) if rows else "ok"
    return "" if told == "ok" else told.partition("\n")[2] or told


def quoted(name: str) -> str:
    """``name`` as SQL writes the name of a table."""
    return '"' + name.replace('"', '""') + '"'


def check_plain(path: Path, depth: Depth, progress: Progress, cancel: CancelToken) -> PlainCheck:
    """Judge a database file, at ``stored`` by its schema alone, at ``content`` quickly, from ``engine`` on whole.

    From ``content`` on with row counts.

    Nothing is created beside it, also when it is in WAL mode. Damage is told, never raised. Raises `Cancelled`.
    """
    path = real(path)
    deep = depth in (Depth.ENGINE, Depth.RESTORED)
    try:
        refuse_unusable(path)
        # With a log of its own the file alone is not the database.
        alive = size_of(beside(path, WAL)) or size_of(beside(path, JOURNAL))
        with contextlib.closing(connect(path, "ro" if alive else "plain")) as connection:
            total = connection.execute("PRAGMA page_count").fetchone()[0]
            if depth is Depth.STORED:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                return PlainCheck(ok=True, page_count=total)
            progress("check", 0, total)
            with contextlib.closing(Examination(connection, deep=deep, counted=True)) as running:
                verdict = running.result(cancel)
            progress("check", total, total)
    except Cancelled:
        raise
    except BackupError as error:
        return PlainCheck(ok=False, problem=error.problem)
    except (sqlite3.Error, OSError) as error:
        return PlainCheck(ok=False, problem=_why(error, path))
    if verdict.complaint:
        values: dict[str, str | int] = {"path": str(path), "detail": verdict.complaint}
        return PlainCheck(ok=False, problem=Problem(code="source.corrupt", values=values))
    return PlainCheck(ok=True, row_counts=verdict.row_counts, page_count=verdict.page_count, marks=verdict.marks)


def _why(error: sqlite3.Error | OSError, path: Path) -> Problem:
    if isinstance(error, sqlite3.Error):
        return failure(error, path).problem
    values: dict[str, str | int] = {"path": str(path), "reason": error.strerror or str(error)}
    return Problem(code="source.unreadable", values=values)
