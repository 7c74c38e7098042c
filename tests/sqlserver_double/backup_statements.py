"""BACKUP DATABASE and BACKUP LOG: what is refused, what is written, what is said (facts 1 and 3.2)."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from rexus.modules.backup.engines.headers import SetType

from .answers import Answer, Done
from .backup_files import Product, made_product
from .backup_record import remember
from .backup_target import Target, open_target
from .databases import Database
from .interpreter import MEDIA_COMMANDS, Interpreter, handles
from .media_orders import Order, finish_time, order_of, refuse_in_transaction, success
from .rights import check_state
from .server_disk import DiskError, ServerFile, pieces_of
from .statement_tree import Media, Statement
from .world_messages import Interrupted, Said, SqlError, error, os_error, say

CHUNK = 32768
EXTENTS = 2**20
"""So much is read at once of what is written nowhere."""
VERDICTS = frozenset({3014, 3262})
MEDIA: dict[str, Callable[[Interpreter, Media], Iterator[Answer]]] = {}
"""What does each of the statements; those of RESTORE add theirs."""


@dataclass(slots=True)
class Backup:
    """A backup that runs."""

    order: Order
    database: Database
    kind: SetType
    target: Target
    started: datetime
    first_lsn: int
    last_lsn: int
    checkpoint_lsn: int
    guid: str

    @property
    def verb(self) -> str:
        """How message 3014 calls it."""
        return self.order.verb + (" WITH DIFFERENTIAL" if self.kind is SetType.DIFFERENTIAL else "")


def backup(it: Interpreter, one: Media) -> Iterator[Answer]:
    """One BACKUP; each message but the last is followed by a DONE of its own."""
    order = order_of(it, one)
    try:
        steps = _run(it, order)
        yield from spoken(it, order, steps)
    except SqlError as problem:
        it.world.error_log.append(f"BACKUP failed to complete the command {order.verb} {order.database}.")
        raise order.terminated(problem) from None


def spoken(it: Interpreter, order: Order, steps: Iterator[Said]) -> Iterator[Answer]:
    """Messages with a DONE behind each; after all but the verdict more is certain to follow."""
    for said in steps:
        yield said.message(it.session.language, order.line)
        yield Done(MEDIA_COMMANDS[order.verb], more=said.number not in VERDICTS)


def _run(it: Interpreter, order: Order) -> Iterator[Said]:
    refuse_in_transaction(it)
    it.session.pass_point("backup.asked", order.database)
    with it.world.lock:
        database = _database(it, order)
        if order.verb == "BACKUP DATABASE":
            it.session.wait_for(lambda: not database.backing_up)
            database = _database(it, order)
        kind = _kind(it, order, database)
        database.backing_up += kind is not SetType.LOG
        if it.session.request is not None:
            it.session.request.command = order.verb
            it.session.request.database_id = it.session.request.locked = database.id
    try:
        yield from _written(it, order, database, kind)
    finally:
        with it.world.changed:
            database.backing_up -= kind is not SetType.LOG
            it.world.changed.notify_all()


def _database(it: Interpreter, order: Order) -> Database:
    """The database to be backed up. Raises `SqlError` for one that can't be, or not by this login."""
    database = it.world.databases.get(order.database.casefold())
    if database is None:
        raise error(911, order.database)
    if it.session.rights.user(database) is None:
        raise error(916, it.session.account.name, database.name)
    if not it.session.rights.on(database, order.verb):
        raise error(262, order.verb, database.name)
    if database.key == "tempdb":
        raise error(3147)
    if database.standby:
        raise error(3036, database.name)
    check_state(database)
    if database.state == "EMERGENCY":
        raise error(3033)
    holder = it.world.single_user_of(database)
    if database.user_access == "SINGLE_USER" and holder not in {None, it.session.id}:
        raise error(924, database.name)
    return database


def _kind(it: Interpreter, order: Order, database: Database) -> SetType:
    """Full, differential or log. Raises `SqlError` where the edition or the database does not allow it."""
    edition = it.world.edition
    for word, able in (("COMPRESSION", edition.compression), ("ENCRYPTION", edition.encryption)):
        if order.has(word) and not able:
            raise error(1844, f"{order.verb} WITH {word}", edition.text)
    if order.mirrors and not edition.mirroring:
        raise error(3218)
    if order.mirrors and not order.has("FORMAT"):
        raise error(3215)
    if order.verb == "BACKUP LOG":
        _check_log(it, order, database)
        return SetType.LOG
    if not order.has("DIFFERENTIAL") or order.has("COPY_ONLY"):
        return SetType.FULL
    if database.key == "master":
        raise error(3024)
    if database.base is None:
        raise error(3035, database.name)
    return SetType.DIFFERENTIAL


def _check_log(it: Interpreter, order: Order, database: Database) -> None:
    if database.key == "master":
        raise error(4212)
    if database.recovery_model == "SIMPLE":
        raise error(4208, order.verb)
    if database.last_log_backup_lsn is None:
        raise error(4214)
    if order.has("NORECOVERY") and it.world.users_of(database):
        raise error(3101)


