"""Every error the program raises on purpose.

BackupError          a stable code and its values; the sentence is found by code in `texts`
  Refused            nothing was touched (exit 3)
    BadInput         a setting, name or argument is not what it should be
  Busy               somebody else holds what we need (exit 4)
  Cancelled          the person asked to stop (exit 130)
  Failed             it was tried and did not work (exit 2)
    SourceFailed     the database or file to back up could not be read
    StoreFailed      the backup folder could not be written or read
    Damaged          stored bytes are not what the manifest promises
"""

from __future__ import annotations

from .records import Problem, Severity


class BackupError(Exception):
    """Something a person can act on.

    ``code`` selects the sentences (`base.texts`); ``values`` fill their gaps and must hold no secret.
    """

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        """English for the log: the code and its values."""
        told = ", ".join(f"{key}={value!r}" for key, value in self.values.items())
        return f"{self.code} ({told})" if told else self.code

    @property
    def problem(self) -> Problem:
        """The same as a record."""
        return Problem(code=self.code, severity=Severity.ERROR, values=dict(self.values))


class Refused(BackupError):
    """Nothing was touched."""


class BadInput(Refused):
    """A setting, a name or an argument is not what it should be."""


class Busy(BackupError):
    """Somebody else holds what we need."""


class Cancelled(BackupError):
    """The person asked to stop."""

    def __init__(self) -> None:
        super().__init__("cancelled")


class Failed(BackupError):
    """It was tried and did not work."""


class SourceFailed(Failed):
    """The database or file to back up could not be read."""


class StoreFailed(Failed):
    """The backup folder could not be written or read."""


class Damaged(Failed):
    """Stored bytes are not what the manifest promises."""
