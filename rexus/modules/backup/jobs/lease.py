"""One writer per backup root.

The writer holds an operating-system lock on ``.lease.lock``, which the system frees when the writer dies, however it
dies; ``.lease`` says in JSON who holds it. A record found under a free lock is a dead owner's: it is taken over and
told, with the paths that the owner may have left beside databases. Machines that share a folder without sharing locks
are told apart by a heartbeat: the record is written anew every `_BEAT_S`.

A full disk must not keep anybody from deleting: ``.lease.reserve`` holds some space that is given up for that.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..base import process
from ..base.clock import Clock
from ..base.errors import Busy, Failed, StoreFailed
from ..base.files import WINDOWS, Files, publish
from ..base.records import Record
from ..catalog.index import CACHE_NAME
from . import progress

log = logging.getLogger(__name__)

RECORD = ".lease"
LOCK = ".lease.lock"
PROBE = ".lease.probe"
RESERVE = ".lease.reserve"
"""Space kept for a full disk: whoever deletes gives it up, so that lease, mark and trail can be written."""
_RESERVE_BYTES = 256 << 10
"""Enough for the manifest of thousands of files, twice."""
_PLENTY = 8
"""The reserve is made, or made again, only where so many of it are free."""
_FREEING = frozenset({"prune", "delete", "cleanup"})
_SPARE = (RESERVE, CACHE_NAME)
"""What these give up where there is no space, in this order; the cache is made again from the manifests."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_BEAT_S = 30.0
_SILENT_S = 300.0
"""A record of another machine this old (by the clock of the disk) is a dead owner's."""
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, getattr(errno, "ENOTSUP", errno.EOPNOTSUPP)}
_BIGGEST = 1 << 20


class LeaseRecord(Record, frozen=True, kw_only=True):
    """Who holds a root, as in ``.lease``."""

    pid: int
    start: float = 0.0
    """When the process was started (`process.start_time`)."""
    boot: str = ""
    host: str = ""
    verb: str = ""
    who: str = ""
    since: datetime
    leftovers: tuple[str, ...] = ()
    """Databases beside which this run may leave something."""
    job: str = ""
    token: str = ""
    """Tells this holding from every other."""


class Held:
    """A lease being held; its methods may be called from any thread."""

    def __init__(self, root: Path, record: LeaseRecord, took_over: LeaseRecord | None, files: Files) -> None:
        self.took_over = took_over
        """The dead owner's record, if there was one."""
        self._root = root
        self._record = record
        self._files = files
        self._lock = threading.Lock()
        self._lost: Failed | None = None

    @property
    def record(self) -> LeaseRecord:
        """What ``.lease`` says now."""
        return self._record

    def leftover(self, location: str) -> None:
        """Promise, durably, that ``location`` will be swept if this run dies. Raises `StoreFailed`, as `check`."""
        if location not in self._record.leftovers:
            self._write(leftovers=(*self._record.leftovers, location))

    def job(self, name: str) -> None:
        """Say which set is being worked on. Raises `StoreFailed`, as `check`."""
        self._write(job=name)

    def check(self) -> None:
        """Make sure that the root is still ours, as must be right before anything is published or swapped.

        Raises `Failed` (``root.lease_lost``) once somebody else has taken it over, as another machine may after a
        long silence of this one; `StoreFailed` when that can't be told.
        """
        with self._lock, _locking(self._root):
            self._still_ours()

    def _still_ours(self) -> None:
        """Raise for good when the record is not ours: whoever took over may be done and gone by now."""
        if self._lost is None:
            other = _found(self._root)
            if other is not None and other.token == self._record.token:
                return
            self._lost = Failed(
                "root.lease_lost",
                path=str(self._root),
                verb=other.verb if other else "?",
                who=(other.who if other else "") or "?",
                host=(other.host if other else "") or "?",
            )
            log.error("%s", self._lost)
        raise Failed(self._lost.code, **self._lost.values)

    def _write(self, **changes: object) -> None:
        with self._lock, _locking(self._root):
            self._still_ours()
            record = msgspec.structs.replace(self._record, **changes)
            publish(self._files, self._root / RECORD, msgspec.json.encode(record))
            self._record = record

    def beat(self) -> None:
        """Show other machines that the owner lives; a failure is only logged, the next beat may succeed.

        A record that is not ours stays as it is: `check` tells of it.
        """
        try:
            self._write()
        except Failed as error:
            log.warning("heartbeat: %s", error)


