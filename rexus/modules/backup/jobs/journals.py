"""Journals of restores, ``safety/.<kind>-<token>.json``: durable before anything changes, found again until settled.

A journal outlives its run and every later one until what it tells of is wholly as it was, or wholly in its place.
"""

from __future__ import annotations

import logging
import re
import stat
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from ..base.files import publish
from .kit import SAFETY, Kit

log = logging.getLogger(__name__)
_MAX_BYTES = 1 << 20


class Named(Protocol):
    """What has a journal of its own."""

    @property
    def token(self) -> str:
        """Its name, which nobody can guess."""


J = TypeVar("J", bound=Named)


def new_token() -> str:
    """A name for one restore."""
    import secrets  # whoever only looks has no use for it

    return secrets.token_hex(16)


class Journals(Generic[J]):
    """All journals of one kind."""

    def __init__(self, kind: str, record: type[J]) -> None:
        self._kind, self._record = kind, record
        self._name = re.compile(rf"\.{kind}-([0-9a-f]{{32}})\.json")

    def write(self, kit: Kit, pending: J) -> None:
        """Make it durable. Raises `OSError`."""
        path = self._path(kit, pending.token)
        kit.files.make_folder(path.parent)
        publish(kit.files, path, msgspec.json.encode(pending))

    def remove(self, kit: Kit, pending: J) -> None:
        """Forget a restore that is settled. Raises `OSError`."""
        path = self._path(kit, pending.token)
        if path.exists():
            kit.files.unlink(path)
            kit.files.sync_folder(path.parent)

    def is_written(self, kit: Kit, pending: J) -> bool:
        """Whether it was ever written down and not removed."""
        return self._path(kit, pending.token).exists()

    def found(self, kit: Kit) -> tuple[tuple[J, ...], tuple[str, ...]]:
        """Every restore that was written down and not settled, oldest first, and the paths of unreadable journals.

        Those are of restores that are open, nobody knows of what. Raises `OSError` where the folder can't be read.
        """
        folder = kit.root / SAFETY
        known: list[tuple[float, J]] = []
        unknown: list[str] = []
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not self._name.fullmatch(path.name):
                continue
            try:
                status = path.stat()
                whole = stat.S_ISREG(status.st_mode) and status.st_size <= _MAX_BYTES
                pending = msgspec.json.decode(path.read_bytes() if whole else b"", type=self._record)
            except FileNotFoundError:
                continue  # settled just now
            except (OSError, ValueError) as error:
                log.warning("%s is left alone: %s", path, error)
                unknown.append(str(path))
                continue
            if self._path(kit, pending.token) == path:
                known.append((status.st_mtime, pending))
            else:
                unknown.append(str(path))
        return tuple(pending for _, pending in sorted(known, key=lambda pair: pair[0])), tuple(unknown)

    def _path(self, kit: Kit, token: str) -> Path:
        return kit.root / SAFETY / f".{self._kind}-{token}.json"
