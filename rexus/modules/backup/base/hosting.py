"""Lay the module into a tree of Rexus.app, look how it stands there, take it out exactly.

Each file is written whole. What is to be done stands in the receipt before the first file is touched, so that an
installation that dies halfway can be finished or undone. The start-up of the host is edited last and mended first.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from pathlib import Path

import msgspec

from . import host_files, host_lines, host_receipt
from .clock import Clock
from .errors import BackupError, Failed, Refused
from .files import PARTIAL, Files, os_path, publish
from .host_receipt import Entry, Receipt, Standing, content, sha, standing
from .records import Record

START = "rexus/main/app.py"
"""Where the host makes its window."""
_LOADER = "rexus/core/module_manager.py"
_TOLD = 4
"""So many names are told; of more their number."""


class State(enum.StrEnum):
    """How the module stands in a tree."""

    ABSENT = "absent"
    INSTALLED = "installed"
    OUTDATED = "outdated"
    """Whole, but of another version than this program."""
    INCOMPLETE = "incomplete"
    """Cut short, or something is missing."""
    UNHOOKED = "unhooked"
    """The host's start-up was replaced by one without our lines."""
    CHANGED = "changed"
    """Files were changed since."""


class Change(Record, frozen=True, kw_only=True):
    """One file that is, or would be, touched."""

    path: str
    action: str
    """add, edit, restore, remove."""


class HostCheck(Record, frozen=True, kw_only=True):
    """How it stands."""

    state: State
    changed: tuple[str, ...] = ()
    version: str = ""
    """Of what is installed."""


class HostResult(Record, frozen=True, kw_only=True):
    """What was done."""

    changes: tuple[Change, ...] = ()
    left: tuple[str, ...] = ()
    """Folders of ours that stay, for there are files of others in them."""


