"""One card for each database: until when it is protected, how that is proven, how it grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from qtpy.QtCore import QEvent, Qt, Signal
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from ..base.records import Problem, Severity, Tick
from ..base.texts import _, schedule_title
from ..base.watching import DatabaseHealth, Occurrence
from . import telling, words
from .guard import guarded
from .rows_table import plain_tip
from .strip_days import DayStrip
from .summary_facts import Overview

COLUMNS = 3
_MONTH = 30
_STEADY_PERCENT = 0.5
_COMING = 5
_NEAR_DAYS = 6
"""Of what is longer ago the time of the day says nothing."""
_UNTESTED = frozenset({"health.untested", "health.drill_overdue"})
_UNSTARTED = frozenset({"health.not_installed", "schedule.no_scheduler", "health.no_schedule"})
_UNSEEN = frozenset({"root.vanished", "catalog.unreadable"})
"""With one of these nobody knows which copies there are: that none is seen says nothing of what there was."""
_CHIPS = {
    "health.live_missing": ("danger", "cross"),
    "health.live_dropped": ("danger", "cross"),
    "health.live_damaged": ("danger", "cross"),
    "health.live_ailing": ("danger", "cross"),
    "health.drill_failed": ("danger", "cross"),
    "health.latest_failed": ("warn", "warning"),
}


class Elided(QLabel):
    """One line that is cut with an ellipsis where there is no room for it; the whole of it in the tip."""

    def __init__(self, rx: str = "") -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if rx:
            self.setProperty("rx", rx)

    def tell(self, text: str) -> None:
        """Show this."""
        self._whole = text
        self._cut()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._cut()

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Cut anew in another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._cut()

    def _cut(self) -> None:
        told = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, max(self.width(), 24))
        if told != self.text():
            self.setText(told)
        self.setToolTip(plain_tip(self._whole) if told != self._whole else "")


class DatabaseCard(QFrame):
    """How one database stands."""

    day_wanted = Signal(object)
    schedule_wanted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.setProperty("rx", "card")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._title = Elided("h2")
        self._title.tell(name)
        self.chip = words.Chip()
        self.until = words.label("–", "num")
        self.age = words.label("", "muted")
        self.strip = DayStrip()
        self.strip.opened.connect(self._on_day)
        self._warning = words.icon_label("warning", "warn", 16)
        self._warning.hide()
        self.tested, self.takes, self.next, self.content = (words.label("–") for _number in range(4))
        self.growth = words.label("", "meta")
        self.schedule = words.button(_("Schedule them"), "link", tip=_("Have the system start the copies by itself"))
        self.schedule.clicked.connect(self.schedule_wanted)
        self.schedule.hide()
        self._fill()

    def _fill(self) -> None:
        head = words.row(words.icon_label("database", "text2", 20), (self._title, 1), self.chip, gap=8)
        until = words.row(self.until, ..., words.column(..., self.age, 3, gap=0), gap=8)
        pairs = (
            (_("Proven by a restore"), (self._warning, self.tested)),
            (_("Takes to restore"), (self.takes,)),
            (_("Next copy"), (self.next, self.schedule)),
            (_("Size"), (self.growth, self.content)),
        )
        rows = [_pair(label, *values) for label, values in pairs]
        words.column(
            head, 4, words.label(_("Protected until"), "meta"), until, 4, self.strip, 6, words.line(), 2, *rows, ...,
            gap=4, margins=(16, 13, 16, 12), parent=self,
        )  # fmt: skip

    def tell(self, overview: Overview) -> None:
        """Show how it stands."""
        one = overview.health.databases[self.name]
        at = overview.health.at
        unseen = is_unseen(overview.health.alarms) and one.protected_until is None
        until = telling.when(one.protected_until, at) if one.protected_until is not None else _("no copy")
        if unseen:
            until = _("not known now")
        self.until.setText(until)
        self.until.setToolTip(telling.exact(one.protected_until))
        words.set_tone(self.until, "" if one.protected_until is not None else "danger")
        self.age.setText(telling.age(one.age_s) if one.age_s is not None else "")
        words.set_tone(self.age, "danger" if one.because.code == "health.too_old" else "")
        tone, icon, word = chip_of(one, overview.health.alarms)
        self.chip.tell(word, tone, icon)
        words.set_tone(self, tone if tone == "danger" else "")
        self.strip.tell(self.name, overview.days.get(self.name, ()))
        self._tell_test(one, overview)
        self._tell_next(overview)
        self.content.setText(telling.size(one.size_bytes) if one.size_bytes else "–")
        self.growth.setText(growth(one))
        told = _("{name}, {state}, protected until {when}")
        self.setAccessibleName(told.format(name=self.name, state=word, when=until))

    def _tell_test(self, one: DatabaseHealth, overview: Overview) -> None:
        overdue = any(
            alarm.code in _UNTESTED and alarm.severity is Severity.WARNING and self.name in _names(alarm)
            for alarm in overview.health.alarms
        )
        unseen = is_unseen(overview.health.alarms)
        if one.restored_at is None:
            told = _("not known now") if unseen else _("never")
        elif overdue:
            told = telling.age((overview.health.at - one.restored_at).total_seconds())
        elif overview.health.at - one.restored_at > timedelta(days=_NEAR_DAYS):
            told = telling.day(one.restored_at.astimezone().date(), overview.health.at.astimezone().date())
        else:
            told = telling.when(one.restored_at, overview.health.at)
        self.tested.setText(told)
        self.tested.setToolTip(telling.exact(one.restored_at))
        words.set_rx(self.tested, "strong" if overdue else "")
        words.set_tone(self.tested, "warn" if overdue else "")
        self._warning.setVisible(overdue)
        takes = _("not known now") if unseen else _("not measured")
        self.takes.setText(telling.span(one.restore_s) if one.restore_s is not None else takes)

    def _tell_next(self, overview: Overview) -> None:
        coming = overview.coming[0] if overview.starts and overview.coming else None
        self.next.setText(telling.when(coming.at, overview.health.at) if coming is not None else _("Not scheduled"))
        self.next.setToolTip(telling.exact(coming.at) if coming is not None else "")
        warns = any(one.code in _UNSTARTED and one.severity is Severity.WARNING for one in overview.health.alarms)
        words.set_tone(self.next, "warn" if coming is None and warns else "")
        self.schedule.setVisible(coming is None and overview.can_start)

    @guarded
    def _on_day(self, which: date) -> None:
        self.day_wanted.emit(which)


def is_unseen(alarms: Sequence[Problem]) -> bool:
    """Whether the folder of the copies can't be looked into, or is not there."""
    return any(one.code in _UNSEEN for one in alarms)


