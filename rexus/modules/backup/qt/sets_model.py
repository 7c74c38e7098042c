"""The model of the table of sets: ready rows in some order, and what each column shows of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from qtpy.QtWidgets import (
    QWidget,
)

from ..base.records import Origin
from ..base.texts import _
from . import theme
from .rows_table import LEFT, RIGHT, Column, Mark, plain_tip
from .sets_rows import Row, date_of, instant_of, mark_in, spoken, tip_of_database, tip_of_set
from .telling import count, exact, size

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()
Pick = Callable[[Sequence[Row]], list[Row]]
ICON = 20
_USUAL = {"when": 104, "kind": 64, "size": 50, "span": 50}
"""Widths of usual texts."""
_MOST = {"origin": 136}
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_DECORATION = int(Qt.ItemDataRole.DecorationRole)
_TIP = int(Qt.ItemDataRole.ToolTipRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
SORT = int(Qt.ItemDataRole.UserRole)
_STRENGTH = {"tick-triple": 0, "tick-double": 1, "tick": 2, "dash": 3, "clock": 4, "stop": 5, "trash": 6, "cross": 7}
_NO_MARK: Mark = ("", "", "")


def _nothing(_row: Row) -> str:
    return ""


def _unmarked(_row: Row) -> Mark:
    return _NO_MARK


def _strength(mark: Mark) -> int:
    return _STRENGTH.get(mark[0], 9)


def _why_mark(row: Row) -> Mark:
    return (row.why.icon, row.why.token, row.why.text)


def _why(row: Row) -> str:
    return row.why.text


def _plain(key: str, title: str, order: Callable[[Row], Any], tip: Callable[[Row], str], *, right: bool) -> Column:
    text, usual, most = attrgetter(key), _USUAL.get(key, 0), _MOST.get(key, 0)
    return Column(key, title, text, _unmarked, tip, order, right, usual=usual, most=most)


def _of_database(name: str) -> Column:
    def mark(row: Row) -> Mark:
        return mark_in(row, name)

    return Column(
        key=f"database:{name}",
        title=name,
        text=_nothing,
        mark=mark,
        tip=lambda row: tip_of_database(row, name),
        order=lambda row: _strength(mark(row)),
        icon_only=True,
    )


def columns(databases: tuple[str, ...], *, wide: bool, narrow: bool = False) -> tuple[Column, ...]:
    """The columns, by priority; ``wide`` adds what is worth knowing where there is room, ``narrow`` leaves icons."""
    first = (
        Column(
            "set", _("Set|column").partition("|")[0], _nothing, attrgetter("mark"), tip_of_set,
            lambda row: _strength(row.mark), icon_only=True,
        ),
        _plain("when", _("Date"), attrgetter("at"), _exactly, right=False),
        _plain("kind", _("Kind"), attrgetter("kind"), _nothing, right=False),
    )  # fmt: skip
    figures: tuple[Column, ...] = (_plain("size", _("Size"), lambda row: row.summary.stored_bytes, _bytes, right=True),)
    if wide:
        figures += (
            _plain("span", _("Duration"), lambda row: row.summary.seconds, _nothing, right=True),
            _plain("ratio", _("Ratio"), _ratio, _content, right=True),
            replace(
                _plain("origin", _("Origin"), attrgetter("origin"), attrgetter("origin"), right=False), text=_origin
            ),
        )
    last = Column(
        "why", _("Kept because of"), _nothing if narrow else _why, _why_mark, lambda row: row.why.whole,
        lambda row: (row.why.place, row.why.text), icon_only=narrow,
    )  # fmt: skip
    return (*first, *(_of_database(name) for name in databases), *figures, last)


def _exactly(row: Row) -> str:
    return f"{date_of(row)}\n{exact(instant_of(row))}\n{row.name}"


def _origin(row: Row) -> str:
    """Where it comes from; of a safety copy the tip tells whose restore made it."""
    return row.origin.partition(", ")[0] if row.summary.origin is Origin.SAFETY else row.origin


def _bytes(row: Row) -> str:
    return _("{bytes} bytes").format(bytes=count(row.summary.stored_bytes))


def _ratio(row: Row) -> float:
    stored = sum(one.stored_bytes for one in row.summary.databases.values())
    return row.content_bytes / stored if stored else 0.0


def _content(row: Row) -> str:
    return _("{size} of content").format(size=size(row.content_bytes))


class SetsModel(QAbstractTableModel):
    """Rows in some order, filtered; whatever it is asked for was worked out before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[Row, ...] = ()
        self._pick: Pick = list
        self._shown: list[Row] = []
        self._columns: tuple[Column, ...] = ()
        self._sorted: tuple[str, bool] = ("when", True)
        self.at: dict[str, int] = {}
        """Place of each shown set."""

    @property
    def shown(self) -> list[Row]:
        """The rows, as they stand."""
        return self._shown

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is shown of each."""
        return self._columns

    def put(self, rows: tuple[Row, ...], made: tuple[Column, ...]) -> None:
        """Show other rows, in the order and with the filter that there is."""
        self._all = rows
        self._again(made)

    def show_columns(self, made: tuple[Column, ...]) -> None:
        """Show other columns of the same rows."""
        self._again(made)

    def pick(self, pick: Pick) -> None:
        """Show only those that ``pick`` takes."""
        self._pick = pick
        self._again(self._columns)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal ones stay newest first."""
        if not 0 <= column < len(self._columns):
            return
        self._sorted = (self._columns[column].key, order == Qt.SortOrder.DescendingOrder)
        self._again(self._columns)

    @property
    def sorted_by(self) -> tuple[int, Qt.SortOrder]:
        """The column and direction that it is sorted by; -1: a column that is not shown."""
        key, down = self._sorted
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        return next((n for n, one in enumerate(self._columns) if one.key == key), -1), order

    def _again(self, made: tuple[Column, ...]) -> None:
        self.beginResetModel()
        self._columns = made
        shown = self._pick(self._all)
        key, down = self._sorted
        column = next((one for one in made if one.key == key), None)
        if column is not None and (key, down) != ("when", True):  # they come newest first
            shown.sort(key=column.order, reverse=down)
        self._shown = shown
        self.at = {row.name: number for number, row in enumerate(shown)}
        self.endResetModel()

    def rowCount(self, parent: Index = _TOP) -> int:
        """How many are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _TOP) -> int:
        """How many columns there are."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """What a cell shows, as text, icon, tip, spoken words or sort value."""
        row, column = self._shown[index.row()], self._columns[index.column()]
        if role == _DISPLAY:
            return column.text(row)
        if role == _DECORATION:
            icon, token, _words = column.mark(row)
            return theme.current().icon(icon, token, ICON) if icon else None
        if role == _ALIGNMENT:
            return RIGHT if column.right else LEFT
        if role == _TIP:
            return plain_tip(column.tip(row))
        if role == _ACCESSIBLE:
            words = column.mark(row)[2] if column.icon_only else column.text(row)
            return spoken(row) if column.key == "set" else f"{column.title}: {words}"
        return column.order(row) if role == SORT else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """Titles; that of the first column is for those who hear the screen."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == _DISPLAY:
            return "" if column.icon_only and not column.key.startswith("database") else column.title
        if role == _ALIGNMENT:
            return RIGHT if column.right and column.key != self._sorted[0] else LEFT  # there the arrow is at the right
        return column.title if role in (_ACCESSIBLE, _TIP) else None

    def row_at(self, index: Index) -> Row | None:
        """The row behind an index."""
        return self._shown[index.row()] if index.isValid() and index.row() < len(self._shown) else None
