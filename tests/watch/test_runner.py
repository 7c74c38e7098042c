"""The runner on real files and with real actions: once, caught up, told, and never ended by what goes wrong."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from support.faults import FaultyFiles
from support.world import World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import Busy, Cancelled, Refused, SourceFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Origin, Outcome, Problem, Severity, Status
from rexus.modules.backup.base.texts import deed, sentence
from rexus.modules.backup.base.watching import Occurrence, Run, RunState
from rexus.modules.backup.config.settings import Schedule
from rexus.modules.backup.jobs.lease import Lease
from rexus.modules.backup.watch.readiness import probe
from rexus.modules.backup.watch.runner import RunnerKit, run_due, serve
from rexus.modules.backup.watch.runs import Runs

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAILY = Schedule(name="noche", action="backup", times=("02:00",), zone="UTC")
NIGHT = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
LACKING = Problem(code="check.root_denied", values={"path": "/mnt/copias", "why": "-"})


class Clock:
    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Listener:
    """Hears of runs as a dead man's switch does."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.trouble: tuple[Problem, ...] = ()

    def started(self, occurrence: Occurrence) -> tuple[Problem, ...]:
        self.heard.append(("started", occurrence.wall))
        return self.trouble

    def ended(self, occurrence: Occurrence, outcome: Outcome) -> tuple[Problem, ...]:
        self.heard.append((outcome.status.value, occurrence.wall))
        return self.trouble

    def skipped(self, occurrence: Occurrence, problem: Problem) -> tuple[Problem, ...]:
        self.heard.append((problem.code, occurrence.wall))
        return self.trouble


class Bench:
    """A runner whose actions are written down; what they come to can be chosen."""

    def __init__(self, folder: Path, *schedules: Schedule) -> None:
        self.clock = Clock()
        self.listener = Listener()
        self.done: list[tuple[str, str, Origin]] = []
        self.waits: list[float] = []
        self.untold: list[tuple[str, str]] = []
        self.lacking: list[tuple[Problem, ...]] = []
        self.comes_to: dict[str, object] = {}
        self.folder = folder / "logs"
        self.cancel = CancelToken()
        self.kit = RunnerKit(
            schedules=schedules or (DAILY,),
            runs=self.runs(),
            actions={name: self._act for name in ("backup", "verify", "prune")},
            probe=lambda _: self.lacking.pop(0) if self.lacking else (),
            pings=self.listener,
            clock=self.clock,
            by="prueba",
            ended=self._ended,
            waiter=self._wait,
        )
        self.look()  # the schedules are known from here on
        self.waits.clear()

    def runs(self) -> Runs:
        return Runs(self.folder, RealFiles(), self.clock)

    def look(self, at: datetime | None = None) -> list[tuple[str, RunState, int]]:
        """Run what is due, as a program of its own does."""
        if at is not None:
            self.clock.at = at
        runs = run_due(replace(self.kit, runs=self.runs()), quiet, self.cancel)
        return [(run.key, run.state, run.attempt) for run in runs]

    def states(self) -> list[tuple[str, RunState, int]]:
        return [(run.wall, run.state, run.attempt) for run in self.runs().newest()]

    def newest(self) -> Run:
        return self.runs().newest()[-1]

    def _act(self, one: Occurrence, origin: Origin, report: object, cancel: CancelToken) -> Outcome:
        self.done.append((one.schedule, one.wall, origin))
        comes_to = self.comes_to.get(one.schedule)
        if isinstance(comes_to, BaseException):
            raise comes_to
        if callable(comes_to):
            comes_to()
        if isinstance(comes_to, Outcome):
            return comes_to
        return Outcome(status=Status.OK, proof=("users:content:00",), set=f"{one.utc:%Y%m%d_%H%M%S}")

    def _ended(self, action: str, origin: Origin, who: str, outcome: Outcome) -> Outcome:
        self.untold.append((action, outcome.status.value))
        return outcome

    def _wait(self, cancel: CancelToken, seconds: float) -> bool:
        self.waits.append(seconds)
        return cancel.is_set


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


# --- what is due is run once


