"""Which databases are copied: name, place, agreed loss; each is looked at while one types, and can be tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QFrame, QVBoxLayout

from ..base.records import Finding, Problem, Severity
from ..base.saying import N_
from ..base.texts import _
from ..config.draft import Change, Draft
from ..config.load import ENV_NAMES
from . import settings_words as told
from . import telling, words
from .guard import guarded
from .settings_fields import NumberField, TextField, beside, level
from .settings_paths import PathField, chooser, shown, written
from .settings_section import Section, hint, whole

if TYPE_CHECKING:
    from .desk import Desk

_TONES = {Severity.ERROR: ("cross", "danger"), Severity.WARNING: ("warning", "warn"), Severity.INFO: ("tick", "ok")}


class DatabaseEntry(QFrame):
    """One database."""

    changed = Signal()
    gone = Signal()

    def __init__(self, name: str, place: str, loss: int | None, folder: Path | None) -> None:
        super().__init__()
        self.line = words.line()
        self.name = TextField(_("Name"), ("name",))
        self.place = _place(folder, place)
        self.loss = NumberField(_("Agreed loss"), ("loss",), unit="h", special=_("general"), width=104)
        self.name.fill(name)
        self.place.fill(place)
        self.loss.fill(loss)
        self.value_name, self.value_place, self.value_loss = name, place, loss
        self.bad = False
        """Whether no database could be read there, when it was looked at last."""
        self.button_try = words.button(_("Test"))
        self.button_try.clicked.connect(self.try_now)
        self.button_gone = words.tool("trash", _("Take this database away"))
        self.button_gone.clicked.connect(self._on_gone)
        self._label_buttons()
        self.name.setFixedWidth(150)
        self.loss.setFixedWidth(140)
        self.findings: QVBoxLayout = words.column(gap=4)
        first = beside(self.name, (self.place, 1), level(self.button_try), self.loss, level(self.button_gone))
        words.column(self.line, first, self.findings, gap=8, margins=(0, 8, 0, 8), parent=self)
        for field in (self.name, self.place, self.loss):
            field.edited.connect(self._on_edited)
        self.desk: Desk | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(300)
        self._soon.timeout.connect(self.look)

    def _label_buttons(self) -> None:
        name = self.value_name
        words.named(self.button_try, _("Test the database {name}").format(name=name))
        words.named(self.button_gone, _("Take {name} away").format(name=name))

    def editable(self, *, on: bool) -> None:
        """Let it be changed, or only be tried."""
        for field in (self.name, self.place, self.loss):
            field.editable(on)
        self.button_gone.setVisible(on)

    @guarded
    def _on_edited(self, key: object, value: object) -> None:
        if key == ("name",):
            self.value_name = str(value)
            self._label_buttons()
        elif key == ("place",):
            self.value_place, self.bad = str(value), False
            self._soon.start()
        else:
            self.value_loss = value if isinstance(value, int) else None
        self.changed.emit()

    @guarded
    def _on_gone(self) -> None:
        self.gone.emit()

    @guarded
    def try_now(self) -> None:
        """Look at it because somebody asked."""
        words.retitle(self.button_try, _("Testing…"))
        self.button_try.setEnabled(False)
        self.look()

    @guarded
    def look(self) -> None:
        """Look at it: a file that is not there is told at once."""
        desk, name, place = self.desk, self.value_name, self.value_place
        if desk is None or desk.model is None or not place:
            self._again()
            return
        desk.ask(self, lambda model: model.try_database(name or "?", place), self._show, self._failed, key="try")

    def _show(self, found: tuple[Finding, ...]) -> None:
        self._again()
        words.clear(self.findings)
        for one in found:
            self.findings.addWidget(finding(one))
        self.bad = any(one.severity is Severity.ERROR for one in found)
        words.set_invalid(self.place.control, self.bad)

    def _failed(self, problem: Problem) -> None:
        self._again()
        words.clear(self.findings)
        self.findings.addWidget(finding(problem))

    def _again(self) -> None:
        words.retitle(self.button_try, _("Test"))
        self._label_buttons()
        self.button_try.setEnabled(True)


def _place(folder: Path | None, before: str) -> TextField:
    """Where a database is: its file, named from ``folder``; without one its name on the server."""
    if folder is None:
        return TextField(_("Name on the server"), ("place",))
    made = PathField(_("File"), ("place",), file=True)
    made.settle(folder, before)
    return made


def finding(found: Finding | Problem) -> QFrame:
    """What was found, and what to do about it."""
    icon, tone = _TONES[found.severity]
    said = telling.sentence(found)
    shown_ = QFrame()
    is_well = found.code == "source.ready"
    message = (
        _("It can be read: {size}").format(size=telling.size(int(found.values["bytes"]))) if is_well else said.message
    )
    texts = [words.label(message, "meta" if is_well else "", "" if tone == "ok" else tone, wrap=True)]
    if found.severity is not Severity.INFO and said.fix:
        texts.append(words.label(said.fix, "meta", wrap=True))
    mark = words.column(words.icon_label(icon, tone, 16), ..., margins=(0, 2, 0, 0))
    words.row(mark, (words.column(*texts, gap=2), 1), gap=8, parent=shown_)
    return shown_


class DatabasesSection(Section):
    """All databases, and one to add."""

    key: ClassVar[str] = "databases"
    title: ClassVar[str] = N_("Databases")
    icon: ClassVar[str] = "database"
    owns: ClassVar[tuple[str, ...]] = ("databases", "health.rpo_hours_of", "health.rpo_hours", "audit_database")

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[DatabaseEntry] = []
        self._doubled = ""
        self._of_host = False
        self.list: QVBoxLayout = words.column(gap=0)
        self.button_add = words.button(_("Add a database…"), "link", "plus")
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
        words.column(card, whole(self.general), ..., gap=12, parent=self)

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("check",)

    def fill(self, draft: Draft) -> None:
        """One entry for each database."""
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
        seen: set[str] = set()
        self._doubled = ""
        for one in self.entries:
            name = one.value_name
            wrong = _("Another one has this name already") if name.casefold() in seen else _wrong(draft, name)
            self._doubled = self._doubled or (name if name.casefold() in seen else "")
            seen.add(name.casefold())
            one.name.tell(wrong if name else _("Something must stand here, in one line"))
            one.place.tell("" if one.value_place else _("A file must be named here"))
            words.set_invalid(one.place.control, one.bad or not one.value_place)
            problem = draft.problem_at(f"health.rpo_hours_of.{name}")
            one.loss.tell(told.allowed(problem) if problem is not None else "")

    def trouble(self) -> str:
        """A name that two have, or that is none, can't stand in the draft."""
        if any(not one.value_name for one in self.entries):
            return _("Name")
        return self._doubled

    def name_of(self, key: str) -> str:
        """See `Section.name_of`; a database is called by its name."""
        for above in ("databases.", "health.rpo_hours_of."):
            if key.startswith(above):
                return key.removeprefix(above) or _("Name")
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
        """Look at every database."""
        for one in self.entries:
            one.look()

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
        present = last.value_place if last is not None else "."
        dialog = chooser(self, _("Add a database"), shown(present, draft.path.parent), file=True)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.open()

    @guarded
    def _on_chosen(self, path: str) -> None:
        self.add(Path(path))

    def add(self, path: Path) -> None:
        """A database more, by its file."""
        draft = self.draft
        if draft is None:
            return
        if self._of_host and self.entries:
            self._on_own()
        self._of_host = False
        used = {one.value_name.casefold() for one in self.entries}
        plain = "".join(one if one.isascii() and (one.isalnum() or one in "_-") else "_" for one in path.stem)
        stem = plain.lstrip("_-") or "base"
        names = [stem, *(f"{stem}_{number}" for number in range(2, len(used) + 3))]
        name = next(one for one in names if one.casefold() not in used)
        made = self._insert(name, written(str(path), draft.path.parent, ""), None)
        self._on_changed()
        made.look()
        made.name.box.setFocus(Qt.FocusReason.OtherFocusReason)


def _wrong(draft: Draft, name: str) -> str:
    problem = draft.problem_at(f"databases.{name}")
    is_name = problem is not None and problem.code != "config.value"
    return told.allowed(problem) if problem is not None and is_name else ""
