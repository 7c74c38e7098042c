"""RESTORE DATABASE and RESTORE LOG: refusals first, then the files, then what is in them (facts 2 and 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from rexus.modules.backup.engines.bak_records import SetContents
from rexus.modules.backup.engines.headers import SetType

from .answers import Answer
from .backup_statements import CHUNK, MEDIA, spoken
from .databases import PAGE, Database
from .interpreter import Interpreter
from .media_orders import Order, order_of, refuse_in_transaction, success
from .restore_apply import applied, overwritten, recover, settle
from .restore_checks import (
    check_differential,
    check_free,
    check_full,
    check_log,
    check_rights,
    check_set,
    check_target,
    sequence_of,
)
from .restore_media import OpenMedia, chosen_set, examined, open_media
from .restore_places import placed_files
from .server_disk import pieces_of
from .statement_tree import Media
from .world_messages import Interrupted, Said, SqlError, error, say


@dataclass(slots=True)
class Restore:
    """A restore that runs."""

    order: Order
    media: OpenMedia
    one: SetContents
    database: Database

    @property
    def recovers(self) -> bool:
        return not self.order.has("NORECOVERY") and "STANDBY" not in self.order.values


def restore(it: Interpreter, one: Media) -> Iterator[Answer]:
    """One RESTORE; each message but the last is followed by a DONE of its own."""
    order = order_of(it, one)
    try:
        yield from spoken(it, order, _run(it, order))
    except SqlError as problem:
        raise order.terminated(problem) from None


def _run(it: Interpreter, order: Order) -> Iterator[Said]:
    refuse_in_transaction(it)
    it.session.pass_point("restore.asked" if order.paths else "restore.recover", order.database)
    with it.world.lock:
        existing = it.world.databases.get(order.database.casefold())
        check_rights(it, order, existing)
        check_target(it, order, existing)
        finished = None if order.paths else _finished(it, order, existing)
    if finished is not None:
        yield finished
        return
    if it.session.request is not None:
        it.session.request.command = order.verb
    media = open_media(it, order, complete=True)
    try:
        one = chosen_set(media, order)
        with it.world.lock:
            running = _begun(it, order, media, one)
        yield from _streamed(it, running)
    finally:
        media.close()


def _finished(it: Interpreter, order: Order, existing: Database | None) -> Said:
    """``RESTORE DATABASE x WITH RECOVERY``: the end of a sequence, without a file."""
    if existing is None:
        raise error(3118, order.database)
    if existing.restoring is None:
        raise error(3153)
    if existing.restoring.interrupted:
        raise error(4333)
    check_free(it, existing)
    if not order.has("NORECOVERY"):
        recover(it, existing)
        if order.has("RESTRICTED_USER"):
            existing.user_access = "RESTRICTED_USER"
    return say(3014, *success(order.verb, 0, timedelta(milliseconds=100)))


def _begun(it: Interpreter, order: Order, media: OpenMedia, one: SetContents) -> Restore:
    """Everything that can be refused before the database is touched; then it is taken hold of."""
    existing = it.world.databases.get(order.database.casefold())
    check_set(it, order, one)
    header = one.header
    if header.type is SetType.FULL:
        check_full(order, header, existing)
        files = placed_files(it, order, one, existing)
        check_free(it, existing)
        database = overwritten(it, order, header, files, existing)
        return Restore(order, media, one, database)
    sequence = sequence_of(order, existing, header)
    assert existing is not None
    if header.type is SetType.LOG:
        check_log(it, order, header, sequence)
    else:
        check_differential(header, sequence)
    check_free(it, existing)
    existing.state = "RESTORING"
    return Restore(order, media, one, existing)


@contextmanager
def _held(it: Interpreter, database: Database) -> Iterator[None]:
    """While it runs nobody else restores it; what breaks off leaves it RESTORING and interrupted."""
    sequence = database.restoring
    assert sequence is not None
    sequence.interrupted = True
    database.backing_up += 1
    if it.session.request is not None:
        it.session.request.locked = database.id
    try:
        yield
        sequence.interrupted = False
    except (SqlError, Interrupted, GeneratorExit):
        it.world.error_log.append(f"RESTORE DATABASE failed to complete for {database.name}.")
        raise
    finally:
        with it.world.changed:
            database.backing_up -= 1
            it.world.changed.notify_all()


def _streamed(it: Interpreter, running: Restore) -> Iterator[Said]:
    order, database, one = running.order, running.database, running.one
    with _held(it, database):
        it.session.pass_point("restore.begun", database.name)
        yield from _read(it, running)
        it.session.pass_point("restore.end", database.name)
        with it.world.lock:
            reached = applied(it, order, running.media, one, database)
    yield from _told_files(running)
    if order.stats:
        yield say(3211, 100)
    with it.world.lock:
        said = list(settle(it, order, one, database, reached, recovers=running.recovers))
    yield from said
    pages = sum(pages for _, pages in _pages(running))
    took = timedelta(milliseconds=max(10, pages // 20))
    verb = "RESTORE LOG" if one.header.type is SetType.LOG else "RESTORE DATABASE"
    yield say(3014, *success(verb, pages, took))


def _read(it: Interpreter, running: Restore) -> Iterator[Said]:
    """Read the files, telling how far; damage is found at half of the way."""
    order, total = running.order, max(1, running.media.size)
    done, told, half_passed = 0, 0, False
    for path in running.media.in_order:
        for piece in pieces_of(path, CHUNK):
            done += len(piece)
            percent = done * 100 // total
            if it.session.request is not None:
                it.session.request.size, it.session.request.percent = total, done * 100 / total
            if not half_passed and percent >= 50:
                half_passed = True
                it.session.pass_point("restore.half", running.database.name)
                _examine(running)
            it.session.check()
            if order.stats and told + order.stats <= percent < 100:
                told = percent
                yield say(3211, percent)


def _examine(running: Restore) -> None:
    order, header = running.order, running.one.header
    has_checksums = header.has_checksums and not order.has("NO_CHECKSUM")
    problems = examined(running.media, has_checksums=has_checksums, pages_first=True)
    if problems and not order.has("CONTINUE_AFTER_ERROR"):
        raise SqlError(*problems)
    if problems and running.database.restoring is not None:
        running.database.restoring.damaged = True


def _pages(running: Restore) -> list[tuple[str, int]]:
    """Logical name and pages of each file; how much log there is, is known once it was read."""
    position, is_log = running.one.header.position, running.one.header.type is SetType.LOG
    reports = running.media.reports.values()
    log = sum(
        each.counts.log_bytes for one in reports for each in one.contents.sets if each.header.position == position
    )
    found: list[tuple[str, int]] = []
    for each in running.one.files:
        if each.type == "L":
            found.append((each.logical_name, -(-log // PAGE)))
            log = 0
        else:
            found.append((each.logical_name, 0 if is_log else (each.backup_bytes or 0) // PAGE))
    return found


def _told_files(running: Restore) -> Iterator[Said]:
    """4035 for each file, as BACKUP tells it."""
    for logical, pages in _pages(running):
        yield say(4035, pages, running.database.name, logical, running.one.header.position)


MEDIA["RESTORE DATABASE"] = MEDIA["RESTORE LOG"] = restore
