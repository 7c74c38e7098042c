"""The sections of the settings and the list that leads to them; each is built when somebody comes to it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QListWidget, QListWidgetItem, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ..base.texts import _
from ..config.draft import Draft
from . import theme, words
from .guard import guarded, unexpected

if TYPE_CHECKING:
    from .desk import Desk
    from .settings_section import Section

log = logging.getLogger(__name__)

SECTIONS = (
    ("settings_times", "TimesSection"),
    ("settings_keep", "KeepSection"),
    ("settings_databases", "DatabasesSection"),
    ("settings_folders", "FoldersSection"),
    ("settings_copy", "CopySection"),
    ("settings_notices", "NoticesSection"),
    ("settings_people", "PeopleSection"),
    ("settings_look", "LookSection"),
    ("settings_import", "ImportSection"),
)
NAV = 176
WIDEST = 1080


class Book(QWidget):
    """List left, section right."""

    edited = Signal(object, object)
    """As `Section.edited`, of whichever section."""
    overwritten = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[type[Section]] = [
            getattr(import_module(f".{module}", __package__), name) for module, name in SECTIONS
        ]
        self._built: dict[str, Section] = {}
        self._unshown: dict[str, Unshown] = {}
        """What stands in the place of each section that could not be filled."""
        self._desk: Desk | None = None
        self._shown_as: tuple[Draft, bool] | None = None
        self.nav = words.named(QListWidget(), _("Sections"))
        self.nav.setProperty("rx", "nav")
        self.nav.setFixedWidth(NAV)
        self.nav.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stack = QStackedWidget()
        for kind in self.kinds:
            self.nav.addItem(QListWidgetItem(theme.current().icon(kind.icon), _(kind.title)))
            place = QWidget()
            words.column(gap=0, parent=place)
            self.stack.addWidget(place)
        self.lock = self._lock()
        right = words.column(self.lock, (self.stack, 1), gap=0)
        words.row(
            words.column(self.nav, margins=(12, 16, 12, 12)), words.vline(), (right, 1), gap=0, parent=self
        )  # fmt: skip
        self.nav.setCurrentRow(0)
        self.nav.currentRowChanged.connect(self._on_row)

    def _lock(self) -> QWidget:
        held = QWidget()
        text = words.label(_("Only administrators change settings; here you see what is in force."), "muted")
        words.row(words.icon_label("lock", "text2", 16), (text, 1), margins=(24, 12, 24, 0), parent=held)
        held.hide()
        return held

    def use(self, desk: Desk) -> None:
        """Take the desk, once."""
        self._desk = desk
        for one in self._built.values():
            one.use(desk)

    def section(self, key: str) -> Section:
        """The section of that name, built when it is first wanted."""
        if key not in self._built:
            number = next(n for n, kind in enumerate(self.kinds) if kind.key == key)
            made = self.kinds[number]()
            self._built[key] = made
            made.edited.connect(self.edited)
            made.overwritten.connect(self.overwritten)
            self._unshown[key] = Unshown()
            self._unshown[key].button.clicked.connect(self._on_again)
            place = self.stack.widget(number)
            layout = place.layout() if place is not None else None
            assert isinstance(layout, QVBoxLayout)
            layout.addWidget(_scrolled(made, self._unshown[key]))
            if self._desk is not None:
                made.use(self._desk)
            if self._shown_as is not None:
                self._take_in(made)
            self._follow_nav(made)
        return self._built[key]

    def _take_in(self, section: Section) -> None:
        """Show the draft in one section; one that fails is covered, for what stands in its fields is of nobody."""
        draft, free = self._shown_as or (None, False)
        if draft is not None:
            shown = self._without_fail(section, lambda: section.take(draft, free=free))
            section.setVisible(shown)
            self._unshown[section.key].setVisible(not shown)

    def _without_fail(self, section: Section, act: Callable[[], None]) -> bool:
        """Have one section do something; one that fails keeps no other from it. Whether it was done."""
        try:
            act()
        except Exception:
            log.exception("section %s", section.key)
            unexpected()
            return False
        return True

    @property
    def unshown(self) -> tuple[Section, ...]:
        """The sections that do not show what is set."""
        return tuple(one for one in self._built.values() if not self._unshown[one.key].isHidden())

    @guarded
    def _on_again(self) -> None:
        self.overwritten.emit()

    def _follow_nav(self, section: Section) -> None:
        """Tab leads from the list into the section and then to the buttons, though it was made after both."""
        before: QWidget = self.nav
        for one in words.as_read(section):
            QWidget.setTabOrder(before, one)
            before = one

    @property
    def built(self) -> Iterator[Section]:
        """The sections somebody came to."""
        return iter(self._built.values())

    def begin(self) -> bool:
        """Build the section that is seen first; whether that was still to be done."""
        return not self._built and self.current is not None

    @property
    def current(self) -> Section:
        """The section that is shown."""
        return self.section(self.kinds[max(self.nav.currentRow(), 0)].key)

    def open(self, key: object) -> None:
        """Show the section of that name; one that there is not changes nothing."""
        for number, kind in enumerate(self.kinds):
            if kind.key == key:
                self.nav.setCurrentRow(number)

    def take(self, draft: Draft, *, free: bool) -> None:
        """Show a draft in every section."""
        self._shown_as = (draft, free)
        self.lock.setVisible(not free)
        for one in self._built.values():
            self._take_in(one)
        if self.isVisible():
            self._look_at(self.current)

    def _look_at(self, section: Section) -> None:
        if section not in self.unshown:
            self._without_fail(section, section.shown)

    def judge(self, draft: Draft) -> None:
        """Say at every field what is wrong."""
        for one in self._built.values():
            if one not in self.unshown:
                self._without_fail(one, lambda one=one: one.judge(draft))  # type: ignore[misc]

    def home_of(self, key: str) -> Section | None:
        """The section that the setting at a dotted key is changed in."""
        kind = next((one for one in self.kinds if one.claims(key)), None)
        return self.section(kind.key) if kind is not None else None

    def mark(self, draft: Draft) -> None:
        """Show in the list which sections have changes, and which must be mended."""
        changed = {".".join(one.key) for one in draft.changes()}
        for number, kind in enumerate(self.kinds):
            item = self.nav.item(number)
            if item is None:
                continue
            built = self._built.get(kind.key)
            wrong = (built is not None and bool(built.trouble())) or any(map(kind.claims, draft.problems))
            is_changed = any(map(kind.claims, changed))
            title = _(kind.title)
            told = title
            if wrong:
                told = _("{section}, something to correct").format(section=title)
            elif is_changed:
                told = _("{section}, with changes").format(section=title)
            item.setText(f"{title} •" if wrong or is_changed else title)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, told)
            item.setIcon(theme.current().icon("warning" if wrong else kind.icon, "danger" if wrong else "text2"))

    @guarded
    def _on_row(self, number: int) -> None:
        try:
            section = self.current
        finally:  # the list and what is beside it never tell of two sections
            self.stack.setCurrentIndex(number)
        if self._shown_as is not None:
            self._look_at(section)


class Unshown(QFrame):
    """That a section could not be shown, and the button that tries it again."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        told = words.label(_("This part of the settings could not be shown. What is set is as it was."), wrap=True)
        self.button = words.button(_("Try again"))
        icon = words.column(words.icon_label("warning", "warn", 18), ..., gap=0)
        text = words.column(told, 4, words.row(self.button, ...), ..., gap=4)
        words.row(icon, (text, 1), gap=10, margins=(16, 14, 16, 14), parent=self)
        self.hide()


def _scrolled(section: Section, unshown: QWidget) -> QWidget:
    inner, page = QWidget(), QWidget()
    page.setMaximumWidth(WIDEST)
    title = words.label(_(section.title), "h1")
    words.column(title, 2, unshown, (section, 1), gap=8, parent=page).addStretch(0)
    words.row((page, 1000), ..., gap=0, margins=(24, 18, 24, 16), parent=inner)
    return words.scroll(inner)
