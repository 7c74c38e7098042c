"""What every section of the settings is: fields on the draft, filled anew when that changes, judged on every edit."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, ClassVar, TypeVar

import msgspec
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QLabel, QWidget

from ..config.document import Value
from ..config.draft import Change, Draft
from . import settings_words as told
from . import words
from .guard import guarded
from .settings_fields import Field

if TYPE_CHECKING:
    from qtpy.QtWidgets import QLayout

    from .desk import Desk

F = TypeVar("F", bound=Field)
LEFT = 340
"""Fields are left, as wide as this; what they mean is right."""
_BUTTON_HIGH = 32


class Section(QWidget):
    """One page of the settings."""

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    """Marked for the catalogues, translated when it is shown."""
    icon: ClassVar[str] = ""
    owns: ClassVar[tuple[str, ...]] = ()
    """Keys that are set here, by how they begin."""
    edited = Signal(object, object)
    """Key and value that somebody wants; no key: only look again whether all can be saved."""
    overwritten = Signal()
    """Settings of other sections were changed: they are to be shown anew."""

    def __init__(self) -> None:
        super().__init__()
        self.desk: Desk | None = None
        self.draft: Draft | None = None
        self.free = True
        """Whether anything may be changed."""
        self.fields: list[Field] = []

    def use(self, desk: Desk) -> None:
        """Take the desk, once."""
        self.desk = desk

    def command(self) -> tuple[str, ...]:
        """The words of the command line that do the same."""
        return ("config", "show")

    # --- filled and judged

    def take(self, draft: Draft, *, free: bool) -> None:
        """Show another draft, or the same after something was taken back."""
        self.draft, self.free = draft, free
        for field in self.fields:
            field.fill(draft.get(field.key))
            field.editable(free)
        self.fill(draft)
        self.judge(draft)
        words.tab_order(self)

    def fill(self, draft: Draft) -> None:
        """Show what the fields alone don't."""

    def judge(self, draft: Draft) -> None:
        """Say at every field what is wrong with it; called after each edit anywhere."""
        for field in self.fields:
            problem = draft.problem_at(".".join(field.key))
            field.tell(told.allowed(problem) if problem is not None else "")

    def shown(self) -> None:
        """It came to be looked at."""

    def trouble(self) -> str:
        """Name of a field with something that the draft can't even hold; empty: there is none."""
        return ""

    @classmethod
    def claims(cls, key: str) -> bool:
        """Whether the setting at a dotted key is changed here."""
        return any(re.match(rf"{re.escape(one)}(?![A-Za-z_])", key) for one in cls.owns)

    def name_of(self, key: str) -> str:
        """What the setting at a dotted key is called here: as its field is."""
        for field in self.fields:
            if re.match(rf"{re.escape('.'.join(field.key))}(?![A-Za-z_])", key):
                return field.name
        return told.name_of(key)

    def said(self, change: Change) -> str:
        """A change in a line."""
        name = change.entry or self.name_of(".".join(change.key))
        if isinstance(change.before, list | dict) or isinstance(change.after, list | dict):
            return name
        return f"{name}: {told.value(change.before)} → {told.value(change.after)}"

    # --- for sections to be built of

    def bind(self, field: F) -> F:
        """Have a field show and change the setting at its key."""
        self.fields.append(field)
        field.edited.connect(self._on_field)
        return field

    def put(self, key: tuple[str, ...], value: Value) -> None:
        """Say a value for the draft."""
        self.edited.emit(key, value)

    @guarded
    def _on_field(self, key: object, value: object) -> None:
        self.edited.emit(key, value)


