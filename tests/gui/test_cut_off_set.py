"""A set whose writer was killed: it is told to be interrupted, and nowhere to be under way."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from gui.world import GuiWorld

from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import DatabaseBackup, SetStatus
from rexus.modules.backup.base.texts import _
from rexus.modules.backup.catalog.manifest import reserve
from rexus.modules.backup.qt.sets_rows import read


def test_a_set_that_was_cut_off_is_not_told_to_be_under_way(world: GuiWorld):
    done = world.model.catalog.load(world.backup())
    bases = {name: DatabaseBackup(status=SetStatus.IN_PROGRESS) for name in done.databases}
    wanted = msgspec.structs.replace(
        done, status=SetStatus.IN_PROGRESS, completed_at=None, databases=bases, config=None, application=None
    )
    begun = reserve(world.root, RealFiles(), wanted, datetime.now(UTC))  # and whoever did that is gone

    shelf = read(world.model, plans=True)
    why = shelf.rows[shelf.at[begun.timestamp]].why

    assert why.text == "Interrumpida"
    assert why.lines[0] == _("It was cut off before it was whole. The next work here clears away what is left of it.")
    assert not any("En curso" in line for line in why.lines)
