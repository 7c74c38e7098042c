"""What health is judged by, and the small measures that judging shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from ..base.records import BackupKind, Origin, Problem, Record, Severity, Tick
from ..base.watching import Occurrence, Run
from ..catalog.index import SetSummary
from ..config.settings import Settings

if TYPE_CHECKING:
    from ..jobs.drill_record import LastTest
    from ..jobs.lease import LeaseRecord
    from .ailing import Ailment
    from .tasks import TaskStatus

SKEW = timedelta(minutes=5)
"""Clocks of two machines may differ so much; a set made later than this after now is from the future."""
REGULAR = frozenset({Origin.MANUAL, Origin.SCHEDULED, Origin.CATCH_UP})
ASIDE = frozenset({Origin.SAFETY, Origin.DRILL})
FULLNESS = {BackupKind.LOG: 0, BackupKind.DIFFERENTIAL: 1, BackupKind.FULL: 2}
"""How much a kind of backup holds by itself: a fuller one makes up for one that failed, never the other way round."""
PROVEN = frozenset({Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED})


class HealthFacts(Record, frozen=True, kw_only=True):
    """What is known when it is asked whether all is well."""

    root: str
    settings: Settings
    databases: tuple[str, ...] = ()
    """Configured names, in order."""
    sets: tuple[SetSummary, ...] = ()
    """Newest first."""
    absent: frozenset[tuple[str, str]] = frozenset()
    """Set and database of the backups whose stored file is not there, or not with its size."""
    hidden: Problem | None = None
    """Why nothing is known of the backup folder; then there may be any number of sets."""
    problems: tuple[Problem, ...] = ()
    """Of manifests that can't be read."""
    tests: dict[str, LastTest] = msgspec.field(default_factory=dict)
    """The last restore test of each database; it outlives the sets."""
    runs: tuple[Run, ...] = ()
    """Of the schedules, oldest first."""
    due: tuple[Occurrence, ...] = ()
    """Due in the last month, oldest first."""
    task: TaskStatus | None = None
    """What the system's scheduler says; None: nothing was to be asked, or it could not be."""
    free_bytes: int | None = None
    live: dict[str, Problem] = msgspec.field(default_factory=dict)
    """Of each database that is lost where it lives, why it can't be used."""
    ailing: dict[str, Ailment] = msgspec.field(default_factory=dict)
    """Of each database that the last attempts found damaged, what they said."""
    same_disk: str = ""
    """A database that is on the disk of the backup folder."""
    holder: LeaseRecord | None = None
    """Who works on the backup folder now."""
    trouble: tuple[Problem, ...] = ()
    """What else is wrong, found while looking."""
    undelivered: int = 0
    """Notices that nobody has received."""

    def usable(self, one: SetSummary, name: str) -> bool:
        """Whether ``one`` holds a proven backup of that database whose file is there."""
        held = one.databases[name]
        return (
            held.tick in PROVEN
            and (held.file is not None or held.on_server)
            and not one.deleting
            and (one.set, name) not in self.absent
        )


def at(iso: str) -> datetime:
    """The instant that a summary tells."""
    return datetime.fromisoformat(iso)


def warning(code: str, **values: str | int) -> Problem:
    """What wants attention."""
    return Problem(code=code, severity=Severity.WARNING, values=values)


def error(code: str, **values: str | int) -> Problem:
    """What leaves a database unprotected."""
    return Problem(code=code, severity=Severity.ERROR, values=values)


def note(code: str, **values: str | int) -> Problem:
    """What is worth knowing and no alarm."""
    return Problem(code=code, severity=Severity.INFO, values=values)


def median(values: Sequence[float]) -> float:
    """The middle one; of an even number the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def told(instant: datetime) -> str:
    """An instant as a value of a problem."""
    return instant.isoformat(timespec="seconds")
