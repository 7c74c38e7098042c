"""What the records let one choose when data is to come back: marks, coverage by logs, gaps and why. Pure.

A line is of one database, of all of them together, or of the copied files. Every instant in it can be asked: whether
it can be chosen, what is the nearest that can, which sets bring it back, what is lost.
"""

from __future__ import annotations

import enum
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from .records import BackupKind, Record
from .timeline_pieces import Anchor, Bases, Piece, anchors, pieces, runs
from .timeline_sets import OneSet
from .watching import KIND_OF, Occurrence

SECOND = timedelta(seconds=1)
"""Instants are shown in seconds, so that nobody can name them more exactly."""
RATE_BYTES_PER_S = 60 * 1024 * 1024
"""Assumed until a restore was measured, as the plan of a restore assumes it."""


class Reason(enum.StrEnum):
    """Why nothing can be chosen somewhere, or a backup is of no use."""

    BROKEN = "broken"
    """The log does not go on: a log backup that nobody here knows of was taken in between."""
    COPY_ONLY = "copy_only"
    """The full backup before was taken aside, so that differentials need another."""
    RECOVERY_MODEL = "recovery_model"
    """The database was switched to simple recovery."""
    MISSING = "missing"
    DAMAGED = "damaged"
    FORKED = "forked"
    """The database was restored in between and has another history since."""
    NO_BASE = "no_base"
    """The full backup that it needs is in no set."""
    FAILED = "failed"
    """Log backups failed."""
    NOT_MADE = "not_made"
    """No log backups were made."""
    BULK_LOGGED = "bulk_logged"
    """A log backup holds changes that were only logged in bulk: it can be used whole, and not be cut off."""
    NEWER_VERSION = "newer_version"
    """It was made by a newer server than the one that is to restore it."""


class Mark(Record, frozen=True, kw_only=True):
    """One full or differential backup."""

    piece: Piece
    wrong: Reason | None = None
    """Why it can't be chosen; None: it can."""

    @property
    def at(self) -> datetime:
        """The instant that it brings back."""
        return self.piece.at

    @property
    def set(self) -> str:
        """The set that holds it."""
        return self.piece.set

    @property
    def kind(self) -> BackupKind:
        """Full or differential."""
        return self.piece.kind


class Span(Record, frozen=True, kw_only=True):
    """From where to where every instant can be chosen; both ends too. A backup without logs is a single instant."""

    start: datetime
    end: datetime


class Gap(Record, frozen=True, kw_only=True):
    """Where logs were to be expected and nothing can be chosen; its ends can."""

    start: datetime
    end: datetime
    reason: Reason
    set: str = ""
    """The set at fault, where there is one."""
    database: str = ""


