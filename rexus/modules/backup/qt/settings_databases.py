"""Which databases are copied: name, place, agreed loss; each is looked at while one types, and can be tried."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QMenu, QVBoxLayout

from ..base.saying import N_
from ..base.texts import _
from ..config.draft import Change, Draft
from ..config.finding import free_name
from ..config.load import ENV_NAMES
from . import settings_words as told
from . import words
from .guard import guarded
from .server_words import free_names
from .settings_database import DatabaseEntry
from .settings_engine import OWNS, ServerPart, kinds
from .settings_fields import ChoiceField, NumberField
from .settings_paths import Chooser, shown, written
from .settings_section import Section, hint, whole


class DatabasesSection(Section):
    """All databases, and one to add."""

    key: ClassVar[str] = "databases"
    title: ClassVar[str] = N_("Databases")
    icon: ClassVar[str] = "database"
    owns: ClassVar[tuple[str, ...]] = (
        "databases",
        "health.rpo_hours_of",
        "health.rpo_hours",
        "audit_database",
        *OWNS,
    )

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[DatabaseEntry] = []
        self._doubled = ""
        self._of_host = False
        self._at_server = ""
        """The first field of the connection that can't be as it is."""
        self.menu: QMenu | None = None
        self.kind = self.bind(ChoiceField(_("Where the databases are"), ("engine",), kinds()))
        self.server = ServerPart(self)
        self.server.looked.connect(self._on_looked)
        self.kind.edited.connect(self._on_kind)
        self.list: QVBoxLayout = words.column(gap=0)
        self.button_add = words.button(_("Add a database…"), "link", "plus")
        self.chooser = Chooser(self.button_add)
        self.button_add.clicked.connect(self._on_add)
        self.button_own = words.button(_("Write them into the settings"), "link")
        self.button_own.clicked.connect(self._on_own)
        self.general = self.bind(
            NumberField(
                _("Agreed loss of all"),
                ("health", "rpo_hours"),
                unit=_("hours"),
                note=_("So old the newest proven copy may be before the window warns."),
            )
        )
        self.by_host = hint(
            _("These names come from the application's .env ({names}).").format(names=", ".join(ENV_NAMES.values()))
        )
        card = whole(
            words.label(_("What is copied"), "h2"), self.by_host, self.list,
            words.row(self.button_add, 12, self.button_own, ...),
            gap=6,
        )  # fmt: skip
        part = self.server
        words.column(
            whole(self.kind), part.connection, part.meeting, part.writing, card, part.advice, whole(self.general), ...,
            gap=12, parent=self,
        )  # fmt: skip

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("check",)

    def fill(self, draft: Draft) -> None:
        """One entry for each database."""
        self.server.fill(draft, free=self.free)
        words.clear(self.list)
        named = draft.get(("databases",))
        losses = draft.get(("health", "rpo_hours_of"))
        own = dict(named) if isinstance(named, dict) else {}
        self._of_host = not own
        places = own or self._by_host(draft)
        self.entries = []
        for name, place in places.items():
            loss = losses.get(name) if isinstance(losses, dict) else None
            self._insert(name, str(place), loss if isinstance(loss, int) else None)
        self.by_host.setVisible(self._of_host and bool(places))
        self.button_own.setVisible(self._of_host and bool(places) and self.free)
        self.button_add.setVisible(self.free)

    def _by_host(self, draft: Draft) -> dict[str, str]:
        model = self.desk.model if self.desk is not None else None
        loaded = draft.loaded() or (model.loaded if model is not None else None)
        return {name: loaded.database_location(name) for name in loaded.database_names} if loaded is not None else {}

    def _insert(self, name: str, place: str, loss: int | None) -> DatabaseEntry:
        draft = self.draft
        files = draft is not None and draft.get(("engine",)) == "sqlite"
        folder = draft.path.parent if draft is not None and files else None
        made = DatabaseEntry(name, place, loss, folder)
        made.desk = self.desk
        made.line.setVisible(bool(self.entries))
        made.editable(on=self.free)
        for field in (made.name, made.place):
            field.editable(self.free and not self._of_host)
        made.button_gone.setVisible(self.free and not self._of_host)
        made.changed.connect(self._on_changed)
        made.gone.connect(self._on_gone)
        self.entries.append(made)
        self.list.addWidget(made)
        return made

    def judge(self, draft: Draft) -> None:
        """Say what is wrong with names and places."""
        super().judge(draft)
        self._at_server = self.server.judge(draft)
        seen: set[str] = set()
        self._doubled = ""
        for one in self.entries:
            name = one.value_name
            wrong = _("Another one has this name already") if name.casefold() in seen else _wrong(draft, name)
            self._doubled = self._doubled or (name if name.casefold() in seen else "")
            seen.add(name.casefold())
            one.name.tell(wrong if name else _("Something must stand here, in one line"))
            told_of = self._wrong_place(one)
            one.place.tell(told_of)
            words.set_invalid(one.place.control, one.bad or bool(told_of))
            problem = draft.problem_at(f"health.rpo_hours_of.{name}")
            one.loss.tell(told.allowed(problem) if problem is not None else "")

    def _wrong_place(self, one: DatabaseEntry) -> str:
        place = one.value_place
        if not one.on_server:
            return "" if place else _("A file must be named here")
        if not place:
            return _("A database of the server must be named here")
        if "/" in place or "\\" in place:
            return _("The name of the database on the server, not a file")
        return _("The server has no database of this name") if self.server.has(place) is False else ""

    def trouble(self) -> str:
        """A name that two have, or that is none, can't stand in the draft; nor half an address."""
        if any(not one.value_name for one in self.entries):
            return _("Name")
        return self._doubled or self._at_server

    def name_of(self, key: str) -> str:
        """See `Section.name_of`; a database is called by its name."""
        for above in ("databases.", "health.rpo_hours_of."):
            if key.startswith(above):
                return key.removeprefix(above) or _("Name")
        named = self.server.connection.name_of(key)
        if named:
            return named
        return super().name_of(key)

    def said(self, change: Change) -> str:
        """See `Section.said`."""
        if change.key == ("databases",):
            before, after = told.value(change.before), told.value(change.after)
            return f"{change.entry}: {before} → {after}"
        if change.key == ("health", "rpo_hours_of"):
            name = told.name_of("health.rpo_hours_of")
            return f"{change.entry}, {name}: {told.value(change.before)} → {told.value(change.after)}"
        return super().said(change)

    @guarded
    def shown(self) -> None:
        """Look at every database; at a server all at once, unless something of it is not saved."""
        draft = self.draft
        if draft is not None and draft.get(("engine",)) == "sqlserver":
            self.server.connection.look()
            return
        for one in self.entries:
            one.look()

    @guarded
    def _on_field(self, key: object, value: object) -> None:
        self.edited.emit(key, value)
        if self.draft is not None and isinstance(key, tuple):
            self.server.edited(key, self.draft)

    @guarded
    def _on_kind(self) -> None:
        """Other databases need another place, and a server its connection."""
        if self.draft is not None:
            self.take(self.draft, free=self.free)
            self.shown()

    @guarded
    def _on_looked(self) -> None:
        """The server was seen, or is another one: say of each database what is known."""
        if self.draft is None or self.draft.get(("engine",)) != "sqlserver":
            return
        for one in self.entries:
            one.show_found(self.server.findings(one.value_name))
        self.server.advise({one.value_name: one.value_place for one in self.entries if one.value_place})
        self.judge(self.draft)
        words.tab_order(self)

    @guarded
    def _on_changed(self) -> None:
        names = [one.value_name for one in self.entries]
        if all(names) and len({name.casefold() for name in names}) == len(names):
            if not self._of_host:
                self.put(("databases",), {one.value_name: one.value_place for one in self.entries})
            losses = {one.value_name: one.value_loss for one in self.entries if one.value_loss is not None}
            self.put(("health", "rpo_hours_of"), losses)
        else:
            self.edited.emit((), None)

    @guarded
    def _on_gone(self) -> None:
        gone = self.sender()
        if isinstance(gone, DatabaseEntry):
            self.entries.remove(gone)
            self.list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        if self.entries:
            self.entries[0].line.hide()
        self._on_changed()
        self.button_add.setFocus(Qt.FocusReason.OtherFocusReason)

    @guarded
    def _on_own(self) -> None:
        """Have the names of the host stand in the settings, so that they can be changed."""
        draft = self.draft
        if draft is not None:
            folder = draft.path.parent
            places = {name: written(place, folder, "") for name, place in self._by_host(draft).items()}
            self.put(("databases",), places)
            self.take(draft, free=self.free)
            self.shown()

    @guarded
    def _on_add(self) -> None:
        last = self.entries[-1] if self.entries else None
        draft = self.draft
        if draft is None:
            return
        if draft.get(("engine",)) == "sqlserver":
            self._offer_names()
            return
        present = last.value_place if last is not None else "."
        self.chooser.choose(_("Add a database"), shown(present, draft.path.parent), self._on_chosen, file=True)

    def _offer_names(self) -> None:
        """Databases of the server that are not copied yet, or one to be typed."""
        server = self.server.server
        free = free_names(server, [one.value_place for one in self.entries]) if server is not None else ()
        if not free:
            self.add_named("")
            return
        menu = QMenu(self)
        for name in (*free, ""):
            made = menu.addAction(name.replace("&", "&&") or _("Another name…"))
            if made is not None:
                made.setData(name)
        menu.triggered.connect(self._on_name)
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        menu.popup(self.button_add.mapToGlobal(QPoint(0, self.button_add.height())))

    @guarded
    def _on_name(self, action: QAction) -> None:
        self.add_named(str(action.data()))

    @guarded
    def _on_chosen(self, path: str) -> None:
        self.add(Path(path))

    def add(self, path: Path) -> None:
        """A database more, by its file."""
        draft = self.draft
        if draft is not None:
            self._add(path.stem, written(str(path), draft.path.parent, ""))

    def add_named(self, location: str) -> None:
        """A database of the server more."""
        if self.draft is not None:
            self._add(location, location)

    def _add(self, called: str, place: str) -> None:
        if self._of_host and self.entries:
            self._on_own()
        self._of_host = False
        name = free_name(called, {one.value_name.casefold() for one in self.entries})
        made = self._insert(name, place, None)
        self._on_changed()
        made.look()
        made.name.box.setFocus(Qt.FocusReason.OtherFocusReason)


def _wrong(draft: Draft, name: str) -> str:
    problem = draft.problem_at(f"databases.{name}")
    is_name = problem is not None and problem.code != "config.value"
    return told.allowed(problem) if problem is not None and is_name else ""
