"""What a new log backup stands on is read from the index: the same headers, and nothing older than it needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from rexus.modules.backup.base.engine_facts import EngineFacts
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupKind, Check, DatabaseBackup, Depth, Manifest, Problem, SetStatus
from rexus.modules.backup.catalog.index import Catalog
from rexus.modules.backup.engines.sqlserver_chain import piece_at
from rexus.modules.backup.jobs.held import held, outlined
from rexus.modules.backup.stores.folder import FolderStore

FULL, DIFFERENTIAL, LOG = BackupKind.FULL, BackupKind.DIFFERENTIAL, BackupKind.LOG
BEGAN = datetime(2026, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def kit(tmp_path):
    (tmp_path / "databases").mkdir()
    files = RealFiles()
    return SimpleNamespace(root=tmp_path, catalog=Catalog(tmp_path, files), store=FolderStore(tmp_path, files))


def add(kit, number: int, kind: BackupKind = LOG, *, aside: bool = False, damaged: bool = False) -> str:
    """One set more, a quarter of an hour after the one before."""
    at = BEGAN + timedelta(minutes=15 * number)
    name, wall = at.strftime("%Y%m%d_%H%M%S"), at.replace(tzinfo=None)
    file = f"databases/users_{name}.bak"
    (kit.root / file).write_bytes(b"x")
    facts = EngineFacts(
        engine="sqlserver",
        server="SRV",
        version="16.0.4135",
        database="erp_users",
        recovery_model="FULL",
        first_lsn=f"{10**20 + number}",
        last_lsn=f"{10**20 + number + 1}",
        checkpoint_lsn=f"{10**20 + number}",
        database_backup_lsn=f"{10**20}",
        differential_base_guid="base" if kind is DIFFERENTIAL else None,
        backup_set_guid=f"guid-{number}",
        family_guid="family",
        recovery_fork_guid="fork",
        first_fork_guid="fork",
        fork_point_lsn="7",
        wall_started_at=wall,
        wall_finished_at=wall + timedelta(seconds=3),
        copy_only=aside,
        bulk_logged=number == 3,
        tail=number == 4,
        begins_log_chain=number == 1,
    )
    wrong = Problem(code="bak.truncated", values={"offset": 1})
    checks = (Check(depth=Depth.CONTENT, at=at, ok=False, database="users", problem=wrong),) if damaged else ()
    backup = DatabaseBackup(
        status=SetStatus.COMPLETED,
        kind=kind,
        file=file,
        size_bytes=1,
        stored_bytes=1,
        started_at=at,
        completed_at=at + timedelta(seconds=3),
        seconds=3.0,
        facts=facts,
        checks=checks,
    )
    told = Manifest(timestamp=name, type=kind, started_at=at, status=SetStatus.COMPLETED, databases={"users": backup})
    kit.catalog.publish(told)
    return name


def test_the_index_tells_of_each_backup_what_its_manifest_does(kit):
    for number, kind in enumerate((FULL, LOG, DIFFERENTIAL, LOG, LOG)):
        add(kit, number, kind)
    whole, told = held(kit, "users"), outlined(kit, "users")

    assert [one.set for one in told] == [one.set for one in whole]
    pieces = [[piece_at(one, 0) for one in each] for each in (told, whole)]
    assert [one.header for one in pieces[0]] == [one.header for one in pieces[1]]
    assert [(one.missing, one.problem) for one in pieces[0]] == [(False, None)] * 5


def test_what_is_gone_or_damaged_is_told_and_no_base(kit):
    oldest = add(kit, 0, FULL)
    middle = add(kit, 1, FULL, damaged=True)
    lost = add(kit, 2, FULL)
    add(kit, 3)
    Path(kit.root / f"databases/users_{lost}.bak").unlink()
    told = {one.set: (one.present, one.damaged) for one in outlined(kit, "users")}

    assert (told[lost], told[middle], told[oldest]) == ((False, False), (True, True), (True, False))


def test_nothing_older_is_looked_at_than_the_second_base_before(kit):
    older = [add(kit, number, kind) for number, kind in enumerate((FULL, LOG, LOG))]
    needed = [add(kit, 10 + number, kind) for number, kind in enumerate((FULL, LOG, FULL, LOG))]
    aside = add(kit, 20, FULL, aside=True)
    told = [one.set for one in outlined(kit, "users")]

    assert told == [aside, *reversed(needed)]
    assert not set(older) & set(told)
