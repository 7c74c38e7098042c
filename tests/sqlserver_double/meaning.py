"""Expressions made ready to run: names found, types known, each a function of the row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import functions
from .operators import arithmetic, negative
from .scopes import Compiled, Env, Run, Scope, Window, common, like_pattern
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
    Query,
    Scalar,
    Star,
    Unary,
    Variable,
)
from .sql_types import MAX, SqlType, common_type, nvarchar
from .sql_values import compare, convert
from .world_messages import SqlError, error

if TYPE_CHECKING:
    from .frames import Frame

AGGREGATES = frozenset({"COUNT", "COUNT_BIG", "SUM", "MIN", "MAX", "AVG", "STRING_AGG", "CHECKSUM_AGG"})


@dataclass(slots=True)
class Compiler:
    """Makes expressions ready within one scope."""

    frame: Frame
    scope: Scope
    grouped: bool = False
    """Columns may only be used inside of aggregates, or as what is grouped by."""
    keys: tuple[Expression, ...] = ()
    """What is grouped by."""
    windows: list[Window] = field(default_factory=list)
    rows_only: bool = False
    """Inside of an aggregate."""

    def value(self, one: Expression) -> Compiled:
        """Something that has a value."""
        if self.grouped and not self.rows_only and self._is_key(one):
            return self._of_rows(one)
        kind = _VALUES.get(type(one))
        if kind is None:
            test = self.condition(one)
            return Compiled(SqlType("bit"), test)
        return kind(self, one)

    def _of_rows(self, one: Expression) -> Compiled:
        self.rows_only = True
        try:
            return self.value(one)
        finally:
            self.rows_only = False

    def _is_key(self, one: Expression) -> bool:
        if isinstance(one, Name):
            place = self.scope.find(one.parts)
            return any(isinstance(key, Name) and self.scope.find(key.parts) == place for key in self.keys)
        return one in self.keys

    def condition(self, one: Expression) -> Run:
        """Something that is true, false or unknown."""
        kind = _CONDITIONS.get(type(one))
        if kind is None:
            raise error(102, "expression", ends_batch=True)
        return kind(self, one)

    # values

    def _literal(self, one: Literal) -> Compiled:
        value = one.value
        return Compiled(one.type, lambda _: value, value is None)

    def _variable(self, one: Variable) -> Compiled:
        if one.name.startswith("@@"):
            return functions.global_variable(self.frame, one.name)
        slot = self.frame.variables[one.name.lower()]
        return Compiled(slot.type, lambda _: slot.value)

    def _name(self, one: Name) -> Compiled:
        found = self.scope.find(one.parts)
        if found is None:
            raise error(207, one.column, ends_batch=True)
        depth, place, column = found
        if depth == 0:
            if self.grouped and not self.rows_only:
                raise error(8120, ".".join((column.alias, column.name)), ends_batch=True)
            return Compiled(column.type, lambda env: env.row[place])

        def run(env: Env) -> object:
            for _ in range(depth):
                assert env.outer is not None
                env = env.outer
            return env.row[place]

        return Compiled(column.type, run)

    def _unary(self, one: Unary) -> Compiled:
        of = self.value(one.of)
        return Compiled(of.type, lambda env: negative(one.sign, of.run(env), of.type))

    def _binary(self, one: Binary) -> Compiled:
        left, right = self.value(one.left), self.value(one.right)
        type_, work = arithmetic(one.sign, _typed(left, right), _typed(right, left))
        return Compiled(type_, lambda env: work(left.run(env), right.run(env)))

    def _case(self, one: Case) -> Compiled:
        results = [self.value(result) for _, result in one.whens]
        otherwise = self.value(one.otherwise) if one.otherwise is not None else None
        type_ = common([*results, *([otherwise] if otherwise else [])])
        tests: list[Run] = []
        for when, _ in one.whens:
            tests.append(self.condition(when if one.of is None else Comparison("=", one.of, when)))
        made = [self.as_type(result, type_) for result in results]
        last = self.as_type(otherwise, type_) if otherwise else (lambda _: None)

        def run(env: Env) -> object:
            for test, result in zip(tests, made, strict=True):
                if test(env):
                    return result(env)
            return last(env)

        return Compiled(type_, run)

    def _cast(self, one: Cast) -> Compiled:
        of = self.value(one.of)
        style = self.value(one.style) if one.style is not None else None
        session = self.frame.session

        def run(env: Env) -> object:
            styled = style.run(env) if style else None
            number = styled if isinstance(styled, int) else None
            try:
                return convert(of.run(env), of.type, one.to, number, session.dateformat)
            except SqlError:
                if one.trying:
                    return None
                raise

        return Compiled(one.to, run)

    def _scalar(self, one: Scalar) -> Compiled:
        plan = self._plan(one.query)
        if len(plan.columns) != 1:
            raise error(102, ")", ends_batch=True)

        def run(env: Env) -> object:
            rows = list(plan.rows(env))
            if len(rows) > 1:
                raise error(512)
            return rows[0][0] if rows else None

        return Compiled(plan.columns[0].type, run)

    def _call(self, one: Call) -> Compiled:
        if one.over is not None:
            return self._window(one)
        if one.name in AGGREGATES:
            return self._aggregate(one)
        if any(isinstance(argument, Star) for argument in one.arguments):
            return functions.of_row(one.name, self.scope.fields)
        if one.name == "IIF" and len(one.arguments) == 3:
            return self._case(Case(None, ((one.arguments[0], one.arguments[1]),), one.arguments[2]))
        arguments = [self.value(argument) for argument in one.arguments]
        return functions.call(self.frame, one.name, arguments)

    def _aggregate(self, one: Call) -> Compiled:
        if not self.grouped or self.rows_only:
            raise error(102, one.name, ends_batch=True)
        star = bool(one.arguments) and isinstance(one.arguments[0], Star)
        if not one.arguments or (star and not one.name.startswith("COUNT")):
            raise error(102, ")", ends_batch=True)
        of = None if star else self._of_rows(one.arguments[0])
        extra = self.value(one.arguments[1]) if len(one.arguments) > 1 else None
        type_ = functions.aggregate_type(one.name, of.type if of else None)

        def run(env: Env) -> object:
            if of is None:
                return len(env.group)
            values = [of.run(Env(row, env.outer)) for row in env.group]
            return functions.aggregate(one.name, values, of.type, one.distinct, extra.run(env) if extra else None)

        return Compiled(type_, run)

    def _window(self, one: Call) -> Compiled:
        assert one.over is not None
        if one.name not in {"ROW_NUMBER", "RANK", "DENSE_RANK"} | AGGREGATES:
            raise error(195, one.name, ends_batch=True)
        value = None
        if one.arguments and not isinstance(one.arguments[0], Star):
            value = self.value(one.arguments[0])
        partition = tuple(self.value(each).run for each in one.over.partition)
        order = tuple((self.value(each.by).run, each.descending) for each in one.over.order)
        place = len(self.windows)
        self.windows.append(Window(one, partition, order, value))
        ranked = one.name not in AGGREGATES
        type_ = SqlType("bigint") if ranked else functions.aggregate_type(one.name, value.type if value else None)
        return Compiled(type_, lambda env: env.windows[place])

    # conditions

    def _comparison(self, one: Comparison) -> Run:
        left, right = self.value(one.left), self.value(one.right)
        type_ = common([left, right])
        this, that, sign = self.as_type(left, type_), self.as_type(right, type_), one.sign
        return lambda env: compare(sign, this(env), that(env))

    def _logic(self, one: Logic) -> Run:
        parts = [self.condition(part) for part in one.parts]
        if one.word == "NOT":
            inner = parts[0]
            return lambda env: None if (truth := inner(env)) is None else not truth
        decisive = one.word == "OR"

        def run(env: Env) -> object:
            truths = []
            for part in parts:
                truth = part(env)
                if truth is decisive:
                    return decisive
                truths.append(truth)
            return None if None in truths else not decisive

        return run

    def _is_null(self, one: IsNull) -> Run:
        of = self.value(one.of)
        return lambda env: of.run(env) is None

    def _in(self, one: In) -> Run:
        of = self.value(one.of)
        if one.query is None:
            tests = [self._equal(of, self.value(value)) for value in one.values]
            return lambda env: _any(test(env) for test in tests)
        plan = self._plan(one.query)
        type_ = common_type(of.type, plan.columns[0].type)
        this = self.as_type(of, type_)
        source, session = plan.columns[0].type, self.frame.session

        def run(env: Env) -> object:
            value = this(env)
            others = (convert(row[0], source, type_, None, session.dateformat) for row in plan.rows(env))
            return _any(compare("=", value, other) for other in others)

        return run

    def _equal(self, left: Compiled, right: Compiled) -> Run:
        type_ = common([left, right])
        this, that = self.as_type(left, type_), self.as_type(right, type_)
        return lambda env: compare("=", this(env), that(env))

    def _between(self, one: Between) -> Run:
        low = self._comparison(Comparison(">=", one.of, one.low))
        high = self._comparison(Comparison("<=", one.of, one.high))
        return lambda env: False if False in (pair := (low(env), high(env))) else None if None in pair else True

    def _like(self, one: Like) -> Run:
        text = nvarchar(MAX)
        of = self.as_type(self.value(one.of), text)
        pattern = self.as_type(self.value(one.pattern), text)
        escape = self.as_type(self.value(one.escape), text) if one.escape is not None else (lambda _: None)

        def run(env: Env) -> object:
            value, wanted, mark = of(env), pattern(env), escape(env)
            if value is None or wanted is None:
                return None
            return re.fullmatch(like_pattern(str(wanted), str(mark or "")), str(value), re.I | re.S) is not None

        return run

    def _exists(self, one: Exists) -> Run:
        plan = self._plan(one.query)
        return lambda env: any(True for _ in plan.rows(env))

    def _plan(self, query: Query) -> query_plans.Plan:
        from .query_plans import plan_query

        return plan_query(self.frame, query, self.scope)

    def as_type(self, one: Compiled, type_: SqlType) -> Run:
        """The value, converted where it is of another type."""
        if one.is_null or one.type.name == type_.name:
            return one.run
        session = self.frame.session
        return lambda env: convert(one.run(env), one.type, type_, None, session.dateformat)


def _typed(one: Compiled, other: Compiled) -> SqlType:
    """The type of one side; the word NULL takes the other's."""
    return other.type if one.is_null else one.type


def _any(truths: object) -> bool | None:
    found: bool | None = False
    for truth in truths:  # type: ignore[attr-defined]
        if truth:
            return True
        if truth is None:
            found = None
    return found


_VALUES: dict[type, Callable[[Compiler, Any], Compiled]] = {
    Literal: Compiler._literal,
    Variable: Compiler._variable,
    Name: Compiler._name,
    Unary: Compiler._unary,
    Binary: Compiler._binary,
    Case: Compiler._case,
    Cast: Compiler._cast,
    Scalar: Compiler._scalar,
    Call: Compiler._call,
}
_CONDITIONS: dict[type, Callable[[Compiler, Any], Run]] = {
    Comparison: Compiler._comparison,
    Logic: Compiler._logic,
    IsNull: Compiler._is_null,
    In: Compiler._in,
    Between: Compiler._between,
    Like: Compiler._like,
    Exists: Compiler._exists,
}

if TYPE_CHECKING:
    from . import query_plans
