"""What a restore would do, in what order, and what speaks against it: a function of values."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..base.records import (
    DatabaseBackup,
    Manifest,
    Problem,
    Record,
    RestorePlan,
    RestoreRequest,
    SetStatus,
    Severity,
    Step,
    Tick,
)
from ..engines.port import RestoreTarget

RATE_BYTES_PER_S = 60 * 1024 * 1024
"""Assumed until a restore was measured here: unpack, hash, sync, judge every page."""


class Wanted(Record, frozen=True, kw_only=True):
    """One database to bring back and the state of the place it shall go to."""

    name: str
    backup: DatabaseBackup
    target: RestoreTarget
    tick: Tick
    present: bool
    """Whether its stored file is there."""
    plain_only: bool = False
    """Of another engine, or of a server: only its plain backup file can be written."""
    foreign: bool = False
    """Of another engine than the configured one."""
    confirm_as: str = ""
    """What must be typed to overwrite the target: the database configured there, else the database's own name."""
    doubted: bool = False
    """A check of the present bytes failed before: it is judged page by page."""


class World(Record, frozen=True, kw_only=True):
    """What the planner may know of the outside."""

    now: datetime
    databases: tuple[Wanted, ...] = ()
    file_sets: tuple[tuple[str, str], ...] = ()
    """``(config|application, destination)``."""
    files_differing: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Existing files that a restore of a file set would overwrite, by ``config`` and ``application``."""
    files_left: tuple[str, ...] = ()
    """File sets of a whole set that are left as they are, because different files are in the way."""
    not_in_set: tuple[str, ...] = ()
    """Databases of a whole set that it holds no finished backup of."""
    folders_to_make: tuple[str, ...] = ()
    """Folders to restore to that do not exist."""
    file_bytes: int = 0
    bytes_free: int | None = None
    rate_bytes_per_s: float | None = None


def plan(request: RestoreRequest, manifest: Manifest, world: World) -> RestorePlan:
    """Steps, space, time, losses, warnings and refusals of ``request``; empty refusals mean that it may run."""
    needed = sum(one.backup.size_bytes * (2 if one.target.exists else 1) for one in world.databases) + world.file_bytes
    rate = world.rate_bytes_per_s or RATE_BYTES_PER_S
    age = (world.now - (manifest.completed_at or manifest.started_at)).total_seconds()
    refusals = [problem for one in world.databases for problem in _against(request, manifest, one)]
    refusals += against_files(request, world)
    if world.bytes_free is not None and needed > world.bytes_free:
        refusals.append(Problem(code="restore.no_space", values={"needed": needed, "free": world.bytes_free}))
    if manifest.deleting_since is not None:
        refusals.append(Problem(code="restore.being_deleted", values={"set": manifest.timestamp}))
    return RestorePlan(
        set=manifest.timestamp,
        steps=tuple(_steps(world)),
        bytes_needed=needed,
        bytes_free=world.bytes_free,
        seconds_expected=max(1.0, needed / rate),
        backup_age_s=age,
        lost=tuple(_lost(one, manifest, age) for one in world.databases if one.target.exists),
        warnings=tuple(_warnings(manifest, world, age)),
        refusals=tuple(refusals),
    )


def _steps(world: World) -> list[Step]:
    overwritten = [one for one in world.databases if one.target.exists and not one.plain_only]
    steps = [
        Step(
            code="unseal",
            name=one.name,
            source=one.backup.file or "",
            target=one.target.location,
            bytes=one.backup.size_bytes,
        )
        for one in world.databases
    ]
    steps += [Step(code="prove", name=one.name, target=one.target.location) for one in world.databases]
    steps += [Step(code="safety", name=one.name, source=one.target.location) for one in overwritten]
    steps += [Step(code="swap", name=one.name, target=one.target.location) for one in world.databases]
    steps += [Step(code="check", name=one.name, target=one.target.location) for one in world.databases]
    steps += [Step(code="files", name=kind, target=where) for kind, where in world.file_sets]
    return steps


def _against(request: RestoreRequest, manifest: Manifest, one: Wanted) -> list[Problem]:
    values: dict[str, str | int] = {"set": manifest.timestamp, "database": one.name, "target": one.target.location}
    if one.backup.status is SetStatus.COMPLETED and one.backup.file is None and one.backup.server_file is not None:
        files = ", ".join(str(piece.server_file) for piece in one.backup.pieces)
        return [Problem(code="restore.on_server_only", values={**values, "files": files})]
    if one.backup.status is not SetStatus.COMPLETED or one.backup.file is None:
        return [Problem(code="restore.not_in_set", values=values)]
    if not one.present:
        return [Problem(code="restore.file_missing", values={**values, "file": one.backup.file})]
    if one.backup.stripes:
        count = len(one.backup.pieces)
        return [Problem(code="restore.striped", values={**values, "count": count, "file": one.backup.file})]
    found: list[Problem] = []
    if one.target.exists and not (request.overwrite and one.confirm_as in request.confirmed):
        code = "restore.unconfirmed" if request.overwrite else "restore.exists"
        found.append(Problem(code=code, values={**values, "database": one.confirm_as}))
    if one.target.exists and one.target.in_use_by:
        found.append(Problem(code="target.in_use", values={**values, "who": ", ".join(one.target.in_use_by)}))
    if one.plain_only and request.to is None:
        found.append(Problem(code="restore.other_engine", values=values))
    return found


def against_files(request: RestoreRequest, world: World) -> list[Problem]:
    """Different files in the way need overwriting and the name of their file set."""
    found: list[Problem] = []
    for kind, where in world.file_sets:
        ways = world.files_differing.get(kind, ())
        if not ways or (request.overwrite and kind in request.confirmed):
            continue
        values: dict[str, str | int] = {"count": len(ways), "file": ways[0], "database": kind, "target": where}
        found.append(Problem(code="restore.unconfirmed" if request.overwrite else "restore.files_exist", values=values))
    return found


def _lost(one: Wanted, manifest: Manifest, age_s: float) -> Problem:
    """What overwriting costs: everything written since the backup began."""
    began = one.backup.started_at or manifest.started_at
    changed = one.target.modified_at is not None and one.target.modified_at > began
    code = "restore.lost_changes" if changed else "restore.lost_unknown" if age_s < 0 else "restore.lost_nothing"
    values: dict[str, str | int] = {
        "database": one.confirm_as or one.name,
        "age_s": int(age_s),
        "bytes_now": one.target.bytes,
        "bytes_then": one.backup.size_bytes,
        "since": began.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
    }
    severity = Severity.INFO if code == "restore.lost_nothing" else Severity.WARNING
    return Problem(code=code, severity=severity, values=values)


def _warnings(manifest: Manifest, world: World, age_s: float) -> list[Problem]:
    found: list[Problem] = []
    for one in world.databases:
        values: dict[str, str | int] = {"set": manifest.timestamp, "database": one.name}
        if one.tick is Tick.FAILED:
            found.append(Problem(code="restore.check_failed_before", severity=Severity.WARNING, values=values))
        elif one.tick is Tick.NONE:
            found.append(Problem(code="restore.never_checked", severity=Severity.WARNING, values=values))
        if one.plain_only:
            code = "restore.plain_only" if one.foreign else "restore.plain_file"
            told = {**values, "target": one.target.location}
            found.append(Problem(code=code, severity=Severity.WARNING, values=told))
    found += left_out(manifest, world)
    for path in world.folders_to_make:
        found.append(Problem(code="restore.makes_folder", severity=Severity.INFO, values={"path": path}))
    if age_s < 0:
        values = {"set": manifest.timestamp}
        found.append(Problem(code="restore.from_future", severity=Severity.WARNING, values=values))
    return found


def left_out(manifest: Manifest, world: World) -> list[Problem]:
    """What a restore of a whole set does not bring back, as warnings."""
    found: list[Problem] = []
    for name in world.not_in_set:
        told: dict[str, str | int] = {"set": manifest.timestamp, "database": name}
        found.append(Problem(code="restore.not_in_set", severity=Severity.WARNING, values=told))
    for kind in world.files_left:
        told = {"set": manifest.timestamp, "name": kind}
        found.append(Problem(code="restore.files_left", severity=Severity.WARNING, values=told))
    return found
