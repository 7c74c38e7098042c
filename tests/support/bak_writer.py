"""A small writer of SQL Server backup files (``.bak``, ``.trn``) for tests, and the way back to what was put in.

    written = write_backup(path, BackupSpec(header=header, payload=b"tables", log=b"changes"))
    read_payload(path) == b"tables"; read_log(path) == b"changes"

A server would not restore such a file: its pages hold what the caller wants kept, not tables. All around them is
as a server writes it: blocks, configuration, maps of extents, checksums, log blocks. What the caller gives in
``header`` and ``files`` is written as it is, except for what only the writer can know, which `Written` tells:
position, media set, sizes, and GUIDs that were left empty.

- Full and differential backups (``header.type``) hold ``payload`` on the data pages of the first data file; logs
  hold no pages. All may hold ``log``, in log blocks that begin at the block of ``header.first_lsn``.
- Several paths: a striped media set, in this order; hand all to `read_payload`.
- ``append``: one more set behind those that the (single, uncompressed) file has.
- ``checksum``: WITH CHECKSUM; ``header.has_checksums`` is written accordingly.
- ``header.page_verify`` decides how pages are protected: CHECKSUM (also when empty), TORN_PAGE_DETECTION, NONE.
- Collations that `bak_blocks.COLLATIONS` does not know are written as ``Latin1_General_CI_AS``.
- Memory: the payload and a few MiB; `read_payload` reads whole files.
"""

import dataclasses
import struct
import uuid
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from rexus.modules.backup.engines.headers import BackupHeader, FileEntry, SetType

from . import bak_blocks as blocks
from . import bak_content as content
from .bak_packed import Clear, Packed
from .bak_walk import Walk, read_log, read_payload

__all__ = ["BackupSpec", "Written", "read_log", "read_payload", "write_backup"]

VLF_START = 8192
EXTENT = content.PAGE * content.EXTENT_PAGES
FILLER = b"\x01\x65" + bytes(EXTENT - 2)


@dataclass(frozen=True)
class BackupSpec:
    """One backup set to be written."""

    header: BackupHeader
    """``position``, ``media_set_id``, sizes and empty GUIDs are filled in by the writer."""
    files: tuple[FileEntry, ...] = ()
    """Empty: one data file and one log file named after the database."""
    payload: bytes = b""
    log: bytes = b""
    checksum: bool = False
    compressed: bool = False
    append: bool = False
    media_name: str = ""
    media_password: bytes = b""
    """16 bytes, or none."""
    block_bytes: int = 512
    """Sector size of the disk it is written to: 512 or 4096."""
    unit: int = 65536
    """Transfer unit: stripes take turns after so many bytes; a multiple of 64 KiB."""
    stride: int = 1
    """Only every so many extents is in use (full) or changed (differential)."""
    repeated_extents: int = 0
    """So many of the last extents once more in a second data block, as servers from 2019 on do."""
    finished: bool = True
    """False: cut off before the closing configuration, as when a server died."""


@dataclass(frozen=True)
class Written:
    """What stands in the file: the values as written, and the size of each file."""

    header: BackupHeader
    files: tuple[FileEntry, ...]
    sizes: tuple[int, ...]


def write_backup(paths: Path | Sequence[Path], spec: BackupSpec) -> Written:
    """Write one set to one file, or striped over several."""
    targets = [paths] if isinstance(paths, Path) else list(paths)
    if spec.append and (len(targets) > 1 or spec.compressed):
        raise ValueError("sets are appended to one uncompressed file only")
    old = Walk(targets[0].read_bytes()) if spec.append else None
    header, files = _completed(spec, targets, old)
    shares = _shares(spec, header, files, len(targets))
    sizes = []
    with ExitStack() as stack:
        for index, target in enumerate(targets):
            file = stack.enter_context(target.open("ab" if spec.append else "wb"))
            out = Packed(file) if spec.compressed else Clear(file, old.size if old else 0)
            one = _Family(spec, header, files, out)
            one.marks = list(old.marks) if old else []
            family = (zlib.crc32(f"{header.media_set_id}{index}".encode()), index + 1, len(targets))
            one.write(family, shares[index], first=index == 0, fresh=old is None)
            sizes.append(file.tell())
    return Written(header, files, tuple(sizes))


def _named(header: BackupHeader) -> tuple[FileEntry, ...]:
    name = header.database
    data = FileEntry(
        logical_name=name,
        physical_name=f"C:\\Data\\{name}.mdf",
        type="D",
        file_id=1,
        size_bytes=0,
        growth=65536 * 1024,
        file_group="PRIMARY",
        file_group_id=1,
        unique_id=str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
    )
    log = FileEntry(
        logical_name=f"{name}_log",
        physical_name=f"C:\\Data\\{name}_log.ldf",
        type="L",
        file_id=2,
        size_bytes=0,
        growth=65536 * 1024,
        unique_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name}_log")),
    )
    return data, log


