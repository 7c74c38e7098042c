"""The tables of msdb about backups and restores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .catalog_databases import guid
from .sources import view
from .sql_types import (
    BIT,
    DATETIME,
    GUID,
    INT,
    LSN,
    SMALLINT,
    SYSNAME,
    TINYINT,
    SqlType,
    numeric,
    nvarchar,
    varbinary,
)

if TYPE_CHECKING:
    from .frames import Frame

Rows = Iterable[tuple[object, ...]]
CHAR1 = SqlType("char", 1)
SIZE = numeric(20)


@view(
    "msdb.dbo.backupset",
    backup_set_id=INT, backup_set_uuid=GUID, media_set_id=INT, first_family_number=TINYINT,
    first_media_number=SMALLINT, last_family_number=TINYINT, last_media_number=SMALLINT, catalog_family_number=TINYINT,
    catalog_media_number=SMALLINT, position=INT, expiration_date=DATETIME, software_vendor_id=INT, name=SYSNAME,
    description=nvarchar(255), user_name=SYSNAME, software_major_version=TINYINT, software_minor_version=TINYINT,
    software_build_version=SMALLINT, time_zone=SMALLINT, mtf_minor_version=TINYINT, first_lsn=LSN, last_lsn=LSN,
    checkpoint_lsn=LSN, database_backup_lsn=LSN, database_creation_date=DATETIME, backup_start_date=DATETIME,
    backup_finish_date=DATETIME, type=CHAR1, sort_order=SMALLINT, code_page=SMALLINT, compatibility_level=TINYINT,
    database_version=INT, backup_size=SIZE, database_name=SYSNAME, server_name=SYSNAME, machine_name=SYSNAME, flags=INT,
    unicode_locale=INT, unicode_compare_style=INT, collation_name=SYSNAME, is_password_protected=BIT,
    recovery_model=nvarchar(60), has_bulk_logged_data=BIT, is_snapshot=BIT, is_readonly=BIT, is_single_user=BIT,
    has_backup_checksums=BIT, is_damaged=BIT, begins_log_chain=BIT, has_incomplete_metadata=BIT, is_force_offline=BIT,
    is_copy_only=BIT, first_recovery_fork_guid=GUID, last_recovery_fork_guid=GUID, fork_point_lsn=LSN,
    database_guid=GUID, family_guid=GUID, differential_base_lsn=LSN, differential_base_guid=GUID,
    compressed_backup_size=SIZE, key_algorithm=nvarchar(32), encryptor_thumbprint=varbinary(20),
    encryptor_type=nvarchar(32),
)  # fmt: skip
def backupset(frame: Frame, _database: str) -> Rows:
    offset = int(frame.world.clock.offset.total_seconds() // 900)
    for one in frame.world.history.sets:
        encrypted = one.thumbprint is not None
        yield (
            one.id, guid(one.guid), one.media_set_id, 1, 1, 1, 1, 1, 1, one.position, one.expires, 4608, one.name,
            one.description, one.user, *one.software, offset, 0, one.first_lsn, one.last_lsn, one.checkpoint_lsn,
            one.database_backup_lsn, one.database_created, one.started, one.finished, one.type, 52, 0,
            one.compatibility, one.database_version, one.size, one.database, one.server, one.machine, one.flags, 1033,
            196609, one.collation, False, one.recovery_model, False, False, False, one.single_user, one.checksums,
            one.damaged, one.begins_chain, False, one.force_offline, one.copy_only, guid(one.first_fork),
            guid(one.last_fork), one.fork_point_lsn, guid(one.family_guid), guid(one.family_guid),
            one.differential_base_lsn, guid(one.differential_base_guid), one.compressed_size,
            "aes_256" if encrypted else None, one.thumbprint, "CERTIFICATE" if encrypted else None,
        )  # fmt: skip


@view(
    "msdb.dbo.backupmediaset",
    media_set_id=INT, media_uuid=GUID, media_family_count=TINYINT, name=nvarchar(128), description=nvarchar(255),
    software_name=nvarchar(128), software_vendor_id=INT, MTF_major_version=TINYINT, mirror_count=TINYINT,
    is_password_protected=BIT, is_compressed=BIT, is_encrypted=BIT,
)  # fmt: skip
def backupmediaset(frame: Frame, _database: str) -> Rows:
    for one in frame.world.history.media_sets:
        software = ("Microsoft SQL Server", 4608, 1, 1, False)
        yield (one.id, guid(one.guid), one.family_count, one.name, one.description, *software, one.compressed, False)


@view(
    "msdb.dbo.backupmediafamily",
    media_set_id=INT, family_sequence_number=TINYINT, media_family_id=GUID, media_count=INT,
    logical_device_name=SYSNAME, physical_device_name=nvarchar(260), device_type=TINYINT, physical_block_size=INT,
    mirror=TINYINT,
)  # fmt: skip
def backupmediafamily(frame: Frame, _database: str) -> Rows:
    for one in frame.world.history.families:
        yield (one.media_set_id, one.sequence, guid(one.family_id), 1, None, one.path, one.device_type, 512, one.mirror)


@view(
    "msdb.dbo.restorehistory",
    restore_history_id=INT, restore_date=DATETIME, destination_database_name=SYSNAME, user_name=SYSNAME,
    backup_set_id=INT, restore_type=CHAR1, replace=BIT, recovery=BIT, restart=BIT, stop_at=DATETIME,
    device_count=TINYINT, stop_at_mark_name=nvarchar(128), stop_before=BIT,
)  # fmt: skip
def restorehistory(frame: Frame, _database: str) -> Rows:
    for one in frame.world.history.restores:
        done = (one.type, one.replace, one.recovery, False, one.stop_at, 1, None, None)
        yield (one.id, one.at, one.database, one.user, one.backup_set_id, *done)


@view(
    "msdb.dbo.restorefile",
    restore_history_id=INT, file_number=numeric(10), destination_phys_drive=nvarchar(260),
    destination_phys_name=nvarchar(260),
)  # fmt: skip
def restorefile(frame: Frame, _database: str) -> Rows:
    for one in frame.world.history.restores:
        for number, path in enumerate(one.files, 1):
            yield (one.id, number, path[:3], path)
