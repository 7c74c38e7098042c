"""Saving language and look a hundred times; and a section that fails hides no other, nor is all said to be saved."""

from __future__ import annotations

import logging
import random

import pytest
from gui.test_settings import go, opened
from gui.world import GuiWorld, settle
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtTest import QTest

from rexus.modules.backup.base.texts import _
from rexus.modules.backup.qt import guard, theme
from rexus.modules.backup.qt.settings_keep import KeepSection
from rexus.modules.backup.qt.settings_times import TimesSection
from rexus.modules.backup.qt.window import Window

TURNS = 100


def some_news(chance: random.Random) -> None:
    """Let some of the answers that are waited for come, and some of what is gone be gone."""
    for _turn in range(chance.randrange(4)):
        QTest.qWait(chance.randrange(3))
    if chance.random() < 0.5:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def change_both(window: Window, chance: random.Random) -> None:
    """Look at some screens and sections, then choose the other language and another look."""
    if chance.random() < 0.2:
        window.view.open(chance.choice(["summary", "sets", "restore", "log"]))
        some_news(chance)
    window.view.open("settings")
    page = window.view.page("settings")
    for kind in chance.sample(page.book.kinds, chance.randrange(4)):
        page.book.open(kind.key)
    page.book.open("look")
    look = page.book.section("look")
    look.language.box.setCurrentIndex(1 - look.language.box.currentIndex())
    look.theme.box.setCurrentIndex(2 if theme.current().name == "light" else 1)


def test_language_and_look_are_saved_together_a_hundred_times(world: GuiWorld, qtbot, caplog):
    chance = random.Random(5)
    window = Window(world.config)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: bool(window.view.current), timeout=15000)
    for turn in range(TURNS):
        settle(qtbot)
        change_both(window, chance)
        page = window.view.page("settings")
        assert page.unsaved() == 2, turn
        wanted = [page.draft.get((one,)) for one in ("language", "theme")]
        page.button_save.click()
        some_news(chance)
        settle(qtbot, lambda: window.view.page("settings").draft is not None)
        page = window.view.page("settings")
        look = page.book.section("look")
        assert [look.language.value, look.theme.value] == wanted, turn
        assert all(one.draft is page.draft for one in page.book.built), turn
        assert len(page.book.section("times").entries) == len(page.draft.get(("schedules",))), turn
        assert page.book.unshown == (), turn
        assert window.view.banners.codes().isdisjoint({"unexpected"}), turn
    assert [one.message for one in caplog.records if one.levelno >= logging.ERROR] == []


@pytest.fixture
def failing(monkeypatch):
    """The times can't be shown, for as long as this holds something."""
    broken = [1]
    fill = TimesSection.fill

    def may_fail(self: TimesSection, draft: object) -> None:
        if broken:
            raise RuntimeError("Internal C++ object already deleted")
        fill(self, draft)

    monkeypatch.setattr(TimesSection, "fill", may_fail)
    return broken


def test_a_section_that_fails_leaves_no_other_unfilled(world, qtbot, failing, caplog):
    told: list[object] = []
    guard.tell_with(told.append)
    page = opened(world, qtbot)
    keep = go(page, qtbot, "keep")

    assert isinstance(keep, KeepSection)
    assert keep.draft is page.draft
    assert keep.numbers[0].box.value() == page.draft.get(("retention", "daily"))
    assert [one.code for one in told] == ["unexpected"]
    assert "already deleted" in caplog.text


def test_nor_is_it_said_that_all_is_saved(world, qtbot, failing):
    page = opened(world, qtbot)
    times = page.book.section("times")

    assert page.state.text() == _("{sections} could not be shown").format(sections="Horarios")
    assert times.isHidden()
    covered = page.book._unshown["times"]
    qtbot.waitUntil(covered.isVisible)

    failing.clear()
    covered.button.click()
    settle(qtbot)
    qtbot.waitUntil(times.isVisible)
    assert covered.isHidden()
    assert len(times.entries) == len(page.draft.get(("schedules",)))
    assert page.state.text() == "Todo está guardado"


def test_what_is_changed_elsewhere_can_be_saved_all_the_same(world, qtbot, failing):
    page = opened(world, qtbot, section="keep")
    page._on_edited(("retention", "daily"), 21)

    assert page.state.text().startswith("1 cambio sin guardar")
    page.button_save.click()
    settle(qtbot, lambda: page.unsaved() == 0)
    assert world.model.loaded.settings.retention.daily == 21
