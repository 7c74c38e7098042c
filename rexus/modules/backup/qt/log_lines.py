"""The program's own log, read from the files of the days: parsed into rows, and followed as it grows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.texts import _
from . import telling
from .log_said import failed, said
from .sets_rows import folded

if TYPE_CHECKING:
    from ..model import BackupModel

LEVELS = ("debug", "info", "warning", "error")
"""The least first."""
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}),\d{3} - ([A-Z]+) - \[BACKUP\] (.*)")
_NAME = re.compile(r"backup_(\d{4}-\d{2}-\d{2})\.log")
_FIRST_ROWS = 2000
_FIRST_BYTES = 1 << 20
"""Of each file no more than its last part is read at first."""
_DAYS = 14
"""So many files are looked into for the first rows."""
_MOST_BYTES = 4 << 20
"""No more is read at once while it grows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    when: str
    level: str
    bases: tuple[str, ...]
    base: str
    message: str
    raw: str
    text: str
    """What a search looks at, folded: what is shown of it, or nobody sees why it is there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where a log was read."""

    path: Path | None = None
    offset: int = 0
    rest: bytes = b""
    """The beginning of a line whose end was not written yet."""
    last: Entry | None = None
    """The entry that further lines without a time belong to."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was read, and where to go on."""

    entries: tuple[Entry, ...] = ()
    place: Place = field(default_factory=Place)
    days: tuple[date, ...] = ()
    """Days that there are logs of, newest first."""


class Reader:
    """Parses lines; knows the names of the bases."""

    def __init__(self, names: Sequence[str]) -> None:
        told = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._names = re.compile(rf"(?<![\w.-])(?:{told})(?![\w-])") if told else None
        self._count = len(names)

    def entries(self, data: bytes, last: Entry | None) -> list[Entry]:
        """The entries of whole lines; one without a time belongs to the one before it."""
        found: list[Entry] = []
        for line in data.decode("utf-8", "replace").splitlines():
            if line.strip():
                last = self._entry(line, last)
                found.append(last)
        return found

    def _entry(self, line: str, last: Entry | None) -> Entry:
        match = _LINE.fullmatch(line)
        if match is None:
            level, bases = (last.level, last.bases) if last is not None else ("info", ())
            return Entry("", level, bases, "", line, line, folded(line))
        day, clock, level, message = match.groups()
        told = {"critical": "error"}.get(level.lower(), level.lower())
        bases = tuple(dict.fromkeys(self._names.findall(message))) if self._names is not None else ()
        when = f"{int(day[8:])} {telling.short_month(int(day[5:7]))} {clock}"
        if failed(message):
            told = "error"
        message = said(message)
        base = ", ".join(bases) if len(bases) < max(self._count, 2) else _("all of them")
        return Entry(
            when, told if told in LEVELS else "info", bases, base, message, line, folded(f"{when} {base} {message}")
        )


def read_first(model: BackupModel) -> Part:
    """The newest entries of the last days, and the place where today's log goes on. Raises `BackupError`."""
    today, reader = model.log_path(), Reader(model.loaded.database_names)
    days, entries = days_of(today.parent), list[Entry]()
    place = Place(path=today)
    for day in days[:_DAYS]:
        path = today.parent / f"backup_{day:%Y-%m-%d}.log"
        data, offset = _tail(path)
        if path == today:
            data, rest = _whole_lines(data)
            older = reader.entries(data, None)
            place = Place(today, offset, rest, older[-1] if older else None)
        else:
            older = reader.entries(data, None)
        entries[:0] = older
        if len(entries) >= _FIRST_ROWS:
            break
    return Part(tuple(entries[-_FIRST_ROWS:]), place, days)


def read_on(model: BackupModel, place: Place) -> Part:
    """What was written since; from midnight on in another file. Raises `BackupError`."""
    today, reader = model.log_path(), Reader(model.loaded.database_names)
    entries: list[Entry] = []
    if place.path is not None and place.path != today:
        entries, place = _further(reader, place)
        place = Place(path=today)
    more, place = _further(reader, Place(today, place.offset, place.rest, place.last))
    return Part((*entries, *more), place)


def read_day(model: BackupModel, day: date) -> Part:
    """The log of one day. Raises `BackupError`."""
    folder = model.log_path().parent
    data, _offset = _tail(folder / f"backup_{day:%Y-%m-%d}.log", _MOST_BYTES)
    return Part(tuple(Reader(model.loaded.database_names).entries(data, None)), Place(), days_of(folder))


def days_of(folder: Path) -> tuple[date, ...]:
    """Days that there are logs of, newest first."""
    found = (_NAME.fullmatch(path.name) for path in _files(folder))
    days = (_day(one[1]) for one in found if one is not None)
    return tuple(sorted((day for day in days if day is not None), reverse=True))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # somebody else's file
        return None


def _files(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.glob("backup_*.log"))
    except OSError:
        return []


def _tail(path: Path, most: int = _FIRST_BYTES) -> tuple[bytes, int]:
    """The last part of a file, from the beginning of a line on, and the size of all of it."""
    try:
        with path.open("rb") as reading:
            size = reading.seek(0, 2)
            reading.seek(max(0, size - most))
            data = reading.read(most)
    except OSError:
        return b"", 0
    if size > most:
        data = data.partition(b"\n")[2]
    return data, size


def _further(reader: Reader, place: Place) -> tuple[list[Entry], Place]:
    """What a file holds beyond the place; one that is shorter than it was is begun anew."""
    assert place.path is not None
    try:
        with place.path.open("rb") as reading:
            size = reading.seek(0, 2)
            fresh = size < place.offset
            offset, rest = (0, b"") if fresh else (place.offset, place.rest)
            reading.seek(offset)
            data = reading.read(_MOST_BYTES)
    except OSError:
        return [], place
    whole, left = _whole_lines(rest + data)
    entries = reader.entries(whole, place.last)
    return entries, Place(place.path, offset + len(data), left, entries[-1] if entries else place.last)


def _whole_lines(data: bytes) -> tuple[bytes, bytes]:
    """Lines that have an end, and what is left."""
    whole, end, left = data.rpartition(b"\n")
    return whole + end, left
