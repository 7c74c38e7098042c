"""The values of what runs by itself and of what judges it: due times, runs, restore tests, health."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from .records import BackupKind, Check, Decision, Origin, Outcome, Problem, Record, Tick

KIND_OF = {"backup": BackupKind.FULL, "differential": BackupKind.DIFFERENTIAL, "log": BackupKind.LOG}
"""The actions of schedules that take backups, and of which kind."""


def action_of(kind: BackupKind) -> str:
    """The action that takes backups of this kind."""
    return next(action for action, taken in KIND_OF.items() if taken is kind)


class Occurrence(Record, frozen=True, kw_only=True):
    """One time at which a schedule is due."""

    schedule: str
    action: str
    wall: str
    """Nominal local wall time, ``2026-03-29T02:30``: with the schedule's name it is the occurrence's key for ever."""
    at: datetime
    """The instant it runs at, aware, in the zone of its schedule; a wall time that does not exist is later here."""
    utc: datetime
    """The same instant in UTC."""

    @property
    def key(self) -> str:
        """``daily_full@2026-03-29T02:30``."""
        return f"{self.schedule}@{self.wall}"


class RunState(enum.StrEnum):
    """What became of an occurrence."""

    STARTED = "started"
    OK = "ok"
    WARNINGS = "warnings"
    FAILED = "failed"
    REFUSED = "refused"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Its runner died; it is caught up once."""
    MISSED = "missed"
    """Nobody ran it, and a later one was run in its stead."""


class Run(Record, frozen=True, kw_only=True):
    """One line of what is known about an occurrence; the newest line of a key and attempt counts."""

    schedule: str
    action: str
    wall: str
    due: datetime
    state: RunState
    at: datetime
    """When this line was written."""
    attempt: int = 1
    origin: Origin = Origin.SCHEDULED
    pid: int = 0
    start: float = 0.0
    boot: str = ""
    host: str = ""
    by: str = ""
    """What started the runner: ``service``, ``foreground`` or whatever it was told."""
    set: str | None = None
    code: str = ""
    """Code of the first problem, where it did not end well."""
    values: dict[str, str | int] = msgspec.field(default_factory=dict)
    """Of that problem, so that it can be told as a sentence in any language."""
    begun: bool = True
    """False: it never came to begin, because something was lacking or the runner itself was refused."""
    seconds: float = 0.0
    config: str = ""
    """Of which configuration's schedule it is: machine and place of the file. Empty in lines of older versions."""

    @property
    def key(self) -> str:
        """As `Occurrence.key`."""
        return f"{self.schedule}@{self.wall}"

    @property
    def problem(self) -> Problem | None:
        """Why it did not end well, as `base.texts.sentence` tells it."""
        return Problem(code=self.code, values=self.values) if self.code else None


class RetentionRequest(Record, frozen=True, kw_only=True):
    """Apply the retention rules."""

    digest: str | None = None
    """Of the plan that the person has seen; another plan is not executed but shown."""
    whole_days: bool = False
    """Leave what was made today: the day is not over."""
    requested_by: str = ""
    origin: Origin = Origin.MANUAL


class PrunePlan(Record, frozen=True, kw_only=True):
    """What retention decides: the very list that is executed."""

    decisions: tuple[Decision, ...] = ()
    """Newest set first."""
    digest: str = ""
    """SHA-256 (hex) of the decisions and of the state they were made of."""
    freed_bytes: int = 0
    refused: Problem | None = None
    """Why the rules can't be applied at all now."""
    stays: tuple[Problem, ...] = ()
    """What a server keeps of the sets that go, and how it is removed there."""


class PruneResult(Record, frozen=True, kw_only=True):
    """What retention came to."""

    outcome: Outcome
    plan: PrunePlan
    deleted: tuple[str, ...] = ()
    freed_bytes: int = 0


class CleanupItem(Record, frozen=True, kw_only=True):
    """One thing that the deep clean-up looks at."""

    kind: str
    """temp, restore, partial, orphan, log, audit, safety."""
    path: str
    """Below the root, with ``/``."""
    bytes: int = 0
    delete: bool = False
    because: Problem
    """Why it goes, or why it still stays."""


class CleanupResult(Record, frozen=True, kw_only=True):
    """What the deep clean-up found and did."""

    outcome: Outcome
    items: tuple[CleanupItem, ...] = ()
    freed_bytes: int = 0


