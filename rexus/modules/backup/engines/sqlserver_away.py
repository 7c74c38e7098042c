"""A server that is away is asked once: whoever asks again at once hears the same, and waits for no login once more.

A wrong password is such a failure too, and an account is locked after some of them. Once somebody came in, every call
goes to the server again: a backup or a restore that lost it has to see whether it is back.
"""

from __future__ import annotations

import threading
import time

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError
from .sqlserver_client import Client, End, Executed, OnMessage, OnPhase, Row, answer_of, no_message, no_phase
from .sqlserver_connect import session_token
from .tsql import Batch

_KNOWN_FOR_S = 10.0
"""What was found is as good as new for so long: longer than one command goes on asking, shorter than anybody waits."""
_COSTLY_S = 0.5
"""A refusal that comes sooner costs nobody anything: a server that just starts is asked again."""
_COUNTED = "sqlserver.login"
"""How the code of a refused login begins: each may count against the account."""


class Door:
    """What is known of one server, for all clients that go there."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """Held by the first question, for several threads begin at once."""
        self.is_open = False
        """Somebody came in."""
        self._failed: Executed | None = None
        self._at = 0.0

    @property
    def failed(self) -> Executed | None:
        """How coming in failed just now; None: it is to be tried."""
        is_new = time.monotonic() - self._at < _KNOWN_FOR_S
        return self._failed if is_new and not self.is_open else None

    def told(self, executed: Executed, *, costly: bool) -> None:
        """Somebody has tried. Who was stopped on the way knows nothing of the server."""
        if executed.end in {End.CANCELLED, End.TIMEOUT}:
            return
        if executed.connected:
            self.is_open = True
        elif costly:
            self._failed, self._at = executed, time.monotonic()


class Once:
    """A client that does not try again what has just failed."""

    def __init__(self, client: Client, door: Door) -> None:
        self.name = client.name
        self._client, self._door = client, door

    @property
    def known(self) -> dict[str, str | int]:
        """See `Client.known`."""
        return self._client.known

    def execute(
        self,
        batch: Batch,
        *,
        timeout_s: float | None = None,
        on_message: OnMessage = no_message,
        cancel: CancelToken | None = None,
        on_phase: OnPhase = no_phase,
    ) -> Executed:
        """See `Client.execute`."""
        failed = self._door.failed
        if failed is not None:
            return msgspec.structs.replace(failed, session=batch.session or session_token())
        begun = time.monotonic()
        executed = self._client.execute(
            batch, timeout_s=timeout_s, on_message=on_message, cancel=cancel, on_phase=on_phase
        )
        took_s = time.monotonic() - begun
        costly = not executed.connected and (
            took_s >= _COSTLY_S or self._client.failure(executed).code.startswith(_COUNTED)
        )
        self._door.told(executed, costly=costly)
        return executed

    def query(self, text: str, *, timeout_s: float | None = None, cancel: CancelToken | None = None) -> tuple[Row, ...]:
        """See `Client.query`."""
        batch = Batch(text=text)
        if self._door.is_open:
            executed = self.execute(batch, timeout_s=timeout_s, cancel=cancel)
        else:
            with self._door.lock:
                executed = self.execute(batch, timeout_s=timeout_s, cancel=cancel)
        known = self._client.known
        return answer_of(self, executed, server=str(known["server"]), login=str(known.get("login", "")))

    def failure(self, executed: Executed) -> BackupError:
        """See `Client.failure`."""
        return self._client.failure(executed)
