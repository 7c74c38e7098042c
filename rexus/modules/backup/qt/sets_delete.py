"""Before sets are deleted: the list of them with the reasons is the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qtpy.QtWidgets import QLayout, QLineEdit, QWidget

from ..base.records import Action, Decision, SetStatus, Tick
from ..base.texts import _, n_
from . import words
from .findings import Findings
from .guard import guarded
from .sets_rows import Row, Shelf, date_of
from .sets_why import refusal
from .sheet import Sheet
from .telling import long_day, size

_PROVEN = (Tick.CONTENT, Tick.ENGINE, Tick.RESTORED)
_MOST = 60
"""Sets that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What deleting would take away that nothing else holds."""

    tested: tuple[tuple[str, str], ...] = ()
    """Set and base: the only backup of it that a restore test passed."""
    last_but_one: tuple[str, ...] = ()
    """Bases of which one proven backup alone is left."""


def loss_of(names: frozenset[str], shelf: Shelf) -> Loss:
    """What the sets ``names`` hold that no other has. Pure."""
    tested: list[tuple[str, str]] = []
    last: list[str] = []
    for database in shelf.databases:
        proven = [row for row in shelf.rows if _tick(row, database) in _PROVEN]
        restored = [row for row in proven if _tick(row, database) is Tick.RESTORED]
        going = [row for row in proven if row.name in names]
        if restored and all(row.name in names for row in restored):
            tested.append((restored[0].name, database))
        if going and len(proven) - len(going) <= 1:
            last.append(database)
    return Loss(tuple(tested), tuple(last))


def _tick(row: Row, database: str) -> Tick:
    held = row.summary.databases.get(database)
    if held is None or held.status is not SetStatus.COMPLETED or row.summary.deleting:
        return Tick.NONE
    return held.tick


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the sheet can have done."""

    delete: Callable[[tuple[str, ...]], object]
    copy_command: Callable[[tuple[str, ...], bool], object]
    """Put the command that deletes these sets on the clipboard; whether it is confirmed in it."""
    copy: Callable[[str], object]
    """Put a text there."""


