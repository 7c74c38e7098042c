"""The icon beside the clock: the state by shape and colour, the most wanted orders, notices through the system."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QAction, QIcon
from qtpy.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from ..base.records import Severity
from ..base.texts import _
from ..base.watching import Health, Occurrence
from . import theme, tray_words
from .guard import guarded
from .tray_words import Notice
from .work import Work

_SIDES = (16, 20, 22, 24, 32, 48, 64)
_TOKENS = {"ok": "ok", "warn": "warn", "danger": "danger", "mute": "text3"}
_SAME = frozenset({"health.latest_failed", "health.latest_unproven"})
"""Alarms that say again what the end of a work has just told."""
_JUST_S = 120.0
_AGAIN_S = 6 * 3600.0
"""An alarm that comes, goes and comes again is told once in so long."""
_SHOWN_MS = 10_000
_ICONS = {
    Severity.INFO: QSystemTrayIcon.MessageIcon.Information,
    Severity.WARNING: QSystemTrayIcon.MessageIcon.Warning,
    Severity.ERROR: QSystemTrayIcon.MessageIcon.Critical,
}


class Tray(QObject):
    """Works where there is no tray too: then it is nowhere, and nobody is told anything."""

    open_wanted = Signal()
    backup_wanted = Signal()
    restore_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, window: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window, self._clock = window, clock
        self._health: Health | None = None
        self._works: tuple[Work, ...] = ()
        self._past: set[str] | None = None
        """Works whose end was told, or had come before we listened."""
        self._alarms: set[str] = set()
        self._told_at: dict[str, float] = {}
        self._bad_at: float | None = None
        """When the bad end of a work was told last."""
        self._tone = ""
        self._barred = ""
        """Why nothing can be backed up, as `Desk.barred`."""
        self._hidden = False
        self._menu = self._make_menu()
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self._menu)
        self.icon.activated.connect(self._on_activated)
        self.icon.messageClicked.connect(self._on_message_clicked)
        self._redraw()
        self._appear()

    def is_there(self) -> bool:
        """Whether a person can see it, and so find the hidden window again."""
        return QSystemTrayIcon.isSystemTrayAvailable() and self.icon.isVisible()

    def hide(self) -> None:
        """Take it away, as before the program ends."""
        self._hidden = True
        self.icon.hide()

    def tell(self, health: Health | None, runs: Iterable[Occurrence] | None, works: tuple[Work, ...]) -> None:
        """Show the state, the next due times, and what works came to; None: as it was."""
        self._appear()
        if runs is not None:
            self._next.setText(tray_words.coming(runs))
            self._next.setVisible(bool(self._next.text()))
        self._works = works
        for notice in (self._endings(works), self._news(health)):
            if notice is not None and not self._is_looked_at():
                self.say(notice)
        self._health = health or self._health
        self._redraw()

    def bar(self, why: str) -> None:
        """Why nobody here can back up (`Desk.barred`), empty: it can be done. What can't be judged is not told."""
        self._barred = why
        if why in tray_words.UNKNOWN:
            self._health = None
            self._next.setVisible(False)
        self._redraw()

    def say(self, notice: Notice) -> None:
        """Tell a person who looks elsewhere, where the system has a way to."""
        if self.is_there() and QSystemTrayIcon.supportsMessages():
            self.icon.showMessage(notice.title, notice.text, _ICONS[notice.severity], _SHOWN_MS)

    def lines(self) -> tuple[str, ...]:
        """The lines of the menu that can be seen, as they read."""
        return tuple(one.text() for one in self._menu.actions() if one.isVisible() and not one.isSeparator())

    @property
    def tone(self) -> str:
        """ok, warn, danger or mute."""
        return self._tone

    def _appear(self) -> None:
        """Show it as soon as the desktop has a place for it; some begin later than the program."""
        if not self.icon.isVisible() and not self._hidden and QSystemTrayIcon.isSystemTrayAvailable():
            self.icon.show()

    def _endings(self, works: tuple[Work, ...]) -> Notice | None:
        """Of the newest work that ended since."""
        over = {one.id: one for one in works if one.state == "ended"}
        new = [one for number, one in over.items() if self._past is not None and number not in self._past]
        self._past = (self._past or set()) | set(over)
        told = [notice for one in new if (notice := tray_words.ended(one)) is not None]
        if any(one.severity is Severity.ERROR for one in told):
            self._bad_at = self._clock()
        return told[-1] if told else None

    def _news(self, health: Health | None) -> Notice | None:
        """Of alarms that were not there before, nor told a short while ago."""
        if health is None:
            return None
        now, found = self._clock(), {tray_words.key(one): one for one in health.alarms}
        new = [one for key, one in found.items() if key not in self._alarms and self._is_due(key, now)]
        for key in found.keys() - self._alarms:
            self._told_at[key] = now
        self._alarms = set(found)
        if self._bad_at is not None and now - self._bad_at < _JUST_S:
            new = [one for one in new if one.code not in _SAME]
        return tray_words.alarmed(new)

    def _is_due(self, key: str, now: float) -> bool:
        told = self._told_at.get(key)
        return told is None or now - told >= _AGAIN_S

    def _is_looked_at(self) -> bool:
        """Whether the person has the window before them, which tells the same."""
        return self._window.isVisible() and self._window.isActiveWindow()

    def _redraw(self) -> None:
        working = tray_words.working(self._works)
        tone, icon, said = self._judged()
        self._state.setText(said.replace("&", "&&"))
        self._state.setIcon(self._menu_icon(icon))
        self._working.setText(working)
        self._working.setVisible(bool(working))
        self._backup.setText(tray_words.backing_up(self._barred))
        self._backup.setEnabled(not working and not self._barred)
        self.icon.setToolTip("\n".join(one for one in (_("Rexus Backups"), said, working) if one))
        if tone != self._tone:
            self._tone = tone
            self.icon.setIcon(drawn(tone))

    def _judged(self) -> tuple[str, str, str]:
        """Tone, icon and words of the state."""
        if self._barred in tray_words.UNKNOWN:
            tone, icon, said = tray_words.UNKNOWN[self._barred]
            return tone, icon, _(said)
        tone, icon = tray_words.STATES[self._health.level] if self._health is not None else ("mute", "clock")
        return tone, icon, tray_words.state(self._health)

    def _make_menu(self) -> QMenu:
        menu = QMenu()
        self._menu = menu
        self._state = self._line("clock")
        self._working = self._line("play")
        self._next = self._line("clock")
        menu.addSeparator()
        self._backup = self._order(_("Back up now"), "play", self._on_backup)
        self._order(_("Restore…"), "restore", self._on_restore)
        opened = self._order(_("Open Backups"), "list", self._on_open)
        menu.setDefaultAction(opened)
        menu.addSeparator()
        self._order(_("Quit"), "cross", self._on_quit)
        for one in (self._working, self._next):
            one.setVisible(False)
        return menu

    def _line(self, icon: str) -> QAction:
        """A line that only tells."""
        made = QAction(self)
        made.setIcon(self._menu_icon(icon))
        made.setEnabled(False)
        self._menu.addAction(made)
        return made

    def _order(self, text: str, icon: str, slot: Callable[[], None]) -> QAction:
        made = QAction(text, self)
        made.setIcon(self._menu_icon(icon))
        made.triggered.connect(slot)
        self._menu.addAction(made)
        return made

    def _menu_icon(self, icon: str) -> QIcon:
        """In a colour for the ground that the desktop gives menus, which is not ours."""
        dark = self._menu.palette().window().color().lightness() < 128
        return theme.named("dark" if dark else "light").icon(icon, "text2", 16)

    @guarded
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.open_wanted.emit()

    @guarded
    def _on_message_clicked(self) -> None:
        self.open_wanted.emit()

    @guarded
    def _on_backup(self) -> None:
        self.backup_wanted.emit()

    @guarded
    def _on_restore(self) -> None:
        self.restore_wanted.emit()

    @guarded
    def _on_open(self) -> None:
        self.open_wanted.emit()

    @guarded
    def _on_quit(self) -> None:
        self.quit_wanted.emit()


def drawn(tone: str) -> QIcon:
    """A filled shape that can be told on light and dark panels: shield, triangle or disc, by the state."""
    icon = QIcon()
    for side in _SIDES:
        icon.addPixmap(theme.named("light").pixmap(f"tray-{tone}", _TOKENS[tone], side))
    return icon
