"""The charts of the summary as cards: a title, the newest value and what it means, the picture."""

from __future__ import annotations

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QPainter, QPaintEvent, QPixmap
from qtpy.QtWidgets import QFrame, QSizePolicy, QWidget

from ..base.texts import _
from . import theme, words
from .canvas import library
from .chart_data import Picture
from .guard import guarded
from .rows_table import plain_tip
from .summary_cards import Elided

__all__ = ["ChartCard", "Plot", "library"]
_LEAST_HIGH = 80


class ChartCard(QFrame):
    """A title, the newest value and what it means, the chart."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "card")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.title = Elided("strong")
        self.value = words.label("", "muted")
        self.plot = Plot()
        self.nothing = words.label(_("Seen once there are more copies"), "meta")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head = words.row((self.title, 1), self.value, gap=8)
        words.column(head, (self.plot, 1), (self.nothing, 1), gap=4, margins=(16, 11, 14, 6), parent=self)
        self.nothing.hide()

    def tell(self, picture: Picture) -> None:
        """Show this."""
        self.title.tell(picture.title)
        self.value.setText(picture.value)
        words.set_rx(self.value, "strong" if picture.tone else "muted")
        words.set_tone(self.value, picture.tone)
        self.setToolTip(plain_tip(picture.tip))
        self.setAccessibleName(f"{picture.title}: {picture.value}" if picture.value else picture.title)
        self.plot.setVisible(not picture.is_empty)
        self.nothing.setVisible(picture.is_empty)
        self.plot.tell(picture)


class Plot(QWidget):
    """Shows a picture that is drawn when it is first looked at, and again when data, size or theme change."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self._drawn: tuple[object, ...] = ()
        self._pixmap = QPixmap()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._draw)
        self.setMinimumHeight(_LEAST_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        library().ready.connect(self._on_ready)

    @property
    def is_drawn(self) -> bool:
        """Whether what was told is on the screen."""
        return self._drawn == self._wanted()

    def tell(self, picture: Picture) -> None:
        """Draw this as soon as that is possible."""
        self._picture = picture
        self.update()

    def retheme(self) -> None:
        """Draw in the present theme."""
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Show what there is; have it drawn anew where that is out of date."""
        if not self._pixmap.isNull():
            QPainter(self).drawPixmap(self.rect(), self._pixmap)
        if not self.is_drawn and not self._timer.isActive():
            self._timer.start(0)  # a turn of the event loop for each chart, so that nothing else waits for all of them

    def _wanted(self) -> tuple[object, ...]:
        return (self._picture, self.width(), self.height(), self.devicePixelRatioF(), theme.current().name)

    @guarded
    def _on_ready(self) -> None:
        self.update()

    @guarded
    def _draw(self) -> None:
        canvas = library().canvas()
        if canvas is None or self._picture is None or self.is_drawn or self.size().isEmpty():
            return
        self._pixmap = canvas.draw(self._picture, self.size(), self.devicePixelRatioF())
        self._drawn = self._wanted()
        self.update()
