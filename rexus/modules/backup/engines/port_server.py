"""What the jobs may ask of a kind of database that a server keeps: chains, places on the server, restores by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..base.cancel import CancelToken
from ..base.files import Data
from ..base.records import BackupKind, DatabaseBackup, Finding, Problem, Record
from .port import DatabaseRef, PlainCheck, Progress

SERVER_LACKS = "verify.server_gone"
"""The server has no such file any more."""

PROBE = ".probe.bak"
"""End of the name of a backup that only shows that the server can write: no set needs it."""


class StoredBackup(Record, frozen=True, kw_only=True):
    """One backup of one database, as a set holds it."""

    set: str
    name: str
    """The database, as people name it."""
    backup: DatabaseBackup
    present: bool = True
    """Whether its stored file is there."""
    lost: tuple[str, ...] = ()
    """Those of its files that are not there, where one knows which."""
    damaged: bool = False
    """A check of the present bytes found damage."""


class KindChoice(Record, frozen=True, kw_only=True):
    """Which kind of backup is of use now."""

    kind: BackupKind
    because: Problem | None = None
    """Why it is another one than was asked for."""


class ChainStep(Record, frozen=True, kw_only=True):
    """One backup of a chain, in the order of the restore."""

    set: str
    backup: DatabaseBackup
    stop_at: datetime | None = None
    """Logs stop there; wall time of the server."""
    spare: bool = False
    """Only applied if the server says that the instant lies behind the step before."""


class ChainPlan(Record, frozen=True, kw_only=True):
    """Which backups bring back what is wanted. Empty ``refusals``: it can be had."""

    steps: tuple[ChainStep, ...] = ()
    reaches_at: datetime | None = None
    """The instant that comes back (UTC)."""
    warnings: tuple[Problem, ...] = ()
    refusals: tuple[Problem, ...] = ()


class Occupant(Record, frozen=True, kw_only=True):
    """Somebody who is in a database now."""

    session: int
    login: str
    host: str
    program: str

    @property
    def told(self) -> str:
        """In a few words."""
        return f"{self.login} ({', '.join(part for part in (self.program, self.host) if part) or self.session})"


class ServerPlace(Record, frozen=True, kw_only=True):
    """A database of the server, or the place where one may come to be."""

    name: str
    exists: bool
    state: str = ""
    """As the server says: ``ONLINE``, ``RESTORING`` …"""
    identity: str = ""
    """Tells this database from one that was restored in its place; empty: unknown."""
    bytes: int = 0
    occupants: tuple[Occupant, ...] = ()
    lacks: Problem | None = None
    """The right that our login would need to restore there; None: none, or nobody can tell."""


class FileSize(Record, frozen=True, kw_only=True):
    """One file of a database, as a backup tells it."""

    name: str
    """Its logical name."""
    is_log: bool
    bytes: int


class VolumeNeed(Record, frozen=True, kw_only=True):
    """What is needed more on one volume of the server."""

    volume: str
    needed: int
    free: int | None
    """None: nobody can tell."""


class Room(Record, frozen=True, kw_only=True):
    """Whether a database fits on the server."""

    needs: tuple[VolumeNeed, ...] = ()
    data_bytes: int = 0
    limit: int | None = None
    """Bytes of data that the edition allows; None: more than anybody has."""
    edition: str = ""


class Access(Record, frozen=True, kw_only=True):
    """To whom a database of the server is open."""

    users: str = "MULTI_USER"
    """``MULTI_USER``, ``RESTRICTED_USER`` (owners and administrators) or ``SINGLE_USER``."""
    read_only: bool = False

    @property
    def readers(self) -> str:
        """Who may come in while it is closed. One place for anybody who is quick would be none for us."""
        return "MULTI_USER" if self.users == "MULTI_USER" else "RESTRICTED_USER"

    @property
    def told(self) -> str:
        """As the server says it."""
        return self.users + (", READ_ONLY" if self.read_only else "")


EVERYBODY = Access()
"""Open to all who have a user in it, as databases usually are."""


class ServerStep(Record, frozen=True, kw_only=True):
    """One backup file for the server to restore."""

    kind: BackupKind
    file: str
    """As the server names it."""
    more: tuple[str, ...] = ()
    """The files behind it, of a backup in several."""
    position: int = 1
    """Which of the backups in the file it is."""
    stop_at: datetime | None = None
    spare: bool = False

    @classmethod
    def of(cls, step: ChainStep, files: Sequence[str]) -> ServerStep:
        """A link of a chain whose files the server calls so."""
        return cls(
            kind=step.backup.kind,
            file=files[0],
            more=tuple(files[1:]),
            position=step.backup.position,
            stop_at=step.stop_at,
            spare=step.spare,
        )


class ServerRestore(Record, frozen=True, kw_only=True):
    """What the server shall bring back, from first to last step, and as what."""

    name: str
    steps: tuple[ServerStep, ...]
    overwrite: bool = False
    closed: bool = False
    """Nobody may write in it before `ServerSide.give`."""
    users: str = "MULTI_USER"
    """Who may enter it meanwhile."""


class ServerScript(Record, frozen=True, kw_only=True):
    """Statements that make anew what a server has beside its databases. They hold password hashes: no log, no trace."""

    text: str
    notes: tuple[Problem, ...] = ()
    """What is missing in it."""

    def __repr__(self) -> str:
        """Without the text."""
        return f"ServerScript({len(self.text)} characters)"


class ServerSide(Protocol):
    """What only a server can do. Failures are `SourceFailed` or `Refused`; cancelling raises `Cancelled`."""

    def anew(self) -> None:
        """Whatever was found of a server that is away: the next question goes there. Asks nobody."""
        ...

    def decide(self, database: DatabaseRef, kind: BackupKind, ours: Sequence[StoredBackup]) -> KindChoice:
        """Whether a backup of that kind is of use now: what it would stand on may be lost, or be somebody else's.

        Raises `Refused` where none of that kind can be.
        """
        ...

    def without_log(self, databases: Sequence[DatabaseRef]) -> tuple[DatabaseRef, ...]:
        """Those of ``databases`` that keep no log which could be backed up."""
        ...

    def to_keep_log(self, database: DatabaseRef) -> str:
        """The statement after which, and after a full backup, there are backups of its log. Asks nobody."""
        ...

    def chain(
        self, name: str, held: Sequence[StoredBackup], set_name: str, at: datetime | None, *, applied: bool = False
    ) -> ChainPlan:
        """Which of the backups held bring ``name`` back as the set has it, or as it was at an instant (UTC).

        ``applied``: a log by applying that very one, though something else ends where it does.
        """
        ...

    def place(self, name: str) -> ServerPlace:
        """How a database is now, or what there is where it would be. Raises `BadInput` for what can be no name."""
        ...

    def folder(self) -> Path | None:
        """Where this machine puts files for the server to read; None: there is no such place."""
        ...

    def new_file(self, name: str) -> Path | None:
        """A new path in that folder for a backup of ``name`` that the server shall read; None: there is no folder."""
        ...

    def leftovers(self) -> tuple[Path, ...]:
        """Files of this installation in that folder, whatever became of their makers. Asks nobody.

        Raises `SourceFailed`.
        """
        ...

    def is_there(self, file: str) -> bool | None:
        """Whether the server has a file that only it sees; None: that can't be told. Raises nothing."""
        ...

    def is_ours(self, file: str) -> bool:
        """Whether a path of the server is that of a backup of this program, where it writes them now. Raises nothing.

        Of a server that is away, whose folder no setting names, only what bears the mark of this very installation is.
        """
        ...

    def on_server(self, file: Path) -> str:
        """What the server calls a file in that folder."""
        ...

    def seen(self, file: Path) -> str | None:
        """What the server calls any file of this machine, if it sees it; `identify` tells whether it is the same."""
        ...

    def identify(self, file: str, backup: DatabaseBackup) -> bool:
        """Let the server read what a file of its is; whether the database was read-only then.

        Raises `Damaged` where that is not ``backup``, `SourceFailed`.
        """
        ...

    def prove(self, backup: DatabaseBackup, progress: Progress, cancel: CancelToken) -> None:
        """Let the server read its files of ``backup`` to the end: they are just that, and their checksums are right.

        Raises `Damaged` where they are not, `Failed` (`SERVER_LACKS`) where the server lacks one; `SourceFailed`,
        whose code tells whether that is damage, or what kept the server from looking.
        """
        ...

    def check_files(self, files: Sequence[Path], progress: Progress, cancel: CancelToken) -> PlainCheck:
        """As `Engine.check_plain` for ``engine``, of all files of one backup together."""
        ...

    def sizes_there(self, backup: DatabaseBackup) -> tuple[FileSize, ...]:
        """The files of the database in a backup that the server keeps; none where it does not tell. Raises nothing."""
        ...

    def sizes_of(self, chunks: Iterable[Data]) -> tuple[FileSize, ...]:
        """The same of a stored one, from its first bytes."""
        ...

    def room(self, name: str, files: Sequence[FileSize]) -> Room:
        """Whether a database of these files fits under that name; one that is there is overwritten. Raises nothing."""
        ...

    def restore(self, order: ServerRestore, progress: Progress, cancel: CancelToken) -> tuple[Problem, ...]:
        """Bring a database back; returns what is worth knowing. After a failure the database may be in any state."""
        ...

    def access(self, name: str) -> Access | None:
        """To whom a database is open; None: there is none."""
        ...

    def close(self, name: str, cancel: CancelToken) -> None:
        """Let nobody write in a database until `give`, whatever becomes of this process; reading goes on."""
        ...

    def give(self, name: str, access: Access) -> None:
        """Open a database to whom it was open."""
        ...

    def under_way(self, name: str) -> Problem | None:
        """Who else backs a database up or restores it now, as far as one may see. Raises nothing."""
        ...

    def drop(self, name: str) -> None:
        """Remove a database and its files."""
        ...

    def judge(self, name: str, progress: Progress, cancel: CancelToken) -> PlainCheck:
        """Look at every page of a database (CHECKDB) and count the rows of its tables."""
        ...

    def asker(self, name: str) -> Callable[[str, float, CancelToken], float | str | None]:
        """Make a copy ready for questions, after which nobody can change it any more; see `Engine.ask` for the rest.

        Raises `SourceFailed`.
        """
        ...

    def afterwards(self, name: str) -> tuple[Problem, ...]:
        """What a restored database still needs: users without a login, an owner, each with its statement."""
        ...

    def script(self, head: str) -> ServerScript | None:
        """Logins, roles and rights as statements, with the remark ``head`` before them; None: not asked for.

        Raises `SourceFailed`, `Refused`.
        """
        ...

    def findings(self) -> tuple[Finding, ...]:
        """What is to be said of the server as a whole, before anything is done."""
        ...


def is_path(place: str) -> bool:
    """Whether a place is meant for a plain backup file, and no name on the server."""
    return "/" in place or "\\" in place or place.casefold().endswith((".bak", ".trn"))
