"""The bar above the log: live or audit, what is looked for, of which day, level and base."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from qtpy import API_NAME, QT_VERSION
from qtpy.QtCore import QSignalBlocker, QTimer, Signal
from qtpy.QtWidgets import QButtonGroup, QComboBox, QLineEdit, QSizePolicy, QWidget

from .. import __version__
from ..base.saying import N_
from ..base.texts import _
from . import theme, words
from .guard import guarded
from .log_audit import Deed
from .log_lines import LEVELS, Entry
from .sets_rows import folded
from .telling import long_day

_PAUSE_MS = 120
_LEVEL_WORDS = (
    ("debug", N_("All levels")),
    ("info", N_("Without details")),
    ("warning", N_("Warnings and failures")),
    ("error", N_("Failures only")),
)
_SET_DAY = 8
"""Digits of a set's name that are its day."""


class LogBar(QWidget):
    """The bar itself."""

    wanted = Signal()
    """Other lines are looked for among those that there are."""
    mode_chosen = Signal()
    day_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.chosen_day: date | None = None
        """None: the newest, as they come."""
        self.to_live, self.to_audit = words.button(_("Live"), "seg"), words.button(_("Audit"), "seg")
        self._modes = QButtonGroup(self)
        for one in (self.to_live, self.to_audit):
            one.setCheckable(True)
            self._modes.addButton(one)
        self.to_live.setChecked(True)
        self._make_search()
        self.day, self.level, self.base = _choice(_("Day")), _choice(_("Level")), _choice(_("Base"))
        self.day.addItem(_("The newest"), None)
        for level, told in _LEVEL_WORDS:
            self.level.addItem(_(told), level)
        self.base.addItem(_("All bases"), "")
        self.support = words.button(_("Copy for support"), icon="copy")
        modes, choices = words.row(self.to_live, self.to_audit, gap=6), (self.day, self.level, self.base)
        words.row(modes, 8, (self.search, 99), *choices, ..., self.support, gap=8, parent=self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self.wanted)
        self.search.textChanged.connect(self._on_text)
        self.level.currentIndexChanged.connect(self._on_choice)
        self.base.currentIndexChanged.connect(self._on_choice)
        self.day.currentIndexChanged.connect(self._on_day)
        self._modes.buttonClicked.connect(self._on_mode)

    def _make_search(self) -> None:
        self.search = words.named(QLineEdit(), _("Search the log"))
        self.search.setPlaceholderText(_("Search the log"))
        self.search.setClearButtonEnabled(True)
        self.search.setProperty("lead", True)
        self.search.setMaximumWidth(260)
        self.search.setMinimumWidth(96)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lens = words.lens(self.search)

    @property
    def is_audit(self) -> bool:
        """Whether the trail is shown."""
        return self.to_audit.isChecked()

    def show_mode(self) -> None:
        """What only the log can be filtered by is there with the log alone."""
        for one in (self.base, self.day):
            one.setVisible(not self.is_audit)

    def redraw(self) -> None:
        """Draw the lens in the present theme."""
        self._lens.setIcon(theme.current().icon("search", "text3", 16))

    def look_for(self, text: str) -> None:
        """Look for a text in the log; the name of an earlier set means the log of its day."""
        self.to_live.setChecked(True)
        with QSignalBlocker(self.level), QSignalBlocker(self.base), QSignalBlocker(self.search):
            self.level.setCurrentIndex(0)
            self.base.setCurrentIndex(0)
            self.search.setText(text)
        self._choose_day(_day_in(text))

    def offer_bases(self, names: Sequence[str]) -> None:
        """Let one choose among these bases."""
        if [self.base.itemData(number) for number in range(1, self.base.count())] == list(names):
            return
        with QSignalBlocker(self.base):
            while self.base.count() > 1:
                self.base.removeItem(1)
            for name in names:
                self.base.addItem(name, name)

    def offer_days(self, days: Sequence[date]) -> None:
        """Let one choose among these days."""
        with QSignalBlocker(self.day):
            while self.day.count() > 1:
                self.day.removeItem(1)
            for day in days:
                self.day.addItem(long_day(day), day.isoformat())
        self._choose_day(self.chosen_day)

    def test(self) -> Callable[[Any], bool] | None:
        """What says of a line whether it is shown; None: all are."""
        least = LEVELS.index(str(self.level.currentData()))
        base, parts = str(self.base.currentData() or ""), folded(self.search.text()).split()
        wanted = frozenset(LEVELS[least:])
        by_base = bool(base) and not self.is_audit
        if not parts and not by_base and not least:
            return None

        def test(row: Entry | Deed) -> bool:
            if row.level not in wanted or (by_base and base not in getattr(row, "bases", ())):
                return False
            return all(part in row.text for part in parts)

        return test

    def _choose_day(self, day: date | None) -> None:
        self.chosen_day = day
        with QSignalBlocker(self.day):
            at = self.day.findData(day.isoformat()) if day is not None else 0
            if day is not None and at < 0:
                self.day.addItem(long_day(day), day.isoformat())
                at = self.day.count() - 1
            self.day.setCurrentIndex(at)

    @guarded
    def _on_text(self) -> None:
        self._later.start()

    @guarded
    def _on_choice(self) -> None:
        self._later.stop()
        self.wanted.emit()

    @guarded
    def _on_day(self) -> None:
        day = self.day.currentData()
        self.chosen_day = date.fromisoformat(day) if day else None
        self.day_chosen.emit()

    @guarded
    def _on_mode(self) -> None:
        self.show_mode()
        self.mode_chosen.emit()


def about_here() -> list[str]:
    """What support asks for first."""
    return [
        f"Rexus Backups {__version__}",
        f"{platform.platform()}; Python {platform.python_version()}; {API_NAME} {QT_VERSION}",
        f"{datetime.now(UTC).astimezone().isoformat(timespec='seconds')}",
        "",
    ]


def _choice(name: str) -> QComboBox:
    made = words.named(QComboBox(), name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return made


def _day_in(text: str) -> date | None:
    """The day of a set by its name, if it is not today's; else None."""
    if len(text) < _SET_DAY or not text[:_SET_DAY].isdigit():
        return None
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    return day if day != datetime.now(UTC).astimezone().date() else None
