"""Which of many points a story is broken at: a spread of them, or each one where somebody has the time for it."""

from __future__ import annotations

import os

EVERY = bool(os.environ.get("REXUS_EVERY_POINT"))
"""As ``make faults`` sets it."""


def points(count: int, most: int) -> tuple[int, ...]:
    """Of 1 to ``count`` at most ``most``, evenly spread, the first and the last among them; all with `EVERY`."""
    if EVERY or count <= most:
        return tuple(range(1, count + 1))
    return tuple(1 + round(number * (count - 1) / (most - 1)) for number in range(most))
