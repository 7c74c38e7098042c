"""While a process waits for the wish to stop, it can do everything else: load libraries above all."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rexus.modules.backup.base import wire

ROOT = Path(__file__).resolve().parents[2]
LISTENS = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from rexus.modules.backup.base import wire
from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.cli.verbs_run import _Lines, _heed
lines, cancel = _Lines(0), CancelToken()
print(lines.next().decode().strip(), flush=True)
threading.Thread(target=_heed, args=(lines, cancel), daemon=True).start()
{act}
print("loaded", flush=True)
print("asked" if cancel.wait(60) else "never asked", flush=True)
"""
PATIENCE_S = 120


def listening(act: str) -> subprocess.Popen[bytes]:
    code = LISTENS.format(act=act)
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code, str(ROOT)], stdin=pipe, stdout=pipe, bufsize=0)


@pytest.mark.parametrize(
    "act",
    ["import numpy", "threading.Thread(target=__import__, args=('numpy',)).start(); import numpy", "import pyodbc"],
    ids=["numpy", "numpy by two", "odbc"],
)
def test_libraries_are_loaded_while_the_wish_to_stop_is_awaited(act):
    """On Windows numpy is not, as long as a thread stands in a read of stdin."""
    if "pyodbc" in act:
        pytest.importorskip("pyodbc", reason="no libodbc on this system")
    process = listening(act)
    assert process.stdin is not None
    assert process.stdout is not None
    never = threading.Timer(PATIENCE_S, process.kill)
    never.start()
    try:
        process.stdin.write(b"an order\n")
        told = process.stdout.readline(), process.stdout.readline()
        assert [one.strip() for one in told] == [b"an order", b"loaded"]
        process.stdin.write(wire.CANCEL)
        rest, _none = process.communicate(timeout=PATIENCE_S)
    finally:
        never.cancel()
        process.kill()
        process.wait(PATIENCE_S)
    assert rest.split() == [b"asked"]
