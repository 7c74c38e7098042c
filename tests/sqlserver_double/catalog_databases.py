"""Views of databases, their files and the disk, and of how the server is set up."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .databases import LOG_UNLIMITED, PAGE, Database
from .scopes import like_pattern
from .sources import table_function, view
from .sql_types import (
    BIGINT,
    BIT,
    DATETIME,
    DATETIMEOFFSET,
    GUID,
    INT,
    LSN,
    SYSNAME,
    TINYINT,
    SqlType,
    nvarchar,
    varbinary,
)
from .world_messages import SqlError, say

if TYPE_CHECKING:
    from .frames import Frame

Rows = Iterable[tuple[object, ...]]
SID = varbinary(85)
DESC = nvarchar(60)
STATES = {
    "ONLINE": 0,
    "RESTORING": 1,
    "RECOVERING": 2,
    "RECOVERY_PENDING": 3,
    "SUSPECT": 4,
    "EMERGENCY": 5,
    "OFFLINE": 6,
}
ACCESS = {"MULTI_USER": 0, "SINGLE_USER": 1, "RESTRICTED_USER": 2}
MODELS = {"FULL": 1, "BULK_LOGGED": 2, "SIMPLE": 3}
VERIFY = {"NONE": 0, "TORN_PAGE_DETECTION": 1, "CHECKSUM": 2}


def need_server_state(frame: Frame) -> None:
    """Raises `SqlError` 300 for who may not see the state of the server."""
    permission = "VIEW SERVER PERFORMANCE STATE" if frame.world.version[0] >= 16 else "VIEW SERVER STATE"
    if not frame.session.rights.server(permission):
        raise SqlError(say(300, permission), say(297))


def guid(text: str | None) -> uuid.UUID | None:
    """As the type uniqueidentifier."""
    return uuid.UUID(text) if text else None


def _all(frame: Frame) -> list[Database]:
    return sorted(frame.world.databases.values(), key=lambda each: each.id)


def _reuse_wait(database: Database) -> str:
    if database.backing_up:
        return "ACTIVE_BACKUP_OR_RESTORE"
    return "LOG_BACKUP" if database.keeps_log and database.log else "NOTHING"


@view(
    "sys.databases",
    name=SYSNAME, database_id=INT, source_database_id=INT, owner_sid=SID, create_date=DATETIME,
    compatibility_level=TINYINT, collation_name=SYSNAME, user_access=TINYINT, user_access_desc=DESC, is_read_only=BIT,
    is_auto_close_on=BIT, is_auto_shrink_on=BIT, state=TINYINT, state_desc=DESC, is_in_standby=BIT,
    is_cleanly_shutdown=BIT, recovery_model=TINYINT, recovery_model_desc=DESC, page_verify_option=TINYINT,
    page_verify_option_desc=DESC, is_published=BIT, is_distributor=BIT, is_sync_with_backup=BIT,
    service_broker_guid=GUID, is_broker_enabled=BIT, log_reuse_wait=TINYINT, log_reuse_wait_desc=DESC,
    is_cdc_enabled=BIT, is_encrypted=BIT, is_trustworthy_on=BIT, is_master_key_encrypted_by_server=BIT,
    replica_id=GUID, group_database_id=GUID, containment=TINYINT, containment_desc=DESC, is_query_store_on=BIT,
)  # fmt: skip
def databases(frame: Frame, here: str) -> Rows:
    """All of them for everybody, unless VIEW ANY DATABASE was taken away."""
    rights = frame.session.rights
    wide = any(rights.server(f"{verb} ANY DATABASE") for verb in ("VIEW", "ALTER", "CREATE"))
    for one in _all(frame):
        if not wide and one.key not in {"master", "tempdb", here.casefold()} and not rights.is_owner(one):
            continue
        online = one.state == "ONLINE"
        waits = _reuse_wait(one)
        yield (
            one.name, one.id, None, one.owner_sid, one.created_at, one.compatibility,
            one.collation if online else None, ACCESS[one.user_access], one.user_access,
            one.read_only or bool(one.standby), one.options.get("AUTO_CLOSE", False),
            one.options.get("AUTO_SHRINK", False), STATES[one.state], one.state, bool(one.standby), False,
            MODELS[one.recovery_model], one.recovery_model, VERIFY[one.page_verify], one.page_verify, False, False,
            False, guid(one.binding_id), one.broker and not one.is_system, 2 if waits == "LOG_BACKUP" else 0, waits,
            False, one.encrypted, one.trustworthy, False, None, None, 0, "NONE", False,
        )  # fmt: skip


def _sees_files(frame: Frame, one: Database) -> bool:
    rights = frame.session.rights
    wide = ("CREATE ANY DATABASE", "ALTER ANY DATABASE", "VIEW ANY DEFINITION")
    return any(rights.server(each) for each in wide) or rights.is_owner(one) or bool(rights.in_role(one, "db_owner"))


FILE_COLUMNS: dict[str, SqlType] = {
    "file_id": INT, "file_guid": GUID, "type": TINYINT, "type_desc": DESC, "data_space_id": INT, "name": SYSNAME,
    "physical_name": nvarchar(260), "state": TINYINT, "state_desc": DESC, "size": INT, "max_size": INT, "growth": INT,
    "is_media_read_only": BIT, "is_read_only": BIT, "is_sparse": BIT, "is_percent_growth": BIT,
    "is_name_reserved": BIT, "create_lsn": LSN, "drop_lsn": LSN, "read_only_lsn": LSN, "read_write_lsn": LSN,
    "differential_base_lsn": LSN, "differential_base_guid": GUID, "differential_base_time": DATETIME,
}  # fmt: skip


def _file_rows(one: Database) -> Rows:
    base = one.base
    for file in one.files:
        data = file.type == "D"
        unlimited = file.max_size >= (LOG_UNLIMITED if not data else 2**44)
        state = one.state if one.state in {"ONLINE", "RESTORING", "OFFLINE"} else "ONLINE"
        yield (
            file.id, guid(file.unique_id), 0 if data else 1, "ROWS" if data else "LOG", 1 if data else 0, file.logical,
            file.physical, STATES[state], state, file.size // PAGE,
            (-1 if data else 268435456) if unlimited else file.max_size // PAGE,
            file.growth if file.growth_is_percent else file.growth // PAGE, False, False, False,
            file.growth_is_percent, False, None, None, None, None,
            base.lsn if base and data else None, guid(base.guid) if base and data else None,
            base.at if base and data else None,
        )  # fmt: skip


@view("sys.master_files", database_id=INT, **FILE_COLUMNS)
def master_files(frame: Frame, _database: str) -> Rows:
    for one in _all(frame):
        if _sees_files(frame, one):
            yield from ((one.id, *row) for row in _file_rows(one))


@view("sys.database_files", **FILE_COLUMNS)
def database_files(frame: Frame, database: str) -> Rows:
    yield from _file_rows(frame.world.database(database))


@view(
    "sys.database_recovery_status",
    database_id=INT, database_guid=GUID, family_guid=GUID, last_log_backup_lsn=LSN, recovery_fork_guid=GUID,
    first_recovery_fork_guid=GUID, fork_point_lsn=LSN,
)  # fmt: skip
def database_recovery_status(frame: Frame, _database: str) -> Rows:
    """Of all databases for who may view any, as everybody may; NULLs for those that are not online."""
    sees_all = frame.session.rights.server("VIEW ANY DATABASE")
    for one in _all(frame):
        if not (sees_all or _sees_files(frame, one)):
            continue
        if one.state != "ONLINE":
            yield (one.id, None, None, None, None, None, None)
            continue
        forks = (guid(one.fork), guid(one.earlier_fork), one.fork_point)
        yield (one.id, guid(one.binding_id), guid(one.family_guid), one.last_log_backup_lsn, *forks)


@table_function(
    "sys.dm_os_volume_stats", 2, 2,
    database_id=INT, file_id=INT, volume_mount_point=nvarchar(512), volume_id=nvarchar(512),
    logical_volume_name=nvarchar(512), file_system_type=nvarchar(512), total_bytes=BIGINT, available_bytes=BIGINT,
    supports_compression=TINYINT, is_read_only=TINYINT,
)  # fmt: skip
def volume_stats(frame: Frame, database_id: object, file_id: object) -> Rows:
    need_server_state(frame)
    disk = frame.world.disk
    for one in _all(frame):
        for file in one.files:
            if one.id == database_id and file.id == file_id:
                volume = disk.volume(file.physical)
                kind = "NTFS" if disk.windows else "ext4"
                yield (one.id, file.id, volume, volume, "", kind, disk.total(volume), disk.free(volume), 1, 0)


@view(
    "sys.dm_os_enumerate_fixed_drives",
    fixed_drive_path=nvarchar(256), drive_type=INT, drive_type_desc=nvarchar(256), free_space_in_bytes=BIGINT,
)  # fmt: skip
def fixed_drives(frame: Frame, _database: str) -> Rows:
    need_server_state(frame)
    disk = frame.world.disk
    yield from ((volume, 3, "DRIVE_FIXED", disk.free(volume)) for volume in disk.volumes())


@table_function("sys.dm_os_file_exists", 1, 1, file_exists=BIT, file_is_a_directory=BIT, parent_directory_exists=BIT)
def file_exists(frame: Frame, path: object) -> Rows:
    """False thrice for who is not sysadmin, as a service account would not look for just anybody."""
    if path is None:
        return
    yield frame.world.disk.exists(str(path)) if frame.session.rights.is_sysadmin else (False, False, False)


@table_function(
    "sys.dm_os_enumerate_filesystem", 2, 2,
    full_filesystem_path=nvarchar(256), parent_directory=nvarchar(256), file_or_directory_name=nvarchar(256), level=INT,
    is_directory=BIT, is_read_only=BIT, size_in_bytes=BIGINT, last_write_time=DATETIME,
)  # fmt: skip
def enumerate_filesystem(frame: Frame, folder: object, pattern: object) -> Rows:
    """Files and folders directly in a folder; nothing for who is not sysadmin."""
    if folder is None or not frame.session.rights.is_sysadmin:
        return
    disk, wanted = frame.world.disk, str(pattern or "*").replace("*", "%").replace("?", "_")
    for entry in disk.entries(str(folder)):
        if re.fullmatch(like_pattern(wanted), entry.name, re.I):
            size = entry.stat().st_size if entry.is_file() else 0
            where = (disk.join(str(folder), entry.name), str(folder), entry.name)
            yield (*where, 0, entry.is_dir(), False, size, frame.world.clock.now())


@view(
    "sys.configurations",
    configuration_id=INT, name=nvarchar(35), value=SqlType("sql_variant"), minimum=SqlType("sql_variant"),
    maximum=SqlType("sql_variant"), value_in_use=SqlType("sql_variant"), description=nvarchar(255), is_dynamic=BIT,
    is_advanced=BIT,
)  # fmt: skip
def configurations(frame: Frame, _database: str) -> Rows:
    for one in frame.world.settings.values():
        values = (one.value, one.least, one.most, one.running)
        yield (one.id, one.name, *values, one.name, True, one.advanced)


@view(
    "sys.dm_os_host_info",
    host_platform=nvarchar(256), host_distribution=nvarchar(256), host_release=nvarchar(256),
    host_service_pack_level=nvarchar(256), host_sku=INT, os_language_version=INT, host_architecture=nvarchar(256),
)  # fmt: skip
def host_info(frame: Frame, _database: str) -> Rows:
    if frame.world.windows:
        yield ("Windows", "Windows Server 2022 Standard", "10.0", "", 7, 1033, "X64")
    else:
        yield ("Linux", "Ubuntu", "22.04", "", None, 0, "X64")


@view("sys.dm_os_sys_info", cpu_count=INT, physical_memory_kb=BIGINT, sqlserver_start_time=DATETIME)
def sys_info(frame: Frame, _database: str) -> Rows:
    need_server_state(frame)
    yield (4, 16 * 2**20, frame.world.started_at)


@view(
    "sys.dm_server_services",
    servicename=nvarchar(256), startup_type=INT, startup_type_desc=nvarchar(256), status=INT,
    status_desc=nvarchar(256), process_id=INT, last_startup_time=DATETIMEOFFSET, service_account=nvarchar(256),
    filename=nvarchar(256), is_clustered=nvarchar(1), instant_file_initialization_enabled=nvarchar(1),
)  # fmt: skip
def server_services(frame: Frame, _database: str) -> Rows:
    need_server_state(frame)
    world = frame.world
    instance = world.instance or "MSSQLSERVER"
    account = f"NT Service\\MSSQL${instance}" if world.instance else "NT Service\\MSSQLSERVER"
    if not world.windows:
        account = "mssql"
    yield (f"SQL Server ({instance})", 2, "Automatic", 4, "Running", 4242, world.clock.aware(), account, "", "N", "N")
    if world.edition.agent:
        name = f"SQL Server Agent ({instance})"
        yield (name, 3, "Manual", 1, "Stopped", None, None, account, "", "N", "N")


@view("sys.dm_db_log_space_usage", database_id=INT, total_log_size_in_bytes=BIGINT, used_log_space_in_bytes=BIGINT,
      used_log_space_in_percent=SqlType("real"))  # fmt: skip
def log_space_usage(frame: Frame, database: str) -> Rows:
    one = frame.world.database(database)
    total = sum(file.size for file in one.files if file.type == "L")
    used = 65536 + sum(200 + sum(len(page or b"") for page in each.changes.values()) for each in one.log)
    yield (one.id, total, min(used, total), min(used, total) / total * 100)


EMPTY = {
    "sys.dm_hadr_availability_replica_states": {"replica_id": GUID, "group_id": GUID, "is_local": BIT,
                                                "role": TINYINT, "role_desc": DESC},
    "sys.dm_hadr_database_replica_states": {"database_id": INT, "group_id": GUID, "replica_id": GUID, "is_local": BIT,
                                            "is_primary_replica": BIT},
    "sys.availability_groups": {"group_id": GUID, "name": SYSNAME},
    "sys.availability_replicas": {"replica_id": GUID, "group_id": GUID, "replica_server_name": nvarchar(256)},
    "sys.availability_databases_cluster": {"group_id": GUID, "group_database_id": GUID, "database_name": SYSNAME},
    "sys.database_mirroring": {"database_id": INT, "mirroring_guid": GUID, "mirroring_state": TINYINT,
                               "mirroring_role": TINYINT},
    "sys.backup_devices": {"name": SYSNAME, "type": TINYINT, "type_desc": DESC, "physical_name": nvarchar(260)},
}  # fmt: skip
"""Views that are always empty here: no groups of availability, no mirrors, no devices."""

for _name, _columns in EMPTY.items():
    view(_name, **_columns)(lambda _frame, _database: ())
