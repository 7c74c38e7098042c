"""Widgets leave their layouts so that PySide hears of it; else it takes what Qt makes later for something dead."""

from __future__ import annotations

import gc

import pytest
from gui.world import GuiWorld, settle
from qtpy import PYSIDE6
from qtpy.QtWidgets import QLayout, QLayoutItem, QStackedWidget

from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt.window import Window


def dead_items() -> list[object]:
    """Items of layouts that PySide still holds for alive, though Qt has deleted them with a widget of theirs.

    PySide makes one for everything that is in a layout within another one. It hears of the end of each that is taken
    out by ``removeWidget`` or ``takeAt`` from here, or that goes with its layout.
    """
    import shiboken6

    gc.collect()
    known = shiboken6.getAllValidWrappers()
    items = [one for one in known if isinstance(one, QLayoutItem) and not isinstance(one, QLayout)]
    layouts = [one for one in known if isinstance(one, QLayout) and not isinstance(one.parentWidget(), QStackedWidget)]
    held = (one.itemAt(number) for one in layouts for number in range(one.count()))
    there = {shiboken6.getCppPointer(one)[0] for one in held if one is not None}
    return [one for one in items if shiboken6.getCppPointer(one)[0] not in there]


@pytest.mark.skipif(not PYSIDE6, reason="PyQt keeps no items")
def test_no_dead_item_of_a_layout_is_kept_whatever_page_and_language_is_shown(tmp_path, qapp, qtbot):
    schedules = [{"name": name, "action": "backup", "times": ["02:00"]} for name in ("a", "b")]
    window = Window(GuiWorld(tmp_path, rows=5, schedules=schedules).config)
    qtbot.addWidget(window)
    window.begin()
    settle(qtbot, lambda: bool(window.view.current))
    before = len(dead_items())
    for language in ("en", "es", "en"):
        for page in ("settings", "sets", "restore", "log", "settings", "summary"):
            window.controller.desk.go(page)
            settle(qtbot)
        window.controller.desk.go("settings", section="times")
        settle(qtbot)
        times = window.view.page("settings").book.section("times")
        times.button_add.click()
        times.entries[0].remove()
        times.entries[0].times.button_more.click()
        times.entries[0].times.button_less.click()
        window.view.focusNextPrevChild(True)
        window.view.page("settings").discard()
        use_language(language)
        window.view.speak_anew()
        settle(qtbot)

    assert len(dead_items()) == before
