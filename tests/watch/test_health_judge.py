"""Is all well? Judged from the data and not from jobs: each way in which it is not, and what is no alarm."""

from __future__ import annotations

import string
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watch.health_world import NAMES, NIGHT, NOW, SETTINGS, ago, codes, facts, held, made, nights, proved, ran

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.records import BackupKind, Origin, Problem, SetStatus, Severity, Tick
from rexus.modules.backup.base.watching import Health, Level, Occurrence, RunState
from rexus.modules.backup.catalog.index import ChainFacts
from rexus.modules.backup.config.settings import Health as Agreed
from rexus.modules.backup.jobs.drill_record import LastTest
from rexus.modules.backup.jobs.lease import LeaseRecord
from rexus.modules.backup.watch.health import judge
from rexus.modules.backup.watch.tasks import TaskStatus


def agreed(**changes: object) -> object:
    return msgspec.structs.replace(SETTINGS, health=Agreed(**{"free_bytes": 0, **changes}))


def alarm_of(health: Health, code: str) -> Problem:
    return next(one for one in health.alarms if one.code == code)


def test_all_is_well():
    health = judge(facts(proved(nights(40))), NOW)

    assert (health.level, health.said.code, health.alarms) == (Level.WELL, "health.well", ())
    assert health.success_percent == 100
    one = health.databases["users"]
    assert (one.ok, one.protected_until, one.age_s) == (True, ago(hours=7), 7 * 3600)
    assert (one.deepest, one.restore_s, one.rpo_s) == (Tick.RESTORED, 5.0, 26 * 3600)
    assert health.restored_at == health.verified_at == ago(hours=7)
    assert health.restore_all_s == pytest.approx(10.0)
    assert [size for _, size in one.sizes] == [50_000_000] * 40
    assert one.sizes[0][0] < one.sizes[-1][0]


def test_with_no_backup_at_all_one_sentence_says_so():
    health = judge(facts([]), NOW)

    assert (health.level, health.said.code) == (Level.UNPROTECTED, "health.no_backup")
    assert codes(health.alarms) == ["health.no_backup"]
    assert [one.because.code for one in health.databases.values()] == ["health.never"] * 2
    assert all(one.protected_until is None and one.age_s is None and not one.ok for one in health.databases.values())


def test_with_no_database_nothing_is_protected():
    health = judge(facts([], databases=()), NOW)

    assert (health.level, health.said.code) == (Level.UNPROTECTED, "database.none")


def test_a_database_that_no_set_holds_is_named():
    health = judge(facts(proved(nights(3, names=("users",)))), NOW)

    assert (health.level, health.said.code) == (Level.UNPROTECTED, "health.never")
    assert health.said.values == {"database": "inventario"}
    assert health.databases["users"].ok


@pytest.mark.parametrize(("hours", "level"), [(26, Level.WELL), (26.1, Level.UNPROTECTED)])
def test_the_agreed_loss_is_the_limit(hours, level):
    sets = proved([made(ago(hours=hours)), *nights(5, first=2)])

    assert judge(facts(sets), NOW).level is level


def test_another_loss_may_be_agreed_for_one_database():
    settings = agreed(rpo_hours_of={"users": 6})
    health = judge(facts(proved(nights(3)), settings=settings), NOW)

    assert health.said.code == "health.too_old"
    assert health.said.values["database"] == "users"
    assert health.databases["inventario"].ok


def test_two_unprotected_databases_are_told_in_one_sentence():
    health = judge(facts(proved(nights(5, first=3))), NOW)

    assert health.said.code == "health.unprotected"
    assert health.said.values == {"names": "users, inventario", "count": 2, "total": 2}


UNUSABLE = {
    "a failed check": {"tick": Tick.FAILED, "failed_depth": "content"},
    "no check": {"tick": Tick.NONE},
    "a failed backup": {"status": SetStatus.FAILED},
    "an interrupted one": {"status": SetStatus.INTERRUPTED},
}


