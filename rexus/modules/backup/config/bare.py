"""A backup folder without settings: whoever lost data and the settings with it has only that."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from ..base.files import os_path
from ..base.records import Record

Engine = Literal["sqlite", "sqlserver"]

_MANIFEST = re.compile(r"backup_manifest_[0-9]{8}_[0-9]{6}(_[0-9]+)?\.json", re.ASCII)
_PARTS = frozenset({"databases", "config", "application", "logs", "safety"})
"""What a backup folder has in it: people choose these instead of the folder itself."""
_LOOKED_AT = 5
"""Of so many manifests the newest that says what engine it is of counts."""
_MAX_BYTES = 64 << 20
_MOST_BELOW = 200
"""So many folders below a chosen one are looked into."""
SERVER_FILE = re.compile(r".*\.(bak|trn|dif|diff)(\.gz|\.zst)?", re.IGNORECASE | re.DOTALL)
"""What files of SQL Server's backups are called, also where a program of ours or the original one packed them."""
_MOST_SEEN = 5000
"""So many entries are looked at for the first such file."""
SERVER_BEGINS = (b"TAPE", b"MSSQLBAK")
"""What sound files of SQL Server's backups begin with."""
DEEPEST = 6
"""Folders in folders that are looked into; usual programs make one for each server, database and kind."""


class _Facts(Record, frozen=True, kw_only=True):
    engine: str = ""


class _Database(Record, frozen=True, kw_only=True):
    facts: _Facts | None = None
    file: str | None = None


class _Head(Record, frozen=True, kw_only=True):
    databases: dict[str, _Database] = msgspec.field(default_factory=dict)


def holds_sets(folder: Path) -> bool:
    """Whether manifests of sets lie in ``folder``. Raises nothing."""
    return next(_manifests(folder), None) is not None


def holds_server_files(folder: Path) -> bool:
    """Whether backup files of SQL Server lie in ``folder`` or below, by their names; links are not followed."""
    waiting, seen = [(folder, 0)], 0
    while waiting:
        here, depth = waiting.pop(0)
        with contextlib.suppress(OSError, ValueError), os.scandir(os_path(here)) as entries:
            for entry in entries:
                seen += 1
                if seen > _MOST_SEEN:
                    return False
                if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                    waiting.append((here / entry.name, depth + 1))
                elif SERVER_FILE.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    return True
    return False


def backup_folder_near(chosen: Path) -> Path | None:
    """The backup folder that is meant by ``chosen``: itself, the one it is a part of, or the only one right below.

    Without any sets a folder with files of SQL Server's will do. Raises nothing; None where there is none, or more
    than one.
    """
    if holds_sets(chosen):
        return chosen
    if chosen.name in _PARTS and holds_sets(chosen.parent):
        return chosen.parent
    found: list[Path] = []
    with contextlib.suppress(OSError), os.scandir(os_path(chosen)) as entries:
        for _number, entry in zip(range(_MOST_BELOW), entries, strict=False):
            if entry.is_dir() and holds_sets(chosen / entry.name):
                found.append(chosen / entry.name)
    if not found and holds_server_files(chosen):
        return chosen
    return found[0] if len(found) == 1 else None


def engine_of(folder: Path) -> Engine:
    """The engine that the newest sets in ``folder`` are of; where none says it, by the first bytes of their files."""
    newest = sorted(_manifests(folder), reverse=True)[:_LOOKED_AT]
    named = next((engine for name in newest for engine in _engines(folder / name)), "")
    if not named and any(_is_of_server(folder, name) for name in newest):
        named = "sqlserver"
    return "sqlserver" if named == "sqlserver" else "sqlite"


def _engines(path: Path) -> Iterator[str]:
    yield from (one.facts.engine for one in _databases(path) if one.facts and one.facts.engine)


def _databases(path: Path) -> tuple[_Database, ...]:
    with contextlib.suppress(OSError, msgspec.MsgspecError, ValueError, RecursionError):
        if path.stat().st_size <= _MAX_BYTES:
            return tuple(msgspec.json.decode(path.read_bytes(), type=_Head).databases.values())
    return ()


def _is_of_server(folder: Path, manifest: str) -> bool:
    """Whether a set that does not name its engine has a file of SQL Server's: the original program never said."""
    for one in _databases(folder / manifest):
        last = re.split(r"[\\/]", one.file or "")[-1].removesuffix(".gz")
        for name in (last, f"{last}.gz") if last else ():
            if _begins(folder / "databases" / name).startswith(SERVER_BEGINS):
                return True
    return False


def _begins(path: Path) -> bytes:
    """The first bytes of a file, unpacked; nothing where it can't be read."""
    import gzip
    import zlib

    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as reading:
            return reading.read(max(map(len, SERVER_BEGINS)))
    except (OSError, EOFError, zlib.error):
        return b""


def _manifests(folder: Path) -> Iterator[str]:
    with contextlib.suppress(OSError, ValueError), os.scandir(os_path(folder)) as entries:
        yield from (entry.name for entry in entries if _MANIFEST.fullmatch(entry.name))
