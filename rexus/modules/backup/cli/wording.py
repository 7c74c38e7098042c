"""Figures and states in the words of the reader's language."""

from __future__ import annotations

import functools
import sys

from ..base import wording
from ..base.records import Severity, Tick
from ..base.wording import age, figure, moment, seconds_since, tick_word, word
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


def legend(ticks: set[Tick]) -> str:
    """What the ticks that occur mean, in one line."""
    between = glyph(" · ", ", ")
    return between.join(f"{tick_glyph(tick)} {tick_word(tick)}" for tick in Tick if tick in ticks)


def mark(severity: Severity) -> str:
    """The sign before a problem."""
    return glyph(*_MARKS[severity])


def size(number: int) -> str:
    """Bytes as people read them: ``2,01 GB``."""
    return wording.size(number, _gap())


def count(number: int) -> str:
    """A whole number with its thousands apart: ``1 284 551``."""
    return wording.count(number, _gap())


def span(seconds: float) -> str:
    """A duration: ``0,42 s``, ``3 min 20 s``, ``2 h 5 min``."""
    return wording.span(seconds, _gap())


def _gap() -> str:
    return glyph(SPACE, " ")
