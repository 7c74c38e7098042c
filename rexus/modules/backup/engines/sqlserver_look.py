"""A server as one looks at it before anything is done there: the client that reaches it, itself, its databases."""

from __future__ import annotations

import msgspec

from ..base.errors import BackupError
from ..base.files import Files
from ..base.records import Finding, Record, Severity
from ..base.server_parts import SYSTEM_DATABASES
from ..config.load import Loaded
from . import tsql
from .port import DatabaseRef
from .port_server import Occupant
from .sqlserver_check import database_findings, is_of_folder, is_reached, server_findings
from .sqlserver_choose import choose
from .sqlserver_client import Client
from .sqlserver_connect import connection_of
from .sqlserver_facts import DatabaseFacts, ServerFacts, ask_databases, ask_server
from .sqlserver_folder import Meeting, meeting
from .sqlserver_open import Timed, owner_of
from .sqlserver_restore import occupants

_OWN = frozenset({*SYSTEM_DATABASES, "tempdb"})
"""The server's own databases."""


class SeenDatabase(Record, frozen=True, kw_only=True):
    """One database of the server, as far as it matters before a backup."""

    name: str
    recovery_model: str
    """``SIMPLE``, ``FULL`` or ``BULK_LOGGED``."""
    is_online: bool
    has_base: bool
    """A full backup was taken that differential ones can stand on."""
    has_log_chain: bool
    """Its log is kept for log backups: it is in FULL (or BULK_LOGGED) and a full backup was taken since."""
    data_bytes: int
    log_bytes: int
    to_full: str
    """The T-SQL that has its log kept for log backups; nothing of ours ever sends it."""
    to_simple: str
    """The T-SQL that has its log thrown away."""


class SeenServer(Record, frozen=True, kw_only=True):
    """The server, and all databases of users on it."""

    name: str
    edition: str
    version: str
    backup_folder: str
    """Where it puts backups by itself; empty: it does not say."""
    is_express: bool
    can_compress: bool
    can_encrypt: bool
    compresses_by_default: bool
    largest_database: int | None
    """Bytes of data that a database may have on this edition; None: more than anybody has."""
    databases: tuple[SeenDatabase, ...] = ()


class Look(Record, frozen=True, kw_only=True):
    """What was found; without ``server`` it was not reached, and the findings say why."""

    findings: tuple[Finding, ...]
    server: SeenServer | None = None
    of: dict[str, tuple[Finding, ...]] = msgspec.field(default_factory=dict)
    """What is to be said of each configured database, by its name."""

    @property
    def of_folder(self) -> tuple[Finding, ...]:
        """Those of the findings that tell of the folder where server and client meet."""
        return tuple(one for one in self.findings if is_of_folder(one))

    @property
    def of_connection(self) -> tuple[Finding, ...]:
        """All the others."""
        return tuple(one for one in self.findings if not is_of_folder(one))


def client_of(loaded: Loaded) -> tuple[Client, Finding]:
    """The way to the server that settings and `.env` describe, and which one it is. Raises `BadInput`, `Refused`."""
    settings = loaded.settings.sqlserver
    choice = choose(settings.client, connection_of(settings, loaded.environment))
    return Timed(choice.client, settings), choice.because


def place_of(loaded: Loaded, server: ServerFacts) -> Meeting:
    """The folder where this installation and the server meet. Raises `SourceFailed`."""
    settings = loaded.settings.sqlserver
    return meeting(server, settings.server_backup_dir, settings.client_backup_dir, owner_of(loaded))


def look(loaded: Loaded, files: Files) -> Look:
    """Look at everything. Raises nothing: what goes wrong is a finding.

    A server that can't be reached is asked once: every further attempt with a wrong password could lock the account.
    """
    try:
        client, because = client_of(loaded)
    except BackupError as error:
        return Look(findings=(_wrong(error),))
    found = (because, *server_findings(client, loaded.settings.sqlserver, files, owner_of(loaded)))
    if not is_reached(found):
        return Look(findings=found)
    try:
        server = ask_server(client)
        there = ask_databases(client)
    except BackupError as error:
        return Look(findings=found if any(one.severity is Severity.ERROR for one in found) else (_wrong(error),))
    seen = SeenServer(
        name=server.name,
        edition=server.edition,
        version=server.version,
        backup_folder=server.backup_folder,
        is_express=server.is_express,
        can_compress=server.can_compress,
        can_encrypt=server.can_encrypt,
        compresses_by_default=server.compresses_by_default,
        largest_database=server.largest_database,
        databases=tuple(_database(one) for one in there if one.name.casefold() not in _OWN),
    )
    return Look(findings=found, server=seen, of=_each(client, server, loaded))


def _database(there: DatabaseFacts) -> SeenDatabase:
    quoted = tsql.identifier(there.name)
    return SeenDatabase(
        name=there.name,
        recovery_model=there.recovery_model,
        is_online=there.is_online,
        has_base=there.differential_base_lsn is not None,
        has_log_chain=there.recovery_model != "SIMPLE" and not there.is_pseudo_simple,
        data_bytes=there.data_bytes,
        log_bytes=there.log_bytes,
        to_full=f"ALTER DATABASE {quoted} SET RECOVERY FULL;",
        to_simple=f"ALTER DATABASE {quoted} SET RECOVERY SIMPLE;",
    )


def _each(client: Client, server: ServerFacts, loaded: Loaded) -> dict[str, tuple[Finding, ...]]:
    told: dict[str, tuple[Finding, ...]] = {}
    for name in loaded.database_names:
        ref = DatabaseRef(name=name, location=loaded.database_location(name))
        try:
            told[name] = database_findings(client, server, ref)
        except BackupError as error:
            told[name] = (_wrong(error),)
    return told


def prove_folder(loaded: Loaded, files: Files) -> tuple[Finding, ...]:
    """Whether server and client mean the same folder, by a file that one makes and the other sees. Raises nothing.

    Without any finding nothing was tried: backups go into a container, and no folder is meant.
    """
    try:
        client, _because = client_of(loaded)
    except BackupError as error:
        return (_wrong(error),)
    found = server_findings(client, loaded.settings.sqlserver, files, owner_of(loaded))
    of_folder = tuple(one for one in found if is_of_folder(one))
    return of_folder or tuple(one for one in found if one.severity is Severity.ERROR)


def sessions(loaded: Loaded, names: tuple[str, ...]) -> dict[str, tuple[Occupant, ...]]:
    """Who is in each of these databases of the server. Raises `BadInput`, `Refused`; who can't be seen is left out."""
    client, _because = client_of(loaded)
    return {name: occupants(client, name) for name in names}


def _wrong(error: BackupError) -> Finding:
    return Finding(code=error.code, severity=Severity.ERROR, values=dict(error.values))
