"""What stands in the place of the table while there are no sets: why, and how to come to some."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from ..base.texts import _
from . import words


class SetsEmpty(QWidget):
    """Nothing was made yet, or nothing is configured."""

    def __init__(self) -> None:
        super().__init__()
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

    def tell(self, *, configured: bool) -> None:
        """Say which of the two it is."""
        self.title.setText(_("There are no backups yet"))
        text = _("The first one is made while everybody goes on working, and shows here with its checks.")
        if not configured:
            text = _("First say which bases are to be protected, and where their backups go.")
        self.text.setText(text)
        words.retitle(self.first, _("Make the first backup") if configured else _("Set up"))