@pytest.mark.parametrize("how", UNUSABLE)
def test_only_what_is_proven_protects(how):
    bad = made(ago(hours=1), **UNUSABLE[how])
    alone = judge(facts([bad]), NOW)
    beside = judge(facts([bad, *proved(nights(5))]), NOW)

    assert (alone.level, alone.databases["users"].because.code) == (Level.UNPROTECTED, "health.none_proven")
    assert (beside.level, beside.databases["users"].protected_until) == (Level.ATTENTION, ago(hours=7))


def test_a_file_that_is_gone_protects_nothing():
    sets = proved(nights(5))
    health = judge(facts(sets, absent=frozenset({(sets[0].set, "users")})), NOW)

    assert health.said.code == "health.too_old"
    assert health.databases["users"].protected_until == ago(1, hours=7)
    assert alarm_of(health, "health.missing").values == {"set": sets[0].set, "database": "users", "count": 1}


def test_what_a_check_has_noted_is_not_told_as_missing_again():
    sets = [*proved(nights(1)), made(ago(40), tick=Tick.FAILED, failed_depth="stored")]
    health = judge(facts(sets, absent=frozenset({(sets[1].set, "users")})), NOW)

    assert (health.level, codes(health.alarms)) == (Level.WELL, ["health.damaged"])


@pytest.mark.parametrize(("days", "level"), [(2, Level.ATTENTION), (40, Level.WELL)])
def test_damage_is_an_alarm_while_it_is_news(days, level):
    bad = made(ago(60), tick=Tick.FAILED, failed_depth="content", checked=ago(days))
    bad = msgspec.structs.replace(bad, last_checked_at=ago(days).isoformat())
    health = judge(facts([*proved(nights(5)), bad]), NOW)

    assert (health.level, codes(health.alarms)) == (level, ["health.damaged"])


def test_a_failed_restore_test_is_the_loudest():
    sets = nights(5, first=3)
    failed = held(ago(3, hours=7), tick=Tick.FAILED, failed_depth="restored")
    sets[0] = made(ago(3, hours=7), databases={**sets[0].databases, "users": failed})
    health = judge(facts(sets), NOW)

    assert codes(health.alarms)[0] == "health.drill_failed"
    assert health.databases["users"].because.code == "health.drill_failed"


def test_a_failed_restore_test_counts_until_one_has_passed():
    failed = made(ago(1), tick=Tick.FAILED, failed_depth="restored")
    runs = (ran(ago(1), RunState.FAILED, "prueba", "drill"), ran(ago(hours=7)))
    drill = msgspec.structs.replace(NIGHT, name="prueba", action="drill")
    asked = msgspec.structs.replace(SETTINGS, schedules=(NIGHT, drill))
    newer = facts([*nights(1), failed, *nights(5, first=2)], runs=runs, settings=asked)
    passed = facts([*proved(nights(1)), failed, *nights(5, first=2)])

    health = judge(newer, NOW)
    assert health.level is Level.UNPROTECTED
    assert health.said.values == {"names": "users, inventario", "count": 2, "total": 2}
    assert "health.run_failed" not in codes(health.alarms)
    assert codes(judge(passed, NOW).alarms) == ["health.damaged"]


def test_a_failed_restore_test_of_an_old_set_overrules_no_newer_one():
    passed = proved(nights(1))
    failed = made(ago(9), tick=Tick.FAILED, failed_depth="restored")
    last = {"users": LastTest(set=failed.set, tested_at=ago(0.01), ok=False)}

    assert codes(judge(facts([*passed, failed], tests=last), NOW).alarms) == ["health.damaged"]
    again = {"users": LastTest(set=passed[0].set, tested_at=ago(0.01), ok=False)}
    assert "health.drill_failed" in codes(judge(facts([*passed, failed], tests=again), NOW).alarms)


