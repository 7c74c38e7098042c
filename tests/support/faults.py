"""File ports that count, fail and kill; those that record and lose power are in `support.powerloss`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rexus.modules.backup.base.files import Data, Files, Writing

from .powerloss import Link, RecordingFiles, Tree, crash_states, left_unsynced, read_tree, write_tree

__all__ = [
    "CountingFiles",
    "FaultyFiles",
    "FullDisk",
    "KillingFiles",
    "Link",
    "RecordingFiles",
    "Tree",
    "crash_states",
    "left_unsynced",
    "read_tree",
    "write_tree",
]

Result = TypeVar("Result")


class CountingFiles:
    """Does what ``inner`` does and counts every call, those on files being written included."""

    def __init__(self, inner: Files) -> None:
        self._inner = inner
        self._lock = threading.RLock()
        self.calls = 0
        self.told: list[str] = []
        """What was called, in order."""

    def _before(self, what: str, torn: Callable[[], object] | None = None) -> None:
        """Hear of a call just before it happens; ``torn`` does half of it."""

    def _call(self, what: str, do: Callable[[], Result], torn: Callable[[], object] | None = None) -> Result:
        with self._lock:
            self.calls += 1
            self.told.append(what)
            self._before(what, torn)
        return do()

    def create(self, path: Path, *, private: bool = True) -> Writing:
        writing = self._call(f"create {path.name}", lambda: self._inner.create(path, private=private))
        return _CountedWriting(self, writing, path)

    def append(self, path: Path) -> Writing:
        writing = self._call(f"append {path.name}", lambda: self._inner.append(path))
        return _CountedWriting(self, writing, path)

    def replace(self, source: Path, target: Path) -> None:
        self._call(f"replace {source.name} {target.name}", lambda: self._inner.replace(source, target))

    def unlink(self, path: Path) -> None:
        self._call(f"unlink {path.name}", lambda: self._inner.unlink(path))

    def make_folder(self, path: Path, *, private: bool = True) -> None:
        self._call(f"make_folder {path.name}", lambda: self._inner.make_folder(path, private=private))

    def remove_folder(self, path: Path) -> None:
        self._call(f"remove_folder {path.name}", lambda: self._inner.remove_folder(path))

    def link(self, target: str, path: Path) -> None:
        self._call(f"link {path.name}", lambda: self._inner.link(target, path))

    def stamp(self, path: Path, *, mode: int | None, mtime_ns: int | None) -> None:
        self._call(f"stamp {path.name}", lambda: self._inner.stamp(path, mode=mode, mtime_ns=mtime_ns))

    def sync_folder(self, path: Path) -> None:
        self._call(f"sync_folder {path.name}", lambda: self._inner.sync_folder(path))


class _CountedWriting:
    def __init__(self, files: CountingFiles, inner: Writing, path: Path) -> None:
        self._files = files
        self._inner = inner
        self._name = path.name

    def write(self, data: Data) -> int:
        half = memoryview(data).cast("B")[: memoryview(data).nbytes // 2]
        return self._files._call(
            f"write {self._name}", lambda: self._inner.write(data), lambda: self._inner.write(half)
        )

    def sync(self) -> None:
        self._files._call(f"sync {self._name}", self._inner.sync)

    def close(self) -> None:
        # A close that fails has let go of the file all the same.
        self._files._call(f"close {self._name}", self._inner.close, self._inner.close)


class FaultyFiles(CountingFiles):
    """Call number ``fail_at`` (from 1) raises ``error``; a write has done half of its work by then."""

    def __init__(self, inner: Files, fail_at: int, error: BaseException) -> None:
        super().__init__(inner)
        self._fail_at = fail_at
        self._error = error
        self.failed = ""
        """The call that failed."""

    def _before(self, what: str, torn: Callable[[], object] | None = None) -> None:
        if self.calls == self._fail_at:
            self.failed = what
            if torn is not None:
                torn()
            raise self._error


class FullDisk(CountingFiles):
    """From the byte ``room`` on every write raises ``error``, as on a disk that stays full."""

    def __init__(self, inner: Files, room: int, error: OSError) -> None:
        super().__init__(inner)
        self.room = room
        self.error = error

    def create(self, path: Path, *, private: bool = True) -> Writing:
        return _LimitedWriting(self, super().create(path, private=private))


class _LimitedWriting:
    def __init__(self, disk: FullDisk, inner: Writing) -> None:
        self._disk = disk
        self._inner = inner
        self.sync = inner.sync
        self.close = inner.close

    def write(self, data: Data) -> int:
        size = memoryview(data).nbytes
        fits = min(size, self._disk.room)
        self._disk.room -= fits
        self._inner.write(memoryview(data).cast("B")[:fits])
        if fits < size:
            raise self._disk.error
        return size


class KillingFiles(CountingFiles):
    """The process ends with ``status`` just before call number ``kill_at``, as if it was killed."""

    def __init__(self, inner: Files, kill_at: int, status: int = 137) -> None:
        super().__init__(inner)
        self._kill_at = kill_at
        self._status = status

    def _before(self, what: str, torn: Callable[[], object] | None = None) -> None:
        if self.calls == self._kill_at:
            os._exit(self._status)
