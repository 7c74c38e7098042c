"""Sets of replaced files are a way back: they say so, are restored from the list, and nobody deletes them unwarned."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from gui.sets_page import cell, choose, shown
from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel
from support.world import quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import Depth, Origin, RestoreRequest
from rexus.modules.backup.base.texts import _, word
from rexus.modules.backup.qt import telling
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.restore_answers import is_typed
from rexus.modules.backup.qt.restore_what_offer import Offer

PATIENCE_MS = 30_000


@pytest.fixture
def replaced(world):
    """A file of the application was changed and replaced by a restore; the name of the set that keeps it."""
    copy = world.backup()
    path = world.world.app / "rexus/core/núcleo.py"
    path.write_text("x = 2\n", "utf-8")
    request = RestoreRequest(
        set=copy, files="application", overwrite=True, confirmed=("application",), requested_by="prueba"
    )
    result = world.model.restore(request, quiet, CancelToken())
    assert result.outcome.proof and path.read_text("utf-8") == "x = 1\n"
    (safety,) = [one.set for one in world.model.listing().sets if one.origin is Origin.SAFETY]
    return safety


def told(widget):
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible() and one.text())


def onward(page, qtbot, step):
    settle(qtbot, page.footer.onward.isEnabled)
    QTest.mouseClick(page.footer.onward, Qt.MouseButton.LeftButton)
    settle(qtbot, lambda: page.at == step)


def test_the_list_says_what_it_is_and_restores_it(world, replaced, qtbot):
    page = shown(world, qtbot)
    choose(page, qtbot, replaced)
    settle(qtbot)

    assert cell(page, replaced, "kind") == _("Files|kind").partition("|")[0]
    until = page.shelf.rows[page.shelf.at[replaced]].why.undoes_until
    assert until is not None and telling.long_day(until) in told(page.detail)
    assert page.detail.restore.isEnabled()
    QTest.mouseClick(page.detail.restore, Qt.MouseButton.LeftButton)
    assert world.gone[-1] == ("restore", {"undo": replaced})


def test_the_wizard_brings_the_replaced_files_back(world, replaced, qtbot):
    page = RestorePage()
    world.show(page, undo=replaced)
    settle(qtbot, lambda: page.at == "plan" and page.plan.ready)
    assert page.undoing
    settle(qtbot, lambda: "núcleo.py" in told(page.plan))
    onward(page, qtbot, "confirm")
    settle(qtbot, lambda: bool(page.confirm._names))
    assert _("compare the rows") not in told(page.confirm)
    page.confirm.name.setText(word("application"))
    onward(page, qtbot, "run")
    qtbot.waitUntil(lambda: page.at == "proof", timeout=PATIENCE_MS)
    assert (world.world.app / "rexus/core/núcleo.py").read_text("utf-8") == "x = 2\n"


def test_a_way_back_that_is_gone_leads_to_the_copies(world, replaced, qtbot):
    world.world.delete(replaced)
    page = RestorePage()
    world.show(page, undo=replaced)
    settle(qtbot, lambda: page.what.choice is not None)
    assert page.at == "what"


def test_deleting_it_warns_of_what_it_is(world, replaced, qtbot):
    page = shown(world, qtbot)
    choose(page, qtbot, replaced)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    settle(qtbot, lambda: page.actions_.sheet is not None)
    sheet = page.actions_.sheet
    until = page.shelf.rows[page.shelf.at[replaced]].why.undoes_until
    warned = _("It is the way back of a restore: with it that can be undone until {day}, without it no more.")
    assert sheet.names == (replaced,)
    assert warned.format(day=telling.long_day(until)) in told(sheet)


def test_a_set_without_any_base_brings_back_its_files_and_is_not_checked(world, qtbot):
    for name in ("users", "inventario", "auditoria"):
        world.world.database(name).write_bytes(b"no database at all")
    name = world.world.backup().outcome.set
    page = shown(world, qtbot)
    choose(page, qtbot, name)
    assert (page.detail.restore.isEnabled(), page.detail.verify.isEnabled()) == (True, False)
    page.actions_.restore()
    assert world.gone[-1] == ("restore", {"set": name, "files": "application"})


def test_what_was_put_aside_can_be_checked(world, replaced, qtbot):
    orders = []
    world.desk.order = lambda verb, request: orders.append((verb, request.sets))
    page = shown(world, qtbot)
    choose(page, qtbot, replaced)
    page.actions_.verify()
    sheet = page.actions_.sheet
    assert not sheet.choices[Depth.RESTORED].isEnabled(), "there is no base to be restored as a test"
    sheet.main.click()
    assert orders == [("verify", (replaced,))]
    assert world.world.verify(replaced).sets[0].ok


def test_it_is_no_copy_of_all_files(world, replaced):
    listing = world.model.listing()
    offer = Offer(listing, datetime.now(UTC), ("users",))
    for kind in ("application", "config"):
        assert [mark.set for mark in offer.line((kind, "")).marks if mark.set == replaced] == []


@pytest.mark.parametrize("typed", ["application", "aplicación"])
def test_the_word_is_that_of_the_reader_or_of_the_command(typed, qapp):
    assert is_typed(typed, ("application",))
    assert not is_typed(typed.upper(), ("application",))
    assert not is_typed(typed, ("application", "users"))
    assert is_typed(f"users, {typed}", ("application", "users"))
