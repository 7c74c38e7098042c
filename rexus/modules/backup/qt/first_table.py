"""The table of the first proof: a row for each database, filled while it is copied and restored."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtWidgets import QGridLayout, QProgressBar, QSizePolicy, QWidget

from ..base.records import BackupKind, Check, DatabaseBackup, Manifest, SetStatus
from ..base.texts import _, n_
from ..base.watching import DrillResult, DrillVerdict
from . import telling, words
from .work import Part, Work

WAITS, RUNS, GOOD, BAD = "waits", "runs", "good", "bad"
_ICONS = {WAITS: ("dash", "text3"), RUNS: ("clock", "accent"), BAD: ("cross", "danger")}
_ROW_HEIGHT = 40


class Cell(QWidget):
    """How far one thing is: an icon and a word, and a bar while it runs."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        self._good = icon
        self.state = WAITS
        self._icon = words.icon_label("", size=20)
        self.text = words.label()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setFixedWidth(120)
        self._bar.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        words.row(self._icon, self.text, self._bar, ..., gap=8, parent=self)
        self.tell(WAITS, "")

    def tell(self, state: str, text: str, fraction: float = 0.0) -> None:
        """Show how far it is."""
        self.state = state
        self._icon.tell(*(_ICONS.get(state) or (self._good, "ok")))
        self._bar.setVisible(state == RUNS)
        self._bar.setValue(round(1000 * fraction))
        self._bar.setAccessibleName(self.accessibleName())
        self.text.setText(text)
        words.set_tone(self.text, "danger" if state == BAD else "")


class ProofTable(QWidget):
    """Databases, their first copy, their restore test, and the rows that were compared."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: dict[str, tuple[Cell, Cell, Cell]] = {}
        self._card = words.card()
        self._grid = QGridLayout(self._card)
        self._grid.setContentsMargins(16, 0, 16, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(0)
        words.column(self._card, parent=self)

    def begin(self, names: Iterable[str]) -> None:
        """Show these databases, with nothing done yet."""
        words.clear(self._grid)
        self._cells = {}
        heads = (_("Database"), _("First copy"), _("Restore test"), _("Rows compared"))
        for column, text in enumerate(heads):
            head = words.label(text, rx="meta")
            head.setFixedHeight(34)
            self._grid.addWidget(head, 0, column)
            self._grid.setColumnStretch(column, (3, 3, 4, 2)[column])
        for number, name in enumerate(names):
            self._grid.addWidget(words.line(), 2 * number + 1, 0, 1, len(heads))
            cells = (Cell("tick"), Cell("tick-triple"), Cell("tick"))
            title = words.label(name)
            title.setMinimumHeight(_ROW_HEIGHT)
            self._grid.addWidget(title, 2 * number + 2, 0)
            for column, (cell, what) in enumerate(zip(cells, heads[1:], strict=True), 1):
                cell.setAccessibleName(f"{name}, {what}")
                self._grid.addWidget(cell, 2 * number + 2, column)
            self._cells[name] = cells

    @property
    def states(self) -> dict[str, tuple[str, ...]]:
        """How far each is, by name."""
        return {name: tuple(cell.state for cell in cells) for name, cells in self._cells.items()}

    def show_backup(self, work: Work) -> None:
        """Show the backup as it is now."""
        manifest = getattr(work.result, "manifest", None)
        for part in work.databases:
            if part.name in self._cells:
                self._run(self._cells[part.name][0], part)
        if isinstance(manifest, Manifest):
            self.show_manifest(manifest)
        elif work.state == "ended":
            for cells in self._cells.values():
                cells[0].tell(BAD, _("Not made"))

    def show_manifest(self, manifest: Manifest) -> None:
        """Show what became of the backup."""
        for name, cells in self._cells.items():
            held = manifest.databases.get(name)
            if held is not None and held.status is SetStatus.COMPLETED and held.kind is BackupKind.FULL:
                cells[0].tell(GOOD, _in_size(held))
            else:
                cells[0].tell(BAD, _("Not made"))

    def show_drill(self, work: Work) -> None:
        """Show the restore test as it is now."""
        for part in work.databases:
            if part.name in self._cells:
                self._run(self._cells[part.name][1], part)
        if isinstance(work.result, DrillResult):
            for verdict in work.result.drills:
                self._judge(verdict)
        elif work.state == "ended":
            for cells in self._cells.values():
                cells[1].tell(BAD, _("Not tested"))

    def _judge(self, verdict: DrillVerdict) -> None:
        cells = self._cells.get(verdict.name)
        if cells is None:
            return
        check = verdict.checks[0] if verdict.checks else None
        if verdict.ok and check is not None:
            cells[1].tell(GOOD, telling.span(check.seconds))
            cells[2].tell(GOOD, telling.count(rows_of(check)))
        elif verdict.ok is None:
            cells[1].tell(BAD, _("Could not be tested"))
        else:
            cells[1].tell(BAD, _("Not restored"))

    @staticmethod
    def _run(cell: Cell, part: Part) -> None:
        if part.phase and cell.state in (WAITS, RUNS):
            cell.tell(RUNS, "", part.fraction)


def rows_of(check: Check) -> int:
    """Rows of all tables that were counted."""
    return sum((check.row_counts or {}).values())


def databases_told(count: int) -> str:
    """``3 bases``."""
    return n_("{count} database", "{count} databases", count).format(count=count)


def _in_size(held: DatabaseBackup) -> str:
    """How long it took, and how big it is."""
    return f"{telling.span(held.seconds)} · {telling.size(held.size_bytes)}"
