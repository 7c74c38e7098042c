"""Sync a growing file and read it back from the medium while the rest of it is still being written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from .files import WINDOWS, Writing, os_path

_PORTION = 8 << 20
"""Bytes after which a sync begins; no more than some such portions wait for the disk when somebody cancels."""
_PAGE = 1 << 16
_READ = 1 << 20


class Behind:
    """Follows one file that is only ever appended to; at the end every byte of it was synced, read anew and hashed.

    The disk works while others compute, so little is left to do at the end. On Windows everything is done at the end:
    there a sync holds up whoever writes.
    """

    def __init__(self, writing: Writing, path: Path, algorithm: str = "sha256") -> None:
        self._writing, self._path = writing, path
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        self._written = self._unsynced = self._read_to = 0
        self._reading: BinaryIO | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._running: Future[None] | None = None

    def wrote(self, size: int) -> None:
        """Hear of ``size`` more bytes; wait for a disk that falls behind. Raises `OSError`."""
        self._written += size
        self._unsynced += size
        if self._unsynced < _PORTION or WINDOWS:
            return
        if self._running is not None and not self._running.done() and self._unsynced < 2 * _PORTION:
            return
        self._wait()
        self._thread = self._thread or ThreadPoolExecutor(1, "sync-behind")
        self._running = self._thread.submit(self._follow, self._written - self._written % _PAGE)
        self._unsynced = 0

    def finish(self) -> tuple[str, int]:
        """Sync and close the file, read the rest of it back; hash (hex) and size of all. Raises `OSError`."""
        self._wait()
        self._writing.sync()
        self._writing.close()
        self._read(None)
        self.end()
        return self._digest.hexdigest(), self._read_to

    def end(self) -> None:
        """Let go of the file, whatever the state; harmless when called again."""
        with contextlib.suppress(OSError):
            self._wait()
        if self._thread is not None:
            self._thread.shutdown()
        if self._reading is not None:
            self._reading.close()

    def _wait(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.result()

    def _follow(self, upto: int) -> None:
        self._writing.sync()
        self._read(upto)

    def _read(self, upto: int | None) -> None:
        """Read what was synced, from the medium where the system can be asked to forget its copy."""
        if self._reading is None:
            self._reading = Path(os_path(self._path)).open("rb", buffering=0)  # noqa: SIM115  closed by `end`
        if sys.platform == "linux":
            length = 0 if upto is None else upto - self._read_to
            os.posix_fadvise(self._reading.fileno(), self._read_to, length, os.POSIX_FADV_DONTNEED)
        while upto is None or self._read_to < upto:
            piece = self._reading.read(_READ if upto is None else min(_READ, upto - self._read_to))
            if not piece:
                return
            self._digest.update(piece)
            self._read_to += len(piece)
