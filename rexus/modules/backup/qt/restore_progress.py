"""Fifth step: the plan's own table, with a tick, a bar or a dash in each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QProgressBar

from ..base.records import RestorePlan
from ..base.texts import _, n_
from . import words, work_words
from .restore_pane import Pane, Point
from .restore_steps import Course, rows_of
from .restore_table import StepsView

if TYPE_CHECKING:
    from .work import Work

_WHOLE = 1000


class ProgressPane(Pane):
    """How far it is, and whether one can still stop it."""

    def __init__(self) -> None:
        super().__init__()
        self._course = Course(())
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _WHOLE)
        words.named(self.bar, _("Whole restore"))
        self._percent, self._left = words.label(rx="strong"), words.label(rx="muted")
        self.table = StepsView(_("Steps of the restore"))
        self.safe = Point("info", "accent")
        card = words.card()
        figures = words.row(self._percent, ..., self._left)
        words.column(figures, self.bar, gap=8, margins=(16, 12, 16, 14), parent=card)
        self.table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        words.column(card, self.table, self.safe, ..., gap=12, parent=self)

    def begin(self, plan: RestorePlan | None) -> None:
        """Follow a restore from its start."""
        self._course = Course(rows_of(plan)) if plan is not None else Course(())
        self.table.steps.follow(self._course)
        self.table.setVisible(plan is not None)
        self._tell(None)

    def follow(self, work: Work) -> None:
        """It is further, or over."""
        self._course.take(work.events)
        if work.state == "ended":
            self._course.finish(well=bool(work.outcome and work.outcome.proof))
        self.table.steps.moved()
        self._tell(work)

    @property
    def can_stop(self) -> bool:
        """Whether stopping still leaves everything as it is."""
        return self._course.safe

    def _tell(self, work: Work | None) -> None:
        whole = work.fraction if work is not None else None  # as below every page
        fraction = whole if whole is not None else self._course.fraction
        percent = int(fraction * 100)
        self.bar.setValue(int(fraction * _WHOLE))
        self._percent.setText(f"{percent}\u00a0%")
        self.bar.setAccessibleDescription(f"{percent // 10 * 10} %")
        left_s = work.left_s if work is not None else None
        self._left.setText("" if left_s is None else _time_left(left_s))
        if work is not None and work.state == "queued":
            self.safe.tell(_("Waits for its turn"), _("Another work on these copies is running; this one is next."))
        elif work is not None and work.state == "cancelling":
            self.safe.tell(work_words.stopping(work), _("What was begun is taken back; nothing stays half done."))
        elif self.can_stop and self._course.undoes:
            self.safe.tell(
                _("You can still cancel"),
                _("The server takes back what it began, and what was there comes back from its copy."),
            )
            self.safe.icon.tell("info", "accent")
        elif self.can_stop:
            self.safe.tell(_("You can still cancel"), _("Nothing has been replaced so far."))
            self.safe.icon.tell("info", "accent")
        else:
            told = _("From here on it can't be cancelled")
            self.safe.tell(told, _("If something fails, it is put back as it was by itself."))
            self.safe.icon.tell("lock", "warn")

    def retheme(self) -> None:
        """Draw icons anew."""
        self.table.viewport().update()


def _time_left(seconds: float) -> str:
    if seconds < work_words.SOON_S:
        return _("Almost done")
    told = n_("about {time} left", "about {time} left", work_words.left_count(seconds))
    return told.format(time=work_words.left(seconds))
