"""Several databases at once: all of them, or the first failure."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from ..base.cancel import CancelToken
from ..base.errors import Cancelled
from .kit import Work

Item = TypeVar("Item")
Made = TypeVar("Made")
AT_ONCE = 3
"""Databases at once where the settings do not say; each keeps about two threads busy."""


def at_once(work: Work, count: int) -> int:
    """How many of ``count`` databases are worked on at once."""
    settings = work.kit.loaded.settings
    if work.kit.engine.server is not None:
        return min(max(count, 1), settings.sqlserver.parallel)
    return settings.compression.parallel or min(max(count, 1), AT_ONCE)


def each(work: Work, items: Sequence[Item], do: Callable[[Work, Item], Made]) -> list[Made]:
    """Do ``do`` for every item, several at once, and return the results in the items' order.

    The first failure asks the others to stop, waits for them and is raised. Raises `Cancelled` when the person asked.
    """
    switch = CancelToken()
    forget = work.cancel.on_cancel(switch.cancel)
    shared = Work(work.kit, work.teller, switch)
    try:
        with concurrent.futures.ThreadPoolExecutor(at_once(work, len(items)), thread_name_prefix="database") as pool:
            waiting = [pool.submit(do, shared, item) for item in items]
            for future in concurrent.futures.as_completed(waiting):
                if not future.cancelled() and future.exception() is not None:
                    switch.cancel()
                    for other in waiting:
                        other.cancel()
        return _results(waiting)
    finally:
        forget()


def _results(waiting: list[concurrent.futures.Future[Made]]) -> list[Made]:
    """The results, or the failure that stopped the others rather than their having been stopped."""
    for future in waiting:
        with contextlib.suppress(concurrent.futures.CancelledError):
            error = future.exception()
            if error is not None and not isinstance(error, Cancelled):
                raise error
    for future in waiting:
        if future.cancelled() or future.exception() is not None:
            raise Cancelled
    return [future.result() for future in waiting]
