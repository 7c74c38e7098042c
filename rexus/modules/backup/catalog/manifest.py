"""One backup set as `backup_manifest_<set>.json`: written whole, read with suspicion.

The text carries a hash of itself: SHA-256 of the exact text with that hash's 64 digits as zeros. Whatever is read
may be damaged, hostile or of tomorrow; all of that ends in a named error and never in another exception.
"""

from __future__ import annotations

import errno
import re
import stat
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..base.clock import timestamp
from ..base.errors import BackupError, BadInput, Damaged, Failed, Refused, StoreFailed
from ..base.files import PARTIAL, Files
from ..base.files import publish as write_whole
from ..base.records import SCHEMA_VERSION, Check, FileCopy, FileSetBackup, Manifest, Origin, SetStatus
from ..base.source_names import is_safe, untold
from .legacy import looked_up, read_legacy
from .names import (
    ORIGINAL,
    PREFIX,
    SET_NAME,
    SUFFIX,
    inside,
    is_database_name,
    is_plain,
    is_set_name,
    manifest_path,
    set_of,
)

__all__ = [
    "FILE_SET_BYTES",
    "MAX_BYTES",
    "MAX_DEPTH",
    "PREFIX",
    "SET_NAME",
    "SUFFIX",
    "inside",
    "is_plain",
    "is_set_name",
    "manifest_path",
    "parse",
    "publish",
    "read",
    "remove",
    "reserve",
    "set_of",
    "to_text",
]

MAX_BYTES = 64 * 1024 * 1024
FILE_SET_BYTES = MAX_BYTES * 3 // 8
"""What one of the two file sets may take of it, so that room is left for databases, checks and problems."""
MAX_DEPTH = 32
"""Nested brackets; ours have eight at most."""
_MAX_NUMBER = 2**53
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""Beyond these an instant can't be told in every local zone."""
_MAX_NAMES = 1000
_ZEROS = b"0" * 64
_HASH = re.compile(rb'"manifest_sha256"\s*:\s*"([0-9a-f]{64})"')
# An unfinished string is taken to the end, so that this stays linear on hostile text.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|([\[{])|[\]}]', re.DOTALL)
_EMPTY = re.compile(rb"\[\]|\{\}")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class _Peek(msgspec.Struct):
    """What decides how the rest is read."""

    schema_version: int | None = None
    manifest_sha256: str | None = None
    set_id: str | None = None


def to_text(manifest: Manifest) -> bytes:
    """The JSON text of ``manifest`` with its hash filled in. Raises `Refused` for what JSON can't hold."""
    import hashlib

    try:
        blank = msgspec.structs.replace(manifest, manifest_sha256=_ZEROS.decode())
        text = msgspec.json.format(msgspec.json.encode(blank), indent=2) + b"\n"
    except (UnicodeEncodeError, OverflowError) as error:
        raise Refused("manifest.unwritable", set=manifest.timestamp, reason=str(error)[:200]) from error
    start = _hash_place(text)
    assert start is not None
    return text[:start] + hashlib.sha256(text).hexdigest().encode() + text[start + 64 :]


def _hash_place(text: bytes) -> int | None:
    """Where the 64 digits begin: the last member of that name, which the writer puts at the end."""
    found = None
    for found in _HASH.finditer(text):  # noqa: B007  the last one counts
        pass
    return found.start(1) if found else None


def read(path: Path, root: Path) -> Manifest:
    """The set described by the file ``path``. Raises `Damaged` or `BadInput` with a ``manifest.…`` code.

    Manifests of the original program, which have neither version nor hash, come back as origin ``legacy``, with
    ``file`` being what is found below ``root``.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would wait for ever, a link may lead anywhere
            raise Damaged("manifest.damaged", file=path.name, reason="not a regular file")
        with path.open("rb") as reading:
            data = reading.read(MAX_BYTES + 1)
    except OSError as error:
        raise Damaged("manifest.unreadable", file=path.name, reason=_reason(error)) from error
    manifest = parse(data, path.name, root)
    return looked_up(manifest, root) if manifest.origin is Origin.LEGACY else manifest


def parse(data: bytes, file_name: str, root: Path) -> Manifest:
    """The set described by the text ``data`` of the file ``file_name``. Raises as `read`."""
    set_name = set_of(file_name)
    if set_name is None:
        raise Damaged("manifest.bad_name", file=file_name)
    if len(data) > MAX_BYTES:
        raise Damaged("manifest.too_big", file=file_name, limit=MAX_BYTES)
    if _is_too_deep(data):
        raise Damaged("manifest.too_deep", file=file_name, limit=MAX_DEPTH)
    try:
        return _decode(data, set_name, file_name, root)
    except BackupError:
        raise
    except RecursionError as error:
        raise Damaged("manifest.too_deep", file=file_name, limit=MAX_DEPTH) from error
    except (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError, OSError) as error:
        raise Damaged("manifest.damaged", file=file_name, reason=ascii(str(error))[1:-1][:200]) from error


def _is_too_deep(data: bytes) -> bool:
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return False
    # Peel off level after level: some hundred times quicker than to look at each bracket in Python.
    rest = _outside_strings(data).translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        peeled = _EMPTY.sub(b"", rest)
        if not peeled:
            return False
        if peeled == rest:
            break
        rest = peeled
    return _depth(data) > MAX_DEPTH


def _outside_strings(data: bytes) -> bytes:
    """``data`` without its strings; right as far as ``data`` is JSON, beyond which no decoder reads on."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(data.split(b'"')[::2])


