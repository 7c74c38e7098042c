"""Gather what health is judged by, with one look at each thing; changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.records import Problem
from ..base.watching import Occurrence, Run
from ..catalog.index import SetSummary
from ..jobs.drill_record import read_tests
from ..jobs.holdings import Presence
from ..jobs.lease import who_holds
from ..jobs.preflight import open_restores
from .known import HealthFacts, warning
from .outbox import undelivered
from .runs import Runs

if TYPE_CHECKING:
    from ..config.settings import Schedule
    from ..jobs.kit import Kit
    from .tasks import Tasks, TaskStatus

_SKEW = timedelta(minutes=10)
_WINDOW = timedelta(days=31)
"""As far back as a runner looks for what it has to catch up."""


def gather(kit: Kit, runs: Callable[[], Sequence[Run]], tasks: Callable[[], Tasks]) -> HealthFacts:
    """What is known now; trouble in finding it out is among the facts."""
    listing = kit.catalog.entries()
    settings = kit.loaded.settings
    trouble: list[Problem] = []
    past: tuple[Run, ...] = ()
    with _noting(trouble):
        soon = kit.clock.now() + _SKEW
        past = tuple(one for one in runs() if one.due <= soon)  # what a clock that was ahead ran says nothing of today
    task: TaskStatus | None = None
    if any(one.enabled for one in settings.schedules):
        with _noting(trouble):
            task = tasks().status()
    tests, damaged = read_tests(kit.root)
    free: int | None = None
    with _noting(trouble):
        free = kit.store.free_bytes()
    with contextlib.suppress(OSError):
        trouble += [Problem(code=one.code, severity=one.severity, values=one.values) for one in open_restores(kit)]
    return HealthFacts(
        root=str(kit.root),
        settings=settings,
        databases=kit.loaded.database_names,
        sets=listing.sets,
        absent=_absent(kit, listing.sets, trouble),
        problems=listing.problems,
        tests=tests,
        runs=past,
        due=_due(kit, settings.schedules, past),
        task=task,
        free_bytes=free,
        same_disk=_same_disk(kit),
        holder=who_holds(kit.root),
        trouble=(*trouble, *damaged, *_zone(settings.schedules)),
        undelivered=undelivered(kit.root),
    )


@contextlib.contextmanager
def _noting(trouble: list[Problem]) -> Iterator[None]:
    """What can't be found out is told, as a warning."""
    try:
        yield
    except BackupError as met:
        trouble.append(warning(met.code, **met.values))


def _absent(kit: Kit, sets: Sequence[SetSummary], trouble: list[Problem]) -> frozenset[tuple[str, str]]:
    """Backups whose file is not there; all of them while the store can't be looked at."""
    is_there: Callable[..., bool] = bool  # of nothing: False
    with _noting(trouble):
        is_there = Presence(kit)
    return frozenset(
        (one.set, name)
        for one in sets
        for name, backup in one.databases.items()
        if (backup.file is not None or backup.on_server) and not is_there(backup)
    )


def _due(kit: Kit, schedules: Sequence[Schedule], runs: Sequence[Run]) -> tuple[Occurrence, ...]:
    """What was due and is not answered by a newer run, since each schedule is known in its present form."""
    from .schedule import fingerprint, occurrences

    now, known = kit.clock.now(), Runs(kit.root / "logs", kit.files, kit.clock)
    newest: dict[str, datetime] = {}
    for run in runs:
        newest[run.schedule] = max(run.due, newest.get(run.schedule, run.due))
    found: list[Occurrence] = []
    for one in schedules:
        with contextlib.suppress(LookupError, ValueError, OSError, BackupError):  # a zone that this system lacks
            since = known.since(one.name, fingerprint(one)) or _written(kit)
            found += occurrences((one,), max(since, newest.get(one.name, since), now - _WINDOW), now)
    return tuple(sorted(found, key=lambda one: (one.utc, one.schedule)))


def _written(kit: Kit) -> datetime:
    """When the settings were written: no runner has looked at that form of a schedule yet."""
    with contextlib.suppress(OSError):
        return datetime.fromtimestamp(kit.loaded.path.stat().st_mtime, UTC)
    return kit.clock.now()


def _same_disk(kit: Kit) -> str:
    """A database on the disk of the backup folder, or nothing."""
    if kit.engine.capabilities.server_side:
        return ""
    with contextlib.suppress(OSError):
        device = kit.root.stat().st_dev
        for ref in kit.engine.databases():
            with contextlib.suppress(OSError):
                if Path(ref.location).stat().st_dev == device:
                    return ref.name
    return ""


def _zone(schedules: Sequence[Schedule]) -> list[Problem]:
    """That TZ names a zone which nobody knows, where schedules go by it."""
    from .zones import unknown_zone

    name = unknown_zone() if any(one.enabled and one.zone is None for one in schedules) else ""
    return [warning("schedule.unknown_zone", zone=name)] if name else []
