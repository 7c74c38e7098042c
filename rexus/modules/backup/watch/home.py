"""Whether the backup folder is there at all: what an unplugged disk leaves is no folder, or an empty one."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from ..base.files import in_the_way, os_path
from ..base.records import Problem, Severity
from ..config.known_roots import vanished
from ..config.load import Loaded


def is_absent(root: Path) -> bool:
    """Whether nothing is at ``root``: no folder, or an empty one, as is left where a disk used to be mounted.

    Installing the schedules and every backup by hand leave something in it; whatever runs by itself makes no new one.
    """
    try:
        with os.scandir(os_path(root)) as found:
            return next(found, None) is None
    except (NotADirectoryError, PermissionError):  # something is there; whoever writes to it says what is wrong
        return False
    except OSError:
        return in_the_way(root) is None


def missing(loaded: Loaded) -> Problem | None:
    """Why there is no backup folder for what runs by itself: its sets are gone, or it never was; None: there is one."""
    gone = vanished(loaded)
    if gone is None and is_absent(loaded.root):
        return Problem(code="schedule.root_absent", values={"path": str(loaded.root)})
    return gone


def oddities(loaded: Loaded) -> tuple[Problem, ...]:
    """Warnings where the folder to run schedules in is missing, or TZ names a zone that nobody knows."""
    from .zones import unknown_zone

    found: list[Problem] = []
    enabled = [one for one in loaded.settings.schedules if one.enabled]
    gone = missing(loaded) if enabled else None
    if gone is not None:
        found.append(msgspec.structs.replace(gone, severity=Severity.WARNING))
    zone = unknown_zone() if any(one.zone is None for one in enabled) else ""
    if zone:
        found.append(Problem(code="schedule.unknown_zone", severity=Severity.WARNING, values={"zone": zone}))
    return tuple(found)
