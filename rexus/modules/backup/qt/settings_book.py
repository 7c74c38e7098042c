"""The sections of the settings and the list that leads to them; each is built when somebody comes to it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from ..base.texts import _
from ..config.draft import Draft
from . import theme, words
from .guard import guarded

if TYPE_CHECKING:
    from .desk import Desk
    from .settings_section import Section

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
            place = self.stack.widget(number)
            layout = place.layout() if place is not None else None
            assert isinstance(layout, QVBoxLayout)
            layout.addWidget(_scrolled(made))
            self._follow_nav(made)
            if self._desk is not None:
                made.use(self._desk)
            if self._shown_as is not None:
                draft, free = self._shown_as
                made.take(draft, free=free)
        return self._built[key]

    def _follow_nav(self, section: Section) -> None:
        """Tab leads from the list into the section and then to the buttons, though it was made after both."""
        before: QWidget = self.nav
        several: list[QWidget] = []
        one = section.nextInFocusChain()
        while one is not None and one is not section:
            if section.isAncestorOf(one) and one.focusPolicy() & Qt.FocusPolicy.TabFocus:
                several.append(one)
            one = one.nextInFocusChain()
        for other in several:
            QWidget.setTabOrder(before, other)
            before = other

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
            one.take(draft, free=free)
        if self.isVisible():
            self.current.shown()

    def judge(self, draft: Draft) -> None:
        """Say at every field what is wrong."""
        for one in self._built.values():
            one.judge(draft)

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
        section = self.current
        self.stack.setCurrentIndex(number)
        if self._shown_as is not None:
            section.shown()


def _scrolled(section: Section) -> QWidget:
    inner, page = QWidget(), QWidget()
    page.setMaximumWidth(WIDEST)
    words.column(words.label(_(section.title), "h1"), 2, (section, 1), gap=8, parent=page)
    words.row((page, 1000), ..., gap=0, margins=(24, 18, 24, 16), parent=inner)
    return words.scroll(inner)
