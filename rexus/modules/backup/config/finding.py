"""Find what there is to protect in an application's folder: databases, older settings, earlier backups.

Nothing is changed, and no file of a database is opened in this process (`headers` tells why).
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..base.errors import BackupError
from ..base.files import WINDOWS, os_path
from ..base.records import Problem, Record
from .check import RESERVED
from .load import ENV_NAMES, FILE_NAME, load
from .migrate import import_old
from .secrets import Secret, read_env

ROLES = ("users", "inventario", "auditoria")
"""What the application's three databases are called here."""
SUFFIXES = frozenset({".db", ".sqlite", ".sqlite3", ".db3", ".s3db", ".sl3"})
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env", "temp", "tmp", "demo", "example"})
"""Folders that hold no databases of the application: libraries, what is only there for a while, and invented ones."""
_CONFIGURATIONS = (
    FILE_NAME,
    f"config/{FILE_NAME}",
    f"rexus/main/config/{FILE_NAME}",
    f"tools/development/backup/{FILE_NAME}",
)
_BACKUPS = ("backups", "backup", "copias", "respaldos")
_MANIFEST = re.compile(r"backup_manifest_([0-9]{8}_[0-9]{6}(?:_[0-9]+)?)\.json", re.ASCII)
_DEPTH = 6
_MOST_ENTRIES = 50_000
_MOST_FILES = 200
_TIMEOUT_S = 20.0
_LONGEST, _NUMBER = 64, 6
"""Characters of a name, and those of them that a number may take."""
_PROGRAM = Path(__file__).with_name("headers.py")
_NAMED = {
    "users": ("users", "usuarios", "user", "login", "seguridad"),
    "inventario": ("inventario", "inventory", "stock", "materiales"),
    "auditoria": ("auditoria", "auditoría", "audit", "audits", "trazabilidad"),
}
_TABLES = {
    "users": frozenset({"usuarios", "roles", "permisos_usuario", "sesiones_usuario"}),
    "inventario": frozenset({"materiales", "movimientos", "inventario", "inventario_perfiles", "obras", "pedidos"}),
    "auditoria": frozenset({"auditoria_log", "audit_trail", "auditoria_sistema", "auditorias_sistema", "eventos"}),
}


class FoundDatabase(Record, frozen=True, kw_only=True):
    """A file that is a SQLite database by its first page."""

    path: str
    name: str
    """What it may be called in the settings; no two found ones have the same."""
    size_bytes: int = 0
    """With what waits in its ``-wal``."""
    role: str = ""
    """Which of the application's databases it seems to be (`ROLES`); nothing: none of them."""
    wal: bool = False
    tables: int = 0


class FoundSettings(Record, frozen=True, kw_only=True):
    """A configuration: one of ours, or of an older program."""

    path: str
    shape: str
    """``ours``, or as `migrate.import_old` calls it: flat, original, rich."""
    root: str = ""
    """The backup folder it names."""


class FoundBackups(Record, frozen=True, kw_only=True):
    """A folder with backup sets in it."""

    path: str
    sets: int
    newest: str
    """Name of the newest set."""


class Found(Record, frozen=True, kw_only=True):
    """What there is in the folder."""

    folder: str
    databases: tuple[FoundDatabase, ...] = ()
    """Those of `ROLES` first, then by name."""
    unusable: tuple[Problem, ...] = ()
    """Files that are called like a database and are none, as ``source.empty``, ``source.foreign`` …"""
    environment: str = ""
    """The application's ``.env``."""
    server: str = ""
    """The SQL Server that it names."""
    settings: tuple[FoundSettings, ...] = ()
    backups: tuple[FoundBackups, ...] = ()


def find(folder: Path) -> Found:
    """Look through ``folder``. What can't be read is passed over; raises nothing."""
    found = looked_at(tuple(_candidates(folder)))
    env = _environment(folder)
    called = {str(env[variable]).casefold(): role for role, variable in ENV_NAMES.items() if variable in env}
    databases = _named([_roled(one, tables, called) for one, tables in found.good])
    return Found(
        folder=str(folder),
        databases=tuple(sorted(databases, key=_order)),
        unusable=found.bad,
        environment=str(folder / ".env") if (folder / ".env").is_file() else "",
        server=str(env.get("DB_SERVER", "")),
        settings=tuple(_settings(folder)),
        backups=tuple(_backups(folder)),
    )


class Looked(Record, frozen=True, kw_only=True):
    """What files are by their first pages."""

    good: tuple[tuple[FoundDatabase, frozenset[str]], ...] = ()
    """Databases without a role yet, and the names of their tables."""
    bad: tuple[Problem, ...] = ()


def looked_at(paths: Sequence[Path]) -> Looked:
    """Tell databases from what is none. Raises nothing."""
    good: list[tuple[FoundDatabase, frozenset[str]]] = []
    bad: list[Problem] = []
    for path, told in zip(paths, _told(paths), strict=True):
        if told.get("kind") == "sqlite":
            tables = frozenset(str(one) for one in told["tables"])
            one = FoundDatabase(
                path=str(path),
                name=free_name(path.stem, ()),
                size_bytes=_size(path),
                wal=told["wal"],
                tables=len(tables),
            )
            good.append((one, tables))
        elif told.get("kind") == "unreadable":
            bad.append(Problem(code="source.unreadable", values={"path": str(path), "reason": str(told["why"])}))
        else:
            code = "source.empty" if told.get("kind") == "empty" else "source.foreign"
            bad.append(Problem(code=code, values={"path": str(path)}))
    return Looked(good=tuple(good), bad=tuple(bad))


