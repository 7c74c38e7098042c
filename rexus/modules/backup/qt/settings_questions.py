"""Questions that a restored copy must answer, as entries: what is asked, of which database, what is right."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QVBoxLayout

from ..base.texts import _, figure
from ..config.document import Value
from ..config.draft import Draft
from ..config.settings import DrillCheck
from . import settings_words as told
from . import words
from .guard import guarded
from .settings_fields import ChoiceField, TextField, beside, level
from .settings_section import Entry, hint

PLACE = "drill_checks"
LIMITS = ("equals", "at_least", "at_most", "drift_percent", "within_hours")
_NARROW = 96


class FigureField(TextField):
    """A number, with a comma or a point, or nothing; anything else is told to be wrong."""

    def __init__(self, name: str, key: tuple[str, ...], unit: str = "") -> None:
        super().__init__(name, key, *((words.label(unit),) if unit else ()), hint="–")
        self.box.setMinimumWidth(_NARROW - 30)

    def put(self, value: Value) -> None:
        """Show a number; while one types it stays as it is typed."""
        if isinstance(value, bool | str) or value is None:
            super().put(value)
        elif isinstance(value, int | float) and self.number(self.box.text()) != value:
            is_whole = isinstance(value, int) or value.is_integer()
            self.box.setText(str(int(value)) if is_whole else str(value).replace(".", _point()))

    @staticmethod
    def number(text: str) -> Value:
        """What a text says: a number, nothing, or itself."""
        plain = text.strip().replace("\u00a0", "").replace(",", ".")
        if not plain:
            return None
        try:
            number = float(plain)
        except ValueError:
            return text.strip()
        if not math.isfinite(number):  # JSON knows neither
            return text.strip()
        return int(number) if number.is_integer() else number

    @guarded
    def _on_text(self, text: str) -> None:
        self.say(self.number(text))


class QuestionEntry(Entry):
    """One question: name, database, what is asked, and which answers are right."""

    def __init__(self, entry: dict[str, Value], names: Sequence[str]) -> None:
        super().__init__(entry, DrillCheck)
        self._names = tuple(names)
        self.name = self.bind(TextField(_("Name"), ("name",)))
        self.database = self.bind(ChoiceField(_("Database"), ("database",), self._choices()))
        self.query = self.bind(TextField(_("Question (SQL)"), ("query",), hint="SELECT COUNT(*) FROM usuarios"))
        limits = (
            (_("Exactly"), ""), (_("At least"), ""), (_("At most"), ""), (_("Moves at most"), "%"),
            (_("Not older than"), "h"),
        )  # fmt: skip
        self.limits = [
            self.bind(FigureField(name, (key,), unit)) for key, (name, unit) in zip(LIMITS, limits, strict=True)
        ]
        self.button_gone = words.tool("trash", _("Take this question away"))
        self.button_gone.clicked.connect(self.remove)
        self.wrong = words.label(rx="meta", tone="danger", wrap=True)
        words.column(
            self.line,
            beside((self.name, 1), self.database, (self.query, 2), level(self.button_gone)),
            beside(*((one, 1) for one in self.limits)),
            self.wrong,
            gap=8, margins=(0, 8, 0, 10), parent=self,
        )  # fmt: skip
        self.wrong.hide()

    def _choices(self) -> list[tuple[Value, str]]:
        held = str(self.value(("database",)) or "")
        return [(name, name) for name in dict.fromkeys((*self._names, *((held,) if held else ())))]

    def offer(self, names: Sequence[str]) -> None:
        """Let one choose among these databases."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self.database.offer(self._choices())
            self.database.fill(self.value(("database",)))

    def editable(self, *, on: bool) -> None:
        """Let it be changed, or only be read."""
        for field in self.fields:
            field.editable(on)
        self.button_gone.setVisible(on)

    def judge(self, draft: Draft, place: str) -> None:
        """Say what is wrong with each field, and with the question as a whole."""
        super().judge(draft, place)
        whole = draft.problems.get(place)
        self.wrong.setText(told.allowed(whole) if whole is not None else "")
        self.wrong.setVisible(whole is not None)


class Questions(QFrame):
    """The card with all of them."""

    changed = Signal(object)
    """The whole list, as it is to be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "card")
        self.entries: list[QuestionEntry] = []
        self._names: tuple[str, ...] = ()
        self._free = True
        self.list: QVBoxLayout = words.column(gap=0)
        self.button_add = words.button(_("Add a question"), "link", "plus")
        self.button_add.clicked.connect(self._on_add)
        words.column(
            words.label(_("Questions to a restored copy"), "h2"),
            words.label(
                _("Each restore test asks them of the copy that it restored, and fails where an answer is not right."),
                "muted", wrap=True,
            ),
            self.list, words.row(self.button_add, ...),
            hint(_("A question only reads. It gives one number, or one instant where it says how old that may be.")),
            gap=8, margins=(16, 14, 16, 14), parent=self,
        )  # fmt: skip

    def fill(self, value: Value, names: Sequence[str], *, free: bool) -> None:
        """Show these questions; ``names`` are the databases that can be asked."""
        words.clear(self.list)
        self.entries, self._names, self._free = [], tuple(names), free
        for one in value if isinstance(value, list) else ():
            if isinstance(one, dict):
                self._insert(one)
        self.button_add.setVisible(free)

    def judge(self, draft: Draft, names: Sequence[str]) -> None:
        """Say what is wrong with each."""
        self._names = tuple(names)
        for number, one in enumerate(self.entries):
            one.offer(names)
            one.judge(draft, f"{PLACE}[{number}]")

    def name_of(self, key: str) -> str | None:
        """What the setting at a dotted key is called: field and question; None where it is none of these."""
        number, _sign, inside = key.removeprefix(f"{PLACE}[").partition("]")
        if not key.startswith(f"{PLACE}[") or not number.isdigit() or int(number) >= len(self.entries):
            return None
        entry = self.entries[int(number)]
        field = entry.field_at(inside.removeprefix(".")) if inside else None
        name = str(entry.value(("name",)) or "")
        return _("{field} of {name}").format(field=field.name, name=name) if field is not None else name

    def _insert(self, entry: dict[str, Value]) -> QuestionEntry:
        made = QuestionEntry(entry, self._names)
        made.line.setVisible(bool(self.entries))
        made.editable(on=self._free)
        made.changed.connect(self._on_changed)
        made.gone.connect(self._on_gone)
        self.entries.append(made)
        self.list.addWidget(made)
        return made

    @guarded
    def _on_changed(self) -> None:
        self.changed.emit([one.entry for one in self.entries])

    @guarded
    def _on_gone(self) -> None:
        gone = self.sender()
        self.entries = [one for one in self.entries if one is not gone]
        if isinstance(gone, QuestionEntry):
            self.list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for first in self.entries[:1]:
            first.line.hide()
        self._on_changed()

    @guarded
    def _on_add(self) -> None:
        used = {str(one.value(("name",))).casefold() for one in self.entries}
        word = _("question")
        name = next(one for one in (word, *(f"{word}_{n}" for n in range(2, 99))) if one not in used)
        made = self._insert({"name": name, "database": next(iter(self._names), ""), "query": "", "at_least": 1})
        self._on_changed()
        made.query.box.setFocus(Qt.FocusReason.OtherFocusReason)


def _point() -> str:
    """What parts whole from tenth in the reader's language."""
    return "," if "," in figure(0.5) else "."
