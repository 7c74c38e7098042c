"""What can still be used of settings that can't: enough to tell somebody that nothing runs by them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from ..base.errors import BackupError
from .check import problems_of, without_notes
from .document import Document
from .load import Loaded, read_document
from .secrets import Secret, read_env
from .sense import problems_of_sense
from .settings import Settings

_MOST = 100
"""So many things are left out before it is given up."""
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def salvage(path: Path) -> Loaded | None:
    """The settings without whatever is wrong in them, to tell of it and for nothing else; None where nothing is left.

    A wrong entry of a list goes alone (one channel, one schedule), a wrong setting by itself.
    """
    try:
        plain = without_notes(read_document(path).root.plain())
        for _ in range(_MOST):
            if not isinstance(plain, dict):
                return None
            keys = _wrong_keys(plain, path)
            if not keys:
                return _loaded(plain, path)
            for key in keys[::-1]:  # from the end, so that numbers of entries stay right
                _leave_out(plain, key)
    except (BackupError, OSError, ValueError, RecursionError):
        return None
    return None


def _wrong_keys(plain: dict[str, Any], path: Path) -> list[str]:
    document = _document(plain, path)
    found = problems_of(document, str(path))
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
    environment: dict[str, str | Secret] = read_env(path.parent / ".env")
    return Loaded(path, _document(plain, path), msgspec.convert(plain, Settings), environment)
