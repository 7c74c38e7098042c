"""Bring copied files back, all or nothing: proven before anything is touched, written aside, then swapped in."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BadInput, Damaged, Refused
from ..base.files import PARTIAL, WINDOWS
from ..base.records import FileCopy, FileSetBackup, Problem, Record, Severity
from . import filesets_undo as undoing
from .file_names import StoredNames, is_safe, told, untold, windows_forbids
from .file_patterns import IGNORES_CASE, Patterns
from .file_scan import PLAIN_FOLDER, is_link
from .filesets import CHUNK, Tools, finish, hash_of, open_plain, storing
from .filesets_verify import legacy_expanded, problem_of, stored_path, verify_files

__all__ = ["FilesExist", "FilesOrder", "FilesRestored", "differing", "restore_files", "undo", "verify_files"]

undo = undoing.undo
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP)
"""How a file system says that it knows no links."""


@dataclass(frozen=True, slots=True)
class FilesOrder:
    """What to bring back, and where. ``only`` names files, folders or patterns; ``safety`` keeps what is replaced."""

    destination: Path
    only: tuple[str, ...] = ()
    overwrite: bool = False
    safety: Path | None = None


class FilesRestored(Record, frozen=True, kw_only=True):
    """What came back: paths as in the manifest. ``skipped`` were there already, the same."""

    written: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class FilesExist(Refused):
    """Different files are in the way; ``problems`` names each (``files.exists``)."""

    def __init__(self, sources: list[str]) -> None:
        super().__init__("files.exists", path=sources[0], count=len(sources))
        self.problems = tuple(Problem(code="files.exists", values={"path": path, "count": 1}) for path in sources)


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry and its place; ``path`` is raw, below the destination."""

    copy: FileCopy
    path: str
    target: Path
    exists: bool
    same: bool

    @property
    def staged(self) -> str:
        """Where the new file waits: beside its place, under a short name."""
        folder = self.path.rpartition("/")[0]
        name = f".{hashlib.sha256(self.path.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}{PARTIAL}"
        return f"{folder}/{name}" if folder else name


def differing(fileset: FileSetBackup, destination: Path, only: tuple[str, ...], root: Path | None = None) -> list[str]:
    """The sources whose file at ``destination`` is another one. Raises `BadInput`, `Refused`.

    With ``root`` also the files of folders in sets of the original program.
    """
    copies, _ = _chosen(fileset.files if root is None else legacy_expanded(fileset.files, root), only)
    items = [_item(copy, destination, CancelToken()) for copy in copies]
    return [item.copy.source for item in items if item.exists and not item.same]


def restore_files(fileset: FileSetBackup, root: Path, order: FilesOrder, tools: Tools) -> FilesRestored:
    """Bring back the chosen files; after an exception the destination is as it was.

    Raises `Damaged` when a copy isn't what the manifest promises, `Refused` for paths that leave the destination or
    different files in the way, `BadInput` for an unknown path in ``only``, `StoreFailed`, `Cancelled`.
    """
    undoing.undo(order.destination, tools.files)
    copies, problems = _chosen(legacy_expanded(fileset.files, root), order.only)
    items = [_item(copy, order.destination, tools.cancel) for copy in copies]
    _refuse_collisions(items)
    broken = [problem for copy in copies if (problem := problem_of(copy, root, tools.cancel)) is not None]
    if broken:
        raise Damaged("files.damaged", path=broken[0].values["path"], count=len(broken))
    different = [item.copy.source for item in items if item.exists and not item.same]
    if different and not order.overwrite:
        raise FilesExist(different)
    todo = [item for item in items if not item.same]
    without = _Run(root, order, todo, tools).perform() if todo else frozenset()
    for source in sorted(without):
        problems.append(Problem(code="files.no_links", severity=Severity.WARNING, values={"path": source}))
    return FilesRestored(
        written=tuple(item.copy.source for item in todo if item.copy.source not in without),
        skipped=tuple(item.copy.source for item in items if item.same),
        problems=tuple(problems),
    )


def _chosen(copies: tuple[FileCopy, ...], only: tuple[str, ...]) -> tuple[list[FileCopy], list[Problem]]:
    """The entries that ``only`` means, the last of those that share a place, and those impossible here."""
    chosen: dict[str, FileCopy] = {}
    problems: list[Problem] = []
    by_backup = {copy.backup: copy for copy in copies}
    for copy in _asked(tuple(by_backup.values()), only):
        path = untold(copy.source)
        if not is_safe(path) or path.split("/")[0].casefold() == undoing.WORK:
            raise Refused("files.unsafe_path", path=copy.source)
        if WINDOWS and any(windows_forbids(part) for part in path.split("/")):
            problems.append(Problem(code="files.impossible", severity=Severity.WARNING, values={"path": copy.source}))
            continue
        key = path.casefold() if IGNORES_CASE else path
        earlier = chosen.pop(key, None)
        if earlier is not None and earlier.source != copy.source:
            values: dict[str, str | int] = {"path": earlier.source}
            problems.append(Problem(code="files.impossible", severity=Severity.WARNING, values=values))
        chosen[key] = copy
    return list(chosen.values()), problems


