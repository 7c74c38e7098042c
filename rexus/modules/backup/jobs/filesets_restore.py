"""Bring copied files back, all or nothing: proven before anything is touched, written aside, then swapped in.

Several file sets can be brought back together: give all their orders the same ``run`` (of `new_run`), then call
`finish` for each destination, or `undo`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from pathlib import Path

import msgspec

from ..base.errors import Damaged, StoreFailed
from ..base.files import WINDOWS, why_closed
from ..base.records import FileCopy, FileSetBackup, Problem, Record, Severity
from . import filesets_undo as undoing
from .file_names import StoredNames, told, untold
from .file_reads import CHUNK, here, is_link, open_plain, points_to, real
from .file_scan import PLAIN_FOLDER
from .filesets import Tools, is_secret, storing
from .filesets import finish as finish_copy
from .filesets_proof import FilesExist, FilesOrder, Item, differing, missing_folders, proven, refuse_escape
from .filesets_verify import stored_path, verify_files

__all__ = [
    "FilesExist",
    "FilesOrder",
    "FilesRestored",
    "differing",
    "finish",
    "new_run",
    "prove_files",
    "restore_files",
    "undo",
    "verify_files",
]

finish, new_run, undo = undoing.finish, undoing.new_run, undoing.undo
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP)
"""How a file system says that it knows no links."""


class FilesRestored(Record, frozen=True, kw_only=True):
    """What came back: paths as in the manifest. ``skipped`` were there already, the same.

    With ``journal_open`` it can still be undone, and must be finished.
    """

    written: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    journal_open: bool = False


def restore_files(fileset: FileSetBackup, root: Path, order: FilesOrder, tools: Tools) -> FilesRestored:
    """Bring back the chosen files; after an exception the destination is as it was.

    Raises `Damaged` when a copy isn't what the manifest promises, `Refused` for paths that leave the destination or
    different files in the way, `BadInput` for an unknown path in ``only``, `StoreFailed`, `Cancelled`.
    """
    undoing.undo(order.destination, tools.files, root=order.journals or root, but_not=order.run)
    items, problems = proven(fileset, root, order, tools)
    todo = [item for item in items if not item.same]
    without = _Run(root, order, todo, tools).perform() if todo else frozenset()
    for source in sorted(without):
        problems.append(Problem(code="files.no_links", severity=Severity.WARNING, values={"path": source}))
    return FilesRestored(
        written=tuple(item.copy.source for item in todo if item.copy.source not in without and not item.goes),
        skipped=tuple(item.copy.source for item in items if item.same),
        problems=tuple(problems),
        journal_open=bool(todo and order.run),
    )


def prove_files(fileset: FileSetBackup, root: Path, order: FilesOrder, tools: Tools) -> None:
    """Refuse now what `restore_files` would refuse, every checksum included; the destination isn't touched.

    Raises as `restore_files`, also `StoreFailed` where the destination plainly can't be written.
    """
    undoing.refuse_foreign(order.destination, order.journals or root)
    items, _ = proven(fileset, root, order, tools)
    if WINDOWS:  # rights there are not in the mode; the restore itself will tell
        return
    places = {order.destination, *(item.target.parent for item in items if not item.same)}
    for folder in sorted({_existing(place) for place in places}):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StoreFailed("files.write_failed", path=str(folder), reason=os.strerror(why_closed(folder)))


def _existing(folder: Path) -> Path:
    return next((path for path in (folder, *folder.parents) if path.exists()), folder)


class _Run:
    """The changing part of a restore."""

    def __init__(self, root: Path, order: FilesOrder, items: list[Item], tools: Tools) -> None:
        self._root = root
        self._destination = order.destination
        self._items = items
        self._tools = tools
        self._files = tools.files
        self._place = undoing.Place(order.destination, order.journals or root, order.run or new_run())
        self._open = bool(order.run)
        key = new_run()
        self._safety = order.safety or order.destination / undoing.WORK / f"old-{key}"
        self._without: set[str] = set()
        self._new_folders = missing_folders(items, order.destination)
        self._journal = undoing.Journal(
            key=key,
            destination=told(str(real(order.destination))),
            made=not here(order.destination).exists(),
            safety=told(str(self._safety.absolute())),
            fresh=not here(self._safety).exists(),
            changes=self._changes(),
            folders=tuple(told(folder) for folder in self._new_folders),
        )

    def perform(self) -> frozenset[str]:
        """Do all of it, or undo and raise; returns the links that this system or folder can't have."""
        try:
            with storing(self._destination):
                self._files.make_folder(self._destination)
                undoing.begin(self._place, self._journal, self._files)
            self._keep()
            self._stage()
            self._tools.cancel.check()
            self._swap()
            if not self._open:
                undoing.finish(self._destination, self._files, root=self._place.root)
        except BaseException:
            with contextlib.suppress(StoreFailed):  # the first error is the one to tell; the rest waits for `undo`
                undoing.take_back(self._place, self._journal.key, self._files)
            if self._journal.made:
                with contextlib.suppress(OSError):
                    self._files.remove_folder(self._destination)
            raise
        return frozenset(self._without)

    def _changes(self) -> tuple[undoing.Change, ...]:
        names = StoredNames()
        changes: list[undoing.Change] = []
        for item in self._items:
            if item.copy.folder:
                continue
            link = points_to(item.target) if item.exists and is_link(item.target) else None
            replaced = item.exists and link is None
            changes.append(
                undoing.Change(
                    path=told(item.path),
                    staged=told(item.staged),
                    kept=told(names.give(item.path)) if replaced else None,
                    mode=here(item.target).stat().st_mode & 0o777 if replaced else None,
                    link=None if link is None else told(link),
                )
            )
        return tuple(changes)

    def _keep(self) -> None:
        """Copy what will be replaced to the safety folder."""
        folders: set[Path] = set()
        private = {item.path for item in self._items if item.copy.private}
        for change in self._journal.changes:
            if change.kept is None:
                continue
            kept, source = self._safety / untold(change.kept), untold(change.path)
            with storing(kept):
                if kept.parent not in folders:
                    self._files.make_folder(kept.parent)
                    folders.add(kept.parent)
                mode = 0o600 if is_secret(source) or source in private else None
                undoing.keep(self._destination / source, kept, self._files, self._tools.cancel, mode=mode)
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
            refuse_escape(item.copy, item.target, self._destination)
            staged = self._destination / item.staged
            with storing(item.target):
                if item.copy.link_target is not None:
                    self._stage_link(item.copy, staged)
                elif not item.copy.folder and not item.goes:
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
            status = here(source).stat()
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
                finish_copy(writing, staged, copy, self._files)
            finally:
                writing.close()
        if copy.checksum and digest.hexdigest() != copy.checksum:
            raise Damaged("files.damaged", path=copy.source, count=1)

    def _swap(self) -> None:
        """From here on the old files go."""
        folders = {self._destination / name for name in self._new_folders}
        folders |= {item.target.parent for item in self._items}
        with storing(self._destination):
            undoing.begin_replacing(self._place, self._journal.key, self._files)
        for item in self._items:
            if not item.copy.folder and item.copy.source not in self._without:
                refuse_escape(item.copy, item.target, self._destination)
                with storing(item.target):
                    if item.goes:
                        self._files.unlink(item.target)
                    else:
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
