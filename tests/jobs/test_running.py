"""Work seen from another process: its events, its end, and the wish to stop it."""

from __future__ import annotations

import threading

import msgspec
import pytest
from support.world import NAMES, World

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupRequest, JobEvent, Status, VerifyRequest
from rexus.modules.backup.jobs import lease, progress
from rexus.modules.backup.jobs.lease import Lease
from rexus.modules.backup.jobs.running import Running, ask_to_stop, ended_as, running

LONG_S = 20


class Work:
    """A backup in a thread that waits at its first event until it is let go on."""

    def __init__(self, world, call):
        self.go, self.at_work = threading.Event(), threading.Event()
        self.cancel, self.result = CancelToken(), None
        self._call = call
        self._thread = threading.Thread(target=self._run, args=(world.model(),))
        self._thread.start()
        assert self.at_work.wait(LONG_S)

    def _run(self, model):
        self.result = self._call(model, self._report, self.cancel)

    def _report(self, event: JobEvent) -> None:
        self.at_work.set()
        self.go.wait(LONG_S)

    def end(self):
        self.go.set()
        self._thread.join(LONG_S)
        return self.result


def backup(model, report, cancel):
    return model.backup(BackupRequest(requested_by="ana"), report, cancel)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, rows=100).build()


def wait_for(world, condition) -> Running:
    """Look again until it holds."""
    quiet = threading.Event()
    for _ in range(LONG_S * 20):
        job = running(world.root)
        if job is not None and condition(job):
            return job
        quiet.wait(0.05)
    raise AssertionError("it was not seen")


def hints(world):
    return [path.name for path in world.root.iterdir() if path.name.startswith((progress.EVENTS, progress.STOP))]


def test_work_is_seen_with_its_newest_events_and_nothing_of_it_stays(world):
    work = Work(world, backup)
    job = wait_for(world, lambda one: one.events)

    assert (job.verb, job.who, job.here) == ("backup", "ana", True)
    assert {one.database for one in job.events} <= set(NAMES)
    result = work.end()
    assert result.outcome.status is Status.OK
    assert running(world.root) is None
    assert hints(world) == []
    ended = ended_as(world.root, job)
    assert (ended.status, ended.set, ended.proof) == (Status.OK, result.outcome.set, result.outcome.proof)


def test_another_process_may_ask_it_to_stop(world):
    work = Work(world, backup)
    job = wait_for(world, lambda _: True)
    ask_to_stop(world.root, msgspec.structs.replace(job, token="another"), "luis")
    ask_to_stop(world.root, job, "luis")
    assert work.cancel.wait(LONG_S)

    assert work.end().outcome.status is Status.CANCELLED
    assert hints(world) == []
    assert ended_as(world.root, job).status is Status.CANCELLED


def test_a_wish_that_is_meant_for_another_job_stops_nobody(world):
    work = Work(world, backup)
    job = wait_for(world, lambda one: one.events)
    ask_to_stop(world.root, msgspec.structs.replace(job, token="earlier"), "luis")
    threading.Event().wait(2 * progress._EVERY_S)

    assert not work.cancel.is_set
    assert work.end().outcome.status is Status.OK


def test_the_end_of_other_verbs_is_in_the_trail(world):
    name = world.backup().outcome.set
    request = VerifyRequest(sets=(name,), requested_by="eva")
    work = Work(world, lambda model, report, cancel: model.verify(request, report, cancel))
    job = wait_for(world, lambda _: True)
    assert work.end().outcome.status is Status.OK

    ended = ended_as(world.root, job)
    assert ended.status is Status.OK
    assert ended.proof[0].startswith("trail:")
    assert ended_as(world.root, msgspec.structs.replace(job, verb="drill")) is None


def test_one_that_died_was_cut_off(world):
    world.backup()
    with Lease.hold(world.root, "restore", "ana", RealFiles(), SystemClock()):
        job = running(world.root)
        kept = (world.root / lease.RECORD).read_bytes()
    (world.root / lease.RECORD).write_bytes(kept)

    ended = ended_as(world.root, job)
    assert ended.status is Status.INTERRUPTED
    assert [one.code for one in ended.problems] == ["work.died"]


def test_hints_of_a_dead_job_go_with_the_next(world):
    world.backup()
    for name in (progress.EVENTS, progress.STOP, progress.EVENTS + ".partial"):
        (world.root / name).write_text("{", "utf-8")
    with Lease.hold(world.root, "delete", "ana", RealFiles(), SystemClock()):
        assert hints(world) == []


def test_a_folder_that_can_not_be_written_costs_no_job(world, monkeypatch):
    def refuse(*_args, **_more):
        raise OSError(28, "No space left on device")

    work = Work(world, backup)
    monkeypatch.setattr(progress.os, "replace", refuse)
    threading.Event().wait(2 * progress._EVERY_S)
    monkeypatch.undo()

    assert work.end().outcome.status is Status.OK
    assert hints(world) == []
