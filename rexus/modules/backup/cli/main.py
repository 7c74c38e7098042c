"""The command line: every verb, its help, and the one place where every ending becomes an exit code."""

from __future__ import annotations

import contextlib

from .. import __version__
from . import NAME

_CANCELLED = 130


def main(argv: list[str]) -> int:
    """Run one command; returns the exit code (0 done, 1 warnings, 2 failed, 3 refused, 4 busy, 130 cancelled)."""
    if argv == ["--version"]:  # answered before anything is imported
        with contextlib.suppress(OSError):  # then it is answered again, where such an end is told
            print(f"{NAME} {__version__}", flush=True)
            return 0
    try:
        from .interrupts import breaking

        breaking()
        from .dispatch import run

        return run(argv)
    except KeyboardInterrupt:  # before or behind the place that answers it in words
        return _CANCELLED
