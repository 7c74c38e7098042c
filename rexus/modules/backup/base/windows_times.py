"""When a file was last changed in any way, as Windows keeps it: `os.stat` tells when it was made instead.

Nothing is known elsewhere than on Windows.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

_BEGIN = datetime(1601, 1, 1, tzinfo=UTC)
"""FILETIME counts from here, in units of 100 ns (Win32: FILE_BASIC_INFO)."""
_BASIC_INFO = 0
"""FileBasicInfo: made, read, written, changed, as 64 bits each; then the attributes."""
_CHANGED = 3


def changed(place: str) -> datetime | None:
    """When content, name, times or rights of ``place`` changed last; None: not known. Raises `OSError`."""
    if sys.platform != "win32":
        return None
    import ctypes
    import msvcrt

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    ask = kernel.GetFileInformationByHandleEx
    ask.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
    told = (ctypes.c_int64 * 5)()
    with open(place, "rb") as file:  # noqa: PTH123  the place is a text
        found = ask(msvcrt.get_osfhandle(file.fileno()), _BASIC_INFO, told, ctypes.sizeof(told))
    return _BEGIN + timedelta(microseconds=told[_CHANGED] // 10) if found and told[_CHANGED] > 0 else None
