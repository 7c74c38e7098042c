"""Preflight through the server's eyes: what it is, what we may, each database, and the folder where both meet."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from ..base.errors import BackupError, Refused, SourceFailed
from ..base.files import Files
from ..base.records import Finding, Severity
from ..base.texts import sentence
from ..base.watching import AuditRow
from ..config.settings import SqlServer
from . import sqlcmd_find, sqlserver_url, tsql, tsql_ask
from .audit_tables import TABLES, fitted
from .messages import failure_of, problem_of
from .port import DatabaseRef
from .sqlserver_client import Client
from .sqlserver_facts import UNSEEN, DatabaseFacts, ServerFacts, State, ask_database, ask_server
from .sqlserver_folder import Meeting, meeting, probe
from .sqlserver_others import under_way
from .sqlserver_probe import write_probe
from .sqlserver_prove import proven
from .sqlserver_restore import occupants

_REACHED = "sqlserver.reached"
_OF_FOLDER = frozenset(
    f"sqlserver.{one}"
    for one in (
        *("no_folder", "folder_missing", "folder_unseen", "folder_denied", "folders_differ", "folder_ok"),
        *("folder_unreadable", "folder_unwritable", "folder_unwritten", "folder_stays", "folder_written"),
    )
)
_CLOCKS_APART_S = 60
_NEAR_LIMIT = 0.9
_OLDEST_MAJOR = 14
"""SQL Server 2017: what the batches are written for."""


def values_of(server: ServerFacts, name: str) -> dict[str, str | int]:
    """What sentences say of a database of that server."""
    return {
        "database": name,
        "database_sql": tsql.identifier(name),
        "server": server.name,
        "login": server.login,
        "login_sql": tsql.identifier(server.login or "?"),
    }


def server_findings(client: Client, settings: SqlServer, files: Files, owner: str) -> tuple[Finding, ...]:
    """The server reached and how fast, edition and rights, folder and clock. Raises nothing.

    ``owner`` tells files of this installation from others in that folder: see `Meeting`.
    """
    begun = time.monotonic()
    try:
        server = ask_server(client)
        _works(client)
    except BackupError as error:
        return (Finding(code=error.code, severity=Severity.ERROR, values=dict(error.values)),)
    took = int((time.monotonic() - begun) * 1000)
    told: dict[str, str | int] = {"server": server.name, "edition": server.edition, "version": server.version}
    found = [_said(_REACHED, Severity.INFO, **told, client=client.name, took_ms=took)]
    if server.can_back_up_to_disk and 0 < server.major < _OLDEST_MAJOR:  # a service tells no version of its own
        found.append(_said("sqlserver.old_version", Severity.WARNING, **told))
    if not server.can_back_up_to_disk and settings.backup_url is None:
        found.append(_said("sqlserver.edition_no_disk", Severity.ERROR, **told))
    if server.is_express:
        found.append(_said("sqlserver.express", Severity.INFO, **told, most_bytes=server.largest_database or 0))
    found += _named_client(settings)
    found += _rights(server)
    found += _clock(server)
    found += _container(client, server, settings)
    if settings.backup_url is None or settings.client_backup_dir is not None:
        found += _folder(client, server, settings, files, owner)
    return tuple(found)


def is_reached(found: Sequence[Finding]) -> bool:
    """Whether `server_findings` came in: where it did not, whoever asks on is refused once more."""
    return any(one.code == _REACHED for one in found)


def is_of_folder(found: Finding) -> bool:
    """Whether it is said of the folder where server and client meet."""
    return found.code in _OF_FOLDER


def _named_client(settings: SqlServer) -> list[Finding]:
    """A sqlcmd that somebody named and that is not used: without a word another client would do its work."""
    if settings.client != "auto" or not sqlcmd_find.is_named():
        return []
    try:
        sqlcmd_find.find()
    except Refused as error:
        return [Finding(code=error.code, severity=Severity.WARNING, values=dict(error.values))]
    return []


def _container(client: Client, server: ServerFacts, settings: SqlServer) -> list[Finding]:
    """Where backups go behind an address: whether the server gets in there."""
    if settings.backup_url is None:
        return []
    try:
        return sqlserver_url.findings(client, server, settings.backup_url)
    except BackupError as error:
        return [Finding(code=error.code, severity=Severity.ERROR, values=dict(error.values))]


def _works(client: Client) -> None:
    """Whether what runs BACKUP and RESTORE gets in too: it may be another program than the one that asks."""
    batch = tsql.Batch(text="SELECT 1 AS one;")
    proven(client, batch, client.execute(batch), {})


def _rights(server: ServerFacts) -> list[Finding]:
    values: dict[str, str | int] = {"login": server.login, "login_sql": tsql.identifier(server.login or "?")}
    found = []
    if not server.may_verify:
        found.append(_said("sqlserver.verify_right", Severity.WARNING, **values))
    if not (server.is_sysadmin or server.may_view_state):
        found.append(_said("sqlserver.progress_right", Severity.INFO, **values))
    return found


def _clock(server: ServerFacts) -> list[Finding]:
    """Both clocks should agree: times of backups are the server's, everything else goes by ours."""
    there = server.utc(server.time)
    if there is None:
        return []
    apart = int((there - datetime.now(UTC)).total_seconds())
    if abs(apart) < _CLOCKS_APART_S:
        return []
    return [_said("sqlserver.clock", Severity.WARNING, server=server.name, seconds=apart)]


