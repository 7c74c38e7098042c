"""What is known of runs, on real files; and what is due, judged by itself and in years of sleep and wrong clocks."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.faults import FaultyFiles, RecordingFiles, crash_states, write_tree

from rexus.modules.backup.base import process
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Origin
from rexus.modules.backup.base.watching import Occurrence, Run, RunState
from rexus.modules.backup.config.settings import Schedule
from rexus.modules.backup.watch.due import begin, judge
from rexus.modules.backup.watch.runs import LOCK_NAME, LOG_NAME, Runs
from rexus.modules.backup.watch.schedule import fingerprint, occurrences

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOLDER = """
import sys
from pathlib import Path
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.watch.runs import Runs
with Runs(Path(sys.argv[1]), RealFiles(), SystemClock()).claim() as ours:
    print("ours" if ours else "theirs", flush=True)
    sys.stdin.read(1)
"""


class Clock:
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def run(day: int = 10, state: RunState = RunState.OK, *, at: datetime = NOON, schedule: str = "noche", **more) -> Run:
    due = datetime(2026, 3, day, 2, tzinfo=UTC)
    wall = due.strftime("%Y-%m-%dT%H:%M")
    return Run(schedule=schedule, action="backup", wall=wall, due=due, state=state, at=at, **more)


def occurrence(day: int, schedule: str = "noche") -> Occurrence:
    at = datetime(2026, 3, day, 2, tzinfo=UTC)
    return Occurrence(schedule=schedule, action="backup", wall=at.strftime("%Y-%m-%dT%H:%M"), at=at, utc=at)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def runs(tmp_path, clock):
    return Runs(tmp_path / "logs", RealFiles(), clock)


def again(runs: Runs, clock: Clock | None = None) -> Runs:
    """The same as another process sees it."""
    return Runs(runs._folder, RealFiles(), clock or Clock())


# --- the file


def test_the_newest_line_of_an_occurrence_and_attempt_counts(runs):
    assert runs.newest() == ()
    runs.record(run(11, RunState.STARTED))
    runs.record(run(10, RunState.INTERRUPTED), run(10, RunState.OK, attempt=2))
    runs.record(run(11, RunState.WARNINGS, set="20260311_020000", code="files.vanished"))

    told = [(one.due.day, one.attempt, one.state.value) for one in again(runs).newest()]
    assert told == [(10, 1, "interrupted"), (10, 2, "ok"), (11, 1, "warnings")]
    assert again(runs).newest() == runs.newest()
    assert (runs._folder / LOG_NAME).read_bytes().count(b"\n") == 4


@pytest.mark.parametrize(
    "rubbish", [b'{"schedule":"noche","act', b"\0" * 700, b"\xff\xfe{}", b"[1, 2]", b'{"known":3}']
)
def test_a_line_torn_by_a_crash_is_passed_over_and_spoils_no_other(runs, rubbish):
    runs.record(run(10))
    with (runs._folder / LOG_NAME).open("ab") as torn:
        torn.write(rubbish)
    runs.record(run(11))

    assert [one.due.day for one in again(runs).newest()] == [10, 11]


def test_a_form_is_known_from_the_first_look_on_until_it_changes(runs, clock):
    first = runs.known("noche", "a")
    assert NOON - first == timedelta(minutes=5), "whoever is started on time comes a little later"
    clock.at += DAY
    assert again(runs, clock).known("noche", "a") == first
    changed = runs.known("noche", "b")
    assert changed > first
    clock.at += DAY
    assert runs.known("otra", "b") > changed
    assert again(runs, clock).known("noche", "b") == changed
    assert runs.known("noche", "a") > changed, "what it was once does not matter"


def test_a_clock_that_was_ahead_when_a_schedule_became_known_is_forgiven(runs, clock):
    clock.at += 700 * DAY
    runs.known("noche", "a")
    clock.at = NOON

    assert runs.known("noche", "a") < NOON
    assert again(runs).known("noche", "a") < NOON


def test_a_clock_that_was_far_behind_at_one_look_makes_nothing_older(runs, clock):
    known = runs.known("noche", "a")
    clock.at -= timedelta(days=16_000)
    assert runs.known("noche", "a") < known
    clock.at = NOON + timedelta(days=1)
    assert again(runs, clock).known("noche", "a") == known
    assert runs.since("noche", "b") is None, "whoever only looks makes nothing known"


def test_a_large_file_is_tidied_without_losing_what_counts(tmp_path, clock):
    runs = Runs(tmp_path, RealFiles(), clock, large=10_000, kept=100)
    known = runs.known("noche", "a")
    clock.at += 400 * DAY  # a clock that is ahead for a while makes nothing old
    for number in range(300):
        one = run(10, schedule=f"n{number}")
        runs.record(msgspec.structs.replace(one, state=RunState.STARTED), one)
    clock.at = NOON
    with runs.claim() as ours:
        assert ours
    size = (tmp_path / LOG_NAME).stat().st_size

    assert {one.schedule for one in again(runs).newest()} == {f"n{number}" for number in range(200, 300)}
    assert again(runs).known("noche", "a") == known
    with runs.claim():
        assert (tmp_path / LOG_NAME).stat().st_size == size, "not done again for nothing"


def test_what_was_recorded_survives_a_loss_of_power_at_any_moment(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    files = RecordingFiles(root)
    runs = Runs(root / "logs", files, Clock(), large=400, kept=2)
    promised: list[tuple[int, set[str]]] = []
    for day in (10, 11, 12):
        with runs.claim():
            runs.record(run(day, RunState.STARTED))
            runs.record(run(day))
        promised.append((len(files.operations), {one.key for one in runs.newest()}))
    states = 0
    for tree in crash_states(files, {}):
        place = tmp_path / f"state{states}"
        write_tree(tree, place)
        found = Runs(place / "logs", RealFiles(), Clock())
        kept = {one.key for one in found.newest()}
        assert all(keys <= kept for after, keys in promised if after <= tree.after)
        with found.claim() as ours:
            assert ours
            found.record(run(20))
        assert {one.key for one in again(found).newest()} == kept | {run(20).key}
        states += 1
    assert states > 10


# --- who runs


def test_one_runner_at_a_time_whoever_it_is(runs):
    with runs.claim() as ours:
        assert ours
        with again(runs).claim() as theirs:
            assert not theirs
        told = subprocess.run(
            [sys.executable, "-c", HOLDER, runs._folder], input="x", capture_output=True, text=True, check=True
        )
        assert told.stdout.strip() == "theirs"
    with again(runs).claim() as ours:
        assert ours


def test_the_lock_of_a_killed_runner_is_free_and_its_run_interrupted(runs):
    runs.record(run(10, RunState.STARTED), run(9))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, runs._folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline().strip() == "ours"
        with runs.claim() as ours:
            assert not ours
        holder.kill()
    with runs.claim() as ours:
        assert ours
        assert {one.due.day: one.state for one in runs.newest()} == {9: RunState.OK, 10: RunState.INTERRUPTED}


def test_where_a_share_knows_no_locks_a_living_run_is_left_alone(runs, clock):
    """The lock is free here as it always is there; what tells then is the process, or how long ago it began."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        mine = {"host": process.host(), "boot": process.boot_id()}
        runs.record(
            run(7, RunState.STARTED, pid=living.pid, start=process.start_time(living.pid), **mine),
            run(8, RunState.STARTED, host="otra", pid=1, at=NOON - timedelta(hours=1)),
            run(9, RunState.STARTED, host="otra", pid=1, at=NOON - timedelta(hours=13)),
            run(10, RunState.STARTED, pid=os.getpid(), start=process.start_time(), **mine),
        )
        with runs.claim() as ours:
            assert ours
        living.communicate(b"")
    assert [one.wall[8:10] for one in runs.buried] == ["09", "10"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    for number in range(1, 12):
        runs = Runs(tmp_path / str(number), FaultyFiles(RealFiles(), number, OSError(errno.ENOSPC, "full")), Clock())
        try:
            with runs.claim():
                runs.known("noche", "a")
                runs.record(run(10))
        except StoreFailed as error:
            assert error.code == "schedule.unwritten"
            assert error.values["why"]
        later = again(runs)
        with later.claim() as ours:
            assert ours, "a lock that was never got is not held"
            later.record(run(11))
        assert 11 in [one.due.day for one in later.newest()]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="everything may be read")