def test_a_run_that_died_and_the_set_it_had_begun_are_one_failure():
    died = made(ago(1, hours=6.9), status=SetStatus.INTERRUPTED)
    run = ran(ago(1, hours=7), RunState.INTERRUPTED)
    run = msgspec.structs.replace(run, at=ago(1, hours=1))
    without = ran(ago(2, hours=7), RunState.INTERRUPTED)
    sets = [*proved(nights(1)), died, *nights(3, first=3)]

    assert judge(facts(sets, runs=(run, ran(ago(hours=7)))), NOW).success_percent == 80
    assert judge(facts(sets, runs=(without, run, ran(ago(hours=7)))), NOW).success_percent == 67


def test_what_is_told_once_of_several_databases_is_counted_once():
    told = judge(facts(nights(2, first=0, checked=ago(90)), databases=NAMES), NOW)
    several = [one for one in told.alarms if one.code == "health.verify_overdue"]

    assert (len(several), told.said.values["alarms"]) == (2, 1)


def test_a_set_that_was_damaged_since_makes_up_for_no_failed_restore_test():
    failed = made(ago(2), tick=Tick.FAILED, failed_depth="restored")
    since = made(ago(1), tick=Tick.FAILED, failed_depth="content", restored=ago(1))

    assert "health.drill_failed" in codes(judge(facts([*nights(1), since, failed]), NOW).alarms)


def test_what_is_written_down_of_restore_tests_outlives_the_sets():
    def judged(**test: object) -> Health:
        last = {name: LastTest(set="20260101_020000", **test) for name in NAMES}
        return judge(facts(nights(5), tests=last), NOW)

    good = {"restored_at": ago(20), "restore_s": 4.0, "size_bytes": 50_000_000}
    passed = judged(tested_at=ago(20), ok=True, **good)
    failed = judged(tested_at=ago(10), ok=False, **good)

    assert (passed.level, passed.restored_at, passed.restore_all_s) == (Level.WELL, ago(20), pytest.approx(8.0))
    assert codes(failed.alarms) == ["health.drill_failed"] * 2
    assert failed.databases["users"].restored_at == ago(20)
    later = judge(facts(proved(nights(5)), tests={"users": LastTest(set="x", tested_at=ago(10), ok=False)}), NOW)
    assert later.level is Level.WELL


def test_a_copy_made_before_a_restore_protects_only_where_there_is_nothing_else():
    safety = made(ago(hours=1), origin=Origin.SAFETY)

    assert judge(facts([safety]), NOW).databases["users"].protected_until == ago(hours=1)
    assert judge(facts([safety, *nights(3)]), NOW).databases["users"].protected_until == ago(hours=7)


def test_a_set_from_the_future_hides_no_other_and_is_told():
    future = made(ago(-3))
    health = judge(facts([future, *proved(nights(5))]), NOW)

    assert health.databases["users"].protected_until == ago(hours=7)
    assert (health.level, codes(health.alarms)) == (Level.ATTENTION, ["health.future"])
    assert judge(facts([made(ago(-0.002)), *proved(nights(5))]), NOW).databases["users"].age_s == 0.0


def test_the_newest_content_protects_whatever_the_order_of_the_sets():
    late = made(ago(hours=1), databases={name: held(ago(hours=40)) for name in NAMES})

    assert judge(facts([late, *nights(3)]), NOW).databases["users"].protected_until == ago(hours=7)


def test_a_set_that_is_being_deleted_protects_nothing():
    sets = nights(3)
    sets[0] = msgspec.structs.replace(sets[0], deleting=True)

    assert judge(facts(sets), NOW).databases["users"].protected_until == ago(1, hours=7)


def test_with_nothing_but_the_future_nobody_can_tell():
    health = judge(facts([made(ago(-3))]), NOW)

    assert health.level is Level.UNPROTECTED
    assert {one.because.code for one in health.databases.values()} == {"health.all_future"}


