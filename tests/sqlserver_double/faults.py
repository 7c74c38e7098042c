"""What can be told to go wrong with the wire: a connection that breaks, hangs, is slow, or is not let in."""

from __future__ import annotations

import threading
from typing import Literal

Point = Literal["connect", "prelogin", "login", "request"]
"""Where a connection can be struck: once the client has said that much, before it is answered."""
Deed = Literal["drop", "hang"]


class Faults:
    """Orders to a server, given at any time from any thread; each strikes as often as it says, then all is well."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._orders: dict[Point, tuple[Deed, float]] = {}
        self._packets: int | None = None
        self._pause_s = 0.0

    def drop_after(self, packets: int) -> None:
        """Let so many more packets out, over all connections, then drop the one that would send another; once."""
        with self._lock:
            self._packets = packets

    def drop_at(self, point: Point, times: float = 1) -> None:
        """Drop connections at a point."""
        with self._lock:
            self._orders[point] = ("drop", times)

    def hang_at(self, point: Point, times: float = 1) -> None:
        """Never answer at a point, until the client goes."""
        with self._lock:
            self._orders[point] = ("hang", times)

    def refuse_connections(self) -> None:
        """Drop everybody who comes, until `clear`."""
        self.drop_at("connect", float("inf"))

    def slow(self, seconds: float) -> None:
        """Wait before each packet, until `clear` or the server's end."""
        with self._lock:
            self._pause_s = seconds

    def clear(self) -> None:
        """Take all orders back."""
        with self._lock:
            self._orders.clear()
            self._packets, self._pause_s = None, 0.0

    def release(self) -> None:
        """Nobody waits any longer: the server ends."""
        self._released.set()

    def struck(self, point: Point) -> Deed | None:
        """What happens to the connection that is at a point."""
        with self._lock:
            deed, times = self._orders.get(point, (None, 0))
            if deed is None or times <= 0:
                return None
            self._orders[point] = (deed, times - 1)
            return deed

    def lets_out(self) -> bool:
        """Asked before each packet; waits if it is to be slow. False: drop the connection instead."""
        with self._lock:
            pause_s, left = self._pause_s, self._packets
            self._packets = None if left is None or left == 0 else left - 1
        if pause_s:
            self._released.wait(pause_s)
        return left != 0
