"""The T-SQL that asks: what the server is, what it may, how far it is, what it did. Pure; changes nothing.

Columns have names of ours, which `sqlserver_rows` reads. Everything is converted to plain types: ``sql_variant`` is
shown differently by every client.
"""

# ruff: noqa: S608  what is put into statements passes `literal` and `identifier`

from __future__ import annotations

from datetime import datetime

from .tsql import identifier as name_of
from .tsql import instant, literal

ALIVE = "SELECT 1 AS alive;"
"""Whether there is anybody."""

SERVER = """SELECT
CONVERT(nvarchar(128), SERVERPROPERTY('ProductVersion')) AS product_version,
CONVERT(nvarchar(128), SERVERPROPERTY('Edition')) AS edition,
CONVERT(int, SERVERPROPERTY('EngineEdition')) AS engine_edition,
CONVERT(nvarchar(128), SERVERPROPERTY('ServerName')) AS server_name,
CONVERT(nvarchar(128), SERVERPROPERTY('MachineName')) AS machine_name,
CONVERT(nvarchar(128), SERVERPROPERTY('ComputerNamePhysicalNetBIOS')) AS physical_name,
CONVERT(nvarchar(128), SERVERPROPERTY('InstanceName')) AS instance_name,
CONVERT(nvarchar(128), SERVERPROPERTY('Collation')) AS collation,
CONVERT(nvarchar(4000), SERVERPROPERTY('InstanceDefaultBackupPath')) AS backup_folder,
CONVERT(nvarchar(4000), SERVERPROPERTY('InstanceDefaultDataPath')) AS data_folder,
CONVERT(nvarchar(4000), SERVERPROPERTY('InstanceDefaultLogPath')) AS log_folder,
CONVERT(int, SERVERPROPERTY('IsHadrEnabled')) AS is_hadr_enabled,
(SELECT host_platform FROM sys.dm_os_host_info) AS platform,
(SELECT CONVERT(int, value_in_use) FROM sys.configurations
 WHERE name = N'backup compression default') AS compression_default,
SYSDATETIME() AS server_time,
DATEPART(tzoffset, SYSDATETIMEOFFSET()) AS utc_offset_minutes,
SUSER_SNAME() AS login_name,
IS_SRVROLEMEMBER('sysadmin') AS is_sysadmin,
IS_SRVROLEMEMBER('dbcreator') AS is_dbcreator,
HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE') AS may_create,
HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE') AS may_view_state,
HAS_PERMS_BY_NAME(NULL, NULL, 'ALTER ANY CONNECTION') AS may_kill;"""
"""The server, and what the login may do on it; one row."""

_DATABASE = """SELECT
d.name AS name,
d.database_id AS database_id,
CONVERT(int, d.state) AS state,
d.state_desc AS state_desc,
CONVERT(int, d.user_access) AS user_access,
d.recovery_model_desc AS recovery_model,
d.log_reuse_wait_desc AS log_wait,
CONVERT(int, d.is_read_only) AS is_read_only,
CONVERT(int, d.is_in_standby) AS is_in_standby,
CONVERT(int, d.is_encrypted) AS is_encrypted,
CONVERT(int, d.compatibility_level) AS compatibility_level,
d.collation_name AS collation,
d.create_date AS created_at,
SUSER_SNAME(d.owner_sid) AS owner_name,
CASE WHEN d.owner_sid = SUSER_SID() THEN 1 ELSE 0 END AS is_owner,
CASE WHEN d.replica_id IS NULL THEN 0 ELSE 1 END AS is_in_group,
HAS_DBACCESS(d.name) AS may_enter,
HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'BACKUP DATABASE') AS may_backup,
HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'BACKUP LOG') AS may_backup_log,
HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'ALTER') AS may_alter,
HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'CONTROL') AS may_control,
(SELECT SUM(CONVERT(bigint, f.size)) * 8192 FROM sys.master_files AS f
 WHERE f.database_id = d.database_id AND f.type <> 1) AS data_bytes,
(SELECT SUM(CONVERT(bigint, f.size)) * 8192 FROM sys.master_files AS f
 WHERE f.database_id = d.database_id AND f.type = 1) AS log_bytes,
(SELECT MAX(f.differential_base_lsn) FROM sys.master_files AS f
 WHERE f.database_id = d.database_id AND f.file_id = 1) AS differential_base_lsn,
(SELECT TOP (1) CONVERT(nvarchar(36), f.differential_base_guid) FROM sys.master_files AS f
 WHERE f.database_id = d.database_id AND f.file_id = 1) AS differential_base_guid,
(SELECT COUNT(*) FROM sys.master_files AS f WHERE f.database_id = d.database_id) AS files_seen,
r.last_log_backup_lsn AS last_log_backup_lsn,
CONVERT(nvarchar(36), r.family_guid) AS family_guid,
CONVERT(nvarchar(36), r.recovery_fork_guid) AS recovery_fork
FROM sys.databases AS d LEFT JOIN sys.database_recovery_status AS r ON r.database_id = d.database_id"""


