"""Which sets nobody may delete."""

from __future__ import annotations

import msgspec

from ..base.errors import BackupError
from ..base.records import Origin, SetStatus, Tick
from ..catalog.index import DatabaseSummary, SetSummary
from .kit import Kit

_ASIDE = frozenset({Origin.SAFETY, Origin.DRILL})
_PROVEN = frozenset({Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED})


def protected(sets: tuple[SetSummary, ...]) -> dict[str, str]:
    """Sets nobody may delete, each with the database that it protects.

    ``sets`` are newest first, and only those whose files are there. Protected are the newest proven backup of
    every database and whatever newer set still holds a backup of it. Copies made before a restore count only
    where there is nothing else: they hold what was about to be replaced.
    """
    kept: dict[str, str] = {}
    for name in {name for one in sets for name in one.databases}:
        holding = [one for one in sets if not one.deleting and _holds(one, name)]
        regular = [one for one in holding if one.origin not in _ASIDE]
        proven = any(one.databases[name].tick in _PROVEN for one in regular)
        for one in regular if proven else holding:
            kept.setdefault(one.set, name)
            if one.databases[name].tick in _PROVEN:
                break
    return kept


def _holds(one: SetSummary, name: str) -> bool:
    backup = one.databases.get(name)
    return backup is not None and backup.status is SetStatus.COMPLETED


def present(kit: Kit) -> tuple[SetSummary, ...]:
    """The sets, newest first, with those database backups only whose file is in the store with its size."""
    return tuple(
        msgspec.structs.replace(
            one, databases={name: backup for name, backup in one.databases.items() if _is_present(kit, backup)}
        )
        for one in kit.catalog.entries().sets
    )


def _is_present(kit: Kit, backup: DatabaseSummary) -> bool:
    if backup.file is None:
        return False
    try:
        stored = kit.store.stat(backup.file)
    except BackupError:
        return False
    return stored is not None and backup.stored_bytes in (0, stored.size)
