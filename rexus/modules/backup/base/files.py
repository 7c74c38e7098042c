"""The one port through which the program changes files, so that every change can fail, be recorded or be replayed."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

Data = bytes | bytearray | memoryview

PARTIAL = ".partial"
"""Suffix of everything that is not finished; swept at the next start."""

WINDOWS = sys.platform == "win32"
_RETRIES_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Waits between tries when Windows says that somebody holds the file (antivirus, indexer)."""
_LONG_PATH = 240
"""Characters from which on Windows needs the prefix for long paths (names inside a folder need some more)."""
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}
"""What file systems answer that can't sync a folder (some network shares)."""


def os_path(path: Path) -> str:
    """``path`` for the operating system: on Windows a long one is absolute and has the prefix for long paths."""
    told = str(path)
    return long_path(os.path.abspath(told)) if WINDOWS and len(told) > _LONG_PATH else told  # noqa: PTH100


def long_path(absolute: str) -> str:
    """An absolute Windows path, of a drive or a share, with the prefix that lifts the limit of 260 characters."""
    if absolute.startswith("\\\\?\\") or absolute.startswith("\\\\.\\"):
        return absolute
    if absolute.startswith("\\\\"):
        return "\\\\?\\UNC" + absolute[1:]
    return "\\\\?\\" + absolute


def in_the_way(path: Path) -> Path | None:
    """What is no folder where ``path`` or one of its parents must be one; None: nothing. Raises nothing.

    Linux says so by itself; Windows only that there is no such path.
    """
    places = (path, *path.absolute().parents)
    there = next((one for one in places if os.path.exists(os_path(one))), None)  # noqa: PTH110  asks where rights lack
    return there if there is not None and not os.path.isdir(os_path(there)) else None  # noqa: PTH112


def why_closed(folder: Path) -> int:
    """The number of the error with which the system keeps one from writing in ``folder``. Raises `OSError`.

    `os.access` tells only that it does, and what is missing are not always rights.
    """
    if not folder.is_dir():
        return errno.ENOTDIR
    read_only = sys.platform != "win32" and os.statvfs(folder).f_flag & os.ST_RDONLY
    return errno.EROFS if read_only else errno.EACCES


class Writing(Protocol):
    """A file being written."""

    def write(self, data: Data) -> int:
        """Append all of ``data``; returns its size in bytes. Raises `OSError`."""
        ...

    def sync(self) -> None:
        """Return only when the bytes are on the medium. Raises `OSError`."""
        ...

    def close(self) -> None:
        """Let go of the file; harmless when called again."""
        ...


class Files(Protocol):
    """Everything that changes a folder. All raise `OSError`."""

    def create(self, path: Path, *, private: bool = True) -> Writing:
        """A new file that did not exist; owner-only when ``private``."""
        ...

    def append(self, path: Path) -> Writing:
        """An existing or new owner-only file, written at its end."""
        ...

    def replace(self, source: Path, target: Path) -> None:
        """Rename ``source`` over ``target`` in one step."""
        ...

    def unlink(self, path: Path) -> None:
        """Remove a file; a missing one is no error."""
        ...

    def make_folder(self, path: Path, *, private: bool = True) -> None:
        """Create ``path`` and its parents, owner-only when ``private``; an existing one is no error.

        What is no folder is `NotADirectoryError`.
        """
        ...

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder; a missing one is no error."""
        ...

    def link(self, target: str, path: Path) -> None:
        """Create the symbolic link ``path`` that points to ``target``."""
        ...

    def stamp(self, path: Path, *, mode: int | None, mtime_ns: int | None) -> None:
        """Set permission bits and modification time of a file or folder; None leaves one as it is."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Make the names in ``path`` durable (nothing to do on Windows)."""
        ...


