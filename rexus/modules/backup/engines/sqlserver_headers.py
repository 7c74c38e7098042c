"""Headers of backups: read from the server's rows, kept in manifests, and taken up from there again."""

from __future__ import annotations

from ..base.engine_facts import EngineFacts
from ..base.records import BackupKind, DatabaseBackup
from .headers import BackupHeader, FileEntry, MediaLabel, SetType
from .sqlserver_client import Row

ENGINE = "sqlserver"
_TYPE_OF = {
    BackupKind.FULL: SetType.FULL,
    BackupKind.DIFFERENTIAL: SetType.DIFFERENTIAL,
    BackupKind.LOG: SetType.LOG,
}


def header_of(row: Row) -> BackupHeader:
    """One row of HEADERONLY; what a server does not have is unknown. Raises `Failed` (``sqlserver.odd_answer``)."""
    return BackupHeader(
        database=row.text("DatabaseName"),
        type=SetType(row.integer("BackupType") or 1),
        position=row.integer("Position") or 1,
        name=row.text("BackupName"),
        description=row.text("BackupDescription"),
        server=row.text("ServerName"),
        machine=row.text("MachineName"),
        user=row.text("UserName"),
        database_version=row.integer("DatabaseVersion"),
        software_major=row.integer("SoftwareVersionMajor") or 0,
        software_minor=row.integer("SoftwareVersionMinor") or 0,
        software_build=row.integer("SoftwareVersionBuild") or 0,
        compatibility_level=row.integer("CompatibilityLevel"),
        collation=row.text("Collation") or None,
        created_at=row.instant("DatabaseCreationDate"),
        started_at=row.instant("BackupStartDate"),
        finished_at=row.instant("BackupFinishDate"),
        expires_at=row.instant("ExpirationDate"),
        size_bytes=row.integer("BackupSize"),
        compressed_bytes=row.integer("CompressedBackupSize"),
        compressed=row.flag("Compressed"),
        first_lsn=row.integer("FirstLSN"),
        last_lsn=row.integer("LastLSN"),
        checkpoint_lsn=row.integer("CheckpointLSN"),
        database_backup_lsn=row.integer("DatabaseBackupLSN"),
        differential_base_lsn=row.integer("DifferentialBaseLSN"),
        differential_base_guid=row.guid("DifferentialBaseGUID") or None,
        set_guid=row.guid("BackupSetGUID"),
        family_guid=row.guid("FamilyGUID"),
        binding_id=row.guid("BindingID"),
        recovery_fork=row.guid("RecoveryForkID"),
        first_recovery_fork=row.guid("FirstRecoveryForkID"),
        fork_point_lsn=row.integer("ForkPointLSN"),
        recovery_model=row.text("RecoveryModel"),
        has_checksums=row.flag("HasBackupChecksums"),
        is_damaged=row.flag("IsDamaged"),
        is_copy_only=row.flag("IsCopyOnly"),
        is_snapshot=row.flag("IsSnapshot"),
        is_read_only=row.flag("IsReadOnly"),
        is_single_user=row.flag("IsSingleUser"),
        has_bulk_logged_data=row.flag("HasBulkLoggedData"),
        has_incomplete_metadata=row.flag("HasIncompleteMetaData"),
        is_force_offline=row.flag("IsForceOffline"),
        begins_log_chain=row.flag("BeginsLogChain"),
        encryptor_thumbprint=_hex(row.data("EncryptorThumbprint")),
        compression_algorithm=row.text("CompressionAlgorithm") or None,
    )


def _hex(data: bytes | None) -> str | None:
    return data.hex() if data else None


def file_of(row: Row) -> FileEntry:
    """One row of FILELISTONLY. Raises `Failed` (``sqlserver.odd_answer``)."""
    return FileEntry(
        logical_name=row.text("LogicalName"),
        physical_name=row.text("PhysicalName"),
        type=row.text("Type").strip(),
        file_id=row.integer("FileId") or 0,
        size_bytes=row.integer("Size") or 0,
        max_bytes=row.integer("MaxSize"),
        file_group=row.text("FileGroupName"),
        backup_bytes=row.integer("BackupSizeInBytes"),
        unique_id=row.guid("UniqueId"),
        is_present=row.flag("IsPresent") if row.get("IsPresent") is not None else True,
    )


