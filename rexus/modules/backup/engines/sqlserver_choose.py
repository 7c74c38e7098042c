"""Which client does what: sqlcmd runs BACKUP and RESTORE where there is one, ODBC asks; one can do for both."""

from __future__ import annotations

from typing import Literal

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Refused
from ..base.records import Finding, Record, Severity
from .odbc import OdbcClient
from .sqlcmd import SqlcmdClient
from .sqlcmd_find import is_named
from .sqlserver_away import Door, Once
from .sqlserver_client import Client, Executed, OnMessage, OnPhase, Row, no_message, no_phase
from .sqlserver_connect import Connection
from .sqlserver_trace import Trace
from .tsql import Batch

Wanted = Literal["auto", "sqlcmd", "odbc"]


class Paired:
    """One client runs, the other asks: sqlcmd gives rows as texts only, ODBC as what they are."""

    def __init__(self, runs: Client, asks: Client) -> None:
        self._runs = runs
        self._asks = asks
        self.name = runs.name

    @property
    def known(self) -> dict[str, str | int]:
        """See `Client.known`."""
        return self._runs.known

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
        return self._runs.execute(batch, timeout_s=timeout_s, on_message=on_message, cancel=cancel, on_phase=on_phase)

    def query(self, text: str, *, timeout_s: float | None = None, cancel: CancelToken | None = None) -> tuple[Row, ...]:
        """See `Client.query`."""
        return self._asks.query(text, timeout_s=timeout_s, cancel=cancel)

    def failure(self, executed: Executed) -> BackupError:
        """See `Client.failure`."""
        return self._runs.failure(executed)


class Choice(Record, frozen=True, kw_only=True):
    """The client to use, and which it is, for ``check``."""

    client: Client
    because: Finding


def choose(wanted: Wanted, connection: Connection, trace: Trace | None = None, door: Door | None = None) -> Choice:
    """The client to use, by what was wanted and what there is; ``door``: what whoever chooses is to know of the server.

    Raises `Refused`: what was wanted by name is not there (as `sqlcmd_find.find` and `odbc_driver.find` say), or with
    ``auto`` neither is (``sqlserver.no_client``); a sqlcmd that was named and is none is told as such.
    """
    odbc, no_odbc = _odbc(connection, trace)
    door = door or Door()
    if wanted == "odbc":
        if odbc is None:
            raise no_odbc or Refused("sqlserver.no_client")
        return Choice(client=Once(odbc, door), because=_because("sqlserver.uses_odbc", driver=odbc.driver.called))
    try:
        runs = SqlcmdClient(connection, other=odbc, trace=trace)
    except Refused as error:
        if wanted == "sqlcmd" or (odbc is None and is_named()):
            raise
        if odbc is None:
            raise Refused("sqlserver.no_client") from error
        return Choice(client=Once(odbc, door), because=_because("sqlserver.uses_odbc_only", driver=odbc.driver.called))
    program = runs.program
    if odbc is None:
        because = _because("sqlserver.uses_sqlcmd_only", path=program.path, program=program.kind.value)
        return Choice(client=Once(runs, door), because=because)
    told = _because("sqlserver.uses_sqlcmd", path=program.path, program=program.kind.value, driver=odbc.driver.called)
    return Choice(client=Paired(Once(runs, door), Once(odbc, door)), because=told)


def _odbc(connection: Connection, trace: Trace | None) -> tuple[OdbcClient | None, Refused | None]:
    try:
        return OdbcClient(connection, trace=trace), None
    except Refused as error:
        return None, error


def _because(code: str, **values: str | int) -> Finding:
    return Finding(code=code, severity=Severity.INFO, values=values)
