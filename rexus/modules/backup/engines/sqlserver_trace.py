"""Every batch that is sent, written to a file as it could be run again: for ``--trace-sql``."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from ..base.clock import Clock
from ..base.errors import BadInput
from ..base.files import Files, Writing
from ..base.masking import Mask

log = logging.getLogger(__name__)


class Trace:
    """A file that batches are added to. Used from many threads; trouble with it never stops a backup."""

    def __init__(self, writing: Writing, clock: Clock, secrets: Iterable[str]) -> None:
        self._writing = writing
        self._clock = clock
        self._mask = Mask(secrets)
        self._lock = threading.Lock()

    def sent(self, client: str, session: str, text: str) -> None:
        """Note one batch: when, by which client, in which session. Secrets become stars."""
        told = f"-- {self._clock.now():%Y-%m-%dT%H:%M:%SZ} {client} {session}\n{text}\nGO\n\n"
        data = self._mask(told).encode("utf-8", "backslashreplace")
        with self._lock:
            try:
                self._writing.write(data)
            except OSError as error:
                log.warning("the batch could not be written to the trace: %s", error.strerror)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._writing.close()


def open_trace(path: Path, files: Files, clock: Clock, secrets: Iterable[str]) -> Trace:
    """A trace at the end of the file at ``path``, owner-only. Raises `BadInput` (``sqlserver.no_trace``)."""
    try:
        return Trace(files.append(path), clock, secrets)
    except OSError as error:
        raise BadInput("sqlserver.no_trace", path=str(path), why=error.strerror or type(error).__name__) from error
