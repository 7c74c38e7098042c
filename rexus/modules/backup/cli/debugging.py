"""The log on stderr, for ``--debug``; masked like the one in the file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

from ..base.clock import SystemClock
from ..base.masking import Masked

PACKAGE = __name__.rpartition(".cli.")[0]


class Shown(logging.StreamHandler):  # type: ignore[type-arg,unused-ignore]  # generic for the checker only
    """Writes the log to stderr."""


def log_to_stderr(*, debug: bool) -> None:
    """With ``debug`` the log is on stderr too; without, only the file has it."""
    logger = logging.getLogger(PACKAGE)
    if any(isinstance(one, logging.NullHandler | Shown) for one in logger.handlers):
        return
    if not debug:
        logger.addHandler(logging.NullHandler())
        return
    logger.addHandler(Shown(sys.stderr))
    logger.setLevel(logging.DEBUG)
    mask_stderr(())


def mask_stderr(secrets: Iterable[str]) -> None:
    """Put stars for ``secrets`` from now on, which are known once the settings are read."""
    for one in logging.getLogger(PACKAGE).handlers:
        if isinstance(one, Shown):
            one.setFormatter(Masked(SystemClock(), secrets))
