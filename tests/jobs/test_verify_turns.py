"""Whose turn it is to be checked; and what outlives a run that could not check a set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.world import World

from rexus.modules.backup.base.records import BackupKind, Origin, SetStatus, Tick, VerifyRequest
from rexus.modules.backup.catalog.index import DatabaseSummary, SetSummary
from rexus.modules.backup.jobs.verify_turns import attempts, remember, turns, wanted

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def one(name: str, checked: timedelta | None, file: str | None = "databases/x", there: str | None = None) -> SetSummary:
    held = DatabaseSummary(
        status=SetStatus.COMPLETED, tick=Tick.NONE, size_bytes=1, stored_bytes=1, file=file, server_file=there
    )
    return SetSummary(
        set=name,
        timestamp=NOW.isoformat(),
        kind=BackupKind.FULL,
        status=SetStatus.COMPLETED,
        origin=Origin.MANUAL,
        tick=Tick.NONE,
        pinned=None,
        databases={"users": held},
        stored_bytes=1,
        last_checked_at=None if checked is None else (NOW + checked).isoformat(),
        deleting=False,
    )


def test_never_checked_comes_first_and_a_try_counts_as_a_turn():
    sets = [one("a", timedelta(-1)), one("b", timedelta(-5)), one("c", None), one("d", None), one("e", timedelta(-3))]

    assert turns(sets, {}, NOW) == ("c", "d", "b", "e", "a")
    assert turns(sets, {"c": NOW, "b": NOW - timedelta(2)}, NOW) == ("d", "e", "b", "a", "c")


def test_a_clock_that_was_ahead_displaces_nobody_for_long():
    sets = [one("a", timedelta(400)), one("b", timedelta(-1))]

    assert turns(sets, {"b": NOW + timedelta(900)}, NOW) == ("a", "b")


def test_what_only_the_server_sees_takes_its_turn_where_that_can_be_asked():
    sets = [one("a", None, file=None, there="D:\\a.bak"), one("b", timedelta(-1)), one("c", None, file=None)]

    assert turns(sets, {}, NOW) == ("b",)
    assert turns(sets, {}, NOW, served=True) == ("a", "b")


@pytest.mark.parametrize(
    ("count", "parts", "many"), [(0, 4, 1), (3, 4, 1), (4, 4, 1), (5, 4, 2), (30, 28, 2), (9, 1, 9)]
)
def test_after_so_many_times_all_have_had_their_turn(count, parts, many):
    assert wanted(VerifyRequest(parts=parts), count) == many
    assert many * parts >= count


def test_by_name_there_are_no_turns():
    assert wanted(VerifyRequest(all=True), 9) is None
    assert wanted(VerifyRequest(oldest=2), 9) == 2


@pytest.mark.parametrize(
    "text", [b"\xff{", b'{"a": "2026-01-01T00:00:00"}', b'{"a": "0001-01-01T00:00:00+14:00"}', b"[" * 100_000]
)
def test_a_record_that_nobody_wrote_is_begun_anew(tmp_path, text):
    world = World(tmp_path).build()
    (world.root / "logs").mkdir(parents=True)
    (world.root / "logs/verify_attempts.json").write_bytes(text)
    kit = world.model()._kit()

    assert attempts(world.root) == {}
    remember(kit, ["a"], [one("a", None), one("b", None)])
    assert list(attempts(world.root)) == ["a"]
    remember(kit, ["b"], [one("b", None)])
    assert list(attempts(world.root)) == ["b"]
