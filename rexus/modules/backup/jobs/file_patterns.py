"""Which files of the application belong to a set: patterns below its root, as they stand in the configuration.

A pattern is a path with ``/``. ``*``, ``?`` and ``[…]`` stay within one name, ``**`` stands for any number of folders.
What names a folder takes everything beneath it: ``rexus/core``, ``config`` and ``config/**`` alike.
"""

from __future__ import annotations

import fnmatch
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable

from ..base.errors import BadInput
from ..base.files import WINDOWS

IGNORES_CASE = WINDOWS or sys.platform == "darwin"
"""Whether two names that differ by case only are the same file here."""

_ANY = "**"
State = frozenset[tuple[int, int]]
"""Where every pattern stands after some folders: (pattern, next part)."""


class Patterns:
    """Several patterns followed name by name, so that a walk never enters a folder in which nothing can match."""

    def __init__(self, patterns: Iterable[str], *, ignore_case: bool = IGNORES_CASE) -> None:
        """Raises `BadInput` (``files.bad_pattern``) for one that is absolute, empty or climbs with ``..``."""
        self._ignore_case = ignore_case
        self._parts = tuple(_parts(pattern) for pattern in patterns)
        self._tests = tuple(tuple(self._test(part) for part in parts) for parts in self._parts)

    def start(self) -> State:
        """The state at the root."""
        return self._closed((pattern, 0) for pattern in range(len(self._parts)))

    def enter(self, state: State, name: str) -> State:
        """The state one name deeper; empty when nothing beneath can match."""
        name = self._plain(name)
        found: set[tuple[int, int]] = set()
        for pattern, at in state:
            parts = self._parts[pattern]
            if at == len(parts) or parts[at] == _ANY:
                found.add((pattern, at))
            elif self._tests[pattern][at](name):
                found.add((pattern, at + 1))
        return self._closed(found)

    def accepts(self, state: State) -> bool:
        """Whether the name that led to ``state`` is meant (or lies in a folder that is)."""
        return any(at == len(self._parts[pattern]) for pattern, at in state)

    def match(self, path: str) -> bool:
        """Whether a whole path with ``/`` is meant."""
        state = self.start()
        for name in path.split("/"):
            state = self.enter(state, name)
        return self.accepts(state)

    def _closed(self, states: Iterable[tuple[int, int]]) -> State:
        closed: set[tuple[int, int]] = set()
        for pattern, at in states:
            parts, here = self._parts[pattern], at
            closed.add((pattern, here))
            while here < len(parts) and parts[here] == _ANY:
                here += 1
                closed.add((pattern, here))
        return frozenset(closed)

    def _plain(self, name: str) -> str:
        name = unicodedata.normalize("NFC", name)
        return name.casefold() if self._ignore_case else name

    def _test(self, part: str) -> Callable[[str], bool]:
        plain = self._plain(part)
        match = re.compile(fnmatch.translate(plain)).match
        return lambda name: name == plain or match(name) is not None


def _parts(pattern: str) -> tuple[str, ...]:
    text = pattern.replace("\\", "/") if WINDOWS else pattern
    parts = tuple(part for part in text.split("/") if part not in ("", "."))
    drive = re.match(r"[A-Za-z]:", text) is not None
    if not parts or text.startswith("/") or drive or ".." in parts or "\0" in text:
        raise BadInput("files.bad_pattern", pattern=pattern)
    return parts
