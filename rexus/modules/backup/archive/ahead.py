"""Run an iterator in a thread, some items ahead of whoever consumes them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

from ..base.cancel import CancelToken

Item = TypeVar("Item")
_LOOK_S = 0.05
"""How often a wait looks whether somebody cancelled."""


class Ahead(Generic[Item]):
    """``with Ahead(source, depth, cancel) as items: for item in items: …``.

    What ``source`` raises is raised in the consumer, after the items before it. Leaving the ``with`` ends the thread,
    also when not everything was consumed. Waiting raises `Cancelled`.
    """

    def __init__(self, source: Iterator[Item], depth: int, cancel: CancelToken) -> None:
        self._source = source
        self._depth = depth
        self._cancel = cancel
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._ended = self._stopped = False
        self._error: BaseException | None = None
        # A daemon, so that a consumer that was left suspended can't keep the interpreter from ending.
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()
        self._error = None

    def __iter__(self) -> Iterator[Item]:
        while True:
            with self._changed:
                while not self._items and not self._ended:
                    self._changed.wait(_LOOK_S)
                    self._cancel.check()
                if not self._items:
                    break
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            for item in self._source:
                with self._changed:
                    while len(self._items) >= self._depth and not self._stopped:
                        self._changed.wait()
                    if self._stopped:
                        return
                    self._items.append(item)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001  raised again where the items are consumed
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()
