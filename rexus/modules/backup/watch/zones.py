"""Which clock on the wall a schedule means, and at which instant such a clock first shows a given time."""

from __future__ import annotations

import os
import re
import time
import warnings
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

_NAME = r"(?:<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,})"
_OFFSET = r"[+-]?\d{1,2}(?::\d{2}){0,2}"
_RULES = re.compile(rf"{_NAME}{_OFFSET}(?:{_NAME}(?:{_OFFSET})?(?:,.+)?)?")
"""Rules in POSIX form, as ``CET-1CEST,M3.5.0,M10.5.0/3``."""


class SystemRules(tzinfo):
    """Local time by the C library's rules, for systems that do not tell the name of their zone."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """How far local time is ahead of UTC at that wall time; ``fold`` tells which of two."""
        if moment is None:
            return None
        naive = moment.replace(tzinfo=None)
        return naive.replace(fold=0) - datetime.fromtimestamp(naive.timestamp(), UTC).replace(tzinfo=None)

    def fromutc(self, moment: datetime) -> datetime:
        """The wall time of an instant given in UTC."""
        return datetime.fromtimestamp(moment.replace(tzinfo=UTC).timestamp()).replace(tzinfo=self)

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Unknown."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """What the C library calls it."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()


def zone_named(name: str | None) -> tzinfo:
    """The zone of that IANA name; None: TZ's, else the system's."""
    return ZoneInfo(name) if name else local_zone()


def local_zone() -> tzinfo:
    """The zone that TZ names, else the system's; asked anew each time, because a machine may travel."""
    given = os.environ.get("TZ", "").removeprefix(":")
    if hasattr(time, "tzset"):
        time.tzset()
    return _of_environment(given) if given else _of_system()


def unknown_zone() -> str:
    """What TZ says, where nobody knows such a zone and UTC is taken silently; empty: all is well."""
    given = os.environ.get("TZ", "").removeprefix(":")
    if not given or not isinstance(_of_environment(given), SystemRules) or _RULES.fullmatch(given):
        return ""
    return given


def _of_environment(given: str) -> tzinfo:
    """A name, a file of rules, or rules in POSIX form (which the C library reads)."""
    try:
        if not Path(given).is_absolute():
            return ZoneInfo(given)
        with Path(given).open("rb") as rules:
            return ZoneInfo.from_file(rules, given)
    except (KeyError, ValueError, OSError):
        return SystemRules()


def _of_system() -> tzinfo:
    import tzlocal

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # it only warns where the name it found is not what the clock goes by
            return tzlocal.reload_localzone()
    except Exception:  # noqa: BLE001  whatever a strange system makes it raise
        return SystemRules()


def first_instant(wall: datetime, zone: tzinfo) -> datetime:
    """The first instant (UTC) at which a clock of ``zone`` shows the naive ``wall`` or, where it is skipped, more.

    A time that exists twice is meant the first time; of a gap, even of a whole day, the end is taken.
    """
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    if _shown(late, zone) == wall:
        return late
    # Here the earlier rule puts the time behind the gap, the later one before it: what is between is searched.
    before, after = 0, int((late - early).total_seconds())
    while after - before > 1:
        middle = (before + after) // 2
        if _shown(early + timedelta(seconds=middle), zone) >= wall:
            after = middle
        else:
            before = middle
    return early + timedelta(seconds=after)


def _shown(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
