"""What the jobs may ask of a kind of database that a server keeps: chains, places on the server, restores by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..base.cancel import CancelToken
from ..base.records import BackupKind, DatabaseBackup, Finding, Problem, Record
from .port import DatabaseRef, PlainCheck, Progress


class StoredBackup(Record, frozen=True, kw_only=True):
    """One backup of one database, as a set holds it."""

    set: str
    name: str
    """The database, as people name it."""
    backup: DatabaseBackup
    present: bool = True
    """Whether its stored file is there."""
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
    bytes_free: int | None = None
    """On the volume where its data files are or come to be; None: nobody can tell."""
    may_restore: bool = True


class ServerStep(Record, frozen=True, kw_only=True):
    """One backup file for the server to restore."""

    kind: BackupKind
    file: str
    """As the server names it."""
    stop_at: datetime | None = None
    spare: bool = False


class ServerRestore(Record, frozen=True, kw_only=True):
    """What the server shall bring back, from first to last step, and as what."""

    name: str
    steps: tuple[ServerStep, ...]
    overwrite: bool = False


class ServerSide(Protocol):
    """What only a server can do. Failures are `SourceFailed` or `Refused`; cancelling raises `Cancelled`."""

    def decide(self, database: DatabaseRef, kind: BackupKind, ours: Sequence[StoredBackup]) -> KindChoice:
        """Whether a backup of that kind is of use now: what it would stand on may be lost, or be somebody else's.

        Raises `Refused` where none of that kind can be.
        """
        ...

    def chain(self, name: str, held: Sequence[StoredBackup], set_name: str, at: datetime | None) -> ChainPlan:
        """Which of the backups held bring ``name`` back as the set has it, or as it was at an instant (UTC)."""
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
        """Files of this installation in that folder, whatever became of their makers. Raises `SourceFailed`."""
        ...

    def on_server(self, file: Path) -> str:
        """What the server calls a file in that folder."""
        ...

    def identify(self, file: str, backup: DatabaseBackup) -> None:
        """Let the server read what a file of its is. Raises `Damaged` where that is not ``backup``, `SourceFailed`."""
        ...

    def restore(self, order: ServerRestore, progress: Progress, cancel: CancelToken) -> tuple[Problem, ...]:
        """Bring a database back; returns what is worth knowing. After a failure the database may be in any state."""
        ...

    def put_right(self, name: str) -> str:
        """Let everybody in again where somebody was kept out; the state that it is in then, empty: there is none."""
        ...

    def drop(self, name: str) -> None:
        """Remove a database and its files."""
        ...

    def judge(self, name: str, progress: Progress, cancel: CancelToken) -> PlainCheck:
        """Look at every page of a database (CHECKDB) and count the rows of its tables."""
        ...

    def afterwards(self, name: str) -> tuple[Problem, ...]:
        """What a restored database still needs: users without a login, an owner, each with its statement."""
        ...

    def findings(self) -> tuple[Finding, ...]:
        """What is to be said of the server as a whole, before anything is done."""
        ...


def is_path(place: str) -> bool:
    """Whether a place is meant for a plain backup file, and no name on the server."""
    return "/" in place or "\\" in place or place.casefold().endswith((".bak", ".trn"))
