"""The window and its tray: whoever orders a backup there sees it made, or is told why not."""

from __future__ import annotations

import json

import pytest
from gui.world import GuiWorld, settle

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.window import Window

VIEWER = Identity(name="eva", host_role="USUARIO")


@pytest.fixture
def opened(qtbot):
    """Opens the window on a configuration, in English, with its tray."""

    def opening(config, identity=None):
        use_language("en")
        made = Window(config, language="en")
        qtbot.addWidget(made)
        made.controller._source = type(made.controller._source)(config, identity)
        made.begin()
        settle(qtbot, lambda: bool(made.view.current) and made.tray is not None)
        return made

    return opening


def order(window):
    return next(one for one in window.tray._menu.actions() if one.text().startswith("Back up now"))


def codes(window):
    return window.view.banners.codes()


def test_whoever_may_not_back_up_reads_so_in_the_menu(opened, world, qtbot):
    window = opened(world.config, VIEWER)

    assert order(window).text() == "Back up now (your role does not allow it)"
    assert not order(window).isEnabled()


def test_settings_that_can_not_be_used_are_told_in_the_menu_until_they_are_mended(opened, world, qtbot):
    window = opened(world.config)
    assert order(window).isEnabled()
    sound = world.config.read_text("utf-8")
    world.config.write_text("{", "utf-8")
    window.controller.desk.reopen()
    settle(qtbot)
    assert order(window).text() == "Back up now (the settings can't be used)"
    assert window.tray.lines()[0] == "The settings can't be used"

    world.config.write_text(sound, "utf-8")
    window.controller.desk.reopen()
    settle(qtbot, lambda: window.tray.tone != "mute")
    assert order(window).text() == "Back up now"
    assert order(window).isEnabled()


def test_where_nothing_is_set_up_the_menu_says_so(opened, tmp_path, qtbot, qapp):
    window = opened(tmp_path / "backup_config.json")

    assert order(window).text() == "Back up now (nothing is set up yet)"
    assert window.tray.lines()[0] == "Nothing is set up yet"


def test_an_order_that_came_just_before_its_reason_shows_the_window_and_says_it(opened, world, qtbot):
    """The menu of some desktops is older than what it stands for."""
    window = opened(world.config, VIEWER)
    window.hide()
    window.tray.backup_wanted.emit()
    assert window.isVisible()
    assert codes(window) == {"role.denied_by_host"}
    assert the_runner().works() == ()

    world.config.write_text(json.dumps({"root": 5}), "utf-8")
    window.controller.desk.reopen()
    settle(qtbot)
    while codes(window):
        window.view.banners.hide_one()
    window.hide()
    window.tray.backup_wanted.emit()
    assert window.isVisible()
    assert window.controller.desk.trouble.code in codes(window)
    assert the_runner().works() == ()


@pytest.mark.parametrize(("rescue", "said"), [(False, "Nothing is set up yet"), (True, "Only a folder of copies")])
def test_without_settings_the_key_says_why_nothing_is_made(world, tmp_path, qtbot, rescue, said):
    use_language("en")
    heard = []
    desk = world.desk if rescue else GuiWorld(tmp_path / "other", build=False).desk
    desk.said.connect(heard.append)
    desk.rescue = rescue
    if not rescue:
        desk.config.unlink(missing_ok=True)
        desk.open()
    desk.back_up()

    assert len(heard) == 1
    assert heard[0].startswith(said)
    assert the_runner().works() == ()
