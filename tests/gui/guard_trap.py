"""Turns every error that a slot, a question or its answer swallowed into a failure of the test."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

_ROOM = "rexus.modules.backup"


class Trap(logging.Handler):
    """Keeps what the guards write into the log when something raised."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []
        """What a test did so far, to be told beside a failure."""
        self.caught: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a record that came with an exception."""
        if record.exc_info and record.exc_info[0] is not None:
            raised = "".join(traceback.format_exception(*record.exc_info))
            self.caught.append(f"{record.getMessage()}\n{raised}\nafter: {self.steps[-12:]}")


@contextmanager
def nothing_raises() -> Iterator[Trap]:
    """No guarded slot, no question and no answer raises while this lasts; told with the last steps if one does."""
    trap, logger = Trap(), logging.getLogger(_ROOM)
    before = logger.level
    logger.addHandler(trap)
    logger.setLevel(min(before or logging.WARNING, logging.WARNING))
    try:
        yield trap
    finally:
        logger.removeHandler(trap)
        logger.setLevel(before)
    assert not trap.caught, "\n".join(trap.caught)
