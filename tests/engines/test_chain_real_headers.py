"""Plans from headers of real servers, where it is known what real servers did with these very files."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from rexus.modules.backup.engines.chain import Holdings, coverage, plan
from rexus.modules.backup.engines.chain_pieces import ChainPiece, LogMark
from rexus.modules.backup.engines.chain_sources import from_file
from rexus.modules.backup.engines.chain_target import LATEST, instant, mark
from rexus.modules.backup.engines.headers import BackupHeader, MediaLabel, SetType

SAMPLES = os.environ.get("REXUS_BAK_SAMPLES", "")
pytestmark = pytest.mark.skipif(not SAMPLES, reason="REXUS_BAK_SAMPLES names no folder with headers.json")


def number(text: str | None) -> int | None:
    return int(text) if text else None


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def header(row: dict) -> BackupHeader:
    return BackupHeader(
        database=row["DatabaseName"],
        type=SetType(row["BackupType"]),
        position=row["Position"],
        server=row["ServerName"],
        software_major=row["SoftwareVersionMajor"],
        started_at=moment(row["BackupStartDate"]),
        finished_at=moment(row["BackupFinishDate"]),
        first_lsn=number(row["FirstLSN"]),
        last_lsn=number(row["LastLSN"]),
        checkpoint_lsn=number(row["CheckpointLSN"]),
        database_backup_lsn=number(row["DatabaseBackupLSN"]),
        differential_base_lsn=number(row["DifferentialBaseLSN"]),
        differential_base_guid=row["DifferentialBaseGUID"],
        set_guid=row["BackupSetGUID"],
        family_guid=row["FamilyGUID"],
        recovery_fork=row["RecoveryForkID"],
        first_recovery_fork=row["FirstRecoveryForkID"],
        fork_point_lsn=number(row["ForkPointLSN"]),
        recovery_model=row["RecoveryModel"],
        is_damaged=row["IsDamaged"],
        is_copy_only=row["IsCopyOnly"],
        is_snapshot=row["IsSnapshot"],
        has_bulk_logged_data=row["HasBulkLoggedData"],
    )


def label(row: dict) -> MediaLabel:
    return MediaLabel(
        media_set_id=row["MediaSetId"], family_count=row["FamilyCount"], family_sequence=row["FamilySequenceNumber"]
    )


@pytest.fixture(scope="module")
def known() -> dict:
    return json.loads((Path(SAMPLES) / "headers.json").read_text("utf-8"))


def pieces(known: dict, folder: str, *, but: str = " ") -> tuple[ChainPiece, ...]:
    """One piece for each set of each file below ``folder``, as whoever reads a bare folder finds them."""
    return tuple(
        from_file(header(each["header"]), label(file["label"]), name)
        for name, file in sorted(known["files"].items())
        if name.startswith(folder) and but not in name
        for each in file["sets"]
    )


def used(steps) -> list[list[str]]:
    assert steps.refusals == ()
    return [sorted(one.place for one in piece.stripes) for piece in steps.pieces]


def measured(known: dict) -> list[dict]:
    return [one for one in known["restores_measured"] if "selected" in one]


def test_real_servers_took_just_the_planned_files(known: dict) -> None:
    """In simple recovery people were given the newest state before: that is what has to be asked for."""
    assert len(measured(known)) >= 3
    for one in measured(known):
        held = Holdings(pieces=pieces(known, one["folder"]), server_major=16)
        at = moment(one["target"])
        target = LATEST if at is None else instant(at, or_earlier=True)
        steps = plan(held, target)
        assert used(steps) == one["selected"], one["folder"]
        assert steps.reaches_at is not None
        assert steps.reaches_at >= moment(one["last_row"])


def test_an_instant_within_simple_recovery_is_refused_with_the_whole_backups_around(known: dict) -> None:
    steps = plan(
        Holdings(pieces=pieces(known, "sql2008-backups/SimpleRecovery")), instant(datetime(2018, 4, 6, 10, 37))
    )
    assert [one.code for one in steps.refusals] == ["chain.simple_no_point"]
    assert (steps.nearest_before, steps.nearest_after) == (
        datetime(2018, 4, 6, 10, 35, 32),
        datetime(2018, 4, 6, 10, 40, 32),
    )


def test_a_stop_stands_on_every_log_and_on_nothing_else(known: dict) -> None:
    at = datetime(2017, 6, 1, 13, 22, 44)
    steps = plan(Holdings(pieces=pieces(known, "RestoreTimeClean")), instant(at))
    stops = [one.stop.at if one.stop is not None else None for one in steps.steps]
    assert stops == [None, None, at, at, None]
    assert [one.recovery for one in steps.steps] == [False] * 4 + [True]


def test_without_the_differential_the_same_instant_comes_back_from_logs(known: dict) -> None:
    at = datetime(2017, 6, 1, 13, 22, 44)
    there = pieces(known, "RestoreTimeClean", but="Clean2.bak")
    names = [Path(one[0]).stem for one in used(plan(Holdings(pieces=there), instant(at)))]
    assert names == [
        "RestoreTimeClean",
        *(f"RestoreTimeClean_{n}" for n in (1, 2, 3)),
        "RestoreTimeClean2_1",
        "RestoreTimeClean2_2",
    ]


def test_both_stripes_are_used_and_one_alone_is_not(known: dict) -> None:
    steps = plan(Holdings(pieces=pieces(known, "sql2008-backups/RestoreTimeStripe")), LATEST)
    assert [len(one) for one in used(steps)] == [2, 2, 2, 2]
    assert {tuple(one) for one in used(steps)} <= {tuple(sorted(pair)) for pair in known["stripe_sets"].values()}

    half = plan(Holdings(pieces=pieces(known, "sql2008-backups/RestoreTimeStripe/Stripe1")), LATEST)
    assert {one.code for one in half.refusals} == {"chain.stripe_missing"}
    assert (half.refusals[0].values["found"], half.refusals[0].values["count"]) == (1, 2)


def test_an_empty_log_and_one_that_adds_nothing_are_left_out(known: dict) -> None:
    steps = plan(Holdings(pieces=pieces(known, "sql2008-backups/dbOrphanUsers")), LATEST)
    assert [Path(one[0]).stem for one in used(steps)] == [
        "SQL2008_dbOrphanUsers_FULL_20170518_041740",
        "SQL2008_dbOrphanUsers_DIFF_20170518_041826",
    ]
    assert steps.reaches_at == datetime(2017, 5, 18, 4, 18, 37)


def test_dates_in_file_names_are_not_believed(known: dict) -> None:
    """They say 2016; the headers say 2018, and so does the plan."""
    steps = plan(Holdings(pieces=pieces(known, "OlaMsFilter")), instant(datetime(2018, 6, 29, 14, 19, 20)))
    assert [Path(one[0]).name for one in used(steps)] == [
        "test_FULL_20160629_141320.bak",
        "test_LOG_20160629_141330.trn",
    ]


@pytest.mark.parametrize(
    ("after", "last"), [(None, "StopAt_21.trn"), (datetime(2020, 5, 12, 13, 33, 35), "StopAt_23.trn")]
)
def test_a_mark_is_looked_for_where_the_log_holds_it(known: dict, after: datetime | None, last: str) -> None:
    """The bytes of these two logs hold the name; which record it is, does not matter here."""
    held = pieces(known, "sql2008-backups/StopAt")
    marks = (
        LogMark(name="dbatoolstest", lsn=19000000020000001, at=datetime(2020, 5, 12, 13, 31, 40)),
        LogMark(name="dbatoolstest", lsn=19000000023000001, at=datetime(2020, 5, 12, 13, 34, 10)),
    )
    steps = plan(Holdings(pieces=held, marks=marks), mark("dbatoolstest", after=after))
    assert Path(used(steps)[-1][0]).name == last
    stop = steps.steps[-2].stop
    assert stop is not None
    assert (stop.mark, stop.after, stop.before) == ("dbatoolstest", after, False)


def test_a_folder_of_everything_asks_which_database(known: dict) -> None:
    everything = pieces(known, "")
    steps = plan(Holdings(pieces=everything), LATEST)
    assert [one.code for one in steps.refusals] == ["chain.several_families"]
    by_name = plan(Holdings(pieces=everything, database="RESTORETIMECLEAN"), LATEST)
    assert len(by_name.pieces) == 5
    assert plan(Holdings(pieces=everything, database="nobody"), LATEST).refusals[0].code == "chain.nothing"


def test_a_chain_without_gaps_is_one_span(known: dict) -> None:
    shown = coverage(Holdings(pieces=pieces(known, "RestoreTimeClean")))
    assert [(one.start, one.end) for one in shown.spans] == [
        (datetime(2017, 6, 1, 12, 59, 12), datetime(2017, 6, 1, 13, 29, 13))
    ]
    assert shown.holes == ()
    assert [whole.wrong for whole in shown.wholes] == [None, None]


def test_an_older_server_can_not_take_them(known: dict) -> None:
    steps = plan(Holdings(pieces=pieces(known, "RestoreTimeClean"), server_major=9), LATEST)
    assert {one.code for one in steps.refusals} == {"chain.newer_version"}
