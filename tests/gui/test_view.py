"""The page as a whole: header, screens, themes, rights, and a life that may end at any moment."""

from __future__ import annotations

import pytest
from gui.world import HOST_CONTENT, GuiWorld, StrayWindows, settle
from qtpy.QtCore import QEvent, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.controller import BackupController
from rexus.modules.backup.qt import asking, theme
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.window import Alone
from rexus.modules.backup.view import TABS, BackupView

SOON = 15000


class Shown:
    """A page on a configuration."""

    def __init__(self, world: GuiWorld, qtbot, identity: Identity | None = None) -> None:
        self.view = BackupView()
        self.controller = BackupController(Alone(world.config, identity), self.view)
        self.view.resize(*HOST_CONTENT)
        qtbot.addWidget(self.view)
        self.view.show()
        qtbot.waitUntil(lambda: bool(self.view.current), timeout=SOON)
        settle(qtbot)


@pytest.fixture
def shown(world, qtbot):
    world.backup()
    return Shown(world, qtbot)


def test_the_constructor_asks_nothing(world, qtbot, monkeypatch):
    monkeypatch.setattr(asking, "ask", lambda *_, **__: pytest.fail("asked"))
    view = BackupView()
    qtbot.addWidget(view)
    BackupController(Alone(world.config), view).cargar_datos_iniciales()
    view.cargar_datos_iniciales()
    assert view.current == ""


def test_it_opens_on_the_summary_and_says_how_things_are(shown, qtbot):
    qtbot.waitUntil(lambda: bool(shown.view.chip.text()), timeout=SOON)
    assert shown.view.current == "summary"
    assert shown.view.chip.isVisible()


def test_escape_hides_the_banner_wherever_the_focus_is(shown, qtbot):
    shown.view.banners.tell(Problem(code="schedule.no_scheduler"))
    button = shown.view.button_more
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Escape)
    assert shown.view.banners.isHidden()


def test_without_a_configuration_it_opens_on_the_first_run(tmp_path, qtbot):
    world = GuiWorld(tmp_path, build=False)
    shown = Shown(world, qtbot)
    assert shown.view.current == "first"
    assert not shown.view.tabs.isVisible()


def test_settings_that_can_not_be_used_are_told_with_file_and_key(world, qtbot):
    world.config.write_text('{"root": 7}', "utf-8")
    shown = Shown(world, qtbot)
    told = " ".join(one.text() for one in shown.view.banners.findChildren(QLabel))
    assert "backup_config.json" in told
    assert "root" in told


@pytest.mark.parametrize("name", theme.NAMES)
def test_every_screen_opens_by_its_key_in_both_themes(shown, qtbot, name):
    theme.use(name)
    shown.view.apply_theme()
    for number, key in enumerate(TABS):
        QTest.keyClick(shown.view, getattr(Qt.Key, f"Key_{number + 1}"), Qt.KeyboardModifier.ControlModifier)
        assert shown.view.current == key
        settle(qtbot)
        assert shown.view.tabs.currentIndex() == number
    assert not shown.view.banners.codes()
    assert shown.view.minimumSizeHint().width() <= 940
    assert shown.view.width() == HOST_CONTENT[0]


def test_no_part_of_a_screen_flashes_as_a_window(world, qtbot, qapp):
    world.backup()
    stray = StrayWindows(qapp)
    shown = Shown(world, qtbot)
    for key in (*TABS, "first"):
        shown.view.page(key)
    settle(qtbot)
    qapp.removeEventFilter(stray)
    assert stray.seen in ([], ["BackupView RexusBackups"])


def test_everything_one_can_press_has_a_name(shown, qtbot):
    for key in TABS:
        shown.controller.desk.go(key)
        settle(qtbot)
        nameless = [
            f"{key}: {one.objectName() or type(one).__name__}"
            for one in shown.view.page(key).findChildren(QAbstractButton)
            if one.isVisible() and not (one.accessibleName() or one.text() or isinstance(one.parent(), QLineEdit))
        ]
        assert nameless == []


def test_all_texts_are_plain(shown, qtbot):
    for key in TABS:
        shown.controller.desk.go(key)
        settle(qtbot)
    rich = [one.text() for one in shown.view.findChildren(QLabel) if one.textFormat() == Qt.TextFormat.RichText]
    auto = [one.text() for one in shown.view.findChildren(QLabel) if one.textFormat() == Qt.TextFormat.AutoText]
    assert (rich, [text for text in auto if text]) == ([], [])


def test_each_screen_has_its_command(shown, qtbot):
    clipboard = QApplication.clipboard()
    for key in ("summary", "sets", "log"):
        shown.controller.desk.go(key)
        settle(qtbot)
        shown.view.button_command.click()
        words = clipboard.text()
        assert "main_backup.py" in words
        assert str(shown.controller.desk.config) in words
        assert words.split()[-1] != str(shown.controller.desk.config)


def test_a_page_may_be_destroyed_while_it_asks(world, qtbot):
    world.backup()
    for _ in range(3):
        view = BackupView()
        BackupController(Alone(world.config), view)
        view.resize(*HOST_CONTENT)
        view.show()
        qtbot.waitUntil(lambda view=view: bool(view.current), timeout=SOON)
        view.hide()
        view.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settle(qtbot)


def test_one_press_backs_up_and_the_new_copy_is_seen(shown, qtbot):
    before = {one.set for one in shown.controller.desk.model.listing().sets}
    with qtbot.waitSignal(the_runner().finished, timeout=60000) as ended:
        QTest.keyClick(shown.view, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: the_runner().running() is not None)
        qtbot.waitUntil(shown.view.strip.isVisible)
    assert ended.args[0].outcome.status.value in ("ok", "warnings")
    assert {one.set for one in shown.controller.desk.model.listing().sets} > before


def test_who_may_only_look_can_not_start_a_backup(world, qtbot):
    world.backup()
    shown = Shown(world, qtbot, Identity(name="ana", host_role="USUARIO"))
    QTest.keyClick(shown.view, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert the_runner().works() == ()


def test_the_theme_follows_the_choice_in_the_menu(shown, qtbot):
    with qtbot.waitSignal(shown.view.theme_wanted) as wanted:
        from rexus.modules.backup.qt.more import menu

        made = menu(shown.view, shown.controller.desk, shown.view.choose_theme)
        looks = [one for one in made.actions() if one.menu() is not None][-1].menu()
        dark = next(one for one in looks.actions() if one.data() == "dark")
        dark.trigger()
    assert wanted.args == ["dark"]


def test_a_narrow_root_is_no_reason_to_grow(shown, qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    for key in TABS:
        shown.controller.desk.go(key)
        settle(qtbot)
        assert shown.view.page(key).minimumSizeHint().width() <= 940, key
        assert shown.view.page(key).minimumSizeHint().height() <= 560, key
