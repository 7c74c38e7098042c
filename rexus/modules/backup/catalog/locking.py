"""A lock that two processes (or threads) of one machine respect; the system frees it when its holder dies."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..base.files import Files

_PATIENCE_S = 10.0
_PAUSE_S = 0.005
_UNSUPPORTED = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@contextmanager
def locked(path: Path, files: Files, patience_s: float = _PATIENCE_S) -> Iterator[None]:
    """Hold the lock of the file ``path``, which is made and stays.

    Raises `TimeoutError` after ``patience_s``, other `OSError` when the file can't be made. A file system without
    locks (some shares) is taken as it is: the lease of the root already keeps writers apart.
    """
    if not path.exists():
        files.append(path).close()
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    try:
        _wait(descriptor, patience_s)
        try:
            yield
        finally:
            _free(descriptor)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while not _try(descriptor):
        if time.monotonic() > until:
            raise TimeoutError(errno.ETIMEDOUT, "locked by another process")
        time.sleep(_PAUSE_S)


def _try(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return True
        if sys.platform == "win32" or error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False  # on Windows the number of a refused lock says little
        raise
    return True


def _free(descriptor: int) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_UN)
    except OSError:
        # Closing the file frees it as well; a file system without locks never held one.
        return
