"""A time of the day that one can simply type."""

from __future__ import annotations

from qtpy.QtCore import QTime
from qtpy.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QDateTimeEdit, QLineEdit, QTimeEdit

from . import words
from .guard import guarded
from .settings_fields import calm

_WIDE = 76
_HOUR, _MINUTE = QDateTimeEdit.Section.HourSection, QDateTimeEdit.Section.MinuteSection


class CalmTime(QTimeEdit):
    """What is typed replaces what is marked, or the part that was clicked; the wheel is as in `CalmSpin`.

    Qt alone drops most digits typed over a whole time, or with the cursor in it: 17:45 would become 14:07.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setLineEdit(_Line())

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit over the whole time begins it anew; a colon says that what was typed were the hours."""
        line = self.lineEdit()
        typed = event.text() if event is not None else ""
        if line is not None and typed.isdigit() and ":" in line.selectedText():
            self.setSelectedSection(_HOUR)
        elif line is not None and typed == ":" and self.currentSection() == _MINUTE and not line.hasSelectedText():
            if self.time().minute() < 24:
                self.setTime(QTime(self.time().minute(), 0))
                self.setSelectedSection(_MINUTE)
            return
        super().keyPressEvent(event)

    @guarded
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """See `CalmSpin`."""
        if event is not None and self.hasFocus():
            super().wheelEvent(event)
        elif event is not None:
            event.ignore()


class _Line(QLineEdit):
    """Clicked, it marks hours or minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qt_spinbox_lineedit")  # as Qt names its own: the box speaks for it

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        box = self.parent()
        if isinstance(box, QTimeEdit) and not self.hasSelectedText():
            box.setSelectedSection(box.currentSection())


def time_box(text: str, name: str) -> CalmTime:
    """A time of the day, ``HH:MM``."""
    box = calm(CalmTime())
    box.setDisplayFormat("HH:mm")
    box.setTime(QTime.fromString(text, "HH:mm") if len(text) == 5 else QTime(0, 0))
    box.setFixedWidth(_WIDE)
    return words.named(box, name)
