"""How far each database is: name, phase, bar, bytes and time."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QFontMetrics, QResizeEvent
from qtpy.QtWidgets import QLabel, QProgressBar, QSizePolicy, QWidget

from ..base.texts import _
from . import words, work_words
from .guard import guarded
from .rows_table import plain_tip
from .work import Part
from .work_causes import Cause

SHOWN = 3
"""Databases that have room side by side."""
FINE = 1000
"""Steps of a bar."""
_LEAST = 60
"""With less room a path says nothing."""
_SPOKEN = 10
"""A bar speaks at every so many percent."""
_TONES = {"failed": "danger", "untested": "warn"}
"""Of databases with which all is not well."""


class Elided(QLabel):
    """Plain text that ends in … where there is no room; the whole is its tip."""

    def __init__(self, rx: str = "") -> None:
        super().__init__()
        self._whole, self._tip, self._shorter, self._place = "", "", "", ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if rx:
            self.setProperty("rx", rx)

    def tell(self, text: str, tip: str = "", shorter: str = "", place: str = "") -> None:
        """Show another text, with a longer one as its tip, and what is shown instead where it does not fit.

        ``place`` is a path to be told after ``shorter`` as far as there is room: its end is what one knows it by.
        """
        if (text, tip, shorter, place) != (self._whole, self._tip, self._shorter, self._place):
            self._whole, self._tip, self._shorter, self._place = text, tip, shorter, place
            self.setAccessibleName(tip or text)
            self._fit()

    def whole(self) -> str:
        """The text as it was given."""
        return self._whole

    def sizeHint(self) -> QSize:
        """Room for all of it."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._whole) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """It can do with little."""
        return QSize(24, self.fontMetrics().height())

    @guarded
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fit it in again."""
        if event is not None:
            super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, room = self.fontMetrics(), max(self.width(), 1)
        told = self._whole
        if self._shorter and metrics.horizontalAdvance(self._whole) > room:
            told = self._with_place(metrics, room)
        shown = metrics.elidedText(told, Qt.TextElideMode.ElideRight, room)
        if shown != self.text():
            self.setText(shown)
        tip = self._tip or (self._whole if shown != self._whole else "")
        if plain_tip(tip) != self.toolTip():
            self.setToolTip(plain_tip(tip))

    def _with_place(self, metrics: QFontMetrics, room: int) -> str:
        """The shorter text, and of the path what there is room for: its middle goes first."""
        left = room - metrics.horizontalAdvance(f"{self._shorter}: ")
        if not self._place or left < _LEAST:
            return self._shorter
        place = metrics.elidedText(self._place, Qt.TextElideMode.ElideMiddle, left)
        return f"{self._shorter}: {place}"


def bar(rx: str = "") -> QProgressBar:
    """A thin bar without words."""
    made = QProgressBar()
    made.setRange(0, FINE)
    made.setTextVisible(False)
    made.setFixedHeight(3 if rx else 6)
    if rx:
        made.setProperty("rx", rx)
    return made


class WorkRow(QWidget):
    """One database of running work."""

    def __init__(self) -> None:
        super().__init__()
        self.name = Elided("strong")
        self.phase = words.label(rx="meta")
        self.bar = bar()
        self.amount = Elided("meta")
        self.time = words.label(rx="meta")
        self._spoken = ("", -1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        words.column(
            ...,
            words.row((self.name, 1), self.phase),
            self.bar,
            words.row((self.amount, 1), self.time),
            ...,
            gap=5,
            parent=self,
        )

    def tell(self, part: Part, verb: str, failed: Cause | None = None) -> None:
        """Show how far it is; ``failed`` is why there is no copy."""
        phase = _("Failed") if failed else work_words.phase(part, verb)
        tone = "danger" if failed else _TONES.get(part.phase, "ok" if part.fraction >= 1 and part.phase else "")
        self.name.tell(work_words.name(part))
        self.phase.setText(phase)
        words.set_tone(self.phase, tone)
        words.set_tone(self.bar, tone)
        self.bar.setValue(FINE if failed else round(part.fraction * FINE))
        if failed is not None:
            self.amount.tell(failed.whole, failed.whole, failed.short, failed.place)
        else:
            self.amount.tell(work_words.amount(part), "", work_words.much(part))
        self.time.setText("" if failed else work_words.time_of(part))
        lay = self.layout()
        if lay is not None:
            lay.activate()  # now: until the next turn longer words would be drawn in the room of shorter ones
        self._speak(phase, part)

    def _speak(self, phase: str, part: Part) -> None:
        """Tell those who hear the screen, at every tenth."""
        percent = int(part.fraction * 100) // _SPOKEN * _SPOKEN
        if (phase, percent) != self._spoken:
            self._spoken = (phase, percent)
            told = _("{name}: {phase}, {percent} %").format(name=work_words.name(part), phase=phase, percent=percent)
            self.bar.setAccessibleName(told)
            self.setAccessibleName(told)


def busiest(parts: Sequence[Part], most: int = SHOWN) -> tuple[Part, ...]:
    """Those worth showing where there is no room for all, in their order: under way first, then ended, then waiting."""

    def rank(part: Part) -> int:
        if part.phase and not part.ended:
            return 0
        return 1 if part.phase in _TONES else 2 if part.ended else 3

    chosen = sorted(range(len(parts)), key=lambda number: (rank(parts[number]), number))[:most]
    return tuple(parts[number] for number in sorted(chosen))
