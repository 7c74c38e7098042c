"""Edges of when all is well and when not: each alarm word for word, and the last moment before it."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from watch.health_world import NIGHT, NOW, SETTINGS, ago, codes, facts, held, made, nights, proved, ran
from watch.test_health_judge import NOT_THERE, OUTDATED, agreed, due_at

from rexus.modules.backup.base.records import BackupKind, Origin, Problem, SetStatus, Severity, Tick
from rexus.modules.backup.base.texts import sentence, word
from rexus.modules.backup.base.watching import DatabaseHealth, Health, Level, RunState
from rexus.modules.backup.catalog.index import ChainFacts, SetSummary
from rexus.modules.backup.jobs.drill_record import LastTest
from rexus.modules.backup.jobs.lease import LeaseRecord
from rexus.modules.backup.watch.health import judge
from rexus.modules.backup.watch.health_alarms import about_place
from rexus.modules.backup.watch.known import error, note, warning
from rexus.modules.backup.watch.tasks import TaskStatus

MOMENT = timedelta(microseconds=1)
MB = 1_000_000


def health_of(*sets: SetSummary, **more: object) -> Health:
    """Of one database, users."""
    return judge(facts(list(sets), databases=("users",), **more), NOW)


def users(*sets: SetSummary, **more: object) -> DatabaseHealth:
    return health_of(*sets, **more).databases["users"]


def alarms(*sets: SetSummary, **more: object) -> list[Problem]:
    """All but that there was no restore test."""
    return [one for one in health_of(*sets, **more).alarms if one.code != "health.untested"]


def one_of(code: str, *sets: SetSummary, **more: object) -> Problem | None:
    return next((one for one in health_of(*sets, **more).alarms if one.code == code), None)


def text(days: float = 0.0, **more: float) -> str:
    return ago(days, **more).isoformat()


def at(days: float = 0.0, **of_each: object) -> SetSummary:
    """A set so many days old, of the database users."""
    return made(ago(days), names=("users",), **of_each)


# --- what protects a database


def test_the_verdict_names_the_set_and_the_instant():
    unproven = [at(0.1, tick=Tick.NONE), at(0.2, tick=Tick.NONE)]

    assert users(*unproven).because == error("health.none_proven", database="users", set=unproven[0].set)
    assert users(at(-3), at(-2)).because == error("health.all_future", database="users", since=text(-3))
    assert users(at(1), at(2)).because == note("health.protected", database="users", since=text(1), set=at(1).set)
    long = agreed(rpo_hours=3_000)
    assert users(at(126), settings=long).because == error(
        "health.too_old", database="users", set=at(126).set, since=text(126), hours=3_000
    )
    assert alarms(at(126), settings=long)[0] == users(at(126), settings=long).because


def test_a_backup_is_as_old_as_its_content():
    started = made(ago(1.2), databases={"users": held(ago(0.5))})

    assert users(started).protected_until == ago(0.5)
    untold = made(ago(1), databases={"users": msgspec.structs.replace(held(ago(1)), started_at=None)})
    assert users(untold).protected_until == ago(1)
    crossed = [made(ago(0.3), databases={"users": held(ago(0.9))}), started]
    assert users(*crossed).protected_until == ago(0.5), "the newest content, not the newest set"


def test_clocks_may_differ_by_five_minutes():
    edge = NOW + timedelta(minutes=5)
    near, far = made(edge, names=("users",)), made(edge + timedelta(seconds=1), names=("users",))

    assert users(near).ok
    assert users(near).age_s == 0.0
    assert one_of("health.clock_back", near) is None
    assert users(far).because.code == "health.all_future"
    values = {"set": far.set, "since": far.timestamp, "count": 1}
    assert one_of("health.clock_back", far, at(1)) == warning("health.clock_back", **values)
    assert one_of("health.clock_back", far, near, at(-1)) == warning("health.clock_back", **values), "newest first"


def test_what_is_being_deleted_or_has_no_file_protects_nothing():
    half = msgspec.structs.replace(at(0.1), deleting=True)
    lost = made(ago(0.1), databases={"users": msgspec.structs.replace(held(ago(0.1)), file=None)})
    server = made(
        ago(0.1),
        databases={"users": msgspec.structs.replace(held(ago(0.1)), file=None, server_file="D:\\Backup\\users.bak")},
    )

    assert [users(one, at(1)).protected_until for one in (half, lost)] == [ago(1)] * 2
    assert users(server, at(1)).protected_until == ago(0.1)


@pytest.mark.parametrize("tick", [Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED])
def test_every_passed_check_is_a_proof(tick):
    found = users(at(0.5, tick=tick, checked=ago(0.2)))

    assert (found.ok, found.deepest, found.proven_at, found.set) == (True, tick, ago(0.2), at(0.5).set)


def test_a_differential_names_its_base():
    def copy(days: float, kind: BackupKind = BackupKind.FULL, **told: str) -> SetSummary:
        return at(days, kind=kind, chain=ChainFacts(**told))

    named, nearer = copy(3, backup_set_guid="a"), copy(2, backup_set_guid="b")
    differential = copy(1, BackupKind.DIFFERENTIAL, differential_base_guid="a")

    def protected(*gone: SetSummary) -> object:
        absent = frozenset((one.set, "users") for one in gone)
        return users(differential, nearer, named, absent=absent).protected_until

    assert (protected(), protected(nearer), protected(named)) == (ago(1), ago(1), ago(2))


def test_without_facts_the_nearest_base_is_meant_and_a_damaged_one_serves_nobody():
    log = at(1, kind=BackupKind.LOG)

    assert users(log, at(2), at(3)).protected_until == ago(1)
    assert users(log, at(2, tick=Tick.FAILED, failed_depth="content"), at(3)).protected_until == ago(3)
    family = [at(2, chain=ChainFacts(last_lsn="110")), at(3, chain=ChainFacts(last_lsn="100"))]
    told = at(1, kind=BackupKind.LOG, chain=ChainFacts(first_lsn="90", last_lsn="150"))
    assert users(told, *family, absent=frozenset({(family[0].set, "users")})).protected_until == ago(1)


# --- restore tests and checks


def a_test(days: float, *, ok: bool, good: float | None = None, **more: object) -> LastTest:
    return LastTest(tested_at=ago(days), ok=ok, set="x", restored_at=None if good is None else ago(good), **more)


def test_a_failed_restore_test_names_its_set():
    bad = at(1, tick=Tick.FAILED, failed_depth="restored")
    expected = error("health.drill_failed", database="users", set=bad.set)

    assert one_of("health.drill_failed", at(0.1), bad) == expected
    assert users(at(0.1), bad).because == expected
    assert one_of("health.drill_failed", at(0.1, tick=Tick.RESTORED, restored=ago(0.1)), bad) is None
    assert one_of("health.drill_failed", at(0.1, tick=Tick.FAILED, failed_depth="content"), bad) == expected
    assert one_of("health.drill_failed", at(0.1, tick=Tick.FAILED, failed_depth="content", restored=ago(5)), bad)
    assert one_of("health.drill_failed", at(0.1, tick=Tick.FAILED, failed_depth="content"), at(1)) is None


def test_a_failed_restore_test_outlives_its_set_until_a_later_one_passes():
    def failed(good: float) -> Problem | None:
        sets = (at(0.1), at(6, tick=Tick.RESTORED, restored=ago(good)))
        return one_of("health.drill_failed", *sets, tests={"users": a_test(3, ok=False, good=9)})

    expected = error("health.drill_failed", database="users", set="x")
    assert [failed(good) for good in (4, 3, 2)] == [expected, None, None]
    assert one_of("health.drill_failed", at(0.1), tests={"users": a_test(3, ok=False)}) == expected
    assert one_of("health.drill_failed", at(0.1), tests={"users": a_test(3, ok=True, good=3)}) is None
    assert one_of("health.drill_failed", at(0.1), tests={"otra": a_test(3, ok=False)}) is None


def test_the_last_good_restore_counts_wherever_it_is_written_down():
    sets = [
        at(0.1),
        at(1, tick=Tick.RESTORED, restored=ago(0.9), restored_s=11.0),
        at(2, tick=Tick.RESTORED, restored=ago(0.5), restored_s=12.0),
        at(3, tick=Tick.RESTORED, restored=ago(0.7), restored_s=13.0),
    ]
    before, after = a_test(0.6, ok=True, good=0.6, restore_s=14.0), a_test(0.4, ok=True, good=0.4, restore_s=15.0)

    def last(*few: SetSummary, **tests: LastTest) -> tuple[object, float | None]:
        found = users(*few, tests=tests)
        return found.restored_at, found.restore_s

    assert last(*sets) == (ago(0.5), 12.0)
    assert last(*sets, users=before) == (ago(0.5), 12.0)
    assert last(*sets, users=after) == (ago(0.4), 15.0)
    assert last(sets[0], users=after) == (ago(0.4), 15.0)
    assert last(sets[0], users=a_test(1, ok=False)) == (None, None)


def test_a_database_is_as_large_as_its_last_full_copy_says():
    def copy(days: float, kind: BackupKind, size: int, **told: str) -> SetSummary:
        return at(days, kind=kind, size=size, chain=ChainFacts(**told))

    full = copy(2, BackupKind.FULL, 30 * MB, backup_set_guid="a")
    differential = copy(1, BackupKind.DIFFERENTIAL, MB, differential_base_guid="a")

    assert users(full, differential).set == differential.set
    assert users(full, differential).size_bytes == 30 * MB
    assert users(at(1, size=20 * MB), full).size_bytes == 20 * MB
    assert users().size_bytes == 0


def test_the_rate_of_all_restores_tells_how_long_all_would_take():
    sets = [at(0.1, size=30), at(1, size=20, restored=ago(1), restored_s=4.0), at(2, size=10, restored=ago(2))]

    def seconds(*few: SetSummary, **tests: LastTest) -> float | None:
        return health_of(*few, tests=tests).restore_all_s

    assert seconds(*sets) == pytest.approx(30 * 4 / 20)
    gone = a_test(5, ok=True, good=5, restore_s=26.0, size_bytes=40)
    assert seconds(*sets, users=gone) == pytest.approx(30 * 30 / 60)
    assert seconds(*sets, users=msgspec.structs.replace(gone, restore_s=0.0)) == pytest.approx(6.0)
    assert seconds(*sets, users=msgspec.structs.replace(gone, size_bytes=0)) == pytest.approx(6.0)
    assert seconds(*sets, users=msgspec.structs.replace(gone, restore_s=1.0)) == pytest.approx(30 * 5 / 60)
    assert seconds(sets[0]) is None
    other = made(ago(3), databases={"otra": held(ago(3), restored=ago(3), restored_s=900.0)})
    assert seconds(*sets, other) == pytest.approx(6.0), "what is no longer configured says nothing"
    assert seconds(at(0.1, size=0), *sets[1:]) is None
    assert seconds(at(0.1, size=30, restored=ago(0.1), restored_s=1.0)) == pytest.approx(1.0), "a second is a time"


def test_the_day_on_which_a_check_falls_due():
    settings = agreed(rpo_hours=10_000, verify_days=15, drill_days=30)

    def due(checked: float, restored: float) -> list[Problem]:
        one = at(60, tick=Tick.RESTORED, checked=ago(checked), restored=ago(restored))
        return [each for each in alarms(one, settings=settings) if each.code.endswith("overdue")]

    assert due(15, 30) == []
    verify = warning("health.verify_overdue", database="users", set=at(60).set, since=text(16), days=15)
    assert due(16, 30) == [verify]
    assert due(15, 31) == [warning("health.drill_overdue", database="users", since=text(31), days=30)]
    unknown = made(ago(16), databases={"users": msgspec.structs.replace(held(ago(16)), proven_at=None)})
    assert alarms(unknown, settings=settings)[0].values["since"] == text(16)
    assert one_of("health.verify_overdue", at(-3), settings=settings) is None


@pytest.mark.parametrize(("days", "severity"), [(100, Severity.INFO), (100.1, Severity.WARNING)])
def test_a_database_that_is_new_may_wait_for_its_first_restore_test(days, severity):
    sets = [at(0.1), at(days), at(200, status=SetStatus.FAILED)]
    expected = Problem(code="health.untested", severity=severity, values={"database": "users"})

    assert one_of("health.untested", *sets) == expected


# --- the newest attempt


def test_a_failed_attempt_tells_its_cause():
    def latest(*sets: SetSummary, **more: object) -> Problem | None:
        return one_of("health.latest_failed", *sets, at(1), **more)

    bad = at(0.1, status=SetStatus.FAILED)
    told = {"database": "users", "set": bad.set, "status": "failed"}
    assert latest(bad) == warning("health.latest_failed", cause="failed", **told)
    assert latest(at(0.1, status=SetStatus.FAILED, code="space.short")) == warning(
        "health.latest_failed", cause="space.short", **told
    )
    dead = at(0.1, status=SetStatus.IN_PROGRESS)
    told["status"] = "interrupted"
    assert latest(dead) == warning("health.latest_failed", cause="interrupted", **told)
    part = made(ago(0.1), databases={"users": held(ago(0.1), status=SetStatus.IN_PROGRESS)})
    assert latest(part) == warning("health.latest_failed", cause="interrupted", **told)
    assert latest(dead, holder=LeaseRecord(pid=7, verb="verify", since=ago(0.01))) is None


def test_an_attempt_that_nobody_checked_is_told():
    bare = at(0.1, tick=Tick.NONE)

    assert alarms(bare, at(1)) == [warning("health.latest_unproven", database="users", set=bare.set)]
    assert alarms(at(0.1), at(0.2, tick=Tick.NONE), at(1)) == [], "the newest alone"


def test_what_is_no_attempt_hides_none():
    bad = at(0.5, status=SetStatus.FAILED)
    passed_over = {
        "a copy before a restore": at(0.1, origin=Origin.SAFETY),
        "cancelled": at(0.1, status=SetStatus.CANCELLED),
        "of the future": at(-1),
    }
    for what, one in passed_over.items():
        assert "health.latest_failed" in codes(tuple(alarms(one, bad, at(0.9)))), what
    under_way = at(0.01, status=SetStatus.IN_PROGRESS)
    holder = LeaseRecord(pid=7, verb="backup", since=ago(0.01))
    assert one_of("health.latest_failed", under_way, bad, at(0.9), holder=holder) is not None
    edge = made(NOW + timedelta(minutes=5), names=("users",), status=SetStatus.FAILED)
    assert one_of("health.latest_failed", edge, at(0.9)) is not None


# --- what is unusual


def night(number: float, size: int = 50 * MB, seconds: float = 20.0) -> SetSummary:
    return at(number + 0.3, size=size, seconds=seconds)


def test_a_slow_backup_is_told_in_minutes():
    before = [night(number, seconds=6_000) for number in range(1, 7)]

    assert one_of("health.slow", night(0, seconds=9_000), *before) is None
    slow = night(0, seconds=10_000)
    expected = warning("health.slow", database="users", set=slow.set, minutes=167, usual=100)
    assert one_of("health.slow", slow, *before) == expected
    assert one_of("health.slow", night(0, seconds=80), *(night(n) for n in range(1, 7))) is None
    assert one_of("health.slow", night(0, seconds=80.1), *(night(n) for n in range(1, 7))) is not None


def test_so_many_backups_tell_what_is_usual():
    def odd(*before: SetSummary, seconds: float = 900.0) -> list[str]:
        settings = agreed(rpo_hours=10_000)
        return codes(tuple(alarms(night(0, 200 * MB, seconds), *before, settings=settings)))

    both = ["health.slow", "health.size_jump"]
    assert odd(*(night(n) for n in range(1, 6))) == both
    assert odd(*(night(n) for n in range(1, 5))) == []
    # of the newest thirty before it sixteen are of the one kind, or of the other
    assert odd(*(night(n / 9) for n in range(1, 17)), *(night(3 + n / 9, 200 * MB, 900.0) for n in range(14))) == both
    assert odd(*(night(n / 9) for n in range(1, 15)), *(night(3 + n / 9, 200 * MB, 900.0) for n in range(20))) == []
    thirty = [*(night(n / 9) for n in range(1, 16)), *(night(3 + n / 9, seconds=900.0) for n in range(20))]
    assert "health.slow" in odd(*thirty, seconds=700.0), "fifteen of each: the mean of the two in the middle"
    mixed = [night(n, seconds=s) for n, s in enumerate((20, 900, 900, 900, 20, 20), 1)]
    assert "health.slow" in odd(*mixed, seconds=700.0)


def test_every_size_before_it_counts():
    def jump(newest: int, *before: int) -> Problem | None:
        sets = (night(0, newest), *(night(n, size) for n, size in enumerate(before, 1)))
        return one_of("health.size_jump", *sets)

    even = jump(75_900_000, *[50 * MB] * 3, *[51 * MB] * 3)
    assert even is not None
    assert even.values["bytes_then"] == 50_500_000
    assert jump(80 * MB, *[50 * MB] * 3, *[60 * MB] * 2) is not None


def test_news_is_news_for_seven_days():
    def odd(days: float) -> list[str]:
        sets = (at(days, size=200 * MB, seconds=900.0), *(at(days + n, size=50 * MB) for n in range(1, 7)))
        return codes(tuple(alarms(*sets, settings=agreed(rpo_hours=10_000))))

    assert odd(7) == ["health.slow", "health.size_jump"]
    assert odd(7 + 1 / 86_400) == []


def test_a_new_size_is_told_with_its_first_set():
    jump = [night(0, 210 * MB), night(1, 200 * MB), *(night(n) for n in range(2, 12))]
    values = {"database": "users", "set": jump[1].set, "bytes_now": 210 * MB, "bytes_then": 50 * MB}
    assert alarms(*jump) == [warning("health.size_jump", **values)]
    drop = [night(0, 9 * MB), night(1, 10 * MB), *(night(n) for n in range(2, 12))]
    values |= {"bytes_now": 9 * MB}
    assert alarms(*drop) == [warning("health.size_drop", **values)]


@pytest.mark.parametrize(
    ("newest", "usual", "spread", "is_odd"),
    [
        (75 * MB, 50 * MB, 0, False),
        (75 * MB + 1, 50 * MB, 0, True),
        (35 * MB, 50 * MB, 0, False),
        (35 * MB - 1, 50 * MB, 0, True),
        (1_100_000, 100_000, 0, False),
        (1_100_001, 100_000, 0, True),
        (100_000, 200_000, 0, False),
        (99_999, 200_000, 0, True),
        (50 * MB + 74_130_000, 50 * MB, 10 * MB, False),
        (50 * MB + 74_130_001, 50 * MB, 10 * MB, True),
    ],
)
def test_how_much_is_much(newest, usual, spread, is_odd):
    sizes = [usual - spread, usual + spread] * 3 + [usual]
    sets = (night(0, newest), *(night(n, size) for n, size in enumerate(sizes, 1)))

    assert bool(alarms(*sets)) is is_odd


def test_what_is_charted_is_what_was_completed_in_full():
    sets = [
        night(0),
        at(1, status=SetStatus.FAILED),
        at(2, kind=BackupKind.DIFFERENTIAL),
        at(3, size=0),
        at(4, origin=Origin.SAFETY),
        night(5, 40 * MB),
    ]
    found = users(*sets)

    assert found.sizes == ((ago(5.3), 40 * MB), (ago(0.3), 50 * MB))
    assert (found.size_bytes, found.median_s, found.growth_bytes_per_day) == (50 * MB, 20.0, None)
    many = users(*(night(n, 10 * MB - n, seconds=float(n)) for n in range(400)))
    assert [many.sizes[0], many.sizes[-1], len(many.sizes)] == [(ago(364.3), 10 * MB - 364), (ago(0.3), 10 * MB), 365]
    assert many.median_s == 14.5, "of the newest thirty"


def test_growth_is_told_of_five_backups_on_more_than_a_day():
    def growth(*days: float) -> float | None:
        return users(*(at(day, size=100 * MB - round(day * MB)) for day in days)).growth_bytes_per_day

    assert growth(0, 1, 2, 3, 4) == pytest.approx(MB)
    assert growth(0, 1, 2, 3) is None
    assert growth(0, 0.25, 0.5, 0.75, 1) == pytest.approx(MB)
    assert growth(0, 0.2, 0.4, 0.6, 0.8) is None
    assert growth(*range(60)) == pytest.approx(MB)


def test_a_database_without_a_proven_backup_has_figures_too():
    found = users(at(1, tick=Tick.NONE, size=7), at(2, tick=Tick.NONE, size=9))

    assert (found.size_bytes, found.set, found.age_s, found.deepest) == (7, None, None, Tick.NONE)
    assert (found.name, found.proven_at, found.protected_until) == ("users", None, None)
    nothing = users()
    assert (nothing.size_bytes, nothing.median_s, nothing.sizes, nothing.restore_s) == (0, None, (), None)
    assert users(at(0.5)).age_s == 0.5 * 86_400


# --- the sentence on top


def test_the_sentence_on_top():
    two = proved(nights(3))
    settings = agreed(rpo_hours_of={"inventario": 40})
    aged = made(ago(0.1), names=("users",), tick=Tick.RESTORED, restored=ago(0.1))
    ahead = [aged, *two]

    assert judge(facts(two), NOW).said == note("health.well", count=2, since=text(hours=7))
    assert judge(facts(ahead, settings=settings), NOW).said == note("health.well", count=2, since=text(hours=7))
    assert judge(facts(ahead, undelivered=1, same_disk="users"), NOW).said == warning(
        "health.attention", count=2, since=text(hours=7), alarms=2
    )
    unreadable = Problem(code="catalog.unreadable", values={"path": "/copias", "reason": "EIO"})
    assert judge(facts([], problems=(unreadable, unreadable)), NOW).said == error(
        "health.unprotected", names="users, inventario", count=2, total=2
    )
    assert judge(facts(two, problems=(unreadable, unreadable)), NOW).said == error(
        "health.unprotected", names="-", count=0, total=2
    )
    assert judge(facts([]), NOW).said == error("health.no_backup", path="/copias")
    assert judge(facts([], databases=()), NOW).alarms[0] == error("database.none")


def test_what_is_said_at_the_top_is_of_now():
    health = judge(facts(proved(nights(3)), free_bytes=5_000), NOW)

    assert (health.at, health.free_bytes, health.level, health.success_percent) == (NOW, 5_000, Level.WELL, 100)
    assert health.full_on is None
    full = judge(facts(proved(nights(30)), free_bytes=10**8), NOW)
    assert full.full_on is not None
    assert full.full_on == date.fromisoformat(
        str(next(a for a in full.alarms if a.code == "health.full_soon").values["day"])
    )


def test_the_oldest_proof_of_all_counts_and_none_where_one_is_missing():
    half = made(ago(0.1), names=("users",), tick=Tick.RESTORED, checked=ago(0.1), restored=ago(0.1))
    both = made(ago(0.3), tick=Tick.RESTORED, checked=ago(0.3), restored=ago(0.3))
    health = judge(facts([half, both]), NOW)

    assert (health.verified_at, health.restored_at) == (ago(0.3), ago(0.3))
    alone = judge(facts([half]), NOW)
    assert (alone.verified_at, alone.restored_at) == (None, None)
    assert judge(facts([], databases=()), NOW).verified_at is None


def test_the_loudest_comes_first_and_silences_the_run_that_found_it():
    drill = msgspec.structs.replace(NIGHT, name="prueba", action="drill")
    check = msgspec.structs.replace(NIGHT, name="comprueba", action="verify")
    settings = msgspec.structs.replace(agreed(), schedules=(NIGHT, drill, check))
    failed = [ran(ago(1), RunState.FAILED, one.name, one.action) for one in (drill, check)]
    runs = (*failed, ran(ago(hours=7)))
    bad = made(ago(2), databases={"inventario": held(ago(2), tick=Tick.FAILED, failed_depth="restored")})
    sets = [bad, *nights(3, first=3)]
    found = codes(judge(facts(sets, runs=runs, settings=settings), NOW).alarms)

    assert found[:3] == ["health.drill_failed", "health.too_old", "health.too_old"]
    assert found.count("health.run_failed") == 1
    quiet = judge(facts(proved(nights(3)), runs=runs, settings=settings), NOW)
    assert codes(quiet.alarms).count("health.run_failed") == 2


# --- sets, place, who works there


def test_alarms_about_sets_tell_the_newest_and_how_many():
    sets = [
        at(0.1),
        at(1, tick=Tick.FAILED, failed_depth="content", checked=ago(0.5)),
        at(2),
        at(3),
        msgspec.structs.replace(at(4), deleting=True),
        at(5, tick=Tick.FAILED, failed_depth="stored", checked=ago(3)),
    ]
    absent = frozenset((one.set, "users") for one in sets[1:])

    assert alarms(*sets, absent=absent) == [
        warning("health.damaged", set=sets[1].set, count=2),
        warning("health.missing", set=sets[2].set, database="users", count=2),
    ]


@pytest.mark.parametrize(("days", "severity"), [(14, Severity.WARNING), (14.1, Severity.INFO)])
def test_the_last_day_on_which_damage_is_news(days, severity):
    def damaged(checked: str | None, made_days: float) -> Problem:
        bad = at(made_days, tick=Tick.FAILED, failed_depth="content")
        bad = msgspec.structs.replace(bad, last_checked_at=checked)
        (found,) = alarms(at(0.1), bad)
        return found

    assert damaged(text(days), 60).severity is severity
    assert damaged(None, days).severity is severity
    older = at(70, tick=Tick.FAILED, failed_depth="content")
    newer = msgspec.structs.replace(at(60, tick=Tick.FAILED, failed_depth="content"), last_checked_at=text(days))
    assert alarms(at(0.1), newer, older)[0].severity is severity


def test_damage_is_of_sets_that_are_bad_now():
    restored = at(1, tick=Tick.FAILED, failed_depth="restored")
    mixed = made(
        ago(1),
        databases={
            "users": held(ago(1), tick=Tick.FAILED, failed_depth="restored"),
            "otra": held(ago(1), tick=Tick.FAILED, failed_depth="content"),
        },
    )
    healed = msgspec.structs.replace(at(1, tick=Tick.FAILED, failed_depth="content"), tick=Tick.CONTENT)

    assert [one_of("health.damaged", at(0.1), one) is not None for one in (restored, mixed, healed)] == [
        False,
        True,
        False,
    ]


def test_what_cannot_be_read_names_the_first_file():
    bad = [Problem(code="manifest.damaged", values={"file": name}) for name in ("a.json", "b.json")]
    gone = Problem(code="catalog.unreadable", severity=Severity.WARNING, values={"path": "/x"})

    assert alarms(at(0.1), problems=(gone, *bad)) == [gone, warning("health.unreadable", count=2, file="a.json")]
    assert alarms(at(0.1), problems=(Problem(code="manifest.damaged"),)) == [
        warning("health.unreadable", count=1, file="?")
    ]


def test_space_that_is_just_enough_is_enough():
    assert alarms(at(0.1), free_bytes=1_000) == []
    assert alarms(at(0.1), free_bytes=999) == [warning("health.low_space", path="/copias", free=999, bytes=1_000)]
    assert alarms(at(0.1), free_bytes=None) == []


@pytest.mark.parametrize(("days", "is_told"), [(30, True), (31, False)])
def test_a_disk_that_will_be_full_soon_is_told(days, is_told):
    full = (NOW + timedelta(days=days)).date()
    told = warning("health.full_soon", path="/copias", day=full.isoformat(), free=5_000)

    assert list(about_place(facts([], free_bytes=5_000), full, NOW)) == ([told] if is_told else [])
    if is_told:
        (unknown,) = about_place(facts([], free_bytes=None), full, NOW)
        assert unknown.values["free"] == 0


def test_the_place_tells_what_it_found():
    odd = warning("check.restore_open", database="users", set="x")
    found = alarms(at(0.1), same_disk="users", trouble=(odd,), undelivered=3)

    assert found == [
        odd,
        warning("health.undelivered", count=3),
        warning("health.same_disk", path="/copias", database="users"),
    ]
    assert alarms(at(0.1), undelivered=1) == [warning("health.undelivered", count=1)]


def running(minutes: float, *sets: SetSummary, verb: str = "backup") -> Problem | None:
    holder = LeaseRecord(pid=7, verb=verb, since=NOW - timedelta(minutes=minutes))
    found = [one for one in alarms(*sets, holder=holder) if one.code.startswith("health.running")]
    return found[0] if found else None


def lasting(days: float, seconds: float, **more: object) -> SetSummary:
    return msgspec.structs.replace(at(days, **more), seconds=seconds)


def test_a_backup_that_runs_is_compared_with_those_before_it():
    hours = [lasting(n + 0.3, 6_000) for n in range(5)]

    assert running(150, *hours) == note("health.running", since=text(minutes=150))
    assert running(151, *hours) == warning("health.running_long", since=text(minutes=151), pid=7, usual=100)
    assert running(5_000, *hours[:4]) == note("health.running", since=text(minutes=5_000)), "too few to compare with"
    assert running(5_000, *hours, verb="verify") is None
    short = [lasting(n + 0.3, 20) for n in range(5)]
    assert running(80 / 60, *short).code == "health.running"
    assert running(81 / 60, *short).code == "health.running_long"
    old = [*(lasting(n / 9 + 0.3, 20) for n in range(16)), *(lasting(n / 9 + 3, 60_000) for n in range(16))]
    assert running(81 / 60, *old).code == "health.running_long", "the newest thirty tell what is usual"
    aside = [lasting(n / 9, 60_000, origin=Origin.SAFETY) for n in range(1, 6)]
    failed = [lasting(n / 9 + 1, 60_000, status=SetStatus.FAILED) for n in range(6)]
    assert running(81 / 60, *aside, *failed, *(lasting(n + 3, 20) for n in range(5))).code == "health.running_long"


# --- success and schedules


def rate(*ended: bool, every: float = 1.0) -> tuple[Problem | None, int | None]:
    """Of endings, the newest first, so many days apart; the newest is a good one of today."""
    sets = [
        at(0.1 + n * every, status=SetStatus.COMPLETED if good else SetStatus.FAILED) for n, good in enumerate(ended)
    ]
    health = health_of(*sets)
    return next((one for one in health.alarms if one.code == "health.success"), None), health.success_percent


def test_the_rate_of_success_counts_ten_attempts_of_thirty_days():
    yes, no = True, False

    assert rate(yes, yes, yes, yes, no) == (None, 80)
    assert rate(yes, yes, yes, no, no) == (warning("health.success", failed=2, count=5), 60)
    assert rate(yes, yes, no, no) == (None, 50)
    assert rate(yes, yes, yes, no, no, no, yes, yes, yes, yes) == (warning("health.success", failed=3, count=10), 70)
    assert rate(*[yes] * 9, no, no, no) == (None, 90)
    assert rate(yes, no, no, no, no, no, every=10) == (None, 33)
    assert rate() == (None, None)


def test_attempts_are_those_that_somebody_wanted_and_that_ended():
    good = [at(n + 0.1) for n in range(2, 6)]

    def percent(*sets: SetSummary, **more: object) -> int | None:
        return health_of(*sets, *good, **more).success_percent

    assert percent(at(0.1, status=SetStatus.FAILED)) == 80
    assert percent(at(0.1, status=SetStatus.FAILED, origin=Origin.SAFETY)) == 100
    assert percent(at(0.1, status=SetStatus.CANCELLED)) == 100
    assert percent(at(0.1, status=SetStatus.IN_PROGRESS)) == 100
    assert percent(at(-1, status=SetStatus.FAILED)) == 100, "of the future"
    assert percent(made(NOW + timedelta(minutes=5), names=("users",), status=SetStatus.FAILED)) == 80
    part = made(ago(0.1), databases={"users": held(ago(0.1)), "b": held(ago(0.1), status=SetStatus.FAILED)})
    assert percent(part) == 80
    states = (RunState.FAILED, RunState.REFUSED, RunState.INTERRUPTED, RunState.SKIPPED)
    assert [percent(runs=(ran(ago(1), state),)) for state in states] == [80] * 4
    assert [percent(runs=(ran(ago(1), state),)) for state in (RunState.OK, RunState.WARNINGS, RunState.CANCELLED)] == [
        100
    ] * 3
    assert percent(runs=(ran(ago(1), RunState.FAILED, set="x"),)) == 100, "its set is counted"
    assert percent(runs=(ran(ago(1), RunState.FAILED, "v", "verify"),)) == 100


def test_an_attempt_is_of_the_last_thirty_days():
    def percent(at_: object) -> int | None:
        return health_of(at(1), made(at_, names=("users",), status=SetStatus.FAILED)).success_percent

    assert percent(ago(30)) == 50
    assert percent(ago(30) - timedelta(seconds=1)) == 100


def test_how_a_run_ended_is_told_with_its_cause():
    def told(*sets: SetSummary, state: RunState = RunState.FAILED, action: str = "backup", **more: object) -> object:
        check = msgspec.structs.replace(NIGHT, action=action)
        settings = msgspec.structs.replace(agreed(), schedules=(check, msgspec.structs.replace(NIGHT, name="otra")))
        runs = (ran(ago(0.5), state, action=action, **more), ran(ago(0.5), name="otra"))
        found = [one for one in alarms(*sets, runs=runs, settings=settings) if "run" in one.code or "skip" in one.code]
        return found[0] if found else None

    since = {"schedule": "noche", "since": text(0.5)}
    failed = {**since, "action": "backup"}
    assert told(at(0.9)) == warning("health.run_failed", **failed, cause="failed", why=word("failed"))
    short = {"path": "/copias", "needed": 5, "free": 1}
    why = sentence(Problem(code="space.short", values=short)).message
    expected = warning("health.run_failed", **failed, cause="space.short", why=why)
    assert told(at(0.9), code="space.short", values=short) == expected
    assert told(at(0.9), state=RunState.REFUSED).values["cause"] == "refused"
    assert told(at(0.9), state=RunState.INTERRUPTED).values["cause"] == "interrupted"
    assert told(at(0.9), state=RunState.CANCELLED) is None
    assert told(at(0.9), set="x") is None, "its set tells it"
    assert told(at(0.9), set="x", action="verify").values["action"] == "verify"
    skipped = warning("health.skipped", **since, why=word("skipped"))
    assert told(at(0.9), state=RunState.SKIPPED) == skipped
    assert told(at(0.9), state=RunState.SKIPPED, set="x") == skipped


def test_only_a_good_backup_after_a_failed_one_makes_up_for_it():
    def failed(*sets: SetSummary, action: str = "backup") -> bool:
        check = msgspec.structs.replace(NIGHT, action=action)
        settings = msgspec.structs.replace(agreed(), schedules=(check, msgspec.structs.replace(NIGHT, name="otra")))
        runs = (ran(ago(0.5), RunState.FAILED, action=action), ran(ago(0.5), name="otra"))
        return one_of("health.run_failed", *sets, at(0.9), runs=runs, settings=settings) is not None

    ended = ago(0.5) + timedelta(minutes=1)
    assert not failed(made(ended + timedelta(seconds=1), names=("users",)))
    assert failed(made(ended, names=("users",)))
    assert failed(at(0.1), action="verify")
    assert failed(at(0.1, origin=Origin.SAFETY))
    assert failed(at(0.1, status=SetStatus.FAILED))
    part = made(ago(0.1), databases={"users": held(ago(0.1)), "b": held(ago(0.1), status=SetStatus.FAILED)})
    assert failed(part)
    assert failed(), "an older one does not"


def test_the_newest_run_counts_and_a_missed_one_is_none():
    bad, missed = ran(ago(0.6), RunState.FAILED), ran(ago(0.5), RunState.MISSED)

    assert one_of("health.run_failed", at(0.9), runs=(bad, missed)) is not None
    assert one_of("health.run_failed", at(0.9), runs=(bad, ran(ago(0.5)))) is None
    assert one_of("health.run_failed", at(0.9), runs=(ran(ago(0.7)), bad)) is not None
    other = msgspec.structs.replace(bad, schedule="gone")
    assert one_of("health.run_failed", at(0.9), runs=(ran(ago(0.7)), other)) is None


def test_without_a_backup_among_the_schedules_somebody_must_think_of_it():
    off = msgspec.structs.replace(NIGHT, enabled=False)
    check = msgspec.structs.replace(NIGHT, name="b", action="verify")

    def said(*schedules: object, **more: object) -> list[str]:
        settings = msgspec.structs.replace(agreed(), schedules=schedules)
        return codes(tuple(alarms(at(0.1), settings=settings, **more)))

    assert said(NIGHT) == []
    assert said() == said(off) == said(off, task=NOT_THERE, runs=()) == ["health.no_schedule"]
    assert said(check) == ["health.no_schedule"]
    assert said(check, task=OUTDATED) == ["health.no_schedule", "health.schedule_outdated"]
    assert said(check, NIGHT) == []


def test_what_is_late_by_two_hours_is_not_run_by_anybody():
    def late(*due: object, **more: object) -> Problem | None:
        return one_of("health.not_firing", at(0.1), due=due, **more)

    told = warning("health.not_firing", names="noche", since=text(hours=2), count=1)
    assert late(*due_at(2)) == told
    assert late(*due_at(1.99)) is None
    several = sorted((*due_at(3, 2), *due_at(2.5, name="otra")), key=lambda one: one.utc)
    assert late(*several) == warning("health.not_firing", names="noche, otra", since=text(hours=3), count=3)
    holder = LeaseRecord(pid=7, verb="verify", since=ago(0.01))
    assert late(*due_at(3), holder=holder) is None
    assert late(*due_at(3), runs=(ran(ago(hours=3)),)) is None
    assert late(*due_at(3), runs=(ran(ago(hours=2)), ran(ago(hours=4)))) is None, "the newest of them answers"
    assert late(*due_at(3), runs=(ran(ago(hours=2.5), name="otra"),)) is not None
    assert late(*due_at(3), task=NOT_THERE) is None
    assert late(*due_at(3), task=None) is None


def test_what_the_systems_scheduler_says_is_told_as_loud_as_it_matters():
    odd = error("tasks.linger", user="ana")

    def said(task: TaskStatus | None, **more: object) -> list[tuple[str, str]]:
        return [(one.code, one.severity.value) for one in alarms(at(0.1), task=task, **more)]

    broken = msgspec.structs.replace(NOT_THERE, problems=(odd,))
    assert said(broken) == [("tasks.linger", "info")]
    assert said(broken, runs=()) == [("tasks.linger", "warning")]
    assert said(None) == said(NOT_THERE) == [("health.not_installed", "info")]
    assert said(None, runs=()) == [("health.not_installed", "warning")]
    assert said(msgspec.structs.replace(OUTDATED, problems=(odd,)), runs=()) == [
        ("tasks.linger", "error"),
        ("health.schedule_outdated", "warning"),
    ]


def test_the_agreed_settings_are_those_of_the_world():
    assert SETTINGS.health.rpo_hours == 26  # what the tests above reckon with
