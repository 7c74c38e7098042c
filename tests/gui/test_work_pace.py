"""How far, how fast, how long: from events and a clock alone."""

from __future__ import annotations

import pytest

from rexus.modules.backup.base.records import JobEvent
from rexus.modules.backup.qt.work import FILES, Pace, Part
from rexus.modules.backup.qt.work_rows import busiest

MB = 1_000_000


def event(database, phase, done=0, total=0, job="20250806_143052"):
    return JobEvent(job=job, sequence=1, phase=phase, database=database, done=done, total=total)


def backup(**sizes):
    return Pace("backup", sizes)


def test_before_the_first_event_nobody_knows_how_far():
    step = backup(users=10 * MB, inventario=0).step(0.0, pid=7)

    assert (step.fraction, step.left_s, step.events, step.pid) == (None, None, (), 7)
    assert step.parts == (Part("users", total=10 * MB), Part("inventario"))


def test_the_whole_counts_bytes_and_not_databases():
    pace = backup(small=10 * MB, large=990 * MB)
    pace.take([event("small", "done", 10 * MB, 10 * MB)], 1.0)
    assert pace.step(1.0).fraction == pytest.approx(0.01)
    pace.take([event("large", "done", 990 * MB, 990 * MB)], 2.0)
    assert pace.step(2.0).fraction == 1.0


def test_a_size_that_nobody_knows_counts_as_the_average():
    pace = backup(users=10 * MB, servidor=0)
    pace.take([event("users", "done", 10 * MB, 10 * MB)], 1.0)

    assert pace.step(1.0).fraction == pytest.approx(0.5)


def test_it_never_goes_back_whatever_order_phases_come_in():
    pace = backup(users=100 * MB)
    seen = []
    for second, told in enumerate(
        [
            event("users", "snapshot", 0, 1000),
            event("users", "snapshot", 1000, 1000),
            event("users", "seal", 50 * MB, 100 * MB),
            event("users", "check", 10, 1000),
            event("users", "seal", 100 * MB, 100 * MB),
            event("users", "reread", 100 * MB, 100 * MB),
            event("users", "check", 900, 1000),
            event("users", "verify", 1 * MB, 30 * MB),
            event("users", "done", 100 * MB, 100 * MB),
        ]
    ):
        pace.take([told], float(second))
        seen.append(pace.step(float(second)).fraction)

    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert all(one < 1.0 for one in seen[:-1])


def test_rate_and_time_left():
    pace = backup(users=100 * MB)
    for second in range(5):
        pace.take([event("users", "seal", 10 * MB * second, 100 * MB)], float(second))
    step = pace.step(4.0)
    [part] = step.parts

    assert part.rate == pytest.approx(10 * MB)
    assert 4.0 < part.left_s < 12.0
    assert step.left_s == part.left_s
    pace.take([event("users", "done", 100 * MB, 100 * MB)], 10.0)
    [part] = pace.step(30.0).parts
    assert (part.seconds, part.rate, part.left_s) == (10.0, 10 * MB, None)


def test_files_are_told_but_hold_nobody_up():
    pace = backup(users=10 * MB)
    pace.take([event("users", "done", 10 * MB, 10 * MB), event("", "files", 5, 10)], 1.0)
    step = pace.step(1.0)

    assert step.fraction == 1.0
    assert [(one.name, one.fraction) for one in step.parts] == [("users", 1.0), (FILES, 0.5)]


def test_checking_many_sets_counts_the_sets():
    pace = Pace("verify", {}, sets=4)
    pace.take([event("users", "check", 10, 10, job="a")], 1.0)
    assert pace.step(1.0).fraction == pytest.approx(0.25)
    pace.take([event("users", "unseal", 0, 10, job="b")], 2.0)
    assert pace.step(2.0).fraction == pytest.approx(0.25)
    unknown = Pace("verify", {})
    unknown.take([event("users", "check", 10, 10)], 1.0)
    assert unknown.step(1.0).fraction is None


def test_where_there_is_no_room_those_under_way_come_first():
    waiting, done, failed = Part("a"), Part("b", "done"), Part("c", "failed")
    busy = Part("d", "seal"), Part("e", "seal")

    assert busiest([waiting, done, failed, *busy]) == (failed, *busy)
    assert busiest([waiting, done]) == (waiting, done)
    assert busiest([waiting, done, *busy]) == (done, *busy)


def test_a_job_that_says_nothing_is_done_yet_is_believed():
    pace = backup(users=10 * MB)
    told = JobEvent(job="s", sequence=1, phase="done", database="users", done=10 * MB, total=10 * MB, whole=0.0)
    pace.take([told], 1.0)

    assert pace.step(1.0).fraction == 0.0
