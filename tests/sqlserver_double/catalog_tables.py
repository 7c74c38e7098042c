"""Views of the tables of a database, their columns and how many rows they have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .database_content import Table
from .databases import Database
from .sources import view
from .sql_types import BIGINT, BIT, DATETIME, INT, SMALLINT, SYSNAME, TINYINT, SqlType, nvarchar, varchar

if TYPE_CHECKING:
    from .frames import Frame

Rows = Iterable[tuple[object, ...]]
DESC = nvarchar(60)
CHAR2 = SqlType("char", 2)
TYPE_IDS = {
    "uniqueidentifier": 36, "date": 40, "time": 41, "datetime2": 42, "datetimeoffset": 43, "tinyint": 48,
    "smallint": 52, "int": 56, "smalldatetime": 58, "real": 59, "money": 60, "datetime": 61, "float": 62, "bit": 104,
    "decimal": 106, "numeric": 108, "smallmoney": 122, "bigint": 127, "varbinary": 165, "varchar": 167, "binary": 173,
    "char": 175, "nvarchar": 231, "nchar": 239,
}  # fmt: skip
SCHEMA_IDS = {"dbo": 1, "guest": 2, "sys": 4}


def _tables(frame: Frame, database: str) -> list[tuple[Database, Table, int]]:
    """Tables that the session may see, with the number of their schema."""
    found = frame.world.database(database)
    if not (frame.session.rights.on(found, "SELECT") or frame.session.rights.on(found, "VIEW DEFINITION")):
        return []
    schemas = _schemas(found)
    content = frame.session.tables.content(found)
    return [(found, table, schemas[table.schema.casefold()]) for table in content.tables.values()]


def _schemas(database: Database) -> dict[str, int]:
    others = [name for name in database.content.schemas if name.casefold() not in SCHEMA_IDS]
    return {**SCHEMA_IDS, **{name.casefold(): 5 + place for place, name in enumerate(others)}}


OBJECT = {
    "name": SYSNAME, "object_id": INT, "principal_id": INT, "schema_id": INT, "parent_object_id": INT, "type": CHAR2,
    "type_desc": DESC, "create_date": DATETIME, "modify_date": DATETIME, "is_ms_shipped": BIT,
}  # fmt: skip


def _object(database: Database, table: Table, schema: int) -> tuple[object, ...]:
    at = database.created_at
    return (table.name, table.id, None, schema, 0, "U ", "USER_TABLE", at, at, False)


@view("sys.tables", **OBJECT, is_memory_optimized=BIT, temporal_type=TINYINT, is_external=BIT)
def tables(frame: Frame, database: str) -> Rows:
    yield from ((*_object(*each), False, 0, False) for each in _tables(frame, database))


@view("sys.objects", **OBJECT)
def objects(frame: Frame, database: str) -> Rows:
    yield from (_object(*each) for each in _tables(frame, database))


@view("sys.schemas", name=SYSNAME, schema_id=INT, principal_id=INT)
def schemas(frame: Frame, database: str) -> Rows:
    yield from ((name, number, 1) for name, number in _schemas(frame.world.database(database)).items())


@view(
    "sys.partitions",
    partition_id=BIGINT, object_id=INT, index_id=INT, partition_number=INT, hobt_id=BIGINT, rows=BIGINT,
    data_compression=TINYINT, data_compression_desc=DESC,
)  # fmt: skip
def partitions(frame: Frame, database: str) -> Rows:
    for place, (_, table, _) in enumerate(_tables(frame, database)):
        index = 1 if any(column.key for column in table.columns) else 0
        number = 72057594043000000 + place
        yield (number, table.id, index, 1, number, len(table.rows), 0, "NONE")


@view(
    "sys.dm_db_partition_stats",
    partition_id=BIGINT, object_id=INT, index_id=INT, partition_number=INT, used_page_count=BIGINT,
    reserved_page_count=BIGINT, row_count=BIGINT,
)  # fmt: skip
def partition_stats(frame: Frame, database: str) -> Rows:
    from .catalog_databases import need_server_state

    need_server_state(frame)
    for place, (_, table, _) in enumerate(_tables(frame, database)):
        index = 1 if any(column.key for column in table.columns) else 0
        pages = len(table.pages)
        yield (72057594043000000 + place, table.id, index, 1, pages, pages, len(table.rows))


@view(
    "sys.allocation_units",
    allocation_unit_id=BIGINT, type=TINYINT, type_desc=DESC, container_id=BIGINT, data_space_id=INT,
    total_pages=BIGINT, used_pages=BIGINT, data_pages=BIGINT,
)  # fmt: skip
def allocation_units(frame: Frame, database: str) -> Rows:
    """One for what every database has, and one for each table; seen by everybody, like the catalogue's own rows."""
    found = frame.world.database(database)
    own = sum(len(table.pages) for table in found.content.tables.values())
    fixed = found.used_pages - own
    yield (72057594037900000, 1, "IN_ROW_DATA", 0, 1, fixed, fixed, fixed)
    for place, table in enumerate(found.content.tables.values()):
        pages = len(table.pages)
        yield (72057594049000000 + place, 1, "IN_ROW_DATA", 72057594043000000 + place, 1, pages, pages, pages)


