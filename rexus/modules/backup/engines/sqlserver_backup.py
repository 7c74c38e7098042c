"""A backup by the server, proven: its verdict, the header of the file just written, VERIFYONLY, our look at it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.engine_facts import EngineFacts
from ..base.errors import BackupError, Damaged, Refused, SourceFailed
from ..base.files import Files
from ..base.records import BackupKind, Problem, Record, Severity
from ..config.settings import SqlServer
from . import sqlserver_progress, tsql
from .bak import BakReader, read_headers
from .bak_records import BakReport
from .headers import KIND_OF, BackupHeader
from .messages import warnings_of
from .port import DatabaseRef, Noting, Progress, no_noting
from .sqlserver_client import Client, Executed
from .sqlserver_facts import ServerFacts, row_counts
from .sqlserver_folder import SUFFIXES, Meeting, server_sees
from .sqlserver_headers import facts_of, header_of
from .sqlserver_others import wait_for_turn
from .sqlserver_plain import wrong_in, wrong_together
from .sqlserver_progress import Course
from .sqlserver_prove import proven
from .sqlserver_url import url_sizes

log = logging.getLogger(__name__)
_CHUNK = 4 << 20


class Wish(Record, frozen=True, kw_only=True):
    """How backups are taken, from the settings."""

    copy_only: bool = False
    compression: bool | None = None
    encryption: tsql.Encryption | None = None
    description: str = ""
    stripes: int = 1
    """Into how many files at once."""


def wish_of(wanted: SqlServer, able: ServerFacts, *, has_base: bool) -> Wish:
    """What the settings ask for; copy-only where the database ``has_base``. Raises `Refused` for what can't be."""
    encryption = None
    if wanted.encryption_certificate is not None:
        if not able.can_encrypt:
            raise Refused("sqlserver.edition_no_encryption", server=able.name, edition=able.edition)
        algorithm = tsql.Algorithm(wanted.encryption_algorithm)
        encryption = tsql.Encryption(certificate=wanted.encryption_certificate, algorithm=algorithm)
    return Wish(
        copy_only=wanted.copy_only or has_base,
        compression=wanted.compression,
        encryption=encryption,
        stripes=wanted.stripes,
    )


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
    noting: Noting = no_noting

    def there(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The files as the server names them."""
        return tuple(self.place.on_server(name) for name in names)

    def values(self, **more: str | int) -> dict[str, str | int]:
        """What sentences say of it."""
        told: dict[str, str | int] = {"database": self.database.location, "server": self.server.name}
        return {**told, "login": self.server.login, **more}


@dataclass(slots=True)
class Taken:
    """A backup that the server wrote and vouches for. See `BackupProduct`."""

    order: Taking
    names: tuple[str, ...]
    header: BackupHeader
    rows: dict[str, int]
    notes: tuple[Problem, ...]
    paths: tuple[Path, ...]
    """Where this machine sees the files; empty: nowhere."""
    compressed: bool = field(init=False)
    total_bytes: int = field(init=False)
    server_files: tuple[str, ...] = field(init=False)
    files: int = field(init=False)
    kind: BackupKind = field(init=False)
    _heard: dict[str, BakReport] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Sizes are the files' own where we see them, else what the server says."""
        self.compressed = self.header.compressed
        self.kind = KIND_OF[self.header.type]
        self.files = len(self.names)
        said = self.header.compressed_bytes or self.header.size_bytes or 0
        self.total_bytes = sum(path.stat().st_size for path in self.paths) if self.paths else said
        self.server_files = () if self.paths else self.order.there(self.names)

    def chunks(self, file: int = 0) -> Iterator[bytes | memoryview]:
        """The file from first to last byte; each piece is checked on the way."""
        reader, path = BakReader(), self.paths[file]
        buffer = bytearray(_CHUNK)
        with path.open("rb", buffering=0) as reading:
            while count := reading.readinto(buffer):
                piece = memoryview(buffer)[:count]
                reader.feed(piece)
                yield piece
        self._heard[path.name] = reader.finish()

    def facts(self) -> EngineFacts:
        """The header's; raises `Damaged` where what was read is not what the server says it wrote."""
        for name, report in self._heard.items():
            problem = wrong_in(report)
            if problem is not None:
                raise Damaged(problem.code, **{**problem.values, "database": self.order.database.name})
            seen = [one.header.set_guid for one in report.contents.sets]
            if seen and seen != [self.header.set_guid]:
                raise Damaged("sqlserver.other_file", path=name, **self.order.values())
        problem = wrong_together(self._heard) if self.files > 1 else None
        if problem is not None:
            raise Damaged(problem.code, **{**problem.values, "database": self.order.database.name})
        return msgspec.structs.replace(facts_of(self.header), row_counts=self.rows)

    def discard(self) -> tuple[Problem, ...]:
        """Remove the server's files where we can; what stays is named."""
        return _removed(self.order, self.names, written=True)


def take(order: Taking) -> Taken:
    """Have the server write a backup and prove it. Raises `SourceFailed`, `Cancelled`, `Damaged`; nothing is left then.

    What could not be removed after a failure stands in the log, and in the problem's values as ``left``.
    """
    waited = () if order.kind is BackupKind.LOG else _turn(order)
    names = order.place.new_names(order.database.name, SUFFIXES[order.kind], order.wish.stripes)
    media = tsql.media(*order.there(names))
    before = _rows(order)
    if order.place.client is None:
        order.noting(order.there(names))
    written = False
    try:
        executed = _written(order, media)
        written = True
        header = _header(order, media, names)
        _is_what_was_asked(order, header, names[0])
        notes = (*waited, *warnings_of(executed.messages, **order.values()), *_verified(order, media))
        paths = _seen_here(order, names)
    except BaseException as error:
        left = _removed(order, names, written=written)
        if left and isinstance(error, BackupError):
            error.values["left"] = ", ".join(str(one.values["path"]) for one in left)
        raise
    stable = {table: count for table, count in _rows(order).items() if before.get(table) == count}
    return Taken(order=order, names=names, header=header, rows=stable, notes=notes, paths=paths)


def _turn(order: Taking) -> tuple[Problem, ...]:
    """Nobody else's backup of the database is under way any more; whose there was. Raises `Cancelled`."""
    return wait_for_turn(order.client, order.database.location, order.progress, order.cancel)


def _rows(order: Taking) -> dict[str, int]:
    """Rows of every table; what changes while the backup runs is left out, for nobody knows which count is in it."""
    if order.kind is BackupKind.LOG:
        return {}
    try:
        return row_counts(order.client, order.database.location)
    except BackupError as error:
        log.info("rows of %s are not counted: %s", order.database.name, error)
        return {}


def _written(order: Taking, media: tsql.Media) -> Executed:
    compression = order.wish.compression if order.server.can_compress else None
    sizes = url_sizes(media, compressed=compression is True)
    batch = tsql.backup(
        tsql.BackupOrder(
            database=order.database.location,
            media=media,
            kind=order.kind,
            name=f"Rexus {order.database.name} {order.kind.value}",
            description=order.wish.description,
            copy_only=order.wish.copy_only and order.kind is not BackupKind.DIFFERENTIAL,
            compression=compression,
            encryption=order.wish.encryption,
            block_size=sizes.block,
            max_transfer_size=sizes.transfer,
        )
    )
    return proven(order.client, batch, _watched(order, batch, "server"), order.values(path=media.places[0]))


def _watched(order: Taking, batch: tsql.Batch, what: str) -> Executed:
    """Run ``batch`` while it is told how far the server is with it, as the phase ``what``."""
    course = Course(phase=what, length=order.total_bytes)
    return sqlserver_progress.run(order.client, batch, course, order.progress, order.cancel)


def _header(order: Taking, media: tsql.Media, names: tuple[str, ...]) -> BackupHeader:
    """The one header of the files just written, from the server or else from the file. Raises `SourceFailed`."""
    if order.server.may_verify:
        headers = [header_of(row) for row in order.client.query(tsql.header_only(media))]
    else:
        headers = _headers_here(order, names[0])
    if len(headers) != 1:
        raise SourceFailed("sqlserver.header_count", **order.values(count=len(headers), path=names[0]))
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


def _verified(order: Taking, media: tsql.Media) -> tuple[Problem, ...]:
    """VERIFYONLY; without the right to it that is told, for then only our own look at the file is left."""
    if not order.server.may_verify:
        values = order.values()
        return (Problem(code="sqlserver.not_verified", severity=Severity.WARNING, values=values),)
    batch = tsql.verify(media)
    proven(order.client, batch, _watched(order, batch, "verify"), order.values(path=media.places[0]))
    return ()


def _seen_here(order: Taking, names: tuple[str, ...]) -> tuple[Path, ...]:
    """Where this machine sees the very files that the server wrote; nothing: it does not see the server's folder.

    Raises `SourceFailed` where the folder is there and a file is not: the two names do not mean the same folder.
    """
    paths = [path for name in names if (path := order.place.here(name)) is not None]
    for path in paths:
        if not path.is_file():
            raise SourceFailed("sqlserver.folders_differ", here=str(path.parent), there=order.place.server)
    return tuple(paths)


def _removed(order: Taking, names: tuple[str, ...], *, written: bool) -> tuple[Problem, ...]:
    """Remove what the server wrote. Nobody can remove a half-written file through the server: then it is named."""
    return tuple(problem for name in names if (problem := _left(order, name, written=written)) is not None)


def _left(order: Taking, name: str, *, written: bool) -> Problem | None:
    """What stays of one file; where nobody can see whether anything does (an address, too few rights) it is named."""
    path, there = order.place.here(name), order.place.on_server(name)
    if path is not None and path.exists():
        try:
            order.files.unlink(path)
        except OSError as error:
            log.warning("%s stays: %s", path, error)
        else:
            return None
    unseen = order.place.is_url or (written and not order.server.is_sysadmin)
    if not unseen and not server_sees(order.client, there):
        return None
    log.warning("the server's file %s stays", there)
    code = "sqlserver.object_left" if order.place.is_url else "sqlserver.file_left"
    return Problem(code=code, severity=Severity.WARNING, values={"path": there})
