"""What checks say of when: since when bytes are known to be damaged or missing, when they were last seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..base.records import Check, DatabaseBackup, Depth, FileSetBackup, Record, SetStatus, Tick
from .ticks import counting, is_absence, tick_of_checks

_DEPTHS = {depth: number for number, depth in enumerate(Depth)}


class Failing(Record, frozen=True, kw_only=True):
    """What checks found wrong and no later one made good."""

    damage: Check | None = None
    """The first that found damage and whose time can be believed, else the last."""
    damaged_at: datetime | None = None
    """When that was; None where no such time can be believed."""
    absence: Check | None = None
    """The same of a stored file that was not there."""
    absent_at: datetime | None = None


def failing(checks: Iterable[Check], stored_sha256: str, begun: datetime | None) -> Failing:
    """What is wrong with a backup begun at ``begun`` according to ``checks``, which stand in their order.

    A time is believed if nothing before it is dated later: with a clock that was set back for a while, damage found
    now would seem to be known for years.
    """
    failed: list[tuple[Check, bool]] = []
    latest = begun
    for one in counting(checks, stored_sha256):
        believed = latest is None or one.at >= latest
        latest = one.at if latest is None or believed else latest
        if one.ok:
            failed = [pair for pair in failed if not _is_made_good(pair[0], one)]
        else:
            failed.append((one, believed))
    damage, damaged_at = _first([pair for pair in failed if not is_absence(pair[0].problem)])
    absence, absent_at = _first([pair for pair in failed if is_absence(pair[0].problem)])
    return Failing(damage=damage, damaged_at=damaged_at, absence=absence, absent_at=absent_at)


def _is_made_good(failed: Check, passed: Check) -> bool:
    """As `ticks.tick_of_checks` counts it."""
    return is_absence(failed.problem) or _DEPTHS[passed.depth] >= _DEPTHS[failed.depth]


def _first(failed: Sequence[tuple[Check, bool]]) -> tuple[Check | None, datetime | None]:
    found = next((one for one, believed in failed if believed), None)
    if found is not None:
        return found, found.at
    return (failed[-1][0] if failed else None), None


def with_first(
    made: Sequence[Check], kept: Sequence[Check], stored_sha256: str, begun: datetime | None
) -> tuple[Check, ...]:
    """``kept`` with those of ``made``, in their order, that say since when something is wrong.

    Merging keeps the last of its sort, so that trouble would seem new each time that it is found again.
    """
    counted = counting(made, stored_sha256)
    found = failing(counted, stored_sha256, begun)
    place = {_sort(one): number for number, one in enumerate(counted)}
    placed = [(place.get(_sort(one), -1), one) for one in kept]
    for first in (found.damage, found.absence):
        if first is not None and first not in kept:
            placed.append((counted.index(first), first))
    return tuple(one for _, one in sorted(placed, key=lambda pair: pair[0]))


def _sort(one: Check) -> tuple[Depth, bool, bool, str]:
    """Of which `ticks.merged` keeps the last."""
    return (one.depth, one.ok, is_absence(one.problem), one.database)


def last_checked(databases: Iterable[DatabaseBackup]) -> datetime | None:
    """The oldest of the newest checks of finished backups; None while one was never checked."""
    newest: list[datetime] = []
    for one in databases:
        if one.status is SetStatus.COMPLETED:
            if not one.checks:
                return None
            newest.append(one.checks[-1].at)
    return min(newest, default=None)


def whole_files(part: FileSetBackup) -> bool:
    """Whether copied files are complete and no check of them failed that none made good."""
    return part.status is SetStatus.COMPLETED and tick_of_checks(counting(part.checks, "")) is not Tick.FAILED
