"""Runs work for all screens of this process, one after another for each configuration, and outlives them all.

Every work is done by a process of its own; a thread watches each and turns its lines into signals. Work that others
ordered (the schedule, the command line, another window) is found by its lease and shown like our own.
"""

from __future__ import annotations

import atexit
import logging
import uuid
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QCoreApplication, QObject, Qt, Signal

from ..base.identity import Identity, account_name
from ..base.records import Outcome, Record, Status
from ..model import child
from .calm import hold_garbage
from .followers import Follower, Lookout
from .guard import guarded
from .work import Part, Step, Work

if TYPE_CHECKING:
    from ..jobs.child import Ending

__all__ = ["Part", "Runner", "Work", "the_runner"]
log = logging.getLogger(__name__)
_MOST = 100
"""Works of this session that are remembered."""
_LAST_S = 5.0
"""So long the end waits for a thread that was told to leave."""
_HANDED_OVER_S = 12 * 3600.0
"""So long what still waited at the end waits by itself for what runs before it."""


class Runner(QObject):
    """Lives in the thread of the screens; never a child of one of them."""

    changed = Signal(object)
    """A `Work` as it is now; at most five times a second for each."""
    finished = Signal(object)
    """A `Work` that has ended; once."""
    acknowledged = Signal(str)
    """Somebody has read how the work of that id ended."""

    def __init__(self) -> None:
        super().__init__()
        hold_garbage()
        self._works: dict[str, Work] = {}
        self._lanes: dict[Path, deque[str]] = {}
        self._identities: dict[str, Identity | None] = {}
        self._followers: dict[str, Follower] = {}
        self._past: list[Follower] = []
        self._own: set[int] = set()
        self._read: set[str] = set()
        self._lookout: Lookout | None = None

    def order(self, verb: str, request: Record, config: Path, identity: Identity | None = None) -> str:
        """Have a request done as soon as nothing else runs on its configuration; returns the work's id."""
        number, place = uuid.uuid4().hex, config.absolute()
        self._works[number] = Work(number, verb, request, place, who=getattr(request, "requested_by", ""))
        self._identities[number] = identity
        self._lanes.setdefault(place, deque()).append(number)
        self.watch(place)
        self._forget_old()
        self.changed.emit(self._works[number])
        self._start_next(place)
        return number

    def cancel(self, number: str) -> None:
        """Ask a work to stop; one that has not begun does not begin."""
        work = self._works.get(number)
        if work is None or work.state == "ended":
            return
        if work.state == "queued":
            self._lanes[work.config].remove(number)
            self._end(number, Outcome(status=Status.CANCELLED), None)
            return
        if work.foreign:
            if self._lookout is not None:
                self._lookout.ask_to_stop(work.config, number, account_name())
        elif number in self._followers:
            self._followers[number].cancel()
        if work.state != "cancelling":
            self._change(replace(work, state="cancelling"))

    def watch(self, config: Path) -> None:
        """Look out for work that others order on this configuration."""
        if self._lookout is None:
            self._lookout = Lookout(self._own)
            self._lookout.seen.connect(self._on_seen, Qt.ConnectionType.QueuedConnection)
            self._lookout.gone.connect(self._on_gone, Qt.ConnectionType.QueuedConnection)
            self._lookout.start()
        self._lookout.watch(config.absolute())

    def work(self, number: str) -> Work | None:
        """The work of that id, as it is now."""
        return self._works.get(number)

    def works(self) -> tuple[Work, ...]:
        """What was ordered since the start, and foreign work that was seen; oldest first."""
        return tuple(self._works.values())

    def pending(self) -> tuple[Work, ...]:
        """What was ordered here and has not ended: what runs, then what waits."""
        mine = [one for one in self._works.values() if one.state != "ended" and not one.foreign]
        return tuple(sorted(mine, key=lambda one: not one.is_running))

    def acknowledge(self, number: str) -> None:
        """Somebody has read how a work ended; no other page needs to say it again."""
        self._read.add(number)
        self.acknowledged.emit(number)

    def unread(self) -> tuple[Work, ...]:
        """Works that have ended and were not acknowledged, oldest first."""
        return tuple(one for one in self._works.values() if one.state == "ended" and one.id not in self._read)

    def running(self) -> Work | None:
        """The work that something is done for right now, our own before others'; None: all is quiet."""
        now = [one for one in self._works.values() if one.is_running]
        return min(now, key=lambda one: one.foreign) if now else None

    def shutdown(self, *, cancel: bool = False, patience_s: float = 10.0) -> None:
        """Let go of everything: processes go on by themselves, or are asked to stop and waited for.

        What waits for them goes on too, each in a process that waits by itself; or it never begins.
        """
        for place, lane in self._lanes.items():
            while lane:
                number = lane.popleft()
                if not cancel:
                    self._hand_over(place, number)
        for follower in (*self._followers.values(), *self._past):
            if cancel:
                follower.cancel()
            else:
                follower.leave()
        if self._lookout is not None:
            self._lookout.leave()
            self._lookout.wait(_LAST_S)
            self._lookout = None
        for follower in (*self._followers.values(), *self._past):
            if not follower.wait(patience_s):
                follower.leave()
                follower.wait(_LAST_S)
        self._followers.clear()
        self._past.clear()
        if self in _runners:
            _runners.remove(self)

    def _hand_over(self, place: Path, number: str) -> None:
        """Have a process of its own wait for its turn: nobody may find out later that an order was forgotten."""
        work = self._works[number]
        if work.request is not None:
            identity = self._identities.pop(number, None)
            child.start(work.verb, work.request, place, identity, patience_s=_HANDED_OVER_S)

    def _start_next(self, place: Path) -> None:
        lane = self._lanes.get(place)
        busy = any(one.is_running and one.config == place for one in self._works.values())
        if busy or not lane:
            return
        number = lane.popleft()
        work = replace(self._works[number], state="running", began=datetime.now(UTC))
        assert work.request is not None
        follower = Follower(work, self._identities.pop(number, None), self._own)
        follower.moved.connect(self._on_moved, Qt.ConnectionType.QueuedConnection)
        follower.over.connect(self._on_over, Qt.ConnectionType.QueuedConnection)
        self._followers[number] = follower
        self._change(work)
        follower.start()

    def _change(self, work: Work) -> None:
        self._works[work.id] = work
        self.changed.emit(work)

    def _end(self, number: str, outcome: Outcome | None, result: Record | None) -> None:
        work = replace(
            self._works[number], state="ended", ended=datetime.now(UTC), outcome=outcome, result=result, left_s=None
        )
        self._works[number] = work
        self._start_next(work.config)
        self.changed.emit(work)
        self.finished.emit(work)

    def _forget_old(self) -> None:
        ended = [one.id for one in self._works.values() if one.state == "ended"]
        for number in ended[: max(len(self._works) - _MOST, 0)]:
            del self._works[number]

    def _let_go(self, number: str) -> None:
        """A thread that said its last word still needs a moment to end."""
        self._past = [one for one in self._past if not one.is_over()]
        self._past.append(self._followers.pop(number))

    @guarded
    def _on_moved(self, number: str, step: Step) -> None:
        work = self._works.get(number)
        if work is not None and work.is_running:
            self._change(_moved(work, step))

    @guarded
    def _on_over(self, number: str, ending: Ending) -> None:
        if number in self._followers:
            self._let_go(number)
            self._end(number, ending.outcome, ending.result)

    @guarded
    def _on_seen(self, work: Work) -> None:
        """Foreign work was found, or is further."""
        known = self._works.get(work.id)
        if known is None or known.is_running:
            self._change(replace(work, state=known.state if known is not None else "running"))

    @guarded
    def _on_gone(self, number: str, outcome: Outcome | None) -> None:
        """Foreign work has ended."""
        work = self._works.get(number)
        if work is not None and work.is_running:
            self._end(number, outcome, None)


def _moved(work: Work, step: Step) -> Work:
    return replace(
        work,
        events=step.events,
        parts=step.parts,
        fraction=step.fraction,
        left_s=step.left_s,
        pid=step.pid or work.pid,
    )


_runners: list[Runner] = []


def the_runner() -> Runner:
    """The one of this process; made when first asked for, in the thread of the screens."""
    if not _runners:
        _runners.append(Runner())
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(_stop)
    return _runners[0]


def _stop() -> None:
    while _runners:
        _runners[0].shutdown()


atexit.register(_stop)
