"""The verb run, for programs: one order from stdin is done, its events and its result are lines on stdout.

Not in the help: the window starts it as a process of its own (`jobs.child`). What it may do is what whoever starts it
may do. A listener that is lost is no reason to stop.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from ..base import wire
from ..base.cancel import CancelToken
from ..base.errors import BackupError, BadInput, Busy
from ..base.records import JobEvent, Manifest, Outcome, Problem, Record, Status
from ..base.saying import N_
from .answers import Answer, refused_by
from .interrupts import attended, listening
from .parsing import Verb

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)

Report = Callable[[JobEvent], None]
_CHUNK = 64 << 10
_PAUSE_S = 0.1
"""Events are told at most so often; only the newest of each database matters."""
_MANY = 2000
"""More copied files than that are told in the manifest alone."""
_LOOK_S = 2.0
"""So often an order that may wait tries whether it is its turn."""
_PATIENCE_S = 60.0
"""How long the last line waits for a listener that does not take it."""


def run(session: Session) -> Answer:
    """Do the order that stdin brings."""
    if session.options.json:
        raise BadInput("cli.usage_together", what="run, --json")
    _step_back()
    lines = _Lines(sys.stdin.fileno())
    order = wire.as_order(lines.next())
    threading.Thread(target=_heed, args=(lines, session.cancel), name="orders", daemon=True).start()
    voice = _Voice(sys.stdout.fileno())
    try:
        with listening(session.cancel):
            result = attended(lambda: _done(order, session, voice.report))
    except BackupError as error:
        answer = refused_by(session.cause_of(error))
        voice.end(wire.line(wire.OUTCOME, Outcome(status=answer.status, problems=answer.problems)))
        return Answer(status=answer.status)
    except Exception:
        problem = Problem(code="unexpected")
        voice.end(wire.line(wire.OUTCOME, Outcome(status=Status.FAILED, problems=(problem,))))
        raise
    outcome: Outcome = result.outcome  # type: ignore[attr-defined]  # every result has one
    voice.end(wire.line(wire.RESULT, _light(result)))
    return Answer(status=outcome.status)


def _step_back() -> None:
    """Let whoever works at this machine go first: the window, and the application that is backed up."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import psutil

            with contextlib.suppress(psutil.Error):
                psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(5)


def _take_identity(session: Session, order: wire.Order) -> None:
    """Work for the person that the order names, within what the account of this process may do itself.

    Raises `BadInput`.
    """
    from ..config.load import load
    from ..config.roles import within_account

    if order.identity is not None:
        session.identity = within_account(order.identity, load(session.options.config).settings.roles)


def _light(result: Record) -> Record:
    """The same without long lists of copied files, which whoever listens would have to read while a screen waits."""
    manifest = getattr(result, "manifest", None)
    if not isinstance(manifest, Manifest):
        return result
    parts = {name: part for name in ("config", "application") if (part := getattr(manifest, name)) is not None}
    long = {name: msgspec.structs.replace(part, files=()) for name, part in parts.items() if len(part.files) > _MANY}
    return msgspec.structs.replace(result, manifest=msgspec.structs.replace(manifest, **long)) if long else result


def _done(order: wire.Order, session: Session, report: Report) -> Record:
    """The result of the verb. Raises as the door does."""
    _take_identity(session, order)
    until = time.monotonic() + order.patience_s
    while True:
        try:
            return _once(order, session, report)
        except Busy as error:
            if error.code != "root.busy" or time.monotonic() >= until or session.cancel.is_set:
                raise
        session.cancel.wait(_LOOK_S)


def _once(order: wire.Order, session: Session, report: Report) -> Record:
    return _VERBS[order.verb](session.model, order.request, report, session.cancel)


_VERBS: dict[str, Callable[..., Record]] = {
    "backup": lambda model, request, report, cancel: model.backup(request, report, cancel),
    "verify": lambda model, request, report, cancel: model.verify(request, report, cancel),
    "restore": lambda model, request, report, cancel: model.restore(request, report, cancel),
    "drill": lambda model, request, report, cancel: model.drill(request, report, cancel),
    "prune": lambda model, request, _report, cancel: model.prune(request, cancel),
    "delete": lambda model, request, _report, _cancel: model.delete(request),
    "cleanup": lambda model, request, _report, cancel: model.cleanup(request.requested_by, request.origin, cancel),
}
"""What the door is asked, for each verb of `wire.REQUESTS`."""


def _heed(lines: _Lines, cancel: CancelToken) -> None:
    """Listen for the wish to stop; the end of the input says only that nobody will ask."""
    while line := lines.next():
        if line == wire.CANCEL:
            log.info("asked to stop")
            cancel.cancel()


class _Lines:
    """Lines of a descriptor, read past Python's buffers: a thread that waits in one keeps the program from ending."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._left = b""

    def next(self) -> bytes:
        """The next line with its end; without it, or empty, when there are no more."""
        while b"\n" not in self._left and len(self._left) < wire.LONGEST:
            try:
                self._wait()
                more = os.read(self._descriptor, _CHUNK)
            except OSError:
                more = b""
            if not more:
                rest, self._left = self._left, b""
                return rest
            self._left += more
        line, end, self._left = self._left.partition(b"\n")
        return line + end

    def _wait(self) -> None:
        """On Windows no thread stands in a read of stdin, for others could load no library then."""
        if sys.platform == "win32":
            from ..base.windows_pipe import wait_for_bytes

            wait_for_bytes(self._descriptor)


class _Voice:
    """Tells events and the result, in a thread of its own: a listener that is slow or gone never delays the job."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._changed = threading.Condition()
        self._events: dict[tuple[str, str], JobEvent] = {}
        self._last: bytes | None = None
        self._thread = threading.Thread(target=self._tell, name="voice", daemon=True)
        self._thread.start()

    def report(self, event: JobEvent) -> None:
        """Take in one event."""
        with self._changed:
            self._events.pop((event.job, event.database), None)
            self._events[event.job, event.database] = event
            self._changed.notify()

    def end(self, line: bytes) -> None:
        """Tell the last line, and what is still to be told before it."""
        with self._changed:
            self._last = line
            self._changed.notify()
        self._thread.join(_PATIENCE_S)

    def _tell(self) -> None:
        pause = threading.Event()
        while True:
            with self._changed:
                while not self._events and self._last is None:
                    self._changed.wait()
                events, last = tuple(self._events.values()), self._last
                self._events.clear()
            try:
                for event in events:
                    self._write(wire.line(wire.EVENT, event))
                if last is not None:
                    self._write(last)
            except OSError:
                log.info("nobody listens any more; the job goes on")
                return
            if last is not None:
                return
            pause.wait(_PAUSE_S)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


ABOUT = N_("Do one order that stdin brings, for programs that watch it.")
VERBS = {"run": Verb("run", ABOUT, run)}
