"""The card around a timeline: which day is seen, how much, and the way to the day beside."""

from __future__ import annotations

from itertools import pairwise

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QStackedWidget, QWidget

from ..base.saying import N_
from ..base.texts import _
from ..base.timeline_view import Stretch
from . import timeline_words, words
from .guard import guarded
from .timeline import Timeline

_STRETCHES = (
    (Stretch.HOUR, N_("Hour")),
    (Stretch.DAY, N_("Day")),
    (Stretch.WEEK, N_("Week")),
    (Stretch.ALL, N_("All|span")),
)
_BESIDE = {
    Stretch.HOUR: (N_("Hour before"), N_("Hour after")),
    Stretch.DAY: (N_("Day before"), N_("Day after")),
    Stretch.WEEK: (N_("Week before"), N_("Week after")),
}


class TimelineCard(QFrame):
    """A `Timeline` with its title, arrows and spans."""

    def __init__(self) -> None:
        super().__init__()
        words.set_rx(self, "card")
        self.timeline = Timeline()
        self._title = words.label(rx="strong")
        self._before = words.tool("chevron-left", _("Day before"))
        self._after = words.tool("chevron-right", _("Day after"))
        self._group = QButtonGroup(self)
        self._buttons = {stretch: self._button(stretch, text) for stretch, text in _STRETCHES}
        self._nothing = words.label(rx="muted", wrap=True)
        self._stack = QStackedWidget()  # a layout without its widget would show the first page as a window
        self._stack.addWidget(self.timeline)
        self._disc = words.Disc("warning", "warn")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        alone = QWidget()
        words.column(..., words.row(..., self._disc, ...), self._nothing, ..., gap=12, margins=24, parent=alone)
        self._stack.addWidget(alone)
        head = words.row(self._before, self._title, self._after, ..., *self._buttons.values(), gap=6)
        words.column(head, self._stack, gap=8, margins=(12, 10, 12, 8), parent=self)
        for one, other in pairwise(self.in_order()):
            QWidget.setTabOrder(one, other)
        self._before.clicked.connect(self._on_before)
        self._after.clicked.connect(self._on_after)
        self._group.buttonClicked.connect(self._on_stretch)
        self.timeline.looked.connect(self._on_looked)
        self._on_looked()

    def in_order(self) -> tuple[QWidget, ...]:
        """Its controls as one reads them."""
        return (self._before, self._after, *self._buttons.values(), self.timeline)

    def say_nothing(self, text: str, icon: str = "") -> None:
        """Show ``text`` where there is nothing to choose; empty: show the timeline."""
        self._nothing.setText(text)
        self._disc.setVisible(bool(icon))
        if icon:
            self._disc.tell(icon, "warn")
        self._stack.setCurrentIndex(1 if text else 0)
        for one in (*self._buttons.values(), self._title, self._before, self._after):
            one.setVisible(not text)

    def nothing(self) -> str:
        """What is said instead of a timeline."""
        return self._nothing.text() if self._stack.currentIndex() else ""

    def title(self) -> str:
        """What is seen, in words."""
        return self._title.text()

    def button(self, stretch: Stretch) -> QAbstractButton:
        """The button of a span."""
        return self._buttons[stretch]

    def arrows(self) -> tuple[QAbstractButton, QAbstractButton]:
        """The ways to the day before and after."""
        return self._before, self._after

    def retheme(self) -> None:
        """Draw in the present theme."""
        self.timeline.retheme()

    def _button(self, stretch: Stretch, text: str) -> QAbstractButton:
        made = words.button(_(text).partition("|")[0], "seg")
        made.setCheckable(True)
        self._group.addButton(made)
        return made

    @guarded
    def _on_before(self) -> None:
        self.timeline.look_beside(-1)

    @guarded
    def _on_after(self) -> None:
        self.timeline.look_beside(1)

    @guarded
    def _on_stretch(self, button: QAbstractButton) -> None:
        stretch = next(one for one, its in self._buttons.items() if its is button)
        self.timeline.look(stretch)

    @guarded
    def _on_looked(self) -> None:
        view = self.timeline.view
        self._title.setText(timeline_words.title(view) if view is not None else "")
        stretch = view.stretch if view is not None else Stretch.DAY
        self._group.setExclusive(False)  # where somebody zoomed, none is checked
        for one, button in self._buttons.items():
            button.setChecked(one is stretch)
        self._group.setExclusive(True)
        names = _BESIDE.get(stretch, (N_("Earlier"), N_("Later")))
        for button, direction, name in ((self._before, -1, names[0]), (self._after, 1, names[1])):
            button.setEnabled(self.timeline.can_look_beside(direction))
            button.setToolTip(_(name))
            button.setAccessibleName(_(name))
