"""SELECT from tokens: what, from where, of which, in what order."""

from __future__ import annotations

from .sql_cursor import Cursor
from .sql_expressions import Expressions, is_alias
from .sql_lexer import Kind
from .sql_tree import (
    Expression,
    FunctionSource,
    Join,
    Name,
    Query,
    QuerySource,
    Select,
    SelectItem,
    Source,
    Star,
    TableSource,
    ValuesSource,
)

JOINS = (
    (("CROSS", "JOIN"), "CROSS"),
    (("CROSS", "APPLY"), "CROSS APPLY"),
    (("OUTER", "APPLY"), "OUTER APPLY"),
    (("INNER", "JOIN"), "INNER"),
    (("JOIN",), "INNER"),
    (("LEFT", "OUTER", "JOIN"), "LEFT"),
    (("LEFT", "JOIN"), "LEFT"),
    (("RIGHT", "OUTER", "JOIN"), "RIGHT"),
    (("RIGHT", "JOIN"), "RIGHT"),
    (("FULL", "OUTER", "JOIN"), "FULL"),
    (("FULL", "JOIN"), "FULL"),
)
NO_ALIAS = frozenset({"CROSS", "OUTER", "INNER", "LEFT", "RIGHT", "FULL", "JOIN", "ON", "OFFSET", "WHERE", "APPLY"})
HINTS = frozenset({"NOLOCK", "READUNCOMMITTED", "READPAST", "HOLDLOCK", "UPDLOCK", "TABLOCK", "ROWLOCK"})


