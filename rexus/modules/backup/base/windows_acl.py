"""Owner-only rights on Windows: a file or folder that its owner, the system and administrators may open, nobody else.

Imported on Windows only.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

_FILE = "D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)"
_FOLDER = "D:P(A;OICI;FA;;;OW)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
"""A protected list (nothing is inherited): full access for owner, SYSTEM and Administrators; folders hand it down."""
_REVISION = 1
_DACL = 0x00000004
_PROTECTED_DACL = 0x80000000
_NO_SUCH_THING = {1, 50, 120}
"""Errors of file systems without access lists (FAT, some shares): nothing can be done there."""


def make_private(path: str) -> None:
    """Take every right on ``path`` from everybody but owner, SYSTEM and Administrators. Raises `OSError`."""
    if sys.platform != "win32":
        raise OSError("access lists are a matter of Windows")
    advapi = ctypes.WinDLL("advapi32", use_last_error=True)
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.LocalFree.argtypes = (ctypes.c_void_p,)
    convert = advapi.ConvertStringSecurityDescriptorToSecurityDescriptorW
    convert.argtypes = (ctypes.c_wchar_p, ctypes.c_ulong, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)
    apply = advapi.SetFileSecurityW
    apply.argtypes = (ctypes.c_wchar_p, ctypes.c_ulong, ctypes.c_void_p)
    descriptor = ctypes.c_void_p()
    if not convert(_FOLDER if Path(path).is_dir() else _FILE, _REVISION, ctypes.byref(descriptor), None):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        if not apply(path, _DACL | _PROTECTED_DACL, descriptor):
            number = ctypes.get_last_error()
            if number not in _NO_SUCH_THING:
                raise OSError(None, ctypes.FormatError(number), path, number)
    finally:
        kernel.LocalFree(descriptor)
