"""The entry Backups in a running host: sidebar, factory, and who may enter. The host's files stay as they are."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ..base.texts import _
from . import host_model
from .host_model import HostModel

log = logging.getLogger(__name__)
NAME = "Backups"
SIGN = "💾"
"""Before the name, as the host's own entries have one."""
_FACTORY = "_create_module_widget"
_DONE = "_rexus_backups"
_FEWEST = 3
"""Buttons by which the list of modules is known."""


def add(main_window: Any) -> bool:  # noqa: ANN401  the host's window has no type that we could name
    """Add entry, factory and gate to ``main_window``, once. False: it is no host that we know. Never raises."""
    try:
        if getattr(main_window, _DONE, False):
            return True
        host_model.present(main_window)
        if not callable(getattr(main_window, _FACTORY, None)) or not hasattr(main_window, "show_module"):
            log.error("no host that is known: %s", type(main_window).__name__)
            return False
        setattr(main_window, _FACTORY, Factory(main_window, getattr(main_window, _FACTORY)))
        setattr(main_window, _DONE, True)
        return _add_entry(main_window)
    except Exception:
        log.exception("the entry could not be added")
        return False


class Factory:
    """Stands before the host's own factory: makes our module, leaves the others to it."""

    def __init__(self, main_window: Any, others: Callable[[str], QWidget]) -> None:  # noqa: ANN401
        self._window, self._others = main_window, others

    def __call__(self, module_name: str) -> QWidget:
        """The widget of a module; ours never raises."""
        if str(module_name).strip().casefold() != NAME.casefold():
            return self._others(module_name)
        return make(self._window)


def make(main_window: Any) -> QWidget:  # noqa: ANN401
    """The module for whoever is logged in now: the screens, or a page that says why not. Never raises."""
    try:
        user = getattr(main_window, "user_data", None)
        if not host_model.is_administrator(user):
            who = host_model.person(user)
            log.warning("refused: %s, role %r", who.name, who.host_role)
            return refusal(who.name, who.host_role or _("none"))
        return _module()
    except Exception:
        log.exception("the module could not be made")
        return trouble()


def refusal(who: str, role: str) -> QWidget:
    """Says who may enter, and what to do."""
    said = Told(
        "lock",
        "warn",
        _("Backups are for administrators"),
        _("You are logged in to Rexus.app as {who}, and the role of this user is: {role}.").format(who=who, role=role),
        _("The backups go on by themselves as they are scheduled."),
        _("Ask an administrator of Rexus.app, or log in with a user that has the role ADMIN."),
    )
    return page(said)


def trouble(_name: str = "", _error: str | None = None) -> QWidget:
    """Says that the screens can't be shown, and what is still safe."""
    said = Told(
        "shield-alert",
        "danger",
        _("Backups could not be opened"),
        _("The screens of this module could not be loaded; the log of Rexus.app says why."),
        _("The backups that exist are not affected, and scheduled ones go on."),
        _("Look at what is missing with: {command}").format(command="main_backup.py host check ."),
    )
    return page(said)


def _module() -> QWidget:
    """View and controller, by the host's own loader where it is there."""
    from ..controller import BackupController
    from ..view import BackupView

    manager = getattr(sys.modules.get("rexus.core.module_manager"), "module_manager", None)
    if manager is not None:
        made = manager.create_module_safely(
            module_name=NAME,
            model_class=HostModel,
            view_class=BackupView,
            controller_class=BackupController,
            db_connection=None,
            fallback_callback=trouble,
        )
        assert isinstance(made, QWidget)
        return made
    model, view = HostModel(), BackupView()
    controller = BackupController(model, view)
    view.set_controller(controller)
    controller.cargar_datos_iniciales()
    return view


def _add_entry(main_window: Any) -> bool:  # noqa: ANN401
    """Put the button below the others: enabled for administrators, else as the host shows what is not permitted."""
    layout = _sidebar(main_window)
    if layout is None:
        log.error("the host's list of modules was not found")
        return False
    if any(one.text().strip().endswith(NAME) for one in _buttons(layout)):
        return True
    allowed = host_model.is_administrator(getattr(main_window, "user_data", None))
    locked = getattr(main_window, "_create_disabled_module_button", None)
    if allowed or locked is None:
        button = main_window._create_module_button(SIGN, NAME, _("Back up, prove and restore the databases"))
        button.setEnabled(allowed)
    else:
        button = locked(SIGN, NAME, _("For administrators only"))
    button.setAccessibleName(NAME)
    last = layout.count() - 1
    item = layout.itemAt(last)
    behind = last if item is not None and item.spacerItem() is not None else last + 1
    layout.insertWidget(behind, button)
    permitted = getattr(main_window, "modulos_permitidos", None)
    if allowed and isinstance(permitted, list) and NAME not in permitted:
        permitted.append(NAME)  # the dashboard goes by this list
    return True


def _sidebar(main_window: QWidget) -> QBoxLayout | None:
    """The layout with the most buttons that scrolls, outside of what modules show."""
    content = getattr(main_window, "content_stack", None)
    found: list[tuple[int, QBoxLayout]] = []
    for area in main_window.findChildren(QScrollArea):
        inner = area.widget()
        layout = inner.layout() if inner is not None else None
        if not isinstance(layout, QBoxLayout) or (isinstance(content, QWidget) and content.isAncestorOf(area)):
            continue
        found.append((len(_buttons(layout)), layout))
    count, layout = max(found, key=lambda one: one[0], default=(0, None))
    return layout if count >= _FEWEST else None


def _buttons(layout: QBoxLayout) -> list[QPushButton]:
    items = (layout.itemAt(number) for number in range(layout.count()))
    widgets = (item.widget() for item in items if item is not None)
    return [one for one in widgets if isinstance(one, QPushButton)]


class Told(NamedTuple):
    """A page of words."""

    icon: str
    tone: str
    title: str
    what: str
    safe: str
    fix: str


def page(told: Told) -> QWidget:
    """A page of words; without its looks where even those can't be loaded."""
    try:
        return _drawn(told)
    except Exception:
        log.exception("a page of words")
        bare = QWidget()
        layout = QVBoxLayout(bare)
        for text in told[2:]:
            one = QLabel(text)
            one.setTextFormat(Qt.TextFormat.PlainText)
            one.setWordWrap(True)
            layout.addWidget(one)
        layout.addStretch(1)
        return bare


def _drawn(told: Told) -> QWidget:
    from . import theme, words

    HostModel()  # takes the host's theme
    root = QWidget()
    root.setObjectName(theme.ROOT_NAME)
    root.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    root.setAccessibleName(told.title)
    facts = (("", told.what), (_("Still safe:"), told.safe), (_("What to do:"), told.fix))
    holder = words.card()
    holder.setMaximumWidth(640)
    head = words.row(words.Disc(told.icon, told.tone), (words.label(told.title, "h1", wrap=True), 1), gap=16)
    words.column(head, *(_fact(lead, text) for lead, text in facts), gap=12, margins=(24, 20, 24, 20), parent=holder)
    words.column(words.row((holder, 20), ..., gap=0), ..., margins=24, parent=root)
    root.setStyleSheet(theme.current().sheet())
    return root


def _fact(lead: str, text: str) -> QVBoxLayout:
    from . import words

    said = words.label(text, wrap=True)
    return words.column(words.label(lead, "strong"), said, gap=2) if lead else words.column(said)