class Hosting:
    """One tree. All raise `Refused` where it can't be read or is none that we know."""

    def __init__(self, tree: Path, files: Files, clock: Clock, version: str) -> None:
        self._tree, self._files, self._clock, self._version = tree, files, clock, version

    def check(self) -> HostCheck:
        """How the module stands in the tree."""
        receipt = host_receipt.read(self._tree)
        if receipt is None:
            self._draft(None)
            return HostCheck(state=State.ABSENT)
        version = receipt.tool_version
        found = {entry.path: self._standing(entry) for entry in receipt.entries}
        changed = tuple(path for path, one in found.items() if one is Standing.CHANGED)
        if changed:
            return HostCheck(state=State.CHANGED, changed=changed, version=version)
        missing = [path for path, one in found.items() if one is Standing.BACK]
        if not receipt.done or missing not in ([], [START]):
            return HostCheck(state=State.INCOMPLETE, changed=tuple(missing), version=version)
        if missing:
            return HostCheck(state=State.UNHOOKED, changed=(START,), version=version)
        if self._is_own():
            return HostCheck(state=State.INSTALLED, version=version)
        hashes = {entry.path: entry.after for entry in receipt.entries}
        same = hashes == {entry.path: entry.after for entry, _data in self._draft(receipt)}
        return HostCheck(state=State.INSTALLED if same else State.OUTDATED, version=version)

    def plan_install(self) -> tuple[Change, ...]:
        """What `install` would do; empty: nothing, it is there. Raises `Refused`."""
        receipt = self._unchanged()
        if receipt is not None and self.check().state is State.INSTALLED:
            return ()
        drafted = tuple(_change(entry) for entry, _data in self._draft(receipt))
        kept = {one.path for one in drafted}
        gone = receipt.entries if receipt is not None else ()
        return (*(Change(path=one.path, action="remove") for one in gone if one.path not in kept), *drafted)

    def install(self) -> HostResult:
        """Lay everything; another version that is there goes first. Raises `Refused`, `Failed` (undone then)."""
        planned = self.plan_install()
        if not planned:
            return HostResult()
        old = host_receipt.read(self._tree)
        drafted = self._draft(old)
        if old is not None:
            self._undo(old)
        receipt = Receipt(
            tool_version=self._version,
            installed_at=self._clock.now().isoformat(),
            entries=tuple(entry for entry, _data in drafted),
            folders=tuple(self._new_folders([entry.path for entry, _data in drafted])),
        )
        try:
            with self._told(self._tree / host_receipt.NAME):
                self._note(receipt)
            for folder in receipt.folders:
                with self._told(self._tree / folder):
                    self._files.make_folder(self._tree / folder, private=False)
            for entry, data in drafted:
                self._write(entry.path, data, entry.mode)
            with self._told(self._tree / host_receipt.NAME):
                self._note(msgspec.structs.replace(receipt, done=True))
        except BaseException:
            with contextlib.suppress(BackupError, OSError):  # what is left is in the receipt; the first error is told
                self._undo(receipt)
            raise
        return HostResult(changes=planned)

    def plan_removal(self) -> tuple[Change, ...]:
        """What `remove` would do; empty: nothing is installed. Raises `Refused`."""
        receipt = self._unchanged()
        if receipt is None:
            return ()
        return tuple(
            Change(path=one.path, action="remove" if one.before is None else "restore")
            for one in reversed(receipt.entries)
            if self._standing(one) is Standing.OURS
        )

    def remove(self) -> HostResult:
        """Take everything out: every byte is as it was. Raises `Refused` naming changed files, `Failed`."""
        receipt = self._unchanged()
        if receipt is None:
            return HostResult()
        planned = self.plan_removal()
        return HostResult(changes=planned, left=tuple(self._undo(receipt)))

    def _unchanged(self) -> Receipt | None:
        """The receipt of an installation that nobody changed since; None: there is none. Raises `Refused`."""
        receipt = host_receipt.read(self._tree)
        if receipt is None:
            return None
        changed = [one.path for one in receipt.entries if self._standing(one) is Standing.CHANGED]
        if changed:
            raise Refused("host.changed", path=str(self._tree), what=_named(changed))
        return receipt

    def _standing(self, entry: Entry) -> Standing:
        """As `standing`; a start-up of the host without our lines is nothing that we have to take back."""
        found = standing(self._tree, entry)
        if found is Standing.CHANGED and entry.path == START:
            data = content(self._tree / START)
            return Standing.BACK if data is None or not host_lines.is_ours(data) else found
        return found

    def _draft(self, receipt: Receipt | None) -> list[tuple[Entry, bytes]]:
        """What is to be written, the host's start-up last, as if ``receipt`` were undone. Raises `Refused`."""
        start = self._known(receipt)
        ours = {entry.path for entry in receipt.entries} if receipt is not None else set()
        wanted = host_files.wanted()
        taken = host_files.foreign(self._tree, {*wanted, *ours}) if receipt is None else []
        drafted = []
        for name, source in wanted.items():
            data, there = content(source), content(self._tree / name)
            if data is None:
                raise Refused("host.unreadable", path=str(source), why="")
            if name not in ours and there not in (None, data):
                taken.append(name)
            if name in ours or there is None:
                drafted.append((Entry(path=name, after=sha(data)), data))
        if taken:
            raise Refused("host.occupied", path=str(self._tree), what=_named(taken))
        return [*drafted, self._edited(start, receipt)]

    def _edited(self, start: bytes, receipt: Receipt | None) -> tuple[Entry, bytes]:
        data = host_lines.edited(start)
        entry = Entry(path=START, before=sha(start), after=sha(data), original=start)
        kept = next((one for one in receipt.entries if one.path == START), None) if receipt is not None else None
        if kept is not None and kept.before == entry.before:
            return msgspec.structs.replace(entry, mode=kept.mode, mtime_ns=kept.mtime_ns), data
        now = (self._tree / START).stat()
        return msgspec.structs.replace(entry, mode=now.st_mode & 0o7777, mtime_ns=now.st_mtime_ns), data

    def _known(self, receipt: Receipt | None) -> bytes:
        """The host's start-up without our lines, if this is a tree that we know. Raises `Refused`."""
        if self._is_own():
            raise Refused("host.own_tree", path=str(self._tree))
        places = {name: self._tree / name for name in (START, _LOADER)}
        lacking = [name for name, path in places.items() if path.is_symlink() or not path.is_file()]
        if lacking:
            raise Refused("host.unknown_tree", path=str(self._tree), what=_named(lacking))
        start = content(places[START]) or b""
        for entry in receipt.entries if receipt is not None else ():
            if entry.path == START and entry.original is not None and sha(start) == entry.after:
                start = entry.original
        lacking = [f"{START}: {one}" for one in host_lines.missing(start)]
        if b"def create_module_safely(" not in (content(places[_LOADER]) or b""):
            lacking.append(f"{_LOADER}: create_module_safely")
        if host_lines.is_ours(start):
            raise Refused("host.changed", path=str(self._tree), what=START)
        if lacking:
            raise Refused("host.unknown_tree", path=str(self._tree), what=_named(lacking))
        return start

    def _is_own(self) -> bool:
        """Whether this very program lives in the tree."""
        package = self._tree / host_files.PACKAGE
        return package.exists() and package.samefile(host_files.here())

    def _new_folders(self, names: list[str]) -> Iterator[str]:
        """Folders that are not there yet, parents first."""
        parents = {parent for name in names for parent in Path(name).parents if parent.parts}
        yield from sorted(one.as_posix() for one in parents if not (self._tree / one).is_dir())

    def _write(self, name: str, data: bytes, mode: int | None, mtime_ns: int | None = None) -> None:
        path = self._tree / name
        with self._told(path):
            publish(self._files, path, data, private=False)
            if mode is not None or mtime_ns is not None:
                self._files.stamp(path, mode=mode, mtime_ns=mtime_ns)

    def _note(self, receipt: Receipt) -> None:
        publish(self._files, self._tree / host_receipt.NAME, host_receipt.written(receipt), private=False)

    def _undo(self, receipt: Receipt) -> list[str]:
        """Bring every file of ``receipt`` back; the folders that stay. Raises `Failed`; then it can be repeated."""
        if receipt.done:
            with self._told(self._tree / host_receipt.NAME):
                self._note(msgspec.structs.replace(receipt, done=False))
        for entry in reversed(receipt.entries):
            self._sweep(self._tree / entry.path)
            if self._standing(entry) is not Standing.OURS:
                continue
            if entry.original is not None:
                self._write(entry.path, entry.original, entry.mode, entry.mtime_ns)
            else:
                with self._told(self._tree / entry.path):
                    self._files.unlink(self._tree / entry.path)
        left = [name for name in reversed(receipt.folders) if not self._emptied(self._tree / name)]
        self._sweep(self._tree / host_receipt.NAME)
        with self._told(self._tree / host_receipt.NAME):
            self._files.unlink(self._tree / host_receipt.NAME)
        return left

    def _sweep(self, path: Path) -> None:
        """Remove what was begun beside ``path`` by somebody who died."""
        with self._told(path):
            self._files.unlink(path.with_name(path.name + PARTIAL))

    def _emptied(self, folder: Path) -> bool:
        """Remove a folder of ours and the interpreter's cache in it; False: there are files of others in it."""
        with self._told(folder):
            for path in host_files.caches(folder):
                self._files.unlink(path)
            with contextlib.suppress(OSError):  # not empty: somebody else's
                self._files.remove_folder(host_files.cache_of(folder))
            with contextlib.suppress(OSError):
                self._files.remove_folder(folder)
        return not Path(os_path(folder)).exists()

    @contextlib.contextmanager
    def _told(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Failed("host.write_failed", path=str(path), why=why) from error


def _change(entry: Entry) -> Change:
    return Change(path=entry.path, action="add" if entry.before is None else "edit")


def _named(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _TOLD
    return ", ".join(names[:_TOLD]) + (f", … (+{more})" if more > 0 else "")
