"""Queries made ready to run: sources joined, rows chosen, grouped, put in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from typing import TYPE_CHECKING

from . import functions
from .meaning import AGGREGATES, Compiler
from .scopes import Compiled, Env, Field, Run, Scope
from .sources import Rows, rows_of
from .sql_tree import Call, Expression, Literal, Name, OrderItem, Query, Select, SelectItem, Star
from .sql_types import common_type
from .sql_values import convert, sort_key
from .world_messages import error

if TYPE_CHECKING:
    from .frames import Frame


@dataclass(frozen=True, slots=True)
class Plan:
    """A query that is ready: its columns, and its rows for a row of the query around it."""

    columns: tuple[Field, ...]
    rows: Callable[[Env | None], Iterable[tuple[object, ...]]]


Named = Mapping[str, Plan]


def plan_query(frame: Frame, query: Query, parent: Scope | None = None, named: Named | None = None) -> Plan:
    """A whole query."""
    known: dict[str, Plan] = dict(named or {})
    for name, columns, inner in query.named:
        plan = plan_query(frame, inner, parent, known)
        known[name.casefold()] = renamed(plan, columns)
    if len(query.parts) == 1:
        return _Selection(frame, query.parts[0][1], parent, known).plan(query)
    plans = [_Selection(frame, select, parent, known).plan(None) for _, select in query.parts]
    return _combined(frame, query, plans)


def renamed(plan: Plan, columns: Sequence[str], source: str = "") -> Plan:
    """The plan with other names for its columns. Raises `SqlError` where they are not as many."""
    if not columns:
        return plan
    if len(columns) != len(plan.columns):
        raise error(8158 if len(plan.columns) > len(columns) else 8159, source, ends_batch=True)
    return replace(
        plan, columns=tuple(replace(one, name=name) for one, name in zip(plan.columns, columns, strict=True))
    )


def _combined(frame: Frame, query: Query, plans: list[Plan]) -> Plan:
    """UNION and its like; ORDER BY sees the names of the first part."""
    if len({len(plan.columns) for plan in plans}) > 1:
        raise error(205, ends_batch=True)
    fields = list(plans[0].columns)
    for plan in plans[1:]:
        fields = [replace(a, type=common_type(a.type, b.type)) for a, b in zip(fields, plan.columns, strict=True)]
    columns = tuple(fields)
    compiler = Compiler(frame, Scope(columns))
    order = [(_order_run(compiler, item, columns), item.descending) for item in query.order]

    def typed(plan: Plan, env: Env | None) -> list[tuple[object, ...]]:
        return [
            tuple(convert(v, a.type, b.type) for v, a, b in zip(row, plan.columns, columns, strict=True))
            for row in plan.rows(env)
        ]

    def rows(env: Env | None) -> list[tuple[object, ...]]:
        found = typed(plans[0], env)
        for (word, _), plan in zip(query.parts[1:], plans[1:], strict=True):
            found = _united(word, found, typed(plan, env))
        keyed = [(tuple(run(Env(row, env)) for run, _ in order), row) for row in found]
        return [row for _, row in _sorted(keyed, [descending for _, descending in order])]

    return Plan(columns, rows)


def _united(word: str, left: list[tuple[object, ...]], right: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    if word == "UNION ALL":
        return left + right
    if word == "UNION":
        return distinct(left + right)
    others = {_key(row) for row in right}
    return distinct(row for row in left if (_key(row) in others) == (word == "INTERSECT"))


def _key(row: Sequence[object]) -> tuple[object, ...]:
    return tuple(sort_key(value) for value in row)


def distinct(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Each row once, the first of its like."""
    return list({_key(row): row for row in reversed(list(rows))}.values())[::-1]


Keyed = tuple[tuple[object, ...], tuple[object, ...]]


