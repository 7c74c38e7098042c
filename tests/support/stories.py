"""Stories that are made to fail or die at every change of a file, and what must hold afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from support.world import NAMES, World

from rexus.modules.backup.base.files import Files
from rexus.modules.backup.base.records import SetStatus, Status

Story = Callable[[World, Files | None], object]


def begin(folder: Path) -> World:
    """A world with two proven sets, and a row that only the live databases have."""
    world = World(folder, rows=40).build()
    world.backup()
    world.add_row("users")
    world.backup(files=False)
    world.add_row("users")
    return world


def _sets(world: World) -> tuple[str, ...]:
    return tuple(one.set for one in world.model().listing().sets if one.status is SetStatus.COMPLETED)


STORIES: dict[str, Story] = {
    "backup": lambda world, port: world.backup(port=port),
    "restore": lambda world, port: world.overwrite(_sets(world)[-1], "users", "auditoria", port=port),
    "delete": lambda world, port: world.delete(_sets(world)[-1], port=port),
    "verify": lambda world, port: world.verify(port=port),
}


class Before:
    """What was true before the story."""

    def __init__(self, world: World) -> None:
        self.live = {name: world.content(name) for name in NAMES}
        self.sets = _sets(world)

    def check(self, folder: Path, story: str) -> None:
        """The old world or the new one; the next run is clean."""
        world = World(folder, rows=40)
        self._databases(world, story)
        after = world.backup(files=False)
        assert after.outcome.status is Status.OK, after.outcome.problems
        assert world.unfinished() == []
        sets = world.model().listing()
        assert sets.problems == ()
        assert all(one.status is not SetStatus.IN_PROGRESS and not one.deleting for one in sets.sets)
        gone = set(self.sets) - {one.set for one in sets.sets}
        assert gone <= ({self.sets[-1]} if story == "delete" else set())
        proven = world.verify(*(name for name in self.sets if name not in gone))
        assert all(one.ok for one in proven.sets), proven.sets
        assert proven.orphans == ()
        assert after.manifest is not None
        self._named_archives(world)

    def _databases(self, world: World, story: str) -> None:
        for name in NAMES:
            now = world.content(name)
            if story == "restore" and name == "users":
                assert now in (self.live[name], self.live[name][:-2]), name
            else:
                assert now == self.live[name], name

    def _named_archives(self, world: World) -> None:
        """Every archive under a final name belongs to a set that names it."""
        named = {
            backup.file.rpartition("/")[2]
            for one in world.model().listing().sets
            for backup in one.databases.values()
            if backup.file
        }
        assert world.archives() == named


def copy_of(world: World, target: Path) -> World:
    """The same world in another folder."""
    shutil.copytree(world.folder, target, symlinks=True)
    return World(target, rows=world.rows)
