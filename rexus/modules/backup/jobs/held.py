"""All backups of one database, over all sets: what chains are made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from ..base.engine_facts import EngineFacts
from ..base.errors import BackupError
from ..base.records import BackupKind, DatabaseBackup, SetStatus
from ..catalog.index import DatabaseSummary, SetSummary
from ..engines.port_server import StoredBackup
from .kit import Kit

_BASES = 2
"""So many full backups are looked at before a new backup, with all that came since."""


def held(kit: Kit, name: str, *, reading: frozenset[str] | None = frozenset()) -> tuple[StoredBackup, ...]:
    """The finished backups of the database ``name``, newest first; a set that can't be read is left out.

    What a server says of its backups the original program did not note: of the sets in ``reading`` (None: of all) it
    is read from the file, which may take as long as unpacking it.
    """
    found: list[StoredBackup] = []
    for one, known in _finished(kit, name):
        try:
            backup = kit.catalog.load(one.set).databases[name]
            lost = tuple(
                each.file or each.server_file or "" for each in backup.pieces if not _is_seen(kit, each.file, known)
            )
        except (BackupError, KeyError):
            continue
        if not lost and backup.facts is None and (reading is None or one.set in reading):
            backup = _with_header(kit, backup)
        damaged, there = known.damaged, not lost
        found.append(StoredBackup(set=one.set, name=name, backup=backup, present=there, lost=lost, damaged=damaged))
    return tuple(found)


def _is_seen(kit: Kit, file: str | None, known: DatabaseSummary) -> bool:
    """Whether a file is there; of its own the server said that when it was asked last. Raises `StoreFailed`."""
    return not known.absent if file is None else kit.store.stat(file) is not None


def _with_header(kit: Kit, backup: DatabaseBackup) -> DatabaseBackup:
    """The same with what its file says of itself, where it is one of SQL Server."""
    from ..engines.sqlserver_headers import facts_of
    from .loose_scan import contents_of

    contents = contents_of(kit.store, backup.file, backup.codec) if backup.file is not None else None
    if contents is None or not contents.sets or not contents.is_sound:
        return backup
    return msgspec.structs.replace(backup, facts=facts_of(contents.sets[0].header))


def outlined(kit: Kit, name: str) -> tuple[StoredBackup, ...]:
    """The newest of them, by the index alone: enough to see what goes on where another ends.

    A new backup stands on the newest full one that is no copy aside, and on what came since; one more of those is
    looked at, and nothing before it. Hashes, checks and copied files are not among what is told.
    """
    found: list[StoredBackup] = []
    bases = 0
    for one, known in _finished(kit, name):
        try:
            present = all(kit.store.stat(file) is not None for file, _ in known.parts)
        except BackupError:
            continue
        if known.file is None:
            present = _is_seen(kit, None, known)
        backup = _outline(one, known)
        found.append(StoredBackup(set=one.set, name=name, backup=backup, present=present, damaged=known.damaged))
        is_base = known.kind is BackupKind.FULL and known.chain is not None and not known.chain.copy_only
        bases += is_base and present and not known.damaged
        if bases == _BASES:
            break
    return tuple(found)


def _finished(kit: Kit, name: str) -> Iterator[tuple[SetSummary, DatabaseSummary]]:
    for one in kit.catalog.entries().sets:
        known = one.databases.get(name)
        if known is not None and known.status is SetStatus.COMPLETED and not one.deleting:
            yield one, known


def _outline(one: SetSummary, known: DatabaseSummary) -> DatabaseBackup:
    began = datetime.fromisoformat(known.started_at or one.timestamp)
    facts = known.chain
    return DatabaseBackup(
        status=known.status,
        kind=known.kind,
        file=known.file,
        server_file=known.server_file,
        size_bytes=known.size_bytes,
        stored_bytes=known.stored_bytes,
        started_at=began,
        completed_at=began + timedelta(seconds=known.seconds),
        seconds=known.seconds,
        facts=msgspec.convert(facts, EngineFacts, from_attributes=True) if facts is not None else None,
    )
