"""Stored files in a folder of this machine (or of a share that it sees as one)."""

from __future__ import annotations

import contextlib
import errno
import os
import stat as modes
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..base.errors import Damaged, StoreFailed
from ..base.files import PARTIAL, WINDOWS, Data, Files, os_path
from .names import check_name, check_new_name, is_part
from .port import Sink, StoredFile

_READ = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}
_WINDOWS_FULL = {39, 112}
"""ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL."""


class FolderStore:
    """A `Store` below ``root``. Every change goes through ``files``."""

    def __init__(self, root: Path, files: Files) -> None:
        self._root = root
        self._files = files

    def create(self, name: str, *, private: bool = True) -> Sink:
        """See `Store.create`. Raises also `Refused` (``store.bad_name``)."""
        final = self._root / check_new_name(name)
        if os.path.lexists(os_path(final)):
            raise StoreFailed("store.exists", path=str(final))
        return _FolderSink(self._files, final, private=private)

    def open(self, name: str) -> BinaryIO:
        """See `Store.open`. Raises also `Refused` (``store.bad_name``)."""
        path = self._root / check_name(name)
        try:
            return Path(os_path(path)).open("rb")
        except OSError as error:
            if error.errno in _ABSENT or path.is_dir():
                raise Damaged("store.missing", path=str(path)) from error
            raise StoreFailed("store.unreadable", path=str(path), why=why(error)) from error

    def stat(self, name: str) -> StoredFile | None:
        """See `Store.stat`. Raises also `Refused` (``store.bad_name``)."""
        path = self._root / check_name(name)
        try:
            found = Path(os_path(path)).stat()
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise StoreFailed("store.unreadable", path=str(path), why=why(error)) from error
        if not modes.S_ISREG(found.st_mode):
            return None
        return StoredFile(name=name, size=found.st_size, mtime_ns=found.st_mtime_ns)

    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        """See `Store.list`; ``prefix`` is a folder. Links and names that no store gives are passed over."""
        folder = prefix.strip("/")
        return self._below(check_name(folder) if folder else "")

    def _below(self, folder: str) -> Iterator[StoredFile]:
        path = self._root / folder
        try:
            with os.scandir(os_path(path)) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            if error.errno in _ABSENT:
                return
            raise StoreFailed("store.unreadable", path=str(path), why=why(error)) from error
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if not is_part(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(name)
            elif entry.is_file(follow_symlinks=False):
                # It may vanish between the two questions.
                with contextlib.suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    yield StoredFile(name=name, size=found.st_size, mtime_ns=found.st_mtime_ns)

    def sizes(self, folder: str) -> dict[str, int]:
        """See `Store.sizes`. Links are passed over."""
        path = self._root / check_name(folder)
        try:
            return _sizes(path, folder + "/")
        except OSError as error:
            if error.errno in _ABSENT:
                return {}
            raise StoreFailed("store.unreadable", path=str(path), why=why(error)) from error

    def delete(self, name: str) -> None:
        """See `Store.delete`. Raises also `Refused` (``store.bad_name``)."""
        path = self._root / check_name(name)
        try:
            self._files.unlink(path)
            if path.parent.is_dir():
                self._files.sync_folder(path.parent)
        except NotADirectoryError:
            return
        except OSError as error:
            raise failure(error, path) from error

    def free_bytes(self) -> int | None:
        """See `Store.free_bytes`; of the nearest folder that exists."""
        import shutil

        place = next((folder for folder in (self._root, *self._root.absolute().parents) if folder.is_dir()), None)
        if place is None:
            return None
        try:
            return shutil.disk_usage(place).free
        except OSError as error:
            raise StoreFailed("store.unreadable", path=str(place), why=why(error)) from error


class _FolderSink:
    """A file named ``….partial`` until it is proven."""

    def __init__(self, files: Files, final: Path, *, private: bool) -> None:
        from ..base.behind import Behind

        self._files = files
        self._final = final
        self._partial = final.with_name(final.name + PARTIAL)
        self._begun = False
        try:
            files.make_folder(final.parent)
            files.unlink(self._partial)
            self._writing = files.create(self._partial, private=private)
        except OSError as error:
            raise failure(error, final) from error
        self._begun = True
        self._behind = Behind(self._writing, self._partial)

    def write(self, data: Data) -> None:
        """See `Sink.write`."""
        try:
            self._behind.wrote(self._writing.write(data))
        except OSError as error:
            raise failure(error, self._final) from error

    def commit(self, sha256: str, size: int) -> None:
        """See `Sink.commit`."""
        try:
            self._prove(sha256, size)
            self._publish()
        except OSError as error:
            self.abort()
            raise failure(error, self._final) from error
        except BaseException:
            self.abort()
            raise
        self._begun = False

    def _prove(self, sha256: str, size: int) -> None:
        if self._behind.finish() != (sha256, size):
            raise Damaged("store.reread", path=str(self._final))
        if os.path.lexists(os_path(self._final)):
            raise StoreFailed("store.exists", path=str(self._final))

    def _publish(self) -> None:
        self._files.replace(self._partial, self._final)
        try:
            self._files.sync_folder(self._final.parent)
        except BaseException:
            # The name may be lost with the next power cut: then it shall not be there now either.
            with contextlib.suppress(OSError):
                self._files.unlink(self._final)
            raise

    def abort(self) -> None:
        """See `Sink.abort`; what can't be removed keeps the name of an unfinished file."""
        if not self._begun:
            return
        self._begun = False
        self._behind.end()
        for undo in (self._writing.close, lambda: self._files.unlink(self._partial)):
            with contextlib.suppress(OSError):
                undo()


def _sizes(path: Path, before: str) -> dict[str, int]:
    """Size by name (behind ``before``) of the files right in a folder; what vanishes meanwhile is passed over."""
    with _place(path) as place:
        try:  # all at once, which with tens of thousands is felt
            with os.scandir(place) as scan:
                return {
                    before + one.name: one.stat(follow_symlinks=False).st_size
                    for one in scan
                    if one.is_file(follow_symlinks=False)
                }
        except FileNotFoundError:
            pass
        found: dict[str, int] = {}
        with os.scandir(place) as scan:
            for one in scan:
                with contextlib.suppress(FileNotFoundError):
                    if one.is_file(follow_symlinks=False):
                        found[before + one.name] = one.stat(follow_symlinks=False).st_size
        return found


@contextlib.contextmanager
def _place(path: Path) -> Iterator[int | str]:
    """A folder to list: opened where its files can be asked from there, without the way to it for each."""
    if os.scandir not in os.supports_fd:
        yield os_path(path)
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        yield opened
    finally:
        os.close(opened)


def failure(error: OSError, path: Path) -> StoreFailed:
    """``error`` at ``path`` as what a person can act on."""
    if is_full(error, path):
        return StoreFailed("store.full", path=str(path))
    if error.errno == errno.EFBIG:
        return StoreFailed("store.too_big", path=str(path))
    code = "store.denied" if error.errno in _DENIED else "store.io"
    return StoreFailed(code, path=str(path), why=why(error))


def is_full(error: OSError, path: Path) -> bool:
    """Whether ``error`` says that there is no space; some Windows layers only say that the argument was wrong."""
    if error.errno in _FULL or getattr(error, "winerror", None) in _WINDOWS_FULL:
        return True
    if not WINDOWS or error.errno != errno.EINVAL:
        return False
    import shutil

    with contextlib.suppress(OSError):
        return shutil.disk_usage(path.parent).free < _READ
    return False


def why(error: OSError) -> str:
    """The system's own words."""
    return error.strerror or str(error)
