"""How far the server is with a long statement: asked beside it, for sqlcmd may hold back what the server says."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError
from ..base.records import Record
from . import tsql_ask
from .messages import Message
from .port import Progress
from .sqlserver_client import Client, Executed, Phase
from .sqlserver_connect import session_token
from .tsql import Batch

_EVERY_S = 0.4
"""Something is told at least so often, whether the server answers or not."""
_QUESTION_S = 10.0
_WHOLE = 100
_STOPPING = (Phase.ASKED, Phase.ROLLING_BACK, Phase.STOPPED)
"""How far a wish to stop comes, one behind the other."""


class Beat(Record, frozen=True, kw_only=True):
    """One look at a running statement."""

    percent: float | None = None
    """Of the statement; while it is taken back, of that.

    None: it runs, and how far it is nobody says (VIEW SERVER STATE is missing).
    """
    remaining_s: float | None = None
    waits_for: str = ""
    blocked_by: int = 0
    rolling_back: bool = False


class Watch:
    """Looks at the session with a token, hears what the client passes on, and tells of it twice a second.

    Telling and asking are two threads: a server that is slow to answer keeps nobody waiting for a sign of life.
    """

    def __init__(
        self,
        client: Client,
        token: str,
        tell: Callable[[Beat], None],
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self._client, self._token, self._tell, self._wait = client, token, tell, wait
        self._beat, self._percent = Beat(), 0.0
        self._over = threading.Event()
        self._enough = CancelToken()
        self._lock = threading.Lock()

    def heard(self, message: Message) -> None:
        """A message of the statement itself: 3211 tells percent."""
        if message.percent is not None:
            self._raise_to(float(message.percent))
            self._say()

    def _raise_to(self, percent: float) -> None:
        """What two sources say of one thing never goes back."""
        self._percent = min(float(_WHOLE), max(self._percent, percent))

    def _say(self) -> None:
        with self._lock:
            beat = self._beat
            self._tell(beat if beat.rolling_back else msgspec.structs.replace(beat, percent=self._percent or None))

    def _pulse(self) -> None:
        while not self._wait(self._over, _EVERY_S):
            self._say()

    def _look(self) -> None:
        while not self._wait(self._over, _EVERY_S):
            with contextlib.suppress(BackupError):
                self._beat = self._asked()

    def _asked(self) -> Beat:
        rows = self._client.query(tsql_ask.progress(self._token), timeout_s=_QUESTION_S, cancel=self._enough)
        if not rows or rows[0].get("command") is None:
            return Beat()
        row = rows[0]
        command = row.text("command").upper()
        told = row.get("percent_complete")
        percent = float(str(told)) if told is not None else 0.0
        rolling_back = "ROLLBACK" in command or row.text("status").casefold() == "rollback"
        if not rolling_back and not command.startswith("KILLED"):
            self._raise_to(percent)
        return Beat(
            percent=percent or None,
            remaining_s=(row.integer("remaining_ms") or 0) / 1000 or None,
            waits_for=row.text("wait_type"),
            blocked_by=row.integer("blocked_by") or 0,
            rolling_back=rolling_back,
        )

    @contextlib.contextmanager
    def beside(self) -> Iterator[None]:
        """Look and tell for as long as the statement runs."""
        jobs = {"progress": self._look, "progress-pulse": self._pulse}
        threads = [threading.Thread(target=job, name=name, daemon=True) for name, job in jobs.items()]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self._over.set()
            self._enough.cancel()  # the answer to the last question is of no use any more
            for one in threads:
                one.join()


class Course(Record, frozen=True, kw_only=True):
    """How one statement is told: as which phase, and which part of all that is to be done it is."""

    phase: str
    length: int
    """What it comes to by itself; what is taken back is told of that, too."""
    begin: int = 0
    """What was done before it."""
    total: int = 0
    """Of all together; 0: of this one alone."""

    def reached(self, percent: float) -> tuple[int, int]:
        """The figures once so much of it is done."""
        total = self.total or self.length
        return min(self.begin + int(self.length * percent / _WHOLE), total), total


class _Telling:
    """Tells how far a statement is; from when it is to stop on, its work is no news any more.

    What comes is told in its order, by whoever is telling already: nobody ever waits here, for whoever stops something
    may be in the midst of telling himself.
    """

    def __init__(self, course: Course, progress: Progress) -> None:
        self._course, self._progress = course, progress
        self._stage = 0
        """How many of `_STOPPING` are behind."""
        self._waiting: deque[Beat | Phase] = deque()
        self._busy = threading.Lock()

    def say(self, what: Beat | Phase) -> None:
        """Tell it, or leave it to whoever is telling."""
        self._waiting.append(what)
        while self._waiting and self._busy.acquire(blocking=False):
            try:
                while self._waiting:
                    self._tell(self._waiting.popleft())
            finally:
                self._busy.release()

    def _tell(self, what: Beat | Phase) -> None:
        before, percent = self._stage, 0.0
        if isinstance(what, Phase):
            self._stage = max(before, _STOPPING.index(what) + 1)
            if self._stage == before:
                return
        elif before == len(_STOPPING):
            return
        else:
            percent = what.percent or 0.0
            if what.rolling_back:
                self._stage = _STOPPING.index(Phase.ROLLING_BACK) + 1
        if not self._stage:
            self._progress(self._course.phase, *self._course.reached(percent))
            return
        back = percent if isinstance(what, Beat) and what.rolling_back else 0.0
        length = self._course.length
        self._progress(f"cancel_{_STOPPING[self._stage - 1].value}", int(length * back / _WHOLE), length)


def run(client: Client, batch: Batch, course: Course, progress: Progress, cancel: CancelToken | None) -> Executed:
    """As `Client.execute`, in a session of its own, while it is told how far the server is with it."""
    batch = msgspec.structs.replace(batch, session=session_token())
    telling = _Telling(course, progress)
    watch = Watch(client, batch.session, telling.say)
    telling.say(Beat())
    with watch.beside():
        return client.execute(batch, on_message=watch.heard, cancel=cancel, on_phase=telling.say)
