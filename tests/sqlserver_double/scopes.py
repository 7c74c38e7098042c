"""What expressions are worked out of: rows with their columns, groups, and the rows of the queries around."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .sql_tree import Call
from .sql_types import NULL, SqlType, common_type
from .world_messages import error


@dataclass(slots=True)
class Env:
    """What an expression is worked out of: a row, the rows of its group, and the row of the query around it."""

    row: tuple[object, ...] = ()
    outer: Env | None = None
    group: Sequence[tuple[object, ...]] = ()
    windows: tuple[object, ...] = ()


Run = Callable[[Env], object]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A value that is ready to run."""

    type: SqlType
    run: Run
    is_null: bool = False
    """The word NULL, which has no type of its own."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column that can be named: of which alias, its name and type."""

    alias: str
    name: str
    type: SqlType


@dataclass(slots=True)
class Scope:
    """The columns of the row at hand, and the scope around it."""

    fields: tuple[Field, ...] = ()
    parent: Scope | None = None

    def find(self, parts: tuple[str, ...]) -> tuple[int, int, Field] | None:
        """Depth, place and column; None where there is none. Raises `SqlError` 209 for two of them."""
        depth, scope = 0, self
        while True:
            found = scope._here(parts)
            if found is not None:
                return depth, found, scope.fields[found]
            if scope.parent is None:
                return None
            depth, scope = depth + 1, scope.parent

    def _here(self, parts: tuple[str, ...]) -> int | None:
        column = parts[-1].casefold()
        of = parts[-2].casefold() if len(parts) > 1 else None
        places = [
            place
            for place, one in enumerate(self.fields)
            if one.name.casefold() == column and (of is None or one.alias.casefold() == of)
        ]
        if len(places) > 1:
            raise error(209, parts[-1])
        return places[0] if places else None


@dataclass(slots=True)
class Window:
    """A function over a window of rows; worked out for all rows before the items are."""

    call: Call
    partition: tuple[Run, ...]
    order: tuple[tuple[Run, bool], ...]
    value: Compiled | None


def common(values: Sequence[Compiled]) -> SqlType:
    """The type that all the values can be seen as; NULLs have no say."""
    types = [one.type for one in values if not one.is_null] or [NULL]
    found = types[0]
    for type_ in types[1:]:
        found = common_type(found, type_)
    return found


def like_pattern(pattern: str, escape: str = "") -> str:
    """A pattern of LIKE as a regular expression."""
    made, at = "", 0
    while at < len(pattern):
        here = pattern[at]
        if escape and here == escape and at + 1 < len(pattern):
            at += 1
            made += re.escape(pattern[at])
        elif here == "%":
            made += ".*"
        elif here == "_":
            made += "."
        elif here == "[" and "]" in pattern[at:]:
            end = pattern.index("]", at)
            made += "[" + pattern[at + 1 : end].replace("\\", "\\\\") + "]"
            at = end
        else:
            made += re.escape(here)
        at += 1
    return made
