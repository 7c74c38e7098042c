"""What is inside of statements, as a tree: expressions and queries; made by the parsers, run by the interpreter."""

from __future__ import annotations

from dataclasses import dataclass

from .sql_types import SqlType


@dataclass(frozen=True, slots=True)
class Expression:
    """Anything that has a value, or is true, false or unknown."""


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    value: object
    type: SqlType


@dataclass(frozen=True, slots=True)
class Variable(Expression):
    """``@name`` or ``@@name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A column, perhaps with what it is of."""

    parts: tuple[str, ...]

    @property
    def column(self) -> str:
        return self.parts[-1]


@dataclass(frozen=True, slots=True)
class Star(Expression):
    """``*`` or ``t.*``."""

    of: str = ""


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    sign: str
    of: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """Arithmetic, or bits, or text put together."""

    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Expression):
    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic(Expression):
    """AND, OR; NOT has one part."""

    word: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class IsNull(Expression):
    of: Expression


@dataclass(frozen=True, slots=True)
class In(Expression):
    of: Expression
    values: tuple[Expression, ...] = ()
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class Between(Expression):
    of: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class Like(Expression):
    of: Expression
    pattern: Expression
    escape: Expression | None = None


@dataclass(frozen=True, slots=True)
class Exists(Expression):
    query: Query


@dataclass(frozen=True, slots=True)
class Scalar(Expression):
    """A query as a value."""

    query: Query


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """``CASE of WHEN … THEN …`` or, without ``of``, conditions."""

    of: Expression | None
    whens: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None


@dataclass(frozen=True, slots=True)
class Over:
    """The window of ROW_NUMBER and its like."""

    partition: tuple[Expression, ...]
    order: tuple[OrderItem, ...]


@dataclass(frozen=True, slots=True)
class Call(Expression):
    name: str
    arguments: tuple[Expression, ...]
    distinct: bool = False
    over: Over | None = None


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    of: Expression
    to: SqlType
    style: Expression | None = None
    trying: bool = False


@dataclass(frozen=True, slots=True)
class OrderItem:
    by: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SelectItem:
    what: Expression
    alias: str = ""
    variable: str = ""
    """``SELECT @variable = …``."""


@dataclass(frozen=True, slots=True)
class Source:
    """Something rows come from."""

    alias: str


@dataclass(frozen=True, slots=True)
class TableSource(Source):
    name: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionSource(Source):
    name: tuple[str, ...]
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class QuerySource(Source):
    query: Query
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValuesSource(Source):
    rows: tuple[tuple[Expression, ...], ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Join(Source):
    """``kind``: INNER, LEFT, RIGHT, FULL, CROSS, CROSS APPLY, OUTER APPLY."""

    kind: str
    left: Source
    right: Source
    on: Expression | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT of a query."""

    items: tuple[SelectItem, ...]
    source: Source | None = None
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    having: Expression | None = None
    distinct: bool = False
    top: Expression | None = None
    top_percent: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """SELECTs put together, and what is done with all of their rows."""

    parts: tuple[tuple[str, Select], ...]
    """With the word before each: empty, UNION, UNION ALL, EXCEPT, INTERSECT."""
    order: tuple[OrderItem, ...] = ()
    offset: Expression | None = None
    fetch: Expression | None = None
    named: tuple[tuple[str, tuple[str, ...], Query], ...] = ()
    """Common table expressions."""
