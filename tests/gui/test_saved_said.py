"""What is said once settings are saved, by keys as well; and what the window remembers of itself."""

from __future__ import annotations

import json

import pytest
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QComboBox, QPushButton

from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.base.texts import _, language
from rexus.modules.backup.config.load import load
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.page_summary import SummaryPage
from rexus.modules.backup.qt.window import Window

QUIET = {"free_bytes": 0, "accepted": ["same_disk", "no_scheduler", "no_schedule"]}


def opened(world: GuiWorld, qtbot, section: str) -> SettingsPage:
    page = SettingsPage()
    root = world.show(page, section=section)
    qtbot.waitExposed(root)
    settle(qtbot, lambda: page.draft is not None)
    return page


def settled(page, qtbot) -> None:
    settle(qtbot, lambda: page.unsaved() == 0 and page.draft is not None)


def test_the_usual_keys_save(world, qtbot):
    page = opened(world, qtbot, "look")
    look = page.book.current
    QTest.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert load(world.config).settings.theme != "dark", "nothing to save, nothing happens"
    combo = look.theme.findChild(QComboBox)
    combo.setFocus()
    combo.setCurrentIndex(combo.findData("dark") if combo.findData("dark") >= 0 else 2)
    combo.activated.emit(combo.currentIndex())
    settle(qtbot, lambda: page.unsaved() == 1)
    QTest.keyClick(combo, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled(page, qtbot)
    assert load(world.config).settings.theme == "dark"


def test_a_change_of_language_is_confirmed_in_the_new_one(world, qtbot):
    window = Window(world.config)
    qtbot.addWidget(window)
    window.begin()
    settle(qtbot, lambda: bool(window.view.current))
    desk = window.controller.desk
    for wanted, said in (("en", "Settings saved"), ("es", "Configuración guardada")):
        desk.go("settings", section="look")
        page = window.view.page("settings")
        settle(qtbot, lambda page=page: page.draft is not None)
        heard = []
        desk.said.connect(heard.append)
        page.book.section("look").put(("language",), wanted)
        settle(qtbot, lambda page=page: page.button_save.isEnabled())
        page.button_save.click()
        settle(qtbot, lambda heard=heard: bool(heard))
        assert language() == wanted
        assert heard == [said]
        assert window.view._said.text() == said
        desk.said.disconnect(heard.append)


def test_a_database_that_is_not_there_is_saved_and_told_with_the_way_to_its_field(world, qtbot):
    page = opened(world, qtbot, "databases")
    place = str(world.world.app / "nada.db")
    databases = json.loads(world.config.read_text("utf-8"))["databases"]
    page.book.section("databases").put(("databases",), {**databases, "users": place})
    page.book.open("times")
    settle(qtbot, page.button_save.isEnabled)
    told = []
    world.desk.told.connect(lambda problem, mend, act: told.append((problem, mend, act)))
    page.button_save.click()
    settled(page, qtbot)
    settle(qtbot, lambda: bool(told))
    ((problem, mend, act),) = told
    assert (problem.code, problem.severity) == ("source.missing", Severity.WARNING)
    assert place in problem.values["path"]
    assert mend == _("Correct its path…")
    assert load(world.config).settings.databases["users"].endswith("nada.db"), "saved all the same"
    act()
    assert world.gone == [("settings", {"section": "databases"})]


@pytest.fixture
def moved(tmp_path, qapp):
    """Backed up, then the settings name another place."""
    made = GuiWorld(tmp_path, rows=40, health=QUIET)
    made.backup()
    settings = json.loads(made.config.read_text("utf-8"))
    settings["databases"]["users"] = "app/nada.db"
    made.config.write_text(json.dumps(settings), "utf-8")
    made.desk.open()
    return made


def summary(world, qtbot) -> SummaryPage:
    page = SummaryPage()
    world.show(page)
    settle(qtbot, lambda: page.overview is not None)
    return page


def test_a_path_that_was_changed_is_corrected_first(moved, qtbot):
    page = summary(moved, qtbot)
    assert page.hero.restore.property("rx") != "primary", "nothing is lost that would have to be restored"
    button = next(one for one in page.warnings.findChildren(QPushButton) if one.text() == _("Correct its path…"))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert moved.gone == [("settings", {"section": "databases"})]


def test_a_database_that_is_nowhere_is_restored(moved, qtbot):
    moved.world.database("users").unlink()
    page = summary(moved, qtbot)
    assert page.hero.restore.property("rx") == "primary"


def test_a_window_that_filled_the_screen_does_so_again(world, qtbot):
    for full in (True, False, True):
        one = Window(world.config)
        qtbot.addWidget(one)
        one.begin()
        one.showMaximized() if full else one.showNormal()
        qtbot.waitUntil(lambda one=one, full=full: one.isMaximized() is full)
        one.close()
        other = Window(world.config)
        qtbot.addWidget(other)
        other.begin()
        qtbot.waitUntil(lambda other=other, full=full: other.isMaximized() is full)
        other.close()
