"""The list of sets: who is chosen after a deletion, rows of one minute, what is said of what goes and of what stays."""

from __future__ import annotations

import pytest
from gui.sets_page import cell, choose, chosen, names
from gui.sets_sample import Sample, change
from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel

from rexus.modules.backup.base.texts import _
from rexus.modules.backup.qt.page_sets import SetsPage


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("neighbours"))


@pytest.fixture
def world(sample, tmp_path, qapp):
    return sample.copy(tmp_path)


@pytest.fixture
def page(world, qtbot):
    made = SetsPage()
    world.show(made)
    settle(qtbot, lambda: not made._soon.isActive())
    return made


def asked(page, qtbot, *which):
    choose(page, qtbot, *which)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    settle(qtbot, lambda: page.actions_.sheet is not None)
    return page.actions_.sheet


def told(sheet):
    """The texts of a sheet, from top to bottom."""
    labels = [one for one in sheet.findChildren(QLabel) if one.isVisible() and one.text()]
    return [one.text() for one in sorted(labels, key=lambda one: one.mapTo(sheet, one.rect().topLeft()).y())]


@pytest.mark.parametrize("gone", ["week", "old"], ids=["between others", "the last row"])
def test_the_neighbour_of_a_deleted_set_is_chosen(page, sample, world, qtbot, gone):
    name = getattr(sample, gone)
    choose(page, qtbot, name)
    place = names(page).index(name)
    world.world.delete(name)
    world.desk.refresh()
    settle(qtbot, lambda: name not in names(page) and not page._soon.isActive())
    assert chosen(page) == [names(page)[min(place, len(names(page)) - 1)]]


def test_rows_of_one_minute_show_their_seconds(page, sample, world, qtbot):
    early = world.model.show(sample.old).started_at.replace(second=11, microsecond=0)
    assert cell(page, sample.old, "when").count(":") == 1
    change(world, sample.old, started_at=early)
    change(world, sample.week, started_at=early.replace(second=49))
    world.desk.refresh()
    settle(qtbot, lambda: cell(page, sample.old, "when").endswith(":11"))
    assert cell(page, sample.week, "when").endswith(":49")
    choose(page, qtbot, sample.week)
    assert page.detail.title.text().endswith(":49")
    change(world, sample.old, started_at=early.replace(minute=(early.minute + 7) % 60))
    world.desk.refresh()
    settle(qtbot, lambda: cell(page, sample.week, "when").count(":") == 1)


def test_warnings_stand_with_what_goes(page, sample, world, qtbot):
    world.world.drill("users", set=sample.week)
    world.desk.refresh()
    settle(qtbot)
    sheet = asked(page, qtbot, *sample.names)
    lines = told(sheet)
    only = _("Of {database} it is the only backup that was really restored.").format(database="users")
    row = page.shelf.rows[page.shelf.at[sample.week]]
    warned = lines.index(_("{backup}: {text}").format(backup=row.when, text=only))
    left = lines.index(_("Of {database} a single proven backup is left.").format(database="users"))
    stays = lines.index(_("These stay"))
    assert max(warned, left) < stays


def test_the_command_is_confirmed_only_by_what_was_typed(page, sample, qtbot):
    sheet = asked(page, qtbot, sample.old, sample.week, sample.early)
    sheet._on_copy()
    assert "--yes" not in QApplication.clipboard().text()
    assert sample.week in QApplication.clipboard().text()
    qtbot.keyClicks(sheet.typed, "users")
    sheet._on_copy()
    assert QApplication.clipboard().text().count("--yes") == 3


def test_a_pin_without_a_name_is_told_without_empty_quotes(page, sample, world, qtbot):
    world.model.pin((sample.old,), "", None, "marta")
    sheet = asked(page, qtbot, sample.old)
    assert _("It is pinned, without a name, and can't be deleted. Unpin it first.") in told(sheet)
    assert not any("«»" in one for one in told(sheet))
