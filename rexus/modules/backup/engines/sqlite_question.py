"""The program that asks a database file one question, in a process of its own that can be killed; see `sqlite_ask`.

It is run by its path and needs nothing but Python itself: one JSON line in, one out. Whoever started it keeps its
stdin open; once that ends, so does it, whatever SQLite is at.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
import threading

_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_NOT_READING = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "lsmode"})
"""Functions that some builds of SQLite have and that do more than calculate."""
_SLACK = 64 << 20
"""Address space beside the heap, in bytes, on systems that bound it."""
_LONGEST_WHY = 500


def answer(asked: dict[str, object]) -> dict[str, object]:
    """What the question of ``asked`` gives: ``rows`` and ``width``, and the ``value`` if there is one; or why not."""
    heap = int(str(asked["heap"]))
    try:
        _bound(heap)
        with contextlib.closing(sqlite3.connect(str(asked["uri"]), uri=True, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA hard_heap_limit={heap}")
            for pragma in ("query_only=1", "trusted_schema=0", "cell_size_check=1", "temp_store=MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, int(str(asked["longest"])))
            connection.set_authorizer(_allowed)
            cursor = connection.execute(str(asked["query"]))
            width = len(cursor.description or ())
            rows = cursor.fetchmany(2) if width == 1 else []
    except MemoryError:
        return {"why": "out of memory"}
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return {"why": str(error)[:_LONGEST_WHY], "number": getattr(error, "sqlite_errorcode", None)}
    return {"rows": len(rows), "width": width, "value": _plain(rows[0][0]) if rows else None}


def _plain(value: object) -> float | str | None:
    """A number or a text; what is neither is no answer."""
    if isinstance(value, str):
        return value
    try:
        return float(value) if isinstance(value, int | float) else None
    except OverflowError:  # beyond what SQLite itself holds
        return None


def _bound(heap: int) -> None:
    """Let this process have no more memory than ``heap`` beside what it has, where the system knows such a limit."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (heap + _SLACK, hard))


def _allowed(action: int, one: str | None, two: str | None, _place: str | None, _within: str | None) -> int:
    """SQLite's question before every step of preparing a statement: reading is allowed, nothing else."""
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if (two or "").lower() in _NOT_READING else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA:  # full-text tables ask this of their own accord
        return sqlite3.SQLITE_OK if one == "data_version" and two is None else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_UPDATE and one == "sqlite_master":
        return sqlite3.SQLITE_OK  # asked when a virtual table is opened; SQLite itself lets nobody change that one
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _die_alone() -> None:
    """End this process once nobody waits for it any more."""
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os._exit(1)


def main() -> None:
    """Answer the question on stdin."""
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        asked = json.loads(stdin.readline())
    threading.Thread(target=_die_alone, daemon=True).start()
    sys.stdout.write(json.dumps(answer(asked)) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the thread still reads


if __name__ == "__main__":
    main()
