"""Ages, instants, durations, sizes and ticks in the words of the reader's language, for the window and the terminal.

``gap`` stands between a figure and its unit; it does not break, so that both stay on one line.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec

from . import texts
from .records import Problem, Tick
from .saying import N_
from .texts import _, figure, n_, word

__all__ = [
    "NO_BREAK",
    "age",
    "ago",
    "amount",
    "count",
    "day",
    "exact",
    "figure",
    "instant_of",
    "merged",
    "moment",
    "rough",
    "seconds_since",
    "short_day",
    "size",
    "span",
    "tick_word",
    "trimmed",
    "when",
    "when_said",
    "word",
]
NO_BREAK = "\u00a0"
_WEEK = 7
_TICK_WORDS = {
    Tick.NONE: N_("not checked"),
    Tick.STORED: N_("bytes unchanged"),
    Tick.CONTENT: N_("content proven"),
    Tick.ENGINE: N_("proven by the engine"),
    Tick.RESTORED: N_("restored and proven"),
    Tick.FAILED: N_("check failed"),
}


def tick_word(tick: Tick) -> str:
    """The tick in words: colour and shape are never alone."""
    return _(_TICK_WORDS[tick])


def size(number: int, gap: str = NO_BREAK) -> str:
    """Bytes as people read them: ``2,01 GB``."""
    return texts.size(number, gap)


def count(number: int, gap: str = NO_BREAK) -> str:
    """A whole number with its thousands apart: ``1 284 551``."""
    return f"{number:,}".replace(",", gap)


def trimmed(value: float) -> str:
    """A round figure without zeros behind the decimal sign: ``1,5``."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if texts.language() == "es" else text


def amount(number: int) -> str:
    """A small number in words, as sentences begin with or hold it: ``two``; from ten on in figures."""
    words = _("none one two three four five six seven eight nine").split()
    return words[number] if 0 <= number < len(words) else count(number)


def span(seconds: float, gap: str = NO_BREAK) -> str:
    """A measured duration: ``0,42 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 99.5:
        return f"{figure(max(seconds, 0.0))}{gap}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{gap}min {rest}{gap}s"
    return f"{minutes // 60}{gap}h {minutes % 60}{gap}min"


def rough(seconds: float, gap: str = NO_BREAK) -> str:
    """A duration that nobody measures by: ``21 s``, ``1 min 52 s``, ``2 h 5 min``, ``9 days``."""
    if seconds < 1:
        return _("less than 1{gap}s").format(gap=gap)
    if seconds < 99.5:
        return f"{round(seconds)}{gap}s"
    if seconds < 2 * 86400:
        return span(seconds, gap)
    days = round(seconds / 86400)
    return n_("{count}{gap}day", "{count}{gap}days", days).format(count=days, gap=gap)


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


def ago(instant: datetime, now: datetime) -> str:
    """How long ``instant`` is ago: ``9 days ago``."""
    return age((now - instant).total_seconds())


def moment(instant: datetime | None) -> str:
    """An instant as local wall time, to the second and the same way everywhere: ``2025-10-24 14:30:05``."""
    return instant.astimezone().strftime("%Y-%m-%d %H:%M:%S") if instant else ""


def exact(instant: datetime) -> str:
    """The very instant with its zone, for tooltips: ``2025-10-24 14:30:05 +02:00``."""
    told = instant.astimezone().isoformat(sep=" ", timespec="seconds")
    return f"{told[:19]} {told[19:]}"


def when(instant: datetime, now: datetime) -> str:
    """As people say it: ``today, 14:30``, ``yesterday, 03:11``, ``Wed 22, 03:10``, ``24 Oct 2025, 02:00``."""
    local = instant.astimezone()
    return f"{day(local.date(), now)}, {local:%H:%M}"


def when_said(instant: datetime, now: datetime) -> str:
    """The same inside a sentence: ``today at 14:30``; other days have an article in Spanish."""
    local = instant.astimezone()
    near = abs((local.date() - now.astimezone().date()).days) <= 1
    form = _("{day} at {time}") if near else _("{date} at {time}")
    told = day(local.date(), now)
    return form.format(day=told, date=told, time=f"{local:%H:%M}")


def day(one: date, now: datetime) -> str:
    """A day as seen from ``now``: ``today``, ``tomorrow``, ``Wed 22``, ``24 Oct 2025``."""
    off = (one - now.astimezone().date()).days
    if off in (-1, 0, 1):
        return (_("yesterday"), _("today"), _("tomorrow"))[off + 1]
    if abs(off) < _WEEK:
        names = _("Mon Tue Wed Thu Fri Sat Sun").split()
        return f"{names[one.weekday()]} {one.day}"
    return f"{short_day(one)} {one.year}"


def short_day(one: date) -> str:
    """A day below a chart: ``23 Oct``."""
    months = _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()
    return f"{one.day} {months[one.month - 1]}"


def instant_of(iso: str | None) -> datetime | None:
    """The instant in ISO 8601 that a summary holds; None for none, or for what is no instant."""
    if not iso:
        return None
    try:
        read = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def merged(alarms: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The same, where one that is told of several databases in the same words is told once, naming them all."""
    found: dict[tuple[object, ...], Problem] = {}
    for one in alarms:
        rest = sorted((key, str(value)) for key, value in one.values.items() if key != "database")
        key = (one.code, one.severity, *rest)
        if key in found and "database" in one.values:
            names = f"{found[key].values['database']}, {one.values['database']}"
            found[key] = msgspec.structs.replace(one, values={**one.values, "database": names})
        else:
            found[key] = one
    return tuple(found.values())


def seconds_since(iso: str) -> float:
    """Seconds from the ISO instant ``iso`` until now."""
    return (datetime.now(UTC) - datetime.fromisoformat(iso)) / timedelta(seconds=1)
