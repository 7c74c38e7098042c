"""What RESTORE refuses: rights, versions, other databases, tails that are not saved, chains that do not fit."""

from __future__ import annotations

from datetime import datetime

from rexus.modules.backup.engines.bak_records import SetContents
from rexus.modules.backup.engines.headers import BackupHeader, SetType

from .databases import Database, LogRecord, RestoreSequence
from .interpreter import Interpreter
from .media_orders import Order, in_use_elsewhere, may_create, stop_time
from .world_messages import error

MADE_BY = {
    SetType.FULL: "BACKUP DATABASE", SetType.DIFFERENTIAL: "BACKUP DATABASE WITH DIFFERENTIAL",
    SetType.LOG: "BACKUP LOG",
}  # fmt: skip


def check_rights(it: Interpreter, order: Order, existing: Database | None) -> None:
    """Over an existing database: sysadmin, dbcreator or its owner; members of db_owner are not enough."""
    if existing is None:
        may_create(it)
        return
    rights = it.session.rights
    if not (rights.is_sysadmin or rights.in_server_role("dbcreator") or rights.is_owner(existing)):
        raise error(3110, order.database)


def check_target(it: Interpreter, order: Order, existing: Database | None) -> None:
    """The database that this session is in, and those of the server."""
    key = order.database.casefold()
    if key == "master":
        raise error(3108)
    if key == "tempdb":
        raise error(3147)
    if existing is not None and it.session.database.casefold() == existing.key:
        raise error(3102, "RESTORE", existing.name)


def check_set(it: Interpreter, order: Order, one: SetContents) -> None:
    """Whether this server can restore the set with this statement at all."""
    header, edition = one.header, it.world.edition
    if header.software_major > edition.version[0]:
        theirs = f"{header.software_major}.{header.software_minor:02d}.{header.software_build}"
        raise error(3169, theirs, edition.dotted)
    is_log = header.type is SetType.LOG
    if is_log != (order.verb == "RESTORE LOG") or header.type not in MADE_BY:
        raise error(3135, order.paths[0], MADE_BY.get(header.type, "BACKUP"))
    if order.has("CHECKSUM") and not header.has_checksums:
        raise error(3187)
    if header.recovery_model == "SIMPLE" and "STOPAT" in order.values:
        raise error(3145)
    stop = stop_time(it, order)
    if not is_log and stop is not None and header.finished_at is not None and stop < header.finished_at:
        raise error(4338)
    if "STANDBY" in order.values and (header.database_version or 0) < edition.database_version:
        raise error(3180)
    _check_system(it, order, header)


def _check_system(it: Interpreter, order: Order, header: BackupHeader) -> None:
    """System databases go back to the same build only."""
    theirs = (header.software_major, header.software_minor, header.software_build)
    if order.database.casefold() in {"model", "msdb"} and theirs != it.world.version:
        dotted = f"{theirs[0]}.{theirs[1]:02d}.{theirs[2]}"
        raise error(3168, order.paths[0], dotted, it.world.edition.dotted)


def check_full(order: Order, header: BackupHeader, existing: Database | None) -> None:
    """Over another database, or over work that is saved nowhere, only WITH REPLACE."""
    if existing is None or order.has("REPLACE"):
        return
    if existing.family_guid != header.family_guid:
        raise error(3154, existing.name)
    tail = existing.last_log_backup_lsn is not None and existing.next_lsn > existing.last_log_backup_lsn
    if existing.state == "ONLINE" and existing.keeps_log and tail and "STOPAT" not in order.values:
        raise error(3159, existing.name)


def check_free(it: Interpreter, existing: Database | None) -> None:
    """Raises `SqlError` 3101 while others use the database."""
    if existing is not None and in_use_elsewhere(it, existing):
        raise error(3101)


def sequence_of(order: Order, existing: Database | None, header: BackupHeader) -> RestoreSequence:
    """The restore that is to go on. Raises `SqlError` where there is none, or of another database."""
    if existing is None:
        raise error(3118, order.database)
    sequence = existing.restoring
    if existing.family_guid != header.family_guid and sequence is None:
        raise error(3154, existing.name)
    if sequence is None:
        raise error(3117)
    if existing.family_guid != header.family_guid:
        raise error(3154, existing.name)
    if sequence.interrupted:
        raise error(4319, existing.files[0].logical)
    if sequence.damaged and not order.has("CONTINUE_AFTER_ERROR"):
        raise error(4323)
    return sequence


def check_differential(header: BackupHeader, sequence: RestoreSequence) -> None:
    """A differential fits the full that it is since, and nothing later."""
    if header.differential_base_guid != sequence.base_guid:
        raise error(3136)
    if (header.last_lsn or 0) < sequence.reached:
        raise error(4326, header.last_lsn, sequence.reached)


def check_log(it: Interpreter, order: Order, header: BackupHeader, sequence: RestoreSequence) -> None:
    """A log goes on where the sequence has come to, on the same branch."""
    first, last = header.first_lsn or 0, header.last_lsn or 0
    if first > sequence.reached:
        raise error(4305, first, sequence.reached)
    if last < sequence.reached:
        raise error(4326, last, sequence.reached)
    spans = header.recovery_fork != header.first_recovery_fork
    is_behind = spans and (header.fork_point_lsn or 0) < sequence.reached  # a full or differential was, too
    if sequence.fork != (header.recovery_fork if is_behind else header.first_recovery_fork):
        raise error(4330)
    stop = stop_time(it, order)
    if header.has_bulk_logged_data and stop is not None:
        raise error(4341)
    if stop is not None and sequence.reached_at is not None and stop < sequence.reached_at:
        raise error(4335)


def stopped_at(it: Interpreter, order: Order, header: BackupHeader, records: list[LogRecord]) -> tuple[int, bool]:
    """Up to which LSN (exclusive) to go, and whether the point that was asked for lies within.

    Of logs by other makers the records are not known; then the header's times decide.
    """
    end = header.last_lsn or 0
    stop = stop_time(it, order)
    if stop is not None:
        later = next((record for record in records if record.at > stop), None)
        if later is not None:
            return later.lsn, True
        return end, bool(header.finished_at and _reaches(header.finished_at, stop))
    for word in ("STOPATMARK", "STOPBEFOREMARK"):
        if (mark := order.text(word)) is not None:
            return _marked(order, records, word, mark, end)
    return end, True


def _reaches(finished: datetime, stop: datetime) -> bool:
    """Headers tell whole seconds; the backup ended within that second."""
    return finished >= stop.replace(microsecond=0)


def _marked(order: Order, records: list[LogRecord], word: str, mark: str, end: int) -> tuple[int, bool]:
    after = order.values.get("AFTER")
    for place, record in enumerate(records):
        if mark.startswith("lsn:"):
            hit = record.lsn >= lsn_of(mark.removeprefix("lsn:"))
        else:
            late = not isinstance(after, datetime) or record.at >= after
            hit = record.mark.casefold() == mark.casefold() and late
        if hit:
            following = records[place + 1].lsn if place + 1 < len(records) else end
            return (following if word == "STOPATMARK" else record.lsn), True
    return end, False


def lsn_of(text: str) -> int:
    """``34000000001600001``, or in hexadecimal parts, ``00000022:00000010:0001``."""
    if ":" not in text:
        return int(text)
    vlf, block, slot = (int(part, 16) for part in text.removeprefix("0x").split(":"))
    return vlf * 10**15 + block * 10**5 + slot
