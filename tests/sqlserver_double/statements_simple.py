"""SELECT, variables, options of the session, PRINT and errors, USE, waiting, transactions."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .answers import Answer, Column, Columns, Done, Environment, Message, Row
from .database_content import ColumnKept, Table
from .frames import Slot
from .functions_server import formatted
from .interpreter import TRANSACTION_COMMANDS, Interpreter, handles
from .query_plans import Plan, plan_query
from .scopes import Env
from .sql_dates import parse_moment
from .sql_tree import Expression, SelectItem
from .sql_types import MAX, TIME, nvarchar
from .sql_values import convert, text_of
from .statement_tree import (
    Declare,
    Print,
    RaiseError,
    SelectStatement,
    SetOption,
    SetVariable,
    Statement,
    Throw,
    Transaction,
    Use,
    WaitFor,
)
from .world_messages import Said, SqlError, error, say

if TYPE_CHECKING:
    from .sessions import WorldSession

LANGUAGES = {"us_english": "us_english", "english": "us_english", "español": "Español", "spanish": "Español"}
TEXT = nvarchar(MAX)


@handles(SelectStatement)
def select(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, SelectStatement)
    items = one.query.parts[0][1].items
    with it.world.lock:
        plan = plan_query(it.frame, one.query)
        rows = list(plan.rows(None))
    if any(item.variable for item in items):
        _assign(it, items, plan, rows)
        yield it.done(one)
        it.session.row_count = len(rows)
    elif one.into:
        _select_into(it.session, one.into, plan, rows)
        yield it.done(one, len(rows))
    else:
        yield Columns(tuple(Column(field.name, str(field.type)) for field in plan.columns))
        yield from (Row(row) for row in rows)
        yield it.done(one, len(rows))


def _assign(it: Interpreter, items: tuple[SelectItem, ...], plan: Plan, rows: list[tuple[object, ...]]) -> None:
    if not all(item.variable for item in items):
        raise error(141, ends_batch=True)
    for row in rows:
        for item, field, value in zip(items, plan.columns, row, strict=True):
            slot = it.frame.variables[item.variable.lower()]
            slot.value = convert(value, field.type, slot.type, None, it.session.dateformat)


def _select_into(session: WorldSession, name: str, plan: Plan, rows: list[tuple[object, ...]]) -> None:
    columns = tuple(ColumnKept(field.name, field.type) for field in plan.columns)
    if not name.startswith("#"):
        database, schema, table = session.tables.place((name,))
        if not session.rights.on(database, "CREATE TABLE"):
            raise error(262, "CREATE TABLE", database.name)
        number = session.tables.content(database).next_object_id()
    else:
        schema, table, number = "dbo", name, 1
        if name.casefold() in session.tables.temporary:
            raise error(2714, name)
    session.tables.put((name,), Table(schema, table, number, columns, tuple(rows)))


@handles(Declare)
def declare(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """No DONE of its own."""
    assert isinstance(one, Declare)
    for name, type_, value in one.items:
        slot = it.frame.variables[name.lower()] = Slot(type_)
        if value is not None:
            _set(it, slot, value)
    yield from ()


def _set(it: Interpreter, slot: Slot, value: Expression) -> None:
    with it.world.lock:
        compiled = it.compiled(value)
        slot.value = convert(compiled.run(Env()), compiled.type, slot.type, None, it.session.dateformat)


@handles(SetVariable)
def set_variable(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, SetVariable)
    _set(it, it.frame.variables[one.name.lower()], one.value)
    yield it.done(one)


@handles(SetOption)
def set_option(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, SetOption)
    session = it.session
    value = one.value if isinstance(one.value, str) else it.value(one.value)
    for name in one.names:
        if name == "LANGUAGE":
            yield from _set_language(session, str(value), one.line)
        elif name == "CONTEXT_INFO":
            session.context_info = _context_info(value)
        elif name == "LOCK_TIMEOUT":
            session.lock_timeout = int(str(value))
        elif name == "DATEFORMAT":
            session.dateformat = str(value).lower()
        elif name == "NOCOUNT":
            session.nocount = value == "ON"
        elif name == "XACT_ABORT":
            session.xact_abort = value == "ON"
        elif name == "IMPLICIT_TRANSACTIONS":
            session.implicit_transactions = value == "ON"
    yield it.done(one)


def _set_language(session: WorldSession, wanted: str, line: int) -> Iterator[Answer]:
    known = LANGUAGES.get(wanted.lower())
    if known is None:
        raise error(2740, wanted)
    before, session.language = session.language, known
    yield Environment(2, known, before)
    yield say(5703, known).message(known, line)


def _context_info(value: object) -> bytes:
    """128 bytes, as the server keeps it."""
    if not isinstance(value, bytes):
        raise error(529, "varchar", "varbinary")
    return value[:128].ljust(128, b"\0")


@handles(Print)
def print_(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Print)
    with it.world.lock:
        compiled = it.compiled(one.value)
        value = compiled.run(Env())
    text = " " if value is None or value == "" else text_of(value, compiled.type)
    yield Message(0, 10, text, 1, one.line)
    yield it.done(one)


@handles(RaiseError)
def raise_error(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, RaiseError)
    with it.world.lock:
        text, severity, state, *values = (
            it.value(each) for each in (one.text, one.severity, one.state, *one.arguments)
        )
    grade = int(str(severity))
    if grade > 18 and not ("LOG" in one.options and it.session.rights.is_sysadmin):
        raise error(2754)
    number = text if isinstance(text, int) else 50000
    said = Said(number, grade, state=int(str(state)), text=formatted(str(text), tuple(values)))
    if grade > 10:
        raise SqlError(said)
    yield said.message(it.session.language, one.line)
    yield it.done(one)
    if "SETERROR" in one.options:
        it.session.error = number


@handles(Throw)
def throw(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Throw)
    yield from ()
    if not one.arguments:
        if not it.frame.caught:
            raise error(10704, ends_batch=True)
        caught = it.frame.caught[-1]
        raise SqlError(caught.said, line=caught.line)
    number, text, state = (it.value(each) for each in one.arguments)
    raise SqlError(Said(int(str(number)), 16, state=int(str(state)), text=str(text)))


@handles(Use)
def use(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Use)
    with it.world.lock:
        before = it.session.database
        it.session.database = it.session.rights.enter(one.database).name
        it.world.changed.notify_all()
    yield Environment(1, it.session.database, before)
    yield say(5701, it.session.database).message(it.session.language, one.line)
    yield it.done(one)


@handles(WaitFor)
def wait_for(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """``WAITFOR DELAY '00:00:05'``: real time, ended by an attention."""
    assert isinstance(one, WaitFor)
    at = parse_moment(str(it.value(one.delay)), TIME, "mdy")
    assert not isinstance(at, datetime)
    delay = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
    it.session.wait_for(lambda: False, delay.total_seconds())
    yield it.done(one)


@handles(Transaction)
def transaction(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """Tells the client of the transaction's number as it begins and ends."""
    assert isinstance(one, Transaction)
    session, done = it.session, Done(TRANSACTION_COMMANDS[one.word])
    with it.world.lock:
        if one.word == "BEGIN":
            fresh = session.transaction is None
            number = session.begin(one.name if one.mark is not None else "").number
            told = Environment(8, struct.pack("<Q", number), b"") if fresh else None
        elif session.transaction is None:
            raise error({"COMMIT": 3902, "ROLLBACK": 3903, "SAVE": 628}[one.word])
        else:
            number = session.transaction.number
            if one.word == "COMMIT":
                session.commit()
            elif one.word == "ROLLBACK":
                session.roll_back()
            over = session.transaction is None
            told = Environment(9 if one.word == "COMMIT" else 10, b"", struct.pack("<Q", number)) if over else None
    if told is not None:
        yield told
    yield done
