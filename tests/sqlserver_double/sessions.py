"""One connection in the world: who it is, what it set, what it runs, and how it is stopped."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from .answers import Answer, Done, Dropped, Login
from .database_content import Content
from .frames import Frame, Slot
from .interpreter import Interpreter
from .logins import Account, User
from .rights import Rights
from .session_tables import SessionTables
from .sql_types import (
    BIGINT,
    BIT,
    DATE,
    DATETIME2,
    DATETIMEOFFSET,
    FLOAT,
    GUID,
    INT,
    MAX,
    TIME,
    SqlType,
    numeric,
    nvarchar,
    varbinary,
)
from .world_faults import Point
from .world_messages import Interrupted, SqlError, say

if TYPE_CHECKING:
    from .world import SqlWorld

KILLED = 253
"""The command of the DONE behind 596: of no statement."""
Stop = Literal["", "attention", "killed", "restarted", "dropped", "gone"]


@dataclass(slots=True)
class Transaction:
    """An open transaction: what it has changed is seen by its session alone."""

    number: int
    depth: int = 1
    mark: str = ""
    contents: dict[int, Content] = field(default_factory=dict)
    """Database id -> content as this transaction has it."""
    touched: dict[int, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Request:
    """What a session runs just now, as ``sys.dm_exec_requests`` shows it."""

    command: str
    started: datetime
    database_id: int
    percent: float = 0.0
    size: int = 0
    """Bytes that are to be moved; tells how long it will take."""
    status: str = "running"
    wait: str | None = None
    locked: int | None = None
    """Number of the database that it has a lock on: as a rule that of BACKUP or RESTORE is not where it was sent."""


class WorldSession:
    """A session; implements the protocol that the wire knows."""

    _transaction_numbers = itertools.count(4_294_967_297)

    def __init__(self, world: SqlWorld, number: int, login: Login, account: Account, database: str) -> None:
        self.id: int = number
        self.world = world
        self.login = login
        self.account = account
        self.database = database
        self.acting: tuple[str, User] | None = None
        """Key of a database, and the user of it that this session is for a while: nobody anywhere else."""
        self.language: str = account.default_language
        self.lock_timeout: int = -1
        self.nocount: bool = False
        self.xact_abort = False
        self.implicit_transactions = False
        self.context_info = b""
        self.error: int = 0
        self.row_count: int = 0
        self.identity: int | None = None
        self.transaction: Transaction | None = None
        self.request: Request | None = None
        self.login_time = world.clock.now()
        self.last_batch = self.login_time
        self.rights = Rights(self)
        self.tables = SessionTables(self)
        self._stop: Stop = ""
        self._running: Iterator[Answer] | None = None
        self._dateformat = ""

    @property
    def dateformat(self) -> str:
        """How ``1/2/2026`` is read."""
        return self._dateformat or ("dmy" if self.language == "Español" else "mdy")

    @dateformat.setter
    def dateformat(self, value: str) -> None:
        self._dateformat = value

    # what the wire asks

    def batch(self, text: str, parameters: Mapping[str, object]) -> Iterator[Answer]:
        """Run a batch."""
        if self._stop == "attention":
            self._stop = ""
        self._running = self._batch(text, parameters)
        return self._running

    def attention(self) -> None:
        """Stop what runs."""
        self.stop("attention")

    def close(self) -> None:
        """The client is gone."""
        self.stop("gone")
        if self._running is not None and hasattr(self._running, "close"):
            with contextlib.suppress(ValueError):  # it runs in another thread, and was told to stop
                self._running.close()
        self.end()

    def _batch(self, text: str, parameters: Mapping[str, object]) -> Iterator[Answer]:
        world = self.world
        if self._stop:
            yield from self._last_words()
            return
        self.last_batch = world.clock.now()
        frame = Frame(self, {name.lower(): _slot(value) for name, value in parameters.items()})
        self.request = Request("SELECT", self.last_batch, world.databases[self.database.casefold()].id)
        try:
            yield from self._answered(frame, text)
        except Interrupted:
            stopped = True
        else:
            stopped = False
        finally:
            self.request = None
        if stopped:
            yield from self._last_words()

    def _answered(self, frame: Frame, text: str) -> Iterator[Answer]:
        interpreter = Interpreter(frame)
        try:
            self.world.faults.at("batch", self, text=text)
        except SqlError as ordered:
            yield from interpreter.refused(ordered)
        else:
            yield from interpreter.batch(text)

    def _last_words(self) -> Iterator[Answer]:
        """What is said when something stopped the batch; nothing after an attention."""
        if self._stop == "killed":
            yield say(596).message(self.language)
            yield Done(KILLED, error=True)
        if self._stop in {"killed", "restarted", "dropped"}:
            self.end()
            yield Dropped(said_why=self._stop == "killed")

    # stopping

    def stop(self, why: Stop) -> None:
        """Tell what runs to stop; it does at the next point where it can."""
        with self.world.changed:
            if self._stop in {"", "attention"}:
                self._stop = why
            self.world.changed.notify_all()

    @property
    def stopped(self) -> bool:
        return bool(self._stop)

    def check(self) -> None:
        """Raises `Interrupted` if it was told to stop."""
        if self._stop:
            raise Interrupted

    def wait_for(self, ready: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until it is so, or the time is over. Raises `Interrupted` if the session is stopped meanwhile."""
        with self.world.changed:
            came = self.world.changed.wait_for(lambda: self.stopped or ready(), seconds)
        self.check()
        return came

    def pass_point(self, point: Point, database: str = "") -> None:
        """Come to a point where something may have been ordered to happen."""
        self.world.faults.at(point, self, database)

    def end(self) -> None:
        """Roll back what is open, and leave."""
        with self.world.lock:
            self.roll_back()
            self.request = None
            self.world.sessions.pop(self.id, None)
            self.world.changed.notify_all()

    # transactions

    def begin(self, mark: str = "") -> Transaction:
        """Begin a transaction, or go one deeper."""
        if self.transaction is None:
            self.transaction = Transaction(next(self._transaction_numbers), mark=mark)
        else:
            self.transaction.depth += 1
        return self.transaction

    def commit(self) -> None:
        """Write what the outermost transaction changed."""
        transaction = self.transaction
        assert transaction is not None
        transaction.depth -= 1
        if transaction.depth:
            return
        by_id = {each.id: each for each in self.world.databases.values()}
        for number, mine in transaction.contents.items():
            database = by_id.get(number)
            if database is None:
                continue
            content = database.content
            for key in transaction.touched[number]:
                table = mine.tables.get(key)
                content = content.without_table(key) if table is None else content.with_table(table)
            database.change(content, self.world.clock.tick(), transaction.mark)
        self._release(transaction)

    def roll_back(self) -> None:
        """Forget what the open transaction changed."""
        if self.transaction is not None:
            self._release(self.transaction)

    def _release(self, transaction: Transaction) -> None:
        for database in self.world.databases.values():
            database.write_locks = {key: who for key, who in database.write_locks.items() if who != self.id}
        self.transaction = None
        self.world.changed.notify_all()


def _slot(value: object) -> Slot:
    """A parameter as a variable, of the type that its value has."""
    return Slot(_type_of(value), value)


def _type_of(value: object) -> SqlType:
    if isinstance(value, Decimal):
        digits = value.as_tuple()
        scale = max(0, -int(digits.exponent))
        return numeric(min(38, max(len(digits.digits), scale, 1)), scale)
    if isinstance(value, datetime):
        return DATETIMEOFFSET if value.tzinfo else DATETIME2
    if isinstance(value, bool) or not isinstance(value, int):
        kinds: dict[type, SqlType] = {bool: BIT, float: FLOAT, bytes: varbinary(MAX), date: DATE, time: TIME,
                                      uuid.UUID: GUID}  # fmt: skip
        return kinds.get(type(value), nvarchar(MAX))
    return INT if -(2**31) <= value < 2**31 else BIGINT
