"""What would be lost of each database of a server, in plain words; the statement that changes it is only copied.

Copies of the log are planned where all times are, and saved there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtWidgets import QFrame, QPushButton, QVBoxLayout

from ..base.texts import _
from . import words
from .guard import calling
from .restore_pane import wrapped
from .server_words import Advice

_SIGNS = {"ok": "tick", "warn": "warning", "danger": "cross"}


class AdviceRow(QFrame):
    """One database."""

    def __init__(self, told: Advice, copy: Callable[[str], object], plan: Callable[[], object]) -> None:
        super().__init__()
        sign = words.column(1, words.icon_label(_SIGNS[told.tone], told.tone, 18), ..., gap=0)
        text = wrapped("muted")
        text.setText(told.text)
        texts: list[words.Item] = [words.label(told.name, "strong"), text]
        self.button_copy: QPushButton | None = None
        self.button_plan: QPushButton | None = None
        if told.can_plan:
            self.button_plan = words.button(_("Plan copies of the log…"), "link", "clock")
            words.named(self.button_plan, _("Plan copies of the log of {name}").format(name=told.name))
            self.button_plan.clicked.connect(calling(self, plan))
            texts.append(words.row(self.button_plan, ...))
        if told.sql:
            line = wrapped("mono")
            line.setText(told.sql)
            self.button_copy = words.button(_("Copy the T-SQL"), "link", "copy")
            words.named(self.button_copy, _("Copy the T-SQL of {name}").format(name=told.name))
            self.button_copy.clicked.connect(calling(self, lambda: copy(told.sql)))
            texts += [line, words.row(self.button_copy, ...)]
        words.row(sign, (words.column(*texts, gap=2), 1), gap=10, parent=self)
        self.setAccessibleName(f"{told.name}: {told.text}")


class AdviceCard(QFrame):
    """All databases; hidden until the server was looked at."""

    def __init__(self, copy: Callable[[str], object], plan: Callable[[], object]) -> None:
        super().__init__()
        self._copy, self._plan = copy, plan
        self.rows: list[AdviceRow] = []
        card = words.card()
        self._lay: QVBoxLayout = words.column(gap=10)
        note = wrapped("meta")
        note.setText(
            _("This program never changes a database's recovery: run the statement yourself if you want that.")
        )
        words.column(
            words.label(_("How much would be lost"), "h2"), self._lay, note,
            gap=10, margins=(16, 14, 16, 14), parent=card,
        )  # fmt: skip
        words.column(card, gap=0, parent=self)
        self.hide()

    def tell(self, told: Sequence[Advice]) -> None:
        """Show these; none hides it."""
        words.clear(self._lay)
        self.rows = []
        for number, one in enumerate(told):
            if number:
                self._lay.addWidget(words.line())
            row = AdviceRow(one, self._copy, self._plan)
            self.rows.append(row)
            self._lay.addWidget(row)
            row.show()
        self.setVisible(bool(told))
        words.tab_order(self)
