"""sqlcmd as a way to the server: the only place that knows its flags.

The batch goes through a file (``-i``), not the command line: that is seen by everybody, is limited to some 32,000
characters on Windows and read anew by ``cmd.exe`` where sqlcmd is a script. The file is plain ASCII (`tsql.as_ascii`),
so neither code page nor locale can change it. The password stands in the child's environment alone; ``-X`` would keep
sqlcmd from looking there, so it is given only where there is no password. No ``-b``: with it the Go one leaves at the
first error, which cuts off the cause's companions and the cleanup behind them. Exit codes prove nothing.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Failed, Refused, SourceFailed
from ..base.files import WINDOWS, patiently
from ..base.masking import Mask
from .messages import Message, failure_of
from .sqlcmd_find import Kind, Sqlcmd, bare_environment, find
from .sqlcmd_output import PRELUDE, SEPARATOR, Output
from .sqlcmd_stop import Stopping, wait_until_gone
from .sqlserver_client import (
    Client,
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
from .sqlserver_connect import DATABASE, Authentication, Connection, Encrypt, session_token
from .sqlserver_start import start_problem
from .sqlserver_trace import Trace
from .tsql import Batch, as_ascii

_FILE = "batch.sql"
_WIDEST = 65_535
_LONGEST_SAID = 600
_UTF8 = 65_001
LEGACY = "oem" if WINDOWS else "cp1252"
"""What a line that is no UTF-8 is written in: the code page of consoles."""
_OWN_GROUP = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


class SqlcmdClient:
    """Runs each batch in a sqlcmd of its own."""

    name = "sqlcmd"

    def __init__(
        self,
        connection: Connection,
        program: Sqlcmd | None = None,
        *,
        other: Client | None = None,
        trace: Trace | None = None,
    ) -> None:
        """``other`` is a second way to the server: it sees whether a killed session is really gone.

        Without ``program`` the first one found is used. Raises `Refused` as `sqlcmd_find.find` does, and
        ``sqlserver.no_strict``.
        """
        self.program = program if program is not None else find()
        if connection.encrypt is Encrypt.STRICT and not self.program.knows_strict:
            raise Refused("sqlserver.no_strict", path=self.program.path)
        self._connection = connection
        self._other = other
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
        """See `Client.execute`."""
        session = batch.session or session_token()
        if cancel is not None and cancel.is_set:
            return Executed(end=End.CANCELLED, session=session)
        text = batch.text + ("\n" + batch.cleanup if batch.cleanup else "")
        if self._trace is not None:
            self._trace.sent(self.name, session, PRELUDE + text)
        output = Output()
        messages: list[Message] = []

        def hear(new: list[Message]) -> None:
            for one in new:
                messages.append(one)
                on_message(one)

        stopping = Stopping(cancel, timeout_s, on_phase)
        with _written(PRELUDE + as_ascii(text)) as folder:
            process = self._started(session, folder)
            with stopping.watching(process):
                for line in _lines(process.stdout):
                    hear(output.line(line))
                hear(output.end())
                code = process.wait()
        end = _end(stopping, code, batch, messages, output)
        executed = Executed(
            end=end,
            messages=tuple(messages),
            results=tuple(output.results),
            exit_code=code,
            said=self._mask(" ".join(output.said))[:_LONGEST_SAID],
            cleaned=not batch.cleanup or end is End.FINISHED,
            connected=output.connected or stopping.signalled or _died_silent(code, output, stopping),
            session=session,
        )
        return self._settled(batch, executed, stopping, on_phase)

    def query(self, text: str, *, timeout_s: float | None = None, cancel: CancelToken | None = None) -> tuple[Row, ...]:
        """See `Client.query`; all values are texts."""
        executed = self.execute(Batch(text=text), timeout_s=timeout_s, cancel=cancel)
        return answer_of(self, executed, server=self._connection.server, login=self._connection.login)

    def failure(self, executed: Executed) -> BackupError:
        """See `Client.failure`."""
        if executed.end is End.TIMEOUT:
            return SourceFailed("sqlserver.timeout", server=self._connection.server)
        if executed.connected:
            return SourceFailed("sqlserver.lost", server=self._connection.server, said=executed.said or "-")
        return failure_of(start_problem(executed.said, self._connection, self.program.path, executed.exit_code or 0))

    def _settled(self, batch: Batch, executed: Executed, stopping: Stopping, on_phase: OnPhase) -> Executed:
        """After a kill or a break: wait until the server let go of the session, and clean up where that could not."""
        if not stopping.signalled and (executed.end is End.FINISHED or not executed.connected):
            return executed
        if stopping.signalled:
            on_phase(Phase.ROLLING_BACK)
        cleaned = executed.cleaned
        if self._other is not None:
            gone = wait_until_gone(self._other, executed.session)
            if gone and not cleaned:
                cleaned = self._other.execute(Batch(text=batch.cleanup)).end is End.FINISHED
        if stopping.signalled:
            on_phase(Phase.STOPPED)
        return msgspec.structs.replace(executed, cleaned=cleaned)

    def _started(self, session: str, folder: Path) -> subprocess.Popen[bytes]:
        """The child, with nothing to read and one pipe for all that it says. Raises `Failed`."""
        password = self._connection.password
        environment = bare_environment(password.reveal() if password is not None else "")
        try:
            return subprocess.Popen(
                [self.program.path, *arguments(self.program, self._connection, session)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                start_new_session=not WINDOWS,  # Ctrl-C of the terminal is ours to pass on
                creationflags=_OWN_GROUP,
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Failed("sqlserver.sqlcmd_odd", path=self.program.path, reason=reason) from error


def arguments(program: Sqlcmd, connection: Connection, session: str) -> list[str]:
    """The flags for one batch in ``batch.sql`` of the current folder; no secret among them."""
    words = ["-S", connection.server, "-d", DATABASE, "-H", session, "-l", str(connection.login_timeout_s)]
    words += _signing_in(connection) + _encryption(program, connection)
    words += ["-x", "-w", str(_WIDEST), "-W", "-s", SEPARATOR]
    if program.kind is Kind.ODBC:
        words.append("-I")
        if WINDOWS:
            words += ["-f", str(_UTF8)]
    return [*words, "-i", _FILE]


def _signing_in(connection: Connection) -> list[str]:
    """``-G`` stands before ``-U``: the ODBC one reads them in that order only."""
    match connection.authentication:
        case Authentication.SQL:
            return ["-U", connection.user]
        case Authentication.ENTRA_PASSWORD:
            return ["-G", "-U", connection.user]
        case Authentication.ENTRA_DEFAULT:
            return ["-G", "-X1"]
        case Authentication.WINDOWS:
            return ["-E", "-X1"]


def _encryption(program: Sqlcmd, connection: Connection) -> list[str]:
    """Always said, for the defaults differ: the Go one trusts every certificate, older ODBC ones encrypt nothing."""
    if program.kind is Kind.GO:
        words = ["-N", connection.encrypt.value]
    elif program.knows_strict:
        words = ["-N" + connection.encrypt.value[0]]
    else:
        words = ["-N"] if connection.encrypt is Encrypt.MANDATORY else []
    return [*words, "-C"] if connection.trust_certificate else words


def _end(stopping: Stopping, code: int, batch: Batch, messages: list[Message], output: Output) -> End:
    """What was stopped and yet had its verdict before is finished."""
    proven = batch.verdict is not None and any(one.number == batch.verdict for one in messages)
    if stopping.signalled and not proven:
        return End.TIMEOUT if stopping.timed_out else End.CANCELLED
    if stopping.broken and not proven:
        return End.LOST
    if code != 0 and not proven and not any(one.severity for one in messages):
        return End.LOST
    return End.FINISHED if output.connected and not output.torn else End.LOST


def _died_silent(code: int, output: Output, stopping: Stopping) -> bool:
    """Whether the child was killed, perhaps in the middle of a statement: the ODBC one keeps what it has to say."""
    return not output.said and (code < 0 or (code != 0 and stopping.seen))


def _lines(stream: IO[bytes] | None) -> Iterator[str]:
    """Lines as they come, without their ends."""
    assert stream is not None, "a pipe was asked for"
    with stream:
        for line in stream:
            yield decoded(line).rstrip("\r\n").removeprefix("\ufeff")


def decoded(line: bytes) -> str:
    """UTF-8 as was asked for; what is none comes from a sqlcmd for Windows that writes in the console's code page."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(LEGACY, "replace")


@contextlib.contextmanager
def _written(text: str) -> Iterator[Path]:
    """A folder of our own with the batch in it; gone afterwards. Raises `Failed` (``sqlserver.no_temp``)."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="rexus-sql-"))
    except OSError as error:
        raise Failed("sqlserver.no_temp", reason=error.strerror or type(error).__name__) from error
    try:
        try:
            (folder / _FILE).write_bytes(f"{text}\n".encode("ascii"))
        except OSError as error:
            raise Failed("sqlserver.no_temp", reason=error.strerror or type(error).__name__) from error
        yield folder
    finally:
        with contextlib.suppress(OSError):  # a program that has just ended may still be in it, on Windows
            patiently(lambda: shutil.rmtree(folder))
