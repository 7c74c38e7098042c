"""What could not be written down: a backup that is there is not made again, and what frees space runs all the same."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from support.faults import CountingFiles
from support.world import World, quiet
from watch.servers import http_sink
from watch.test_runner import DAILY, DAY, HOUR, NIGHT, Bench, Clock

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.files import Data, RealFiles, Writing
from rexus.modules.backup.base.records import BackupRequest
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.watch.runner import run_due
from rexus.modules.backup.watch.runs import Runs

LEDGER = "write schedule.jsonl"
NOBODY = 2**22 + 5


class Ledgerless(CountingFiles):
    """Of the lines of runs only the first ``lines`` can be written."""

    def __init__(self, lines: int, error: int) -> None:
        super().__init__(RealFiles())
        self.lines, self.error = lines, error

    def _before(self, what: str, torn: Callable[[], object] | None = None) -> None:
        if what == LEDGER:
            self.lines -= 1
            if self.lines < 0:
                assert torn is not None
                torn()
                raise OSError(self.error, "no")


class Disk(CountingFiles):
    """A disk with ``room`` bytes; whatever is removed makes room."""

    def __init__(self, room: int) -> None:
        super().__init__(RealFiles())
        self.room = room

    def create(self, path: Path, *, private: bool = True) -> Writing:
        return _OnDisk(self, super().create(path, private=private))

    def append(self, path: Path) -> Writing:
        return _OnDisk(self, super().append(path))

    def unlink(self, path: Path) -> None:
        self.room += path.stat().st_size if path.is_file() else 0
        super().unlink(path)

    def replace(self, source: Path, target: Path) -> None:
        self.room += target.stat().st_size if target.is_file() else 0
        super().replace(source, target)


class _OnDisk:
    def __init__(self, disk: Disk, inner: Writing) -> None:
        self._disk, self._inner = disk, inner
        self.sync, self.close = inner.sync, inner.close

    def write(self, data: Data) -> int:
        size = memoryview(data).nbytes
        fits = min(size, self._disk.room)
        self._disk.room -= fits
        self._inner.write(memoryview(data).cast("B")[:fits])
        if fits < size:
            raise OSError(errno.ENOSPC, "full")
        return size


def company(folder: Path, *schedules: tuple[str, str, str], **settings: object) -> tuple[World, Clock]:
    """With schedules ``(name, action, time)`` that are known since an hour before the night."""
    every = [{"name": name, "action": action, "times": [time], "zone": "UTC"} for name, action, time in schedules]
    world = World(folder, rows=5, schedules=every, **{"retention": {"after_backup": False}, **settings}).build()
    clock = Clock(NIGHT - HOUR)
    world.model(clock=clock).settle_in()
    return world, clock


def look(world: World, clock: Clock, files: CountingFiles | None = None) -> tuple[Run, ...]:
    return world.model(files, clock).run_due("prueba", quiet, CancelToken())


def backup(world: World, hours: int) -> str:
    """A set that was made so long before the night."""
    request = BackupRequest(files=False, requested_by="prueba")
    model = world.model(clock=Clock(NIGHT - hours * HOUR))
    return str(model.backup(request, quiet, CancelToken()).outcome.set)


# --- the set is the proof


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_backup_whose_last_line_could_not_be_written_is_not_made_again(tmp_path, error):
    world, clock = company(tmp_path, ("noche", "backup", "02:00"))
    clock.at = NIGHT
    (run,) = look(world, clock, Ledgerless(1, error))
    assert run.set is not None
    place = world.root / "logs/schedule.jsonl"
    place.write_bytes(place.read_bytes().replace(b'"pid":%d' % os.getpid(), b'"pid":%d' % NOBODY))
    clock.at = NIGHT + HOUR

    (shown,) = world.model(clock=clock).runs()
    assert (shown.state, shown.set) == (run.state, run.set), "whoever only looks is told so too"
    assert look(world, clock) == ()
    (line,) = world.model(clock=clock).runs()
    assert (line.state, line.set, line.attempt) == (run.state, run.set, 1)
    assert line.seconds > 0
    assert [one.set for one in world.model().listing().sets] == [run.set]
    clock.at = NIGHT + DAY
    assert [one.state for one in look(world, clock)] == [run.state]


def test_a_backup_that_failed_and_could_not_be_written_down_has_failed(tmp_path):
    world, clock = company(tmp_path, ("noche", "backup", "02:00"))
    world.database("users").write_bytes(b"nada" * 2000)
    clock.at = NIGHT
    (run,) = look(world, clock, Ledgerless(1, errno.ENOSPC))
    clock.at = NIGHT + HOUR

    assert look(world, clock) == ()
    (line,) = world.model(clock=clock).runs()
    assert (line.state, line.code, line.set) == (RunState.FAILED, run.code, run.set)


def test_a_switch_hears_of_the_proof_and_people_do_not_hear_of_a_dead_run(tmp_path):
    with http_sink() as ears:
        notices = {
            "channels": [{"name": "aviso", "variable": "AVISO", "on": ["failure"]}],
            "pings": [{"variable": "PING"}],
        }
        world, clock = company(tmp_path, ("noche", "backup", "02:00"), notices=notices)
        (tmp_path / ".env").write_text(f"AVISO=json://{ears.place}/gancho\nPING=http://{ears.place}/ping\n", "utf-8")
        clock.at = NIGHT
        look(world, clock, Ledgerless(1, errno.ENOSPC))
        before = len(ears.asked)
        clock.at = NIGHT + HOUR
        look(world, clock)

        assert [one.path for one in ears.asked[before:]] == ["/ping"]


def test_a_set_of_another_due_time_or_made_by_hand_proves_nothing(tmp_path):
    world, clock = company(tmp_path, ("noche", "backup", "02:00"), ("otra", "backup", "02:00"))
    clock.at = NIGHT
    (run,) = (one for one in look(world, clock) if one.schedule == "noche")
    runs = world.model(clock=clock)._parts.runs()
    lost = Run(
        schedule="tercera", action="backup", wall=run.wall, due=run.due, state=RunState.STARTED, at=run.at,
        host=run.host, boot=run.boot, pid=NOBODY, config=run.config,
    )  # fmt: skip
    runs.record(lost)
    world.backup("users", files=False)
    with runs.claim():
        assert [(one.schedule, one.state) for one in runs.buried] == [("tercera", RunState.INTERRUPTED)]
    assert world.model().show(str(run.set)).occurrence.startswith("noche@2026-03-11T02:00 ")


def test_whoever_stays_remembers_an_end_that_could_not_be_written(tmp_path):
    bench = Bench(tmp_path, msgspec.structs.replace(DAILY, action="verify"))
    bench.clock.at = NIGHT
    files = Ledgerless(1, errno.EIO)
    kit = replace(bench.kit, runs=Runs(bench.folder, files, bench.clock))
    assert [run.state for run in run_due(kit, quiet, CancelToken())] == [RunState.OK]
    assert [run.state for run in kit.runs.newest()] == [RunState.OK]
    files.lines = 100
    bench.clock.at = NIGHT + HOUR
    assert run_due(kit, quiet, CancelToken()) == ()

    assert len(bench.done) == 1
    assert bench.newest().state is RunState.OK, "it is written by now"


# --- a full disk


@pytest.mark.parametrize("action", ["prune", "cleanup"])
def test_what_frees_space_runs_on_a_full_disk_and_is_written_down_then(tmp_path, action):
    few = {"after_backup": False, "daily": 0, "weekly": 0, "monthly": 0, "yearly": 0, "count": 1}
    orphans = {"orphan_days": 0}
    world, clock = company(tmp_path, ("limpia", action, "02:00"), retention=few, cleanup=orphans)
    names = [backup(world, hours) for hours in (9, 8, 7, 6)]
    rubbish = world.root / "temp/olvidado.partial"
    rubbish.write_bytes(b"x" * 300_000)
    clock.at = NIGHT
    disk = Disk(0)
    (run,) = look(world, clock, disk)

    assert run.state in (RunState.OK, RunState.WARNINGS), run
    if action == "prune":
        assert [one.set for one in world.model().listing().sets] == [names[-1]]
    else:
        assert not rubbish.exists()
    (line,) = world.model(clock=clock).runs()
    assert (line.state, line.schedule) == (run.state, "limpia"), "there is room for its line by now"
    clock.at = NIGHT + HOUR
    assert look(world, clock) == (), "once"


def test_a_backup_without_its_line_does_not_run_but_does_once_there_is_room(tmp_path):
    few = {"after_backup": False, "daily": 0, "weekly": 0, "monthly": 0, "yearly": 0, "count": 1}
    world, clock = company(tmp_path, ("noche", "backup", "02:00"), ("limpia", "prune", "02:01"), retention=few)
    for hours in (9, 8, 7):
        backup(world, hours)
    clock.at = NIGHT + timedelta(minutes=2)
    first = {run.schedule: (run.state, run.code) for run in look(world, clock, Disk(0))}

    assert first["noche"] == (RunState.FAILED, "schedule.unwritten")
    assert first["limpia"][0] in (RunState.OK, RunState.WARNINGS)
    (later,) = look(world, clock)
    assert (later.schedule, later.attempt, later.set is not None) == ("noche", 1, True)


def test_what_is_found_dead_on_a_full_disk_keeps_nobody_from_freeing_space(tmp_path):
    world, clock = company(tmp_path, ("limpia", "prune", "03:00"), ("noche", "verify", "02:00"))
    backup(world, 9)
    clock.at = NIGHT
    look(world, clock, Ledgerless(1, errno.EIO))
    clock.at = NIGHT + HOUR
    disk = Disk(0)
    told = {run.schedule: run.state for run in look(world, clock, disk)}

    assert told["limpia"] in (RunState.OK, RunState.WARNINGS)
    assert told["noche"] is RunState.FAILED


def test_other_trouble_than_lack_of_space_lets_nothing_run(tmp_path):
    world, clock = company(tmp_path, ("limpia", "prune", "02:00"))
    clock.at = NIGHT
    (run,) = look(world, clock, Ledgerless(0, errno.EACCES))

    assert (run.state, run.code) == (RunState.FAILED, "schedule.unwritten")
    with pytest.raises(StoreFailed):
        world.model(Ledgerless(0, errno.EACCES), clock)._parts.runs().record(run)
