"""The threads behind the runner: one for each work of ours, and one that looks out for work of others."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal

from ..base.errors import BackupError
from ..base.identity import Identity
from ..base.records import Outcome, Record, Status, VerifyRequest
from ..config.load import Loaded, load
from ..model import child, running
from .guard import trouble_of
from .threads import Thread
from .work import Pace, Work

if TYPE_CHECKING:
    from ..jobs.child import Child
    from ..jobs.running import Running

log = logging.getLogger(__name__)
EVERY_S = 0.2
"""News of one work are told at most so often."""
LOOK_S = 1.0
"""How often others' work is looked for."""
_YOUNG_S = 1.0
"""Work of others that is younger and has told nothing is not worth showing: most is over by then."""
_TRIES = 4
"""Looks for what somebody wrote about the end of a work."""


class Follower(Thread):
    """Starts the process of one work and tells what it says."""

    moved = Signal(str, object)
    """Id and `Step`."""
    over = Signal(str, object)
    """Id and ending."""

    def __init__(self, work: Work, identity: Identity | None, own: set[int]) -> None:
        super().__init__()
        self._work, self._identity, self._own = work, identity, own
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._stop = False
        self._left = threading.Event()

    def cancel(self) -> None:
        """Ask the process to stop, as soon as there is one."""
        with self._lock:
            self._stop = True
            if self._child is not None:
                self._child.cancel()

    def leave(self) -> None:
        """Stop watching; the process goes on."""
        self._left.set()

    def run(self) -> None:
        """Follow it to its end."""
        try:
            self._follow()
        except Exception as error:  # whatever it is, it must not reach Qt
            log.exception("following %s", self._work.verb)
            outcome = Outcome(status=Status.INTERRUPTED, problems=(trouble_of(error),))
            self.over.emit(self._work.id, child.Ending(outcome=outcome))

    def _follow(self) -> None:
        work = self._work
        assert work.request is not None
        process = child.start(work.verb, work.request, work.config, self._identity)
        self._own.add(process.pid)
        with self._lock:
            self._child = process
            if self._stop:
                process.cancel()
        pace = Pace(work.verb, _expected(_settings(work.config), work.verb, work.request), _sets(work.request))
        self.moved.emit(work.id, pace.step(time.monotonic(), process.pid))
        while not self._left.is_set():
            events, ending = process.news(EVERY_S)
            if events:
                pace.take(events, time.monotonic())
                self.moved.emit(work.id, pace.step(time.monotonic(), process.pid))
            if ending is not None:
                self.over.emit(work.id, ending)
                return
            if events:
                self._left.wait(EVERY_S)


@dataclass(slots=True)
class _Place:
    """What is known of one configuration that is looked at."""

    config: Path
    stamp: tuple[int, int] = (0, 0)
    loaded: Loaded | None = None
    job: Running | None = None
    pace: Pace | None = None
    tries: int = 0


class Lookout(Thread):
    """Looks again and again whether somebody else works."""

    seen = Signal(object)
    """A `Work` that is new, or further."""
    gone = Signal(str, object)
    """Id and outcome, None where nobody wrote it down."""

    def __init__(self, own: set[int]) -> None:
        super().__init__()
        self._own = own
        self._lock = threading.Lock()
        self._places: dict[Path, _Place] = {}
        self._wishes: list[tuple[Path, str, str]] = []
        self._wake = threading.Event()
        self._left = threading.Event()

    def watch(self, config: Path) -> None:
        """Look at this configuration too."""
        with self._lock:
            self._places.setdefault(config, _Place(config))
        self._wake.set()

    def ask_to_stop(self, config: Path, token: str, who: str) -> None:
        """Ask the work of that id to stop."""
        with self._lock:
            self._wishes.append((config, token, who))
        self._wake.set()

    def leave(self) -> None:
        """Stop looking."""
        self._left.set()
        self._wake.set()

    def run(self) -> None:
        """Until told to stop."""
        while not self._left.is_set():
            with self._lock:
                places, wishes = tuple(self._places.values()), tuple(self._wishes)
                self._wishes.clear()
            for place in places:
                try:
                    self._look(place)
                    self._pass_on(place, wishes)
                except Exception:  # whatever it is, it must not reach Qt, and the next look may succeed
                    log.exception("looking at %s", place.config)
            self._wake.wait(LOOK_S)
            self._wake.clear()

    def _look(self, place: _Place) -> None:
        _reread(place)
        if place.loaded is None:
            return
        now = running.running(place.loaded.root)
        if now is not None and not self._is_others(now):
            now = None
        before = place.job
        if before is not None and (now is None or now.token != before.token):
            outcome = running.ended_as(place.loaded.root, before)
            place.tries += 1
            if outcome is None and now is None and place.tries < _TRIES:
                return
            place.job = None
            self.gone.emit(before.token, outcome)
        if now is not None and now != place.job:
            self._tell(place, now)

    def _is_others(self, job: Running) -> bool:
        if job.here and (job.pid == os.getpid() or job.pid in self._own):
            return False
        return bool(job.events) or (datetime.now(UTC) - job.since).total_seconds() >= _YOUNG_S

    def _tell(self, place: _Place, now: Running) -> None:
        if place.job is None or place.pace is None:
            place.tries = 0
            age_s = max((datetime.now(UTC) - now.since).total_seconds(), 0.0)
            place.pace = Pace(now.verb, _expected(place.loaded, now.verb, None), age_s=age_s)
        place.job = now
        place.pace.take(now.events, time.monotonic())
        step = place.pace.step(time.monotonic())
        self.seen.emit(
            Work(
                now.token,
                now.verb,
                None,
                place.config,
                "running",
                step.events,
                step.parts,
                step.fraction,
                step.left_s,
                began=now.since,
                foreign=True,
                who=now.who,
                pid=now.pid,
            )
        )

    @staticmethod
    def _pass_on(place: _Place, wishes: tuple[tuple[Path, str, str], ...]) -> None:
        job = place.job
        if job is None or place.loaded is None:
            return
        for config, token, who in wishes:
            if (config, token) == (place.config, job.token):
                running.ask_to_stop(place.loaded.root, job, who)


def _reread(place: _Place) -> None:
    """Read the settings where they changed; those that can't be read now stay as they were."""
    try:
        there = place.config.stat()
        stamp = (there.st_mtime_ns, there.st_size)
        if stamp != place.stamp:
            place.stamp = stamp
            place.loaded = load(place.config)
    except (OSError, BackupError) as error:
        log.debug("%s: %s", place.config, error)


def _settings(config: Path) -> Loaded | None:
    try:
        return load(config)
    except (OSError, BackupError):
        return None


def _sets(request: Record) -> int:
    return len(request.sets) if isinstance(request, VerifyRequest) else 0


def _expected(loaded: Loaded | None, verb: str, request: Record | None) -> Mapping[str, int]:
    """The databases that a work will come to, with their bytes where they are files."""
    if loaded is None or verb not in ("backup", "drill", "restore") or (verb != "backup" and request is None):
        return {}
    names: tuple[str, ...] = getattr(request, "databases", ())
    if verb == "restore" and not (names or getattr(request, "everything", False)):
        return {}
    if verb == "drill" and getattr(request, "rotate", False):
        return {}
    sizes: dict[str, int] = {}
    for name in names or loaded.database_names:
        try:
            sizes[name] = Path(loaded.database_location(name)).stat().st_size
        except (OSError, KeyError, ValueError, BackupError):
            sizes[name] = 0
    return sizes
