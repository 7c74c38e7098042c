"""The recovery sheet names folders that are there, and no others."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec
from gui.world import GuiWorld

from rexus.modules.backup.qt.first_sheet import sheet


def named(text: str) -> set[str]:
    return set(re.findall(r"(?:config|application)/\d{8}_\d{6}\w*", text))


def test_folders_of_files_are_named_as_they_are(world: GuiWorld):
    manifest = world.model.show(world.backup())
    told = named(sheet(world.model.loaded, manifest, 1.0, datetime.now(UTC)))
    assert told
    assert all((world.root / one).is_dir() for one in told)


def test_where_nothing_was_copied_no_folder_is_named(world: GuiWorld):
    manifest = world.model.show(world.backup())
    assert manifest.application is not None
    none = msgspec.structs.replace(manifest.application, files=())
    one = sheet(world.model.loaded, msgspec.structs.replace(manifest, application=none), 1.0, datetime.now(UTC))
    assert not any(each.startswith("application") for each in named(one))
    both = msgspec.structs.replace(manifest, application=None, config=None)
    assert not named(sheet(world.model.loaded, both, 1.0, datetime.now(UTC)))
