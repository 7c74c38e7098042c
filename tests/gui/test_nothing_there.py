"""What the pages say while there is nothing: no copy to restore, no copy in the list, nothing found."""

from __future__ import annotations

import shutil

import pytest
from gui.world import GuiWorld, settle, under_root
from qtpy.QtWidgets import QLabel, QWidget

from rexus.modules.backup.base.records import Finding, Severity
from rexus.modules.backup.qt import words
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
