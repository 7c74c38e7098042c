"""Whose turn it is, and from which set: functions of values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import BackupKind, Origin, SetStatus, Tick
from rexus.modules.backup.catalog.index import DatabaseSummary, SetSummary
from rexus.modules.backup.jobs.drill_rotation import newest, turns

NOW = datetime(2025, 8, 6, 4, tzinfo=UTC)


def held(tick: Tick = Tick.CONTENT, *, tested: datetime | None = None, failed: str | None = None, **more: object):
    return DatabaseSummary(
        status=more.pop("status", SetStatus.COMPLETED),
        tick=tick,
        size_bytes=1,
        stored_bytes=1,
        file="databases/x",
        tested_at=tested.isoformat() if tested else None,
        failed_depth=failed,
        **more,
    )


def one_set(
    name: str,
    *,
    origin: Origin = Origin.SCHEDULED,
    deleting: bool = False,
    at: datetime = NOW,
    **databases: DatabaseSummary,
):
    return SetSummary(
        set=name,
        timestamp=at.isoformat(),
        kind=BackupKind.FULL,
        status=SetStatus.COMPLETED,
        origin=origin,
        tick=Tick.CONTENT,
        pinned=None,
        databases=databases,
        stored_bytes=1,
        last_checked_at=None,
        deleting=deleting,
    )


def test_never_tested_first_then_the_oldest_wherever_it_is_known_from():
    sets = (
        one_set("3", a=held(tested=NOW - timedelta(days=1)), b=held()),
        one_set("2", a=held(tested=NOW - timedelta(days=90)), c=held(tested=NOW - timedelta(days=5))),
    )
    tested = {"d": NOW - timedelta(days=60), "c": NOW - timedelta(days=70)}

    assert turns(("a", "b", "c", "d", "e"), sets, tested, NOW) == ("b", "e", "d", "c", "a")


def test_a_test_of_a_clock_that_was_ahead_does_not_hold_its_turn_back_for_ever():
    sets = (one_set("1", a=held(tested=NOW + timedelta(days=4000)), b=held(tested=NOW + timedelta(days=1))),)

    assert turns(("b", "a"), sets, {}, NOW) == ("b", "a")
    assert turns(("a", "b"), sets, {}, NOW) == ("a", "b")


@given(
    names=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True),
    gone=st.lists(st.booleans(), min_size=40, max_size=40),
    ahead=st.lists(st.integers(-3, 400), max_size=5),
)
def test_everybody_has_his_turn_also_when_sets_are_deleted_and_clocks_jump(names, gone, ahead):
    """The next is always among those that waited longest: nobody has two turns while somebody waits for one."""
    tested: dict[str, datetime] = {}
    now = NOW
    order = []
    for step in range(2 * len(names)):
        now += timedelta(days=ahead[step] if step < len(ahead) else 30)
        sets = tuple(one_set(n, **{n: held(tested=at)}) for n, at in tested.items() if not gone[step])
        turn = turns(names, sets, tested, now)
        assert sorted(turn) == sorted(names)
        order.append(turn[0])
        tested[turn[0]] = now
    assert set(order[: len(names)]) == set(names)


@pytest.mark.parametrize(
    ("sets", "chosen"),
    [
        ((), None),
        ((one_set("2", b=held()),), None),
        ((one_set("2", a=held()), one_set("1", a=held(Tick.RESTORED))), "2"),
        ((one_set("2", a=held(status=SetStatus.FAILED)), one_set("1", a=held())), "1"),
        ((one_set("2", a=held(), deleting=True), one_set("1", a=held())), "1"),
        ((one_set("2", a=held(Tick.NONE)), one_set("1", a=held(Tick.STORED))), "1"),
        ((one_set("2", a=held(Tick.NONE)), one_set("1", a=held(Tick.NONE))), "2"),
        ((one_set("2", a=held(Tick.FAILED, failed="content")), one_set("1", a=held())), "1"),
        ((one_set("2", a=held(Tick.FAILED, failed="restored")), one_set("1", a=held())), "2"),
        ((one_set("2", a=held(Tick.FAILED, failed="content")), one_set("1", a=held(Tick.NONE))), "1"),
        ((one_set("2", a=held(Tick.FAILED, failed="content")),), "2"),
        ((one_set("2", a=held(), origin=Origin.SAFETY), one_set("1", a=held())), "1"),
        ((one_set("2", a=held(), origin=Origin.SAFETY),), "2"),
    ],
)
def test_the_newest_proven_set_is_tested(sets, chosen):
    assert newest("a", sets, NOW) == chosen


@pytest.mark.parametrize("tick", [Tick.NONE, Tick.STORED])
def test_a_set_from_the_future_is_tested_only_where_there_is_no_other(tick):
    ahead, present = one_set("2", a=held(Tick.RESTORED), at=NOW + timedelta(hours=1)), one_set("1", a=held(tick))

    assert newest("a", (ahead, present), NOW) == "1"
    assert newest("a", (ahead,), NOW) == "2"
    assert newest("a", (ahead, present), NOW + timedelta(hours=1)) == "2"
