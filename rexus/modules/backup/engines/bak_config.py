"""The configuration of a backup set (stream ``MQCI``): what HEADERONLY and FILELISTONLY tell, with all its places.

It stands twice in a set, before the data and behind it. HEADERONLY shows the second, which alone knows the end of the
backup; FILELISTONLY shows the first. Strings are found by their addresses: the fixed parts grew with the versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ..base.records import Record
from .bak_fields import Unreadable, date, guid, lsn, text, u16, u32, u64
from .collations import collation_of
from .headers import BackupHeader, FileEntry, SetType

_RECORD_HEAD = 8
_LEAST = {b"SCIN": 344, b"SFGI": 48, b"SFIN": 400}
_TYPES = {
    "D": SetType.FULL,
    "L": SetType.LOG,
    "F": SetType.FILE,
    "I": SetType.DIFFERENTIAL,
    "G": SetType.FILE_DIFFERENTIAL,
    "P": SetType.PARTIAL,
    "Q": SetType.PARTIAL_DIFFERENTIAL,
}
_FILE_TYPES = {1: "D", 2: "L"}
_UNLIKE: Mapping[bytes, tuple[tuple[int, int], ...]] = {
    b"SCIN": ((82, 87), (96, 104), (344, 352)),
    b"SFIN": ((24, 28), (158, 186), (250, 258), (262, 270)),
    b"SFGI": (),
}
"""Bytes in which the closing configuration may differ from the opening one: finish, sizes, differential base."""
_UNLIKE_AFTER_TWO: Mapping[bytes, tuple[tuple[int, int], ...]] = {
    b"SCIN": ((32, 72), (144, 154), (248, 258), (332, 342)),
    b"SFIN": ((202, 212), (218, 228), (234, 244)),
    b"SFGI": ((52, 140),),
}
"""And in these where extents were sent a second time."""


class Configuration(Record, frozen=True, kw_only=True):
    """One copy of the configuration."""

    header: BackupHeader
    """Without what other blocks tell: position, names, media set."""
    files: tuple[FileEntry, ...]
    raw: bytes
    unit_bytes: int
    """Stripes take turns after so many bytes."""
    earlier_fork: str
    chain_start_lsn: int


def records(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and bytes of each record. Raises `Unreadable` where they do not fill ``raw``."""
    at = 0
    while at < len(raw):
        kind, size = raw[at : at + 4], u32(raw, at + 4)
        if kind not in _LEAST or size < _LEAST[kind] or at + size > len(raw):
            raise Unreadable(at)
        yield kind, raw[at : at + size]
        at += size


def parse(raw: bytes) -> Configuration:
    """Read a whole configuration. Raises `Unreadable`."""
    whole = tuple(records(raw))
    if not whole or whole[0][0] != b"SCIN" or any(kind == b"SCIN" for kind, _ in whole[1:]):
        raise Unreadable(0)
    groups = {u32(record, 12): text(record, 16) for kind, record in whole if kind == b"SFGI"}
    files = tuple(_file(record, groups) for kind, record in whole if kind == b"SFIN")
    record = whole[0][1]
    if u32(record, 12) + u32(record, 16) != len(files):
        raise Unreadable(12)
    return Configuration(
        header=_header(record),
        files=files,
        raw=raw,
        unit_bytes=u32(record, 240),
        earlier_fork=guid(record, 184),
        chain_start_lsn=lsn(record, 248),
    )


