"""Sets as a server with differential and log backups would leave them: numbers of the log, times, reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rexus.modules.backup.base.engine_facts import EngineFacts
from rexus.modules.backup.base.records import (
    BackupKind,
    Check,
    DatabaseBackup,
    Depth,
    Manifest,
    Origin,
    Problem,
    SetStatus,
)
from rexus.modules.backup.catalog.summary import SetSummary, summary_of

FULL, DIFFERENTIAL, LOG = BackupKind.FULL, BackupKind.DIFFERENTIAL, BackupKind.LOG
MIDNIGHT = datetime(2025, 10, 24, tzinfo=UTC)


class Server:
    """Takes backups of one database, as numbered by its log; a clock and the numbers go on by themselves."""

    def __init__(self, midnight: datetime = MIDNIGHT, database: str = "inventario") -> None:
        self.midnight, self.database = midnight, database
        self.sets: list[SetSummary] = []
        self.lsn, self.logged = 1000, 1000
        """Where the log is now, and until where it was backed up."""
        self.base, self.family, self.fork = "", "family", "fork"
        self.model = "FULL"

    def at(self, hours: float) -> datetime:
        return self.midnight + timedelta(hours=hours)

    def full(self, hours: float, *, copy_only: bool = False, **more: object) -> SetSummary:
        self.lsn += 100
        guid = f"guid-{self.lsn}"
        self.base = self.base if copy_only else guid
        facts = {"backup_set_guid": guid, "checkpoint_lsn": str(self.lsn), "copy_only": copy_only}
        return self._set(hours, FULL, facts | {"first_lsn": str(self.lsn), "last_lsn": str(self.lsn + 1)}, **more)

    def differential(self, hours: float, *, base: str | None = None, **more: object) -> SetSummary:
        self.lsn += 100
        facts = {"differential_base_guid": base if base is not None else self.base, "backup_set_guid": f"d{self.lsn}"}
        return self._set(
            hours, DIFFERENTIAL, facts | {"first_lsn": str(self.lsn), "last_lsn": str(self.lsn + 1)}, **more
        )

    def log(self, hours: float, *, lost: bool = False, **more: object) -> SetSummary | None:
        """``lost``: somebody else took it, and no set knows of it."""
        self.lsn += 100
        first, self.logged = self.logged, self.lsn
        if lost:
            return None
        return self._set(hours, LOG, {"first_lsn": str(first), "last_lsn": str(self.lsn)}, **more)

    def _set(
        self,
        hours: float,
        kind: BackupKind,
        facts: dict[str, object],
        *,
        status: SetStatus = SetStatus.COMPLETED,
        set_status: SetStatus | None = None,
        checks: tuple[tuple[Depth, bool], ...] = (),
        missing: bool = False,
        seconds: float = 0.0,
        size: int = 100_000_000,
        deleting: bool = False,
        origin: Origin = Origin.SCHEDULED,
    ) -> SetSummary:
        at = self.at(hours)
        name = at.strftime("%Y%m%d_%H%M%S")
        told = EngineFacts(
            engine="sqlserver",
            recovery_model=self.model,
            family_guid=self.family,
            recovery_fork_guid=self.fork,
            **facts,
        )
        made = [
            Check(
                depth=depth,
                at=at + timedelta(minutes=n + 1),
                ok=ok,
                seconds=2.0,
                problem=None if ok else Problem(code="archive.damaged"),
            )
            for n, (depth, ok) in enumerate(checks)
        ]
        if missing:
            made.append(Check(depth=Depth.STORED, at=at, ok=False, problem=Problem(code="store.missing")))
        backup = DatabaseBackup(
            status=status,
            kind=kind,
            file=f"databases/{self.database}_{name}.bak.gz" if status is SetStatus.COMPLETED else None,
            size_bytes=size,
            stored_bytes=size // 4,
            started_at=at,
            seconds=seconds,
            facts=told,
            checks=tuple(made),
        )
        manifest = Manifest(
            timestamp=name,
            type=kind,
            started_at=at,
            completed_at=at,
            status=set_status or status,
            databases={self.database: backup},
            origin=origin,
            deleting_since=at if deleting else None,
        )
        self.sets.append(summary_of(manifest))
        return self.sets[-1]


def a_day(midnight: datetime = MIDNIGHT) -> Server:
    """The day of the pictures: a gap from 09:12 to 10:03, because the database was switched to simple recovery."""
    server = Server(midnight)
    server.full(2, checks=((Depth.CONTENT, True), (Depth.RESTORED, True)), size=3_400_000_000)
    for quarter in range(9, 37):
        server.log(quarter / 4, size=40_000_000)
    server.log(9.2, size=40_000_000)
    server.model = "SIMPLE"
    server.log(9.5, status=SetStatus.FAILED)
    server.log(9.75, lost=True)
    server.model = "FULL"
    server.differential(10.05, size=200_000_000)
    server.logged = server.lsn
    for quarter in range(41, 59):
        if quarter == 48:
            server.differential(12, size=250_000_000)
        server.log(quarter / 4 + (0.01 if quarter == 48 else 0), size=30_000_000)
    return server
