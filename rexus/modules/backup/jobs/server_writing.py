"""Files that a backup has its server write where nobody else sees them: noted before, named if the backup dies.

The note, ``safety/.writing-<token>.json``, outlives its run. Nobody can remove such a file through the server (see
`removal_server`), so whatever no set came to name is told with the command that removes it, until the server says
that it is gone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from ..base.errors import BackupError, BadInput
from ..base.records import Problem, Record, SetStatus, Severity
from .journals import Journals, new_token
from .kit import Kit, naming_errors
from .lease import may_hold
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
    return tuple(problem for note in _found(kit)[0] for problem in _told(kit, note, again=False))


def findings(kit: Kit) -> tuple[Problem, ...]:
    """The same for whoever looks while no backup is under way, as long as it is so; changes nothing. Raises nothing.

    Whoever looks holds nothing, so a backup may begin, go on or end meanwhile: nothing is told of what it writes.
    """
    notes, unknown = _found(kit)
    found = [Problem(code="sweep.note_unreadable", severity=Severity.WARNING, values={"path": one}) for one in unknown]
    for note in notes:
        left = _left(kit, note)
        if left is None or (left.open and (may_hold(kit.root) or not _is_open(kit, note))):  # looked at last
            continue
        found += _problems(kit, note, left)
    return tuple(found)


def _found(kit: Kit) -> tuple[tuple[ServerWriting, ...], tuple[str, ...]]:
    """The notes, and the paths of those that can't be read."""
    try:
        return _NOTES.found(kit)
    except OSError as error:
        log.warning("notes of backups on the server can't be looked for: %s", error)
        return (), ()


def _told(kit: Kit, note: ServerWriting, *, again: bool) -> tuple[Problem, ...]:
    """What is left of it, unless a run has told that before; the note is kept as long as there is something."""
    left = _left(kit, note)
    if left is None:
        return ()
    now = kit.clock.now()
    known = _told_at(note, now)
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


def _told_at(note: ServerWriting, now: datetime) -> datetime | None:
    """When it was told, if it was; a note may be written by anybody, and a clock may have been ahead."""
    if note.told_at is None:
        return None
    return min(note.told_at if note.told_at.tzinfo is not None else note.told_at.replace(tzinfo=UTC), now)


class _Left(Record, frozen=True, kw_only=True):
    """Files that no set names."""

    open: bool
    """The set is not ended: its backup is under way, or died and was not swept yet."""
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
    is_open = _is_open(kit, note)
    named = _named(kit, note)
    if named is None:
        return None
    seen = _seen(kit, [one for one in note.files if one not in named])
    return _Left(
        open=is_open,
        there=tuple(file for file, there in seen.items() if there),
        unseen=tuple(file for file, there in seen.items() if there is None),
    )


def _is_open(kit: Kit, note: ServerWriting) -> bool:
    """Whether its set is still being made, as far as its manifest says."""
    try:
        return kit.catalog.load(note.set).status is SetStatus.IN_PROGRESS
    except BackupError:
        return False


def _named(kit: Kit, note: ServerWriting) -> set[str | None] | None:
    """Files on the server that sets name: its own, and any other, as a copied manifest does; None: nobody knows."""
    listing, files = kit.catalog.entries(), set(note.files)
    if listing.problems:
        log.info("what %s has left on the server is not known: %s", note.set, listing.problems[0].code)
        return None
    others = {one.set for one in listing.sets if any(each.server_file in files for each in one.databases.values())}
    try:
        return {file for name in {note.set, *others} for file in _files_of(kit, name)}
    except BackupError as error:
        log.info("what %s has left on the server is not known: %s", note.set, error)
        return None


def _files_of(kit: Kit, set_name: str) -> tuple[str | None, ...]:
    """Every file of the finished backups of a set; none where it is gone. Raises `BackupError`."""
    try:
        backups = kit.catalog.load(set_name).databases.values()
    except BadInput as error:
        if error.code == "set.unknown":
            return ()
        raise  # as of a newer program's, which may name them all
    return tuple(each.server_file for one in backups if one.status is SetStatus.COMPLETED for each in one.pieces)


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
    logs = {one for one in ours & set(left.there) if one.casefold().endswith(".trn")}
    found = {
        "sweep.server_files": ours & set(left.there) - logs,
        "sweep.server_logs": logs,
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