def test_a_log_protects_only_with_all_that_it_needs():
    def chained(at, kind, first, last):
        lsn = ChainFacts(first_lsn=str(first), last_lsn=str(last), checkpoint_lsn=str(first), family_guid="f")
        return made(at, names=("users",), kind=kind, chain=lsn)

    full = chained(ago(hours=9), BackupKind.FULL, 100, 200)
    logs = [chained(ago(hours=9 - n), BackupKind.LOG, 100 + n * 50, 180 + n * 50) for n in (1, 2, 3)]
    sets = [*reversed(logs), full]

    def protected(lost):
        absent = frozenset({(lost.set, "users")}) if lost else frozenset()
        return judge(facts(sets, databases=("users",), absent=absent), NOW).databases["users"].protected_until

    assert protected(None) == ago(hours=6)
    assert protected(logs[1]) == ago(hours=8)
    assert protected(full) is None


def test_checks_and_restore_tests_fall_due():
    old = [made(ago(number, hours=7), checked=ago(20)) for number in range(3)]
    settings = agreed(rpo_hours=1000, verify_days=15, drill_days=30)
    health = judge(facts(old, settings=msgspec.structs.replace(settings, schedules=(NIGHT,))), NOW)
    assert codes(health.alarms).count("health.verify_overdue") == 2
    assert alarm_of(health, "health.untested").severity is Severity.INFO

    aged = [*nights(1), *nights(1, first=40)]
    health = judge(facts(aged, settings=msgspec.structs.replace(settings, schedules=(NIGHT,))), NOW)
    assert alarm_of(health, "health.untested").severity is Severity.WARNING

    once = [*nights(1), made(ago(40), tick=Tick.RESTORED, restored=ago(35))]
    health = judge(facts(once, settings=msgspec.structs.replace(settings, schedules=(NIGHT,))), NOW)
    assert codes(health.alarms) == ["health.drill_overdue"] * 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (SetStatus.FAILED, "health.latest_failed"),
        (SetStatus.INTERRUPTED, "health.latest_failed"),
        (SetStatus.CANCELLED, None),
    ],
)
def test_the_newest_attempt_counts_but_not_what_was_cancelled(status, code):
    health = judge(facts([made(ago(hours=1), status=status, code="space.short"), *proved(nights(9))]), NOW)

    assert set(codes(health.alarms)) == ({code} if code else set())


def test_an_older_failure_is_past():
    sets = proved(nights(9))
    sets.insert(4, made(ago(3, hours=3), status=SetStatus.FAILED))

    assert judge(facts(sets), NOW).alarms == ()


def test_a_set_under_way_is_no_failure_while_its_writer_lives():
    now_running = made(ago(hours=0.01), status=SetStatus.IN_PROGRESS)
    holder = LeaseRecord(pid=7, verb="backup", since=ago(hours=0.01))
    alive = judge(facts([now_running, *proved(nights(9))], holder=holder), NOW)
    dead = judge(facts([now_running, *proved(nights(9))]), NOW)

    assert (alive.level, codes(alive.alarms)) == (Level.WELL, ["health.running"])
    assert set(codes(dead.alarms)) == {"health.latest_failed"}


def test_a_backup_that_runs_for_longer_than_usual_is_told():
    holder = LeaseRecord(pid=7, verb="backup", since=ago(hours=2))
    health = judge(facts(proved(nights(9)), holder=holder), NOW)

    assert (health.level, codes(health.alarms)) == (Level.ATTENTION, ["health.running_long"])


def sized(*sizes: int) -> list[str]:
    sets = [made(ago(number, hours=7), size=size, names=("users",)) for number, size in enumerate(sizes)]
    found = judge(facts(sets, databases=("users",)), NOW).alarms
    return [one.code for one in found if one.code.startswith("health.size")]


