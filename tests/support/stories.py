"""Stories that are made to fail or die at every change of a file, and what must hold afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from support.litter import ORPHANS, litter, old_trail
from support.world import NAMES, World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import Files
from rexus.modules.backup.base.records import Origin, RestoreRequest, SetStatus, Severity, Status, Tick
from rexus.modules.backup.base.watching import RetentionRequest

RESTORE_UNDONE = "sweep.restore_undone"
RESTORED = ("users", "auditoria")
"""Databases that were changed since the set that is restored."""
CHANGED = {"requirements.txt": "PyQt6\n", "rexus/core/núcleo.py": "x = 1\n"}
"""Files likewise, with what the set holds of them."""
RESTORES = ("restore", "everything")
DELETES = ("delete", "prune")
ONE_DAY = {"after_backup": False, "daily": 1, "weekly": 0, "monthly": 0, "yearly": 0}
Story = Callable[[World, Files | None], object]


def begin(folder: Path, story: str = "") -> World:
    """A world with two proven sets, a row that only the live databases have, and what the story needs."""
    world = World(folder, rows=40, retention=ONE_DAY).build()
    if story == "cleanup":
        old_trail(world)
    world.backup()
    for name in RESTORED:
        world.add_row(name)
    for path in CHANGED:
        (world.app / path).write_text("cambiado", "utf-8")
    world.backup(files=story == "prune")  # else the first set would be kept for its files
    for name in RESTORED:
        world.add_row(name)
    if story == "cleanup":
        litter(world)
    return world


def _sets(world: World) -> tuple[str, ...]:
    return tuple(one.set for one in world.model().listing().sets if one.status is SetStatus.COMPLETED)


def _everything(world: World, port: Files | None) -> object:
    request = RestoreRequest(
        set=_sets(world)[-1],
        everything=True,
        overwrite=True,
        confirmed=(*NAMES, "config", "application"),
        requested_by="prueba",
    )
    return world.model(port).restore(request, quiet, CancelToken())


STORIES: dict[str, Story] = {
    "backup": lambda world, port: world.backup(port=port),
    "restore": lambda world, port: world.overwrite(_sets(world)[-1], *RESTORED, port=port),
    "everything": _everything,
    "delete": lambda world, port: world.delete(_sets(world)[-1], port=port),
    "verify": lambda world, port: world.verify(port=port),
    "prune": lambda world, port: world.model(port).prune(RetentionRequest(requested_by="prueba"), CancelToken()),
    "drill": lambda world, port: world.drill("users", port=port),
    "cleanup": lambda world, port: world.model(port).cleanup("prueba", Origin.MANUAL, CancelToken()),
}


class Before:
    """What was true before the story."""

    def __init__(self, world: World) -> None:
        self.live = {name: world.content(name) for name in NAMES}
        self.sets = _sets(world)

    def check(self, folder: Path, story: str) -> None:
        """The old world or the new one; the next run is clean."""
        world = World(folder, rows=40)
        self._each_database(world, story)
        tidied = world.backup(files=False)
        assert tidied.outcome.status in (Status.OK, Status.WARNINGS), tidied.outcome.problems
        assert {one.code for one in tidied.outcome.problems if one.severity is not Severity.INFO} <= {RESTORE_UNDONE}
        self._all_databases(world, story)
        after = world.backup(files=False)
        assert after.outcome.status is Status.OK, after.outcome.problems
        assert world.unfinished() == []
        sets = world.model().listing()
        assert sets.problems == ()
        assert all(one.status is not SetStatus.IN_PROGRESS and not one.deleting for one in sets.sets)
        assert all(one.tick is not Tick.FAILED for one in sets.sets), "the machine's trouble is no damage"
        gone = set(self.sets) - {one.set for one in sets.sets}
        assert gone <= ({self.sets[-1]} if story in DELETES else set())
        proven = world.verify(*(name for name in self.sets if name not in gone))
        assert all(one.ok for one in proven.sets), proven.sets
        assert set(proven.orphans) <= (set(ORPHANS) if story == "cleanup" else set())
        assert after.manifest is not None
        assert story != "cleanup" or world.model().audit_verify().ok
        self._named_archives(world)

    def _each_database(self, world: World, story: str) -> None:
        """Each database is whole at any instant: what it was, or what the restore made of it."""
        for name, rows in self.live.items():
            assert world.content(name) in (rows, self._then(name) if story in RESTORES else rows), name

    def _all_databases(self, world: World, story: str) -> None:
        """After the next start all databases and files are old, or all of them are new."""
        now = {name: world.content(name) for name in NAMES}
        files = {path: (world.app / path).read_text("utf-8") for path in CHANGED}
        old = (self.live, dict.fromkeys(CHANGED, "cambiado"))
        new = ({name: self._then(name) for name in NAMES}, CHANGED if story == "everything" else old[1])
        assert (now, files) == old or (story in RESTORES and (now, files) == new)

    def _then(self, name: str) -> tuple[tuple[object, ...], ...]:
        return self.live[name][:-2] if name in RESTORED else self.live[name]

    def _named_archives(self, world: World) -> None:
        """Every archive under a final name belongs to a set that names it."""
        named = {
            backup.file.rpartition("/")[2]
            for one in world.model().listing().sets
            for backup in one.databases.values()
            if backup.file
        }
        assert {name for name in world.archives() if f"databases/{name}" not in ORPHANS} == named


def copy_of(world: World, target: Path) -> World:
    """The same world in another folder."""
    shutil.copytree(world.folder, target, symlinks=True)
    return World(target, rows=world.rows)
