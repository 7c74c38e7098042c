"""What a server knows of its databases that a backup does not need and a person should: for ``check`` alone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from ..base.clock import spelled
from ..base.errors import BackupError
from ..base.records import Finding, Severity
from . import tsql_ask
from .port import DatabaseRef
from .sqlserver_check import values_of
from .sqlserver_client import Client, Row
from .sqlserver_facts import DatabaseFacts, ServerFacts, ask_database
from .sqlserver_others import under_way
from .sqlserver_space import free_at

log = logging.getLogger(__name__)
_TYPES = {"D": "full", "I": "differential", "L": "log"}
_STUCK = frozenset({"ACTIVE_TRANSACTION", "AVAILABILITY_REPLICA", "DATABASE_MIRRORING", "REPLICATION"})
"""What keeps a log from being shortened however often it is backed up."""
_NONE = "–"
_QUARTER = timedelta(minutes=15)
_FARTHEST = 48
"""Quarters of an hour that a clock may be from UTC, as msdb keeps it; 127 is unknown."""


def known_of(client: Client, server: ServerFacts, database: DatabaseRef) -> tuple[Finding, ...]:
    """Last backups, base, what the log waits for, and rights beyond the backup itself. Raises nothing."""
    try:
        there = ask_database(client, database.location)
    except BackupError as error:
        log.info("%s is not looked at: %s", database.location, error)
        return ()
    if there is None or not there.is_online:
        return ()
    values = values_of(server, database.location)
    other = under_way(client, there.name)
    others = () if other is None else (Finding(code=other.code, severity=other.severity, values=other.values),)
    return (*others, *_history(client, server, there, values), *_log(there, values), *_rights(server, there, values))


def _history(client: Client, server: ServerFacts, there: DatabaseFacts, values: dict[str, str | int]) -> list[Finding]:
    try:
        rows = client.query(tsql_ask.last_backups(there.name))
    except BackupError as error:
        log.info("the history of %s can't be read: %s", there.name, error)
        return [Finding(code="sqlserver.history_unseen", severity=Severity.INFO, values=values)]
    last: dict[str, list[datetime]] = {}
    for row in rows:
        at = _at(server, row)
        if at is not None:
            last.setdefault(_TYPES.get(row.text("type").strip(), ""), []).append(at)
    told = {kind: spelled(max(last[kind])) if kind in last else _NONE for kind in _TYPES.values()}
    base = there.differential_base_guid or (str(there.differential_base_lsn or "") or _NONE)
    values = {**values, **told, "base": base}
    return [Finding(code="sqlserver.last_backups", severity=Severity.INFO, values=values)]


def _at(server: ServerFacts, row: Row) -> datetime | None:
    """When a backup was finished, by the offset that the server's clock had then."""
    wall, quarters = row.instant("finished_at"), row.integer("quarters")
    if wall is None or quarters is None or abs(quarters) > _FARTHEST:
        return server.utc(wall)
    return (wall - quarters * _QUARTER).replace(tzinfo=UTC)


def _log(there: DatabaseFacts, values: dict[str, str | int]) -> list[Finding]:
    waits = there.log_wait.upper()
    if waits in ("", "NOTHING"):
        return []
    severity = Severity.WARNING if waits in _STUCK else Severity.INFO
    code = "sqlserver.log_stuck" if waits in _STUCK else "sqlserver.log_waits"
    return [Finding(code=code, severity=severity, values={**values, "wait": waits, "log_bytes": there.log_bytes})]


def _rights(server: ServerFacts, there: DatabaseFacts, values: dict[str, str | int]) -> list[Finding]:
    """To back up the log, to restore over it, to have it checked; the right to back it up is a matter of backups."""
    found = []
    if there.recovery_model != "SIMPLE" and not (there.may_backup_log or server.is_sysadmin):
        told = {**values, "right": "BACKUP LOG"}
        found.append(Finding(code="sqlserver.backup_right", severity=Severity.WARNING, values=told))
    if server.may_verify and not (server.is_sysadmin or server.is_dbcreator or there.is_owner):
        found.append(Finding(code="sqlserver.overwrite_right", severity=Severity.INFO, values=values))
    if not (server.is_sysadmin or there.may_control):
        found.append(Finding(code="sqlserver.check_right", severity=Severity.INFO, values=values))
    return found


def room_in(client: Client, folder: str, needed: int) -> tuple[Finding, ...]:
    """Whether a backup of everything fits into the server's folder; nothing where nobody can tell. Raises nothing."""
    free = free_at(client, folder)
    if free is None:
        return ()
    is_short = needed > free
    code = "sqlserver.folder_short" if is_short else "sqlserver.folder_room"
    values: dict[str, str | int] = {"there": folder, "needed": needed, "free": free}
    return (Finding(code=code, severity=Severity.WARNING if is_short else Severity.INFO, values=values),)
