r"""Trees of the original program of 2025, read as if they were ours.

Its manifest describes the uncompressed ``.bak``, which it then compressed and deleted: ``file`` is an absolute
path (often with ``\``) that no longer exists, ``size_bytes`` and ``checksum`` (MD5) belong to the content, and on
disk there is the same name with ``.gz``. Paths in it are never followed; only their last part counts.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..base.errors import Damaged
from ..base.records import (
    BackupKind,
    Check,
    Codec,
    DatabaseBackup,
    FileCopy,
    FileSetBackup,
    Manifest,
    Origin,
    Problem,
    SetStatus,
    Severity,
)
from ..base.source_names import told
from .names import inside, is_plain
from .ticks import is_absence

_PLACES = (
    ("", r".+_backup_[0-9]{8}_[0-9]{6}\.(db|zip)"),
    ("", r"(full|inc)_[0-9]{8}_[0-9]{6}\.zip"),
    ("", r"backup_history\.json|health_report_[0-9_]+\.json"),
    ("database", r".+_backup_[0-9]{8}_[0-9]{6}\.sql(\.gz)?"),
    ("files", r"files_backup_[0-9]{8}_[0-9]{6}\.tar(\.gz)?"),
    ("config", r"config_backup_[0-9]{8}_[0-9]{6}\.json(\.gz)?"),
)
"""What three other programs of the host left: none of it can be restored as a database."""


class _Database(msgspec.Struct):
    status: str | None = None
    file: str | None = None
    size_bytes: int | None = None
    checksum: str | None = None
    timestamp: str | None = None
    error: str | None = None


class _File(msgspec.Struct):
    source: str | None = None
    backup: str | None = None
    size: int | None = None
    checksum: str | None = None


class _Part(msgspec.Struct):
    status: str | None = None
    timestamp: str | None = None
    error: str | None = None
    files: list[_File] | None = None


class _Old(msgspec.Struct):
    databases: dict[str, _Database] | None
    timestamp: str | None = None
    type: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    status: str | None = None
    config: _Part | None = None
    application: _Part | None = None
    integrity_check: list[str] | None = None
    errors: list[str] | None = None


def read_legacy(data: bytes, set_name: str, root: Path) -> Manifest:
    """The set of the original program described by ``data``, with what is found of it below ``root``.

    Raises `msgspec.MsgspecError`, `ValueError`, `OverflowError` or `OSError` for what no such program wrote.
    """
    old = msgspec.json.decode(data, type=_Old)
    databases = {name: _database(name, one, root) for name, one in (old.databases or {}).items()}
    whole = old.status == "completed" and all(one.status is SetStatus.COMPLETED for one in databases.values())
    started_at = _instant(old.started_at) or datetime.strptime(set_name[:15], "%Y%m%d_%H%M%S").astimezone(UTC)
    completed_at = _instant(old.completed_at)
    return Manifest(
        timestamp=old.timestamp or set_name,
        type=BackupKind.FULL,
        started_at=started_at,
        completed_at=completed_at,
        # It said "completed" even where every database had failed.
        status=SetStatus.COMPLETED if whole else SetStatus.FAILED,
        databases=databases,
        config=_config(old.config, set_name) if old.config else None,
        application=_application(old.application, set_name, root) if old.application else None,
        integrity_check=tuple(old.integrity_check or ()),
        errors=tuple(old.errors or ()),
        zone=started_at.astimezone().isoformat()[-6:],
        origin=Origin.LEGACY,
        seconds=max(0.0, (completed_at - started_at).total_seconds()) if completed_at else 0.0,
    )


def _instant(text: str | None) -> datetime | None:
    """It wrote local wall times without a zone."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _status(text: str | None) -> SetStatus:
    return SetStatus.COMPLETED if text == "completed" else SetStatus.FAILED


def _last_part(path: str | None) -> str:
    return re.split(r"[\\/]", path or "")[-1]


def _database(name: str, old: _Database, root: Path) -> DatabaseBackup:
    wrong = Problem(code="legacy.failed", values={"database": name, "reason": old.error or old.status or ""})
    if _status(old.status) is not SetStatus.COMPLETED:
        return DatabaseBackup(status=SetStatus.FAILED, timestamp=old.timestamp or "", problem=wrong)
    last = _last_part(old.file)
    if not is_plain(last):
        nameless = Problem(code="legacy.no_file", values={"database": name})
        return DatabaseBackup(status=SetStatus.FAILED, timestamp=old.timestamp or "", problem=nameless)
    file, stored_bytes = _found(last, root)
    return DatabaseBackup(
        status=SetStatus.COMPLETED,
        file=file,
        size_bytes=old.size_bytes or 0,
        checksum=(old.checksum or "").lower(),
        checksum_algorithm="md5",
        stored_bytes=stored_bytes,
        codec=Codec.GZIP if file.endswith(".gz") else Codec.NONE,
        timestamp=old.timestamp or "",
    )


def _found(last: str, root: Path) -> tuple[str, int]:
    """The file as it lies there, and its size; the compressed name and 0 if it is gone."""
    for name in (f"databases/{last}", f"databases/{last}.gz"):
        size = _size(name, root)
        if size is not None:
            return name, size
    return f"databases/{last}" if last.endswith(".gz") else f"databases/{last}.gz", 0