def _data_files(spec: BackupSpec, files: tuple[FileEntry, ...]) -> list[content.DataFile]:
    if spec.header.type is SetType.LOG:
        return []
    changed = spec.header.type is SetType.DIFFERENTIAL
    data = [one for one in files if one.type == "D"]
    return [
        content.DataFile(
            one.file_id, spec.payload if index == 0 else b"", one.size_bytes // content.PAGE, spec.stride, changed
        )
        for index, one in enumerate(data)
    ]


def _log_place(header: BackupHeader) -> tuple[int, int]:
    """VLF and block at which the log begins."""
    lsn = header.first_lsn or 10**15
    return lsn // 10**15, lsn // 10**5 % 10**10


def _completed(spec: BackupSpec, targets: list[Path], old: Walk | None) -> tuple[BackupHeader, tuple[FileEntry, ...]]:
    """Header and files with what the writer knows."""
    given = spec.files or _named(spec.header)
    sent = {one.file_id: one.extents() for one in _data_files(spec, given)}
    vlf, block = _log_place(spec.header)
    log_bytes = len(content.log_blocks(spec.log, vlf, block))
    files, log_at = [], next((one.file_id for one in given if one.type == "L"), None)
    for one in given:
        if one.type == "L":
            here = log_bytes if one.file_id == log_at else 0
            least = VLF_START + (block * 512 if here else 0) + here + 65536
            changes = {"backup_bytes": here, "size_bytes": max(one.size_bytes, least)}
        else:
            extents = sent.get(one.file_id, [])
            least = (max(extents, default=15) + 1) * EXTENT
            changes = {"backup_bytes": len(extents) * EXTENT, "size_bytes": max(one.size_bytes, least)}
        files.append(msgspec.structs.replace(one, **changes))
    seed = f"{spec.header}{targets}{old.size if old else 0}{zlib.crc32(spec.payload)}{zlib.crc32(spec.log)}"
    size = sum(one.backup_bytes or 0 for one in files) + 65536
    header = msgspec.structs.replace(
        spec.header,
        position=len(old.sets) + 1 if old else 1,
        media_set_id=old.media_set_id if old else spec.header.media_set_id or _guid(seed + "media"),
        set_guid=spec.header.set_guid or _guid(seed + "set"),
        size_bytes=spec.header.size_bytes or size,
        compressed_bytes=spec.header.compressed_bytes or size,
        first_lsn=spec.header.first_lsn or (vlf * 10**15 + block * 10**5 + 1 if spec.log else 0),
        has_checksums=spec.checksum,
        compressed=spec.compressed,
    )
    return header, tuple(files)


def _guid(seed: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, seed))


@dataclass
class _Share:
    """What one file of the media set holds of the data: units of extents."""

    size: int = 0
    pieces: list[bytes | memoryview] = dataclasses.field(default_factory=list)


