"""What a restore by a server is about to replace, written down until it is settled: ``safety/.server-<token>.json``."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import msgspec

from ..base.files import publish
from ..base.records import Record
from .kit import SAFETY, Kit

log = logging.getLogger(__name__)
_NAME = re.compile(r"\.server-([0-9a-f]{32})\.json")


class ServerPlaceKept(Record, frozen=True, kw_only=True):
    """One database that a restore replaces or makes."""

    name: str
    """As people name it."""
    location: str
    """Its name on the server."""
    existed: bool
    kept_as: str = ""
    """Its name in the safety set."""
    identity: str = ""
    """Tells the database that was there from what a restore puts in its place."""
    is_ours: bool = False
    """Nobody but us knows of it (a restore test): it may always be dropped."""
    begun: bool = False
    """RESTORE was about to be sent: from here on it may be in any state."""


class ServerPending(Record, frozen=True, kw_only=True):
    """A restore between its first and its last change."""

    token: str
    set: str
    safety: str | None = None
    places: tuple[ServerPlaceKept, ...] = ()
    committed: bool = False


def new_token() -> str:
    """A name for one restore."""
    import secrets

    return secrets.token_hex(16)


def write(kit: Kit, pending: ServerPending) -> None:
    """Make it durable. Raises `OSError`."""
    path = _path(kit, pending.token)
    kit.files.make_folder(path.parent)
    publish(kit.files, path, msgspec.json.encode(pending))


def remove(kit: Kit, pending: ServerPending) -> None:
    """Forget a restore that is settled. Raises `OSError`."""
    path = _path(kit, pending.token)
    if path.exists():
        kit.files.unlink(path)
        kit.files.sync_folder(path.parent)


def unsettled(kit: Kit) -> tuple[ServerPending, ...]:
    """Every restore that was written down and not settled; what can't be read is logged and left."""
    folder = kit.root / SAFETY
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not _NAME.fullmatch(path.name):
            continue
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=ServerPending))
        except (OSError, ValueError) as error:
            log.warning("%s is left alone: %s", path, error)
    return tuple(found)


def _path(kit: Kit, token: str) -> Path:
    return kit.root / SAFETY / f".server-{token}.json"
