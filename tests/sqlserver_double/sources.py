"""Where rows come from: tables, views of the catalogue, functions, other queries, and all of them joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .meaning import Compiler
from .scopes import Env, Field, Run, Scope
from .sql_tree import Expression, FunctionSource, Join, Name, QuerySource, Source, TableSource, ValuesSource
from .sql_types import SqlType
from .world_messages import SqlError, error

if TYPE_CHECKING:
    from .frames import Frame
    from .query_plans import Plan


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns, and the rows for a row around."""

    fields: tuple[Field, ...]
    rows: Callable[[Env | None], Iterable[tuple[object, ...]]]


Described = tuple[tuple[str, SqlType], ...]
ViewRows = Callable[["Frame", str], Iterable[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class View:
    """A view of the catalogue; its rows are those that this session may see, in the context of a database."""

    columns: Described
    rows: ViewRows


@dataclass(frozen=True, slots=True)
class TableFunction:
    """A function that gives rows."""

    columns: Described
    rows: Callable[..., Iterable[tuple[object, ...]]]
    """Gets the frame, then the arguments."""
    count: tuple[int, int]
    """Least and most arguments."""


VIEWS: dict[str, View] = {}
"""By name with schema: ``sys.databases``; those of msdb as ``msdb.dbo.backupset``."""
TABLE_FUNCTIONS: dict[str, TableFunction] = {}


def view(name: str, /, **columns: SqlType) -> Callable[[ViewRows], ViewRows]:
    """Register a view."""

    def register(rows: ViewRows) -> ViewRows:
        VIEWS[name] = View(tuple(columns.items()), rows)
        return rows

    return register


def table_function(
    name: str, least: int, most: int, /, **columns: SqlType
) -> Callable[[Callable[..., Iterable[tuple[object, ...]]]], Callable[..., Iterable[tuple[object, ...]]]]:
    """Register a function that gives rows."""

    def register(rows: Callable[..., Iterable[tuple[object, ...]]]) -> Callable[..., Iterable[tuple[object, ...]]]:
        TABLE_FUNCTIONS[name] = TableFunction(tuple(columns.items()), rows, (least, most))
        return rows

    return register


def rows_of(frame: Frame, source: Source | None, parent: Scope | None, named: Mapping[str, Plan]) -> Rows:
    """What a FROM stands for; one empty row where there is none."""
    if source is None:
        return Rows((), lambda _: ((),))
    return _SourceReader(frame, parent, named).rows(source, ())


class _SourceReader:
    def __init__(self, frame: Frame, parent: Scope | None, named: Mapping[str, Plan]) -> None:
        self.frame = frame
        self.parent = parent
        self.named = named

    def rows(self, source: Source, left: tuple[Field, ...]) -> Rows:
        """``left``: the columns of what an APPLY applies it to."""
        if isinstance(source, Join):
            return self._join(source, left)
        if isinstance(source, TableSource):
            return self._table(source)
        if isinstance(source, FunctionSource):
            return self._function(source, left)
        if isinstance(source, QuerySource):
            return self._query(source, left)
        assert isinstance(source, ValuesSource)
        return self._values(source)

    def _table(self, source: TableSource) -> Rows:
        if len(source.name) == 1 and (plan := self.named.get(source.name[0].casefold())):
            return Rows(_aliased(plan.columns, source.alias), plan.rows)
        found = find_view(self.frame, source.name)
        if found is not None:
            shown, database = found
            fields = tuple(Field(source.alias, name, kind) for name, kind in shown.columns)
            return Rows(fields, lambda _: shown.rows(self.frame, database))
        return self._user_table(source)

    def _user_table(self, source: TableSource) -> Rows:
        """Found when the query runs, as the server resolves names late, but the columns are needed now."""
        session = self.frame.session
        table = session.tables.find(source.name)
        session.tables.check(source.name, "SELECT")
        fields = tuple(Field(source.alias, column.name, column.type) for column in table.columns)
        return Rows(fields, lambda _: session.tables.find(source.name).rows)

    def _function(self, source: FunctionSource, left: tuple[Field, ...]) -> Rows:
        name = ".".join(part.casefold() for part in source.name if part).removeprefix("master.")
        found = TABLE_FUNCTIONS.get(name)
        if found is None:
            raise error(208, ".".join(source.name), ends_batch=True)
        least, most = found.count
        if not least <= len(source.arguments) <= most:
            raise error(174 if least == most else 201, source.name[-1], most, ends_batch=True)
        compiler = Compiler(self.frame, Scope(left, self.parent))
        arguments: list[Run] = [self._argument(compiler, one) for one in source.arguments]
        fields = tuple(Field(source.alias, column, kind) for column, kind in found.columns)

        def rows(env: Env | None) -> Iterable[tuple[object, ...]]:
            here = env if left and env is not None else Env((), env)
            return found.rows(self.frame, *(run(here) for run in arguments))

        return Rows(fields, rows)

    def _argument(self, compiler: Compiler, one: Expression) -> Run:
        if isinstance(one, Name) and one.parts == ("DEFAULT",):
            return lambda _: None
        return compiler.value(one).run

    def _query(self, source: QuerySource, left: tuple[Field, ...]) -> Rows:
        from .query_plans import plan_query, renamed

        parent = Scope(left, self.parent) if left else self.parent
        plan = renamed(plan_query(self.frame, source.query, parent, self.named), source.columns, source.alias)
        return Rows(_aliased(plan.columns, source.alias), plan.rows)

    def _values(self, source: ValuesSource) -> Rows:
        from .scopes import common

        compiler = Compiler(self.frame, Scope((), self.parent))
        table = [[compiler.value(one) for one in row] for row in source.rows]
        if any(len(row) != len(source.columns) for row in table):
            raise error(213, ends_batch=True)
        types = [common([row[place] for row in table]) for place in range(len(source.columns))]
        fields = tuple(Field(source.alias, name, kind) for name, kind in zip(source.columns, types, strict=True))
        runs = [[compiler.as_type(one, kind) for one, kind in zip(row, types, strict=True)] for row in table]
        return Rows(fields, lambda env: [tuple(run(Env((), env)) for run in row) for row in runs])

    def _join(self, source: Join, outside: tuple[Field, ...]) -> Rows:
        left = self.rows(source.left, outside)
        applied = "APPLY" in source.kind
        right = self.rows(source.right, left.fields if applied else outside)
        fields = (*left.fields, *right.fields)
        test = Compiler(self.frame, Scope(fields, self.parent)).condition(source.on) if source.on else None
        keep_left = source.kind in {"LEFT", "FULL", "OUTER APPLY"}
        keep_right = source.kind in {"RIGHT", "FULL"}
        no_left, no_right = (None,) * len(left.fields), (None,) * len(right.fields)

        def rows(env: Env | None) -> Iterable[tuple[object, ...]]:
            others = [] if applied else [tuple(row) for row in right.rows(env)]
            met: set[int] = set()
            for one in left.rows(env):
                matched = False
                inside = right.rows(Env(tuple(one), env)) if applied else others
                for place, other in enumerate(inside):
                    row = (*one, *other)
                    if test is None or test(Env(row, env)):
                        matched = True
                        met.add(place)
                        yield row
                if keep_left and not matched:
                    yield (*one, *no_right)
            if keep_right:
                yield from ((*no_left, *other) for place, other in enumerate(others) if place not in met)

        return Rows(fields, rows)


def _aliased(fields: Iterable[Field], alias: str) -> tuple[Field, ...]:
    return tuple(replace(one, alias=alias) for one in fields)


def find_view(frame: Frame, name: tuple[str, ...]) -> tuple[View, str] | None:
    """The view of that name and the database that it is seen in. Raises `SqlError` where that can't be entered."""
    parts = [part.casefold() for part in name]
    if len(parts) > 3:
        raise error(208, ".".join(name), ends_batch=True)
    schema = parts[-2] if len(parts) > 1 else ""
    database = name[-3] if len(parts) > 2 and name[-3] else frame.session.database
    if schema in {"sys", "information_schema"} and f"{schema}.{parts[-1]}" in VIEWS:
        _enter(frame, database, name)
        return VIEWS[f"{schema}.{parts[-1]}"], database
    own = f"{database.casefold()}.{schema or 'dbo'}.{parts[-1]}"
    if own in VIEWS:
        _enter(frame, database, name)
        return VIEWS[own], database
    return None


def _enter(frame: Frame, database: str, name: tuple[str, ...]) -> None:
    try:
        frame.session.rights.enter(database)
    except SqlError as problem:
        if problem.said[0].number == 911:
            raise error(208, ".".join(name), ends_batch=True) from None
        raise
