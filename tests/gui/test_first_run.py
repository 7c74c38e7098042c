"""The first run, driven as a person would: real databases, a real first copy, a real restore test."""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
import subprocess
import sys

import pytest
from gui.world import GuiWorld, settle, type_in
from qtpy.QtCore import QCoreApplication, QEvent, Qt
from qtpy.QtWidgets import QAbstractButton, QLabel, QLineEdit
from support.schedulers import Schedulers
from support.world import NAMES, World, make_database

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Tick
from rexus.modules.backup.config.load import load
from rexus.modules.backup.qt import first_course, first_example, words
from rexus.modules.backup.qt.first_table import BAD, GOOD
from rexus.modules.backup.qt.page_first import FirstPage
from rexus.modules.backup.qt.runner import the_runner

PATIENCE_MS = 30_000
SECRET = "muy-secreta-4711"


@pytest.fixture(autouse=True)
def begun_anew():
    """No answers of another test."""
    yield
    first_course._courses.clear()
    first_example.stop()


@pytest.fixture
def fresh(tmp_path, qapp):
    """Databases and an application, and nothing configured."""
    made = GuiWorld(tmp_path, rows=40)
    made.config.unlink()
    (made.world.app / ".env").write_text(f"DB_PASSWORD={SECRET}\n", "utf-8")
    made.desk.open()
    return made


@pytest.fixture
def page(fresh, qtbot):
    """The page as it is first seen, with the application's folder found."""
    made = FirstPage()
    fresh.show(made)
    settle(qtbot, lambda: bool(made.course.answers.app_root))
    return made


def go_on(page, qtbot, step):
    """Press the primary button as soon as it can be, and come to that step."""
    settle(qtbot, lambda: page.button_next.isEnabled() and not page.panes[page.course.step].is_checking)
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    assert page.course.step == step


def to_proof(page, qtbot):
    for step in ("databases", "folder", "loss", "proof"):
        go_on(page, qtbot, step)


def until(page, qtbot, *stages):
    qtbot.waitUntil(lambda: page.course.stage in stages, timeout=PATIENCE_MS)


def first_copy(page, qtbot):
    """Press the last button and see it through."""
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    until(page, qtbot, first_course.DONE, first_course.FAILED)


def write_only(page, qtbot):
    """Press the last button; once the settings are written nothing more is wanted."""
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    until(page, qtbot, first_course.BACKUP)
    the_runner().shutdown(cancel=True)


def texts(widget):
    """Everything that can be read on a page."""
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def test_it_ends_with_a_copy_that_was_restored(page, fresh, qtbot, tmp_path, monkeypatch):
    to_proof(page, qtbot)
    assert not fresh.config.exists()
    assert not (tmp_path.parent / f"{tmp_path.name}-copias").exists(), "nothing is touched before the last step"
    first_copy(page, qtbot)

    assert page.course.stage == first_course.DONE, page.course
    assert page.proof.table.states == dict.fromkeys(page.course.answers.databases, (GOOD, GOOD, GOOD))
    assert set(page.course.answers.databases) == set(NAMES)
    sets = fresh.model.listing().sets
    assert [one.tick for one in sets] == [Tick.RESTORED]
    assert load(fresh.config).root == tmp_path.parent / f"{tmp_path.name}-copias"
    if os.name != "nt":
        assert fresh.config.stat().st_mode & 0o777 == 0o600
    assert not page.button_back.isVisible()

    page.save_sheet(str(tmp_path / "hoja"))
    settle(qtbot, (tmp_path / "hoja.html").exists)
    told = (tmp_path / "hoja.html").read_text("utf-8")
    for name, one in fresh.model.show(sets[0].set).databases.items():
        assert one.checksum in told
        assert one.file in told
        assert str(fresh.world.database(name)) in told
    assert SECRET not in told
    if sys.platform == "linux":
        unpack_by_hand(told, tmp_path)
    if sys.platform != "win32":
        offer_the_schedule(page, fresh, qtbot, tmp_path, monkeypatch)

    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    assert fresh.gone == [("summary", {})]
    assert not first_course.is_unfinished(fresh.config)


