"""Statements as a tree; the expressions and queries inside of them are in `sql_tree`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .sql_tree import Expression, Query, Variable
from .sql_types import SqlType


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something that is done."""

    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectStatement(Statement):
    query: Query
    into: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declare(Statement):
    items: tuple[tuple[str, SqlType, Expression | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariable(Statement):
    name: str
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOption(Statement):
    """``SET NOCOUNT ON``; the value is a word, or something to be worked out."""

    names: tuple[str, ...]
    value: str | Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Statement):
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class If(Statement):
    condition: Expression
    then: Statement
    otherwise: Statement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class While(Statement):
    condition: Expression
    body: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump(Statement):
    """BREAK, CONTINUE, RETURN."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Try(Statement):
    body: tuple[Statement, ...]
    caught: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Print(Statement):
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseError(Statement):
    text: Expression
    severity: Expression
    state: Expression
    arguments: tuple[Expression, ...] = ()
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Throw(Statement):
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(Statement):
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteAs(Statement):
    """Be another user of the database until the end of the text that it stands in."""

    user: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitFor(Statement):
    delay: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction(Statement):
    """BEGIN, COMMIT or ROLLBACK."""

    word: str
    name: str = ""
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a procedure."""

    name: str
    value: Expression
    output: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute(Statement):
    """A procedure by its name, or a text to run."""

    name: tuple[str, ...] = ()
    text: Expression | None = None
    arguments: tuple[Argument, ...] = ()
    result: str = ""
    """The variable that takes the return status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(Statement):
    table: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Expression, ...], ...] = ()
    query: Query | None = None
    execute: Execute | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Statement):
    table: tuple[str, ...]
    sets: tuple[tuple[str, Expression], ...]
    where: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Statement):
    table: tuple[str, ...]
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class ColumnMade:
    """One column of CREATE TABLE."""

    name: str
    type: SqlType
    nullable: bool = True
    identity: bool = False
    key: bool = False
    default: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable(Statement):
    name: tuple[str, ...]
    columns: tuple[ColumnMade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Define(Statement):
    """Any other CREATE, ALTER, DROP, GRANT, KILL, DBCC …: what it is and its parts by name."""

    verb: str
    """E.g. ``CREATE DATABASE``."""
    name: tuple[str, ...] = ()
    parts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """Where a backup goes to or comes from; ``kind`` is DISK, URL, TAPE or LOGICAL."""

    kind: str
    name: Expression


@dataclass(frozen=True, slots=True)
class Option:
    """One option after WITH: its word and what belongs to it."""

    word: str
    value: Expression | None = None
    more: Expression | None = None
    """The target of MOVE."""
    words: Mapping[str, object] = field(default_factory=dict)
    """What stands in brackets: ALGORITHM and the certificate of ENCRYPTION."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media(Statement):
    """BACKUP or RESTORE; ``verb`` e.g. ``BACKUP LOG``, ``RESTORE HEADERONLY``."""

    verb: str
    database: str | Variable = ""
    devices: tuple[Device, ...] = ()
    mirrors: tuple[tuple[Device, ...], ...] = ()
    options: tuple[Option, ...] = ()
