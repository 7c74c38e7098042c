"""Waiting for what comes through a pipe on Windows, without standing in a read. Imported on Windows only.

While a thread stands in a read of a pipe, whatever else asks Windows about that pipe waits for it. OpenBLAS, which
numpy is made of, does so of stdin as it is loaded: numpy could be loaded by no other thread then, and no library at
all by any (numpy issue 24290).
"""

from __future__ import annotations

import ctypes
import sys
import time

_LOOK_S = 0.05
"""So often it is looked whether something came."""


def wait_for_bytes(descriptor: int) -> None:
    """Until a read of ``descriptor`` would not wait; at once where that is no pipe."""
    if sys.platform != "win32":
        raise OSError("pipes that nobody may stand in are a matter of Windows")
    import msvcrt

    peek = ctypes.WinDLL("kernel32", use_last_error=True).PeekNamedPipe
    peek.argtypes = (ctypes.c_void_p, *(ctypes.c_void_p, ctypes.c_ulong), *(ctypes.c_void_p,) * 3)
    handle, there = msvcrt.get_osfhandle(descriptor), ctypes.c_ulong()
    while peek(handle, None, 0, None, ctypes.byref(there), None) and not there.value:
        time.sleep(_LOOK_S)