def test_what_is_due_is_run_on_time_and_once(bench):
    assert bench.look(NIGHT - HOUR) == []
    assert bench.look(NIGHT) == [("noche@2026-03-11T02:00", RunState.OK, 1)]
    assert bench.look() == bench.look(NIGHT + HOUR) == []

    run = bench.newest()
    assert (run.origin, run.by, run.set, run.pid) == (Origin.SCHEDULED, "prueba", "20260311_020000", os.getpid())
    assert (run.due, run.code, run.problem) == (NIGHT, "", None)
    assert bench.done == [("noche", "2026-03-11T02:00", Origin.SCHEDULED)]
    assert bench.listener.heard == [("started", "2026-03-11T02:00"), ("ok", "2026-03-11T02:00")]
    assert bench.untold == [], "the job tells of its own end"
    assert b'"state":"started"' in (bench.folder / "schedule.jsonl").read_bytes()


def test_who_is_started_on_time_by_the_first_trigger_of_all_runs_it(tmp_path):
    bench = Bench(tmp_path)
    fresh = replace(bench.kit, schedules=(replace_name(DAILY, "nueva"),))
    bench.clock.at = NIGHT + timedelta(seconds=40)

    assert [run.wall for run in run_due(fresh, quiet, CancelToken())] == ["2026-03-11T02:00"]


def replace_name(one: Schedule, name: str) -> Schedule:
    return Schedule(name=name, action=one.action, times=one.times, zone=one.zone)


def test_after_a_long_sleep_the_newest_is_caught_up_and_the_others_are_missed(bench):
    assert bench.look(NIGHT + 3 * DAY + HOUR) == [("noche@2026-03-14T02:00", RunState.OK, 1)]

    assert bench.newest().origin is Origin.CATCH_UP
    assert bench.states() == [
        ("2026-03-11T02:00", RunState.MISSED, 1),
        ("2026-03-12T02:00", RunState.MISSED, 1),
        ("2026-03-13T02:00", RunState.MISSED, 1),
        ("2026-03-14T02:00", RunState.OK, 1),
    ]


def test_of_a_year_only_the_last_month_is_told(bench):
    bench.look(NIGHT + 365 * DAY)

    assert len(bench.states()) == 31
    assert len(bench.done) == 1


def test_several_schedules_run_one_after_the_other_in_their_order(tmp_path):
    verify = Schedule(name="semana", action="verify", times=("01:00",), zone="UTC")
    bench = Bench(tmp_path, DAILY, verify)
    bench.look(NIGHT + timedelta(minutes=5))

    assert [(name, origin) for name, _, origin in bench.done] == [
        ("semana", Origin.CATCH_UP),
        ("noche", Origin.SCHEDULED),
    ]


def test_what_became_due_meanwhile_is_run_as_well(tmp_path):
    hourly = Schedule(name="horas", action="verify", times=tuple(f"{hour:02}:30" for hour in range(24)), zone="UTC")
    bench = Bench(tmp_path, DAILY, hourly)

    def long_night() -> None:
        bench.clock.at += 3 * HOUR

    bench.comes_to["noche"] = long_night
    bench.look(NIGHT)

    assert [(name, wall[-5:]) for name, wall, _ in bench.done] == [
        ("horas", "01:30"),
        ("noche", "02:00"),
        ("horas", "04:30"),
    ]


def test_a_schedule_that_waits_or_was_just_changed_is_not_caught_up(bench):
    waiting = Schedule(name="noche", action="backup", times=("02:00",), zone="UTC", enabled=False)
    changed = Schedule(name="noche", action="backup", times=("02:00", "03:00"), zone="UTC")
    bench.clock.at = START + HOUR
    run_due(replace(bench.kit, schedules=(waiting,)), quiet, CancelToken())

    assert bench.look(NIGHT + HOUR) == [], "it is enabled again only now"
    bench.clock.at += HOUR
    assert run_due(replace(bench.kit, schedules=(changed,)), quiet, CancelToken()) == ()


# --- clocks


def test_a_clock_that_is_put_back_runs_nothing_twice(bench):
    bench.look(NIGHT)
    assert bench.look(NIGHT - 3 * HOUR) == bench.look(NIGHT + timedelta(minutes=1)) == []
    assert bench.look(NIGHT + DAY) == [("noche@2026-03-12T02:00", RunState.OK, 1)]


