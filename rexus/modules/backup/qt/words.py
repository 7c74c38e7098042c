"""The small vocabulary that screens are written in: labels, buttons, cards, rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from operator import itemgetter
from types import EllipsisType
from typing import TypeVar

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QAction, QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from . import theme
from .guard import guarded

W = TypeVar("W", bound=QWidget)
Item = QWidget | QLayout | int | EllipsisType | tuple[QWidget | QLayout, int]
THIN = "\u2009"
"""Before the text of a button with an icon: without it they touch."""
_LONG_WORD = re.compile(r"\S{18,}")
_JOINTS = re.compile(r"(?<=[^/\\_.\-][/\\_.\-])(?=\w)|(?<=\w{16})(?=\w)")
_BREAK = "\u200b"
"""Nothing to be seen; a line may end here."""
_JOIN = "\u2060"
"""Nothing to be seen; no line ends here, as Qt would have it behind the first stroke of a path."""


def label(text: str = "", rx: str = "", tone: str = "", *, wrap: bool = False) -> QLabel:
    """Plain text; ``rx`` says what it is (hero, h1, h2, strong, muted, meta, mono, num), ``tone`` how it feels."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    _mark(made, rx, tone)
    return made


def breakable(text: str) -> str:
    """The text with places in its long words, as paths are, where a line may end: a label is as wide as its widest."""

    def opened(found: re.Match[str]) -> str:
        word = _JOINTS.sub(_BREAK, found.group())
        return f"/{_JOIN}{word[1:]}" if word.startswith("/") else word

    return _LONG_WORD.sub(opened, text)


def button(text: str, rx: str = "", icon: str = "", *, big: bool = False, tip: str = "") -> QPushButton:
    """A push button: plain, primary, danger, ghost, link or seg."""
    made = QPushButton(f"{THIN}{text}" if icon else text)
    _mark(made, rx, "")
    made.setAccessibleName(text.removesuffix("…"))
    made.setAutoDefault(False)
    if big:
        made.setProperty("big", True)
    if tip:
        made.setToolTip(tip)
    if icon:
        set_icon(made, icon, _icon_token(rx))
    return made


def tool(icon: str, tip: str, token: str = "text2") -> QToolButton:
    """A button that is only an icon; its tip is its name."""
    made = QToolButton()
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setCursor(Qt.CursorShape.ArrowCursor)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    set_icon(made, icon, token)
    return made


def retitle(one: QAbstractButton, text: str) -> None:
    """Change the words of a button, with or without an icon."""
    one.setText(f"{THIN}{text}" if not one.icon().isNull() else text)
    one.setAccessibleName(text.removesuffix("…"))


def set_icon(one: QAbstractButton, icon: str, token: str = "text2", size: int = 18) -> None:
    """Give a button its icon, drawn anew when the theme changes."""
    one.setProperty("rx_icon", f"{icon}:{token}:{size}")
    one.setIcon(theme.current().icon(icon, token, size))
    one.setIconSize(QSize(size, size))


def lens(field: QLineEdit) -> QAction:
    """The sign of searching in a field, which Esc empties.

    Made here and not by Qt: PySide may take one of Qt's for a dead older one.
    """
    _Emptying(field)
    made = QAction(theme.current().icon("search", "text3", 16), "", field)
    field.addAction(made, QLineEdit.ActionPosition.LeadingPosition)
    return made


