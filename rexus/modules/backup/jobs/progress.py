"""Lets other processes see how far the job is that holds a root, and ask it to stop.

Beside the lease, ``.lease.progress`` holds the newest events and ``.lease.cancel`` the wish to stop. Both are hints
that may be lost: they go past the file port, are never synced, and no trouble with them reaches the job.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

import msgspec

from ..base.cancel import CancelToken
from ..base.files import PARTIAL, os_path
from ..base.records import JobEvent, Record

log = logging.getLogger(__name__)

Report = Callable[[JobEvent], None]
R = TypeVar("R", bound=Record)

EVENTS = ".lease.progress"
STOP = ".lease.cancel"
_EVERY_S = 0.5
_BIGGEST = 4 << 20
_MOST = 64
"""Databases whose newest event is kept."""


class Told(Record, frozen=True, kw_only=True):
    """What ``.lease.progress`` says."""

    token: str
    """Of the lease that the events belong to."""
    events: tuple[JobEvent, ...] = ()
    """The newest of each database."""


class Wish(Record, frozen=True, kw_only=True):
    """What ``.lease.cancel`` says."""

    token: str
    """Of the lease whose holder is to stop."""
    who: str = ""


class _Sharing:
    """The events of one call of the door, and the switch that stops it."""

    def __init__(self, report: Report, cancel: CancelToken) -> None:
        self._report = report
        self.cancel = cancel
        self._lock = threading.Lock()
        self._events: dict[str, JobEvent] = {}
        self._new = False

    def report(self, event: JobEvent) -> None:
        """Take in one event and hand it on."""
        with self._lock:
            self._events.pop(event.database, None)
            self._events[event.database] = event
            self._new = True
        self._report(event)

    def newest(self) -> tuple[JobEvent, ...] | None:
        """The newest event of each database; None when there is none since this was last asked."""
        with self._lock:
            if not self._new:
                return None
            self._new = False
            return tuple(self._events.values())[-_MOST:]


_SHARING: ContextVar[_Sharing | None] = ContextVar("sharing", default=None)


def _nobody(_: JobEvent) -> None:
    """Hears an event that nobody waits for."""


@contextlib.contextmanager
def shared(report: Report = _nobody, cancel: CancelToken | None = None) -> Iterator[Report]:
    """Have what is reported in here, by this thread's job, seen by others for as long as it holds a lease."""
    sharing = _Sharing(report, cancel or CancelToken())
    before = _SHARING.set(sharing)
    try:
        yield sharing.report
    finally:
        _SHARING.reset(before)


@contextlib.contextmanager
def under(root: Path, token: str) -> Iterator[None]:
    """The time for which the lease ``token`` of ``root`` is held."""
    for name in (EVENTS, EVENTS + PARTIAL, STOP):
        _drop(root / name)
    sharing = _SHARING.get()
    if sharing is None:
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_going, args=(root, token, sharing, done), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        for name in (EVENTS, EVENTS + PARTIAL, STOP):
            _drop(root / name)


def _going(root: Path, token: str, sharing: _Sharing, done: threading.Event) -> None:
    while not done.wait(_EVERY_S):
        wish = _read(root / STOP, Wish)
        if wish is not None:
            _drop(root / STOP)
            if wish.token == token and not sharing.cancel.is_set:
                log.info("%s asks this job to stop", wish.who or "?")
                sharing.cancel.cancel()
        events = sharing.newest()
        if events is not None:
            _put(root / EVENTS, Told(token=token, events=events))


def events_of(root: Path, token: str) -> tuple[JobEvent, ...]:
    """The newest events of whoever holds the lease ``token``; nothing where none are known."""
    told = _read(root / EVENTS, Told)
    return told.events if told is not None and told.token == token else ()


def ask_to_stop(root: Path, token: str, who: str) -> None:
    """Ask the holder of the lease ``token`` to stop at its next safe point. A hint: it may not be heard."""
    _put(root / STOP, Wish(token=token, who=who))


def _put(path: Path, record: Record) -> None:
    """Write ``path`` whole, or not at all."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        descriptor = os.open(os_path(partial), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as writing:  # noqa: PTH123  a descriptor
            writing.write(msgspec.json.encode(record))
        os.replace(os_path(partial), os_path(path))  # noqa: PTH105
    except (OSError, UnicodeEncodeError) as error:
        log.debug("%s: %s", path.name, error)


def _read(path: Path, kind: type[R]) -> R | None:
    try:
        with open(os_path(path), "rb") as reading:  # noqa: PTH123
            return msgspec.json.decode(reading.read(_BIGGEST), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None


def _drop(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.unlink(os_path(path))  # noqa: PTH108
