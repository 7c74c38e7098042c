"""Last step of the first run: the first copy and its restore test, then what that proves."""

from __future__ import annotations

from qtpy.QtCore import Signal

from ..base.records import Outcome, Problem, Severity
from ..base.texts import _, n_
from ..base.watching import DrillResult
from . import telling, words
from .first_course import BACKUP, DONE, DRILL, FAILED, IDLE, WRITING, Course
from .first_loss import next_times
from .first_pane import FirstPane
from .first_table import ProofTable, databases_told
from .restore_pane import Point, wrapped
from .work import Work

_MOST_TOLD = 3
"""Problems that are told; the log has all."""


class ProofPane(FirstPane):
    """What will be done, how far it is, what it came to."""

    schedule_wanted = Signal()
    """The system's scheduler is to be told."""

    def __init__(self) -> None:
        super().__init__()
        self._disc = words.Disc("shield-check", "info")
        self.title, self._text = words.label(rx="hero"), wrapped("muted")
        self.title.setWordWrap(True)
        self.table = ProofTable()
        self._trouble = wrapped("muted", "danger")
        self._plan = words.card()
        self._what, self._where, self._when = Point("database"), Point("folder"), Point("calendar")
        points = (self._what, words.line(), self._where, words.line(), self._when)
        words.column(*points, gap=12, margins=(16, 14, 16, 14), parent=self._plan)
        self._proof = words.card()
        self._back, self._on, self._self = Point("clock", "accent"), Point("calendar"), Point("bell")
        self._disk = Point("disk", "warn")
        self._disk.title.setWordWrap(True)
        self._disk_line = words.line()
        self.schedule = words.button(_("Install the schedule"))
        self.schedule.clicked.connect(self.schedule_wanted)
        told = words.row((self._self, 1), self.schedule, gap=12)
        proven = (self._disk, self._disk_line, self._back, words.line(), self._on, words.line(), told)
        words.column(*proven, gap=12, margins=(16, 14, 16, 14), parent=self._proof)
        head = words.row(self._disc, 6, (words.column(self.title, self._text, gap=1), 1))
        words.column(head, 4, self.table, self._trouble, self._plan, self._proof, gap=14, parent=self)

    def show_course(self, course: Course, backup: Work | None, drill: Work | None, *, may_schedule: bool) -> None:
        """Show how far it is."""
        names = tuple(course.answers.databases)
        if tuple(self.table.states) != names:
            self.table.begin(names)
        if backup is not None:
            self.table.show_backup(backup)
        if drill is not None:
            self.table.show_drill(drill)
        self.table.setVisible(course.stage not in (IDLE, WRITING) and bool(names))
        self._plan.setVisible(course.stage in (IDLE, WRITING))
        self._proof.setVisible(course.stage == DONE)
        self._tell_plan(course)
        self._tell_trouble(course, backup, drill)
        if course.stage == DONE and drill is not None:
            self._tell_proof(course, drill, may_schedule=may_schedule)
        self._tell_head(course, backup, drill)

    def _tell_head(self, course: Course, backup: Work | None, drill: Work | None) -> None:
        goes_on = _("This page may be left: the work goes on, and shows here again.")
        count = len(course.answers.databases)
        icon, tone, title, text = {
            WRITING: ("shield-check", "info", _("Writing the settings…"), ""),
            BACKUP: ("shield-check", "info", _("Making the first copy…"), goes_on),
            DRILL: ("shield-check", "info", _("Restoring it as a test…"), goes_on),
            DONE: ("shield-check", "ok", _done_title(course), _done(count)),
        }.get(course.stage, ("shield-check", "info", _("All is ready for the first copy"), _begin(count)))
        if course.stage == FAILED:
            tone, icon = "danger", "shield-alert"
            title = _("The first copy was not made") if drill is None else _("The copy did not pass its test")
            if backup is None:
                title = _("The settings could not be written")
            text = _safe(course, backup, drill)
        self._disc.tell(icon, tone)
        self.title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))

    def _tell_plan(self, course: Course) -> None:
        answers = course.answers
        self._what.tell(databases_told(len(answers.databases)), ", ".join(answers.databases))
        self._where.tell(_("Folder of the copies"), answers.root)
        self._when.tell(
            n_("{count} copy a day", "{count} copies a day", len(answers.times)).format(count=len(answers.times)),
            _told_times(answers.times),
        )

    def _tell_trouble(self, course: Course, backup: Work | None, drill: Work | None) -> None:
        found: list[Problem] = [course.problem] if course.problem is not None else []
        for work in (backup, drill):
            found += _of(work.outcome if work is not None else None)
        told = list(dict.fromkeys(_sentences(one) for one in found))[:_MOST_TOLD]
        self._trouble.setText("\n".join(told))
        self._trouble.setVisible(bool(told))
        words.set_tone(self._trouble, "danger" if course.stage == FAILED else "warn")

    def _tell_proof(self, course: Course, drill: Work, *, may_schedule: bool) -> None:
        seconds = restore_seconds(drill)
        count = len(course.answers.databases)
        back = n_(
            "To have the database back takes {span}. Measured, not estimated.",
            "To have all {count} databases back takes {span}. Measured, not estimated.",
            count,
        )
        self._back.tell(_("To have everything back"), back.format(count=count, span=telling.span(seconds or 0.0)))
        for one in (self._disk, self._disk_line):
            one.setVisible(course.same_disk is not None)
        if course.same_disk is not None:
            shared = telling.sentence(course.same_disk)
            self._disk.tell(shared.message, f"{shared.safe} {shared.fix}")
        times = course.answers.times
        tests = _("a restore test every month") if course.answers.drill == "monthly" else _("a restore test every week")
        if len(times) > 4:
            on = _("{count} copies a day, the next one {when}, and {tests}.").format(
                count=len(times), when=telling.when(next_times(times, 1)[0]), tests=tests
            )
        else:
            on = _("Copies at {times}, and {tests}.").format(times=_told_times(times), tests=tests)
        self._on.tell(_("From now on") if course.scheduled else _("As soon as the schedule is installed"), on)
        self.tell_schedule(course.scheduled, may_schedule=may_schedule)

    def tell_schedule(self, kind: str, *, may_schedule: bool = True, trouble: str = "") -> None:
        """Show whether the system starts the copies by itself; ``trouble``: why it could not be told to."""
        self.schedule.setVisible(not kind and may_schedule)
        self._self.icon.tell("tick" if kind else "warning" if trouble else "bell", "ok" if kind else "warn")
        if kind:
            said = _("They are started by {kind}, also while nobody is logged on.").format(kind=kind)
            self._self.tell(_("The copies are made by themselves"), said)
        else:
            asked = _("Once the schedule is installed, the system starts them, also while this window is closed.")
            self._self.tell(_("The copies are not yet made by themselves"), trouble or asked)


