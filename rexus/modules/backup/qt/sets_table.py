"""The table of sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtCore import QItemSelection, QItemSelectionModel, Qt
from qtpy.QtGui import QFontMetrics
from qtpy.QtWidgets import QAbstractItemView

from ..base.texts import _
from .guard import guarded
from .rows_table import MARKED, Column, RowsTable
from .sets_model import ICON, Pick, SetsModel, columns
from .sets_rows import Row

ROW_HEIGHT = 32
_AROUND_TITLE = 42
"""Padding of a title and the arrow beside it."""
_REASON = 120
"""Room for why it is kept, at least."""


class SetsTable(RowsTable):
    """The view of all sets."""

    def __init__(self) -> None:
        self.rows = SetsModel()
        super().__init__(self.rows, _("Backups"), high=ROW_HEIGHT, icon=ICON)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head = self.horizontalHeader()
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(True)
        head.sectionClicked.connect(self._on_header)

    @property
    def shown(self) -> Sequence[Row]:
        """The rows, as they stand."""
        return self.rows.shown

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is shown of each."""
        return self.rows.columns

    def put(self, rows: tuple[Row, ...], made: tuple[Column, ...]) -> None:
        """Show these rows; what is chosen stays chosen, as far as it is there."""
        self._keeping(lambda: self.rows.put(rows, made))
        self.fit()

    def show_columns(self, made: tuple[Column, ...]) -> None:
        """Show other columns."""
        self._keeping(lambda: self.rows.show_columns(made))
        self.fit()

    def pick(self, pick: Pick) -> None:
        """Show only some of the rows."""
        self._keeping(lambda: self.rows.pick(pick))

    def choose(self, *names: str, scroll: bool = False) -> None:
        """Choose these sets, as far as they are shown; the first becomes the current one."""
        places = sorted(self.rows.at[name] for name in names if name in self.rows.at)
        if not places:
            self.clearSelection()
            return
        last = self.rows.columnCount() - 1
        picked, start = QItemSelection(), places[0]
        for one, after in zip(places, [*places[1:], -1], strict=True):
            if after != one + 1:
                picked.select(self.rows.index(start, 0), self.rows.index(one, last))
                start = after
        first = self.rows.index(places[0], 0)
        chosen = self.selectionModel()
        chosen.setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
        chosen.select(picked, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if scroll:
            self.scrollTo(first, QAbstractItemView.ScrollHint.PositionAtCenter)

    def first_chosen(self) -> int:
        """The place of the first chosen set among those shown; 0 where none is."""
        return min((self.rows.at[row.name] for row in self.chosen()), default=0)

    def fitting(self, databases: tuple[str, ...], room: int, *, wide: bool, narrow: bool) -> tuple[str, ...]:
        """The first of these bases, as many as have a column within ``room``; the others are told by set and pane."""
        metrics = QFontMetrics(self.font())
        others = [one for one in columns((), wide=wide) if one.key != "why"]
        room -= (MARKED if narrow else _REASON) + sum(self.width_of(one) for one in others)
        found: list[str] = []
        for name in databases:
            room -= metrics.horizontalAdvance(name) + 24
            if room < 0:
                break
            found.append(name)
        return tuple(found)

    def width_of(self, column: Column) -> int:
        """See `RowsTable.width_of`; the arrow of sorting has its room beside the title."""
        wide, (section, _order) = super().width_of(column), self.rows.sorted_by
        if not 0 <= section < len(self.columns) or self.columns[section].key != column.key:
            return wide
        return max(wide, self.fontMetrics().horizontalAdvance(column.title) + _AROUND_TITLE)

    def fit(self) -> None:
        """Widths, and the arrow of the column that it is sorted by."""
        super().fit()
        self.horizontalHeader().setSortIndicator(*self.rows.sorted_by)

    def _keeping(self, change: Callable[[], None]) -> None:
        """Do what resets the model, and have the same sets chosen as before, where they were on the screen."""
        names, current = [row.name for row in self.chosen()], self.rows.row_at(self.currentIndex())
        at = self.verticalScrollBar().value()
        change()
        self.verticalScrollBar().setValue(at)
        if names:
            self.choose(*names)
        elif current is not None and current.name in self.rows.at:
            index = self.rows.index(self.rows.at[current.name], 0)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    @guarded
    def _on_header(self, section: int) -> None:
        """Sort by a column; the same again turns it round. Dates and sizes begin with the largest."""
        now, order = self.rows.sorted_by
        falling = self.rows.columns[section].key in ("when", "size", "span", "ratio")
        first = Qt.SortOrder.DescendingOrder if falling else Qt.SortOrder.AscendingOrder
        other = Qt.SortOrder.AscendingOrder if order == Qt.SortOrder.DescendingOrder else Qt.SortOrder.DescendingOrder
        self._keeping(lambda: self.rows.sort(section, other if section == now else first))
        self.fit()
