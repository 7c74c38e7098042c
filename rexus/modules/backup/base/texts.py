"""Sentences for people, found by code, in the reader's language.

Every problem has three: what happened, what is still safe, what to do. They are written in English here and in
`sentences_*.py`, and read through gettext (`locale/*/LC_MESSAGES/rexus_backups.po`), Spanish first.
"""

from __future__ import annotations

import functools
import gettext
from pathlib import Path

from .records import Finding, Problem, Record

DOMAIN = "rexus_backups"
LOCALE = Path(__file__).parent.parent / "locale"
LANGUAGES = ("es", "en")

_language = "es"


class Text(Record, frozen=True):
    """What happened, what is still safe, what to do; gaps as ``{path}`` are filled with the problem's values."""

    message: str
    safe: str = ""
    fix: str = ""


class Sentence(Record, frozen=True, kw_only=True):
    """A problem in the reader's language."""

    code: str
    severity: str
    message: str
    safe: str
    fix: str


def N_(text: str) -> str:
    """Mark ``text`` for the catalogues without translating it here."""
    return text


def use_language(language: str) -> None:
    """Speak ``es`` or ``en`` from now on in this process."""
    global _language  # noqa: PLW0603  one language a process
    _language = language if language in LANGUAGES else "es"


def language() -> str:
    """The language spoken now."""
    return _language


@functools.cache
def _catalogue(name: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [name], fallback=True)


def _(text: str) -> str:
    """``text`` in the reader's language."""
    return _catalogue(_language).gettext(text) if text else ""


def n_(one: str, many: str, count: int) -> str:
    """``one`` or ``many`` in the reader's language, by ``count``."""
    return _catalogue(_language).ngettext(one, many, count)


class _Gaps(dict[str, str | int]):
    def __missing__(self, key: str) -> str:
        return "?"


@functools.cache
def _all() -> dict[str, Text]:
    from . import (
        sentences_archive,
        sentences_catalog,
        sentences_cli,
        sentences_config,
        sentences_engine,
        sentences_jobs,
        sentences_work,
    )

    rooms = (
        sentences_archive,
        sentences_catalog,
        sentences_cli,
        sentences_config,
        sentences_engine,
        sentences_jobs,
        sentences_work,
    )
    every: dict[str, Text] = {}
    for room in rooms:
        every.update(room.TEXTS)
    return every


def sentence(problem: Problem | Finding) -> Sentence:
    """The three sentences of a problem or finding, filled and translated."""
    text = _all().get(problem.code) or Text(N_("An unexpected problem: {code}."))
    gaps = _Gaps(problem.values)
    gaps.setdefault("code", problem.code)
    told = (_(part).format_map(gaps) for part in (text.message, text.safe, text.fix))
    message, safe, fix = told
    return Sentence(code=problem.code, severity=problem.severity.value, message=message, safe=safe, fix=fix)
