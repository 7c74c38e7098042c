"""What a restore is about to replace, written down until it is settled: ``safety/.restore-<token>.json``."""

from __future__ import annotations

from ..base.records import Record
from .journals import Journals, new_token
from .kit import Kit

__all__ = ["Pending", "Place", "found", "new_token", "remove", "unsettled", "write"]


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


_JOURNALS = Journals("restore", Pending)
write, remove, found = _JOURNALS.write, _JOURNALS.remove, _JOURNALS.found


def unsettled(kit: Kit) -> tuple[Pending, ...]:
    """Every restore that was written down and not settled, oldest first; what can't be read is logged and left."""
    return found(kit)[0]