class Lease:
    """The way to a `Held`."""

    @staticmethod
    @contextlib.contextmanager
    def hold(root: Path, verb: str, who: str, files: Files, clock: Clock) -> Iterator[Held]:
        """Be the only writer of ``root`` for a while.

        Raises `Busy` (``root.busy``) while somebody else is, and `StoreFailed` when the root can't be written.
        """
        lock = _take_lock(root, files)
        try:
            with _locking(root):
                took_over = _last_owner(root, files, locked=lock is not None)
                record = _mine(verb, who, clock, took_over)
                _claim_somehow(root, record, files, locked=lock is not None)
            _stock(root, verb, files)
            held = Held(root, record, took_over, files)
            done = threading.Event()
            beats = threading.Thread(target=_beating, args=(held, done), name="lease", daemon=True)
            beats.start()
            try:
                with progress.under(root, record.token):
                    yield held
            finally:
                done.set()
                beats.join()
                _stock(root, "", files)
                _let_go(root, held, files)
        finally:
            if lock is not None:
                os.close(lock)


def who_holds(root: Path) -> LeaseRecord | None:
    """Who works on ``root`` now, without disturbing; None when nobody does."""
    record = _read(root)
    if record is None:
        return None
    if record.host != process.host():
        return None if _age_s(root) > _SILENT_S else record
    same_start = not record.boot or record.boot == process.boot_id() or record.boot.startswith("boot-")
    return record if same_start and process.is_alive(record.pid, record.start) else None


def may_hold(root: Path) -> bool:
    """Whether somebody may still work on ``root``; another machine that fell silent may only sleep."""
    record = _read(root)
    return record is not None and (record.host != process.host() or who_holds(root) is not None)


def dead_owner(root: Path) -> LeaseRecord | None:
    """Who held ``root`` and went without letting go; nobody has taken over since. None: nobody did."""
    return _read(root) if who_holds(root) is None else None


def left_open(root: Path, token: str) -> bool:
    """Whether the holder of ``token`` went without letting go: it died."""
    record = _read(root)
    return record is not None and record.token == token


