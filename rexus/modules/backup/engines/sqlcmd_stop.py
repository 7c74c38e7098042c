"""Stop a running sqlcmd, and make sure that the server has let go of what it was doing."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

from ..base.cancel import CancelToken
from ..base.errors import BackupError
from .sqlserver_client import Client, OnPhase, Phase
from .tsql import kill
from .tsql_ask import progress

log = logging.getLogger(__name__)

_POLITE_S = 5.0
"""How long each way of asking is given before the next, ruder one."""
_KILL_AFTER_S = 10.0
_GONE_S = 300.0
_LOOK_S = 0.5
_QUESTION_S = 20.0
_FIRST_PULSE_S, _FIRST_LOOKS, _PULSE_S, _MOST_LOOKS, _MISSES = 0.1, 20, 1.0, 60, 4
"""How often the child's connection is looked at: quickly at first, then steadily, and no more where it is never seen;
and how often in a row one that was seen must be missing.
"""


class Stopping:
    """Ends the child when somebody wants to stop or the time is over: first asked, then told, then killed.

    It also ends a child that has lost its connection: the Go one then waits for ever for an answer.
    """

    def __init__(self, cancel: CancelToken | None, timeout_s: float | None, on_phase: OnPhase) -> None:
        self.signalled = False
        """The child was told to end before it ended by itself."""
        self.timed_out = False
        self.broken = False
        """The child was ended because its connection was gone."""
        self.seen = False
        """The child was seen connected."""
        self._cancel = cancel
        self._timeout_s = timeout_s
        self._on_phase = on_phase
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def watching(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Look after ``process`` meanwhile; afterwards it is dead, whatever happened."""
        timer = threading.Timer(self._timeout_s, self._over, [process]) if self._timeout_s is not None else None
        forget = self._cancel.on_cancel(lambda: self._begin(process)) if self._cancel is not None else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        over = threading.Event()
        pulse = threading.Thread(target=self._feel, args=[process, over], name="sqlcmd-pulse", daemon=True)
        pulse.start()
        try:
            yield
        finally:
            over.set()
            if forget is not None:
                forget()
            if timer is not None:
                timer.cancel()
            if process.poll() is None:
                _signal_all(process, hard=True)
                process.wait()
            pulse.join()

    def _feel(self, process: subprocess.Popen[bytes], over: threading.Event) -> None:
        """Only what was seen connected before can be seen to be so no more (pipes of Windows are not seen at all)."""
        misses, looks = 0, 0
        while misses < _MISSES and not over.wait(_PULSE_S if self.seen or looks > _FIRST_LOOKS else _FIRST_PULSE_S):
            connected = is_connected(process.pid)
            self.seen = self.seen or connected is not None
            misses, looks = 0 if connected or not self.seen else misses + 1, looks + 1
            if not self.seen and looks > _MOST_LOOKS:
                return
        with self._lock:
            if not over.is_set() and not self.signalled and process.poll() is None:
                self.broken = True
                _signal_all(process, hard=True)

    def _over(self, process: subprocess.Popen[bytes]) -> None:
        self.timed_out = True
        self._begin(process)

    def _begin(self, process: subprocess.Popen[bytes]) -> None:
        """In a thread of its own: whoever asks to stop (a signal's handler, a window) must not wait."""
        with self._lock:
            if self.signalled or process.poll() is not None:
                return
            self.signalled = True
        self._on_phase(Phase.ASKED)
        threading.Thread(target=_end, args=[process], name="sqlcmd-stop", daemon=True).start()


def _end(process: subprocess.Popen[bytes]) -> None:
    """The ODBC one tells the server on Ctrl-C; the Go one just goes, which the server notices by the connection."""
    steps = (None,) if os.name == "nt" else (signal.SIGINT, signal.SIGTERM)
    for number in steps:
        _signal_all(process, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLITE_S)
            return
    _signal_all(process, hard=True)


def _signal_all(process: subprocess.Popen[bytes], number: int | None = None, *, hard: bool = False) -> None:
    """To the child and whatever it started: where sqlcmd is a script, the real one holds the pipe."""
    if os.name != "nt":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL if hard or number is None else number)
        return
    import psutil  # type: ignore[import-untyped,unused-ignore]  # it has no types of its own

    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(process.pid)
        for one in (*parent.children(recursive=True), parent):
            with contextlib.suppress(psutil.Error):
                one.kill()


def is_connected(pid: int) -> bool | None:
    """Whether a connection of the process, or of one that it started, stands; None where none can be seen at all.

    One that the other side has closed stands no more, but shows that there was one, however short.
    """
    import psutil  # type: ignore[import-untyped,unused-ignore]  # it has no types of its own

    states = set()
    with contextlib.suppress(psutil.Error, OSError):
        parent = psutil.Process(pid)
        for one in (parent, *parent.children(recursive=True)):
            look = getattr(one, "net_connections", None) or one.connections  # its older name
            states |= {found.status for found in look(kind="tcp")}
    if psutil.CONN_ESTABLISHED in states:
        return True
    return False if psutil.CONN_CLOSE_WAIT in states else None


def wait_until_gone(client: Client, session: str) -> bool:
    """Wait until the server has no such session any more, and end it there where it stays; whether it is gone.

    The server takes back what it began: of a BACKUP at once, of a RESTORE it may last. Raises nothing.
    """
    start = time.monotonic()
    killed = False
    while time.monotonic() - start < _GONE_S:
        try:
            rows = client.query(progress(session), timeout_s=_QUESTION_S)
            if not rows:
                return True
            number = rows[0].integer("session_id")
            if not killed and number is not None and time.monotonic() - start > _KILL_AFTER_S:
                killed = True
                client.execute(kill(number))
        except BackupError as error:
            log.warning("whether the session %s is gone can't be seen: %s", session, error)
            return False
        time.sleep(_LOOK_S)
    return False
