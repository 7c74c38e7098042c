"""The log of the day for a process with a window: what goes wrong in it is written by a thread of its own.

Whoever logs there never waits for a disk: a share that does not answer holds up nobody but that thread.
"""

from __future__ import annotations

import logging
import queue
import threading
from pathlib import Path

from ..base.clock import Clock
from ..base.files import Files
from ..base.masking import Masked
from ..config.known_roots import vanished
from ..config.load import Loaded
from ..config.lost_place import work_folder
from .logs import PACKAGE, DayLog

_PATIENCE_S = 1.0
"""So long the end of the process waits for the last entry."""


class LaterLog(logging.Handler):
    """Failures of this process, appended to the log of the day that jobs write too.

    While a job of this process keeps that log itself, it has them already.
    """

    def __init__(self, config: Path, loaded: Loaded | None, clock: Clock, files: Files) -> None:
        super().__init__(logging.ERROR)
        self.setFormatter(Masked(clock, loaded.secret_values if loaded is not None else ()))
        self._config, self._loaded, self._clock, self._files = config, loaded, clock, files
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the entry over. It is put into words here: what it holds belongs to the thread that logs."""
        if any(isinstance(one, DayLog) for one in logging.getLogger(PACKAGE).handlers):
            return
        try:
            line = self.format(record)
        except (TypeError, ValueError, KeyError):  # a message that does not fit its values
            self.handleError(record)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="log", daemon=True)
            self._thread.start()
        self._lines.put(line)

    def leave(self) -> None:
        """Write what waits and nothing more; nobody waits for it."""
        self._lines.put(None)

    def close(self) -> None:
        """The same at the end of the process, which waits a moment for it."""
        self.leave()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            for folder in _folders(self._config, self._loaded):
                day = DayLog(folder, self._clock, self._files)
                day.append(line)
                day.close()
                if day.problem is None:
                    break


def _folders(config: Path, loaded: Loaded | None) -> list[Path]:
    """Where the log is: in the backup folder where that is there; else, or where that fails, in one of the person."""
    lost = work_folder(config.parent) / "logs"
    if loaded is None or not loaded.root.is_dir() or vanished(loaded) is not None:
        return [lost]
    return [loaded.root / "logs", lost]


def keep_later(config: Path, loaded: Loaded | None, clock: Clock, files: Files) -> None:
    """Have failures of this process written from now on, by these settings; replaces what was said before."""
    logger = logging.getLogger(PACKAGE)
    for one in tuple(logger.handlers):
        if isinstance(one, LaterLog):
            logger.removeHandler(one)
            one.leave()
    logger.addHandler(LaterLog(config, loaded, clock, files))
