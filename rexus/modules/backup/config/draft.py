"""Settings while somebody changes them: edits on top of the file as it was read, nothing written until they are saved.

Every edit stands at its key; whatever is not edited stays byte for byte, remarks too. Without edits the text is the
file's.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..base.errors import BackupError
from ..base.records import Problem, Record
from .check import problems_of, without_notes
from .document import Document, Key, Value, entries_gone
from .env_text import is_writable
from .load import Loaded, environment_of, read_document, strange_homes
from .secrets import STARS, Secret
from .sense import problems_of_sense
from .settings import Settings

Kind = TypeVar("Kind", bound=msgspec.Struct)
ASIDE = "secret"
"""First name in the key of a change to a secret, which stands in `.env` and never here."""
_GONE = object()


class Change(Record, frozen=True, kw_only=True):
    """One thing that is not as in the file."""

    key: tuple[str, ...]
    """Of the setting: ``("retention", "daily")``, ``("schedules",)``."""
    entry: str = ""
    """Which entry of it, where it is a list or an object of several: by its name."""
    before: Value = None
    """None: it is new."""
    after: Value = None
    """None: it goes."""


class Draft:
    """What the file shall say. Every question is answered for the edited settings."""

    def __init__(self, document: Document, path: Path, environment: Mapping[str, str | Secret]) -> None:
        self.path = path
        self.original = document
        """As it was read: saving compares the file with this."""
        self._environment = dict(environment)
        self._edits: dict[Key, Value] = {}
        self._secrets: dict[str, Secret] = {}

    @classmethod
    def of(cls, loaded: Loaded) -> Draft:
        """Begin with settings that are in use."""
        return cls(loaded.document, loaded.path, loaded.environment)

    @classmethod
    def read(cls, path: Path) -> Draft:
        """Begin with the file, however wrong its settings are. Raises `BadInput` where it is no JSON."""
        document = read_document(path)
        plain = without_notes(document.root.plain())
        app_root = plain.get("app_root") if isinstance(plain, dict) else None
        try:
            environment = environment_of(path, app_root if isinstance(app_root, str) else ".")
        except (BackupError, RuntimeError):  # secrets that can't be read are told when they are needed
            environment = {}
        return cls(document, path, environment)

    def copy(self) -> Draft:
        """The same for another thread: what either is told later is none of the other's."""
        made = Draft(self.original, self.path, self._environment)
        made._edits, made._secrets = dict(self._edits), dict(self._secrets)
        return made

    def again(self) -> tuple[Draft, tuple[Change, ...]]:
        """The same edits on the file as it is now, and those left out because somebody else changed the same."""
        fresh, lost = Draft.read(self.path), list[Change]()
        for key, value in self._edits.items():
            if _same(fresh.get(key), self._before(key)):
                fresh.unset(key) if value is _GONE else fresh.set(key, value)
            elif not _same(fresh.get(key), self.get(key)):
                lost += [one for one in self.changes() if one.key == key]
        for name, secret in self._secrets.items():
            fresh.set_secret(name, secret.reveal())
        return fresh, tuple(lost)

    # --- looking

    @functools.cached_property
    def document(self) -> Document:
        """The edited text with its places."""
        edited = self.original
        for key, value in self._edits.items():
            edited = edited.without(key) if value is _GONE else edited.with_value(key, value)
        return edited

    @property
    def text(self) -> str:
        """What would be written."""
        return self.document.text

    @functools.cached_property
    def problems(self) -> dict[str, Problem]:
        """What is wrong, by key (``schedules[0].zone``); empty: it can be saved."""
        found = problems_of(self.document, str(self.path))
        if not found:
            settings = self._settings()
            found = strange_homes(settings, self.path)
            if not found:
                loaded = Loaded(self.path, self.document, settings, self._environment)
                found = problems_of_sense(settings, str(self.path), loaded.database_names)
        told: dict[str, Problem] = {}
        for one in (*found, *self._unwritable()):
            told.setdefault(str(one.values["key"]), one)
        return told

    def problem_at(self, key: str) -> Problem | None:
        """What is wrong with the setting at ``key`` (dotted, entries by number), or with a part of it."""
        parts = (one for name, one in self.problems.items() if name == key or name.startswith((f"{key}.", f"{key}[")))
        return next(parts, None)

    def get(self, key: Key) -> Value:
        """The value at ``key``, by default where the file says nothing; without remarks."""
        return _value_at(_plain(self.document), key)

    def part(self, key: Key, kind: type[Kind]) -> Kind | None:
        """A section as its record; None while something in it is wrong."""
        try:
            return msgspec.convert(self.get(key), kind)
        except msgspec.ValidationError:
            return None

    def loaded(self) -> Loaded | None:
        """The settings as they would be in use; None while something is wrong."""
        if self.problems:
            return None
        environment = self._environment | self._secrets
        return Loaded(self.path, self.document, self._settings(), environment)

    def has_secret(self, name: str) -> bool:
        """Whether a secret of that name is known, saved or not; the system's keyring, which may ask back, is not."""
        return name in self._secrets or bool(self._environment.get(name) or os.environ.get(name))

    @property
    def secrets(self) -> dict[str, Secret]:
        """Those that wait to be written into `.env`."""
        return dict(self._secrets)

    @property
    def database_names(self) -> tuple[str, ...]:
        """The logical names, those of the host's variables too."""
        try:
            return Loaded(self.path, self.document, self._settings(), self._environment).database_names
        except msgspec.ValidationError:
            named = self.get(("databases",))
            return tuple(named) if isinstance(named, dict) else ()

    # --- changing

    def set(self, key: Key, value: Value) -> None:
        """Say ``value`` at ``key``; what the file said before is no change. Text that no file can hold is mended."""
        value = _whole_letters(value)
        parent = self._edited_above(key)
        if parent is not None:
            base = self.get(parent) if self._edits[parent] is _GONE else self._edits[parent]
            self.set(parent, _with(base, key[len(parent) :], value))
            return
        self._drop_below(key)
        self._edits[key] = value
        self._settle(key)

    def unset(self, key: Key) -> None:
        """Leave it to the default."""
        parent = self._edited_above(key)
        if parent is not None:
            if self._edits[parent] is not _GONE:
                self.set(parent, _without(self._edits[parent], key[len(parent) :]))
            return
        self._drop_below(key)
        self._edits[key] = _GONE
        self._settle(key)

    def set_secret(self, name: str, value: str) -> None:
        """Have ``value`` written into `.env` under ``name``; an empty one leaves it as it is."""
        self._secrets.pop(name, None)
        if value:
            self._secrets[name] = Secret(value)
        self._changed()

    def changes(self) -> tuple[Change, ...]:
        """Everything that differs from the file, entry by entry, in the order it was first changed."""
        found: list[Change] = []
        for key in self._edits:
            before, after = self._before(key), self.get(key)
            if isinstance(before, dict) and isinstance(after, dict):
                found += _of_object(key, before, after)
            elif _is_of_entries(before) and _is_of_entries(after):
                found += _of_list(key, before, after)
            else:
                found.append(Change(key=key, before=before, after=after))
        found += [Change(key=(ASIDE, name), after=STARS) for name in self._secrets]
        return tuple(found)

    def undo(self, change: Change) -> None:
        """Take one change back, the others stay."""
        if change.key[0] == ASIDE:
            self.set_secret(change.key[1], "")
            return
        waiting = len(self.changes())
        if change.entry:
            self.set(change.key, _reverted(self._before(change.key), self.get(change.key), change))
        if len(self.changes()) >= waiting:
            self._drop_below(change.key)
            self._changed()

    def undo_all(self) -> None:
        """Be as the file again."""
        self._edits.clear()
        self._secrets.clear()
        self._changed()

    def _settings(self) -> Settings:
        return msgspec.convert(_plain(self.document), Settings)

    def _before(self, key: Key) -> Value:
        return _value_at(_plain(self.original), key)

    def _unwritable(self) -> list[Problem]:
        values: dict[str, str | int] = {"file": str(self.path), "value": STARS, "allowed": "string (≥ U+0021)"}
        return [
            Problem(code="config.value", values={**values, "key": f"{ASIDE}.{name}"})
            for name, one in self._secrets.items()
            if not is_writable(one.reveal())
        ]

    def _edited_above(self, key: Key) -> Key | None:
        return next((key[:depth] for depth in range(1, len(key)) if key[:depth] in self._edits), None)

    def _settle(self, key: Key) -> None:
        """Drop the edit at ``key`` where it says no more than the file, or its defaults, do."""
        self._changed()
        if _said(self.original, key) is not None and _same(self.get(key), self._before(key)):
            del self._edits[key]
            self._changed()

    def _drop_below(self, key: Key) -> None:
        for one in [one for one in self._edits if one[: len(key)] == key]:
            del self._edits[one]

    def _changed(self) -> None:
        self.__dict__.pop("document", None)
        self.__dict__.pop("problems", None)


