"""The files of a backup, made whole in a workshop before they are written where they belong, piece by piece."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from support.bak_packed import Packed, stream_of
from support.bak_walk import Walk
from support.bak_writer import BackupSpec, write_backup

from rexus.modules.backup.engines.headers import BackupHeader, FileEntry, SetType

from .databases import PAGE, DatabaseFile
from .encrypted_media import encrypt
from .interpreter import Interpreter
from .payloads import data_payload, log_payload

if TYPE_CHECKING:
    from .backup_statements import Backup


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the media set, and from where on it is new."""

    path: Path
    start: int


@dataclass(slots=True)
class Product:
    """A backup that is ready to be written."""

    folder: Path
    parts: list[Part]
    header: BackupHeader
    files: tuple[FileEntry, ...]
    unwritten: bytes = b""
    """What is read and written nowhere: what only makes a database large, in a backup to NUL."""

    @property
    def size(self) -> int:
        return sum(part.path.stat().st_size - part.start for part in self.parts) + len(self.unwritten)

    @property
    def data_pages(self) -> list[tuple[str, int]]:
        """Logical name and pages of each data file; none in a log backup."""
        if self.header.type is SetType.LOG:
            return []
        return [(one.logical_name, (one.backup_bytes or 0) // PAGE) for one in self.files if one.type == "D"]

    @property
    def log_pages(self) -> list[tuple[str, int]]:
        return [(one.logical_name, -(-(one.backup_bytes or 0) // PAGE)) for one in self.files if one.type == "L"]

    @property
    def pages(self) -> int:
        return sum(pages for _, pages in (*self.data_pages, *self.log_pages)) + len(self.unwritten) // PAGE

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def made_product(it: Interpreter, running: Backup) -> Product:
    """Write the files into the workshop."""
    database, target = running.database, running.target
    folder = Path(tempfile.mkdtemp(prefix="sqlserver-double-"))
    paths = [folder / f"{place}.bak" for place, _ in enumerate(target.paths)]
    sizes = [0] * len(paths)
    if target.appends:
        old = it.world.disk.local(target.paths[0])
        sizes = [old.stat().st_size]
        paths[0].write_bytes(stream_of(old))
    is_log = running.kind is SetType.LOG
    unwritten = database.filler if target.keeps_nothing and running.kind is SetType.FULL else b""
    if unwritten:
        database = replace(database, filler=b"")
    base = database.base if running.kind is SetType.DIFFERENTIAL else None
    spec = BackupSpec(
        header=_header(it, running),
        files=tuple(_entry(running, one) for one in database.files),
        payload=b"" if is_log else data_payload(database, since=dict(base.pages) if base else None),
        log=log_payload(database.records(running.first_lsn, running.last_lsn)),
        checksum=target.checksum,
        compressed=target.compressed and not target.appends,
        append=target.appends,
        media_name=running.order.text("MEDIANAME") or "",
        block_bytes=4096 if running.order.number("BLOCKSIZE", 512) == 4096 else 512,
    )
    written = write_backup(paths, spec)
    if target.appends and target.compressed:
        pack(paths[0])
    if target.certificate is not None:
        for path in paths:
            encrypt(path, target.certificate.thumbprint)
    parts = [Part(path, start) for path, start in zip(paths, sizes, strict=True)]
    header = msgspec.structs.replace(written.header, compressed=target.compressed)
    return Product(folder, parts, header, written.files, unwritten)


def pack(path: Path) -> None:
    """Compress a stream in place."""
    stream = path.read_bytes()
    with path.open("wb") as file:
        out, at = Packed(file), 0
        for mark in Walk(stream).marks:
            out.write(stream[at:mark])
            at = mark + int.from_bytes(stream[mark + 8 : mark + 10], "little")
            out.mark(stream[mark:at])


def _entry(running: Backup, one: DatabaseFile) -> FileEntry:
    base = running.database.base
    is_data = one.type == "D"
    return FileEntry(
        logical_name=one.logical,
        physical_name=one.physical,
        type=one.type,
        file_id=one.id,
        size_bytes=one.size,
        max_bytes=one.max_size,
        growth=one.growth,
        growth_is_percent=one.growth_is_percent,
        file_group=one.group,
        file_group_id=1 if is_data else 0,
        unique_id=one.unique_id,
        source_block_bytes=512,
        differential_base_lsn=base.lsn if base and is_data else None,
        differential_base_guid=base.guid if base and is_data else None,
    )


def _header(it: Interpreter, running: Backup) -> BackupHeader:
    world, database, order = it.world, running.database, running.order
    edition = world.edition
    base = database.base if running.kind is SetType.DIFFERENTIAL else None
    is_log = running.kind is SetType.LOG
    spans_fork = is_log and database.fork_point is not None and running.first_lsn < database.fork_point
    told = BackupHeader(
        database=database.name,
        type=running.kind,
        name=order.text("NAME") or "",
        description=order.text("DESCRIPTION") or "",
        compatibility_level=database.compatibility,
        collation=database.collation,
        created_at=database.created_at,
        started_at=running.started,
        finished_at=max(running.started, world.clock.now().replace(microsecond=0)),
        expires_at=running.target.expires,
        utc_offset_minutes=int(world.clock.offset.total_seconds() // 60),
        first_lsn=running.first_lsn,
        last_lsn=running.last_lsn,
        checkpoint_lsn=running.checkpoint_lsn,
        database_backup_lsn=database.database_backup_lsn,
        differential_base_lsn=base.lsn if base else None,
        differential_base_guid=base.guid if base else None,
        software_major=edition.version[0],
        set_guid=running.guid,
        media_set_id=running.target.media_set_id,
        family_guid=database.family_guid,
        binding_id=database.binding_id,
        recovery_fork=database.fork,
        first_recovery_fork=database.earlier_fork if spans_fork else database.fork,
        fork_point_lsn=database.fork_point,
        recovery_model=database.recovery_model.replace("_", "-"),
        page_verify=database.page_verify,
        is_damaged=bool(database.damaged_pages) and order.has("CONTINUE_AFTER_ERROR"),
        is_copy_only=order.has("COPY_ONLY") or order.has("NO_TRUNCATE"),
        is_single_user=database.user_access == "SINGLE_USER",
        is_read_only=database.read_only,
        is_force_offline=order.has("NORECOVERY"),
        begins_log_chain=is_log and running.first_lsn == database.begins_chain_at,
        compression_algorithm="MS_XPRESS" if running.target.compressed and edition.version[0] >= 16 else None,
    )
    return _signed(it, told)


def _signed(it: Interpreter, told: BackupHeader) -> BackupHeader:
    """With what is the same in all backups of this server."""
    edition = it.world.edition
    return msgspec.structs.replace(
        told,
        server=it.world.name,
        machine=it.world.machine,
        user=it.session.account.name,
        database_version=edition.database_version,
        software_minor=edition.version[1],
        software_build=edition.version[2],
        sort_order=52,
        locale_id=1033,
        comparison_style=196609,
    )
