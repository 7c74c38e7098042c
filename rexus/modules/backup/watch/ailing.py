"""Databases that the last attempts to back them up found damaged or gone: nothing else asks whoever keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from ..base.errors import BackupError
from ..base.records import Problem, Record, SetStatus
from ..catalog.index import SetSummary
from ..jobs.kit import LOGS, Kit
from ..jobs.trail import recent
from .known import REGULAR, SKEW, at

GONE = "sqlserver.no_database"
"""The server has no such database any more: nobody can work with it."""
_DAMAGE = frozenset({"source.corrupt", "source.truncated", GONE})
"""What was read and is not whole, or is not there; anything else may be the fault of whoever reads."""


class Ailment(Record, frozen=True, kw_only=True):
    """What the backups since the last good one say of a database."""

    set: str
    """The newest set whose backup found it damaged."""
    since: str
    """When the first of them found it: ISO 8601, UTC."""
    problem: Problem


def ailing(kit: Kit, sets: Sequence[SetSummary]) -> dict[str, Ailment]:
    """The configured databases that were found damaged or gone, and were neither backed up nor restored since then.

    Costs nothing where there are none: the trail and one manifest are read only to say what became of a damaged one.
    """
    now = kit.clock.now()
    found: dict[str, Ailment] = {}
    for name in kit.loaded.database_names:
        attempts = tuple(_damaged(sets, name, now))
        if attempts:
            newest, first = attempts[0], attempts[-1]
            found[name] = Ailment(set=newest.set, since=first.timestamp, problem=_said(kit, newest, name))
    trail = recent(kit.root / LOGS) if found else None
    return {name: one for name, one in found.items() if trail is None or not trail.restored_since(name, one.set)}


def _damaged(sets: Sequence[SetSummary], name: str, now: datetime) -> Iterator[SetSummary]:
    """The sets since the last good backup of ``name`` that found it damaged, newest first."""
    for one in sets:
        held = one.databases.get(name)
        if held is None or one.origin not in REGULAR or at(one.timestamp) > now + SKEW:
            continue
        if held.status is SetStatus.COMPLETED:
            return
        if held.code in _DAMAGE:
            yield one


def _said(kit: Kit, one: SetSummary, name: str) -> Problem:
    """What that backup said of the database, with the place where it lives."""
    code, place = one.databases[name].code or "", kit.loaded.database_location(name)
    try:
        problem = kit.catalog.load(one.set).databases[name].problem
    except (BackupError, KeyError):  # gone meanwhile
        problem = None
    problem = problem or Problem(code=code)
    return msgspec.structs.replace(problem, values={**problem.values, "path": place})
