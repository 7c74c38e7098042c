"""A backup by the server, proven: its verdict, the header of the file just written, VERIFYONLY, our look at it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.engine_facts import EngineFacts
from ..base.errors import BackupError, Damaged, SourceFailed
from ..base.files import Files
from ..base.records import BackupKind, Problem, Record, Severity
from . import tsql
from .bak import BakReader, read_headers
from .headers import KIND_OF, BackupHeader
from .messages import warnings_of
from .port import DatabaseRef, Progress
from .sqlserver_client import Client, Executed, Phase
from .sqlserver_connect import session_token
from .sqlserver_facts import ServerFacts, row_counts
from .sqlserver_folder import SUFFIXES, Meeting, server_sees
from .sqlserver_headers import facts_of, header_of
from .sqlserver_plain import wrong_in
from .sqlserver_progress import Beat, Watch
from .sqlserver_prove import proven

log = logging.getLogger(__name__)
_CHUNK = 4 << 20
_PERCENT = 100


class Wish(Record, frozen=True, kw_only=True):
    """How backups are taken, from the settings."""

    copy_only: bool = False
    compression: bool | None = None
    encryption: tsql.Encryption | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Taking:
    """One backup that is to be taken."""

    client: Client
    server: ServerFacts
    place: Meeting
    files: Files
    database: DatabaseRef
    kind: BackupKind
    wish: Wish
    total_bytes: int
    """About how much it will hold, in bytes."""
    progress: Progress
    cancel: CancelToken

    def values(self, **more: str | int) -> dict[str, str | int]:
        """What sentences say of it."""
        told: dict[str, str | int] = {"database": self.database.location, "server": self.server.name}
        return {**told, "login": self.server.login, **more}


@dataclass(slots=True)
class Taken:
    """A backup that the server wrote and vouches for. See `BackupProduct`."""

    order: Taking
    name: str
    header: BackupHeader
    rows: dict[str, int]
    notes: tuple[Problem, ...]
    path: Path | None
    """Where this machine sees it; None: nowhere."""
    compressed: bool = field(init=False)
    total_bytes: int = field(init=False)
    server_file: str | None = field(init=False)
    kind: BackupKind = field(init=False)
    _reader: BakReader | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Sizes are the file's own where we see it, else what the server says."""
        self.compressed = self.header.compressed
        self.kind = KIND_OF[self.header.type]
        said = self.header.compressed_bytes or self.header.size_bytes or 0
        self.total_bytes = self.path.stat().st_size if self.path is not None else said
        self.server_file = None if self.path is not None else self.order.place.on_server(self.name)

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The file from first to last byte; each piece is checked on the way."""
        assert self.path is not None, "the client can't see it"
        self._reader = BakReader()
        buffer = bytearray(_CHUNK)
        with self.path.open("rb", buffering=0) as reading:
            while count := reading.readinto(buffer):
                piece = memoryview(buffer)[:count]
                self._reader.feed(piece)
                yield piece

    def facts(self) -> EngineFacts:
        """The header's; raises `Damaged` where what was read is not what the server says it wrote."""
        kept = msgspec.structs.replace(facts_of(self.header), row_counts=self.rows)
        if self._reader is None:
            return kept
        report = self._reader.finish()
        problem = wrong_in(report)
        if problem is not None:
            raise Damaged(problem.code, **{**problem.values, "database": self.order.database.name})
        seen = [one.header.set_guid for one in report.contents.sets]
        if seen and seen != [self.header.set_guid]:
            raise Damaged("sqlserver.other_file", path=str(self.path), **self.order.values())
        return kept

    def discard(self) -> tuple[Problem, ...]:
        """Remove the server's file where we can; what stays is named."""
        return _removed(self.order, self.name, self.path)


def take(order: Taking) -> Taken:
    """Have the server write a backup and prove it. Raises `SourceFailed`, `Cancelled`, `Damaged`; nothing is left then.

    What could not be removed after a failure stands in the log, and in the problem's values as ``left``.
    """
    name = order.place.new_name(order.database.name, SUFFIXES[order.kind])
    before = _rows(order)
    try:
        executed = _written(order, name)
        header = _header(order, name)
        _is_what_was_asked(order, header, name)
        notes = (*warnings_of(executed.messages, **order.values()), *_verified(order, name))
        path = _seen_here(order, name)
    except BaseException as error:
        left = _removed(order, name, order.place.here(name))
        if left and isinstance(error, BackupError):
            error.values["left"] = left[0].values["path"]
        raise
    stable = {table: count for table, count in _rows(order).items() if before.get(table) == count}
    return Taken(order=order, name=name, header=header, rows=stable, notes=notes, path=path)