def test_a_file_that_cannot_be_read_is_told(runs):
    runs.record(run(10))
    (runs._folder / LOG_NAME).chmod(0)

    with pytest.raises(StoreFailed) as told:
        again(runs).newest()
    assert told.value.code == "schedule.unreadable"


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    (tmp_path / LOG_NAME).mkdir()
    (tmp_path / LOCK_NAME).touch()

    with pytest.raises(StoreFailed):
        Runs(tmp_path, RealFiles(), SystemClock()).newest()


# --- what is due


def judged(days: list[int], runs: list[Run], now: datetime = NOON) -> tuple[list[tuple[int, int]], list[int]]:
    """Day and attempt of what is to be run, and the days of what is missed."""
    due = judge([occurrence(day) for day in days], runs, now)
    return [(one.occurrence.utc.day, one.attempt) for one in due.run], [one.occurrence.utc.day for one in due.missed]


def test_only_the_newest_is_run_and_the_others_are_missed():
    assert judged([7, 8, 9, 10], [run(7)]) == ([(10, 1)], [8, 9])
    assert judged([10, 11], []) == ([(10, 1)], []), "what is not due yet is nothing"
    assert judged([], []) == ([], [])


@pytest.mark.parametrize("state", list(RunState))
def test_which_ends_settle_an_occurrence(state):
    expected = [(10, 2)] if state in (RunState.INTERRUPTED, RunState.CANCELLED) else []

    assert judged([10], [run(10, state)])[0] == expected
    assert judged([10], [run(10, state), run(10, state, attempt=2)]) == ([], []), "it is caught up once"


