"""Backups of no server, for the tests of the reader: headers with some value in every field, files, reports."""

import io
from datetime import datetime
from pathlib import Path

import msgspec
from support.bak_writer import BackupSpec, Written, write_backup

from rexus.modules.backup.engines.bak import BakReader, check_file
from rexus.modules.backup.engines.bak_records import BakReport
from rexus.modules.backup.engines.headers import BackupHeader, FileEntry, SetType

PAYLOAD = bytes(number * 7 % 251 for number in range(150_000))
LOG = bytes(number * 11 % 241 for number in range(90_000))
FULL = BackupHeader(
    database="inventario",
    type=SetType.FULL,
    name="nightly",
    description="of every night",
    server="SRV\\ERP",
    machine="SRV",
    user="ERP\\backup",
    database_version=957,
    software_major=16,
    software_minor=0,
    software_build=4135,
    compatibility_level=160,
    collation="Modern_Spanish_CI_AS",
    sort_order=0,
    locale_id=1033,
    comparison_style=196609,
    created_at=datetime(2024, 2, 29, 23, 59, 58),
    started_at=datetime(2026, 10, 25, 2, 30, 0),
    finished_at=datetime(2026, 10, 25, 2, 31, 7),
    expires_at=datetime(2026, 11, 25, 2, 30, 0),
    utc_offset_minutes=-300,
    first_lsn=41_0000000088_00037,
    last_lsn=41_0000000300_00001,
    checkpoint_lsn=41_0000000088_00037,
    database_backup_lsn=40_0000000016_00174,
    set_guid="0a0b0c0d-0001-4002-8003-000000000004",
    media_set_id="0a0b0c0d-0001-4002-8003-0000000000aa",
    family_guid="11111111-2222-4333-8444-555555555555",
    binding_id="66666666-7777-4888-8999-aaaaaaaaaaaa",
    recovery_fork="11111111-2222-4333-8444-555555555555",
    first_recovery_fork="11111111-2222-4333-8444-555555555555",
    recovery_model="FULL",
    page_verify="CHECKSUM",
)
DIFFERENTIAL = msgspec.structs.replace(
    FULL,
    type=SetType.DIFFERENTIAL,
    set_guid="0a0b0c0d-0001-4002-8003-000000000005",
    differential_base_lsn=FULL.checkpoint_lsn,
    differential_base_guid=FULL.set_guid,
)
TAIL = msgspec.structs.replace(FULL, type=SetType.LOG, set_guid="0a0b0c0d-0001-4002-8003-000000000006")


def changed(header: BackupHeader, **values: object) -> BackupHeader:
    return msgspec.structs.replace(header, **values)


def written(path: Path, header: BackupHeader = FULL, **values: object) -> Written:
    """A backup with payload and log; ``values`` as in `BackupSpec`."""
    spec = {"payload": b"" if header.type is SetType.LOG else PAYLOAD, "log": LOG} | values
    return write_backup(path, BackupSpec(header=header, **spec))


def made(path: Path, header: BackupHeader = FULL, **values: object) -> bytes:
    """The bytes of such a backup."""
    written(path, header, **values)
    return path.read_bytes()


def report(content: bytes, *, decode: bool = False) -> BakReport:
    return check_file(io.BytesIO(content), decode=decode)


def in_pieces(content: bytes, sizes: list[int], *, decode: bool = False) -> BakReport:
    """The same by pieces of the given sizes, in turn, each overwritten once it is taken."""
    reader, at, turn = BakReader(decode=decode), 0, 0
    while at < len(content):
        size = sizes[turn % len(sizes)]
        piece = bytearray(content[at : at + size])
        reader.feed(memoryview(piece))
        piece[:] = b"\xee" * len(piece)
        at, turn = at + size, turn + 1
    return reader.finish()


def codes(content: bytes, *, decode: bool = False) -> set[str]:
    return {one.code for one in report(content, decode=decode).contents.findings}


def two_files() -> tuple[FileEntry, ...]:
    """A database with two data files in two groups, and its log."""

    def entry(number: int, name: str, kind: str, group: str) -> FileEntry:
        return FileEntry(
            logical_name=name,
            physical_name=f"D:\\Datos\\{name}.{'ldf' if kind == 'L' else 'ndf'}",
            type=kind,
            file_id=number,
            size_bytes=32 << 20,
            max_bytes=1 << 40,
            growth=10 if kind == "L" else 1 << 20,
            growth_is_percent=kind == "L",
            file_group=group,
            file_group_id=0 if kind == "L" else 1 if number == 1 else 2,
            source_block_bytes=4096,
            unique_id=f"0a0b0c0d-0001-4002-8003-0000000001{number:02}",
            create_lsn=0,
            drop_lsn=0,
            differential_base_lsn=7_0000000008_00009,
            differential_base_guid=None if kind == "L" else "0a0b0c0d-0001-4002-8003-0000000000bb",
        )

    return entry(1, "datos", "D", "PRIMARY"), entry(3, "índices", "D", "Índices"), entry(2, "datos_log", "L", "")
