"""Hears the content of stored backups and judges what is one of SQL Server, whichever engine is configured here."""

from __future__ import annotations

from ..base.files import Data
from ..base.records import Problem, Severity
from .bak import BakReader, check_media, is_backup
from .bak_records import BakReport, set_of

_UNREADABLE = ("bak.encrypted", "bak.old_compression", "bak.pages_encrypted")
"""What of a sound file can't be looked into here."""


class BakHearing:
    """See `Listener`. What is no backup of SQL Server is nothing to it, unless it must be one."""

    def __init__(self, *, position: int = 1, must_be_one: bool, is_proven: bool) -> None:
        """``position``: the backup that is meant, where a file holds several.

        ``is_proven``: hashes tell that the bytes are those that were stored; then it is no warning that pages stay
        closed, for more than that nobody claims.
        """
        self._position, self._must, self._is_proven = position, must_be_one, is_proven
        self._reader: BakReader | None = None
        self._begun = False
        self._reports: dict[str, BakReport] = {}

    def feed(self, piece: Data) -> None:
        """See `Listener.feed`."""
        if not self._begun:
            self._begun = True
            is_one = self._must or is_backup(bytes(memoryview(piece)[:8]))
            self._reader = BakReader() if is_one else None
        if self._reader is not None:
            self._reader.feed(piece)

    def ended(self, file: str) -> Problem | None:
        """See `Listener.ended`."""
        reader, self._reader, self._begun = self._reader, None, False
        if reader is None:
            return None
        report = self._reports[file] = reader.finish()
        return self._wrong_in(report)

    def finish(self) -> Problem | None:
        """See `Listener.finish`; where nothing is wrong, what could not be looked at."""
        for one in check_media(self._reports):
            if one.severity is Severity.ERROR:
                return Problem(code=one.code, values=one.values)
        return next(filter(None, map(self._unread, self._reports.values())), None)

    def _wrong_in(self, report: BakReport) -> Problem | None:
        """The first thing that is wrong with the backup that is meant."""
        sets = report.contents.sets
        for one in report.contents.findings:
            if one.severity is not Severity.ERROR:
                continue
            if len(sets) < 2 or sets[set_of(one, sets)].header.position == self._position:
                return Problem(code=one.code, values=one.values)
        return None

    def _unread(self, report: BakReport) -> Problem | None:
        severity = Severity.INFO if self._is_proven else Severity.WARNING
        for one in report.contents.findings:
            if one.code in _UNREADABLE:
                return Problem(code=one.code, severity=severity, values=one.values)
        if self._is_proven or report.checked_pages:
            return None
        return Problem(code="bak.pages_closed", severity=Severity.INFO)
