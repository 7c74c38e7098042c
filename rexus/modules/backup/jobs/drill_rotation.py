"""Whose turn it is to be restored as a test, and from which set. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from ..base.records import Depth, Origin, SetStatus, Tick
from ..catalog.index import SetSummary

_ASIDE = frozenset({Origin.SAFETY, Origin.DRILL})
"""Sets that are no backups of their own right."""
_PROVEN = frozenset(Tick) - {Tick.NONE, Tick.FAILED}


def turns(
    names: Iterable[str], sets: Iterable[SetSummary], tested: Mapping[str, datetime], now: datetime
) -> tuple[str, ...]:
    """``names`` by their last restore test (or restore), whatever that came to: never first, then the oldest.

    ``tested`` also knows of tests whose sets are gone. Those alike keep their order. A test of a clock that was ahead
    counts as made ``now``.
    """
    last = {name: min(at, now) for name, at in tested.items()}
    for one in sets:
        for name, backup in one.databases.items():
            if backup.tested_at is not None:
                at = min(datetime.fromisoformat(backup.tested_at), now)
                last[name] = max(at, last.get(name, at))
    every = dict.fromkeys(names)
    never = [name for name in every if name not in last]
    return (*never, *sorted((name for name in every if name in last), key=last.__getitem__))


def newest(name: str, sets: Sequence[SetSummary], now: datetime) -> str | None:
    """The set to test ``name`` from, the first of its `candidates`. None: there is none."""
    return next(iter(candidates(name, sets, now)), None)


def candidates(name: str, sets: Sequence[SetSummary], now: datetime) -> tuple[str, ...]:
    """The sets to test ``name`` from, the best first: those proven, then those never checked, then the rest.

    Of each sort the newest first, as ``sets`` are. One whose last failure was a restore test is tested again, because
    its cause may be gone. Safety copies, and sets dated later than ``now``, count only where there is nothing else.
    """
    every = [one for one in sets if not one.deleting and _holds(one, name)]
    holding = [one for one in every if not is_ahead(one, now)] or every
    regular = [one for one in holding if one.origin not in _ASIDE] or holding
    proven = [one.set for one in regular if _is_proven(one, name)]
    unproven = [one.set for one in regular if one.databases[name].tick is Tick.NONE]
    return tuple(dict.fromkeys((*proven, *unproven, *(one.set for one in regular))))


def newest_proven(name: str, sets: Sequence[SetSummary], now: datetime, without: Collection[str]) -> str | None:
    """The newest set with a proven backup of ``name``, none of ``without``; None: there is none.

    ``sets`` are newest first. Safety copies count only where there is nothing else, sets of the future never.
    """
    every = [one for one in sets if one.set not in without and not one.deleting and _holds(one, name)]
    proven = [one for one in every if one.databases[name].tick in _PROVEN and not is_ahead(one, now)]
    regular = (one for one in proven if one.origin not in _ASIDE)
    chosen = next(regular, None) or next(iter(proven), None)
    return chosen.set if chosen is not None else None


def is_ahead(one: SetSummary, now: datetime) -> bool:
    """Whether the set is dated in the future: the clock was wrong when it was made, or is wrong now."""
    return datetime.fromisoformat(one.timestamp) > now


def _holds(one: SetSummary, name: str) -> bool:
    backup = one.databases.get(name)
    return backup is not None and backup.status is SetStatus.COMPLETED


def _is_proven(one: SetSummary, name: str) -> bool:
    backup = one.databases[name]
    if backup.tick is Tick.FAILED:
        return backup.failed_depth == Depth.RESTORED.value
    return backup.tick is not Tick.NONE
