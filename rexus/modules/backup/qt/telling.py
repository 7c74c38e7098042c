"""Figures, times and states in the reader's language, as the window writes them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

from ..base import texts
from ..base.records import BackupKind, Finding, Origin, Problem, SetStatus, Status, Tick
from ..base.saying import N_
from ..base.texts import _, figure, n_, sentence, word

__all__ = [
    "age",
    "clock_time",
    "count",
    "day",
    "exact",
    "figure",
    "kind_words",
    "origin_words",
    "rate",
    "reason",
    "sentence",
    "size",
    "span",
    "status_words",
    "tick_icon",
    "tick_words",
    "when",
    "when_of_set",
]
NARROW = "\u00a0"
"""Keeps a figure and its unit on one line."""
_TICKS = {
    Tick.NONE: ("dash", "text3"),
    Tick.STORED: ("tick", "text3"),
    Tick.CONTENT: ("tick", "ok"),
    Tick.ENGINE: ("tick-double", "ok"),
    Tick.RESTORED: ("tick-triple", "ok"),
    Tick.FAILED: ("cross", "danger"),
}
_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MONTHS = (
    N_("Jan"),
    N_("Feb"),
    N_("Mar"),
    N_("Apr"),
    N_("May|short"),
    N_("Jun"),
    N_("Jul"),
    N_("Aug"),
    N_("Sep"),
    N_("Oct"),
    N_("Nov"),
    N_("Dec"),
)


def size(number: int) -> str:
    """Bytes: ``2,01 GB``."""
    return texts.size(number, NARROW)


def count(number: int) -> str:
    """A whole number with its thousands apart: ``1 284 551``."""
    return f"{number:,}".replace(",", NARROW)


def rate(bytes_per_s: float) -> str:
    """Bytes a second: ``84,2 MB/s``."""
    return f"{size(round(bytes_per_s))}/s"


def span(seconds: float) -> str:
    """A duration in at most two units: ``0,42 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    if seconds < 59.5:
        told = figure(max(seconds, 0.0)) if seconds < 9.95 else str(round(seconds))
        return f"{told}{NARROW}s"
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    rest = round(seconds)
    for (large, name), (small, lesser) in itertools.pairwise(units):
        if rest >= large:
            more = rest % large // small
            first = f"{rest // large}{NARROW}{name}"
            return f"{first} {more}{NARROW}{lesser}" if more else first
    return f"{rest}{NARROW}s"


def age(seconds: float) -> str:
    """How long ago: ``hace 14 min``, ``hace 9 días``."""
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


def age_of(instant: datetime) -> str:
    """How long ago an instant was."""
    return age((datetime.now(UTC) - instant).total_seconds())


def when(instant: datetime | None, now: datetime | None = None) -> str:
    """An instant as people say it: ``hoy, 14:30``, ``ayer, 03:11``, ``mié 22, 03:10``, ``24 oct 2025, 02:00``."""
    if instant is None:
        return "–"
    local, today = instant.astimezone(), (now or datetime.now(UTC)).astimezone().date()
    return f"{day(local.date(), today)}, {local:%H:%M}"


def when_of_set(name: str, now: datetime | None = None) -> str:
    """When a set was begun, by its name; the name itself where it tells nothing."""
    try:
        begun = datetime.strptime(name[:15], "%Y%m%d_%H%M%S").astimezone()
    except ValueError:
        return name
    return when(begun, now)


def day(which: date, today: date | None = None) -> str:
    """A day as people say it."""
    today = today or datetime.now(UTC).astimezone().date()
    distance = (which - today).days
    if distance in (-1, 0, 1):
        return {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}[distance]
    if -7 < distance < 7:
        return f"{_(_WEEKDAYS[which.weekday()])} {which.day}"
    return long_day(which)


def long_day(which: date) -> str:
    """A day with its year: ``24 oct 2025``."""
    return f"{which.day} {short_month(which.month)} {which.year}"


def short_month(month: int) -> str:
    """``oct``."""
    return _(_MONTHS[month - 1]).partition("|")[0]


def short_weekday(number: int) -> str:
    """``mié``; Monday is 0."""
    return _(_WEEKDAYS[number])


def exact(instant: datetime | None) -> str:
    """An instant with its seconds and zone, for tooltips."""
    if instant is None:
        return ""
    local = instant.astimezone()
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:]}"


def clock_time(instant: datetime) -> str:
    """The time of day: ``14:05:00``."""
    return f"{instant.astimezone():%H:%M:%S}"


def tick_icon(tick: Tick) -> tuple[str, str]:
    """Icon and colour of the deepest passed check."""
    return _TICKS[tick]


def tick_words(tick: Tick) -> str:
    """The same in words: colour and shape are never alone."""
    return _(texts.TICK_WORDS[tick])


def kind_words(kind: BackupKind) -> str:
    """What a backup holds."""
    return word(kind.value)


def origin_words(origin: Origin) -> str:
    """Why a set exists."""
    return word(origin.value)


def status_words(status: Status | SetStatus) -> str:
    """How something ended."""
    return word(status.value)


def reason(problem: Problem | Finding) -> str:
    """What happened, in one sentence."""
    return sentence(problem).message
