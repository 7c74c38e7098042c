"""A field of the settings for any of a few: a check mark each."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtWidgets import QCheckBox, QGridLayout, QWidget

from ..config.document import Value
from .guard import guarded
from .settings_fields import Field, calm


class MarksField(Field):
    """Any of a few, a check mark each."""

    def __init__(
        self, name: str, key: tuple[str, ...], choices: Sequence[tuple[str, str]], *, columns: int, note: str = ""
    ) -> None:
        self.marks = {value: calm(QCheckBox(told)) for value, told in choices}
        held = QWidget()
        grid = QGridLayout(held)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for number, mark in enumerate(self.marks.values()):
            grid.addWidget(mark, number // columns, number % columns)
        grid.setColumnStretch(columns, 1)
        super().__init__(name, key, held, note=note)
        for mark in self.marks.values():
            mark.toggled.connect(self._on_any)

    def put(self, value: Value) -> None:
        """Show which are chosen."""
        chosen = value if isinstance(value, list | tuple) else ()
        for one, mark in self.marks.items():
            mark.setChecked(one in chosen)

    @guarded
    def _on_any(self) -> None:
        self.say([one for one, mark in self.marks.items() if mark.isChecked()])

    def editable(self, on: bool) -> None:
        """See `Field.editable`."""
        for mark in self.marks.values():
            mark.setEnabled(on)
