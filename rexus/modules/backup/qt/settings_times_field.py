"""The times of the day of a schedule: a box each while they are few, in words when they are many."""

from __future__ import annotations

from qtpy.QtCore import Qt, QTime
from qtpy.QtWidgets import QHBoxLayout, QWidget

from ..base.rhythm import rhythm_of
from ..base.texts import _, n_, times_in_words
from ..config.document import Value
from . import words
from .guard import guarded
from .settings_clock import CalmTime, time_box
from .settings_fields import Field

_FEW = 4
"""So many times have a box each."""


class TimesField(Field):
    """One or more times of the day; the last one can't be taken away."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self.boxes: list[CalmTime] = []
        self.many: list[str] = []
        """All of them, where they are too many for boxes."""
        self._free = True
        held = QWidget()
        self._flow: QHBoxLayout = words.row(gap=6, parent=held)
        self.in_words = words.label("", wrap=True)
        self.button_more = words.tool("plus", _("One more time of the day"))
        self.button_less = words.tool("dash", _("Take the last time away"))
        self.button_repeat = words.tool("clock", _("Many times a day…"))
        super().__init__(
            "", key, held, (self.in_words, 1), self.button_more, self.button_less, self.button_repeat, ...
        )  # fmt: skip
        self.in_words.hide()
        self.name = _("Times of the day")
        words.named(held, self.name)
        self.button_more.clicked.connect(self._on_more)
        self.button_less.clicked.connect(self._on_less)

    @property
    def all_times(self) -> list[str]:
        """The times, ``HH:MM``."""
        return list(self.many) or [one.time().toString("HH:mm") for one in self.boxes]

    def put(self, value: Value) -> None:
        """Show times."""
        times = [str(one) for one in value] if isinstance(value, list | tuple) else []
        if times == self.all_times:
            return
        words.clear(self._flow)
        self.boxes = []
        self.many = times if len(times) > _FEW else []
        for one in [] if self.many else times or ["00:00"]:
            self._add(one)
        self._tell_buttons()
        words.tab_order(self)

    @guarded
    def replace(self, times: list[str]) -> None:
        """Have these in their stead."""
        if times != self.all_times:
            self.fill(times)
            self.say(times)

    def _add(self, text: str) -> CalmTime:
        box = time_box(text, _("Time {number}").format(number=len(self.boxes) + 1))
        box.timeChanged.connect(self._on_time)
        self.boxes.append(box)
        self._flow.addWidget(box)
        return box

    def _tell_buttons(self) -> None:
        many = bool(self.many)
        count = len(self.many)
        told = n_("{count} time a day", "{count} times a day", count).format(count=count)
        self.in_words.setText(f"{times_in_words(self.many)} ({told})" if many else "")
        self.in_words.setWordWrap(rhythm_of(self.many) is None)
        self.in_words.setVisible(many)
        self.control.setVisible(not many)
        self.button_less.setVisible(self._free and (many or len(self.boxes) > 1))
        words.named(self.button_less, _("Leave only the first time") if many else _("Take the last time away"))
        self.button_more.setVisible(self._free and len(self.boxes) < _FEW and not many)
        self.button_repeat.setVisible(self._free)

    @guarded
    def _on_time(self, _time: QTime) -> None:
        self.say(self.all_times)

    @guarded
    def _on_more(self) -> None:
        last = self.boxes[-1].time()
        box = self._add(last.addSecs(3600 * 6).toString("HH:mm"))
        self._tell_buttons()
        words.tab_order(self)
        self.say(self.all_times)
        box.setFocus(Qt.FocusReason.OtherFocusReason)

    @guarded
    def _on_less(self) -> None:
        if self.many:
            self.replace(self.many[:1])
            return
        gone = self.boxes.pop()
        self._flow.removeWidget(gone)
        gone.hide()
        gone.deleteLater()
        self._tell_buttons()
        self.say(self.all_times)

    def editable(self, on: bool) -> None:
        """See `Field.editable`."""
        for one in self.boxes:
            one.setEnabled(on)
        self._free = on
        self._tell_buttons()
