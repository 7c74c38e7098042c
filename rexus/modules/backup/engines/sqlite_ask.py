"""Ask a restored database questions: only reading, one answer, a time limit."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Failed, Refused
from ..base.files import WINDOWS
from .sqlite_check import TABLES, quoted
from .sqlite_open import connect, failure, is_refusal, real, refuse_unusable, uri_of

_STEPS = 2_000
"""Instructions of SQLite between two looks at the clock."""
_LONGEST = 1 << 20
"""The longest text or blob that is read or made, in bytes: one instruction of SQLite can't be interrupted."""
_HEAP = 256 << 20
"""Memory that a question may take, in bytes."""
_PROGRAM = Path(__file__).with_name("sqlite_question.py")
_NOT_ALLOWED = frozenset({sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY})
_OF_THE_QUESTION = frozenset(
    {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_MISUSE}
)
_LACKING = ("no such table", "no such column")


def ask(path: Path, query: str, timeout_s: float, cancel: CancelToken) -> float | str | None:
    """The one value that ``query`` gives of the database file at ``path``; None where it gives none.

    It is asked in a process of its own, which is killed at the limit and when the person wishes to stop: SQLite can't
    be interrupted inside one instruction, which may take hours. Raises `Refused` for what is no question
    (``drill.query_refused``, ``drill.query_unusable``), `Failed` (``drill.query_failed``; ``drill.query_slow`` after
    ``timeout_s``), `SourceFailed`, `Cancelled`, `OSError` where no process can be started.
    """
    path = real(path)
    refuse_unusable(path)
    cancel.check()
    asked = {"uri": uri_of(path, "plain"), "query": query, "longest": _LONGEST, "heap": _HEAP}
    told = _told(json.dumps(asked).encode() + b"\n", timeout_s, cancel)
    cancel.check()
    if told is None:
        raise Failed("drill.query_slow", seconds=math.ceil(timeout_s))
    if "why" in told:
        raise _why(str(told["why"]), told.get("number"), path, timeout_s)
    if told["width"] != 1 or told["rows"] > 1:
        raise Refused("drill.query_unusable", why=f"{told['rows']} x {told['width']}")
    return _answer(told["value"])


def _told(line: bytes, timeout_s: float, cancel: CancelToken) -> dict[str, Any] | None:
    """What the process says to ``line``; None: nothing in time, or somebody asked to stop."""
    command = [sys.executable, "-I", "-S", str(_PROGRAM)]
    flags = subprocess.CREATE_NO_WINDOW if WINDOWS else 0  # type: ignore[attr-defined,unused-ignore]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=null, start_new_session=not WINDOWS, creationflags=flags
    ) as process:
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        limit = threading.Timer(timeout_s, end)
        limit.daemon = True
        limit.start()
        forget = cancel.on_cancel(process.kill)
        try:
            said = _exchanged(process, line)
        finally:
            forget()
            limit.cancel()
            process.kill()
    if said:
        told: dict[str, Any] = json.loads(said)
        return told
    return None if late.is_set() or cancel.is_set else {"why": f"no answer ({process.returncode})"}


def _exchanged(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """Say ``line`` and hear one back, whole; nothing from a process that ended before. Its stdin stays open."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(OSError):
        process.stdin.write(line)
        process.stdin.flush()
    said = process.stdout.readline()
    return said if said.endswith(b"\n") else b""


def _answer(value: object) -> float | str | None:
    """A number or a text; what is neither is no answer."""
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    return value if isinstance(value, str) else None


def sample(path: Path, rows: int, cancel: CancelToken) -> int:
    """Read up to about ``rows`` rows of every table, from its beginning, middle and end; returns how many were read.

    Tables that need a function of their application are left out, and rows with a value of more than 1 MiB, which the
    engine has judged with every other page. Raises `SourceFailed`, `Cancelled`, `MemoryError`.
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
    read = 0
    try:
        for _ in connection.execute(sql):
            read += 1
    except sqlite3.Error as error:
        if not (is_refusal(error) or _is_too_big(error)):
            raise
    return read


def _is_too_big(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_TOOBIG


@contextlib.contextmanager
def _reading(path: Path, stopped: Callable[[], bool]) -> Iterator[sqlite3.Connection]:
    """A connection that makes no file beside the database and is interrupted once ``stopped`` says so."""
    refuse_unusable(path)
    with contextlib.closing(connect(path, "plain")) as connection:
        connection.execute("PRAGMA query_only=1")
        connection.execute("PRAGMA trusted_schema=0")
        connection.execute("PRAGMA cell_size_check=1")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.set_progress_handler(lambda: int(stopped()), _STEPS)
        yield connection


def _why(told: str, number: int | None, path: Path, timeout_s: float) -> BackupError:
    """What kept the question from being answered: the question, or the database."""
    if number is None:  # Python's own: several statements, or none, or a NUL; or too little memory
        return Refused("drill.query_unusable", why=told)
    if number & 0xFF in _NOT_ALLOWED or told.startswith("not authorized"):
        return Refused("drill.query_refused", why=told)
    if number & 0xFF == sqlite3.SQLITE_INTERRUPT:
        return Failed("drill.query_slow", seconds=math.ceil(timeout_s))
    if told.startswith(_LACKING):
        return Failed("drill.query_failed", why=told)
    if number & 0xFF in _OF_THE_QUESTION:
        return Refused("drill.query_unusable", why=told)
    error = sqlite3.OperationalError(told)
    error.sqlite_errorcode = number
    return failure(error, path)
