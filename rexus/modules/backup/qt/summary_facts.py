"""What the summary shows, read from the model at one go. No Qt here: it is worked out beside the screens."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from ..base.errors import BackupError
from ..base.records import BackupKind, Origin, Record, SetStatus, Tick
from ..base.watching import KIND_OF, Health, Occurrence
from .judgement import Judgement

if TYPE_CHECKING:
    from ..catalog.index import DatabaseSummary, SetSummary
    from ..config.settings import Settings
    from ..model import BackupModel

DAYS = 30
"""So many days a strip and the charts go back."""
BARS = 14
"""So many backups the chart of durations shows."""
_USUAL = 30
_LEAST = 5
"""With fewer than so many to compare with nothing is unusual."""
_SLOW = 1.5
_SLOW_FLOOR_S = 10.0
_REGULAR = frozenset({Origin.MANUAL, Origin.SCHEDULED, Origin.CATCH_UP})
_PASSING = frozenset({SetStatus.CANCELLED, SetStatus.IN_PROGRESS})
_DEPTHS = (Tick.NONE, Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED)
_UNSTARTED = frozenset({"health.not_installed", "schedule.no_scheduler", "schedule.switched_off"})
_MEASURES = 400
_AHEAD = 40
"""So many due times are looked through for those of backups."""


class Day(Record, frozen=True, kw_only=True):
    """What one day came to for one database."""

    date: date
    made: int = 0
    """Backups that were completed that day."""
    failed: int = 0
    """Attempts that came to nothing, and backups whose check failed."""
    deepest: Tick = Tick.NONE
    """Of what was made that day, by today's checks."""
    bad: bool = False
    """Nothing good came of the day, or its last attempt failed."""


class Bar(Record, frozen=True, kw_only=True):
    """How long one complete backup of everything took."""

    at: datetime
    seconds: float
    odd: bool = False
    """Much longer than those before it."""


class Overview(Record, frozen=True, kw_only=True):
    """All that the summary shows."""

    health: Health
    root: str
    sets: int = 0
    days: dict[str, tuple[Day, ...]] = msgspec.field(default_factory=dict)
    """By database, the oldest day first, today last."""
    bars: tuple[Bar, ...] = ()
    free: tuple[tuple[datetime, int], ...] = ()
    """Free bytes as they were measured with backups, oldest first."""
    low_bytes: int = 0
    """Less free space than this is an alarm."""
    coming: tuple[Occurrence, ...] = ()
    """The next due backups."""
    starts: bool = False
    """Whether something starts what is due by itself."""
    can_start: bool = True
    """Whether the system has a scheduler that could."""


def overview(model: BackupModel, judgement: Judgement | None = None) -> Overview:
    """Ask the model, of its health through ``judgement`` where others do so too. Raises as its questions do."""
    health, listing = (judgement or Judgement()).both(model)
    settings, sets = model.loaded.settings, listing.sets
    today = health.at.astimezone().date()
    return Overview(
        health=health,
        root=str(model.root),
        sets=len(sets),
        days={name: days_of(name, sets, today) for name in health.databases},
        bars=bars_of(sets),
        free=_free(model, health),
        low_bytes=settings.health.free_bytes,
        coming=_coming(model),
        starts=_starts(model, health, settings),
        can_start=all(one.code != "schedule.no_scheduler" for one in health.alarms),
    )


def days_of(name: str, sets: Sequence[SetSummary], today: date) -> tuple[Day, ...]:
    """The last days of one database; ``sets`` are newest first."""
    first = today - timedelta(days=DAYS - 1)
    tried: dict[date, list[DatabaseSummary]] = {}
    for one in sets:
        on = datetime.fromisoformat(one.timestamp).astimezone().date()
        if on < first - timedelta(days=1):
            break
        held = one.databases.get(name)
        if held is not None and held.status not in _PASSING:
            tried.setdefault(on, []).append(held)
    return tuple(_day(on, tried.get(on, ())) for on in (first + timedelta(days=number) for number in range(DAYS)))


def _day(on: date, tried: Sequence[DatabaseSummary]) -> Day:
    good = [one for one in tried if _is_good(one)]
    return Day(
        date=on,
        made=len(good),
        failed=len(tried) - len(good),
        deepest=max((one.tick for one in good), key=_DEPTHS.index, default=Tick.NONE),
        bad=bool(tried) and not _is_good(tried[0]),
    )


def _is_good(one: DatabaseSummary) -> bool:
    return one.status is SetStatus.COMPLETED and one.tick is not Tick.FAILED


def bars_of(sets: Sequence[SetSummary]) -> tuple[Bar, ...]:
    """How long the newest complete backups took, oldest first; of one database alone none counts among many."""
    whole = list(_whole(sets))[: BARS + _USUAL]
    bars = []
    for number, one in enumerate(whole[:BARS]):
        before = [other.seconds for other in whole[number + 1 : number + 1 + _USUAL]]
        usual = statistics.median(before) if len(before) >= _LEAST else one.seconds
        odd = one.seconds > max(_SLOW * usual, usual + _SLOW_FLOOR_S)
        bars.append(Bar(at=datetime.fromisoformat(one.timestamp), seconds=one.seconds, odd=odd))
    return tuple(reversed(bars))


def _whole(sets: Sequence[SetSummary]) -> Iterator[SetSummary]:
    """Complete full sets of as many databases as the largest of the newest has."""
    full = [
        one
        for one in sets[: 8 * (BARS + _USUAL)]
        if one.status is SetStatus.COMPLETED and one.origin in _REGULAR and one.kind is BackupKind.FULL
    ]
    most = max((len(one.databases) for one in full[:BARS]), default=0)
    return (one for one in full if len(one.databases) == most)


def _free(model: BackupModel, health: Health) -> tuple[tuple[datetime, int], ...]:
    """What the trail tells of the free space, and how it is now."""
    found: list[tuple[datetime, int]] = []
    first = health.at - timedelta(days=DAYS)
    with contextlib.suppress(BackupError, OSError):
        for line in model.audit().tail(_MEASURES):
            free = line.detail.get("free")
            if line.what == "backup" and isinstance(free, int) and line.at >= first:
                found.append((line.at, free))
    if health.free_bytes is not None:
        found.append((health.at, health.free_bytes))
    return tuple(sorted(found))


def _coming(model: BackupModel) -> tuple[Occurrence, ...]:
    with contextlib.suppress(BackupError, LookupError, ValueError):
        return model.next_runs(None, _AHEAD, KIND_OF)
    return ()


def _starts(model: BackupModel, health: Health, settings: Settings) -> bool:
    """Whether the system starts what is due, or a service that runs does."""
    if not any(one.enabled for one in settings.schedules):
        return False
    if not any(one.code in _UNSTARTED for one in health.alarms):
        return True
    with contextlib.suppress(BackupError):
        return model.starter().who != "nobody"
    return False
