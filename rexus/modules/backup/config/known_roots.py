"""Which backup folders held sets, kept beside the settings: where a disk is missing, only they can tell."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from pathlib import Path

import msgspec

from ..base.errors import BackupError, Refused
from ..base.files import Files, in_the_way, os_path, publish
from ..base.records import Problem, Record
from .load import Loaded
from .secrets import read_small

log = logging.getLogger(__name__)
CODE = "root.vanished"
_MANIFESTS, _ARCHIVES = "backup_manifest_", "databases"
_MOST = 20
"""Folders that are remembered: disks that take turns, and those of earlier settings."""


class KnownRoot(Record, frozen=True, kw_only=True):
    """A backup folder that held sets."""

    path: str
    at: datetime
    """When that was last seen."""


def place_of(path: Path) -> Path:
    """Where the folders of the settings at ``path`` are remembered."""
    return path.with_name(f"{path.name}.roots")


def keep(loaded: Loaded, at: datetime, files: Files) -> None:
    """Remember that the backup folder holds sets now. Never raises: a service may be kept from writing there."""
    if loaded.bare:
        return
    place, key = place_of(loaded.path), _key(loaded)
    known = [one for one in _read(place) if one.path != key]
    try:
        publish(files, place, msgspec.json.encode([KnownRoot(path=key, at=at), *known][:_MOST]))
    except OSError as error:
        log.info("%s can't be written: %s", place, error.strerror or type(error).__name__)


def vanished(loaded: Loaded) -> Problem | None:
    """That the backup folder is not there or holds nothing of sets, though it held some; None where there is something.

    So it is with a disk or share that is not connected, whose place is empty or on another disk. A folder that can't
    be read is none of that, nor is one that has lost its manifests alone: there are the archives.
    """
    known = None if loaded.bare else _known(loaded)
    if known is None or not _is_bare_of_sets(loaded.root):
        return None
    return Problem(code=CODE, values={"path": str(loaded.root), "since": known.at.isoformat(timespec="seconds")})


def refuse_vanished(loaded: Loaded) -> None:
    """Raise `Refused` where `vanished` has something to tell."""
    gone = vanished(loaded)
    if gone is not None:
        raise Refused(gone.code, **gone.values)


def _is_bare_of_sets(root: Path) -> bool:
    """Whether there is no folder at all, or one that can be looked into and has neither manifests nor archives."""
    try:
        with os.scandir(os_path(root)) as found:
            if any(one.name.startswith(_MANIFESTS) for one in found):
                return False
        with os.scandir(os_path(root / _ARCHIVES)) as archives:
            return next(archives, None) is None
    except FileNotFoundError:
        return in_the_way(root) is None
    except OSError:
        return False


def _known(loaded: Loaded) -> KnownRoot | None:
    key = _key(loaded)
    return next((one for one in _read(place_of(loaded.path)) if one.path == key), None)


def _key(loaded: Loaded) -> str:
    return os.path.normcase(loaded.root)


def _read(place: Path) -> list[KnownRoot]:
    """What is remembered; nothing where that can't be read."""
    try:
        return msgspec.json.decode(read_small(place), type=list[KnownRoot])
    except FileNotFoundError:
        return []
    except (BackupError, OSError, msgspec.MsgspecError) as error:
        log.info("%s can't be read: %s", place, error)
        return []
