"""A button that rests while what it asked for is under way; the keyboard comes back to it."""

from __future__ import annotations

from qtpy.QtWidgets import QApplication, QPushButton

from . import words


class Resting:
    """Qt gives the keyboard of a button that is switched off to the next control, where Enter does something else.

    Here nobody has it meanwhile.
    """

    def __init__(self, button: QPushButton) -> None:
        self._button, self._title = button, button.text().removeprefix(words.THIN)
        self._had_keyboard = False

    def rest(self, title: str) -> None:
        """Off, with other words on it."""
        words.retitle(self._button, title)
        if self._button.isEnabled():
            self._had_keyboard = self._button.hasFocus()
            self._button.setEnabled(False)
            went_to = QApplication.focusWidget()
            if self._had_keyboard and went_to is not None:
                went_to.clearFocus()

    def rise(self) -> None:
        """On again; the keyboard comes back unless somebody took it elsewhere meanwhile."""
        words.retitle(self._button, self._title)
        self._button.setEnabled(True)
        if self._had_keyboard and QApplication.focusWidget() is None:
            self._button.setFocus()
        self._had_keyboard = False
