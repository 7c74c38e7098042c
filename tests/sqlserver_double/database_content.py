"""What is in a database: tables and users, and all of it as pages, which backups and logs are made of."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType

import msgspec

from .logins import User
from .sql_types import SqlType

Pages = Mapping[str, bytes]
PAGE_BYTES = 8000


@dataclass(frozen=True, slots=True)
class ColumnKept:
    """A column of a table."""

    name: str
    type: SqlType
    nullable: bool = True
    identity: bool = False
    key: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its rows; changed by making another."""

    schema: str
    name: str
    id: int
    columns: tuple[ColumnKept, ...]
    rows: tuple[tuple[object, ...], ...] = ()
    next_identity: int = 1

    @property
    def key(self) -> str:
        """By which it is found, whatever the case."""
        return f"{self.schema}.{self.name}".casefold()

    @cached_property
    def pages(self) -> Pages:
        """Head and rows, cut into pages."""
        head = (self.schema, self.name, self.id, self.next_identity, [_column_written(one) for one in self.columns])
        made = {f"{self.key}#": msgspec.json.encode(head)}
        waiting: list[bytes] = []
        size = number = 0
        for row in self.rows:
            written = msgspec.json.encode([_written(value) for value in row])
            if waiting and size + len(written) > PAGE_BYTES:
                made[f"{self.key}#{number:06d}"] = b"[" + b",".join(waiting) + b"]"
                waiting, size, number = [], 0, number + 1
            waiting.append(written)
            size += len(written) + 1
        if waiting:
            made[f"{self.key}#{number:06d}"] = b"[" + b",".join(waiting) + b"]"
        return made


USERS_PAGE = "sys.users#"


@dataclass(frozen=True)
class Content:
    """All of a database that a backup brings back."""

    tables: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))
    users: Mapping[str, User] = field(default_factory=lambda: MappingProxyType({}))
    schemas: tuple[str, ...] = ("dbo",)

    def with_table(self, table: Table) -> Content:
        return replace(self, tables=MappingProxyType({**self.tables, table.key: table}))

    def without_table(self, key: str) -> Content:
        return replace(self, tables=MappingProxyType({k: v for k, v in self.tables.items() if k != key}))

    def with_user(self, user: User) -> Content:
        return replace(self, users=MappingProxyType({**self.users, user.name.casefold(): user}))

    def without_user(self, name: str) -> Content:
        return replace(self, users=MappingProxyType({k: v for k, v in self.users.items() if k != name.casefold()}))

    def next_object_id(self) -> int:
        return max([901578250, *(table.id for table in self.tables.values())]) + 16 * 2

    @cached_property
    def pages(self) -> Pages:
        """Everything as pages."""
        made: dict[str, bytes] = {USERS_PAGE: _users_written(self)}
        for table in self.tables.values():
            made.update(table.pages)
        return made


def content_of(pages: Pages) -> Content:
    """The content that these pages hold; empty for pages of another maker."""
    content = Content()
    if USERS_PAGE in pages:
        schemas, users = msgspec.json.decode(pages[USERS_PAGE], type=tuple[list[str], list[list[object]]])
        content = replace(content, schemas=tuple(schemas))
        for one in users:
            content = content.with_user(_user_read(one))
    heads = [key for key in pages if key.endswith("#") and key != USERS_PAGE]
    for key in heads:
        content = content.with_table(_table_read(pages, key))
    return content


def changes_between(before: Pages, after: Pages) -> dict[str, bytes | None]:
    """Pages that are other than they were; None for one that is gone."""
    changed: dict[str, bytes | None] = {key: page for key, page in after.items() if before.get(key) != page}
    changed.update({key: None for key in before if key not in after})
    return changed


def changed_pages(pages: Pages, changes: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """The pages after the changes."""
    made = {**pages, **{key: page for key, page in changes.items() if page is not None}}
    for key in (key for key, page in changes.items() if page is None):
        made.pop(key, None)
    return made


def _users_written(content: Content) -> bytes:
    users = [
        [u.name, u.sid.hex(), u.id, u.windows, u.with_login, sorted(u.roles), sorted(u.grants), sorted(u.denied)]
        for u in content.users.values()
    ]
    return msgspec.json.encode((list(content.schemas), users))


def _user_read(one: list[object]) -> User:
    name, sid, number, windows, with_login, roles, grants, denied = one
    return User(
        str(name), bytes.fromhex(str(sid)), int(str(number)), bool(windows), bool(with_login),
        frozenset(_texts(roles)), frozenset(_texts(grants)), frozenset(_texts(denied)),
    )  # fmt: skip


def _texts(values: object) -> Iterable[str]:
    assert isinstance(values, list)
    return [str(value) for value in values]


def _column_written(one: ColumnKept) -> list[object]:
    kind = one.type
    return [one.name, kind.name, kind.size, kind.precision, kind.scale, one.nullable, one.identity, one.key]


def _table_read(pages: Pages, head_key: str) -> Table:
    head = msgspec.json.decode(pages[head_key], type=tuple[str, str, int, int, list[list[object]]])
    columns = tuple(
        ColumnKept(
            str(name), SqlType(str(kind), int(str(size)), int(str(precision)), int(str(scale))), *map(bool, rest)
        )
        for name, kind, size, precision, scale, *rest in head[4]
    )
    rows: list[tuple[object, ...]] = []
    for key in sorted(key for key in pages if key.startswith(head_key) and key != head_key):
        for row in msgspec.json.decode(pages[key], type=list[list[object]]):
            rows.append(tuple(_read(value, one.type) for value, one in zip(row, columns, strict=True)))
    return Table(head[0], head[1], head[2], columns, tuple(rows), head[3])


def _written(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    return value


def _read(value: object, kind: SqlType) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return READERS.get(kind.name, str)(str(value))


READERS: Mapping[str, Callable[[str], object]] = MappingProxyType({
    **dict.fromkeys(("varbinary", "binary"), bytes.fromhex),
    **dict.fromkeys(("decimal", "numeric", "money", "smallmoney"), Decimal),
    **dict.fromkeys(("datetime", "datetime2", "smalldatetime", "datetimeoffset"), datetime.fromisoformat),
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "uniqueidentifier": uuid.UUID,
})  # fmt: skip
"""By type, how a value is read that is kept as text."""
