"""Where running work is shown: it moves no button that one is about to press, and Tab comes to it in its turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from gui.world import HOST_CONTENT, GuiWorld, settle
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

from rexus.modules.backup.base.records import BackupRequest, Outcome, Status
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.controller import BackupController
from rexus.modules.backup.qt import first_course
from rexus.modules.backup.qt.page_first import FirstPage
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.window import Alone
from rexus.modules.backup.qt.work import Part, Work
from rexus.modules.backup.qt.work_strip import HEIGHT
from rexus.modules.backup.view import TABS, BackupView

PART = Part("users", "seal", 1_000_000, 2_000_000, 0.5, 96e6, 20.0, 3.0)


@pytest.fixture
def view(world, qtbot):
    world.backup()
    return shown(world, qtbot)


def shown(world: GuiWorld, qtbot) -> BackupView:
    made = BackupView()
    BackupController(Alone(world.config), made)
    made.resize(*HOST_CONTENT)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: bool(made.current))
    settle(qtbot)
    return made


def working(config) -> Work:
    """A backup that runs, as far as the screens know."""
    work = Work("a", "backup", BackupRequest(), config.absolute(), "running", (), (PART,), 0.5, 20.0, datetime.now(UTC))
    the_runner()._works[work.id] = work
    the_runner().changed.emit(work)
    QApplication.processEvents()
    return work


def end(work: Work) -> None:
    over = replace(work, state="ended", ended=datetime.now(UTC), outcome=Outcome(status=Status.CANCELLED))
    the_runner()._works[work.id] = over
    the_runner().finished.emit(over)


def place(button: QWidget, view: BackupView) -> QPoint:
    QApplication.processEvents()
    return button.mapTo(view, QPoint(0, 0))


def buttons_below(page: QWidget) -> tuple[QWidget, ...]:
    if isinstance(page, RestorePage):
        return page.footer.cancel, page.footer.onward
    if isinstance(page, SettingsPage):
        return page.button_undo, page.button_save
    assert isinstance(page, FirstPage)
    return page.button_next, page.frame.button_example


@pytest.mark.parametrize("key", ["restore", "settings"])
def test_buttons_stay_where_they_are_while_work_comes_and_goes(view, world, qtbot, key):
    view.open(key)
    settle(qtbot)
    several = buttons_below(view.page(key))
    before = [place(one, view) for one in several]
    work = working(world.config)
    assert view.strip.isVisible()
    assert [place(one, view) for one in several] == before
    assert view.strip.mapTo(view, QPoint(0, HEIGHT)).y() <= before[0].y(), "it stands above the buttons"
    end(work)
    view.strip._fold.timeout.emit()
    assert not view.strip.isVisible()
    assert [place(one, view) for one in several] == before


def test_the_buttons_of_the_first_run_stay_too(tmp_path, qtbot):
    world = GuiWorld(tmp_path, build=False)
    view = shown(world, qtbot)
    several = buttons_below(view.page("first"))
    before = [place(one, view) for one in several]
    working(world.config)
    assert view.strip.isVisible()
    assert [place(one, view) for one in several] == before
    first_course._courses.clear()


def test_it_goes_along_from_screen_to_screen(view, world, qtbot):
    working(world.config)
    for key in (*TABS, "summary"):
        view.open(key)
        settle(qtbot)
        QApplication.processEvents()
        assert view.strip.isVisible(), key
        assert view.strip.width() == view.width(), key
        inside = view.page(key).isAncestorOf(view.strip)
        assert inside == (key in ("restore", "settings")), key
        if not inside:
            assert view.strip.mapTo(view, QPoint(0, HEIGHT)).y() == view.height(), key


def test_another_language_leaves_it_above_the_buttons(view, world, qtbot):
    view.open("settings")
    settle(qtbot)
    working(world.config)
    use_language("en")
    view.speak_anew()
    settle(qtbot)
    QApplication.processEvents()
    assert view.strip.isVisible()
    assert view.page("settings").isAncestorOf(view.strip)
    assert view.strip.button_cancel.text().strip() == "Cancel"


def walk(view: BackupView) -> list[QWidget]:
    """What Tab comes to, from the tabs of the header until it is there again."""
    view.tabs.setFocus()
    found: list[QWidget] = []
    for _number in range(200):
        focused = QApplication.focusWidget()
        if focused in found[:-1]:
            break
        found += [focused] if focused not in found else []  # hours and minutes are two stops in one
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is view.tabs, "it goes round"
    return found


@pytest.mark.parametrize("key", list(TABS))
def test_tab_comes_to_the_header_then_the_page_then_the_work_then_the_buttons(view, world, qtbot, key):
    view.open(key)
    settle(qtbot)
    working(world.config)
    page = view.page(key)
    foot = buttons_below(page) if key in ("restore", "settings") else ()

    def part(one: QWidget) -> int:
        if view.strip.isAncestorOf(one):
            return 2
        if one in foot:
            return 3
        return 1 if page.isAncestorOf(one) else 0

    parts = [part(one) for one in walk(view)]
    assert parts == sorted(parts)
    assert {0, 1, 2} <= set(parts)


def test_a_control_that_was_made_late_has_its_place(view, qtbot):
    """A section of the settings is built when somebody comes to it, after everything else was."""
    view.open("settings", {"section": "people"})
    settle(qtbot)
    page = view.page("settings")
    several = walk(view)
    section = [number for number, one in enumerate(several) if page.book.current.isAncestorOf(one)]
    assert section
    assert several.index(page.book.nav) < section[0]
    assert section == list(range(section[0], section[-1] + 1))


def test_a_restore_that_ends_unseen_leaves_the_keyboard_where_it_is(view, qtbot):
    """Whoever types elsewhere types on, whatever step the wizard comes to."""
    view.open("restore")
    settle(qtbot)
    view.open("settings", {"section": "look"})
    settle(qtbot)
    field = view.page("settings").book.current.days.box
    field.setFocus()
    wizard = view.page("restore")
    for step in ("what", "where", "plan", "run", "proof"):
        wizard.show_step(step)
        assert QApplication.focusWidget() is field, step
