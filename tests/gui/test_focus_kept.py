"""The keyboard of a button that goes grey goes to nobody else; the question of a restore begins in its field."""

from __future__ import annotations

import pytest
from gui.test_restore_wizard import page, to_question  # noqa: F401  the fixture of the wizard
from gui.test_settings import go, opened
from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QPushButton, QWidget

from rexus.modules.backup.base.texts import _
from rexus.modules.backup.qt import words
from rexus.modules.backup.qt.page_summary import SummaryPage
from rexus.modules.backup.qt.resting import switch


@pytest.fixture
def row(qtbot):
    """Three buttons, one after the other."""
    made = QWidget()
    buttons = [words.button(text) for text in ("Before", "Do", "After")]
    words.row(*buttons, parent=made)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield buttons
    made.close()


def test_nobody_has_the_keyboard_while_it_is_off_and_it_has_it_again(row):
    _before, do, _after = row
    do.setFocus()
    switch(do, on=False)
    assert QApplication.focusWidget() is None
    switch(do, on=True)
    assert QApplication.focusWidget() is do


def test_who_went_elsewhere_meanwhile_stays_there(row):
    before, do, _after = row
    do.setFocus()
    switch(do, on=False)
    before.setFocus()
    switch(do, on=True)
    assert QApplication.focusWidget() is before


def test_one_that_had_no_keyboard_takes_none(row):
    before, do, _after = row
    before.setFocus()
    switch(do, on=False)
    switch(do, on=True)
    assert QApplication.focusWidget() is before


def test_the_summary_gives_enter_to_no_other_button_while_it_backs_up(world, qtbot):
    world.backup()
    summary = SummaryPage()
    root = world.show(summary)
    qtbot.waitExposed(root)
    root.activateWindow()
    settle(qtbot, lambda: summary.overview is not None)
    summary.hero.backup.setFocus()
    summary.hero.tell_work(running=True, allowed=True)

    assert not isinstance(QApplication.focusWidget(), QPushButton)
    summary.hero.tell_work(running=False, allowed=True)
    assert QApplication.focusWidget() is summary.hero.backup


def test_neither_does_the_test_of_a_database(world, qtbot):
    settings = opened(world, qtbot)
    settings.window().activateWindow()
    entry = go(settings, qtbot, "databases").entries[0]
    qtbot.waitUntil(entry.button_try.isVisible)
    entry.button_try.setFocus()
    entry.button_try.click()
    assert QApplication.focusWidget() is None
    settle(qtbot)
    assert QApplication.focusWidget() is entry.button_try


# --- the question of a restore


def test_the_question_begins_in_its_field_and_says_when_it_is_wrong(page, qtbot):  # noqa: F811
    to_question(page, qtbot)
    name = page.confirm.name
    assert page.focusWidget() is name

    QTest.keyClicks(name, "inven")
    assert page.confirm.told.isHidden()  # on the way to what is asked for
    QTest.keyClicks(name, "X")
    assert page.confirm.told.isVisible()
    assert page.confirm.told.text() == _("That is not what is asked for: {wanted}").format(wanted="inventario")
    name.setText("inven")
    assert page.confirm.told.isHidden()
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert page.confirm.told.isVisible()
    assert page.at == "confirm"


def test_enter_behind_the_right_name_leads_to_the_button_and_a_held_one_no_further(page, qtbot):  # noqa: F811
    to_question(page, qtbot)
    name = page.confirm.name
    QTest.keyClicks(name, "inventario")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert page.at == "confirm"
    assert page.focusWidget() is page.footer.onward

    held = QKeyEvent(
        QKeyEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True, count=1
    )
    QApplication.sendEvent(page.footer.onward, held)
    assert page.at == "confirm"
    QTest.keyClick(page.footer.onward, Qt.Key.Key_Return)
    assert page.at == "run"
    settle(qtbot, lambda: page.at == "proof")
