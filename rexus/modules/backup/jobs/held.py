"""All backups of one database, over all sets: what chains are made of."""

from __future__ import annotations

from ..base.errors import BackupError
from ..base.records import SetStatus
from ..engines.port_server import StoredBackup
from .kit import Kit


def held(kit: Kit, name: str) -> tuple[StoredBackup, ...]:
    """The finished backups of the database ``name``, newest first; a set that can't be read is left out."""
    found: list[StoredBackup] = []
    for one in kit.catalog.entries().sets:
        if name not in one.databases or one.databases[name].status is not SetStatus.COMPLETED or one.deleting:
            continue
        try:
            backup = kit.catalog.load(one.set).databases[name]
            present = backup.file is None or kit.store.stat(backup.file) is not None
        except (BackupError, KeyError):
            continue
        found.append(
            StoredBackup(set=one.set, name=name, backup=backup, present=present, damaged=one.databases[name].damaged)
        )
    return tuple(found)
