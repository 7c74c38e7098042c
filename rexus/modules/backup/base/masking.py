"""Stars for secrets in whatever text leaves the program."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from urllib.parse import quote

from .clock import Clock

_STARS = "********"
_SHORTEST_SECRET = 3
"""Anything shorter would make a log of stars and hides nothing."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")


class Mask:
    """Puts stars in the place of every secret, however it is written."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= _SHORTEST_SECRET for form in _forms(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """``text`` without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _STARS)
        return text


class Masked(logging.Formatter):
    """``2025-08-06 14:30:52,123 - INFO - [BACKUP] message``, with stars for every secret.

    A message is one line, so that a file name with a line break can't forge another; tracebacks keep their lines.
    """

    def __init__(self, clock: Clock, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s - %(levelname)s - [BACKUP] %(message)s")
        self._clock = clock
        self._mask = Mask(secrets)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """The local wall time of now, by the clock of the program."""
        now = self._clock.now().astimezone()
        return f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03d}"

    def formatMessage(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry, tracebacks included, masked."""
        return self._mask(super().format(record))


def _forms(secret: str) -> set[str]:
    """A secret as it may stand in a message: as it is, in JSON, in a Python literal, in an address."""
    return {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret), quote(secret, safe="")}
