"""Second step of the first run: which databases; found in the application's folder, or chosen."""

from __future__ import annotations

from pathlib import Path

import msgspec
from qtpy.QtCore import QDir, Qt, QTimer
from qtpy.QtWidgets import QButtonGroup, QCheckBox, QLineEdit, QWidget

from ..base.records import Problem
from ..base.texts import _, n_
from ..config.finding import SUFFIXES, Found, FoundDatabase, Looked, find, free_name, looked_at
from ..config.first import about_app_root
from ..config.first_server import ServerAnswers
from . import asking, telling, words
from .first_course import Course
from .first_pane import FirstPane
from .first_server import ServerFields
from .guard import guarded
from .restore_pane import wrapped
from .sets_detail import Elided
from .settings_paths import Chooser

QUIET_MS = 300
"""So long after the last key a folder is looked through."""
_MOST_ODD = 4
"""Files that are no databases and yet called so: so many are told."""


class DatabasesPane(FirstPane):
    """The application's folder, and the databases in it with a tick each."""

    def __init__(self) -> None:
        super().__init__()
        self._course: Course | None = None
        self._checking, self._touched = False, False
        """Whether the folder is being looked through; whether somebody named one, or wanted to go on without."""
        self._boxes: dict[str, QCheckBox] = {}
        self.kinds = QButtonGroup(self)
        self.of_files = words.button(_("Files of the application"), "seg")
        self.of_server = words.button(_("SQL Server"), "seg")
        for button in (self.of_files, self.of_server):
            button.setCheckable(True)
            self.kinds.addButton(button)
        self.of_files.setChecked(True)
        self.server = ServerFields()
        self.server.hide()
        self._label = label = words.label(_("Folder of the application"), rx="muted")
        self.folder = words.named(QLineEdit(), _("Folder of the application"))
        self.folder.setMaxLength(1024)
        label.setBuddy(self.folder)
        self._choose = words.button(_("Choose folder…"))
        self._wrong = wrapped("meta", "danger")
        self._wrong.hide()
        self._title = words.label(rx="h2")
        self._add = words.button(_("Add file…"), icon="plus")
        self._chooser, self._adder = Chooser(self._choose), Chooser(self._add)
        self._card = words.card()
        self._rows = words.column(gap=0, margins=(16, 6, 16, 6), parent=self._card)
        self._notes = wrapped("meta")
        field = words.column(label, words.row((self.folder, 1), self._choose), self._wrong, gap=6)
        head = words.row(self._title, ..., self._add)
        kinds = words.row(self.of_files, self.of_server, ..., gap=8)
        self._files = (self._title, self._add, self._card, self._notes)
        words.column(kinds, 4, field, 8, head, self._card, self._notes, self.server, gap=10, parent=self)
        self.kinds.buttonClicked.connect(self._on_kind)
        self.server.changed.connect(self.changed)
        self.server.checked.connect(self.checked)
        self.server.dropped.connect(self.dropped)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._check)
        self.folder.textChanged.connect(self._on_edited)
        self._choose.clicked.connect(self._on_choose)
        self._add.clicked.connect(self._on_add)

    def show_course(self, course: Course) -> None:
        """Show what is known and was chosen before."""
        self._course = course
        self._tell_kind()
        if self.folder.text() != course.answers.app_root:
            self.folder.blockSignals(True)
            self.folder.setText(course.answers.app_root)
            self.folder.blockSignals(False)
        if course.found is None or course.found.folder != course.answers.app_root:
            self._look_soon()
        else:
            self._show(course.found)

    @property
    def ready(self) -> bool:
        """Whether one may go on, as far as is known by now."""
        if self._is_server:
            return self.server.ready and not self._checking and not self._wrong.text()
        return self._checking or (not self._wrong.text() and bool(self._ticked())) or self._is_blank

    @property
    def is_checking(self) -> bool:
        """Whether the folder is still being looked through, or the server asked."""
        return self._checking or (self._is_server and self.server.is_looking)

    def first(self) -> QWidget:
        """Where the keyboard begins."""
        if self._is_server:
            return self.server.first()
        return next(iter(self._boxes.values()), self.folder)

    def at_fault(self) -> QWidget | None:
        """The folder, or where a database can be chosen."""
        if self._is_server:
            return self.folder if self._wrong.text() else self.server.at_fault()
        if self._is_blank:
            self._touched = True
            self._tell_wrong(about_app_root(""))
        if self._wrong.text():
            return self.folder
        return None if self.ready else next(iter(self._boxes.values()), self._add)

    @property
    def _is_server(self) -> bool:
        return self._course is not None and self._course.server is not None

    def _tell_kind(self) -> None:
        """Show what belongs to files, or to a server."""
        course, on = self._course, self._is_server
        (self.of_server if on else self.of_files).setChecked(True)
        for one in self._files:
            one.setVisible(not on)
        self.server.setVisible(on)
        self._label.setText(
            _("Folder of the application, if it is on this machine") if on else self.folder.accessibleName()
        )
        if on and course is not None:
            self.server.show_course(course, course.found.server if course.found is not None else "")

    @guarded
    def _on_kind(self) -> None:
        """Files or a server: what was ticked of the other does not count any more."""
        course, on = self._course, self.of_server.isChecked()
        if course is None or on == self._is_server:
            return
        course.server = ServerAnswers() if on else None
        course.answers = msgspec.structs.replace(course.answers, databases={})
        self.dropped.emit()
        self._tell_kind()
        self._look_soon()

    @property
    def _is_blank(self) -> bool:
        """Whether nothing was named yet, for which nobody is blamed before going on."""
        return not self._touched and not self.folder.text().strip() and not self._boxes

    @guarded
    def _on_edited(self) -> None:
        self._touched = True
        self._look_soon()

    def _look_soon(self) -> None:
        self._checking = bool(self.folder.text().strip())
        self._tell_wrong(None)
        self._quiet.start()
        self._tell_title()
        self.changed.emit()

    @guarded
    def _check(self) -> None:
        text = self.folder.text().strip()
        if not text and (not self._touched or self._is_server):
            self._tell_wrong(None)
            self._show(Found(folder=""))
            return

        def look() -> tuple[Problem | None, Found | None]:
            wrong = about_app_root(text)
            return wrong, None if wrong is not None else find(Path(text).expanduser())

        asking.ask(self, look, self._hear, key="find")

    def _hear(self, answer: tuple[Problem | None, Found | None]) -> None:
        wrong, found = answer
        course, self._checking = self._course, False
        self._tell_wrong(wrong)
        if course is not None:
            text = self.folder.text().strip()
            course.answers = msgspec.structs.replace(course.answers, app_root=text)
            if course.found is not None and found is not None and course.found.folder != found.folder:
                course.chosen = None
            course.found = msgspec.structs.replace(found, folder=text) if found is not None else None
        self._show((course.found if course is not None else None) or Found(folder=""))
        self.checked.emit()

    def _tell_wrong(self, problem: Problem | None) -> None:
        self._wrong.setText(telling.reason(problem) if problem is not None else "")
        self._wrong.setVisible(problem is not None)
        words.set_invalid(self.folder, problem is not None)

    def _show(self, found: Found) -> None:
        """Fill the list."""
        course = self._course
        words.clear(self._rows)
        self._boxes = {}
        several = (*found.databases, *(course.added if course is not None else ()))
        ticked = self._wanted(several)
        for number, one in enumerate(several):
            if number:
                self._rows.addWidget(words.line())
            self._rows.addWidget(self._row(one, one.path in ticked))
        self._card.setVisible(bool(several) and not self._is_server)
        self._tell_notes(found, several)
        if self._is_server:
            self._tell_kind()
            self.changed.emit()
        else:
            self._take()

    def _wanted(self, several: tuple[FoundDatabase, ...]) -> frozenset[str]:
        """Which are ticked: those chosen before, else the application's own, else all."""
        if self._course is not None and self._course.chosen is not None:
            return self._course.chosen
        own = frozenset(one.path for one in several if one.role)
        return own or frozenset(one.path for one in several)

    def _row(self, one: FoundDatabase, ticked: bool) -> QWidget:
        box = QCheckBox(one.name.replace("&", "&&"))
        box.setChecked(ticked)
        box.setAccessibleName(f"{one.name}, {one.path}, {telling.size(one.size_bytes)}")
        box.toggled.connect(self._on_ticked)
        self._boxes[one.path] = box
        place = Elided("meta", Qt.TextElideMode.ElideMiddle)
        place.tell(self._short(one.path), one.path)
        held = QWidget()
        words.row(
            box,
            12,
            (place, 1),
            words.label(telling.size(one.size_bytes), rx="muted"),
            margins=(0, 7, 0, 7),
            parent=held,
        )
        box.setMinimumWidth(190)
        return held

    def _short(self, path: str) -> str:
        """The path below the application's folder, else the whole one."""
        place, folder = Path(path), Path(self.folder.text().strip())
        return str(place.relative_to(folder)) if place.is_relative_to(folder) else path

    def _tell_notes(self, found: Found, several: tuple[FoundDatabase, ...]) -> None:
        said = [telling.reason(one) for one in found.unusable[:_MOST_ODD]]
        if found.server:
            said.append(
                _("The .env names the server {server}: choose SQL Server above for its databases.").format(
                    server=found.server
                )
            )
        if not several and found.folder and not self._is_server:
            said.insert(0, _("Add the file of each database by hand if it is elsewhere."))
        self._notes.setText("\n".join(said))
        self._notes.setVisible(bool(said) and not self._is_server)

    def _tell_title(self) -> None:
        count, ticked = len(self._boxes), len(self._ticked())
        if self._checking:
            self._title.setText(_("Looking for databases…"))
        elif not count:
            self._title.setText(_("No database was found here") if self.folder.text().strip() else "")
        else:
            told = n_("{count} database, {ticked} chosen", "{count} databases, {ticked} chosen", count)
            self._title.setText(told.format(count=count, ticked=ticked))

    def _ticked(self) -> tuple[str, ...]:
        return tuple(path for path, box in self._boxes.items() if box.isChecked())

    def _take(self) -> None:
        """Keep what is chosen."""
        course, ticked = self._course, self._ticked()
        if course is not None and not self._checking:
            known = {one.path: one for one in (*(course.found.databases if course.found else ()), *course.added)}
            chosen = {known[path].name: path for path in ticked if path in known}
            course.answers = msgspec.structs.replace(course.answers, databases=chosen)
        self._tell_title()
        self.changed.emit()

    @guarded
    def _on_ticked(self) -> None:
        if self._course is not None:
            self._course.chosen = frozenset(self._ticked())
        self._take()

    @guarded
    def _on_choose(self) -> None:
        self._chooser.choose(_("Folder of the application"), self.folder.text().strip(), self._on_folder)

    @guarded
    def _on_folder(self, path: str) -> None:
        self.folder.setText(QDir.toNativeSeparators(path))

    @guarded
    def _on_add(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        filters = (_("Databases ({patterns})").format(patterns=patterns), _("All files (*)"))
        begin = self.folder.text().strip()
        self._adder.choose(_("File of a database"), begin, self.add, file=True, filters=filters)

    @guarded
    def add(self, path: str) -> None:
        """Add a file that somebody chose."""
        asking.ask(self, lambda: looked_at((Path(path),)), self._hear_added, key="add")

    def _hear_added(self, looked: Looked) -> None:
        course = self._course
        if course is None:
            return
        if looked.bad:
            self._notes.setText(telling.reason(looked.bad[0]))
            self._notes.setVisible(True)
            return
        one = looked.good[0][0]
        known = (*(course.found.databases if course.found else ()), *course.added)
        if one.path not in {each.path for each in known}:
            name = free_name(one.name, {each.name.casefold() for each in known})
            course.added = (*course.added, msgspec.structs.replace(one, name=name))
        course.chosen = frozenset({*self._ticked(), one.path})
        self._show(course.found or Found(folder=""))
