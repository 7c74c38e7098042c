"""The stand-in's entry: ``python -S -E sqlcmd.py DIALECT flags…``; DIALECT is ``go``, ``odbc17`` or ``odbc18``."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """The exit code of the dialect that was asked for, as far as the system keeps it."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    dialect, words = sys.argv[1], sys.argv[2:]
    if dialect == "go":
        from sqlcmd_double import run_go

        code = int(run_go.main(words))
    else:
        from sqlcmd_double import run_odbc

        code = int(run_odbc.main(words, 17 if dialect == "odbc17" else 18))
    return code & (0xFF if sys.platform != "win32" else 0xFFFFFFFF)


if __name__ == "__main__":
    sys.path[0] = sys.path[0].rpartition("sqlcmd_double")[0]
    sys.exit(main())