class Used(Record, frozen=True, kw_only=True):
    """What brings an instant back, in the order of its use."""

    pieces: tuple[Piece, ...]
    seconds: float
    """How long that takes, judged by restores that were measured."""
    exact: bool = False
    """The last of them is cut off at the instant; else it is used whole."""

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets they are in, each once."""
        return tuple(dict.fromkeys(one.set for one in self.pieces))

    @property
    def files(self) -> int:
        """How many stored files that are."""
        return sum(one.files for one in self.pieces)

    @property
    def stored_bytes(self) -> int:
        """What is read for it."""
        return sum(one.stored_bytes for one in self.pieces)

    @property
    def size_bytes(self) -> int:
        """What is written: the content of the bases and of the logs."""
        return sum(one.size_bytes for one in self.pieces)


class Line(Record, frozen=True, kw_only=True):
    """All that can be chosen of one thing, oldest first."""

    database: str
    now: datetime
    marks: tuple[Mark, ...] = ()
    spans: tuple[Span, ...] = ()
    gaps: tuple[Gap, ...] = ()
    planned: tuple[datetime, ...] = ()
    has_logs: bool = False
    anchors: tuple[Anchor, ...] = ()
    parts: tuple[Line, ...] = ()
    """The lines of the databases, where it is of several that have logs."""
    rate: float = RATE_BYTES_PER_S

    @property
    def latest(self) -> datetime | None:
        """The latest instant that can be chosen."""
        return self.spans[-1].end if self.spans else None

    @property
    def earliest(self) -> datetime | None:
        """The earliest."""
        return self.spans[0].start if self.spans else None

    def can_stand(self, instant: datetime) -> bool:
        """Whether ``instant`` can be chosen."""
        place = bisect_right(self.spans, instant, key=_start) - 1
        return place >= 0 and instant <= self.spans[place].end

    def nearest(self, instant: datetime, direction: int = 0) -> datetime | None:
        """The nearest instant that can be chosen: before (-1), after (1) or on either side; None: none there."""
        if self.can_stand(instant):
            return instant
        place = bisect_right(self.spans, instant, key=_start)
        before = self.spans[place - 1].end if place else None
        after = self.spans[place].start if place < len(self.spans) else None
        if direction:
            return before if direction < 0 else after
        if before is None or after is None:
            return before or after
        return before if instant - before <= after - instant else after

    def meant(self, instant: datetime, grain: timedelta = SECOND) -> datetime | None:
        """The latest instant not after ``instant`` that can be chosen; only where there is none the earliest after it.

        Whoever names a moment before a mishap must not be given what the mishap has left. ``grain`` is how exactly it
        was named: a backup within the second (or minute) that is named is of that moment.
        """
        if self.can_stand(instant):
            return instant
        after = self.nearest(instant, 1)
        if after is not None and after - instant < grain:
            return after
        return self.nearest(instant, -1) or after

    def mark(self, instant: datetime, direction: int) -> datetime | None:
        """The nearest usable mark strictly before (-1) or after (1) ``instant``."""
        if direction < 0:
            place = bisect_left(self.marks, instant, key=_at)
            there: Iterable[Mark] = reversed(self.marks[:place])
        else:
            there = self.marks[bisect_right(self.marks, instant, key=_at) :]
        return next((one.at for one in there if one.wrong is None and self.can_stand(one.at)), None)

    def marks_between(self, start: datetime, end: datetime) -> tuple[Mark, ...]:
        """The marks from ``start`` to ``end``, both included."""
        return self.marks[bisect_left(self.marks, start, key=_at) : bisect_right(self.marks, end, key=_at)]

    def gap(self, instant: datetime) -> Gap | None:
        """The gap that ``instant`` is in."""
        return next((one for one in self.gaps if one.start < instant < one.end), None)

    def used(self, instant: datetime) -> Used | None:
        """Which backups bring ``instant`` back; None where it can't be chosen."""
        if not self.can_stand(instant):
            return None
        if self.parts:
            each = [found for part in self.parts if (found := part.used(instant)) is not None]
            every = tuple(piece for found in each for piece in found.pieces)
            return Used(pieces=every, seconds=sum(one.seconds for one in each), exact=any(one.exact for one in each))
        place = bisect_right(self.anchors, instant, key=lambda one: one.base.at) - 1
        while place >= 0 and self.anchors[place].end < instant:
            place -= 1
        if place < 0:
            return None
        return self._of(self.anchors[place], instant)

    def _of(self, anchor: Anchor, instant: datetime) -> Used:
        logs = anchor.logs_until(instant)
        bases = (anchor.full,) if anchor.full is anchor.base else (anchor.full, anchor.base)
        chain = (*bases, *logs)
        measured = anchor.base.restore_s if len(chain) == 1 else 0.0
        seconds = measured or max(1.0, sum(one.size_bytes for one in chain) / self.rate)
        return Used(pieces=chain, seconds=seconds, exact=bool(logs) and logs[-1].at != instant)

    def used_set(self, name: str) -> Used | None:
        """What brings the backup in set ``name`` back; None where it can't be chosen."""
        found = next((one for one in self.anchors if one.base.set == name), None)
        return self._of(found, found.base.at) if found is not None else None

    def lost_s(self, instant: datetime) -> float:
        """Seconds of work after ``instant`` that do not come back with it."""
        return max(0.0, (self.now - instant).total_seconds())


def _start(span: Span) -> datetime:
    return span.start


def _at(mark: Mark) -> datetime:
    return mark.at


def chain(sets: Iterable[OneSet], database: str, now: datetime, planned: Iterable[Occurrence] = ()) -> Line:
    """The line of one database; ``planned`` are the next due times."""
    return line_of(pieces(sets, database), database, now, planned)


def line_of(found: Sequence[Piece], database: str, now: datetime, planned: Iterable[Occurrence] = ()) -> Line:
    """The line of these backups of one thing, oldest first."""
    bases = Bases(found)
    fixed = anchors(found, runs(found), bases)
    spans = _merged(Span(start=one.base.at, end=one.end) for one in fixed)
    has_logs = any(one.kind is BackupKind.LOG for one in found)
    return Line(
        database=database,
        now=now,
        marks=tuple(_marks(found, fixed, bases)),
        spans=spans,
        gaps=tuple(_gaps(found, fixed, spans, database)) if has_logs else (),
        planned=_planned(planned, now),
        has_logs=has_logs,
        anchors=tuple(fixed),
        rate=_rate(found),
    )


