"""A settings file with a mistake: told on every page for what it is, taken up when it is mended, or taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gui.test_view import Shown
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QApplication, QLabel

from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.texts import _
from rexus.modules.backup.config.last_good import keep
from rexus.modules.backup.config.load import load

SOON = 15000


def broken(config: Path) -> str:
    """Take one comma away; returns the text as it was."""
    text = config.read_text("utf-8")
    at = text.index(",")
    config.write_text(text[:at] + text[at + 1 :], "utf-8")
    return text


@pytest.fixture
def shown(world, qtbot):
    world.backup()
    keep(load(world.config), RealFiles())
    return Shown(world, qtbot)


def reread(shown: Shown, qtbot) -> None:
    shown.view._on_refresh_key()  # F5
    settle(qtbot)


def read_of(page) -> str:
    return " ".join(one.text() for one in page.findChildren(QLabel) if one.isVisible())


def test_f5_takes_up_what_was_broken_and_what_was_mended(shown, world, qtbot):
    text = broken(world.config)
    reread(shown, qtbot)
    qtbot.waitUntil(lambda: shown.controller.desk.model is None, timeout=SOON)
    assert shown.view.banners.isVisible()

    world.config.write_text(text, "utf-8")
    reread(shown, qtbot)
    qtbot.waitUntil(lambda: shown.controller.desk.model is not None, timeout=SOON)
    settle(qtbot)
    assert shown.view.banners.isHidden()
    qtbot.waitUntil(shown.view.page("summary").hero.isVisible, timeout=SOON)


def test_so_does_coming_back_to_the_window(shown, world, qtbot):
    text = broken(world.config)
    QApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: shown.controller.desk.model is None, timeout=SOON)

    world.config.write_text(text, "utf-8")
    QApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: shown.controller.desk.model is not None, timeout=SOON)


def test_a_file_that_is_as_it_was_is_not_read_again(shown, qtbot):
    before = shown.controller.desk.model
    reread(shown, qtbot)
    QApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    settle(qtbot)
    assert shown.controller.desk.model is before


@pytest.mark.parametrize("key", ["summary", "sets", "restore", "settings", "log"])
def test_no_page_says_that_there_is_nothing(shown, world, qtbot, key):
    shown.view.open(key)
    settle(qtbot)
    broken(world.config)
    reread(shown, qtbot)
    qtbot.waitUntil(lambda: shown.controller.desk.model is None, timeout=SOON)
    settle(qtbot)

    told = read_of(shown.view.page(key))
    for lie in ("Todavía no hay", "Todavía no se ha", "Todo está guardado", "Configurar"):
        assert lie not in told
    assert shown.view.current == key


def test_the_settings_are_covered_while_nobody_knows_what_is_set(shown, world, qtbot):
    broken(world.config)
    reread(shown, qtbot)
    shown.view.open("settings")
    page = shown.view.page("settings")
    qtbot.waitUntil(page.unread.isVisible, timeout=SOON)

    assert page.book.isHidden()
    assert not page.button_save.isEnabled()
    assert page.state.text() == _("Nothing can be changed until the file can be read")
    assert len(shown.view.banners._queue) == 1  # told once


def test_the_earlier_settings_are_taken_back_after_a_question(shown, world, qtbot):
    text = broken(world.config)
    wrong = world.config.read_bytes()
    reread(shown, qtbot)
    shown.view.open("settings")
    page = shown.view.page("settings")
    qtbot.waitUntil(page.unread.button_back.isVisible, timeout=SOON)

    page.unread.button_back.click()
    assert page.unread.sheet is not None
    assert world.config.read_bytes() == wrong
    page.unread.sheet.main.click()

    qtbot.waitUntil(lambda: shown.controller.desk.model is not None, timeout=SOON)
    settle(qtbot, lambda: page.draft is not None)
    assert world.config.read_text("utf-8") == text
    assert world.config.with_name(f"{world.config.name}.bad").read_bytes() == wrong
    assert page.book.isVisible()
    assert page.state.text() == "Todo está guardado"
    assert shown.view.banners.isHidden()
    trail = [json.loads(one) for one in (world.root / "logs" / "audit.jsonl").read_text("utf-8").splitlines()]
    assert trail[-1]["what"] == "config change"


def test_the_question_can_be_left(shown, world, qtbot):
    broken(world.config)
    wrong = world.config.read_bytes()
    reread(shown, qtbot)
    shown.view.open("settings")
    unread = shown.view.page("settings").unread
    qtbot.waitUntil(unread.button_back.isVisible, timeout=SOON)
    unread.button_back.click()
    unread.sheet.cancel.click()
    settle(qtbot)

    assert world.config.read_bytes() == wrong
    assert shown.controller.desk.model is None


def test_nothing_is_offered_where_nothing_usable_is_kept(shown, world, qtbot):
    broken(world.config)
    world.config.with_name(f"{world.config.name}.good").write_text("{", "utf-8")
    reread(shown, qtbot)
    shown.view.open("settings")
    unread = shown.view.page("settings").unread
    qtbot.waitUntil(unread.isVisible, timeout=SOON)
    settle(qtbot)
    assert unread.button_back.isHidden()
    assert unread.button_open.isVisible()


def test_nor_to_whoever_may_not_change_settings(tmp_path, qtbot):
    world = GuiWorld(tmp_path)
    world.backup()
    keep(load(world.config), RealFiles())
    broken(world.config)
    shown = Shown(world, qtbot, Identity(name="beto", host_role="usuario"))
    shown.view.open("settings")
    unread = shown.view.page("settings").unread
    qtbot.waitUntil(unread.isVisible, timeout=SOON)
    settle(qtbot)
    assert unread.button_back.isHidden()


def test_the_file_is_opened_by_the_system_or_its_path_copied(shown, world, qtbot, monkeypatch):
    asked: list[str] = []

    def open_url(url) -> bool:
        asked.append(url.toLocalFile())
        return False

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    broken(world.config)
    reread(shown, qtbot)
    shown.view.open("settings")
    unread = shown.view.page("settings").unread
    qtbot.waitUntil(unread.isVisible, timeout=SOON)
    unread.button_open.click()

    assert asked == [str(world.config)]
    assert QApplication.clipboard().text() == str(world.config)