@view(
    "sys.indexes",
    object_id=INT, name=SYSNAME, index_id=INT, type=TINYINT, type_desc=DESC, is_unique=BIT, is_primary_key=BIT,
)  # fmt: skip
def indexes(frame: Frame, database: str) -> Rows:
    for _, table, _ in _tables(frame, database):
        if any(column.key for column in table.columns):
            yield (table.id, f"PK_{table.name}", 1, 1, "CLUSTERED", True, True)
        else:
            yield (table.id, None, 0, 0, "HEAP", False, False)


@view(
    "sys.columns",
    object_id=INT, name=SYSNAME, column_id=INT, system_type_id=TINYINT, user_type_id=INT, max_length=SMALLINT,
    precision=TINYINT, scale=TINYINT, is_nullable=BIT, is_identity=BIT, is_computed=BIT,
)  # fmt: skip
def columns(frame: Frame, database: str) -> Rows:
    for _, table, _ in _tables(frame, database):
        for place, one in enumerate(table.columns, 1):
            kind = one.type
            size = kind.size * (2 if kind.name.startswith("n") and kind.size > 0 else 1) or 8
            number = TYPE_IDS[kind.name]
            yield (table.id, one.name, place, number, number, size, kind.precision, kind.scale, one.nullable,
                   one.identity, False)  # fmt: skip


@view("sys.types", name=SYSNAME, system_type_id=TINYINT, user_type_id=INT)
def types(_frame: Frame, _database: str) -> Rows:
    yield from ((name, number, number) for name, number in TYPE_IDS.items())


@view(
    "information_schema.tables",
    TABLE_CATALOG=SYSNAME, TABLE_SCHEMA=SYSNAME, TABLE_NAME=SYSNAME, TABLE_TYPE=varchar(10),
)  # fmt: skip
def information_tables(frame: Frame, database: str) -> Rows:
    for found, table, _ in _tables(frame, database):
        yield (found.name, table.schema, table.name, "BASE TABLE")


@view(
    "information_schema.columns",
    TABLE_CATALOG=SYSNAME, TABLE_SCHEMA=SYSNAME, TABLE_NAME=SYSNAME, COLUMN_NAME=SYSNAME, ORDINAL_POSITION=INT,
    IS_NULLABLE=varchar(3), DATA_TYPE=SYSNAME, CHARACTER_MAXIMUM_LENGTH=INT,
)  # fmt: skip
def information_columns(frame: Frame, database: str) -> Rows:
    for found, table, _ in _tables(frame, database):
        for place, one in enumerate(table.columns, 1):
            nullable = "YES" if one.nullable else "NO"
            where = (found.name, table.schema, table.name, one.name, place)
            yield (*where, nullable, one.type.name, one.type.size or None)