def test_what_was_not_ready_is_tried_once_more():
    lacking = run(10, RunState.FAILED, code="source.missing", begun=False)

    assert judged([10], [lacking])[0] == [(10, 2)]
    assert judged([10], [lacking, msgspec.structs.replace(lacking, attempt=2)]) == ([], [])
    assert judged([10], [run(10, RunState.FAILED, code="source.busy")]) == ([], [])


def test_what_a_clock_that_was_ahead_called_missed_is_not_missed():
    ahead = run(10, RunState.MISSED, at=NOON + HOUR)

    assert judged([10], [ahead])[0] == [(10, 1)]
    assert judged([10], [ahead], NOON + 2 * HOUR) == ([], [])
    assert judged([10], [run(10, RunState.OK, at=NOON + HOUR)]) == ([], []), "what ran has run"


def test_an_older_one_is_not_run_after_a_newer_one():
    assert judged([9, 10], [run(10)]) == ([], [9])
    assert judged([9, 10], [run(9, RunState.INTERRUPTED), run(10)]) == ([], [9])
    assert judged([9, 10], [run(10, RunState.MISSED)]) == ([(9, 1)], []), "that one was not run"


def test_on_time_is_scheduled_and_later_is_caught_up():
    def origin(late: timedelta, *before: Run) -> Origin:
        (one,) = judge([occurrence(10)], before, datetime(2026, 3, 10, 2, tzinfo=UTC) + late).run
        return one.origin

    assert origin(timedelta(minutes=15)) is Origin.SCHEDULED
    assert origin(timedelta(minutes=16)) is Origin.CATCH_UP
    assert origin(timedelta(minutes=1), run(10, RunState.INTERRUPTED)) is Origin.CATCH_UP


def test_what_was_due_long_ago_or_before_it_was_known_does_not_count():
    assert begin(NOON - HOUR, NOON) == NOON - HOUR
    assert begin(NOON - 400 * DAY, NOON) == NOON - 31 * DAY


def test_schedules_are_judged_apart_and_run_in_their_order():
    both = [occurrence(9), occurrence(9, "otra"), occurrence(10)]
    due = judge(both, [], NOON)

    assert [(one.occurrence.schedule, one.occurrence.utc.day) for one in due.run] == [("otra", 9), ("noche", 10)]
    assert [one.occurrence.utc.day for one in due.missed] == [9]


# --- years of sleep, crashes and wrong clocks

