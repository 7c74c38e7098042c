"""What can still be used of settings that can't: enough to tell somebody that nothing runs by them."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import msgspec

from ..base.errors import BackupError
from .check import problems_of, without_notes
from .document import Document
from .last_good import place_of
from .load import Loaded, read_document, strange_homes
from .secrets import Secret, read_env, read_small
from .sense import problems_of_sense
from .settings import Roles, Settings

_MOST = 100
"""So many things are left out before it is given up."""
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_WORD = re.compile(r'"(root|language)"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.)*")')
_NOTICES = "notices"


def salvage(path: Path) -> Loaded:
    """Settings to tell of it by, and for nothing else: those of the file without whatever is wrong in them.

    A wrong entry of a list goes alone (one channel, one schedule), a wrong setting by itself. Where the file can't be
    read at all the settings count that could be used last; where it does not say any more who is told, their channels
    do. Without those nobody but the log in the backup folder hears of it, as far as the file still says where that is.
    """
    found = _left_of(path, path)
    if found is not None and _NOTICES not in found[1]:
        return found[0]
    before = _left_of(place_of(path), path)
    if found is None:
        return before[0] if before is not None else _guessed(path)
    now = found[0]
    if before is None:
        return now
    settings = msgspec.structs.replace(now.settings, notices=before[0].settings.notices)
    return Loaded(path, now.document, settings, now.environment)


def roles_left(path: Path) -> Roles:
    """Who may do what while the settings can't be used: as they say it still, else as they said it last.

    A mistake somewhere in the file makes nobody an administrator.
    """
    found = [left for source in (path, place_of(path)) if (left := _left_of(source, path)) is not None]
    sound = (loaded.settings.roles for loaded, wrong in found if "roles" not in wrong)
    return next(sound, Roles())


def governed(path: Path) -> Loaded:
    """The same as `salvage`, by the roles of `roles_left`: to say who may mend the settings."""
    left = salvage(path)
    settings = msgspec.structs.replace(left.settings, roles=roles_left(path))
    return Loaded(path, left.document, settings, left.environment)


def _left_of(source: Path, path: Path) -> tuple[Loaded, set[str]] | None:
    """What ``source`` says without its mistakes, as the settings of ``path``, and the sections these were in."""
    sections: set[str] = set()
    try:
        plain = without_notes(read_document(source).root.plain())
        for _ in range(_MOST):
            if not isinstance(plain, dict):
                return None
            keys = _wrong_keys(plain, path)
            if not keys:
                return _loaded(plain, path), sections
            for key in keys[::-1]:  # from the end, so that numbers of entries stay right
                _leave_out(plain, key)
                sections.add(key.partition(".")[0])
    except (BackupError, OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return None
    return None


def _guessed(path: Path) -> Loaded:
    """Where the log is and what language it speaks, by those two words of the file alone; nothing is due."""
    plain: dict[str, Any] = {}
    with contextlib.suppress(BackupError, OSError, ValueError):
        for name, value in _WORD.findall(read_small(path).decode("utf-8", "replace")):
            plain.setdefault(name, json.loads(value))
    for key in _wrong_keys(plain, path):
        _leave_out(plain, key)
    return _loaded({**plain, "schedules": []}, path)


def _wrong_keys(plain: dict[str, Any], path: Path) -> list[str]:
    document = _document(plain, path)
    found = problems_of(document, str(path)) or strange_homes(msgspec.convert(plain, Settings), path)
    if not found:
        loaded = _loaded(plain, path)
        found = problems_of_sense(loaded.settings, str(path), loaded.database_names)
    return [str(one.values["key"]) for one in found]


def _leave_out(plain: dict[str, Any], key: str) -> None:
    """Remove the innermost entry of a list that ``key`` leads through, else the setting itself."""
    parts: list[str | int] = [name or int(number) for name, number in _PART.findall(key)]
    entries = [at for at, one in enumerate(parts) if isinstance(one, int)]
    parts = parts[: entries[-1] + 1] if entries else parts
    inside: Any = plain
    try:
        for part in parts[:-1]:
            inside = inside[part]
        del inside[parts[-1]]
    except (KeyError, IndexError, TypeError):  # a key with dots of its own, or one that only stands for others
        plain.pop(str(parts[0]), None)


def _document(plain: dict[str, Any], path: Path) -> Document:
    return Document.of(json.dumps(plain).encode("utf-8"), str(path))


def _loaded(plain: dict[str, Any], path: Path) -> Loaded:
    document, settings = _document(plain, path), msgspec.convert(plain, Settings)
    environment: dict[str, str | Secret] = {}
    for folder in dict.fromkeys((path.parent, Loaded(path, document, settings, {}).app_root)):
        environment |= _secrets(folder)
    return Loaded(path, document, settings, environment)


def _secrets(folder: Path) -> dict[str, str | Secret]:
    """Those of its `.env`; one that can't be read may be what is wrong, and others are in the system's keyring."""
    try:
        return read_env(folder / ".env")
    except BackupError:
        return {}
