"""How things end: a window that closes on work, a page that is gone when something fails, a disk that never answers."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from gui.test_window_runner import GATED, LONG_MS, at_work
from gui.test_work_strip import NOW, RUNNING, ended, shown, tell
from qtpy.QtCore import QObject
from qtpy.QtGui import QCloseEvent

from rexus.modules.backup.base.records import BackupRequest, Status, VerifyRequest
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.base.wire import CleanupRequest
from rexus.modules.backup.jobs import child
from rexus.modules.backup.jobs.lease import who_holds
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt import asking
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.tray import Tray
from rexus.modules.backup.qt.window import Window
from rexus.modules.backup.qt.work import Work

BACKUP = BackupRequest(requested_by="ana")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def gate(tmp_path, monkeypatch):
    """Jobs stop at their first step until this file is there."""
    path = tmp_path / "gate"
    monkeypatch.setenv("REXUS_TEST_GATE", str(path))
    monkeypatch.setattr(child, "_ENTRY", GATED)
    yield path
    path.touch()


@pytest.fixture
def window(world, qtbot, monkeypatch):
    made = Window(world.config)
    qtbot.addWidget(made)
    made.ends = []
    monkeypatch.setattr(made, "_end", lambda: made.ends.append(1))
    made.show()
    qtbot.waitUntil(lambda: bool(made.view.current), timeout=LONG_MS)
    return made


def closed(window) -> bool:
    event = QCloseEvent()
    window.closeEvent(event)
    return event.isAccepted()


# --- what waits


def test_what_waited_when_the_window_closed_is_done_all_the_same(qtbot, world, gate):
    runner = the_runner()
    at_work(qtbot, runner, runner.order("backup", BACKUP, world.config))
    runner.order("backup", BackupRequest(requested_by="eva"), world.config)
    runner.shutdown()
    gate.touch()

    def made() -> list[str]:
        return sorted(one.requested_by for one in map(world.model.show, names()) if one.status.value == "completed")

    def names() -> list[str]:
        return [one.set for one in world.model.listing().sets]

    qtbot.waitUntil(lambda: len(names()) == 2 and len(made()) == 2, timeout=LONG_MS)
    qtbot.waitUntil(lambda: who_holds(world.root) is None, timeout=LONG_MS)
    assert made() == ["ana", "eva"]


def test_the_question_counts_what_waits_and_cancelling_cancels_that_too(qtbot, world, gate, window):
    use_language("en")
    runner = the_runner()
    first = runner.order("backup", BACKUP, world.config)
    others = [
        runner.order("verify", VerifyRequest(all=True), world.config),
        runner.order("cleanup", CleanupRequest(), world.config),
    ]
    at_work(qtbot, runner, first)
    assert not closed(window)
    sheet = window._question.sheet
    assert any("2 more are waiting" in one.text() for one in sheet.findChildren(type(sheet.title)))
    [stop] = [one for one in sheet.findChildren(type(sheet.main)) if "Cancel the copy" in one.text()]
    stop.click()
    assert window.ends == [], "not before the running one has stopped"
    gate.touch()
    qtbot.waitUntil(lambda: bool(window.ends), timeout=LONG_MS)

    assert [runner.work(one).outcome.status for one in (first, *others)] == [Status.CANCELLED] * 3


def test_own_work_that_waits_for_that_of_others_is_asked_about(window):
    foreign = Work("f", "backup", None, Path("/x"), "running", foreign=True, began=NOW)
    the_runner()._works["f"] = foreign
    assert closed(window)
    the_runner()._works["q"] = replace(RUNNING, id="q", state="queued")
    assert not closed(window)
    assert window._question.sheet is not None


# --- what went wrong while nobody looked


def test_what_failed_while_no_page_was_there_is_told_by_the_next(qtbot):
    tell(ended(Status.FAILED))
    later = shown(qtbot)
    assert later.isVisible()
    assert later.work.outcome.status is Status.FAILED
    later.button_close.click()

    assert not later.isVisible()
    assert not shown(qtbot).isVisible(), "read once is enough"


@pytest.mark.parametrize("status", [Status.OK, Status.CANCELLED])
def test_what_went_well_meanwhile_is_not(qtbot, status):
    tell(ended(status))
    assert not shown(qtbot).isVisible()


def test_a_later_good_end_of_the_same_is_enough(qtbot):
    tell(ended(Status.FAILED))
    tell(ended(Status.OK, work=replace(RUNNING, id="b")))
    assert not shown(qtbot).isVisible()


# --- a disk that never answers

STUCK = """
import time
from qtpy.QtCore import QCoreApplication, QObject, QTimer
from rexus.modules.backup.qt import asking
asking._PATIENCE_S = 0.1
application, owner = QCoreApplication([]), QObject()
asking.ask(owner, lambda: time.sleep(600), lambda _: None)
QTimer.singleShot(0, application.quit)
application.exec()
"""


def test_a_question_that_is_never_answered_keeps_no_program_from_ending():
    ran = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, timeout=60, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


# --- whoever changes their mind


def test_a_window_that_is_to_stay_after_all_stays_though_the_work_is_stopped(qtbot, world, gate, window):
    use_language("en")
    runner = the_runner()
    first = runner.order("backup", BACKUP, world.config)
    at_work(qtbot, runner, first)
    assert not closed(window)
    sheet = window._question.sheet
    [stop] = [one for one in sheet.findChildren(type(sheet.main)) if "Cancel the copy" in one.text()]
    stop.click()
    sheet.cancel.click()
    gate.touch()
    qtbot.waitUntil(lambda: runner.work(first).state == "ended", timeout=LONG_MS)

    assert runner.work(first).outcome.status is Status.CANCELLED
    assert window.ends == []
    assert window.isVisible()
    assert closed(window)


# --- a window that begins in the tray


@pytest.mark.parametrize("there", [True, False])
def test_a_window_that_begins_hidden_is_shown_where_there_is_no_tray(world, qtbot, monkeypatch, there):
    monkeypatch.setattr(Tray, "is_there", lambda _self: there)
    made = Window(world.config)
    qtbot.addWidget(made)
    made.begin(hidden=True)
    assert not made.isVisible()
    qtbot.waitUntil(lambda: made.tray is not None)
    assert made.isVisible() == (not there)


# --- a slow question


@pytest.fixture
def slow_at_once(monkeypatch):
    """Whatever takes any time at all takes long."""
    monkeypatch.setattr(asking, "_SLOW_S", 0.0)
    monkeypatch.setattr(asking, "_LOOK_MS", 10)
    asking.stop()


def test_a_question_that_takes_long_holds_up_no_other(qtbot, slow_at_once):
    gate, heard = threading.Event(), []
    owner = QObject()
    asking.ask(owner, lambda: gate.wait(60) and "slow", heard.append)
    asking.ask(owner, lambda: "quick", heard.append)
    qtbot.waitUntil(lambda: heard == ["quick"], timeout=LONG_MS)
    gate.set()
    qtbot.waitUntil(lambda: heard == ["quick", "slow"], timeout=LONG_MS)
    asking.ask(owner, lambda: "later", heard.append)
    qtbot.waitUntil(lambda: heard[2:] == ["later"], timeout=LONG_MS)


def test_there_are_never_more_threads_than_so_many(qtbot, slow_at_once):
    """All of them wait for a disk: what comes next waits too, until one of them goes on."""
    gate, heard, begun = threading.Event(), [], threading.Semaphore(0)
    owner = QObject()

    def stuck() -> str:
        begun.release()
        gate.wait(60)
        return "stuck"

    for _number in range(asking._MOST):
        asking.ask(owner, stuck, heard.append)
    qtbot.waitUntil(lambda: begun._value == asking._MOST, timeout=LONG_MS)
    asking.ask(owner, lambda: "next", heard.append)
    desk = asking._desk()
    with qtbot.waitSignals([desk._look.timeout] * 3, timeout=LONG_MS):
        pass
    assert len(desk._workers) == asking._MOST
    assert heard == []
    gate.set()
    qtbot.waitUntil(lambda: sorted(heard) == ["next", *["stuck"] * asking._MOST], timeout=LONG_MS)


def test_settings_on_a_disk_that_does_not_answer_keep_no_window_waiting(world, qtbot, monkeypatch):
    """The window is there and says what it waits for; once the disk answers it goes on."""
    use_language("en")
    gate, real = threading.Event(), BackupModel.open

    def slow(*args, **more):
        gate.wait(60)
        return real(*args, **more)

    monkeypatch.setattr(BackupModel, "open", slow)
    made = Window(world.config, language="en")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.view._waiting.text() == "Reading the settings…", timeout=LONG_MS)
    assert made.view.current == ""
    gate.set()
    qtbot.waitUntil(lambda: made.view.current == "summary", timeout=LONG_MS)
