"""What a restore does to a database: its files, its pages, its log, its state, and its recovery."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from rexus.modules.backup.engines.bak_records import SetContents
from rexus.modules.backup.engines.headers import BackupHeader, SetType

from .database_content import content_of
from .database_files import remove_files, write_standin
from .databases import Database, DatabaseFile, DifferentialBase, LogRecord, RestoreSequence
from .history import RestoreRow
from .interpreter import Interpreter
from .media_orders import Order, stop_time
from .payloads import DataPayload, data_of, records_of
from .restore_checks import stopped_at
from .restore_media import OpenMedia, page_damage
from .world_messages import Said, say

EVERYTHING = "*"
"""In place of a page: the whole database can't be trusted."""
UPGRADE_STEP = 7
"""Upgrade steps go through the versions of databases in strides; the world's are of this size."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a step has brought the database."""

    found_stop: bool
    """Whether the point in time or the mark lay within."""


def overwritten(
    it: Interpreter, order: Order, header: BackupHeader, files: tuple[DatabaseFile, ...], existing: Database | None
) -> Database:
    """The database as a shell that a full backup is read into; an old one of that name is gone."""
    world = it.world
    if existing is not None:
        remove_files(world, existing)
    database = Database(
        name=existing.name if existing else order.database,
        id=existing.id if existing else world.next_database_id(),
        created_at=existing.created_at if existing else world.clock.tick().replace(microsecond=0),
        owner_sid=existing.owner_sid if existing else it.session.account.sid,
        collation=header.collation or world.collation,
        compatibility=header.compatibility_level or world.edition.compatibility,
        family_guid=header.family_guid,
        binding_id=header.binding_id or str(uuid.uuid4()),
        fork=header.recovery_fork,
        state="RESTORING",
        recovery_model=(header.recovery_model or "FULL").replace("-", "_"),
        page_verify=header.page_verify or "CHECKSUM",
        read_only=header.is_read_only,
        broker=False,
        files=files,
    )
    database.restoring = RestoreSequence(
        pages={}, reached=0, first=header.first_lsn or 0, base_guid=header.set_guid, fork=header.recovery_fork,
        reached_at=None, recovery_model=database.recovery_model, source=header.database,
    )  # fmt: skip
    world.databases[database.key] = database
    for file in files:
        write_standin(world, file, database.family_guid)
    return database


def applied(it: Interpreter, order: Order, media: OpenMedia, one: SetContents, database: Database) -> Reached:
    """Bring what is in the set into the database."""
    header, sequence = one.header, database.restoring
    assert sequence is not None
    position = header.position
    records = records_of(media.in_order, position)
    if header.type is SetType.LOG:
        return _roll_forward(it, order, header, database, records)
    found = data_of(media.in_order, position)
    if header.type is SetType.FULL:
        sequence.pages = {}
    if found is not None:
        _apply_pages(database, sequence, found)
    elif page_damage(media):
        database.damaged_pages.add(EVERYTHING)
    sequence.reached = header.last_lsn or 0
    sequence.first = header.first_lsn or 0
    sequence.fork = header.recovery_fork
    sequence.reached_at = header.finished_at
    database.log = [record for record in records if record.lsn >= sequence.first]
    database.checkpoint_lsn = header.checkpoint_lsn or 0
    if header.type is SetType.FULL:
        _take_base(database, header, sequence)
    return Reached(found_stop=False)


def _apply_pages(database: Database, sequence: RestoreSequence, found: DataPayload) -> None:
    pages = {key: page for key, page in sequence.pages.items() if key not in found.removed}
    sequence.pages = {**pages, **found.pages}
    database.damaged_pages = set(found.damaged)
    database.filler = found.filler or database.filler
    database.options = dict(found.traits.options)
    database.encrypted = found.traits.encrypted


def _take_base(database: Database, header: BackupHeader, sequence: RestoreSequence) -> None:
    """Later differentials may be since this backup, unless it was a copy."""
    database.base = None
    database.database_backup_lsn = header.database_backup_lsn or 0
    if not header.is_copy_only and header.finished_at is not None:
        pages = dict(sequence.pages)
        database.base = DifferentialBase(header.checkpoint_lsn or 0, header.set_guid, header.finished_at, pages)
        database.database_backup_lsn = header.checkpoint_lsn or 0