def chip_of(one: DatabaseHealth, alarms: Sequence[Problem]) -> tuple[str, str, str]:
    """Tone, icon and word of a database's state; the depth is that of the copy that protects it."""
    mine = {alarm.code for alarm in alarms if alarm.severity is not Severity.INFO and one.name in _names(alarm)}
    states = {
        "health.live_missing": _("Not there"),
        "health.live_dropped": _("Not there"),
        "health.live_damaged": _("Damaged"),
        "health.live_ailing": _("Damaged"),
        "health.drill_failed": _("Test failed"),
        "health.latest_failed": _("A copy failed"),
    }
    for code in (one.because.code, *states):
        if code in states and (code in mine or code == one.because.code):
            return (*_CHIPS[code], states[code])
    if one.protected_until is None and is_unseen(alarms):
        return ("danger", "shield-alert", _("Copies not seen"))
    if not one.ok:
        word = _("No copy") if one.protected_until is None else _("Not protected")
        return ("danger", "shield-alert", word)
    if mine & _UNTESTED:
        return ("warn", "warning", _("Not tested"))
    depths = {
        Tick.RESTORED: ("ok", "tick-triple", _("Tested")),
        Tick.ENGINE: ("ok", "tick-double", _("Checked")),
        Tick.CONTENT: ("ok", "tick", _("Checked")),
    }
    return depths.get(one.deepest, ("", "dash", _("Not checked")))


def growth(one: DatabaseHealth) -> str:
    """How it grows: ``+3 % al mes``; nothing where that is not known or not worth telling."""
    if one.growth_bytes_per_day is None or not one.size_bytes:
        return ""
    percent = 100 * one.growth_bytes_per_day * _MONTH / one.size_bytes
    if abs(percent) < _STEADY_PERCENT:
        return _("steady")
    sign = "+" if percent > 0 else "−"
    told = f"{sign}{round(abs(percent))}" if abs(percent) < 1000 else f"{sign}1000"
    return _("{percent} % a month").format(percent=told)


def _names(alarm: Problem) -> tuple[str, ...]:
    return tuple(str(alarm.values.get("database", "")).split(", "))


def _pair(label: str, *values: QWidget) -> QHBoxLayout:
    return words.row(words.label(label, "muted"), ..., *values, gap=6)


class Coming(QFrame):
    """The next due copies, where there is room for them: beside the card of the only database."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "card")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(_("Next copies"))
        self._rows = words.column(gap=8)
        words.column(
            words.label(_("Next copies"), "h2"), 6, self._rows, ..., gap=4, margins=(16, 13, 16, 12), parent=self
        )

    def tell(self, coming: Sequence[Occurrence], overview: Overview) -> None:
        """Show these."""
        words.clear(self._rows)
        shown = coming[:_COMING] if overview.starts else ()
        if not shown:
            self._rows.addWidget(words.label(_("Not scheduled"), "muted"))
        for one in shown:
            instant = words.label(telling.when(one.at, overview.health.at))
            instant.setToolTip(telling.exact(one.at))
            name = Elided("muted")
            name.tell(schedule_title(one.schedule))
            self._rows.addLayout(words.row(instant, (name, 1), gap=12))


class Cards(QWidget):
    """All databases: three in a row; one alone takes two thirds, beside what comes next."""

    day_wanted = Signal(object)
    schedule_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(16)
        self._coming: Coming | None = None
        self.cards: dict[str, DatabaseCard] = {}

    def tell(self, overview: Overview) -> None:
        """Show these; cards stay as long as the databases do."""
        names = tuple(overview.health.databases)
        if names != tuple(self.cards):
            self._lay_out(names)
        for one in self.cards.values():
            one.tell(overview)
        if self._coming is not None:
            self._coming.tell(overview.coming, overview)

    def allow(self, *, schedule: bool) -> None:
        """Whether the person may have the system run the schedules."""
        for one in self.cards.values():
            one.schedule.setEnabled(schedule)

    def buttons(self) -> tuple[QPushButton, ...]:
        """The buttons that schedule, one a card."""
        return tuple(one.schedule for one in self.cards.values())

    def _lay_out(self, names: tuple[str, ...]) -> None:
        words.clear(self._grid)
        self.cards = {name: DatabaseCard(name) for name in names}
        self._coming = Coming() if len(names) == 1 else None
        for number, one in enumerate(self.cards.values()):
            one.day_wanted.connect(self.day_wanted)
            one.schedule_wanted.connect(self.schedule_wanted)
            wide = 2 if self._coming is not None else 1
            self._grid.addWidget(one, number // COLUMNS, number % COLUMNS, 1, wide)
        if self._coming is not None:
            self._grid.addWidget(self._coming, 0, 2)
        columns = COLUMNS if len(names) != 2 else 2
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
