"""Questions that take a moment: asked in a worker thread, answered in the thread of the screens.

Who asked may be gone when the answer comes; then nobody hears it. A newer question of the same name makes the
answer to an older one void. Questions are worked out one after the other, but one that takes long, for a share that
does not answer, holds up no other: those behind it get another thread.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from qtpy.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal

from ..base.errors import BackupError
from ..base.records import Problem
from .calm import hold_garbage
from .guard import alive, guarded, trouble_of, unexpected
from .threads import Thread

T = TypeVar("T")
log = logging.getLogger(__name__)
Failed = Callable[[Problem], None]
_PATIENCE_S = 5.0
"""So long the end waits for a question that is being worked out; a disk that does not answer keeps nobody."""
_SLOW_S = 2.0
"""Whoever waits behind a question that takes longer is served by another thread."""
_LOOK_MS = 250
_MOST = 4
"""Threads at once, those included that wait for a disk."""


@dataclass(slots=True)
class _Question:
    number: int
    owner: QObject
    work: Callable[[], Any]
    then: Callable[[Any], None]
    failed: Failed | None
    key: str
    answer: Any = None
    problem: Problem | None = field(default=None)


class _Worker(Thread):
    """Takes one question after the other."""

    answered = Signal(int)

    def __init__(self, questions: queue.SimpleQueue[_Question | None]) -> None:
        super().__init__()
        self._questions = questions
        self._since: float | None = None
        """When the present question was begun; None: nothing is worked out."""
        self.is_replaced = False
        """Whether another one goes on: then this one ends with its present question."""

    @property
    def is_slow(self) -> bool:
        """Whether the present question takes long."""
        since = self._since
        return since is not None and time.monotonic() - since > _SLOW_S

    def run(self) -> None:
        """Until told to stop."""
        while not self.is_replaced and (question := self._questions.get()) is not None:
            self._since = time.monotonic()
            number = question.number
            _work_out(question)
            del question  # the thread of the screens lets go of what belongs to it, not this one
            self._since = None
            self.answered.emit(number)


def _work_out(question: _Question) -> None:
    if not alive(question.owner):  # nobody waits for it any more
        return
    try:
        question.answer = question.work()
    except BackupError as error:
        question.problem = error.problem
    except Exception as error:
        log.exception("a question could not be answered")
        question.problem = trouble_of(error)


class _Counter(QObject):
    """Hands questions to the workers and answers to whoever asked; lives in the thread of the screens."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()
        self._open: dict[int, _Question] = {}
        self._answered: int | None = None
        """What was handed over last."""
        self._questions: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._workers: list[_Worker] = []
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._on_look)
        self._hire()

    def ask(self, question: _Question) -> None:
        """Queue a question; an older one of the same owner and key is answered to nobody."""
        if question.key:
            for older in self._open.values():
                if older.owner is question.owner and older.key == question.key:
                    older.then, older.failed = _nobody, _nobody
                    if older.answer is None:
                        older.work = _nothing
        question.number = next(self._numbers)
        self._open[question.number] = question
        self._questions.put(question)
        if not self._look.isActive():
            self._look.start()

    def stop(self) -> None:
        """Answer what is asked already, then no more."""
        self._look.stop()
        for _worker in self._workers:
            self._questions.put(None)
        end = time.monotonic() + _PATIENCE_S
        for worker in self._workers:
            worker.wait(max(end - time.monotonic(), 0.0))

    @property
    def busy(self) -> bool:
        """Whether some question waits for its answer."""
        return any(one.number != self._answered and one.then is not _nobody for one in self._open.values())

    def _hire(self) -> None:
        worker = _Worker(self._questions)
        worker.answered.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)
        self._workers.append(worker)
        worker.start()

    @guarded
    def _on_look(self) -> None:
        """Nobody waits behind what takes long, as long as there may be one thread more."""
        self._workers = [one for one in self._workers if not one.is_over()]
        if self._questions.empty():
            if not self.busy:
                self._look.stop()
        elif len(self._workers) < _MOST and all(one.is_slow or one.is_replaced for one in self._workers):
            for one in self._workers:
                one.is_replaced = True
            self._hire()

    @guarded
    def _hand_over(self, number: int) -> None:
        """Answer; what was answered before is let go here, now that its worker has moved on."""
        if self._answered is not None:
            del self._open[self._answered]
        question, self._answered = self._open[number], number
        if not alive(question.owner):
            return
        try:
            if question.problem is None:
                question.then(question.answer)
            elif question.failed is not None:
                question.failed(question.problem)
        except Exception:
            log.exception("an answer could not be shown")
            unexpected()
        finally:
            question.then, question.failed = _nobody, _nobody


def _nobody(_: object) -> None:
    """Hears an answer that nobody wants any more."""


def _nothing() -> None:
    """The work of a question that nobody asks any more."""


_desks: list[_Counter] = []


def ask(
    owner: QObject,
    work: Callable[[], T],
    then: Callable[[T], None],
    failed: Failed | None = None,
    key: str = "",
) -> None:
    """Work something out elsewhere, then show it here, if ``owner`` is still there.

    A `BackupError` goes to ``failed`` as its problem; any other exception as ``unexpected``, with the rest in the log.
    """
    _desk().ask(_Question(0, owner, work, then, failed, key))


def is_asking() -> bool:
    """Whether an answer is still to come."""
    return bool(_desks) and _desks[0].busy


def stop() -> None:
    """Let the worker end; the next question starts another."""
    while _desks:
        _desks.pop().stop()


def _desk() -> _Counter:
    if not _desks:
        hold_garbage()
        _desks.append(_Counter())
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(stop)
    return _desks[0]


atexit.register(stop)
