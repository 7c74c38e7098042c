"""Instants: aware, UTC, and written the same way everywhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Protocol

_TELLING = frozenset({"at", "wanted", "families", "full", "differential", "log"})
"""Values of problems that tell instants, beside those that are named for it."""
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


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


def local(instant: datetime) -> str:
    """``2026-11-30T17:30:00-03:00``: the clock on the wall here with its offset, in one word, as ``--at`` takes it.

    Fractions of a second are told where there are any: a restore may depend on them.
    """
    return instant.astimezone().isoformat()


def spelled(instant: datetime) -> str:
    """``2026-11-30T20:30:00Z``: as the values of problems keep an instant."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def tells_instants(key: str) -> bool:
    """Whether the value of that name in a problem is an instant, or has some in it."""
    return key in _TELLING or key.endswith("_at") or key.startswith("nearest_")


def told_here(text: str) -> str:
    """``text`` with every instant in it as `local` has it; times without a zone stay as they are."""
    return _INSTANT.sub(_here, text)


def _here(found: re.Match[str]) -> str:
    """As it was written where no clock here could show it: before 1970 on Windows, behind the year 9999."""
    try:
        return local(datetime.fromisoformat(found[0]))
    except (OverflowError, OSError, ValueError):
        return found[0]


def timestamp(instant: datetime) -> str:
    """``20250806_143052``: the local wall time of ``instant``, as file names carry it."""
    return instant.astimezone().strftime("%Y%m%d_%H%M%S")
