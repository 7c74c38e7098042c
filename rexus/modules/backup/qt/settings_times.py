"""When something runs: any number of schedules, and beside them the next runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QFrame, QVBoxLayout, QWidget

from ..base.records import Problem
from ..base.rhythm import times_every
from ..base.saying import N_
from ..base.texts import _, schedule_title
from ..base.watching import KIND_OF
from ..config.draft import Draft, entry_of
from ..config.roles import Right
from ..config.settings import Schedule
from . import settings_words as told
from . import telling, words
from .guard import guarded
from .resting import switch
from .rows_table import plain_tip
from .server_words import LOG_MIN
from .settings_schedule import ScheduleEntry
from .settings_section import Section, hint, split
from .starting import install

if TYPE_CHECKING:
    from ..watch.previews import Calendar, Coming
    from ..watch.starters import Starter

SHOWN = 5
_LEFT = 440


class TimesSection(Section):
    """Schedules left, the next five runs right."""

    key: ClassVar[str] = "times"
    title: ClassVar[str] = N_("Times")
    icon: ClassVar[str] = "clock"
    owns: ClassVar[tuple[str, ...]] = ("schedules",)

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[ScheduleEntry] = []
        self.list: QVBoxLayout = words.column(gap=0)
        self.button_add = words.button(_("Add a time"), "link", "plus")
        self.button_add.clicked.connect(self._on_add)
        self.runs: QVBoxLayout = words.column(gap=5)
        self.unstarted = Unstarted()
        self.unstarted.button.clicked.connect(self._on_install)
        self.unstarted.copy.clicked.connect(self._on_copy_start)
        self.note: QVBoxLayout = words.column(gap=0)
        left = words.column(
            words.label(_("What runs by itself"), "h2"), 4, self.list, 2, words.row(self.button_add, ...), ..., gap=4
        )
        coming = words.label(_("Next five"), "strong")
        right = words.column(coming, 2, self.runs, 4, self.unstarted, self.note, ..., gap=5)
        words.column(split(left, right, _LEFT), ..., gap=0, parent=self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(120)
        self._soon.timeout.connect(self._ask_runs)

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("schedule", "next")

    def fill(self, draft: Draft) -> None:
        """One entry for each schedule."""
        words.clear(self.list)
        listed = draft.get(("schedules",))
        self.entries = [self._made(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        for number, one in enumerate(self.entries):
            one.line.setVisible(number > 0)
            self.list.addWidget(one)
        self.button_add.setVisible(self.free)
        self.unstarted.hide()

    def _ask_starter(self) -> None:
        if self.desk is not None:
            self.desk.ask(self, lambda model: model.starter(), self._tell_starter, self._no_starter, key="starter")

    def _tell_starter(self, starter: Starter) -> None:
        desk = self.desk
        if desk is None:
            return
        planned = any(one.value(("enabled",)) is True for one in self.entries)
        command = desk.command_line("schedule", "run")
        self.unstarted.tell(starter, planned, may=desk.may(Right.SCHEDULE), command=command)

    def _no_starter(self, problem: Problem) -> None:
        """Nobody knows, and the summary tells why."""

    @guarded
    def _on_copy_start(self) -> None:
        if self.desk is not None:
            self.desk.copy_command("schedule", "run")

    @guarded
    def _on_install(self) -> None:
        if self.desk is not None:
            switch(self.unstarted.button, on=False)
            who = self.desk.who
            self.desk.ask(
                self,
                lambda model: install(model, who).problems,
                self._installed,
                self._not_installed,
                key="install",
            )

    def _installed(self, problems: tuple[Problem, ...]) -> None:
        if self.desk is not None:
            for one in problems:
                self.desk.tell(one)
            self.desk.refresh()
            self._ask_starter()

    def _not_installed(self, problem: Problem) -> None:
        switch(self.unstarted.button, on=True)
        if self.desk is not None:
            self.desk.tell(problem)

    def _made(self, entry: dict[str, Any]) -> ScheduleEntry:
        made = ScheduleEntry(entry)
        made.editable(self.free)
        made.changed.connect(self._on_changed)
        made.gone.connect(self._on_gone)
        return made

    def judge(self, draft: Draft) -> None:
        """Say what is wrong with each, and ask for the next runs."""
        for number, one in enumerate(self.entries):
            one.judge(draft, f"schedules[{number}]")
        if self.isVisible():
            self._soon.start()

    def name_of(self, key: str) -> str:
        """Field and schedule, as ``Nombre de Copia diaria``."""
        number = key.partition("[")[2].partition("]")[0]
        if not number.isdigit() or int(number) >= len(self.entries):
            return super().name_of(key)
        entry = self.entries[int(number)]
        field = entry.field_at(key.partition("].")[2])
        name = schedule_title(str(entry.value(("name",))))
        return _("{field} of {name}").format(field=field.name, name=name) if field is not None and field.name else name

    @guarded
    def _on_changed(self) -> None:
        self.put(("schedules",), [one.entry for one in self.entries])

    @guarded
    def _on_gone(self) -> None:
        gone = self.sender()
        self.entries = [one for one in self.entries if one is not gone]
        if isinstance(gone, ScheduleEntry):
            self.list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        if self.entries:
            self.entries[0].line.hide()
        self._on_changed()
        self.button_add.setFocus(Qt.FocusReason.OtherFocusReason)

    @guarded
    def _on_add(self) -> None:
        self._add(Schedule(name=self._free_name("backup"), action="backup", times=("12:00",)))

    @guarded
    def plan_logs(self) -> None:
        """Have a schedule of log copies stand there, not saved yet; one that there is already is shown."""
        there = next((one for one in self.entries if one.value(("action",)) == "log"), None)
        if there is not None or not self.free:
            if there is not None:
                there.action.box.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._add(Schedule(name=self._free_name("log"), action="log", times=times_every(LOG_MIN, "00:00", "23:59")))

    def _free_name(self, stem: str) -> str:
        used = {str(one.value(("name",))).casefold() for one in self.entries}
        return next(name for n in range(1, len(used) + 2) if (name := f"{stem}_{n}") not in used)

    def _add(self, schedule: Schedule) -> None:
        made = self._made(entry_of(schedule))
        made.line.setVisible(bool(self.entries))
        self.entries.append(made)
        self.list.addWidget(made)
        words.tab_order(self)
        self._on_changed()
        made.action.box.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- the next runs

    def shown(self) -> None:
        """Ask which runs these schedules would have, and whether anything starts them."""
        self._ask_runs()
        self._ask_starter()

    @guarded
    def _ask_runs(self) -> None:
        draft, desk = self.draft, self.desk
        if draft is None or desk is None or desk.model is None:
            return
        schedules = self._usable(draft)
        desk.ask(self, lambda model: model.preview_runs(schedules, SHOWN), self._show, self._unknown, key="runs")

    def _usable(self, draft: Draft) -> tuple[Schedule, ...]:
        """Those without a mistake: one that is half typed must not hide the others."""
        found: list[Schedule] = []
        for number, one in enumerate(self.entries):
            if draft.problem_at(f"schedules[{number}]") is None:
                found.append(msgspec.convert(one.entry, Schedule))
        return tuple(found)

    def _show(self, calendar: Calendar) -> None:
        words.clear(self.runs)
        words.clear(self.note)
        for one in calendar.runs:
            self.runs.addWidget(_run(one))
        if not calendar.runs:
            self.runs.addWidget(words.label(_("Nothing runs by itself."), "muted", wrap=True))
        if not any(one.run.action in KIND_OF for one in calendar.runs) and not self._backs_up():
            text = _("No schedule takes backups: they are made only when somebody orders one.")
            self.note.addWidget(hint(text, "warning", "warn"))
        if calendar.odd is not None:
            self.note.addWidget(hint(_odd(calendar.odd)))

    def _backs_up(self) -> bool:
        return any(one.value(("action",)) in KIND_OF and one.value(("enabled",)) is True for one in self.entries)

    def _unknown(self, problem: Problem) -> None:
        words.clear(self.runs)
        words.clear(self.note)
        self.note.addWidget(hint(telling.reason(problem), "warning", "warn"))


class Unstarted(QFrame):
    """That nothing starts the runs beside it, and the button that has the system do it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "well")
        self.words = words.label("", "meta", wrap=True)
        self.button = words.button(_("Schedule the copies"), "link")
        icon = words.column(words.icon_label("warning", "warn", 16), ..., gap=0)
        self.copy = words.button(_("Copy the command"), "link")
        text = words.column(self.words, words.row(self.button, self.copy, ...), gap=2)
        words.row(icon, (text, 1), gap=8, margins=(10, 7, 10, 7), parent=self)

    def tell(self, starter: Starter, planned: bool, *, may: bool, command: str) -> None:
        """Show it where runs are ``planned`` and nobody starts them; the button where the person ``may`` do it.

        ``command`` is what starts them while it is at work.
        """
        self.setVisible(planned and starter.who == "nobody")
        self.button.setVisible(starter.can_install and may)
        self.copy.setVisible(may and not starter.can_install)
        switch(self.button, on=True)
        if starter.can_install:
            self.words.setText(_("Nothing starts these runs: the system's scheduler does not know of them yet."))
        else:
            self.words.setText(
                _("Nothing starts these runs: this machine has no scheduler. Keep this at work: {command}").format(
                    command=words.breakable(command)
                )
            )


def _run(coming: Coming) -> QWidget:
    run = coming.run
    shown = QWidget()
    when = words.label(telling.when(run.utc))
    when.setMinimumWidth(112)
    when.setToolTip(telling.exact(run.utc))
    what = words.label(told.action(run.action), "muted")
    what.setToolTip(plain_tip(schedule_title(run.schedule)))
    words.row(when, (what, 1), gap=8, parent=shown)
    shown.setAccessibleName(f"{when.text()}, {what.text()}")
    return shown


def _odd(coming: Coming) -> str:
    run = coming.run
    day, wall = telling.day(run.at.date()), run.wall[11:16]
    if coming.clock == "skipped":
        return _("Clocks change ({day}): {wall} does not exist then, and it runs at {at}.").format(
            day=day, wall=wall, at=f"{run.at:%H:%M}"
        )
    return _("Clocks change ({day}): {wall} comes twice then, and it runs once, the first time.").format(
        day=day, wall=wall
    )
