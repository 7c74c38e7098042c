"""Backups from a folder of files, from msdb and from our own manifests, and the same backup from several of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from engines.chain_held import codes, guids, held, sets, spoilt
from engines.chain_server import Server, history_row

from rexus.modules.backup.base.engine_facts import EngineFacts
from rexus.modules.backup.base.records import (
    BackupKind,
    Check,
    DatabaseBackup,
    Depth,
    Problem,
    SetStatus,
)
from rexus.modules.backup.engines.chain import Holdings, plan
from rexus.modules.backup.engines.chain_pieces import Stripe, gathered
from rexus.modules.backup.engines.chain_sources import from_file, from_history, from_manifest
from rexus.modules.backup.engines.chain_target import LATEST, instant
from rexus.modules.backup.engines.headers import MediaLabel

MADRID = ZoneInfo("Europe/Madrid")


def a_chain() -> Server:
    server = Server()
    server.write(2)
    server.full(stripes=2)
    server.write(2)
    server.differential()
    server.write(2)
    server.log(stripes=3)
    return server


def files(server: Server) -> list:
    """As whoever reads a folder finds them: each file by itself, in no order."""
    found = []
    for piece in reversed(server.pieces):
        for stripe in reversed(piece.stripes):
            label = MediaLabel(media_set_id="m", family_count=piece.family_count, family_sequence=stripe.sequence)
            found.append(from_file(piece.header, label, stripe.place))
    return found


def test_files_of_a_folder_are_joined_to_sets() -> None:
    server = a_chain()
    steps = plan(Holdings(pieces=tuple(files(server))), LATEST)
    assert sets(steps) == guids(*server.pieces)
    assert [one.stripes for one in steps.pieces] == [one.stripes for one in server.pieces]


def test_a_good_copy_of_a_file_helps_wherever_it_is() -> None:
    server = a_chain()
    found = files(server)
    copy = msgspec.structs.replace(found[0], stripes=(Stripe(place="E:\\copy\\3.trn", sequence=3),))
    bad = msgspec.structs.replace(found[0], problem=Problem(code="archive.damaged"))
    assert sets(plan(Holdings(pieces=(bad, *found[1:], copy)), LATEST)) == guids(*server.pieces)
    alone = plan(Holdings(pieces=(bad, *found[1:])), LATEST)
    assert codes(alone.warnings) == ["chain.damaged"], "the third file of the log is known, and no good"
    assert sets(alone) == guids(*server.pieces[:2])
    lost = plan(Holdings(pieces=tuple(found[1:])), LATEST)
    assert codes(lost.warnings) == ["chain.stripe_missing"]


def test_the_name_of_our_set_stays_when_msdb_knows_it_too() -> None:
    server = a_chain()
    ours = msgspec.structs.replace(server.pieces[0], set="20251025_220001", missing=True)
    there = from_history(history_row(server.pieces[0]))
    assert there is not None
    joined = gathered([ours, there])
    assert [(one.set, one.missing, one.stripes) for one in joined] == [("20251025_220001", False, there.stripes)]


def test_msdb_tells_the_same_plan() -> None:
    server = a_chain()
    told = tuple(one for piece in server.pieces if (one := from_history(history_row(piece))) is not None)
    steps = plan(Holdings(pieces=told), LATEST)
    assert sets(steps) == guids(*server.pieces)
    assert all(stripe.on_server for piece in steps.pieces for stripe in piece.stripes)


def test_msdb_knows_of_files_that_are_gone() -> None:
    server = a_chain()
    there = [stripe.place.upper() for piece in server.pieces[:2] for stripe in piece.stripes]
    told = tuple(one for piece in server.pieces if (one := from_history(history_row(piece), there)) is not None)
    steps = plan(Holdings(pieces=told), LATEST)
    assert sets(steps) == guids(*server.pieces[:2])
    assert codes(steps.warnings) == ["chain.missing"]
    nowhere = from_history(history_row(server.pieces[0], devices=()))
    assert nowhere is not None
    assert nowhere.missing
    assert from_history(history_row(server.pieces[0], type="?")) is None


def test_guids_are_compared_however_they_are_written() -> None:
    server = a_chain()
    rows = [history_row(piece) for piece in server.pieces]
    loud = [
        msgspec.structs.replace(
            one,
            backup_set_uuid=one.backup_set_uuid.upper(),
            differential_base_guid="{" + one.differential_base_guid.upper() + "}"
            if one.differential_base_guid
            else None,
        )
        for one in rows
    ]
    told = tuple(one for row in loud if (one := from_history(row)) is not None)
    assert sets(plan(Holdings(pieces=told), LATEST)) == guids(*server.pieces)


def our_backup(server: Server, number: int, **more: object) -> DatabaseBackup:
    header = server.pieces[number].header
    kinds = {1: BackupKind.FULL, 2: BackupKind.LOG, 5: BackupKind.DIFFERENTIAL}
    facts = EngineFacts(
        engine="sqlserver",
        version="16.0.4236.2",
        recovery_model="FULL",
        first_lsn=str(header.first_lsn),
        last_lsn=str(header.last_lsn),
        checkpoint_lsn=str(header.checkpoint_lsn) if header.checkpoint_lsn else None,
        differential_base_guid=header.differential_base_guid,
        backup_set_guid=header.set_guid,
        family_guid=header.family_guid,
        recovery_fork_guid=header.recovery_fork,
    )
    values: dict[str, object] = {
        "status": SetStatus.COMPLETED,
        "kind": kinds[header.type],
        "file": f"databases/erp_{number}.bak",
        "started_at": header.started_at.replace(tzinfo=MADRID).astimezone(UTC),
        "completed_at": header.finished_at.replace(tzinfo=MADRID).astimezone(UTC),
        "stored_sha256": "now",
        "facts": facts,
    }
    return DatabaseBackup(**{**values, **more})


def test_manifests_tell_the_same_plan_in_the_server_s_own_time() -> None:
    server = a_chain()
    told = [from_manifest(f"set {n}", "erp", our_backup(server, n), MADRID) for n in range(3)]
    assert [one.header.finished_at for one in told] == [one.header.finished_at for one in server.pieces]
    steps = plan(Holdings(pieces=tuple(told), server_major=16), LATEST)
    assert [one.name for one in steps.pieces] == ["set 0", "set 1", "set 2"]
    assert plan(Holdings(pieces=tuple(told), server_major=15), LATEST).refusals


def test_a_manifest_s_failed_check_speaks_of_the_present_bytes_only() -> None:
    server = a_chain()
    at = datetime(2025, 10, 26, tzinfo=UTC)
    failed = Check(depth=Depth.CONTENT, at=at, ok=False, stored_sha256="now", problem=Problem(code="archive.damaged"))
    earlier = msgspec.structs.replace(failed, stored_sha256="before")
    assert from_manifest("s", "erp", our_backup(server, 0, checks=(failed,)), MADRID).problem == failed.problem
    assert from_manifest("s", "erp", our_backup(server, 0, checks=(earlier,)), MADRID).problem is None
    nameless = msgspec.structs.replace(failed, problem=None)
    assert from_manifest("s", "erp", our_backup(server, 0, checks=(nameless,)), MADRID).problem is not None
    assert from_manifest("s", "erp", our_backup(server, 0, file=None), MADRID).missing
    assert from_manifest("s", "erp", our_backup(server, 0, facts=EngineFacts(engine="sqlite")), MADRID) is None


def test_files_and_msdb_together_fill_each_other_s_gaps() -> None:
    """The log that someone else took is in msdb, and its file may still be on the server."""
    server = a_chain()
    foreign = server.pieces[2]
    server.write(2)
    server.log()
    ours = [one for one in server.pieces if one is not foreign]
    gap = plan(Holdings(pieces=tuple(ours)), LATEST)
    assert codes(gap.warnings) == ["chain.gap"]
    known = from_history(history_row(foreign))
    assert known is not None
    assert sets(plan(Holdings(pieces=(*ours, known)), LATEST)) == guids(*server.pieces)


def test_a_set_appended_to_a_file_is_restored_from_its_position() -> None:
    server = a_chain()
    spoilt(server, server.pieces[1], header=msgspec.structs.replace(server.pieces[1].header, position=4))
    at = server.pieces[1].header.finished_at + timedelta(seconds=1)
    steps = plan(held(server), instant(at))
    assert steps.pieces[1].header.position == 4
