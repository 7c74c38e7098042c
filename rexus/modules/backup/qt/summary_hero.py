"""The sentence on top of the summary, and the large buttons beside it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QPushButton, QSizePolicy, QWidget

from ..base.texts import _
from . import words
from .guard import guarded
from .resting import switch
from .summary_points import Mend
from .summary_words import Top

_EMPTY_WIDE = 430


class Hero(QWidget):
    """Whether all is well, in one look, and what one came for."""

    lost_wanted = Signal()
    restore_wanted = Signal(object)
    """The `Mend` it is of, or None."""
    backup_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._mend: Mend | None = None
        self.disc = words.Disc("shield-check", "")
        self.title = words.label("", "hero", wrap=True)
        self.text = words.label("", "muted", wrap=True)
        self.lost = words.button(_("I have lost data"), icon="lifebuoy", big=True)
        self.restore = words.button(_("Restore…"), icon="restore", big=True)
        self.backup = words.button(_("Back up now"), "primary", icon="play", big=True, tip="Ctrl+B")
        self.lost.clicked.connect(self.lost_wanted)
        self.restore.clicked.connect(self._on_restore)
        self.backup.clicked.connect(self.backup_wanted)
        for one in (self.title, self.text):
            one.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        said = words.column(..., self.title, self.text, ..., gap=1)
        disc = words.column(self.disc, ..., gap=0)
        buttons = words.row(self.lost, self.restore, self.backup, gap=8)
        high = words.column(4, buttons, ..., gap=0)
        words.row(disc, 6, (said, 1), 12, high, gap=8, parent=self)
        self.setMinimumHeight(48)

    def tell(self, top: Top, *, mend_above: bool) -> None:
        """Show a state; ``mend_above``: some point below has the main button of the page."""
        self.disc.tell(top.icon, top.tone)
        self.title.setText(top.title)
        self.text.setText(top.text)
        self.setAccessibleName(top.title)
        self.setAccessibleDescription(top.text)
        self._mend = top.mend
        restoring = top.mend is not None and top.mend.verb == "restore"
        words.retitle(self.restore, top.mend.words if top.mend is not None and restoring else _("Restore…"))
        _lead(self.restore, "restore", main=restoring)
        _lead(self.backup, "play", main=not restoring and not mend_above)

    def tell_work(self, *, running: bool, allowed: bool) -> None:
        """Whether a backup can be ordered now."""
        words.retitle(self.backup, _("Backing up…") if running else _("Back up now"))
        switch(self.backup, on=allowed and not running)
        self.backup.setToolTip("Ctrl+B" if allowed else _("Your role does not allow that"))

    @guarded
    def _on_restore(self) -> None:
        mend = self._mend
        self.restore_wanted.emit(mend if mend is not None and mend.verb == "restore" else None)


class Empty(QWidget):
    """Where there is nothing yet: what that means, and the one thing to do about it."""

    first_wanted = Signal()
    lost_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.disc = words.Disc("shield-alert", "info")
        self.title = words.label("", "h1")
        self.text = words.label("", "muted", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setFixedWidth(_EMPTY_WIDE)
        self.first = words.button(_("Make the first copy"), "primary", icon="play", big=True)
        self.lost = words.button(_("I have lost data"), icon="lifebuoy", big=True)
        self.first.clicked.connect(self.first_wanted)
        self.lost.clicked.connect(self.lost_wanted)
        buttons = words.row(..., self.lost, self.first, ..., gap=8)
        rows = [words.row(..., one, ...) for one in (self.disc, self.title, self.text)]
        words.column(..., rows[0], 12, rows[1], rows[2], 12, buttons, ..., ..., gap=8, parent=self)

    def tell(self, top: Top, first: str) -> None:
        """Show a state; ``first`` are the words of the main button."""
        self._words = first
        self.disc.tell(top.icon, top.tone)
        self.title.setText(top.title)
        self.text.setText(top.text)
        self.text.setFixedHeight(self.text.heightForWidth(_EMPTY_WIDE))
        words.retitle(self.first, first)
        words.set_icon(self.first, "gear" if top.tone == "danger" else "play", "on_primary")
        self.setAccessibleName(top.title)
        self.setAccessibleDescription(top.text)

    def tell_work(self, *, running: bool, allowed: bool) -> None:
        """Whether the first copy can be ordered now."""
        words.retitle(self.first, _("Backing up…") if running else self._words)
        switch(self.first, on=allowed and not running)
        self.first.setToolTip("" if allowed else _("Your role does not allow that"))


def _lead(button: QPushButton, icon: str, *, main: bool) -> None:
    """Make a button the main one of the page, or an ordinary one."""
    words.set_rx(button, "primary" if main else "")
    words.set_icon(button, icon, "on_primary" if main else "text2")
