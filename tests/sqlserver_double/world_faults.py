"""What can be told to happen in the world at named points: wait, fail, drop a connection, restart the server, more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from .world_messages import Interrupted, Said, SqlError

if TYPE_CHECKING:
    from .sessions import WorldSession
    from .world import SqlWorld

Point = Literal[
    "login",
    "batch",
    "alter",
    "drop",
    "backup.asked",
    "backup.begun",
    "backup.half",
    "backup.end",
    "restore.asked",
    "restore.begun",
    "restore.half",
    "restore.end",
    "restore.recover",
    "verify.half",
    "checkdb.begun",
    "checkdb.half",
    "headeronly",
    "filelistonly",
]
"""``asked``: the statement is read, nothing is looked at;
``begun``: its file is open, nothing is written; ``half``: half of it is; ``end``: all of it, nothing is said yet."""
POINTS: tuple[Point, ...] = get_args(Point)


@dataclass(slots=True)
class Hold:
    """Whoever comes to the point waits until `release`; an attention, KILL or a restart end the waiting too."""

    world: SqlWorld
    reached: threading.Event = field(default_factory=threading.Event)
    """Set as soon as somebody waits."""
    released: bool = False

    def release(self) -> None:
        """Let them go on."""
        with self.world.changed:
            self.released = True
            self.world.changed.notify_all()


@dataclass(slots=True)
class _Order:
    point: Point
    database: str
    times: int
    deed: Literal["hold", "fail", "drop", "restart", "pause", "kill", "do"]
    hold: Hold | None = None
    seconds: float = 0.0
    said: tuple[Said, ...] = ()
    text: str = ""
    """Part of the batches that are meant; empty: all."""
    action: Callable[[WorldSession], None] | None = None


class WorldFaults:
    """Orders; each strikes as often as it says, then all is well."""

    def __init__(self, world: SqlWorld) -> None:
        self._world = world
        self._orders: list[_Order] = []

    def hold(self, point: Point, database: str = "", times: int = 1) -> Hold:
        """Let the next one who comes there wait."""
        hold = Hold(self._world)
        self._give(_Order(point, database.casefold(), times, "hold", hold))
        return hold

    def pause(self, point: Point, seconds: float, database: str = "", times: int = 1) -> None:
        """Let it be slow there; an attention ends that too."""
        self._give(_Order(point, database.casefold(), times, "pause", seconds=seconds))

    def fail(self, point: Point, *said: Said, database: str = "", times: int = 1, text: str = "") -> None:
        """Let it fail there with these messages; BACKUP and RESTORE add their 3013.

        ``text``: at the point ``batch`` only those that hold it.
        """
        self._give(_Order(point, database.casefold(), times, "fail", said=said, text=text))

    def kill(self, point: Point, database: str = "", times: int = 1) -> None:
        """Let somebody KILL the session there."""
        self._give(_Order(point, database.casefold(), times, "kill"))

    def do(self, point: Point, action: Callable[[WorldSession], None], database: str = "", times: int = 1) -> None:
        """Let something be done there, by the thread that comes; then it goes on."""
        self._give(_Order(point, database.casefold(), times, "do", action=action))

    def drop(self, point: Point, database: str = "", times: int = 1, text: str = "") -> None:
        """Break the connection there; what runs is rolled back. ``text``: as with `fail`."""
        self._give(_Order(point, database.casefold(), times, "drop", text=text))

    def restart(self, point: Point, database: str = "", times: int = 1) -> None:
        """Restart the server there."""
        self._give(_Order(point, database.casefold(), times, "restart"))

    def clear(self) -> None:
        """Take all orders back, and let go who waits."""
        with self._world.changed:
            for order in self._orders:
                if order.hold is not None:
                    order.hold.released = True
            self._orders.clear()
            self._world.changed.notify_all()

    def _give(self, order: _Order) -> None:
        with self._world.changed:
            self._orders.append(order)

    def _struck(self, point: Point, database: str, text: str = "") -> _Order | None:
        with self._world.changed:
            for order in self._orders:
                if order.point == point and order.database in {"", database.casefold()} and order.text in text:
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                    return order
        return None

    def refusal(self) -> tuple[Said, ...]:
        """What whoever signs in now is told instead of being let in; nothing: as usual."""
        order = self._struck("login", "")
        return order.said if order is not None else ()

    def at(self, point: Point, session: WorldSession, database: str = "", text: str = "") -> None:
        """Called by what runs when it is there. Raises `SqlError` or `Interrupted` as ordered."""
        session.check()
        order = self._struck(point, database, text)
        if order is None:
            return
        if order.deed == "fail":
            raise SqlError(*order.said)
        if order.deed == "restart":
            self._world.restart()
        if order.deed == "drop":
            session.stop("dropped")
        if order.deed == "kill":
            session.stop("killed")
        if order.action is not None:
            order.action(session)
        if order.deed == "pause":
            session.wait_for(lambda: False, order.seconds)
        if order.hold is not None:
            order.hold.reached.set()
            session.wait_for(lambda: order.hold is not None and order.hold.released)
        session.check()


__all__ = ["POINTS", "Hold", "Interrupted", "Point", "WorldFaults"]
