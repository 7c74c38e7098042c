"""What the steps of the restore wizard have in common, and the cards that one of several is chosen by."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import QEvent, QObject, QRectF, Qt, Signal
from qtpy.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QApplication, QButtonGroup, QFrame, QLabel, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from . import theme, words
from .guard import guarded, guarded_or


class Pane(QWidget):
    """The content of one step."""

    changed = Signal()
    """What was answered here, or whether one can go on, is another."""

    def retheme(self) -> None:
        """Redraw what the sheet does not reach."""

    @property
    def ready(self) -> bool:
        """Whether one can go on."""
        return True


class ChoiceCard(QFrame):
    """One of a few: the whole card can be clicked."""

    chosen = Signal()

    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon_name = icon
        self.setProperty("rx", "choice")
        self.radio = QRadioButton()
        self.icon = words.icon_label(icon, "text2", 24)
        self.title, self.text = words.label(rx="h2"), words.label(rx="muted", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.below: QVBoxLayout = words.column(gap=6)
        texts = words.column(self.title, self.text, self.below, gap=2)
        self._lay = words.row(
            words.column(2, self.radio, ..., gap=0),
            words.column(1, self.icon, ..., gap=0),
            2,
            (texts, 1),
            gap=12,
            margins=(18, 14, 16, 14),
            parent=self,
        )
        self.radio.toggled.connect(self._on_toggled)
        self.radio.installEventFilter(self)

    def tell(self, title: str, text: str) -> None:
        """Show what it stands for."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.radio.setAccessibleName(title)
        self.radio.setAccessibleDescription(text)

    @property
    def is_chosen(self) -> bool:
        """Whether this one is chosen."""
        return self.radio.isChecked()

    def choose(self) -> None:
        """Choose this one."""
        self.radio.setChecked(True)

    @guarded_or(False)
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """The keyboard comes and goes."""
        if event is not None and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """A ring within the edge while the keyboard is here: the arrows choose."""
        super().paintEvent(event)
        if self.radio.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.current().color("focus"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(4.5, 4.5, -4.5, -4.5), 5, 5)
            painter.end()

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Anywhere on it."""
        super().mouseReleaseEvent(event)
        if self.isEnabled() and event.button() == Qt.MouseButton.LeftButton:
            self.choose()

    @guarded
    def _on_toggled(self, on: bool) -> None:
        words.set_tone(self, "info" if on else "")
        QApplication.sendEvent(self, QEvent(QEvent.Type.StyleChange))  # else the old edge still counts as the frame
        self.icon.tell(self._icon_name, "accent" if on else "text2")
        edge = 1 if on else 0
        self._lay.setContentsMargins(18 - edge, 14 - edge, 16 - edge, 14 - edge)
        if on:
            self.chosen.emit()


def one_of(parent: QWidget, cards: Iterable[ChoiceCard]) -> QButtonGroup:
    """Have exactly one of these chosen."""
    group = QButtonGroup(parent)
    for card in cards:
        group.addButton(card.radio)
    return group


class Point(QWidget):
    """An icon, a bold line and its explanation."""

    def __init__(self, icon: str, token: str = "text2") -> None:
        super().__init__()
        self.icon = words.icon_label(icon, token, 20)
        self.title, self.text = words.label(rx="strong"), wrapped("muted")
        held = words.column(self.title, self.text, gap=1)
        words.row(words.column(1, self.icon, ..., gap=0), (held, 1), gap=12, parent=self)

    def tell(self, title: str, text: str) -> None:
        """Show this."""
        self.title.setText(title)
        self.text.setText(text)
        self.setAccessibleName(f"{title}: {text}")


def wrapped(rx: str = "", tone: str = "") -> QLabel:
    """A label that breaks its lines and takes the height that they need."""
    made = words.label(rx=rx, tone=tone, wrap=True)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    made.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    return made
