"""The first run: a few questions, then a first copy and its restore test, so that set-up ends with proof."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeyEvent

from ..base.errors import BadInput
from ..base.files import RealFiles, publish
from ..base.records import Problem
from ..base.texts import _, n_
from ..config.finding import find
from ..config.roles import Right
from . import asking, telling, words
from .first_course import BRING, DONE, FAILED, IDLE, LOST, PROTECT, STEPS, Course, course_of, forget
from .first_databases import DatabasesPane
from .first_example import the_maker
from .first_folder import FolderPane, look_again
from .first_frame import NAMES, OF_FILES, OF_SERVER, Frame
from .first_loss import LossPane
from .first_pane import FirstPane
from .first_proof import ProofPane, restore_seconds
from .first_sheet import sheet
from .first_start import StartPane
from .first_table import databases_told
from .first_work import FirstWork
from .guard import guarded
from .page import Page
from .resting import switch
from .restore_dialogs import save_dialog
from .restore_rail import Stop
from .rows_table import plain_tip

if TYPE_CHECKING:
    from ..model import BackupModel
    from .desk import Desk


class FirstPage(Page):
    """No tabs until it ends. What was answered outlives the page."""

    key: ClassVar[str] = "first"

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # so that Enter goes on where nothing is to be typed
        self.course = Course()
        self._goes_on = False
        """Next was pressed while an answer was still being looked at."""
        self.work = FirstWork(self)
        self.start, self.databases, self.folder = StartPane(), DatabasesPane(), FolderPane()
        self.loss, self.proof = LossPane(), ProofPane()
        several: tuple[FirstPane, ...] = (self.start, self.databases, self.folder, self.loss, self.proof)
        self.panes = dict(zip(STEPS, several, strict=True))
        self.frame = Frame(self.panes)
        self.rail = self.frame.rail
        self.button_next, self.button_back = self.frame.button_next, self.frame.button_back
        self.button_sheet, self.dock = self.frame.button_sheet, self.frame.dock
        words.column(self.frame, gap=0, parent=self)
        self._connect()
        self._tell()

    def use(self, desk: Desk) -> None:
        """Take the desk; answers of an earlier page of this process are taken up."""
        super().use(desk)
        desk.reopened.connect(self._on_reopened)
        the_maker().made.connect(self._on_example)
        the_maker().failed.connect(self._on_no_example)
        self._take_up()

    def opened(self, **what: object) -> None:
        """Show the step that was come to."""
        self._show_step(self.course.step)

    def refresh(self) -> None:
        """Nothing here is older than the data; what runs tells of itself."""
        self._tell()

    def command(self) -> tuple[str, ...]:
        """The words that write the same settings."""
        answers = self.course.answers
        if self.course.stage != IDLE or not answers.databases or self.course.server is not None:
            return ("drill",) if self.course.stage != IDLE else ("config", "init")
        named = [word for name, place in answers.databases.items() for word in ("--database", f"{name}={place}")]
        return ("config", "init", "--root", answers.root, "--app-root", answers.app_root, *named)

    def retheme(self) -> None:
        """Redraw what the sheet does not reach."""
        self.rail.retheme()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, or to what keeps one from it."""
        may = self.button_next.isEnabled() or self.course.step != "proof"
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and may:
            self._on_next()
        else:
            super().keyPressEvent(event)

    def _connect(self) -> None:
        for pane in self.panes.values():
            pane.changed.connect(self._on_changed)
            pane.checked.connect(self._on_checked)
            pane.dropped.connect(self._on_dropped)
        self.proof.schedule_wanted.connect(self._on_schedule)
        self.work.moved.connect(self._on_moved)
        self.work.scheduled.connect(self._on_scheduled)
        self.rail.wanted.connect(self._on_step)
        for button, slot in (
            (self.button_next, self._on_next),
            (self.button_back, self._on_back),
            (self.frame.button_example, self._on_try),
            (self.button_sheet, self._on_sheet),
            (self.frame.button_later, self._on_summary),
            (self.frame.button_command, self._on_command),
        ):
            button.clicked.connect(slot)

    # --- steps

    def _take_up(self) -> None:
        desk = self.desk
        if desk is None:
            return
        self.course = course_of(desk.config)
        self.work.use(desk, self.course)
        self.databases.server.use(desk)
        self.work.resume()
        if not self.course.answers.app_root:
            self._guess(desk)
        self._show_step(self.course.step)

    def _guess(self, desk: Desk) -> None:
        """Look for the application where it usually is."""
        here, large = Path.cwd(), (Path.home(), Path(Path.cwd().anchor))  # where a desktop starts programs
        places = dict.fromkeys((desk.config.parent, *(() if here in large else (here,))))

        def look() -> str:
            told = (str(one) for one in places if find(one).databases)
            return next(told, "")

        asking.ask(self, look, self._guessed, key="guess")

    def _guessed(self, folder: str) -> None:
        course = self.course
        if folder and not course.answers.app_root:
            course.answers = msgspec.structs.replace(course.answers, app_root=folder)
            if course.step == "databases":
                self.databases.show_course(course)

    def _show_step(self, step: str) -> None:
        """Show a step, filled with what is known."""
        course, number = self.course, STEPS.index(step)
        course.step, course.furthest = step, max(course.furthest, number)
        self._goes_on = False
        self.frame.show_step(step)
        if step == "start":
            self.start.show_course(course, may_configure=self._may(Right.CONFIG))
        elif step == "databases":
            self.databases.show_course(course)
        elif step == "folder":
            self.folder.show_course(course)
        elif step == "loss":
            self.loss.show_course(course)
        elif step == "proof":
            look_again(self, course, self._tell_disk)
        self._tell()
        if self.isVisible():
            first = self.panes[step].first()
            (self if first is self.panes[step] else first).setFocus(Qt.FocusReason.OtherFocusReason)

    def _may(self, right: Right) -> bool:
        return self.desk is None or self.desk.may(right)

    def _tell(self) -> None:
        """Show where one is, and what can be done now."""
        course, step, stage = self.course, self.course.step, self.course.stage
        if step == "proof":
            self.proof.show_course(course, self.work.backup, self.work.drill, may_schedule=self._may(Right.SCHEDULE))
        if step == "databases":
            self.frame.explain(_(OF_SERVER if course.server is not None else OF_FILES))
        self.rail.tell(tuple(self._stop(number, key) for number, key in enumerate(STEPS)))
        texts = {IDLE: _("Make the first copy"), DONE: _("To the summary"), FAILED: _("Try again")}
        is_proof, busy = step == "proof", course.is_running
        words.retitle(self.button_next, texts.get(stage, _("Working…")) if is_proof else _("Next"))
        switch(self.button_next, on=not busy if is_proof else self.panes[step].ready)
        self.button_back.setVisible(step != "start" and not busy and stage != DONE)
        self.button_sheet.setVisible(is_proof and stage == DONE)
        self.frame.button_later.setVisible(is_proof and stage == FAILED and course.written is not None)
        example, making = self.frame.button_example, self.desk is not None and the_maker().is_busy
        example.setVisible(step == "start")
        example.setEnabled(not making)
        words.retitle(example, _("Preparing example data…") if making else _("Try it with example data"))

    def _stop(self, number: int, key: str) -> Stop:
        here = STEPS.index(self.course.step)
        state = "now" if number == here else "done" if number < here else "later"
        done = number == here and self.course.stage == DONE
        back = number < here and not self.course.is_running and self.course.stage != DONE
        return Stop(key, _(NAMES[key]), self._chosen(key), "done" if done else state, back)

    def _chosen(self, key: str) -> str:
        answers = self.course.answers
        if key == "start":
            return _("Settings brought along") if self.course.choice == BRING else _("Protect my databases")
        if key == "databases":
            return databases_told(len(answers.databases))
        if key == "folder":
            return answers.root
        if key == "loss" and key in self.course.answered:
            return n_("{count} hour", "{count} hours", answers.loss_hours).format(count=answers.loss_hours)
        return ""

    # --- what the person does

    @guarded
    def _on_changed(self) -> None:
        if self.sender() is self.panes[self.course.step]:
            self._tell()

    @guarded
    def _on_checked(self) -> None:
        if self._goes_on and not self.panes[self.course.step].is_checking:
            self._go_on()

    @guarded
    def _on_dropped(self) -> None:
        """Whoever answers otherwise does not go on yet."""
        self._goes_on = False

    @guarded
    def _on_next(self) -> None:
        if self.panes[self.course.step].is_checking:
            self._goes_on = True  # as soon as the answer is known to be right
        else:
            self._go_on()

    def _go_on(self) -> None:
        """To the next step, or with the keyboard to what must be answered first."""
        self._goes_on = False
        fault = self.panes[self.course.step].at_fault()
        if fault is None:
            self._advance()
            return
        if self.isVisible():
            fault.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def _advance(self) -> None:
        course, step = self.course, self.course.step
        course.answered |= {step}
        if step == "proof":
            self._on_summary() if course.stage == DONE else self.work.begin()
        elif step == "start" and course.choice == LOST:
            if self.desk is not None:
                self.desk.go("restore", lost=True)
        elif step == "start" and course.choice == BRING and course.brought is not None:
            course.answers = course.brought.answers
            course.found, course.root_touched = None, bool(course.answers.root)
            course.answered = {step, "databases", "folder", *(("loss",) if course.brought.has_times else ())}
            self._show_step("proof" if course.brought.is_whole else "databases")
        else:
            if step == "start" and course.choice == PROTECT:
                course.brought = None
            self._show_step(STEPS[STEPS.index(step) + 1])

    @guarded
    def _on_back(self) -> None:
        self._on_step(self._before())

    def _before(self) -> str:
        """The step before this one; settings that were brought along whole have none between."""
        course = self.course
        if course.step == "proof" and course.brought is not None and course.brought.is_whole:
            return "start"
        return STEPS[max(STEPS.index(course.step) - 1, 0)]

    @guarded
    def _on_step(self, key: str) -> None:
        if not self.course.is_running and self.course.stage != DONE:
            self.course.stage, self.course.problem = IDLE, None
            self._show_step(key)

    @guarded
    def _on_summary(self) -> None:
        desk = self.desk
        if desk is not None:
            forget(desk.config)
            self.course = course_of(desk.config)
            self.work.use(desk, self.course)
            desk.go("summary")

    @guarded
    def _on_command(self) -> None:
        if self.desk is not None:
            self.desk.copy_command(*self.command())

    @guarded
    def _on_schedule(self) -> None:
        self.proof.schedule.setEnabled(False)
        self.work.install_schedule()

    @guarded
    def _on_try(self) -> None:
        the_maker().make()
        self._tell()

    @guarded
    def _on_sheet(self) -> None:
        start = str(Path.home() / _("recovery-sheet.html"))
        dialog = save_dialog(self, _("Save recovery sheet"), start, _("Save sheet"))
        dialog.fileSelected.connect(self.save_sheet)
        dialog.open()

    @guarded
    def save_sheet(self, place: str) -> None:
        """Write the recovery sheet to that file."""
        desk, of_set, seconds = self.desk, self.course.set, restore_seconds(self.work.drill)
        if desk is None:
            return
        path = Path(place if Path(place).suffix else f"{place}.html")

        def save(model: BackupModel) -> str:
            text = sheet(model.loaded, model.show(of_set), seconds, datetime.now(UTC))
            try:
                publish(RealFiles(), path, text.encode("utf-8"))
            except OSError as error:
                why = error.strerror or type(error).__name__
                raise BadInput("config.unwritable", file=str(path), why=why) from error
            return str(path)

        desk.ask(self, save, self._saved, key="sheet")

    # --- what happened

    def _tell_disk(self) -> None:
        """Known by now: whether the copies are lost with the data."""
        if self.course.step == "proof":
            self._tell()

    def _saved(self, path: str) -> None:
        if self.desk is not None:
            self.desk.said.emit(_("Saved: {path}").format(path=path))
        words.retitle(self.button_sheet, _("Recovery sheet saved"))
        self.button_sheet.setToolTip(plain_tip(path))

    @guarded
    def _on_moved(self) -> None:
        if self.course.step == "proof":
            self._tell()
            if not self.course.is_running and self.isVisible():
                self.button_next.setFocus(Qt.FocusReason.OtherFocusReason)

    @guarded
    def _on_scheduled(self, kind: str, problem: Problem | None) -> None:
        self.proof.schedule.setEnabled(True)
        self._tell()
        told = telling.sentence(problem) if problem is not None else None
        self.proof.tell_schedule(kind, trouble=f"{told.message} {told.fix}" if told is not None else "")

    @guarded
    def _on_example(self, config: str) -> None:
        if self.desk is not None and self.course.step == "start":
            self.desk.reopen(Path(config), then=self._on_reopened_example)
        self._tell()

    @guarded
    def _on_reopened_example(self) -> None:
        if self.desk is not None:
            self.desk.go("summary")

    @guarded
    def _on_no_example(self, problem: Problem) -> None:
        if self.desk is not None and self.isVisible():
            self.desk.tell(problem)
        self._tell()

    @guarded
    def _on_reopened(self) -> None:
        """Another configuration is another first run."""
        if self.desk is not None and course_of(self.desk.config) is not self.course:
            self._take_up()
