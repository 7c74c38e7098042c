"""The time line of the restore wizard shows when the next copies are due, from wherever it is come to."""

from __future__ import annotations

import pytest
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from rexus.modules.backup.qt.page_restore import RestorePage

SCHEDULES = [
    {"name": "often", "action": "backup", "times": ["02:00", "14:00"]},
    {"name": "weekly", "action": "verify", "times": ["05:00"]},
]


@pytest.fixture
def scheduled(tmp_path, qapp):
    made = GuiWorld(tmp_path, schedules=SCHEDULES)
    made.backup()
    return made


def due(page, scheduled) -> bool:
    """Whether the backups to come, and nothing else, are on the line."""
    runs = [one.utc for one in scheduled.model.next_runs(None, 10) if one.action == "backup"]
    return list(page.what._line.planned[: len(runs)]) == runs


def test_the_next_copies_are_on_the_line(scheduled, qtbot):
    page = RestorePage()
    scheduled.show(page)
    settle(qtbot, lambda: page.what.choice is not None)
    assert due(page, scheduled)


def test_they_are_there_too_after_the_folder_was_named(scheduled, qtbot):
    page = RestorePage()
    scheduled.show(page, lost=True)
    settle(qtbot, lambda: page.folder.ready)
    QTest.mouseClick(page.footer.onward, Qt.MouseButton.LeftButton)
    settle(qtbot, lambda: page.what.choice is not None)
    assert due(page, scheduled)


def test_a_folder_alone_plans_nothing(scheduled, tmp_path, qtbot):
    world = GuiWorld(tmp_path / "here", build=False)
    page = RestorePage()
    world.show(page)
    page.folder.look_at(scheduled.root)
    settle(qtbot, lambda: page.folder.ready)
    QTest.mouseClick(page.footer.onward, Qt.MouseButton.LeftButton)
    settle(qtbot, lambda: page.what.choice is not None)
    assert page.what._line.planned == ()
