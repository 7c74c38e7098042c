"""A question over the page, within the window: the page waits behind a veil, nothing else does."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtGui import QKeyEvent, QPainter, QPaintEvent
from qtpy.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..base.texts import _
from . import theme, words
from .guard import alive, calling, guarded, guarded_or

_EDGE = 24
"""Between the sheet and the edges of the page, at least."""
_VEIL = 215
"""How much of the page the veil covers, of 255."""


_STOPS = (Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus)


def _is_open(one: QWidget, sheet: QWidget) -> bool:
    return one.isVisibleTo(sheet) and one.isEnabled() and one.focusProxy() is None


class Sheet(QWidget):
    """A question in the window itself, over ``parent``: title, `body`, buttons.

    Enter does what `add_main` said, Esc and *Cancelar* nothing; afterwards the keyboard is where it was before.
    """

    cancelled = Signal()
    """Nothing is to be done; the sheet is gone."""

    def __init__(self, parent: QWidget, title: str, width: int = 480) -> None:
        super().__init__(parent)
        self._before = QApplication.focusWidget()
        self._main: QPushButton | None = None
        self._act: Callable[[], object] | None = None
        self.card = words.card()
        self.card.setFixedWidth(width)
        self.title = words.label(title, "h2", wrap=True)
        inner = QWidget()
        self.body: QVBoxLayout = words.column(gap=12, margins=(20, 0, 20, 0), parent=inner)
        self._inner, self._scroll = inner, words.scroll(inner)
        inner.installEventFilter(self)
        self.buttons: QHBoxLayout = words.row(gap=8, margins=(20, 0, 20, 0))
        self.cancel = words.button(_("Cancel"))
        self.cancel.clicked.connect(self.give_up)
        self.buttons.addWidget(self.cancel)
        self.buttons.addStretch(1)
        words.column(
            words.row((self.title, 1), margins=(20, 0, 20, 0)), self._scroll, self.buttons,
            gap=14, margins=(0, 18, 0, 18), parent=self.card,
        )  # fmt: skip
        words.column(..., words.row(..., self.card, ...), ..., gap=0, margins=_EDGE, parent=self)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        parent.installEventFilter(self)

    def add_button(self, text: str, act: Callable[[], object], rx: str = "", icon: str = "") -> QPushButton:
        """A further button, which does not end the sheet."""
        made = words.button(text, rx, icon)
        made.clicked.connect(calling(self, act))
        self.buttons.addWidget(made)
        return made

    def add_main(self, text: str, act: Callable[[], object], rx: str = "primary", icon: str = "") -> QPushButton:
        """The button that does it: the sheet goes, then ``act`` is called. Enter presses it."""
        self._act = act
        self._main = words.button(text, rx, icon)
        self._main.clicked.connect(self.do_it)
        self.buttons.addWidget(self._main)
        return self._main

    @property
    def main(self) -> QPushButton | None:
        """The button that does it."""
        return self._main

    def ask(self, first: QWidget | None = None) -> None:
        """Show it; the keyboard goes to ``first``, or to the button that does nothing."""
        self._cover()
        self.show()
        self.raise_()
        (first or self.cancel).setFocus(Qt.FocusReason.PopupFocusReason)

    def _cover(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
            self._fit()

    def _fit(self) -> None:
        """As high as what is asked needs, scrolled where the page has less room."""
        lay = self._inner.layout()
        if lay is None:
            return
        lay.activate()
        wide = self.card.width() - 2
        around = self.title.heightForWidth(wide - 40) + self.buttons.sizeHint().height() + 64
        room = self.height() - around - 2 * _EDGE
        high = _height(lay, wide)
        if high > room:
            high = _height(lay, wide - self._scroll.verticalScrollBar().sizeHint().width())
        self._inner.setMinimumHeight(high)  # else labels that break their lines ask for the height of a narrow page
        self._scroll.setFixedHeight(max(24, min(high, room)))

    @guarded
    def do_it(self) -> None:
        """Go, and do what the main button says."""
        act = self._act
        if self._main is None or not self._main.isEnabled():
            return
        self._leave()
        if act is not None:
            act()

    @guarded
    def give_up(self) -> None:
        """Go, and do nothing."""
        self._leave()
        self.cancelled.emit()

    def _leave(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            parent.removeEventFilter(self)
        self.hide()
        if self._before is not None and alive(self._before) and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.deleteLater()

    @guarded_or(False)
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Cover the page whatever its size, and be as high as what is asked."""
        if event is not None and event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._cover()
        elif event is not None and event.type() == QEvent.Type.LayoutRequest and watched is self._inner:
            self._fit()
        return False

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = QApplication.focusWidget()
            if isinstance(focused, QPushButton) and self.isAncestorOf(focused):
                focused.click()
            else:
                self.do_it()
        else:
            event.accept()

    @guarded_or(False)
    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes round within the sheet."""
        stops = [one for one in self.findChildren(QWidget) if one.focusPolicy() in _STOPS and _is_open(one, self)]
        stops.sort(
            key=lambda one: (one.mapTo(self, one.rect().center()).y() // 16, one.mapTo(self, one.rect().topLeft()).x())
        )
        focused = QApplication.focusWidget()
        if not stops:
            return False
        at = stops.index(focused) if focused in stops else -1
        stops[(at + (1 if next else -1)) % len(stops)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:
        """The veil: the page shines through, faintly."""
        veil = theme.current().color("page")
        veil.setAlpha(_VEIL)
        painter = QPainter(self)
        painter.fillRect(self.rect(), veil)
        painter.end()


def _height(lay: QLayout, wide: int) -> int:
    return lay.totalHeightForWidth(wide) if lay.hasHeightForWidth() else lay.totalSizeHint().height()
