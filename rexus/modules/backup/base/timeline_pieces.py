"""The backups of one database as links of chains: which log goes on where which other backup ends. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

import msgspec

from .records import BackupKind, Origin, Record, SetStatus, Tick
from .timeline_sets import Facts, OneDatabase, OneSet


class Piece(Record, frozen=True, kw_only=True):
    """One backup of one database that was begun."""

    set: str
    kind: BackupKind
    began: datetime
    at: datetime
    """The instant that its content is of; of a log: until when it reaches."""
    completed: bool = True
    partial: bool = False
    """The database was completed, but something else in its set was not."""
    missing: bool = False
    damaged: bool = False
    tick: Tick = Tick.NONE
    origin: Origin = Origin.MANUAL
    size_bytes: int = 0
    stored_bytes: int = 0
    files: int = 1
    copied: bool = False
    """It holds copied files of the application beside the databases."""
    restore_s: float = 0.0
    """How long restoring it took, in seconds; 0: it was never tried."""
    facts: Facts | None = None
    first: int | None = None
    last: int | None = None
    """From where to where it reaches in the log of the engine."""

    @property
    def usable(self) -> bool:
        """Whether data can come out of it."""
        return self.completed and not self.missing and not self.damaged

    @property
    def family(self) -> str:
        """Which database it is of, where the engine tells; the fork of its history with it."""
        return f"{self.facts.family_guid or ''}/{self.facts.recovery_fork_guid or ''}" if self.facts else "/"

    @property
    def model(self) -> str:
        """The recovery model it was taken under, in capitals."""
        return (self.facts.recovery_model or "").upper() if self.facts else ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Logs that follow one another without a gap, the earliest first."""

    logs: tuple[Piece, ...]
    lasts: tuple[int, ...]
    until: tuple[datetime, ...]

    @property
    def first(self) -> int:
        """From where on it reaches."""
        return self.logs[0].first or 0


class Anchor(Record, frozen=True, kw_only=True):
    """A full or differential backup that can be restored, and the logs that go on from it."""

    base: Piece
    full: Piece
    """What ``base`` is taken on top of; itself, if it is a full one."""
    run: Run | None = None
    index: int = 0
    """The first log of ``run`` that goes on."""

    @property
    def end(self) -> datetime:
        """The latest instant that can be reached from here."""
        return max(self.base.at, self.run.until[-1]) if self.run is not None else self.base.at

    def logs_until(self, instant: datetime) -> tuple[Piece, ...]:
        """The logs to be applied to reach ``instant``."""
        if self.run is None or instant <= self.base.at:
            return ()
        last = bisect_left(self.run.until, instant, self.index)
        return self.run.logs[self.index : last + 1]


def pieces(sets: Iterable[OneSet], database: str) -> list[Piece]:
    """Every backup of ``database`` that was begun, oldest first; sets that are being deleted are gone already."""
    found = [
        _piece(one, backup)
        for one in sets
        if not one.deleting and (backup := one.databases.get(database)) is not None and backup.started_at
    ]
    found.sort(key=lambda piece: (piece.at, piece.set))
    return _by_time(found) if _needs_times(found) else found


def _piece(one: OneSet, backup: OneDatabase) -> Piece:
    began = datetime.fromisoformat(backup.started_at or one.timestamp)
    facts = backup.chain
    absent = backup.absent_at is not None or (backup.tick is Tick.FAILED and not backup.damaged)
    return Piece(
        set=one.set,
        kind=backup.kind,
        began=began,
        at=_content_of(backup, began, facts),
        completed=backup.status is SetStatus.COMPLETED,
        partial=one.status is not SetStatus.COMPLETED,
        missing=absent or (backup.file is None and not backup.on_server),
        damaged=backup.damaged,
        tick=backup.tick,
        origin=one.origin,
        size_bytes=backup.size_bytes,
        stored_bytes=backup.stored_bytes,
        restore_s=backup.restored_s,
        facts=facts,
        first=number(facts.first_lsn) if facts else None,
        last=number(facts.last_lsn) if facts else None,
    )


def _content_of(backup: OneDatabase, began: datetime, facts: Facts | None) -> datetime:
    """Where the engine numbers its log a backup is of its end, and a log holds for sure what was before it began."""
    if facts is None or not facts.last_lsn:
        return began
    if backup.kind is BackupKind.LOG:
        return began.replace(microsecond=0)
    ended = began + timedelta(seconds=math.ceil(backup.seconds))
    return ended if not ended.microsecond else ended.replace(microsecond=0) + timedelta(seconds=1)


def number(lsn: str | None) -> int | None:
    """LSNs are numbers of up to 25 digits, told as text."""
    return int(lsn) if lsn and lsn.isascii() and lsn.isdigit() else None


