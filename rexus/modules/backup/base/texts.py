"""Sentences for people, found by code, in the reader's language.

Every problem has three: what happened, what is still safe, what to do. They are written in English here and in
`sentences_*.py`, and read through gettext (`locale/*/LC_MESSAGES/rexus_backups.po`), Spanish first.
"""

from __future__ import annotations

import errno
import functools
import gettext
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from . import called, clock, reasons, reasons_sent, sentences_beside
from .records import Finding, Problem, Record, Tick
from .rhythm import rhythm_of
from .saying import N_, Text
from .server_variables import BY_VARIABLES, as_variables

DOMAIN = "rexus_backups"
LOCALE = Path(__file__).parent.parent / "locale"
LANGUAGES = ("es", "en")

_language = "es"


class Sentence(Record, frozen=True, kw_only=True):
    """A problem in the reader's language."""

    code: str
    severity: str
    message: str
    safe: str
    fix: str


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


_ONE_BY_ONE = 4
"""So many times of the day are said one by one."""


def times_in_words(times: Sequence[str]) -> str:
    """``02:00, 14:00``; ``every 15 minutes, 08:00–20:00``."""
    even = rhythm_of(times)
    if even is None or len(times) <= _ONE_BY_ONE:
        return ", ".join(times)
    return f"{_apart(even.minutes)}, {even.first}–{even.last}"


