"""ODBC as a way to the server: pyodbc with Microsoft's driver 18 or 17. Gives numbers and types as they are.

A BACKUP sends a result for every message: whoever stops at the first one and closes the cursor cancels it. So every
result is fetched to the last, whatever they hold.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Refused, SourceFailed
from ..base.masking import Mask
from . import odbc_said
from .messages import Message, failure_of, is_error, problem_of
from .odbc_driver import Cursor, Driver, Opened, find, pyodbc
from .sqlserver_client import (
    Cell,
    End,
    Executed,
    OnMessage,
    OnPhase,
    Phase,
    Row,
    answer_of,
    no_message,
    no_phase,
)
from .sqlserver_connect import APPLICATION, DATABASE, Authentication, Connection, Encrypt, session_token
from .sqlserver_start import start_problem
from .sqlserver_trace import Trace
from .tsql import Batch
from .tsql_ask import ALIVE

log = logging.getLogger(__name__)

_LOST_STATES = ("08", "HYT01")
_LONGEST_SAID = 600
_AGAIN_S = 2.0


class OdbcClient:
    """Opens a connection of its own for each batch and each question."""

    name = "ODBC"

    def __init__(self, connection: Connection, driver: Driver | None = None, *, trace: Trace | None = None) -> None:
        """Raises `Refused` as `odbc_driver.find` does, and ``sqlserver.no_strict``."""
        self.driver = driver if driver is not None else find(connection.driver)
        if connection.encrypt is Encrypt.STRICT and not self.driver.knows_strict:
            raise Refused("sqlserver.no_strict", path=self.driver.name)
        self._connection = connection
        self._trace = trace
        self._mask = Mask(connection.secrets)

    @property
    def known(self) -> dict[str, str | int]:
        """See `Client.known`."""
        return self._connection.known

    def execute(
        self,
        batch: Batch,
        *,
        timeout_s: float | None = None,
        on_message: OnMessage = no_message,
        cancel: CancelToken | None = None,
        on_phase: OnPhase = no_phase,
    ) -> Executed:
        """See `Client.execute`.

        pyodbc closes a statement at its first error, which cuts off the rest of the batch: so the cleanup is run again.
        """
        session = batch.session or session_token()
        if cancel is not None and cancel.is_set:
            return Executed(end=End.CANCELLED, session=session)
        run = _Run(self._mask, on_message, on_phase)
        try:
            with self._open(session) as connection:
                text = batch.text + ("\n" + batch.cleanup if batch.cleanup else "")
                self._note(session, text)
                run.drain(connection, text, timeout_s, cancel)
                if run.lacks(batch.verdict):
                    self._note(session, ALIVE)
                    run.look_after(connection)
                cleaned = not batch.cleanup or run.whole
                if not cleaned and not run.lost:
                    self._note(session, batch.cleanup)
                    after = _Run(self._mask, no_message, no_phase)
                    after.drain(connection, batch.cleanup, None, None)
                    cleaned = after.whole
        except pyodbc().Error as error:
            run.failed(error)
            run.lost, run.connected = True, False
            return run.executed(batch, session, cleaned=True)
        return run.executed(batch, session, cleaned=cleaned)

    def query(self, text: str, *, timeout_s: float | None = None, cancel: CancelToken | None = None) -> tuple[Row, ...]:
        """See `Client.query`."""
        executed = self.execute(Batch(text=text), timeout_s=timeout_s, cancel=cancel)
        return answer_of(self, executed, server=self._connection.server, login=self._connection.login)

    def failure(self, executed: Executed) -> BackupError:
        """See `Client.failure`."""
        if executed.end is End.TIMEOUT:
            return SourceFailed("sqlserver.timeout", server=self._connection.server)
        refused = problem_of(executed.messages, **self._connection.known)
        if refused is not None:
            return failure_of(refused)
        if executed.connected:
            return SourceFailed("sqlserver.lost", server=self._connection.server, said=executed.said or "-")
        problem = start_problem(executed.said, self._connection, self.driver.name, 0)
        return SourceFailed(problem.code, **problem.values)

    def _note(self, session: str, text: str) -> None:
        if self._trace is not None:
            self._trace.sent(self.name, session, text)

    @contextlib.contextmanager
    def _open(self, session: str) -> Iterator[Opened]:
        """A connection without transactions (BACKUP refuses to run in one, 3021); closed afterwards."""
        text = connection_string(self._connection, self.driver, session)
        connection: Opened = pyodbc().connect(text, autocommit=True, timeout=self._connection.login_timeout_s)
        try:
            yield connection
        finally:
            with contextlib.suppress(pyodbc().Error):
                connection.close()


class _Run:
    """One batch on one connection: drained to its end, and what was heard meanwhile."""

    def __init__(self, mask: Mask, on_message: OnMessage, on_phase: OnPhase) -> None:
        self.whole = False
        """Every result was fetched."""
        self.lost = False
        self.connected = True
        self._mask = mask
        self._on_message = on_message
        self._on_phase = on_phase
        self._messages: list[Message] = []
        self._results: list[tuple[Row, ...]] = []
        self._said: list[str] = []
        self._stopped = ""
        self._lock = threading.Lock()
        self._running = False
        self._begun = False

    def drain(self, connection: Opened, text: str, timeout_s: float | None, cancel: CancelToken | None) -> None:
        """Run ``text`` and fetch all results; what the server refuses is noted, not raised."""
        cursor = connection.cursor()
        with contextlib.suppress(pyodbc().Error):
            cursor.noscan = True  # a brace in a name is no escape of ODBC's
        with self._stoppable(cursor, timeout_s, cancel):
            if not self._stopped:
                self._fetch(cursor, text)
        with contextlib.suppress(pyodbc().Error):
            cursor.close()
        if self._stopped:
            self._on_phase(Phase.STOPPED)

    def lacks(self, verdict: int | None) -> bool:
        """Whether it came to its end by all appearances, and yet with nothing to show for it: verdict, error, rows."""
        seen = any(is_error(one) or one.number == verdict for one in self._messages)
        return self.whole and not seen and not (verdict is None and self._results)

    def look_after(self, connection: Opened) -> None:
        """Whether there is still somebody: the driver takes a break between two messages for the end."""
        try:
            connection.cursor().execute(ALIVE)
        except pyodbc().Error as error:
            if not any(one.by_server for one in odbc_said.errors(str(error.args[-1]))):
                self.failed(error)
                self.lost, self.whole = True, False

    def _fetch(self, cursor: Cursor, text: str) -> None:
        try:
            cursor.execute(text)
            self._take(cursor)
            while cursor.nextset():
                self._take(cursor)
        except pyodbc().Error as error:
            self.failed(error)
        else:
            self.whole = not self._stopped

    def _take(self, cursor: Cursor) -> None:
        """Messages and rows of the result that is open now."""
        self._begun = True
        for sort, told in cursor.messages or ():
            self._hear(odbc_said.notice(str(sort), str(told)), severity=0)
        if cursor.description is None:
            return
        columns = tuple(str(one[0]) for one in cursor.description)
        rows = tuple(Row(columns=columns, cells=tuple(map(_cell, row))) for row in cursor.fetchall())
        self._results.append(rows)

    def failed(self, error: BaseException) -> None:
        """Note what an exception of pyodbc's holds: one record elsewhere, all of them on Windows."""
        state, told = (str(one) for one in (*error.args, "", "")[:2])
        found = odbc_said.errors(told)
        self.lost = self.lost or state.startswith(_LOST_STATES)
        if not found:
            self._said.append(self._mask(told or state))
        for one in found:
            if one.by_server and one.number > 0:
                self._hear(one, severity=one.severity)
            else:
                self._said.append(f"{one.state}: {self._mask(one.text)}")

    def _hear(self, one: odbc_said.Said, *, severity: int) -> None:
        message = Message(text=one.text, number=one.number, severity=severity)
        self._messages.append(message)
        self._on_message(message)

    @contextlib.contextmanager
    def _stoppable(self, cursor: Cursor, timeout_s: float | None, cancel: CancelToken | None) -> Iterator[None]:
        """Meanwhile a wish to stop, or the end of the time, interrupts the server by an attention."""
        self._running = True
        timer = threading.Timer(timeout_s, self._stop, [cursor, "timeout"]) if timeout_s is not None else None
        forget = cancel.on_cancel(lambda: self._stop(cursor, "cancelled")) if cancel is not None else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            yield
        finally:
            with self._lock:
                self._running = False
            if timer is not None:
                timer.cancel()
            if forget is not None:
                forget()

    def _stop(self, cursor: Cursor, why: str) -> None:
        """Once; from any thread. The call that is being waited for returns when the server has rolled back."""
        with self._lock:
            if not self._running or self._stopped:
                return
            self._stopped = why
            self._on_phase(Phase.ASKED)
            self._interrupt(cursor)
        self._on_phase(Phase.ROLLING_BACK)
        if not self._begun:
            again = threading.Timer(_AGAIN_S, self._stop_again, [cursor])
            again.daemon = True
            again.start()

    def _stop_again(self, cursor: Cursor) -> None:
        """An interruption just before a statement begins is lost: once more, where there is still no answer."""
        with self._lock:
            if self._running and not self._begun:
                self._interrupt(cursor)

    def _interrupt(self, cursor: Cursor) -> None:
        try:
            cursor.cancel()
        except pyodbc().Error as error:
            log.warning("the server could not be asked to stop: %s", error.args[:1])

    def executed(self, batch: Batch, session: str, *, cleaned: bool) -> Executed:
        """What became of it; what was stopped and yet had its verdict before is finished."""
        proven = batch.verdict is not None and any(one.number == batch.verdict for one in self._messages)
        end = End.FINISHED
        if self._stopped and not proven:
            end = End(self._stopped)
        elif self.lost or not (self.whole or any(one.severity for one in self._messages)):
            end = End.LOST
        return Executed(
            end=end,
            messages=tuple(self._messages),
            results=tuple(self._results),
            said=" ".join(self._said)[:_LONGEST_SAID],
            cleaned=cleaned,
            connected=self.connected,
            session=session,
        )