class DeleteSheet(Sheet):
    """What is deleted, what is refused and why; typed words where a last proven backup is all that stays."""

    def __init__(
        self,
        parent: QWidget,
        decisions: Sequence[Decision],
        shelf: Shelf,
        deeds: Deeds,
    ) -> None:
        self.going = tuple(one for one in decisions if one.action is Action.DELETE)
        self.refused = tuple(one for one in decisions if one.action is not Action.DELETE)
        super().__init__(parent, _title(self.going, self.refused), 560)
        self._shelf, self._deeds = shelf, deeds
        self.loss = loss_of(frozenset(self.names), shelf)
        self.typed: QLineEdit | None = None
        self.left = Findings(deeds.copy)
        self._list_going()
        self._warn()
        self._list_refused()
        self._stays()
        if not self.going:
            words.retitle(self.cancel, _("Close"))
            return
        self.add_button(_("Copy the command"), self._on_copy, "link")
        label = n_("Delete {count} backup", "Delete {count} backups", len(self.going)).format(count=len(self.going))
        main = self.add_main(label, self._on_main, "danger", "trash")
        if self.loss.last_but_one:
            self._ask_for_the_name()
            main.setEnabled(False)

    @property
    def names(self) -> tuple[str, ...]:
        """The sets that are deleted."""
        return tuple(one.set for one in self.going)

    def _list_going(self) -> None:
        if self.going:
            freed = sum(one.bytes for one in self.going)
            told = _("What is deleted can't be brought back. {size} are freed.").format(size=size(freed))
            self.body.addWidget(words.label(told, "muted", wrap=True))
        for one in self.going[:_MOST]:
            self.body.addLayout(self._line(one, "trash", "danger", self._reason(one.set)))
        if len(self.going) > _MOST:
            more = len(self.going) - _MOST
            self.body.addWidget(
                words.label(n_("and {count} more", "and {count} more", more).format(count=more), "meta")
            )

    def _list_refused(self) -> None:
        if self.refused:
            self.body.addWidget(words.line())
            self.body.addWidget(words.label(_("These stay"), "strong"))
        for one in self.refused[:_MOST]:
            self.body.addLayout(self._line(one, "lock", "text2", refusal(one.because)))

    def _line(self, one: Decision, icon: str, token: str, reason: str) -> QLayout:
        row = self._row(one.set)
        title = date_of(row) if row is not None else one.set
        kind = f"{row.kind} · {row.size}" if row is not None else ""
        head = words.row(words.label(title, "strong"), ..., words.label(kind, "meta"), gap=8)
        told = words.column(head, words.label(reason, "muted", wrap=True), gap=0)
        mark = words.column(words.icon_label(icon, token), ..., gap=0, margins=(0, 1, 0, 0))
        return words.row(mark, (told, 1), gap=10)

    def _reason(self, name: str) -> str:
        """Why nobody misses it, or that a rule would have kept it."""
        row = self._row(name)
        if row is None or not row.why.text:
            return _("No rule is known that keeps it.")
        if row.why.goes:
            return _("No rule keeps it.")
        return _("Kept until now because of: {reason}").format(reason=row.why.text)

    def _row(self, name: str) -> Row | None:
        at = self._shelf.at.get(name)
        return self._shelf.rows[at] if at is not None else None

    def _warn(self) -> None:
        """What goes with them, before anything is said of those that stay; each by its date where several go."""
        told = [text for one in self.going for text in self._gone_with(one.set)]
        told += [
            _("Of {database} a single proven backup is left.").format(database=database)
            for database in self.loss.last_but_one
        ]
        for text in told:
            mark = words.column(words.icon_label("warning", "warn"), ..., gap=0)
            line = words.label(text, "", "warn", wrap=True)
            self.body.addLayout(words.row(mark, (line, 1), gap=10))

    def _gone_with(self, name: str) -> list[str]:
        """What goes with one set and nothing else holds."""
        row, told = self._row(name), []
        if row is None:
            return []
        if row.why.undoes_until is not None:
            day = long_day(row.why.undoes_until)
            told.append(
                _(
                    "It is the way back of a restore: with it that can be undone until {day}, without it no more."
                ).format(day=day)
            )
        told += [
            _("Of {database} it is the only backup that was really restored.").format(database=database)
            for of, database in self.loss.tested
            if of == name
        ]
        if len(self.going) < 2:
            return told
        return [_("{backup}: {text}").format(backup=row.when, text=text) for text in told]

    def _stays(self) -> None:
        """What nobody but those who keep the server or the store can remove, with what they are to do."""
        found = [problem for one in self.going[:_MOST] for problem in one.stays]
        if found:
            self.body.addWidget(self.left)
            self.left.tell(found)

    def _ask_for_the_name(self) -> None:
        wanted = self.loss.last_but_one[0]
        told = _("To confirm, type the name of the base: {database}").format(database=wanted)
        self.typed = words.named(QLineEdit(), told)
        self.typed.textChanged.connect(self._on_typed)
        self.body.addLayout(words.column(words.label(told, wrap=True), self.typed, gap=6))

    @guarded
    def _on_typed(self) -> None:
        if self.typed is not None and self.main is not None:
            self.main.setEnabled(self.typed.text().strip() == self.loss.last_but_one[0])

    @guarded
    def _on_copy(self) -> None:
        self._deeds.copy_command(self.names, self.main is not None and self.main.isEnabled())

    def _on_main(self) -> None:
        self._deeds.delete(self.names)


def _title(going: Sequence[Decision], refused: Sequence[Decision]) -> str:
    if going:
        return n_("Delete {count} backup?", "Delete {count} backups?", len(going)).format(count=len(going))
    count = len(refused)
    return n_("It can't be deleted", "None of the {count} can be deleted", count).format(count=count)