MB = 1_000_000


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([100 * MB, *[50 * MB] * 10], ["health.size_jump"]),
        ([10 * MB, *[50 * MB] * 10], ["health.size_drop"]),
        ([10 * MB] * 3 + [50 * MB] * 10, ["health.size_drop"]),
        ([10 * MB] * 9 + [50 * MB] * 20, []),
        ([100 * MB, 50 * MB], []),
        ([50_000, *[20_000] * 10], []),
        ([65 * MB, *[50 * MB] * 10], []),
        ([60 * MB - number * MB for number in range(30)], []),
        ([120 * MB, 50 * MB, 110 * MB, 20 * MB, 90 * MB, 50 * MB, 115 * MB, 30 * MB], []),
        ([100 * MB, *[50 * MB] * 5, 400 * MB, *[50 * MB] * 5], ["health.size_jump"]),
    ],
    ids=[
        "jump",
        "drop",
        "three nights ago",
        "usual by now",
        "too few",
        "small",
        "a third more",
        "growing",
        "wild",
        "one outlier",
    ],
)
def test_a_size_is_unusual_against_many_and_not_against_one(sizes, said):
    assert sized(*sizes) == said


def test_a_backup_is_slow_by_half_and_by_a_minute():
    def slow(newest_s, usual_s):
        sets = [made(ago(hours=7), seconds=newest_s), *nights(8, first=1, seconds=usual_s)]
        return "health.slow" in codes(judge(facts(sets), NOW).alarms)

    assert slow(400, 240)
    assert not slow(350, 240)
    assert not slow(70, 20)
    assert not slow(1, 240)


def test_space_and_disk():
    health = judge(facts(proved(nights(3)), free_bytes=999, same_disk="users", undelivered=2), NOW)
    assert set(codes(health.alarms)) == {"health.low_space", "health.same_disk", "health.undelivered"}


def test_the_rate_of_success_is_of_the_newest_attempts():
    def with_failures(*which: int) -> list[str]:
        sets = proved(nights(12))
        for number in which:
            sets[number] = made(ago(number, hours=7), status=SetStatus.FAILED)
        return codes(judge(facts(sets), NOW).alarms)

    assert with_failures(2, 4, 6) == ["health.success"]
    assert with_failures(2, 4) == []
    assert with_failures(9, 10, 11) == []


def test_a_run_that_came_to_no_set_is_an_attempt_too():
    runs = tuple(ran(ago(number), RunState.FAILED, code="space.short") for number in (3, 2, 1))
    health = judge(facts(proved(nights(12)), runs=(*runs, ran(ago(hours=7)))), NOW)

    assert codes(health.alarms) == ["health.success"]
    assert health.success_percent == 70


def due_at(*hours: float, name: str = "noche") -> tuple[Occurrence, ...]:
    return tuple(
        Occurrence(
            schedule=name, action="backup", wall=f"{ago(hours=h):%Y-%m-%dT%H:%M}", at=ago(hours=h), utc=ago(hours=h)
        )
        for h in sorted(hours, reverse=True)
    )


NOT_THERE = TaskStatus(installed=False, kind="cron")
OUTDATED = TaskStatus(installed=True, kind="cron", outdated=True)


@pytest.mark.parametrize(
    ("changes", "said", "level"),
    [
        ({}, [], Level.WELL),
        ({"task": NOT_THERE}, ["health.not_installed"], Level.WELL),
        ({"task": NOT_THERE, "runs": ()}, ["health.not_installed"], Level.ATTENTION),
        ({"task": NOT_THERE, "due": due_at(3)}, ["health.not_installed"], Level.ATTENTION),
        ({"task": OUTDATED}, ["health.schedule_outdated"], Level.ATTENTION),
        ({"due": due_at(3)}, ["health.not_firing"], Level.ATTENTION),
        ({"due": due_at(1)}, [], Level.WELL),
        ({"due": due_at(7, 31)}, [], Level.WELL),
        ({"runs": (), "due": due_at(3)}, ["health.not_firing"], Level.ATTENTION),
    ],
    ids=["fires", "fires without", "nobody", "stopped", "outdated", "silent", "not late", "answered", "never"],
)  # fmt: skip
def test_schedules_are_judged_by_their_runs(changes, said, level):
    health = judge(facts(proved(nights(5)), **changes), NOW)

    assert (codes(health.alarms), health.level) == (said, level)


