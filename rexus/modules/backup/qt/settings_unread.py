"""In the place of the settings while their file can't be read: why, and the ways out of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QUrl, Signal
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QWidget

from ..base.clock import SystemClock
from ..base.files import RealFiles
from ..base.identity import Identity
from ..base.records import Outcome, Problem, Record
from ..base.texts import _
from ..config.salvage import governed
from ..model import BackupModel, taking_back
from . import telling, words
from .asking import ask
from .guard import guarded
from .sheet import Sheet

if TYPE_CHECKING:
    from .desk import Desk

_WIDE = 520


class _Kept(Record, frozen=True, kw_only=True):
    """Settings that could be taken back."""

    at: datetime
    aside: str
    """Under which name the present file would stay."""


class UnreadSettings(QWidget):
    """Nothing can be changed here until the file can be read."""

    taken_back = Signal()
    """The earlier settings are in place again."""

    def __init__(self) -> None:
        super().__init__()
        self._desk: Desk | None = None
        self._kept: _Kept | None = None
        self.sheet: Sheet | None = None
        self.text = words.label("", wrap=True)
        self.fix = words.label("", "muted", wrap=True)
        self.path = words.label("", "mono", wrap=True)
        self.path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button_open = words.button(_("Open the file"), icon="folder")
        self.button_back = words.button(_("Take back earlier settings…"), icon="restore")
        self.button_again = words.button(_("Read again"), "primary")
        for one in (self.text, self.fix, self.path):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            one.setFixedWidth(_WIDE)
        words.column(
            ...,
            words.row(..., words.Disc("warning", "danger"), ...), 8,
            words.row(..., words.label(_("The settings can't be read"), "h1"), ...),
            words.row(..., self.text, ...), words.row(..., self.fix, ...), words.row(..., self.path, ...), 8,
            words.row(..., self.button_open, self.button_back, self.button_again, ...),
            ..., gap=8, margins=24, parent=self,
        )  # fmt: skip
        self.button_open.clicked.connect(self._on_open)
        self.button_back.clicked.connect(self._on_back)
        self.button_again.clicked.connect(self._on_again)

    def tell(self, problem: Problem, desk: Desk, *, free: bool) -> None:
        """Say why; the earlier settings are offered where there are some and the person is ``free`` to change any."""
        self._desk, self._kept = desk, None
        said = telling.sentence(problem)
        self.text.setText(said.message)
        self.fix.setText(said.fix)
        self.path.setText(str(desk.config))
        self.button_back.hide()
        if free:
            path = desk.config
            ask(self, lambda: _kept_for(path), self._offer, self._nothing, key="kept")

    def _offer(self, kept: _Kept | None) -> None:
        self._kept = kept
        self.button_back.setVisible(kept is not None)

    def _nothing(self, problem: Problem) -> None:
        """Nobody knows whether there are any: none are offered."""

    @guarded
    def _on_open(self) -> None:
        if self._desk is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._desk.config))):
            self._desk.copy(str(self._desk.config))

    @guarded
    def _on_again(self) -> None:
        if self._desk is not None:
            self._desk.look_again(refresh=True)

    @guarded
    def _on_back(self) -> None:
        kept = self._kept
        if kept is None:
            return
        sheet = Sheet(self, _("Take back the settings of {when}?").format(when=telling.when(kept.at)))
        text = _("They are the last that could be used. What was changed since is not in force then.")
        sheet.body.addWidget(words.label(text, wrap=True))
        text = _("The present file stays beside them, as {name}.").format(name=kept.aside)
        sheet.body.addWidget(words.label(text, "muted", wrap=True))
        main = sheet.add_main(_("Take them back"), self._take_back)
        self.sheet = sheet
        sheet.ask(main)

    def _take_back(self) -> None:
        desk = self._desk
        if desk is not None:
            path, who, identity = desk.config, desk.who, desk.identity
            ask(self, lambda: _taken_back(path, who, identity), self._done, desk.tell, key="back")

    def _done(self, outcome: Outcome) -> None:
        if self._desk is not None:
            for one in outcome.problems:
                self._desk.tell(one)
            self.taken_back.emit()


def _kept_for(path: Path) -> _Kept | None:
    place = taking_back.kept_for(path)
    if place is None:
        return None
    at = datetime.fromtimestamp(place.stat().st_mtime, UTC)
    return _Kept(at=at, aside=taking_back.aside_of(path).name)


def _taken_back(path: Path, who: str, identity: Identity | None) -> Outcome:
    left, files, clock = governed(path), RealFiles(), SystemClock()
    BackupModel(left, files, clock, identity=identity).ask_settings("config change", change=True)
    return taking_back.take_back(left, who, clock, files)
