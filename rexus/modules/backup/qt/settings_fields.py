"""The fields of the settings: a control with its name above, and below it what is allowed, or worth knowing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QFontMetrics, QWheelEvent
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..base.texts import _
from ..config.document import Value
from . import words
from .guard import guarded

W = TypeVar("W", bound=QWidget)
_BOX_EXTRA = 54
"""Beside the text of a combo box: padding, arrow, and what styles add."""
HIGH = 32
_LARGEST = 999_999_999


class CalmSpin(QSpinBox):
    """A number. Turning the wheel scrolls the page, unless the field has the keyboard."""

    @guarded
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """See `CalmSpin`."""
        if event is not None and not _left_alone(self, event):
            super().wheelEvent(event)


class CalmCombo(QComboBox):
    """One of a few, as wide as its widest text; as `CalmSpin`."""

    @guarded
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """See `CalmSpin`."""
        if event is not None and not _left_alone(self, event):
            super().wheelEvent(event)

    def fit(self) -> None:
        """Make room for every text; the list that opens is as wide."""
        metrics = QFontMetrics(self.font())
        widest = max((metrics.horizontalAdvance(self.itemText(n)) for n in range(self.count())), default=0)
        self.setMinimumWidth(widest + _BOX_EXTRA)


def _left_alone(box: QWidget, event: QWheelEvent) -> bool:
    if box.hasFocus():
        return False
    event.ignore()
    return True


def calm(box: W) -> W:
    """Take the keyboard by click or Tab, never by the wheel."""
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if isinstance(box, QAbstractSpinBox):
        box.setFixedHeight(HIGH)
        line = box.lineEdit()
        if line is not None:
            line.setTextMargins(8, 0, 0, 0)  # some releases ignore the sheet's padding there
    return box


class Field(QWidget):
    """A setting that one can change. ``key`` is where it stands; whoever listens to `edited` hears it too."""

    edited = Signal(object, object)
    """Key, and the value as JSON."""

    def __init__(self, name: str, key: tuple[str, ...], control: QWidget, *extra: words.Item, note: str = "") -> None:
        super().__init__()
        self.name, self.key, self.control = name, key, control
        self._filling = False
        self._note = note
        words.named(control, name)
        self.title = words.label(name, "muted")
        self.title.setBuddy(control)
        self.told = words.label(note, "meta", wrap=True)
        self.line = words.row(control, *extra, gap=8)
        words.column(self.title, self.line, self.told, gap=4, parent=self)
        self.told.setVisible(bool(note))  # not before: without a parent it would be a window
        self.title.setVisible(bool(name))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def fill(self, value: Value) -> None:
        """Show ``value`` without saying that somebody changed it."""
        self._filling = True
        try:
            self.put(value)
        finally:
            self._filling = False

    def put(self, value: Value) -> None:
        """Show a value."""
        raise NotImplementedError

    @guarded
    def say(self, value: Value) -> None:
        """Tell that somebody changed it."""
        if not self._filling:
            self.edited.emit(self.key, value)

    def tell(self, wrong: str = "", note: str | None = None) -> None:
        """Say what is wrong, which makes the field red; else what is worth knowing."""
        if note is not None:
            self._note = note
        shown = wrong or self._note
        self.told.setText(shown)
        self.told.setVisible(bool(shown))
        words.set_tone(self.told, "danger" if wrong else "")
        words.set_invalid(self.control, bool(wrong))
        self.control.setAccessibleDescription(shown)

    @property
    def wrong(self) -> bool:
        """Whether it shows a value that can't be."""
        return bool(self.control.property("invalid"))

    def editable(self, on: bool) -> None:
        """Let it be changed, or only be read."""
        self.control.setEnabled(on)