def entry_of(record: msgspec.Struct, before: Value = None) -> dict[str, Value]:
    """``record`` as one writes it: without what is as by default, unless it stood in ``before``; in that order."""
    stood = before if isinstance(before, dict) else {}
    fields = {one.encode_name: one for one in msgspec.structs.fields(type(record))}
    said: dict[str, Value] = {}
    for name in (*(one for one in stood if one in fields), *(one for one in fields if one not in stood)):
        value = getattr(record, fields[name].name)
        is_usual = fields[name].default is not msgspec.NODEFAULT and value == fields[name].default
        if name in stood or not is_usual:
            said[name] = entry_of(value, stood.get(name)) if isinstance(value, msgspec.Struct) else _builtin(value)
    return said


@functools.cache
def _defaults() -> Value:
    return _builtin(Settings())


def _builtin(value: Any) -> Value:
    return msgspec.json.decode(msgspec.json.encode(value))


def _plain(document: Document) -> Value:
    return without_notes(document.root.plain())


def _said(document: Document, key: Key) -> Value:
    """What stands there, were it nonsense; `_GONE`: nothing."""
    value = _plain(document)
    for name in key:
        if not isinstance(value, dict) or name not in value:
            return _GONE
        value = value[name]
    return value


def _value_at(plain: Value, key: Key) -> Value:
    """The value at ``key``; sections that are left out, or say only a part, are filled with the defaults."""
    value, usual = plain, _defaults()
    for name in key:
        value = value.get(name) if isinstance(value, dict) else None
        usual = usual.get(name) if isinstance(usual, dict) else None
    return _filled(value, usual)


