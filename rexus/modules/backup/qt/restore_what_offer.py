"""What the first step of a restore has to choose from, and what is asked for first. No widgets here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..base.records import SetStatus
from ..base.timeline import Line, chain
from ..base.timeline_view import Stretch
from ..base.timeline_whole import files, together
from ..base.watching import Occurrence
from .restore_what_words import APPLICATION, CONFIG, DATABASE, EVERYTHING

if TYPE_CHECKING:
    from ..base.records import Problem
    from ..catalog.index import Listing

Key = tuple[str, str]
"""What can come back: its kind, and of a database its name."""


@dataclass(frozen=True)
class Wish:
    """What is to be chosen first; nothing: what was chosen, else the latest of the first database."""

    set: str | None = None
    database: str | None = None
    files: str | None = None
    everything: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class Offer:
    """What there is to choose from."""

    listing: Listing
    now: datetime
    databases: tuple[str, ...]
    planned: tuple[Occurrence, ...] = ()
    agreed_s: Mapping[str, float] = field(default_factory=dict)
    since: float = 0.0
    gone: Problem | None = None
    """Why the folder that held copies is not there; None: it is."""

    def present(self) -> datetime:
        """Now, as it went on since."""
        return self.now + timedelta(seconds=time.monotonic() - self.since)

    @property
    def unread(self) -> Problem | None:
        """Why nobody knows which copies there are; None: it is known."""
        return next((one for one in self.listing.problems if one.code == "catalog.unreadable"), None)

    def keys(self) -> tuple[Key, ...]:
        """All that can come back."""
        found: list[Key] = [(DATABASE, name) for name in self.databases]
        if self.databases:
            found.append((EVERYTHING, ""))
        found += [(kind, "") for kind in (APPLICATION, CONFIG) if any(kind in one.copied for one in self.listing.sets)]
        return tuple(found)

    def wanted(self, wish: Wish | None, key: Key, instant: datetime | None) -> tuple[Key, datetime | None]:
        """What is to be shown first, and of when; ``key`` and ``instant`` were shown before."""
        keys = self.keys()
        if wish is None:
            return (key if key in keys else keys[0] if keys else key), instant
        if wish.files:
            return (wish.files, ""), wish.at
        if wish.everything:
            return (EVERYTHING, ""), wish.at
        return (DATABASE, wish.database or self._first_of(wish.set)), wish.at

    def _first_of(self, name: str | None) -> str:
        """The database that is shown first of a set: one that was completed in it, where there is one."""
        one = next((one for one in self.listing.sets if one.set == name), None)
        held = [each for each in self.databases if one is not None and each in one.databases]
        good = [each for each in held if one is not None and one.databases[each].status is SetStatus.COMPLETED]
        return next(iter((*good, *held, *self.databases)), "")

    def line(self, key: Key) -> Line:
        """The line of one of them."""
        kind, name = key
        if kind == DATABASE:
            return chain(self.listing.sets, name, self.now, self.planned)
        if kind == EVERYTHING:
            return together(self.listing.sets, self.databases, self.now, self.planned)
        return files(self.listing.sets, kind, self.now, self.planned)


def reached(line: Line) -> dict[str, datetime]:
    """By set the instant that brings its backup back: of a log, until where it reaches."""
    runs = {id(one.run): one.run for one in line.anchors if one.run is not None}
    logs = (log for run in runs.values() for log in run.logs if line.can_stand(log.at))
    return {log.set: log.at for log in logs} | {one.set: one.at for one in line.marks if one.wrong is None}


def stretch_of(line: Line) -> Stretch:
    """A day where it holds several instants to choose from, else a week, else all."""
    latest = line.latest or line.now
    for stretch, days in ((Stretch.DAY, 1), (Stretch.WEEK, 7)):
        if line.has_logs or len(line.marks_between(latest - timedelta(days=days), latest)) > 1:
            return stretch
    return Stretch.ALL if line.marks else Stretch.DAY