def _depth(data: bytes) -> int:
    """How deep the brackets of ``data`` nest, also where they don't match; counted up to one beyond the limit."""
    depth = deepest = 0
    for token in _TOKEN.finditer(data):
        if token[1]:
            depth += 1
            deepest = max(deepest, depth)
            if depth > MAX_DEPTH:
                break
        elif token[0] in b"]}":
            depth -= 1
    return deepest


def _decode(data: bytes, set_name: str, file_name: str, root: Path) -> Manifest:
    peek = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Peek)
    if peek.schema_version is None and peek.manifest_sha256 is None and peek.set_id is None:
        manifest = read_legacy(data.removeprefix(b"\xef\xbb\xbf"), set_name, root)
    else:
        if peek.schema_version is not None and peek.schema_version > SCHEMA_VERSION:
            raise BadInput("manifest.newer", file=file_name, version=str(peek.schema_version), known=SCHEMA_VERSION)
        _prove_hash(data, peek, file_name)
        manifest = msgspec.json.decode(data, type=Manifest)
    if manifest.timestamp != set_name:
        raise Damaged("manifest.name_mismatch", file=file_name, set=ascii(manifest.timestamp)[1:-1][:80])
    _refuse_hostile(manifest, file_name)
    _refuse_odd(manifest)
    return manifest


def _prove_hash(data: bytes, peek: _Peek, file_name: str) -> None:
    import hashlib  # not for lists, whose index is the usual reader here

    start = _hash_place(data)
    told = data[start : start + 64] if start is not None else b""
    if start is not None and told.decode() == peek.manifest_sha256:
        hashed = hashlib.sha256(data[:start])
        hashed.update(_ZEROS)
        hashed.update(data[start + 64 :])
        if hashed.hexdigest().encode() == told:
            return
    raise Damaged("manifest.hash", file=file_name)


def _refuse_hostile(manifest: Manifest, file_name: str) -> None:
    """Every path stays where sets keep that kind of file, and no copy lies behind a copied link."""
    for name, backup in manifest.databases.items():
        if not is_database_name(name):
            raise Damaged("manifest.hostile_path", file=file_name, name=ascii(name)[1:-1][:200])
        for piece in backup.pieces:
            if piece.file is not None:
                _refuse_outside(piece.file, "databases/", file_name)
    for kind, part in (("config/", manifest.config), ("application/", manifest.application)):
        if part is not None:
            for copy in part.files:
                _refuse_outside(copy.backup, kind, file_name)
                if not is_safe(untold(copy.source)):
                    raise Damaged("manifest.hostile_path", file=file_name, name=ascii(copy.source)[1:-1][:200])
            _refuse_behind_links(part.files, file_name)


def _refuse_outside(name: str, folder: str, file_name: str) -> None:
    if not (name.startswith(folder) and is_plain(name)):
        raise Damaged("manifest.hostile_path", file=file_name, name=ascii(name)[1:-1][:200])


def _refuse_behind_links(copies: tuple[FileCopy, ...], file_name: str) -> None:
    """Names that differ by case only are left to the restore: there are such files on systems where case counts."""
    links = {name for one in copies if one.link_target is not None for name in (untold(one.source), one.backup)}
    if not links:
        return
    for copy in copies:
        for name in (untold(copy.source), copy.backup):
            parts = name.split("/")
            if any("/".join(parts[:count]) in links for count in range(1, len(parts))):
                raise Damaged("manifest.hostile_path", file=file_name, name=ascii(name)[1:-1][:200])


def _refuse_odd(manifest: Manifest) -> None:
    """Values that have the right type and yet can't be. Raises `ValueError`."""
    if manifest.schema_version < 1:
        raise ValueError(f"schema_version {manifest.schema_version}")
    parts = [part for part in (manifest.config, manifest.application) if part is not None]
    pieces = [piece for one in manifest.databases.values() for piece in one.pieces]
    sizes = [size for one in pieces for size in (one.size_bytes, one.stored_bytes)]
    sizes += [copy.size_bytes for part in parts for copy in part.files]
    if sizes and (min(sizes) < 0 or sum(sizes) > _MAX_NUMBER):
        raise ValueError("a size that can't be")
    for instant in _instants(manifest, parts):
        if instant is not None and instant.utcoffset() is None:
            raise ValueError(f"an instant without a zone: {instant}")
        if instant is not None and not _EARLIEST <= instant <= _LATEST:
            raise ValueError(f"an instant that can't be: {instant}")