def test_a_clock_that_was_ahead_loses_nothing(bench):
    bench.look(NIGHT + 5 * DAY)  # a week too early, the nights until then are told as missed
    walls = [bench.look(NIGHT + day * DAY) for day in range(7)]

    assert [len(each) for each in walls] == [1, 1, 1, 1, 1, 0, 1]
    assert all(state is not RunState.MISSED for _, state, _ in bench.states())


def test_summer_time_runs_each_night_once(tmp_path):
    bench = Bench(tmp_path, Schedule(name="noche", action="backup", times=("02:30",), zone="Europe/Madrid"))
    for begin in (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)):
        bench.look(begin)
        bench.done.clear()
        for minutes in range(0, 12 * 60, 10):
            bench.look(begin + timedelta(minutes=minutes))
        assert len(bench.done) == 1


# --- what goes wrong


def outcome(status: Status, *codes: str) -> Outcome:
    return Outcome(status=status, proof=("x",), problems=tuple(Problem(code=code, values={"n": 1}) for code in codes))


@pytest.mark.parametrize(
    ("comes_to", "state", "code", "untold"),
    [
        (outcome(Status.WARNINGS, "files.vanished"), RunState.WARNINGS, "files.vanished", False),
        (outcome(Status.FAILED, "space.short"), RunState.FAILED, "space.short", False),
        (outcome(Status.CANCELLED, "cancelled"), RunState.CANCELLED, "cancelled", False),
        (SourceFailed("source.absent", path="/x"), RunState.FAILED, "source.absent", True),
        (Refused("space.short", needed=1), RunState.REFUSED, "space.short", True),
        (Cancelled(), RunState.CANCELLED, "cancelled", True),
        (ZeroDivisionError("boom"), RunState.FAILED, "unexpected", True),
        (OSError(errno.EIO, "bad disk"), RunState.FAILED, "unexpected", True),
    ],
)
def test_every_end_is_written_down_and_told(bench, comes_to, state, code, untold):
    bench.comes_to["noche"] = comes_to
    (ended,) = bench.look(NIGHT)

    assert (ended[1], bench.newest().code) == (state, code)
    assert bool(bench.untold) == untold, "what never came to run is told by the runner"
    assert bench.listener.heard[0][0] == "started"
    assert len(bench.listener.heard) == 2


def test_a_failure_settles_what_was_due_but_what_was_cut_is_tried_again(bench):
    bench.comes_to["noche"] = outcome(Status.FAILED, "space.short")
    bench.look(NIGHT)
    assert bench.look(NIGHT + HOUR) == []
    bench.comes_to["noche"] = Cancelled()
    bench.look(NIGHT + DAY)
    bench.comes_to.clear()

    assert bench.look(NIGHT + DAY + HOUR) == [("noche@2026-03-12T02:00", RunState.OK, 2)]
    assert bench.newest().origin is Origin.CATCH_UP


BUSY = Busy("root.busy", pid=77, verb="restore", who="ana", since="?", host="caja2")


def test_a_busy_root_skips_the_run_and_says_who_it_was(bench):
    bench.comes_to["noche"] = BUSY
    assert bench.look(NIGHT) == [("noche@2026-03-11T02:00", RunState.SKIPPED, 1)]

    run = bench.newest()
    assert (run.code, run.values) == ("root.busy", BUSY.values)
    assert all(said in sentence(run.problem).message for said in (deed("restore"), "ana", "77"))
    assert bench.listener.heard[-1][0] == "root.busy"


def test_a_run_left_out_is_made_up_for_once_when_the_root_is_free_within_the_hour(bench):
    bench.comes_to["noche"] = BUSY
    bench.look(NIGHT)
    bench.kit = replace(bench.kit, is_busy=lambda: True)
    assert bench.look(NIGHT + HOUR / 2) == [], "somebody still works there: the attempt is not wasted"
    bench.kit = replace(bench.kit, is_busy=lambda: False)
    bench.comes_to.clear()

    assert bench.look(NIGHT + HOUR) == [("noche@2026-03-11T02:00", RunState.OK, 2)]
    assert bench.look(NIGHT + HOUR) == []