def _size(name: str, root: Path) -> int | None:
    """Bytes of a file below the root; None: there is no such file."""
    try:
        status = inside(root, name).stat()
    except (OSError, Damaged):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def looked_up(manifest: Manifest, root: Path) -> Manifest:
    """``manifest``, once read by `read_legacy` and kept since, with its files as they lie there now.

    Where a file was not found its name was only the likely one: a tree may still have been on its way here, and
    people pack and unpack such files. One that is there under its name stays as it was written down.
    """
    changed = {name: new for name, one in manifest.databases.items() if (new := _looked_up(one, root)) is not one}
    return msgspec.structs.replace(manifest, databases={**manifest.databases, **changed}) if changed else manifest


def _looked_up(one: DatabaseBackup, root: Path) -> DatabaseBackup:
    if one.file is None or one.status is not SetStatus.COMPLETED:
        return one
    size = _size(one.file, root)
    if size is not None:
        return one if one.stored_bytes else msgspec.structs.replace(one, stored_bytes=size)
    file, stored_bytes = _found(one.file.rpartition("/")[2].removesuffix(".gz"), root)
    if not stored_bytes:
        return one
    codec = Codec.GZIP if file.endswith(".gz") else Codec.NONE
    return msgspec.structs.replace(one, file=file, stored_bytes=stored_bytes, stored_sha256="", codec=codec)


def without_guesses(manifest: Manifest, checks: Mapping[str, tuple[Check, ...]]) -> Mapping[str, tuple[Check, ...]]:
    """``checks`` worth keeping: a file of the original program that is not found may have another name."""
    if manifest.origin is not Origin.LEGACY:
        return checks
    kept = {name: tuple(one for one in new if one.ok or not is_absence(one.problem)) for name, new in checks.items()}
    return {name: new for name, new in kept.items() if new}


def _config(old: _Part, set_name: str) -> FileSetBackup:
    """Two sources with one name went to one copy; the last is what lies there."""
    copies: dict[str, FileCopy] = {}
    problems: list[Problem] = []
    for one in old.files or ():
        last = _last_part(one.backup)
        if not is_plain(last):
            problems.append(_odd(one.backup or ""))
            continue
        copies[last] = FileCopy(
            source=_below_application(one, set_name, last),
            backup=f"config/{set_name}/{last}",
            size_bytes=one.size or 0,
            checksum=(one.checksum or "").lower(),
            checksum_algorithm="md5",
            private=last == ".env",
        )
    if old.error:
        problems.append(Problem(code="legacy.failed", values={"database": "config", "reason": old.error}))
    return FileSetBackup(
        status=_status(old.status),
        timestamp=old.timestamp or "",
        files=tuple(copies.values()),
        problems=tuple(problems),
    )


def _below_application(one: _File, set_name: str, last: str) -> str:
    """The source relative to the application, whose folder is the one that held ``backups/config/<set>/``."""
    source = (one.source or "").replace("\\", "/")
    backups = (one.backup or "").replace("\\", "/").rpartition(f"/config/{set_name}/")[0]
    application = backups.rpartition("/")[0]
    if application and source.startswith(f"{application}/"):
        source = source[len(application) + 1 :]
    return told(source if is_plain(source) else last)


def _application(old: _Part, set_name: str, root: Path) -> FileSetBackup:
    """It copied folders and hashed nothing: what is there is listed, without a promise."""
    copies: list[FileCopy] = []
    problems: list[Problem] = []
    prefix = f"application/{set_name}"
    for name in sorted(_below(root, prefix)):
        if is_plain(name):
            copies.append(_copy(root / name, told(name[len(prefix) + 1 :]), name))
        else:
            problems.append(_odd(name))
    if old.error:
        problems.append(Problem(code="legacy.failed", values={"database": "application", "reason": old.error}))
    return FileSetBackup(
        status=_status(old.status), timestamp=old.timestamp or "", files=tuple(copies), problems=tuple(problems)
    )


def _below(root: Path, prefix: str) -> Iterator[str]:
    """Files, links and empty folders below ``prefix``; links are not followed."""
    try:
        top = inside(root, prefix)
    except Damaged:
        return
    for folder, folders, names in os.walk(top):
        here = f"{prefix}/{Path(folder).relative_to(top).as_posix()}".removesuffix("/.")
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        yield from (f"{here}/{name}" for name in (*names, *links))
        if not folders and not names and here != prefix:
            yield here


def _copy(path: Path, source: str, backup: str) -> FileCopy:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        target = told(str(path.readlink()))
        return FileCopy(source=source, backup=backup, link_target=target, mtime_ns=status.st_mtime_ns)
    folder = stat.S_ISDIR(status.st_mode)
    return FileCopy(
        source=source,
        backup=backup,
        size_bytes=0 if folder else status.st_size,
        mode=stat.S_IMODE(status.st_mode),
        mtime_ns=status.st_mtime_ns,
        folder=folder,
    )


def _odd(name: str) -> Problem:
    return Problem(code="legacy.odd_name", severity=Severity.WARNING, values={"name": ascii(name)[1:-1][:200]})


def legacy_orphans(root: Path) -> tuple[str, ...]:
    """What other programs of the host left below ``root``, as relative names; for telling, never for restoring."""
    found: list[str] = []
    for folder, pattern in _PLACES:
        place = root / folder if folder else root
        if place.is_dir():
            names = (path.name for path in place.iterdir() if re.fullmatch(pattern, path.name))
            found.extend(f"{folder}/{name}" if folder else name for name in names)
    return tuple(sorted(found))
