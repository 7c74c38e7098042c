"""Who may not, can't: not by a key, not by another's answers, not by what a process is told, not by a broken file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from gui.test_window_runner import ended
from gui.world import GuiWorld, settle
from qtpy.QtWidgets import QWidget

from rexus.modules.backup.base.identity import Identity, os_identity
from rexus.modules.backup.base.records import BackupRequest, PruneRequest, Status
from rexus.modules.backup.config.draft import Draft
from rexus.modules.backup.config.first import Answers
from rexus.modules.backup.config.roles import Right
from rexus.modules.backup.qt.first_course import FAILED, course_of, forget
from rexus.modules.backup.qt.first_work import FirstWork
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.work import Work
from rexus.modules.backup.qt.work_strip import WorkStrip

NOBODY = {"administrators": ["nadie"]}
FORGED = Identity(name="ana", host_role="ADMIN")
VIEWER = Identity(name="eva", host_role="USUARIO")


@pytest.mark.skipif("nadie" in os_identity().groups, reason="this account is in that group")
def test_a_process_believes_no_more_than_its_account_may(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path)
    name = world.backup()
    world.backup()
    plain = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**plain, "roles": NOBODY}), "utf-8")
    number = the_runner().order("delete", PruneRequest(sets=(name,), confirmed=(name,)), world.config, FORGED)
    work = ended(qtbot, the_runner(), number)

    assert work.outcome.status is Status.REFUSED
    assert [one.code for one in work.outcome.problems] == ["role.denied"]
    assert name in {one.set for one in world.world.model().listing().sets}
    world.desk.identity = FORGED
    world.desk.open()
    assert not world.desk.may(Right.DELETE), "nor does the window offer it"


def test_work_of_others_is_stopped_by_nobody_who_may_not_order_it(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, identity=VIEWER)
    foreign = Work("x", "backup", None, world.config.absolute(), "running", foreign=True, who="schedule")
    root, strip = QWidget(), WorkStrip()
    qtbot.addWidget(root)
    strip.setParent(root)
    strip.may_stop = world.desk.may_stop
    root.show()
    the_runner()._works["x"] = replace(foreign, began=datetime.now(UTC))
    the_runner().changed.emit(the_runner().work("x"))

    assert strip.isVisible()
    assert not strip.button_cancel.isVisible()
    strip.button_cancel.click()
    assert the_runner().work("x").state == "running"


def test_answers_of_an_administrator_set_nothing_up_for_others(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path / "a")
    desk = GuiWorld(tmp_path / "b", build=False, identity=VIEWER).desk
    course = course_of(desk.config)
    plain = world.model.loaded
    places = {name: plain.database_location(name) for name in plain.database_names}
    course.answers = Answers(
        app_root=str(plain.app_root), databases=places, root=str(tmp_path / "copias"), times=("02:00",)
    )
    owner = QWidget()
    qtbot.addWidget(owner)
    work = FirstWork(owner)
    work.use(desk, course)
    work.begin()
    settle(qtbot)

    assert course.stage == FAILED
    assert course.problem.code == "role.denied_by_host"
    assert not desk.config.exists()
    assert the_runner().works() == ()
    forget(desk.config)


@pytest.mark.parametrize("way", ["save", "_on_save"])
def test_settings_are_not_saved_by_whoever_may_only_look(tmp_path, qapp, qtbot, way):
    world = GuiWorld(tmp_path, identity=VIEWER)
    before = world.config.read_bytes()
    page = SettingsPage()
    world.show(page)
    settle(qtbot)
    page.draft.set(("retention", "daily"), 3)
    getattr(page, way)()
    settle(qtbot)

    assert world.config.read_bytes() == before
    assert page.unsaved() == 1


@pytest.mark.parametrize("broken", [{"retention": {"daily": -3}}, None], ids=["one setting", "the whole file"])
def test_a_broken_file_makes_nobody_an_administrator(tmp_path, qapp, qtbot, broken):
    world = GuiWorld(tmp_path, roles=NOBODY)
    plain = json.loads(world.config.read_text("utf-8"))
    world.model._parts.keep_settings()
    world.config.write_text(json.dumps({**plain, **broken}) if broken else "{", "utf-8")
    world.desk.open()

    assert world.desk.model is None
    assert not world.desk.may(Right.CONFIG)
    if broken:
        page = SettingsPage()
        world.show(page)
        settle(qtbot)
        assert isinstance(page.draft, Draft)
        page.draft.set(("retention", "daily"), 3)
        assert not page.save()


def test_a_key_that_is_held_makes_one_backup(world, qtbot):
    wanted = []
    world.desk.backup_wanted.connect(lambda: wanted.append(1))
    world.desk.back_up()
    assert wanted == [1]
    world.desk.order("backup", BackupRequest(requested_by="ana"))
    world.desk.back_up()
    assert wanted == [1], "one is under way"
    qtbot.waitUntil(lambda: the_runner().pending() == (), timeout=60000)
    world.desk.back_up()
    assert wanted == [1, 1]
