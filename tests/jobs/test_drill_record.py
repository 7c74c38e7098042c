"""The record of restore tests: whatever stands in it, a test can be made and the record goes on."""

from __future__ import annotations

import pytest
from support.world import World

from rexus.modules.backup.base.records import Status
from rexus.modules.backup.jobs.drill_record import last_tests, read_tests

TEST = '{"users": {"tested_at": "TESTED", "restored_at": "RESTORED", "ok": true, "set": "x"}}'
WHOLE = "2026-01-01T00:00:00Z"


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, rows=5, retention={"after_backup": False}).build()
    world.backup(files=False)
    return world


def text(tested: str, restored: str = WHOLE) -> str:
    return TEST.replace("TESTED", tested).replace("RESTORED", restored)


@pytest.mark.parametrize(
    "told",
    [
        text("2026-01-01T00:00:00"),
        text("0001-01-01T00:00:00+14:00"),
        text("9999-12-31T23:59:59-14:00"),
        text("hoy"),
        text(WHOLE, "2026-01-01T00:00:00"),
        "[" * 100_000,
    ],
)
def test_instants_that_nobody_wrote_are_told_and_the_record_is_begun_anew(world, told):
    path = world.root / "logs/restore_tests.json"
    path.write_text(told, "utf-8")

    health = world.model().health()
    result = world.drill(rotate=True)

    assert "drill.record_damaged" in {one.code for one in health.alarms}
    assert (result.outcome.status, result.drills[0].ok) == (Status.WARNINGS, True)
    assert [one.code for one in result.outcome.problems] == ["drill.record_damaged"]
    assert read_tests(world.root)[1] == ()
    assert list(last_tests(world.root)) == ["users"]
    assert world.drill(rotate=True).outcome.status is Status.OK


def test_a_record_is_read_as_it_was_written(world):
    world.drill("users")

    known, problems = read_tests(world.root)

    assert (known["users"].ok, known["users"].alarm, problems) == (True, "", ())
    assert known["users"].restored_at == known["users"].tested_at
