"""Before sets are deleted: what goes, what stays and why; and that just that happens."""

from __future__ import annotations

import pytest
from gui.sets_sample import Sample
from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel

from rexus.modules.backup.base.records import PruneRequest, Status
from rexus.modules.backup.qt.page_sets import SetsPage
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.sets_delete import DeleteSheet, loss_of

LONG_MS = 30_000


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("delete"))


@pytest.fixture
def world(sample, tmp_path, qapp):
    return sample.copy(tmp_path)


@pytest.fixture
def page(world, qtbot):
    made = SetsPage()
    world.show(made)
    settle(qtbot)
    return made


def asked(page, qtbot, *names) -> DeleteSheet:
    """The sheet that the key brings for these sets."""
    page.table.choose(*names)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    settle(qtbot, lambda: page.actions_.sheet is not None)
    return page.actions_.sheet


def told(sheet):
    return [one.text() for one in sheet.findChildren(QLabel) if one.text()]


def test_the_list_with_the_reasons_is_the_question(page, sample, qtbot):
    sheet = asked(page, qtbot, sample.old)
    assert sheet.title.text() == "¿Eliminar 1 copia?"
    assert "Ninguna regla la conserva." in told(sheet)
    assert sheet.names == (sample.old,)
    assert sheet.typed is None
    assert sheet.main.isEnabled()
    assert sheet.cancel.hasFocus()


def test_enter_on_cancel_and_escape_delete_nothing(page, sample, world, qtbot):
    orders = []
    world.desk.order = lambda verb, request: orders.append(verb)
    sheet = asked(page, qtbot, sample.old)
    qtbot.keyClick(sheet.cancel, Qt.Key.Key_Return)
    assert page.table.hasFocus()
    page.actions_.sheet = None
    sheet = asked(page, qtbot, sample.old)
    qtbot.keyClick(sheet.cancel, Qt.Key.Key_Escape)
    assert orders == []


def test_what_is_refused_is_named_with_its_reason(page, sample, world, qtbot):
    world.model.pin((sample.week,), "Cierre", None, "marta")
    sheet = asked(page, qtbot, *sample.names)
    assert sheet.names == (sample.early, sample.old)
    refused = {one.set: one.because.code for one in sheet.refused}
    assert refused == {sample.last: "delete.protected", sample.week: "delete.pinned"}
    assert "Estas se quedan" in told(sheet)
    assert any("Cierre" in text for text in told(sheet))
    assert sheet.main.text().strip() == "Eliminar 2 copias"


def test_what_can_not_go_at_all_offers_no_deleting(page, sample, qtbot):
    sheet = asked(page, qtbot, sample.last)
    assert sheet.main is None
    assert sheet.title.text() == "No se puede eliminar"
    assert sheet.cancel.text() == "Cerrar"


def test_the_only_one_that_was_restored_is_warned_of(page, sample, world, qtbot):
    world.world.drill("users", set=sample.week)
    world.desk.refresh()
    settle(qtbot)
    sheet = asked(page, qtbot, sample.week)
    assert sheet.loss.tested == ((sample.week, "users"),)
    assert any("única copia de users" in text for text in told(sheet))
    assert loss_of(frozenset({sample.old}), page.shelf).tested == ()


def test_the_name_of_the_base_is_typed_where_one_copy_alone_stays(page, sample, world, qtbot):
    orders = []
    world.desk.order = lambda verb, request: orders.append((verb, request))
    sheet = asked(page, qtbot, sample.old, sample.week, sample.early)
    assert sheet.loss.last_but_one == ("users", "inventario", "auditoria")
    assert not sheet.main.isEnabled()
    qtbot.keyClicks(sheet.typed, "user")
    qtbot.keyClick(sheet.typed, Qt.Key.Key_Return)
    assert orders == []
    qtbot.keyClicks(sheet.typed, "s")
    qtbot.keyClick(sheet.typed, Qt.Key.Key_Return)
    names = (sample.early, sample.week, sample.old)
    assert orders == [("delete", PruneRequest(sets=names, confirmed=names, requested_by=world.desk.who))]


def test_the_command_that_does_the_same(page, sample, world, qtbot):
    sheet = asked(page, qtbot, sample.old)
    sheet._on_copy()
    assert QApplication.clipboard().text().endswith(f" delete {sample.old} --yes {sample.old}")


def test_looking_changes_nothing_and_leaves_no_line_in_the_trail(page, sample, world, qtbot):
    before = world.model.audit().tail(100)
    asked(page, qtbot, sample.old)
    assert world.model.audit().tail(100) == before
    assert len(world.model.listing().sets) == 4


def test_the_sets_are_gone_and_the_others_are_not(page, sample, world, qtbot):
    ended = []
    the_runner().finished.connect(ended.append)
    the_runner().finished.connect(world.desk.refresh)
    sheet = asked(page, qtbot, sample.old)
    sheet.main.click()
    qtbot.waitUntil(lambda: bool(ended), timeout=LONG_MS)
    assert ended[0].outcome.status is Status.OK
    settle(qtbot, lambda: len(page.table.shown) == 3)
    assert sample.old not in [row.name for row in page.table.shown]
    assert page.table.chosen()
