"""The program that looks at the first page of files and at the names of their tables, in a process of its own.

Closing a file drops every POSIX lock that its process has on it; the process that asks may be an application that
works with these very databases. It is run by its path and needs nothing but Python itself: one JSON line in (a list
of paths), one out (a list of what each is).
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import urllib.parse
from pathlib import Path

_MAGIC = b"SQLite format 3\x00"
_HEAD = 512
_MOST = 200
"""Names of tables that are told."""


def look(path: str) -> dict[str, object]:
    """What the file is: ``kind`` sqlite, foreign, empty or unreadable; with its ``tables`` where they can be read."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        return {"kind": "unreadable", "why": error.strerror or type(error).__name__}
    if not head:
        return {"kind": "empty"}
    if not _is_database(head):
        return {"kind": "foreign"}
    return {"kind": "sqlite", "wal": head[18:20] == b"\x02\x02", "tables": _tables(path)}


def _is_database(head: bytes) -> bool:
    """Whether the first page says so: the magic, a page size there is, and payload fractions that never differ."""
    page = int.from_bytes(head[16:18], "big")
    sound = page == 1 or (512 <= page <= 32768 and page & (page - 1) == 0)
    return head.startswith(_MAGIC) and sound and head[21:24] == b"\x40\x20\x20"


def _tables(path: str) -> list[str]:
    """The names of its tables as the file itself has them; none where they can't be read just now."""
    whole = Path(path).absolute()
    place = urllib.parse.quote(whole.as_posix().encode("utf-8", "surrogateescape"))
    root = "/" if whole.drive.endswith(":") else ""  # of Windows; the colon is quoted in place
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file://{root}{place}?mode=ro&immutable=1", uri=True)) as connection,
    ):
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT ?", (_MOST,)).fetchall()
        return [str(name) for (name,) in rows]
    return []


def main() -> None:
    """Answer the one line of stdin."""
    asked = json.loads(sys.stdin.buffer.readline())
    sys.stdout.buffer.write(json.dumps([look(path) for path in asked]).encode("ascii") + b"\n")


if __name__ == "__main__":
    main()
