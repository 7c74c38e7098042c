"""Do an order in a process of its own, so that neither a window that goes nor a host that dies costs a backup.

The order goes down as one line, news come up as lines, at most one wish to stop follows (`base.wire`). Whoever listens
may leave; the process goes on.
"""

from __future__ import annotations

import collections
import contextlib
import logging
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import IO

import msgspec

from ..base import wire
from ..base.files import WINDOWS
from ..base.identity import Identity
from ..base.records import JobEvent, Outcome, Problem, Record, Status
from ..base.texts import language

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).resolve().parents[4]
"""The folder that the program is imported from."""
_ENTRY = PROGRAM / "main_backup.py"
_WITHOUT_ENTRY = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from rexus.modules.backup.cli.main import main; sys.exit(main(sys.argv[1:]))"
)
_TAIL = 20
"""Lines of what a process that died said last, for the log."""
_RESULTS = {
    "backup": ("..jobs.backup", "BackupResult"),
    "verify": ("..jobs.verify", "VerifyResult"),
    "restore": ("..jobs.restore", "RestoreResult"),
    "drill": ("..base.watching", "DrillResult"),
    "prune": ("..base.watching", "PruneResult"),
    "delete": ("..jobs.removal", "RemovalResult"),
    "cleanup": ("..base.watching", "CleanupResult"),
}
"""Where the result of each verb is at home; imported when one arrives."""


class Ending(Record, frozen=True, kw_only=True):
    """How a process ended its order."""

    outcome: Outcome
    result: Record | None = None
    """As the verb returns it; None where it came to none."""


class Child:
    """One order being done elsewhere. Methods may be called from any thread; none raises."""

    def __init__(self, order: wire.Order, config: Path) -> None:
        self.verb = order.verb
        self._changed = threading.Condition()
        self._news: dict[tuple[str, str], JobEvent] = {}
        self._ending: Ending | None = None
        self._said: collections.deque[str] = collections.deque(maxlen=_TAIL)
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = False
        try:
            self._process = process = _start(config)
        except OSError as error:
            why = error.strerror or type(error).__name__
            problem = Problem(code="work.unstarted", values={"path": sys.executable, "why": why})
            self._end(Ending(outcome=Outcome(status=Status.FAILED, problems=(problem,))))
            return
        assert process.stdout is not None
        assert process.stderr is not None
        self._send(wire.line(wire.ORDER, order))
        saying = threading.Thread(target=self._hear, args=(process.stderr,), name="child-said", daemon=True)
        saying.start()
        threading.Thread(
            target=self._listen, args=(process, process.stdout, saying), name="child-news", daemon=True
        ).start()

    @property
    def pid(self) -> int:
        """Number of the process; 0 when there is none."""
        return self._process.pid if self._process is not None else 0

    def news(self, patience_s: float) -> tuple[tuple[JobEvent, ...], Ending | None]:
        """The newest event of each database since this was last asked, and the ending; waits so long for any."""
        with self._changed:
            if not self._news and self._ending is None:
                self._changed.wait(patience_s)
            events = tuple(self._news.values())
            self._news.clear()
            return events, self._ending

    def cancel(self) -> None:
        """Ask it to stop at its next safe point."""
        with self._changed:
            if self._asked:
                return
            self._asked = True
        self._send(wire.CANCEL)

    def _send(self, data: bytes) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # it is gone: its ending says so
                process.stdin.write(data)
                process.stdin.flush()

    def _end(self, ending: Ending) -> None:
        with self._changed:
            if self._ending is None:
                self._ending = ending
            self._changed.notify_all()

    def _listen(self, process: subprocess.Popen[bytes], news: IO[bytes], saying: threading.Thread) -> None:
        """Take in every line until there are no more; then wait for the process, whoever else is still interested."""
        with contextlib.suppress(OSError, ValueError):
            while data := news.readline(wire.LONGEST):
                self._take(data)
                if self._ending is not None:
                    self._say_no_more(process)
        self._say_no_more(process)
        code = process.wait()
        saying.join(1)
        news.close()
        with self._changed:
            lost = self._ending is None
        if lost:
            log.warning("the process of %s ended with %s: %s", self.verb, code, " | ".join(self._said))
            last = next((one for one in reversed(self._said) if one.strip()), "-")
            problem = Problem(code="work.gone", values={"exit": code, "why": last})
            self._end(Ending(outcome=Outcome(status=Status.INTERRUPTED, problems=(problem,))))

    @staticmethod
    def _say_no_more(process: subprocess.Popen[bytes]) -> None:
        """Let it stop listening to us: on some systems a process does not end while one of its threads waits."""
        with contextlib.suppress(OSError, ValueError):
            if process.stdin is not None:
                process.stdin.close()

    def _take(self, data: bytes) -> None:
        try:
            kind, value = wire.parse(data)
            if kind == wire.EVENT:
                event = wire.as_event(value)
                with self._changed:
                    self._news[event.job, event.database] = event
                    self._changed.notify_all()
            elif kind == wire.OUTCOME:
                self._end(Ending(outcome=wire.as_outcome(value)))
            elif kind == wire.RESULT:
                self._end(_ending(self.verb, value))
        except ValueError as error:
            log.warning("a line of %s can't be read: %s", self.verb, error)

    def _hear(self, saying: IO[bytes]) -> None:
        with saying, contextlib.suppress(OSError, ValueError):
            for data in saying:
                self._said.append(data.decode("utf-8", "replace").rstrip())


def _ending(verb: str, value: object) -> Ending:
    home, name = _RESULTS[verb]
    kind: type[Record] = getattr(import_module(home, __package__), name)
    result = msgspec.convert(value, kind)
    outcome: Outcome = result.outcome  # type: ignore[attr-defined]  # every result has one
    return Ending(outcome=outcome, result=result)


def _start(config: Path) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own: what ends ours (Ctrl-C, a closed terminal) does not reach it."""
    entry = [str(_ENTRY)] if _ENTRY.exists() else ["-c", _WITHOUT_ENTRY, str(PROGRAM)]
    command = [sys.executable, *entry, "--config", str(config), "--lang", language(), "run"]
    flags = 0
    if WINDOWS:
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROGRAM,
        start_new_session=not WINDOWS,
        creationflags=flags,
    )


def start(
    verb: str, request: Record, config: Path, identity: Identity | None = None, *, patience_s: float = 0.0
) -> Child:
    """Have ``request`` done by a process of its own, on that configuration. Never raises; the ending tells.

    While somebody else works there, it waits up to ``patience_s``.
    """
    return Child(wire.Order(verb=verb, request=request, identity=identity, patience_s=patience_s), config)
