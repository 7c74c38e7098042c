"""What the Go driver tells its program of a reply, and when: two queues side by side, one of which may wait for ever.

Messages and steps go into one queue, columns and ends of statements into another; the program asks for the next
result after each end, and that call takes one from the second queue. After a result with rows it is one ahead, so that
messages are printed only with the end of their statement. A connection that dies leaves nothing in the first queue:
the program waits for ever, unless it is ahead.
"""

from __future__ import annotations

import time
from collections import deque

from . import tds_tokens
from .tds_client import Client, Lost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Message = tds_tokens.Said | tds_tokens.Head | tds_tokens.Done | None


SELECT = 193


class TimeIsUp(Exception):
    """The query ran for too long, and the server has been told."""


class Messages:
    """One reply, as the program sees it."""

    def __init__(self, client: Client, until: float | None) -> None:
        self._client, self._until = client, until
        self._tokens = tds_tokens.tokens(client.packets())
        self._messages: deque[Message] = deque()
        self._events: deque[tds_tokens.Head | tds_tokens.Row | tds_tokens.Done | Lost] = deque()
        self._done = False
        self._dead = False
        self._has_columns = False
        self._head_taken = False

    def next(self) -> Message:
        """The next message, columns to be read, a count of rows; None: ask `over`."""
        while not self._messages:
            self._read()
        message = self._messages.popleft()
        if isinstance(message, tds_tokens.Head) and not self._head_taken:
            self._event()
        self._head_taken = False
        return message

    def over(self) -> bool:
        """Go to the next result: whether there is none. Raises Lost."""
        if self._done:
            return True
        match self._event():
            case tds_tokens.Head():
                self._head_taken = True
            case tds_tokens.Done() as done:
                self._done = not done.more
        return False

    def rows(self) -> Iterator[tds_tokens.Row]:
        """The rows of the columns that came last, and the end of their statement."""
        while True:
            match self._event():
                case tds_tokens.Row() as row:
                    yield row
                case tds_tokens.Done() as done:
                    self._done = not done.more
                    return

    def _event(self) -> tds_tokens.Head | tds_tokens.Row | tds_tokens.Done:
        while not self._events:
            self._read()
        event = self._events.popleft()
        if isinstance(event, Lost):
            raise event
        return event

    def _read(self) -> None:
        """One token into the queues; raises TimeIsUp once the server has confirmed that it stopped."""
        if self._dead:
            self._wait()
        if self._until is not None:
            self._client.patience(max(self._until - time.monotonic(), 0.001))
        try:
            token = next(self._tokens, None)
        except TimeoutError as error:
            self._client.stop()
            raise TimeIsUp from error
        except Lost as lost:
            self._dead = True
            self._events.append(lost)
            return
        if isinstance(token, tds_tokens.Said):
            self._messages.append(token)
        elif isinstance(token, tds_tokens.Head):
            self._events.append(token)
            self._messages.append(token)
            self._has_columns = True
        elif isinstance(token, tds_tokens.Row):
            self._events.append(token)
        elif isinstance(token, tds_tokens.Done):
            self._ended(token)
        elif token is None:
            self._dead = True

    def _ended(self, done: tds_tokens.Done) -> None:
        if done.counted and (self._has_columns or done.command != SELECT):
            self._messages.append(done)
        self._has_columns = False
        self._events.append(done)
        self._messages.append(None)
        if not done.more and done.kind != 0xFF:
            self._messages.append(None)

    def _wait(self) -> None:
        """Nothing will come any more; the real program does not notice."""
        while True:
            left = 3600.0 if self._until is None else self._until - time.monotonic()
            if left <= 0:
                raise TimeIsUp
            time.sleep(left)
