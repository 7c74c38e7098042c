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


class _Facts(Record, frozen=True, kw_only=True):
    engine: str = ""


class _Database(Record, frozen=True, kw_only=True):
    facts: _Facts | None = None


class _Head(Record, frozen=True, kw_only=True):
    databases: dict[str, _Database] = msgspec.field(default_factory=dict)


def holds_sets(folder: Path) -> bool:
    """Whether manifests of sets lie in ``folder``. Raises nothing."""
    return next(_manifests(folder), None) is not None


def backup_folder_near(chosen: Path) -> Path | None:
    """The backup folder that is meant by ``chosen``: itself, the one it is a part of, or the only one right below.

    Raises nothing; None where there is none, or more than one.
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
    return found[0] if len(found) == 1 else None


def engine_of(folder: Path) -> Engine:
    """The engine that the newest sets in ``folder`` are of; those that don't say are judged by their content later."""
    newest = sorted(_manifests(folder), reverse=True)[:_LOOKED_AT]
    named = (engine for name in newest for engine in _engines(folder / name))
    return "sqlserver" if next(named, "") == "sqlserver" else "sqlite"


def _engines(path: Path) -> Iterator[str]:
    with contextlib.suppress(OSError, msgspec.MsgspecError, ValueError, RecursionError):
        if path.stat().st_size <= _MAX_BYTES:
            head = msgspec.json.decode(path.read_bytes(), type=_Head)
            yield from (one.facts.engine for one in head.databases.values() if one.facts and one.facts.engine)


def _manifests(folder: Path) -> Iterator[str]:
    with contextlib.suppress(OSError, ValueError), os.scandir(os_path(folder)) as entries:
        yield from (entry.name for entry in entries if _MANIFEST.fullmatch(entry.name))
