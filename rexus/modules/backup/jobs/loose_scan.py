"""A folder of SQL Server's backup files, each looked at: what its headers say, or why nothing comes of it."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from ..archive.codecs import codec_of
from ..archive.unpack import unpack
from ..archive.unseal import read_pieces
from ..base.errors import BackupError
from ..base.files import os_path
from ..base.records import Codec, Problem, Record, Severity
from ..config.bare import SERVER_FILE
from ..engines.bak import BakReader, is_backup, read_headers
from ..engines.bak_records import MediaContents
from ..stores.names import is_name
from ..stores.port import Store
from .inspect import SQLITE_MAGIC
from .kit import why_of
from .loose_known import Known, KnownHeaders, Mark

log = logging.getLogger(__name__)
_PIECE = 1 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 50_000
"""So many files are looked at: whoever names a whole disk does not mean all that is on it."""


class Seen(Record, frozen=True, kw_only=True):
    """One file."""

    name: str
    """Below the folder, with ``/``."""
    stored_bytes: int
    size_bytes: int = 0
    """Of its content."""
    codec: Codec = Codec.NONE
    changed_at: datetime
    contents: MediaContents | None = None
    """None: it is no backup of SQL Server."""
    problem: Problem | None = None
    """What kept it from being read to its end, or why it is of no use."""


class Scan(Record, frozen=True, kw_only=True):
    """All that lies in a folder."""

    files: tuple[Seen, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Of what could not be opened at all."""
    others: tuple[str, ...] = ()
    """Files that neither are nor pretend to be backups."""


def scan(folder: Path, store: Store, known: KnownHeaders | None = None) -> Scan:
    """Look at every file in ``folder`` and below; ``store`` is the same folder. Nothing is written there.

    Of packed files all has to be unpacked to come to the end, unless it is ``known`` what they hold; of others the
    headers alone are read. What begins with a dot is passed over, and links are only named.
    """
    files: list[Seen] = []
    others: list[str] = []
    problems: list[Problem] = []
    for number, (name, mark) in enumerate(_below(folder, "", problems)):
        if number >= _MOST:
            problems.append(Problem(code="bare.too_many", severity=Severity.WARNING, values={"count": _MOST}))
            break
        seen = _seen(store, name, mark, known)
        if seen is None:
            others.append(name)
        else:
            files.append(seen)
    if known is not None:
        known.keep()
    return Scan(files=tuple(files), problems=tuple(problems), others=tuple(others))


def _below(folder: Path, name: str, problems: list[Problem]) -> Iterator[tuple[str, Mark]]:
    """Every file, by its name and as it is; what can't be opened by one is told in ``problems``."""
    waiting = [name]
    while waiting:
        here = waiting.pop()
        inside: list[str] = []
        for entry in _entries(folder / here, problems):
            below = f"{here}/{entry.name}" if here else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                problems.append(_told("bare.link", below))
            elif entry.is_dir():
                inside.append(below)
            elif not is_name(below):
                problems.append(_told("bare.odd_name", below))
            elif entry.is_file():
                with contextlib.suppress(FileNotFoundError):  # it may vanish between two questions
                    yield below, _mark(entry.stat())
        waiting += reversed(inside)


def _mark(found: os.stat_result) -> Mark:
    return Mark(stored_bytes=found.st_size, mtime_ns=found.st_mtime_ns, ctime_ns=found.st_ctime_ns, inode=found.st_ino)


def _entries(path: Path, problems: list[Problem]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(os_path(path)) as scanned:
            return sorted(scanned, key=lambda entry: entry.name)
    except OSError as error:
        values: dict[str, str | int] = {"path": str(path), "why": error.strerror or type(error).__name__}
        problems.append(Problem(code="bare.closed_folder", severity=Severity.WARNING, values=values))
        return []


def contents_of(store: Store, file: str, codec: Codec) -> MediaContents | None:
    """What the headers of one stored file say; None where it can't be read or is no backup of SQL Server."""
    seen = Seen(name=file, stored_bytes=0, codec=codec, changed_at=_EPOCH)
    try:
        with store.open(file) as stored:
            found = _plain(seen, stored, named=False) if codec is Codec.NONE else _packed(seen, stored)
    except (BackupError, OSError) as error:
        log.info("%s can't be read: %s", file, error)
        return None
    return found.contents if found is not None else None


def _seen(store: Store, name: str, mark: Mark, known: KnownHeaders | None) -> Seen | None:
    """The file as it was read; None for what nobody takes for a backup."""
    codec, named = codec_of(name), SERVER_FILE.fullmatch(name) is not None
    if codec is not Codec.NONE and not named:
        return None
    seen = Seen(name=name, stored_bytes=mark.stored_bytes, codec=codec, changed_at=_instant(mark.mtime_ns))
    before = known.of(name, mark) if known is not None and codec is not Codec.NONE else None
    if before is not None:
        return _changed(seen, size_bytes=before.size_bytes, contents=before.contents)
    try:
        with store.open(name) as stored:
            if codec is Codec.NONE:
                return _plain(seen, stored, named=named)
            found = _packed(seen, stored)
    except (BackupError, OSError) as error:
        log.info("%s can't be read: %s", name, error)
        return _changed(seen, problem=_unusable(name, why_of(error))) if named else None
    if known is not None and found.problem is None:  # a disk that did not answer may do so the next time
        known.add(name, Known(mark=mark, size_bytes=found.size_bytes, contents=found.contents))
    return found


def _plain(seen: Seen, stored: BinaryIO, *, named: bool) -> Seen | None:
    first = stored.read(len(SQLITE_MAGIC))
    if not named and not is_backup(first):
        return None
    if first == SQLITE_MAGIC:
        return _changed(seen, size_bytes=seen.stored_bytes, problem=_told("bare.sqlite_file", seen.name))
    stored.seek(0)
    return _changed(seen, size_bytes=seen.stored_bytes, contents=read_headers(stored))


def _packed(seen: Seen, stored: BinaryIO) -> Seen:
    """As far as it can be unpacked; what stops that is told beside what was read before."""
    reader, size, problem, begun = BakReader(pages=False, verify=False), 0, None, b""
    try:
        for piece in unpack(read_pieces(stored, _PIECE), seen.codec, seen.name):
            begun = begun or bytes(piece[: len(SQLITE_MAGIC)])
            size += len(piece)
            reader.feed(piece)
    except BackupError as error:
        problem = Problem(code=error.code, values=dict(error.values))
    if begun == SQLITE_MAGIC:
        return _changed(seen, size_bytes=size, problem=_told("bare.sqlite_file", seen.name))
    return _changed(seen, size_bytes=size, contents=reader.finish().contents, problem=problem)


def _changed(seen: Seen, **values: object) -> Seen:
    import msgspec

    return msgspec.structs.replace(seen, **values)


def _instant(since_1970_ns: int) -> datetime:
    """Windows reckons with none before 1970, and a broken disk tells of years that there are not."""
    try:
        return _EPOCH + timedelta(microseconds=since_1970_ns // 1000)
    except OverflowError:
        return _EPOCH


def _told(code: str, name: str) -> Problem:
    shown = name.encode("utf-8", "replace").decode("utf-8")
    return Problem(code=code, severity=Severity.WARNING, values={"file": shown})


def _unusable(name: str, why: str) -> Problem:
    return Problem(code="bare.unusable_file", severity=Severity.WARNING, values={"file": name, "why": why})