def test_what_is_due_may_wait_for_whoever_works_now():
    holder = LeaseRecord(pid=7, verb="verify", since=ago(hours=4))

    assert judge(facts(proved(nights(5)), due=due_at(3), holder=holder), NOW).level is Level.WELL


def test_without_a_schedule_somebody_must_think_of_it():
    settings = msgspec.structs.replace(SETTINGS, schedules=())

    assert codes(judge(facts(proved(nights(5)), settings=settings), NOW).alarms) == ["health.no_schedule"]


BUSY = {"pid": 7, "verb": "restore", "who": "ana", "since": "2026-03-18T02:00:00+00:00", "host": "h"}


def test_a_summary_that_nobody_wants_is_no_alarm():
    unwanted = ran(ago(hours=3), RunState.SKIPPED, action="digest", code="notice.no_digest")
    health = judge(facts(proved(nights(5)), runs=(unwanted,)), NOW)

    assert health.level is Level.WELL
    assert codes(health.alarms) == ["notice.no_digest"]


def test_what_is_agreed_to_is_no_alarm():
    accepted = msgspec.structs.replace(SETTINGS.health, accepted=("same_disk", "no_scheduler"))
    agreed = msgspec.structs.replace(SETTINGS, health=accepted)
    known = {"same_disk": "users", "task": TaskStatus(installed=False, kind=""), "runs": ()}

    assert judge(facts(proved(nights(5)), **known), NOW).level is Level.ATTENTION
    health = judge(facts(proved(nights(5)), settings=agreed, **known), NOW)
    assert health.level is Level.WELL
    assert {"health.same_disk", "health.not_installed"} <= set(codes(health.alarms))


def test_the_gravest_alarm_comes_first():
    low = msgspec.structs.replace(SETTINGS, health=msgspec.structs.replace(SETTINGS.health, free_bytes=10**9))
    failed = ran(ago(hours=3), RunState.FAILED, code="space.short")
    more = {"same_disk": "users", "undelivered": 1, "free_bytes": 5, "runs": (failed,), "settings": low}
    told = codes(judge(facts(proved(nights(5)), **more), NOW).alarms)

    assert told == [
        "health.low_space",
        "health.run_failed",
        "health.undelivered",
        "health.full_soon",
        "health.same_disk",
    ]


@pytest.mark.parametrize(("days", "told"), [(1, "1 day"), (15, "15 days")])
def test_one_day_is_no_days(days, told):
    problem = Problem(code="health.verify_overdue", values={"database": "u", "set": "s", "since": "x", "days": days})
    texts.use_language("en")
    try:
        assert f"agreed is {told} at most" in texts.sentence(problem).message
    finally:
        texts.use_language("es")


def test_a_run_that_was_skipped_or_failed_is_told_until_a_better_one():
    skipped = ran(ago(hours=3), RunState.SKIPPED, code="root.busy", values=BUSY)
    failed = ran(ago(hours=3), RunState.FAILED, code="space.short")
    sets = proved(nights(5))

    (told,) = judge(facts(sets, runs=(skipped,)), NOW).alarms
    assert told.code == "health.skipped"
    assert "ana" in str(told.values["why"])
    assert codes(judge(facts(sets, runs=(failed,)), NOW).alarms) == ["health.run_failed"]
    assert judge(facts([made(ago(hours=1)), *sets], runs=(failed,)), NOW).level is Level.WELL
    assert judge(facts(sets, runs=(failed, ran(ago(hours=2)))), NOW).level is Level.WELL


def test_what_cannot_be_read_is_told():
    bad = Problem(code="manifest.damaged", values={"file": "backup_manifest_x.json", "reason": "-"})
    health = judge(facts(proved(nights(5)), problems=(bad, bad)), NOW)
    assert codes(health.alarms) == ["health.unreadable"]
    assert health.alarms[0].values == {"count": 2, "file": "backup_manifest_x.json"}

    gone = Problem(code="catalog.unreadable", values={"path": "/copias", "reason": "EIO"})
    health = judge(facts([], problems=(gone,)), NOW)
    assert (health.level, health.said.code) == (Level.UNPROTECTED, "catalog.unreadable")


