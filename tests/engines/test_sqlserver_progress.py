"""Signs of life of a long statement: they come by the clock, however slow the server is to answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import SourceFailed
from rexus.modules.backup.engines.messages import Message
from rexus.modules.backup.engines.sqlserver_client import Row
from rexus.modules.backup.engines.sqlserver_progress import Beat, Watch

MOST_S = 0.5
"""Between two signs of life, as promised."""
COLUMNS = ("session_id", "status", "command", "percent_complete", "remaining_ms", "wait_type", "blocked_by")


class Clock:
    """Time that only goes on when a test lets it, for each thread by itself; knows how long they meant to wait."""

    def __init__(self) -> None:
        self.asked: dict[str, list[float]] = {}
        self._ticks = {name: queue.Queue[bool]() for name in ("progress", "progress-pulse")}

    def wait(self, over: threading.Event, seconds: float) -> bool:
        """What stands in for the waiting of the watch."""
        name = threading.current_thread().name
        self.asked.setdefault(name, []).append(seconds)
        self._ticks[name].get(timeout=60)
        return over.is_set()

    def tick(self, name: str) -> None:
        """So much time is over for one of the threads."""
        self._ticks[name].put(True)


class Answers:
    """A client that gives one answer after the other."""

    def __init__(self, *answers: tuple[Row, ...] | SourceFailed) -> None:
        self._answers = list(answers)
        self.asked = threading.Event()
        self.held = threading.Event()
        """While it is not set, nobody answers."""

    def query(self, text: str, *, timeout_s: float | None = None, cancel: CancelToken | None = None) -> tuple[Row, ...]:
        assert cancel is not None
        self.asked.set()
        cancel.on_cancel(self.held.set)
        self.held.wait(60)
        answer = self._answers.pop(0) if self._answers else ()
        if isinstance(answer, SourceFailed):
            raise answer
        return answer


class Heard:
    """What was told, one after the other."""

    def __init__(self) -> None:
        self._beats: queue.Queue[Beat] = queue.Queue()

    def tell(self, beat: Beat) -> None:
        self._beats.put(beat)

    def next(self) -> Beat:
        return self._beats.get(timeout=60)


def running(percent: float, command: str = "BACKUP DATABASE", status: str = "running") -> tuple[Row, ...]:
    return (Row(columns=COLUMNS, cells=(57, status, command, percent, 1500, "BACKUPIO", 0)),)


@contextmanager
def watched(answers: Answers) -> Iterator[tuple[Watch, Clock, Heard]]:
    clock, heard = Clock(), Heard()
    watch = Watch(answers, "rexus-1", heard.tell, clock.wait)  # type: ignore[arg-type]  # it only asks
    with watch.beside():
        yield watch, clock, heard
        for name in ("progress", "progress-pulse"):
            for _ in range(3):  # whoever still waits sees that it is over
                clock.tick(name)


def test_signs_of_life_come_while_the_server_does_not_answer() -> None:
    answers = Answers()
    with watched(answers) as (_, clock, heard):
        clock.tick("progress")
        assert answers.asked.wait(60)
        for _ in range(5):
            clock.tick("progress-pulse")
            assert heard.next() == Beat()

    assert set(clock.asked) == {"progress", "progress-pulse"}
    assert max(clock.asked["progress-pulse"]) <= MOST_S


def test_what_the_server_answers_is_told_with_the_next_sign() -> None:
    answers = Answers(running(40.5), running(12, "KILLED/ROLLBACK", "rollback"))
    answers.held.set()
    with watched(answers) as (_, clock, heard):
        clock.tick("progress")
        told = _after(clock, heard, lambda beat: beat.percent is not None)
        assert told == Beat(percent=40.5, remaining_s=1.5, waits_for="BACKUPIO")
        clock.tick("progress")
        told = _after(clock, heard, lambda beat: beat.rolling_back)
        assert told.percent == 12, "what is taken back has a percent of its own"


def _after(clock: Clock, heard: Heard, is_so: object) -> Beat:
    """The first sign for which it is so."""
    while True:
        clock.tick("progress-pulse")
        beat = heard.next()
        if is_so(beat):  # type: ignore[operator]
            return beat


def test_a_message_is_told_at_once_and_nothing_goes_back() -> None:
    answers = Answers(running(20))
    answers.held.set()
    with watched(answers) as (watch, clock, heard):
        watch.heard(Message(text="55 percent processed.", number=3211))
        assert heard.next().percent == 55
        clock.tick("progress")
        told = _after(clock, heard, lambda beat: beat.waits_for == "BACKUPIO")
        assert told.percent == 55
        watch.heard(Message(text="Processed 8 pages", number=4035))
        clock.tick("progress-pulse")
        assert heard.next().percent == 55


def test_a_server_that_refuses_to_answer_silences_nothing() -> None:
    answers = Answers(SourceFailed("sqlserver.lost"), running(70))
    answers.held.set()
    with watched(answers) as (_, clock, heard):
        clock.tick("progress")
        clock.tick("progress-pulse")
        assert heard.next() == Beat()
        clock.tick("progress")
        assert _after(clock, heard, lambda beat: beat.percent == 70)


def test_the_end_does_not_wait_for_an_answer() -> None:
    """The question is cancelled: what runs in this test would stand still otherwise."""
    answers = Answers()
    with watched(answers) as (_, clock, _heard):
        clock.tick("progress")
        assert answers.asked.wait(60)
    assert answers.held.is_set()
