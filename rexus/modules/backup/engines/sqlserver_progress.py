"""How far the server is with a long statement: asked beside it, for sqlcmd may hold back what the server says."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError
from ..base.records import Record
from . import tsql_ask
from .messages import Message
from .sqlserver_client import Client

_EVERY_S = 0.4
"""Something is told at least so often, whether the server answers or not."""
_QUESTION_S = 10.0
_WHOLE = 100


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
