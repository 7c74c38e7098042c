"""Find the files of a set below the application folder. Links are told, never followed; nothing is opened."""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import SourceFailed
from ..base.files import WINDOWS, os_path
from ..base.records import Problem, Severity
from .file_names import told
from .file_patterns import Patterns, State
from .file_reads import listed, real, status_is_link

RESTORING = ".rexus_restore.partial"
"""Folder at the destination of a restore of files under way; never part of a set."""
PLAIN_FOLDER = 0o755
"""Mode of a folder that needs no record of its own."""
_SET = re.compile(r"\d{8}_\d{6}(_\d+)?")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to copy; ``source`` is its path below the application folder, raw and with ``/``."""

    path: Path
    source: str
    status: os.stat_result
    named: bool = False
    """A pattern names just this, so that a person counts on its content."""

    @property
    def is_link(self) -> bool:
        """A symbolic link or junction."""
        return status_is_link(self.status)

    @property
    def is_folder(self) -> bool:
        """A folder and no link to one."""
        return stat.S_ISDIR(self.status.st_mode) and not self.is_link


@dataclass(slots=True)
class Scan:
    """What was found, in the order of names: files, links, and folders that are empty or have a mode of their own."""

    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(one.status.st_size for one in self.found if stat.S_ISREG(one.status.st_mode))


def unreadable(source: str, error: OSError) -> Problem:
    """The problem of a source that could not be read."""
    code = "files.vanished" if error.errno in (errno.ENOENT, errno.ENOTDIR) else "files.unreadable"
    values: dict[str, str | int] = {"path": told(source), "reason": error.strerror or type(error).__name__}
    return Problem(code=code, severity=Severity.WARNING, values=values)


def scan(app_root: Path, root: Path, patterns: Patterns, exclude: Patterns, cancel: CancelToken) -> Scan:
    """Walk ``app_root`` as far as ``patterns`` reach, without the backup root.

    Raises `SourceFailed` when ``app_root`` itself can't be read, and `Cancelled`.
    """
    walk = _Walk(real(app_root), real(root), patterns, exclude)
    try:
        os.scandir(os_path(walk.app_root)).close()
    except OSError as error:
        raise SourceFailed("files.app_root", path=str(app_root), reason=error.strerror or "") from error
    return walk.run(cancel)


class _Walk:
    def __init__(self, app_root: Path, root: Path, patterns: Patterns, exclude: Patterns) -> None:
        self.app_root = app_root
        self._root = root
        self._inside_root = app_root == root or app_root.is_relative_to(root)
        self._patterns = patterns
        self._exclude = exclude
        self._scan = Scan()
        self._folders: dict[str, Found] = {}

    def run(self, cancel: CancelToken) -> Scan:
        waiting: list[tuple[str, State, State]] = [("", self._patterns.start(), self._exclude.start())]
        while waiting:
            cancel.check()
            waiting.extend(reversed(self._enter(*waiting.pop())))
        self._keep_folders()
        self._scan.found.sort(key=lambda one: one.source)
        return self._scan

    def _enter(self, folder: str, wanted: State, unwanted: State) -> list[tuple[str, State, State]]:
        """Take what is in ``folder``; returns the folders to enter next."""
        deeper: list[tuple[str, State, State]] = []
        try:
            entries = listed(self.app_root / folder)
        except OSError as error:
            self._folders.pop(folder, None)
            self._scan.problems.append(unreadable(folder, error))
            return []
        inside = self._patterns.accepts(wanted)
        for entry in entries:
            state, out = self._patterns.enter(wanted, entry.name), self._exclude.enter(unwanted, entry.name)
            if not state or self._exclude.accepts(out) or entry.name.casefold() == RESTORING:
                continue
            source = f"{folder}/{entry.name}" if folder else entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                self._scan.problems.append(unreadable(source, error))
                continue
            found = Found(self.app_root / source, source, status, self._patterns.accepts(state) and not inside)
            if found.is_folder:
                if not self._is_ours(found.path):
                    deeper.append((source, state, out))
                    if self._patterns.accepts(state):
                        self._folders[source] = found
            elif self._patterns.accepts(state):
                self._take(found)
        return deeper

    def _take(self, found: Found) -> None:
        if found.is_link or stat.S_ISREG(found.status.st_mode):
            self._scan.found.append(found)
        else:
            values: dict[str, str | int] = {"path": told(found.source)}
            self._scan.problems.append(Problem(code="files.special", severity=Severity.WARNING, values=values))

    def _is_ours(self, path: Path) -> bool:
        """Whether ``path`` is the backup root, or a set in it where the application lies inside the root."""
        if self._inside_root:
            return _SET.fullmatch(path.name) is not None and path.parent.parent == self._root
        return os.path.normcase(path) == os.path.normcase(self._root)

    def _keep_folders(self) -> None:
        filled: set[str] = set()
        for one in self._scan.found:
            filled |= set(_above(one.source))
        for source, found in sorted(self._folders.items(), reverse=True):
            odd = not WINDOWS and stat.S_IMODE(found.status.st_mode) & 0o777 != PLAIN_FOLDER
            if source not in filled or odd:
                self._scan.found.append(found)
            filled |= set(_above(source))


def _above(source: str) -> list[str]:
    parts = source.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