def unpack_by_hand(sheet, folder):
    """Do what the sheet says: each database is unpacked and its sum is right."""
    for block in re.findall(r"<pre>(.*?)</pre>", sheet, re.DOTALL):
        lines = re.sub(r"/tmp/(?=\w+\.db\.new)", f"{folder}/", html.unescape(block)).splitlines()[:3]
        ran = subprocess.run(["bash", "-ec", "\n".join(lines)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
    assert len(list(folder.glob("*.db.new"))) == len(NAMES)


def offer_the_schedule(page, fresh, qtbot, tmp_path, monkeypatch):
    """Where the system has no scheduler it is said; where it has one, it is told."""
    monkeypatch.setattr("rexus.modules.backup.watch.tasks.is_root", lambda: False)
    before = texts(page.proof)
    for name in ("nada", "crontab"):
        machine = Schedulers(tmp_path / name, *([] if name == "nada" else [name]))
        for key, value in machine.environment.items():
            monkeypatch.setenv(key, value)
        qtbot.mouseClick(page.proof.schedule, Qt.MouseButton.LeftButton)
        settle(qtbot, page.proof.schedule.isEnabled)
        assert page.proof.schedule.isVisible() == (name == "nada")
        assert texts(page.proof) != before

    assert str(fresh.config).encode() in machine.crontab
    assert any(one.what == "schedule_install" for one in fresh.model.audit().tail(10))


def test_it_begins_with_what_is_there(page, fresh, qtbot):
    go_on(page, qtbot, "databases")
    settle(qtbot, lambda: not page.databases.is_checking)

    assert page.databases.folder.text() == str(fresh.config.parent)
    assert set(page.course.answers.databases) == set(NAMES)
    go_on(page, qtbot, "folder")
    assert page.folder.root.text() == str(fresh.config.parent) + "-copias"
    for field in (page.databases.folder, page.folder.root, page.start.path):
        assert not field.text().startswith(".")


def test_the_first_click_after_typing_is_never_lost(page, fresh, qtbot, tmp_path):
    go_on(page, qtbot, "databases")
    go_on(page, qtbot, "folder")
    page.folder.root.selectAll()
    type_in(page.folder.root, str(tmp_path / "otra"))
    assert page.button_next.isEnabled()
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.course.step == "loss", timeout=PATIENCE_MS)

    assert page.course.answers.root == str(tmp_path / "otra")


def test_a_click_after_typing_something_wrong_stays_and_says_why(page, fresh, qtbot, tmp_path):
    (tmp_path / "archivo").write_text("x", "utf-8")
    go_on(page, qtbot, "databases")
    go_on(page, qtbot, "folder")
    page.folder.root.selectAll()
    type_in(page.folder.root, str(tmp_path / "archivo"))
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    settle(qtbot, lambda: not page.folder.is_checking)

    assert page.course.step == "folder"
    assert not page.button_next.isEnabled()
    assert page.folder.root.property("invalid")
    assert str(tmp_path / "archivo") in texts(page.folder)
    page.folder.root.setText(str(tmp_path / "bien"))
    go_on(page, qtbot, "loss")


def test_the_applications_folder_must_be_there(page, qtbot, tmp_path):
    go_on(page, qtbot, "databases")
    page.databases.folder.setText(str(tmp_path / "no_existe"))
    settle(qtbot, lambda: not page.databases.is_checking)

    assert not page.button_next.isEnabled()
    assert page.databases.folder.property("invalid")
    assert "no_existe" in texts(page.databases)
    page.databases.folder.setText(str(tmp_path / "app"))
    settle(qtbot, lambda: not page.databases.is_checking)
    assert page.button_next.isEnabled()
    assert page.course.answers.app_root == str(tmp_path / "app")


def test_databases_are_chosen_and_added(page, qtbot, tmp_path):
    (tmp_path / "aparte").mkdir()
    make_database(tmp_path / "aparte/otra.db", "otra", 3)
    page.course.answers = type(page.course.answers)(app_root=str(tmp_path / "app"))
    go_on(page, qtbot, "databases")
    settle(qtbot, lambda: not page.databases.is_checking)
    boxes = page.databases._boxes
    for box in boxes.values():
        box.setChecked(False)
    assert not page.button_next.isEnabled()
    boxes[str(tmp_path / "app/users.db")].setChecked(True)
    page.databases.add(str(tmp_path / "aparte/otra.db"))
    settle(qtbot)

    assert page.course.answers.databases == {
        "users": str(tmp_path / "app/users.db"),
        "otra": str(tmp_path / "aparte/otra.db"),
    }
    page.databases.add(str(tmp_path / "app/requirements.txt"))
    settle(qtbot)
    assert "requirements.txt" in texts(page.databases)
    assert len(page.course.answers.databases) == 2


def test_times_follow_from_what_may_be_lost(page, qtbot):
    for step in ("databases", "folder", "loss"):
        go_on(page, qtbot, step)
    qtbot.mouseClick(page.loss._hours[8], Qt.MouseButton.LeftButton)
    assert page.course.answers.times == ("02:00", "10:00", "18:00")

    page.loss.times.selectAll()
    qtbot.keyClicks(page.loss.times, "25:00")
    assert not page.button_next.isEnabled()
    page.loss.times.selectAll()
    qtbot.keyClicks(page.loss.times, "9:30 21:30")
    assert page.button_next.isEnabled()
    assert page.course.answers.times == ("09:30", "21:30")
    assert "12" in texts(page.loss)
    qtbot.mouseClick(page.loss._drills["monthly"], Qt.MouseButton.LeftButton)
    assert page.course.answers.drill == "monthly"


def test_whoever_lost_data_needs_no_setting_up(page, fresh, qtbot):
    page.start.cards[first_course.LOST].choose()
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)

    assert fresh.gone == [("restore", {"lost": True})]
    assert not fresh.config.exists()