def _filled(value: Value, usual: Value) -> Value:
    if value is None:
        return usual
    if isinstance(value, dict) and isinstance(usual, dict):
        return {**usual, **{name: _filled(child, usual.get(name)) for name, child in value.items()}}
    return value


def _with(value: Value, key: Key, child: Value) -> Value:
    if not key:
        return child
    inside = value if isinstance(value, dict) else {}
    return {**inside, key[0]: _with(inside.get(key[0]), key[1:], child)}


def _without(value: Value, key: Key) -> Value:
    if not isinstance(value, dict) or key[0] not in value:
        return value
    rest = {name: child for name, child in value.items() if name != key[0]}
    return {**rest, key[0]: _without(value[key[0]], key[1:])} if key[1:] else rest


def _whole_letters(value: Value) -> Value:
    """The same, with U+FFFD for each half of a letter, as a clipboard may bring one: UTF-8 has no halves."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list | tuple):
        return [_whole_letters(one) for one in value]
    if isinstance(value, dict):
        return {_whole_letters(name): _whole_letters(one) for name, one in value.items()}
    return value


def _same(one: Value, other: Value) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _is_of_entries(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _named(entry: Value, number: int) -> str:
    name = entry.get("name", entry.get("variable")) if isinstance(entry, dict) else None
    return name if isinstance(name, str) else str(number + 1)


def _of_object(key: Key, before: dict[str, Value], after: dict[str, Value]) -> list[Change]:
    names = dict.fromkeys((*before, *after))
    return [
        Change(key=key, entry=name, before=before.get(name), after=after.get(name))
        for name in names
        if not _same(before.get(name), after.get(name))
    ]


def _of_list(key: Key, before: Sequence[Value], after: Sequence[Value]) -> list[Change]:
    gone = entries_gone(before, after)
    if gone is None:
        return [Change(key=key, before=[*before], after=[*after])]
    kept = [one for number, one in enumerate(before) if number not in gone]
    found = [Change(key=key, entry=_named(before[number], number), before=before[number]) for number in gone]
    for number, one in enumerate(after):
        was = kept[number] if number < len(kept) else None
        if not _same(was, one):
            found.append(Change(key=key, entry=_named(one, number), before=was, after=one))
    return found


def _reverted(before: Value, after: Value, change: Change) -> Value:
    """``after`` with one entry as it was ``before``."""
    if isinstance(after, dict):
        rest = {name: value for name, value in after.items() if name != change.entry or change.before is not None}
        return {**rest, change.entry: change.before} if change.before is not None else rest
    entries = [*after]
    if change.after is None:
        place = before.index(change.before)
        return [*entries[:place], change.before, *entries[place:]]
    place = entries.index(change.after)
    return [*entries[:place], *([change.before] if change.before is not None else []), *entries[place + 1 :]]