def _shares(
    spec: BackupSpec, header: BackupHeader, files: tuple[FileEntry, ...], count: int
) -> list[tuple[_Share, _Share]]:
    """For each file its units of the data, and of what is repeated."""
    flags = {"": 0x200, "CHECKSUM": 0x200, "TORN_PAGE_DETECTION": 0x100, "NONE": 0}[header.page_verify]
    boot = bytes(504 - content.HEAD) + blocks.packed_guid(header.family_guid)
    first = [_Share() for _ in range(count)]
    again = [_Share() for _ in range(count)]
    turn, waiting, last = 0, bytearray(), bytearray()
    for one in _data_files(spec, files):
        for part in content.made_pages(one, flags, boot):
            waiting += part
            last = (last + part)[-spec.repeated_extents * EXTENT :] if spec.repeated_extents else last
            while len(waiting) >= spec.unit:
                turn = _given(first, turn, bytes(waiting[: spec.unit]))
                del waiting[: spec.unit]
    if waiting:
        fillers = (spec.unit - len(waiting)) // EXTENT
        turn = _given(first, turn, bytes(waiting) + FILLER * fillers)
    while count > 1 and turn % count:
        turn = _given(first, turn, FILLER * (spec.unit // EXTENT))
    again[0].pieces, again[0].size = [bytes(last)], len(last)
    return list(zip(first, again, strict=True))


def _given(shares: list[_Share], turn: int, unit: bytes) -> int:
    share = shares[turn % len(shares)]
    share.pieces.append(unit)
    share.size += len(unit)
    return turn + 1


class _Family:
    """One file of the media set while it is written."""

    def __init__(self, spec: BackupSpec, header: BackupHeader, files: tuple[FileEntry, ...], out: Clear) -> None:
        self._spec, self._header, self._files, self._out = spec, header, files, out
        self.marks: list[int] = []
        self._set_at = self._aligned_to = self._number = 0

    def write(self, family: tuple[int, int, int], share: tuple[_Share, _Share], *, first: bool, fresh: bool) -> None:
        """All of it; ``first``: the file that takes the log."""
        spec, out = self._spec, self._out
        if fresh:
            out.write(blocks.tape(self._header, spec.media_name, family, spec.block_bytes, spec.media_password))
            self._mark()
        self._set_at = self._aligned_to = out.at
        self._block(blocks.set_start(self._header, out.at))
        self._block(blocks.volume(self._header, self._rel()))
        self._number = 1
        self._configuration(b"MSCI", closing=False)
        if self._header.type is not SetType.LOG:
            for one in share:
                if one.size or one is share[0]:
                    self._data(one)
        self._log(first=first)
        if not spec.finished:
            return
        self._configuration(b"MSLS", closing=True)
        self._mark()
        self._end()
        self._mark()

    def _rel(self) -> int:
        return (self._out.at - self._set_at) // blocks.UNIT

    def _mark(self) -> None:
        at = self._out.at
        self._out.mark(blocks.filemark(self.marks, self._spec.block_bytes, self._header.software_major))
        self.marks.append(at)

    def _block(self, made: bytes) -> None:
        self._out.write(made + blocks.spad(self._out.at - self._aligned_to + len(made)))

    def _head(self, kind: bytes, length: int) -> bytes:
        self._number += 1
        return blocks.head(kind, length, rel=self._rel(), number=self._number)

    def _configuration(self, kind: bytes, *, closing: bool) -> None:
        data = blocks.configuration(self._header, self._files, self._spec.unit, closing=closing)
        self._block(self._head(kind, 56) + bytes(4) + blocks.stream(b"MQCI", data))

    def _aligned(self, made: bytes) -> bytes:
        """``made`` and the padding after which data of a stream, but for its two filler bytes, is aligned."""
        room = -(self._out.at + len(made) + 22 + 22 + 2) % self._spec.block_bytes
        return made + blocks.stream_head(b"APAD", room, 0x80) + bytes(room)

    def _content(self, kind: bytes, media: int, size: int, pieces: Sequence[bytes | memoryview]) -> None:
        """A stream of data, and its checksum."""
        self._out.write(blocks.stream_head(kind, size + 2, media | 0x100 * self._spec.checksum) + bytes(2))
        check = 0
        for piece in pieces:
            self._out.write(bytes(piece))
            check = _folded(check, piece) if self._spec.checksum else 0
        if self._spec.checksum:
            self._out.write(blocks.stream(b"CSUM", struct.pack("<I", check)))

    def _data(self, share: _Share) -> None:
        made = self._head(b"MSDA", 60) + struct.pack("<IHH", 0, 0, 1)
        self._out.write(self._aligned(made))
        self._content(b"MQDA", 2, share.size, share.pieces)
        self._block(blocks.stream(b"MQDA", b"", 6))

    def _log(self, *, first: bool) -> None:
        vlf, block = _log_place(self._header)
        for one in (one for one in self._files if one.type == "L"):
            size, used = one.size_bytes - VLF_START, one.backup_bytes or 0
            start = VLF_START + block * 512 if used else 0
            made = self._head(b"MSTL", {9: 128, 10: 592}.get(self._header.software_major, 596))
            body = bytearray(int.from_bytes(made[8:10], "little") - 52)
            struct.pack_into("<QQI", body, 8, start, start + used, one.file_id)
            struct.pack_into("<HH", body, 28, 20, 0x5C)
            struct.pack_into("<IQQHB", body, 0x5C - 52, vlf if used else 0, size, VLF_START, 2, 0x40)
            made += bytes(body)
            if not used or not first:
                self._block(made)
                continue
            run = content.log_blocks(self._spec.log, vlf, block, checksums=self._header.page_verify != "NONE")
            run += bytes(-len(run) % 65536)
            self._out.write(self._aligned(made))
            self._content(b"MQTL", 0, len(run), [run])
            self._block(b"")

    def _end(self) -> None:
        header, at = self._header, self._out.at
        self._aligned_to = at  # a filemark may be half a unit
        tail = struct.pack("<HH", 1, header.position) + blocks.packed_date(header.finished_at) + bytes(3)
        body = struct.pack("<IIQ", 4, 0, 0) + bytes(8) + tail
        made = blocks.head(b"ESET", 88) + body
        made += blocks.stream(b"OTCP", bytes(-(len(made) + 22) % blocks.UNIT))
        self._block(made + blocks.stream(b"TSMP", bytes(208)))
        self._block(blocks.head(b"ESET", 88) + struct.pack("<IIQ", 4, 0, at) + bytes(8) + tail)


def _folded(check: int, data: bytes | memoryview) -> int:
    """The stream's checksum, gone on with whole sectors."""
    turned = len(data) // 512 % 32
    rotated = (check << turned | check >> 32 - turned) & 0xFFFFFFFF if turned else check
    return rotated ^ content.fold(bytes(data))
