"""INSERT, UPDATE, DELETE, CREATE TABLE, DROP TABLE: every change goes through the log of its database."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from .answers import Answer, Message, Row
from .database_content import ColumnKept, Table
from .frames import Frame
from .interpreter import Interpreter, defines, handles
from .meaning import Compiler
from .query_plans import plan_query
from .scopes import Env, Field, Scope
from .sql_tree import Comparison, Expression, Literal
from .sql_types import INT, MAX, SqlType, nvarchar
from .sql_values import convert, sort_key, text_of
from .statement_tree import CreateTable, Define, Delete, Execute, Insert, Statement, Update
from .world_messages import SqlError, error

Typed = tuple[object, SqlType]


@handles(CreateTable)
def create_table(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, CreateTable)
    session, name = it.session, one.name
    columns = tuple(
        ColumnKept(column.name, column.type, column.nullable, column.identity, column.key) for column in one.columns
    )
    with it.world.lock:
        if name[-1].startswith("#"):
            if name[-1].casefold() in session.tables.temporary:
                raise error(2714, name[-1])
            session.tables.put(name, Table("dbo", name[-1], 1, columns))
        else:
            database, schema, table = session.tables.place(name)
            if not session.rights.on(database, "CREATE TABLE"):
                raise error(262, "CREATE TABLE", database.name)
            content = session.tables.content(database)
            if schema.casefold() not in {each.casefold() for each in content.schemas}:
                raise error(2760, schema)
            if f"{schema}.{table}".casefold() in content.tables:
                raise error(2714, table)
            session.tables.put(name, Table(schema, table, content.next_object_id(), columns))
    yield it.done(one)


@defines("DROP TABLE")
def drop_table(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    names = one.parts["NAMES"]
    assert isinstance(names, tuple)
    with it.world.lock:
        for name in names:
            _drop(it, name, quiet=bool(one.parts["IF EXISTS"]))
    yield it.done(one)


def _drop(it: Interpreter, name: tuple[str, ...], *, quiet: bool) -> None:
    tables = it.session.tables
    try:
        found = tables.find(name)
    except SqlError as problem:
        if quiet and problem.said[0].number == 208:
            return
        raise error(3701, "table", ".".join(name)) from None
    if name[-1].startswith("#"):
        tables.temporary.pop(name[-1].casefold())
        return
    database, _, _ = tables.place(name)
    if not it.session.rights.on(database, "CREATE TABLE"):
        raise error(3701, "table", ".".join(name))
    tables.change(database, tables.content(database).without_table(found.key), found.key)


@handles(Insert)
def insert(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Insert)
    given: list[tuple[Typed, ...]] = []
    if one.execute is not None:
        given = yield from _rows_of_execute(it, one.execute)
    with it.world.lock:
        it.session.tables.check(one.table, "INSERT")
        if one.query is not None:
            plan = plan_query(it.frame, one.query)
            kinds = [field.type for field in plan.columns]
            given = [tuple(zip(row, kinds, strict=True)) for row in plan.rows(None)]
        elif one.execute is None:
            given = [tuple(_typed(it, value) for value in row) for row in one.rows]
        table = it.session.tables.find(one.table)
        made, table = _made_rows(it, table, one.columns, given)
        it.session.tables.put(one.table, replace(table, rows=(*table.rows, *made)))
    yield it.done(one, len(given))


def _typed(it: Interpreter, value: Expression) -> Typed:
    compiled = it.compiled(value)
    return compiled.run(Env()), compiled.type


def _rows_of_execute(it: Interpreter, execute: Execute) -> Generator[Answer, None, list[tuple[Typed, ...]]]:
    """The rows that a procedure gives; what it says goes on to the client."""
    from .statements_execute import execute as run

    rows: list[tuple[Typed, ...]] = []
    for answer in run(it, execute):
        if isinstance(answer, Row):
            rows.append(tuple((value, nvarchar(MAX)) for value in answer.values))
        elif isinstance(answer, Message):
            yield answer
    return rows


def _made_rows(
    it: Interpreter, table: Table, names: Sequence[str], given: Sequence[tuple[Typed, ...]]
) -> tuple[list[tuple[object, ...]], Table]:
    """Rows as the table keeps them, and the table with its next identity."""
    columns = table.columns
    wanted = [_column(table, name) for name in names] or [
        place for place, column in enumerate(columns) if not column.identity
    ]
    made: list[tuple[object, ...]] = []
    number = table.next_identity
    for row in given:
        if len(row) != len(wanted):
            raise error(213, ends_batch=True)
        values: list[object] = [None] * len(columns)
        for place, (value, kind) in zip(wanted, row, strict=True):
            values[place] = kept(it.frame, table, columns[place], value, kind)
        for place, column in enumerate(columns):
            if column.identity and values[place] is None:
                values[place], number = number, number + 1
                it.session.identity = number - 1
            if values[place] is None and not column.nullable:
                raise error(515, column.name, f"{table.schema}.{table.name}", "INSERT")
        made.append(tuple(values))
    _check_keys(table, [*table.rows, *made])
    return made, replace(table, next_identity=number)


def _column(table: Table, name: str) -> int:
    for place, column in enumerate(table.columns):
        if column.name.casefold() == name.casefold():
            return place
    raise error(207, name, ends_batch=True)


def kept(frame: Frame, table: Table, column: ColumnKept, value: object, kind: SqlType) -> object:
    """A value as the column keeps it. Raises `SqlError` 2628 for a text that does not fit."""
    type_ = column.type
    if type_.is_text and type_.size != MAX and value is not None:
        written = text_of(value, kind)
        if len(written.rstrip(" ")) > type_.size:
            raise error(2628, f"{table.schema}.{table.name}", column.name, written[: type_.size])
    return convert(value, kind, type_, None, frame.session.dateformat)


def _check_keys(table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    places = [place for place, column in enumerate(table.columns) if column.key]
    if not places:
        return
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        key = tuple(sort_key(row[place]) for place in places)
        if key in seen:
            told = ", ".join(str(row[place]) for place in places)
            raise error(2627, "PRIMARY KEY", f"PK_{table.name}", f"{table.schema}.{table.name}", told)
        seen.add(key)


def _scope(table: Table) -> Scope:
    return Scope(tuple(Field(table.name, column.name, column.type) for column in table.columns))


@handles(Update)
def update(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Update)
    count = 0
    with it.world.lock:
        it.session.tables.check(one.table, "UPDATE")
        table = it.session.tables.find(one.table)
        compiler = Compiler(it.frame, _scope(table))
        where = compiler.condition(one.where if one.where is not None else _always())
        sets = [(_column(table, name), compiler.value(value)) for name, value in one.sets]
        rows: list[tuple[object, ...]] = []
        for row in table.rows:
            env = Env(row)
            if not where(env):
                rows.append(row)
                continue
            changed = list(row)
            for place, value in sets:
                column = table.columns[place]
                if column.identity:
                    raise error(8102, column.name)
                changed[place] = kept(it.frame, table, column, value.run(env), value.type)
                if changed[place] is None and not column.nullable:
                    raise error(515, column.name, f"{table.schema}.{table.name}", "UPDATE")
            rows.append(tuple(changed))
            count += 1
        _check_keys(table, rows)
        it.session.tables.put(one.table, replace(table, rows=tuple(rows)))
    yield it.done(one, count)


@handles(Delete)
def delete(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Delete)
    with it.world.lock:
        it.session.tables.check(one.table, "DELETE")
        table = it.session.tables.find(one.table)
        compiler = Compiler(it.frame, _scope(table))
        where = compiler.condition(one.where if one.where is not None else _always())
        rows = tuple(row for row in table.rows if not where(Env(row)))
        it.session.tables.put(one.table, replace(table, rows=rows))
    yield it.done(one, len(table.rows) - len(rows))


def _always() -> Expression:
    """What stands for no WHERE."""
    return Comparison("=", Literal(1, INT), Literal(1, INT))
