"""Parts of the first step of a restore: what can be chosen, and the cards that say what follows from it."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QSize, Signal
from qtpy.QtGui import QResizeEvent, QShowEvent
from qtpy.QtWidgets import QAbstractButton, QButtonGroup, QComboBox, QFrame, QSizePolicy, QStackedLayout, QWidget

from ..base.texts import _
from . import words
from .guard import guarded
from .restore_what_offer import Key
from .restore_what_words import DATABASE, subject

GAP = 6
APART = 14
LIST_WIDTH = 320
_LONGEST = 30
"""Characters of a name on a button; the whole name is in its tooltip."""


class Choices(QWidget):
    """One of a few things: buttons side by side, a list where they do not fit."""

    picked = Signal(object)
    """A `Key`, by the person."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self._group = QButtonGroup(self)
        self._row = QWidget()
        self._row.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._buttons = words.row(gap=GAP, parent=self._row)
        self._list = words.named(QComboBox(), _("What comes back"))
        self._list.setMaximumWidth(LIST_WIDTH)
        self._list.setMinimumContentsLength(12)
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        listed = QWidget()
        words.row((self._list, 1), ..., parent=listed)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._row)
        self._stack.addWidget(listed)
        self._group.buttonClicked.connect(self._on_button)
        self._list.activated.connect(self._on_listed)

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(200, 32)

    def minimumSizeHint(self) -> QSize:
        """As narrow as one likes: then it is a list."""
        return QSize(120, 32)

    def offer(self, keys: Sequence[Key], chosen: Key) -> None:
        """Let one choose among ``keys``."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self._build()
        place = self._keys.index(chosen) if chosen in self._keys else -1
        for number, button in enumerate(self._group.buttons()):
            button.setChecked(number == place)
        self._list.setCurrentIndex(place)

    def buttons(self) -> dict[Key, QAbstractButton]:
        """The buttons, by what they choose."""
        return dict(zip(self._keys, self._group.buttons(), strict=True))

    def in_order(self) -> tuple[QWidget, ...]:
        """Its controls as one reads them."""
        return (*self._group.buttons(), self._list)

    @property
    def listed(self) -> bool:
        """Whether the list stands for the buttons."""
        return self._stack.currentIndex() == 1

    @guarded
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Buttons where they fit, else the list."""
        if event is not None:
            super().resizeEvent(event)
        self._fit()

    @guarded
    def showEvent(self, event: QShowEvent | None) -> None:
        """Only below its root is known how wide the buttons are."""
        if event is not None:
            super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        wide = APART * 2
        for button in self._group.buttons():
            button.ensurePolished()
            wide += button.sizeHint().width() + GAP
        self._stack.setCurrentIndex(1 if wide > self.width() else 0)

    def _build(self) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
        words.clear(self._buttons)
        self._list.clear()
        last = DATABASE
        for kind, name in self._keys:
            whole = subject(kind, name)
            text = whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1]}…"
            button = words.button(text.replace("&", "&&"), "seg", tip=whole if text != whole else "")
            button.setAccessibleName(whole)
            button.setCheckable(True)
            if kind != last:
                self._buttons.addSpacing(APART - GAP)
                last = kind if kind != "application" else "config"  # the copied files stand together
            self._group.addButton(button)
            self._buttons.addWidget(button)
            self._list.addItem(whole)
        self._buttons.addStretch(1)
        self._fit()

    @guarded
    def _on_button(self, button: QAbstractButton) -> None:
        self.picked.emit(self._keys[self._group.buttons().index(button)])

    @guarded
    def _on_listed(self, place: int) -> None:
        self.picked.emit(self._keys[place])


class Consequence(QFrame):
    """A card that says what follows from a choice: an icon, a title, what it is, and one remark."""

    def __init__(self, icon: str, token: str) -> None:
        super().__init__()
        words.set_rx(self, "card")
        self._icon = words.icon_label(icon, token, 20)
        self._title = words.label(rx="strong", wrap=True)
        self._body = words.label(rx="muted", wrap=True)
        self._mark = words.icon_label("", size=16)
        self._remark = words.label(rx="meta", wrap=True)
        self._below = QWidget()
        words.row(self._mark, (self._remark, 1), gap=6, parent=self._below)
        texts = words.column(self._title, self._body, self._below, ..., gap=2)
        left = words.column(self._icon, ...)
        words.row(left, (texts, 1), gap=12, margins=(14, 14, 14, 14), parent=self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def tell(self, icon: tuple[str, str], title: str, body: str, remark: tuple[str, str, str] = ("", "", "")) -> None:
        """Say it; ``remark`` is an icon, its colour and words."""
        self._icon.tell(*icon)
        self._title.setText(title)
        self._body.setText(body)
        mark, token, told = remark
        self._mark.setVisible(bool(mark))
        if mark:
            self._mark.tell(mark, token)
        self._remark.setText(told)
        self._below.setVisible(bool(told))
        self.setAccessibleName(" ".join(filter(None, (title, body, told))))

    def told(self) -> tuple[str, str, str]:
        """Title, body and remark."""
        return self._title.text(), self._body.text(), self._remark.text()
