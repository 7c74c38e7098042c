"""Backup sets as the catalogue tells them, made up: what health is judged by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rexus.modules.backup.base.records import BackupKind, Origin, Problem, SetStatus, Tick
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.catalog.index import ChainFacts, DatabaseSummary, SetSummary
from rexus.modules.backup.config.settings import Health as Agreed
from rexus.modules.backup.config.settings import Schedule, Settings
from rexus.modules.backup.watch.health import HealthFacts
from rexus.modules.backup.watch.tasks import TaskStatus

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
NIGHT = Schedule(name="noche", action="backup", times=("02:00",), zone="UTC")
SETTINGS = Settings(schedules=(NIGHT,), health=Agreed(free_bytes=1_000))
NAMES = ("users", "inventario")


def ago(days: float = 0.0, **more: float) -> datetime:
    """An instant before now."""
    return NOW - timedelta(days=days, **more)


def held(
    at: datetime,
    *,
    tick: Tick = Tick.CONTENT,
    status: SetStatus = SetStatus.COMPLETED,
    size: int = 50_000_000,
    seconds: float = 20.0,
    checked: datetime | None = None,
    restored: datetime | None = None,
    restored_s: float = 0.0,
    failed_depth: str | None = None,
    kind: BackupKind = BackupKind.FULL,
    chain: ChainFacts | None = None,
) -> DatabaseSummary:
    """One database of a set."""
    done = status is SetStatus.COMPLETED
    return DatabaseSummary(
        status=status,
        tick=tick if done else Tick.NONE,
        size_bytes=size,
        stored_bytes=size // 4,
        file=f"databases/{at:%Y%m%d_%H%M%S}.bak.gz" if done else None,
        kind=kind,
        started_at=at.isoformat(),
        seconds=seconds,
        proven_at=(checked or at).isoformat() if done and tick is not Tick.NONE else None,
        restored_at=restored.isoformat() if restored else None,
        restored_s=restored_s,
        failed_depth=failed_depth,
        chain=chain,
    )


def made(
    at: datetime,
    *,
    names: tuple[str, ...] = NAMES,
    status: SetStatus = SetStatus.COMPLETED,
    origin: Origin = Origin.SCHEDULED,
    databases: dict[str, DatabaseSummary] | None = None,
    code: str | None = None,
    **of_each: object,
) -> SetSummary:
    """One set; ``of_each`` are arguments of `held` for all its databases."""
    found = databases
    if found is None:
        found = {name: held(at, status=status, **of_each) for name in names}  # type: ignore[arg-type]
    return SetSummary(
        set=f"{at:%Y%m%d_%H%M%S}",
        timestamp=at.isoformat(),
        kind=BackupKind.FULL,
        status=status,
        origin=origin,
        tick=Tick.FAILED if any(one.tick is Tick.FAILED for one in found.values()) else Tick.CONTENT,
        pinned=None,
        databases=found,
        stored_bytes=sum(one.stored_bytes for one in found.values()),
        last_checked_at=max((one.proven_at or at.isoformat() for one in found.values()), default=None),
        deleting=False,
        seconds=40.0,
        code=code,
    )


def nights(count: int, first: float = 0.0, **of_each: object) -> list[SetSummary]:
    """A set of each of so many nights, newest first; restored as a test in the newest."""
    return [made(ago(first + number, hours=7), **of_each) for number in range(count)]


def proved(sets: list[SetSummary]) -> list[SetSummary]:
    """The same after a restore test of the newest."""
    at = datetime.fromisoformat(sets[0].timestamp)
    done = {name: held(at, tick=Tick.RESTORED, restored=at, restored_s=5.0) for name in sets[0].databases}
    return [made(at, databases=done), *sets[1:]]


def ran(
    at: datetime, state: RunState = RunState.OK, name: str = "noche", action: str = "backup", **more: object
) -> Run:
    """A run of a schedule that was due ``at``."""
    wall = f"{at:%Y-%m-%dT%H:%M}"
    return Run(schedule=name, action=action, wall=wall, due=at, state=state, at=at + timedelta(minutes=1), **more)  # type: ignore[arg-type]


def facts(sets: list[SetSummary], **more: object) -> HealthFacts:
    """Facts of a place where all is well but for what is said."""
    last = ago(hours=7)
    usual: dict[str, object] = {
        "root": "/copias",
        "settings": SETTINGS,
        "databases": NAMES,
        "sets": tuple(sets),
        "runs": (ran(last),),
        "task": TaskStatus(installed=True, kind="systemd"),
        "free_bytes": 10**12,
    }
    return HealthFacts(**{**usual, **more})  # type: ignore[arg-type]


def codes(alarms: tuple[Problem, ...]) -> list[str]:
    """The codes alone."""
    return [one.code for one in alarms]
