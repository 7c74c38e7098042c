"""Edges of when the disk will be full: each rule that ends the growth, and how often sets come."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
import pytest
from watch.health_world import NIGHT, NOW, SETTINGS, made

from rexus.modules.backup.base.records import Origin, SetStatus
from rexus.modules.backup.catalog.index import SetSummary
from rexus.modules.backup.config.settings import Retention
from rexus.modules.backup.watch.forecast import full_on

NOTHING = Retention(daily=0, weekly=0, monthly=0, yearly=0)
SIZE = 10_000_000


def sets(count: int, every: float = 1.0, growth: int = 0, at: datetime = NOW, **more: object) -> list[SetSummary]:
    """So many, the newest two hours old, so many days apart, each ``growth`` bytes a day larger than before."""
    found = []
    for number in range(count):
        age = number * every
        one = made(at - timedelta(days=age, hours=2), names=("users",), **more)
        found.append(msgspec.structs.replace(one, stored_bytes=SIZE - round(growth * age)))
    return found


def days(found: list[SetSummary], free: float, rules: Retention, at: datetime = NOW, **more: object) -> int | None:
    """Days until space for ``free`` sets more is used up."""
    settings = msgspec.structs.replace(SETTINGS, retention=rules, **more)
    told = full_on(tuple(found), settings, round(free * SIZE), at)
    return None if told is None else (told - at.date()).days


def of(**rules: int) -> Retention:
    return msgspec.structs.replace(NOTHING, **rules)


@pytest.mark.parametrize(
    ("found", "rules", "reached", "ahead", "never"),
    [
        (sets(10), of(daily=20), 9.5, 10, 10.5),
        (sets(10), of(count=20), 9.5, 10, 10.5),
        (sets(10, every=2), of(count=20), 9.5, 20, 10.5),
        (sets(20, every=0.5), of(count=40), 16.5, 9, 21.5),
        (sets(10), of(max_age_days=19), 9.5, 10, 10.5),
        (sets(10, every=2), of(daily=20), 9.5, 20, 10.5),
        (sets(10), of(weekly=8), 0.0, 0, 8.5),
        (sets(10), of(daily=1, monthly=9), 0.0, 0, 9.5),
    ],
    ids=["daily", "count", "every other day", "twice a day", "age", "of days with sets", "weekly", "monthly"],
)
def test_where_the_rules_end_it(found, rules, reached, ahead, never):
    if reached:
        told = days(found, reached, rules)
        assert told is not None
        assert abs(told - ahead) <= 3, told
    assert days(found, never, rules) is None


def test_weeks_months_and_years_fill_up_one_by_one():
    # ten nights of March are there; what the rules leave of them at first is less
    for rules, free, near in (
        (of(daily=10, weekly=30), 15.5, 16 * 7),
        (of(daily=10, monthly=20), 10.5, 11 * 30),
        (of(daily=10, yearly=3), 1.5, 365 + 290),
    ):
        told = days(sets(10), free, rules)
        assert told is not None, rules
        assert abs(told - near) <= 0.25 * near, (rules, told)


def test_where_nobody_prunes_every_set_stays():
    kept = of(daily=1, after_backup=False)
    pruned = msgspec.structs.replace(NIGHT, name="poda", action="prune")
    off = msgspec.structs.replace(pruned, enabled=False)

    assert days(sets(10), 50, kept) == pytest.approx(50, abs=3)
    assert days(sets(20, every=0.5), 50, kept) == pytest.approx(25, abs=3)
    assert days(sets(10), 50, kept, schedules=(NIGHT, off)) == pytest.approx(50, abs=3)
    assert days(sets(10), 50, kept, schedules=(NIGHT, pruned)) is None


def test_sets_that_grow_fill_it_sooner_and_those_that_shrink_later():
    kept = of(after_backup=False)

    assert days(sets(30), 60, kept) == pytest.approx(60, abs=3)
    # 50 days at 1.0, 1.02, … 2.0 of a set are about 75
    assert days(sets(30, growth=SIZE // 50), 75, kept) == pytest.approx(50, abs=4)
    # 25 days at 1.0, 0.98, … 0.5 are about 19, and a set never comes to nothing
    assert days(sets(30, growth=-SIZE // 50), 19, kept) == pytest.approx(25, abs=4)
    # a month at 1.07, 1.03, … 0.1 is about 16, and then a tenth of a set each day
    assert days(sets(10, growth=-SIZE // 30), 20, kept) == pytest.approx(63, abs=6)


@pytest.mark.parametrize(
    ("count", "every", "is_known"),
    [(4, 1.0, True), (3, 1.0, False), (4, 0.6, False), (4, 0.65, True), (4, 19.9, True), (4, 20.0, False)],
)
def test_four_sets_on_two_of_sixty_days_tell_something(count, every, is_known):
    assert (days(sets(count, every), 3, of(after_backup=False)) is not None) is is_known


def test_what_is_no_regular_complete_set_tells_nothing():
    kept = of(after_backup=False)

    for more in ({"origin": Origin.SAFETY}, {"status": SetStatus.FAILED}):
        assert days(sets(10, **more), 5, kept) is None
        assert days([*sets(10, **more), *sets(10, every=2, at=NOW - timedelta(hours=1))], 5, kept) == pytest.approx(
            10, abs=3
        )
    ahead = sets(9, at=NOW + timedelta(days=20))
    assert days(ahead, 5, kept) is None
    assert days([*sets(10, growth=0, at=NOW + timedelta(days=30)), *sets(10)], 90, kept) is not None


def test_a_few_small_sets_do_not_hide_how_large_the_others_are():
    small = [msgspec.structs.replace(one, stored_bytes=SIZE // 10) for one in sets(30)]
    mixed = [one if number % 3 else other for number, (one, other) in enumerate(zip(sets(30), small, strict=True))]

    assert days(mixed, 40, of(after_backup=False)) == pytest.approx(40, abs=3)


def test_how_often_sets_come_is_seen_in_the_last_fortnight():
    thinned = [*sets(14), *sets(6, every=7, at=NOW - timedelta(days=20))]
    lately_seldom = [*sets(2, every=7), *sets(20, at=NOW - timedelta(days=15))]

    assert days(thinned, 40, of(after_backup=False)) == pytest.approx(40, abs=3)
    assert days(lately_seldom, 5, of(after_backup=False)) == pytest.approx(33, abs=6)
    one = [*sets(1), *sets(8, at=NOW - timedelta(days=16))]
    assert days(one, 3, of(after_backup=False)) == pytest.approx(42, abs=5)


def test_what_is_far_away_is_not_foreseen():
    kept = of(after_backup=False)

    assert days(sets(10), 715, kept) == pytest.approx(715, abs=3)
    assert days(sets(10), 740, kept) is None
    assert days(sets(10), 0, kept) == pytest.approx(2, abs=1), "within the first days"


def test_it_is_the_same_whatever_day_it_is():
    for number in range(0, 400, 37):
        at = NOW + timedelta(days=number)
        told = days(sets(10, at=at), 10.5, of(daily=10, weekly=20), at)
        assert told is not None
        assert abs(told - 77) <= 10
        assert isinstance(full_on(tuple(sets(10, at=at)), SETTINGS, 0, at), date)
