"""Backups as a restore plan takes them, wherever they are known from: a file, msdb, a manifest of ours. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

import msgspec

from ..base.records import DatabaseBackup, Problem, Record, SetStatus
from .chain_pieces import ChainPiece, Stripe
from .headers import BackupHeader, MediaLabel, SetType
from .sqlserver_headers import header_kept

TYPE_OF = {
    "D": SetType.FULL,
    "L": SetType.LOG,
    "F": SetType.FILE,
    "I": SetType.DIFFERENTIAL,
    "G": SetType.FILE_DIFFERENTIAL,
    "P": SetType.PARTIAL,
    "Q": SetType.PARTIAL_DIFFERENTIAL,
}
"""``msdb.dbo.backupset.type`` as HEADERONLY numbers it."""
STRIPE_MISSING = "bak.stripe_missing"
"""Files of a striped backup are not there; those that are have nothing wrong with them."""


class HistoryRow(Record, frozen=True, kw_only=True):
    """One row of ``msdb.dbo.backupset`` with its ``backupmediafamily`` rows; columns have the names of msdb.

    Times are the server's wall time. Rows are gone after ``sp_delete_backuphistory``; files may be gone too.
    """

    database_name: str
    type: str
    """A letter, see `TYPE_OF`."""
    backup_start_date: datetime | None = None
    backup_finish_date: datetime | None = None
    first_lsn: int | None = None
    last_lsn: int | None = None
    checkpoint_lsn: int | None = None
    database_backup_lsn: int | None = None
    differential_base_lsn: int | None = None
    differential_base_guid: str | None = None
    backup_set_uuid: str = ""
    family_guid: str = ""
    first_recovery_fork_guid: str = ""
    last_recovery_fork_guid: str = ""
    fork_point_lsn: int | None = None
    recovery_model: str = ""
    is_copy_only: bool = False
    is_snapshot: bool = False
    is_damaged: bool = False
    has_bulk_logged_data: bool = False
    begins_log_chain: bool = False
    user_name: str = ""
    server_name: str = ""
    machine_name: str = ""
    software_name: str = ""
    """``backupmediaset.software_name``: the program, where it was not the server itself."""
    software_major_version: int = 0
    position: int = 1
    media_set_id: str = ""
    devices: tuple[str, ...] = ()
    """``physical_device_name`` of each media family, by ``family_sequence_number``."""


def from_file(header: BackupHeader, label: MediaLabel, place: str, *, on_server: bool = False) -> ChainPiece:
    """The set as one file tells it; the other files of a striped set are joined by `chain_pieces.gathered`."""
    stripe = Stripe(place=place, sequence=label.family_sequence, on_server=on_server)
    return ChainPiece(header=header, stripes=(stripe,), family_count=label.family_count)


def from_history(row: HistoryRow, there: Iterable[str] | None = None) -> ChainPiece | None:
    """The set as msdb tells it; ``there`` are the devices that the server still finds (None: not looked).

    None for types that msdb does not document.
    """
    kind = TYPE_OF.get(row.type.upper())
    if kind is None:
        return None
    header = BackupHeader(
        database=row.database_name,
        type=kind,
        position=row.position,
        server=row.server_name,
        machine=row.machine_name,
        user=row.user_name,
        software_major=row.software_major_version,
        started_at=row.backup_start_date,
        finished_at=row.backup_finish_date,
        first_lsn=row.first_lsn,
        last_lsn=row.last_lsn,
        checkpoint_lsn=row.checkpoint_lsn,
        database_backup_lsn=row.database_backup_lsn,
        differential_base_lsn=row.differential_base_lsn,
        differential_base_guid=guid_of(row.differential_base_guid) or None,
        set_guid=guid_of(row.backup_set_uuid),
        media_set_id=row.media_set_id,
        family_guid=guid_of(row.family_guid),
        recovery_fork=guid_of(row.last_recovery_fork_guid),
        first_recovery_fork=guid_of(row.first_recovery_fork_guid),
        fork_point_lsn=row.fork_point_lsn,
        recovery_model=row.recovery_model,
        is_damaged=row.is_damaged,
        is_copy_only=row.is_copy_only,
        is_snapshot=row.is_snapshot,
        has_bulk_logged_data=row.has_bulk_logged_data,
        begins_log_chain=row.begins_log_chain,
    )
    stripes = tuple(Stripe(place=one, sequence=n, on_server=True) for n, one in enumerate(row.devices, 1))
    found = None if there is None else {one.casefold() for one in there}
    missing = not stripes or (found is not None and not all(one.place.casefold() in found for one in stripes))
    return ChainPiece(header=header, stripes=stripes, family_count=max(1, len(stripes)), missing=missing)


def from_manifest(set_name: str, database: str, backup: DatabaseBackup, zone: tzinfo) -> ChainPiece | None:
    """The backup as a manifest of ours tells it; None where the engine numbered nothing (an embedded database).

    ``zone`` is the server's: a plan goes by its wall time, which older manifests do not tell.
    """
    kept = header_kept(database, backup)
    if kept is None or kept.first_lsn is None or kept.last_lsn is None:
        return None
    header = msgspec.structs.replace(
        kept,
        started_at=kept.started_at or _wall(backup.started_at, zone),
        finished_at=kept.finished_at or _wall(backup.completed_at, zone),
        finished=backup.status is SetStatus.COMPLETED,
    )
    places = [(one.file or one.server_file, one.file is None) for one in backup.pieces]
    stripes = tuple(
        Stripe(place=place, sequence=number, on_server=on_server)
        for number, (place, on_server) in enumerate(places, 1)
        if place
    )
    problem, wanted = _failed(backup) or backup.problem, len(places)
    if problem is not None and problem.code == STRIPE_MISSING:
        wanted, problem = max(wanted, int(problem.values.get("expected", 0))), None
    return ChainPiece(
        header=header, stripes=stripes, family_count=wanted, set=set_name, missing=not stripes, problem=problem
    )


def _failed(backup: DatabaseBackup) -> Problem | None:
    """What the newest failed check of the present bytes said."""
    said = [one for one in backup.checks if not one.ok and one.stored_sha256 in ("", backup.stored_sha256)]
    return max(said, key=lambda one: one.at).problem or Problem(code="chain.damaged") if said else None


def guid_of(text: str | None) -> str:
    """A GUID as headers have it; empty: none."""
    return (text or "").strip("{}").lower()


def _wall(at: datetime | None, zone: tzinfo) -> datetime | None:
    """The server's wall clock at an instant; without a zone and in whole seconds, as its own times are."""
    return at.astimezone(zone).replace(tzinfo=None, microsecond=0) if at is not None else None
