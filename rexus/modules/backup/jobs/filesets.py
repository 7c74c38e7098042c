"""Copy the configuration and the application's folders into a set.

Copies lie in ``config/<set>/`` and ``application/<set>/`` under their path below the application folder (see
`file_names` for names that can't be kept), checksummed, with their times and modes; copies that hold secrets are
owner-only. What can't be copied is told file by file and keeps nothing else from being copied.
"""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import StoreFailed
from ..base.files import PARTIAL, WINDOWS, Files, Writing
from ..base.records import FileCopy, FileSetBackup, Problem, Record, SetStatus, Severity
from ..catalog.manifest import FILE_SET_BYTES
from .file_names import StoredNames, told
from .file_patterns import Patterns
from .file_reads import CHUNK, hash_of, here, is_link, is_plain_folder, lies_in, listed, open_plain, points_to, real
from .file_scan import Found, scan, unreadable

CONFIG = "config"
APPLICATION = "application"
_TRIES = 3
"""How often a file is read that changes while it is read."""
_SECRET = (".env*", "backup_config.json", "*secret*", "*.key", "*.pem", "*.pfx", "*.p12")
_ENTRY_BYTES = 512
"""What one entry takes in the manifest beside its names: members, checksum, numbers, indentation."""
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that is in no folder of the application and belongs to the set all the same; it holds secrets."""

    source: str
    """As in `FileCopy`."""
    data: bytes = field(repr=False)
    at: datetime
    """When it was made."""


@dataclass(frozen=True, slots=True)
class FileSetPlan:
    """What to copy. ``config_file`` is the program's own configuration, always the first of the config set."""

    app_root: Path
    config_file: Path
    patterns: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    made: tuple[MadeFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Tools:
    """What a copy needs beside its request; ``progress`` hears of bytes done and bytes in all."""

    files: Files
    progress: Callable[[int, int], None]
    cancel: CancelToken


def copy_config(plan: FileSetPlan, root: Path, set_name: str, tools: Tools) -> FileSetBackup:
    """Copy the program's own configuration and what ``plan`` names into ``config/<set>/``.

    Raises `StoreFailed` when the backup folder can't be written, `SourceFailed` when the application folder can't be
    read, and `Cancelled`; then `discard` removes what was written.
    """
    return _Copying(plan, root, f"{CONFIG}/{set_name}", tools).run(set_name, own=plan.config_file)


def copy_application(plan: FileSetPlan, root: Path, set_name: str, tools: Tools) -> FileSetBackup:
    """Copy what ``plan`` names into ``application/<set>/``. Raises as `copy_config`."""
    return _Copying(plan, root, f"{APPLICATION}/{set_name}", tools).run(set_name, own=None)


def copy_named(kind: str, plan: FileSetPlan, root: Path, set_name: str, tools: Tools) -> FileSetBackup:
    """Copy just what ``plan`` names into ``<kind>/<set>/``. Raises as `copy_config`."""
    return _Copying(plan, root, f"{kind}/{set_name}", tools).run(set_name, own=None)


def discard(root: Path, set_name: str, files: Files) -> None:
    """Remove the copies of a set, whole or half. Raises `OSError`."""
    for kind in (CONFIG, APPLICATION):
        remove_tree(root / kind / set_name, files)


def remove_tree(folder: Path, files: Files) -> None:
    """Remove ``folder`` with all it holds; links are removed, never followed. Raises `OSError`."""
    if not is_plain_folder(folder):
        return
    for entry in listed(folder):
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False) and not is_link(path):
            remove_tree(path, files)
        else:
            files.unlink(path)
    files.remove_folder(folder)
    files.sync_folder(folder.parent)


def is_secret(source: str) -> bool:
    """Whether a file of this name is treated as one that holds secrets."""
    name = source.rpartition("/")[2].casefold()
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in _SECRET)


