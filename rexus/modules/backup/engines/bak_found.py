"""What is wrong with a backup file, collected while it is read: each thing once, with where it begins and how often."""

from __future__ import annotations

from ..base.records import Finding, Severity

MOST = 200
"""Findings of one file; a file that has more is damaged through and through."""


class Findings:
    """A list of findings that can't grow without end."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def error(self, code: str, **values: str | int) -> None:
        """Something is damaged or missing."""
        self._add(code, Severity.ERROR, values)

    def warning(self, code: str, **values: str | int) -> None:
        """Something is odd, and no damage by itself."""
        self._add(code, Severity.WARNING, values)

    def note(self, code: str, **values: str | int) -> None:
        """Something could not be looked at."""
        self._add(code, Severity.INFO, values)

    def _add(self, code: str, severity: Severity, values: dict[str, str | int]) -> None:
        if len(self._found) < MOST:
            self._found.append(Finding(code=code, severity=severity, values=values))

    @property
    def all(self) -> tuple[Finding, ...]:
        """In the order in which they were found."""
        return tuple(self._found)
