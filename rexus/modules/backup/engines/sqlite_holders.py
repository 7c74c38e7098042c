"""Who has a database open for writing, as far as the system tells."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from ..base.files import WINDOWS
from .sqlite_open import WAL, beside

UNKNOWN = "?"


def holders(path: Path) -> tuple[str, ...]:
    """Processes that have ``path`` or its log open for writing, as ``name (pid)``; ``?`` where only that is known.

    Finds idle connections too, which hold no lock. Processes of other people may stay unseen.
    """
    if not WINDOWS:
        return _by_processes(path)
    return (_by_processes(path) or (UNKNOWN,)) if _is_shared_on_windows(path) else ()


def _by_processes(path: Path) -> tuple[str, ...]:
    import psutil  # type: ignore[import-untyped,unused-ignore]  # it has no types of its own

    wanted = {os.path.normcase(str(one)) for one in (path.resolve(), beside(path, WAL).resolve())}
    found: list[str] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if any(os.path.normcase(file.path) in wanted and _writes(file) for file in process.open_files()):
                found.append(f"{process.name()} ({process.pid})")
    return tuple(found)


def _writes(file: object) -> bool:
    """Only Linux tells the mode; elsewhere everybody counts."""
    mode = getattr(file, "mode", "r+")
    return mode != "r"


if sys.platform == "win32":

    def _is_shared_on_windows(path: Path) -> bool:
        """Whether anybody has the file open: then Windows refuses to give it to us alone."""
        import ctypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = ctypes.c_void_p
        kernel.CreateFileW.argtypes = (
            ctypes.c_wchar_p,
            ctypes.c_uint32,
            ctypes.c_uint32,
            ctypes.c_void_p,
            ctypes.c_uint32,
            ctypes.c_uint32,
            ctypes.c_void_p,
        )
        kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
        read, alone, existing, sharing_violation = 0x80000000, 0, 3, 32
        handle = kernel.CreateFileW(str(path), read, alone, None, existing, 0, None)
        if handle in (None, ctypes.c_void_p(-1).value):
            return ctypes.get_last_error() == sharing_violation
        kernel.CloseHandle(handle)
        return False

else:

    def _is_shared_on_windows(path: Path) -> bool:
        """Never asked elsewhere."""
        return path.exists()
