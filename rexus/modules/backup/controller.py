"""Connects what the person wants to the model, and what happened to the view; decides nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qtpy.QtCore import QObject, Qt
from qtpy.QtGui import QGuiApplication

from .base.identity import Identity
from .base.records import BackupRequest, Origin, Problem
from .base.texts import _
from .base.watching import Health, Level
from .qt import guard
from .qt.desk import Desk
from .qt.first_course import is_unfinished
from .qt.guard import guarded
from .qt.runner import Work, the_runner

if TYPE_CHECKING:
    from .view import BackupView

log = logging.getLogger(__name__)
STATES = {
    Level.WELL: ("ok", "shield-check"),
    Level.ATTENTION: ("warn", "shield-alert"),
    Level.UNPROTECTED: ("danger", "shield-alert"),
}


class Source(Protocol):
    """What the controller needs to know: which configuration, and who sits before the screen."""

    @property
    def config(self) -> Path:
        """The configuration file."""

    @property
    def identity(self) -> Identity | None:
        """Who orders; None: the account of this process."""


class BackupController(QObject):
    """Wiring only. The constructor connects and reads nothing of the disk."""

    def __init__(self, model: Source, view: BackupView) -> None:
        super().__init__(view)
        self._source, self._view = model, view
        self._begun = False
        self._trouble: Problem | None = None
        """What is told of the settings now."""
        self.desk = Desk(model.config, model.identity, self)
        self.desk.reopened.connect(self._on_reopened)
        self.desk.refreshed.connect(self._on_refreshed)
        self.desk.backup_wanted.connect(self._on_backup_wanted)
        the_runner().finished.connect(self._on_finished)
        guard.tell_with(self.desk.tell)
        view.shown.connect(self._on_shown)
        view.set_controller(self)
        view.use(self.desk)

    def cargar_datos_iniciales(self) -> None:
        """Hook of the host after construction; reading begins when the page is shown."""

    @guarded
    def _on_shown(self) -> None:
        """Only now a host's window, and with it its user, is known."""
        if self._begun:
            self.desk.look_again(refresh=False)
            return
        self._begun = True
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._on_application)
        self.desk.identity = self._source.identity
        self.desk.reopen()

    @guarded
    def _on_application(self, state: Qt.ApplicationState) -> None:
        """Somebody comes back from another program, where the settings may have been mended."""
        if state == Qt.ApplicationState.ApplicationActive and self._view.isVisible():
            self.desk.look_again(refresh=False)

    @guarded
    def _on_reopened(self) -> None:
        desk, view = self.desk, self._view
        view.speak_anew()
        if self._trouble is not None and self._trouble != desk.trouble:
            desk.solved(self._trouble.code)
        self._trouble = desk.trouble
        if desk.trouble is not None:
            desk.tell(desk.trouble, mend=_("See the settings"), act=lambda: desk.go("settings"))
        nothing = desk.model is None and desk.trouble is None
        if nothing and view.current in ("", "summary"):
            view.open("first")
        elif not view.current:
            view.open("first" if is_unfinished(desk.config) else "summary")

    @guarded
    def _on_refreshed(self) -> None:
        if self.desk.model is None or self.desk.rescue:
            self._view.tell_state("", "", "")
            return
        self.desk.ask(self, self.desk.judgement.health, self._show_state, self._no_state, key="health")

    def _show_state(self, health: Health) -> None:
        told = {Level.WELL: _("Protected"), Level.ATTENTION: _("Look here"), Level.UNPROTECTED: _("Not protected")}
        self._view.tell_state(told[health.level], *STATES[health.level])
        self.desk.judged.emit(health)

    def _no_state(self, problem: Problem) -> None:
        log.warning("state: %s", problem.code)
        self._view.tell_state(_("State unknown"), "warn", "shield-alert")

    @guarded
    def _on_backup_wanted(self) -> None:
        request = BackupRequest(origin=Origin.MANUAL, requested_by=self.desk.who)
        self.desk.order("backup", request)

    @guarded
    def _on_finished(self, work: Work) -> None:
        """Whatever ended may have changed what there is to see."""
        self.desk.refresh()
