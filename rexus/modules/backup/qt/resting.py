"""A button that rests while what it asked for is under way; the keyboard comes back to it."""

from __future__ import annotations

from qtpy.QtWidgets import QApplication, QPushButton

from . import words

_WAITS = "keyboard_waits"
"""On a button that is off: it had the keyboard."""


class Resting:
    """Qt gives the keyboard of a button that is switched off to the next control, where Enter does something else.

    Here nobody has it meanwhile.
    """

    def __init__(self, button: QPushButton) -> None:
        self._button, self._title = button, button.text().removeprefix(words.THIN)
        self._heard = ""
        """What those who hear it are told while it does not rest."""
        self._had_keyboard = False

    def rest(self, title: str) -> None:
        """Off, with other words on it."""
        if self._button.isEnabled():
            self._heard = self._button.accessibleName()
            self._had_keyboard = self._button.hasFocus()
            self._button.setEnabled(False)
            went_to = QApplication.focusWidget()
            if self._had_keyboard and went_to is not None:
                went_to.clearFocus()
        words.retitle(self._button, title)

    def rise(self) -> None:
        """On again; the keyboard comes back unless somebody took it elsewhere meanwhile."""
        words.retitle(self._button, self._title)
        if self._heard:
            words.named(self._button, self._heard)
        self._button.setEnabled(True)
        if self._had_keyboard and QApplication.focusWidget() is None:
            self._button.setFocus()
        self._had_keyboard = False


def switch(button: QPushButton, *, on: bool) -> None:
    """Switch a button on or off that says itself what goes on; the keyboard waits for it as in `Resting`.

    It comes back where nobody took it elsewhere meanwhile.
    """
    if button.isEnabled() and not on:
        had_keyboard = button.hasFocus()
        button.setProperty(_WAITS, had_keyboard)
        button.setEnabled(False)
        went_to = QApplication.focusWidget()
        if had_keyboard and went_to is not None:
            went_to.clearFocus()
    elif on and not button.isEnabled():
        button.setEnabled(True)
        if button.property(_WAITS) and QApplication.focusWidget() is None and button.isVisible():
            button.setFocus()
        button.setProperty(_WAITS, False)