def _folder(client: Client, server: ServerFacts, settings: SqlServer, files: Files, owner: str) -> list[Finding]:
    """The folder as the service account and as this account see it; one and the same file proves that it is one."""
    try:
        place = meeting(server, settings.server_backup_dir, settings.client_backup_dir, owner)
        seen = probe(client, server, place, files)
    except BackupError as error:
        return [Finding(code=error.code, severity=Severity.ERROR, values=dict(error.values))]
    values = _of_folder(place)
    if seen.server_sees is False:
        return [_said("sqlserver.folder_missing", Severity.ERROR, **values)]
    if place.client is None:
        return [_said("sqlserver.folder_unseen", Severity.WARNING, **values)]
    if not seen.client_sees:
        return [_said("sqlserver.folder_denied", Severity.ERROR, **values, why=seen.why)]
    if seen.same is False:
        return [_said("sqlserver.folders_differ", Severity.ERROR, **values)]
    found = [_said("sqlserver.folder_ok", Severity.INFO, **values)] if seen.same else []
    if seen.same and seen.os_error:
        told = values | {"os_error": seen.os_error}
        found.append(_said("sqlserver.folder_unreadable", Severity.WARNING, **told))
    return found + _written(client, server, place, files)


def _written(client: Client, server: ServerFacts, place: Meeting, files: Files) -> list[Finding]:
    """Whether the service account can write there, and this account read and remove what it wrote."""
    values = _of_folder(place) | {"login": server.login, "login_sql": tsql.identifier(server.login or "?")}
    try:
        wrote = write_probe(client, server, place, files)
    except BackupError as error:
        if error.code == "sqlserver.folders_differ":
            return [_said(error.code, Severity.ERROR, **values)]
        return [_said("sqlserver.folder_unwritable", Severity.ERROR, **values, why=sentence(error.problem).message)]
    if wrote is None:
        return [_said("sqlserver.folder_unwritten", Severity.INFO, **values)]
    if wrote:
        return [_said("sqlserver.folder_stays", Severity.WARNING, **values, why=wrote)]
    return [_said("sqlserver.folder_written", Severity.INFO, **values)]


def _of_folder(place: Meeting) -> dict[str, str | int]:
    return {"there": place.server, "here": place.client or "–"}


def database_findings(client: Client, server: ServerFacts, database: DatabaseRef) -> tuple[Finding, ...]:
    """Whether it can be backed up now, and what there is to know of it. Raises `SourceFailed` for a lost server."""
    values = values_of(server, database.location)
    try:
        there = ask_database(client, database.location)
    except SourceFailed as error:
        if error.code != UNSEEN:
            raise
        return (_said(error.code, Severity.ERROR, **values),)
    if there is None:
        return (_said("sqlserver.no_database", Severity.ERROR, **values),)
    if not there.is_online:
        return (_down(client, there, values),)
    if there.is_single and (not there.may_enter or occupants(client, there.name)):
        return (_said("sqlserver.single_user", Severity.ERROR, **values),)
    if not (there.may_backup or server.is_sysadmin):
        return (_said("sqlserver.backup_right", Severity.ERROR, **values, right="BACKUP DATABASE"),)
    size: dict[str, str | int] = {"bytes": there.data_bytes, "log_bytes": there.log_bytes}
    found = [_said("sqlserver.ready", Severity.INFO, **values, **size, model=there.recovery_model)]
    return (*found, *_worth_knowing(server, there, values | size))


def _down(client: Client, there: DatabaseFacts, values: dict[str, str | int]) -> Finding:
    """Why a database can't be used: where somebody is restoring it, that passes."""
    other = under_way(client, there.name) if there.state is State.RESTORING else None
    if other is not None:
        return _said(other.code, Severity.ERROR, **{**values, **other.values})
    return _said("sqlserver.not_online", Severity.ERROR, **values, state=there.state.name)


def _worth_knowing(server: ServerFacts, there: DatabaseFacts, values: dict[str, str | int]) -> list[Finding]:
    found = []
    if there.recovery_model != "SIMPLE" and there.log_bytes > max(there.data_bytes, 1 << 30):
        found.append(_said("sqlserver.log_grows", Severity.WARNING, **values))
    if server.largest_database and there.data_bytes > server.largest_database * _NEAR_LIMIT:
        found.append(_said("sqlserver.near_limit", Severity.WARNING, **values, most_bytes=server.largest_database))
    if there.is_encrypted:
        found.append(_said("sqlserver.tde", Severity.WARNING, **values))
    return found


def note(client: Client, location: str, row: AuditRow) -> None:
    """Add a row to the audit table of the application. Raises `Refused` (``audit_row.no_table``), `SourceFailed`."""
    for table in TABLES:
        columns = [one.text("name") for one in client.query(tsql_ask.columns_of(location, table))]
        values = fitted(table, columns, row)
        if values:
            batch = tsql.insert(location, table, values)
            executed = client.execute(batch)
            problem = problem_of(executed.messages, database=location)
            if problem is not None:
                raise failure_of(problem)
            if not executed.proves(batch):
                raise client.failure(executed)
            return
    raise Refused("audit_row.no_table", path=location, allowed=", ".join(TABLES))


def _said(code: str, severity: Severity, **values: str | int) -> Finding:
    return Finding(code=code, severity=severity, values=values)