def _planned(runs_to_come: Iterable[Occurrence], now: datetime) -> tuple[datetime, ...]:
    return tuple(sorted(one.utc for one in runs_to_come if one.action in KIND_OF and one.utc > now))


def _rate(found: Sequence[Piece]) -> float:
    """Bytes a second of the newest restore that was measured and is large enough to tell."""
    told = next((one for one in reversed(found) if one.restore_s > 1 and one.size_bytes), None)
    return told.size_bytes / told.restore_s if told is not None else RATE_BYTES_PER_S


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    made: list[Span] = []
    for one in sorted(spans, key=lambda span: (span.start, span.end)):
        if made and one.start <= made[-1].end:
            made[-1] = Span(start=made[-1].start, end=max(made[-1].end, one.end))
        else:
            made.append(one)
    return tuple(made)


def _marks(found: Sequence[Piece], fixed: Sequence[Anchor], bases: Bases) -> Iterable[Mark]:
    usable = {id(one.base) for one in fixed}
    for one in found:
        if one.kind is not BackupKind.LOG and one.completed:
            yield Mark(piece=one, wrong=None if id(one) in usable else _wrong(one, bases))


def _wrong(one: Piece, bases: Bases) -> Reason:
    """Why a full or differential backup can't be restored."""
    if one.missing or one.damaged:
        return Reason.MISSING if one.missing else Reason.DAMAGED
    base = bases.of(one)
    if base is not None:
        return Reason.MISSING if base.missing else Reason.DAMAGED
    before = bases.before(one)
    aside = before is not None and before.facts is not None and before.facts.copy_only
    return Reason.COPY_ONLY if aside else Reason.NO_BASE


def _gaps(found: Sequence[Piece], fixed: Sequence[Anchor], spans: Sequence[Span], database: str) -> Iterable[Gap]:
    """Between spans, before the first and after the last, wherever there is a sign that logs should have been."""
    bases, used = Bases(found), {id(one.base) for one in fixed}
    loose = [one for one in found if id(one) not in used and _is_outside(one.at, spans)]
    times = [one.at for one in loose]
    for before, after in zip((None, *spans), (*spans, None), strict=True):
        since = bisect_right(times, before.end) if before is not None else 0
        until = bisect_left(times, after.start) if after is not None else len(times)
        inside = loose[since:until]
        logs = [one for one in inside if one.kind is BackupKind.LOG]
        stopped = before is not None and before.start < before.end and after is not None
        if not logs and not stopped:
            continue
        start = before.end if before is not None else logs[0].at
        end = after.start if after is not None else logs[-1].at
        if start < end:
            around = _around(found, start, end)
            reason, at_fault = _why(inside, around, bases)
            yield Gap(start=start, end=end, reason=reason, set=at_fault, database=database)


def _is_outside(instant: datetime, spans: Sequence[Span]) -> bool:
    place = bisect_right(spans, instant, key=_start) - 1
    return place < 0 or instant > spans[place].end


def _around(found: Sequence[Piece], start: datetime, end: datetime) -> tuple[Piece | None, Piece | None]:
    """The backups at both ends of a gap."""
    first = bisect_right(found, start, key=lambda one: one.at)
    last = bisect_left(found, end, key=lambda one: one.at)
    return (found[first - 1] if first else None, found[last] if last < len(found) else None)


def _why(inside: Sequence[Piece], around: tuple[Piece | None, Piece | None], bases: Bases) -> tuple[Reason, str]:
    """What the first backup tells that should have led on and does not; recovery models before all else."""
    before, after = around
    simple = next((one for one in (*inside, after) if one is not None and one.model == "SIMPLE"), None)
    if simple is not None:
        return Reason.RECOVERY_MODEL, simple.set
    first = next((one for one in inside if one.completed), None)
    if first is None:
        failed = next((one for one in inside if one.kind is BackupKind.LOG), None)
        return (Reason.FAILED, failed.set) if failed is not None else (Reason.NOT_MADE, "")
    if not first.usable or first.kind is not BackupKind.LOG:
        return _wrong(first, bases), first.set
    if before is None or before is first:
        return Reason.NO_BASE, first.set
    return (Reason.FORKED if _forked(before, first) else Reason.BROKEN), first.set


def _forked(before: Piece, after: Piece) -> bool:
    forks = [one.facts.recovery_fork_guid if one.facts is not None else None for one in (before, after)]
    return None not in forks and forks[0] != forks[1]
