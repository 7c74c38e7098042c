"""Draws the charts of the summary into pictures: no menu, no mouse, three hairlines, names at the ends of lines.

One canvas of pyqtgraph serves the whole process and belongs to no screen, so that screens stay light and may go at any
moment. The library takes long to import; that happens in a thread, once something else was shown.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import qtpy
from qtpy.QtCore import QObject, QPoint, QSize, Qt, Signal
from qtpy.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPixmap, QRegion
from qtpy.QtWidgets import QWidget

from . import theme
from .chart_data import Line, Picture
from .guard import alive

log = logging.getLogger(__name__)
_PIXELS = 11
_AXIS = 46
_ABOVE = 7
_FOOT = 24
_NAME_GAP = 6
_LINE_HIGH = 14
_BAR = 0.62
_DOT = 5.0
"""Room that a measurement that stands alone needs at either side."""


class Library(QObject):
    """Imports what draws the charts, once in a process."""

    ready = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.module: ModuleType | None = None
        self._canvas: Canvas | None = None
        self._thread: threading.Thread | None = None

    def want(self) -> None:
        """Begin to import it, if nobody has."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._import, name="charts")
            self._thread.start()

    def canvas(self) -> Canvas | None:
        """What draws; None until it is there."""
        if self.module is not None and (self._canvas is None or not self._canvas.is_alive):
            self._canvas = Canvas(self.module)
        return self._canvas

    def _import(self) -> None:
        os.environ.setdefault("PYQTGRAPH_QT_LIB", qtpy.API_NAME)
        try:
            import pyqtgraph  # type: ignore[import-untyped]  # it has no types of its own
        except Exception:  # charts are worth having, but nothing depends on them
            log.exception("no charts")
            return
        self.module = pyqtgraph
        self.ready.emit()


_libraries: list[Library] = []


def library() -> Library:
    """The one of this process."""
    if not _libraries:
        _libraries.append(Library())
    return _libraries[0]