def _asked(copies: tuple[FileCopy, ...], only: tuple[str, ...]) -> list[FileCopy]:
    if not only:
        return list(copies)
    meant: set[str] = set()
    for wanted in only:
        patterns = Patterns((wanted,))
        found = {copy.source for copy in copies if copy.source == wanted or patterns.match(copy.source)}
        if not found:
            raise BadInput("files.not_in_set", path=wanted)
        meant |= found
    return [copy for copy in copies if copy.source in meant]


def _item(copy: FileCopy, destination: Path, cancel: CancelToken) -> _Item:
    """Find the place of ``copy``. Raises `Refused` when it lies outside or is taken by something else."""
    path = untold(copy.source)
    target = destination / path
    try:
        _refuse_escape(copy, target, destination)
        status = target.lstat()
    except FileNotFoundError:
        _refuse_blocked(target, destination)
        return _Item(copy, path, target, exists=False, same=False)
    except (NotADirectoryError, RuntimeError) as error:
        raise Refused("files.in_the_way", path=str(target)) from error
    except (OSError, ValueError) as error:
        raise Refused("files.unsafe_path", path=copy.source) from error
    link, folder = is_link(target), stat.S_ISDIR(status.st_mode)
    if copy.folder:
        if link or not folder:
            raise Refused("files.in_the_way", path=str(target))
        return _Item(copy, path, target, exists=True, same=True)
    if not link and not stat.S_ISREG(status.st_mode):
        raise Refused("files.in_the_way", path=str(target))
    return _Item(copy, path, target, exists=True, same=_is_same(copy, target, cancel))


def _refuse_blocked(target: Path, destination: Path) -> None:
    """Refuse a place whose folder can't be made because a file has its name (Windows says only “not found”)."""
    for folder in target.parents:
        if folder.exists():
            if not folder.is_dir():
                raise Refused("files.in_the_way", path=str(folder))
            return
        if folder == destination:
            return


def _refuse_escape(copy: FileCopy, target: Path, destination: Path) -> None:
    """Refuse a place that links at the destination lead out of it."""
    if not target.parent.resolve().is_relative_to(destination.resolve()):
        raise Refused("files.unsafe_path", path=copy.source)


def _is_same(copy: FileCopy, target: Path, cancel: CancelToken) -> bool:
    if is_link(target) or copy.link_target is not None:
        return copy.link_target is not None and is_link(target) and str(target.readlink()) == untold(copy.link_target)
    if not copy.checksum or target.stat().st_size != copy.size_bytes:
        return False
    try:
        with open_plain(target) as reading:
            return hash_of(reading, copy.checksum_algorithm, cancel)[1] == copy.checksum
    except OSError:
        return False


def _refuse_collisions(items: list[_Item]) -> None:
    """Nothing may lie beneath a file or link that comes back too."""
    leaves = {item.path for item in items if not item.copy.folder}
    for item in items:
        parts = item.path.split("/")
        if any("/".join(parts[:end]) in leaves for end in range(1, len(parts))):
            raise Refused("files.unsafe_path", path=item.copy.source)