def test_a_run_left_out_twice_or_for_long_is_left_out_for_good(bench):
    bench.comes_to["noche"] = BUSY
    bench.look(NIGHT)
    assert bench.look(NIGHT + HOUR / 2) == [("noche@2026-03-11T02:00", RunState.SKIPPED, 2)]
    assert bench.look(NIGHT + HOUR) == []
    bench.look(NIGHT + DAY)
    bench.comes_to.clear()
    assert bench.look(NIGHT + DAY + 2 * HOUR) == []
    assert bench.look(NIGHT + 2 * DAY) == [("noche@2026-03-13T02:00", RunState.OK, 1)]
    assert RunState.MISSED not in {state for _, state, _ in bench.states()}


@pytest.mark.parametrize("trouble", ["warning", "error"])
def test_a_listener_never_spoils_a_run(bench, trouble):
    if trouble == "warning":
        bench.listener.trouble = (Problem(code="notice.unsent", severity=Severity.WARNING),)
    else:
        bench.listener.heard = None  # nothing can be appended to it
    assert bench.look(NIGHT) == [("noche@2026-03-11T02:00", RunState.WARNINGS, 1)]

    assert bench.newest().code == ("notice.unsent" if trouble == "warning" else "schedule.unheard")
    assert bench.newest().set == "20260311_020000"


def test_what_nobody_would_know_of_is_not_run(bench):
    def full(at: int) -> RunnerKit:
        files = FaultyFiles(RealFiles(), at, OSError(errno.ENOSPC, "full"))
        return replace(bench.kit, runs=Runs(bench.folder, files, bench.clock))

    bench.clock.at = NIGHT
    states = [run_due(full(at), quiet, CancelToken()) for at in (2, 3, 4)]

    assert [[run.code for run in runs] for runs in states] == [["schedule.unwritten"]] * 3
    assert bench.done == []
    assert bench.listener.heard == [("failed", "2026-03-11T02:00")] * 3
    assert bench.look(NIGHT + HOUR)[-1][1] is RunState.OK


def test_an_end_that_can_not_be_written_at_once_is_written_again(bench):
    files = FaultyFiles(RealFiles(), 7, OSError(errno.ENOSPC, "full"))
    bench.clock.at = NIGHT
    (run,) = run_due(replace(bench.kit, runs=Runs(bench.folder, files, bench.clock)), quiet, CancelToken())

    assert files.failed.startswith("write schedule.jsonl")
    assert (run.state, bench.newest().state) == (RunState.OK, RunState.OK)
    assert bench.look() == []


# --- readiness


def test_a_run_waits_for_what_it_needs(bench):
    bench.lacking = [(LACKING,)] * 3
    assert bench.look(NIGHT)[0][1] is RunState.OK

    assert bench.waits == [5, 10, 20]
    assert len(bench.done) == 1


def test_what_can_not_begin_is_given_up_after_ten_minutes_and_tried_once_more(bench):
    bench.lacking = [(LACKING,)] * 8
    assert bench.look(NIGHT) == [("noche@2026-03-11T02:00", RunState.FAILED, 1)]

    assert sum(bench.waits) == 600
    assert (bench.newest().code, bench.done) == (LACKING.code, []), "told by what was lacking"
    assert bench.newest().values == LACKING.values
    assert bench.untold == [("backup", "failed")]
    assert bench.listener.heard == [("failed", "2026-03-11T02:00")]
    bench.lacking = [(LACKING,)] * 8
    assert bench.look(NIGHT + HOUR) == [("noche@2026-03-11T02:00", RunState.FAILED, 2)]
    assert bench.look(NIGHT + 2 * HOUR) == []


def test_what_can_be_done_without_is_waited_for_and_then_done_without(bench):
    missing = Problem(code="source.missing", severity=Severity.WARNING, values={"path": "/x"})
    bench.lacking = [(missing,)] * 8
    assert bench.look(NIGHT) == [("noche@2026-03-11T02:00", RunState.OK, 1)]

    assert sum(bench.waits) == 600
    assert len(bench.done) == 1


