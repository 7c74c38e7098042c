"""What the timeline says: instants, gaps and losses in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..base.records import BackupKind, Tick
from ..base.saying import N_
from ..base.texts import _, n_
from ..base.timeline import Gap, Line, Mark, Reason
from ..base.timeline_view import Label, Stretch, Unit, View, looking
from . import telling

_REASONS = {
    Reason.BROKEN: N_("a log in between is missing"),
    Reason.COPY_ONLY: N_("the full copy before is copy-only"),
    Reason.RECOVERY_MODEL: N_("switched to simple recovery"),
    Reason.MISSING: N_("the file of a copy is missing"),
    Reason.DAMAGED: N_("a copy failed its check"),
    Reason.FORKED: N_("the database was restored then"),
    Reason.NO_BASE: N_("its full copy is missing"),
    Reason.FAILED: N_("the logs failed"),
    Reason.NOT_MADE: N_("no logs were made"),
    Reason.BULK_LOGGED: N_("changes in bulk: only its end can be chosen"),
    Reason.NEWER_VERSION: N_("made by a newer server"),
}
_WRONG = {
    Reason.MISSING: N_("Its file is missing: it can't be restored."),
    Reason.DAMAGED: N_("It failed a check: it can't be restored."),
    Reason.COPY_ONLY: N_("The full copy before it is copy-only: it can't be restored."),
}
_DAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
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
DAY = timedelta(days=1)


def reason(why: Reason) -> str:
    """Why there is a gap, in a few words."""
    return _(_REASONS[why])


def gap(one: Gap, line: Line) -> str:
    """``Hueco 09:12–10:03: pasó a recuperación simple``; of several databases it tells which."""
    start, end = one.start.astimezone(), one.end.astimezone()
    if start.date() == end.date():
        told = f"{start:%H:%M}–{end:%H:%M}"
    else:
        told = f"{telling.when(one.start, line.now)} – {telling.when(one.end, line.now)}"
    if line.parts and one.database:
        values = {"span": told, "reason": reason(one.reason), "database": one.database}
        return _("Gap {span} in {database}: {reason}").format(**values)
    return _("Gap {span}: {reason}").format(span=told, reason=reason(one.reason))


def is_twice(instant: datetime) -> bool:
    """Whether the clock on the wall shows this time twice, because it is set back."""
    naive = instant.astimezone().replace(tzinfo=None)
    return naive.replace(fold=0).astimezone(UTC) != naive.replace(fold=1).astimezone(UTC)


def clock(instant: datetime) -> str:
    """``14:05:00``; with its offset in the hour that occurs twice."""
    told = telling.clock_time(instant)
    return f"{told} ({offset(instant)})" if is_twice(instant) else told


def offset(instant: datetime) -> str:
    """``UTC+2``."""
    minutes = round((instant.astimezone().utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def full_day(instant: datetime) -> str:
    """``Viernes 24 de octubre de 2025``."""
    local = instant.astimezone()
    told = _("{weekday}, {day} {month} {year}").format(
        weekday=_(_DAYS[local.weekday()]), day=local.day, month=_(_MONTHS[local.month - 1]), year=local.year
    )
    return told[:1].upper() + told[1:]


def title(view: View) -> str:
    """What is looked at."""
    day = looking(Stretch.DAY, view.start, view)
    if (view.start, view.end) == (day.start, day.end):
        return full_day(view.start)
    start, end = view.start.astimezone(), (view.end - timedelta(seconds=1)).astimezone()
    if start.date() == end.date():
        return f"{full_day(view.start)}, {start:%H:%M}–{view.end.astimezone():%H:%M}"
    if view.end - view.start < 2 * DAY:
        return f"{telling.long_day(start.date())}, {start:%H:%M} – {telling.long_day(end.date())}, {end:%H:%M}"
    return f"{telling.long_day(start.date())} – {telling.long_day(end.date())}"


def axis(label: Label, view: View) -> str:
    """The words of a place on the axis."""
    local = label.at.astimezone()
    is_midnight = local.hour == 0 and local.minute == 0
    if label.unit in (Unit.MINUTE, Unit.HOUR) and is_midnight and view.end - view.start > 1.5 * DAY:
        return f"{telling.short_weekday(local.weekday())} {local.day}"
    if label.unit is Unit.MINUTE:
        return f"{local:%H:%M}"
    if label.unit is Unit.HOUR:
        return "24" if is_midnight and label.at == view.end else f"{local:%H}"
    if label.unit is Unit.DAY:
        if view.end - view.start <= 8 * DAY:
            return f"{telling.short_weekday(local.weekday())} {local.day}"
        return f"{local.day} {telling.short_month(local.month)}"
    return str(local.year) if label.unit is Unit.YEAR else telling.short_month(local.month)


def bubble(instant: datetime, view: View) -> str:
    """The chosen instant, with its day where more than one is seen."""
    if view.end - view.start <= 1.1 * DAY:
        return clock(instant)
    local = instant.astimezone()
    if view.end - view.start <= 8 * DAY:
        return f"{telling.short_weekday(local.weekday())} {local.day}, {clock(instant)}"
    return f"{telling.long_day(local.date())}, {clock(instant)}"


def how_long(seconds: float) -> str:
    """``39 minutos``, ``14 h 20 min``, ``3 días``: what people lose is told whole."""
    if seconds < 60:
        return n_("{count} second", "{count} seconds", int(seconds)).format(count=int(seconds))
    if seconds < 7200:
        minutes = int(seconds // 60)
        return n_("{count} minute", "{count} minutes", minutes).format(count=minutes)
    if seconds < 86400:
        return telling.span(seconds // 60 * 60)
    if seconds < 2 * 86400:
        hours = int(seconds // 3600)
        return n_("{count} hour", "{count} hours", hours).format(count=hours)
    days = int(seconds // 86400)
    return n_("{count} day", "{count} days", days).format(count=days)


def moved(line: Line, instant: datetime, *, with_day: bool) -> str:
    """What is spoken at each move: ``14:05:00, se puede elegir, se pierden 39 minutos``."""
    told = clock(instant)
    if with_day:
        told = f"{telling.day(instant.astimezone().date(), line.now.astimezone().date())}, {told}"
    lost = line.lost_s(instant)
    if lost < 1:
        return _("{instant}, can be chosen, nothing is lost").format(instant=told)
    return _("{instant}, can be chosen, {span} lost").format(instant=told, span=how_long(lost))


def name(line: Line) -> str:
    """What the control is."""
    if not line.database:
        return _("Timeline")
    return _("Timeline of {database}").format(database=line.database)


def keys() -> str:
    """How it is used without a mouse."""
    return _("Arrows: one minute. Ctrl: one hour. Shift: one second. Page up and down: copies. Home and End: the ends.")


def mark(one: Mark, now: datetime) -> str:
    """All about a full or differential backup, for its tooltip."""
    piece = one.piece
    kind = _("Full") if piece.kind is BackupKind.FULL else _("Differential")
    told = [_("{kind}, {when}").format(kind=kind, when=telling.when(piece.at, now)), telling.exact(piece.at)]
    told.append(f"{telling.size(piece.stored_bytes)} · {telling.origin_words(piece.origin)}")
    if one.wrong is not None:
        told.append(_(_WRONG.get(one.wrong, N_("The full copy it needs is missing: it can't be restored."))))
    elif piece.tick is not Tick.NONE:
        told.append(telling.tick_words(piece.tick))
    if piece.partial:
        told.append(_("Its set did not complete, but this part did."))
    return "\n".join(told)
