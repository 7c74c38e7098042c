"""Gather what health is judged by, with one look at each thing; changes nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import BackupError
from ..base.files import PARTIAL, in_the_way, os_path
from ..base.records import Finding, Problem, SetStatus
from ..base.watching import Occurrence, Run
from ..catalog.index import SetSummary
from ..config.known_roots import vanished
from ..jobs.drill_record import read_tests
from ..jobs.kit import LOGS
from ..jobs.lease import who_holds
from ..jobs.listing import Glance
from ..jobs.lost_manifests import lost_manifests
from ..jobs.preflight import denied_logs, open_restores
from .ailing import ailing
from .known import HealthFacts, error, warning
from .outbox import undelivered
from .runs import FULL, Runs
from .whose import owner_of

if TYPE_CHECKING:
    from ..config.settings import Schedule
    from ..jobs.drill_record import LastTest
    from ..jobs.holdings import Presence
    from ..jobs.kit import Kit
    from .tasks import Tasks, TaskStatus

_LOGS = "check.logs_denied"
_LOST = frozenset(
    {
        "source.missing",
        "source.folder",
        "source.empty",
        "source.foreign",
        "source.encrypted",
        "source.truncated",
        "source.corrupt",
    }
)
"""What leaves nothing to work with, seen at first sight; one that is only locked or hidden from us may be whole."""
_UNREADABLE = "catalog.unreadable"
_SKEW = timedelta(minutes=10)
_WINDOW = timedelta(days=31)
"""As far back as a runner looks for what it has to catch up."""


def gather(
    kit: Kit,
    runs: Callable[[], Sequence[Run]],
    tasks: Callable[[], Tasks],
    *,
    writes: bool = True,
    glance: Glance | None = None,
) -> HealthFacts:
    """What is known now; trouble in finding it out is among the facts.

    ``writes``: whether whoever asks is to be able to write to the backup folder, so that it is tried. ``glance``: the
    look at the sets that others judge by too.
    """
    glance = glance or Glance(kit.catalog, kit)
    listing = glance.found
    settings = kit.loaded.settings
    trouble: list[Problem] = []
    task: TaskStatus | None = None
    if any(one.enabled for one in settings.schedules):
        with _noting(trouble):
            task = tasks().status()
    hidden = _hidden(kit, listing.problems)
    if hidden is not None:  # then whatever is in it is unknown, and not absent
        return _unseen(kit, hidden, task, trouble)
    past, tests = _by_logs(kit, runs, trouble, writes=writes)
    free: int | None = None
    with _noting(trouble):
        free = kit.store.free_bytes()
    with contextlib.suppress(OSError):
        trouble += [Problem(code=one.code, severity=one.severity, values=one.values) for one in open_restores(kit)]
    is_there = _presence(glance, trouble)
    trouble += lost_manifests(is_there, kit.root, listing.sets) if is_there is not None else ()
    return HealthFacts(
        root=str(kit.root),
        settings=settings,
        databases=kit.loaded.database_names,
        sets=listing.sets,
        absent=_absent(is_there, listing.sets),
        problems=listing.problems,
        tests=tests,
        runs=past or (),
        due=_due(kit, settings.schedules, past) if past is not None else (),
        task=task,
        free_bytes=free,
        live=_live(kit, listing.sets),
        ailing=ailing(kit, listing.sets),
        same_disk=_same_disk(kit),
        holder=who_holds(kit.root),
        trouble=(*trouble, *_zone(settings.schedules)),
        undelivered=undelivered(kit.root),
    )


def _unseen(kit: Kit, hidden: Problem, task: TaskStatus | None, trouble: Sequence[Problem]) -> HealthFacts:
    """What is known where the backup folder can't be looked into."""
    settings = kit.loaded.settings
    return HealthFacts(
        root=str(kit.root),
        settings=settings,
        databases=kit.loaded.database_names,
        hidden=hidden,
        task=task,
        live=_live(kit, ()),
        trouble=(*trouble, *_zone(settings.schedules)),
    )


