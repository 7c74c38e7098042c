"""A world that says what it was told to: for tests of the wire and of its clients."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .answers import Answer, Column, Columns, Done, Dropped, Environment, Login, Message, Row

SELECT, BACKUP, COMPILE_ERROR = 193, 228, 253


@dataclass(frozen=True, slots=True)
class Until:
    """A place in an answer where the server waits: for an event, or, without one, for an attention."""

    event: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    """Set once the server has come here."""


Step = Answer | Until


def table(columns: Mapping[str, str], *rows: tuple[object, ...]) -> list[Step]:
    """A result set, as SELECT ends it: names and types, then rows."""
    head = Columns(tuple(Column(name, kind) for name, kind in columns.items()))
    return [head, *map(Row, rows), Done(SELECT, len(rows))]


def printed(text: str) -> Message:
    """What PRINT says."""
    return Message(0, 10, text)


class TinyWorld:
    """A server with one login and the answers that `says` gave it."""

    version = (16, 0, 1000)

    def __init__(self, name: str = "TINY", user: str = "sa", password: str = "Str0ng;Pass") -> None:
        self.name, self.user, self.password = name, user, password
        self.logins: list[Login] = []
        self.heard: list[tuple[str, Mapping[str, object]]] = []
        """Every batch and its parameters, in the order they came."""
        self.ended: list[str] = []
        """What became of batches and sessions: ``attention``, ``closed``."""
        self.closed = threading.Event()
        self._answers: dict[str, list[Step]] = {}
        self._ids = itertools.count(51)

    def says(self, text: str, *steps: Step) -> str:
        """Answer a batch from now on; returns its text."""
        self._answers[text] = list(steps)
        return text

    def answers(self, text: str) -> list[Step]:
        """What there is to say to a batch."""
        missing = Message(2812, 16, f"Could not find stored procedure '{text}'.", state=62)
        return self._answers.get(text.strip(), [missing, Done(COMPILE_ERROR, error=True)])

    def login(self, login: Login) -> TinySession | tuple[Message, ...]:
        self.logins.append(login)
        if (login.user, login.password) != (self.user, self.password):
            return (Message(18456, 14, f"Login failed for user '{login.user}'."),)
        if login.database not in {"", "master", "tempdb"}:
            cannot = f'Cannot open database "{login.database}" requested by the login. The login failed.'
            return (Message(4060, 11, cannot), Message(18456, 14, f"Login failed for user '{login.user}'."))
        return TinySession(next(self._ids), login.database or "master", self)


class TinySession:
    """Somebody in that world."""

    language = "us_english"

    def __init__(self, number: int, database: str, world: TinyWorld) -> None:
        self.id, self.database = number, database
        self._world = world
        self._stopped = threading.Event()

    def batch(self, text: str, parameters: Mapping[str, object]) -> Iterator[Answer]:
        self._world.heard.append((text, parameters))
        self._stopped.clear()
        if text.endswith(" TRANSACTION"):
            yield from self._transaction(text.split(maxsplit=1)[0])
            return
        for step in self._world.answers(text):
            if isinstance(step, Until):
                step.reached.set()
                (step.event or self._stopped).wait()
            elif step == Dropped():
                yield step
                return
            else:
                yield step
            if self._stopped.is_set():
                return

    def _transaction(self, verb: str) -> Iterator[Answer]:
        number = b"\x01\0\0\0\0\0\0\0"
        began = verb == "BEGIN"
        kind = {"BEGIN": 8, "COMMIT": 9, "ROLLBACK": 10}[verb]
        yield Environment(kind, number if began else b"", b"" if began else number)
        yield Done({"BEGIN": 212, "COMMIT": 213, "ROLLBACK": 210}[verb])

    def attention(self) -> None:
        self._world.ended.append("attention")
        self._stopped.set()

    def close(self) -> None:
        self._world.ended.append("closed")
        self._world.closed.set()
