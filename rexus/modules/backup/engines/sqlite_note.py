"""One row more in the audit table of a SQLite database, by a connection of its own."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import Refused
from ..base.watching import AuditRow
from .audit_tables import TABLES, fitted
from .sqlite_open import connect, patiently, refuse_unusable


def note(path: Path, row: AuditRow, wait_s: float) -> None:
    """Add ``row`` to the first audit table that there is; neither file nor table is ever made.

    Somebody who holds the database is waited for at most ``wait_s`` seconds. Raises `Refused`
    (``audit_row.no_table``), `SourceFailed`.
    """
    refuse_unusable(path)
    patiently(lambda: _insert(path, row), path, CancelToken(), wait_s)


def _insert(path: Path, row: AuditRow) -> None:
    with contextlib.closing(connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            values = fitted(table, _columns(connection, table), row)
            if values:
                names = ", ".join(f'"{name}"' for name in values)
                marks = ", ".join("?" * len(values))
                # Only our own names of the table and its columns stand in the statement.
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))  # noqa: S608
                connection.execute("COMMIT")
                return
    raise Refused("audit_row.no_table", path=str(path), allowed=", ".join(TABLES))


def _columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """The columns of a table; none where there is no such table (or only a view of that name)."""
    found = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND lower(name) = ?"
    if not connection.execute(found, (table,)).fetchone()[0]:
        return ()
    return tuple(str(name) for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)))
