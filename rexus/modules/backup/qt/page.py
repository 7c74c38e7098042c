"""What every screen is: built without asking anything, filled when it is used, gone when the host likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

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
        self._known_turn = -1
        """At which turn of the data (`Desk.turn`) it was read last."""
        self.dock: QVBoxLayout | None = None
        """Where running work is shown, above buttons of its own that stay in their place; None: below the page."""

    def use(self, desk: Desk) -> None:
        """Take the desk, once."""
        self.desk = desk
        desk.refreshed.connect(self._on_refreshed)

    def refresh(self) -> None:
        """Read anew, off the thread of the screens."""

    def warm(self) -> bool:
        """Do a part of what its first look would take, before anybody looks; whether something is left."""
        return False

    def opened(self, **what: object) -> None:
        """It was gone to; ``what`` says what to show."""

    def here(self) -> dict[str, object]:
        """What `opened` must be told, so that a page made anew shows the same place."""
        return {}

    def leaving(self) -> None:
        """Another screen is gone to."""

    def command(self) -> tuple[str, ...]:
        """The words of the command line that do the same."""
        return ()

    def retheme(self) -> None:
        """Redraw what the sheet does not reach."""

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        """Read what changed while nobody looked."""
        super().showEvent(event)
        self._catch_up()

    def read_again(self) -> None:
        """What it shows is old by now: read anew, at once where somebody looks."""
        self.stale = True
        if self.isVisible():
            self._catch_up()

    @guarded
    def _on_refreshed(self) -> None:
        """Read again, unless it was made and read while the same news was told."""
        if self.desk is None or self.desk.turn != self._known_turn:
            self.read_again()

    @guarded
    def _catch_up(self) -> None:
        if self.stale and self.desk is not None:
            self.stale = False
            self._known_turn = self.desk.turn
            self.refresh()
