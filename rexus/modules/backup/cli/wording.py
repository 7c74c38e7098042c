"""Figures and states in the words of the reader's language."""

from __future__ import annotations

import functools
import sys
from datetime import UTC, datetime

from ..base import texts
from ..base.records import Severity, Tick
from ..base.texts import _, figure, n_, word
from .streams import encodable, encoding_of

__all__ = [
    "age",
    "count",
    "figure",
    "glyph",
    "legend",
    "mark",
    "moment",
    "seconds_since",
    "size",
    "span",
    "tick_glyph",
    "tick_word",
    "word",
]
SPACE = " "
"""Keeps a figure and its unit on one line."""
_TICKS = {
    Tick.NONE: ("–", "-"),
    Tick.STORED: ("(✓)", "(v)"),
    Tick.CONTENT: ("✓", "v"),
    Tick.ENGINE: ("✓✓", "vv"),
    Tick.RESTORED: ("✓✓✓", "vvv"),
    Tick.FAILED: ("✗", "X"),
}
_MARKS = {Severity.ERROR: ("✗", "X"), Severity.WARNING: ("▲", "!"), Severity.INFO: ("·", "-")}


def glyph(fine: str, plain: str) -> str:
    """``fine`` where both streams can write it, else ``plain``."""
    return _glyph(fine, plain, encoding_of(sys.stdout), encoding_of(sys.stderr))


@functools.cache
def _glyph(fine: str, plain: str, *encodings: str) -> str:
    return fine if all(encodable(fine, one) for one in encodings) else plain


def tick_glyph(tick: Tick) -> str:
    """The tick of a table."""
    return glyph(*_TICKS[tick])


def tick_word(tick: Tick) -> str:
    """The tick in words: colour and shape are never alone."""
    return _(texts.TICK_WORDS[tick])


def legend(ticks: set[Tick]) -> str:
    """What the ticks that occur mean, in one line."""
    between = glyph(" · ", ", ")
    return between.join(f"{tick_glyph(tick)} {tick_word(tick)}" for tick in Tick if tick in ticks)


def mark(severity: Severity) -> str:
    """The sign before a problem."""
    return glyph(*_MARKS[severity])


def size(number: int) -> str:
    """Bytes as people read them: ``2,01 GB``."""
    return texts.size(number, _gap())


def count(number: int) -> str:
    """A whole number with its thousands apart: ``1 284 551``."""
    return f"{number:,}".replace(",", _gap())


def span(seconds: float) -> str:
    """A duration: ``0,42 s``, ``3 min 20 s``, ``2 h 5 min``."""
    gap = _gap()
    if seconds < 99.5:
        return f"{figure(max(seconds, 0.0))}{gap}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{gap}min {rest}{gap}s"
    return f"{minutes // 60}{gap}h {minutes % 60}{gap}min"


def age(seconds: float) -> str:
    """How long ago: ``14 min ago``, ``9 days ago``."""
    if seconds < 0:
        return _("in the future")
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return _("{count} min ago").format(count=int(seconds // 60))
    if seconds < 2 * 86400:
        return _("{count} h ago").format(count=int(seconds // 3600))
    days = int(seconds // 86400)
    return n_("{count} day ago", "{count} days ago", days).format(count=days)


def moment(instant: datetime | None) -> str:
    """An instant as local wall time."""
    return instant.astimezone().strftime("%Y-%m-%d %H:%M:%S") if instant else ""


def seconds_since(iso: str) -> float:
    """Seconds from the ISO instant ``iso`` until now."""
    return (datetime.now(UTC) - datetime.fromisoformat(iso)).total_seconds()


def _gap() -> str:
    return glyph(SPACE, " ")
