"""A server that is away is asked once: whoever asks again at once hears the same, and waits for no login once more.

A wrong password is such a failure too, and an account is locked after some of them. Once somebody came in, every call
goes to the server again: a backup or a restore that lost it has to see whether it is back.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

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
_SLICE_S = 0.1
"""Who waits for another's login looks so often whether somebody wants to stop."""


class Door:
    """What is known of one server, for all clients that go there."""

    def __init__(self) -> None:
        self.is_open = False
        """Somebody came in."""
        self._lock = threading.Lock()
        self._failed: Executed | None = None
        self._refused = False
        self._at = 0.0

    @contextlib.contextmanager
    def turn(self, cancel: CancelToken | None) -> Iterator[None]:
        """While nobody came in yet one asks after the other, for several threads begin at once. Raises `Cancelled`."""
        while not self._lock.acquire(timeout=_SLICE_S):
            if cancel is not None:
                cancel.check()
        try:
            yield
        finally:
            self._lock.release()

    @property
    def failed(self) -> Executed | None:
        """How coming in failed just now; None: it is to be tried."""
        is_new = time.monotonic() - self._at < _KNOWN_FOR_S
        return self._failed if is_new and not self.is_open else None

    def told(self, executed: Executed, *, refused: bool, costly: bool) -> None:
        """Somebody has tried. Who was stopped on the way knows nothing of the server."""
        if executed.end in {End.CANCELLED, End.TIMEOUT}:
            return
        if executed.connected:
            self.is_open = True
        elif refused or costly:
            self._failed, self._refused, self._at = executed, refused, time.monotonic()

    def forget(self) -> None:
        """A server that was away may be back by now; a login that was refused would be so again."""
        if not self._refused:
            self._failed = None


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
        costly = time.monotonic() - begun >= _COSTLY_S
        refused = not executed.connected and self._client.failure(executed).code.startswith(_COUNTED)
        self._door.told(executed, refused=refused, costly=costly)
        return executed

    def query(self, text: str, *, timeout_s: float | None = None, cancel: CancelToken | None = None) -> tuple[Row, ...]:
        """See `Client.query`."""
        batch = Batch(text=text)
        if self._door.is_open:
            executed = self.execute(batch, timeout_s=timeout_s, cancel=cancel)
        else:
            with self._door.turn(cancel):
                executed = self.execute(batch, timeout_s=timeout_s, cancel=cancel)
        known = self._client.known
        return answer_of(self, executed, server=str(known["server"]), login=str(known.get("login", "")))

    def failure(self, executed: Executed) -> BackupError:
        """See `Client.failure`."""
        return self._client.failure(executed)


class Way:
    """The way to a server: the door, and the client, which is chosen when somebody needs it."""

    def __init__(self, choose: Callable[[Door], Client]) -> None:
        self._choose, self._door, self._lock = choose, Door(), threading.Lock()
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The same for all threads. Raises what ``choose`` raises, as long as there is none."""
        with self._lock:
            if self._client is None:
                self._client = self._choose(self._door)
            return self._client

    def anew(self) -> None:
        """See `ServerSide.anew`."""
        self._door.forget()
