"""Fourth step of the first run: how much work may be lost, and the times of the day that this comes to."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec
from qtpy.QtCore import QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QButtonGroup, QLineEdit, QPushButton, QWidget

from ..base.records import Severity
from ..base.texts import _, n_
from ..config.first import about_times, losses, proposed_times, worst_loss_hours
from . import telling, words
from .first_course import Course
from .first_pane import FirstPane
from .guard import guarded
from .restore_pane import Point, wrapped

_SOON = 4
"""Next backups that are told."""
_MOST = 24
_TURN_MS = 20_000


class LossPane(FirstPane):
    """Hours that may be lost, times, how often a restore is tested; and what follows from it."""

    def __init__(self) -> None:
        super().__init__()
        self._course: Course | None = None
        self._sound = True
        self._hours: dict[int, QPushButton] = {}
        self._group = QButtonGroup(self)
        for hours in losses():
            text = n_("{count} hour", "{count} hours", hours).format(count=hours)
            self._hours[hours] = self._segment(text, self._group)
        self._drills: dict[str, QPushButton] = {}
        self._often = QButtonGroup(self)
        for key, text in (("weekly", _("Every week")), ("monthly", _("Every month"))):
            self._drills[key] = self._segment(text, self._often)
        lost = words.label(_("At most so much work may be lost"), rx="muted")
        label = words.label(_("Times of the day at which a copy is made"), rx="muted")
        self.times = words.named(QLineEdit(), label.text())
        self.times.setMaxLength(400)
        label.setBuddy(self.times)
        self._said = wrapped("meta")
        tests = words.label(_("A restore is tested by itself"), rx="muted")
        self._card = words.card()
        self._worst, self._next = Point("clock", "accent"), Point("calendar")
        words.column(self._worst, words.line(), self._next, gap=12, margins=(16, 14, 16, 14), parent=self._card)
        words.column(
            words.column(lost, words.row(*self._hours.values(), ..., gap=6), gap=6),
            words.column(label, self.times, self._said, gap=6),
            words.column(tests, words.row(*self._drills.values(), ..., gap=6), gap=6),
            4,
            self._card,
            gap=16,
            parent=self,
        )
        self._turn = QTimer(self)
        self._turn.setInterval(_TURN_MS)
        self._turn.timeout.connect(self._on_turn)
        self.times.textEdited.connect(self._on_edited)
        self._group.buttonClicked.connect(self._on_hours)
        self._often.buttonClicked.connect(self._on_often)

    def show_course(self, course: Course) -> None:
        """Show what was chosen before."""
        self._course = course
        answers = course.answers
        self._hours[min(losses(), key=lambda one: abs(one - answers.loss_hours))].setChecked(True)
        self._drills[answers.drill].setChecked(True)
        self.times.setText(", ".join(answers.times))
        self._judge()

    @property
    def ready(self) -> bool:
        """Whether one may go on."""
        return self._sound

    def first(self) -> QWidget:
        """Where the keyboard begins."""
        hours = self._group.checkedButton()
        return hours if hours is not None and not self.times.property("invalid") else self.times

    def _segment(self, text: str, group: QButtonGroup) -> QPushButton:
        made = words.button(text, "seg")
        made.setCheckable(True)
        group.addButton(made)
        return made

    def _given(self) -> tuple[str, ...]:
        """The times as they are typed, in their order, each once."""
        several = [one for one in re.split(r"[\s,;]+", self.times.text().strip()) if one]
        full = [f"0{one}" if re.fullmatch(r"\d:\d\d", one) else one for one in several]
        return tuple(sorted(dict.fromkeys(full[:_MOST])))

    def _judge(self) -> None:
        course = self._course
        if course is None:
            return
        times = self._given()
        found = about_times(times, course.answers.loss_hours)
        errors = [one for one in found if one.severity is Severity.ERROR]
        self._sound = not errors
        words.set_invalid(self.times, bool(errors))
        said = telling.sentence((errors or list(found))[0]) if found else None
        allowed = _("Separated by commas, as in 02:00, 14:00.")
        self._said.setText(f"{said.message} {said.fix}" if said is not None else allowed)
        words.set_tone(self._said, "danger" if errors else "warn" if found else "")
        self._card.setVisible(not errors)  # what it told was of other times
        if not errors:
            course.answers = msgspec.structs.replace(course.answers, times=times)
            self._tell(times)
        self.changed.emit()

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        """Time goes on while it is seen."""
        super().showEvent(event)
        self._on_turn()
        self._turn.start()

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self._turn.stop()

    @guarded
    def _on_turn(self) -> None:
        """What was the next copy a moment ago may be over."""
        if self._course is not None and self._sound:
            self._tell(self._given())

    def _tell(self, times: tuple[str, ...]) -> None:
        worst = worst_loss_hours(times)
        told = str(round(worst)) if worst == round(worst) else telling.figure(worst)
        hours = n_("{count} hour", "{count} hours", round(worst)).format(count=told)
        shared = self._course is not None and self._course.same_disk is not None
        why = _("If the disk dies just before a copy is made. What was copied before is all there.")
        if shared:
            why = _("If a mistake happens just before a copy is made. If the disk dies, the copies on it are lost too.")
        self._worst.icon.tell("warning" if shared else "clock", "warn" if shared else "accent")
        self._worst.tell(_("In the worst case {hours} of work are lost").format(hours=hours), why)
        self._next.tell(_("Next copies"), " · ".join(telling.when(one) for one in next_times(times, _SOON)))

    @guarded
    def _on_edited(self) -> None:
        if self._course is not None:
            self._course.times_touched = True
        self._judge()

    @guarded
    def _on_hours(self) -> None:
        hours = next(one for one, button in self._hours.items() if button.isChecked())
        course = self._course
        if course is None:
            return
        course.answers = msgspec.structs.replace(course.answers, loss_hours=hours)
        if not course.times_touched or worst_loss_hours(self._given()) > hours:
            self.times.setText(", ".join(proposed_times(hours)))
            course.times_touched = False
        self._judge()

    @guarded
    def _on_often(self) -> None:
        key = next(one for one, button in self._drills.items() if button.isChecked())
        if self._course is not None:
            drill = "monthly" if key == "monthly" else "weekly"
            self._course.answers = msgspec.structs.replace(self._course.answers, drill=drill)


def next_times(times: tuple[str, ...], count: int, now: datetime | None = None) -> tuple[datetime, ...]:
    """The next instants at which the clock on the wall shows one of ``times``."""
    start = (now or datetime.now().astimezone()).astimezone()
    found: list[datetime] = []
    for ahead in range(count + 2):
        day = (start + timedelta(days=ahead)).date()
        found += [datetime.fromisoformat(f"{day}T{time}").astimezone() for time in times]
    return tuple(sorted(one for one in found if one > start)[:count])
