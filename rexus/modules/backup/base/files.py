"""The one port through which the program changes files, so that every change can fail, be recorded or be replayed."""

from __future__ import annotations

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
        """Create ``path`` and its parents, owner-only when ``private``; an existing one is no error."""
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
            view = view[os.write(self._descriptor, view) :]
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
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return _Written(os.open(path, flags, 0o600 if private else 0o666))

    def append(self, path: Path) -> Writing:
        """See `Files.append`."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        return _Written(os.open(path, flags, 0o600))

    def replace(self, source: Path, target: Path) -> None:
        """See `Files.replace`."""
        _patiently(lambda: source.replace(target))

    def unlink(self, path: Path) -> None:
        """See `Files.unlink`."""
        _patiently(lambda: path.unlink(missing_ok=True))

    def make_folder(self, path: Path, *, private: bool = True) -> None:
        """See `Files.make_folder`."""
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700 if private else 0o777, exist_ok=True)
            self.sync_folder(folder.parent)

    def remove_folder(self, path: Path) -> None:
        """See `Files.remove_folder`."""
        if path.exists():
            _patiently(path.rmdir)

    def link(self, target: str, path: Path) -> None:
        """See `Files.link`."""
        path.symlink_to(target)

    def stamp(self, path: Path, *, mode: int | None, mtime_ns: int | None) -> None:
        """See `Files.stamp`."""
        if mode is not None:
            path.chmod(mode)
        if mtime_ns is not None:
            os.utime(path, ns=(mtime_ns, mtime_ns))

    def sync_folder(self, path: Path) -> None:
        """See `Files.sync_folder`."""
        if WINDOWS:
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _patiently(change: Callable[[], object]) -> None:
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
        files.unlink(partial)
        raise
    files.sync_folder(target.parent)