class Queries:
    """Parses queries; expressions inside are parsed by ``expressions``."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.expressions = Expressions(cursor, self.query)
        self.into = ""

    def query(self) -> Query:
        """A whole query with ORDER BY, perhaps with named ones before it."""
        cursor = self.cursor
        named = self._named() if cursor.take("WITH") else ()
        parts: list[tuple[str, Select]] = [("", self._part())]
        while word := cursor.take_any("UNION", "EXCEPT", "INTERSECT"):
            if word == "UNION" and cursor.take("ALL"):
                word = "UNION ALL"
            parts.append((word, self._part()))
        order = self.expressions.order() if cursor.take("ORDER", "BY") else ()
        offset = fetch = None
        if order and cursor.take("OFFSET"):
            offset = self.expressions.value()
            cursor.take_any("ROW", "ROWS")
            if cursor.take("FETCH"):
                cursor.take_any("NEXT", "FIRST")
                fetch = self.expressions.value()
                cursor.take_any("ROW", "ROWS")
                cursor.expect("ONLY")
        if cursor.take("OPTION"):
            self._hints()
        return Query(tuple(parts), order, offset, fetch, named)

    def _hints(self) -> None:
        """``OPTION (RECOMPILE)`` and its like change nothing here."""
        self.cursor.expect_sign("(")
        while not self.cursor.take_sign(")"):
            if not self.cursor.take_any("RECOMPILE", "MAXDOP", "FAST", "LOOP", "HASH", "JOIN"):
                self.cursor.whole()
            self.cursor.take_sign(",")

    def _named(self) -> tuple[tuple[str, tuple[str, ...], Query], ...]:
        found: list[tuple[str, tuple[str, ...], Query]] = []
        while True:
            name = self.cursor.name()
            columns = self._column_list() if self.cursor.is_sign("(") else ()
            self.cursor.expect("AS")
            self.cursor.expect_sign("(")
            found.append((name, columns, self.query()))
            self.cursor.expect_sign(")")
            if not self.cursor.take_sign(","):
                return tuple(found)

    def _column_list(self) -> tuple[str, ...]:
        self.cursor.expect_sign("(")
        names = [self.cursor.name()]
        while self.cursor.take_sign(","):
            names.append(self.cursor.name())
        self.cursor.expect_sign(")")
        return tuple(names)

    def _part(self) -> Select:
        if self.cursor.is_sign("(") and self.cursor.look().key == "SELECT":
            self.cursor.next()
            inner = self._part()
            self.cursor.expect_sign(")")
            return inner
        return self._select()

    def _select(self) -> Select:
        cursor = self.cursor
        cursor.expect("SELECT")
        distinct = cursor.take_any("DISTINCT", "ALL") == "DISTINCT"
        top, percent = self._top() if cursor.take("TOP") else (None, False)
        items = [self._item()]
        while cursor.take_sign(","):
            items.append(self._item())
        if cursor.take("INTO"):
            self.into = cursor.names()[-1]
        source = self._sources() if cursor.take("FROM") else None
        where = self.expressions.condition() if cursor.take("WHERE") else None
        group: list[Expression] = []
        if cursor.take("GROUP", "BY"):
            group.append(self.expressions.value())
            while cursor.take_sign(","):
                group.append(self.expressions.value())
        having = self.expressions.condition() if cursor.take("HAVING") else None
        return Select(tuple(items), source, where, tuple(group), having, distinct, top, percent)

    def _top(self) -> tuple[Expression, bool]:
        if self.cursor.is_sign("("):
            self.cursor.next()
            how_many = self.expressions.value()
            self.cursor.expect_sign(")")
        else:
            how_many = self.expressions.atom()
        percent = self.cursor.take("PERCENT")
        return how_many, percent

    def _item(self) -> SelectItem:
        cursor = self.cursor
        token, following = cursor.token, cursor.look()
        if following.kind is Kind.SIGN and following.text == "=":
            if token.kind is Kind.VARIABLE:
                name = cursor.variable()
                cursor.next()
                return SelectItem(self.expressions.value(), variable=name)
            if cursor.is_name() or token.kind is Kind.TEXT:
                cursor.next()
                cursor.next()
                return SelectItem(self.expressions.value(), alias=token.text)
        what = self.expressions.value()
        if cursor.take("AS"):
            return SelectItem(what, cursor.next().text if cursor.token.kind is Kind.TEXT else cursor.name())
        if not isinstance(what, Star) and (cursor.token.kind is Kind.TEXT or is_alias(cursor)):
            return SelectItem(what, cursor.next().text)
        return SelectItem(what, what.column if isinstance(what, Name) else "")

    def _sources(self) -> Source:
        source = self._joined()
        while self.cursor.take_sign(","):
            source = Join("", "CROSS", source, self._joined())
        return source

    def _joined(self) -> Source:
        source = self._source()
        while True:
            kind = self._join_word()
            if not kind:
                return source
            right = self._source()
            on = None
            if "APPLY" not in kind and kind != "CROSS":
                self.cursor.expect("ON")
                on = self.expressions.condition()
            source = Join("", kind, source, right, on)

    def _join_word(self) -> str:
        for words, kind in JOINS:
            if self.cursor.take(*words):
                return kind
        return ""

    def _source(self) -> Source:
        cursor = self.cursor
        if cursor.take_sign("("):
            return self._source_in_brackets()
        name = cursor.names()
        if cursor.is_sign("(") and not self._is_hint():
            cursor.next()
            arguments: list[Expression] = []
            while not cursor.take_sign(")"):
                arguments.append(Name(("DEFAULT",)) if cursor.take("DEFAULT") else self.expressions.value())
                if not cursor.is_sign(")"):
                    cursor.expect_sign(",")
            return FunctionSource(self._alias() or name[-1], name, tuple(arguments))
        alias = self._alias() or name[-1]
        if cursor.take("WITH") or self._is_hint():
            self._table_hints()
        return TableSource(alias, name)

    def _is_hint(self) -> bool:
        return self.cursor.is_sign("(") and self.cursor.look().key in HINTS and self.cursor.look(2).text == ")"

    def _table_hints(self) -> None:
        self.cursor.expect_sign("(")
        while not self.cursor.take_sign(")"):
            if not self.cursor.take_any(*HINTS):
                self.cursor.refuse()
            self.cursor.take_sign(",")

    def _source_in_brackets(self) -> Source:
        cursor = self.cursor
        if cursor.is_any("SELECT", "WITH"):
            query = self.query()
            cursor.expect_sign(")")
            alias = self._alias() or cursor.name()
            return QuerySource(alias, query, self._column_list() if cursor.is_sign("(") else ())
        if cursor.take("VALUES"):
            rows = [self.expressions.list_in_brackets()]
            while cursor.take_sign(","):
                rows.append(self.expressions.list_in_brackets())
            cursor.expect_sign(")")
            alias = self._alias() or cursor.name()
            return ValuesSource(alias, tuple(rows), self._column_list())
        inner = self._joined()
        cursor.expect_sign(")")
        return inner

    def _alias(self) -> str:
        if self.cursor.take("AS"):
            return self.cursor.name()
        if is_alias(self.cursor) and self.cursor.token.key not in NO_ALIAS:
            return self.cursor.name()
        return ""