class Entry(QFrame):
    """One of several: a schedule, a database, a channel. Its fields change a part of it."""

    changed = Signal()
    """The whole list is to be said anew."""
    gone = Signal()
    """It is to be taken away."""

    def __init__(self, entry: dict[str, Value], kind: type[msgspec.Struct]) -> None:
        super().__init__()
        self.line = words.line()
        """Parts it from the one above."""
        self.entry = dict(entry)
        self._first = dict(entry)
        self._usual = _usual(kind)
        self.fields: list[Field] = []

    def bind(self, field: F) -> F:
        """Have a field show and change the member of its key."""
        field.fill(self.value(field.key))
        self.fields.append(field)
        field.edited.connect(self._on_field)
        return field

    def value(self, key: tuple[str, ...]) -> Value:
        """A member, by default where nothing is said."""
        inside: Value = self.entry
        usual: Value = self._usual
        for name in key:
            inside = inside.get(name) if isinstance(inside, dict) else None
            usual = usual.get(name) if isinstance(usual, dict) else None
        return usual if inside is None else inside

    def put(self, key: tuple[str, ...], value: Value) -> None:
        """Change a member; what is as by default is not written, unless it stood there."""
        self.entry = _with(self.entry, key, value, self._first, self._usual)

    def judge(self, draft: Draft, place: str) -> None:
        """Say at every field what is wrong; ``place`` is where the entry stands: ``schedules[0]``."""
        for field in self.fields:
            problem = draft.problem_at(f"{place}.{'.'.join(field.key)}")
            field.tell(told.allowed(problem) if problem is not None else "")

    def field_at(self, key: str) -> Field | None:
        """The field that shows what stands at a dotted key below the entry."""
        return next((one for one in self.fields if re.match(rf"{'.'.join(one.key)}(?![A-Za-z_])", key)), None)

    @guarded
    def _on_field(self, key: object, value: object) -> None:
        assert isinstance(key, tuple)
        self.put(key, value)
        self.changed.emit()

    @guarded
    def remove(self) -> None:
        """Ask to be taken away."""
        self.gone.emit()


@cache
def _usual(kind: type[msgspec.Struct]) -> dict[str, Value]:
    """The value of each field where nothing is said; not to be changed."""
    found: dict[str, Value] = {}
    for one in msgspec.structs.fields(kind):
        if one.default is not msgspec.NODEFAULT:
            found[one.encode_name] = msgspec.json.decode(msgspec.json.encode(one.default))
    return found


def _with(entry: Value, key: tuple[str, ...], value: Value, first: Value, usual: Value) -> dict[str, Value]:
    name, *rest = key
    found = dict(entry) if isinstance(entry, dict) else {}
    stood = first.get(name) if isinstance(first, dict) else None
    default = usual.get(name) if isinstance(usual, dict) else None
    if rest:
        found[name] = _with(found.get(name), tuple(rest), value, stood, default)
    elif stood is None and value == default and not (isinstance(first, dict) and name in first):
        found.pop(name, None)
    else:
        found[name] = value
    return found


def split(left: QLayout | QWidget, right: QLayout | QWidget, width: int = LEFT) -> QFrame:
    """A card: fields left, their effect right of a hairline."""
    card = words.card()
    held = _held(left)
    held.setFixedWidth(width)
    words.row(held, words.vline(), (_held(right), 1), gap=14, margins=(16, 14, 14, 14), parent=card)
    return card


def heading(text: str) -> QLabel:
    """The title of one half of a card, level with a title that has a button beside it."""
    made = words.label(text, "h2")
    made.setMinimumHeight(_BUTTON_HIGH)
    return made


def whole(*items: words.Item, gap: int = 10) -> QFrame:
    """A card without an effect beside it."""
    card = words.card()
    words.column(*items, gap=gap, margins=(16, 14, 16, 14), parent=card)
    return card


def hint(text: str, icon: str = "info", token: str = "accent") -> QFrame:
    """A remark on a sunken ground, with its icon."""
    well = words.well()
    words.row(
        words.column(words.icon_label(icon, token, 16), ..., gap=0),
        (words.label(text, "meta", wrap=True), 1),
        gap=8,
        margins=(10, 7, 10, 7),
        parent=well,
    )
    return well


def _held(item: QLayout | QWidget) -> QWidget:
    if isinstance(item, QWidget):
        return item
    held = QWidget()
    held.setLayout(item)
    return held
