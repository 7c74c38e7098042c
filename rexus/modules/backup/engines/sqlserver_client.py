"""What the engine for SQL Server may ask of a client program: run one batch, or answer one question.

Both clients, sqlcmd and ODBC, keep to this. A client judges nothing: it says what the server said and how the batch
ended, and `Executed.proves` is the one place where that becomes a success.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Cancelled, Failed
from ..base.records import Record
from .messages import Message, failure_of, is_damage_notice, is_error, problem_of, verb_of
from .tsql import Batch

Cell = None | bool | int | float | Decimal | str | bytes | datetime
"""A value of a row. sqlcmd knows text only; the methods of `Row` read both."""


class End(enum.StrEnum):
    """How a batch ended, as the client saw it."""

    FINISHED = "finished"
    """The server came to the end of the batch, with or without errors."""
    CANCELLED = "cancelled"
    LOST = "lost"
    """The connection or the client program died, or there never was one; what the server did is unknown."""
    TIMEOUT = "timeout"


class Phase(enum.StrEnum):
    """How far a wish to stop has come."""

    ASKED = "asked"
    ROLLING_BACK = "rolling_back"
    """The server was told; it takes back what it began, which may last."""
    STOPPED = "stopped"


class Row(Record, frozen=True, kw_only=True):
    """One row; columns are found by name, for their number differs between versions of the server."""

    columns: tuple[str, ...]
    cells: tuple[Cell, ...]

    def get(self, name: str) -> Cell:
        """The value of that column; None where there is no such column, or for NULL."""
        wanted = name.casefold()
        for column, cell in zip(self.columns, self.cells, strict=True):
            if column.casefold() == wanted:
                return cell
        return None

    def text(self, name: str) -> str:
        """As text; empty for NULL."""
        cell = self.get(name)
        return "" if cell is None else str(cell)

    def guid(self, name: str) -> str:
        """A GUID in lower case; empty for NULL."""
        return self.text(name).strip("{}").lower()

    def integer(self, name: str) -> int | None:
        """As a whole number, exact to any length. Raises `Failed` (``sqlserver.odd_answer``)."""
        cell = self.get(name)
        if cell is None:
            return None
        try:
            if isinstance(cell, str):
                return int(Decimal(cell))
            return int(cell)  # type: ignore[arg-type]  # what is no number raises
        except (ValueError, TypeError, ArithmeticError) as error:
            raise Failed("sqlserver.odd_answer", column=name, value=str(cell)) from error

    def flag(self, name: str) -> bool:
        """As yes or no; no for NULL."""
        return bool(self.integer(name))

    def instant(self, name: str) -> datetime | None:
        """The server's wall time, naive as the server keeps it. Raises `Failed` (``sqlserver.odd_answer``)."""
        cell = self.get(name)
        if cell is None or isinstance(cell, datetime):
            return cell
        try:
            return datetime.fromisoformat(str(cell).strip())
        except ValueError as error:
            raise Failed("sqlserver.odd_answer", column=name, value=str(cell)) from error

    def data(self, name: str) -> bytes | None:
        """Bytes (``varbinary``). Raises `Failed` (``sqlserver.odd_answer``)."""
        cell = self.get(name)
        if cell is None or isinstance(cell, bytes):
            return cell
        try:
            return bytes.fromhex(str(cell).removeprefix("0x"))
        except ValueError as error:
            raise Failed("sqlserver.odd_answer", column=name, value=str(cell)) from error


class Executed(Record, frozen=True, kw_only=True):
    """What became of a batch."""

    end: End
    messages: tuple[Message, ...] = ()
    """All that the server said, in order."""
    results: tuple[tuple[Row, ...], ...] = ()
    """Every result set that has columns, in order."""
    exit_code: int | None = None
    """Of the program, where one was run. Proves nothing."""
    said: str = ""
    """What the client itself said beside the server's messages: why there is no connection; no secrets."""
    cleaned: bool = True
    """False: ``cleanup`` may not have run; the session is gone."""
    connected: bool = True
    """False: there never was a session, so nothing was done."""
    session: str = ""
    """The token by which the server knows the session (``host_name`` of `sys.dm_exec_sessions`)."""

    @property
    def errors(self) -> tuple[Message, ...]:
        """What failed; warnings that the server words as errors (3009) are none."""
        return tuple(one for one in self.messages if is_error(one))

    @property
    def numbers(self) -> frozenset[int]:
        """All numbers seen."""
        return frozenset(one.number for one in self.messages if one.number is not None)

    def proves(self, batch: Batch) -> bool:
        """Whether ``batch`` did what it was for: its verdict for its verb, no error, no notice of damage.

        The exit code of a program is never enough, but one that is not 0 is enough to doubt.
        """
        if self.end is not End.FINISHED or self.errors or self.exit_code not in (None, 0):
            return False
        if any(is_damage_notice(one) for one in self.messages):
            return False
        if batch.verdict is None:
            return True
        found = [one for one in self.messages if one.number == batch.verdict]
        return bool(found) and (not batch.verb or all(verb_of(one) == batch.verb for one in found))


_OF_WORK = frozenset({"sqlserver.aborted", "sqlserver.locked"})
"""Told of the work on a database; a question is no such work."""
OnMessage = Callable[[Message], None]
OnPhase = Callable[[Phase], None]


def no_message(message: Message) -> None:
    """Nobody listens."""


def no_phase(phase: Phase) -> None:
    """Nobody asks how far it is."""


class Client(Protocol):
    """A way to the server. Every call has a session of its own, so one client may be used by many threads."""

    name: str
    """``sqlcmd`` or ``odbc``."""

    @property
    def known(self) -> dict[str, str | int]:
        """The server and as whom one signs in, for sentences."""
        ...

    def execute(
        self,
        batch: Batch,
        *,
        timeout_s: float | None = None,
        on_message: OnMessage = no_message,
        cancel: CancelToken | None = None,
        on_phase: OnPhase = no_phase,
    ) -> Executed:
        """Run ``batch`` to its end and tell what became of it; what the server refuses is no exception here.

        ``on_message`` hears every message as it comes. When ``cancel`` is set (or ``timeout_s`` is over) the server is
        told to stop, ``on_phase`` hears how far that is, and the call returns only when the client is done with it.
        Raises `Refused` when there is no such program or driver.
        """
        ...

    def query(self, text: str, *, timeout_s: float | None = None, cancel: CancelToken | None = None) -> tuple[Row, ...]:
        """The rows of the first result set that has columns.

        Raises `SourceFailed` as `messages.problem_of` words it, `Refused`, `Cancelled`.
        """
        ...

    def failure(self, executed: Executed) -> BackupError:
        """Why a batch did not come to its end though the server named no error: no connection, out of time."""
        ...


def answer_of(client: Client, executed: Executed, *, server: str, login: str) -> tuple[Row, ...]:
    """What a question came to: the first rows, or the reason why there are none. Raises as `Client.query` does."""
    if executed.end is End.CANCELLED:
        raise Cancelled
    problem = problem_of(executed.messages, server=server, login=login)
    if problem is not None and problem.code in _OF_WORK:
        problem = msgspec.structs.replace(problem, code="sqlserver.unanswered")
    if problem is not None:
        raise failure_of(problem)
    if executed.end is not End.FINISHED:
        raise client.failure(executed)
    return next(iter(executed.results), ())
