"""The page the host shows: puts the screens together, says what the person wants."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, QTimer, Signal
from qtpy.QtGui import QAction, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from qtpy.QtWidgets import QBoxLayout, QFrame, QMenu, QStackedWidget, QTabBar, QWidget

from .base.records import Problem
from .base.saying import N_
from .base.texts import _, language
from .qt import drafts, theme, words
from .qt.asking import is_asking
from .qt.banner import Banners
from .qt.guard import guarded, guarded_or
from .qt.work_strip import WorkStrip

if TYPE_CHECKING:
    from .qt.desk import Desk
    from .qt.page import Page

TABS = {
    "summary": N_("Summary"),
    "sets": N_("Copies"),
    "restore": N_("Restore"),
    "settings": N_("Settings"),
    "log": N_("Log"),
}
PAGES = {
    "summary": ("page_summary", "SummaryPage"),
    "sets": ("page_sets", "SetsPage"),
    "restore": ("page_restore", "RestorePage"),
    "settings": ("page_settings", "SettingsPage"),
    "log": ("page_log", "LogPage"),
    "first": ("page_first", "FirstPage"),
}
"""Where each screen is written; each is imported when it is first made."""
WARM_EVERY_MS = 100
WARM_PATIENCE = 100
"""So often the making of screens waits for answers that somebody waits for; then it goes on beside them."""
SLOW_MS = 200
"""What takes longer is said."""
_COMMAND = N_("Copy the command that does the same")


class BackupView(QWidget):
    """Header, screen, running work. Builds without asking anything; shows what the controller gives it."""

    shown = Signal()
    """It came to be looked at: in the host only now its window is known."""
    hidden = Signal()
    theme_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(theme.ROOT_NAME)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(_("Backups"))
        self.controller: object | None = None
        self._desk: Desk | None = None
        self._pages: dict[str, Page] = {}
        self._current = ""
        self._language = language()
        self._patience = WARM_PATIENCE
        self._header = self._make_header()
        self.banners = Banners()
        self.stack = QStackedWidget()
        self._waiting = words.label(rx="meta")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack.addWidget(self._waiting)
        self.strip = WorkStrip()
        self._lay = words.column(self._header, self.banners, (self.stack, 1), self.strip, gap=0, parent=self)
        self._strip_in: QBoxLayout = self._lay
        self._make_shortcuts()
        self.apply_theme()

    def minimumSizeHint(self) -> QSize:
        """The host's window must not grow for us."""
        return QSize(940, 600)

    def set_controller(self, controller: object) -> None:
        """Hook of the host: the controller keeps living as long as the page does."""
        self.controller = controller

    def cargar_datos_iniciales(self) -> None:
        """Hook of the host; reading begins when the page is shown."""

    def use(self, desk: Desk) -> None:
        """Take the desk: from now on screens can ask."""
        self._desk = desk
        desk.going.connect(self._on_going)
        desk.told.connect(self._on_told)
        desk.mended.connect(self._on_mended)
        desk.reopened.connect(self._on_reopened)
        desk.said.connect(self._on_said)
        for page in self._pages.values():
            page.use(desk)
        self._use_strip(desk)
        self.tabs.setEnabled(True)

    def _use_strip(self, desk: Desk) -> None:
        self.strip.may_stop = desk.may_stop
        self.strip.look.connect(self._on_look)
        self.strip.again.connect(self.back_up)

    def open(self, key: str, what: dict[str, object] | None = None) -> None:
        """Show a screen, made when first wanted."""
        page = self.page(key)
        if self._current and self._current != key:
            self._pages[self._current].leaving()
        self._current = key
        self._header.setVisible(key != "first")
        self._select_tab(key)
        self._put_strip(page.dock if page.dock is not None else self._lay)
        self.stack.setCurrentWidget(page)
        page.opened(**(what or {}))

    def _put_strip(self, place: QBoxLayout) -> None:
        """Have running work shown there.

        It is taken out of where it was first: of a widget that Qt takes out by itself PySide keeps a dead item, and
        takes whatever comes to stand at the same place in memory for that.
        """
        if self._strip_in is not place:
            self._strip_in.removeWidget(self.strip)
            self._strip_in = place
        self.strip.stand_in(place)

    def page(self, key: str) -> Page:
        """The screen of that name."""
        if key not in self._pages:
            module, name = PAGES[key]
            page: Page = getattr(import_module(f".qt.{module}", __package__), name)()
            self._pages[key] = page
            self.stack.addWidget(page)
            changes = getattr(page, "changes", None)
            if key == "settings" and changes is not None:
                changes.connect(self._on_changes)
            if self._desk is not None:
                page.use(self._desk)
        return self._pages[key]

    @property
    def current(self) -> str:
        """Name of the screen that is shown."""
        return self._current

    @property
    def made(self) -> dict[str, Page]:
        """The screens made by now."""
        return dict(self._pages)

    @guarded
    def warm_up(self) -> None:
        """Make the screens that nobody looked at yet, a part at a time while nothing else is to be done."""
        if self._desk is None:
            return
        if is_asking() and self._patience:
            self._patience -= 1
        elif not self._warm_a_part():
            return
        QTimer.singleShot(WARM_EVERY_MS, self.warm_up)

    def _warm_a_part(self) -> bool:
        """Read the code of a screen, or make it, or have it do a part of its first look; whether more may be left."""
        for key in TABS:
            if key not in self._pages:
                module = f"{__package__}.qt.{PAGES[key][0]}"
                if module in sys.modules:
                    self.page(key)
                else:
                    import_module(module)
                return True
        return any(page.warm() for page in self._pages.values())

    @guarded
    def _on_slow(self) -> None:
        """Nobody looks at an empty page without a word."""
        self._waiting.setText("" if self._current else _("Reading the settings…"))

    def tell_state(self, text: str, tone: str, icon: str) -> None:
        """Show the state in the header."""
        before = self.chip.text()
        self.chip.tell(text, tone, icon)
        self.chip.setVisible(bool(text))
        if before and before != text:
            self._spoken.setText(text)

    def speak_anew(self) -> None:
        """Say everything in the present language: screens are made again when they are next shown."""
        if self._language == language():
            return
        self._language = language()
        for number, text in enumerate(TABS.values()):
            self.tabs.setTabText(number, _(text))
        self._frame_anew()
        current, self._current = self._current, ""
        pages, self._pages = self._pages, {}
        here = pages[current].here() if current else {}
        for page in pages.values():
            page.leaving()
            self.stack.removeWidget(page)
            page.deleteLater()
        if current:
            self.open(current, here)

    def _frame_anew(self) -> None:
        """The same for what is around the screens."""
        self.setAccessibleName(_("Backups"))
        words.named(self.tabs, _("Pages"))
        for button, tip in ((self.button_command, _(_COMMAND)), (self.button_more, _("More"))):
            button.setToolTip(tip)
            button.setAccessibleName(tip)
        before, place = (self.banners, self.strip), self._lay.indexOf(self.banners)
        self._lay.removeWidget(self.banners)
        self._strip_in.removeWidget(self.strip)
        for old in before:
            old.hide()
            old.deleteLater()
        self.banners, self.strip, self._strip_in = self.banners.again(), WorkStrip(), self._lay
        self._lay.insertWidget(place, self.banners)
        self._lay.addWidget(self.strip)
        if self._desk is not None:
            self._use_strip(self._desk)

    def apply_theme(self) -> None:
        """Set the one sheet of the present theme on this root, and redraw what it does not reach."""
        self.setStyleSheet(theme.current().sheet())
        words.reicon(self)
        for page in self._pages.values():
            page.retheme()

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        """Say that it is looked at."""
        super().showEvent(event)
        self.shown.emit()
        if not self._current:
            QTimer.singleShot(SLOW_MS, self._on_slow)

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        """The host never closes pages; hiding is the only goodbye."""
        self.hidden.emit()
        super().hideEvent(event)

    @guarded_or(False)
    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes as one reads, whatever was made when: header, banner, screen, running work, the buttons below it."""
        words.tab_order(self)
        return super().focusNextPrevChild(next)

    @guarded
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Esc that no page wanted hides the banner, wherever the focus is."""
        if event is not None and event.key() == Qt.Key.Key_Escape and self.banners.isVisible():
            self.banners.hide_one()
        elif event is not None:
            super().keyPressEvent(event)

    def _make_header(self) -> QFrame:
        header = QFrame()
        header.setProperty("rx", "header")
        header.setFixedHeight(52)
        self.tabs = words.named(QTabBar(), _("Pages"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        for number, (key, text) in enumerate(TABS.items()):
            self.tabs.addTab(_(text))
            self.tabs.setTabData(number, key)
            self.tabs.setTabToolTip(number, f"Ctrl+{number + 1}")
        self.tabs.setEnabled(False)
        self.tabs.tabBarClicked.connect(self._on_tab)
        self.tabs.currentChanged.connect(self._on_tab)
        self._said = words.label(rx="meta")
        self._spoken = words.label()
        self._spoken.hide()
        self.chip = words.Chip()
        self.chip.hide()
        self.button_command = words.tool("terminal", _(_COMMAND))
        self.button_command.clicked.connect(self._on_copy_command)
        self.button_more = words.tool("more", _("More"))
        self.button_more.clicked.connect(self._on_more)
        items = (self.tabs, ..., self._said, self._spoken, self.chip, self.button_command, self.button_more)
        words.row(*items, gap=12, margins=(12, 0, 16, 0), parent=header)
        return header

    def _make_shortcuts(self) -> None:
        for number, key in enumerate(TABS):
            one = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self)
            one.setContext(Qt.ShortcutContext.WindowShortcut)
            one.setProperty("page", key)
            one.activated.connect(self._on_page_key)
        for keys, slot in (("F5", self._on_refresh_key), ("Ctrl+B", self.back_up)):
            other = QShortcut(QKeySequence(keys), self)
            other.setContext(Qt.ShortcutContext.WindowShortcut)
            other.activated.connect(slot)

    def _select_tab(self, key: str) -> None:
        self.tabs.blockSignals(True)
        self.tabs.setCurrentIndex(list(TABS).index(key) if key in TABS else -1)
        self.tabs.blockSignals(False)

    @guarded
    def choose_theme(self, action: QAction) -> None:
        """Say which theme was chosen from a menu."""
        self.theme_wanted.emit(str(action.data()))

    @guarded
    def _on_tab(self, number: int) -> None:
        key = self.tabs.tabData(number) if number >= 0 else ""
        if key and key != self._current and self._desk is not None:
            self._desk.go(str(key))

    @guarded
    def _on_page_key(self) -> None:
        sender = self.sender()
        if self._desk is not None and sender is not None and self._current != "first":
            self._desk.go(str(sender.property("page")))

    @guarded
    def _on_refresh_key(self) -> None:
        if self._desk is not None:
            self._desk.look_again(refresh=True)

    @guarded
    def back_up(self) -> None:
        """Have a backup made, of the kind that the person says where there are several."""
        from .qt import backup_kind

        if self._desk is not None:
            backup_kind.wanted(self._pages.get(self._current, self), self._desk)

    @guarded
    def _on_going(self, page: str, what: object) -> None:
        self.open(page, what if isinstance(what, dict) else {})

    @guarded
    def _on_told(self, problem: Problem, mend: str, act: Callable[[], None] | None) -> None:
        self.banners.tell(problem, mend=mend, act=act)

    @guarded
    def _on_mended(self, code: str) -> None:
        self.banners.solved(code)

    @guarded
    def _on_reopened(self) -> None:
        """What was changed in the settings before this page was made still waits there."""
        if self._desk is not None and "settings" not in self._pages:
            draft = drafts.waiting(self._desk)
            self._on_changes(len(draft.changes()) if draft is not None else 0)

    @guarded
    def _on_said(self, text: str) -> None:
        self._said.setText(text)
        self._said_timer().start(4000)

    def _said_timer(self) -> QTimer:
        if not hasattr(self, "_remark"):
            self._remark = QTimer(self)
            self._remark.setSingleShot(True)
            self._remark.timeout.connect(self._said.clear)
        return self._remark

    @guarded
    def _on_look(self, name: str) -> None:
        if self._desk is not None:
            self._desk.go("sets", set=name)

    @guarded
    def _on_changes(self, count: int) -> None:
        number = list(TABS).index("settings")
        self.tabs.setTabText(number, f"{_(TABS['settings'])} •" if count else _(TABS["settings"]))

    @guarded
    def _on_copy_command(self) -> None:
        page = self._pages.get(self._current)
        if self._desk is not None and page is not None:
            self._desk.copy_command(*page.command())

    @guarded
    def _on_more(self) -> None:
        from .qt.more import menu

        if self._desk is not None:
            made: QMenu = menu(self, self._desk, self.choose_theme)
            made.popup(self.button_more.mapToGlobal(self.button_more.rect().bottomLeft()))
