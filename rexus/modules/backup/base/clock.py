"""Instants: aware, UTC, and written the same way everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        return datetime.now(UTC)


def timestamp(instant: datetime) -> str:
    """``20250806_143052``: the local wall time of ``instant``, as file names carry it."""
    return instant.astimezone().strftime("%Y%m%d_%H%M%S")
