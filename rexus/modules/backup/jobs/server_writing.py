"""Files that a backup has its server write where nobody else sees them: noted before, named if the backup dies.

The note, ``safety/.writing-<token>.json``, outlives its run. Nobody can remove such a file through the server (see
`removal_server`), so whatever no set came to name is told with the command that removes it, until the server says
that it is gone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ..base.errors import BackupError, BadInput
from ..base.records import Problem, Record, SetStatus, Severity
from .journals import Journals, new_token
from .kit import Kit, naming_errors
from .removal_server import command, shown, trusted

log = logging.getLogger(__name__)
_FORGOTTEN_AFTER = timedelta(days=30)
"""Where nobody can look whether the files are still there, having told it once must do some day."""


class ServerWriting(Record, frozen=True, kw_only=True):
    """What the server was to write for one set."""

    token: str
    set: str
    files: tuple[str, ...] = ()
    """As the server names them; addresses too."""
    told_at: datetime | None = None
    """When a run told that no set names them (UTC)."""


_NOTES = Journals("writing", ServerWriting)


class Writing:
    """The note of one backup under way. Several databases may be written at once."""

    def __init__(self, kit: Kit, set_name: str) -> None:
        self._kit, self._lock = kit, threading.Lock()
        self._note = ServerWriting(token=new_token(), set=set_name)

    def add(self, files: tuple[str, ...]) -> None:
        """The server is about to write ``files``: durable before it does. Raises `StoreFailed`, `Failed`."""
        with self._lock, naming_errors():
            self._kit.guard()
            note = msgspec.structs.replace(self._note, files=(*self._note.files, *files))
            _NOTES.write(self._kit, note)
            self._note = note

    def end(self) -> tuple[Problem, ...]:
        """The set is published, whatever it came to: what is left of it on the server. Raises nothing."""
        return _told(self._kit, self._note, again=True) if self._note.files else ()


def sweep(kit: Kit) -> tuple[Problem, ...]:
    """What backups that died have left there, each told by one run. Raises nothing; nobody else is at work."""
    return tuple(problem for note in _found(kit) for problem in _told(kit, note, again=False))


def findings(kit: Kit) -> tuple[Problem, ...]:
    """The same for whoever looks while no backup is under way, as long as it is so; changes nothing. Raises nothing."""
    found: list[Problem] = []
    for note in _found(kit):
        left = _left(kit, note)
        found += _problems(kit, note, left) if left is not None else ()
    return tuple(found)


def _found(kit: Kit) -> tuple[ServerWriting, ...]:
    try:
        return _NOTES.found(kit)[0]
    except OSError as error:
        log.warning("notes of backups on the server can't be looked for: %s", error)
        return ()


def _told(kit: Kit, note: ServerWriting, *, again: bool) -> tuple[Problem, ...]:
    """What is left of it, unless a run has told that before; the note is kept as long as there is something."""
    left = _left(kit, note)
    if left is None:
        return ()
    known, now = note.told_at, kit.clock.now()
    # Of addresses whoever ends by itself has told. A server may be back, and is asked for a while.
    is_told = again and all("://" in one for one in left.unseen)
    is_over = is_told or (known is not None and now - known > _FORGOTTEN_AFTER)
    try:
        kit.guard()
        if not left.files or (is_over and not left.there):
            _NOTES.remove(kit, note)
        elif known is None or left.files != note.files:
            _NOTES.write(kit, msgspec.structs.replace(note, files=left.files, told_at=known or now))
    except (BackupError, OSError) as error:
        log.warning("the note of %s stays as it is: %s", note.set, error)
    return _problems(kit, note, left) if again or known is None else ()


class _Left(Record, frozen=True, kw_only=True):
    """Files that no set names."""

    there: tuple[str, ...]
    """The server has them."""
    unseen: tuple[str, ...]
    """It can't be asked."""

    @property
    def files(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.there, *self.unseen)


def _left(kit: Kit, note: ServerWriting) -> _Left | None:
    """What the server still has of what no set names; None: it may all be named, in a manifest that can't be read."""
    try:
        backups = tuple(kit.catalog.load(note.set).databases.values())
    except BadInput as error:
        if error.code != "set.unknown":  # a newer program wrote it, and it may name them all
            return None
        backups = ()
    except BackupError as error:
        log.info("what %s has left on the server is not known: %s", note.set, error)
        return None
    named = {piece.server_file for one in backups if one.status is SetStatus.COMPLETED for piece in one.pieces}
    seen = _seen(kit, [one for one in note.files if one not in named])
    return _Left(
        there=tuple(file for file, there in seen.items() if there),
        unseen=tuple(file for file, there in seen.items() if there is None),
    )


def _seen(kit: Kit, files: Sequence[str]) -> dict[str, bool | None]:
    """Which of them the server has. Once it can't tell of one it is asked no more: each question may be a login."""
    server, seen = kit.engine.server, dict[str, bool | None]()
    can_tell = server is not None
    for one in files:
        seen[one] = server.is_there(one) if server is not None and can_tell else None
        can_tell = seen[one] is not None or "://" in one
    return seen


def _problems(kit: Kit, note: ServerWriting, left: _Left) -> tuple[Problem, ...]:
    """What a person is told; without a command where a path can be no backup of ours, for a note may be forged."""
    ours = trusted(kit, left.files)
    addresses = {one for one in left.unseen if "://" in one}
    found = {
        "sweep.server_files": ours & set(left.there),
        "sweep.server_unseen": ours & set(left.unseen),
        "sweep.server_strange": set(left.files) - ours - addresses,
        "sweep.addresses": addresses,
    }
    return tuple(
        Problem(
            code=code,
            severity=Severity.WARNING,
            values={
                "set": note.set,
                "files": ", ".join(shown(one) for one in sorted(files)),
                **({"command": command(sorted(files))} if files <= ours else {}),
            },
        )
        for code, files in found.items()
        if files
    )
