"""What is too rare for a button: the menu behind the three points."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QMenu, QWidget

from .. import __version__
from ..base.texts import _
from . import theme
from .history import history_menu
from .host_model import is_hosted

if TYPE_CHECKING:
    from .desk import Desk


def menu(view: QWidget, desk: Desk, choose_theme: Callable[[QAction], None]) -> QMenu:
    """Refresh, what ran since the start, theme (its action holds the name), version."""
    made = QMenu(view)
    made.aboutToHide.connect(made.deleteLater)
    refresh = _action(made, _("Read again"), "F5")
    refresh.triggered.connect(desk.refresh)
    made.addMenu(history_menu(made))
    if not is_hosted():  # a host has its own looks, and no others
        looks = made.addMenu(_("Appearance"))
        for name, told in (("light", _("Light")), ("dark", _("Dark"))):
            one = _action(looks, told)
            one.setCheckable(True)
            one.setChecked(theme.current().name == name)
            one.setData(name)
        looks.triggered.connect(choose_theme)
    made.addSeparator()
    version = _action(made, _("Rexus Backups {version}").format(version=__version__))
    version.setEnabled(False)
    return made


def _action(parent: QMenu, text: str, keys: str = "") -> QAction:
    made = QAction(f"{text}\t{keys}" if keys else text, parent)
    parent.addAction(made)
    return made
