"""A table that draws ready rows itself: no widget and no index for each cell, so that it stays quick."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from qtpy.QtCore import QAbstractTableModel, QEvent, QItemSelectionModel, QItemSelectionRange, QRect, QSize, Qt
from qtpy.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from . import theme
from .guard import guarded

Mark = tuple[str, str, str]
"""Icon, colour and words of one cell."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
HEADER_HEIGHT, PAD, BAR = 34, 11, 3
MARKED = 40
"""Width of a column that is only an icon."""
_MEASURED = 200
"""Rows whose texts say how wide a column is."""
_WIDEST_OF = 30
"""So many of the longest are measured: those with as many letters are not as wide."""
_FLAGS = {False: int(LEFT), True: int(RIGHT)}
_REMEMBERED = 5000
"""Texts that were measured."""


def plain_tip(text: str) -> str:
    """A tip that is shown as it is: Qt takes what looks like markup for markup, and names come from files."""
    return f"<qt>{html.escape(text).replace(chr(10), '<br>')}</qt>" if "<" in text else text


@dataclass(frozen=True, slots=True)
class Column:
    """What one column shows of a row."""

    key: str
    title: str
    text: Callable[[Any], str]
    mark: Callable[[Any], Mark]
    tip: Callable[[Any], str]
    order: Callable[[Any], Any]
    right: bool = False
    icon_only: bool = False
    usual: int = 0
    """Width of its usual text: columns do not jump when the first rows come."""
    most: int = 0
    """Width that its text gets at most: rare long ones do not take the room of others; 0: as it needs."""


class RowsPainter:
    """Draws rows: a hairline below, the choice as tint and bar, icons and texts. It makes no index, so it is quick."""

    def __init__(self, icon: int, *, lines: bool) -> None:
        self._icon, self._lines = icon, lines
        self._look = theme.current()
        self._colors: dict[str, QColor] = {}
        self._told: dict[tuple[str, int], str] = {}

    def begin(self, metrics: QFontMetrics) -> None:
        """Take the colours of the present theme, made once, and the font."""
        look = theme.current()
        if look is not self._look or not self._colors:
            self._look = look
            self._colors = {token: look.color(token) for token in ("accent", "accent_soft", "border", "text")}
        self._metrics = metrics

    def ground(self, painter: QPainter, area: QRect, *, chosen: bool, current: bool) -> None:
        """The ground of a row: a bar where it is chosen, a thin one where only the keyboard stands there."""
        colors, x, y = self._colors, area.x(), area.y()
        if chosen:
            painter.fillRect(x, y, area.width(), area.height(), colors["accent_soft"])
        if self._lines:
            painter.fillRect(x, y + area.height() - 1, area.width(), 1, colors["border"])
        if chosen or current:
            painter.fillRect(x, y, BAR if chosen else 1, area.height(), colors["accent"])
        painter.setPen(colors["text"])

    def cell(self, painter: QPainter, column: Column, row: object, area: QRect) -> None:
        """Icon and text of one cell."""
        left, (icon, token, _words) = area.x() + PAD, column.mark(row)
        if icon:
            side = self._icon
            painter.drawPixmap(left, area.y() + (area.height() - side) // 2, self._look.pixmap(icon, token, side))
            left += side + 6
        text = column.text(row)
        if text:
            room = area.x() + area.width() - PAD + 2 - left
            told = self._told.get((text, room)) or self._fitting(text, room)
            painter.drawText(QRect(left, area.y(), room, area.height() - 1), _FLAGS[column.right], told)

    def _fitting(self, text: str, room: int) -> str:
        """The text, or as much of it as there is room for; measured once."""
        if len(self._told) > _REMEMBERED:
            self._told.clear()
        told = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        self._told[text, room] = told
        return told

    def forget(self) -> None:
        """Measure anew: the font may be another one."""
        self._told.clear()


class RowsTable(QTableView):
    """The view. Whoever makes one says what its rows and columns are."""

    def __init__(self, model: QAbstractTableModel, name: str, *, high: int, icon: int, rx: str = "card") -> None:
        super().__init__()
        self._high = high
        self._painter = RowsPainter(icon, lines=rx == "card")
        model.setParent(self)
        self.setProperty("rx", rx)
        self.setModel(model)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(icon, icon))
        upright, head = self.verticalHeader(), self.horizontalHeader()
        upright.hide()
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        upright.setMinimumSectionSize(20)
        upright.setDefaultSectionSize(high)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(28)
        head.setFixedHeight(HEADER_HEIGHT)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSelectionModel(QItemSelectionModel(model, self))  # it would look at every chosen cell

    @property
    def shown(self) -> Sequence[Any]:
        """The rows, as they stand."""
        return ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is shown of each."""
        return ()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows that are to be seen."""
        head, made, rows, port = self.horizontalHeader(), self.columns, self.shown, self.viewport()
        first, last = self.rowAt(event.rect().top()), self.rowAt(event.rect().bottom())
        if first < 0 or not rows:
            return
        last = len(rows) - 1 if last < 0 else last
        spans = [(head.sectionViewportPosition(n), head.sectionSize(n)) for n in range(len(made))]
        chosen = self._chosen_between(first, last)
        current = self.currentIndex().row() if self.hasFocus() else -1
        painter = QPainter(port)
        draw, wide = self._painter, port.width()
        draw.begin(self.fontMetrics())
        painter.setFont(self.font())
        for number in range(first, last + 1):
            y = self.rowViewportPosition(number)
            ground = QRect(0, y, wide, self._high)
            draw.ground(painter, ground, chosen=number in chosen, current=number == current)
            for column, (x, width) in zip(made, spans, strict=True):
                draw.cell(painter, column, rows[number], QRect(x, y, width, self._high))
        painter.end()

    def _chosen_between(self, first: int, last: int) -> set[int]:
        found: set[int] = set()
        for one in self._ranges():
            found.update(range(max(one.top(), first), min(one.bottom(), last) + 1))
        return found

    def _ranges(self) -> Sequence[QItemSelectionRange]:
        """What is chosen, as ranges: to ask for each row by itself takes long where all are chosen."""
        return cast("Sequence[QItemSelectionRange]", self.selectionModel().selection())

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another font or sheet: texts are measured anew."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._painter.forget()
            self.fit()

    def chosen(self) -> list[Any]:
        """The chosen rows, as they stand in the table."""
        places: set[int] = set()
        for one in self._ranges():
            places.update(range(one.top(), one.bottom() + 1))
        rows = self.shown
        return [rows[place] for place in sorted(places) if place < len(rows)]

    def width_of(self, column: Column) -> int:
        """As wide as its widest usual text."""
        if column.icon_only and column.key in ("set", "level"):
            return MARKED
        metrics = QFontMetrics(self.font())
        longest = sorted({column.text(row) for row in self.shown[:_MEASURED]}, key=len)[-_WIDEST_OF:]
        wide = max(metrics.horizontalAdvance(one) for one in (column.title, *longest))
        return max(min(wide, column.most or wide), column.usual) + 24

    def fit(self) -> None:
        """Each column as wide as its widest usual text; the last takes what is left."""
        head, made = self.horizontalHeader(), self.columns
        for number, column in enumerate(made):
            if number == len(made) - 1:
                head.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
                continue
            head.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(number, self.width_of(column))
