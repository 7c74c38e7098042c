"""Real processes of the program without the wait for its imports: each is forked off one that has made them.

Every command still is a process of its own, with its own environment, folder and streams. What a fork can't change
any more (the interpreter's encodings) needs a fresh interpreter: see `fits`.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

PROGRAM = Path(__file__).parents[2] / "main_backup.py"
_FIXED = ("PYTHON", "LC_", "LANG", "LD_", "COVERAGE")
"""Variables with these beginnings are read once, when an interpreter starts."""
_ELSEWHERE = ("qt", "view", "controller")
"""What no command imports."""
_PAST_RIGHTS = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what root reads and writes without being allowed to (capabilities(7))."""
_PR_CAPBSET_DROP = 24
_VERSION_3 = 0x20080522


def fits(environment: Mapping[str, str]) -> bool:
    """Whether a forked process would behave as a fresh one with these changes of the environment."""
    return sys.platform == "linux" and not any(name.startswith(_FIXED) for name in environment)


class Nursery:
    """Starts processes; one for each process of the tests."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        command = [sys.executable, str(Path(__file__)), str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._ours, self._owner = ours, os.getpid()
        atexit.register(self.close)

    @property
    def is_mine(self) -> bool:
        """Whether this is still the process that made it."""
        return self._owner == os.getpid()

    def run(
        self, argv: list[str], cwd: Path, environment: Mapping[str, str], typed: bytes, *, ordinary: bool = False
    ) -> tuple[int, bytes, bytes]:
        """Run one command: its exit code (as `subprocess` tells it), stdout and stderr.

        ``ordinary``: the rights of files count, also for root.
        """
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(typed)
            given.seek(0)
            answer, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            with answer, theirs:
                order = {"argv": argv, "cwd": str(cwd), "environment": dict(environment), "ordinary": ordinary}
                text = json.dumps(order).encode() + b"\n"
                with tempfile.TemporaryFile() as orders:
                    orders.write(text)
                    orders.seek(0)
                    files = [one.fileno() for one in (orders, given, out, err, theirs)]
                    socket.send_fds(self._ours, [b"x"], files)
                    theirs.close()
                    code = answer.makefile("r").readline()
            out.seek(0)
            err.seek(0)
            return int(code), out.read(), err.read()

    def close(self) -> None:
        """End it; nobody waits for commands that still run."""
        if self.is_mine and not self._ours._closed:  # type: ignore[attr-defined]
            self._ours.close()
            self._process.wait()


def _serve(door: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, _, _ = socket.recv_fds(door, 1, 5)
        if not message:
            return
        if os.fork() == 0:
            door.close()
            _look_after(files)
        for one in files:
            os.close(one)


def _look_after(files: list[int]) -> NoReturn:
    """Run the command in a child and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, answer = files
    child = os.fork()
    if child == 0:
        os.close(answer)
        _become(streams)
    for one in streams:
        os.close(one)
    _, status = os.waitpid(child, 0)
    os.write(answer, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(streams: list[int]) -> NoReturn:
    code = 70
    try:
        with os.fdopen(streams[0], "rb") as orders:
            order = json.loads(orders.read())
        for number, stream in enumerate(streams[1:]):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115
        sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = sys.__stderr__ = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115
        if order["ordinary"]:
            _give_up_rights()
        os.environ.clear()
        os.environ.update(order["environment"])
        time.tzset()
        os.chdir(order["cwd"])
        sys.argv = [str(PROGRAM), *order["argv"]]
        from rexus.modules.backup.cli.main import main

        try:
            code = main(order["argv"])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        atexit._run_exitfuncs()
    except BaseException:  # noqa: BLE001  nothing of ours runs on in the child
        traceback.print_exc()
    finally:
        os._exit(code)


def _give_up_rights() -> None:
    """Let the rights of files count for this process and those that it starts."""
    system = ctypes.CDLL(None, use_errno=True)
    for one in _PAST_RIGHTS:
        if system.prctl(_PR_CAPBSET_DROP, one, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
    head, told = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if system.capget(head, told):
        raise OSError(ctypes.get_errno(), "capget")
    for place in range(3):  # effective, permitted, inheritable, of the first 32
        told[place] &= ~sum(1 << one for one in _PAST_RIGHTS)
    if system.capset(head, told):
        raise OSError(ctypes.get_errno(), "capset")


def _start() -> None:
    sys.path.insert(0, str(PROGRAM.parent))
    from rexus.modules import backup

    for found in pkgutil.walk_packages(backup.__path__, f"{backup.__name__}."):
        if found.name.split(".")[3] not in _ELSEWHERE:
            with contextlib.suppress(ImportError):  # of another system
                importlib.import_module(found.name)
    _serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    _start()
