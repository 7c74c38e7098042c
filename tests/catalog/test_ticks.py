"""What a failed check condemns: bytes that are not what they must be, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rexus.modules.backup.base.records import Check, DatabaseBackup, Depth, Problem, SetStatus, Tick
from rexus.modules.backup.catalog.ticks import merged, tick_of_database

AT = datetime(2026, 3, 2, tzinfo=UTC)


def passed(depth: Depth) -> Check:
    return Check(depth=depth, at=AT, ok=True)


def failed(depth: Depth, code: str) -> Check:
    return Check(depth=depth, at=AT, ok=False, problem=Problem(code=code))


def tick(*checks: Check) -> Tick:
    return tick_of_database(DatabaseBackup(status=SetStatus.COMPLETED, checks=merged(checks[:-1], checks[-1:])))


@pytest.mark.parametrize(
    "code",
    [
        "store.unreadable",
        "store.io",
        "store.denied",
        "store.full",
        "source.no_scratch",
        "source.busy",
        "source.unreadable",
        "verify.no_space",
        "verify.not_done",
        "verify.server_unasked",
        "restore.read_back",
        "drill.not_done",
        "drill.not_equal",
        "drill.query_failed",
    ],
)
@pytest.mark.parametrize("depth", Depth)
def test_trouble_of_the_machine_or_a_wrong_question_condemns_nothing(code, depth):
    assert tick(passed(Depth.CONTENT), failed(depth, code)) is Tick.CONTENT
    assert tick(failed(depth, code)) is Tick.NONE


@pytest.mark.parametrize(
    "code", ["archive.corrupt", "verify.size", "verify.row_counts", "source.corrupt", "drill.stale", "not.known"]
)
def test_damage_stays_until_somebody_looks_as_deep_again(code):
    assert tick(passed(Depth.CONTENT), failed(Depth.ENGINE, code)) is Tick.FAILED
    assert tick(failed(Depth.ENGINE, code), passed(Depth.CONTENT)) is Tick.FAILED
    assert tick(failed(Depth.ENGINE, code), passed(Depth.ENGINE)) is Tick.ENGINE


@pytest.mark.parametrize("depth", Depth)
def test_a_file_that_is_back_is_whole_again_however_deep_it_was_missed(depth):
    assert tick(passed(Depth.CONTENT), failed(depth, "store.missing")) is Tick.FAILED
    assert tick(failed(depth, "store.missing"), passed(Depth.CONTENT)) is Tick.CONTENT


def test_damage_is_not_forgotten_over_a_missing_file():
    damage, absence = failed(Depth.ENGINE, "archive.corrupt"), failed(Depth.ENGINE, "store.missing")

    assert tick(damage, absence, passed(Depth.CONTENT)) is Tick.FAILED
