"""What retention would decide, as a list: what goes, what stays, and why."""

from __future__ import annotations

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from qtpy.QtGui import QFontMetrics, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ..base.records import Action, Decision
from ..base.texts import _
from ..base.watching import PrunePlan
from ..config.document import Value
from . import telling, theme
from .guard import guarded
from .rows_table import plain_tip

Index = QModelIndex | QPersistentModelIndex
ROW = 28
NARROW = 350
_MARKS = {Action.DELETE: ("trash", "danger"), Action.REFUSE: ("warning", "warn")}
_PIN = ("pin", "accent")
_STAYS = ("tick", "ok")


class KeptModel(QAbstractTableModel):
    """A row for each set, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = PrunePlan()
        self.rows: tuple[Decision, ...] = ()

    def put(self, plan: PrunePlan, *, every: bool) -> None:
        """Show a plan: all of it, or only what goes."""
        self.beginResetModel()
        self.plan = plan
        self.rows = tuple(one for one in plan.decisions if every or one.action is not Action.KEEP)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See `QAbstractTableModel`."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See `QAbstractTableModel`."""
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Value:
        """See `QAbstractTableModel`."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (_("Backup"), _("Size"), _("Why"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Value:  # noqa: PLR0911  one answer each
        """See `QAbstractTableModel`."""
        if not index.isValid():
            return None
        one, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (when(one), telling.size(one.bytes), why(one))[column]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return theme.current().icon(*_mark(one), 16)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(one.set if column == 0 else telling.reason(one.because))
        if role == Qt.ItemDataRole.AccessibleTextRole and column == 0:
            words = {Action.DELETE: _("{when}, goes"), Action.REFUSE: _("{when}, waits")}
            return words.get(one.action, _("{when}, stays")).format(when=when(one))
        return None


def when(one: Decision) -> str:
    """When its set was begun."""
    return telling.when_of_set(one.set)


def why(one: Decision) -> str:
    """Why it goes or stays, short."""
    if one.because.code == "prune.expired":
        return _("No rule keeps it")
    told = telling.reason(one.because)
    return told[:1].upper() + told[1:]


def _mark(one: Decision) -> tuple[str, str]:
    return _PIN if one.rule == "pinned" and one.action is Action.KEEP else _MARKS.get(one.action, _STAYS)


class KeptTable(QTableView):
    """The list, inside a card."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = KeptModel()
        self.setModel(self.kept)
        self.setProperty("rx", "flush")
        self.setAccessibleName(_("What would be deleted, and why"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(ROW * 6)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the reason needs it most."""
        super().resizeEvent(event)
        self.setColumnHidden(1, self.width() < NARROW)

    def fit(self) -> None:
        """Columns as wide as their usual texts."""
        metrics = QFontMetrics(self.font())
        self.setColumnWidth(0, metrics.horizontalAdvance("28 nov 2026, 00:00") + 44)
        self.setColumnWidth(1, metrics.horizontalAdvance("888 MB") + 20)
