"""A switch that a job looks at between chunks."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .errors import Cancelled


class CancelToken:
    """Set from any thread or signal handler; read by the workers."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._then: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask the job to stop at its next safe point."""
        self._event.set()
        for then in tuple(self._then):
            then()

    def on_cancel(self, then: Callable[[], None]) -> Callable[[], None]:
        """Also do ``then`` (at once if already asked); returns the way to take it back."""
        self._then.append(then)
        if self._event.is_set():
            then()
        return lambda: self._then.remove(then) if then in self._then else None

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until somebody asks to stop; whether somebody did."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Raise `Cancelled` if somebody asked."""
        if self._event.is_set():
            raise Cancelled
