"""What there is of every set, as retention and whoever deletes judge it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from ..base.errors import BackupError
from ..base.records import BackupKind, SetStatus, Tick
from ..catalog.index import DatabaseSummary, SetSummary
from .chains import Link, needs
from .kit import DATABASES, Kit
from .standing import Candidate, Held

_PROVEN = frozenset({Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED})

Needs = dict[tuple[str, str], tuple[str, ...]]
"""What a backup needs, by set and database."""


class Presence:
    """Whether stored files are there, by one look at the store. Raises `StoreFailed` when that can't be had."""

    def __init__(self, kit: Kit) -> None:
        self._store = kit.store
        self._sizes = {stored.name: stored.size for stored in kit.store.list(DATABASES)}

    def __call__(self, backup: DatabaseSummary) -> bool:
        """With its size. What the list does not name is asked for by itself: it may be a link to another disk.

        What only the server sees is taken for being there, so that nothing is deleted for its absence.
        """
        if backup.file is None:
            return backup.on_server
        size = self._sizes.get(backup.file)
        if size is None:
            size = self._asked(backup.file)
        return size is not None and backup.stored_bytes in (0, size)

    def _asked(self, name: str) -> int | None:
        try:
            stored = self._store.stat(name)
        except BackupError:
            return None
        return stored.size if stored is not None else None


def candidates(
    sets: Iterable[SetSummary], is_there: Presence | None = None, wanted: frozenset[str] = frozenset()
) -> tuple[Candidate, ...]:
    """The sets as retention sees them; without ``is_there`` everything in them counts as present.

    ``wanted`` are those that a restore which is not settled needs.
    """
    told = tuple(sets)
    held = [{name: _held(backup, is_there) for name, backup in one.databases.items()} for one in told]
    chained = _chained(told, held)
    return tuple(
        _candidate(one, _linked(one, databases, chained) if chained else databases, one.set in wanted)
        for one, databases in zip(told, held, strict=True)
    )


def _candidate(one: SetSummary, databases: dict[str, Held], wanted: bool) -> Candidate:
    at = datetime.fromisoformat(one.timestamp)
    return Candidate(
        set=one.set,
        day=_day(one.set, at),
        at=at,
        status=one.status,
        origin=one.origin,
        databases=databases,
        pin=one.pinned,
        until=datetime.fromisoformat(one.pinned_until) if one.pinned_until else None,
        files=one.files,
        bytes=one.stored_bytes,
        deleting=one.deleting,
        wanted=wanted,
    )


def _held(backup: DatabaseSummary, is_there: Presence | None) -> Held:
    completed = backup.status is SetStatus.COMPLETED
    return Held(
        completed=completed,
        present=completed and (is_there is None or is_there(backup)),
        proven=backup.tick in _PROVEN,
        damaged=backup.tick is Tick.FAILED,
    )


def _day(set_name: str, at: datetime) -> date:
    """The date in the set's name, which is the wall time where it was made."""
    try:
        return date(int(set_name[:4]), int(set_name[4:6]), int(set_name[6:8]))
    except ValueError:
        return at.date()


def _chained(sets: tuple[SetSummary, ...], held: list[dict[str, Held]]) -> Needs:
    """What differential and log backups need; most roots have none."""
    names = {name for one in sets for name, backup in one.databases.items() if backup.kind is not BackupKind.FULL}
    found: Needs = {}
    for name in names:
        links = [
            _link(one, one.databases[name], databases[name])
            for one, databases in zip(sets, held, strict=True)
            if name in databases and databases[name].completed and not one.deleting
        ]
        found.update({(one_set, name): needed for one_set, needed in needs(links).items()})
    return found


def _link(one: SetSummary, backup: DatabaseSummary, held: Held) -> Link:
    return Link(
        set=one.set,
        at=datetime.fromisoformat(one.timestamp),
        kind=backup.kind,
        usable=held.present and held.proven and not held.damaged,
        facts=backup.chain,
    )


def _linked(one: SetSummary, databases: dict[str, Held], found: Needs) -> dict[str, Held]:
    """The same with what each needs."""
    return {
        name: Held(
            completed=held.completed,
            present=held.present,
            proven=held.proven,
            damaged=held.damaged,
            needs=found.get((one.set, name), ()),
        )
        for name, held in databases.items()
    }