def test_enter_goes_on(page, qtbot):
    qtbot.keyClick(page, Qt.Key.Key_Return)
    assert page.course.step == "databases"
    settle(qtbot, lambda: not page.databases.is_checking)
    qtbot.keyClick(page.databases.folder, Qt.Key.Key_Return)
    assert page.course.step == "folder"


def test_settings_from_elsewhere_are_taken_over_whole(page, fresh, qtbot, tmp_path):
    (tmp_path / "otro").mkdir()
    elsewhere = World(tmp_path / "otro", rows=5).build()
    page.start.cards[first_course.BRING].choose()
    page.start.path.setText(str(tmp_path / "nada.json"))
    settle(qtbot, lambda: not page.start.is_checking)
    assert not page.button_next.isEnabled()

    page.start.path.setText(str(elsewhere.config))
    go_on(page, qtbot, "proof")
    write_only(page, qtbot)

    loaded = load(fresh.config)
    assert loaded.database_location("users") == str(elsewhere.database("users"))
    assert loaded.root == elsewhere.root


def test_settings_of_an_older_program_leave_the_rest_to_be_asked(page, fresh, qtbot, tmp_path):
    old = tmp_path / "config/backup_config.json"
    old.parent.mkdir()
    old.write_text(json.dumps({"backup_dir": "viejas", "backup_time": "03:30", "retention_days": 9}), "utf-8")
    page.start.cards[first_course.BRING].choose()
    page.start.path.setText(str(old))
    to_proof(page, qtbot)
    write_only(page, qtbot)

    loaded = load(fresh.config)
    assert loaded.root == tmp_path / "viejas"
    assert loaded.settings.schedules[0].times == ("03:30",)
    assert loaded.settings.retention.daily == 9


