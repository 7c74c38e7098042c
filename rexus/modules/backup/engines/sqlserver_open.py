"""The engine for SQL Server from settings and `.env`; the way to the server is chosen when something is asked."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.clock import Clock
from ..base.errors import BackupError
from ..base.files import Files
from ..config.load import Loaded
from ..config.settings import SqlServer
from .port import DatabaseRef
from .sqlserver import SqlServerEngine
from .sqlserver_away import Door, Way
from .sqlserver_choose import choose
from .sqlserver_client import Client, Executed, OnMessage, OnPhase, Row, no_message, no_phase
from .sqlserver_connect import connection_of
from .sqlserver_trace import open_trace
from .tsql import Batch


def opened(
    refs: tuple[DatabaseRef, ...], loaded: Loaded, files: Files, clock: Clock, trace: Path | None = None
) -> SqlServerEngine:
    """The engine; nothing connects yet, and nothing is raised."""
    settings = loaded.settings.sqlserver

    def client(door: Door) -> Client:
        connection = connection_of(settings, loaded.environment)
        sink = open_trace(trace, files, clock, loaded.secret_values) if trace is not None else None
        return Timed(choose(settings.client, connection, sink, door).client, settings)

    return SqlServerEngine(refs, Way(client), settings, files, owner_of(loaded))


class Timed:
    """A client whose questions and jobs end after the times of the settings, unless the caller knows better."""

    def __init__(self, client: Client, settings: SqlServer) -> None:
        self.name = client.name
        self._client, self._question_s = client, float(settings.query_timeout_s)
        hours = settings.job_timeout_hours
        self._job_s = hours * 3600.0 if hours is not None else None

    @property
    def known(self) -> dict[str, str | int]:
        """See `Client.known`."""
        return self._client.known

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
        limit = timeout_s if timeout_s is not None else self._job_s
        return self._client.execute(batch, timeout_s=limit, on_message=on_message, cancel=cancel, on_phase=on_phase)

    def query(self, text: str, *, timeout_s: float | None = None, cancel: CancelToken | None = None) -> tuple[Row, ...]:
        """See `Client.query`."""
        limit = timeout_s if timeout_s is not None else self._question_s
        return self._client.query(text, timeout_s=limit, cancel=cancel)

    def failure(self, executed: Executed) -> BackupError:
        """See `Client.failure`."""
        return self._client.failure(executed)


def owner_of(loaded: Loaded) -> str:
    """Short and the same for one backup folder of one machine."""
    told = f"{platform.node()}\n{loaded.root.absolute()}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:8]
