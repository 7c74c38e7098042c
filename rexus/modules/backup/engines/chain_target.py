"""What a restore shall bring back, and where it is told to stop."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

from ..base.records import Record
from .chain_pieces import UNKNOWN, told


class Aim(enum.StrEnum):
    """What a target is given by."""

    LATEST = "latest"
    INSTANT = "instant"
    LSN = "lsn"
    MARK = "mark"
    SET = "set"


class Target(Record, frozen=True, kw_only=True):
    """The state that is wanted; made by its functions below."""

    aim: Aim = Aim.LATEST
    at: datetime | None = None
    """Wall time of the server, without a zone."""
    lsn: int | None = None
    mark: str = ""
    after: datetime | None = None
    """With a mark: the first of that name at or after this wall time."""
    before: bool = False
    """Without the record of that LSN, or the marked transaction; else with it."""
    set_guid: str = ""
    applied: bool = False
    """With a log: by applying that very log, though something else ends where it does; not one that holds nothing,
    which servers may refuse (4326)."""
    or_earlier: bool = False
    """Where it can't be reached, the nearest state before it will do."""

    @property
    def second(self) -> datetime:
        """The second that the instant is in: backups know no finer times."""
        assert self.at is not None
        return self.at.replace(microsecond=0)

    @property
    def second_after(self) -> datetime:
        """The first full second that is not before the instant."""
        assert self.at is not None
        return self.second + timedelta(seconds=1) if self.at.microsecond else self.second

    @property
    def told(self) -> str:
        """The target as sentences have it: an instant, an LSN, a name."""
        if self.aim is Aim.INSTANT:
            return told(self.at)
        if self.aim is Aim.LSN:
            return f"LSN {self.lsn}"
        return {Aim.MARK: self.mark, Aim.SET: self.set_guid}.get(self.aim, UNKNOWN)


LATEST = Target()
"""The newest state that there is."""


def instant(at: datetime, *, or_earlier: bool = False) -> Target:
    """The state at ``at``, wall time of the server. Raises `ValueError` for an instant with a zone."""
    if at.tzinfo is not None:
        raise ValueError("a wall time of the server has no zone")
    return Target(aim=Aim.INSTANT, at=at, or_earlier=or_earlier)


def lsn(number: int, *, before: bool = False) -> Target:
    """The state just after the log record ``number``, or just before it."""
    return Target(aim=Aim.LSN, lsn=number, before=before)


def mark(name: str, *, before: bool = False, after: datetime | None = None) -> Target:
    """The state just after the marked transaction, or just before it."""
    return Target(aim=Aim.MARK, mark=name, before=before, after=after)


def backup_set(set_guid: str, *, applied: bool = False) -> Target:
    """The state that one backup holds; of a log, at its end."""
    return Target(aim=Aim.SET, set_guid=set_guid, applied=applied)


class Stop(Record, frozen=True, kw_only=True):
    """Where RESTORE LOG is to stop; the same on every log that may reach so far."""

    at: datetime | None = None
    """``STOPAT``, wall time of the server."""
    lsn: int | None = None
    """``STOPATMARK = 'lsn:…'``, or STOPBEFOREMARK."""
    mark: str = ""
    """``STOPATMARK``, or STOPBEFOREMARK."""
    after: datetime | None = None
    """``AFTER``, behind a mark."""
    before: bool = False
    """STOPBEFOREMARK instead of STOPATMARK."""
