"""*He perdido datos*: with nothing configured, a folder is enough to get data back."""

from __future__ import annotations

import shutil

import pytest
from gui.world import GuiWorld, settle, type_in
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QLabel
from support.world import World, rows_of

from rexus.modules.backup.qt.page_restore import RestorePage


@pytest.fixture
def lost(tmp_path, qapp):
    """A machine with nothing but a disk of copies: a good set, and a run that failed after it."""
    before = World(tmp_path / "before", rows=40).build()
    good = before.backup()
    before.database("users").write_bytes(b"no database" * 500)
    bad = before.backup("users", files=False)
    disk = tmp_path / "disco"
    shutil.copytree(before.root, disk)
    shutil.rmtree(before.folder)
    world = GuiWorld(tmp_path / "here", build=False)
    world.disk, world.good, world.bad = disk, good.manifest.timestamp, bad.manifest.timestamp
    return world


@pytest.fixture
def page(lost, qtbot):
    made = RestorePage()
    lost.show(made)
    return made


def onward(page) -> None:
    assert page.footer.onward.isEnabled()
    QTest.mouseClick(page.footer.onward, Qt.MouseButton.LeftButton)


def cells(page) -> list[list[str]]:
    model = page.folder.table.model()
    return [[str(model.index(row, column).data() or "") for column in range(6)] for row in range(model.rowCount())]


def spoken(page, row: int) -> str:
    return page.folder.table.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_it_begins_with_the_folder_where_nothing_is_configured(lost, page):
    assert lost.desk.model is None
    assert page.at == "folder"
    assert not page.footer.onward.isEnabled()


@pytest.mark.parametrize("part", ["", "databases", ".."])
def test_the_copies_of_a_folder_are_listed_and_those_that_failed_are_marked(lost, page, qtbot, part):
    page.folder.look_at((lost.disk / part).resolve())
    settle(qtbot, lambda: page.folder.looked is not None)

    assert page.folder.folder.text() == str(lost.disk)
    assert page.footer.onward.isEnabled()
    assert len(cells(page)) == 2
    failed, good = cells(page)
    assert failed[5] != good[5]
    assert spoken(page, 0) != spoken(page, 1)
    assert not page.folder.table.model().index(0, 5).flags() & Qt.ItemFlag.ItemIsSelectable


def test_a_database_is_brought_back_from_the_folder_alone(lost, page, qtbot, tmp_path):
    written = sorted(tmp_path.rglob("backup_config.json*"))
    page.folder.look_at(lost.disk)
    settle(qtbot, lambda: page.folder.ready)
    onward(page)
    settle(qtbot, lambda: page.at == "what" and page.what.choice is not None)
    assert page.what.choice.set == lost.good
    onward(page)
    settle(qtbot, lambda: page.at == "where")
    place = tmp_path / "rescatada.db"
    page.where.path.setText(str(place))
    page.where._look()
    settle(qtbot, page.footer.onward.isEnabled)
    onward(page)
    settle(qtbot, lambda: page.plan.ready)
    assert str(lost.disk) in page._line()
    onward(page)
    settle(qtbot, lambda: page.at not in ("plan", "run"))

    assert page.at == "proof"
    assert len(rows_of(place)) == 40
    assert sorted(tmp_path.rglob("backup_config.json*")) == written
    onward(page)
    assert lost.gone == [("first", {})]


def test_it_goes_back_to_where_it_was_when_nobody_knows_more(lost, page, qtbot, tmp_path):
    """The copy remembers the path; whoever rebuilt the machine the same way can use it."""
    page.folder.look_at(lost.disk)
    settle(qtbot, lambda: page.folder.ready)
    onward(page)
    settle(qtbot, lambda: page.what.choice is not None)
    onward(page)
    settle(qtbot, lambda: page.at == "where")
    page.where._replace.choose()
    settle(qtbot, page.footer.onward.isEnabled)

    assert page.where.place.to == str(tmp_path / "before/app" / f"{page.what.choice.database}.db")
    onward(page)
    settle(qtbot, lambda: page.plan.ready)
    assert page.answers.plan.refusals == ()


def test_a_folder_without_copies_is_told_at_the_field(lost, page, qtbot, tmp_path):
    (tmp_path / "vacía").mkdir()
    for folder in (tmp_path / "vacía", tmp_path / "no-hay"):
        page.folder.look_at(folder)
        settle(qtbot, lambda: page.folder.folder.property("invalid") is True)
        assert page.folder._wrong.isVisible()
        assert not page.footer.onward.isEnabled()
    page.folder.look_at(lost.disk)
    settle(qtbot, lambda: page.folder.ready)
    assert page.folder.folder.property("invalid") is False


def test_nobody_goes_on_with_the_copies_of_a_folder_that_is_no_longer_named(lost, page, qtbot, tmp_path):
    page.folder.look_at(lost.disk)
    settle(qtbot, lambda: page.folder.ready)
    field = page.folder.folder
    field.setFocus()
    field.selectAll()
    type_in(field, str(tmp_path / "dis"))
    assert not page.footer.onward.isEnabled()
    assert not page.folder.table.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, lambda: field.property("invalid") is True)
    assert page.at == "folder"
    QTest.keyClicks(field, "co")
    assert not page.footer.onward.isEnabled()
    settle(qtbot, lambda: page.folder.ready)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert page.at == "what"


def test_what_is_configured_is_offered_first(world, qtbot):
    name = world.backup("users")
    page = RestorePage()
    world.show(page, lost=True)
    settle(qtbot, lambda: page.folder.ready)

    assert page.folder.folder.text() == str(world.root)
    onward(page)
    settle(qtbot, lambda: page.what.choice is not None)
    assert page.what.choice.set == name
    assert page.answers.source.model is world.desk.model


def test_the_dialog_speaks_the_language_of_the_window(lost, page, qtbot):
    QTest.mouseClick(page.folder._choose, Qt.MouseButton.LeftButton)
    dialog = page.window().findChild(QFileDialog)
    assert dialog is not None
    try:
        assert dialog.labelText(QFileDialog.DialogLabel.Reject) == "Cancelar"
        dialog.fileSelected.emit(str(lost.disk))
        settle(qtbot, lambda: page.folder.ready)
    finally:
        dialog.reject()


def test_names_from_files_are_plain_text(lost, page, qtbot):
    page.folder.look_at(lost.disk)
    settle(qtbot, lambda: page.folder.ready)
    assert {one.textFormat() for one in page.findChildren(QLabel) if one.text()} == {Qt.TextFormat.PlainText}


def test_once_something_is_configured_it_begins_there(lost, page, qtbot, tmp_path):
    configured = World(tmp_path / "new", rows=3).build()
    configured.backup("users")
    lost.desk.reopen(configured.config)
    page.opened()
    settle(qtbot, lambda: page.what.choice is not None)

    assert page.at == "what"
    assert not page.lost
