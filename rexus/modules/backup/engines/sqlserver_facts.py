"""What a SQL Server is and may, and how one of its databases is, as typed records read from its answers."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta

import msgspec

from ..base.errors import SourceFailed
from ..base.records import Record
from . import tsql, tsql_ask
from .sqlserver_client import Client, Row

EXPRESS, AZURE_DATABASE, MANAGED_INSTANCE = 4, 5, 8
"""Values of ``EngineEdition``."""
_ENTERPRISE, _STANDARD, _WEB_ID = 3, 2, "Web"
_EXPRESS_BYTES, _EXPRESS_BYTES_2025 = 10 << 30, 50 << 30
_MAJOR_2025 = 17
_SINGLE = 1
"""``sys.databases.user_access``: SINGLE_USER."""
UNSEEN = "sqlserver.databases_unseen"
"""The login may not see which databases there are."""


class State(enum.IntEnum):
    """``sys.databases.state``."""

    ONLINE = 0
    RESTORING = 1
    RECOVERING = 2
    RECOVERY_PENDING = 3
    SUSPECT = 4
    EMERGENCY = 5
    OFFLINE = 6


class ServerFacts(Record, frozen=True, kw_only=True):
    """The server, and what our login may do on it. Rights: None where the server can't tell."""

    name: str
    machine: str
    version: str
    edition: str
    engine_edition: int
    platform: str
    """``Windows`` or ``Linux``."""
    collation: str
    backup_folder: str
    data_folder: str
    log_folder: str
    compresses_by_default: bool
    utc_offset_minutes: int
    time: datetime | None
    """The server's wall time when it was asked."""
    login: str
    is_sysadmin: bool
    is_dbcreator: bool
    may_create: bool
    may_view_state: bool
    may_kill: bool

    @property
    def major(self) -> int:
        """13 for 2016, 14 for 2017, 15 for 2019, 16 for 2022, 17 for 2025; 0: it does not say."""
        first = self.version.partition(".")[0]
        return int(first) if first.isdigit() else 0

    @property
    def is_express(self) -> bool:
        """The free edition: no compression, encryption, Agent; a limit of size."""
        return self.engine_edition == EXPRESS

    @property
    def can_compress(self) -> bool:
        """Whether BACKUP may ask for compression (else error 1844)."""
        return self.engine_edition in (_STANDARD, _ENTERPRISE) and _WEB_ID not in self.edition

    @property
    def can_encrypt(self) -> bool:
        """Whether BACKUP may ask for encryption."""
        return self.can_compress

    @property
    def can_back_up_to_disk(self) -> bool:
        """Azure's databases know no BACKUP, its managed instances only one to an address."""
        return self.engine_edition not in (AZURE_DATABASE, MANAGED_INSTANCE)

    @property
    def largest_database(self) -> int | None:
        """Bytes of data that a database may have on this edition; None: more than anybody has."""
        if not self.is_express:
            return None
        return _EXPRESS_BYTES_2025 if self.major >= _MAJOR_2025 else _EXPRESS_BYTES

    @property
    def may_verify(self) -> bool:
        """HEADERONLY, FILELISTONLY and VERIFYONLY ask for CREATE DATABASE."""
        return self.is_sysadmin or self.is_dbcreator or self.may_create

    @property
    def separator(self) -> str:
        """Between the parts of the server's paths."""
        return "/" if self.platform.casefold() == "linux" else "\\"

    def utc(self, wall: datetime | None) -> datetime | None:
        """The instant of a wall time of this server, with today's offset; None stays None."""
        if wall is None:
            return None
        return (wall - timedelta(minutes=self.utc_offset_minutes)).replace(tzinfo=UTC)


class DatabaseFacts(Record, frozen=True, kw_only=True):
    """One database of the server."""

    name: str
    state: State
    is_single: bool
    """Only one session may be in it, whosever that is."""
    recovery_model: str
    """``SIMPLE``, ``FULL`` or ``BULK_LOGGED``."""
    is_read_only: bool
    is_in_standby: bool
    is_encrypted: bool
    is_in_group: bool
    compatibility_level: int
    owner: str
    is_owner: bool
    may_enter: bool
    may_backup: bool
    may_backup_log: bool
    may_alter: bool
    may_control: bool = True
    """Owners may, who alone may have it checked."""
    log_wait: str = ""
    """What keeps its log from being shortened (``log_reuse_wait_desc``)."""
    data_bytes: int
    log_bytes: int
    differential_base_lsn: int | None
    last_log_backup_lsn: int | None
    differential_base_guid: str = ""
    family_guid: str = ""
    recovery_fork: str = ""
    """Changes with every restore; empty where the database is not open."""
    sees_files: bool = True
    """Else sizes are 0 and the base of differentials is unknown: the login may not even enter it."""

    @property
    def is_online(self) -> bool:
        """Whether it can be used and backed up."""
        return self.state is State.ONLINE

    @property
    def may_have_base(self) -> bool:
        """Whether somebody's differential backups may stand on its last full backup: so too where nobody can see it."""
        return self.differential_base_lsn is not None or not self.sees_files

    @property
    def is_pseudo_simple(self) -> bool:
        """In FULL, but without the full backup that its log chain would begin with: BACKUP LOG gives 4214."""
        return self.recovery_model != "SIMPLE" and self.last_log_backup_lsn is None


