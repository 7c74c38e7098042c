"""The engine for SQL Server from settings and `.env`; the way to the server is chosen when something is asked."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

from ..base.clock import Clock
from ..base.files import Files
from ..config.load import Loaded
from .port import DatabaseRef
from .sqlserver import SqlServerEngine
from .sqlserver_choose import choose
from .sqlserver_client import Client
from .sqlserver_connect import connection_of
from .sqlserver_trace import open_trace


def opened(
    refs: tuple[DatabaseRef, ...], loaded: Loaded, files: Files, clock: Clock, trace: Path | None = None
) -> SqlServerEngine:
    """The engine; nothing connects yet, and nothing is raised."""
    settings = loaded.settings.sqlserver

    def connect() -> Client:
        connection = connection_of(settings, loaded.environment)
        sink = open_trace(trace, files, clock, loaded.secret_values) if trace is not None else None
        return choose(settings.client, connection, sink).client

    return SqlServerEngine(refs, connect, settings, files, owner_of(loaded))


def owner_of(loaded: Loaded) -> str:
    """Short and the same for one backup folder of one machine."""
    told = f"{platform.node()}\n{loaded.root.absolute()}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:8]
