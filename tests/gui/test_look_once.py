"""The window looks at the folder as often as there is something to see, and gets ready what is looked at later."""

from __future__ import annotations

import pytest
from gui.world import HOST_CONTENT, GuiWorld, settle

from rexus.modules.backup.controller import BackupController
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt import asking
from rexus.modules.backup.qt.judgement import Judgement
from rexus.modules.backup.qt.window import Alone
from rexus.modules.backup.stores.folder import FolderStore
from rexus.modules.backup.view import TABS, BackupView


@pytest.fixture
def looks(monkeypatch):
    """Every look at the stored files."""
    seen: list[str] = []
    sizes = FolderStore.sizes
    monkeypatch.setattr(FolderStore, "sizes", lambda store, folder: seen.append(folder) or sizes(store, folder))
    return seen


@pytest.fixture
def shown(world, qtbot, looks):
    """The page, opened on the summary of one backup, and quiet again."""
    world.backup()
    looks.clear()
    view = BackupView()
    controller = BackupController(Alone(world.config), view)
    view.resize(*HOST_CONTENT)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.chip.isVisible() and view.made["summary"].overview is not None, timeout=15000)
    settle(qtbot)
    return controller, view


def test_header_and_summary_judge_by_one_look(shown, looks, qtbot):
    controller, view = shown
    assert looks == ["databases"]

    controller.desk.refresh()
    settle(qtbot)
    assert looks == ["databases"] * 2  # what has changed is looked at anew, again once

    view.open("sets")
    settle(qtbot)
    looks.clear()
    view.open("summary")  # which knows the newest already
    settle(qtbot)
    assert looks == []


def test_the_summary_finds_by_itself_what_nobody_told(shown, looks, qtbot):
    _controller, view = shown
    view.made["summary"]._clock.timeout.emit()
    settle(qtbot)
    assert looks == ["databases"] * 2


def test_a_judgement_is_of_one_model_and_not_given_again_when_it_is_old(world, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("rexus.modules.backup.qt.judgement.time.monotonic", lambda: now[0])
    judgement, other = Judgement(), BackupModel.open(world.config)
    first = judgement.health(world.model)
    assert judgement.both(world.model)[0] is first
    assert judgement.health(other) is not first
    again = judgement.health(other)
    now[0] += 60
    assert judgement.health(other) is not again


def test_screens_are_made_ready_part_by_part_and_nothing_is_asked_for_them(shown, looks, qtbot, monkeypatch):
    _controller, view = shown
    asked: list[object] = []
    ask = asking.ask
    monkeypatch.setattr(asking, "ask", lambda *given, **more: asked.append(given) or ask(*given, **more))
    view.warm_up()
    qtbot.waitUntil(lambda: "settings" in view.made and view.made["settings"].draft is not None, timeout=15000)
    assert view.made.keys() == TABS.keys()
    assert view.current == "summary"
    assert asked == []

    view.open("settings")
    qtbot.waitUntil(lambda: bool(asked), timeout=15000)  # what is looked at is up to date


def test_whoever_waits_for_an_answer_is_served_before_screens_are_made(world, qtbot, monkeypatch):
    view = BackupView()
    qtbot.addWidget(view)
    view.use(world.desk)
    busy = [True]
    monkeypatch.setattr("rexus.modules.backup.view.is_asking", lambda: busy[0])
    view.warm_up()
    qtbot.wait(0)
    assert not view.made
    busy[0] = False
    qtbot.waitUntil(lambda: view.made.keys() == TABS.keys(), timeout=15000)


def test_a_question_that_is_never_answered_keeps_no_screen_from_being_made(world: GuiWorld, qtbot, monkeypatch):
    view = BackupView()
    qtbot.addWidget(view)
    view.use(world.desk)
    monkeypatch.setattr("rexus.modules.backup.view.is_asking", lambda: True)
    monkeypatch.setattr("rexus.modules.backup.view.WARM_EVERY_MS", 0)
    view.warm_up()
    qtbot.waitUntil(lambda: view.made.keys() == TABS.keys(), timeout=15000)