def _hidden(kit: Kit, problems: tuple[Problem, ...]) -> Problem | None:
    """Why nothing can be told of the backup folder: it is not there, not the one it was, or can't be read."""
    unreadable = next((one for one in problems if one.code == _UNREADABLE), None)
    if unreadable is not None:
        return unreadable
    if in_the_way(kit.root) is not None:
        return error(_UNREADABLE, path=str(kit.root), reason=os.strerror(errno.ENOTDIR))
    gone = vanished(kit.loaded)
    if gone is not None:
        return gone
    return None if os.path.isdir(os_path(kit.root)) else error("health.no_folder", path=str(kit.root))  # noqa: PTH112


def _by_logs(
    kit: Kit, runs: Callable[[], Sequence[Run]], trouble: list[Problem], *, writes: bool
) -> tuple[tuple[Run, ...] | None, dict[str, LastTest]]:
    """What the folder of logs tells: the runs so far, None where that is not known, and the last restore tests."""
    denied = _unwritable(kit) if writes else []
    trouble += denied
    if not os.access(os_path(kit.root / LOGS), os.R_OK | os.X_OK) and any(one.code == _LOGS for one in denied):
        return None, {}  # told by that
    past: tuple[Run, ...] | None = None
    with _noting(trouble):
        soon = kit.clock.now() + _SKEW
        past = tuple(one for one in runs() if one.due <= soon)  # what a clock that was ahead ran says nothing of today
    tests, damaged = read_tests(kit.root)
    trouble += damaged
    return past, tests


def _unwritable(kit: Kit) -> list[Problem]:
    """That the next run can't write there, as warnings; proven with a real file. A full disk is told as low space."""
    trial = kit.root / f".ready-{uuid.uuid4().hex[:12]}{PARTIAL}"
    try:
        kit.files.create(trial).close()
        kit.files.unlink(trial)
    except OSError as met:
        if met.errno not in FULL:
            return [warning("check.root_denied", path=str(kit.root), why=met.strerror or type(met).__name__)]
    return [warning(one.code, **one.values) for one in denied_logs(kit)]


@contextlib.contextmanager
def _noting(trouble: list[Problem]) -> Iterator[None]:
    """What can't be found out is told, as a warning."""
    try:
        yield
    except BackupError as met:
        trouble.append(warning(met.code, **met.values))


def _presence(glance: Glance, trouble: list[Problem]) -> Presence | None:
    """Which stored files are there; None while the store can't be looked at."""
    with _noting(trouble):
        return glance.presence
    return None


def _absent(is_there: Presence | None, sets: Sequence[SetSummary]) -> frozenset[tuple[str, str]]:
    """Backups whose file is not there; all of them while nobody can tell (``is_there``: None)."""
    return frozenset(
        (one.set, name)
        for one in sets
        if is_there is None or not is_there.is_exact(one)
        for name, backup in one.databases.items()
        if (backup.file is not None or backup.on_server) and (is_there is None or not is_there(backup))
    )


def _due(kit: Kit, schedules: Sequence[Schedule], runs: Sequence[Run]) -> tuple[Occurrence, ...]:
    """What was due and is not answered by a newer run, since each schedule is known in its present form."""
    from .schedule import fingerprint, occurrences

    now = kit.clock.now()
    known = Runs(kit.root / "logs", kit.files, kit.clock, owner=owner_of(kit.loaded.path))
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


def _live(kit: Kit, sets: Sequence[SetSummary]) -> dict[str, Problem]:
    """The databases that are not there or none any more; a look at the beginning of each file, and no further."""
    if kit.engine.capabilities.server_side:
        return {}
    lost: dict[str, Problem] = {}
    for ref in kit.engine.databases():
        findings: tuple[Finding, ...] = ()
        with contextlib.suppress(BackupError, OSError):
            findings = kit.engine.preflight(ref)
        for one in findings:
            if one.code in _LOST:
                lost[ref.name] = Problem(
                    code=one.code, values={**one.values, **_elsewhere(kit, ref.name, ref.location, sets)}
                )
    return lost


def _elsewhere(kit: Kit, name: str, place: str, sets: Sequence[SetSummary]) -> dict[str, str]:
    """Where the database of the newest copy lives, where that is another place than the settings say by now."""
    held = [one for one in sets if name in one.databases]
    copied = [one for one in held if one.databases[name].status is SetStatus.COMPLETED]
    with contextlib.suppress(BackupError, OSError, ValueError, KeyError):
        source = kit.catalog.load(max(copied, key=lambda one: one.set).set).databases[name].source
        if source and source != place and Path(source).is_file():
            return {"was": source}
    return {}


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