def ask_server(client: Client) -> ServerFacts:
    """Ask the server what it is. Raises `SourceFailed`."""
    rows = client.query(tsql_ask.SERVER)
    if not rows:
        raise SourceFailed("sqlserver.odd_answer", column="product_version", value="")
    facts = _server(rows[0])
    if facts.backup_folder or facts.separator == "/":
        return facts
    return _with_folder(facts, client)


def _with_folder(facts: ServerFacts, client: Client) -> ServerFacts:
    """Servers before 2019 keep their backup folder in the registry, which not everybody may read."""
    try:
        rows = client.query(tsql_ask.BACKUP_FOLDER)
    except SourceFailed:
        return facts
    return msgspec.structs.replace(facts, backup_folder=rows[0].text("backup_folder") if rows else "")


def _server(row: Row) -> ServerFacts:
    return ServerFacts(
        name=row.text("server_name"),
        machine=row.text("physical_name") or row.text("machine_name"),
        version=row.text("product_version"),
        edition=row.text("edition"),
        engine_edition=row.integer("engine_edition") or 0,
        platform=row.text("platform") or "Windows",
        collation=row.text("collation"),
        backup_folder=row.text("backup_folder"),
        data_folder=row.text("data_folder"),
        log_folder=row.text("log_folder"),
        compresses_by_default=row.flag("compression_default"),
        utc_offset_minutes=row.integer("utc_offset_minutes") or 0,
        time=row.instant("server_time"),
        login=row.text("login_name"),
        is_sysadmin=row.flag("is_sysadmin"),
        is_dbcreator=row.flag("is_dbcreator"),
        may_create=row.flag("may_create"),
        may_view_state=row.flag("may_view_state"),
        may_kill=row.flag("may_kill"),
    )


def ask_database(client: Client, name: str) -> DatabaseFacts | None:
    """Ask how a database is; None: there is none of that name.

    Raises `BadInput`, `SourceFailed` (`UNSEEN` where the login could not see whether there is one).
    """
    rows = client.query(tsql_ask.database(name))
    if rows:
        found = _database(rows[0])
        return found if found.sees_files else _with_own_files(found, client)
    sight = client.query(tsql_ask.SIGHT)
    if sight and not sight[0].flag("sees_all"):
        login = sight[0].text("login_name")
        values = {"database": name, "login": login, "login_sql": tsql.identifier(login or "?")}
        raise SourceFailed(UNSEEN, **values)
    return None


def _with_own_files(found: DatabaseFacts, client: Client) -> DatabaseFacts:
    """What `sys.master_files` hides from a login with few rights, the database itself tells its users."""
    rows = client.query(tsql_ask.own_files(found.name)) if found.may_enter and found.is_online else ()
    if not rows:
        return found
    return msgspec.structs.replace(
        found,
        data_bytes=rows[0].integer("data_bytes") or 0,
        log_bytes=rows[0].integer("log_bytes") or 0,
        differential_base_lsn=rows[0].integer("differential_base_lsn"),
        differential_base_guid=rows[0].guid("differential_base_guid"),
        sees_files=True,
    )


def ask_databases(client: Client) -> tuple[DatabaseFacts, ...]:
    """All databases of the server but tempdb. Raises `SourceFailed`."""
    return tuple(_database(row) for row in client.query(tsql_ask.databases()))


def _database(row: Row) -> DatabaseFacts:
    return DatabaseFacts(
        name=row.text("name"),
        state=State(row.integer("state") or 0),
        is_single=row.integer("user_access") == _SINGLE,
        recovery_model=row.text("recovery_model"),
        is_read_only=row.flag("is_read_only"),
        is_in_standby=row.flag("is_in_standby"),
        is_encrypted=row.flag("is_encrypted"),
        is_in_group=row.flag("is_in_group"),
        compatibility_level=row.integer("compatibility_level") or 0,
        owner=row.text("owner_name"),
        is_owner=row.flag("is_owner"),
        may_enter=row.flag("may_enter"),
        may_backup=row.flag("may_backup"),
        may_backup_log=row.flag("may_backup_log"),
        may_alter=row.flag("may_alter"),
        may_control=row.flag("may_control"),
        log_wait=row.text("log_wait"),
        data_bytes=row.integer("data_bytes") or 0,
        log_bytes=row.integer("log_bytes") or 0,
        differential_base_lsn=row.integer("differential_base_lsn"),
        last_log_backup_lsn=row.integer("last_log_backup_lsn"),
        differential_base_guid=row.guid("differential_base_guid"),
        family_guid=row.guid("family_guid"),
        recovery_fork=row.guid("recovery_fork"),
        sees_files=bool(row.integer("files_seen")),
    )


def row_counts(client: Client, name: str) -> dict[str, int]:
    """Rows of every table, as ``schema.table``. Raises `SourceFailed`."""
    rows = client.query(tsql_ask.row_counts(name))
    return {f"{row.text('schema_name')}.{row.text('table_name')}": row.integer("row_count") or 0 for row in rows}
