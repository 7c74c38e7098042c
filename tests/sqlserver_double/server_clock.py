"""The server's clock: the real one, or one that tests hold in their hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone


class ServerClock:
    """Wall time of the server, naive as SQL Server keeps it, at a fixed distance from UTC.

    With ``start`` it stands still, except that everything logged and every backup moves it on by ``step``, so that
    no two have the same time. Without, it is the real time, moved by what was asked of `advance`.
    """

    def __init__(
        self, start: datetime | None = None, offset: timedelta = timedelta(), step: timedelta = timedelta(seconds=1)
    ) -> None:
        self._start = start
        self._moved = timedelta()
        self.offset = offset
        self.step = step

    def now(self) -> datetime:
        """Wall time, without a zone."""
        base = self._start or datetime.now(UTC).replace(tzinfo=None) + self.offset
        return base + self._moved

    def utc(self) -> datetime:
        """The same instant in UTC, naive."""
        return self.now() - self.offset

    def aware(self) -> datetime:
        """The same instant with its offset."""
        return self.now().replace(tzinfo=timezone(self.offset))

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._moved += by

    def tick(self) -> datetime:
        """The time of something that happens now; a clock that stands moves on before it."""
        if self._start:
            self._moved += self.step
        return self.now()
