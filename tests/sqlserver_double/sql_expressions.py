"""Expressions and conditions from tokens, by precedence."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .sql_cursor import RESERVED, Cursor
from .sql_lexer import Kind
from .sql_tree import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Comparison,
    Exists,
    Expression,
    In,
    IsNull,
    Like,
    Literal,
    Logic,
    Name,
    OrderItem,
    Over,
    Query,
    Scalar,
    Star,
    Unary,
    Variable,
)
from .sql_types import BIGINT, FLOAT, INT, NULL, SqlType, numeric, nvarchar, varbinary, varchar

COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=", "!<", "!>")
CALLED_LIKE_WORDS = frozenset({"CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER"})
"""Functions without brackets."""
CALLS_THAT_ARE_RESERVED = frozenset({"LEFT", "RIGHT", "CONVERT", "COALESCE", "NULLIF"})
DATEPARTS_FIRST = frozenset({"DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATEPART", "DATENAME"})


class Expressions:
    """Parses expressions; queries in brackets are parsed by ``query``."""

    def __init__(self, cursor: Cursor, query: Callable[[], Query]) -> None:
        self.cursor = cursor
        self.query = query

    def condition(self) -> Expression:
        """OR of ANDs of NOTs of predicates."""
        return self._chain("OR", lambda: self._chain("AND", self._negation))

    def _chain(self, word: str, part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self.cursor.take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Logic(word, tuple(parts))

    def _negation(self) -> Expression:
        if self.cursor.take("NOT"):
            return Logic("NOT", (self._negation(),))
        return self._predicate()

    def _predicate(self) -> Expression:
        cursor = self.cursor
        if cursor.take("EXISTS"):
            return Exists(self._bracketed_query())
        left = self.value_or_condition()
        if sign := cursor.take_sign(*COMPARISONS):
            return Comparison(sign, left, self.value())
        if cursor.take("IS"):
            negative = cursor.take("NOT")
            cursor.expect("NULL")
            return Logic("NOT", (IsNull(left),)) if negative else IsNull(left)
        negative = cursor.take("NOT")
        found = self._rest_of_predicate(left)
        if found is None:
            if negative:
                cursor.refuse()
            return left
        return Logic("NOT", (found,)) if negative else found

    def _rest_of_predicate(self, left: Expression) -> Expression | None:
        cursor = self.cursor
        if cursor.take("IN"):
            if cursor.is_sign("(") and (cursor.look().key in {"SELECT", "WITH"}):
                return In(left, query=self._bracketed_query())
            return In(left, values=self.list_in_brackets())
        if cursor.take("LIKE"):
            pattern = self.value()
            return Like(left, pattern, self.value() if cursor.take("ESCAPE") else None)
        if cursor.take("BETWEEN"):
            low = self.value()
            cursor.expect("AND")
            return Between(left, low, self.value())
        return None

    def value_or_condition(self) -> Expression:
        """What stands left of a predicate; a condition in brackets is tried first."""
        cursor = self.cursor
        if cursor.is_sign("(") and cursor.look().key not in {"SELECT", "WITH"}:
            start = cursor.at
            cursor.next()
            inner = self.condition()
            cursor.expect_sign(")")
            if isinstance(inner, Logic | Comparison | IsNull | In | Like | Between | Exists):
                return inner
            cursor.at = start
        return self.value()

    def value(self) -> Expression:
        """Sums and bits of products."""
        left = self._product()
        while sign := self.cursor.take_sign("+", "-", "&", "|", "^", "||"):
            left = Binary(sign, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self.signed()
        while sign := self.cursor.take_sign("*", "/", "%"):
            left = Binary(sign, left, self.signed())
        return left

    def signed(self) -> Expression:
        if sign := self.cursor.take_sign("-", "+", "~"):
            of = self.signed()
            if sign == "-" and isinstance(of, Literal) and isinstance(of.value, int | float | Decimal):
                return Literal(-of.value, of.type)
            return Unary(sign, of)
        found = self.atom()
        while self.cursor.take("COLLATE"):
            self.cursor.name()
        return found

    def atom(self) -> Expression:
        cursor, token = self.cursor, self.cursor.token
        if token.kind is Kind.TEXT:
            cursor.next()
            size = max(1, len(token.text))
            return Literal(token.text, nvarchar(size) if token.national else varchar(size))
        if token.kind in {Kind.NUMBER, Kind.BINARY}:
            cursor.next()
            return number_literal(token.value)
        if token.kind is Kind.VARIABLE:
            return Variable(cursor.variable())
        if cursor.is_sign("("):
            return self._bracketed()
        return Star() if cursor.take_sign("*") else self._word()

    def _bracketed(self) -> Expression:
        """A value or a query in brackets."""
        if self.cursor.look().key in {"SELECT", "WITH"}:
            return Scalar(self._bracketed_query())
        self.cursor.next()
        inner = self.value()
        self.cursor.expect_sign(")")
        return inner

    def _word(self) -> Expression:
        cursor = self.cursor
        if cursor.take("NULL"):
            return Literal(None, NULL)
        if cursor.take("CASE"):
            return self._case()
        if cursor.token.key in CALLED_LIKE_WORDS:
            return Call(cursor.next().key, ())
        if cursor.look().text == "(" and cursor.token.key in CALLS_THAT_ARE_RESERVED:
            return self._call(cursor.next().key)
        return self._named()

    def _named(self) -> Expression:
        """A column, or a call."""
        cursor = self.cursor
        parts = [cursor.name()]
        while cursor.take_sign("."):
            if cursor.take_sign("*"):
                return Star(parts[-1])
            parts.append("" if cursor.is_sign(".") else cursor.name())
        if cursor.is_sign("("):
            return self._call(".".join(parts).upper())
        return Name(tuple(parts))

    def _call(self, name: str) -> Expression:
        special = {
            "CAST": self._cast, "TRY_CAST": self._cast, "CONVERT": self._convert, "TRY_CONVERT": self._convert,
        }.get(name)  # fmt: skip
        if special:
            self.cursor.expect_sign("(")
            return special(name.startswith("TRY_"))
        self.cursor.expect_sign("(")
        distinct = self.cursor.take("DISTINCT")
        arguments: list[Expression] = []
        if name in DATEPARTS_FIRST:
            part = self.cursor.name().lower()
            arguments.append(Literal(part, varchar(len(part))))
            self.cursor.expect_sign(",")
        while not self.cursor.take_sign(")"):
            arguments.append(self.condition() if name == "IIF" else self.value())
            if not self.cursor.is_sign(")"):
                self.cursor.expect_sign(",")
        self._within_group(name)
        return Call(name, tuple(arguments), distinct, self._over())

    def _within_group(self, name: str) -> None:
        """``STRING_AGG(…) WITHIN GROUP (ORDER BY …)`` is not known here."""
        if name == "STRING_AGG" and self.cursor.is_word("WITHIN"):
            self.cursor.refuse()

    def _over(self) -> Over | None:
        cursor = self.cursor
        if not cursor.take("OVER"):
            return None
        cursor.expect_sign("(")
        partition: list[Expression] = []
        if cursor.take("PARTITION"):
            cursor.expect("BY")
            partition.append(self.value())
            while cursor.take_sign(","):
                partition.append(self.value())
        order = self.order() if cursor.take("ORDER", "BY") else ()
        cursor.expect_sign(")")
        return Over(tuple(partition), order)

    def order(self) -> tuple[OrderItem, ...]:
        """What stands behind ORDER BY."""
        items: list[OrderItem] = []
        while True:
            by = self.value()
            items.append(OrderItem(by, self.cursor.take_any("ASC", "DESC") == "DESC"))
            if not self.cursor.take_sign(","):
                return tuple(items)

    def _cast(self, trying: bool) -> Expression:
        of = self.value()
        self.cursor.expect("AS")
        to = self._type()
        self.cursor.expect_sign(")")
        return Cast(of, to, trying=trying)

    def _convert(self, trying: bool) -> Expression:
        to = self._type()
        self.cursor.expect_sign(",")
        of = self.value()
        style = self.value() if self.cursor.take_sign(",") else None
        self.cursor.expect_sign(")")
        return Cast(of, to, style, trying)

    def _type(self) -> SqlType:
        return self.cursor.type(size_unless_said=30)

    def _case(self) -> Expression:
        cursor = self.cursor
        of = None if cursor.is_word("WHEN") else self.value()
        whens: list[tuple[Expression, Expression]] = []
        while cursor.take("WHEN"):
            when = self.condition() if of is None else self.value()
            cursor.expect("THEN")
            whens.append((when, self.value()))
        otherwise = self.value() if cursor.take("ELSE") else None
        cursor.expect("END")
        if not whens:
            cursor.refuse()
        return Case(of, tuple(whens), otherwise)

    def list_in_brackets(self) -> tuple[Expression, ...]:
        """Values between brackets, at least one."""
        self.cursor.expect_sign("(")
        values = [self.value()]
        while self.cursor.take_sign(","):
            values.append(self.value())
        self.cursor.expect_sign(")")
        return tuple(values)

    def _bracketed_query(self) -> Query:
        self.cursor.expect_sign("(")
        query = self.query()
        self.cursor.expect_sign(")")
        return query


def number_literal(value: object) -> Literal:
    """A number as the server types it where it stands: int, else numeric, float with an exponent."""
    if isinstance(value, bytes):
        return Literal(value, varbinary(max(1, len(value))))
    if isinstance(value, float):
        return Literal(value, FLOAT)
    if isinstance(value, int):
        if value <= 2**31:
            return Literal(value, INT if value < 2**31 else BIGINT)
        return Literal(Decimal(value), numeric(len(str(value))))
    assert isinstance(value, Decimal)
    digits = value.as_tuple()
    scale = -int(digits.exponent)
    return Literal(value, numeric(max(len(digits.digits), scale), scale))


def is_alias(cursor: Cursor) -> bool:
    """Whether an alias without AS is next."""
    return cursor.is_name() and cursor.token.key not in RESERVED
