"""Which sets nobody may delete."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ..catalog.index import SetSummary
from . import standing
from .holdings import Presence, candidates
from .kit import Kit


def protected(sets: Iterable[SetSummary], now: datetime | None = None) -> dict[str, str]:
    """Sets nobody may delete, each with the database that it protects: see `standing.protected`.

    ``sets`` are those of `present`: only what is really there protects.
    """
    return standing.protected(candidates(sets), now)


def present(kit: Kit) -> tuple[SetSummary, ...]:
    """The sets, newest first, with those database backups only whose file is there with its size."""
    is_there = Presence(kit)
    return tuple(
        msgspec.structs.replace(
            one, databases={name: backup for name, backup in one.databases.items() if is_there(backup)}
        )
        for one in kit.catalog.entries().sets
    )
