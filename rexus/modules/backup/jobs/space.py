"""Is there room? Estimated first, refused early."""

from __future__ import annotations

import math

from ..base.errors import BackupError, Refused
from ..base.records import SetStatus
from ..engines.port import DatabaseRef
from .kit import Kit

_MARGIN = 1.2
"""A database may compress worse today than last time."""


def needed_bytes(kit: Kit, refs: tuple[DatabaseRef, ...]) -> int:
    """Bytes that a full backup of ``refs`` will probably take in the root, second copies included.

    By the ratio of each database's newest backup with a margin, else its whole size. A database whose size
    can't be read counts nothing: its own failure is told with its name.
    """
    ratios: dict[str, float] = {}
    for one in kit.catalog.entries().sets:
        for name, backup in one.databases.items():
            if backup.status is SetStatus.COMPLETED and backup.size_bytes:
                ratios.setdefault(name, min(1.0, _MARGIN * backup.stored_bytes / backup.size_bytes))
    total = 0
    for ref in refs:
        try:
            total += math.ceil(kit.engine.estimate(ref) * ratios.get(ref.name, 1.0)) + kit.engine.scratch_bytes(ref)
        except BackupError:
            continue
    return total


def refuse_without_space(kit: Kit, refs: tuple[DatabaseRef, ...]) -> None:
    """Raise `Refused` (``space.short``) when the backup would not fit and leave the reserve free."""
    free = kit.store.free_bytes()
    if free is None:
        return
    needed = needed_bytes(kit, refs) + kit.loaded.settings.free_space_reserve_bytes
    if needed > free:
        raise Refused("space.short", path=str(kit.root), needed=needed, free=free)
