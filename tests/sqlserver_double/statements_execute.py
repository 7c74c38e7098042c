"""EXEC: procedures by name, and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .answers import Answer, Done
from .frames import Frame, Slot
from .interpreter import Interpreter, handles
from .scopes import Env
from .sql_cursor import Cursor
from .sql_lexer import Kind, tokens_of
from .sql_tree import Variable
from .sql_types import MAX, SqlType, nvarchar
from .sql_values import convert
from .statement_tree import Argument, Execute, ExecuteAs, Statement
from .world_messages import error

TEXT = nvarchar(MAX)
DEEPEST = 32


@dataclass(slots=True)
class Given:
    """What a procedure was called with."""

    procedure: str
    by_place: list[object] = field(default_factory=list)
    by_name: dict[str, object] = field(default_factory=dict)
    outputs: dict[str, Slot] = field(default_factory=dict)
    """Variables behind OUTPUT, by name (or place) of the parameter."""

    def get(self, place: int, name: str, default: object = None) -> object:
        """A parameter by its name, or else by its place."""
        if name in self.by_name:
            return self.by_name[name]
        return self.by_place[place] if place < len(self.by_place) else default

    def need(self, place: int, name: str) -> object:
        """The same. Raises `SqlError` 201 where it was not given."""
        if name not in self.by_name and place >= len(self.by_place):
            raise error(201, self.procedure, name)
        return self.get(place, name)

    def output(self, place: int, name: str) -> Slot | None:
        return self.outputs.get(name) or self.outputs.get(str(place))


Procedure = Callable[[Interpreter, Given], Iterator[Answer]]
PROCEDURES: dict[str, Procedure] = {}
"""By name in lower case, without database and schema."""


def procedure(*names: str) -> Callable[[Procedure], Procedure]:
    """Register a procedure."""

    def register(run: Procedure) -> Procedure:
        for name in names:
            PROCEDURES[name] = run
        return run

    return register


@handles(Execute)
def execute(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Execute)
    if it.frame.depth >= DEEPEST:
        raise error(217, DEEPEST, ends_batch=True)
    if one.text is not None:
        with it.world.lock:
            text = str(it.value(one.text) or "")
        yield from it.nested(Frame(it.session, caught=it.frame.caught, depth=it.frame.depth + 1), text)
        return
    run = PROCEDURES.get(one.name[-1].lower())
    if run is None or not _is_theirs(one.name):
        raise error(2812, ".".join(one.name))
    given = _given(it, one)
    yield from _inside(it, one.name, run(it, given))
    if one.result:
        it.frame.variables[one.result.lower()].value = 0
    yield Done(224)


@handles(ExecuteAs)
def execute_as(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """Only within a text that EXEC runs, at whose end it is over; only for who rules the database."""
    assert isinstance(one, ExecuteAs)
    with it.world.lock:
        database, name = it.world.database(it.session.database), str(it.value(one.user))
        user = database.content.users.get(name.casefold())
        if user is None or it.frame.depth == 0 or not it.session.rights.on(database, "CONTROL"):
            raise error(15517, name)
        it.session.acting = (database.key, user)
    yield it.done(one)


def _inside(it: Interpreter, name: tuple[str, ...], answers: Iterator[Answer]) -> Iterator[Answer]:
    """``[x].sys.sp_executesql`` runs in the database x; the session is back where it was behind it."""
    before = it.session.database
    if len(name) > 2 and name[0]:
        it.session.database = it.session.rights.enter(name[0]).name
    try:
        yield from answers
    finally:
        if len(name) > 2 and it.session.database.casefold() != before.casefold():
            it.session.database = before


def _is_theirs(name: tuple[str, ...]) -> bool:
    """System procedures are found from anywhere, in schema sys or dbo."""
    return len(name) <= 3 and (len(name) == 1 or name[-2].lower() in {"", "sys", "dbo"})


def _given(it: Interpreter, one: Execute) -> Given:
    given = Given(one.name[-1])
    with it.world.lock:
        for place, argument in enumerate(one.arguments):
            compiled = it.compiled(argument.value)
            value = compiled.run(Env())
            if argument.name:
                given.by_name[argument.name.lower()] = value
            else:
                given.by_place.append(value)
            if argument.output:
                given.outputs[argument.name.lower() or str(place)] = _slot(it, argument)
    return given


def _slot(it: Interpreter, argument: Argument) -> Slot:
    if not isinstance(argument.value, Variable):
        raise error(179, ends_batch=True)
    return it.frame.variables[argument.value.name.lower()]


@procedure("sp_executesql")
def sp_executesql(it: Interpreter, given: Given) -> Iterator[Answer]:
    """The text in variables of its own, those that the declaration names."""
    text = str(given.need(0, "@stmt") or "")
    declared = declarations(str(given.get(1, "@params") or ""))
    frame = Frame(it.session, caught=it.frame.caught, depth=it.frame.depth + 1)
    for place, (name, type_) in enumerate(declared):
        if name not in given.by_name and place + 2 >= len(given.by_place):
            raise error(8178, f"({given.get(1, '@params')}){text}", name)
        value = given.get(place + 2, name)
        frame.variables[name] = Slot(type_, convert(value, TEXT, type_, None, it.session.dateformat))
    yield from it.nested(frame, text)
    for place, (name, _) in enumerate(declared):
        slot = given.output(place + 2, name)
        if slot is not None:
            slot.value = frame.variables[name].value


def declarations(text: str) -> list[tuple[str, SqlType]]:
    """``@a int, @b nvarchar(10) OUTPUT`` as names and types."""
    cursor = Cursor(tokens_of(text), lenient=True)
    found: list[tuple[str, SqlType]] = []
    while cursor.token.kind is not Kind.END:
        name = cursor.variable().lower()
        found.append((name, cursor.type()))
        cursor.take_any("OUTPUT", "OUT")
        if not cursor.take_sign(","):
            break
    return found


@procedure("sp_describe_undeclared_parameters")
def sp_describe_undeclared_parameters(_it: Interpreter, given: Given) -> Iterator[Answer]:
    """Types are never deduced here; a text that can't be parsed says so itself."""
    from .sql_parser import undeclared_variables

    names = undeclared_variables(str(given.need(0, "@tsql") or ""))
    if names:
        raise error(11502, names[0])
    yield from ()