class Canvas:
    """Never shown: it is drawn on, and a picture is taken."""

    def __init__(self, pg: ModuleType) -> None:
        self._pg = pg
        self._view = pg.GraphicsView(None, background=None)
        for one in (self._view, self._view.viewport()):
            one.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
            one.setAutoFillBackground(False)
        self._view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._view.setCacheMode(self._view.CacheModeFlag.CacheNone)  # a cached ground is filled with the palette's
        self._view.setAntialiasing(True)
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False)
        self._box.setDefaultPadding(0)
        self._view.scene().addItem(self._box)
        self._axes: dict[str, Any] = {}
        for side in ("left", "bottom"):
            axis = pg.AxisItem(side)
            axis.linkToView(self._box)
            self._view.scene().addItem(axis)
            self._axes[side] = axis
        self._axes["left"].setWidth(_AXIS)
        self._axes["bottom"].setHeight(_FOOT)
        self._names: list[tuple[Line, Any]] = []

    @property
    def is_alive(self) -> bool:
        """Whether it can still be drawn on."""
        return alive(self._view)

    @property
    def items(self) -> list[Any]:
        """What was drawn last, for whoever looks closely."""
        return list(self._box.addedItems)

    @property
    def name_places(self) -> list[float]:
        """How high the names at the line ends stand, in pixels from the foot, ascending."""
        (_left, _right), (low, high) = self._box.viewRange()
        scale = self._box.height() / (high - low)
        return sorted((name.pos().y() - low) * scale for _line, name in self._names)

    def draw(self, picture: Picture, size: QSize, ratio: float) -> QPixmap:
        """A picture of this size in logical pixels, in the present theme."""
        self._view.resize(size)
        self._box.clear()
        self._names = []
        self._draw_axes(picture)
        for line in picture.lines:
            self._draw_line(line)
        self._draw_bars(picture)
        self._place(picture, size)
        drawn = QPixmap(size * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        QWidget.render(self._view, drawn, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)  # not the scene alone
        return drawn

    def _draw_axes(self, picture: Picture) -> None:
        pg, now = self._pg, theme.current()
        for side, marks in (("left", picture.y_marks), ("bottom", picture.x_marks)):
            axis = self._axes[side]
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(pg.mkPen(now["text3"]))
            axis.setTicks([list(marks)])  # of the days only those that `_place` finds room for
            axis.setStyle(tickFont=_font(), tickLength=0, tickTextOffset=6, tickAlpha=0)
        for at, _text in picture.y_marks:
            hair = pg.InfiniteLine(at, angle=0, pen=pg.mkPen(now["border"], width=1))
            hair.setZValue(-10)
            self._box.addItem(hair)

    def _draw_line(self, line: Line) -> None:
        if not line.points:
            return
        pg, now = self._pg, theme.current()
        xs, ys = (list(each) for each in zip(*line.points, strict=True))
        style = Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine
        fill: dict[str, Any] = {}
        if line.filled:
            soft = QColor(now[line.token])
            soft.setAlpha(45)
            fill = {"fillLevel": 0, "brush": QBrush(soft)}
        pen = pg.mkPen(now[line.token], width=2, style=style)
        self._box.addItem(pg.PlotCurveItem(xs, ys, pen=pen, antialias=True, **fill))
        if len(xs) == 1:
            self._box.addItem(
                pg.ScatterPlotItem(xs, ys, size=7, pen=pg.mkPen(None), brush=QBrush(now.color(line.token)))
            )
        if line.name:
            name = pg.TextItem(line.name, color=now[line.token], anchor=(0, 0.5))
            name.setFont(_font())
            self._box.addItem(name)
            self._names.append((line, name))

    def _draw_bars(self, picture: Picture) -> None:
        if picture.bars:
            pg, now = self._pg, theme.current()
            self._box.addItem(
                pg.BarGraphItem(
                    x=list(range(len(picture.bars))),
                    height=[high for high, _token in picture.bars],
                    width=_BAR,
                    pens=[pg.mkPen(None)] * len(picture.bars),
                    brushes=[QBrush(now.color(token)) for _high, token in picture.bars],
                )
            )

    def _place(self, picture: Picture, size: QSize) -> None:
        """Room for the names at the right, and none over another."""
        wide, high = max(size.width() - _AXIS, 1), max(size.height() - _ABOVE - _FOOT, 1)
        self._box.setGeometry(_AXIS, _ABOVE, wide, high)
        self._axes["left"].setGeometry(0, _ABOVE, _AXIS, high)
        self._axes["bottom"].setGeometry(_AXIS, _ABOVE + high, wide, _FOOT)
        names = max((_width(line.name) for line, _name in self._names), default=0.0)
        names = min(names + _NAME_GAP if names else 0.0, wide / 2)
        aside = _DOT if any(len(line.points) == 1 for line in picture.lines) else 0.0
        scale = (picture.right - picture.left) / max(wide - names - 2 * aside, 1.0)
        left, right = picture.left - aside * scale, picture.right + (aside + names) * scale
        self._box.setRange(xRange=(left, right), yRange=(0, picture.top), padding=0)
        ends = sorted(((line.points[-1], name) for line, name in self._names), key=lambda one: one[0][1])
        row = _LINE_HIGH * picture.top / high
        heights = apart([max(end[1], row / 2) for end, _name in ends], row, picture.top - row / 2)
        for y, ((x, _value), name) in zip(heights, ends, strict=True):
            name.setPos(x + _NAME_GAP * scale, y)
        shown = fitting([((at - left) / scale, _width(text)) for at, text in picture.x_marks], wide)
        self._axes["bottom"].setTicks([[picture.x_marks[number] for number in shown]])


def apart(values: list[float], least: float, top: float) -> list[float]:
    """Ascending places, moved so that no two are nearer than ``least``, none above ``top`` where that can be."""
    placed = list(values)
    for number in range(1, len(placed)):
        placed[number] = max(placed[number], placed[number - 1] + least)
    ceiling = top
    for number in range(len(placed) - 1, -1, -1):
        placed[number] = min(placed[number], ceiling)
        ceiling = placed[number] - least
    return placed


def fitting(words: Sequence[tuple[float, float]], wide: float) -> list[int]:
    """Which words, each by its middle and its width, can be read whole side by side; the last ones go first."""
    kept: list[int] = []
    limit = wide
    for number in range(len(words) - 1, -1, -1):
        middle, width = words[number]
        if middle - width / 2 >= 0 and middle + width / 2 <= limit:
            kept.append(number)
            limit = middle - width / 2
    return kept[::-1]


def _font() -> QFont:
    font = QFont()
    font.setFamilies(theme.current().families)
    font.setPixelSize(_PIXELS)
    return font


def _width(name: str) -> float:
    """As wide as a name is drawn, with its margins."""
    return QFontMetricsF(_font()).horizontalAdvance(name) + 8