def connection_string(connection: Connection, driver: Driver, session: str) -> str:
    """All of it, the password too: never shown, never logged."""
    words = {
        "DRIVER": driver.name,
        "SERVER": connection.server,
        "DATABASE": DATABASE,
        "APP": APPLICATION,
        "WSID": session,
        "LANGUAGE": "us_english",
        "ConnectRetryCount": "0",
    }
    secret = connection.password.reveal() if connection.password is not None else ""
    match connection.authentication:
        case Authentication.SQL:
            words |= {"UID": connection.user, "PWD": secret}
        case Authentication.ENTRA_PASSWORD:
            words |= {"UID": connection.user, "PWD": secret, "Authentication": "ActiveDirectoryPassword"}
        case Authentication.ENTRA_DEFAULT:
            words |= {"Authentication": "ActiveDirectoryMsi"}
        case Authentication.WINDOWS:
            words |= {"Trusted_Connection": "yes"}
    if driver.knows_strict:
        words["Encrypt"] = connection.encrypt.value
    else:
        words["Encrypt"] = "no" if connection.encrypt is Encrypt.OPTIONAL else "yes"
    if connection.trust_certificate and connection.encrypt is not Encrypt.STRICT:
        words["TrustServerCertificate"] = "yes"
    return ";".join(f"{name}={braced(value)}" for name, value in words.items())


def braced(value: str) -> str:
    """A value in braces, inside which only ``}`` means something: ``;``, quotes, blanks and ``{`` stay as they are."""
    return "{" + value.replace("}", "}}") + "}"


def _cell(value: object) -> Cell:
    """What pyodbc gives, as one of the kinds that a `Row` holds."""
    if value is None or isinstance(value, bool | int | float | Decimal | str | bytes | datetime):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