class NumberField(Field):
    """A whole number; one out of bounds can be typed, and is told."""

    def __init__(  # noqa: PLR0913  what a number looks like
        self,
        name: str,
        key: tuple[str, ...],
        *,
        unit: str = "",
        special: str = "",
        factor: int = 1,
        note: str = "",
        width: int = 96,
    ) -> None:
        self.box = calm(CalmSpin())
        self.box.setRange(0, _LARGEST)
        self.box.setGroupSeparatorShown(False)
        self.box.setFixedWidth(width)
        if special:
            self.box.setSpecialValueText(special)
        self._factor, self._special = factor, special
        extra = (words.label(unit), ...) if unit else (...,)
        super().__init__(name, key, self.box, *extra, note=note)
        self.box.valueChanged.connect(self._on_value)

    def put(self, value: Value) -> None:
        """Show a number; what is none shows as 0."""
        self.box.setValue(_fitting(value, self._factor))

    @guarded
    def _on_value(self, value: int) -> None:
        self.say(None if self._special and value == 0 else value * self._factor)


def _fitting(value: Value, factor: int = 1) -> int:
    """A number as a box can show it, or the nearest that it can: files may say any; what is no number is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return round(min(max(value, 0), _LARGEST * factor) / factor)


class OptionalField(Field):
    """A number that may also be none: a check mark, and the number behind it."""

    def __init__(self, name: str, key: tuple[str, ...], usual: int, *, unit: str = "", note: str = "") -> None:
        self.mark = calm(QCheckBox(name))
        self.box = calm(CalmSpin())
        self.box.setRange(0, _LARGEST)
        self.box.setFixedWidth(88)
        self._usual = usual
        super().__init__("", key, self.box, words.label(unit), ..., note=note)
        self.name = name
        words.named(self.box, name)
        self.line.insertWidget(0, self.mark)
        QWidget.setTabOrder(self.mark, self.box)
        self.mark.toggled.connect(self._on_any)
        self.box.valueChanged.connect(self._on_any)

    def put(self, value: Value) -> None:
        """Show a number, or none."""
        on = isinstance(value, int) and not isinstance(value, bool)
        self.mark.setChecked(on)
        self.box.setValue(_fitting(value) if on else self._usual)
        self.box.setEnabled(on and self.mark.isEnabled())

    @guarded
    def _on_any(self) -> None:
        self.box.setEnabled(self.mark.isChecked() and self.mark.isEnabled())
        self.say(self.box.value() if self.mark.isChecked() else None)

    def editable(self, on: bool) -> None:
        """See `Field.editable`."""
        self.mark.setEnabled(on)
        self.box.setEnabled(on and self.mark.isChecked())


class ChoiceField(Field):
    """One of a few, each with its words."""

    def __init__(
        self, name: str, key: tuple[str, ...], choices: Sequence[tuple[Value, str]], *, note: str = ""
    ) -> None:
        self.box = calm(CalmCombo())
        self.choices: list[tuple[Value, str]] = []
        self.offer(choices)
        super().__init__(name, key, self.box, ..., note=note)
        self.box.currentIndexChanged.connect(self._on_index)

    def offer(self, choices: Sequence[tuple[Value, str]]) -> None:
        """Let one choose among others; what is chosen is to be shown anew."""
        self.choices = list(choices)
        self.box.blockSignals(True)
        self.box.clear()
        for _value, told in self.choices:
            self.box.addItem(told)
        self.box.blockSignals(False)
        self.box.fit()

    def put(self, value: Value) -> None:
        """Show a choice; a value that is none of them shows as nothing."""
        self.box.setCurrentIndex(next((n for n, (one, _told) in enumerate(self.choices) if one == value), -1))

    @property
    def value(self) -> Value:
        """What is chosen."""
        number = self.box.currentIndex()
        return self.choices[number][0] if number >= 0 else None

    @guarded
    def _on_index(self, number: int) -> None:
        if number >= 0:
            self.say(self.choices[number][0])


class TextField(Field):
    """One line of text."""

    def __init__(
        self, name: str, key: tuple[str, ...], *extra: words.Item, hint: str = "", note: str = "", none: bool = False
    ) -> None:
        self.box = QLineEdit()
        self.box.setPlaceholderText(hint)
        self._none = none
        super().__init__(name, key, self.box, *extra, note=note)
        self.line.setStretch(0, 1)
        self.box.textEdited.connect(self._on_text)

    def put(self, value: Value) -> None:
        """Show a text."""
        told = value if isinstance(value, str) else "" if value is None else str(value)
        if told != self.box.text():
            self.box.setText(told)

    @guarded
    def _on_text(self, text: str) -> None:
        self.say(None if self._none and not text.strip() else text.strip())


class SecretField(TextField):
    """A secret: typed under stars, never shown again; blanks at its ends are judged, never taken away."""

    def __init__(self, name: str, key: tuple[str, ...] = (), *, note: str = "") -> None:
        super().__init__(name, key, note=note)
        self.box.setEchoMode(QLineEdit.EchoMode.Password)

    def known(self, *, saved: bool, typed: bool = False) -> None:
        """Say whether there is one already: saved, or typed before and not saved yet."""
        known = _("Saved; type to replace it") if saved else _("Not saved yet")
        self.box.setPlaceholderText(_("Typed, not saved yet") if typed else known)

    @property
    def typed(self) -> str | None:
        """What somebody typed; empty: typed and taken away again, None: nothing since it was filled."""
        text = self.box.text()
        return text if text or self.box.isModified() else None

    def forget(self) -> None:
        """Empty it, as if nothing had been typed."""
        self.box.setText("")

    @guarded
    def _on_text(self, text: str) -> None:
        self.say(text)


class WordsField(TextField):
    """Several words, with commas between."""

    def put(self, value: Value) -> None:
        """Show a list."""
        told = [str(one) for one in value] if isinstance(value, list | tuple) else []
        if _parted(self.box.text()) != told:
            self.box.setText(", ".join(told))

    @guarded
    def _on_text(self, text: str) -> None:
        self.say([self.one(word) for word in _parted(text)])

    def one(self, word: str) -> Value:
        """A word as its value."""
        return word


class DaysField(WordsField):
    """Days of the month, with commas between."""

    def one(self, word: str) -> Value:
        """A number where it is one; else the word, which is told to be wrong."""
        return int(word) if word.isascii() and word.isdigit() else word


def _parted(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


class LinesField(Field):
    """A list, a line each."""

    def __init__(self, name: str, key: tuple[str, ...], *, lines: int = 5, note: str = "") -> None:
        self.box = QPlainTextEdit()
        self.box.setTabChangesFocus(True)
        self.box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.box.setFixedHeight(18 * lines + 20)
        super().__init__(name, key, self.box, note=note)
        self.box.textChanged.connect(self._on_text)

    def put(self, value: Value) -> None:
        """Show a list."""
        told = [str(one) for one in value] if isinstance(value, list | tuple) else []
        if self._lines() != told:
            self.box.setPlainText("\n".join(told))

    def _lines(self) -> list[str]:
        return [one.strip() for one in self.box.toPlainText().splitlines() if one.strip()]

    @guarded
    def _on_text(self) -> None:
        self.say(self._lines())


class FlagField(Field):
    """Yes or no."""

    def __init__(self, name: str, key: tuple[str, ...], *, note: str = "") -> None:
        self.mark = calm(QCheckBox(name))
        super().__init__("", key, self.mark, ..., note=note)
        self.name = name
        words.named(self.mark, name)
        self.mark.toggled.connect(self.say)

    def put(self, value: Value) -> None:
        """Show it."""
        self.mark.setChecked(value is True)


def beside(*items: words.Item, gap: int = 12) -> QHBoxLayout:
    """Fields side by side, their names on one line however much is told below each."""
    made = words.row(*items, gap=gap)
    for item in items:
        one = item[0] if isinstance(item, tuple) else item
        if isinstance(one, QWidget | QLayout):
            made.setAlignment(one, Qt.AlignmentFlag.AlignTop)
    return made


def level(*items: words.Item) -> QVBoxLayout:
    """Buttons on the line of the controls beside them, below where those have their names."""
    return words.column(words.label(" ", "muted"), words.row(*items, gap=6), ..., gap=4)