def _take_lock(root: Path, files: Files) -> int | None:
    """The locked descriptor, or None where the folder knows no locks. Raises `Busy`, `StoreFailed`."""
    with _locking(root):
        if not (root / LOCK).exists():
            files.make_folder(root)
            files.append(root / LOCK).close()
        descriptor = os.open(root / LOCK, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        _lock(descriptor)
    except OSError as error:
        os.close(descriptor)
        if not WINDOWS and error.errno in _NO_LOCKS:
            return None
        if WINDOWS or error.errno in (errno.EAGAIN, errno.EACCES):
            raise _busy(_read(root)) from error
        raise StoreFailed("root.lock_failed", path=str(root), reason=error.strerror or "") from error
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _lock(descriptor: int) -> None:
    """Lock or raise `OSError` at once; the lock goes when the descriptor is closed or its process dies."""
    if WINDOWS:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _last_owner(root: Path, files: Files, *, locked: bool) -> LeaseRecord | None:
    """The dead owner whose record was left, or None. Raises `Busy` when the owner lives."""
    record = _read(root)
    if record is None:
        return None
    here = record.host in ("", process.host()) or record.boot == process.boot_id()
    if not here:
        publish(files, root / PROBE, b"")
        age_s = (root / PROBE).stat().st_mtime - (root / RECORD).stat().st_mtime
        files.unlink(root / PROBE)
        if age_s < _SILENT_S:
            raise _busy(record)
    elif not locked and record.boot == process.boot_id() and process.is_alive(record.pid, record.start):
        raise _busy(record)
    return record


def _claim(root: Path, record: LeaseRecord, files: Files, *, locked: bool) -> None:
    """Write our record; without a lock the exclusive creation decides who of several comes first."""
    path = root / RECORD
    if locked:
        publish(files, path, msgspec.json.encode(record))
        return
    dead = _read(root)
    if dead is not None:
        aside = root / f"{RECORD}.{record.token}"
        files.replace(path, aside)
        moved = _read(root, aside.name)
        if moved is not None and moved.token != dead.token:  # somebody was faster: it is his
            files.replace(aside, path)
            raise _busy(moved)
        files.unlink(aside)
    try:
        writing = files.create(path)
    except FileExistsError as error:
        raise _busy(_read(root)) from error
    try:
        writing.write(msgspec.json.encode(record))
        writing.sync()
    finally:
        writing.close()
    files.sync_folder(root)


def _claim_somehow(root: Path, record: LeaseRecord, files: Files, *, locked: bool) -> None:
    """`_claim`; whoever is about to free space gives up what is spare where there is none. Raises as it does."""
    for spare in _SPARE if record.verb in _FREEING else ():
        try:
            return _claim(root, record, files, locked=locked)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            log.info("no space: %s is given up", spare)
            files.unlink(root / spare)
            files.sync_folder(root)
    return _claim(root, record, files, locked=locked)


def _stock(root: Path, verb: str, files: Files) -> None:
    """Keep a reserve while there is plenty of space; who frees space has it at once where there is not."""
    import hashlib
    import shutil

    path = root / RESERVE
    try:
        there = path.exists() and path.stat().st_size == _RESERVE_BYTES
        plenty = shutil.disk_usage(root).free >= _PLENTY * _RESERVE_BYTES
        if there and not plenty and verb in _FREEING:
            files.unlink(path)
            files.sync_folder(root)
        elif not there and plenty:
            # Bytes that no file system can squeeze or leave out.
            publish(files, path, hashlib.shake_256(RESERVE.encode()).digest(_RESERVE_BYTES))
    except OSError as error:
        log.info("the reserve of space: %s", error)


def _mine(verb: str, who: str, clock: Clock, took_over: LeaseRecord | None) -> LeaseRecord:
    """Our record; it keeps a dead owner's leftovers until we are done, should we die before sweeping them."""
    return LeaseRecord(
        pid=os.getpid(),
        start=process.start_time() or 0.0,
        boot=process.boot_id(),
        host=process.host(),
        verb=verb,
        who=who,
        since=clock.now(),
        leftovers=took_over.leftovers if took_over else (),
        token=uuid.uuid4().hex,
    )


def _beating(held: Held, done: threading.Event) -> None:
    while not done.wait(_BEAT_S):
        held.beat()


def _let_go(root: Path, held: Held, files: Files) -> None:
    """Remove our record; if that fails the next owner finds it under a free lock and takes over."""
    try:
        current = _read(root)
        if current is None or current.token == held.record.token:
            files.unlink(root / RECORD)
            files.sync_folder(root)
    except OSError as error:
        log.warning("the lease can't be removed: %s", error)


def _found(root: Path) -> LeaseRecord | None:
    """The record of whoever holds the root; one that nobody can read is not ours. Raises `OSError`."""
    try:
        with (root / RECORD).open("rb") as reading:
            return msgspec.json.decode(reading.read(_BIGGEST), type=LeaseRecord)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeError):
        return None


def _read(root: Path, name: str = RECORD) -> LeaseRecord | None:
    """The record; one that can't be read is a dead owner of whom nothing is known."""
    path = root / name
    try:
        with path.open("rb") as reading:
            return msgspec.json.decode(reading.read(_BIGGEST), type=LeaseRecord)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        log.warning("%s can't be read: %s", path, error)
        with contextlib.suppress(OSError):
            return LeaseRecord(pid=0, verb="?", who="?", since=datetime.fromtimestamp(path.stat().st_mtime, UTC))
        return None


def _age_s(root: Path) -> float:
    """How long the record has been silent, by this machine's clock."""
    try:
        return datetime.now(UTC).timestamp() - (root / RECORD).stat().st_mtime
    except OSError:
        return 0.0


def _busy(record: LeaseRecord | None) -> Busy:
    if record is None:  # the holder has locked but not yet written who it is
        return Busy("root.busy", pid=0, verb="?", who="?", since="?", host="?")
    return Busy(
        "root.busy",
        pid=record.pid,
        verb=record.verb,
        who=record.who or "?",
        since=record.since.astimezone(UTC).isoformat(timespec="seconds"),
        host=record.host,
    )


@contextlib.contextmanager
def _locking(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFailed("root.full", path=str(root)) from error
        raise StoreFailed("root.lock_failed", path=str(root), reason=error.strerror or type(error).__name__) from error