def _sorted(rows: list[Keyed], descending: list[bool]) -> list[Keyed]:
    """By the keys, each in its direction; rows of one key stay as they were."""

    def before(one: Keyed, other: Keyed) -> int:
        for a, b, down in zip(one[0], other[0], descending, strict=True):
            left, right = sort_key(a), sort_key(b)
            if left != right:
                return (1 if left > right else -1) * (-1 if down else 1)
        return 0

    return sorted(rows, key=cmp_to_key(before)) if descending else rows


def _order_run(compiler: Compiler, item: OrderItem, columns: Sequence[Field]) -> Run:
    """ORDER BY a place, an alias, or anything else."""
    by = item.by
    if isinstance(by, Literal) and isinstance(by.value, int):
        place = by.value - 1
        if not 0 <= place < len(columns):
            raise error(102, by.value, ends_batch=True)
        return lambda env: env.row[place]
    return compiler.value(by).run


class _Selection:
    """One SELECT."""

    def __init__(self, frame: Frame, select: Select, parent: Scope | None, named: Named) -> None:
        self.frame = frame
        self.select = select
        self.source: Rows = rows_of(frame, select.source, parent, named)
        self.scope = Scope(self.source.fields, parent)
        self.grouped = bool(select.group) or select.having is not None or self._has_aggregate()
        self.compiler = Compiler(frame, self.scope, self.grouped, select.group)
        self.plain = Compiler(frame, self.scope)
        self.items = self._items()

    def _has_aggregate(self) -> bool:
        return any(_aggregates(item.what) for item in self.select.items)

    def _items(self) -> list[tuple[str, Compiled]]:
        found: list[tuple[str, Compiled]] = []
        for item in self.select.items:
            found.extend(self._star(item.what) if isinstance(item.what, Star) else [self._item(item)])
        return found

    def _item(self, item: SelectItem) -> tuple[str, Compiled]:
        return item.alias, self.compiler.value(item.what)

    def _star(self, star: Star) -> list[tuple[str, Compiled]]:
        wanted = [one for one in self.scope.fields if not star.of or one.alias.casefold() == star.of.casefold()]
        if not wanted:
            raise error(207, star.of or "*", ends_batch=True)
        return [
            (one.name, self.compiler.value(Name((one.alias, one.name) if one.alias else (one.name,)))) for one in wanted
        ]

    def plan(self, query: Query | None) -> Plan:
        """The SELECT with the ORDER BY of the query, if it is the only one of it."""
        select = self.select
        columns = tuple(Field("", name, one.type) for name, one in self.items)
        order = [(self._order(item, columns), item.descending) for item in query.order] if query else []
        where = self.plain.condition(select.where) if select.where is not None else None
        having = self.compiler.condition(select.having) if select.having is not None else None
        top = self._number(select.top)
        offset, fetch = self._number(query.offset if query else None), self._number(query.fetch if query else None)
        keys = [self.plain.value(key).run for key in select.group]
        descending = [down for _, down in order]

        def rows(env: Env | None) -> list[tuple[object, ...]]:
            chosen = [row for row in self.source.rows(env) if where is None or where(Env(row, env))]
            made: list[Keyed] = []
            for each in self._environments(chosen, keys, env):
                if having is None or having(each):
                    row = tuple(one.run(each) for _, one in self.items)
                    made.append((tuple(_ordered(run, each, row) for run, _ in order), row))
            if select.distinct:
                first = {_key(row): (key, row) for key, row in reversed(made)}
                made = list(first.values())[::-1]
            found = [row for _, row in _sorted(made, descending)]
            start = offset(env) or 0
            found = found[start:] if fetch(env) is None else found[start : start + (fetch(env) or 0)]
            return _topped(found, top(env), select.top_percent)

        return Plan(columns, rows)

    def _environments(self, rows: list[tuple[object, ...]], keys: list[Run], env: Env | None) -> Iterator[Env]:
        """One for each row or group."""
        if not self.grouped:
            windows = self._windows(rows, env)
            for row, each in zip(rows, windows, strict=True):
                yield Env(row, env, (), each)
            return
        groups: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
        for row in rows:
            groups.setdefault(_key([key(Env(row, env)) for key in keys]), []).append(row)
        if not groups and not keys:
            groups[()] = []
        for group in groups.values():
            first = group[0] if group else (None,) * len(self.scope.fields)
            yield Env(first, env, group)

    def _windows(self, rows: list[tuple[object, ...]], env: Env | None) -> list[tuple[object, ...]]:
        """For each row the values of all functions over windows."""
        made: list[list[object]] = [[] for _ in rows]
        for window in self.compiler.windows:
            groups: dict[tuple[object, ...], list[int]] = {}
            for place, row in enumerate(rows):
                key = _key([run(Env(row, env)) for run in window.partition])
                groups.setdefault(key, []).append(place)
            values: dict[int, object] = {}
            for places in groups.values():
                values.update(_over(window, rows, places, env))
            for place, row_values in enumerate(made):
                row_values.append(values[place])
        return [tuple(each) for each in made]

    def _order(self, item: OrderItem, columns: Sequence[Field]) -> int | Run:
        """A place among the items, or a run of its own."""
        by = item.by
        if isinstance(by, Literal) and isinstance(by.value, int):
            if not 1 <= by.value <= len(columns):
                raise error(102, by.value, ends_batch=True)
            return by.value - 1
        if isinstance(by, Name) and len(by.parts) == 1:
            same = [place for place, one in enumerate(columns) if one.name.casefold() == by.column.casefold()]
            if same:
                return same[0]
        return self.compiler.value(by).run

    def _number(self, one: Expression | None) -> Callable[[Env | None], int | None]:
        if one is None:
            return lambda _: None
        run = Compiler(self.frame, Scope()).value(one).run
        return lambda env: int(str(run(Env((), env))))


