"""What stays of a backup that succeeded: bases, chains, the log that may go, msdb, the server's own log."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from rexus.modules.backup.engines.headers import SetType

from .backup_files import Product
from .databases import DifferentialBase, RestoreSequence
from .history import LETTERS, BackupSetRow, MediaFamily, MediaSet
from .interpreter import Interpreter

if TYPE_CHECKING:
    from .backup_statements import Backup

TOLD = {SetType.FULL: "Database", SetType.DIFFERENTIAL: "Database differential", SetType.LOG: "Log"}


def remember(it: Interpreter, running: Backup, product: Product) -> None:
    """Everything that follows from a backup; called with the lock held."""
    _advance(running, product)
    _add_history(it, running, product)
    paths = ", ".join(running.target.paths)
    it.world.error_log.append(f"{TOLD[running.kind]} was backed up. Database: {running.database.name}, {paths}")


def _advance(running: Backup, product: Product) -> None:
    database, order = running.database, running.order
    copy = order.has("COPY_ONLY") or order.has("NO_TRUNCATE")
    if running.kind is SetType.LOG:
        if not copy:
            database.last_log_backup_lsn = running.last_lsn
            database.truncate_log(running.last_lsn)
        if order.has("NORECOVERY"):
            _leave_restoring(running)
        return
    if running.kind is SetType.FULL and not copy:
        at = product.header.finished_at or running.started
        pages = dict(database.content.pages)
        database.base = DifferentialBase(running.checkpoint_lsn, running.guid, at, pages)
        database.database_backup_lsn = running.checkpoint_lsn
    begins = database.recovery_model != "SIMPLE" and database.last_log_backup_lsn is None and not copy
    if begins:
        database.last_log_backup_lsn = database.begins_chain_at = running.first_lsn
    if not database.keeps_log and database.backing_up <= 1:
        database.log.clear()


def _leave_restoring(running: Backup) -> None:
    """The tail is saved: the database waits for a restore that goes on from here."""
    database = running.database
    database.state = "RESTORING"
    database.restoring = RestoreSequence(
        pages=dict(database.content.pages),
        reached=running.last_lsn,
        first=running.first_lsn,
        base_guid=database.base.guid if database.base else "",
        fork=database.fork,
        reached_at=running.started,
        recovery_model=database.recovery_model,
        source=database.name,
    )


def _add_history(it: Interpreter, running: Backup, product: Product) -> None:
    history, header, order = it.world.history, product.header, running.order
    media = next((one for one in history.media_sets if one.guid == header.media_set_id), None)
    if media is None:
        names = (order.text("MEDIANAME"), order.text("MEDIADESCRIPTION"))
        number = len(history.media_sets) + 1
        media = MediaSet(number, header.media_set_id, len(running.target.paths), *names, header.compressed)
        history.media_sets.append(media)
        copies = enumerate([running.target.paths, *order.mirrors])
        for mirror, paths in copies:
            for sequence, path in enumerate(paths, 1):
                family = f"{zlib.crc32(f'{header.media_set_id}{sequence}'.encode()):08x}-0000-0000-0000-000000000000"
                history.families.append(MediaFamily(media.id, sequence, family, path, 9 if order.is_url else 2, mirror))
    history.sets.append(_row(it, running, product, media.id))


def _row(it: Interpreter, running: Backup, product: Product, media_set_id: int) -> BackupSetRow:
    header, order = product.header, running.order
    started = header.started_at or running.started
    size = header.size_bytes or 0
    certificate = running.target.certificate
    return BackupSetRow(
        id=len(it.world.history.sets) + 1,
        media_set_id=media_set_id,
        guid=header.set_guid,
        type=LETTERS[int(header.type)],
        position=header.position,
        database=header.database,
        server=header.server,
        machine=header.machine,
        user=header.user,
        name=header.name or None,
        description=header.description or None,
        started=started,
        finished=header.finished_at or started,
        database_created=running.database.created_at,
        expires=header.expires_at,
        first_lsn=running.first_lsn,
        last_lsn=running.last_lsn,
        checkpoint_lsn=running.checkpoint_lsn,
        database_backup_lsn=header.database_backup_lsn or 0,
        fork_point_lsn=header.fork_point_lsn,
        first_fork=header.first_recovery_fork,
        last_fork=header.recovery_fork,
        family_guid=header.family_guid,
        differential_base_lsn=header.differential_base_lsn,
        differential_base_guid=header.differential_base_guid,
        size=size,
        compressed_size=header.compressed_bytes or size,
        recovery_model=header.recovery_model,
        compatibility=running.database.compatibility,
        database_version=it.world.edition.database_version,
        software=it.world.version,
        collation=running.database.collation,
        copy_only=header.is_copy_only,
        checksums=running.target.checksum,
        damaged=header.is_damaged,
        force_offline=header.is_force_offline,
        begins_chain=header.begins_log_chain,
        single_user=header.is_single_user,
        flags=flags_of(order.has("COPY_ONLY"), running.target.checksum, header.is_force_offline),
        thumbprint=certificate.thumbprint if certificate else None,
    )


def flags_of(copy_only: bool, checksum: bool, force_offline: bool) -> int:
    """``flags``: 512 always, 1024 a copy, 16 checksums, 64 and 256 the tail taken WITH NORECOVERY."""
    return 512 | 1024 * copy_only | 16 * checksum | 320 * force_offline