def restore_seconds(drill: Work | None) -> float | None:
    """How long it takes to have everything back, as it was measured; None where it was not."""
    if drill is None or not isinstance(drill.result, DrillResult):
        return None
    return sum(check.seconds for one in drill.result.drills for check in one.checks if check.ok) or None


def _begin(count: int) -> str:
    return n_(
        "The settings are saved, then the database is copied and restored aside as a test. Nobody has to stop working.",
        "The settings are saved, then {count} databases are copied and restored aside as a test. Nobody has to stop "
        "working.",
        count,
    ).format(count=count)


def _done_title(course: Course) -> str:
    """Protected are data whose copies survive them, and go on by themselves."""
    if course.scheduled and course.same_disk is None:
        return _("Your data are protected now")
    return _("The first copy is made and proven")


def _done(count: int) -> str:
    return n_(
        "One copy made, really restored and compared row by row.",
        "{count} copies made, really restored and compared row by row.",
        count,
    ).format(count=count)


def _safe(course: Course, backup: Work | None, drill: Work | None) -> str:
    """What is still safe after a failure."""
    if backup is None:
        return _("Nothing was changed. Your databases are as they were.")
    if drill is None:
        return _("The settings are saved and your databases are as they were. It can be tried again.")
    return _("Your databases are as they were. Until a copy passes its test, do not rely on it.")


def _of(outcome: Outcome | None) -> list[Problem]:
    if outcome is None:
        return []
    return [one for one in outcome.problems if one.severity is not Severity.INFO]


def _sentences(problem: Problem) -> str:
    told = telling.sentence(problem)
    return f"{told.message} {told.fix}".strip()


def _told_times(times: tuple[str, ...]) -> str:
    """``02:00, 10:00 y 18:00``."""
    if len(times) < 2:
        return "".join(times)
    return _("{some} and {last}").format(some=", ".join(times[:-1]), last=times[-1])
