"""What a sentence is made of, as it is written down and marked for the catalogues."""

from __future__ import annotations

from .records import Record


class Text(Record, frozen=True):
    """What happened, what is still safe, what to do; gaps as ``{path}`` are filled with the problem's values."""

    message: str
    safe: str = ""
    fix: str = ""


def N_(text: str) -> str:
    """Mark ``text`` for the catalogues without translating it here."""
    return text
