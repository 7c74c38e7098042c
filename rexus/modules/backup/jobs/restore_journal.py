"""What a restore is about to replace, written down until it is settled: ``safety/.restore-<token>.json``.

It outlives its run and every later one until each database is what it was, or all is in its place.
"""

from __future__ import annotations

import logging
import re
import stat
from pathlib import Path

import msgspec

from ..base.files import publish
from ..base.records import Record
from .kit import SAFETY, Kit

log = logging.getLogger(__name__)
_NAME = re.compile(r"\.restore-([0-9a-f]{32})\.json")
_MAX_BYTES = 1 << 20


class Place(Record, frozen=True, kw_only=True):
    """One database that a restore replaces or makes."""

    name: str
    location: str
    staging: str
    existed: bool
    kept_as: str
    """Its name in the safety set."""
    raw: str = ""
    """Folder that keeps its files as they were, where no set can hold them."""
    old: str = ""
    """State (`Engine.state`) of what was there when it was kept; empty where nothing was."""
    new: str = ""
    """State of the proven file that takes its place."""
    checksum: str = ""
    """Hash of that file, for when times say nothing (a copied disk)."""
    algorithm: str = "sha256"


class Pending(Record, frozen=True, kw_only=True):
    """A restore between its first and its last change."""

    token: str
    set: str
    safety: str | None = None
    places: tuple[Place, ...] = ()
    files: tuple[str, ...] = ()
    """Destinations of file sets."""
    committed: bool = False
    """Everything is in its place and proven: what is left to do is to tidy up."""


def new_token() -> str:
    """A name for one restore."""
    import secrets

    return secrets.token_hex(16)


def write(kit: Kit, pending: Pending) -> None:
    """Make it durable. Raises `OSError`."""
    path = _path(kit, pending.token)
    kit.files.make_folder(path.parent)
    publish(kit.files, path, msgspec.json.encode(pending))


def remove(kit: Kit, pending: Pending) -> None:
    """Forget a restore that is settled. Raises `OSError`."""
    path = _path(kit, pending.token)
    if path.exists():
        kit.files.unlink(path)
        kit.files.sync_folder(path.parent)


def unsettled(kit: Kit) -> tuple[Pending, ...]:
    """Every restore that was written down and not settled, oldest first; what can't be read is logged and left."""
    return found(kit)[0]


def found(kit: Kit) -> tuple[tuple[Pending, ...], tuple[str, ...]]:
    """The same, and the paths of journals that can't be understood: restores that are open, nobody knows of what."""
    folder = kit.root / SAFETY
    known: list[tuple[float, Pending]] = []
    unknown: list[str] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not _NAME.fullmatch(path.name):
            continue
        try:
            status = path.stat()
            whole = stat.S_ISREG(status.st_mode) and status.st_size <= _MAX_BYTES
            pending = msgspec.json.decode(path.read_bytes() if whole else b"", type=Pending)
        except FileNotFoundError:
            continue  # settled just now
        except (OSError, ValueError) as error:
            log.warning("%s is left alone: %s", path, error)
            unknown.append(str(path))
            continue
        if _path(kit, pending.token) == path:
            known.append((status.st_mtime, pending))
        else:
            unknown.append(str(path))
    return tuple(pending for _, pending in sorted(known, key=lambda pair: pair[0])), tuple(unknown)


def _path(kit: Kit, token: str) -> Path:
    return kit.root / SAFETY / f".restore-{token}.json"
