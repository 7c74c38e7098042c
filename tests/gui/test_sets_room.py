"""Copias: what an engine has not is not offered, Esc empties a search, the arrow of sorting stands beside the title."""

from __future__ import annotations

import pytest
from gui.sets_page import cell, column, names, shown
from gui.sets_sample import Sample, change
from gui.world import settle, under_root
from qtpy.QtCore import Qt
from qtpy.QtGui import QShortcut
from qtpy.QtTest import QTest

from rexus.modules.backup.base.records import BackupKind, Origin
from rexus.modules.backup.qt.page_log import LogPage
from rexus.modules.backup.qt.work import Part
from rexus.modules.backup.qt.work_rows import WorkRow

TIP = Qt.ItemDataRole.ToolTipRole


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("sets"))


@pytest.fixture
def world(sample, tmp_path, qapp):
    return sample.copy(tmp_path)


def test_kinds_are_offered_where_there_are_several(world, sample, qtbot):
    page = shown(world, qtbot)
    assert not page.filter.kind.isVisible()
    assert page.filter.state.isVisible()
    change(world, sample.week, type=BackupKind.DIFFERENTIAL)
    world.desk.refresh()
    settle(qtbot, page.filter.kind.isVisible)


def test_escape_empties_the_search_and_then_is_free(world, sample, qtbot):
    page = shown(world, qtbot)
    search = page.filter.search
    search.setFocus()
    QTest.keyClicks(search, "zzz")
    settle(qtbot, lambda: not names(page))
    QTest.keyClick(search, Qt.Key.Key_Escape)
    settle(qtbot, lambda: len(names(page)) == 4)
    assert not search.text()
    assert [one.isEnabled() for one in search.findChildren(QShortcut)] == [False]


def test_escape_empties_the_search_of_the_log_too(world, qtbot):
    page = LogPage()
    world.show(page)
    settle(qtbot, lambda: not page._asked)
    page.bar.search.setFocus()
    QTest.keyClicks(page.bar.search, "zzz")
    QTest.keyClick(page.bar.search, Qt.Key.Key_Escape)
    assert not page.bar.search.text()


def test_the_arrow_does_not_lie_over_the_title(world, sample, qtbot):
    page = shown(world, qtbot)
    page.window().resize(1366, 768)
    settle(qtbot, lambda: any(one.key == "span" for one in page.table.columns))
    head, number = page.table.horizontalHeader(), column(page, "span")

    def inked():
        """The first and last column of pixels of each thing drawn there, letters being near each other."""
        image, x = head.grab().toImage(), head.sectionViewportPosition(number)
        lines = range(4, head.height() - 4)
        columns = [tuple(image.pixel(at, y) for y in lines) for at in range(x, x + head.sectionSize(number))]
        places = [at for at, one in enumerate(columns) if one != columns[0]]
        return list(_groups(places))

    ((first, last),) = inked()
    assert last - first > 40
    page.table._on_header(number)
    settle(qtbot, lambda: head.sortIndicatorSection() == number)
    title, arrow = inked()
    assert abs((title[1] - title[0]) - (last - first)) <= 2, "all of the title"
    assert arrow[0] - title[1] > 5
    assert arrow[1] - arrow[0] < 14


def _groups(places, apart=5):
    """Runs of numbers with no gap as wide as that, by their ends."""
    begin = before = places[0]
    for one in places[1:]:
        if one - before > apart:
            yield begin, before
            begin = one
        before = one
    yield begin, before


def test_a_safety_copy_says_whose_in_its_tip(world, sample, qtbot):
    change(world, sample.early, origin=Origin.SAFETY)
    page = shown(world, qtbot)
    page.window().resize(1366, 768)
    settle(qtbot, lambda: any(one.key == "origin" for one in page.table.columns))
    assert "marta" not in cell(page, sample.early, "origin")
    assert "marta" in cell(page, sample.early, "origin", TIP)
    assert "marta" in cell(page, sample.last, "origin")


def test_the_phase_of_a_database_has_its_room_at_once(qtbot):
    row = WorkRow()
    root = under_root(row, (270, 80))
    qtbot.addWidget(root)
    root.show()
    row.tell(Part("users", "", 0, 0, 0.0, 0.0, None, 0.0), "backup")
    qtbot.wait(20)
    row.tell(Part("users", "done", 10, 10, 1.0, 0.0, None, 0.2), "backup")
    assert row.phase.width() >= row.phase.sizeHint().width(), "before the next turn of the loop"
