"""Is there room? Estimated first, refused early."""

from __future__ import annotations

import math

from ..base.errors import BackupError, Refused
from ..base.records import Depth, SetStatus
from ..engines.port import DatabaseRef
from .kit import Kit
from .together import AT_ONCE

_MARGIN = 1.2
"""A database may compress worse today than last time."""


def needed_bytes(kit: Kit, refs: tuple[DatabaseRef, ...]) -> int:
    """Bytes that must be free in the root for a full backup of ``refs``, second copies and the reserve included.

    By the ratio of each database's newest backup with a margin, else its whole size; a check by the engine unpacks as
    many as are worked on at once, for which it may use the reserve. A database whose size can't be read counts
    nothing: its own failure is told with its name.
    """
    ratios: dict[str, float] = {}
    for one in kit.catalog.entries().sets:
        for name, backup in one.databases.items():
            if backup.status is SetStatus.COMPLETED and backup.size_bytes:
                ratios.setdefault(name, min(1.0, _MARGIN * backup.stored_bytes / backup.size_bytes))
    total, sizes = 0, list[int]()
    for ref in refs:
        try:
            size = kit.engine.estimate(ref)
            total += math.ceil(size * ratios.get(ref.name, 1.0)) + kit.engine.scratch_bytes(ref)
        except BackupError:
            continue
        sizes.append(size)
    settings = kit.loaded.settings
    unpacks = settings.verification.depth is Depth.ENGINE and not kit.engine.capabilities.server_side
    together = sorted(sizes, reverse=True)[: settings.compression.parallel or AT_ONCE] if unpacks else ()
    return total + max(settings.free_space_reserve_bytes, sum(together))


def refuse_without_space(kit: Kit, refs: tuple[DatabaseRef, ...]) -> None:
    """Raise `Refused` (``space.short``) when the backup would not fit and leave the reserve free."""
    free = kit.store.free_bytes()
    if free is None:
        return
    needed = needed_bytes(kit, refs)
    if needed > free:
        raise Refused("space.short", path=str(kit.root), needed=needed, free=free)
