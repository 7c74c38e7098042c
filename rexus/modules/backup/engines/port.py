"""What the jobs may ask of a kind of database.

Two shapes fit without a bend: an embedded engine hands over its bytes as a stream, and a server writes a file
where the server sees it, which the client may or may not be able to read (`BackupProduct.server_files`).
Nobody asks which engine it is: what it can do stands in `Capabilities`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..base.cancel import CancelToken
from ..base.engine_facts import EngineFacts
from ..base.files import Data
from ..base.records import BackupKind, Depth, Finding, Problem, Record
from ..base.watching import AuditRow

if TYPE_CHECKING:
    from .port_server import ServerSide

Progress = Callable[[str, int, int], None]
"""``(phase, done, total)``; phases as in `JobEvent.phase`."""


Noting = Callable[[tuple[str, ...]], None]
"""Hears of the files that a server is about to write where this machine does not see them, as the server names them."""


def no_noting(files: tuple[str, ...]) -> None:
    """Nobody keeps them in mind."""


class Capabilities(Record, frozen=True, kw_only=True):
    """What an engine (of this edition and version) can do."""

    kinds: tuple[BackupKind, ...] = (BackupKind.FULL,)
    server_side: bool = False
    """Backup files are written by a server, in the server's paths."""
    point_in_time: bool = False
    plain_suffix: str = ".bak"
    restored_suffix: str = ".db"
    """Suffix of a database restored as a file."""


class DatabaseRef(Record, frozen=True, kw_only=True):
    """A configured database: the name people use and where it is."""

    name: str
    """Logical name: users, inventario, auditoria."""
    location: str
    """Path of the file (embedded engine) or name on the server."""


class Listener(Protocol):
    """Hears the content of a backup from first to last byte and judges it on the way."""

    def feed(self, piece: Data) -> None:
        """The next bytes; valid until this returns. Raises nothing for what is damaged."""
        ...

    def ended(self, file: str) -> Problem | None:
        """A file of the backup is over, by the name that shall be told; what is wrong with it alone, None: nothing."""
        ...

    def finish(self) -> Problem | None:
        """What is wrong with all files together; None: nothing."""
        ...


class BackupProduct(Protocol):
    """A backup being taken; valid inside its ``with``."""

    kind: BackupKind
    compressed: bool
    """The content is compressed already: nothing more is worth doing."""
    notes: tuple[Problem, ...]
    """What is worth knowing of it though it is good."""
    total_bytes: int
    """Size of the content in bytes, as exactly as known before reading (for progress and space)."""
    server_files: tuple[str, ...]
    """Where the server wrote it, as the server names it, if the client can't read it; then there are no chunks.

    Such a product is handed over only once the server has proven it: its verdict, its header, and a look at all of it.
    """
    files: int
    """How many files it is in; all of them are needed."""

    def chunks(self, file: int = 0) -> Iterator[Data]:
        """One file from first to last byte, in pieces of at most a few MiB; each is valid until the next."""
        ...

    def facts(self) -> EngineFacts:
        """What the engine says, once the chunks are consumed. Raises `SourceFailed` when its own check failed."""
        ...


class RestoreTarget(Record, frozen=True, kw_only=True):
    """Where a restored database shall be."""

    name: str
    location: str
    """The final path (embedded engine) or database name (server)."""
    exists: bool
    modified_at: datetime | None = None
    bytes: int = 0
    staging: str
    """Client path of the plain file that must exist before `Engine.install`; ends with ``.partial``."""
    state: str = ""
    """Tells one content of the place from another; `Engine.install` refuses when it is no longer so. Empty: unknown."""
    in_use_by: tuple[str, ...] = ()
    """Who holds it for writing, as far as that can be seen."""


class PlainCheck(Record, frozen=True, kw_only=True):
    """The engine's verdict on a plain backup file or a database."""

    ok: bool
    problem: Problem | None = None
    row_counts: dict[str, int] | None = None
    page_count: int | None = None
    marks: dict[str, int] | None = None
    """As `EngineFacts.marks`, of what was judged."""


class Engine(Protocol):
    """One kind of database. Failures are `SourceFailed` or `Refused`; cancelling raises `Cancelled`."""

    name: str
    capabilities: Capabilities

    def databases(self) -> tuple[DatabaseRef, ...]:
        """The configured databases, in order."""
        ...

    def preflight(self, database: DatabaseRef) -> tuple[Finding, ...]:
        """Whether it can be backed up now; no finding of severity error means yes."""
        ...

    def estimate(self, database: DatabaseRef) -> int:
        """Size of a full backup's content in bytes. Raises `SourceFailed`."""
        ...

    @property
    def server(self) -> ServerSide | None:
        """What only a server can do; None: the engine is embedded."""
        ...

    def scratch_bytes(self, database: DatabaseRef) -> int:
        """Space that a second copy takes in ``scratch`` while a backup runs; 0 where none is made."""
        ...

    def backup(  # noqa: PLR0913  one for each thing that it needs
        self,
        database: DatabaseRef,
        kind: BackupKind,
        scratch: Path,
        progress: Progress,
        cancel: CancelToken,
        *,
        aside: bool = False,
        noting: Noting = no_noting,
    ) -> AbstractContextManager[BackupProduct]:
        """Take a consistent backup. ``scratch`` is a folder for a second copy where one is needed.

        ``aside``: it is none of those that follow a plan, and must not be in the way of their chain. ``noting`` is
        called before the first byte of what may be left behind on a server; what it raises keeps the backup from that.
        """
        ...

    def target(self, database: str, to: str | None) -> RestoreTarget:
        """Where ``database`` would be restored: ``to`` (path or name) or its own place. Raises `BadInput`."""
        ...

    def state(self, location: str) -> str:
        """Tell one content of a place (or of a staged file) from another; a rename keeps it. Empty: nothing there."""
        ...

    def check_plain(self, path: Path, depth: Depth, progress: Progress, cancel: CancelToken) -> PlainCheck:
        """Judge a plain file: it opens (``stored``), quickly with row counts (``content``), whole (``engine``)."""
        ...

    def sample(self, path: Path, rows: int, cancel: CancelToken) -> int:
        """Read up to about ``rows`` rows of every table of a plain file; returns how many. Raises `SourceFailed`."""
        ...

    def ask(self, path: Path, query: str, timeout_s: float, cancel: CancelToken) -> float | str | None:
        """The one value that ``query`` gives of a plain file; it can only read. None where it gives none.

        Raises `Refused` for what is no question (``drill.query_refused``, ``drill.query_unusable``), `Failed` for one
        without an answer (``drill.query_failed``; ``drill.query_slow`` after ``timeout_s``), `SourceFailed`.
        """
        ...

    def install(self, target: RestoreTarget, *, overwrite: bool, cancel: CancelToken) -> None:
        """Make the staged, proven file the database at ``target``, atomically.

        Raises `Busy` while somebody holds the old one open for writing or when it is not what ``target`` says
        (``target.changed``), `Refused` when it exists and
        ``overwrite`` is false. After an exception the old database is as it was.
        """
        ...

    def sweep(self, target: RestoreTarget) -> tuple[str, ...]:
        """Remove what a killed restore left beside ``target``; returns what was removed or put back."""
        ...

    def note(self, name: str, row: AuditRow) -> None:
        """Add ``row`` to the audit table of the database ``name``; never makes a table.

        Raises `Refused` (``audit_row.no_table``) where there is none, `BadInput`, `SourceFailed`.
        """
        ...
