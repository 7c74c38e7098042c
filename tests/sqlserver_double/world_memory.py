"""A world kept in memory as it is now, to be gone back to: a test that breaks things needs no world of its own."""

from __future__ import annotations

import copy
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .databases import Database
from .logins import Account

if TYPE_CHECKING:
    from .world import SqlWorld

Thing = TypeVar("Thing")


class FolderMemory:
    """A folder with small files, kept in memory. Going back writes only what is not as it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folders = {path for path in folder.rglob("*") if path.is_dir()}
        self._files = {path: (path.read_bytes(), path.stat()) for path in folder.rglob("*") if path.is_file()}

    def go_back(self) -> None:
        """The folder holds again what it held, with the same times."""
        for path in sorted(self._folder.rglob("*"), reverse=True):
            if path.is_dir() and path not in self._folders:
                shutil.rmtree(path)
            elif path.is_file() and path not in self._files:
                path.unlink()
        for path in sorted(self._folders):
            path.mkdir(exist_ok=True)
        for path, (content, was) in self._files.items():
            if path.exists() and _told(path.stat()) == _told(was):
                continue
            path.write_bytes(content)
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def _told(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_size, stat.st_mtime_ns


class WorldMemory:
    """Databases, logins, history, disk; what is immutable in them is shared."""

    def __init__(self, world: SqlWorld) -> None:
        self._world = world
        self._databases = {key: _database(one) for key, one in world.databases.items()}
        self._logins = {key: _account(one) for key, one in world.logins.items()}
        self._settings = {key: copy.copy(one) for key, one in world.settings.items()}
        self._plain = {"certificates": dict(world.certificates), "credentials": dict(world.credentials)}
        self._history = _with_own(copy.copy(world.history))
        self._edition, self._integrated_only = world.edition, world.integrated_only
        self._reserved = dict(world.disk.reserved)
        self._disk = FolderMemory(world.disk.folder)

    def go_back(self) -> None:
        """The world is what it was; whoever is in it is thrown out, and nothing is ordered to go wrong any more."""
        world = self._world
        world.faults.clear()
        world.restart()
        with world.lock:
            world.databases = {key: _database(one) for key, one in self._databases.items()}
            world.logins = {key: _account(one) for key, one in self._logins.items()}
            world.settings = {key: copy.copy(one) for key, one in self._settings.items()}
            world.certificates = dict(self._plain["certificates"])
            world.credentials = dict(self._plain["credentials"])
            world.history = _with_own(copy.copy(self._history))
            world.edition, world.version = self._edition, self._edition.version
            world.integrated_only = self._integrated_only
            world.disk.clear()
            world.disk.capacity.clear()
            world.disk.reserved = dict(self._reserved)
            self._disk.go_back()


def _database(one: Database) -> Database:
    made = _with_own(copy.copy(one))
    made.restoring = _with_own(copy.copy(one.restoring)) if one.restoring is not None else None
    made.backing_up = 0
    return made


def _account(one: Account) -> Account:
    return _with_own(copy.copy(one))


def _with_own(thing: Thing) -> Thing:
    """The same with lists, sets and dictionaries of its own."""
    for name in type(thing).__slots__:  # type: ignore[attr-defined]  # all of them are dataclasses with slots
        value = getattr(thing, name)
        if isinstance(value, list | dict | set):
            setattr(thing, name, type(value)(value))
    return thing