def test_waiting_is_said_once_with_what_for_and_how_long(bench):
    said: list[Problem] = []
    bench.kit = replace(bench.kit, say=said.append)
    bench.lacking = [(LACKING,)] * 3
    bench.look(NIGHT)

    (one,) = said
    assert (one.code, one.severity) == ("schedule.waiting", Severity.INFO)
    assert (one.values["minutes"], one.values["schedule"]) == (10, "noche")
    assert "/mnt/copias" in sentence(one).message


def test_the_disk_of_the_root_is_unplugged_and_nothing_is_made_in_its_place(tmp_path):
    """Neither where the folder is gone nor where the empty folder of a mount is left."""
    night = {"name": "noche", "action": "backup", "times": ["02:00"], "zone": "UTC"}
    for number, left in enumerate((None, "empty")):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = World(folder, rows=5, schedules=[night]).build()
        clock = Clock(NIGHT - HOUR)
        world.model(clock=clock).settle_in()
        world.root.rename(folder / "unplugged")
        if left:
            world.root.mkdir()
        clock.at = NIGHT
        model = world.model(clock=clock)
        kit = replace(model._runner_kit("service"), waiter=lambda cancel, seconds: cancel.is_set)
        (run,) = run_due(kit, quiet, CancelToken())

        assert (run.state, run.code, run.begun) == (RunState.FAILED, "schedule.root_absent", False)
        assert not world.root.exists() or not list(world.root.iterdir())
        assert model.runs() == ()
        if left:
            world.root.rmdir()
        (folder / "unplugged").rename(world.root)
        clock.at = NIGHT + HOUR
        (caught_up,) = world.model(clock=clock).run_due("service", quiet, CancelToken())
        assert (caught_up.state is not RunState.FAILED, caught_up.origin) == (True, Origin.CATCH_UP)


def test_who_stays_keeps_in_mind_what_could_not_be_written_meanwhile(tmp_path):
    there = [False]
    clock = Clock()
    runs = Runs(tmp_path / "raíz/logs", RealFiles(), clock, is_there=lambda: there[0])
    since = runs.known("noche", "form")
    clock.at = NIGHT
    assert runs.known("noche", "form") == since
    assert not (tmp_path / "raíz").exists()
    there[0] = True
    with runs.claim() as ours:
        assert ours

    assert Runs(tmp_path / "raíz/logs", RealFiles(), clock).known("noche", "form") == since


def test_a_wish_to_stop_ends_the_waiting(bench):
    bench.lacking = [(LACKING,)] * 8
    kit = replace(bench.kit, waiter=lambda cancel, _: cancel.cancel() or True)
    bench.clock.at = NIGHT
    (run,) = run_due(kit, quiet, CancelToken())

    assert run.state is RunState.CANCELLED
    assert bench.look(NIGHT + HOUR) == [("noche@2026-03-11T02:00", RunState.OK, 2)]


def test_a_runner_that_is_asked_to_stop_begins_nothing(bench):
    bench.cancel.cancel()

    with pytest.raises(Cancelled):
        bench.look(NIGHT)


def test_what_a_backup_needs_is_looked_at(tmp_path):
    world = World(tmp_path, rows=5).build()
    kit = world.model()._kit()

    def lacks(action: str, percent: float = 100, plugged: bool = True) -> list[str]:
        return [one.code for one in probe(action, kit, lambda: (percent, plugged))]

    assert lacks("backup") == lacks("verify") == ["schedule.root_absent"], "no new root by itself"
    world.model().settle_in()
    assert lacks("backup") == lacks("prune") == []
    assert lacks("backup", 9, plugged=False) == ["schedule.battery"]
    assert lacks("backup", 9) == lacks("backup", 11, plugged=False) == []
    world.backup()
    before = sorted(world.root.rglob("*"))
    assert lacks("backup") == []
    assert sorted(world.root.rglob("*")) == before
    world.database("auditoria").write_bytes(b"no es una base de datos" * 100)
    assert lacks("backup") == [], "nothing mends it by itself, and the backup tells of it"
    world.database("users").unlink()
    (gone,) = probe("backup", kit, lambda: None)
    assert (gone.code, gone.severity) == ("source.missing", Severity.WARNING), "the others can be backed up"
    for name in ("inventario", "auditoria"):
        world.database(name).unlink()
    assert {one.severity for one in probe("backup", kit, lambda: None)} == {Severity.ERROR}
    assert len(lacks("backup")) == 3
    assert lacks("verify") == []
    assert isinstance(probe("digest", kit), tuple), "the real battery can be asked"


