"""What every screen is: built without asking anything, filled when it is used, gone when the host likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QWidget

from .guard import guarded

if TYPE_CHECKING:
    from .desk import Desk

NARROW, WIDE = 1000, 1300
"""Widths of the root, in logical pixels, where a screen is laid out otherwise."""


class Page(QWidget):
    """One screen. Its constructor builds widgets and asks nothing."""

    key: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.desk: Desk | None = None
        self.stale = True
        """Whether what it shows is older than the data."""

    def use(self, desk: Desk) -> None:
        """Take the desk, once."""
        self.desk = desk
        desk.refreshed.connect(self._on_refreshed)

    def refresh(self) -> None:
        """Read anew, off the thread of the screens."""

    def opened(self, **what: object) -> None:
        """It was gone to; ``what`` says what to show."""

    def leaving(self) -> None:
        """Another screen is gone to."""

    def command(self) -> tuple[str, ...]:
        """The words of the command line that do the same."""
        return ()

    def retheme(self) -> None:
        """Redraw what the sheet does not reach."""

    def showEvent(self, event: QShowEvent) -> None:
        """Read what changed while nobody looked."""
        super().showEvent(event)
        self._catch_up()

    @guarded
    def _on_refreshed(self) -> None:
        self.stale = True
        if self.isVisible():
            self._catch_up()

    @guarded
    def _catch_up(self) -> None:
        if self.stale and self.desk is not None:
            self.stale = False
            self.refresh()
