"""Which sets retention keeps, and what it says of each."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from million_plans import plans
from support.retention_model import NAMES, NOW, judge, some_rules, some_sets

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.records import Action, Origin, SetStatus
from rexus.modules.backup.base.watching import PrunePlan
from rexus.modules.backup.config.settings import Retention
from rexus.modules.backup.jobs.retention import Candidate, Held, plan, protected

GOOD = Held(completed=True, present=True, proven=True)
FAILED = Held(completed=False, present=False, proven=False)
DAMAGED = Held(completed=True, present=True, proven=False, damaged=True, since=NOW - timedelta(days=5))
UNCHECKED = Held(completed=True, present=True, proven=False)
UNSEEN = Held(completed=True, present=False, proven=True)
LOST = Held(completed=True, present=False, proven=True, missed=True, since=NOW - timedelta(days=5))
NOTHING = Retention(daily=0, weekly=0, monthly=0, yearly=0, safety_days=0, failed_days=0)


def made(days_ago: float, held: Held = GOOD, **more: object) -> Candidate:
    """A set of the database users, so many days old."""
    at = NOW - timedelta(days=days_ago)
    values = {"databases": {"users": held}, "bytes": 10, **more}
    return Candidate(set=f"{at:%Y%m%d_%H%M%S}", day=at.date(), at=at, **values)


def decided(*sets: Candidate, rules: Retention = NOTHING, names: tuple[str, ...] = ("users",)) -> PrunePlan:
    return plan(sets, rules, NOW, names)


def said(one: Candidate, *others: Candidate, rules: Retention = NOTHING) -> tuple[str, str]:
    """Action and rule of ``one``."""
    decision = next(d for d in decided(one, *others, rules=rules).decisions if d.set == one.set)
    return decision.action.value, decision.rule


def staying(planned: PrunePlan) -> set[str]:
    return {one.set for one in planned.decisions if one.action is not Action.DELETE}


def test_two_years_of_nights_leave_days_weeks_months_and_years():
    nights = [made(n + 0.1) for n in range(730)]

    planned = decided(*nights, rules=Retention(daily=7, weekly=4, monthly=6, yearly=2))

    by_rule = {}
    for one in planned.decisions:
        for rule in one.rules:
            by_rule[rule] = by_rule.get(rule, 0) + 1
    assert {rule: by_rule[rule] for rule in ("daily", "weekly", "monthly", "yearly")} == {
        "daily": 7,
        "weekly": 4,
        "monthly": 6,
        "yearly": 2,
    }
    # 24 November 2026 is a Tuesday; newest set of each period
    days = sorted(date.fromisoformat(f"{one[:4]}-{one[4:6]}-{one[6:8]}") for one in staying(planned))
    assert days[0] == date(2025, 12, 31)
    assert {date(2026, 6, 30), date(2026, 7, 31), date(2026, 10, 31), date(2026, 11, 15), date(2026, 11, 8)} <= set(
        days
    )
    assert planned.freed_bytes == 10 * sum(one.action is Action.DELETE for one in planned.decisions)


def test_a_period_without_a_backup_takes_nobody_elses_place():
    sparse = [made(days) for days in (1, 40, 80, 400)]

    assert staying(decided(*sparse, rules=Retention(daily=4, weekly=0, monthly=0, yearly=0))) == {
        one.set for one in sparse
    }


def test_of_each_period_the_newest_proven_set_counts():
    early, proven, late = made(10.4), made(10.3), made(10.2, UNCHECKED)

    planned = decided(made(1), early, proven, late, rules=Retention(daily=2, weekly=0, monthly=0, yearly=0))

    assert staying(planned) == {made(1).set, proven.set}


def test_each_database_by_itself_and_the_union_stays():
    both = made(30, databases={"users": GOOD, "auditoria": GOOD})
    one = made(20, databases={"users": GOOD, "auditoria": FAILED})
    new = made(1, databases={"users": GOOD})

    planned = decided(both, one, new, rules=Retention(daily=1, weekly=0, monthly=0, yearly=0))

    assert staying(planned) == {both.set, new.set}
    assert planned.decisions[-1].because.values == {"database": "auditoria"}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (made(5), ("delete", "expired")),
        (made(5, pin="antes de 4.2"), ("keep", "pinned")),
        (made(5, pin="", until=NOW + timedelta(days=1)), ("keep", "pinned")),
        (made(5, pin="", until=NOW), ("delete", "expired")),
        (made(5, wanted=True), ("keep", "restore_open")),
        (made(5, status=SetStatus.IN_PROGRESS, databases={}), ("keep", "in_progress")),
        (made(5, files=True), ("keep", "files")),
        (made(-0.1), ("keep", "newer")),
        (made(0.1, UNCHECKED), ("keep", "newer")),
        (made(5, UNCHECKED, origin=Origin.LEGACY), ("keep", "unverified")),
        (made(5, LOST, origin=Origin.LEGACY), ("delete", "trace_expired")),
        (made(5, origin=Origin.LEGACY), ("delete", "expired")),
        (made(5, origin=Origin.SAFETY), ("delete", "safety_expired")),
        (made(5, FAILED, status=SetStatus.FAILED), ("delete", "trace_expired")),
        (made(5, DAMAGED), ("delete", "trace_expired")),
        (made(5, LOST), ("delete", "trace_expired")),
        (made(5, UNSEEN), ("keep", "trace")),
        (made(5, UNSEEN, origin=Origin.LEGACY), ("keep", "trace")),
        (made(5, origin=Origin.LEGACY, databases={"users": LOST, "auditoria": UNSEEN}), ("keep", "newer")),
    ],
)
def test_one_set_beside_a_newer_proven_one(one, expected):
    # the unchecked set is newer than the proven one, and of a database that is no longer configured
    planned = plan([one, made(1)], NOTHING, NOW, ())
    decision = next(d for d in planned.decisions if d.set == one.set)

    assert (decision.action.value, decision.rule) == expected


@pytest.mark.parametrize(
    ("one", "rules", "expected"),
    [
        (made(5, origin=Origin.SAFETY), Retention(safety_days=5), ("keep", "safety")),
        (made(5.1, origin=Origin.SAFETY), Retention(safety_days=5), ("delete", "safety_expired")),
        (made(5, FAILED, status=SetStatus.CANCELLED), Retention(failed_days=5), ("keep", "trace")),
        (made(5, DAMAGED), Retention(failed_days=5), ("keep", "trace")),
        (made(500, DAMAGED), Retention(failed_days=5), ("keep", "trace")),
        (made(500, LOST), Retention(failed_days=5), ("keep", "trace")),
        (made(5, DAMAGED), Retention(failed_days=4), ("delete", "trace_expired")),
        (made(5), msgspec.structs.replace(NOTHING, count=2), ("keep", "count")),
        (made(5), msgspec.structs.replace(NOTHING, count=1), ("delete", "expired")),
        (made(5), msgspec.structs.replace(NOTHING, max_age_days=5), ("keep", "age")),
        (made(5.1), msgspec.structs.replace(NOTHING, max_age_days=5), ("delete", "expired")),
    ],
)
def test_ages_and_numbers(one, rules, expected):
    assert said(one, made(1), rules=rules) == expected


def test_the_newest_proven_stays_whatever_the_rules_say():
    old, newest = made(900), made(800)

    assert said(newest, old) == ("keep", "newest_proven")
    assert said(old, newest) == ("delete", "expired")


def test_a_safety_copy_is_never_counted_unless_there_is_nothing_else():
    safety = made(1, origin=Origin.SAFETY)

    assert said(made(5), safety) == ("keep", "newest_proven")
    assert said(safety, made(5)) == ("delete", "safety_expired")
    assert said(safety) == ("keep", "newest_proven")


@pytest.mark.parametrize("held", [FAILED, DAMAGED, UNCHECKED, LOST, UNSEEN])
def test_nothing_is_deleted_while_the_latest_attempt_is_nothing_to_rely_on(held):
    planned = decided(made(0.5, held), made(1), made(2), made(3, origin=Origin.SAFETY))

    assert not [one for one in planned.decisions if one.action is Action.DELETE]
    refused = [one for one in planned.decisions if one.action is Action.REFUSE]
    assert {one.rule for one in refused} == {"latest_unproven"}
    assert refused[0].because.values == {"database": "users", "set": made(0.5).set}
    assert planned.freed_bytes == 0


def test_attempts_of_databases_that_are_no_longer_configured_hold_nothing_up():
    gone = made(0.5, databases={"antigua": FAILED})

    assert said(made(2), gone, made(1)) == ("delete", "expired")


def test_a_safety_copy_or_a_set_under_way_is_no_attempt():
    failed_copy = made(0.5, FAILED, origin=Origin.SAFETY, status=SetStatus.FAILED)
    under_way = made(0.1, FAILED, status=SetStatus.IN_PROGRESS)

    assert said(made(2), failed_copy, under_way, made(1)) == ("delete", "expired")


def test_a_clock_that_was_ahead_displaces_nobody():
    tomorrow = [made(-day) for day in range(1, 40)]
    yesterday, before = made(1), made(2)

    planned = decided(*tomorrow, yesterday, before, rules=Retention(daily=1, weekly=0, monthly=0, yearly=0))

    assert staying(planned) == {one.set for one in tomorrow} | {yesterday.set}
    assert planned.decisions[-2].rules == ("newest_proven", "daily")


def test_a_failed_attempt_from_the_future_does_not_hold_retention_up_for_years():
    planned = decided(made(-900, FAILED, status=SetStatus.FAILED), made(1), made(2))

    assert [one.action for one in planned.decisions] == [Action.KEEP, Action.KEEP, Action.DELETE]


def test_what_a_kept_set_needs_is_kept():
    full = made(9)
    differential = made(5, msgspec.structs.replace(GOOD, needs=(full.set,)))
    log = made(1, msgspec.structs.replace(GOOD, needs=(differential.set,)))

    planned = decided(log, differential, full, made(8), made(12))

    assert {one.set: one.rule for one in planned.decisions if one.action is Action.KEEP} == {
        log.set: "newest_proven",
        differential.set: "base",
        full.set: "base",
    }
    assert set(protected([log, differential, full, made(12)])) == {log.set, differential.set, full.set}


def test_a_differential_without_its_base_is_not_the_newest_proven():
    orphan = made(1, msgspec.structs.replace(GOOD, needs=("20200101_000000",)))
    whole = made(3)

    assert whole.set in protected([orphan, whole])
    planned = plan([orphan, whole, made(4)], NOTHING, NOW, ("users",))
    assert {one.rule for one in planned.decisions} == {"newer", "newest_proven", "latest_unproven"}


def test_a_base_that_is_also_needed_by_another_database_brings_its_own_base():
    first = made(9, databases={"inventario": GOOD})
    second = made(5, databases={"users": GOOD, "inventario": msgspec.structs.replace(GOOD, needs=(first.set,))})
    third = made(
        1,
        databases={
            "users": GOOD,
            "inventario": msgspec.structs.replace(GOOD, needs=(second.set,)),
        },
    )

    assert set(protected([third, second, first])) == {third.set, second.set, first.set}


def test_a_deletion_that_was_begun_is_told_and_does_not_change_the_digest():
    begun = made(3, deleting=True)

    planned = decided(made(1), begun)

    assert [(one.action, one.because.code) for one in planned.decisions] == [
        (Action.KEEP, "keep.newest_proven"),
        (Action.DELETE, "prune.begun"),
    ]
    assert planned.digest == decided(made(1)).digest
    assert decided(begun).decisions[0].rule == "newest_proven"


def test_the_digest_is_of_the_state_and_not_of_the_time():
    sets = [made(1), made(2)]
    digest = decided(*sets).digest

    assert digest == plan(sets, NOTHING, NOW + timedelta(seconds=1), ("users",)).digest
    assert digest == decided(*reversed(sets)).digest
    others = (
        [made(1), made(2), made(3)],
        [made(1), made(2, pin="")],
        [made(1), made(2, bytes=11)],
        [made(1), made(2, UNCHECKED)],
    )
    assert digest not in {decided(*other).digest for other in others}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("es", {"2026", "marzo de 2026", "semana 11 de 2026", "14 de marzo de 2026"}),
        ("en", {"2026", "March 2026", "week 11 of 2026", "14 March 2026"}),
    ],
)
def test_periods_are_told_in_words(language, told):
    texts.use_language(language)
    assert {texts.period(one) for one in ("2026", "2026-03", "2026-W11", "2026-03-14")} == told
    texts.use_language("es")


def test_the_rule_that_keeps_longest_is_told_with_all_others():
    planned = decided(made(1), made(40), rules=Retention(daily=2, weekly=2, monthly=2, yearly=0))

    assert planned.decisions[1].rules == ("monthly", "weekly", "daily")
    assert planned.decisions[1].because.values == {"period": "2026-10", "database": "users"}


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 2))
def test_the_planner_decides_as_the_model(chance, names):
    judge(some_sets(chance), some_rules(chance), NOW, NAMES[:names])


@pytest.mark.parametrize("seed", [1001, 1002])
def test_ten_thousand_random_roots(seed):
    spoken = plans(seed)

    assert {
        "newest_proven",
        "newer",
        "future",
        "pinned",
        "base",
        "files",
        "latest_unproven",
        "clock",
        "expired",
    } <= set(spoken)
