"""The timeline of a restore: a control that can only stand where something can be brought back."""

from __future__ import annotations

import html
from datetime import datetime, timedelta

from qtpy.QtCore import QEvent, QPoint, QPointF, QSize, Qt, Signal
from qtpy.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..base.texts import _
from ..base.timeline import Line
from ..base.timeline_view import Stretch, View, beside, following, looking, whole, within, zoomed
from . import theme, timeline_words
from .guard import guarded, guarded_or
from .timeline_paint import AXIS, HEIGHT, MARKS, SIDE, Painter, Placed, Scene, placed

NEAR = 6
"""The mouse catches a mark that is no farther than so many pixels."""
_ZOOM = 0.8
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_MARK_KEYS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


class Timeline(QWidget):
    """Shows a `Line` and lets one choose an instant of it."""

    stood = Signal(object)
    """The cursor stands at another instant (a `datetime`, aware, UTC); by mouse or keys alone."""
    looked = Signal()
    """Another part is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._line: Line | None = None
        self._view: View | None = None
        self._bounds: View | None = None
        self._cursor: datetime | None = None
        self._placed: tuple[Placed, ...] | None = None
        self._unstarted = False
        self._wheel = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(HEIGHT)
        self.setAccessibleName(_("Timeline"))

    def sizeHint(self) -> QSize:
        """Wide; the height is fixed."""
        return QSize(700, HEIGHT)

    @property
    def line(self) -> Line | None:
        """What it shows."""
        return self._line

    @property
    def view(self) -> View | None:
        """Which part of it."""
        return self._view

    @property
    def instant(self) -> datetime | None:
        """Where the cursor stands; None: nothing can be chosen."""
        return self._cursor

    def show_line(self, line: Line, instant: datetime | None = None, stretch: Stretch = Stretch.DAY) -> None:
        """Show ``line`` with the cursor where `Line.meant` has ``instant`` (None: the latest)."""
        self._line = line
        self._bounds = _bounds(line)
        wanted = instant or line.latest
        self._cursor = line.meant(wanted) if wanted is not None else None
        self._view = looking(stretch, self._cursor or line.now, self._bounds)
        self.setAccessibleDescription(timeline_words.keys())
        self._changed()
        self._speak(with_day=True)
        self.looked.emit()

    def tell_unstarted(self, unstarted: bool) -> None:
        """Whether nobody starts what is planned; then the legend says so."""
        if unstarted != self._unstarted:
            self._unstarted = unstarted
            self.update()

    def stand(self, instant: datetime) -> datetime | None:
        """Put the cursor where `Line.meant` has ``instant``; returns where that is. Tells nobody."""
        if self._line is None or (near := self._line.meant(instant)) is None:
            return None
        self._put(near)
        return near

    def go_on(self, line: Line) -> None:
        """The same line, at a later present."""
        self._line = line
        self.update()

    def look(self, stretch: Stretch) -> None:
        """Look at an hour, a day, a week or all, around the cursor."""
        if self._view is not None and self._bounds is not None:
            middle = self._view.at(0.5)
            around = self._cursor if self._cursor is not None and self._view.holds(self._cursor) else middle
            self._see(looking(stretch, around, self._bounds))

    def look_beside(self, direction: int) -> None:
        """Look at what was before (-1) or comes after (1)."""
        if self._view is not None and self._bounds is not None and self.can_look_beside(direction):
            self._see(beside(self._view, direction, self._bounds))

    def can_look_beside(self, direction: int) -> bool:
        """Whether there is anything before or after what is seen."""
        if self._view is None or self._bounds is None:
            return False
        return self._view.start > self._bounds.start if direction < 0 else self._view.end < self._bounds.end

    def zoom(self, factor: float, around: datetime | None = None) -> None:
        """Look at ``factor`` times as much."""
        if self._view is not None and self._bounds is not None:
            middle = around or (self._cursor if self._cursor and self._view.holds(self._cursor) else self._view.at(0.5))
            self._see(zoomed(within(self._view, self._bounds), factor, middle, self._bounds))

    def retheme(self) -> None:
        """Draw in the present theme."""
        self.update()

    def x_of(self, instant: datetime) -> float:
        """Where an instant is drawn."""
        return self._scene().x(instant) if self._view is not None else 0.0

    @guarded
    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw; while nothing is known yet, nothing."""
        if self._line is None or self._view is None:
            return
        painter = QPainter(self)
        Painter(painter, self._scene(), theme.current(), self.font()).draw()
        painter.end()

    @guarded
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Minutes, hours, seconds, marks and ends; what is no key of ours goes on to whoever is around."""
        if event is None:
            return
        if self._line is None or not self._moved_by(Qt.Key(event.key()), event.modifiers()):
            super().keyPressEvent(event)

    @guarded
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Stand there."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._stand_at(event.position())

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag the cursor."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._stand_at(event.position())

    @guarded
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom around the mouse."""
        if event is None or self._view is None:
            return
        self._wheel += event.angleDelta().y()
        turns, self._wheel = int(self._wheel / 120), self._wheel % (120 if self._wheel > 0 else -120)
        if turns:
            self.zoom(_ZOOM**turns, self._at(event.position().x()))
        event.accept()

    @guarded
    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Say what it is and where the cursor stands."""
        self._speak(with_day=True, with_name=True)
        self.update()
        if event is not None:
            super().focusInEvent(event)

    @guarded
    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Take the ring away."""
        self.update()
        if event is not None:
            super().focusOutEvent(event)

    @guarded_or(False)
    def event(self, event: QEvent | None) -> bool:
        """Tell about the mark or the gap below the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.told_at(event.pos())
            # names come from files: never as rich text
            QToolTip.showText(event.globalPos(), html.escape(text).replace("\n", "<br>") if text else "", self)
            return True
        return event is not None and super().event(event)

    def told_at(self, place: QPoint) -> str:
        """What there is at a place of the widget, in words."""
        if self._line is None or self._view is None:
            return ""
        if place.y() < MARKS + 12:
            near = [one for one in self._marks() if abs(one.x - place.x()) <= NEAR + 4]
            return timeline_words.mark(near[0].mark, self._line.now) if near else ""
        instant = self._at(place.x())
        gap = self._line.gap(instant) if place.y() < AXIS else None
        return timeline_words.gap(gap, self._line) if gap is not None else timeline_words.bubble(instant, self._view)

    @guarded
    def resizeEvent(self, event: object) -> None:
        """Place the marks anew."""
        self._placed = None

    def _moved_by(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        line, cursor = self._line, self._cursor
        if line is None:
            return False
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom(_ZOOM if key == Qt.Key.Key_Plus else 1 / _ZOOM)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(line.earliest if key == Qt.Key.Key_Home else line.latest)
        elif key in _MARK_KEYS:
            self._choose(line.mark(cursor, _MARK_KEYS[key]) if cursor is not None else None)
        elif key in _STEPS:
            self._choose(line.nearest(cursor + _step(modifiers) * _STEPS[key], _STEPS[key]) if cursor else None)
        else:
            return False
        return True

    def _choose(self, instant: datetime | None) -> None:
        """Stand there because the person said so; where nothing is, say again where one is."""
        if instant is None or instant == self._cursor:
            self._speak(with_day=True)
            return
        self._put(instant)
        self.stood.emit(instant)

    def _put(self, instant: datetime) -> None:
        before, self._cursor = self._cursor, instant
        if self._view is not None and self._bounds is not None and not self._view.holds(instant):
            self._see(following(self._view, instant, self._bounds))
        same_day = before is not None and before.astimezone().date() == instant.astimezone().date()
        self._speak(with_day=not same_day)
        self.update()

    def _stand_at(self, place: QPointF) -> None:
        if self._line is None:
            return
        x = min(max(place.x(), SIDE), self.width() - SIDE)
        near = [one for one in self._marks() if one.mark.wrong is None and abs(one.x - x) <= NEAR]
        if near:
            self._choose(min(near, key=lambda one: abs(one.x - x)).mark.at)
            return
        self._choose(self._line.nearest(self._at(x)))

    def _at(self, x: float) -> datetime:
        """The instant below a pixel: whole minutes where a pixel is longer than a second, else whole seconds."""
        if self._view is None:
            raise AssertionError("asked before a line was shown")
        inner = max(1, self.width() - 2 * SIDE)
        exact = self._view.at((x - SIDE) / inner)
        grain = 60 if self._view.seconds / inner > 2 else 1
        return exact.fromtimestamp(round(exact.timestamp() / grain) * grain, exact.tzinfo)

    def _see(self, view: View) -> None:
        if view != self._view:
            self._view = view
            self._changed()
            self.looked.emit()

    def _changed(self) -> None:
        self._placed = None
        self.update()

    def _marks(self) -> tuple[Placed, ...]:
        if self._placed is None and self._line is not None and self._view is not None:
            self._placed = placed(self._line, self._view, self.width())
        return self._placed or ()

    def _scene(self) -> Scene:
        if self._line is None or self._view is None:
            raise AssertionError("asked before a line was shown")
        return Scene(
            self._line, self._view, self._cursor, self.width(), self.hasFocus(), self._marks(), self._unstarted
        )

    def _speak(self, *, with_day: bool, with_name: bool = False) -> None:
        """The name is what readers speak when it changes."""
        if self._line is None:
            return
        if self._cursor is None:
            told = _("{timeline}: nothing can be chosen").format(timeline=timeline_words.name(self._line))
        else:
            told = timeline_words.moved(self._line, self._cursor, with_day=with_day)
            if with_name:
                told = f"{timeline_words.name(self._line)}: {told}"
        self.setAccessibleName(told)


def _step(modifiers: Qt.KeyboardModifier) -> timedelta:
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        return timedelta(hours=1)
    return timedelta(seconds=1) if modifiers & Qt.KeyboardModifier.ShiftModifier else timedelta(minutes=1)


def _bounds(line: Line) -> View:
    """All there is, and the next planned run if it is near."""
    seen = [line.now, *(mark.at for mark in (line.marks[:1] + line.marks[-1:]))]
    seen += [gap.start for gap in line.gaps[:1]] + [gap.end for gap in line.gaps[-1:]]
    seen += [span.end for span in line.spans[-1:]]
    seen += [at for at in line.planned[:1] if at - line.now <= timedelta(days=7)]
    return whole(min(seen), max(seen))
