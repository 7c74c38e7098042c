"""The tables of the log and of the audit trail: rows of one line each, in type of one width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from ..base.saying import N_
from ..base.texts import _
from . import theme
from .guard import guarded
from .rows_table import LEFT, Column, Mark, RowsTable, plain_tip

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT, ICON = 25, 16
MOST = 20000
"""Rows that are kept; the oldest go."""
_GO = 2000
_TOP = QModelIndex()
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_DECORATION = int(Qt.ItemDataRole.DecorationRole)
_TIP = int(Qt.ItemDataRole.ToolTipRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_MARKS = {
    "debug": ("dot", "text3", N_("detail")),
    "info": ("info", "text3", N_("information")),
    "warning": ("warning", "warn", N_("warning")),
    "error": ("cross", "danger", N_("failure")),
}
_UNMARKED: Mark = ("", "", "")


def _level(row: Any) -> Mark:  # noqa: ANN401  a line of the log, or of the trail
    icon, token, told = _MARKS[row.level]
    return icon, token, _(told)


def _column(key: str, title: str, tip: str = "") -> Column:
    text = attrgetter(key)
    return Column(key, title, text, lambda _row: _UNMARKED, attrgetter(tip or key), text)


def _levels() -> Column:
    return Column("level", _("Level"), lambda _row: "", _level, lambda row: _level(row)[2], _level, icon_only=True)


def log_columns() -> tuple[Column, ...]:
    """Of the log."""
    return (
        _column("when", _("Time of day")),
        _levels(),
        _column("base", _("Base")),
        _column("message", _("Message"), "raw"),
    )


def audit_columns() -> tuple[Column, ...]:
    """Of the trail."""
    return (
        _column("when", _("Time of day"), "exact"),
        _levels(),
        _column("who", _("Who")),
        _column("what", _("What")),
        _column("target", _("Backup")),
        _column("result", _("Result")),
    )


class LinesModel(QAbstractTableModel):
    """Lines, oldest first, some of them filtered out; more come at the end."""

    def __init__(self, made: tuple[Column, ...]) -> None:
        super().__init__()
        self.columns = made
        self._all: list[Any] = []
        self._test: Callable[[Any], bool] | None = None
        self.shown: list[Any] = []

    @property
    def total(self) -> int:
        """How many there are, shown or not."""
        return len(self._all)

    def put(self, rows: Sequence[Any]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self._all = list(rows)
        self.shown = self._passing(self._all)
        self.endResetModel()

    def add(self, rows: Sequence[Any]) -> None:
        """Put more at the end."""
        self._all.extend(rows)
        if len(self._all) > MOST:
            self.put(self._all[_GO:])
            return
        more = self._passing(rows)
        if more:
            first = len(self.shown)
            self.beginInsertRows(_TOP, first, first + len(more) - 1)
            self.shown.extend(more)
            self.endInsertRows()

    def pick(self, test: Callable[[Any], bool] | None) -> None:
        """Show only those that ``test`` takes."""
        self._test = test
        self.put(self._all)

    def _passing(self, rows: Sequence[Any]) -> list[Any]:
        test = self._test
        return list(rows) if test is None else [row for row in rows if test(row)]

    def rowCount(self, parent: Index = _TOP) -> int:
        """How many are shown."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = _TOP) -> int:
        """How many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """What a cell shows, as text, icon, tip or spoken words."""
        row, column = self.shown[index.row()], self.columns[index.column()]
        if role == _DISPLAY:
            return column.text(row)
        if role == _DECORATION:
            icon, token, _words = column.mark(row)
            return theme.current().icon(icon, token, ICON) if icon else None
        if role == _ACCESSIBLE:
            return column.mark(row)[2] if column.icon_only else column.text(row)
        if role == _TIP:
            return plain_tip(column.tip(row))
        return LEFT if role == _ALIGNMENT else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """Titles; that of the icons is for those who hear the screen."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == _DISPLAY:
            return "" if column.icon_only else column.title
        if role == _ALIGNMENT:
            return LEFT
        return column.title if role in (_ACCESSIBLE, _TIP) else None


class LinesTable(RowsTable):
    """The view; at its end it stays there while lines come, until the person scrolls up."""

    followed = Signal(bool)
    """Whether it stays at its end."""

    def __init__(self, made: tuple[Column, ...], name: str) -> None:
        self.rows = LinesModel(made)
        self.following = True
        super().__init__(self.rows, name, high=ROW_HEIGHT, icon=ICON, rx="log")
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range)
        bar.valueChanged.connect(self._on_value)

    @property
    def shown(self) -> Sequence[Any]:
        """The lines, as they stand."""
        return self.rows.shown

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is shown of each."""
        return self.rows.columns

    def put(self, rows: Sequence[Any]) -> None:
        """Show other lines."""
        self.rows.put(rows)
        self.fit()

    def follow(self, following: bool) -> None:
        """Go to the end and stay there, or stay here."""
        if following != self.following:
            self.following = following
            self.followed.emit(following)
        if following:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    @guarded
    def _on_range(self, _least: int, most: int) -> None:
        if self.following:
            self.verticalScrollBar().setValue(most)

    @guarded
    def _on_value(self, value: int) -> None:
        self.follow(value >= self.verticalScrollBar().maximum())