def label_of(row: Row) -> MediaLabel:
    """The row of LABELONLY."""
    return MediaLabel(
        media_set_id=row.guid("MediaSetId"),
        family_count=row.integer("FamilyCount") or 1,
        family_sequence=row.integer("FamilySequenceNumber") or 1,
        media_name=row.text("MediaName"),
        compressed=row.flag("IsCompressed"),
    )


def facts_of(header: BackupHeader) -> EngineFacts:
    """What a manifest keeps of a header: all that a restore plan asks for."""
    return EngineFacts(
        engine=ENGINE,
        server=header.server,
        version=f"{header.software_major}.{header.software_minor}.{header.software_build}",
        recovery_model=header.recovery_model or None,
        database=header.database,
        first_lsn=_text(header.first_lsn),
        last_lsn=_text(header.last_lsn),
        checkpoint_lsn=_text(header.checkpoint_lsn),
        database_backup_lsn=_text(header.database_backup_lsn),
        differential_base_lsn=_text(header.differential_base_lsn),
        differential_base_guid=header.differential_base_guid,
        backup_set_guid=header.set_guid or None,
        family_guid=header.family_guid or None,
        recovery_fork_guid=header.recovery_fork or None,
        first_fork_guid=header.first_recovery_fork or None,
        fork_point_lsn=_text(header.fork_point_lsn),
        wall_started_at=header.started_at,
        wall_finished_at=header.finished_at,
        copy_only=header.is_copy_only,
        bulk_logged=header.has_bulk_logged_data,
        tail=header.is_force_offline,
        begins_log_chain=header.begins_log_chain,
        checksums=header.has_checksums,
        encryptor_thumbprint=header.encryptor_thumbprint,
    )


def header_kept(name: str, backup: DatabaseBackup) -> BackupHeader | None:
    """The header that `facts_of` kept with a backup; None where it is of another engine, or nothing was kept."""
    facts = backup.facts
    if facts is None or facts.engine != ENGINE:
        return None
    major, minor, build = ([int(part) for part in facts.version.split(".") if part.isdigit()] + [0, 0, 0])[:3]
    return BackupHeader(
        database=facts.database or backup.source or name,
        type=_TYPE_OF[backup.kind],
        server=facts.server,
        software_major=major,
        software_minor=minor,
        software_build=build,
        started_at=facts.wall_started_at,
        finished_at=facts.wall_finished_at,
        size_bytes=backup.whole_bytes,
        first_lsn=_number(facts.first_lsn),
        last_lsn=_number(facts.last_lsn),
        checkpoint_lsn=_number(facts.checkpoint_lsn),
        database_backup_lsn=_number(facts.database_backup_lsn),
        differential_base_lsn=_number(facts.differential_base_lsn),
        differential_base_guid=facts.differential_base_guid,
        set_guid=facts.backup_set_guid or "",
        family_guid=facts.family_guid or "",
        recovery_fork=facts.recovery_fork_guid or "",
        first_recovery_fork=facts.first_fork_guid or "",
        fork_point_lsn=_number(facts.fork_point_lsn),
        recovery_model=facts.recovery_model or "",
        has_checksums=facts.checksums,
        is_copy_only=facts.copy_only,
        has_bulk_logged_data=facts.bulk_logged,
        is_force_offline=facts.tail,
        begins_log_chain=facts.begins_log_chain,
        encryptor_thumbprint=facts.encryptor_thumbprint,
    )


def _text(number: int | None) -> str | None:
    return str(number) if number is not None else None


def _number(text: str | None) -> int | None:
    """LSNs have up to 25 digits and are kept as text."""
    return int(text) if text and text.isascii() and text.isdigit() else None
