"""How far the server is with a long statement: asked beside it, for sqlcmd may hold back what the server says."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from ..base.errors import BackupError
from ..base.records import Record
from . import tsql_ask
from .messages import Message
from .sqlserver_client import Client

_EVERY_S = 0.4
_WHOLE = 100


class Beat(Record, frozen=True, kw_only=True):
    """One look at a running statement."""

    percent: float | None = None
    """None: it runs, and how far it is nobody says (VIEW SERVER STATE is missing)."""
    remaining_s: float | None = None
    waits_for: str = ""
    blocked_by: int = 0
    rolling_back: bool = False


class Watch:
    """Looks at the session with a token every half second, and hears what the client passes on."""

    def __init__(self, client: Client, token: str, tell: Callable[[Beat], None]) -> None:
        self._client, self._token, self._tell = client, token, tell
        self._percent = 0.0
        self._over = threading.Event()

    def heard(self, message: Message) -> None:
        """A message of the statement itself: 3211 tells percent."""
        if message.percent is not None:
            self._raise_to(float(message.percent))
            self._tell(Beat(percent=self._percent))

    def _raise_to(self, percent: float) -> None:
        """What two sources say of one thing never goes back."""
        self._percent = min(float(_WHOLE), max(self._percent, percent))

    def _look(self) -> None:
        while not self._over.wait(_EVERY_S):
            beat = Beat(percent=self._percent or None)
            with contextlib.suppress(BackupError):
                beat = self._asked()
            if not self._over.is_set():
                self._tell(beat)

    def _asked(self) -> Beat:
        rows = self._client.query(tsql_ask.progress(self._token), timeout_s=10.0)
        if not rows or rows[0].get("command") is None:
            return Beat(percent=self._percent or None)
        row = rows[0]
        command = row.text("command").upper()
        told = row.get("percent_complete")
        if told is not None and not command.startswith("KILLED"):
            self._raise_to(float(str(told)))
        return Beat(
            percent=self._percent or None,
            remaining_s=(row.integer("remaining_ms") or 0) / 1000 or None,
            waits_for=row.text("wait_type"),
            blocked_by=row.integer("blocked_by") or 0,
            rolling_back="ROLLBACK" in command or row.text("status").casefold() == "rollback",
        )

    @contextlib.contextmanager
    def beside(self) -> Iterator[None]:
        """Look for as long as the statement runs."""
        thread = threading.Thread(target=self._look, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