def databases() -> str:
    """Every database of the server but tempdb, with what the login may do in it."""
    return f"{_DATABASE}\nWHERE d.database_id <> 2\nORDER BY d.name;"


def database(name: str) -> str:
    """The same of one; no row where there is no such database. Raises `BadInput`."""
    return f"{_DATABASE}\nWHERE d.name = {literal(name)};"


def own_files(name: str) -> str:
    """Of the files of a database what that itself tells whoever may enter it. Raises `BadInput`."""
    place = f"{name_of(name)}.sys.database_files"
    return (
        f"SELECT (SELECT SUM(CONVERT(bigint, size)) * 8192 FROM {place} WHERE type <> 1) AS data_bytes,\n"
        f"(SELECT SUM(CONVERT(bigint, size)) * 8192 FROM {place} WHERE type = 1) AS log_bytes,\n"
        f"(SELECT MAX(differential_base_lsn) FROM {place} WHERE file_id = 1) AS differential_base_lsn,\n"
        f"(SELECT TOP (1) CONVERT(nvarchar(36), differential_base_guid) FROM {place} WHERE file_id = 1)"
        " AS differential_base_guid;"
    )


SIMPLE = "SELECT d.name AS name FROM sys.databases AS d WHERE d.recovery_model_desc = N'SIMPLE';"
"""Databases whose log is kept for no backup."""

SIGHT = """SELECT SUSER_SNAME() AS login_name,
CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY DATABASE') = 1
OR HAS_PERMS_BY_NAME(NULL, NULL, 'ALTER ANY DATABASE') = 1
OR HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE') = 1 THEN 1 ELSE 0 END AS sees_all;"""
"""Whether the login sees databases that are not its own: else one that is not listed may be there all the same."""


def used_bytes(name: str) -> str:
    """What a full backup of the database will about hold, as ``used_bytes``. Raises `BadInput`."""
    pages = "SUM(CONVERT(bigint, total_pages)) * 8192"
    return f"SELECT {pages} AS used_bytes FROM {name_of(name)}.sys.allocation_units;"


def files_of(name: str) -> str:
    """The files of a database as the server uses them. Raises `BadInput`."""
    return (
        "SELECT CONVERT(int, file_id) AS file_id, type_desc AS type_desc, name AS logical_name,\n"
        "physical_name AS physical_name, CONVERT(bigint, size) * 8192 AS size_bytes\n"
        f"FROM sys.master_files WHERE database_id = DB_ID({literal(name)}) ORDER BY file_id;"
    )


def volumes_of(name: str) -> str:
    """Free space of the volumes that hold the files of a database. Raises `BadInput`."""
    return (
        "SELECT DISTINCT v.volume_mount_point AS volume, v.total_bytes AS total_bytes,\n"
        "v.available_bytes AS free_bytes\n"
        "FROM sys.master_files AS f CROSS APPLY sys.dm_os_volume_stats(f.database_id, f.file_id) AS v\n"
        f"WHERE f.database_id = DB_ID({literal(name)});"
    )


VOLUMES = """SELECT DISTINCT v.volume_mount_point AS volume, v.available_bytes AS free_bytes
FROM sys.master_files AS f CROSS APPLY sys.dm_os_volume_stats(f.database_id, f.file_id) AS v;"""
"""Free space of every volume that holds a file of some database, folders that volumes are mounted at too."""

FIXED_DRIVES = "EXEC master.dbo.xp_fixeddrives;"
"""Free space of the drive letters of Windows, in whole MiB, as ``drive`` and ``MB free``; anybody may ask."""

DRIVES = """SELECT fixed_drive_path AS volume, free_space_in_bytes AS free_bytes
FROM sys.dm_os_enumerate_fixed_drives;"""
"""Free space of the server's drives (shares are not among them)."""

