"""How the window stood when it was closed, for the next start: whether it filled the screen."""

from __future__ import annotations

from qtpy.QtCore import QSettings
from qtpy.QtWidgets import QWidget

_KEY = "window/maximized"


def _kept() -> QSettings:
    """A small file of the person's own, apart from the settings of the backups: it is about this screen alone."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Rexus", "Backups")


def was_maximized() -> bool:
    """Whether the window filled the screen when it was closed last."""
    return str(_kept().value(_KEY, "")).lower() == "true"


def remember(window: QWidget) -> None:
    """Keep how ``window`` stands now; nothing is written where that is known already."""
    if window.isMaximized() != was_maximized():
        _kept().setValue(_KEY, window.isMaximized())