def _ordered(by: int | Run, env: Env, row: tuple[object, ...]) -> object:
    return row[by] if isinstance(by, int) else by(env)


def _topped(rows: list[tuple[object, ...]], top: int | None, percent: bool) -> list[tuple[object, ...]]:
    if top is None:
        return rows
    return rows[: -(-len(rows) * top // 100)] if percent else rows[:top]


def _over(window: object, rows: list[tuple[object, ...]], places: list[int], env: Env | None) -> dict[int, object]:
    """The values of one function over one window."""
    from .scopes import Window

    assert isinstance(window, Window)
    call = window.call
    if call.name in AGGREGATES:
        if window.value is None:
            return dict.fromkeys(places, len(places))
        values = [window.value.run(Env(rows[place], env)) for place in places]
        result = functions.aggregate(call.name, values, window.value.type, call.distinct, None)
        return dict.fromkeys(places, result)
    keyed: list[Keyed] = [(tuple(run(Env(rows[place], env)) for run, _ in window.order), (place,)) for place in places]
    found: dict[int, object] = {}
    rank = dense = 0
    last: object = None
    for number, (key, (place,)) in enumerate(_sorted(keyed, [down for _, down in window.order]), 1):
        if _key(key) != last:
            rank, dense, last = number, dense + 1, _key(key)
        assert isinstance(place, int)
        found[place] = {"ROW_NUMBER": number, "RANK": rank, "DENSE_RANK": dense}[call.name]
    return found


def _aggregates(one: object) -> bool:
    """Whether an aggregate is anywhere in the expression, but not inside of another query."""
    if isinstance(one, Query):
        return False
    if isinstance(one, Call) and one.over is None and one.name in AGGREGATES:
        return True
    if isinstance(one, Call) and one.over is not None:
        return False
    if isinstance(one, tuple):
        return any(_aggregates(each) for each in one)
    if isinstance(one, Expression):
        return any(_aggregates(getattr(one, name)) for name in one.__dataclass_fields__)
    return False