ZONES = ("Europe/Madrid", "America/Santiago", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
ENDS = (
    RunState.OK,
    RunState.OK,
    RunState.OK,
    RunState.FAILED,
    RunState.SKIPPED,
    RunState.INTERRUPTED,
    RunState.CANCELLED,
)


class Machine:
    """Looks for what is due as the runner does, with a clock that somebody may have moved."""

    def __init__(self, schedules: tuple[Schedule, ...], start: datetime) -> None:
        self.schedules = schedules
        self.real, self.skew = start, timedelta()
        self.known = {one.name: start for one in schedules}
        self.lines: dict[tuple[str, int], Run] = {}
        self.executed: dict[str, list[RunState]] = {}

    def look(self, state: RunState) -> None:
        """One look; the first thing that is run ends with ``state``, all others well."""
        now = self.real + self.skew
        for _ in range(20):
            due = judge(self.due(now), self.lines.values(), now)
            for one in due.missed:
                self.write(one, RunState.MISSED, now)
            if not due.run:
                break
            one = due.run[0]
            assert one.occurrence.utc <= now
            self.executed.setdefault(one.occurrence.key, []).append(state)
            self.write(one, state, now)
            state = RunState.OK
        else:
            raise AssertionError("it never comes to rest")
        for one in self.schedules:
            several = [each for each in self.due(now) if each.schedule == one.name]
            if several:
                newest = max(
                    (run for run in self.lines.values() if run.key == several[-1].key), key=lambda r: r.attempt
                )
                assert newest.state in ENDS, "the newest that is due is never lost"

    def due(self, now: datetime) -> list[Occurrence]:
        found: list[Occurrence] = []
        for one in self.schedules:
            self.known[one.name] = min(self.known[one.name], now)
            found += occurrences((one,), begin(self.known[one.name], now), now)
        return found

    def write(self, planned, state: RunState, now: datetime) -> None:
        one = planned.occurrence
        line = Run(
            schedule=one.schedule, action=one.action, wall=one.wall, due=one.utc, state=state, at=now,
            attempt=planned.attempt,
        )  # fmt: skip
        self.lines[(line.key, line.attempt)] = line


SCHEDULES = st.lists(
    st.builds(
        lambda zone, times, weekdays: {"zone": zone, "times": tuple(times), "weekdays": tuple(sorted(weekdays))},
        st.sampled_from(ZONES),
        st.lists(st.sampled_from(["00:00", "00:30", "02:00", "02:30", "03:00", "13:00"]), min_size=1, max_size=3),
        st.just(frozenset()) | st.frozensets(st.integers(1, 7), min_size=1),
    ),
    min_size=1,
    max_size=2,
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 10, 60, 60, 60, 120, 600, 1440, 4000, 50_000]),  # minutes of sleep
        st.sampled_from([0, 0, 0, 0, 0, 0, -180, -60, 60, 420, -1440, 20_000, -20_000]),  # how wrong the clock is
        st.sampled_from(ENDS),
    ),
    min_size=5,
    max_size=40,
)
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 27, 12, tzinfo=UTC),
        datetime(2026, 10, 23, 12, tzinfo=UTC),
        datetime(2018, 11, 2, 12, tzinfo=UTC),
        datetime(2018, 2, 16, 12, tzinfo=UTC),
        datetime(2011, 12, 28, 12, tzinfo=UTC),
        datetime(2019, 4, 5, 12, tzinfo=UTC),
    ]
)


@settings(max_examples=120, deadline=None)
@given(SCHEDULES, STARTS, STEPS)
def test_no_due_time_is_run_twice_and_the_newest_is_never_lost(several, start, steps):
    named = tuple(Schedule(name=f"n{number}", action="backup", **one) for number, one in enumerate(several))
    machine = Machine(named, start)
    machine.look(RunState.OK)
    for minutes, skew, state in steps:
        machine.real += timedelta(minutes=minutes)
        machine.skew = timedelta(minutes=skew)
        machine.look(state)

    for key, states in machine.executed.items():
        cut = {RunState.INTERRUPTED, RunState.CANCELLED}
        assert len(states) <= 2, key
        assert all(state in cut for state in states[:-1]), "only what was cut is done again"


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, STARTS, st.lists(st.integers(1, 3_000), min_size=3, max_size=40))
def test_with_a_right_clock_every_due_time_is_run_or_missed_for_a_later_one(several, start, sleeps):
    named = tuple(Schedule(name=f"n{number}", action="backup", **one) for number, one in enumerate(several))
    machine = Machine(named, start)
    machine.look(RunState.OK)
    for minutes in sleeps:
        machine.real += timedelta(minutes=minutes)
        machine.look(RunState.OK)

    for one in named:
        every = occurrences((one,), start, machine.real)
        states = [machine.lines[(each.key, 1)].state for each in every]
        assert set(states) <= {RunState.OK, RunState.MISSED}
        assert not states or states[-1] is RunState.OK
        assert {run.key for run in machine.lines.values() if run.schedule == one.name} == {each.key for each in every}


def test_forms_of_all_schedules_that_differ_are_different():
    one = Schedule(name="a", action="backup", times=("02:00",))

    assert fingerprint(one) == fingerprint(msgspec.structs.replace(one, name="b"))
    assert fingerprint(one) != fingerprint(msgspec.structs.replace(one, action="verify"))
