"""What the steps of the first run have in common."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from .restore_pane import Pane


class FirstPane(Pane):
    """The content of one step. Answers are looked at elsewhere; until then one may want to go on already."""

    checked = Signal()
    """An answer was looked at."""
    dropped = Signal()
    """What was being looked at counts no more: somebody answered otherwise."""

    @property
    def is_checking(self) -> bool:
        """Whether an answer is still being looked at."""
        return False

    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return self

    def at_fault(self) -> QWidget | None:
        """What must be answered otherwise before one can go on, told so by now; None: one can."""
        return None if self.ready else self.first()