def _rows(order: Taking) -> dict[str, int]:
    """Rows of every table; what changes while the backup runs is left out, for nobody knows which count is in it."""
    if order.kind is BackupKind.LOG:
        return {}
    try:
        return row_counts(order.client, order.database.location)
    except BackupError as error:
        log.info("rows of %s are not counted: %s", order.database.name, error)
        return {}


def _written(order: Taking, name: str) -> Executed:
    batch = msgspec.structs.replace(
        tsql.backup(
            tsql.BackupOrder(
                database=order.database.location,
                media=tsql.Media(places=(order.place.on_server(name),)),
                kind=order.kind,
                name=f"Rexus {order.database.name} {order.kind.value}",
                description=order.wish.description,
                copy_only=order.wish.copy_only and order.kind is not BackupKind.DIFFERENTIAL,
                compression=order.wish.compression if order.server.can_compress else None,
                encryption=order.wish.encryption,
            )
        ),
        session=session_token(),
    )
    watch = Watch(order.client, batch.session, lambda beat: _tell(order, beat))
    order.progress("server", 0, order.total_bytes)

    def phase(reached: Phase) -> None:
        order.progress(f"cancel_{reached.value}", 0, order.total_bytes)

    with watch.beside():
        executed = order.client.execute(batch, on_message=watch.heard, cancel=order.cancel, on_phase=phase)
    return proven(order.client, batch, executed, order.values())


def _tell(order: Taking, beat: Beat) -> None:
    phase = "cancel_rolling_back" if beat.rolling_back else "server"
    done = int(order.total_bytes * (beat.percent or 0) / _PERCENT)
    order.progress(phase, min(done, order.total_bytes), order.total_bytes)


def _header(order: Taking, name: str) -> BackupHeader:
    """The one header of the file just written, from the server or else from the file. Raises `SourceFailed`."""
    if order.server.may_verify:
        media = tsql.Media(places=(order.place.on_server(name),))
        headers = [header_of(row) for row in order.client.query(tsql.header_only(media))]
    else:
        headers = _headers_here(order, name)
    if len(headers) != 1:
        raise SourceFailed("sqlserver.header_count", **order.values(count=len(headers), path=name))
    return headers[0]


def _headers_here(order: Taking, name: str) -> list[BackupHeader]:
    path = order.place.here(name)
    if path is None or not path.exists():
        raise SourceFailed("sqlserver.unverifiable", **order.values())
    with path.open("rb") as reading:
        return [one.header for one in read_headers(reading).sets]


def _is_what_was_asked(order: Taking, header: BackupHeader, name: str) -> None:
    """Raises `SourceFailed` where the file holds something else than what was asked for."""
    wrong = {
        "type": KIND_OF.get(header.type) is not order.kind,
        "database": header.database.casefold() != order.database.location.casefold(),
        "checksums": not header.has_checksums,
        "damaged": header.is_damaged,
        "unfinished": header.finished_at is None or not header.finished,
        "lsn": None in (header.first_lsn, header.last_lsn),
    }
    found = [what for what, is_wrong in wrong.items() if is_wrong]
    if found:
        raise SourceFailed("sqlserver.header_differs", **order.values(what=", ".join(found), path=name))


def _verified(order: Taking, name: str) -> tuple[Problem, ...]:
    """VERIFYONLY; without the right to it that is told, for then only our own look at the file is left."""
    if not order.server.may_verify:
        values = order.values()
        return (Problem(code="sqlserver.not_verified", severity=Severity.WARNING, values=values),)
    order.progress("verify", 0, order.total_bytes)
    batch = tsql.verify(tsql.Media(places=(order.place.on_server(name),)))
    executed = order.client.execute(batch, cancel=order.cancel)
    proven(order.client, batch, executed, order.values())
    return ()


def _seen_here(order: Taking, name: str) -> Path | None:
    """Where this machine sees the very file that the server wrote; None: it does not see the server's folder.

    Raises `SourceFailed` where the folder is there and the file is not: the two names do not mean the same folder.
    """
    path = order.place.here(name)
    if path is None:
        return None
    if path.is_file():
        return path
    raise SourceFailed("sqlserver.folders_differ", here=str(path.parent), there=order.place.server)


def _removed(order: Taking, name: str, path: Path | None) -> tuple[Problem, ...]:
    """Remove what the server wrote. Nobody can remove a half-written file through the server: then it is named."""
    if path is not None and path.exists():
        try:
            order.files.unlink(path)
        except OSError as error:
            log.warning("%s stays: %s", path, error)
        else:
            return ()
    left = order.place.on_server(name)
    if not server_sees(order.client, left):
        return ()
    log.warning("the server's file %s stays", left)
    return (Problem(code="sqlserver.file_left", severity=Severity.WARNING, values={"path": left}),)
