"""What is wrong, the worst first, each with the button that mends it."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ..base.records import Severity
from ..base.texts import _, n_
from . import words
from .guard import guarded
from .summary_points import Point

SHOWN = 3


class Warnings(QFrame):
    """At most three points; the rest behind a button."""

    wanted = Signal(object)
    """The `Point` whose button was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "card")
        self.setAccessibleName(_("Warnings"))
        self._points: tuple[Point, ...] = ()
        self._main = False
        self._all = False
        self._buttons: dict[QPushButton, Point] = {}
        self._rows: QVBoxLayout = words.column(gap=10, margins=(16, 11, 16, 11), parent=self)
        self.hide()

    @property
    def points(self) -> tuple[Point, ...]:
        """What is told."""
        return self._points

    def tell(self, points: tuple[Point, ...], *, main: bool) -> None:
        """Show these; ``main``: the first one's button is the main one of the page."""
        if (points, main) == (self._points, self._main):
            return
        self._points, self._main, self._all = points, main, False
        self._fill()

    def allow(self, allowed: dict[str, bool]) -> None:
        """Which verbs the person's role allows; a button that it does not allow says so."""
        for button, point in self._buttons.items():
            may = allowed.get(point.mend.verb, True)
            button.setEnabled(may)
            button.setToolTip("" if may else _("Your role does not allow that"))

    def _fill(self) -> None:
        words.clear(self._rows)
        self._buttons.clear()
        self.setVisible(bool(self._points))
        bad = any(one.problem.severity is Severity.ERROR for one in self._points)
        words.set_tone(self, "danger" if bad else "warn")
        shown = self._points if self._all else self._points[:SHOWN]
        for number, point in enumerate(shown):
            if number:
                self._rows.addWidget(words.line())
            self._rows.addWidget(self._row(point, main=self._main and not number))
        left = len(self._points) - len(shown)
        if left:
            more = words.button(n_("and {count} more", "and {count} more", left).format(count=left), "link")
            more.clicked.connect(self._on_more)
            self._rows.addLayout(words.row(32, more, ..., gap=0))

    def _row(self, point: Point, *, main: bool) -> QWidget:
        tone = "danger" if point.problem.severity is Severity.ERROR else "warn"
        icon = words.column(1, words.icon_label(point.icon, tone, 20), ..., gap=0)
        title, text = words.label(point.title, "strong", wrap=True), words.label(point.text, "muted", wrap=True)
        for one in (title, text):
            one.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        said = words.column(title, text, ..., gap=1)
        row = QWidget()
        words.row(
            icon, (said, 1), 12, words.column(..., self._button(point, main=main), ..., gap=0), gap=12, parent=row
        )
        row.setAccessibleName(point.title)
        row.setAccessibleDescription(point.text)
        return row

    def _button(self, point: Point, *, main: bool) -> QPushButton:
        icon = {"drill": "play", "backup": "play", "restore": "restore"}.get(point.mend.verb, "")
        button = words.button(point.mend.words, "primary" if main else "", icon)
        button.setAccessibleDescription(point.title)
        button.clicked.connect(self._on_button)
        self._buttons[button] = point
        return button

    @guarded
    def _on_button(self) -> None:
        sender = self.sender()
        if isinstance(sender, QPushButton) and sender in self._buttons:
            self.wanted.emit(self._buttons[sender])

    @guarded
    def _on_more(self) -> None:
        self._all = True
        self._fill()
