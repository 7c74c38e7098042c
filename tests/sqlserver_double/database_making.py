"""Tables from plain Python rows, for tests that want a database with something in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from .database_content import ColumnKept, Content, Table
from .sql_types import BIGINT, BIT, DATE, DATETIME2, FLOAT, GUID, INT, MAX, SqlType, numeric, nvarchar, varbinary

KINDS: tuple[tuple[type, SqlType], ...] = (
    (bool, BIT),
    (float, FLOAT),
    (Decimal, numeric(18, 4)),
    (bytes, varbinary(MAX)),
    (datetime, DATETIME2),
    (date, DATE),
    (uuid.UUID, GUID),
)


def content_from(tables: Mapping[str, Iterable[Mapping[str, object]]]) -> Content:
    """Tables by name (``clientes`` or ``ventas.pedidos``); columns are the keys of the first row."""
    content = Content()
    for name, given in tables.items():
        schema, _, short = name.rpartition(".")
        schema = schema or "dbo"
        if schema not in content.schemas:
            content = Content(content.tables, content.users, (*content.schemas, schema))
        rows = [dict(row) for row in given]
        columns = tuple(ColumnKept(column, _kind(rows, column)) for column in (rows[0] if rows else {"id": 0}))
        kept = tuple(tuple(row[column.name] for column in columns) for row in rows)
        content = content.with_table(Table(schema, short, content.next_object_id(), columns, kept))
    return content


def _kind(rows: list[dict[str, object]], column: str) -> SqlType:
    value = next((row[column] for row in rows if row[column] is not None), 0)
    for kind, type_ in KINDS:
        if isinstance(value, kind):
            return type_
    if isinstance(value, int):
        return BIGINT if any(abs(int(str(row[column] or 0))) >= 2**31 for row in rows) else INT
    return nvarchar(400)
