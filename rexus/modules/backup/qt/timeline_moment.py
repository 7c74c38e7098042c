"""The field for an instant: what is typed is what is meant, whatever was selected before."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QValidator, QWheelEvent
from qtpy.QtWidgets import QAbstractSpinBox, QLineEdit

from ..base import texts
from ..base.texts import _
from . import words
from .guard import guarded

WIDTH = 178
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2}))?(?![\d:])")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?(?![\d/.-])")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_PART = re.compile(r"\d+")
_UNITS = ("day", "month", "year", "hour", "minute", "second")
_UNITS_YEAR_FIRST = ("year", "month", "day", "hour", "minute", "second")


def shown(instant: datetime) -> str:
    """``24/10/2025 14:05:00``."""
    return f"{instant.astimezone():{_pattern()}}"


def _pattern() -> str:
    return "%d/%m/%Y %H:%M:%S" if texts.language() == "es" else "%Y-%m-%d %H:%M:%S"


def read(text: str, present: datetime) -> datetime | None:
    """The instant that ``text`` means; day or year may be left out, then they are those of ``present``; None: none."""
    local = present.astimezone()
    rest, day = _day(text, local.date())
    found = _TIME.search(rest)
    left = _TIME.sub("", rest, count=1).strip(" ,;T")
    if left or day is None or (found is None and not text.strip()):
        return None
    try:
        hour, minute, second = (int(one or 0) for one in found.groups()) if found else local.timetuple()[3:6]
        return datetime.combine(day, time(hour, minute, second)).astimezone().astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def grain(text: str) -> timedelta:
    """How exactly ``text`` names an instant: to the second, or to the minute where no seconds are told."""
    found = _TIME.search(text)
    return timedelta(minutes=1) if found is not None and found.group(3) is None else timedelta(seconds=1)


def _day(text: str, present: date) -> tuple[str, date | None]:
    """What is left of ``text`` without its day, and that day; None: there is no such day."""
    for pattern, order in ((_YEAR_FIRST, (1, 2, 3)), (_DAY_FIRST, (3, 2, 1))):
        found = pattern.search(text)
        if found is not None:
            year, month, day = (found[group] for group in order)
            try:
                return text[: found.start()] + text[found.end() :], date(
                    int(year or present.year), int(month), int(day)
                )
            except ValueError:
                return text, None
    return text, present


class MomentField(QAbstractSpinBox):
    """A date and a time in one line of text. Arrows change the part that the caret is in."""

    typed = Signal(object)
    """Something else stands there: an instant (aware, UTC), or None where it is none."""
    settled = Signal()
    """The field is left, or Enter pressed."""

    def __init__(self) -> None:
        super().__init__()
        self._present: datetime | None = None
        self._said = ""
        edit = _Edit()
        self.setLineEdit(edit)
        edit.setTextMargins(8, 0, 0, 0)
        edit.textEdited.connect(self._on_edited)
        self.editingFinished.connect(self.settled)
        self.setFixedWidth(WIDTH)
        words.named(self, _("Moment"))
        words.named(edit, _("Moment"))

    def sizeHint(self) -> QSize:
        """As wide as an instant."""
        return QSize(WIDTH, 32)

    @property
    def present(self) -> datetime | None:
        """The instant shown last by `show_instant`."""
        return self._present

    @property
    def is_changed(self) -> bool:
        """Whether something was typed since."""
        return self.text() != self._said

    def instant(self) -> datetime | None:
        """What stands there; None where it is no instant."""
        if self._present is None:
            return None
        return read(self.text(), self._present) if self.is_changed else self._present

    def grain(self) -> timedelta:
        """How exactly it is named."""
        return grain(self.text())

    def show_instant(self, instant: datetime | None) -> None:
        """Show an instant, exactly; None: nothing can be chosen."""
        self._present = instant
        self._said = shown(instant) if instant is not None else ""
        edit = self.lineEdit()
        if edit is not None and edit.text() != self._said:
            place = edit.cursorPosition()
            edit.setText(self._said)
            edit.setCursorPosition(min(place, len(self._said)))
        words.set_invalid(self, False)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Everything may be typed; what it means is told while one types."""
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways, always."""
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    @guarded
    def stepBy(self, steps: int) -> None:
        """Change the part that the caret is in."""
        edit, instant = self.lineEdit(), self.instant()
        if edit is None or instant is None:
            return
        parts = list(_PART.finditer(edit.text()))
        caret = edit.selectionStart() if edit.hasSelectedText() else edit.cursorPosition()
        number = next((n for n, part in enumerate(parts) if caret <= part.end()), len(parts) - 1)
        units = _UNITS if texts.language() == "es" else _UNITS_YEAR_FIRST
        changed = stepped(instant, units[min(number, 5)] if len(parts) == 6 else "minute", steps)
        edit.setText(shown(changed))
        again = list(_PART.finditer(edit.text()))[min(number, 5)]
        edit.setSelection(again.start(), again.end() - again.start())
        self._on_edited()

    @guarded
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Only where one works in it: else the page scrolls."""
        if event is not None and self.hasFocus():
            super().wheelEvent(event)
        elif event is not None:
            event.ignore()

    @guarded
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Enter ends the typing; only where there was none it is the page's."""
        if event is None:
            return
        changed = self.is_changed
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.setAccepted(changed)

    @guarded
    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Nothing stays selected behind."""
        if event is not None:
            super().focusOutEvent(event)
        edit = self.lineEdit()
        if edit is not None:
            edit.deselect()

    @guarded
    def _on_edited(self) -> None:
        instant = self.instant()
        words.set_invalid(self, instant is None)
        self.typed.emit(instant)


class _Edit(QLineEdit):
    """A double click selects the whole day or the whole time, as people mean it."""

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Select what lies between two spaces."""
        if event is None:
            return
        place = self.cursorPositionAt(event.position().toPoint())
        start = self.text().rfind(" ", 0, place) + 1
        end = self.text().find(" ", place)
        self.setSelection(start, (end if end >= 0 else len(self.text())) - start)


def stepped(instant: datetime, unit: str, steps: int) -> datetime:
    """``instant`` with one part of it changed, on the clock on the wall for days and longer."""
    lengths = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}
    if unit in lengths:
        return instant + lengths[unit] * steps
    local = instant.astimezone().replace(tzinfo=None)
    if unit == "day":
        return (local + timedelta(days=steps)).astimezone().astimezone(UTC)
    months = local.year * 12 + local.month - 1 + steps * (12 if unit == "year" else 1)
    for day in (local.day, 30, 29, 28):
        try:
            return local.replace(year=months // 12, month=months % 12 + 1, day=day).astimezone().astimezone(UTC)
        except ValueError:
            continue
    return instant
