"""The standalone window: one view, its controller, the tray; asks before it closes on running work."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QCloseEvent, QIcon
from qtpy.QtWidgets import QApplication, QVBoxLayout, QWidget

from ..base.identity import Identity
from ..base.records import Problem
from ..base.texts import _
from ..base.watching import Health, Occurrence
from ..config.settings import Settings
from ..controller import BackupController
from ..view import BackupView
from . import theme, window_place
from .closing import ClosingQuestion
from .guard import guarded
from .runner import Work, the_runner
from .tray import Tray

if TYPE_CHECKING:
    from .page_settings import SettingsPage

SIZE = (1280, 820)
WARM_AFTER_MS = 1500
"""When the first screen is read, those behind the other tabs are made."""
LOOK_EVERY_MS = 10 * 60 * 1000
"""How often a hidden window judges whether all is well."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A configuration of our own, with no host: whoever runs the process orders."""

    config: Path
    identity: Identity | None = None


class Window(QWidget):
    """Top level. Closing it hides it into the tray where there is one; otherwise it ends the program."""

    def __init__(self, config: Path, *, language: str | None = None, theme_name: str = "light") -> None:
        super().__init__()
        self.setWindowTitle(_("Rexus Backups"))
        self.setWindowIcon(QIcon(str(theme.resources() / "icons" / "app.svg")))
        self._theme_of_settings = theme_name
        self.view = BackupView()
        self.controller = BackupController(Alone(config), self.view)
        self.controller.desk.language = language
        self.view.theme_wanted.connect(self._on_theme_wanted)
        lay = QVBoxLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.addWidget(self.view)
        self.setMinimumSize(940, 600)
        self._size_to_screen()
        self._question = ClosingQuestion(self.view)
        self._quitting = False
        self._stopping = False
        """Whether the program ends once all work has stopped."""
        self._began_hidden = False
        self.tray: Tray | None = None
        self.controller.desk.reopened.connect(self._on_reopened)
        the_runner().finished.connect(self._on_finished)

    def begin(self, *, hidden: bool = False) -> None:
        """Show the window (``hidden``: where there is a tray, only its icon); what can wait comes after that."""
        self._began_hidden = hidden
        if window_place.was_maximized():
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)
        if not hidden:
            self.show()
        QTimer.singleShot(0, self._make_tray)
        QTimer.singleShot(WARM_AFTER_MS, self.view.warm_up)

    @guarded
    def come_up(self) -> None:
        """Show and raise, as when the program is started a second time."""
        self.setWindowState(self.windowState() & ~self._minimized())
        self.show()
        self.raise_()
        self.activateWindow()

    @guarded
    def quit(self) -> None:
        """End the program, after asking where work is running or settings are not saved."""
        self._quitting = True
        self.come_up()
        self.close()

    @guarded
    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ask on unsaved settings and running work; else hide into the tray, or end."""
        assert event is not None
        window_place.remember(self)
        page = self._settings()
        unsaved = page.unsaved() if page is not None else 0
        pending = the_runner().pending()
        if unsaved:
            event.ignore()
            self._question.ask_unsaved(unsaved, self._on_unsaved_answered)
        elif pending and (self._quitting or not self._lives_on()):
            event.ignore()
            self._question.ask(pending[0], self._on_answered, len(pending) - 1)
        elif self._lives_on() and not self._quitting:
            event.ignore()
            self.hide()
        else:
            event.accept()
            self._end()

    def _lives_on(self) -> bool:
        return self.tray is not None and self.tray.is_there()

    def _end(self) -> None:
        if self.tray is not None:
            self.tray.hide()
        the_runner().shutdown()
        application = QApplication.instance()
        if application is not None:
            application.quit()

    def _on_answered(self, answer: str) -> None:
        """What to do with the work that runs: go_on, cancel or back."""
        if answer == "back":
            self._quitting = self._stopping = False
            return
        if answer == "cancel":
            self._stopping = True
            for one in reversed(the_runner().pending()):  # what waits first, or it would begin
                the_runner().cancel(one.id)
            self._end_if_idle()
        else:
            self._end()

    def _end_if_idle(self) -> None:
        """End as soon as all that was ordered here has stopped, where that was wanted."""
        if self._stopping and not the_runner().pending():
            self._stopping = False
            self._end()

    def _settings(self) -> SettingsPage | None:
        """The settings screen, if anybody looked at it."""
        return cast("SettingsPage | None", self.view.made.get("settings"))

    def _on_unsaved_answered(self, answer: str) -> None:
        """What to do with unsaved settings: save, discard or back."""
        page = self._settings()
        if page is not None and answer == "discard":
            page.discard()
        if page is None or answer == "back" or (answer == "save" and not page.save()):
            self._quitting = False
            return
        self.close()

    @guarded
    def _make_tray(self) -> None:
        if "pytest" not in sys.modules:
            QApplication.setQuitOnLastWindowClosed(False)
        self.tray = Tray(self)
        self.tray.open_wanted.connect(self.come_up)
        self.tray.backup_wanted.connect(self._on_backup_wanted)
        self.tray.restore_wanted.connect(self._on_restore_wanted)
        self.tray.quit_wanted.connect(self.quit)
        self.controller.desk.judged.connect(self._on_judged)
        look = QTimer(self)
        look.timeout.connect(self._on_look)
        look.start(LOOK_EVERY_MS)
        the_runner().changed.connect(self._on_work)
        the_runner().finished.connect(self._on_work)
        self.tray.bar(self.controller.desk.barred)
        if self._began_hidden and not self._lives_on():  # nobody could find it
            self.come_up()

    @guarded
    def _on_judged(self, health: Health) -> None:
        desk = self.controller.desk
        if self.tray is not None:
            self.tray.tell(health, None, the_runner().works())
            desk.ask(self, lambda model: model.next_runs(None, 1), self._on_next_run, self._on_no_next_run, key="next")

    def _on_next_run(self, occurrences: tuple[Occurrence, ...]) -> None:
        if self.tray is not None:
            self.tray.tell(None, occurrences, the_runner().works())

    def _on_no_next_run(self, problem: Problem) -> None:
        self._on_next_run(())

    @guarded
    def _on_look(self) -> None:
        """Nobody looks at the window, but the tray shall know."""
        if not self.isVisible():
            self.controller.desk.refresh()

    @guarded
    def _on_work(self, work: Work) -> None:
        if self.tray is not None:
            self.tray.tell(None, None, the_runner().works())

    @guarded
    def _on_finished(self, work: Work) -> None:
        self._end_if_idle()

    @guarded
    def _on_backup_wanted(self) -> None:
        """Where it has to be asked which kind, or told why it can't be, the window must be seen."""
        desk = self.controller.desk
        if desk.has_kinds or desk.barred:
            self.come_up()
        self.view.back_up()

    @guarded
    def _on_restore_wanted(self) -> None:
        self.come_up()
        self.controller.desk.go("restore")

    @guarded
    def _on_theme_wanted(self, name: str) -> None:
        theme.use(name)
        self.view.apply_theme()

    @guarded
    def _on_reopened(self) -> None:
        model = self.controller.desk.model
        if self.tray is not None:
            self.tray.bar(self.controller.desk.barred)
        if model is None and self.controller.desk.trouble is not None:  # nobody can tell what is wanted
            return
        settings = model.loaded.settings if model is not None else Settings()
        wanted = {"system": "dark" if theme.system_prefers_dark() else "light"}.get(settings.theme, settings.theme)
        if wanted == self._theme_of_settings:  # what was chosen from the menu since stays
            return
        self._theme_of_settings = wanted
        if wanted != theme.current().name:
            self._on_theme_wanted(wanted)

    def _size_to_screen(self) -> None:
        screen = self.screen()
        if screen is not None:
            free = screen.availableGeometry()
            self.resize(min(SIZE[0], free.width()), min(SIZE[1], free.height() - 40))

    @staticmethod
    def _minimized() -> Qt.WindowState:
        return Qt.WindowState.WindowMinimized
