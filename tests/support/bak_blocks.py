"""Blocks, streams and configuration of a SQL Server backup file as a server writes them, for `bak_writer`.

Written after the description of the format alone, and not with the reader's code: what both get wrong shows.
"""

import struct
import uuid
from collections.abc import Iterable
from datetime import datetime

from rexus.modules.backup.engines.headers import BackupHeader, FileEntry, SetType

UNIT = 1024
"""Blocks inside a set begin at multiples of it, counted from the set's first block."""
LETTERS = {1: b"D", 2: b"L", 4: b"F", 5: b"I", 6: b"G", 7: b"P", 8: b"Q"}
SIZES = {9: (344, 48, 400), 10: (364, 48, 1024)}
"""Fixed parts of SCIN, SFGI, SFIN by the server's major version."""
NEW_SIZES = (400, 224, 1028)
MARKS_AT = {9: 60}
COLLATIONS = {
    "Latin1_General_CI_AS": (0x00D00409, 0),
    "SQL_Latin1_General_CP1_CI_AS": (0x00D00409, 52),
    "Modern_Spanish_CI_AS": (0x00D00C0A, 0),
}
MODELS = {"FULL": 0, "BULK-LOGGED": 4, "SIMPLE": 8}
VERIFIES = {"": 0x10000, "CHECKSUM": 0x10000, "TORN_PAGE_DETECTION": 0x10, "NONE": 0}


def xor_words(data: bytes) -> int:
    result = 0
    for (word,) in struct.iter_unpack("<H", data):
        result ^= word
    return result


def packed_date(at: datetime | None) -> bytes:
    if at is None:
        return bytes(5)
    fields = ((at.year, 14), (at.month, 4), (at.day, 5), (at.hour, 5), (at.minute, 6), (at.second, 6))
    number = 0
    for value, bits in fields:
        number = number << bits | value
    return number.to_bytes(5, "big")


