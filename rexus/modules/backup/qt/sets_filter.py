"""The bar above the table: what is looked for, of which base, kind, state and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from qtpy.QtCore import QSignalBlocker, QTimer, Signal
from qtpy.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QWidget

from ..base.records import BackupKind, SetStatus
from ..base.saying import N_
from ..base.texts import _
from . import theme, words
from .guard import guarded
from .sets_rows import Row, folded
from .telling import long_day

_LEAST_CHOICE = 96
"""Room for a choice where the window is small."""
_PAUSE_MS = 120
"""One types on; the table follows once the fingers rest."""
_KINDS = (
    ("no_logs", N_("Without logs")),
    ("", N_("All kinds")),
    ("full", N_("Full ones")),
    ("differential", N_("Differential ones")),
    ("log", N_("Logs")),
)
_STATES = (
    ("", N_("Any state")),
    ("restored", N_("Restored ones")),
    ("checked", N_("Checked ones")),
    ("unchecked", N_("Not checked yet")),
    ("failed", N_("With failures")),
    ("pinned", N_("Pinned ones")),
    ("goes", N_("About to be deleted")),
)
_PERIODS = (
    ("", N_("Any date")),
    ("1", N_("Today")),
    ("7", N_("Last 7 days")),
    ("30", N_("Last 30 days")),
    ("365", N_("Last 12 months")),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; nothing of it: every set that is no log."""

    text: str = ""
    database: str = ""
    kind: str = "no_logs"
    state: str = ""
    days: int = 0
    """So many days back, today included; 0: all."""
    day: date | None = None
    """Of this day alone."""

    @property
    def is_usual(self) -> bool:
        """Whether nothing is asked for but what is shown anyway."""
        return self == Wanted()

    def pick(self, rows: Sequence[Row], now: datetime) -> list[Row]:
        """Those of the rows that are wanted, in their order."""
        found = list(rows)
        for test in self._tests(now):
            found = [row for row in found if test(row)]
        return found

    def _tests(self, now: datetime) -> list[Callable[[Row], bool]]:
        tests: list[Callable[[Row], bool]] = []
        if self.kind == "no_logs":
            tests.append(lambda row: "log" not in row.states)
        elif self.kind:
            kind = BackupKind(self.kind)
            tests.append(lambda row: row.summary.kind is kind)
        if self.database:
            tests.append(self._holds(self.database))
        if self.state:
            tests.append(lambda row: self.state in row.states)
        begin, end = self._between(now)
        if begin is not None:
            tests.append(lambda row: begin <= row.at < end)
        tests += [_says(part) for part in folded(self.text).split()]
        return tests

    @staticmethod
    def _holds(database: str) -> Callable[[Row], bool]:
        def test(row: Row) -> bool:
            held = row.summary.databases.get(database)
            return held is not None and (
                held.status is SetStatus.COMPLETED or row.summary.status is not SetStatus.COMPLETED
            )

        return test

    def _between(self, now: datetime) -> tuple[float | None, float]:
        """Seconds since 1970: from when, until when."""
        if self.day is not None:
            return _midnight(self.day), _midnight(self.day + timedelta(days=1))
        if self.days:
            return _midnight(now.astimezone().date() - timedelta(days=self.days - 1)), float("inf")
        return None, 0.0


def _says(part: str) -> Callable[[Row], bool]:
    return lambda row: part in row.text


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day).astimezone().timestamp()


