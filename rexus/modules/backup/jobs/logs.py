"""The program's own log: one file per local day, ``backup_2025-08-06.log``, UTF-8, owner-only, without secrets."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from ..base.clock import Clock
from ..base.files import Files, Writing
from ..base.masking import Masked
from ..base.records import Problem, Severity

PACKAGE = "rexus.modules.backup"
_NAME = re.compile(r"backup_(\d{4}-\d{2}-\d{2})\.log")
_PAUSE = timedelta(days=62)
"""After longer without any log it may as well be the clock that jumped."""


def log_path(folder: Path, instant: datetime) -> Path:
    """The log of the local day of ``instant``."""
    return folder / f"backup_{instant.astimezone():%Y-%m-%d}.log"


class DayLog(logging.Handler):
    """Appends to the file of the local day, and to the next from midnight on. It never fails its caller."""

    def __init__(self, folder: Path, clock: Clock, files: Files) -> None:
        super().__init__()
        self.problem: Problem | None = None
        """Why the log could not be written, the first time (``log.unwritable``)."""
        self._folder = folder
        self._clock = clock
        self._files = files
        self._path: Path | None = None
        self._writing: Writing | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Append one entry."""
        try:
            line = self.format(record)
        except (TypeError, ValueError, KeyError):  # a message that does not fit its values
            self.handleError(record)
            return
        self.append(line)

    def append(self, line: str) -> None:
        """Append an entry that is in words, in one write, so that entries of several processes don't mix."""
        try:
            self._open().write(f"{line}\n".encode("utf-8", "backslashreplace"))
        except OSError as error:
            self._close()
            self._remember(error)

    def open(self) -> None:
        """Open today's file now, to know early whether that works; a failure is kept in ``problem``."""
        self.acquire()
        try:
            self._open()
        except OSError as error:
            self._remember(error)
        finally:
            self.release()

    def close(self) -> None:
        """Let go of the file."""
        self.acquire()
        try:
            self._close()
        finally:
            self.release()
        super().close()

    def _open(self) -> Writing:
        path = log_path(self._folder, self._clock.now())
        if self._writing is None or path != self._path:
            self._close()
            self._files.make_folder(self._folder)
            self._writing, self._path = self._files.append(path), path
        return self._writing

    def _close(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            try:
                writing.close()
            except OSError as error:
                self._remember(error)

    def _remember(self, error: OSError) -> None:
        if self.problem is None:
            path = log_path(self._folder, self._clock.now())
            reason = error.strerror or type(error).__name__
            values: dict[str, str | int] = {"path": str(path), "reason": reason}
            self.problem = Problem(code="log.unwritable", severity=Severity.WARNING, values=values)


def start_log(folder: Path, level: str, clock: Clock, files: Files, secrets: Iterable[str] = ()) -> DayLog:
    """Log the package from ``level`` (debug, info, warning, error) on; replaces an earlier log of this process.

    ``secrets`` are the plain values to mask. Never fails: see `DayLog.problem`.
    """
    stop_log()
    handler = DayLog(folder, clock, files)
    handler.setFormatter(Masked(clock, secrets))
    logger = logging.getLogger(PACKAGE)
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    handler.open()
    return handler


def stop_log() -> None:
    """Close the log of this process, if there is one."""
    logger = logging.getLogger(PACKAGE)
    for handler in tuple(logger.handlers):
        if isinstance(handler, DayLog):
            logger.removeHandler(handler)
            handler.close()


def sweep_logs(folder: Path, keep_days: int, today: date, files: Files) -> tuple[Path, ...]:
    """Remove logs of days more than ``keep_days`` ago, by the date in the name; returns what was removed.

    One that can't be removed is left for the next time.
    """
    removed: list[Path] = []
    for path in old_logs(folder, keep_days, today):
        try:
            files.unlink(path)
        except OSError as error:
            logging.getLogger(__name__).warning("%s can't be removed: %s", path, error)
        else:
            removed.append(path)
    return tuple(removed)


def old_logs(folder: Path, keep_days: int, today: date) -> tuple[Path, ...]:
    """Logs of days more than ``keep_days`` ago, by the date in the name.

    None while the newest before today's is of long ago: then nobody knows whether today is today.
    """
    oldest = today - timedelta(days=keep_days)
    paths = sorted(folder.glob("backup_*.log")) if folder.is_dir() else ()
    named = ((path, _NAME.fullmatch(path.name)) for path in paths)
    days = {path: day for path, found in named if found and (day := _day(found[1])) is not None and day < today}
    if not days or today - max(days.values()) > _PAUSE:
        return ()
    return tuple(path for path, day in days.items() if day < oldest)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
