"""What the choice of an instant means, in words: what comes back, what is lost, what was not exactly there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..base.records import BackupKind, Problem, Tick
from ..base.texts import _, n_
from ..base.timeline import Line, Reason, Used
from ..base.timeline_sets import OneSet
from . import telling, timeline_words

DATABASE, EVERYTHING, APPLICATION, CONFIG = "database", "everything", "application", "config"


@dataclass(frozen=True)
class Choice:
    """What is to come back, of when, and what that means."""

    set: str
    """The set that a restore names: the one whose end, or whose part, the instant is."""
    database: str | None
    files: str | None
    """``config`` or ``application``."""
    everything: bool
    at: datetime | None
    """Where a log is to be cut off; None: the set is used whole."""
    instant: datetime
    """What time comes back."""
    sets: tuple[str, ...] = ()
    """All sets that are used, in their order."""
    lost_s: float = field(default=0.0, compare=False)
    """Seconds of work after the instant; they grow while one looks, and the choice stays the same."""
    seconds: float = 0.0
    """How long the restore is expected to take."""
    stored_bytes: int = 0
    partial: bool = False
    """It is of a set that did not complete, though this part did."""

    @property
    def name(self) -> str:
        """What comes back, in words."""
        return subject(DATABASE if self.database else self.files or EVERYTHING, self.database or "")

    def told(self, now: datetime | None = None) -> str:
        """``inventario, hoy, 14:05``."""
        return _("{what}, {when}").format(what=self.name, when=telling.when(self.instant, now))


def choice_of(kind: str, name: str, line: Line, instant: datetime, used: Used) -> Choice:
    """The choice of ``instant`` in the line of a database, of the files or of everything."""
    last = max(used.pieces, key=lambda piece: piece.at)
    return Choice(
        set=last.set,
        database=name if kind == DATABASE else None,
        files=kind if kind in (APPLICATION, CONFIG) else None,
        everything=kind == EVERYTHING,
        at=instant if used.exact else None,
        instant=instant,
        sets=used.sets,
        lost_s=line.lost_s(instant),
        seconds=used.seconds,
        stored_bytes=used.stored_bytes,
        partial=any(piece.partial for piece in used.pieces),
    )


def subject(kind: str, name: str) -> str:
    """What comes back, as a button says it."""
    return {
        EVERYTHING: _("Everything together"),
        APPLICATION: _("Files of the application"),
        CONFIG: _("Configuration|files"),
    }.get(kind, name).partition("|")[0]


def back_title(instant: datetime, now: datetime) -> str:
    """``Vuelve como estaba a las 14:05:00``."""
    if instant.astimezone().date() == now.astimezone().date():
        return _("It comes back as it was at {time}").format(time=timeline_words.clock(instant))
    day = telling.day(instant.astimezone().date(), now.astimezone().date())
    return _("It comes back as it was: {day}, {time}").format(day=day, time=timeline_words.clock(instant))


def back_body(kind: str, line: Line, used: Used) -> str:
    """``11 archivos, 1,0 GB, unos 3 minutos.``."""
    values = {"size": telling.size(used.stored_bytes), "time": about(used.seconds)}
    if kind == EVERYTHING:
        databases = len(line.parts) or used.files
        if any(piece.copied for piece in used.pieces):
            told = n_(
                "{count} database and the copied files, {size}, {time}.",
                "{count} databases and the copied files, {size}, {time}.",
                databases,
            )
        else:
            told = n_("{count} database, {size}, {time}.", "{count} databases, {size}, {time}.", databases)
        return told.format(count=databases, **values)
    if kind in (APPLICATION, CONFIG) and not used.files:  # the original program counted no files in folders
        return _("The copied folders, with all that is in them.")
    if kind in (APPLICATION, CONFIG):
        told = n_("{count} copied file, {size}.", "{count} copied files, {size}.", used.files)
        return told.format(count=used.files, **values)
    told = n_("{count} file, {size}, {time}.", "{count} files, {size}, {time}.", used.files)
    return told.format(count=used.files, **values)


def about(seconds: float) -> str:
    """``unos 3 minutos``: an estimate is not told to the second."""
    if seconds < 55:
        return _("less than a minute")
    if seconds < 5400:
        minutes = max(1, round(seconds / 60))
        return n_("about {count} minute", "about {count} minutes", minutes).format(count=minutes)
    hours = max(2, round(seconds / 3600))
    return n_("about {count} hour", "about {count} hours", hours).format(count=hours)


def proof(kind: str, used: Used, now: datetime) -> tuple[str, str, str]:
    """How the base of it was proven: icon, colour, words."""
    if kind in (APPLICATION, CONFIG):
        return "", "", ""
    full = used.pieces[0]
    icon, token = telling.tick_icon(full.tick)
    state = _("nobody has checked it yet") if full.tick is Tick.NONE else telling.tick_words(full.tick)
    if len(used.pieces) > 1 and full.kind is BackupKind.FULL:
        told = _("Full copy of {when}: {state}").format(when=telling.when(full.at, now), state=state)
    else:
        told = _("Copy of {when}: {state}").format(when=telling.when(full.at, now), state=state)
    return icon, token, told


def lost_title(lost_s: float, kind: str = DATABASE) -> str:
    """What is lost, as a title."""
    if lost_s >= 1 and kind in (APPLICATION, CONFIG):
        return _("What was changed in them afterwards is lost")
    return _("What was entered afterwards is lost") if lost_s >= 1 else _("Nothing is lost")


def lost_body(line: Line, instant: datetime, kind: str = DATABASE) -> str:
    """``39 minutos de trabajo, de 14:05 a 14:44.``; of files nobody knows whether they were worked on."""
    lost, start, end = line.lost_s(instant), instant.astimezone(), line.now.astimezone()
    if lost < 1:
        return _("It is of the present or later.")
    span = timeline_words.how_long(lost)
    if kind in (APPLICATION, CONFIG):
        return _("Only files that differ from the copy, which is {span} old, are replaced.").format(span=span)
    if start.date() == end.date():
        return _("{span} of work, from {start} to {end}.").format(span=span, start=f"{start:%H:%M}", end=f"{end:%H:%M}")
    return _("{span} of work, from {start} until now.").format(span=span, start=telling.when(instant, line.now))


def distance(wanted: datetime, near: datetime, line: Line) -> str:
    """Why the cursor is not where somebody wanted it: on the last instant before that, or on one after it."""
    apart = timeline_words.how_long(abs((near - wanted).total_seconds()))
    gap = line.gap(wanted)
    values = {"wanted": telling.when(wanted, line.now), "near": telling.when(near, line.now), "span": apart}
    if near > wanted:
        told = _(
            "There is no copy of {wanted} or of any time before it; the first one is later: {near}, {span} after it."
        )
        return told.format(**values)
    if gap is not None:
        told = _("Nothing can be chosen at {wanted} ({reason}); the last moment before it is {near}, {span} earlier.")
        return told.format(reason=timeline_words.reason(gap.reason), **values)
    return _("There is no copy of {wanted}; the last one before it is of {near}, {span} earlier.").format(**values)


def too_far(agreed_s: float) -> str:
    """That a distance is larger than what was agreed to lose."""
    return _("That is more than the agreed loss of {span}.").format(span=timeline_words.how_long(agreed_s))


def not_here(name: str, sets: Sequence[OneSet], now: datetime) -> str:
    """That a set that was wished for can't be chosen, by its time: its name says nothing to people."""
    one = next((one for one in sets if one.set == name), None)
    when = telling.when(datetime.fromisoformat(one.timestamp), now) if one is not None else name
    return _("Of the copy of {when} nothing can be chosen here; the nearest is shown.").format(when=when)


def not_there(gone: Problem) -> str:
    """That the folder is not there, though it held copies, and what to do; without words of the command line."""
    told = _("{reason} Connect the disk or the share it is on, then look again.")
    return told.format(reason=telling.reason(gone))


def nothing(kind: str, name: str, line: Line) -> str:
    """Why nothing can be chosen."""
    if kind in (APPLICATION, CONFIG):
        return _("No set holds the copied files whole.")
    bad = [mark for mark in line.marks if mark.wrong is not None]
    what = name if kind == DATABASE else subject(kind, name)
    if not bad and not what:
        return _("There is no finished backup to restore.")
    if not bad:
        return _("There is no finished copy of {what} yet.").format(what=what)
    missing = sum(mark.wrong is Reason.MISSING for mark in bad)
    told = n_(
        "None of {what} can be restored: its {count} copy is damaged or missing (missing: {missing}).",
        "None of {what} can be restored: its {count} copies are damaged or missing (missing: {missing}).",
        len(bad),
    )
    return told.format(what=what, count=len(bad), missing=missing)