class _Written:
    """A raw file descriptor that writes everything or raises."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def write(self, data: Data) -> int:
        view = memoryview(data).cast("B")
        total = len(view)
        assert self._descriptor is not None, "written after close"
        while view:
            written = os.write(self._descriptor, view)
            if not written:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            view = view[written:]
        return total

    def sync(self) -> None:
        assert self._descriptor is not None, "synced after close"
        os.fsync(self._descriptor)

    def close(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)


class RealFiles:
    """The operating system's files."""

    def create(self, path: Path, *, private: bool = True) -> Writing:
        """See `Files.create`."""
        return self._open(path, os.O_EXCL, private=private)

    def append(self, path: Path) -> Writing:
        """See `Files.append`."""
        return self._open(path, os.O_APPEND, private=True)

    def replace(self, source: Path, target: Path) -> None:
        """See `Files.replace`."""
        patiently(lambda: os.replace(os_path(source), os_path(target)))  # noqa: PTH105

    def unlink(self, path: Path) -> None:
        """See `Files.unlink`; on Windows also of a read-only file."""
        patiently(lambda: _unlink(Path(os_path(path))))

    def make_folder(self, path: Path, *, private: bool = True) -> None:
        """See `Files.make_folder`."""
        missing = [folder for folder in (path, *path.parents) if not Path(os_path(folder)).is_dir()]
        for folder in reversed(missing):
            new = not os.path.lexists(os_path(folder))
            try:
                Path(os_path(folder)).mkdir(mode=0o700 if private else 0o777, exist_ok=True)
            except FileExistsError as error:  # what is in the way is no folder; that it exists helps nobody
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
            if WINDOWS and private and new:
                _make_private(folder)
            self.sync_folder(folder.parent)

    def remove_folder(self, path: Path) -> None:
        """See `Files.remove_folder`."""
        if os.path.lexists(os_path(path)):
            patiently(Path(os_path(path)).rmdir)

    def link(self, target: str, path: Path) -> None:
        """See `Files.link`."""
        Path(os_path(path)).symlink_to(target)

    def stamp(self, path: Path, *, mode: int | None, mtime_ns: int | None) -> None:
        """See `Files.stamp`."""
        if mode is not None:
            Path(os_path(path)).chmod(mode)
        if mtime_ns is not None:
            os.utime(os_path(path), ns=(mtime_ns, mtime_ns))

    def sync_folder(self, path: Path) -> None:
        """See `Files.sync_folder`; nothing where the file system has no such thing."""
        if WINDOWS:
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in _NO_FOLDER_SYNC:
                raise
        finally:
            os.close(descriptor)

    @staticmethod
    def _open(path: Path, flags: int, *, private: bool) -> Writing:
        flags |= os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
        new = WINDOWS and private and not os.path.lexists(os_path(path))
        descriptor = os.open(os_path(path), flags, 0o600 if private else 0o666)
        try:
            if new:
                _make_private(path)
        except BaseException:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                os.unlink(os_path(path))  # noqa: PTH108
            raise
        return _Written(descriptor)


def _make_private(path: Path) -> None:
    from .windows_acl import make_private

    make_private(os_path(path))


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        if not WINDOWS:
            raise
        # A read-only file is refused as one that somebody holds is; only the first can be helped.
        path.chmod(0o600)
        path.unlink(missing_ok=True)


def patiently(change: Callable[[], object]) -> None:
    """On Windows try again for about 1.5 s while somebody else holds the file (WinError 5, 32)."""
    for wait_s in _RETRIES_S if WINDOWS else ():
        try:
            change()
        except PermissionError:
            time.sleep(wait_s)
        else:
            return
    change()


def publish(files: Files, target: Path, data: Data, *, private: bool = True) -> None:
    """Write ``target`` whole: beside it, synced, renamed in, folder synced. Raises `OSError`; leaves no partial."""
    partial = target.with_name(target.name + PARTIAL)
    files.unlink(partial)
    writing = files.create(partial, private=private)
    try:
        try:
            writing.write(data)
            writing.sync()
        finally:
            writing.close()
        files.replace(partial, target)
    except BaseException:
        # The first error is the one to tell; a partial that can't be removed is swept at the next start.
        with contextlib.suppress(OSError):
            files.unlink(partial)
        raise
    files.sync_folder(target.parent)
