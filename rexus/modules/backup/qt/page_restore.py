"""Restaurar: the wizard at work. Starts it anew or where it was, has the restore done, shows what came of it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from ..base.records import Outcome, Problem, RestorePlan, RestoreRequest, Severity, Status
from ..base.texts import _
from . import restore_facts
from .desk import PROGRAM
from .guard import guarded
from .restore_answers import Answers, Chosen, Home, Place, Source, home_of, words_of
from .restore_facts import Proof, Undo, proof_of, undo_of
from .restore_report import ReportSaver
from .restore_stops import CONFIRM, FOLDER, PLAN, PROOF, RUN, WHAT
from .restore_what import Wish
from .restore_wizard import Wizard
from .runner import the_runner

if TYPE_CHECKING:
    from ..jobs.restored import RestoreResult
    from .desk import Desk
    from .work import Work

__all__ = ["RestorePage"]


class RestorePage(Wizard):
    """Leaving it keeps the answers; a restore goes on without it."""

    def __init__(self) -> None:
        super().__init__()
        self._ordered = ""
        """Id of the work that was ordered here."""
        self._proof: Proof | None = None
        self._result: RestoreResult | None = None
        self._reports = ReportSaver(self)
        self.footer.cancelled.connect(self._on_cancel)
        self.footer.reported.connect(self._on_report)
        self.plan.copied.connect(self._on_copied)
        self.proof.undo_wanted.connect(self._on_undo)
        self._reports.saved.connect(self._on_saved)
        self._reports.failed.connect(self._on_unsaved)

    def use(self, desk: Desk) -> None:
        """Take the desk; hear of work."""
        super().use(desk)
        desk.reopened.connect(self._on_reopened)
        the_runner().changed.connect(self._on_changed)
        the_runner().finished.connect(self._on_finished)

    def opened(self, **what: object) -> None:
        """Shown: with a set to bring back, with *He perdido datos*, or to go on where one was."""
        self._first_look = True
        if self.at == RUN or self._adopt():
            return
        if self.at == PROOF or what:
            self._begin_anew()
        nothing = self.desk is not None and self.desk.model is None
        undone = what.get("undo")
        if isinstance(undone, str) and undone:
            self._begin_undo(undone)
        elif what.get("lost") or (nothing and not self.lost):
            self._begin_lost()
        elif what:
            self._wish = _wish(what)
            self.read()
        elif self.at == CONFIRM:  # what was typed there is not kept
            self.go_to(PLAN)
        elif self.at != FOLDER:
            self.refresh()

    def command(self) -> tuple[str, ...]:
        """The same restore on the command line, as far as it is known."""
        if self.request is not None and self.at in (PLAN, CONFIRM, RUN, PROOF):
            return words_of(self.request)
        choice = self.what.choice
        return ("restore", choice.set, "--plan") if choice is not None else ("list",)

    def _begin_anew(self) -> None:
        self.answers, self.lost, self.undoing, self.undo = Answers(), False, False, None
        self.work, self.request, self._proof, self._result = None, None, None, None
        self._ordered, self._wish = "", None
        self.plan.remark("")
        self.show_step(WHAT)

    def _begin_lost(self) -> None:
        desk = self.desk
        if desk is not None:
            self.lost = True
            self.show_step(FOLDER)
            self.folder.offer(desk.identity, desk.model, desk.config)

    def _begin_undo(self, name: str) -> None:
        """The way back by a set that was made before a restore; where that is none any more its copies are shown."""
        self.find_source()
        self.ask(lambda source: undo_of(source.model, name), lambda undo: self._take_undo(name, undo), key="undo")

    def _take_undo(self, name: str, undo: Undo | None) -> None:
        if undo is not None:
            self.undo = undo
            self._on_undo()
            return
        self._wish = Wish(set=name)
        self.read()

    def _adopt(self) -> bool:
        """Show a restore again that was ordered before this page was made."""
        desk = self.desk
        running = [one for one in the_runner().works() if one.verb == "restore" and one.state != "ended"]
        mine = [one for one in running if isinstance(one.request, RestoreRequest) and not one.foreign]
        if desk is None or desk.model is None or not mine or mine[0].config != desk.config.absolute():
            return False
        work, request = mine[0], mine[0].request
        assert isinstance(request, RestoreRequest)
        self._begin_anew()
        self._ordered, self.work, self.request = work.id, work, request
        choice = Chosen(request.set, next(iter(request.databases), None), request.files, request.everything, request.at)
        place = Place("home" if request.overwrite else "copy", request.to)
        self.answers = Answers(Source(desk.model, desk.config, desk.model.loaded.bare), choice, place=place)
        self.progress.begin(None)
        self.show_step(RUN)
        self.ask(lambda source: _seen_again(source, choice, request), self._take_running, key="adopt")
        return True

    def _take_running(self, seen: tuple[Home, RestorePlan]) -> None:
        self.answers.home, self.answers.plan = seen
        if self.at == RUN:
            self.progress.begin(seen[1])
            if self.work is not None:
                self.progress.follow(self.work)
        self.tell()

    # --- the work --------------------------------------------------------------------------------------------------

    def order(self) -> None:
        """Have it done by a process of its own."""
        desk, source, plan = self.desk, self.answers.source, self.answers.plan
        if desk is None or source is None or plan is None or self._ordered:
            return
        typed = self.confirm.typed if self.at == CONFIRM else ()
        self.request = self.answers.request(desk.who, typed)
        self.work = None
        self.progress.begin(plan)
        self.show_step(RUN)
        self._ordered = the_runner().order("restore", self.request, source.config, desk.identity)

    @guarded
    def _on_changed(self, work: Work) -> None:
        if self.at == RUN and (work.id == self._ordered or not self._ordered) and work.request is self.request:
            self.work = work
            self.progress.follow(work)
            self.tell()

    @guarded
    def _on_finished(self, work: Work) -> None:
        if self.at != RUN or work.id != self._ordered:
            return
        self.work = work if work.outcome is not None else replace(work, outcome=Outcome(status=Status.INTERRUPTED))
        outcome, self._ordered = self.work.outcome, ""
        assert outcome is not None
        if outcome.status is Status.CANCELLED and not _is_open(outcome):
            self.plan.remark(_("The restore was cancelled. Everything is as it was."))
            self.go_to(PLAN)
        elif outcome.proof and work.result is not None:
            self._result = result = cast("RestoreResult", work.result)
            self.ask(
                lambda source: proof_of(source.model, result, _seconds(work)),
                self._show_proof,
                self._no_end,
                key="proof",
            )
        else:
            safety = getattr(work.result, "safety_set", None)
            wanted = safety if _is_open(outcome) else None
            self.ask(
                lambda source: undo_of(source.model, wanted) if wanted else None,
                self._show_failure,
                self._no_end,
                key="proof",
            )

    def _show_proof(self, proof: Proof) -> None:
        home, place, result = self.answers.home, self.answers.place, self._result
        if home is None or place is None or result is None:
            self._start_over()
            return
        self._proof, self.undo = proof, proof.undo
        warnings = tuple(one for one in result.outcome.problems if one.severity is not Severity.INFO)
        self.proof.show_proof(home, place, proof, warnings)
        self.show_step(PROOF)

    def _show_failure(self, undo: Undo | None) -> None:
        home, outcome = self.answers.home, self.outcome
        if home is None or outcome is None:
            self._start_over()
            return
        self.undo = undo
        self.proof.show_failure(home, outcome, undo)
        self.show_step(PROOF)

    def _no_end(self, problem: Problem) -> None:
        """What it came to can't be read; that it ended, and how, is told below every page."""
        if self.desk is not None:
            self.desk.tell(problem)
        self._start_over()

    def _start_over(self) -> None:
        """Nobody waits here for what has ended already."""
        self._begin_anew()
        self.read()

    def end(self) -> None:
        """Away from the proof; or back to the plan of what did not work."""
        if self.outcome is not None and self.outcome.proof:
            self._leave()
        else:
            if self.work is not None:  # it was read here, and the plan looks anew
                the_runner().acknowledge(self.work.id)
            self.go_to(PLAN)

    @guarded
    def _on_undo(self) -> None:
        """The way back is a restore too: its plan, its question, its proof."""
        undo, source = self.undo, self.answers.source
        if undo is None or source is None:
            return
        rows = restore_facts.taken_back(self._proof)
        self._begin_anew()
        self.plan.remark(rows)
        self.undoing = True
        self.answers = Answers(source, undo.choice, undo.home, undo.place)
        self.go_to(PLAN)

    # --- leaving ---------------------------------------------------------------------------------------------------

    def _leave(self) -> None:
        place, desk = self.can_leave_to, self.desk
        self._begin_anew()
        if desk is not None:
            desk.go(place)

    @guarded
    def _on_cancel(self) -> None:
        if self.at == RUN:
            the_runner().cancel(self._ordered)
        else:
            self._leave()

    @guarded
    def _on_reopened(self) -> None:
        """Other settings: what was answered was about other copies."""
        source, desk = self.answers.source, self.desk
        if desk is None or self.at in (RUN, PROOF):
            return
        if source is None:
            if desk.model is not None and self.at == FOLDER:  # now something is configured
                self._begin_anew()
        elif source.model is desk.model:
            return
        elif source.config == desk.config or not self.lost:
            self._begin_anew()

    # --- command and report ----------------------------------------------------------------------------------------

    def _line(self) -> str:
        """The exact line that does the same; of a folder without settings with that folder."""
        source, desk = self.answers.source, self.desk
        assert desk is not None
        if source is None or source.config == desk.config:
            return desk.command_line(*self.command())
        line = [sys.executable, str(PROGRAM), "--config", str(source.config), *self.command()]
        return subprocess.list2cmdline(line) if sys.platform == "win32" else shlex.join(line)

    @guarded
    def _on_copied(self) -> None:
        if self.desk is not None:
            self.desk.copy(self._line())

    @guarded
    def _on_report(self) -> None:
        home, place, request = self.answers.home, self.answers.place, self.request
        if home is None or place is None or request is None or self._result is None or self._proof is None:
            return
        text = restore_facts.report_of(home, place, request, self._result, self._proof, self._line())
        self._reports.ask(text, "_".join(home.all_names[:2]))

    @guarded
    def _on_saved(self, path: str) -> None:
        if self.desk is not None:
            self.desk.said.emit(_("Report saved: {path}").format(path=path))

    @guarded
    def _on_unsaved(self, problem: Problem) -> None:
        if self.desk is not None:
            self.desk.tell(problem)


def _seen_again(source: Source, choice: Chosen, request: RestoreRequest) -> tuple[Home, RestorePlan]:
    return home_of(source.model, choice), source.model.plan_restore(request)


def _wish(what: dict[str, object]) -> Wish:
    """What another page wants to be chosen first."""
    name, files, at = what.get("set"), what.get("files"), what.get("at")
    database = what.get("database")
    return Wish(
        set=name if isinstance(name, str) else None,
        database=database if isinstance(database, str) and database else None,
        files=files if isinstance(files, str) and files else None,
        everything=bool(what.get("everything")),
        at=at if isinstance(at, datetime) else None,
    )


def _is_open(outcome: Outcome) -> bool:
    """Whether something could not be put back as it was."""
    return any(one.code in ("undo.failed", "undo.worked_with") for one in outcome.problems)


def _seconds(work: Work) -> float:
    return (work.ended - work.began).total_seconds() if work.began is not None and work.ended is not None else 0.0