class SetsFilter(QWidget):
    """The bar itself."""

    wanted = Signal()
    """Something else is looked for."""

    def __init__(self) -> None:
        super().__init__()
        self._day: date | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search backups"))
        self.search.setClearButtonEnabled(True)
        self.search.setProperty("lead", True)
        self.search.setMaximumWidth(260)
        self.search.setMinimumWidth(96)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words.named(self.search, _("Search backups"))
        self._lens = words.lens(self.search)
        self.base = _narrow(words.named(QComboBox(), _("Base")))
        self.base.addItem(_("All bases"), "")
        self.kind = _choice(_("Kind"), _KINDS)
        self.state = _choice(_("State"), _STATES)
        self.period = _choice(_("Date"), _PERIODS)
        words.row((self.search, 99), self.base, self.kind, self.state, self.period, ..., gap=8, parent=self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self._on_choice)
        self.search.textChanged.connect(self._on_text)
        self.search.returnPressed.connect(self._on_choice)
        for one in (self.base, self.kind, self.state):
            one.currentIndexChanged.connect(self._on_choice)
        self.period.currentIndexChanged.connect(self._on_period)

    def now_wanted(self) -> Wanted:
        """What is looked for."""
        return Wanted(
            text=self.search.text(),
            database=str(self.base.currentData() or ""),
            kind=str(self.kind.currentData() or ""),
            state=str(self.state.currentData() or ""),
            days=0 if self._day is not None else int(self.period.currentData() or 0),
            day=self._day,
        )

    def pick(self, rows: Sequence[Row]) -> list[Row]:
        """Those of the rows that are wanted now."""
        return self.now_wanted().pick(rows, datetime.now(UTC))

    def offer(self, databases: tuple[str, ...]) -> None:
        """Let one choose among these bases."""
        told = [str(self.base.itemData(number)) for number in range(1, self.base.count())]
        if told == list(databases):
            return
        chosen = self.base.currentData()
        with QSignalBlocker(self.base):
            self.base.clear()
            self.base.addItem(_("All bases"), "")
            for name in databases:
                self.base.addItem(name, name)
            self.base.setCurrentIndex(max(0, self.base.findData(chosen)))

    def offer_kinds(self, several: bool) -> None:
        """Let one choose among kinds of backups, where there are several."""
        self.kind.setVisible(several)
        if not several and self.kind.currentIndex():
            self.kind.setCurrentIndex(0)

    def lift(self) -> None:
        """Look for nothing in particular."""
        self._set(search="", base=0, kind=0, state=0)
        self.wanted.emit()

    def look_at(self, day: date) -> None:
        """Show the sets of one day."""
        self._set(search="", base=0, kind=0, state=0)
        self._day = day
        with QSignalBlocker(self.period):
            self.period.insertItem(self.period.count(), long_day(day), "day")
            self.period.setCurrentIndex(self.period.count() - 1)
        self.wanted.emit()

    def redraw(self) -> None:
        """Draw the lens in the present theme."""
        self._lens.setIcon(theme.current().icon("search", "text3", 16))

    def _set(self, search: str, **chosen: int) -> None:
        self._forget_day()
        blocked = [QSignalBlocker(one) for one in (self.search, self.base, self.kind, self.state, self.period)]
        self.search.setText(search)
        for name, index in chosen.items():
            getattr(self, name).setCurrentIndex(index)
        self.period.setCurrentIndex(0)
        for one in blocked:
            one.unblock()
        self._later.stop()

    def _forget_day(self) -> None:
        self._day = None
        last = self.period.findData("day")
        if last >= 0:
            with QSignalBlocker(self.period):
                self.period.removeItem(last)

    @guarded
    def _on_text(self) -> None:
        self._later.start()

    @guarded
    def _on_choice(self) -> None:
        self._later.stop()
        self.wanted.emit()

    @guarded
    def _on_period(self) -> None:
        if self.period.currentData() != "day":
            self._forget_day()
        self._on_choice()


def _choice(name: str, options: tuple[tuple[str, str], ...]) -> QComboBox:
    made = words.named(QComboBox(), name)
    for key, told in options:
        made.addItem(_(told), key)
    return _narrow(made)


def _narrow(made: QComboBox) -> QComboBox:
    """As wide as its longest choice, not as there is room."""
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    made.setMinimumWidth(_LEAST_CHOICE)
    return made
