"""Who has a database open for writing, as far as the system tells."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from ..base.files import WINDOWS
from .sqlite_open import WAL, beside

UNKNOWN = "?"
_MOST = 64
"""More processes than anybody would read."""


def holders(path: Path) -> tuple[str, ...]:
    """Processes that have ``path`` or its log open for writing, as ``name (pid)``; ``?`` where only that is known.

    Finds idle connections too, which hold no lock. Processes of other people may stay unseen.
    """
    if not WINDOWS:
        return _by_processes(path)
    return (_by_restart_manager(path) or (UNKNOWN,)) if _is_shared_on_windows(path) else ()


def _wanted(path: Path) -> tuple[str, str]:
    return str(path.resolve()), str(beside(path, WAL).resolve())


def _by_processes(path: Path) -> tuple[str, ...]:
    """Not on Windows: there psutil ends threads of ours that wait for a name, and with them whatever they hold."""
    import psutil  # type: ignore[import-untyped,unused-ignore]  # it has no types of its own

    wanted = _wanted(path)
    found: list[str] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if any(file.path in wanted and _writes(file) for file in process.open_files()):
                found.append(f"{process.name()} ({process.pid})")
    return tuple(found)


def _writes(file: object) -> bool:
    """Only Linux tells the mode; elsewhere everybody counts."""
    mode = getattr(file, "mode", "r+")
    return mode != "r"


if sys.platform == "win32":
    import ctypes

    def _is_shared_on_windows(path: Path) -> bool:
        """Whether anybody has the file open: then Windows refuses to give it to us alone."""
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

    class _Process(ctypes.Structure):
        """RM_PROCESS_INFO of restartmanager.h."""

        _fields_ = (
            ("pid", ctypes.c_uint32),
            ("started", ctypes.c_uint32 * 2),
            ("name", ctypes.c_wchar * 256),
            ("service", ctypes.c_wchar * 64),
            ("kind", ctypes.c_int),
            ("status", ctypes.c_uint32),
            ("session", ctypes.c_uint32),
            ("restartable", ctypes.c_int),
        )

    def _by_restart_manager(path: Path) -> tuple[str, ...]:
        """What Windows itself asks before it replaces files: who uses them. Empty where it doesn't tell."""
        manager = ctypes.WinDLL("rstrtmgr")
        session, key = ctypes.c_uint32(), ctypes.create_unicode_buffer(33)
        if manager.RmStartSession(ctypes.byref(session), 0, key) != 0:
            return ()
        try:
            wanted = _wanted(path)
            files = (ctypes.c_wchar_p * len(wanted))(*wanted)
            if manager.RmRegisterResources(session, len(wanted), files, 0, None, 0, None) != 0:
                return ()
            held = (_Process * _MOST)()
            needed, count, reasons = ctypes.c_uint32(), ctypes.c_uint32(_MOST), ctypes.c_uint32()
            told = manager.RmGetList(session, ctypes.byref(needed), ctypes.byref(count), held, ctypes.byref(reasons))
            return tuple(f"{one.name} ({one.pid})" for one in held[: count.value]) if told == 0 else ()
        finally:
            manager.RmEndSession(session)

else:

    def _is_shared_on_windows(path: Path) -> bool:
        """Never asked elsewhere."""
        return path.exists()

    def _by_restart_manager(path: Path) -> tuple[str, ...]:
        """Never asked elsewhere."""
        return _by_processes(path)
