"""RESTORE HEADERONLY, FILELISTONLY, LABELONLY and VERIFYONLY: what is in a backup, as the server says it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

from rexus.modules.backup.engines.bak_records import SetContents
from rexus.modules.backup.engines.headers import BackupHeader, FileEntry, SetType

from .answers import Answer, Column, Columns, Done, Row
from .backup_record import flags_of
from .backup_statements import MEDIA, spoken
from .interpreter import MEDIA_COMMANDS, Interpreter
from .media_orders import Order, may_create, order_of, refuse_in_transaction
from .report_columns import FILELIST, HEADER, LABEL
from .restore_media import OpenMedia, chosen_set, examined, open_media, sets_of
from .restore_places import space_warnings
from .statement_tree import Media
from .world_messages import Said, SqlError, error, say

ROWS = 230
DESCRIPTIONS = {
    SetType.FULL: "Database", SetType.LOG: "Transaction Log", SetType.FILE: "File or Filegroup",
    SetType.DIFFERENTIAL: "Database Differential", SetType.FILE_DIFFERENTIAL: "File Differential",
    SetType.PARTIAL: "Partial", SetType.PARTIAL_DIFFERENTIAL: "Partial Differential",
}  # fmt: skip

Values = dict[str, object]


def _guid(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def header_row(one: SetContents, thumbprint: bytes | None) -> Values:
    """HEADERONLY's columns by name."""
    h = one.header
    zone = (h.utc_offset_minutes or 0) // 15
    encrypted = thumbprint is not None
    return {
        **_who(h),
        "BackupType": int(h.type), "ExpirationDate": h.expires_at, "Compressed": int(h.compressed),
        "Position": h.position, "DeviceType": 2, "DatabaseCreationDate": h.created_at, "BackupSize": h.size_bytes,
        "FirstLSN": h.first_lsn, "LastLSN": h.last_lsn, "CheckpointLSN": h.checkpoint_lsn,
        "DatabaseBackupLSN": h.database_backup_lsn or 0, "BackupStartDate": h.started_at,
        "BackupFinishDate": h.finished_at, "BackupTypeDescription": DESCRIPTIONS[h.type],
        "BackupSetGUID": _guid(h.set_guid), "BindingID": _guid(h.binding_id), "FamilyGUID": _guid(h.family_guid),
        "RecoveryForkID": _guid(h.recovery_fork), "FirstRecoveryForkID": _guid(h.first_recovery_fork),
        "ForkPointLSN": h.fork_point_lsn, "RecoveryModel": h.recovery_model,
        "DifferentialBaseLSN": h.differential_base_lsn if h.type is SetType.DIFFERENTIAL else None,
        "DifferentialBaseGUID": _guid(h.differential_base_guid) if h.type is SetType.DIFFERENTIAL else None,
        "CompressedBackupSize": h.compressed_bytes, "Containment": 0,
        "KeyAlgorithm": "aes_256" if encrypted else None, "EncryptorThumbprint": thumbprint,
        "EncryptorType": "CERTIFICATE" if encrypted else None, "LastValidRestoreTime": None, "TimeZone": zone,
        "CompressionAlgorithm": "MS_XPRESS" if h.compressed else None,
        **_flags(h),
    }  # fmt: skip


def _who(h: BackupHeader) -> Values:
    """Names and versions."""
    return {
        "BackupName": h.name or None, "BackupDescription": h.description or None, "UserName": h.user,
        "ServerName": h.server, "DatabaseName": h.database, "DatabaseVersion": h.database_version,
        "SortOrder": h.sort_order or 0, "CodePage": 0, "UnicodeLocaleId": h.locale_id,
        "UnicodeComparisonStyle": h.comparison_style, "CompatibilityLevel": h.compatibility_level,
        "SoftwareVendorId": 4608, "SoftwareVersionMajor": h.software_major, "SoftwareVersionMinor": h.software_minor,
        "SoftwareVersionBuild": h.software_build, "MachineName": h.machine, "Collation": h.collation,
    }  # fmt: skip


def _flags(h: BackupHeader) -> Values:
    return {
        "Flags": flags_of(h.is_copy_only, h.has_checksums, h.is_force_offline) if h.flags is None else h.flags,
        "HasBulkLoggedData": h.has_bulk_logged_data, "IsSnapshot": h.is_snapshot, "IsReadOnly": h.is_read_only,
        "IsSingleUser": h.is_single_user, "HasBackupChecksums": h.has_checksums, "IsDamaged": h.is_damaged,
        "BeginsLogChain": h.begins_log_chain, "HasIncompleteMetaData": h.has_incomplete_metadata,
        "IsForceOffline": h.is_force_offline, "IsCopyOnly": h.is_copy_only,
    }  # fmt: skip