def test_a_root_that_can_not_be_written_is_lacking(tmp_path):
    world = World(tmp_path, rows=5, root="in_the_way/copias").build()
    (tmp_path / "in_the_way").write_bytes(b"")
    (lacking,) = probe("backup", world.model()._kit(), lambda: None)
    assert (lacking.code, lacking.values["why"]) == ("check.root_denied", os.strerror(errno.ENOTDIR))
    (checked,) = [one for one in world.model().check() if "root" in one.code or one.code.startswith("catalog.")]
    assert (checked.code, checked.severity) == ("catalog.unreadable", Severity.ERROR)
    for number in (1, 2, 3):
        files = FaultyFiles(RealFiles(), number, OSError(errno.EROFS, "read-only"))
        other = World(tmp_path / f"otra{number}", rows=5)
        other.folder.mkdir()
        other.build().model().settle_in()
        (lacking,) = probe("backup", other.model(files)._kit(), lambda: None)
        assert lacking.code == "check.root_denied"


# --- one runner, whatever started it


def test_two_runners_never_run_the_same(bench):
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert go_on.wait(60)

    bench.comes_to["noche"] = slow
    bench.clock.at = NIGHT
    first = threading.Thread(target=bench.look)
    first.start()
    assert begun.wait(60)
    assert bench.look() == [], "somebody is at it"
    assert bench.newest().state is RunState.STARTED
    go_on.set()
    first.join()

    assert len(bench.done) == 1
    assert bench.look() == []


RUNNER = """
import sys
from pathlib import Path
sys.path[:0] = [{project!r}, {tests!r}]
from watch.test_runner import *
bench = Bench(Path(sys.argv[1]))
def held():
    print("begun", flush=True)
    sys.stdin.read()
bench.comes_to["noche"] = held
print(len(bench.look(NIGHT)), flush=True)
"""


def test_a_run_that_its_runner_died_of_is_told(tmp_path):
    bench = Bench(tmp_path)
    project = Path(__file__).parents[2]
    program = RUNNER.format(project=str(project), tests=str(project / "tests"))
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline().strip() == "begun"
        child.kill()

    assert bench.look(NIGHT + HOUR) == [("noche@2026-03-11T02:00", RunState.OK, 2)]
    assert bench.untold == [("backup", "interrupted")]
    assert bench.listener.heard[0] == ("interrupted", "2026-03-11T02:00")
    assert bench.look(NIGHT + 2 * HOUR) == []
    assert len(bench.untold) == 1, "once"


def test_a_runner_that_is_killed_is_caught_up_once(tmp_path):
    project = Path(__file__).parents[2]
    program = RUNNER.format(project=str(project), tests=str(project / "tests"))
    killed = 0
    for attempt in (1, 2):
        child = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with child:
            assert child.stdout.readline().strip() == "begun", attempt
            child.kill()
        killed += 1
    bench = Bench(tmp_path)

    assert bench.look(NIGHT + HOUR) == [], "what kills its runner twice is not tried for ever"
    assert [(state, attempt) for _, state, attempt in bench.states()] == [
        (RunState.INTERRUPTED, 1),
        (RunState.INTERRUPTED, 2),
    ]
    assert bench.look(NIGHT + DAY) == [("noche@2026-03-12T02:00", RunState.OK, 1)]
    assert killed == 2


# --- in the foreground


class Days:
    """A machine whose waiting is what makes time pass."""

    def __init__(self, traveller: time_machine.Coordinates, until: datetime, cancel: CancelToken) -> None:
        self.traveller, self.until, self.cancel = traveller, until, cancel
        self.waits = 0
        self.jumps: dict[int, float] = {}

    def wait(self, cancel: CancelToken, seconds: float) -> bool:
        self.waits += 1
        assert 0 < seconds <= 20
        self.traveller.shift(timedelta(seconds=seconds + self.jumps.get(self.waits, 0)))
        if datetime.now(UTC) > self.until:
            self.cancel.cancel()
        return cancel.is_set


