"""The screen Summary where the copies, or the data itself, are not what they were."""

from __future__ import annotations

import pytest
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QPushButton

from rexus.modules.backup.base.records import BackupRequest
from rexus.modules.backup.base.texts import _
from rexus.modules.backup.qt.page_summary import SummaryPage

QUIET = {"free_bytes": 0, "accepted": ["same_disk", "no_scheduler", "no_schedule"]}


@pytest.fixture
def world(tmp_path, qapp):
    made = GuiWorld(tmp_path, rows=400, health=QUIET)
    made.backup()
    return made


def opened(world: GuiWorld, qtbot) -> SummaryPage:
    page = SummaryPage()
    world.show(page)
    settle(qtbot, lambda: page.overview is not None)
    return page


def test_a_disk_that_is_not_there_is_no_first_time(world, qtbot, monkeypatch):
    ordered: list[tuple[str, BackupRequest]] = []
    monkeypatch.setattr(world.desk, "order", lambda verb, request: ordered.append((verb, request)))
    world.root.rename(world.root.with_name("disk"))
    world.root.mkdir()
    page = opened(world, qtbot)

    assert page.empty.isHidden()
    assert page.hero.title.text() == _("The copies are not in their place")
    assert str(world.root) in page.hero.text.text()
    button = next(one for one in page.warnings.findChildren(QPushButton) if one.text() == _("Begin anew there"))
    assert button.property("rx") != "primary", "nothing that one should press at once"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert [(verb, request.new_root) for verb, request in ordered] == [("backup", True)]


def test_a_database_that_a_backup_found_damaged_is_restored_from_here(world, qtbot):
    path = world.world.database("users")
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    data = bytearray(path.read_bytes())
    data[3 * 4096 : 9 * 4096] = b"Z" * (6 * 4096)
    path.write_bytes(data)
    world.world.backup()
    page = opened(world, qtbot)

    assert page.hero.disc.property("tone") == "danger"
    assert page.hero.title.text() == _("{name} itself seems to be damaged").format(name="users")
    assert page.cards.cards["users"].chip.text() == _("Damaged")
    qtbot.mouseClick(page.hero.restore, Qt.MouseButton.LeftButton)
    assert world.gone == [("restore", {"database": "users"})]
