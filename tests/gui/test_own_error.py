"""An error of the program itself: its trace is in the log of the day, its type and place in the details."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gui.test_view import Shown
from gui.world import settle
from qtpy.QtCore import QObject

from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles, Writing
from rexus.modules.backup.config.load import load
from rexus.modules.backup.jobs.later_log import keep_later
from rexus.modules.backup.qt import asking, banner_words
from rexus.modules.backup.qt.guard import guarded

SECRET = "hunter2-secret"


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch) -> Path:
    """Where programs keep what is of no other place."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "state"))
    return tmp_path / "state"


class Broken(QObject):
    """Something with a slot that fails."""

    @guarded
    def slot(self) -> None:
        password = SECRET
        raise KeyError(f"no {password}")


def logs_below(folder: Path) -> str:
    return "".join(one.read_text("utf-8") for one in sorted(folder.rglob("backup_*.log")))


def test_the_trace_of_a_slot_is_in_the_log_of_the_day(world, qtbot):
    (world.config.parent / ".env").write_text(f"SMTP_PASSWORD={SECRET}\n", "utf-8")
    world.backup()
    shown = Shown(world, qtbot)

    Broken(shown.view).slot()

    qtbot.waitUntil(lambda: "Traceback" in logs_below(world.root / "logs"))
    told = logs_below(world.root / "logs")
    assert "slot Broken.slot" in told
    assert "KeyError" in told
    assert SECRET not in told


def test_and_its_type_and_place_are_in_the_details(world, qtbot):
    shown = Shown(world, qtbot)
    shown.controller.desk.ask(shown.view, lambda model: model.nothing_of_the_kind, lambda _found: None)
    settle(qtbot, lambda: "unexpected" in shown.view.banners.codes())
    problem = shown.view.banners._queue[0].problem
    details = banner_words.details(problem, datetime.now(UTC))

    assert "type: AttributeError" in details
    assert "asking.py:" in details

    Broken(shown.view).slot()
    details = banner_words.details(shown.view.banners._queue[0].problem, datetime.now(UTC))
    assert "type: KeyError" in details
    assert SECRET not in details


def test_without_usable_settings_it_is_in_the_log_of_the_person(world, qtbot, state):
    world.config.write_text('{"root": 7', "utf-8")
    shown = Shown(world, qtbot)

    Broken(shown.view).slot()

    qtbot.waitUntil(lambda: "slot Broken.slot" in logs_below(state))


def test_a_backup_folder_that_is_away_is_not_made_for_it(world, qtbot, state):
    keep_later(world.config, load(world.config), SystemClock(), RealFiles())
    assert not world.root.exists()

    Broken().slot()

    qtbot.waitUntil(lambda: "slot Broken.slot" in logs_below(state))
    assert not world.root.exists()


def test_a_share_that_does_not_answer_holds_up_nobody(world, qtbot):
    answers, asked = threading.Event(), threading.Event()

    class Hanging(RealFiles):
        def append(self, path: Path) -> Writing:
            asked.set()
            answers.wait(30)
            return super().append(path)

    world.backup()
    keep_later(world.config, load(world.config), SystemClock(), Hanging())
    Broken().slot()
    Broken().slot()

    assert asked.wait(30)
    assert not answers.is_set()  # both came back while the share is still waited for
    answers.set()
    qtbot.waitUntil(lambda: logs_below(world.root / "logs").count("slot Broken.slot") == 2)
    assert not asking.is_asking()
