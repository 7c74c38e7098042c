"""Third step of the first run: where the backups go, and what is known of that folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from qtpy.QtCore import QDir, QTimer
from qtpy.QtWidgets import QLineEdit, QWidget

from ..base.records import Problem, Severity
from ..base.texts import _, n_
from ..config.first import about_root, proposed_root
from ..config.places import Place
from . import asking, telling, words
from .first_course import Course
from .first_pane import FirstPane
from .guard import guarded
from .restore_pane import Point, wrapped
from .settings_paths import Chooser

QUIET_MS = 250
_SAME_DISK = "first.root_same_disk"
_ICONS = {_SAME_DISK: "disk", "first.root_network": "cloud"}
Answer = tuple[tuple[Problem, ...], Place | None]


class FolderPane(FirstPane):
    """One field, and below it what is to be said of what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self._course: Course | None = None
        self._checking, self._sound = False, False
        label = words.label(_("Folder of the copies"), rx="muted")
        self.root = words.named(QLineEdit(), _("Folder of the copies"))
        self.root.setMaxLength(1024)
        label.setBuddy(self.root)
        self._choose = words.button(_("Choose folder…"))
        self._chooser = Chooser(self._choose)
        self._wrong = wrapped("meta", "danger")
        self._wrong.hide()
        self._card = words.card()
        self._points = words.column(gap=12, margins=(16, 14, 16, 14), parent=self._card)
        field = words.column(label, words.row((self.root, 1), self._choose), self._wrong, gap=6)
        words.column(field, 6, self._card, gap=10, parent=self)
        self._card.hide()
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._check)
        self.root.textChanged.connect(self._on_changed)
        self.root.textEdited.connect(self._on_edited)
        self._choose.clicked.connect(self._on_choose)

    def show_course(self, course: Course) -> None:
        """Show what was chosen before, else a folder that suits."""
        self._course = course
        answers = course.answers
        if not course.root_touched and not (course.brought is not None and answers.root):
            root = str(proposed_root(Path(answers.app_root), course.found))
            course.answers = msgspec.structs.replace(answers, root=root)
        self.root.setText(course.answers.root)
        self._on_changed()

    @property
    def ready(self) -> bool:
        """Whether one may go on, as far as is known by now."""
        return self._checking or self._sound

    @property
    def is_checking(self) -> bool:
        """Whether the folder is still being looked at."""
        return self._checking

    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return self.root

    @guarded
    def _on_edited(self) -> None:
        if self._course is not None:
            self._course.root_touched = True

    @guarded
    def _on_changed(self) -> None:
        self._checking, self._sound = True, False
        if self._course is not None:
            self._course.answers = msgspec.structs.replace(self._course.answers, root=self.root.text().strip())
        self._wrong.hide()
        words.set_invalid(self.root, False)
        self._quiet.start()
        self.changed.emit()

    @guarded
    def _check(self) -> None:
        text = self.root.text()
        course = self._course
        databases = dict(course.answers.databases) if course is not None and course.server is None else {}
        asking.ask(self, lambda: about_root(text, databases), self._hear, key="root")

    def _hear(self, answer: Answer) -> None:
        problems, place = answer
        errors = [one for one in problems if one.severity is Severity.ERROR]
        self._checking, self._sound = False, not errors
        if self._course is not None:
            self._course.same_disk = shared_disk(problems)
        self._wrong.setText(telling.reason(errors[0]) if errors else "")
        self._wrong.setVisible(bool(errors))
        words.set_invalid(self.root, bool(errors))
        self._show(problems, place if not errors else None)
        self.changed.emit()
        self.checked.emit()

    def _show(self, problems: tuple[Problem, ...], place: Place | None) -> None:
        words.clear(self._points)
        if place is not None:
            for problem in problems:
                told = telling.sentence(problem)
                self._point(_ICONS.get(problem.code, "warning"), "warn", told.message, told.fix)
            if not any(problem.code in _ICONS for problem in problems):
                self._point("tick", "ok", _("Not on the disk of the data"), _("If that disk dies, the copies stay."))
            self._about(place)
        self._card.setVisible(place is not None)

    def _about(self, place: Place) -> None:
        if place.backups is not None:
            count = place.backups.sets
            title = n_("{count} copy is there already", "{count} copies are there already", count).format(count=count)
            self._point("database", "text2", title, _("It is kept, can be restored, and counts for what is kept."))
        if place.free_bytes is not None:
            free = _("{size} free").format(size=telling.size(place.free_bytes))
            made = _("The folder is there.") if place.exists else _("The first copy makes the folder, for you alone.")
            self._point("disk", "text2", free, made)

    def _point(self, icon: str, token: str, title: str, text: str) -> None:
        point = Point(icon, token)
        point.title.setWordWrap(True)
        point.tell(title, text)
        self._points.addWidget(point)

    @guarded
    def _on_choose(self) -> None:
        self._chooser.choose(_("Folder of the copies"), self.root.text().strip(), self._on_chosen)

    @guarded
    def _on_chosen(self, path: str) -> None:
        self._on_edited()
        self.root.setText(QDir.toNativeSeparators(path))


def look_again(owner: QWidget, course: Course, then: Callable[[], object]) -> None:
    """Look whether the folder is on the disk of the data, also where nobody was asked for it; then ``then``."""
    databases = dict(course.answers.databases) if course.server is None else {}
    root = course.answers.root

    def hear(answer: Answer) -> None:
        course.same_disk = shared_disk(answer[0])
        then()

    asking.ask(owner, lambda: about_root(root, databases), hear, key="same disk")


def shared_disk(problems: tuple[Problem, ...]) -> Problem | None:
    """What says that data and copies are lost together."""
    return next((one for one in problems if one.code == _SAME_DISK), None)
