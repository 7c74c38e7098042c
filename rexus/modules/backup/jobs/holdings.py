"""What there is of every set, as retention and whoever deletes judge it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

import msgspec

from ..base.errors import BackupError
from ..base.records import BackupKind, SetStatus, Tick
from ..catalog.index import DatabaseSummary, SetSummary
from ..stores.port import Store
from .chains import Link, needs
from .kit import DATABASES
from .standing import Candidate, Held

_SPACE = frozenset({"backup.no_room_to_check", "space.short", "source.no_scratch"})
_PROVEN = frozenset({Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED})
_WELL = Held(completed=True, present=True, proven=True)
"""What nearly all backups are: one value for all of them, for there may be tens of thousands."""

Needs = dict[tuple[str, str], tuple[str, ...]]
"""What a backup needs, by set and database."""


class Stored(Protocol):
    """Whoever works with a store: a `Kit`, or the parts that one is made of."""

    @property
    def store(self) -> Store:
        """Where the files are."""
        ...


class Presence:
    """Whether stored files are there, by one look at the store. Raises `StoreFailed` when that can't be had."""

    def __init__(self, kit: Stored) -> None:
        self._store = kit.store
        self._sizes = kit.store.sizes(DATABASES)

    def __call__(self, backup: DatabaseSummary) -> bool:
        """As `seen`, for lists: what can't be asked for is not there."""
        try:
            return self.seen(backup)
        except BackupError:
            return False

    def seen(self, backup: DatabaseSummary) -> bool:
        """With its size. What the list does not name is asked for by itself: it may be a link to another disk.

        What only the server sees is taken for being there, so that nothing is deleted for its absence, until the
        server itself says that it has no such file. Raises `StoreFailed` where it can't be told: that is no absence.
        """
        if backup.file is None:
            return backup.on_server and not backup.absent
        for file, stored_bytes in backup.parts:
            size = self._sizes.get(file)
            if size is None:
                size = self._asked(file)
            if size is None or stored_bytes not in (0, size):
                return False
        return True

    def is_exact(self, one: SetSummary) -> bool:
        """Whether the list names every file of the set with just its size: of nearly all sets, and quickly said.

        Then each of its backups is `seen`, and all of its bytes would be free.
        """
        sizes = self._sizes
        for backup in one.databases.values():  # a loop, for there may be very many sets
            if backup.file is None:
                return False
            if backup.stripes:
                if any(sizes.get(file) != stored_bytes for file, stored_bytes in backup.stripes):
                    return False
            elif sizes.get(backup.file) != backup.stored_bytes:
                return False
        return True

    def is_blind(self, sets: Iterable[SetSummary]) -> bool:
        """Whether of all the files that finished backups promise none is there: then it is the store that is not.

        Raises as `seen`.
        """
        promised: list[str] = []
        for one in sets:
            for backup in one.databases.values():
                if backup.file is None or backup.status is not SetStatus.COMPLETED or one.deleting:
                    continue
                if backup.file in self._sizes:
                    return False
                promised.append(backup.file)
        return bool(promised) and all(self._asked(file) is None for file in promised)

    def lost(self, sets: Iterable[SetSummary]) -> dict[str, list[str]]:
        """By set its finished backups that are not there; in a set that is being deleted nothing is missed."""
        lost: dict[str, list[str]] = {}
        for one in sets:
            if self.is_exact(one):
                continue
            for name, backup in one.databases.items():
                if backup.status is SetStatus.COMPLETED and not one.deleting and not self(backup):
                    lost.setdefault(one.set, []).append(name)
        return lost

    def unnamed(self, sets: Iterable[SetSummary]) -> set[str]:
        """The files of the list that none of ``sets`` names."""
        return self._sizes.keys() - {
            file for one in sets for backup in one.databases.values() for file, _ in backup.parts
        }

    def size(self, file: str) -> int | None:
        """Bytes of a stored file; None: it is not there, or that can't be told."""
        size = self._sizes.get(file)
        with contextlib.suppress(BackupError):
            return self._asked(file) if size is None else size
        return None

    def frees(self, one: SetSummary) -> int:
        """Bytes that deleting the set gives back; an archive that is gone, or elsewhere behind a link, gives none."""
        freed = one.stored_bytes
        for backup in one.databases.values():
            size = sum(self._sizes.get(file, 0) for file, _ in backup.parts)
            if size != backup.stored_bytes:
                freed += size - backup.stored_bytes
        return freed

    def _asked(self, name: str) -> int | None:
        """None: it is not there. Raises `StoreFailed` when that can't be told."""
        stored = self._store.stat(name)
        return stored.size if stored is not None else None


def candidates(
    sets: Iterable[SetSummary], is_there: Presence | None = None, wanted: frozenset[str] = frozenset()
) -> tuple[Candidate, ...]:
    """The sets as retention sees them; without ``is_there`` everything in them counts as present.

    ``wanted`` are those that a restore which is not settled needs. Raises as `Presence.seen`.
    """
    told = tuple(sets)
    # Of whom nothing more is to be asked everything counts as present, and all of its bytes.
    asked = [None if is_there is None or is_there.is_exact(one) else is_there for one in told]
    held = [
        {name: _held(backup, one.code, whom) for name, backup in one.databases.items()}
        for one, whom in zip(told, asked, strict=True)
    ]
    chained = _chained(told, held)
    return tuple(
        _candidate(
            one,
            _linked(one, databases, chained) if chained else databases,
            one.stored_bytes if whom is None else whom.frees(one),
            wanted=one.set in wanted,
        )
        for one, databases, whom in zip(told, held, asked, strict=True)
    )


def _candidate(one: SetSummary, databases: dict[str, Held], size: int, *, wanted: bool) -> Candidate:
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
        bytes=size,
        deleting=one.deleting,
        wanted=wanted,
    )


def _held(backup: DatabaseSummary, code: str | None, is_there: Presence | None) -> Held:
    """As of ``is_there``; None: it counts as present if it is complete."""
    completed = backup.status is SetStatus.COMPLETED
    present = completed and (is_there is None or is_there.seen(backup))
    if present and not backup.damaged and not backup.absent and backup.tick in _PROVEN:
        return _WELL
    noted = backup.failed_at if backup.damaged else backup.absent_at
    return Held(
        completed=completed,
        present=present,
        # what was only missed and is there again is worth what it was
        proven=backup.tick in _PROVEN or (backup.tick is Tick.FAILED and not backup.damaged and _passed(backup)),
        damaged=backup.damaged,
        missed=not present and backup.absent,
        since=datetime.fromisoformat(noted) if noted else None,
        no_room=not completed and is_for_space(backup.code or code),
    )


def _passed(backup: DatabaseSummary) -> bool:
    return backup.proven_at is not None


def is_for_space(code: str | None) -> bool:
    """Whether a problem of that code is that there was no space."""
    return code is not None and (code.endswith(".full") or code in _SPACE)


def _day(set_name: str, at: datetime) -> date:
    """The date in the set's name, which is the wall time where it was made."""
    try:
        return date.fromisoformat(set_name[:8])
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
        name: msgspec.structs.replace(held, needs=found.get((one.set, name), ())) for name, held in databases.items()
    }
