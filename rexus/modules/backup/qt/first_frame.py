"""What surrounds the steps of the first run: header, rail, question, footer."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtWidgets import QFrame, QStackedWidget, QWidget

from ..base.saying import N_
from ..base.texts import _
from . import words
from .restore_pane import wrapped
from .restore_rail import Rail

_WIDE = 720
_SIDE, _TOP, _BOTTOM = 28, 22, 16
NAMES = {
    "start": N_("Beginning"),
    "databases": N_("Databases"),
    "folder": N_("Folder"),
    "loss": N_("How much may be lost"),
    "proof": N_("First test"),
}
"""Steps as the rail calls them."""
OF_FILES = N_("Those in the folder of the application are found by themselves; others can be added.")
OF_SERVER = N_("Say where the server is and who signs in there; then choose among its databases.")
_QUESTIONS = {
    "start": (
        N_("What do you need to do?"),
        N_("Nothing is touched before the last step, and everything can be changed later."),
    ),
    "databases": (N_("Which databases are to be protected?"), OF_FILES),
    "folder": (
        N_("Where shall the copies go?"),
        N_("Best to another disk or computer than the one that holds the data."),
    ),
    "loss": (
        N_("How much work may be lost?"),
        N_("Whoever has to go back to the last copy loses what was done since. More copies, less loss."),
    ),
}
"""The one question of each step; the last one has a title of its own."""


class Frame(QWidget):
    """Widgets only; the page decides."""

    def __init__(self, panes: Mapping[str, QWidget]) -> None:
        super().__init__()
        self.rail = Rail()
        self._title, self._subtitle = words.label(rx="h1", wrap=True), wrapped("muted")
        self._head = QWidget()
        self._head.setMaximumWidth(_WIDE + 2 * _SIDE)
        margins = (_SIDE, _TOP, _SIDE, 0)
        words.column(self._title, self._subtitle, 14, gap=4, margins=margins, parent=self._head)
        self._pages = QStackedWidget()
        self._areas = {key: self._area(pane, is_top=key not in _QUESTIONS) for key, pane in panes.items()}
        for area in self._areas.values():
            self._pages.addWidget(area)
        self.button_command = words.tool("terminal", _("Copy the command that does the same"))
        self.button_back = words.button(_("Back"))
        self.button_example = words.button(_("Try it with example data"), "ghost")
        self.button_sheet = words.button(_("Save recovery sheet…"), icon="download")
        self.button_later = words.button(_("To the summary"))
        self.button_next = words.button(_("Next"), "primary")
        right = words.column(self._head, (self._pages, 1), gap=0)
        body = words.row(self.rail, words.vline(), (right, 1), gap=0)
        self.dock = words.column(gap=0)
        """Above the buttons: what appears there moves none of them."""
        words.column(self._header(), (body, 1), self.dock, self._footer(), gap=0, parent=self)

    def show_step(self, key: str) -> None:
        """Show a step and its question."""
        question, explained = _QUESTIONS.get(key, ("", ""))
        self._title.setText(_(question))
        self._subtitle.setText(_(explained))
        self._head.setVisible(bool(question))
        self._pages.setCurrentWidget(self._areas[key])

    def explain(self, text: str) -> None:
        """Say something else below the question: it depends on an answer."""
        self._subtitle.setText(text)

    def _header(self) -> QFrame:
        header = QFrame()
        header.setProperty("rx", "header")
        header.setFixedHeight(52)
        icon, title = words.icon_label("shield-check", "accent", 22), words.label(_("Backups"), rx="h2")
        words.row(icon, title, ..., self.button_command, margins=(20, 0, 12, 0), parent=header)
        return header

    def _area(self, pane: QWidget, *, is_top: bool) -> QWidget:
        """A step as one scrolls it; the question stands still above it."""
        inner = QWidget()
        inner.setMaximumWidth(_WIDE)
        words.column(pane, ..., gap=0, parent=inner)
        held = QWidget()
        margins = (_SIDE, _TOP if is_top else 0, _SIDE, _BOTTOM)
        words.row((inner, 1000), ..., gap=0, margins=margins, parent=held)
        return words.scroll(held)

    def _footer(self) -> QFrame:
        footer = QFrame()
        footer.setProperty("rx", "footer")
        left = (self.button_example, self.button_back, self.button_sheet)
        words.row(*left, ..., self.button_later, self.button_next, margins=(20, 11, 20, 11), parent=footer)
        return footer
