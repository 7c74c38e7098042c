"""Wait for something outside, but no longer than agreed: neither names nor slow servers can hold a job up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def within(seconds: float, work: Callable[[], Made]) -> Made:
    """What ``work`` returns. Raises `TimeoutError` when it takes longer, else whatever it raises.

    Time limits of sockets hold for each step alone, and looking up a name has none; so the work is done by a thread
    that nobody waits for any longer than that, not even the end of the program.
    """
    made: list[Made] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            made.append(work())
        except BaseException as error:  # noqa: BLE001  handed on to whoever waits
            raised.append(error)

    thread = threading.Thread(target=run, name="notice", daemon=True)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    if not made:
        raise TimeoutError
    return made[0]