def _instants(manifest: Manifest, parts: list[FileSetBackup]) -> Iterator[datetime | None]:
    yield from (manifest.started_at, manifest.completed_at, manifest.deleting_since)
    if manifest.pin is not None:
        yield manifest.pin.until
    checks: list[Check] = [check for part in parts for check in part.checks]
    for backup in manifest.databases.values():
        yield from (backup.started_at, backup.completed_at)
        checks.extend(backup.checks)
    yield from (check.at for check in checks)


def publish(root: Path, files: Files, manifest: Manifest) -> Manifest:
    """Write the manifest of a set in one step, durably; returns it with its hash.

    What the reader would refuse is refused here too, so that no set becomes unreadable. Raises `Refused` for such
    a manifest, `StoreFailed` when it could not be written (then the old one is as it was).
    """
    if not is_set_name(manifest.timestamp):
        raise Refused("manifest.unwritable", set=manifest.timestamp, reason="not a set's name")
    target = manifest_path(root, manifest.timestamp)
    text, hashed = _proven(manifest, root)
    try:
        if manifest.origin is Origin.LEGACY:
            _keep_original(target, files)
        write_whole(files, target, text)
    except OSError as error:
        raise _write_failed(target, error) from error
    return hashed


def _proven(manifest: Manifest, root: Path) -> tuple[bytes, Manifest]:
    """The text, and what the reader makes of it: the same with the hash."""
    text = to_text(manifest)
    try:
        again = parse(text, f"{PREFIX}{manifest.timestamp}{SUFFIX}", root)
    except BackupError as error:
        raise Refused("manifest.unwritable", set=manifest.timestamp, reason=str(error)) from error
    if msgspec.structs.replace(again, manifest_sha256=manifest.manifest_sha256) != manifest:
        raise Refused("manifest.unwritable", set=manifest.timestamp, reason="read back differently")
    return text, again


def _keep_original(target: Path, files: Files) -> None:
    """Keep the text of the original program beside the manifest that takes its place."""
    aside = target.with_name(target.name + ORIGINAL)
    if aside.exists() or not target.exists():
        return
    old = target.read_bytes()
    if b'"manifest_sha256"' not in old:
        write_whole(files, aside, old)


def remove(root: Path, files: Files, set_name: str) -> None:
    """Remove the manifest of a set, durably; a missing one is no error. Raises `StoreFailed`."""
    target = manifest_path(root, set_name)
    try:
        # The manifest goes last: as long as it is there, whoever comes later can finish the deletion.
        files.unlink(target.with_name(target.name + ORIGINAL))
        files.unlink(target)
        files.sync_folder(root)
    except OSError as error:
        raise _write_failed(target, error) from error


def reserve(root: Path, files: Files, manifest: Manifest, instant: datetime) -> Manifest:
    """Give a new set its name and publish its ``in_progress`` manifest, durably.

    The claim on a name is the exclusive creation of ``<manifest>.claim.partial``; only then is looked whether the
    name is free, and the claim, written and synced, *becomes* the manifest by a rename. So two processes never get
    one name (the second fails at the claim or sees the manifest), a manifest under its final name is always whole,
    and a crash leaves at most a ``.partial``, which costs that one second's name until it is swept.
    ``timestamp`` and ``status`` of ``manifest`` are replaced; ``set_id`` and ``zone`` filled in where empty.
    Raises `StoreFailed`, `Failed` (``set.no_name``), `Refused`.
    """
    wall = timestamp(instant)
    fresh = msgspec.structs.replace(
        manifest,
        status=SetStatus.IN_PROGRESS,
        set_id=manifest.set_id or str(uuid.uuid4()),
        zone=manifest.zone or instant.astimezone().isoformat()[-6:],
    )
    for number in range(1, _MAX_NAMES):
        name = wall if number == 1 else f"{wall}_{number}"
        named = msgspec.structs.replace(fresh, timestamp=name)
        text, hashed = _proven(named, root)
        try:
            if _claim(root, files, name, text):
                return hashed
        except OSError as error:
            raise _write_failed(manifest_path(root, name), error) from error
    raise Failed("set.no_name", set=wall, root=str(root))


def _claim(root: Path, files: Files, name: str, text: bytes) -> bool:
    target = manifest_path(root, name)
    if _is_taken(root, name):
        return False
    claim = target.with_name(f"{target.name}.claim{PARTIAL}")
    try:
        writing = files.create(claim)
    except FileExistsError:
        return False
    try:
        try:
            free = not _is_taken(root, name)
            if free:
                writing.write(text)
                writing.sync()
        finally:
            writing.close()
        if free:
            files.replace(claim, target)
        else:
            files.unlink(claim)
    except BaseException:
        files.unlink(claim)
        raise
    if free:
        files.sync_folder(root)
    return free


def _is_taken(root: Path, name: str) -> bool:
    """Whether a set has this name, or files of one whose manifest is lost."""
    if any((root / part / name).exists() for part in ("config", "application")):
        return True
    return manifest_path(root, name).exists() or any((root / "databases").glob(f"*_{name}.*"))


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _write_failed(path: Path, error: OSError) -> StoreFailed:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StoreFailed("catalog.full" if full else "catalog.write_failed", path=str(path), reason=_reason(error))