def _needs_times(found: Sequence[Piece]) -> bool:
    return any(one.first is None or one.last is None for one in found if one.kind is BackupKind.LOG and one.completed)


def _by_time(found: Sequence[Piece]) -> list[Piece]:
    """Where logs do not say where they go on: each is taken to follow the nearest earlier backup of any kind."""
    made: list[Piece] = []
    before: Piece | None = None
    for one in found:
        own = round(one.at.timestamp() * 1_000_000)
        first = own
        if one.kind is BackupKind.LOG and before is not None:
            first = round(before.at.timestamp() * 1_000_000)
        made.append(msgspec.structs.replace(one, first=first, last=own))
        if one.completed:
            before = one
    return made


def runs(found: Sequence[Piece]) -> list[Run]:
    """The usable logs, in runs without a gap; those of another history never follow one another."""
    logs = [one for one in found if one.kind is BackupKind.LOG and one.usable and one.first is not None]
    logs.sort(key=lambda one: (one.family, one.first or 0, one.last or 0))
    open_run: list[Piece] = []
    made: list[list[Piece]] = []
    for one in logs:
        end = open_run[-1].last or 0 if open_run else 0
        if not open_run or open_run[-1].family != one.family or (one.first or 0) > end:
            open_run = [one]
            made.append(open_run)
        elif (one.last or 0) >= end:  # else it holds nothing new, as a log taken aside
            open_run.append(one)
    return [
        Run(
            logs=tuple(run),
            lasts=tuple(one.last or 0 for one in run),
            until=tuple(accumulate((one.at for one in run), max)),
        )
        for run in made
    ]


def anchors(found: Sequence[Piece], logs: Sequence[Run], bases: Bases) -> list[Anchor]:
    """Every usable full backup and every differential one with a usable base, oldest first."""
    by_family: dict[str, list[Run]] = {}
    for each in logs:
        by_family.setdefault(each.logs[0].family, []).append(each)
    made = []
    for one in found:
        if one.kind is BackupKind.LOG or not one.usable:
            continue
        full = one if one.kind is BackupKind.FULL else bases.of(one)
        if full is not None and full.usable:
            run, index = _going_on(one, by_family)
            made.append(Anchor(base=one, full=full, run=run, index=index))
    return made


def _going_on(base: Piece, by_family: Mapping[str, list[Run]]) -> tuple[Run | None, int]:
    """The run that goes on where ``base`` ends and reaches farthest, and its first log that holds more.

    Where nobody wrote since, logs hold nothing more, and tell until when that was so.
    """
    best: Run | None = None
    for family, there in by_family.items():
        if base.last is None or not _same(family, base.family):
            continue
        place = bisect_right(there, base.last, key=lambda run: run.first) - 1
        if place < 0 or there[place].lasts[-1] < base.last or there[place].until[-1] <= base.at:
            continue
        if best is None or there[place].until[-1] > best.until[-1]:
            best = there[place]
    return best, bisect_right(best.lasts, base.last or 0) if best is not None else 0


def _same(one: str, other: str) -> bool:
    """Whether histories are the same, as far as both are known."""
    return all(not a or not b or a == b for a, b in zip(one.split("/"), other.split("/"), strict=True))


class Bases:
    """Which full backup a differential one needs."""

    def __init__(self, found: Sequence[Piece]) -> None:
        self._fulls = [one for one in found if one.kind is BackupKind.FULL and one.completed]
        self._times = [one.at for one in self._fulls]
        self._by_guid: dict[str, Piece] = {}
        self._by_lsn: dict[int, Piece] = {}
        for one in sorted(self._fulls, key=lambda full: full.usable):
            if one.facts is None:
                continue
            if one.facts.backup_set_guid:
                self._by_guid[one.facts.backup_set_guid] = one
            if (lsn := number(one.facts.checkpoint_lsn)) is not None and not one.facts.copy_only:
                self._by_lsn[lsn] = one

    def of(self, differential: Piece) -> Piece | None:
        """The full backup it names; where it names none, the nearest earlier one."""
        facts = differential.facts
        if facts is None:
            return self.before(differential)
        found = self._by_guid.get(facts.differential_base_guid or "")
        if found is None and (lsn := number(facts.differential_base_lsn)) is not None:
            found = self._by_lsn.get(lsn)
        own, its = differential.family.split("/")[0], found.family.split("/")[0] if found is not None else ""
        return None if own and its and own != its else found

    def before(self, one: Piece) -> Piece | None:
        """The nearest earlier full backup."""
        place = bisect_left(self._times, one.at)
        return self._fulls[place - 1] if place else None
