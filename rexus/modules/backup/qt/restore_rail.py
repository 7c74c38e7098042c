"""The steps of the wizard at its left: number or tick, name, what was chosen; those done can be gone back to."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import QRectF, Qt, Signal
from qtpy.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QFrame, QLabel, QWidget

from ..base.texts import _
from . import theme, words
from .guard import guarded
from .rows_table import plain_tip

WIDTH = 216
_WORDS = 146
"""Width of what was chosen; the rest is in its tooltip."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One step as the rail shows it."""

    key: str
    name: str
    chosen: str = ""
    state: str = "later"
    """done, now, later, failed, or skipped: this restore does without."""
    back: bool = False
    """Whether it can be gone back to."""


class _StopRow(QFrame):
    """One line; a button only while it leads somewhere."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._stop = Stop("", "")
        self._number = words.label(rx="step")
        self._number.setFixedSize(24, 24)
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name, self._chosen = words.label(rx="muted"), words.label(rx="meta")
        texts = words.column(2, self._name, self._chosen, ..., gap=0)
        number = words.column(self._number, ..., gap=0)
        words.row(number, (texts, 1), gap=10, margins=(4, 3, 4, 3), parent=self)

    def tell(self, number: int, stop: Stop) -> None:
        """Show a step."""
        self._stop = stop
        self._name.setText(stop.name)
        words.set_rx(self._name, "strong" if stop.state == "now" else "muted")
        told = _("Not needed") if stop.state == "skipped" else stop.chosen if stop.state == "done" else ""
        shown = self._chosen.fontMetrics().elidedText(told, Qt.TextElideMode.ElideMiddle, _WORDS)
        self._chosen.setText(shown)
        self._chosen.setToolTip(plain_tip(told))
        self._chosen.setVisible(bool(told))
        icon = {"done": "tick", "skipped": "dash", "failed": "cross"}.get(stop.state, "")
        token = {"done": "ok_text", "failed": "danger"}.get(stop.state, "text3")
        if icon:
            self._number.setPixmap(theme.current().pixmap(icon, token, 16))
        else:
            self._number.setText(str(number))
        words.set_tone(self._number, {"done": "ok", "now": "info"}.get(stop.state, ""))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if stop.back else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if stop.back else Qt.CursorShape.ArrowCursor)
        states = {
            "done": _("step done"),
            "now": _("this step"),
            "skipped": "",
            "failed": _("did not work"),
            "later": _("still to come"),
        }
        self.setAccessibleName(", ".join(one for one in (stop.name, told, states[stop.state]) if one))
        self.setToolTip(_("Back to this step") if stop.back else "")

    def retheme(self, number: int) -> None:
        """Draw the tick in the present theme."""
        self.tell(number, self._stop)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click goes there."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._press()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """So does the keyboard."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._press()
        else:
            super().keyPressEvent(event)

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        self.update()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """It is elsewhere."""
        super().focusOutEvent(event)
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """A ring while the keyboard is here."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.current().color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _press(self) -> None:
        if self._stop.back:
            self.pressed.emit(self._stop.key)


class Rail(QWidget):
    """All steps."""

    wanted = Signal(str)
    """A step that shall be gone back to."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        words.named(self, _("Steps"))
        self._lines: list[_StopRow] = []
        self._lay = words.column(..., gap=4, margins=(16, 21, 12, 16), parent=self)

    def tell(self, stops: tuple[Stop, ...]) -> None:
        """Show these steps."""
        while len(self._lines) < len(stops):
            line = _StopRow()
            line.pressed.connect(self._on_pressed)
            self._lay.insertWidget(len(self._lines), line)
            self._lines.append(line)
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(stops))
            if number < len(stops):
                line.tell(number + 1, stops[number])

    def names(self) -> list[str]:
        """What a person hears of each step."""
        return [line.accessibleName() for line in self._lines if not line.isHidden()]

    def retheme(self) -> None:
        """Draw in the present theme."""
        for number, line in enumerate(self._lines):
            line.retheme(number + 1)

    @guarded
    def _on_pressed(self, key: str) -> None:
        self.wanted.emit(key)


def heading(title: QLabel, subtitle: QLabel) -> QWidget:
    """The one question of a step with its explanation."""
    held = QWidget()
    words.column(title, subtitle, gap=4, parent=held)
    return held