class _Emptying(QShortcut):
    """Esc empties a field; while it is empty, whatever Esc means elsewhere counts."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(QKeySequence(Qt.Key.Key_Escape), field)
        self._field = field
        self.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.setEnabled(bool(field.text()))
        self.activated.connect(self._on_escape)
        field.textChanged.connect(self._on_text)

    @guarded
    def _on_escape(self) -> None:
        self._field.clear()

    @guarded
    def _on_text(self, text: str) -> None:
        self.setEnabled(bool(text))


def reicon(root: QWidget) -> None:
    """Draw the icons of all buttons and icon labels below ``root`` in the present theme."""
    for one in root.findChildren(QAbstractButton):
        told = one.property("rx_icon")
        if told:
            icon, token, size = str(told).split(":")
            one.setIcon(theme.current().icon(icon, token, int(size)))
    for shown in root.findChildren(IconLabel):
        shown.redraw()


class IconLabel(QLabel):
    """An icon beside words; never alone in meaning, so readers skip it."""

    def __init__(self, icon: str = "", token: str = "text2", size: int = 18) -> None:
        super().__init__()
        self._icon, self._token, self._size = icon, token, size
        self.setFixedSize(size, size)
        self.redraw()

    def tell(self, icon: str, token: str) -> None:
        """Show another icon."""
        if (icon, token) != (self._icon, self._token):
            self._icon, self._token = icon, token
            self.redraw()

    def redraw(self) -> None:
        """Draw in the present theme."""
        if self._icon:
            self.setPixmap(theme.current().pixmap(self._icon, self._token, self._size))
        else:
            self.clear()


def icon_label(icon: str, token: str = "text2", size: int = 18) -> IconLabel:
    """An icon as a widget."""
    return IconLabel(icon, token, size)


class Disc(IconLabel):
    """A large icon on a soft round ground: the state of a page in one look."""

    def __init__(self, icon: str = "info", tone: str = "info") -> None:
        super().__init__(icon, _tone_token(tone), 26)
        self.setFixedSize(48, 48)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        _mark(self, "disc", tone)

    def tell(self, icon: str, tone: str) -> None:
        """Show another state."""
        super().tell(icon, _tone_token(tone))
        set_tone(self, tone)


class Chip(QFrame):
    """A state in a word: icon and text on a soft ground."""

    def __init__(self, text: str = "", tone: str = "", icon: str = "") -> None:
        super().__init__()
        self._icon = IconLabel("", size=16)
        self._text = label()
        row(self._icon, self._text, gap=6, margins=(8, 0, 10, 0), parent=self)
        self.setFixedHeight(22)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        _mark(self, "chip", tone)
        self.tell(text, tone, icon)

    def tell(self, text: str, tone: str, icon: str) -> None:
        """Show another state."""
        self._text.setText(text)
        self._icon.tell(icon, _tone_token(tone, "_text"))
        self._icon.setVisible(bool(icon))
        self.setAccessibleName(text)
        set_tone(self, tone)
        set_tone(self._text, tone)

    def text(self) -> str:
        """The word it shows."""
        return self._text.text()


def card(tone: str = "") -> QFrame:
    """A surface with an edge; ``tone`` colours the edge."""
    return _frame("card", tone)


def well() -> QFrame:
    """A sunken surface inside a card."""
    return _frame("well", "")


def line() -> QFrame:
    """A hairline."""
    return _frame("line", "")


def vline() -> QFrame:
    """An upright hairline."""
    return _frame("vline", "")


def _frame(rx: str, tone: str) -> QFrame:
    made = QFrame()
    _mark(made, rx, tone)
    return made


Margins = int | tuple[int, int, int, int]


def row(*items: Item, gap: int = 8, margins: Margins = 0, parent: QWidget | None = None) -> QHBoxLayout:
    """Side by side; a number is space, ``...`` takes what is left."""
    made = QHBoxLayout(parent) if parent is not None else QHBoxLayout()
    _fill(made, items, gap, margins)
    return made


def column(*items: Item, gap: int = 8, margins: Margins = 0, parent: QWidget | None = None) -> QVBoxLayout:
    """One below the other; a number is space, ``...`` takes what is left."""
    made = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    _fill(made, items, gap, margins)
    return made


def _fill(layout: QHBoxLayout | QVBoxLayout, items: tuple[Item, ...], gap: int, margins: Margins) -> None:
    layout.setSpacing(gap)
    layout.setContentsMargins(*((margins,) * 4 if isinstance(margins, int) else margins))
    for item in items:
        one, stretch = item if isinstance(item, tuple) else (item, 0)
        if isinstance(one, EllipsisType):
            layout.addStretch(1)
        elif isinstance(one, int):
            layout.addSpacing(one)
        elif isinstance(one, QLayout):
            layout.addLayout(one, stretch)
        else:
            layout.addWidget(one, stretch)


def scroll(widget: QWidget) -> QScrollArea:
    """Let a long page scroll up and down, never sideways."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            clear(inner)
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def named(widget: W, name: str) -> W:
    """Say what a control is to those who hear the screen."""
    widget.setAccessibleName(name)
    return widget


def set_tone(widget: QWidget, tone: str) -> None:
    """How a widget feels: ok, warn, danger, info, mute or nothing."""
    if (widget.property("tone") or "") != tone:
        widget.setProperty("tone", tone)
        restyle(widget)


def set_rx(widget: QWidget, rx: str) -> None:
    """What a widget is."""
    if (widget.property("rx") or "") != rx:
        widget.setProperty("rx", rx)
        restyle(widget)


def set_invalid(widget: QWidget, invalid: bool) -> None:
    """Mark a field whose value can't be."""
    if bool(widget.property("invalid")) != invalid:
        widget.setProperty("invalid", invalid)
        restyle(widget)


def restyle(widget: QWidget) -> None:
    """Have the sheet look at a changed property."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def tab_order(root: QWidget) -> None:
    """Have Tab go through what is in ``root`` as one reads it, whenever it was made."""
    for one, other in pairwise(as_read(root)):
        QWidget.setTabOrder(one, other)


def as_read(widget: QWidget) -> Iterator[QWidget]:
    """What the keyboard can stand on in ``widget``, as one reads it; nothing that is Qt's own."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    elif isinstance(widget, QScrollArea) and (held := widget.widget()) is not None:
        yield from as_read(held)
    elif (lay := widget.layout()) is not None:
        yield from _laid_out(widget, lay)


def _laid_out(owner: QWidget, lay: QLayout) -> Iterator[QWidget]:
    """What ``lay`` of ``owner`` holds, in its order.

    Its items are not asked for: PySide keeps each that it was shown, also when Qt has deleted it with its widget, and
    takes whatever Qt puts at the same place later for that dead item.
    """
    inside = [*owner.children(), *lay.children()]
    placed = ((lay.indexOf(one), one) for one in inside if isinstance(one, QWidget | QLayout))
    for _number, one in sorted(((number, one) for number, one in placed if number >= 0), key=itemgetter(0)):
        if isinstance(one, QWidget):
            yield from as_read(one)
        else:
            yield from _laid_out(owner, one)


def _mark(widget: QWidget, rx: str, tone: str) -> None:
    if rx:
        widget.setProperty("rx", rx)
    if tone:
        widget.setProperty("tone", tone)


def _tone_token(tone: str, suffix: str = "") -> str:
    return {
        "ok": f"ok{suffix}",
        "warn": f"warn{suffix}",
        "danger": f"danger{suffix}",
        "info": f"accent{suffix}",
    }.get(tone, "text2")


def _icon_token(rx: str) -> str:
    return {"primary": "on_primary", "danger": "on_primary", "link": "accent_text"}.get(rx, "text2")
