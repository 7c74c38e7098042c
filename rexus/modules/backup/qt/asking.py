"""Questions that take a moment: asked in a worker thread, answered in the thread of the screens.

Who asked may be gone when the answer comes; then nobody hears it. A newer question of the same name makes the
answer to an older one void.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from qtpy.QtCore import QCoreApplication, QObject, Qt, Signal

from ..base.errors import BackupError
from ..base.records import Problem
from .calm import hold_garbage
from .guard import alive, unexpected
from .threads import Thread

T = TypeVar("T")
log = logging.getLogger(__name__)
Failed = Callable[[Problem], None]
_PATIENCE_S = 5.0
"""So long the end waits for a question that is being worked out; a disk that does not answer keeps nobody."""


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

    def __init__(self) -> None:
        super().__init__()
        self.questions: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Until told to stop."""
        while (question := self.questions.get()) is not None:
            number = question.number
            _work_out(question)
            del question  # the thread of the screens lets go of what belongs to it, not this one
            self.answered.emit(number)


def _work_out(question: _Question) -> None:
    if not alive(question.owner):  # nobody waits for it any more
        return
    try:
        question.answer = question.work()
    except BackupError as error:
        question.problem = error.problem
    except Exception:
        log.exception("a question could not be answered")
        question.problem = Problem(code="unexpected")


class _Counter(QObject):
    """Hands questions to the worker and answers to whoever asked; lives in the thread of the screens."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()
        self._open: dict[int, _Question] = {}
        self._last = -1
        self._worker = _Worker()
        self._worker.answered.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)
        self._worker.start()

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
        self._worker.questions.put(question)

    def stop(self) -> None:
        """Answer what is asked already, then no more."""
        self._worker.questions.put(None)
        self._worker.wait(_PATIENCE_S)

    @property
    def busy(self) -> bool:
        """Whether some question waits for its answer."""
        return any(one.number > self._last and one.then is not _nobody for one in self._open.values())

    def _hand_over(self, number: int) -> None:
        """Answer; what was answered before is let go here, now that the worker has moved on."""
        for past in [one for one in self._open if one < number]:
            del self._open[past]
        question = self._open[number]
        self._last = number
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
