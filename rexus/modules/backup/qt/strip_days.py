"""The last thirty days of one database: a bar a day, as high as that day was proven deep."""

from __future__ import annotations

from qtpy.QtCore import QRect, Qt, Signal
from qtpy.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from ..base.records import Tick
from ..base.texts import _, n_
from . import telling, theme
from .guard import guarded
from .rows_table import plain_tip
from .summary_facts import Day

HIGH = 18
_GAP = 3
_NOTHING = 2
_HEIGHTS = {Tick.NONE: 6, Tick.STORED: 6, Tick.CONTENT: 6, Tick.ENGINE: 11, Tick.RESTORED: HIGH}


class DayStrip(QWidget):
    """One stop for the keyboard: arrows move between days, Enter opens the day."""

    opened = Signal(object)
    """The `date` of a day that is to be looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._days: tuple[Day, ...] = ()
        self._at = -1
        self._name = ""
        self.setFixedHeight(HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._speak()

    def tell(self, name: str, days: tuple[Day, ...]) -> None:
        """Show these days, oldest first."""
        if len(days) != len(self._days):
            self._at = len(days) - 1
        self._name, self._days = name, days
        self._speak()
        self.update()

    @property
    def day(self) -> Day | None:
        """The one at the cursor."""
        return self._days[self._at] if 0 <= self._at < len(self._days) else None

    def words(self, day: Day) -> str:
        """A day, its result and the reason."""
        return f"{telling.day(day.date)}: {result(day)}"

    def bar(self, number: int) -> QRect:
        """Where the bar of a day stands, from the top of the strip to its foot."""
        step = (self.width() + _GAP) / max(len(self._days), 1)
        left, right = round(number * step), round((number + 1) * step) - _GAP
        return QRect(left, 0, max(right - left, 1), HIGH)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars, and the cursor while it is worked with."""
        painter, now = QPainter(self), theme.current()
        for number, day in enumerate(self._days):
            high, token = look(day)
            whole = self.bar(number)
            painter.fillRect(whole.adjusted(0, HIGH - high, 0, 0), now.color(token))
            if number == self._at and self.hasFocus():
                painter.setPen(QPen(now.color("focus"), 2))
                painter.drawRect(whole.adjusted(0, 1, 0, -1))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End; Enter opens."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -9999, Qt.Key.Key_End: 9999}
        key = Qt.Key(event.key())
        if key in steps:
            self._move(self._at + steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.day is not None:
            self.opened.emit(self.day.date)
        else:
            super().keyPressEvent(event)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens the day."""
        number = self._number_at(round(event.position().x()))
        if event.button() is Qt.MouseButton.LeftButton and number is not None:
            self._move(number)
            self.opened.emit(self._days[number].date)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The tip is of the day below the mouse."""
        number = self._number_at(round(event.position().x()))
        self.setToolTip(plain_tip(self.words(self._days[number])) if number is not None else "")
        super().mouseMoveEvent(event)

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the cursor."""
        super().focusInEvent(event)
        self.update()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the cursor."""
        super().focusOutEvent(event)
        self.update()

    def _number_at(self, x: int) -> int | None:
        number = int(x * len(self._days) / max(self.width() + _GAP, 1))
        return number if 0 <= number < len(self._days) else None

    def _move(self, number: int) -> None:
        self._at = min(max(number, 0), len(self._days) - 1)
        self._speak()
        self.update()

    def _speak(self) -> None:
        """Say the strip, and the day at the cursor, to those who hear the screen."""
        name = _("Last {count} days of {name}").format(count=len(self._days), name=self._name)
        self.setAccessibleName(f"{name}, {self.words(self.day)}" if self.day is not None else name)


def look(day: Day) -> tuple[int, str]:
    """Height and colour of a day."""
    if day.bad:
        return HIGH, "danger"
    if not day.made:
        return _NOTHING, "sunken"
    return _HEIGHTS[day.deepest], "ok" if day.deepest not in (Tick.NONE, Tick.STORED) else "border_strong"


def result(day: Day) -> str:
    """What the day came to, in words."""
    if not day.made and not day.failed:
        return _("no copy")
    told = []
    if day.made:
        made = n_("one copy", "{count} copies", day.made).format(count=day.made)
        told.append(f"{made}, {telling.tick_words(day.deepest)}")
    if day.failed:
        told.append(n_("one failed", "{count} failed", day.failed).format(count=day.failed))
    return "; ".join(told)
