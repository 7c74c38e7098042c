"""Times of the day at an even distance, as one says them: every so many minutes, from when to when. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .records import Record

DAY_MIN = 24 * 60
_LEAST = 3
"""Fewer times have no rhythm."""


class Rhythm(Record, frozen=True, kw_only=True):
    """Every ``minutes``, from ``first`` to ``last`` (``HH:MM``, both among the times)."""

    minutes: int
    first: str
    last: str

    @property
    def length_min(self) -> int:
        """Minutes from the first to the last."""
        return minute_of(self.last) - minute_of(self.first)


def times_every(minutes: int, first: str, last: str) -> tuple[str, ...]:
    """Every ``minutes`` (at least 1) from ``first`` on, none later than ``last``; nothing where that is earlier."""
    return tuple(_text(one) for one in range(minute_of(first), minute_of(last) + 1, minutes))


def rhythm_of(times: Sequence[str]) -> Rhythm | None:
    """The rhythm of these times (``HH:MM``); None where they are few or not even."""
    told = sorted({minute_of(one) for one in times})
    if len(told) < _LEAST:
        return None
    minutes = told[1] - told[0]
    if told != list(range(told[0], told[-1] + 1, minutes)):
        return None
    return Rhythm(minutes=minutes, first=_text(told[0]), last=_text(told[-1]))


def minute_of(time: str) -> int:
    """The minute of the day that ``HH:MM`` is."""
    return int(time[:2]) * 60 + int(time[3:5])


def _text(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
