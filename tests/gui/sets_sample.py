"""A root with sets of several days, made once for a module and copied for each test."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from gui.world import GuiWorld
from support.world import World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import BackupRequest

RULES = {"daily": 2, "weekly": 0, "monthly": 0, "yearly": 0, "after_backup": True}


class Ago:
    """A clock that stands still, so many days before now."""

    def __init__(self, days: float) -> None:
        self._now = datetime.now(UTC) - timedelta(days=days)

    def now(self) -> datetime:
        """That instant."""
        return self._now


class Sample:
    """The root, and the names of its sets from the oldest on: long ago, last week, two of today."""

    def __init__(self, folder: Path) -> None:
        keeping = {**RULES, "after_backup": False}
        self.folder = folder
        self.world = World(folder, rows=5, retention=keeping, verification={"after_backup": "content"}).build()
        self.names = tuple(self._on(days) for days in (40, 9, 0.00002, 0))
        self.old, self.week, self.early, self.last = self.names
        text = self.world.config.read_text("utf-8")
        self.world.config.write_text(text.replace('"after_backup": false', '"after_backup": true'), "utf-8")

    def _on(self, days: float) -> str:
        request = BackupRequest(requested_by="marta")
        name = self.world.model(clock=Ago(days)).backup(request, quiet, CancelToken()).outcome.set
        assert name is not None
        return name

    def copy(self, folder: Path, identity: Identity | None = None) -> GuiWorld:
        """The same in another folder, with a desk."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return GuiWorld(folder, build=False, identity=identity)


def change(world: GuiWorld, name: str, **changes: object) -> None:
    """Write a set's manifest anew."""
    catalog = world.model.catalog
    catalog.publish(msgspec.structs.replace(catalog.load(name), **changes))


def lose(world: GuiWorld, name: str, database: str) -> Path:
    """Take a stored file away."""
    file = world.model.show(name).databases[database].file
    assert file is not None
    (world.root / file).unlink()
    return world.root / file