def why_not(path: Path) -> Problem | None:
    """Why the file at ``path`` can't be a database; None: it is one by its first page."""
    if not path.exists():
        return Problem(code="source.missing", values={"path": str(path)})
    if not path.is_file():
        return Problem(code="source.folder", values={"path": str(path)})
    return next(iter(looked_at((path,)).bad), None)


def plain_name(text: str) -> str:
    """``text`` as the name of a database: what files may be called on every system."""
    kept = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_-")[:_LONGEST]
    return kept or "base"


def free_name(called: str, used: Container[str]) -> str:
    """A name that the settings can have for a database called so, and none of ``used`` (names in `casefold`)."""
    own = plain_name(called)
    numbered = (f"{own[: _LONGEST - _NUMBER]}_{number}" for number in itertools.count(2))
    several = itertools.chain((own,), numbered)
    return next(one for one in several if one.casefold() not in used and not RESERVED.fullmatch(one))


def _told(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """What the program beside says of each path."""
    if not paths:
        return []
    asked = json.dumps([os_path(path) for path in paths]).encode("ascii") + b"\n"
    flags = subprocess.CREATE_NO_WINDOW if WINDOWS else 0  # type: ignore[attr-defined,unused-ignore]
    try:
        ran = subprocess.run(
            [sys.executable, "-I", "-S", str(_PROGRAM)],
            input=asked,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            creationflags=flags,
            check=True,
        )
        told: list[dict[str, Any]] = json.loads(ran.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return [{"kind": "unreadable", "why": type(error).__name__} for _ in paths]
    return told


def _candidates(folder: Path) -> Iterator[Path]:
    """Files that are called like databases, not too deep and not too many."""
    waiting, seen, count = [(folder, 0)], 0, 0
    while waiting:
        here, depth = waiting.pop(0)
        try:
            entries = sorted(os.scandir(os_path(here)), key=lambda entry: entry.name)
        except OSError:
            continue
        if any(_MANIFEST.fullmatch(entry.name) for entry in entries):  # a backup folder: copies, and no originals
            continue
        for entry in entries:
            seen += 1
            if seen > _MOST_ENTRIES or count >= _MOST_FILES:
                return
            if _is_folder(entry):
                if depth < _DEPTH and not entry.name.startswith(".") and entry.name.casefold() not in _SKIPPED:
                    waiting.append((here / entry.name, depth + 1))
            elif Path(entry.name).suffix.casefold() in SUFFIXES:
                count += 1
                yield here / entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _roled(one: FoundDatabase, tables: frozenset[str], called: dict[str, str]) -> FoundDatabase:
    """The same with its role: by the application's ``.env``, by its name, else by its tables."""
    stem = Path(one.path).stem.casefold()
    role = called.get(stem) or called.get(Path(one.path).name.casefold()) or ""
    if not role:
        words = set(re.split(r"[^a-záéíóúñ]+", stem))
        role = next((role for role in ROLES if words & set(_NAMED[role])), "")
    if not role:
        lower = {name.casefold() for name in tables}
        role = max(ROLES, key=lambda each: len(lower & _TABLES[each]))
        role = role if lower & _TABLES[role] else ""
    return FoundDatabase(
        path=one.path, name=role or one.name, size_bytes=one.size_bytes, role=role, wal=one.wal, tables=one.tables
    )


def _named(several: list[FoundDatabase]) -> list[FoundDatabase]:
    """The same, each with a name and a role of its own."""
    used: set[str] = set()
    named: list[FoundDatabase] = []
    for one in sorted(several, key=_claim):
        name, role = one.name, one.role
        if name.casefold() in used:
            name, role = free_name(Path(one.path).stem, used), ""
        used.add(name.casefold())
        named.append(
            FoundDatabase(
                path=one.path, name=name, size_bytes=one.size_bytes, role=role, wal=one.wal, tables=one.tables
            )
        )
    return named


def _claim(one: FoundDatabase) -> tuple[bool, bool, int, str]:
    """Who keeps a role: whatever is called exactly like it, then the largest."""
    return not one.role, Path(one.path).stem.casefold() != one.role, -one.size_bytes, one.path


def _order(one: FoundDatabase) -> tuple[int, str]:
    return (ROLES.index(one.role) if one.role else len(ROLES), one.name.casefold())


def _size(path: Path) -> int:
    total = 0
    for one in (path, path.with_name(path.name + "-wal")):
        try:
            total += one.stat().st_size
        except OSError:
            continue
    return total


def _environment(folder: Path) -> dict[str, str | Secret]:
    try:
        return read_env(folder / ".env")
    except BackupError:
        return {}


def _settings(folder: Path) -> Iterator[FoundSettings]:
    """Our configuration and those of older programs, where they usually are."""
    for place in _CONFIGURATIONS:
        path = folder / place
        if not path.is_file():
            continue
        try:
            yield FoundSettings(path=str(path), shape="ours", root=str(load(path).root))
            continue
        except BackupError:
            pass  # not one of ours, or one that can't be used
        try:
            imported = import_old(path)
        except BackupError:
            continue
        yield FoundSettings(path=str(path), shape=imported.shape, root=str(imported.changes.get("root", "")))


def _backups(folder: Path) -> Iterator[FoundBackups]:
    """Folders with backup sets, where they usually are."""
    for place in dict.fromkeys((*_BACKUPS, ".")):
        one = backups_in(folder / place)
        if one is not None:
            yield one


def backups_in(folder: Path) -> FoundBackups | None:
    """The backup sets in ``folder``, by their manifests; None: there are none."""
    try:
        names = [found[1] for one in os.listdir(os_path(folder)) if (found := _MANIFEST.fullmatch(one))]  # noqa: PTH208
    except OSError:
        return None
    return FoundBackups(path=str(folder), sets=len(names), newest=max(names)) if names else None
