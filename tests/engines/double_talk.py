"""Talking to the world of the SQL Server double without a wire: what a batch says, in a form that tests can read."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlserver_double.answers import Answer, Columns, Done, Dropped, Environment, Login, Message, Row
from sqlserver_double.server_clock import ServerClock
from sqlserver_double.sessions import WorldSession
from sqlserver_double.world import SA_PASSWORD, SqlWorld, make_world

NOON = datetime(2026, 4, 21, 12, 0, 0)


@dataclass
class Talk:
    """All that a batch said."""

    answers: list[Answer] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        return [one.number for one in self.answers if isinstance(one, Message)]

    @property
    def errors(self) -> list[int]:
        return [one.number for one in self.answers if isinstance(one, Message) and one.severity > 10]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.answers if isinstance(one, Message)]

    @property
    def rows(self) -> list[tuple[object, ...]]:
        return [one.values for one in self.answers if isinstance(one, Row)]

    @property
    def columns(self) -> list[str]:
        head = next(one for one in self.answers if isinstance(one, Columns))
        return [one.name for one in head.columns]

    @property
    def types(self) -> dict[str, str]:
        head = next(one for one in self.answers if isinstance(one, Columns))
        return {one.name: one.type for one in head.columns}

    @property
    def records(self) -> list[dict[str, object]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    @property
    def value(self) -> object:
        return self.rows[0][0]

    @property
    def done(self) -> list[Done]:
        return [one for one in self.answers if isinstance(one, Done)]

    @property
    def dropped(self) -> bool:
        return any(isinstance(one, Dropped) for one in self.answers)

    @property
    def environment(self) -> list[Environment]:
        return [one for one in self.answers if isinstance(one, Environment)]

    def message(self, number: int) -> Message:
        return next(one for one in self.answers if isinstance(one, Message) and one.number == number)


def world_in(folder: Path, edition: str = "standard2022", platform: str = "windows") -> SqlWorld:
    """A world whose clock stands at noon and moves on with whatever happens."""
    return make_world(folder, edition, platform, clock=ServerClock(NOON, offset=timedelta(hours=2)))


def come_in(world: SqlWorld, user: str = "sa", password: str = SA_PASSWORD, **more: object) -> WorldSession:
    session = world.login(Login(user, password, **more))  # type: ignore[arg-type]
    assert isinstance(session, WorldSession), session
    return session


def ask(session: WorldSession, text: str, parameters: Mapping[str, object] | None = None) -> Talk:
    """Run a batch to its end."""
    return Talk(list(session.batch(text, parameters or {})))


def fine(session: WorldSession, text: str) -> Talk:
    """Run a batch that must not fail."""
    talk = ask(session, text)
    assert talk.errors == [], talk.texts
    return talk


class Aside(threading.Thread):
    """A batch that runs in a thread of its own."""

    def __init__(self, session: WorldSession, text: str) -> None:
        super().__init__(daemon=True)
        self._session, self._text = session, text
        self.talk = Talk()
        self.start()

    def run(self) -> None:
        for answer in self._session.batch(self._text, {}):
            self.talk.answers.append(answer)

    def ended(self) -> Talk:
        self.join(20)
        assert not self.is_alive()
        return self.talk
