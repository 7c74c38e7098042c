"""All sets as lists show them: a tick is that of the bytes that are there now, not of those that once were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from ..base.errors import BackupError, Refused
from ..base.records import BackupKind, Problem, SetStatus, Severity, Tick
from ..catalog.index import Catalog, DatabaseSummary, Listing, SetSummary
from ..catalog.ticks import weakest
from .chains import Link, lacking
from .holdings import Presence, Stored

_NAMED = 20
"""Lost files that are named one by one; of a folder that is gone all of them are lost."""


class Glance:
    """One look at the sets and at the stored files, for all that is judged by it at the same moment."""

    def __init__(self, catalog: Catalog, kit: Stored) -> None:
        self.found = catalog.entries()
        self._kit = kit
        self._presence: Presence | None = None

    @property
    def presence(self) -> Presence:
        """Which files are there, looked at when that is first asked for. Raises `StoreFailed`."""
        if self._presence is None:
            self._presence = Presence(self._kit)
        return self._presence


def listing(
    glance: Glance, catalog: Catalog, is_held: Callable[[], bool], vanished: Callable[[], Problem | None]
) -> Listing:
    """All sets, newest first: failed where the stored file is gone or cut off, and a warning that names it.

    Where the store can't be looked at, nothing counts as checked, and the reason is among the problems; that there is
    no folder is one too. ``is_held``: whether somebody works on the root; a set that is being written while nobody
    does was interrupted. ``vanished``: what is to be told of a folder without any set that held some.
    """
    found = glance.found
    if not found.sets and not found.problems:
        return Listing(problems=_empty(catalog, vanished()))
    if any(one.code == "catalog.unreadable" for one in found.problems):
        return found
    if any(one.status is SetStatus.IN_PROGRESS for one in found.sets) and not is_held():
        found = msgspec.structs.replace(found, sets=tuple(_ended(one) for one in found.sets))
    try:
        is_there = glance.presence
    except BackupError as error:
        problem = Problem(code=error.code, severity=Severity.WARNING, values=dict(error.values))
        sets = tuple(_marked(one, one.databases, Tick.NONE) for one in found.sets)
        return Listing(sets=sets, problems=(*found.problems, problem))
    lost = is_there.lost(found.sets)
    if lost:
        sets = tuple(_marked(one, lost[one.set], Tick.FAILED) if one.set in lost else one for one in found.sets)
        told = _warnings([one for one in found.sets if one.set in lost], lost, is_there, catalog)
        found = Listing(sets=sets, problems=(*found.problems, *told))
    baseless = _lacking(found.sets)
    if not baseless:
        return found
    return Listing(sets=found.sets, problems=(*found.problems, *_baseless(found.sets, baseless)), lacking=baseless)


def _lacking(sets: Sequence[SetSummary]) -> dict[str, dict[str, str]]:
    """By set and database what a differential or log needs and nobody can restore any more."""
    found: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys(name for one in sets for name in one.databases):
        held = [(one, one.databases[name]) for one in sets if name in one.databases and not one.deleting]
        if all(backup.kind is BackupKind.FULL for _, backup in held):
            continue
        links = [
            Link(
                set=one.set,
                at=datetime.fromisoformat(one.timestamp),
                kind=backup.kind,
                usable=backup.status is SetStatus.COMPLETED and backup.tick is not Tick.FAILED,
                facts=backup.chain,
            )
            for one, backup in held
        ]
        for of_set, needed in lacking(links).items():
            found.setdefault(of_set, {})[name] = needed
    return found


def _baseless(sets: Sequence[SetSummary], lost: dict[str, dict[str, str]]) -> list[Problem]:
    """One for each database and backup that it lacks."""
    which: dict[tuple[str, str], list[str]] = {}
    for one in sets:
        for name, needed in lost.get(one.set, {}).items():
            which.setdefault((name, needed), []).append(one.set)
    told = []
    for (name, needed), its in which.items():
        values: dict[str, str | int] = {"database": name, "needed": needed or "–", "count": len(its), "set": its[0]}
        code = "list.base_lost" if needed else "list.base_unknown"
        told.append(Problem(code=code, severity=Severity.WARNING, values=values))
    return told


def _empty(catalog: Catalog, gone: Problem | None) -> tuple[Problem, ...]:
    """Why there may be no set: those there were have ``gone``, there is no folder, or nobody can tell."""
    if gone is not None:
        return (gone,)
    try:
        catalog.require()
    except Refused as error:
        return (Problem(code=error.code, severity=Severity.WARNING, values=error.values),)
    except BackupError as error:
        return (error.problem,)
    return ()


def _ended(one: SetSummary) -> SetSummary:
    """The same; what was being written by somebody who is gone was interrupted."""
    if one.status is not SetStatus.IN_PROGRESS:
        return one
    databases = {
        name: msgspec.structs.replace(each, status=SetStatus.INTERRUPTED)
        if each.status is SetStatus.IN_PROGRESS
        else each
        for name, each in one.databases.items()
    }
    return msgspec.structs.replace(one, status=SetStatus.INTERRUPTED, databases=databases)


def _marked(one: SetSummary, names: Iterable[str], tick: Tick) -> SetSummary:
    """The same with ``tick`` for the databases of these names."""
    wrong = {name: _as(one.databases[name], tick) for name in names}
    databases = {**one.databases, **wrong}
    worst = weakest(each.tick for each in databases.values())
    return msgspec.structs.replace(one, databases=databases, tick=one.tick if one.tick is Tick.FAILED else worst)


def _as(backup: DatabaseSummary, tick: Tick) -> DatabaseSummary:
    return msgspec.structs.replace(backup, tick=tick, proven_at=None)


def _warnings(
    sets: list[SetSummary], lost: dict[str, list[str]], is_there: Presence, catalog: Catalog
) -> list[Problem]:
    """One for each lost file, the newest first; many are counted."""
    pairs = [(one, one.databases[name]) for one in sets for name in lost[one.set]]
    named = [_warning(one.set, backup, is_there) for one, backup in pairs[:_NAMED] if _still_is(catalog, one.set)]
    if len(pairs) <= _NAMED:
        return named
    values: dict[str, str | int] = {"count": len(pairs) - _NAMED}
    return [*named, Problem(code="list.more_gone", severity=Severity.WARNING, values=values)]


def _still_is(catalog: Catalog, set_name: str) -> bool:
    """Whether somebody deleted it since it was listed."""
    try:
        return catalog.load(set_name).deleting_since is None
    except BackupError:
        return False


def _warning(set_name: str, backup: DatabaseSummary, is_there: Presence) -> Problem:
    if backup.file is None and backup.server_file is not None:
        gone: dict[str, str | int] = {"set": set_name, "file": backup.server_file}
        return Problem(code="list.server_file_gone", severity=Severity.WARNING, values=gone)
    found = is_there.size(backup.file) if backup.file is not None else None
    values: dict[str, str | int] = {"set": set_name, "file": backup.file or "-"}
    if found is None:
        return Problem(code="list.file_gone", severity=Severity.WARNING, values=values)
    values |= {"found": found, "expected": backup.stored_bytes}
    return Problem(code="list.file_cut", severity=Severity.WARNING, values=values)
