"""Findings one below the other: how grave, the sentence, what to do, and a button that copies it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from ..base.records import Finding, Problem, Severity
from ..base.texts import _
from . import server_words, telling, words
from .guard import calling
from .restore_pane import wrapped

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)


class FindingRow(QFrame):
    """One finding."""

    def __init__(self, found: Finding | Problem, copy: Callable[[str], object]) -> None:
        super().__init__()
        icon, tone = server_words.sign_of(found)
        said, fix = telling.sentence(found), server_words.fix_of(found)
        message = wrapped("" if fix else "muted", "danger" if tone == "danger" else "")
        message.setText(said.message)
        self.message = message
        texts: list[words.Item] = [message]
        self.button_copy: QPushButton | None = None
        if fix:
            told = wrapped("meta")
            told.setText(fix)
            texts.append(told)
        if fix and server_words.can_be_copied(found):
            is_sql = server_words.is_statement(fix)
            made = words.button(_("Copy the T-SQL") if is_sql else _("Copy what to do"), "link", "copy")
            name = _("Copy the T-SQL for: {what}") if is_sql else _("Copy what to do about: {what}")
            words.named(made, name.format(what=said.message))
            made.clicked.connect(calling(self, lambda: copy(server_words.statement_of(fix))))
            made.setAccessibleDescription(fix)
            self.button_copy = made
            texts.append(words.row(made, ...))
        sign = words.column(1, words.icon_label(icon, tone, 18), ..., gap=0)
        words.row(sign, (words.column(*texts, gap=2), 1), gap=10, parent=self)
        self.setAccessibleName(f"{said.message} {fix}".strip())


class Findings(QWidget):
    """All that was found, the gravest first."""

    def __init__(self, copy: Callable[[str], object]) -> None:
        super().__init__()
        self._copy = copy
        self.rows: list[FindingRow] = []
        self._lay: QVBoxLayout = words.column(gap=10, parent=self)
        self.hide()  # else nothing would take room between what is above and below

    def tell(self, found: Sequence[Finding | Problem]) -> None:
        """Show these."""
        words.clear(self._lay)
        self.rows = [FindingRow(one, self._copy) for one in sorted(found, key=lambda one: _ORDER.index(one.severity))]
        for row in self.rows:
            self._lay.addWidget(row)
            row.show()
        self.setVisible(bool(self.rows))
        words.tab_order(self)
