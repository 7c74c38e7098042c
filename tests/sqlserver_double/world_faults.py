"""What can be told to happen in the world at named points: wait, fail, drop a connection, restart the server."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from .world_messages import Interrupted, Said, SqlError

if TYPE_CHECKING:
    from .sessions import WorldSession
    from .world import SqlWorld

Point = Literal[
    "batch",
    "backup.begun",
    "backup.half",
    "backup.end",
    "restore.begun",
    "restore.half",
    "restore.end",
    "verify.half",
    "checkdb.half",
    "headeronly",
]
"""``begun``: its file is open, nothing is written; ``half``: half of it is; ``end``: all of it, nothing is said yet."""
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
    deed: Literal["hold", "fail", "drop", "restart", "pause"]
    hold: Hold | None = None
    seconds: float = 0.0
    said: tuple[Said, ...] = ()


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

    def fail(self, point: Point, *said: Said, database: str = "", times: int = 1) -> None:
        """Let it fail there with these messages; BACKUP and RESTORE add their 3013."""
        self._give(_Order(point, database.casefold(), times, "fail", said=said))

    def drop(self, point: Point, database: str = "", times: int = 1) -> None:
        """Break the connection there; what runs is rolled back."""
        self._give(_Order(point, database.casefold(), times, "drop"))

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

    def _struck(self, point: Point, database: str) -> _Order | None:
        with self._world.changed:
            for order in self._orders:
                if order.point == point and order.database in {"", database.casefold()}:
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                    return order
        return None

    def at(self, point: Point, session: WorldSession, database: str = "") -> None:
        """Called by what runs when it is there. Raises `SqlError` or `Interrupted` as ordered."""
        session.check()
        order = self._struck(point, database)
        if order is None:
            return
        if order.deed == "fail":
            raise SqlError(*order.said)
        if order.deed == "restart":
            self._world.restart()
        if order.deed == "drop":
            session.stop("dropped")
        if order.deed == "pause":
            session.wait_for(lambda: False, order.seconds)
        if order.hold is not None:
            order.hold.reached.set()
            session.wait_for(lambda: order.hold is not None and order.hold.released)
        session.check()


__all__ = ["POINTS", "Hold", "Interrupted", "Point", "WorldFaults"]
