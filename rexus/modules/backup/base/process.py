"""Who a process is, beyond its number: numbers are used again, and after a restart all of them are."""

from __future__ import annotations

import functools
import os
import platform
import sys
from pathlib import Path

_LINUX = sys.platform == "linux"
_TOLERANCE_S = 2.0
"""Start times of one process may differ by this much where they are computed from the wall clock."""


@functools.cache
def boot_id() -> str:
    """What changes whenever the machine starts anew (the start's time where the system keeps no name for it)."""
    if _LINUX:
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            pass
    import psutil  # type: ignore[import-untyped,unused-ignore]  # it has no types of its own

    return f"boot-{psutil.boot_time():.0f}"


def host() -> str:
    """The machine's name."""
    return platform.node()


def start_time(pid: int | None = None) -> float | None:
    """When a process (this one by default) was started, in seconds; None when there is no such process.

    Comparable only with other values of the same machine and start: on Linux they count from the start of the
    machine, so that setting the clock does not move them.
    """
    number = os.getpid() if pid is None else pid
    if number <= 0:
        return None
    if _LINUX:
        return _linux_start(number)
    import psutil  # type: ignore[import-untyped,unused-ignore]  # it has no types of its own

    try:
        return float(psutil.Process(number).create_time())
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return -1.0


def is_alive(pid: int, started: float) -> bool:
    """Whether the process with this number is still the one that was started then."""
    now = start_time(pid)
    if now is None:
        return False
    return now < 0 or abs(now - started) < _TOLERANCE_S


def _linux_start(pid: int) -> float | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    if fields[0] in ("Z", "X", "x"):  # dead, only not yet asked for by its parent
        return None
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