def test_a_page_that_goes_in_between_is_taken_up_by_the_next(page, fresh, qtbot):
    to_proof(page, qtbot)
    qtbot.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    until(page, qtbot, first_course.BACKUP)
    fresh.made[0].deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert first_course.is_unfinished(fresh.config)

    following = FirstPage()
    fresh.show(following)
    assert following.course.step == "proof"
    until(following, qtbot, first_course.DONE)
    assert len(fresh.model.listing().sets) == 1
    assert following.proof.table.states == dict.fromkeys(following.course.answers.databases, (GOOD, GOOD, GOOD))


def test_answers_outlive_a_page(page, fresh, qtbot, tmp_path):
    go_on(page, qtbot, "databases")
    go_on(page, qtbot, "folder")
    page.folder.root.setText(str(tmp_path / "mía"))
    page.folder._on_edited()
    settle(qtbot, lambda: not page.folder.is_checking)
    fresh.made[0].deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    following = FirstPage()
    fresh.show(following)
    assert following.course.step == "folder"
    assert following.folder.root.text() == str(tmp_path / "mía")


def test_a_copy_that_fails_says_why_and_can_be_tried_again(page, fresh, qtbot):
    to_proof(page, qtbot)
    live = fresh.world.database("users")
    original = live.read_bytes()
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            live.with_name(live.name + suffix).unlink()
    live.write_bytes(original[:4096] + b"\x00" * 8192)
    first_copy(page, qtbot)

    assert page.course.stage == first_course.FAILED
    assert page.proof.table.states["users"][0] == BAD
    assert str(live) in texts(page.proof)
    assert page.frame.button_later.isVisible()

    live.write_bytes(original)
    first_copy(page, qtbot)
    assert page.course.stage == first_course.DONE, page.course


def test_settings_that_appeared_meanwhile_are_not_replaced(page, fresh, qtbot):
    to_proof(page, qtbot)
    fresh.config.write_text("de otro", "utf-8")
    first_copy(page, qtbot)

    assert page.course.stage == first_course.FAILED
    assert fresh.config.read_text("utf-8") == "de otro"
    assert fresh.config.name in texts(page.proof)


def test_only_an_administrator_sets_up(tmp_path, qtbot):
    made = GuiWorld(tmp_path, identity=Identity(name="ana", host_role="usuario"))
    made.config.unlink()
    made.desk.open()
    page = FirstPage()
    made.show(page)

    assert [key for key, card in page.start.cards.items() if card.isEnabled()] == [first_course.LOST]
    assert page.start.choice == first_course.LOST


def test_the_example_opens_in_the_same_window(page, fresh, qtbot, tmp_path):
    folder = tmp_path / "ejemplo"
    folder.mkdir()
    other = World(folder, rows=3, schedules=[]).build()
    (folder / ".rexus_example").write_text('{"whole": true}', "utf-8")
    first_example.the_maker().make(folder)
    qtbot.waitUntil(lambda: bool(fresh.gone), timeout=PATIENCE_MS)

    assert fresh.desk.config == other.config
    assert fresh.gone == [("summary", {})]


def test_an_example_that_can_not_be_made_is_told(page, fresh, qtbot, tmp_path):
    (tmp_path / "ajena").mkdir()
    (tmp_path / "ajena/tesis.odt").write_text("x", "utf-8")
    first_example.the_maker().make(tmp_path / "ajena")
    qtbot.waitUntil(lambda: bool(fresh.told), timeout=PATIENCE_MS)

    assert [one.code for one in fresh.told] == ["example.foreign_folder"]
    assert page.frame.button_example.isEnabled()


def test_all_controls_have_names_and_the_command_is_the_same_order(page, qtbot):
    to_proof(page, qtbot)
    for one in (*page.findChildren(QAbstractButton), *page.findChildren(QLineEdit)):
        assert one.accessibleName() or one.text(), one
    words_told = page.command()
    assert words_told[:2] == ("config", "init")
    assert f"users={page.course.answers.databases['users']}" in words_told
    assert words.THIN not in page.button_sheet.accessibleName()
