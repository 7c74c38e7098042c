"""What outlives a page and what does not: unsaved settings, the language, banners, an end that can't be read."""

from __future__ import annotations

import json

import pytest
from gui.test_view import Shown
from gui.world import GuiWorld, settle
from qtpy.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from qtpy.QtWidgets import QLabel, QMenu

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Outcome, Problem, RestoreRequest, Status
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt import guard, host_model, page_restore
from rexus.modules.backup.qt.desk import Desk
from rexus.modules.backup.qt.more import menu
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.restore_rail import Rail
from rexus.modules.backup.qt.restore_stops import RUN, WHAT
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.work import Work
from rexus.modules.backup.qt.work_rows import Elided


def gone(widget: QObject, qtbot) -> None:
    with qtbot.waitSignal(widget.destroyed):
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settings(world: GuiWorld, qtbot) -> SettingsPage:
    page = SettingsPage()
    world.show(page)
    settle(qtbot, lambda: page.draft is not None)
    return page


# --- unsaved settings


def test_changes_that_are_not_saved_wait_for_the_next_page(world, qtbot):
    page = settings(world, qtbot)
    page._on_edited(("retention", "daily"), 21)
    gone(world.made.pop(), qtbot)
    later = settings(world, qtbot)
    assert later.unsaved() == 1
    assert later.button_save.isEnabled()
    assert later.save()
    assert json.loads(world.config.read_text("utf-8"))["retention"]["daily"] == 21
    gone(world.made.pop(), qtbot)
    assert settings(world, qtbot).unsaved() == 0


def test_but_not_for_somebody_else_and_not_once_taken_back(world, qtbot):
    page = settings(world, qtbot)
    page._on_edited(("retention", "daily"), 21)
    world.desk.identity = Identity(name="beto", host_role="ADMIN")
    assert settings(world, qtbot).unsaved() == 0
    world.desk.identity = None
    page.discard()
    gone(world.made.pop(0), qtbot)
    assert settings(world, qtbot).unsaved() == 0


def test_a_new_view_marks_that_settings_wait(world, qtbot):
    world.backup()
    page = settings(world, qtbot)
    page._on_edited(("retention", "daily"), 21)
    shown = Shown(world, qtbot)
    assert shown.view.tabs.tabText(3).endswith("•")
    assert "settings" not in shown.view.made or shown.view.made["settings"].unsaved() == 1


# --- language, banners


def test_everything_around_the_screens_speaks_the_language_of_the_settings(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, language="en")
    world.backup()
    use_language("es")
    shown = Shown(world, qtbot)
    view = shown.view
    view.banners.tell(Problem(code="unexpected"))
    told = {one.text() for one in view.banners.findChildren(QLabel)}

    assert {"Cause", "Safe", "What to do"} <= told
    assert view.strip.button_cancel.text().strip() == "Cancel"
    assert view.button_more.toolTip() == "More"
    assert view.tabs.accessibleName() == "Pages"
    view.strip.look.emit("20250806_143052")
    assert view.current == "sets"
    assert view.layout().indexOf(view.banners) == 1
    assert view.layout().indexOf(view.strip) == 3


def test_whoever_saves_another_language_stays_in_that_section(world, qtbot):
    shown = Shown(world, qtbot)
    view = shown.view
    view.open("settings", {"section": "look"})
    settle(qtbot)
    before = view.page("settings")
    before.book.current.language.box.setCurrentIndex(1)
    qtbot.mouseClick(before.button_save, Qt.MouseButton.LeftButton)
    settle(qtbot, lambda: view.page("settings") is not before)
    page = view.page("settings")

    assert view.current == "settings"
    assert page.book.current.key == "look"
    assert page.book.stack.currentIndex() == page.book.nav.currentRow()
    settle(qtbot, lambda: page.draft is not None)
    assert page.button_save.text().strip() == "Save changes"