@contextlib.contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn an `OSError` of writing below ``path`` into `StoreFailed`."""
    try:
        yield
    except OSError as error:
        code = "files.full" if error.errno in _FULL else "files.write_failed"
        raise StoreFailed(code, path=str(path), reason=error.strerror or type(error).__name__) from error


def finish(writing: Writing, partial: Path, copy: FileCopy, files: Files) -> None:
    """Give a written file its times and mode, make it durable and close it. Raises `OSError`."""
    mode = 0o600 if copy.private else copy.mode
    try:
        if not WINDOWS:
            files.stamp(partial, mode=None if mode is None else mode & 0o777, mtime_ns=copy.mtime_ns)
        writing.sync()
    finally:
        writing.close()
    if WINDOWS:  # closing sets the time of the last write
        files.stamp(partial, mode=None, mtime_ns=copy.mtime_ns)


class _Copying:
    """One file set being copied to ``below`` in the root."""

    def __init__(self, plan: FileSetPlan, root: Path, below: str, tools: Tools) -> None:
        self._plan = plan
        self._root = root
        self._below = below
        self._tools = tools
        self._names = StoredNames()
        self._folders: set[Path] = set()
        self._copies: list[FileCopy] = []
        self._problems: list[Problem] = []
        self._own = ""
        self._room = FILE_SET_BYTES
        self._left_out = 0
        self._done = 0
        self._total = 0

    def run(self, set_name: str, own: Path | None) -> FileSetBackup:
        patterns, exclude = Patterns(self._plan.patterns), Patterns(self._plan.exclude)
        found = scan(self._plan.app_root, self._root, patterns, exclude, self._tools.cancel)
        for problem in found.problems:
            self._tell(problem)
        made = {one.source for one in self._plan.made}
        theirs = [one for one in found.found if one.source not in made]
        chosen = theirs if own is None else self._with_own(own, theirs)
        self._total = sum(one.status.st_size for one in chosen if not one.is_link and not one.is_folder)
        for one_made in self._plan.made:
            self._write(one_made)
        for one in chosen:
            self._tools.cancel.check()
            self._one(one)
        if self._left_out:
            values: dict[str, str | int] = {"path": self._below, "count": self._left_out}
            self._problems.append(Problem(code="files.too_many", values=values))
        for folder in sorted(self._folders):
            with storing(folder):
                self._tools.files.sync_folder(folder)
        return FileSetBackup(
            status=SetStatus.COMPLETED,
            timestamp=set_name,
            files=tuple(self._copies),
            problems=tuple(self._problems),
        )

    def _with_own(self, own: Path, found: list[Found]) -> list[Found]:
        """The program's own configuration before everything else, also from outside the application folder."""
        app_root, path = real(self._plan.app_root), real(own.parent) / own.name
        inside = path.is_relative_to(app_root)
        source = path.relative_to(app_root).as_posix() if inside else path.name
        rest = [one for one in found if one.path != path]
        if not inside and any(one.source == source for one in rest):
            source = f"_program/{path.name}"
        try:
            found_at = real(path)
            status = here(found_at).lstat()
            self._own = source
            return [Found(found_at, source, status, named=True), *rest]
        except OSError as error:
            self._tell(unreadable(source, error))
            return rest

    def _takes(self, entry: Record) -> bool:
        """Whether the manifest has room for one more entry; from the first that it has none for, for no other."""
        needed = len(msgspec.json.encode(entry)) + _ENTRY_BYTES
        if self._left_out or needed > self._room:
            self._left_out += 1
            return False
        self._room -= needed
        return True

    def _tell(self, problem: Problem) -> None:
        if self._takes(problem):
            self._problems.append(problem)

    def _one(self, found: Found) -> None:
        give = self._names.give_folder if found.is_folder else self._names.give
        copy = FileCopy(
            source=told(found.source),
            backup=f"{self._below}/{give(found.source)}",
            folder=found.is_folder,
            private=not found.is_folder and (found.source == self._own or is_secret(found.source)),
        )
        target = self._root / copy.backup
        if found.is_link:
            self._link(found, copy, target)
        elif not self._takes(copy):
            return
        elif found.is_folder:
            self._folder(target)
            self._copies.append(_described(copy, found.status))
        else:
            self._folder(target.parent)
            self._file(found, copy, target)

    def _write(self, made: MadeFile) -> None:
        """Keep what nobody has as a file. Raises `StoreFailed`."""
        copy = FileCopy(
            source=told(made.source),
            backup=f"{self._below}/{self._names.give(made.source)}",
            size_bytes=len(made.data),
            checksum=hashlib.sha256(made.data).hexdigest(),
            mode=None if WINDOWS else 0o600,
            mtime_ns=int(made.at.timestamp()) * 10**9,
            private=True,
        )
        target = self._root / copy.backup
        partial = target.with_name(target.name + PARTIAL)
        if not self._takes(copy):
            return
        self._folder(target.parent)
        with storing(partial):
            writing = self._tools.files.create(partial, private=True)
        try:
            with storing(partial):
                writing.write(made.data)
                finish(writing, partial, copy, self._tools.files)
        finally:
            with storing(partial):
                writing.close()
        self._publish(copy, partial, target)
        self._copies.append(copy)

    def _folder(self, folder: Path) -> None:
        if folder not in self._folders:
            with storing(folder):
                self._tools.files.make_folder(folder)
            self._folders.add(folder)

    def _link(self, found: Found, copy: FileCopy, target: Path) -> None:
        """Keep a link as a link; where the backup folder can't hold links, the record alone is enough."""
        try:
            target_of = points_to(found.path)
        except OSError as error:
            self._tell(unreadable(found.source, error))
            return
        copy = msgspec.structs.replace(
            copy, link_target=told(target_of), private=False, mtime_ns=found.status.st_mtime_ns
        )
        if not self._takes(copy):
            return
        self._folder(target.parent)
        try:
            self._tools.files.link(target_of, target)
        except (OSError, NotImplementedError) as error:
            if isinstance(error, OSError) and error.errno in (*_FULL, errno.EIO):
                with storing(target):
                    raise
        if found.named and not lies_in(found.path, self._plan.app_root):
            values: dict[str, str | int] = {"path": copy.source, "target": told(target_of)}
            self._tell(Problem(code="files.link_only", severity=Severity.WARNING, values=values))
        self._copies.append(copy)

    def _file(self, found: Found, copy: FileCopy, target: Path) -> None:
        begun = self._done
        partial = target.with_name(target.name + PARTIAL)
        for attempt in range(1, _TRIES + 1):
            self._done = begun
            try:
                with open_plain(found.path) as reading:
                    made, steady = self._written(reading, copy, partial)
            except OSError as error:
                self._drop(partial)
                self._tell(unreadable(found.source, error))
                break
            except BaseException:
                with contextlib.suppress(OSError):
                    self._tools.files.unlink(partial)
                raise
            if steady or attempt == _TRIES:
                self._publish(made, partial, target)
                if not steady:
                    values: dict[str, str | int] = {"path": copy.source}
                    self._tell(Problem(code="files.changed", severity=Severity.WARNING, values=values))
                self._copies.append(made)
                break
            self._drop(partial)
        self._done = begun + found.status.st_size
        self._tools.progress(self._done, self._total)

    def _written(self, reading: BinaryIO, copy: FileCopy, partial: Path) -> tuple[FileCopy, bool]:
        """Copy one file to ``partial``, durable; also whether it stayed the same meanwhile.

        Raises `OSError` for the source and `StoreFailed` for the copy.
        """
        before = os.fstat(reading.fileno())
        digest, size = hashlib.sha256(), 0
        with storing(partial):
            writing = self._tools.files.create(partial, private=True)
        try:
            while chunk := reading.read(CHUNK):
                self._tools.cancel.check()
                digest.update(chunk)
                size += len(chunk)
                with storing(partial):
                    writing.write(chunk)
                self._tools.progress(min(self._done + size, self._total), self._total)
            after = os.fstat(reading.fileno())
            described = _described(copy, before)
            made = msgspec.structs.replace(described, size_bytes=size, checksum=digest.hexdigest())
            with storing(partial):
                finish(writing, partial, made, self._tools.files)
        finally:
            with storing(partial):
                writing.close()
        same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and size == after.st_size
        return made, same

    def _publish(self, made: FileCopy, partial: Path, target: Path) -> None:
        """Read the copy back and give it its name. Raises `StoreFailed`."""
        try:
            with storing(partial):
                with open_plain(partial) as reading:
                    size, checksum = hash_of(reading, "sha256", self._tools.cancel)
                _same_or_raise(made, size, checksum, target)
                self._tools.files.replace(partial, target)
        except BaseException:
            with contextlib.suppress(OSError):
                self._tools.files.unlink(partial)
            raise

    def _drop(self, partial: Path) -> None:
        with storing(partial):
            self._tools.files.unlink(partial)


def _same_or_raise(made: FileCopy, size: int, checksum: str, target: Path) -> None:
    if (size, checksum) != (made.size_bytes, made.checksum):
        raise StoreFailed("files.reread", path=str(target))


def _described(copy: FileCopy, status: os.stat_result) -> FileCopy:
    """``copy`` with the mode and time of its source; Windows knows no mode but read-only."""
    mode: int | None = stat.S_IMODE(status.st_mode) & (0o700 if copy.private else 0o777)
    if WINDOWS:
        mode = 0o444 if not copy.folder and not status.st_mode & stat.S_IWRITE else None
    return msgspec.structs.replace(copy, mode=mode, mtime_ns=status.st_mtime_ns)
