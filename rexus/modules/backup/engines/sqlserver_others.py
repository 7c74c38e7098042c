"""Who else backs a database up or restores it on the server now: the server makes whoever comes second wait."""

from __future__ import annotations

import logging

from ..base.cancel import CancelToken
from ..base.errors import BackupError
from ..base.records import Problem, Severity
from . import tsql_ask
from .port import Progress
from .sqlserver_client import Client

log = logging.getLogger(__name__)
BACKED_UP, RESTORED = "sqlserver.being_backed_up", "sqlserver.being_restored"
WAITS = "waits"
"""The phase of waiting for somebody else's backup or restore."""
_LOOK_S = 0.4


def under_way(client: Client, name: str) -> Problem | None:
    """What another session does with the database: see `BACKED_UP` and `RESTORED`. None: nothing, as far as we may see.

    Backups of the log keep nobody waiting. Raises nothing.
    """
    try:
        rows = client.query(tsql_ask.under_way(name))
    except BackupError as error:
        log.info("who else works on %s can't be seen: %s", name, error)
        return None
    for row in rows:
        command, since = row.text("command").upper(), row.instant("started_at")
        if command.startswith("BACKUP LOG"):
            continue
        values: dict[str, str | int] = {
            "database": name,
            "session": row.integer("session_id") or 0,
            "login": row.text("login_name") or "?",
            "host": row.text("host_name").strip() or row.text("program_name").strip() or "?",
            "since": since.strftime("%Y-%m-%d %H:%M") if since is not None else "?",
        }
        code = RESTORED if command.startswith("RESTORE") else BACKED_UP
        return Problem(code=code, severity=Severity.WARNING, values=values)
    return None


def wait_for_turn(client: Client, name: str, progress: Progress, cancel: CancelToken) -> tuple[Problem, ...]:
    """Wait until nobody else backs up or restores the database, and say so meanwhile; for whom, afterwards.

    The server would make us wait as well, but for nobody to see. Raises `Cancelled`.
    """
    waited: Problem | None = None
    while (other := under_way(client, name)) is not None:
        if waited is None:
            log.info("%s: waits for %s", name, other.values)
        waited = other
        progress(WAITS, 0, 0)
        cancel.wait(_LOOK_S)
        cancel.check()
    if waited is None:
        return ()
    return (Problem(code="sqlserver.waited", severity=Severity.INFO, values=waited.values),)