class DrillRequest(Record, frozen=True, kw_only=True):
    """Restore tests in an isolated place."""

    databases: tuple[str, ...] = ()
    """Names as configured; empty: all."""
    set: str | None = None
    """Of this set; None: of the newest set that holds the database."""
    rotate: bool = False
    """Only the one whose restore test is oldest."""
    requested_by: str = ""
    origin: Origin = Origin.DRILL


HOURS = "hours"
"""Unit of a figure that is an age: so long before the backup was taken (below zero: after)."""


class Figure(Record, frozen=True, kw_only=True):
    """What a drill check gave."""

    name: str
    value: float | None = None
    unit: str = ""
    """`HOURS`, or nothing for a number as it is."""
    ok: bool = True
    problem: Problem | None = None


class DrillVerdict(Record, frozen=True, kw_only=True):
    """What the restore test of one database came to."""

    set: str
    name: str
    ok: bool | None
    """None: not verifiable, because … (`problems`); that is never a tick. False with a passed check: restored and
    proven, but a question was not answered as it must be."""
    seconds: float = 0.0
    bytes: int = 0
    checks: tuple[Check, ...] = ()
    figures: tuple[Figure, ...] = ()
    problems: tuple[Problem, ...] = ()


class DrillResult(Record, frozen=True, kw_only=True):
    """What restore tests came to."""

    outcome: Outcome
    drills: tuple[DrillVerdict, ...] = ()


class Level(enum.StrEnum):
    """How well all is."""

    WELL = "well"
    ATTENTION = "attention"
    UNPROTECTED = "unprotected"


class DatabaseHealth(Record, frozen=True, kw_only=True):
    """How well one database is protected."""

    name: str
    protected_until: datetime | None = None
    """The latest instant it can be restored to."""
    proven_at: datetime | None = None
    deepest: Tick = Tick.NONE
    age_s: float | None = None
    """Seconds since ``protected_until``."""
    rpo_s: float = 0.0
    """The agreed loss, in seconds."""
    ok: bool = False
    because: Problem
    set: str | None = None
    """The set that protects it."""
    restored_at: datetime | None = None
    """The last proven restore."""
    restore_s: float | None = None
    """How long it took (the measured RTO)."""
    size_bytes: int = 0
    growth_bytes_per_day: float | None = None
    median_s: float | None = None
    """Median duration of its backups."""
    sizes: tuple[tuple[datetime, int], ...] = ()
    """Newest last, for charts: instant, size of the content in bytes."""


class Health(Record, frozen=True, kw_only=True):
    """Whether all is well, and why (not)."""

    level: Level
    said: Problem
    """One sentence on top."""
    databases: dict[str, DatabaseHealth] = msgspec.field(default_factory=dict)
    alarms: tuple[Problem, ...] = ()
    """Worst first; severity info is no alarm but worth knowing."""
    at: datetime
    free_bytes: int | None = None
    full_on: date | None = None
    """When the disk is full if it goes on like this."""
    restore_all_s: float | None = None
    """How long restoring everything would take, from measured restores."""
    restored_at: datetime | None = None
    """The oldest of the databases' last proven restores."""
    verified_at: datetime | None = None
    success_percent: int | None = None


def merged(alarms: Sequence[Problem]) -> tuple[Problem, ...]:
    """The same, where one that is told of several databases in the same words is told once, naming them all.

    Databases of one set are backed up a moment after one another: such are told with the earliest of these instants.
    """
    found: dict[tuple[object, ...], Problem] = {}
    for one in alarms:
        own = {"database", "since"} if "set" in one.values else {"database"}
        rest = sorted((key, str(value)) for key, value in one.values.items() if key not in own)
        key = (one.code, one.severity, *rest)
        if key in found and "database" in one.values:
            found[key] = _together(found[key], one)
        else:
            found[key] = one
    return tuple(found.values())


def _together(first: Problem, second: Problem) -> Problem:
    """One alarm of the databases of both."""
    values = {**second.values, "database": f"{first.values['database']}, {second.values['database']}"}
    if "since" in values:
        values["since"] = min(str(first.values["since"]), str(second.values["since"]), key=datetime.fromisoformat)
    return msgspec.structs.replace(second, values=values)


class AuditRow(Record, frozen=True, kw_only=True):
    """What was done, as the application's own audit table is told of it."""

    at: datetime
    who: str
    action: str
    """backup, restore …; at most 20 characters."""
    result: str
    """As `Status`."""
    target: str = ""
    """The set."""
    detail: str = ""
    error: str = ""
    """What did not go well, in the reader's language."""