def _written(it: Interpreter, order: Order, database: Database, kind: SetType) -> Iterator[Said]:
    target = open_target(it, order)
    sees_damage = bool(database.damaged_pages) and target.checksum and kind is not SetType.LOG
    if sees_damage and not order.has("CONTINUE_AFTER_ERROR"):
        raise error(3043, database.name, 1, 400, database.files[0].physical)
    with it.world.lock:
        running = _begin(it, order, database, kind, target)
        product = made_product(it, running)
    try:
        yield from _streamed(it, running, product)
    finally:
        product.remove()
    with it.world.lock:
        remember(it, running, product)
    if it.world.history.full:
        yield say(3009)
    if sees_damage:
        yield say(3042)
    took = finish_time(running.started, product.header.finished_at or running.started)
    if took < timedelta(seconds=1):
        took = timedelta(milliseconds=max(10, product.pages // 20))
    yield say(3014, *success(running.verb, product.pages, took))


def _begin(it: Interpreter, order: Order, database: Database, kind: SetType, target: Target) -> Backup:
    """Where the backup begins and ends in the log; data backups begin with a checkpoint."""
    started = it.world.clock.tick().replace(microsecond=0)
    if kind is SetType.LOG:
        assert database.last_log_backup_lsn is not None
        first, checkpoint = database.last_log_backup_lsn, database.checkpoint_lsn
    else:
        first = checkpoint = database.checkpoint_lsn = database.next_lsn
        database.append(started, {}, "checkpoint")
    last = database.next_lsn
    return Backup(order, database, kind, target, started, first, last, checkpoint, str(uuid.uuid4()))


def _streamed(it: Interpreter, running: Backup, product: Product) -> Iterator[Said]:
    """The files written piece by piece, with what is said meanwhile."""
    order, name = running.order, running.database.name
    files = _opened(it, running)
    try:
        it.session.pass_point("backup.begun", name)
        yield from _copied(it, running, product, files)
        it.session.pass_point("backup.end", name)
    except (Interrupted, GeneratorExit):
        it.world.error_log.append(f"BACKUP failed to complete the command {order.verb} {name}.")
        raise
    finally:
        for file in chain.from_iterable(files):
            if file is not None:
                file.close()


def _opened(it: Interpreter, running: Backup) -> list[list[ServerFile | None]]:
    """For each path of the product the files that get it: itself and its mirrors; None for NUL."""
    found: list[list[ServerFile | None]] = []
    try:
        for place, path in enumerate(running.target.paths):
            others = [mirror[place] for mirror in running.order.mirrors]
            found.append([])
            for each in (path, *others):
                found[-1].append(_open(it, each, append=running.target.appends))
    except SqlError:
        for file in chain.from_iterable(found):
            if file is not None:
                file.close()
        raise
    return found


def _open(it: Interpreter, path: str, *, append: bool) -> ServerFile | None:
    if path.upper() == "NUL":
        return None
    try:
        return it.world.disk.open(path, append=append)
    except DiskError as problem:
        raise error(3201, path, os_error(problem.number)) from None


def _copied(it: Interpreter, running: Backup, product: Product, files: list[list[ServerFile | None]]) -> Iterator[Said]:
    total, done, told, half_passed = max(1, product.size), 0, 0, False
    step = running.order.stats or 0
    for path, outs, piece in _pieces(running, product, files):
        _write(path, piece, outs)
        done += len(piece)
        percent = done * 100 // total
        if it.session.request is not None:
            it.session.request.size, it.session.request.percent = total, min(100.0, done * 100 / total)
        if not half_passed and percent >= 50:
            half_passed = True
            it.session.pass_point("backup.half", running.database.name)
        it.session.check()
        if step and told + step <= percent < 100:
            told = percent
            yield say(3211, percent)
    position, name = product.header.position, running.database.name
    yield from (say(4035, pages, name, logical, position) for logical, pages in product.data_pages)
    if step:
        yield say(3211, 100)
    yield from (say(4035, pages, name, logical, position) for logical, pages in product.log_pages)


def _pieces(
    running: Backup, product: Product, files: list[list[ServerFile | None]]
) -> Iterator[tuple[str, list[ServerFile | None], bytes]]:
    """What is to be written, in turns to each file of the media set."""
    waiting = [
        (path, outs, pieces_of(part.path, CHUNK, part.start))
        for path, outs, part in zip(running.target.paths, files, product.parts, strict=True)
    ]
    while waiting:
        for each in list(waiting):
            path, outs, pieces = each
            piece = next(pieces, b"")
            if piece:
                yield path, outs, piece
            else:
                waiting.remove(each)
    for at in range(0, len(product.unwritten), EXTENTS):
        piece = product.unwritten[at : at + EXTENTS]
        zlib.crc32(piece)  # as checksums are looked at, whether anything is written or not
        yield running.target.paths[0], [], piece


def _write(path: str, piece: bytes, outs: list[ServerFile | None]) -> None:
    for out in outs:
        if out is None:
            continue
        try:
            out.write(piece)
        except DiskError as problem:
            raise error(3202, path, os_error(problem.number)) from None


@handles(Media)
def media(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """BACKUP here; RESTORE and the reports elsewhere."""
    assert isinstance(one, Media)
    yield from MEDIA[one.verb](it, one)
    it.session.row_count = 0


MEDIA["BACKUP DATABASE"] = MEDIA["BACKUP LOG"] = backup