BACKUP_FOLDER = """DECLARE @folder nvarchar(4000);
EXEC master.dbo.xp_instance_regread N'HKEY_LOCAL_MACHINE', N'Software\\Microsoft\\MSSQLServer\\MSSQLServer',
N'BackupDirectory', @folder OUTPUT;
SELECT @folder AS backup_folder;"""
"""The usual backup folder of servers older than 2019, which do not say it in `SERVER`; Windows only."""


def path_facts(path: str) -> str:
    """What is at a path, as the server's service account sees it. Raises `BadInput`."""
    return (
        "SELECT CONVERT(int, file_exists) AS file_exists, CONVERT(int, file_is_a_directory) AS is_folder,\n"
        f"CONVERT(int, parent_directory_exists) AS parent_exists FROM sys.dm_os_file_exists({literal(path)});"
    )


def folder_files(folder: str, pattern: str = "*") -> str:
    """The files right in a folder of the server. Raises `BadInput`."""
    return (
        "SELECT full_filesystem_path AS path, file_or_directory_name AS name,\n"
        "CONVERT(int, is_directory) AS is_folder, size_in_bytes AS size_bytes, last_write_time AS changed_at\n"
        f"FROM sys.dm_os_enumerate_filesystem({literal(folder)}, {literal(pattern)}) WHERE level = 0;"
    )


def progress(session: str) -> str:
    """How far the session with that token is; no row: it is gone (or may not be seen). Raises `BadInput`."""
    return (
        "SELECT s.session_id AS session_id, r.status AS status, r.command AS command,\n"
        "r.percent_complete AS percent_complete, r.estimated_completion_time AS remaining_ms,\n"
        "r.wait_type AS wait_type, CONVERT(int, r.blocking_session_id) AS blocked_by\n"
        "FROM sys.dm_exec_sessions AS s LEFT JOIN sys.dm_exec_requests AS r ON r.session_id = s.session_id\n"
        f"WHERE s.host_name = {literal(session)};"
    )


def sessions_in(name: str) -> str:
    """Who is in a database now, besides this session. Raises `BadInput`."""
    return (
        "SELECT session_id AS session_id, login_name AS login_name, host_name AS host_name,\n"
        "program_name AS program_name, status AS status FROM sys.dm_exec_sessions\n"
        f"WHERE database_id = DB_ID({literal(name)}) AND session_id <> @@SPID ORDER BY session_id;"
    )


def under_way(name: str) -> str:
    """Who backs a database up or restores it now, besides this session. Raises `BadInput`.

    A request tells the database that it was sent from, which need not be the one that it works on: that it has locked.
    """
    return (
        "SELECT r.session_id AS session_id, r.command AS command, r.start_time AS started_at,\n"
        "s.login_name AS login_name, s.host_name AS host_name, s.program_name AS program_name\n"
        "FROM sys.dm_exec_requests AS r JOIN sys.dm_exec_sessions AS s ON s.session_id = r.session_id\n"
        "WHERE r.session_id <> @@SPID AND (r.command LIKE N'BACKUP %' OR r.command LIKE N'RESTORE %')\n"
        f"AND (r.database_id = DB_ID({literal(name)}) OR EXISTS (SELECT 1 FROM sys.dm_tran_locks AS l\n"
        "WHERE l.request_session_id = r.session_id AND l.resource_type = N'DATABASE'\n"
        f"AND l.resource_database_id = DB_ID({literal(name)}))) ORDER BY r.start_time;"
    )


def history(name: str, since: datetime | None = None) -> str:
    """Backups that the server knows of, the newest first; a row for each stripe. Raises `BadInput`."""
    when = f" AND s.backup_finish_date >= {instant(since)}" if since is not None else ""
    return (
        "SELECT CONVERT(nvarchar(36), s.backup_set_uuid) AS set_guid, s.database_name AS database_name,\n"
        "s.type AS type, CONVERT(int, s.position) AS position, s.backup_start_date AS started_at,\n"
        "s.backup_finish_date AS finished_at, CONVERT(int, s.is_copy_only) AS is_copy_only,\n"
        "s.first_lsn AS first_lsn, s.last_lsn AS last_lsn, s.checkpoint_lsn AS checkpoint_lsn,\n"
        "s.database_backup_lsn AS database_backup_lsn, s.backup_size AS size_bytes,\n"
        "s.user_name AS user_name, s.server_name AS server_name,\n"
        "CONVERT(nvarchar(36), s.differential_base_guid) AS differential_base_guid,\n"
        "f.physical_device_name AS place, CONVERT(int, f.device_type) AS device_type,\n"
        "CONVERT(int, f.family_sequence_number) AS stripe\n"
        "FROM msdb.dbo.backupset AS s JOIN msdb.dbo.backupmediafamily AS f ON f.media_set_id = s.media_set_id\n"
        f"WHERE s.database_name = {literal(name)} AND f.mirror = 0{when}\n"
        "ORDER BY s.backup_finish_date DESC, s.backup_set_id DESC, f.family_sequence_number;"
    )


