"""The first run as one answers it by the keyboard: nobody is blamed early, and a refusal leads to what is at fault."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from gui.test_first_run import go_on, texts
from gui.world import GuiWorld, settle
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QFocusEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from rexus.modules.backup.config import places
from rexus.modules.backup.config.adopting import brought
from rexus.modules.backup.config.first import Answers
from rexus.modules.backup.qt import first_course, telling
from rexus.modules.backup.qt.first_course import BRING, LOST, PROTECT
from rexus.modules.backup.qt.first_loss import next_times
from rexus.modules.backup.qt.page_first import FirstPage
from rexus.modules.backup.qt.restore_pane import ChoiceCard

PATIENCE_MS = 15_000


@pytest.fixture(autouse=True)
def begun_anew():
    """No answers of another test."""
    yield
    first_course._courses.clear()


@pytest.fixture
def here(tmp_path, qapp):
    """Databases and an application, and nothing configured."""
    made = GuiWorld(tmp_path, rows=40)
    made.config.unlink()
    made.desk.open()
    return made


@pytest.fixture
def page(here, qtbot):
    """The page with the application's folder found."""
    made = FirstPage()
    here.show(made)
    settle(qtbot, lambda: bool(made.course.answers.app_root))
    return made


@pytest.fixture
def bare(tmp_path, qtbot, monkeypatch):
    """The page where no application is found."""
    (tmp_path / "nada").mkdir()
    monkeypatch.chdir(tmp_path / "nada")
    world = GuiWorld(tmp_path / "nada", build=False)
    made = FirstPage()
    world.show(made)
    settle(qtbot)
    made.course.answers = Answers()
    return made


def focused():
    return QApplication.focusWidget()


def press(key: Qt.Key) -> None:
    QTest.keyClick(focused(), key)


def test_the_arrows_go_from_card_to_card(page):
    assert focused() is page.start.cards[PROTECT].radio
    press(Qt.Key.Key_Down)
    assert (page.start.choice, focused()) == (LOST, page.start.cards[LOST].radio)
    press(Qt.Key.Key_Down)
    assert page.start.choice == BRING
    press(Qt.Key.Key_Up)
    press(Qt.Key.Key_Up)
    assert page.start.choice == PROTECT
    press(Qt.Key.Key_Return)
    assert page.course.step == "databases"


def test_a_card_shows_that_the_keyboard_is_there(page, qtbot):
    card: ChoiceCard = page.start.cards[PROTECT]
    with_keys = card.grab().toImage()
    QApplication.sendEvent(card.radio, QFocusEvent(QEvent.Type.FocusOut))
    page.button_next.setFocus()
    assert card.grab().toImage() != with_keys


def test_nobody_is_blamed_for_a_folder_before_going_on(bare, qtbot):
    go_on(bare, qtbot, "databases")
    settle(qtbot)
    qtbot.waitUntil(lambda: not bare.databases._quiet.isActive())
    settle(qtbot)
    folder = bare.databases.folder
    assert not folder.property("invalid")
    assert not bare.databases._wrong.isVisible()

    bare.button_next.setFocus()
    qtbot.mouseClick(bare.button_next, Qt.MouseButton.LeftButton)
    assert bare.course.step == "databases"
    assert folder.property("invalid")
    assert bare.databases._wrong.isVisible()
    assert focused() is folder
    assert not bare.button_next.isEnabled()


def test_a_folder_that_was_emptied_is_told(page, qtbot):
    go_on(page, qtbot, "databases")
    settle(qtbot, lambda: not page.databases.is_checking)
    page.databases.folder.clear()
    qtbot.waitUntil(lambda: bool(page.databases.folder.property("invalid")), timeout=PATIENCE_MS)


def test_a_refusal_leads_to_the_field_at_fault(page, qtbot, tmp_path):
    go_on(page, qtbot, "databases")
    settle(qtbot, lambda: not page.databases.is_checking)
    for box in page.databases._boxes.values():
        box.setChecked(False)
    page.setFocus()
    press(Qt.Key.Key_Return)
    assert focused() is next(iter(page.databases._boxes.values()))
    for box in page.databases._boxes.values():
        box.setChecked(True)

    go_on(page, qtbot, "folder")
    (tmp_path / "archivo").write_text("x", "utf-8")
    page.folder.root.setText(str(tmp_path / "archivo"))
    page.button_next.setFocus()
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    settle(qtbot, lambda: not page.folder.is_checking)
    assert focused() is page.folder.root
    page.folder.root.setText(str(tmp_path / "copias"))

    go_on(page, qtbot, "loss")
    page.loss.times.setText("25:00")
    page.loss._on_edited()
    page.setFocus()
    press(Qt.Key.Key_Return)
    assert focused() is page.loss.times
    assert page.course.step == "loss"


@pytest.mark.parametrize("free", [0, 1000])
def test_a_disk_without_room_is_not_accepted(page, qtbot, tmp_path, monkeypatch, free):
    go_on(page, qtbot, "databases")
    go_on(page, qtbot, "folder")
    settle(qtbot, lambda: not page.folder.is_checking)
    monkeypatch.setattr(places.shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))
    page.folder.root.setText(str(tmp_path / "llena"))
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    settle(qtbot, lambda: not page.folder.is_checking)

    assert page.course.step == "folder"
    assert not page.button_next.isEnabled()
    assert telling.size(free) in texts(page.folder).replace(" ", telling.NARROW)


def test_the_rail_tells_no_answer_that_nobody_gave(page, here, qtbot, tmp_path):
    """Settings that say nothing of times are brought along: how much may be lost was never asked."""
    mine = tmp_path / "otro.json"
    told = {"version": 1, "root": "copias", "databases": {"users": "app/users.db"}, "schedules": []}
    mine.write_text(json.dumps(told), "utf-8")
    assert brought(mine, Answers()).is_whole
    page.start.cards[BRING].choose()
    page.start.path.setText(str(mine))
    go_on(page, qtbot, "proof")

    names = page.rail.names()
    assert not [one for one in names if "24 hora" in one], names
    assert [one for one in names if "copias" in one], names


def test_the_rail_tells_the_loss_once_it_is_answered(page, qtbot):
    for step in ("databases", "folder", "loss", "proof"):
        assert not [one for one in page.rail.names() if "24 hora" in one]
        go_on(page, qtbot, step)
    assert [one for one in page.rail.names() if "24 hora" in one]


def test_next_copies_of_other_times_are_not_told(page, qtbot):
    for step in ("databases", "folder", "loss"):
        go_on(page, qtbot, step)
    assert page.loss._card.isVisible()
    page.loss.times.setFocus()
    page.loss.times.selectAll()
    QTest.keyClicks(page.loss.times, "2:7")
    assert not page.loss._card.isVisible()
    page.loss.times.selectAll()
    QTest.keyClicks(page.loss.times, "03:15")
    assert page.loss._card.isVisible()
    assert "03:15" in texts(page.loss._card)


def test_a_next_copy_that_is_over_is_told_no_more(page, qtbot):
    for step in ("databases", "folder", "loss"):
        go_on(page, qtbot, step)
    due = next_times(page.course.answers.times, 1)[0]
    assert telling.when(due) in texts(page.loss._card)
    with time_machine.travel(due + timedelta(minutes=1), tick=False):
        page.loss._turn.timeout.emit()
        told = texts(page.loss._card)
        later = telling.when(next_times(page.course.answers.times, 1)[0])
        gone = telling.when(due)
    assert later in told
    assert gone not in told
    assert datetime.now(UTC) < due