def test_a_banner_outlives_a_change_of_language(world, qtbot):
    world.backup()
    shown = Shown(world, qtbot)
    shown.controller.desk.tell(Problem(code="unexpected"))
    use_language("en")
    shown.view.speak_anew()
    assert "unexpected" in shown.view.banners.codes()
    shown.controller.desk.solved("unexpected")
    assert "unexpected" not in shown.view.banners.codes()


def test_trouble_with_the_settings_is_not_told_any_longer_once_it_is_mended(world, qtbot):
    good = world.config.read_text("utf-8")
    world.config.write_text('{"root": 7}', "utf-8")
    shown = Shown(world, qtbot)
    assert shown.view.banners.codes()
    world.config.write_text(good, "utf-8")
    shown.controller.desk.reopen()
    settle(qtbot)
    assert not shown.view.banners.codes()


# --- an end that can't be read


@pytest.mark.parametrize("status", [Status.OK, Status.FAILED])
@pytest.mark.parametrize("broken", ["proof", "home"])
def test_a_restore_whose_end_can_not_be_read_keeps_nobody_waiting(world, qtbot, monkeypatch, status, broken):
    def refuse(*_: object) -> None:
        raise Refused("set.unknown", set="x")

    world.backup()
    page = RestorePage()
    world.show(page)
    settle(qtbot, lambda: page.what.choice is not None)
    request = RestoreRequest(set=page.what.choice.set, databases=("users",), to=str(world.root / "x.db"))
    monkeypatch.setattr(page_restore, "home_of", refuse)
    running = Work("r", "restore", request, world.config.absolute(), "running")
    the_runner()._works["r"] = running
    page.opened()
    settle(qtbot)
    assert page.at == RUN
    if broken == "proof":
        monkeypatch.setattr(page_restore, "undo_of", refuse)
        monkeypatch.setattr(page_restore, "proof_of", refuse)
    outcome = Outcome(status=status, proof=("x",) if status is Status.OK else ())
    the_runner()._works.clear()
    the_runner().finished.emit(Work("r", "restore", request, running.config, "ended", outcome=outcome, result=object()))
    settle(qtbot, lambda: page.at == WHAT and page.what.choice is not None)
    assert page.isVisible()


# --- plain words, little things


@pytest.mark.parametrize("text", ["<b>x</b>", "<img src='//server/share/x.png'>"])
def test_tips_of_names_are_no_markup(qtbot, text):
    from rexus.modules.backup.qt.restore_rail import Stop

    elided, rail = Elided(), Rail()
    qtbot.addWidget(elided)
    qtbot.addWidget(rail)
    elided.resize(QSize(30, 20))
    elided.tell(text, text)
    rail.tell((Stop("what", "x", text, "done", False),))
    tips = [elided.toolTip(), *(one.toolTip() for one in rail.findChildren(QLabel) if one.toolTip())]
    assert len(tips) == 2
    assert not [one for one in tips if text in one]


def test_whoever_is_gone_is_told_nothing_and_let_go(world, qtbot):
    heard: list[object] = []
    guard.tell_with(heard.append)
    first, second = Desk(world.config), Desk(world.config)
    for desk in (first, second):
        guard.tell_with(desk.tell)
        gone(desk, qtbot)
    guard.unexpected()
    assert [one.code for one in heard] == ["unexpected"]
    guard.tell_with(world.desk.tell)
    assert len(guard._tellers) == 2, "those of the dead are let go"


def test_a_host_has_its_own_looks(world, qtbot, monkeypatch):
    def menus() -> int:
        made: QMenu = menu(shown.view, shown.controller.desk, shown.view.choose_theme)
        return len([one for one in made.actions() if one.menu() is not None])

    shown = Shown(world, qtbot)
    alone = menus()
    monkeypatch.setattr("rexus.modules.backup.qt.more.is_hosted", lambda: True)
    assert menus() == alone - 1
    assert not host_model.is_hosted()
