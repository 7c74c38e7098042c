"""BACKUP and RESTORE with their options worked out: what is asked for, of which database, from or to which files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .containers import check_address
from .interpreter import Interpreter
from .sql_dates import parse_moment
from .sql_tree import Expression, Variable
from .sql_types import DATETIME
from .statement_tree import Device, Media, Option
from .world_messages import SqlError, error, os_error, say

if TYPE_CHECKING:
    from .databases import Database

MOST_DEVICES = 64
LONGEST = 259
DEFAULT_STATS = 10
NUL = "NUL"


@dataclass(slots=True)
class Order:
    """One statement, ready to be done."""

    verb: str
    line: int
    database: str
    paths: list[str] = field(default_factory=list)
    mirrors: list[list[str]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    values: dict[str, object] = field(default_factory=dict)
    moves: list[tuple[str, str]] = field(default_factory=list)
    words: dict[str, dict[str, object]] = field(default_factory=dict)
    stats: int | None = None
    """A message for about every so many percent."""
    is_url: bool = False

    @property
    def failing(self) -> str:
        """How 3013 calls it: HEADERONLY and its like are just RESTORE."""
        return {
            "RESTORE HEADERONLY": "RESTORE HEADERONLY", "RESTORE FILELISTONLY": "RESTORE FILELIST",
            "RESTORE LABELONLY": "RESTORE LABELONLY", "RESTORE VERIFYONLY": "VERIFY DATABASE",
        }.get(self.verb, self.verb)  # fmt: skip

    def has(self, flag: str) -> bool:
        return flag in self.flags

    def text(self, word: str) -> str | None:
        """The value of an option, as text; None where it was not given."""
        value = self.values.get(word)
        return None if value is None else str(value)

    def number(self, word: str, default: int) -> int:
        value = self.values.get(word)
        return default if value is None else int(str(value))

    @property
    def wants_compression(self) -> bool | None:
        """None: as the server is set up."""
        return True if self.has("COMPRESSION") else False if self.has("NO_COMPRESSION") else None

    def terminated(self, problem: SqlError) -> SqlError:
        """The error with the 3013 that always comes last."""
        said = problem.said
        if said and said[-1].number != 3013 and not problem.ends_batch:
            said = (*said, say(3013, self.failing))
        return SqlError(*said, ends_batch=problem.ends_batch, line=problem.line)


def order_of(it: Interpreter, one: Media) -> Order:
    """The statement with its variables filled in. Raises `SqlError` for devices that there can't be."""
    name = it.value(one.database) if isinstance(one.database, Variable) else one.database
    order = Order(one.verb, one.line, str(name or ""))
    for option in one.options:
        _take(it, order, option)
    try:
        order.paths = _paths(it, order, one.devices)
        order.mirrors = [_paths(it, order, mirror) for mirror in one.mirrors]
    except SqlError as problem:
        raise order.terminated(problem) from None
    return order


def _take(it: Interpreter, order: Order, option: Option) -> None:
    word = option.word
    if word == "MOVE":
        order.moves.append((str(_value(it, option.value)), str(_value(it, option.more))))
    elif word == "STATS":
        order.stats = int(str(_value(it, option.value) or DEFAULT_STATS))
    elif option.value is not None:
        order.values[word] = _value(it, option.value)
        if option.more is not None:
            order.values["AFTER"] = _value(it, option.more)
    else:
        order.flags.add(word)
        if option.words:
            order.words[word] = dict(option.words)


def _value(it: Interpreter, one: Expression | None) -> object:
    return None if one is None else it.value(one)


def _paths(it: Interpreter, order: Order, devices: tuple[Device, ...]) -> list[str]:
    if len(devices) > MOST_DEVICES:
        raise error(3205, MOST_DEVICES)
    found: list[str] = []
    for device in devices:
        path = str(_value(it, device.name) or "")
        if device.kind == "LOGICAL":
            raise error(3206, path)
        if device.kind == "TAPE":
            state = 1 if order.verb.startswith("BACKUP") else 2
            raise error(3201, path, os_error(3), state=state)
        if not path:
            raise error(3044)
        if len(path) > LONGEST:
            raise error(3057, LONGEST)
        if device.kind == "URL":
            order.is_url = True
            check_address(it, order, path)
        found.append(path if path.upper() == NUL else it.world.disk.absolute(path))
    return found


def stop_time(it: Interpreter, order: Order) -> datetime | None:
    """STOPAT as an instant of the server's wall time. Raises `SqlError` for what is none."""
    value = order.values.get("STOPAT")
    if value is None or isinstance(value, datetime):
        return value
    found = parse_moment(str(value), DATETIME, it.session.dateformat)
    assert isinstance(found, datetime)
    return found


def refuse_in_transaction(it: Interpreter) -> None:
    """Raises `SqlError` 3021: neither BACKUP nor RESTORE in a transaction."""
    if it.session.transaction is not None or it.session.implicit_transactions:
        raise error(3021)


def finish_time(started: datetime, finished: datetime) -> timedelta:
    """How long it took, as the last message tells it; never nothing."""
    return max(finished - started, timedelta(milliseconds=1))


def speed(pages: int, took: timedelta) -> tuple[int, int, int, int]:
    """Seconds, milliseconds, and MB/s with three digits behind the point, for message 3014."""
    thousandths = int(pages * 8192 / 2**20 / took.total_seconds() * 1000)
    milliseconds = int(took.total_seconds() * 1000)
    return milliseconds // 1000, milliseconds % 1000, thousandths // 1000, thousandths % 1000


def success(verb: str, pages: int, took: timedelta) -> tuple[object, ...]:
    """The gaps of message 3014."""
    return (verb, pages, *speed(pages, took))


def may_create(it: Interpreter) -> None:
    """Raises `SqlError` 262 for who may not make databases; reading backups needs that too."""
    if not it.session.rights.on(it.world.database("master"), "CREATE DATABASE"):
        raise error(262, "CREATE DATABASE", "master")


def in_use_elsewhere(it: Interpreter, database: Database) -> bool:
    """Whether somebody else uses it, or a backup of it runs."""
    return bool(it.world.users_of(database, without=it.session)) or database.backing_up > 0
