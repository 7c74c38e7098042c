"""What stands in the place of the table while there are no sets, or nobody knows of any: why, and what to do."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from ..base.records import Problem
from ..base.texts import _
from . import telling, words

BACKUP, SET_UP, SETTINGS, AGAIN = "backup", "first", "settings", "again"
"""What the main button does: back up, go to the first run or to the settings, read again."""


class SetsEmpty(QWidget):
    """Nothing was made yet, nothing is configured, or it can't be known."""

    def __init__(self) -> None:
        super().__init__()
        self.act = BACKUP
        self.disc = words.Disc("database", "info")
        self.title = words.label("", "h1")
        self.text = words.label("", "muted", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setFixedWidth(430)
        self.search = words.button(_("Look for backups in a folder…"), big=True)
        self.first = words.button(_("Make the first backup"), "primary", "play", big=True)
        words.column(
            (QWidget(), 2),
            words.row(..., self.disc, ...), 8,
            words.row(..., self.title, ...),
            words.row(..., self.text, ...), 8,
            words.row(..., self.search, self.first, ...),
            (QWidget(), 3),
            gap=8, margins=24, parent=self,
        )  # fmt: skip
        self.tell(configured=True)

    def tell(self, *, configured: bool, problem: Problem | None = None) -> None:
        """Say which of them it is; ``problem``: why nobody knows what there is, which is not the same as nothing."""
        if problem is not None:
            self._tell_unknown(problem, configured=configured)
            return
        self.act = BACKUP if configured else SET_UP
        text = _("The first one is made while everybody goes on working, and shows here with its checks.")
        if not configured:
            text = _("First say which bases are to be protected, and where their backups go.")
        self._say("database", "info", _("There are no backups yet"), text)
        self._offer(_("Make the first backup") if configured else _("Set up"), "play")

    def _tell_unknown(self, problem: Problem, *, configured: bool) -> None:
        self.act = AGAIN if configured else SETTINGS
        said = telling.sentence(problem)
        title = _("The backups could not be read") if configured else _("The settings can't be used")
        self._say("warning", "danger", title, f"{said.message}\n{said.fix}".strip())
        self._offer(_("Read again") if configured else _("See the settings"), "folder" if configured else "gear")

    def _say(self, icon: str, tone: str, title: str, text: str) -> None:
        self.disc.tell(icon, tone)
        self.title.setText(title)
        self.text.setText(text)

    def _offer(self, text: str, icon: str) -> None:
        words.set_icon(self.first, icon, "on_primary")
        words.retitle(self.first, text)