def _apart(minutes: int) -> str:
    """``every 15 minutes``, ``every hour``."""
    if minutes % 60:
        return n_("every {count} minute", "every {count} minutes", minutes).format(count=minutes)
    return n_("every {count} hour", "every {count} hours", minutes // 60).format(count=minutes // 60)


_WORDS = {
    "completed": N_("complete"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
    "in_progress": N_("under way"),
    "cancelled": N_("cancelled"),
    "full": N_("full"),
    "differential": N_("differential"),
    "log": N_("log"),
    "manual": N_("by hand"),
    "scheduled": N_("scheduled"),
    "catch_up": N_("caught up"),
    "safety": N_("safety copy"),
    "drill": N_("restore test"),
    "legacy": N_("original program"),
    "stored": N_("stored bytes"),
    "content": N_("content"),
    "engine": N_("engine"),
    "restored": N_("restored"),
    "config": N_("configuration"),
    "application": N_("application"),
    "ok": N_("done"),
    "warnings": N_("done, with warnings"),
    "refused": N_("refused"),
    "busy": N_("busy"),
    "skipped": N_("skipped"),
    "keep": N_("keep"),
    "delete": N_("delete"),
    "refuse": N_("refuse"),
    "pin": N_("pin"),
    "unpin": N_("unpin"),
    "administrator": N_("administrator"),
    "operator": N_("operator"),
    "viewer": N_("viewer"),
    "nobody": N_("none given"),
}
TICK_WORDS = {
    Tick.NONE: N_("not checked"),
    Tick.STORED: N_("bytes unchanged"),
    Tick.CONTENT: N_("content proven"),
    Tick.ENGINE: N_("proven by the engine"),
    Tick.RESTORED: N_("restored and proven"),
    Tick.FAILED: N_("check failed"),
}
"""What a tick means: colour and shape are never alone."""
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_SIZES = frozenset({"needed", "free", "bytes", "log_bytes", "bytes_now", "bytes_then", "most_bytes"})
"""Values that are told as sizes where they are numbers."""
_STATES = frozenset({"status", "kind", "role"})
"""Values that are states of ours, and told in words."""
_REASONS = frozenset({"why", "reason", "detail"})
"""Values that are the words of the system, or of a library."""
_SENT = ("notice.", "ping.")
"""How the codes of what could not be sent begin."""
_ORDERED = frozenset({"role.denied", "role.denied_by_host", "bare.needs_settings"})
"""Problems whose ``what`` is an order."""
_USAGES = frozenset({"cli.usage_missing", "cli.usage_together", "cli.usage_value"})
_OF_USAGE = frozenset({"what", "allowed"})
"""Problems and their values that name what is to be written in a command."""
_OF_SCHEDULES = frozenset({"health.not_firing"})
"""Problems whose ``names`` are those of schedules."""
_KINDS = {
    "string": N_("text"),
    "integer": N_("whole number"),
    "number": N_("number"),
    "object": N_("settings"),
    "the name of a variable: letters, digits, _": N_("the name of a variable: letters, digits, _"),
}
"""Types as JSON calls them, and what else `config.check` says of texts."""
_KIND = rf"\b({'|'.join(map(re.escape, _KINDS))})(?!\w)"
_TOLD_KINDS = frozenset({"config.value", "config.missing"})
"""Problems whose ``allowed`` is a type, and no list of names."""
_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_ALONE = {
    "set.unknown": "set.unknown_alone",
    "cli.usage_verb": "cli.usage_verb_alone",
    "cli.usage_option": "cli.usage_option_alone",
    "health.live_missing": "health.live_missing_alone",
    "health.live_damaged": "health.live_damaged_alone",
    "health.live_ailing": "health.live_ailing_alone",
    "health.live_dropped": "health.live_dropped_alone",
    "work.gone": "work.gone_alone",
    "config.is_folder": "config.is_folder_alone",
}
"""What is said instead where a value of `_MAY_LACK` is only a dash; the code of the problem stays."""
_MORE = {
    ("catalog.absent", "since"): "root.vanished",
    ("config.syntax", "comma"): "config.comma",
    ("config.value", "address"): "config.address_secret",
    ("config.value", "length"): "config.address_long",
    ("health.damaged", "needed"): "health.damaged_needed",
    ("health.latest_failed", "kind"): "health.latest_failed_kind",
    ("restore.not_in_set", "holder"): "restore.in_other_set",
    ("sqlserver.restore_right", "is_new"): "sqlserver.create_right",
}
"""What is said instead where a value tells more: when there were backups, where a comma lacks, what needs a set."""
_BY_REASON = {
    ("root.lock_failed", errno.EROFS): "root.lock_read_only",
    ("check.root_denied", errno.EROFS): "check.root_read_only",
    ("check.logs_denied", errno.EROFS): "check.root_read_only",
    ("store.unreadable", errno.EACCES): "store.read_denied",
}
"""What is said instead where the reason is this one; the code of the problem stays."""
_NEAR = 0.8
"""How much of two names must be the same (`difflib`) for one to be taken for the other."""
_DAY = 8
"""Digits of a day in the name of a set."""
_WAY_BACK = "take_back"
_TAKE_BACK = N_("Or take back the settings that could be used last (a copy of the file as it was then): {take_back}")
"""What is also to be done where the settings are wrong and there are older ones."""
_IN_ENV = N_("That is written into the file {settings_in}, in the folder of the backups or in the one above.")
_MAY_LACK = ("nearest", "copy", "why", "inside")
"""A nearest name, a proven copy, a reason, a file in a folder."""


_UNKNOWN = Text(
    N_("An unexpected problem: {code}."),
    N_("The earlier backups are as they were."),
    N_("Look at today's log (verb log) and try again; send the log to support if it happens again."),
)


class _Gaps(dict[str, str]):
    """What stands in the gaps of a sentence; the values themselves stay as programs read them."""

    def __init__(self, problem: Problem | Finding) -> None:
        super().__init__(code=problem.code)
        for key, value in problem.values.items():
            if key in _SIZES and isinstance(value, int):
                self[key] = size(value)
            elif key == "allowed" and problem.code in _TOLD_KINDS:
                self[key] = _kinds(str(value))
            elif key == "since":
                self[key] = _local(str(value))
            elif clock.tells_instants(key):
                self[key] = clock.told_here(str(value))
            elif key == "period":
                self[key] = period(str(value))
            elif key in _REASONS:
                self[key] = _reason(problem.code, str(value))
            elif key in _OF_USAGE and problem.code in _USAGES:
                self[key] = called.places(str(value), _)
            elif (told := _called(problem.code, key, str(value))) is not None:
                self[key] = told
            else:
                self[key] = word(str(value)) if key in _STATES else str(value)

    def __missing__(self, key: str) -> str:
        if key == "exit_told":
            return _exit(self.get("exit", "?"))
        days = self.get("days", "") if key == "days_told" else ""
        return n_("{count} day", "{count} days", int(days)).format(count=days) if days.isdigit() else "?"


def _reason(code: str, why: str) -> str:
    """What the system, an engine or a service said, in words as far as they are known."""
    known = reasons_sent.in_words(why, _) if code.startswith(_SENT) else None
    return reasons.in_words(why, _) if known is None else known


def _called(code: str, key: str, value: str) -> str | None:
    """A value that people have another word for; None: it is no such one."""
    if key in ("schedule", "statement"):
        return called.schedule(value, _) if key == "schedule" else called.statement(value, _)
    if key == "names" and code in _OF_SCHEDULES:
        return called.schedules(value, _)
    if key == "who":
        return called.person(value, _)
    if key == "what" and code in _ORDERED:
        return called.order(value, _)
    if key == "verb" and not code.startswith("cli."):
        return called.deed(value, _)
    return None


def _exit(code: str) -> str:
    """How a process ended: POSIX tells the signal that ended it as a number below zero."""
    if code.startswith("-"):
        return _("signal {number}").format(number=code[1:])
    return _("exit code {number}").format(number=code)


def _kinds(allowed: str) -> str:
    """``integer 0…9 | null`` in words."""
    if "U+0021" in allowed:  # refused for being blank, or for characters that nobody sees
        return _("text that can be seen, in one line")
    return re.sub(_KIND, lambda found: _(_KINDS[found[0]]), allowed.replace("true | false", "true/false"))


def _local(instant: str) -> str:
    """An instant in ISO 8601 as the clock on the wall shows it; anything else as it is."""
    try:
        read = datetime.fromisoformat(instant)
    except ValueError:
        return instant
    return read.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def period(told: str) -> str:
    """``2026-W11``, ``2026-03`` and ``2026-03-14`` in words; a year as it is."""
    year, _sign, part = told.partition("-")
    month, _sign, day = part.partition("-")
    if day.isdigit() and month.isdigit() and 1 <= int(month) <= 12:
        return _("{day} {month} {year}").format(day=int(day), month=_(_MONTHS[int(month) - 1]), year=year)
    if part.startswith("W"):
        return _("week {week} of {year}").format(week=part[1:].lstrip("0"), year=year)
    if len(part) == 2 and part.isdigit() and 1 <= int(part) <= 12:
        return _("{month} {year}").format(month=_(_MONTHS[int(part) - 1]), year=year)
    return told


@functools.cache
def _all() -> dict[str, Text]:
    """All sentences; read when the first one is told."""
    from .sentences import TEXTS

    return TEXTS


def _told_as(problem: Problem | Finding) -> str:
    """The code whose sentences say best what the values of ``problem`` tell."""
    values = problem.values
    if problem.code == "set.unknown" and not _is_near(str(values.get("set", "")), str(values.get("nearest", "-"))):
        return "set.unknown_far"
    alone = any(values.get(key) == "-" for key in _MAY_LACK)
    code = _ALONE.get(problem.code, problem.code) if alone else problem.code
    code = next((told for (one, key), told in _MORE.items() if one == code and key in values), code)
    met = {number for key in _REASONS for number in reasons.numbers(str(values.get(key, "")))}
    return next((told for (one, number), told in _BY_REASON.items() if one == code and number in met), code)


def _is_near(name: str, nearest: str) -> bool:
    """Whether a set may have been meant by another name: a slip of the pen, or its day alone. ``-`` is no set."""
    from difflib import SequenceMatcher

    of_day = len(name) >= _DAY and nearest.startswith(name)
    return nearest == "-" or of_day or SequenceMatcher(None, name, nearest).ratio() >= _NEAR


def sentence(problem: Problem | Finding) -> Sentence:
    """The three sentences of a problem or finding, filled and translated."""
    code = _told_as(problem)
    text = sentences_beside.better(code, problem.values, _all().get(code) or _UNKNOWN)
    gaps = _Gaps(problem)
    parts = [_(part) for part in (text.message, text.safe, text.fix)]
    if BY_VARIABLES in problem.values and parts != (named := [as_variables(part) for part in parts]):
        parts = [*named[:2], f"{named[2]} {_(_IN_ENV)}"]
    message, safe, fix = (part.format_map(gaps) for part in parts)
    if _WAY_BACK in problem.values and fix:
        fix = f"{fix} {_(_TAKE_BACK).format_map(gaps)}"
    return Sentence(code=problem.code, severity=problem.severity.value, message=message, safe=safe, fix=fix)


def word(value: str) -> str:
    """A state, kind or origin as people say it; an unknown one as it is."""
    return _(_WORDS[value]) if value in _WORDS else value


def deed(what: str) -> str:
    """What was done, as the audit trail names it, in words; a state's word where it is one."""
    told = called.deed(what, _)
    return told if told != what else word(what)


def person(name: str) -> str:
    """Who it was, in requests and in the trail."""
    return called.person(name, _)


def schedule_title(name: str) -> str:
    """What people call a schedule: one of the factory by a title, any other as it was written."""
    return called.schedule(name, _)


def schedule_titles(names: str) -> str:
    """The same of several, with commas between."""
    return called.schedules(names, _)


def figure(value: float) -> str:
    """Three significant digits, with the decimal sign of the language."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return _decimal(f"{value:.{digits}f}")


def size(number: int, gap: str = " ") -> str:
    """Bytes as people read them: ``2,01 GB``; ``gap`` stands before the unit."""
    if number < 1000:
        return f"{number}{gap}B"
    value, unit = float(number), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{figure(value)}{gap}{_UNITS[unit]}"


def _decimal(text: str) -> str:
    return text.replace(".", ",") if language() == "es" else text
