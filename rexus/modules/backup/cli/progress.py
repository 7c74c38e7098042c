"""How far a job is: one bar for each database on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..base.records import JobEvent
from ..base.saying import N_
from ..base.texts import _
from .streams import clean, is_terminal, say
from .wording import glyph, size, span, word

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Report = Callable[[JobEvent], None]

_PHASES = {
    "snapshot": N_("Reading"),
    "seal": N_("Reading, compressing, writing"),
    "reread": N_("Reading back"),
    "check": N_("Checking"),
    "publish": N_("Writing the manifest"),
    "files": N_("Copying files"),
    "unseal": N_("Unpacking"),
    "prove": N_("Proving"),
    "swap": N_("Putting in place"),
    "safety": N_("Making a safety copy"),
    "verify": N_("Verifying"),
    "server": N_("The server writes the backup"),
    "waits": N_("Waiting for another session's backup or restore of it; check says whose"),
    "restore": N_("The server restores"),
    "cancel_asked": N_("Asking the server to stop"),
    "cancel_rolling_back": N_("The server takes back what it began"),
    "cancel_stopped": N_("Stopped"),
    "cancel_too_late": N_("The opening of the database can't be interrupted; waiting for the server"),
    "done": N_("Done"),
    "failed": N_("Failed"),
    "untested": N_("Not tested"),
}
_IN_BYTES = frozenset({"seal", "reread", "unseal", "verify"})
_REFRESH_PER_S = 5
_DUMB = ("dumb", "unknown")
"""Terminals that can't take a line back."""
_FOR_BARS = 90
"""Columns from which on there is room for bars beside the words."""


@contextlib.contextmanager
def showing() -> Iterator[Report]:
    """Show the events given to what is yielded, from any thread; showing never fails the job."""
    if not is_terminal(sys.stderr) or os.environ.get("TERM") in _DUMB:
        yield Lines().report
        return
    bars = Bars()
    try:
        yield bars.report
    finally:
        bars.close()


def phase_words(event: JobEvent) -> str:
    """What is being done, in the reader's language."""
    return _(_PHASES[event.phase]) if event.phase in _PHASES else event.phase


def subject(event: JobEvent) -> str:
    """The database or file set of an event; the whole set where there is none."""
    return clean(word(event.database)) if event.database else _("all")


class Lines:
    """One line whenever a database enters another phase."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._phases: dict[str, str] = {}

    def report(self, event: JobEvent) -> None:
        """Take in one event."""
        with self._lock:
            if self._phases.get(event.database) == event.phase:
                return
            self._phases[event.database] = event.phase
        about = f" ({size(event.total)})" if event.phase in _IN_BYTES and event.total else ""
        say(f"{subject(event)}: {phase_words(event)}{about}")


class _Line:
    """One bar: its task, its phase and when that began."""

    def __init__(self, task: TaskID) -> None:
        self.task = task
        self.phase = ""
        self.begun = 0.0
        self.done = 0


class Bars:
    """Bars drawn by rich, one line for each database: phase, bytes, rate, time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        def short() -> Column:
            return Column(no_wrap=True, overflow="ellipsis")

        console = Console(stderr=True, highlight=False)
        bars = (BarColumn(bar_width=24),) if console.width >= _FOR_BARS else ()
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._progress: Progress | None = Progress(
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[phase]}", markup=False, table_column=short()),
            *bars,
            TextColumn("{task.percentage:>3.0f} %", markup=False),
            TextColumn("{task.fields[told]}", markup=False, table_column=short()),
            console=console,
            refresh_per_second=_REFRESH_PER_S,
            transient=True,
        )
        self._progress.start()

    def report(self, event: JobEvent) -> None:
        """Take in one event."""
        with self._lock:
            if self._progress is None:
                return
            try:
                self._show(self._progress, event)
            except Exception:  # noqa: BLE001  whatever drawing meets (a terminal that is gone), the job goes on
                self._stop()

    def close(self) -> None:
        """Take the bars away."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        progress, self._progress = self._progress, None
        if progress is not None:
            with contextlib.suppress(OSError, ValueError):
                progress.stop()

    def _show(self, progress: Progress, event: JobEvent) -> None:
        line = self._lines.get(event.database)
        if line is None:
            task = progress.add_task(subject(event), total=None, phase="", told="")
            line = self._lines[event.database] = _Line(task)
        if line.phase != event.phase:
            line.phase, line.begun = event.phase, time.monotonic()
            progress.reset(
                line.task, total=event.total or None, completed=event.done, phase=phase_words(event), told=""
            )
        ended = event.phase == "done"
        total = max(event.total, event.done) or (1 if ended else None)
        progress.update(
            line.task, completed=(total or 0) if ended else event.done, total=total, told=self._told(line, event)
        )

    @staticmethod
    def _told(line: _Line, event: JobEvent) -> str:
        """Bytes, rate and time left, as far as they mean something."""
        if event.phase not in _IN_BYTES or not event.total:
            return ""
        parts = [size(event.done)]
        passed = time.monotonic() - line.begun
        if passed > 0.5 and event.done:
            rate = event.done / passed
            parts.append(f"{size(int(rate))}/s")
            if event.total > event.done:
                parts.append(_("{time} left").format(time=span((event.total - event.done) / rate)))
        return glyph(" · ", ", ").join(parts)