def _roll_forward(
    it: Interpreter, order: Order, header: BackupHeader, database: Database, records: list[LogRecord]
) -> Reached:
    sequence = database.restoring
    assert sequence is not None
    end, found = stopped_at(it, order, header, records)
    mine = [record for record in records if sequence.reached <= record.lsn < end]
    sequence.pages = database.rolled(sequence.pages, mine)
    if (header.last_lsn or 0) > (header.first_lsn or 0):
        sequence.first = header.first_lsn or sequence.first
        database.log = [record for record in records if record.lsn < end]
    sequence.reached = max(sequence.reached, end)
    sequence.fork = header.recovery_fork
    sequence.reached_at = mine[-1].at if mine else sequence.reached_at
    return Reached(found)


def settle(
    it: Interpreter, order: Order, one: SetContents, database: Database, reached: Reached, *, recovers: bool
) -> Iterator[Said]:
    """The state that the statement leaves the database in, and what is said of it."""
    header = one.header
    wants_point = any(word in order.values for word in ("STOPAT", "STOPATMARK", "STOPBEFOREMARK"))
    goes_on = wants_point and not reached.found_stop and header.type is SetType.LOG
    if goes_on:
        yield say(4322)
    if header.is_damaged:
        yield say(3188)
    if database.restoring is not None and database.restoring.damaged:
        yield say(3184)
    if "STANDBY" in order.values:
        _stand_by(it, order, database)
    elif recovers and not goes_on:
        yield from _upgrade(it, database, header)
        recover(it, database)
        database.broker = order.has("ENABLE_BROKER") or order.has("NEW_BROKER")
        if order.has("RESTRICTED_USER"):
            database.user_access = "RESTRICTED_USER"
    _remember(it, order, one, database, recovers=recovers and not goes_on)


def _stand_by(it: Interpreter, order: Order, database: Database) -> None:
    """Readable between two steps."""
    assert database.restoring is not None
    database.standby = order.text("STANDBY") or ""
    database.content = content_of(database.restoring.pages)
    database.state = "ONLINE"
    it.world.changed.notify_all()


def _upgrade(it: Interpreter, database: Database, header: BackupHeader) -> Iterator[Said]:
    """From an older server: what the conversion says."""
    old, new = header.database_version or 0, it.world.edition.database_version
    if old >= new:
        return
    yield say(944, database.name, old, new)
    before = old
    while before < new:
        after = min(before + UPGRADE_STEP, new)
        yield say(951, database.name, before, after)
        before = after


def recover(it: Interpreter, database: Database) -> None:
    """Open the database; from here on it is on a branch of its own."""
    sequence = database.restoring
    assert sequence is not None
    database.content = content_of(sequence.pages)
    database.state, database.standby, database.restoring = "ONLINE", "", None
    database.user_access = "MULTI_USER"
    database.place_log_at(sequence.reached)
    database.earlier_fork, database.fork, database.fork_point = sequence.fork, str(uuid.uuid4()), sequence.reached
    database.begins_chain_at = None
    database.last_log_backup_lsn = sequence.first if database.recovery_model != "SIMPLE" else None
    database.append(it.world.clock.tick(), {}, "recovery")
    it.world.changed.notify_all()


def _remember(it: Interpreter, order: Order, one: SetContents, database: Database, *, recovers: bool) -> None:
    history, header = it.world.history, one.header
    made = next((each.id for each in history.sets if each.guid == header.set_guid), None)
    history.restores.append(
        RestoreRow(
            id=len(history.restores) + 1,
            at=it.world.clock.tick(),
            database=database.name,
            user=it.session.account.name,
            backup_set_id=made,
            type={SetType.LOG: "L", SetType.DIFFERENTIAL: "I"}.get(header.type, "D"),
            replace=order.has("REPLACE"),
            recovery=recovers,
            stop_at=stop_time(it, order),
            files=tuple(each.physical for each in database.files),
        )
    )
