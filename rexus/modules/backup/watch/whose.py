"""Whose a run is: several configurations may share one backup folder, and their schedules have the same names."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from ..base import process, windows_times
from ..base.records import Record


class Owner(Record, frozen=True, kw_only=True):
    """The configuration that a runner works for."""

    name: str = ""
    """``caja2:/srv/rexus/backup_config.json``: its machine and its place, however spelt. Empty: not told apart."""
    written: datetime | None = None
    """Since when the file is as it is."""


def owner_of(config: Path) -> Owner:
    """Whoever works by the file ``config``; links are followed, and case is left out where it does not count."""
    place = os.path.normcase(os.path.realpath(config))
    told = place.encode("utf-8", "backslashreplace").decode("utf-8")
    return Owner(name=f"{process.host()}:{told}", written=_written(place))


def mark_of(owner: str, key: str) -> str:
    """What a set bears that was made for the due time ``key`` of the configuration ``owner``."""
    return f"{key} {owner}"


def _written(place: str) -> datetime | None:
    """When the file came to be as it is: a copy that kept an old time was not in force before it was put there."""
    try:
        found = os.stat(place)  # noqa: PTH116  the place is a text
        there = datetime.fromtimestamp(max(found.st_mtime, found.st_ctime), UTC)
        moved = windows_times.changed(place)
    except (OverflowError, ValueError, OSError):
        return None
    return max(there, moved) if moved is not None else there
