"""The copies that a folder holds, as a table: how good each is, of when, of what; what is of no use is grey."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ..base.records import Origin
from ..base.texts import _
from . import telling, theme
from .guard import guarded
from .lost_facts import Copy
from .rows_table import plain_tip
from .sets_rows import mark_of_set, sentence_case

if TYPE_CHECKING:
    from .restore_what_offer import Wish

Index = QModelIndex | QPersistentModelIndex
TICK, DATE, KIND, NAMES, SIZE, STATE = range(6)
_NARROW = 800
_WIDTHS = {TICK: 44, DATE: 150, KIND: 150, SIZE: 96, STATE: 232}
_WIDTHS_NARROW = {TICK: 40, DATE: 136, SIZE: 84, STATE: 204}
_LEAST_HIGH = 160


class Found(QAbstractTableModel):
    """Read once; nothing in it can be changed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.copies: Sequence[Copy] = ()

    def show_copies(self, copies: Sequence[Copy]) -> None:
        """Show these, the newest first."""
        self.beginResetModel()
        self.copies = copies
        self.endResetModel()

    def wish(self, row: int) -> Wish | None:
        """What choosing a row asks for."""
        return self.copies[row].wish

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        """How many copies."""
        return 0 if parent.isValid() else len(self.copies)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        """Tick, date, kind, databases, size, state."""
        return 0 if parent.isValid() else 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Names of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        names = ("", _("Date"), _("Kind"), _("Databases"), _("Size"), _("State"))
        if role == Qt.ItemDataRole.AccessibleTextRole and section == TICK:
            return _("State of the copy")
        return names[section] if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Nobody chooses a copy that brings nothing back."""
        usable = index.isValid() and self.copies[index.row()].wish is not None
        return super().flags(index) if usable else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell shows, and says."""
        one, column = self.copies[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(one, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(one, column))
        return self._look(one, column, role)

    @staticmethod
    def _look(one: Copy, column: int, role: int) -> object:
        icon, token, told = mark_of(one)
        if column == TICK and role == Qt.ItemDataRole.DecorationRole:
            return theme.current().icon(icon, token, 20)
        if column == TICK and role == Qt.ItemDataRole.AccessibleTextRole:
            return told
        return None

    def _text(self, one: Copy, column: int) -> str:
        of = one.summary
        if column == DATE:
            return telling.when(datetime.fromisoformat(of.timestamp), datetime.now(UTC))
        if column == KIND:
            safety = of.origin is Origin.SAFETY
            return sentence_case(telling.origin_words(of.origin) if safety else telling.kind_words(of.kind))
        if column == NAMES:
            return ", ".join(one.databases or (of.databases if one.wish is None else ()))
        if column == SIZE:
            return telling.size(of.stored_bytes)
        return one.state if column == STATE else ""

    def _tip(self, one: Copy, column: int) -> str:
        if column == TICK:
            return sentence_case(mark_of(one)[2])
        if column != DATE:
            return self._text(one, column)
        return f"{telling.exact(datetime.fromisoformat(one.summary.timestamp))}\n{self._text(one, KIND)}"


def mark_of(one: Copy) -> tuple[str, str, str]:
    """Icon, colour and words: as in the list of all copies, but what is of use in part has no cross."""
    if one.wish is not None and not one.is_whole:
        return "warning", "warn", one.state
    return mark_of_set(one.summary)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == SIZE else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class FoundTable(QTableView):
    """One copy can be chosen; those of no use can't."""

    def __init__(self) -> None:
        super().__init__()
        self.found = Found(self)
        self.setModel(self.found)
        self.setProperty("rx", "card")
        self.setAccessibleName(_("Copies found"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(32)
        self.setMinimumHeight(_LEAST_HIGH)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setMinimumSectionSize(36)
        for column in range(self.found.columnCount()):
            stretches = column == NAMES
            mode = QHeaderView.ResizeMode.Stretch if stretches else QHeaderView.ResizeMode.Fixed
            head.setSectionResizeMode(column, mode)
        self._fit()

    @property
    def wish(self) -> Wish | None:
        """What is chosen; None: nothing."""
        rows = self.selectionModel().selectedRows()
        return self.found.wish(rows[0].row()) if rows else None

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the kind is told in the tip alone, so that names and reasons are read whole."""
        super().resizeEvent(event)
        self._fit()

    @guarded
    def _fit(self) -> None:
        narrow = self.width() < _NARROW
        self.setColumnHidden(KIND, narrow)
        for column, width in _WIDTHS_NARROW.items() if narrow else _WIDTHS.items():
            self.horizontalHeader().resizeSection(column, width)
