"""Many times a day without writing each: every so many minutes or hours, from when to when."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame

from ..base.rhythm import rhythm_of, times_every
from ..base.texts import _, n_
from . import words
from .guard import guarded
from .settings_clock import time_box
from .settings_fields import CalmCombo, CalmSpin, calm

_MINUTES, _HOURS = 1, 60
_MOST = 720
_USUAL_MIN = 15


class RepeatPanel(QFrame):
    """A small form that fills in times; it keeps nothing itself."""

    filled = Signal(list)
    """The times, ``HH:MM``."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "well")
        self.count = words.named(calm(CalmSpin()), _("How many minutes or hours apart"))
        self.count.setRange(1, _MOST)
        self.count.setValue(_USUAL_MIN)
        self.count.setFixedWidth(72)
        self.unit = words.named(calm(CalmCombo()), _("Minutes or hours"))
        self.unit.addItem(_("minutes"), _MINUTES)
        self.unit.addItem(_("hours"), _HOURS)
        self.unit.fit()
        self.first, self.last = time_box("00:00", _("Starting at")), time_box("23:59", _("Until"))
        self.button = words.button(_("Fill in"))
        self.button.clicked.connect(self._on_fill)
        self.told = words.label("", "meta")
        apart = words.row(words.label(_("Every"), "muted"), self.count, self.unit, 6, (self.told, 1), gap=6)
        within = words.row(
            words.label(_("Starting at"), "muted"), self.first, words.label(_("Until"), "muted"), self.last,
            6, self.button, ...,
            gap=6,
        )  # fmt: skip
        words.column(apart, within, gap=6, margins=(10, 8, 10, 8), parent=self)
        for changed in (self.count.valueChanged, self.unit.currentIndexChanged):
            changed.connect(self._on_any)
        for box in (self.first, self.last):
            box.timeChanged.connect(self._on_any)
        self.hide()
        self._on_any()

    @property
    def times(self) -> tuple[str, ...]:
        """What would be filled in; nothing where it ends before it begins."""
        first, last = (one.time().toString("HH:mm") for one in (self.first, self.last))
        return times_every(self.count.value() * int(self.unit.currentData()), first, last)

    def fill(self, times: Sequence[str]) -> None:
        """Begin with the rhythm that these times have, if any."""
        even = rhythm_of(times)
        if even is None:
            return
        unit = _HOURS if even.minutes % _HOURS == 0 else _MINUTES
        self.unit.setCurrentIndex(self.unit.findData(unit))
        self.count.setValue(even.minutes // unit)
        for box, time in ((self.first, even.first), (self.last, even.last)):
            box.setTime(box.time().fromString(time, "HH:mm"))

    @guarded
    def _on_any(self, *_said: object) -> None:
        count = len(self.times)
        self.button.setEnabled(count > 0)
        told = n_("{count} time a day", "{count} times a day", count).format(count=count)
        self.told.setText(told if count else _("It ends before it begins"))
        words.set_tone(self.told, "" if count else "danger")

    @guarded
    def _on_fill(self) -> None:
        self.filled.emit(list(self.times))
        self.hide()
