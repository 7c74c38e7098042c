"""Instants of a restore and the server's wall clock, over the change of the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rexus.modules.backup.base.engine_facts import EngineFacts
from rexus.modules.backup.base.records import BackupKind, DatabaseBackup, SetStatus
from rexus.modules.backup.engines.port_server import ChainPlan, StoredBackup
from rexus.modules.backup.engines.sqlserver_chain import chain
from rexus.modules.backup.engines.sqlserver_facts import ServerFacts

WINTER = ServerFacts(
    name="S", machine="S", version="16.0.1000", edition="Standard", engine_edition=2, platform="Windows",
    collation="", backup_folder="", data_folder="", log_folder="", compresses_by_default=False,
    utc_offset_minutes=60, time=None, login="sa", is_sysadmin=True, is_dbcreator=True, may_create=True,
    may_view_state=True, may_kill=True,
)  # fmt: skip
BEGIN = datetime(2026, 10, 20, 10, 0, tzinfo=UTC)


def held(number: int, kind: BackupKind, first: int, last: int, offset: int = 2) -> StoredBackup:
    """A backup finished ``number`` hours after the begin, on a server ``offset`` hours ahead of UTC."""
    done = BEGIN + timedelta(hours=number)
    wall = (done + timedelta(hours=offset)).replace(tzinfo=None)
    facts = EngineFacts(
        engine="sqlserver", version="16.0.1", database="users", first_lsn=str(first), last_lsn=str(last),
        checkpoint_lsn=str(first), backup_set_guid=f"set-{number}", family_guid="f", recovery_fork_guid="r",
        first_fork_guid="r", wall_started_at=wall, wall_finished_at=wall, recovery_model="FULL",
    )  # fmt: skip
    backup = DatabaseBackup(
        status=SetStatus.COMPLETED, kind=kind, file=f"databases/{number}.bak", completed_at=done, facts=facts
    )
    return StoredBackup(set=f"s{number}", name="users", backup=backup)


def planned(at: datetime) -> ChainPlan:
    chained = (
        held(0, BackupKind.FULL, 100, 110),
        held(1, BackupKind.LOG, 100, 120),
        held(2, BackupKind.LOG, 120, 130),
        held(240, BackupKind.LOG, 130, 140, offset=1),
    )
    return chain(WINTER, "users", chained, "s240", at)


def test_an_instant_of_summer_time_is_stopped_at_by_the_clock_of_then() -> None:
    found = planned(BEGIN + timedelta(hours=1, minutes=30))

    assert not found.refusals
    stops = {step.stop_at for step in found.steps if step.stop_at is not None}
    assert stops == {datetime(2026, 10, 20, 13, 30)}
    assert found.reaches_at == BEGIN + timedelta(hours=1, minutes=30)


def test_an_instant_of_winter_time_by_the_clock_of_now() -> None:
    found = planned(BEGIN + timedelta(hours=239))

    assert not found.refusals
    stops = {step.stop_at for step in found.steps if step.stop_at is not None}
    assert stops == {(BEGIN + timedelta(hours=240)).replace(tzinfo=None)}