def last_backups(name: str) -> str:
    """When the server last finished a backup of each type and offset, copy-only ones left out. Raises `BadInput`.

    ``quarters`` is the offset of its clock then, in quarters of an hour; 127 where nobody knows.
    """
    return (
        "SELECT s.type AS type, CONVERT(int, s.time_zone) AS quarters, MAX(s.backup_finish_date) AS finished_at\n"
        "FROM msdb.dbo.backupset AS s\n"
        f"WHERE s.database_name = {literal(name)} AND s.is_copy_only = 0 GROUP BY s.type, s.time_zone;"
    )


def orphaned_users(name: str) -> str:
    """Users of a database whose login the server does not know, their SID, and the login of that name if there is one.

    Raises `BadInput`.
    """
    return (
        "SELECT p.name AS user_name, l.name AS same_name, CONVERT(varchar(200), p.sid, 1) AS sid\n"
        f"FROM {name_of(name)}.sys.database_principals AS p\n"
        "LEFT JOIN sys.server_principals AS s ON s.sid = p.sid\n"
        "LEFT JOIN sys.server_principals AS l ON l.name = p.name COLLATE DATABASE_DEFAULT AND l.type = 'S'\n"
        "WHERE s.sid IS NULL AND p.type = 'S' AND p.authentication_type = 1 ORDER BY p.name;"
    )


def row_counts(name: str) -> str:
    """Rows of every table of a database. Raises `BadInput`."""
    place = name_of(name)
    return (
        "SELECT s.name AS schema_name, t.name AS table_name, SUM(CONVERT(bigint, p.rows)) AS row_count\n"
        f"FROM {place}.sys.tables AS t JOIN {place}.sys.schemas AS s ON s.schema_id = t.schema_id\n"
        f"JOIN {place}.sys.partitions AS p ON p.object_id = t.object_id AND p.index_id IN (0, 1)\n"
        "WHERE t.is_ms_shipped = 0 GROUP BY s.name, t.name ORDER BY s.name, t.name;"
    )


def certificate(name: str) -> str:
    """A certificate of ``master``; ``key_saved_at`` is NULL while nobody has saved its private key.

    Raises `BadInput`.
    """
    return (
        "SELECT name AS name, thumbprint AS thumbprint, expiry_date AS expires_at,\n"
        "pvt_key_encryption_type_desc AS key_state, pvt_key_last_backup_date AS key_saved_at\n"
        f"FROM master.sys.certificates WHERE name = {literal(name)};"
    )


def credential(address: str) -> str:
    """The credential by which the server reaches the container at ``address``. Raises `BadInput`."""
    place = literal(address)
    return (
        "SELECT name AS name, credential_identity AS identity_name FROM sys.credentials\n"
        f"WHERE {place} = name OR LEFT({place}, LEN(name) + 1) = name + N'/';"
    )


def is_preferred_replica(name: str) -> str:
    """Whether backups of a database in an availability group belong on this server. Raises `BadInput`."""
    return f"SELECT CONVERT(int, sys.fn_hadr_backup_is_preferred_replica({literal(name)})) AS is_preferred;"


def columns_of(name: str, table: str) -> str:
    """The columns of a table of ``dbo``; none where there is no such table. Raises `BadInput`."""
    place = name_of(name)
    return (
        "SELECT c.name AS name\n"
        f"FROM {place}.sys.columns AS c JOIN {place}.sys.tables AS t ON t.object_id = c.object_id\n"
        f"JOIN {place}.sys.schemas AS s ON s.schema_id = t.schema_id\n"
        f"WHERE s.name = N'dbo' AND t.name = {literal(table)} ORDER BY c.column_id;"
    )