def filelist_row(one: FileEntry) -> Values:
    """FILELISTONLY's columns; LSNs that documentation calls NULL arrive as 0."""
    is_data = one.type == "D"
    return {
        "LogicalName": one.logical_name, "PhysicalName": one.physical_name, "Type": one.type,
        "FileGroupName": one.file_group or None if is_data else None, "Size": one.size_bytes, "MaxSize": one.max_bytes,
        "FileId": one.file_id, "CreateLSN": one.create_lsn or 0, "DropLSN": one.drop_lsn or 0,
        "UniqueId": _guid(one.unique_id), "ReadOnlyLSN": 0, "ReadWriteLSN": 0,
        "BackupSizeInBytes": one.backup_bytes or 0, "SourceBlockSize": one.source_block_bytes or 512,
        "FileGroupId": one.file_group_id, "LogGroupGUID": None, "DifferentialBaseLSN": one.differential_base_lsn or 0,
        "DifferentialBaseGUID": _guid(one.differential_base_guid) or uuid.UUID(int=0), "IsReadOnly": False,
        "IsPresent": one.is_present, "TDEThumbprint": None, "SnapshotUrl": None,
    }  # fmt: skip


def label_row(media: OpenMedia) -> Values:
    """LABELONLY's columns."""
    label = media.first.label
    return {
        "MediaName": label.media_name or None, "MediaSetId": _guid(label.media_set_id),
        "FamilyCount": label.family_count, "FamilySequenceNumber": label.family_sequence,
        "MediaFamilyId": _guid(label.family_id), "MediaSequenceNumber": label.media_sequence, "MediaLabelPresent": 0,
        "MediaDescription": label.description or None, "SoftwareName": label.software or "Microsoft SQL Server",
        "SoftwareVendorId": 4608, "MediaDate": label.written_at, "MirrorCount": 1,
        "IsCompressed": label.compressed,
    }  # fmt: skip


def _table(it: Interpreter, order: Order, columns: dict[str, str], rows: list[Values]) -> Iterator[Answer]:
    """Rows, their own DONE, and that of the statement."""
    yield Columns(tuple(Column(name, kind) for name, kind in columns.items()))
    for row in rows:
        yield Row(tuple(row[name] for name in columns))
    yield Done(ROWS, len(rows))
    yield Done(MEDIA_COMMANDS[order.verb])


def _headers(it: Interpreter, order: Order, media: OpenMedia) -> Iterator[Answer]:
    it.session.pass_point("headeronly")
    sets = sets_of(media, order)
    if not sets or not any(one.header.finished for one in sets):
        raise error(3256, media.first.path)
    shown = list(HEADER.items())[: it.world.edition.header_columns]
    yield from _table(it, order, dict(shown), [header_row(one, media.first.thumbprint) for one in sets])


def _filelist(it: Interpreter, order: Order, media: OpenMedia) -> Iterator[Answer]:
    it.session.pass_point("filelistonly")
    files = chosen_set(media, order).files
    yield from _table(it, order, FILELIST, [filelist_row(one) for one in files])


def _label(it: Interpreter, order: Order, media: OpenMedia) -> Iterator[Answer]:
    yield from _table(it, order, LABEL, [label_row(media)])


def _report(
    verb: str, make: Callable[[Interpreter, Order, OpenMedia], Iterator[Answer]], *, complete: bool = False
) -> None:
    """Register what does the statement; ``complete``: it needs all files of the media set."""

    def run(it: Interpreter, one: Media) -> Iterator[Answer]:
        order = order_of(it, one)
        try:
            refuse_in_transaction(it)
            may_create(it)
            if it.session.request is not None:
                it.session.request.command = order.verb[:16]
            media = open_media(it, order, complete=complete)
            try:
                yield from make(it, order, media)
            finally:
                media.close()
        except SqlError as problem:
            raise order.terminated(problem) from None

    MEDIA[f"RESTORE {verb}"] = run


def _verify(it: Interpreter, order: Order, media: OpenMedia) -> Iterator[Answer]:
    yield from spoken(it, order, _verified(it, order, media))


def _verified(it: Interpreter, order: Order, media: OpenMedia) -> Iterator[Said]:
    """Reads everything, but looks at page contents only where the backup has checksums."""
    one = chosen_set(media, order)
    if order.has("CHECKSUM") and not one.header.has_checksums:
        raise error(3187)
    it.session.pass_point("verify.half", one.header.database)
    problems = examined(media, has_checksums=one.header.has_checksums and not order.has("NO_CHECKSUM"))
    if problems:
        raise SqlError(*problems)
    if one.header.is_damaged:
        yield say(3188)
    with it.world.lock:
        warnings = space_warnings(it, order, one)
    yield from warnings
    if order.stats:
        yield from (say(3211, percent) for percent in range(order.stats, 101, order.stats))
    yield say(3262, one.header.position)


_report("HEADERONLY", _headers)
_report("FILELISTONLY", _filelist)
_report("LABELONLY", _label)
_report("VERIFYONLY", _verify, complete=True)
