"""One set as a line of lists: what the rules, the lists and the judgements need of its manifest. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from ..base.records import BackupKind, DatabaseBackup, Depth, FileSetBackup, Manifest, Origin, Record, SetStatus, Tick
from .failings import failing, last_checked, whole_files
from .ticks import counting, tick_of_database, tick_of_set

_KINDS = ("config", "application")


class ChainFacts(Record, frozen=True, kw_only=True, gc=False, array_like=True):
    """What tells which other backups a differential or log backup needs; the members are those of `EngineFacts`."""

    engine: str = ""
    server: str = ""
    version: str = ""
    database: str = ""
    backup_set_guid: str | None = None
    differential_base_guid: str | None = None
    differential_base_lsn: str | None = None
    checkpoint_lsn: str | None = None
    first_lsn: str | None = None
    last_lsn: str | None = None
    family_guid: str | None = None
    copy_only: bool = False
    recovery_model: str | None = None
    recovery_fork_guid: str | None = None
    first_fork_guid: str | None = None
    fork_point_lsn: str | None = None
    database_backup_lsn: str | None = None
    wall_started_at: datetime | None = None
    wall_finished_at: datetime | None = None
    bulk_logged: bool = False
    tail: bool = False
    begins_log_chain: bool = False


class DatabaseSummary(Record, frozen=True, kw_only=True, gc=False, array_like=True):
    """One database of a set, for lists and judgements. Instants are ISO 8601, UTC."""

    status: SetStatus
    tick: Tick
    size_bytes: int
    stored_bytes: int
    file: str | None
    kind: BackupKind = BackupKind.FULL
    server_file: str | None = None
    """Where the server keeps it, when nobody else sees it."""
    started_at: str | None = None
    """The instant that its content is of."""
    seconds: float = 0.0
    proven_at: str | None = None
    """The newest passed check of the present bytes."""
    restored_at: str | None = None
    """The newest passed restore test or restore."""
    restored_s: float = 0.0
    """How long that took, in seconds."""
    failed_depth: str | None = None
    """The depth of a check that failed and was not made good."""
    chain: ChainFacts | None = None
    tested_at: str | None = None
    """The newest restore test or restore, whatever it came to."""
    damaged: bool = False
    """A check found damage that no later one made good."""
    failed_at: str | None = None
    """Since when that is known; None where no clock can be believed."""
    absent: bool = False
    """Its stored file was not there when it was looked for last."""
    absent_at: str | None = None
    """Since when that is noted; None where no clock can be believed."""
    code: str | None = None
    """What kept it from being completed."""
    stripes: tuple[tuple[str, int], ...] = ()
    """Where it has several files: name and stored bytes of each; sizes are those of all of them."""

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Every stored file with its bytes; none where only its server has it."""
        return self.stripes or (((self.file, self.stored_bytes),) if self.file is not None else ())

    @property
    def on_server(self) -> bool:
        """Kept where only the server sees it."""
        return self.server_file is not None


class SetSummary(Record, frozen=True, kw_only=True, gc=False, array_like=True):
    """One set, for lists."""

    set: str
    timestamp: str
    """When it began: ISO 8601, UTC."""
    kind: BackupKind
    status: SetStatus
    origin: Origin
    tick: Tick
    pinned: str | None
    """Name of the pin (may be empty), or None."""
    pinned_until: str | None = None
    databases: dict[str, DatabaseSummary]
    stored_bytes: int
    """Of all databases and copied files."""
    last_checked_at: str | None
    """The oldest of its databases' newest checks (ISO 8601, UTC); None while one was never checked."""
    deleting: bool
    zone: str = ""
    seconds: float = 0.0
    files: bool = False
    """Whether it holds the application's files and configuration, both complete and not found damaged."""
    code: str | None = None
    """Code of its first problem, where it did not complete."""
    requested_by: str = ""
    copied: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    """Copied files that can come back, by ``config`` and ``application``: how many, and their bytes."""


def summary_of(manifest: Manifest) -> SetSummary:
    """The line of a set in lists."""
    databases = {name: _database_summary(one) for name, one in manifest.databases.items()}
    parts = (manifest.config, manifest.application)
    copied = sum(copy.size_bytes for part in parts if part is not None for copy in part.files)
    pin = manifest.pin
    checked = last_checked(manifest.databases.values())
    return SetSummary(
        set=manifest.timestamp,
        timestamp=_iso(manifest.started_at),
        kind=manifest.type,
        status=manifest.status,
        origin=manifest.origin,
        tick=tick_of_set(manifest),
        pinned=pin.name if pin else None,
        pinned_until=_iso(pin.until) if pin and pin.until else None,
        databases=databases,
        stored_bytes=copied + sum(one.stored_bytes for one in databases.values()),
        last_checked_at=_iso(checked) if checked else None,
        deleting=manifest.deleting_since is not None,
        zone=manifest.zone,
        seconds=manifest.seconds,
        files=all(part is not None and whole_files(part) for part in parts),
        code=manifest.problems[0].code if manifest.problems else None,
        requested_by=manifest.requested_by,
        copied={kind: _copied(part) for kind, part in zip(_KINDS, parts, strict=True) if _comes_back(part)},
    )


def _comes_back(part: FileSetBackup | None) -> bool:
    """Whether it holds something: files, or that there were none where a restore put some."""
    return part is not None and whole_files(part) and bool(part.files or part.absent)


def _copied(part: FileSetBackup | None) -> tuple[int, int]:
    files = [one for one in part.files if not one.folder] if part is not None else []
    return len(files), sum(one.size_bytes for one in files)


def _database_summary(one: DatabaseBackup) -> DatabaseSummary:
    passed = [check for check in counting(one.checks, one.stored_sha256) if check.ok]
    proven = max(passed, key=lambda check: check.at, default=None)
    restored = [check for check in passed if check.depth is Depth.RESTORED]
    tested = max(restored, key=lambda check: check.at, default=None)
    tests = [check.at for check in one.checks if check.depth is Depth.RESTORED]
    tick = tick_of_database(one)
    wrong = failing(one.checks, one.stored_sha256, one.started_at)
    facts = one.facts
    chained = facts is not None and (facts.backup_set_guid or facts.last_lsn or facts.recovery_model)
    return DatabaseSummary(
        status=one.status,
        tick=tick,
        size_bytes=one.whole_bytes,
        stored_bytes=sum(piece.stored_bytes for piece in one.pieces),
        file=one.file,
        kind=one.kind,
        server_file=one.server_file,
        started_at=_iso(one.started_at) if one.started_at else None,
        seconds=one.seconds,
        proven_at=_iso(proven.at) if proven else None,
        restored_at=_iso(tested.at) if tested else None,
        restored_s=tested.seconds if tested else 0.0,
        failed_depth=next((c.depth.value for c in reversed(one.checks) if not c.ok), None)
        if tick is Tick.FAILED
        else None,
        chain=msgspec.convert(facts, ChainFacts, from_attributes=True) if chained else None,
        tested_at=_iso(max(tests)) if tests else None,
        damaged=wrong.damage is not None,
        failed_at=_iso(wrong.damaged_at) if wrong.damaged_at else None,
        absent=wrong.absence is not None,
        absent_at=_iso(wrong.absent_at) if wrong.absent_at else None,
        code=one.problem.code if one.problem else None,
        stripes=tuple((each.file, each.stored_bytes) for each in one.pieces if each.file) if one.stripes else (),
    )


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
