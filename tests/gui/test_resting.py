"""A button that rests while what it asked for is under way: off, and the keyboard comes back to it."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QPushButton, QWidget

from rexus.modules.backup.qt import words
from rexus.modules.backup.qt.resting import Resting


@pytest.fixture
def row(qtbot):
    """Three buttons one after the other, the second can rest."""
    made = QWidget()
    buttons = [words.button(text, icon="search") for text in ("Before", "Look", "Back")]
    words.row(*buttons, parent=made)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made, buttons, Resting(buttons[1])


def focused(row: QWidget) -> QPushButton | None:
    found = row.focusWidget()
    return found if isinstance(found, QPushButton) else None


def test_it_is_off_with_other_words_and_then_as_before(row):
    _made, (_before, look, _back), resting = row
    resting.rest("Looking…")
    assert (look.isEnabled(), look.text().strip(words.THIN), look.accessibleName()) == (False, "Looking…", "Looking")
    resting.rise()
    assert (look.isEnabled(), look.text().strip(words.THIN), look.accessibleName()) == (True, "Look", "Look")


def test_the_keyboard_comes_back_to_it(row):
    made, (_before, look, _back), resting = row
    look.setFocus()
    resting.rest("Looking…")
    resting.rest("Still looking…")
    resting.rise()

    assert focused(made) is look


def test_a_keyboard_that_went_elsewhere_stays_there(row):
    made, (before, look, _back), resting = row
    look.setFocus()
    resting.rest("Looking…")
    before.setFocus()
    resting.rise()

    assert focused(made) is before


def test_it_takes_no_keyboard_that_it_never_had(row):
    made, (_before, _look, back), resting = row
    back.setFocus()
    resting.rest("Looking…")
    resting.rise()
    resting.rise()

    assert focused(made) is back
