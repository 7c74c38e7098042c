"""The frame of the restore wizard: rail, one question, buttons; asks the model and goes from answer to answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QAbstractButton, QWidget

from ..base.records import Outcome, Problem, RestoreRequest
from ..base.watching import Occurrence
from ..config.known_roots import vanished
from ..config.roles import Right
from . import asking, words
from .guard import guarded
from .lost_data import LostData
from .page import Page
from .restore_answers import (
    Answers,
    Home,
    Place,
    Planned,
    Source,
    copy_place,
    home_of,
    planned,
    request_of,
    to_type,
)
from .restore_confirm import ConfirmPane
from .restore_facts import Undo
from .restore_footer import Footer
from .restore_pane import Pane, wrapped
from .restore_plan import PlanPane
from .restore_progress import ProgressPane
from .restore_proof import ProofPane
from .restore_rail import Rail
from .restore_stops import BEFORE, CONFIRM, FOLDER, PLAN, PROOF, RUN, WHAT, WHERE, buttons, headings, stops
from .restore_what import WhatStep, Wish
from .restore_where import WherePane

if TYPE_CHECKING:
    from ..catalog.index import Listing
    from .work import Work

_WIDE, _WIDEST = 960, 1280
_LOOK_AGAIN_MS = 5000
"""Whoever thinks before confirming must not read what was true a while ago."""


class Wizard(Page):
    """Questions and answers; what happens with the last of them is for `page_restore`."""

    key: ClassVar[str] = "restore"

    def __init__(self) -> None:
        super().__init__()
        self.answers = Answers()
        self.at = WHAT
        self.lost = False
        """Whether it began with *He perdido datos*: the folder is the first question."""
        self.undoing = False
        """Whether it is a way back: what and where are answered already."""
        self.work: Work | None = None
        self.undo: Undo | None = None
        self.request: RestoreRequest | None = None
        self._wish: Wish | None = None
        self._first_look = True
        """Whether it was opened and the copies are still to come."""
        self._watch = QTimer(self)
        self._watch.setInterval(_LOOK_AGAIN_MS)
        self._watch.timeout.connect(self._look_again)
        self._build()
        self._wire_steps()
        self.show_step(WHAT)

    def _build(self) -> None:
        self.rail, self.footer = Rail(), Footer()
        self.title, self.subtitle = wrapped("h1"), wrapped("muted")
        self.folder, self.what, self.where = LostData(), WhatStep(), WherePane()
        self.plan, self.confirm = PlanPane(), ConfirmPane()
        self.progress, self.proof = ProgressPane(), ProofPane()
        self.panes: dict[str, QWidget] = {
            FOLDER: self.folder,
            WHAT: self.what,
            WHERE: self.where,
            PLAN: self.plan,
            CONFIRM: self.confirm,
            RUN: self.progress,
            PROOF: self.proof,
        }
        self._inner = QWidget()
        self._heading = QWidget()
        words.column(self.title, self.subtitle, gap=4, margins=(0, 0, 0, 16), parent=self._heading)
        lay = words.column(self._heading, gap=0, parent=self._inner)
        for name, pane in self.panes.items():
            lay.addWidget(pane, 1 if name == FOLDER else 0)
        lay.addStretch(0)
        held = QWidget()
        words.row((self._inner, 1000), ..., gap=0, margins=(28, 22, 28, 16), parent=held)
        self._scroll = words.scroll(held)
        body = words.row(self.rail, words.vline(), (self._scroll, 1), gap=0)
        self.dock = words.column(gap=0)
        words.column((body, 1), self.dock, self.footer, gap=0, parent=self)

    def _wire_steps(self) -> None:
        self.rail.wanted.connect(self.go_to)
        self.footer.went_back.connect(self._on_back)
        self.footer.went_on.connect(self._on_onward)
        self.what.chosen.connect(self.tell)
        self.where.looked.connect(self._on_looked)
        self.plan.again.connect(self.ask_plan)
        self.plan.sql_wanted.connect(self._on_sql)
        self.confirm.again.connect(self.ask_plan)
        self.confirm.as_copy.connect(self._on_as_copy)
        for pane in self.panes.values():
            if isinstance(pane, Pane):
                pane.changed.connect(self.tell)

    def refresh(self) -> None:
        """Read anew what the present step shows."""
        if self.at == WHAT:
            self.read()
        elif self.at in (PLAN, CONFIRM):
            self.ask_plan()

    def retheme(self) -> None:
        """Redraw what the sheet does not reach."""
        self.rail.retheme()
        for pane in self.panes.values():
            if isinstance(pane, Pane | WhatStep):
                pane.retheme()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on; behind the name it leads only to what destroys, where one presses it. Esc leaves that."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = self.focusWidget()
            if isinstance(focus, QAbstractButton) and focus.isVisible():
                if self.at != CONFIRM or not event.isAutoRepeat():  # a held key answers no question
                    focus.click()
            elif self.at == CONFIRM and self.confirm.answered():
                self.footer.onward.setFocus()
            elif self.at in (FOLDER, WHAT, WHERE, PLAN) and not event.isAutoRepeat():
                self._on_onward()
        elif event.key() == Qt.Key.Key_Escape and self.at == CONFIRM:
            self.footer.cancel.click()
        else:
            super().keyPressEvent(event)

    # --- what is shown ---------------------------------------------------------------------------------------------

    def show_step(self, step: str) -> None:
        """Show a step; the first control of it takes the keyboard."""
        self.at = step
        self._inner.setMaximumWidth(_WIDEST if step == WHAT else _WIDE)
        for name, pane in self.panes.items():
            pane.setVisible(name == step)
        self._scroll.verticalScrollBar().setValue(0)
        self.tell()
        (self._watch.start if step == CONFIRM else self._watch.stop)()
        first: dict[str, QWidget] = {
            FOLDER: self.folder.folder,
            WHAT: self.what.first,
            WHERE: self.where.path,
            PLAN: self.plan.table,
            CONFIRM: self.confirm.name,
            RUN: self.progress.table,
            PROOF: self.footer.onward,
        }
        if self.isVisible():  # what can't be seen would take the keyboard from whoever types elsewhere
            first.get(step, self.panes[step]).setFocus()

    @guarded
    def tell(self) -> None:
        """Rail, question and buttons as they are now."""
        title, subtitle = headings(self)
        for label, text in ((self.title, title), (self.subtitle, subtitle)):
            label.setText(text)
            label.setVisible(bool(text))
        self._heading.setVisible(bool(title))
        self.rail.tell(stops(self))
        self.footer.tell(buttons(self))

    @property
    def is_ready(self) -> bool:
        """Whether the present step has a valid answer."""
        if self.at == WHAT:
            return self.what.choice is not None
        pane = self.panes[self.at]
        return isinstance(pane, Pane) and pane.ready

    @property
    def outcome(self) -> Outcome | None:
        """How the restore ended."""
        return self.work.outcome if self.work is not None else None

    @property
    def can_leave_to(self) -> str:
        """The page that leaving leads to."""
        return "summary" if self.desk is not None and self.desk.model is not None else "first"

    # --- asking ----------------------------------------------------------------------------------------------------

    def ask(
        self,
        work: Callable[[Source], object],
        then: Callable[..., None],
        failed: Callable[[Problem], None] | None = None,
        key: str = "",
    ) -> None:
        """Ask whatever the copies are in; nobody is asked before it is known."""
        source, desk = self.answers.source, self.desk
        if source is not None and desk is not None:
            asking.ask(self, lambda: work(source), then, failed or desk.tell, key)

    def read(self) -> None:
        """Read the copies for the first step."""
        self.find_source()
        self.ask(_copies, self._take_copies, key="listing")

    def find_source(self) -> None:
        """The copies are those of the desk, unless others are known already."""
        desk = self.desk
        if desk is not None and self.answers.source is None and desk.model is not None:
            self.answers.source = Source(desk.model, desk.config, desk.model.loaded.bare)

    def _take_copies(self, found: tuple[Listing, tuple[Occurrence, ...], Problem | None]) -> None:
        self.offer(*found)
        self.ask(lambda source: source.unstarted(), self.what.tell_unstarted, key="starter")

    def offer(self, listing: Listing, planned: tuple[Occurrence, ...], gone: Problem | None = None) -> None:
        """Show the copies in the first step, and when the next ones are due; ``gone``: the folder is not there."""
        source = self.answers.source
        if source is None:  # begun anew meanwhile
            return
        health = source.model.loaded.settings.health
        agreed = {name: hours * 3600.0 for name, hours in health.rpo_hours_of.items()}
        wish, self._wish = self._wish, None
        self.what.offer(
            listing,
            datetime.now(UTC),
            databases=source.model.loaded.database_names,
            planned=planned,
            agreed_s={"": health.rpo_hours * 3600.0, **agreed},
            wish=wish,
            gone=gone,
        )
        if self._first_look and self.at == WHAT and self.isVisible():  # only now there are copies to choose from
            self._first_look = False
            self.what.first.setFocus(Qt.FocusReason.OtherFocusReason)
        self.tell()

    @guarded
    def ask_plan(self) -> None:
        """Ask what it would come to now, each time that a step shows it."""
        (self.confirm if self.at == CONFIRM else self.plan).wait()
        self._ask_quietly()

    @guarded
    def _look_again(self) -> None:
        """The figures of the question follow time, and who comes and goes."""
        if self.at == CONFIRM and self.isVisible():
            self._ask_quietly()

    def _ask_quietly(self) -> None:
        answers, desk = self.answers, self.desk
        if answers.choice is None or answers.place is None or desk is None:
            return
        self.request = request = answers.request(desk.who)
        self.ask(lambda source: planned(source.model, request), self._show_plan, self._no_plan, key="plan")

    def _show_plan(self, found: Planned) -> None:
        home, desk = self.answers.home, self.desk
        if home is None or desk is None:
            return
        self.answers.plan = plan = found.plan
        self.plan.show_plan(home, plan, found.sessions, files=found.files, may=desk.may(Right.RESTORE))
        if self.at == CONFIRM:
            self.confirm.show_plan(home, plan, found.sessions)

    @guarded
    def _on_sql(self) -> None:
        """Put the T-SQL of the plan on the clipboard."""
        request, desk = self.request, self.desk
        if request is not None and desk is not None:
            self.ask(lambda source: source.model.restore_sql(request), desk.copy, key="sql")

    def _no_plan(self, problem: Problem) -> None:
        self.answers.plan = None
        self.plan.show_trouble(problem)
        self.confirm.show_trouble(problem)

    def _take_home(self, home: Home) -> None:
        """It is known what comes back and where it lives: on to the second step."""
        self.answers.home = home
        self.where.offer(home, copy_place(home, datetime.now(UTC)), self.answers.place)
        self.show_step(WHERE)

    @guarded
    def _on_looked(self, place: Place) -> None:
        """Ask what it would come to there."""
        choice, desk = self.answers.choice, self.desk
        if choice is None or desk is None:
            return
        request = request_of(choice, place, desk.who)
        self.ask(
            lambda source: source.model.plan_restore(request),
            lambda plan: self.where.show_plan(place, plan),
            lambda problem: self.where.show_trouble(place, problem),
            key="where",
        )

    # --- going on --------------------------------------------------------------------------------------------------

    @guarded
    def _on_onward(self) -> None:
        if self.at == PROOF:
            self.end()
        elif self.is_ready:
            steps = {FOLDER: self._from_folder, WHAT: self._from_what, WHERE: self._from_where, PLAN: self._from_plan}
            steps.get(self.at, self.order)()

    def _from_folder(self) -> None:
        looked = self.folder.looked
        if looked is not None:
            self.answers = Answers(source=looked.source)
            self._wish = self.folder.wish
            self.offer(looked.listing, looked.planned)
            self.show_step(WHAT)

    def _from_what(self) -> None:
        if not self.what.settle():
            return
        choice = self.what.choice
        assert choice is not None
        if choice != self.answers.choice:
            self.answers = Answers(source=self.answers.source, choice=choice)
        self.ask(lambda source: home_of(source.model, choice), self._take_home, key="home")

    def _from_where(self) -> None:
        self.answers.place, self.answers.plan = self.where.place, None
        self.show_step(PLAN)
        self.ask_plan()

    def _from_plan(self) -> None:
        plan = self.answers.plan
        if plan is not None and to_type(plan):
            self.confirm.begin()
            self.show_step(CONFIRM)
            self.ask_plan()
        elif plan is not None:
            self.order()

    def order(self) -> None:
        """Have it done."""

    def end(self) -> None:
        """The last step is read."""

    @guarded
    def go_to(self, step: str) -> None:
        """Back to a step; its answer is still there."""
        if step == WHERE and self.answers.home is not None:
            self._take_home(self.answers.home)
            return
        self.show_step(step)
        if step == PLAN:
            self.ask_plan()
        elif step == WHAT:  # copies may have been made or deleted since
            self.read()

    @guarded
    def _on_back(self) -> None:
        self.go_to(BEFORE.get(self.at, WHAT))

    @guarded
    def _on_as_copy(self) -> None:
        """Rather as a copy: the second step again, with that chosen."""
        self.answers.place = None
        self.go_to(WHERE)


def _copies(source: Source) -> tuple[Listing, tuple[Occurrence, ...], Problem | None]:
    """What there is, what is due, and whether the folder that held copies is not there."""
    return source.model.listing(), source.planned(), vanished(source.model.loaded)
