"""The copies that a folder holds, as a table: how good each is, of when, of what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from qtpy.QtWidgets import QWidget

from ..base.records import Origin, SetStatus, Tick
from ..base.texts import _
from . import telling, theme
from .rows_table import plain_tip
from .sets_rows import sentence_case

if TYPE_CHECKING:
    from ..catalog.index import SetSummary

Index = QModelIndex | QPersistentModelIndex
TICK, DATE, KIND, NAMES, SIZE, STATE = range(6)


class Found(QAbstractTableModel):
    """Read once; nothing in it can be changed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sets: Sequence[SetSummary] = ()

    def show_sets(self, sets: Sequence[SetSummary]) -> None:
        """Show these, the newest first."""
        self.beginResetModel()
        self._sets = sets
        self.endResetModel()

    def name(self, row: int) -> str:
        """The set of a row."""
        return self._sets[row].set

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        """How many copies."""
        return 0 if parent.isValid() else len(self._sets)

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

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell shows, and says."""
        one, column = self._sets[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(one, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(one, column))
        return self._look(one, column, role)

    @staticmethod
    def _look(one: SetSummary, column: int, role: int) -> object:
        if column == TICK and role == Qt.ItemDataRole.DecorationRole:
            return theme.current().icon(*telling.tick_icon(tick_of(one)), 20)
        if column == TICK and role == Qt.ItemDataRole.AccessibleTextRole:
            return telling.tick_words(tick_of(one))
        if column == STATE and role == Qt.ItemDataRole.ForegroundRole and one.status is not SetStatus.COMPLETED:
            return theme.current().color("danger_text")
        return None

    def _text(self, one: SetSummary, column: int) -> str:
        if column == DATE:
            return telling.when(datetime.fromisoformat(one.timestamp), datetime.now(UTC))
        if column == KIND:
            safety = one.origin is Origin.SAFETY
            return sentence_case(telling.origin_words(one.origin) if safety else telling.kind_words(one.kind))
        if column == NAMES:
            return ", ".join(one.databases)
        if column == SIZE:
            return telling.size(one.stored_bytes)
        return sentence_case(telling.status_words(one.status)) if column == STATE else ""

    def _tip(self, one: SetSummary, column: int) -> str:
        if column == TICK:
            return telling.tick_words(tick_of(one))
        return telling.exact(datetime.fromisoformat(one.timestamp)) if column == DATE else self._text(one, column)


def tick_of(one: SetSummary) -> Tick:
    """The tick of a set; one that did not complete has a cross, whatever parts of it are good."""
    return one.tick if one.status is SetStatus.COMPLETED else Tick.FAILED


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == SIZE else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
