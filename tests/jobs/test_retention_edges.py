"""Edges of what retention keeps, and word for word what it says of it: values, order of rules, chains, the model."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from support.retention_model import NAMES, NOW, judge, some_rules, some_sets

from rexus.modules.backup.base.records import Action, BackupKind, Decision, Origin, Problem, SetStatus, Severity
from rexus.modules.backup.catalog.index import ChainFacts
from rexus.modules.backup.config.settings import Retention
from rexus.modules.backup.jobs.chains import ABSENT, Link, needs
from rexus.modules.backup.jobs.retention import Candidate, Held, Known, Stop, plan, protected

GOOD = Held(completed=True, present=True, proven=True)
UNCHECKED = Held(completed=True, present=True, proven=False)
FAILED = Held(completed=False, present=False, proven=False)
UNSEEN = Held(completed=True, present=False, proven=True)
DAMAGED = Held(completed=True, present=True, proven=False, damaged=True, since=NOW - timedelta(days=24))
NOTHING = Retention(daily=0, weekly=0, monthly=0, yearly=0, safety_days=0, failed_days=0)
MOMENT = timedelta(microseconds=1)


def made(days_ago: float, held: Held = GOOD, **more: object) -> Candidate:
    """A set of the database users, so many days old."""
    at = NOW - timedelta(days=days_ago)
    values = {"databases": {"users": held}, "bytes": 10, **more}
    return Candidate(set=f"{at:%Y%m%d_%H%M%S}", day=at.date(), at=at, **values)


def needing(*others: Candidate) -> Held:
    return msgspec.structs.replace(GOOD, needs=tuple(one.set for one in others))


def decisions(*sets: Candidate, rules: Retention = NOTHING, names: tuple[str, ...] = ("users",)) -> dict[str, Decision]:
    return {one.set: one for one in plan(sets, rules, NOW, names).decisions}


def said(one: Candidate, *others: Candidate, rules: Retention = NOTHING) -> Decision:
    return decisions(one, *others, rules=rules)[one.set]


def note(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.INFO, values=values)


# --- what is said


def rules_of(**changes: int) -> Retention:
    return msgspec.structs.replace(NOTHING, **changes)


LATER = NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("one", "rules", "because"),
    [
        (made(5, pin="antes de 4.2"), NOTHING, note("keep.pinned", name="antes de 4.2")),
        (made(5, pin=""), NOTHING, note("keep.pinned_unnamed", name="")),
        (made(5, pin="x", until=LATER), NOTHING, note("keep.pinned", name="x", until=LATER.isoformat())),
        (made(5, pin="", until=LATER), NOTHING, note("keep.pinned_unnamed", name="", until=LATER.isoformat())),
        (made(5), rules_of(yearly=2, monthly=2), note("keep.monthly", period="2026-10", database="users")),
        (made(5), rules_of(weekly=2), note("keep.weekly", period="2026-W44", database="users")),
        (made(5), rules_of(daily=2), note("keep.daily", period="2026-10-31", database="users")),
        (made(5), rules_of(count=2), note("keep.count", count=2, database="users")),
        (made(5), rules_of(max_age_days=40), note("keep.age", days=40)),
        (made(5, wanted=True), NOTHING, note("keep.restore_open")),
        (made(5, files=True), NOTHING, note("keep.files")),
        (made(5, origin=Origin.SAFETY), rules_of(safety_days=40), note("keep.safety", days=40)),
        (made(5, UNCHECKED, origin=Origin.LEGACY), NOTHING, note("keep.unverified")),
        (made(5, FAILED, status=SetStatus.FAILED), rules_of(failed_days=40), note("keep.trace", days=40)),
        (made(5, UNSEEN), NOTHING, note("keep.trace_unseen")),
        (made(5, status=SetStatus.IN_PROGRESS, databases={}), NOTHING, note("keep.in_progress")),
        (made(5), NOTHING, note("prune.expired")),
        (made(5, origin=Origin.DRILL), rules_of(safety_days=3), note("prune.safety_expired", days=3)),
        (made(5, DAMAGED), rules_of(failed_days=3), note("prune.trace_expired", days=3)),
    ],
)
def test_each_rule_says_why_with_its_values(one, rules, because):
    # the set is put on 31 October, 24 days before now; a sound one is of today
    at = NOW - timedelta(days=24)
    old = msgspec.structs.replace(one, set=f"{at:%Y%m%d_%H%M%S}", at=at, day=at.date())
    found = said(old, made(0.1), rules=rules)

    assert found.because == because
    assert (found.set, found.bytes, found.rules[0]) == (old.set, 10, found.rule)


def test_what_is_newest_says_of_which_databases():
    both = made(1, databases={"users": GOOD, "auditoria": GOOD})
    newer = made(0.5, databases={"users": UNCHECKED, "auditoria": UNCHECKED})
    found = decisions(both, newer, made(-1), rules=rules_of(count=1), names=())

    assert found[both.set].because == note("keep.newest_proven", database="users, auditoria")
    assert found[both.set].rules == ("newest_proven", "count")
    assert found[newer.set].because == note("keep.newer", database="users, auditoria")
    assert found[made(-1).set].rules == ("newer", "future")


def test_a_base_says_how_many_need_it():
    full = made(9)
    one, two = made(5, needing(full), pin=""), made(3, needing(full), pin="")
    newest = made(1)
    found = decisions(full, one, two, newest)

    assert found[full.set].because == note("keep.base", count=2)
    assert found[full.set].rules == ("base",)
    assert decisions(full, one, newest)[full.set].because == note("keep.base", count=1)
    assert decisions(full, made(1, needing(full)))[full.set].because == note("keep.base", count=1)
    above = made(8, needing(full))
    chain = decisions(full, above, made(5, needing(above), pin=""), made(3, needing(above), pin=""), newest)
    assert [chain[each.set].because.values["count"] for each in (full, above)] == [1, 2]


def test_an_attempt_that_is_nothing_to_rely_on_is_a_warning():
    latest = made(0.5, FAILED, status=SetStatus.FAILED)
    found = said(made(3), latest, made(1))

    assert (found.action, found.rule, found.rules) == (Action.REFUSE, "latest_unproven", ("latest_unproven",))
    values = {"database": "users", "set": latest.set}
    assert found.because == Problem(code="prune.latest_unproven", severity=Severity.WARNING, values=values)


def test_a_pin_with_an_end_is_told_after_the_rules_that_last():
    rules = rules_of(daily=2, max_age_days=40, failed_days=9)
    ending = said(made(2, pin="x", until=LATER), made(1), rules=rules)
    lasting = said(made(2, pin="x"), made(1), rules=rules)
    based = made(2, needing(), pin="x", until=LATER)

    assert ending.rules == ("daily", "age", "pinned")
    assert lasting.rules == ("pinned", "daily", "age")
    assert said(based, made(1, needing(based))).rules == ("pinned", "base")


def test_a_deletion_that_was_begun_is_told_like_any_other():
    begun, newest = made(3, deleting=True), made(1)
    found = decisions(begun, newest)

    assert found[begun.set] == Decision(
        set=begun.set, action=Action.DELETE, rule="expired", rules=("expired",), because=note("prune.begun"), bytes=10
    )
    assert plan([begun, newest], NOTHING, NOW, ()).freed_bytes == 10
    alone = decisions(begun)[begun.set]
    assert alone == Decision(
        set=begun.set,
        action=Action.KEEP,
        rule="newest_proven",
        rules=("newest_proven",),
        because=note("keep.newest_proven", database="users"),
        bytes=10,
    )


def test_each_deletion_that_was_begun_is_judged_by_itself():
    older, newer = made(3, deleting=True), made(2, deleting=True)
    found = decisions(older, newer)

    assert [found[one.set].action for one in (older, newer)] == [Action.KEEP, Action.KEEP]
    ahead = made(-3)
    assert decisions(made(3, deleting=True), ahead)[older.set].action is Action.KEEP, "that one may never be"


@pytest.mark.parametrize(
    ("more", "rule", "because"),
    [
        ({"pin": "antes de 4.2"}, "pinned", note("keep.pinned", name="antes de 4.2")),
        ({"pin": ""}, "pinned", note("keep.pinned_unnamed")),
        ({"wanted": True}, "restore_open", note("keep.restore_open")),
        ({"pin": "x", "wanted": True}, "pinned", note("keep.pinned", name="x")),
        ({"pin": "x", "until": NOW, "wanted": True}, "restore_open", note("keep.restore_open")),
    ],
)
def test_a_begun_deletion_that_may_not_go_on_says_why(more, rule, because):
    found = said(made(3, deleting=True, **more), made(1))

    assert (found.action, found.rule, found.rules, found.because) == (Action.KEEP, rule, (rule,), because)


def test_what_is_the_newest_says_so_before_its_pin():
    found = said(made(3, deleting=True, pin="x"))

    assert (found.rule, found.because) == ("newest_proven", note("keep.newest_proven", database="users"))


def test_what_stops_all_deletions_stops_those_begun():
    begun, pinned, newest = made(3, deleting=True), made(2, deleting=True, pin=""), made(1)
    stop = Stop(rule="manifest_unreadable", because=note("prune.manifest_unreadable", file="x"))
    planned = plan([begun, pinned, newest], NOTHING, NOW, ("users",), Known(stop=stop))
    found = {one.set: one for one in planned.decisions}

    assert found[begun.set] == Decision(
        set=begun.set, action=Action.REFUSE, rule=stop.rule, rules=(stop.rule,), because=stop.because, bytes=10
    )
    assert (found[pinned.set].rule, found[newest.set].rule) == ("pinned", "newest_proven")
    assert planned.freed_bytes == 0


def test_a_begun_deletion_of_what_was_made_last_is_given_up_whatever_its_name_says():
    begun, newest = made(900, deleting=True), made(1)

    def rule(**order: int) -> str:
        known = Known(made={begun.set: order["begun"], newest.set: order["newest"]})
        return {one.set: one.rule for one in plan([begun, newest], NOTHING, NOW, (), known).decisions}[begun.set]

    assert (rule(begun=8, newest=7), rule(begun=6, newest=7)) == ("newest_proven", "expired")


# --- limits


def test_the_last_moment_of_each_limit():
    def kept(one: Candidate, **changes: int) -> bool:
        return said(one, made(1), rules=rules_of(**changes)).action is Action.KEEP

    for held, days, more in (
        (GOOD, "max_age_days", {}),
        (GOOD, "safety_days", {"origin": Origin.SAFETY}),
        (FAILED, "failed_days", {"status": SetStatus.FAILED}),
    ):
        at = NOW - timedelta(days=5)
        assert kept(msgspec.structs.replace(made(5, held, **more), at=at), **{days: 5})
        assert not kept(msgspec.structs.replace(made(5, held, **more), at=at - MOMENT), **{days: 5})
    end = made(5, pin="", until=NOW + MOMENT)
    assert kept(end)
    assert not kept(msgspec.structs.replace(end, until=NOW))


def test_now_is_not_the_future():
    assert said(made(0), made(1)).rule == "newest_proven"
    ahead = msgspec.structs.replace(made(0), at=NOW + MOMENT)
    assert said(ahead, made(1)).rules == ("newer", "future")


def test_the_application_files_of_a_safety_copy_are_kept_where_there_are_no_others():
    safety = made(2, origin=Origin.SAFETY, files=True)

    assert said(safety, made(1)).rule == "files"
    assert said(safety, made(3, files=True), made(1)).rule == "safety_expired"
    assert said(made(3, files=True), safety, made(1)).rule == "files"
    assert said(made(3, files=True), made(2, files=True), made(1)).rule == "expired"
    assert said(made(3, files=True), made(-2, files=True), made(1)).rule == "files"


def test_whoever_is_newer_by_name_and_by_making_is_told_once():
    proven, newer = made(2), made(1, UNCHECKED)
    known = Known(made={proven.set: 1, newer.set: 2})
    found = {one.set: one for one in plan([proven, newer], NOTHING, NOW, (), known).decisions}

    assert found[newer.set].because == note("keep.newer", database="users")


def test_what_goes_by_age_alone_waits_after_a_standstill_and_says_since_when():
    older, last = made(55), made(50)
    found = said(older, last, rules=rules_of(max_age_days=30))
    values = {"since": last.at.isoformat(), "days": 7}

    assert (found.action, found.rule, found.rules) == (Action.REFUSE, "clock", ("clock",))
    assert found.because == Problem(code="prune.clock", severity=Severity.WARNING, values=values)
    assert said(made(90), last, rules=rules_of(max_age_days=30)).rule == "expired", "it was too old before"


@pytest.mark.parametrize(
    ("days", "lived", "rule"),
    [
        ((45,), (), "expired"),
        ((46,), (), "clock"),
        ((0, 50), (), "clock"),
        ((0, 50), (20,), "expired"),
        ((0, 50), (4,), "clock"),
        ((7, 60), (), "clock"),
        ((7.01, 60), (), "expired"),
        ((5, 50), (), "expired"),
        ((5, 51), (), "clock"),
        ((46,), (-1,), "clock"),
    ],
)
def test_the_clock_is_believed_until_45_days_of_nothing_and_again_7_days_after(days, lived, rule):
    old = made(max(days) + 5)
    known = Known(lived=tuple(NOW - timedelta(days=each) for each in lived))
    sets = [old, *(made(each) for each in days)]
    found = {one.set: one.rule for one in plan(sets, rules_of(max_age_days=30), NOW, (), known).decisions}

    assert found[old.set] == rule


def test_of_a_day_that_is_not_over_nothing_goes():
    newest, today, yesterday = made(0.1), made(0.3), made(1.3)
    sets = [newest, today, yesterday, made(0.2, origin=Origin.SAFETY)]
    found = {one.set: one for one in plan(sets, NOTHING, NOW, ("users",), Known(today=today.day)).decisions}

    assert (found[today.set].rules, found[today.set].because) == (("today",), note("keep.today"))
    assert found[newest.set].rules == ("newest_proven", "today")
    assert found[yesterday.set].rule == "expired"
    assert said(today, newest).rule == "expired", "whoever asks for it by hand wants it now"


def test_every_database_has_its_own_periods():
    mixed = [made(n + 0.1, databases={"users": GOOD} if n % 2 else {"auditoria": GOOD}) for n in range(8)]
    found = decisions(*mixed, rules=rules_of(daily=2), names=())

    assert [found[one.set].action for one in mixed] == [Action.KEEP] * 4 + [Action.DELETE] * 4


def test_a_set_under_way_or_half_deleted_hides_no_attempt_behind_it():
    under_way = made(0.1, FAILED, status=SetStatus.IN_PROGRESS)
    failed = made(0.5, FAILED, status=SetStatus.FAILED)
    half = made(0.2, deleting=True)

    for before in (under_way, half):
        assert said(made(3), before, failed, made(1)).rule == "latest_unproven"


def test_an_attempt_of_the_future_counts_only_where_there_is_no_other():
    ahead = made(-3, FAILED, status=SetStatus.FAILED)
    nearer = made(-2, GOOD)
    safety = [made(day, origin=Origin.SAFETY) for day in (1, 2)]

    assert said(safety[1], safety[0], ahead).rule == "latest_unproven"
    assert said(safety[1], safety[0], nearer).rule == "safety_expired"
    assert said(safety[1], safety[0], nearer, ahead).rule == "latest_unproven", "the newest of them"


def test_the_digest_is_of_what_is_decided_too():
    sets = [made(1), made(2), made(3)]
    digests = {plan(sets, rules, NOW, ()).digest for rules in (NOTHING, rules_of(daily=2), rules_of(count=2))}

    assert len(digests) == 3


# --- chains


def test_a_chain_with_one_broken_link_is_broken_above_it_for_that_database_alone():
    full = made(9)
    first = made(8, needing(full))
    second = made(7, needing(first))
    third = made(6, needing(second))
    broken = msgspec.structs.replace(first, databases={"users": msgspec.structs.replace(needing(full), proven=False)})

    assert said(third, second, first, full).rule == "newest_proven"
    found = decisions(third, second, broken, full, names=())
    assert [found[one.set].rule for one in (third, second, broken, full)] == ["newer"] * 3 + ["newest_proven"]


def test_what_needs_itself_or_each_other_ends():
    name = made(5).set
    itself = made(5, msgspec.structs.replace(GOOD, needs=(name,)))
    one, two = made(3), made(2)
    circle = [made(3, needing(two)), made(2, needing(one))]

    assert said(itself).action is Action.KEEP
    assert [one.action for one in decisions(*circle, made(1)).values()] == [Action.KEEP, Action.DELETE, Action.DELETE]


def test_what_is_needed_is_protected_though_it_lacks_the_database():
    other = made(9, databases={"auditoria": GOOD})
    log = made(1, needing(other))

    assert set(protected([log, other])) == {log.set, other.set}


def test_what_newer_sets_need_is_protected_with_them():
    full, newest = made(9), made(5)
    newer = made(3, msgspec.structs.replace(needing(full), proven=False))

    assert set(protected([full, newest, newer, made(2, UNCHECKED)])) == {
        one.set for one in (full, newest, newer, made(2))
    }


def link(number: int, kind: BackupKind = BackupKind.FULL, *, usable: bool = True, **facts: object) -> Link:
    told = ChainFacts(**facts) if facts else None
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    return Link(set=f"s{number}", at=at, kind=kind, usable=usable, facts=told)


LOG, DIFFERENTIAL = BackupKind.LOG, BackupKind.DIFFERENTIAL


def needed(*links: Link) -> str:
    """What the last of ``links`` needs."""
    return needs(links)[links[-1].set][0]


@pytest.mark.parametrize(("end", "fits"), [(89, False), (90, True), (150, True), (151, False)])
def test_a_base_ends_within_a_log_or_at_its_edges(end, fits):
    log = link(2, LOG, first_lsn="90", last_lsn="150")

    assert needed(link(1, last_lsn=str(end)), log) == ("s1" if fits else ABSENT)


@pytest.mark.parametrize(("end", "fits"), [(89, False), (90, True), (149, True), (150, False)])
def test_a_log_goes_on_where_another_ends_before_its_own_end(end, fits):
    log = link(2, LOG, first_lsn="90", last_lsn="150")

    assert needed(link(1, LOG, first_lsn="10", last_lsn=str(end)), log) == ("s1" if fits else ABSENT)


def test_a_backup_of_which_nothing_is_told_is_nobodys_base():
    unknown = link(1)

    assert needed(unknown, link(2, LOG, first_lsn="90", last_lsn="150")) == ABSENT
    assert needed(unknown, link(2, DIFFERENTIAL, differential_base_guid="a")) == ABSENT
    assert needed(link(1, LOG), link(2, LOG, first_lsn="90", last_lsn="150")) == ABSENT


def test_a_guid_on_one_side_alone_leaves_it_to_the_checkpoint():
    full = {"checkpoint_lsn": "10"}

    assert needed(link(1, backup_set_guid="a", **full), link(2, DIFFERENTIAL, differential_base_lsn="10")) == "s1"
    both = {"differential_base_guid": "a", "differential_base_lsn": "10"}
    assert needed(link(1, **full), link(2, DIFFERENTIAL, **both)) == "s1"
    assert needed(link(1, backup_set_guid="b", **full), link(2, DIFFERENTIAL, **both)) == ABSENT


@pytest.mark.parametrize("text", ["", "x1", "-1", "1.5", "²", "١", None])
def test_what_is_no_lsn_fits_nothing(text):
    assert needed(link(1, last_lsn=text), link(2, LOG, first_lsn="0", last_lsn="9" * 25)) == ABSENT
    assert needed(link(1, last_lsn="1"), link(2, LOG, first_lsn=text, last_lsn="9")) == ABSENT


def test_where_nothing_is_known_and_nothing_is_earlier_it_is_absent():
    alone = link(2, DIFFERENTIAL)

    assert needs([alone, link(2, LOG), link(3)]) == {"s2": (ABSENT,)}


# --- against the model


@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_random_roots_are_decided_as_the_model_does(seed):
    chance = random.Random(seed)
    for _ in range(100):
        judge(some_sets(chance), some_rules(chance), NOW, NAMES[: chance.randint(0, 2)])