def serving(bench: Bench, until: datetime, jumps: dict[int, float] | None = None) -> tuple[list[Run], Days]:
    told: list[Run] = []
    with time_machine.travel(START, tick=False) as traveller:
        days = Days(traveller, until, bench.cancel)
        days.jumps = jumps or {}
        runs = Runs(bench.folder, RealFiles(), SystemClock())
        kit = replace(bench.kit, clock=SystemClock(), waiter=days.wait, runs=runs)
        serve(kit, quiet, bench.cancel, told.append)
    return told, days


def test_whoever_stays_runs_what_is_due_on_time(bench):
    told, days = serving(bench, START + 2 * DAY)

    assert [(run.wall, run.origin) for run in told] == [
        ("2026-03-11T02:00", Origin.SCHEDULED),
        ("2026-03-12T02:00", Origin.SCHEDULED),
    ]
    assert all(run.at - run.due < timedelta(seconds=30) for run in told)
    assert days.waits > 1000


@pytest.mark.parametrize("jump", [-3 * 3600.0, 5 * 3600.0, 30 * 86400.0])
def test_whoever_stays_hears_of_sleep_and_of_clocks_that_are_moved(bench, jump):
    told, _ = serving(bench, START + 2 * DAY + timedelta(seconds=max(jump, 0)), {100: jump})
    walls = [run.wall for run in told]

    assert walls == sorted(set(walls))
    assert walls[-1] == f"{(START + 2 * DAY + timedelta(seconds=max(jump, 0))):%Y-%m-%d}T02:00"
    assert told[-1].state is RunState.OK


def test_nothing_ends_whoever_stays(bench):
    bench.comes_to["noche"] = RuntimeError("boom")
    (bench.folder / "schedule.jsonl").unlink()
    (bench.folder / "schedule.jsonl").mkdir()

    def mend() -> None:
        if (bench.folder / "schedule.jsonl").is_dir():
            (bench.folder / "schedule.jsonl").rmdir()

    told: list[Run] = []
    with time_machine.travel(START, tick=False) as traveller:
        days = Days(traveller, START + 2 * DAY, bench.cancel)

        def wait(cancel: CancelToken, seconds: float) -> bool:
            if days.waits == 50:
                mend()
            return days.wait(cancel, seconds)

        runs = Runs(bench.folder, RealFiles(), SystemClock())
        serve(replace(bench.kit, clock=SystemClock(), waiter=wait, runs=runs), quiet, bench.cancel, told.append)

    assert [(run.state, run.code) for run in told] == [(RunState.FAILED, "unexpected")] * 2


# --- through the door


def test_the_whole_program_backs_up_by_schedule_and_skips_while_somebody_works(tmp_path):
    world = World(
        tmp_path, rows=5, schedules=[{"name": "noche", "action": "backup", "times": ["02:00"], "zone": "UTC"}]
    )
    world.build()
    clock = Clock()
    world.model(clock=clock).settle_in()
    clock.at = NIGHT
    (run,) = world.model(clock=clock).run_due("prueba", quiet, CancelToken())
    assert run.state in (RunState.OK, RunState.WARNINGS), run
    assert run.set is not None
    assert world.model().show(run.set).origin is Origin.SCHEDULED
    clock.at = NIGHT + DAY
    with Lease.hold(world.root, "restore", "ana", RealFiles(), SystemClock()):
        (skipped,) = world.model(clock=clock).run_due("prueba", quiet, CancelToken())

    assert (skipped.state, skipped.code) == (RunState.SKIPPED, "root.busy")
    assert (skipped.values["verb"], skipped.values["who"]) == ("restore", "ana")
    assert [one.state for one in world.model().runs()] == [run.state, RunState.SKIPPED]


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_the_foreground_service_ends_when_it_is_asked_to(tmp_path):
    from cli.command_line import PROGRAM

    world = World(tmp_path, rows=5).build()
    command = [sys.executable, str(PROGRAM), "--config", str(world.config), "schedule", "run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline()
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=60)
    assert child.returncode == 0
