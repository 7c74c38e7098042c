"""First step of the first run: what one has come for."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QDir, QTimer
from qtpy.QtWidgets import QLineEdit, QWidget

from ..base.records import Problem
from ..base.texts import _, n_
from ..config.adopting import Brought, brought
from ..config.first import Answers
from . import asking, telling, words
from .first_course import BRING, LOST, PROTECT, Course
from .first_pane import FirstPane
from .guard import guarded
from .restore_pane import ChoiceCard, one_of, wrapped
from .settings_paths import Chooser

QUIET_MS = 250
"""So long after the last key a path is looked at."""


class StartPane(FirstPane):
    """Three cards; the third asks for a file."""

    def __init__(self) -> None:
        super().__init__()
        self._course: Course | None = None
        self._sound, self._checking = False, False
        self.cards = {PROTECT: ChoiceCard("shield-check"), LOST: ChoiceCard("lifebuoy"), BRING: ChoiceCard("download")}
        self._group = one_of(self, self.cards.values())
        self.path = words.named(QLineEdit(), _("File of the settings"))
        self.path.setMaxLength(1024)
        self._choose = words.button(_("Choose file…"))
        self._chooser = Chooser(self._choose)
        self._label = words.label(_("File of the settings"), rx="muted")
        self._label.setBuddy(self.path)
        self._said = wrapped("meta")
        self._more = QWidget()
        field = words.row((self.path, 1), self._choose)
        words.column(self._label, field, self._said, gap=6, margins=(0, 8, 0, 0), parent=self._more)
        self.cards[BRING].below.addWidget(self._more)
        self._denied = wrapped("muted")
        self._denied.hide()
        words.column(*self.cards.values(), self._denied, gap=12, parent=self)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._check)
        self.path.textChanged.connect(self._on_edited)
        self._choose.clicked.connect(self._on_choose)
        for card in self.cards.values():
            card.chosen.connect(self._on_chosen)
        self._tell()

    def show_course(self, course: Course, *, may_configure: bool) -> None:
        """Show what was chosen before."""
        self._course = course
        for key in (PROTECT, BRING):
            self.cards[key].setEnabled(may_configure)
        self._denied.setVisible(not may_configure)
        self.cards[course.choice if may_configure else LOST].choose()
        if self.path.text() != course.bring:
            self.path.setText(course.bring)
        self._on_chosen()

    @property
    def choice(self) -> str:
        """What is chosen now."""
        return next((key for key, card in self.cards.items() if card.is_chosen), PROTECT)

    @property
    def ready(self) -> bool:
        """Whether one may go on, as far as is known by now."""
        return self.choice != BRING or (bool(self.path.text().strip()) and (self._checking or self._sound))

    @property
    def is_checking(self) -> bool:
        """Whether an answer is still being looked at."""
        return self.choice == BRING and self._checking

    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return self.path if self.choice == BRING else self.cards[self.choice].radio

    def _tell(self) -> None:
        self.cards[PROTECT].tell(
            _("Protect my databases"),
            _("Choose the databases, the folder and the times. Five minutes, and it ends with a copy that was tested."),
        )
        self.cards[LOST].tell(
            _("I have lost data"),
            _("Get it back now without configuring anything: the folder with the copies is enough."),
        )
        self.cards[BRING].tell(
            _("I have settings already"),
            _("From another computer or an earlier version: backup_config.json is read."),
        )
        self._denied.setText(_("Only an administrator may set the backups up."))

    @guarded
    def _on_chosen(self) -> None:
        bring = self.choice == BRING
        self._more.setVisible(bring)
        if self._course is not None:
            self._course.choice = self.choice
        self.changed.emit()

    @guarded
    def _on_edited(self) -> None:
        self._checking = bool(self.path.text().strip())
        self._sound = False
        if self._course is not None:
            self._course.bring, self._course.brought = self.path.text().strip(), None
        self._say("", "")
        words.set_invalid(self.path, False)
        self._quiet.start()
        self.changed.emit()

    @guarded
    def _check(self) -> None:
        text = self.path.text().strip()
        if not text:
            return
        answers = self._course.answers if self._course is not None else Answers()
        asking.ask(self, lambda: brought(Path(text).expanduser(), answers), self._show, self._refuse, key="bring")

    def _show(self, found: Brought) -> None:
        self._checking, self._sound = False, True
        if self._course is not None:
            self._course.brought = found
        if found.is_whole:
            names = ", ".join(found.answers.databases)
            self._say(_("Complete: {names}; copies in {path}.").format(names=names, path=found.answers.root), "ok")
        else:
            left = n_(
                "{count} setting has no meaning any more.", "{count} settings have no meaning any more.", found.left
            )
            more = left.format(count=found.left) if found.left else ""
            said = _("Of an earlier version: what it says is taken over, the rest is asked.")
            self._say(f"{said} {more}".strip(), "ok")
        self.changed.emit()
        self.checked.emit()

    def _refuse(self, problem: Problem) -> None:
        self._checking, self._sound = False, False
        self._say(telling.reason(problem), "danger")
        words.set_invalid(self.path, True)
        self.changed.emit()
        self.checked.emit()

    def _say(self, text: str, tone: str) -> None:
        self._said.setText(text)
        words.set_tone(self._said, tone)
        self._said.setVisible(bool(text))

    @guarded
    def _on_choose(self) -> None:
        filters = (_("Settings (*.json)"), _("All files (*)"))
        begin = self.path.text().strip()
        self._chooser.choose(_("File of the settings"), begin, self._on_file, file=True, filters=filters)

    @guarded
    def _on_file(self, path: str) -> None:
        self.path.setText(QDir.toNativeSeparators(path))
