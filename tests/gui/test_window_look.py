"""The look of the window by itself: by the settings when it begins, then by the menu, never by broken settings."""

from __future__ import annotations

import json

import pytest
from gui.world import settle

from rexus.modules.backup.base.records import Problem, Severity
from rexus.modules.backup.qt import settings_book, summary_points, theme
from rexus.modules.backup.qt.window import Window


@pytest.fixture
def window(world, qtbot):
    theme.use("light")
    made = Window(world.config, language="es", theme_name="light")
    qtbot.addWidget(made)
    made.show()
    settle(qtbot, lambda: made.view.current == "summary")
    return made


def changed(world, **settings: object) -> None:
    world.config.write_text(json.dumps({**json.loads(world.config.read_text("utf-8")), **settings}), "utf-8")


def test_what_was_chosen_from_the_menu_stays_until_the_settings_say_something_else(world, window, qtbot):
    window.view.theme_wanted.emit("dark")
    changed(world, logs={"level": "debug"})
    window.controller.desk.reopen()
    settle(qtbot)
    assert theme.current().name == "dark"

    changed(world, theme="dark")
    window.controller.desk.reopen()
    settle(qtbot)
    changed(world, theme="light")
    window.controller.desk.reopen()
    settle(qtbot)
    assert theme.current().name == "light"


def test_settings_that_can_not_be_read_change_no_look(world, window, qtbot):
    changed(world, theme="dark")
    window.controller.desk.reopen()
    settle(qtbot)
    world.config.write_text("{", "utf-8")
    window.controller.desk.reopen()
    settle(qtbot)

    assert window.controller.desk.trouble is not None
    assert theme.current().name == "dark"


def test_every_section_that_the_summary_leads_to_is_there(world, qapp):
    health = world.model.health()
    keys = {kind.key for kind in settings_book.Book().kinds}
    mends = [say(warned(code), health).mend for code, say in summary_points._TOLD.items()]
    named = {one.what for one in mends if one.verb == "settings"}

    assert {"keep", "times"} <= named <= keys


def warned(code: str) -> Problem:
    values = {"path": "/copias", "free": 1, "bytes": 2, "database": "users", "count": 1}
    return Problem(code=code, severity=Severity.WARNING, values=values)
