"""What the pages say while there is nothing: no copy to restore, no copy in the list, nothing found."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest
from gui.world import GuiWorld, settle, under_root
from qtpy.QtWidgets import QLabel, QWidget

from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.records import Finding, Severity
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.catalog import index
from rexus.modules.backup.qt import page_sets, words
from rexus.modules.backup.qt.findings import Findings
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.page_sets import SetsPage


@pytest.fixture
def emptied(world: GuiWorld) -> GuiWorld:
    """The company's backup folder is there, and all that was in it is gone."""
    world.backup()
    for path in world.root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return world


def texts(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisible() and one.text()]


def test_without_any_copy_no_name_is_missing_in_what_is_said(emptied, qtbot):
    page = RestorePage()
    emptied.show(page)
    settle(qtbot, lambda: bool(page.what._card.nothing()))

    assert page.what._card.nothing() == "No hay ninguna copia terminada que restaurar."
    assert "Base" not in texts(page.what)
    assert not page.footer.onward.isEnabled()


def test_where_copies_are_gone_no_filter_is_to_blame(emptied, qtbot):
    page = SetsPage()
    emptied.show(page)
    settle(qtbot, page.trouble.isVisible)

    assert page.none.isVisible()
    assert page.none.text() != "Ninguna copia coincide"
    assert not page.lift.isVisible()


def test_what_a_filter_hides_can_be_shown_again(world, qtbot):
    world.backup()
    page = SetsPage()
    world.show(page)
    settle(qtbot, lambda: bool(page.table.shown))
    page.filter.search.setText("nada de esto")
    qtbot.waitUntil(page.none.isVisible)

    assert page.none.text() == "Ninguna copia coincide"
    assert page.lift.isVisible()
    page.lift.click()
    qtbot.waitUntil(lambda: bool(page.table.shown))


def test_no_findings_take_no_room(qtbot):
    above, below, found = words.label("above"), words.label("below"), Findings(lambda _text: None)
    held = QWidget()
    words.column(above, found, below, ..., gap=12, parent=held)
    root = under_root(held)
    qtbot.addWidget(root)
    root.show()
    qtbot.waitExposed(root)
    close = below.y() - above.geometry().bottom()
    found.tell((Finding(code="check.root_ok", severity=Severity.INFO, values={"path": "x"}),))
    qtbot.waitUntil(lambda: below.y() - above.geometry().bottom() > close)
    found.tell(())
    qtbot.waitUntil(lambda: below.y() - above.geometry().bottom() == close)

    assert close == 13


@pytest.fixture
def closed(world: GuiWorld, monkeypatch) -> GuiWorld:
    """There is a copy, and the folder does not let itself be looked into."""
    world.backup()
    use_language("en")

    def refuse(root: Path) -> dict[str, None]:
        raise PermissionError(errno.EACCES, "Permission denied", str(root))

    monkeypatch.setattr(index, "_scan", refuse)
    return world


def test_a_folder_that_can_not_be_read_is_not_called_empty(closed, qtbot, monkeypatch):
    page = SetsPage()
    closed.show(page)
    settle(qtbot, page.empty.isVisible)

    assert page.empty.title.text() == "The backups could not be read"
    assert str(closed.root) in page.empty.text.text()
    assert "Permission denied" in page.empty.text.text()
    assert "Check that the folder exists" in page.empty.text.text(), "and what to do"
    assert "There is no backup here" not in texts(page)
    assert page.empty.first.isEnabled()

    monkeypatch.undo()
    page.empty.first.click()
    settle(qtbot, lambda: bool(page.table.shown))
    assert not page.empty.isVisible()


def test_a_folder_that_can_not_be_read_any_more_hides_what_was_in_it(world, qtbot, request):
    world.backup()
    page = SetsPage()
    world.show(page)
    settle(qtbot, lambda: bool(page.table.shown))
    request.getfixturevalue("closed")
    world.desk.refresh()
    settle(qtbot, page.empty.isVisible)

    assert "Permission denied" in page.empty.text.text()


def test_a_reading_that_fails_says_why_and_is_tried_again(world, qtbot, monkeypatch):
    world.backup()
    use_language("en")
    page = SetsPage()
    with monkeypatch.context() as patch:
        patch.setattr(page_sets, "read", refused)
        world.show(page)
        settle(qtbot, page.empty.isVisible)
        assert "users.bak.gz is not there" in page.empty.text.text()
        assert page.empty.title.text() == "The backups could not be read"
        assert [one.code for one in world.told] == ["store.missing"]
    page.empty.first.click()
    settle(qtbot, lambda: bool(page.table.shown))


def refused(*_told: object, **_how: object) -> None:
    raise StoreFailed("store.missing", path="users.bak.gz")


def test_without_settings_that_can_be_used_nobody_says_there_are_no_copies(world, qtbot):
    world.backup()
    use_language("en")
    world.config.write_text("{", "utf-8")
    world.desk.open()
    page = SetsPage()
    world.show(page)

    assert page.empty.title.text() == "The settings can't be used"
    assert str(world.config) in page.empty.text.text()
    page.empty.first.click()
    assert world.gone == [("settings", {})]


def test_where_no_manifest_can_be_read_there_are_copies_all_the_same(world, qtbot):
    name = world.backup()
    use_language("en")
    (world.root / f"backup_manifest_{name}.json").write_text("{", "utf-8")
    page = SetsPage()
    world.show(page)
    settle(qtbot, page.trouble.isVisible)

    assert page.none.text() == "No backup here can be read"
    assert page.none.isVisible()


def test_a_restore_does_not_call_a_folder_empty_that_can_not_be_read(closed, qtbot):
    page = RestorePage()
    closed.show(page)
    settle(qtbot, lambda: bool(page.what._card.nothing()))

    assert "Permission denied" in page.what._card.nothing()