class _Run:
    """The changing part of a restore."""

    def __init__(self, root: Path, order: FilesOrder, items: list[_Item], tools: Tools) -> None:
        self._root = root
        self._destination = order.destination
        self._items = items
        self._tools = tools
        self._files = tools.files
        self._safety = order.safety or order.destination / undoing.WORK / "old"
        self._without: set[str] = set()
        self._new_folders = _missing_folders(items, order.destination)
        self._journal = undoing.Journal(
            safety=told(str(self._safety.absolute())),
            fresh=not self._safety.exists(),
            changes=self._changes(),
            folders=tuple(told(folder) for folder in self._new_folders),
        )

    def perform(self) -> frozenset[str]:
        """Do all of it, or undo and raise; returns the links that this system or folder can't have."""
        made = not self._destination.exists()
        try:
            with storing(self._destination):
                self._files.make_folder(self._destination)
                undoing.begin(self._destination, self._journal, self._files)
            self._keep()
            self._stage()
            self._tools.cancel.check()
            self._swap()
        except BaseException:
            undoing.undo(self._destination, self._files)
            if made:
                with contextlib.suppress(OSError):
                    self._files.remove_folder(self._destination)
            raise
        with storing(self._destination):
            undoing.end(self._destination, self._files)
        return frozenset(self._without)

    def _changes(self) -> tuple[undoing.Change, ...]:
        names = StoredNames()
        changes: list[undoing.Change] = []
        for item in self._items:
            if item.copy.folder:
                continue
            link = str(item.target.readlink()) if item.exists and is_link(item.target) else None
            kept = names.give(item.path) if item.exists and link is None else None
            changes.append(undoing.change_of(item.path, item.staged, kept, link))
        return tuple(changes)

    def _keep(self) -> None:
        """Copy what will be replaced to the safety folder."""
        folders: set[Path] = set()
        for change in self._journal.changes:
            if change.kept is None:
                continue
            kept = self._safety / change.kept
            with storing(kept):
                if kept.parent not in folders:
                    self._files.make_folder(kept.parent)
                    folders.add(kept.parent)
                undoing.keep(self._destination / untold(change.path), kept, self._files, self._tools.cancel)
        for folder in sorted(folders):
            with storing(folder):
                self._files.sync_folder(folder)

    def _stage(self) -> None:
        """Write every new file beside its place, durable."""
        for name in self._new_folders:
            folder = self._destination / name
            with storing(folder):
                self._files.make_folder(folder, private=False)
                self._files.stamp(folder, mode=None if WINDOWS else PLAIN_FOLDER, mtime_ns=None)
        total = sum(item.copy.size_bytes for item in self._items)
        done = 0
        for item in self._items:
            self._tools.cancel.check()
            _refuse_escape(item.copy, item.target, self._destination)
            staged = self._destination / item.staged
            with storing(item.target):
                if item.copy.link_target is not None:
                    self._stage_link(item.copy, staged)
                elif not item.copy.folder:
                    self._write(item.copy, staged)
            done += item.copy.size_bytes
            self._tools.progress(done, total)

    def _stage_link(self, copy: FileCopy, staged: Path) -> None:
        self._files.unlink(staged)
        try:
            self._files.link(untold(copy.link_target or ""), staged)
        except (OSError, NotImplementedError) as error:
            if not WINDOWS and isinstance(error, OSError) and error.errno not in _NO_LINKS:
                raise
            self._without.add(copy.source)

    def _write(self, copy: FileCopy, staged: Path) -> None:
        source = stored_path(copy, self._root)
        if copy.mtime_ns is None:  # sets of the original program keep both in the copy itself
            status = source.stat()
            copy = msgspec.structs.replace(copy, mode=status.st_mode & 0o777, mtime_ns=status.st_mtime_ns)
        digest = hashlib.new(copy.checksum_algorithm, usedforsecurity=False)
        self._files.unlink(staged)
        with open_plain(source) as reading:
            writing = self._files.create(staged, private=True)
            try:
                while chunk := reading.read(CHUNK):
                    self._tools.cancel.check()
                    digest.update(chunk)
                    writing.write(chunk)
                finish(writing, staged, copy, self._files)
            finally:
                writing.close()
        if copy.checksum and digest.hexdigest() != copy.checksum:
            raise Damaged("files.damaged", path=copy.source, count=1)

    def _swap(self) -> None:
        """From here on the old files go."""
        folders = {self._destination / name for name in self._new_folders}
        folders |= {item.target.parent for item in self._items}
        with storing(self._destination):
            undoing.begin(self._destination, msgspec.structs.replace(self._journal, replacing=True), self._files)
        for item in self._items:
            if not item.copy.folder and item.copy.source not in self._without:
                _refuse_escape(item.copy, item.target, self._destination)
                with storing(item.target):
                    self._files.replace(self._destination / item.staged, item.target)
        for item in sorted(self._items, key=lambda one: one.path, reverse=True):
            if item.copy.folder:
                with storing(item.target):
                    self._files.stamp(
                        item.target,
                        mode=None if item.copy.mode is None or WINDOWS else item.copy.mode & 0o777,
                        mtime_ns=item.copy.mtime_ns,
                    )
        for folder in sorted(folders):
            with storing(folder):
                self._files.sync_folder(folder)


def _missing_folders(items: list[_Item], destination: Path) -> list[str]:
    """Folders that must be made, raw and with ``/``, each after the one it lies in."""
    wanted: set[str] = set()
    for item in items:
        parts = item.path.split("/")
        last = len(parts) + 1 if item.copy.folder else len(parts)
        wanted |= {"/".join(parts[:end]) for end in range(1, last)}
    return sorted(name for name in wanted if not (destination / name).is_dir())
