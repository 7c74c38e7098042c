"""The table of the steps of a restore, before and while they run."""

from __future__ import annotations

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from ..base.texts import _
from . import restore_words, telling, theme
from .guard import guarded
from .restore_steps import Course, Row, State
from .rows_table import plain_tip

Index = QModelIndex | QPersistentModelIndex
STEP, FILE, SIZE, TIME = range(4)
_ICONS = {
    State.WAITS: ("dash", "text3"),
    State.RUNS: ("play", "accent"),
    State.DONE: ("tick", "ok"),
    State.FAILED: ("cross", "danger"),
}
_HIGH, _HEAD = 32, 35


class Steps(QAbstractTableModel):
    """Rows of a plan, and how far each is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self.course: Course | None = None
        self._taken: dict[int, float] = {}

    def show_plan(self, rows: tuple[Row, ...]) -> None:
        """Show what would be done."""
        self.beginResetModel()
        self.rows, self.course = rows, None
        self.endResetModel()

    def follow(self, course: Course) -> None:
        """Show how far it is from now on."""
        self.beginResetModel()
        self.rows, self.course = course.rows, course
        self.endResetModel()

    def moved(self) -> None:
        """It is further."""
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, TIME))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        """How many steps."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        """Step, file, size, time."""
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Names of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role == Qt.ItemDataRole.DisplayRole:
            last = _("Progress") if self.course is not None else _("Time needed")
            return (_("Step"), _("File"), _("Size"), last)[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell shows, and says."""
        row, column = self.rows[index.row()], index.column()
        state = self.state(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), row, column, state)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(row.place if column == FILE else row.words if column == STEP else "")
        if column == STEP and role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.words}, {state_words(state)}" if state is not None else row.words
        if column == STEP and role == Qt.ItemDataRole.DecorationRole and state is not None:
            return theme.current().icon(*_ICONS[state], 18)
        return None

    def state(self, number: int) -> State | None:
        """How far a step is; None while nothing runs."""
        return self.course.states[number] if self.course is not None else None

    def fraction(self, number: int) -> float:
        """How much of a step is done."""
        return self.course.fractions[number] if self.course is not None else 0.0

    def _text(self, number: int, row: Row, column: int, state: State | None) -> str:
        if column == STEP:
            return row.words if state is not None else f"{number + 1}\u2003{row.words}"
        if column == FILE:
            return row.file
        if column == SIZE:
            return telling.size(row.bytes) if row.bytes else ""
        if state is None:
            return restore_words.about(row.seconds) if row.seconds >= 1 else _("< 1 s").replace(" ", "\u00a0")
        return "" if state is State.RUNS and self.fraction(number) else state_words(state)


def state_words(state: State | None) -> str:
    """How far a step is, in a word."""
    told = {
        State.WAITS: _("waits"),
        State.RUNS: _("running"),
        State.DONE: _("step done"),
        State.FAILED: _("not done"),
    }
    return told[state] if state is not None else ""


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in (SIZE, TIME) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class _Bars(QStyledItemDelegate):
    """A bar where a step runs; names of files lose their middle first."""

    @guarded
    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """What is left out where there is no room."""
        super().initStyleOption(option, index)
        if index.column() == FILE:
            option.textElideMode = Qt.TextElideMode.ElideMiddle

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell, and the bar in it."""
        super().paint(painter, option, index)
        model = index.model()
        if not isinstance(model, Steps) or index.column() != TIME or model.state(index.row()) is not State.RUNS:
            return
        share = model.fraction(index.row())
        if not share:
            return
        colours = theme.current()
        track = QRectF(option.rect.x() + 12, option.rect.center().y() - 2, option.rect.width() - 24, 6)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.color("sunken"))
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(colours.color("accent"))
        painter.drawRoundedRect(QRectF(track.x(), track.y(), max(track.width() * share, 6), 6), 3, 3)
        painter.restore()


class StepsView(QTableView):
    """As high as its rows; nothing in it can be changed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.steps = Steps(self)
        self.setModel(self.steps)
        self.setProperty("rx", "card")
        self.setAccessibleName(name)
        self.setItemDelegate(_Bars(self))
        self.setIconSize(QSize(18, 18))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        upright, head = self.verticalHeader(), self.horizontalHeader()
        upright.setVisible(False)
        upright.setMinimumSectionSize(20)
        upright.setDefaultSectionSize(_HIGH)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setSectionResizeMode(STEP, QHeaderView.ResizeMode.Stretch)
        for column, width in ((FILE, 252), (SIZE, 84), (TIME, 96)):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(column, width)
        self.steps.modelReset.connect(self._fit)
        self._fit()

    @guarded
    def _fit(self) -> None:
        self.setFixedHeight(_HEAD + max(self.steps.rowCount(), 1) * _HIGH)
