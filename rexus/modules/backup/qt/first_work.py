"""Does what the first run decides: writes the settings, orders the first copy and its test, tells the scheduler."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from qtpy.QtCore import QObject, Signal

from ..base.errors import BackupError, BadInput
from ..base.files import RealFiles
from ..base.records import BackupRequest, Outcome, Problem, Status
from ..base.watching import DrillRequest, DrillResult
from ..config.adopting import adopt
from ..config.document import Value
from ..config.first import Answers, write
from ..config.first_server import ServerAnswers, about_login, saved_login, write_server
from ..config.load import Loaded, load
from ..config.roles import Right
from ..config.settings import Roles
from . import asking
from .first_course import BACKUP, BRING, DONE, DRILL, FAILED, WRITING, Course
from .guard import guarded
from .runner import the_runner
from .starting import install
from .work import Work

if TYPE_CHECKING:
    from ..base.identity import Identity
    from .desk import Desk

_GOOD = (Status.OK, Status.WARNINGS)


class Orderer(NamedTuple):
    """Who has the settings written."""

    name: str
    identity: Identity | None


class FirstWork(QObject):
    """The work of one first run. A page that is made anew takes it up where it is."""

    moved = Signal()
    """It is further."""
    scheduled = Signal(str, object)
    """Which scheduler was told; or the problem with that."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._desk: Desk | None = None
        self.course = Course()

    def use(self, desk: Desk, course: Course) -> None:
        """Take the desk and what was answered."""
        self.course = course
        if self._desk is None:
            self._desk = desk
            the_runner().changed.connect(self._on_changed)
            the_runner().finished.connect(self._on_finished)

    @property
    def backup(self) -> Work | None:
        """The first backup."""
        return the_runner().work(self.course.backup) if self.course.backup else None

    @property
    def drill(self) -> Work | None:
        """Its restore test."""
        return the_runner().work(self.course.drill) if self.course.drill else None

    def begin(self) -> None:
        """Write the settings, where they are not written yet, then back up."""
        desk, course = self._desk, self.course
        if desk is None or course.is_running:
            return
        if not desk.may(Right.CONFIG):  # the answers may be those of somebody else who sat here
            self._give_up(desk.denied("config init", Right.CONFIG, Roles()))
            return
        course.stage, course.problem, course.backup, course.drill, course.set = WRITING, None, "", "", ""
        self.moved.emit()
        if course.written == course.asked and desk.model is not None:
            self._order_backup()
            return
        config, who = desk.config, Orderer(desk.who, desk.identity)
        # The page may be gone when it is done: what became of it is kept by the course.
        asking.ask(self, lambda: _written(course, config, who), self._go_on, self._give_up, key="write")

    def resume(self) -> None:
        """Take up what went on while no page was there."""
        course = self.course
        if course.stage == WRITING:
            course.stage = FAILED
        for stage, work in ((BACKUP, self.backup), (DRILL, self.drill)):
            if course.stage == stage and (work is None or work.state == "ended"):
                self._ended(work)

    def install_schedule(self) -> None:
        """Have the system start what is due."""
        desk = self._desk
        if desk is None:
            return
        who = desk.who

        desk.ask(self, lambda model: install(model, who).plan.kind, self._installed, self._not_installed, key="install")

    def _go_on(self, loaded: Loaded) -> None:
        desk = self._desk
        if desk is not None:
            desk.reopen(then=self._order_backup)

    def _give_up(self, problem: Problem) -> None:
        self.course.stage, self.course.problem = FAILED, problem
        self.moved.emit()

    def _order_backup(self) -> None:
        desk = self._desk
        if desk is not None:
            self.course.stage = BACKUP
            self.course.backup = desk.order("backup", BackupRequest(requested_by=desk.who))
            self.moved.emit()

    def _order_drill(self, of_set: str) -> None:
        desk = self._desk
        if desk is not None:
            self.course.stage, self.course.set = DRILL, of_set
            self.course.drill = desk.order("drill", DrillRequest(set=of_set, requested_by=desk.who))
            self.moved.emit()

    def _ended(self, work: Work | None) -> None:
        """Backup or test has ended; nobody knows how where ``work`` is None."""
        course = self.course
        outcome = work.outcome if work is not None else None
        if course.stage == BACKUP and outcome is not None and outcome.status in _GOOD and outcome.set:
            self._order_drill(outcome.set)
            return
        course.stage = DONE if course.stage == DRILL and _is_proven(work, outcome) else FAILED
        self.moved.emit()

    def _installed(self, kind: str) -> None:
        self.course.scheduled = kind
        self.scheduled.emit(kind, None)
        if self._desk is not None:
            self._desk.refresh()

    def _not_installed(self, problem: Problem) -> None:
        self.scheduled.emit("", problem)

    @guarded
    def _on_changed(self, work: Work) -> None:
        if work.id and work.id in (self.course.backup, self.course.drill) and self.course.is_running:
            self.moved.emit()

    @guarded
    def _on_finished(self, work: Work) -> None:
        mine = {BACKUP: self.course.backup, DRILL: self.course.drill}.get(self.course.stage, "")
        if mine and work.id == mine:
            self._ended(work)


def _written(course: Course, config: Path, who: Orderer) -> Loaded:
    """Write what was answered; whoever tries again may replace what is ours by then. Raises `BackupError`."""
    was_there, answers, server, brought = os.path.lexists(config), course.answers, course.server, course.brought
    replace, extra = course.written is not None or course.is_ours, dict(brought.extra) if brought is not None else {}
    whole = brought if course.choice == BRING and brought is not None and brought.is_whole else None
    if whole is not None:  # it says itself where its databases are; a server was answered before
        course.server = server = None
    try:
        if whole is not None:
            loaded = adopt(Path(whole.path), config, RealFiles(), replace=replace)
        elif server is not None:
            loaded = _with_server(course, (answers, server), config, who, extra=extra, replace=replace)
        else:
            loaded = write(answers, config, RealFiles(), extra=extra, replace=replace)
    except BackupError as error:
        is_others = was_there or error.code == "config.exists"
        course.is_ours = course.is_ours or (not is_others and os.path.lexists(config))
        raise
    if server is not None:  # its password stands in `.env` now
        course.server = server = msgspec.structs.replace(server, password=None)
    course.is_ours, course.written = True, (answers, server)
    return loaded


def _with_server(  # noqa: PLR0913  as `write_server`
    course: Course,
    asked: tuple[Answers, ServerAnswers],
    config: Path,
    who: Orderer,
    *,
    extra: dict[str, Value],
    replace: bool,
) -> Loaded:
    """Write settings for a server, then its user and password into `.env`. Raises `BackupError`."""
    from ..model import BackupModel

    answers, server = asked
    wrong = about_login(server, saved_login(answers, config, course.login_of))
    if wrong is not None:
        raise BadInput(wrong.code, **wrong.values)
    draft = write_server(answers, server, config, RealFiles(), extra=extra, replace=replace)
    if draft is not None:  # until it is saved the file tells one server, and `.env` the login of another
        course.is_ours, course.written, course.login_of = True, None, None
        BackupModel.open(config, identity=who.identity).reconfigure(draft, who.name)
        course.login_of = server.server
    return load(config)


def _is_proven(work: Work | None, outcome: Outcome | None) -> bool:
    """Whether each database was restored and proven."""
    if work is None or outcome is None or outcome.status not in _GOOD or not isinstance(work.result, DrillResult):
        return False
    return bool(work.result.drills) and all(one.ok for one in work.result.drills)