def _header(record: bytes) -> BackupHeader:
    kind = _TYPES.get(chr(record[87]))
    if kind is None:
        raise Unreadable(87)
    status, differential = u32(record, 244), kind is SetType.DIFFERENTIAL
    finished = date(record, 82)
    header = BackupHeader(
        database=text(record, 104),
        type=kind,
        server=text(record, 108),
        database_version=u16(record, 94),
        software_major=record[27],
        software_minor=record[26],
        software_build=u16(record, 24),
        compatibility_level=record[91],
        collation=collation_of(u32(record, 216), u32(record, 220), u32(record, 120)),
        sort_order=record[88],
        locale_id=u32(record, 116),
        comparison_style=u32(record, 120),
        created_at=date(record, 72),
        started_at=date(record, 77),
        finished_at=finished,
        finished=finished is not None,
        size_bytes=u64(record, 96),
        compressed_bytes=_compressed_size(record),
        first_lsn=lsn(record, 32),
        last_lsn=lsn(record, 42),
        checkpoint_lsn=lsn(record, 52),
        database_backup_lsn=lsn(record, 62),
        differential_base_lsn=lsn(record, 260) if differential else None,
        differential_base_guid=guid(record, 272) or None if differential else None,
        family_guid=guid(record, 224),
        binding_id=guid(record, 124),
        recovery_fork=guid(record, 156),
        fork_point_lsn=lsn(record, 172) or None,
        recovery_model="SIMPLE" if status & 8 else "BULK-LOGGED" if status & 4 else "FULL",
        page_verify="CHECKSUM" if status & 0x10000 else "TORN_PAGE_DETECTION" if status & 0x10 else "NONE",
    )
    return msgspec.structs.replace(header, **_flags(u32(record, 8)))


def _flags(flags: int) -> dict[str, int | bool]:
    bits = {
        "has_bulk_logged_data": 0x1,
        "is_snapshot": 0x2,
        "is_read_only": 0x4,
        "is_single_user": 0x8,
        "has_checksums": 0x10,
        "is_damaged": 0x20,
        "has_incomplete_metadata": 0x80,
        "is_force_offline": 0x100,
        "is_copy_only": 0x400,
    }
    return {"flags": flags} | {name: bool(flags & bit) for name, bit in bits.items()}


def _compressed_size(record: bytes) -> int | None:
    """Servers before 2008 know none; their fixed part ends where it would be, and strings begin."""
    begins = min((u16(record, at + 2) for at in (104, 108) if u16(record, at)), default=len(record))
    return u64(record, 344) if begins >= 352 and len(record) >= 352 else None


def _file(record: bytes, groups: dict[int, str]) -> FileEntry:
    group = u32(record, 36)
    return FileEntry(
        logical_name=text(record, 48),
        physical_name=text(record, 52),
        type=_FILE_TYPES.get(u32(record, 28), ""),
        file_id=u32(record, 20),
        size_bytes=u64(record, 40),
        max_bytes=u64(record, 86),
        growth=u64(record, 94),
        growth_is_percent=bool(u32(record, 8) & 8),
        file_group=groups.get(group, ""),
        file_group_id=group,
        backup_bytes=u64(record, 250),
        source_block_bytes=u32(record, 32),
        unique_id=guid(record, 186),
        create_lsn=lsn(record, 138),
        drop_lsn=lsn(record, 148),
        differential_base_lsn=lsn(record, 158),
        differential_base_guid=guid(record, 170) or None,
    )


def first_difference(opening: bytes, closing: bytes, *, sent_twice: bool) -> int | None:
    """Where the two copies differ in what must be equal; None: nowhere. Raises `Unreadable`."""
    before, after = tuple(records(opening)), tuple(records(closing))
    at = 0
    for (kind, one), (other_kind, other) in zip(before, after, strict=False):
        ranges = _UNLIKE[kind] + (_UNLIKE_AFTER_TWO[kind] if sent_twice else ())
        if kind != other_kind or len(one) != len(other):
            return at
        if _blanked(one, ranges) != _blanked(other, ranges):
            equal = (a == b for a, b in zip(_blanked(one, ranges), _blanked(other, ranges), strict=True))
            return at + next(index for index, is_equal in enumerate(equal) if not is_equal)
        at += len(one)
    return None if len(before) == len(after) else at


def _blanked(record: bytes, ranges: tuple[tuple[int, int], ...]) -> bytes:
    made = bytearray(record)
    for begin, end in ranges:
        made[begin:end] = bytes(len(made[begin:end]))
    return bytes(made)
