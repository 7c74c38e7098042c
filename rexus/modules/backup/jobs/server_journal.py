"""What a restore by a server is about to replace, written down until it is settled: ``safety/.server-<token>.json``."""

from __future__ import annotations

from ..base.records import Record
from ..engines.port_server import EVERYBODY, Access
from .journals import Journals, new_token
from .kit import Kit

__all__ = [
    "ServerPending",
    "ServerPlaceKept",
    "found",
    "is_written",
    "new_token",
    "remove",
    "unsettled",
    "write",
]


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
    before: Access = EVERYBODY
    """To whom it was open, where it was there and online."""
    after: Access = EVERYBODY
    """To whom it is open once all is in its place."""
    closed: bool = False
    """It was about to be closed to writers: from here on it must be opened again, to whom it was open."""
    begun: bool = False
    """RESTORE was about to be sent: from here on it may be in any state."""


class ServerPending(Record, frozen=True, kw_only=True):
    """A restore between its first and its last change."""

    token: str
    set: str
    safety: str | None = None
    places: tuple[ServerPlaceKept, ...] = ()
    files: tuple[str, ...] = ()
    """Destinations of file sets."""
    committed: bool = False
    """All is in its place and proven: what is left is to open the databases, and to tidy up."""
    taken_back: bool = False
    """All is as it was, but that databases may still be closed."""


_JOURNALS = Journals("server", ServerPending)
write, remove, found, is_written = _JOURNALS.write, _JOURNALS.remove, _JOURNALS.found, _JOURNALS.is_written


def unsettled(kit: Kit) -> tuple[ServerPending, ...]:
    """Every restore that was written down and not settled, oldest first; what can't be read is logged and left."""
    return found(kit)[0]
