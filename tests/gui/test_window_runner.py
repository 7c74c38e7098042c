"""The runner: work in processes of its own that no screen, no death and no other window costs anything."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from qtpy.QtWidgets import QStackedWidget
from support.world import NAMES

from rexus.modules.backup.base.records import BackupRequest, Status, VerifyRequest
from rexus.modules.backup.base.wire import CleanupRequest
from rexus.modules.backup.jobs import child
from rexus.modules.backup.jobs.lease import who_holds
from rexus.modules.backup.qt.runner import Runner, the_runner
from rexus.modules.backup.qt.work_strip import WorkStrip

LONG_MS = 30_000
GATED = Path(__file__).parents[1] / "support/gated_program.py"
BACKUP = BackupRequest(requested_by="ana")


@pytest.fixture
def gate(tmp_path, monkeypatch):
    """Jobs stop at their first step until this file is there."""
    path = tmp_path / "gate"
    monkeypatch.setenv("REXUS_TEST_GATE", str(path))
    monkeypatch.setattr(child, "_ENTRY", GATED)
    yield path
    path.touch()


@pytest.fixture
def another(qapp):
    """The runner of another window."""
    made = Runner()
    yield made
    made.shutdown()


def state(runner, number):
    work = runner.work(number)
    return work.state if work is not None else ""


def ended(qtbot, runner, number):
    qtbot.waitUntil(lambda: state(runner, number) == "ended", timeout=LONG_MS)
    return runner.work(number)


def at_work(qtbot, runner, number):
    """Wait until its process has told of a database."""
    qtbot.waitUntil(lambda: bool(runner.work(number).events), timeout=LONG_MS)
    return runner.work(number)


def logged(world):
    return "".join(path.read_text("utf-8") for path in (world.root / "logs").glob("backup_*.log"))


def test_a_backup_is_told_from_beginning_to_end(qtbot, world):
    told, finished = [], []
    runner = the_runner()
    runner.changed.connect(told.append)
    runner.finished.connect(finished.append)
    number = runner.order("backup", BACKUP, world.config)
    work = ended(qtbot, runner, number)

    assert [one.state for one in told[:2]] == ["queued", "running"]
    assert finished == [work]
    assert work.outcome.status is Status.OK
    assert work.result.manifest == world.model.show(work.outcome.set)
    assert {one.name for one in work.databases} == set(NAMES)
    assert all(one.phase == "done" and one.fraction == 1 for one in work.databases)
    assert work.pid
    assert work.began <= work.ended
    assert (runner.running(), runner.works()) == (None, (work,))
    fractions = [one.fraction for one in told if one.fraction is not None]
    assert fractions == sorted(fractions)


def test_cancel_stops_at_a_safe_point_and_leaves_nothing(qtbot, world, gate):
    runner = the_runner()
    number = runner.order("backup", BACKUP, world.config)
    at_work(qtbot, runner, number)
    runner.cancel(number)
    assert state(runner, number) == "cancelling"
    gate.touch()
    work = ended(qtbot, runner, number)

    assert work.outcome.status is Status.CANCELLED
    assert world.world.archives() == set()
    assert world.world.unfinished() == []


def test_a_killed_process_ends_its_work_as_interrupted(qtbot, world, gate):
    runner = the_runner()
    number = runner.order("backup", BACKUP, world.config)
    work = at_work(qtbot, runner, number)
    os.kill(work.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    work = ended(qtbot, runner, number)

    assert (work.outcome.status, work.result) == (Status.INTERRUPTED, None)
    assert [one.code for one in work.outcome.problems] == ["work.gone"]
    gate.touch()
    assert ended(qtbot, runner, runner.order("backup", BACKUP, world.config)).outcome.status is Status.OK
    assert world.world.unfinished() == []


def test_works_of_one_configuration_wait_for_each_other(qtbot, world, gate):
    runner = the_runner()
    order = []
    runner.finished.connect(lambda work: order.append(work.id))
    first = runner.order("backup", BACKUP, world.config)
    second = runner.order("verify", VerifyRequest(all=True), world.config)
    third = runner.order("cleanup", CleanupRequest(), world.config)
    at_work(qtbot, runner, first)
    assert [state(runner, one) for one in (first, second, third)] == ["running", "queued", "queued"]
    runner.cancel(third)
    assert runner.work(third).outcome.status is Status.CANCELLED
    gate.touch()
    ended(qtbot, runner, second)

    assert order == [third, first, second]
    assert runner.work(second).outcome.status is Status.OK
    assert [one.id for one in runner.works()] == [first, second, third]


def test_what_is_refused_ends_with_its_reason(qtbot, world):
    runner = the_runner()
    work = ended(qtbot, runner, runner.order("backup", BackupRequest(databases=("otra",)), world.config))

    assert work.outcome.status is Status.REFUSED
    assert [one.code for one in work.outcome.problems] == ["database.unknown"]


def test_another_window_sees_the_work_and_how_it_ended(qtbot, world, gate, another):
    number = the_runner().order("backup", BACKUP, world.config)
    at_work(qtbot, the_runner(), number)
    another.watch(world.config)
    qtbot.waitUntil(lambda: another.running() is not None and bool(another.running().events), timeout=LONG_MS)
    seen = another.running()

    assert (seen.foreign, seen.verb, seen.who, seen.state) == (True, "backup", "ana", "running")
    assert [one.foreign for one in the_runner().works()] == [False], "our own is not seen as another's"
    gate.touch()
    mine = ended(qtbot, the_runner(), number)
    theirs = ended(qtbot, another, seen.id)
    assert theirs.outcome.status is Status.OK
    assert theirs.outcome.set == mine.outcome.set


def test_another_window_can_stop_it(qtbot, world, gate, another):
    number = the_runner().order("backup", BACKUP, world.config)
    at_work(qtbot, the_runner(), number)
    another.watch(world.config)
    qtbot.waitUntil(lambda: another.running() is not None, timeout=LONG_MS)
    seen = another.running()
    another.cancel(seen.id)
    assert state(another, seen.id) == "cancelling"
    qtbot.waitUntil(lambda: "asks this job to stop" in logged(world), timeout=LONG_MS)
    gate.touch()

    assert ended(qtbot, the_runner(), number).outcome.status is Status.CANCELLED
    assert ended(qtbot, another, seen.id).outcome.status is Status.CANCELLED


def test_an_order_waits_for_the_work_of_others(qtbot, world, gate, another):
    number = the_runner().order("backup", BACKUP, world.config)
    at_work(qtbot, the_runner(), number)
    another.watch(world.config)
    qtbot.waitUntil(lambda: another.running() is not None, timeout=LONG_MS)
    mine = another.order("verify", VerifyRequest(all=True), world.config)
    assert state(another, mine) == "queued"
    gate.touch()

    assert ended(qtbot, another, mine).outcome.status is Status.OK


def test_no_view_costs_a_work_and_a_new_one_shows_it(qtbot, world, gate):
    """What the host does: hide, deleteLater, no closeEvent; another page appears later."""
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    stack.show()
    number = the_runner().order("backup", BACKUP, world.config)
    for _ in range(5):
        strip = WorkStrip()
        stack.addWidget(strip)
        stack.setCurrentWidget(strip)
        at_work(qtbot, the_runner(), number)
        stack.removeWidget(strip)
        strip.hide()
        strip.deleteLater()
        del strip
        qtbot.wait(10)
    strip = WorkStrip()
    stack.addWidget(strip)
    assert strip.work is not None
    assert strip.work.id == number
    gate.touch()

    assert ended(qtbot, the_runner(), number).outcome.status is Status.OK
    assert strip.work.state == "ended"
    assert strip.button_look.isVisibleTo(strip)


def test_the_end_of_the_window_costs_no_work(qtbot, world, gate):
    first = the_runner()
    at_work(qtbot, first, first.order("backup", BACKUP, world.config))
    first.shutdown()
    assert who_holds(world.root) is not None

    later = the_runner()
    assert later is not first
    later.watch(world.config)
    qtbot.waitUntil(lambda: later.running() is not None, timeout=LONG_MS)
    seen = later.running()
    assert seen.foreign
    gate.touch()
    assert ended(qtbot, later, seen.id).outcome.status is Status.OK


def test_at_the_end_work_can_be_stopped_and_waited_for(qtbot, world, gate):
    runner = the_runner()
    at_work(qtbot, runner, runner.order("backup", BACKUP, world.config))
    gate.touch()
    runner.shutdown(cancel=True, patience_s=30)
    qtbot.waitUntil(lambda: who_holds(world.root) is None, timeout=LONG_MS)

    assert world.world.unfinished() == []


def test_settings_that_can_not_be_read_end_the_work_with_their_reason(qtbot, world):
    world.config.write_text("{", "utf-8")
    work = ended(qtbot, the_runner(), the_runner().order("backup", BACKUP, world.config))

    assert work.outcome.status is Status.REFUSED
    assert work.outcome.problems