def packed_lsn(lsn: int | None) -> bytes:
    number = lsn or 0
    return struct.pack("<IIH", number // 10**15, number // 10**5 % 10**10, number % 10**5)


def packed_guid(text: str | None) -> bytes:
    return uuid.UUID(text).bytes_le if text else bytes(16)


class Strings:
    """Texts behind the fixed part of a block or record; each becomes an address of size and offset."""

    def __init__(self, start: int) -> None:
        self._start = start
        self.data = b""

    def add(self, text: str) -> bytes:
        return self.raw(text.encode("utf-16-le"))

    def raw(self, data: bytes) -> bytes:
        address = struct.pack("<HH", len(data), self._start + len(self.data) if data else 0)
        self.data += data
        return address


def padded(data: bytes, to: int = 4) -> bytes:
    return data + bytes(-len(data) % to)


def stream(kind: bytes, data: bytes, media: int = 0) -> bytes:
    return padded(stream_head(kind, len(data), media) + data)


def stream_head(kind: bytes, size: int, media: int = 0) -> bytes:
    head = struct.pack("<4sHHQHH", kind, 0, media, size, 0, 0)
    return head + struct.pack("<H", xor_words(head))


def head(kind: bytes, length: int, *, rel: int = 0, number: int = 0, attributes: int = 0, os: bytes = b"") -> bytes:
    """The common 52 bytes; ``os`` is size and offset of the OS data."""
    text = kind not in {b"MSDA", b"MSTL", b"ESET", b"SFMB"}
    made = struct.pack("<4sIHBBQQ8xI4x", kind, attributes, length, 0x0E, 1, 0, rel, number)
    made += (os or bytes(4)) + bytes([2 if text else 0, 0])
    return made + struct.pack("<H", xor_words(made))


def spad(used: int, unit: int = UNIT) -> bytes:
    """The last stream of a block of which ``used`` bytes are written."""
    room = -(used + 22) % unit
    return stream_head(b"SPAD", room) + bytes(room)


def filemark(marks: list[int], block_bytes: int, major: int) -> bytes:
    """``marks``: offsets of those before it, oldest first."""
    at = MARKS_AT.get(major, 72)
    room = (block_bytes - 72) // 8
    body = struct.pack("<IIIII", 56 if major == 9 else room, len(marks), 72 if major != 9 else 0, 0, 0)[: at - 52]
    body += b"".join(struct.pack("<Q", offset) for offset in reversed(marks[-room:]))
    made = head(b"SFMB", block_bytes, attributes=0 if major == 9 else 0x80000000) + body
    return made.ljust(block_bytes, b"\0")


def tape(header: BackupHeader, name: str, family: tuple[int, int, int], block_bytes: int, password: bytes) -> bytes:
    """``family``: its id, its number in the set, how many there are."""
    family_id, sequence, count = family
    strings = Strings(94)
    named, described = strings.add(name), strings.add("")
    word = strings.raw(password)
    software = strings.raw("Microsoft SQL Server".encode("utf-16-le") + bytes(4))
    body = struct.pack("<IIHHHH", family_id, 5, 1, 5 if password else 0, block_bytes // 512, 3)
    body += named + described + word + software
    body += struct.pack("<HH", 1024, 4608) + packed_date(header.started_at) + b"\x01" + strings.data
    length = len(padded(bytes(52) + body))
    made = padded(head(b"TAPE", length, attributes=0x30000) + body)
    raid = packed_guid(header.media_set_id) + struct.pack("<IHHHHHH", 0xF00000AD, count, 1, sequence, 0, 0, 1)
    made += stream(b"RAID", raid)
    return made + spad(len(made), 1024 if block_bytes == 512 else block_bytes)


def set_start(header: BackupHeader, offset: int) -> bytes:
    strings = Strings(121)
    strings.data = b"\0"
    body = struct.pack(
        "<IIHH", 8 if header.type is SetType.DIFFERENTIAL else 4, 0, 4608, header.position
    )  # fmt: skip
    body += strings.add(header.name) + strings.add(header.description) + bytes(4) + strings.add(header.user)
    zone = (header.utc_offset_minutes or 0) // 15
    body += struct.pack("<Q", offset) + packed_date(header.started_at)
    body += struct.pack("<BBbBB2x", header.software_major, header.software_minor, zone, 0, 2)
    body += packed_guid(header.set_guid) + packed_date(header.expires_at) + strings.data
    length = len(padded(bytes(52) + body))
    return padded(head(b"SSET", length, os=struct.pack("<HH", 21, 100)) + body)


def volume(header: BackupHeader, rel: int) -> bytes:
    strings = Strings(73)
    device, label, machine = strings.add("C:"), strings.add(""), strings.add(header.machine)
    body = struct.pack("<I", 2) + device + label + machine + packed_date(header.started_at) + strings.data
    length = len(padded(bytes(52) + body))
    return padded(head(b"VOLB", length, rel=rel, number=1) + body)


def placed(record: bytearray, at: int, data: bytes) -> None:
    record[at : at + len(data)] = data


def flags(header: BackupHeader) -> int:
    bits = {
        0x1: header.has_bulk_logged_data,
        0x2: header.is_snapshot,
        0x4: header.is_read_only,
        0x8: header.is_single_user,
        0x10: header.has_checksums,
        0x20: header.is_damaged,
        0x80: header.has_incomplete_metadata,
        0x100: header.is_force_offline,
        0x200: True,
        0x400: header.is_copy_only,
        0x800: header.type is SetType.DIFFERENTIAL,
    }
    return sum(bit for bit, is_set in bits.items() if is_set)


def scin(header: BackupHeader, files: Iterable[FileEntry], unit: int, *, closing: bool) -> bytes:
    size = SIZES.get(header.software_major, NEW_SIZES)[0]
    strings, made = Strings(size), bytearray(size)
    kinds = [one.type for one in files]
    placed(made, 8, struct.pack("<III", flags(header), kinds.count("D"), kinds.count("L")))
    version = struct.pack("<HBB", header.software_build, header.software_minor, header.software_major)
    placed(made, 24, version)
    lsns = (header.first_lsn, header.last_lsn, header.checkpoint_lsn, header.database_backup_lsn)
    placed(made, 32, b"".join(map(packed_lsn, lsns)))
    finished = header.finished_at if closing else None
    placed(made, 72, b"".join(map(packed_date, (header.created_at, header.started_at, finished))))
    collation, sort_id = COLLATIONS.get(header.collation or "Latin1_General_CI_AS", (0x00D00409, 0))
    placed(made, 87, LETTERS[header.type] + bytes([sort_id]))
    placed(made, 91, struct.pack("<BHH", header.compatibility_level or 0, 6, header.database_version or 0))
    placed(made, 96, struct.pack("<Q", header.size_bytes or 0))
    placed(made, 104, strings.add(header.database) + strings.add(header.server))
    placed(made, 116, struct.pack("<II", header.locale_id or 1033, header.comparison_style or 196609))
    placed(made, 124, packed_guid(header.binding_id))
    placed(made, 144, packed_lsn(header.last_lsn))
    placed(made, 156, packed_guid(header.recovery_fork))
    placed(made, 172, packed_lsn(header.fork_point_lsn))
    if header.first_recovery_fork != header.recovery_fork:
        placed(made, 184, packed_guid(header.first_recovery_fork))
    placed(made, 216, struct.pack("<II", collation, sort_id))
    placed(made, 224, packed_guid(header.family_guid))
    status = MODELS[header.recovery_model or "FULL"] | VERIFIES[header.page_verify]
    status |= 0x400 * header.is_read_only | 0x1000 * header.is_single_user
    placed(made, 240, struct.pack("<II", unit, status))
    if header.type is SetType.LOG:
        placed(made, 248, packed_lsn(header.first_lsn if header.begins_log_chain else 1))
    placed(made, 260, packed_lsn(header.differential_base_lsn))
    placed(made, 272, packed_guid(header.differential_base_guid))
    if size > 344:
        compressed = header.compressed_bytes if header.compressed_bytes is not None else header.size_bytes
        placed(made, 344, struct.pack("<Q", compressed or 0))
    return closed(b"SCIN", made, strings)


def closed(kind: bytes, made: bytearray, strings: Strings) -> bytes:
    placed(made, 0, kind + struct.pack("<I", len(made) + len(strings.data)))
    return bytes(made) + strings.data


def sfgi(number: int, name: str, major: int) -> bytes:
    size = SIZES.get(major, NEW_SIZES)[1]
    strings, made = Strings(size), bytearray(size)
    placed(made, 8, struct.pack("<II", 0x10, number) + strings.add(name))
    return closed(b"SFGI", made, strings)


def sfin(one: FileEntry, header: BackupHeader, *, closing: bool) -> bytes:
    size = SIZES.get(header.software_major, NEW_SIZES)[2]
    strings, made = Strings(size), bytearray(size)
    is_log, sent = one.type == "L", one.backup_bytes or 0
    bits = 4 | 8 * one.growth_is_percent | 0x80 * (not is_log and header.type is SetType.FULL)
    kept = 0 if is_log and not closing else sent
    placed(made, 8, struct.pack("<I", bits))
    placed(made, 20, struct.pack("<II", one.file_id, 0 if is_log else sent // 8192))
    source = one.source_block_bytes or 512
    placed(made, 28, struct.pack("<IIIQ", 2 if is_log else 1, source, one.file_group_id, one.size_bytes))
    placed(made, 48, strings.add(one.logical_name) + strings.add(one.physical_name))
    unlimited = 2199023255552 if is_log else 35184372080640
    placed(made, 86, struct.pack("<QQ", one.max_bytes or unlimited, one.growth or 0))
    for at in (114, 130):
        placed(made, at, struct.pack("<Q", one.size_bytes))
    placed(made, 138, packed_lsn(one.create_lsn) + packed_lsn(one.drop_lsn) + packed_lsn(one.differential_base_lsn))
    placed(made, 170, packed_guid(one.differential_base_guid) + packed_guid(one.unique_id))
    for at, lsn in ((202, header.first_lsn), (218, header.last_lsn), (234, header.checkpoint_lsn)):
        placed(made, at, packed_lsn(lsn))
    placed(made, 250, struct.pack("<Q", kept))
    return closed(b"SFIN", made, strings)


def configuration(header: BackupHeader, files: tuple[FileEntry, ...], unit: int, *, closing: bool) -> bytes:
    groups = {one.file_group_id: one.file_group for one in files if one.file_group_id}
    made = scin(header, files, unit, closing=closing)
    made += b"".join(sfgi(number, name, header.software_major) for number, name in sorted(groups.items()))
    return made + b"".join(sfin(one, header, closing=closing) for one in files)
