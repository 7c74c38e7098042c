"""Who is in the databases that a restore takes away from them: login, computer, program; a line for each session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QGridLayout, QLabel, QWidget

from ..base.texts import _, n_
from . import words
from .rows_table import plain_tip
from .work_rows import Elided

if TYPE_CHECKING:
    from ..engines.port_server import Occupant

SHOWN = 6
"""So many sessions are told one by one."""


class Sessions(QWidget):
    """A small table; several sessions that look the same are one line with their number."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, ...]] = []
        self._told: list[tuple[str, ...]] | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(32, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        for column, stretch in enumerate((3, 3, 4, 2)):
            self._grid.setColumnStretch(column, stretch)
        self.hide()

    def tell(self, found: Mapping[str, Sequence[Occupant]]) -> None:
        """Show who is in which database."""
        several = len(found) > 1
        counts: dict[tuple[str, ...], int] = {}
        for name, there in found.items():
            for one in there:
                line = (one.login or "?", one.host or "?", one.program or "?", name if several else "")
                counts[line] = counts.get(line, 0) + 1
        self.lines = [(*told[:3], _beside(told[3], count)) for told, count in counts.items()]
        if self.lines == self._told:  # nothing moves under the eyes of whoever reads it
            return
        self._told = self.lines
        words.clear(self._grid)
        heads = (_("Login"), _("Computer"), _("Program"), _("Database|choice").partition("|")[0] if several else "")
        for column, text in enumerate(heads):
            self._grid.addWidget(words.label(text, "meta"), 0, column)
        for number, cells in enumerate(self.lines[:SHOWN], 1):
            for column, text in enumerate(cells):
                self._grid.addWidget(_cell(text), number, column)
        rest = len(self.lines) - SHOWN
        if rest > 0:
            more = n_("and {count} more", "and {count} more", rest).format(count=rest)
            self._grid.addWidget(words.label(more, "meta"), SHOWN + 1, 0, 1, 3)
        self.setVisible(bool(self.lines))
        self.setAccessibleName("; ".join(", ".join(filter(None, line)) for line in self.lines))

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.lines)


def _beside(name: str, count: int) -> str:
    """The database, and how often where that is more than once."""
    times = n_("{count} session", "{count} sessions", count).format(count=count) if count > 1 else ""
    return ", ".join(filter(None, (name, times)))


def _cell(text: str) -> QLabel:
    """Plain text of the server, however long."""
    made = Elided()
    made.tell(" ".join(text.split())[:300])
    made.setToolTip(plain_tip(text[:300]))
    return made