# --- whatever there may be ---

moments = st.integers(-5_000, 60 * 24 * 40).map(lambda minutes: NOW - timedelta(minutes=minutes))
backups = st.builds(
    held,
    moments,
    tick=st.sampled_from(Tick),
    status=st.sampled_from(SetStatus),
    size=st.integers(0, 10**9),
    seconds=st.floats(0, 1e5),
    restored=st.none() | moments,
    failed_depth=st.sampled_from([None, "content", "restored"]),
)


@st.composite
def any_facts(draw):
    instants = sorted(draw(st.lists(moments, max_size=14, unique=True)), reverse=True)
    sets = [
        made(
            at,
            databases=draw(st.dictionaries(st.sampled_from(NAMES), backups)),
            status=draw(st.sampled_from(SetStatus)),
            origin=draw(st.sampled_from(Origin)),
        )
        for at in instants
    ]
    held_by = [(one.set, name) for one in sets for name in one.databases]
    absent = frozenset(draw(st.sets(st.sampled_from(held_by)))) if held_by else frozenset()
    runs = tuple(
        ran(at, draw(st.sampled_from(RunState)), set=draw(st.sampled_from([None, "x"])))
        for at in draw(st.lists(moments, max_size=5))
    )
    return facts(
        sets,
        absent=absent,
        runs=runs,
        due=due_at(*draw(st.lists(st.floats(0, 900), max_size=3))),
        holder=draw(
            st.none()
            | st.builds(LeaseRecord, pid=st.just(1), verb=st.sampled_from(["backup", "verify"]), since=moments)
        ),
        task=draw(st.sampled_from([None, NOT_THERE, TaskStatus(installed=True, kind="cron")])),
        free_bytes=draw(st.none() | st.integers(0, 10**12)),
        same_disk=draw(st.sampled_from(["", "users"])),
        undelivered=draw(st.integers(0, 2)),
    )


def is_protected(found, name: str) -> bool:
    """The promise in few words: a proven backup in its place, not of the future, not older than agreed."""
    proven = [
        one
        for one in found.sets
        if name in one.databases
        and one.databases[name].status is SetStatus.COMPLETED
        and one.databases[name].tick not in (Tick.NONE, Tick.FAILED)
        and (one.set, name) not in found.absent
    ]
    proven = [one for one in proven if one.origin not in ("safety", "drill")] or proven
    ages = [NOW - datetime.fromisoformat(one.databases[name].started_at) for one in proven]
    return any(timedelta(minutes=-5) <= age <= timedelta(hours=26) for age in ages)


def gaps(code: str) -> set[str]:
    text = texts._all()[code]
    return {
        gap.removesuffix("_told")
        for part in (text.message, text.safe, text.fix)
        for _, gap, _, _ in string.Formatter().parse(part)
        if gap
    }


@given(any_facts())
@settings(max_examples=300, deadline=None)
def test_nobody_is_called_protected_who_is_not_and_every_alarm_can_be_told(found):
    health = judge(found, NOW)

    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    assert [one.severity for one in health.alarms] == sorted((one.severity for one in health.alarms), key=order.index)
    worst = health.alarms[0].severity if health.alarms else Severity.INFO
    assert health.level is {"error": Level.UNPROTECTED, "warning": Level.ATTENTION, "info": Level.WELL}[worst]
    for name, one in health.databases.items():
        assert one.ok is (one.because.severity is Severity.INFO)
        assert one.ok is (is_protected(found, name) and one.because.code != "health.drill_failed")
        assert one.ok or health.level is Level.UNPROTECTED
    for problem in (*health.alarms, health.said, *(one.because for one in health.databases.values())):
        assert gaps(problem.code) <= problem.values.keys(), problem
