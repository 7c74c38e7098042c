"""Copias: what can be done with what is chosen, by keys, menus and buttons, and where there is nothing yet."""

from __future__ import annotations

import subprocess

import pytest
from gui.sets_page import cell, choose, shown
from gui.sets_sample import Sample
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Depth, VerifyRequest
from rexus.modules.backup.base.watching import DrillRequest


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("sets"))


@pytest.fixture
def world(sample, tmp_path, qapp):
    return sample.copy(tmp_path)


@pytest.fixture
def page(world, qtbot):
    return shown(world, qtbot)


def ordered(world):
    """What is ordered from now on, instead of being done."""
    orders = []
    world.desk.order = lambda verb, request: orders.append((verb, request)) or "1"
    return orders


def test_pinning_asks_for_a_name_and_enter_does_it(page, sample, world, qtbot):
    choose(page, qtbot, sample.old)
    qtbot.keyClick(page.table, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    sheet = page.actions_.sheet
    qtbot.waitUntil(sheet.name.hasFocus)
    qtbot.keyClicks(sheet.name, "Cierre de mes")
    qtbot.keyClick(sheet.name, Qt.Key.Key_Return)
    settle(qtbot, lambda: cell(page, sample.old, "why") == "Cierre de mes")
    pin = world.model.show(sample.old).pin
    assert (pin.name, pin.until, pin.by) == ("Cierre de mes", None, world.desk.who)
    page.detail.why.link.click()
    settle(qtbot, lambda: cell(page, sample.old, "why").startswith("Se eliminará"))
    assert world.model.show(sample.old).pin is None


def test_a_pin_may_end(page, sample, world, qtbot):
    choose(page, qtbot, sample.old)
    page.actions_.pin()
    sheet = page.actions_.sheet
    assert not sheet.end.isEnabled()
    sheet.has_end.setChecked(True)
    last = sheet.until.date()
    sheet.do_it()
    settle(qtbot, lambda: world.model.show(sample.old).pin is not None)
    until = world.model.show(sample.old).pin.until.astimezone()
    assert (until.hour, until.minute) == (23, 59)
    assert until.date() == last


def test_checking_asks_how_deep(page, sample, world, qtbot):
    orders = ordered(world)
    choose(page, qtbot, sample.week, sample.last)
    qtbot.keyClick(page.table, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    sheet = page.actions_.sheet
    qtbot.waitUntil(sheet.choices[Depth.ENGINE].hasFocus)
    sheet.choices[Depth.CONTENT].click()
    qtbot.keyClick(sheet.choices[Depth.CONTENT], Qt.Key.Key_Return)
    who = world.desk.who
    assert orders == [("verify", VerifyRequest(sets=(sample.last, sample.week), depth=Depth.CONTENT, requested_by=who))]
    page.actions_.verify()
    page.actions_.sheet.choices[Depth.RESTORED].click()
    page.actions_.sheet.do_it()
    assert orders[1:] == [("drill", DrillRequest(set=name, requested_by=who)) for name in (sample.last, sample.week)]


def test_escape_leaves_a_sheet_and_the_keyboard_is_back(page, world, qtbot):
    orders = ordered(world)
    page.table.setFocus()
    page.actions_.verify()
    sheet = page.actions_.sheet
    qtbot.keyClick(sheet.choices[Depth.ENGINE], Qt.Key.Key_Escape)
    assert not orders
    assert page.table.hasFocus()


def test_the_keyboard_goes_to_the_pane_and_back(page, qtbot):
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(page.detail.restore.hasFocus)
    qtbot.keyClick(page.detail.restore, Qt.Key.Key_Escape)
    qtbot.waitUntil(page.table.hasFocus)
    qtbot.keyClick(page.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(page.filter.search.hasFocus)


def test_restoring_goes_to_the_wizard_with_the_set(page, sample, world, qtbot):
    choose(page, qtbot, sample.week)
    page.detail.restore.click()
    qtbot.keyClick(page.table, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert world.gone == [("restore", {"set": sample.week})] * 2


def test_folder_command_and_log(page, sample, world, qtbot):
    opened = []
    page.actions_.open_folder = opened.append
    page.detail.files.link.click()
    assert opened == [world.root / "databases"]
    assert page.command() == ("show", sample.last)
    qtbot.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert (
        QApplication.clipboard()
        .text()
        .endswith(subprocess.list2cmdline(["--config", str(world.config), "show", sample.last]))
    )
    page.detail.log.link.click()
    assert world.gone == [("log", {"search": sample.last})]


def test_every_action_is_in_the_menu_with_its_key(page):
    menu = page.actions_.menu()
    told = [action.text() for action in menu.actions() if action.text()]
    assert [text.partition("\t")[2] for text in told] == [
        "Intro", "Ctrl+R", "Ctrl+K", "Ctrl+P", "Ctrl+O", "Ctrl+Mayús+C", "Supr",
    ]  # fmt: skip
    assert all(action.isEnabled() for action in menu.actions() if action.text())
    menu.deleteLater()


def test_whoever_may_only_look_can_change_nothing(sample, tmp_path, qtbot, qapp):
    world = sample.copy(tmp_path, Identity(name="luis", host_role="CONSULTA"))
    page = shown(world, qtbot)
    may = page.actions_.refit()
    assert {key for key, allowed in may.items() if allowed} == {"details", "folder", "command"}
    assert not page.backup.isEnabled()
    assert not page.detail.verify.isEnabled()
    page.actions_.delete()
    page.actions_.pin()
    page.actions_.verify()
    settle(qtbot)
    assert page.actions_.sheet is None
    assert not [line for line in world.model.audit().tail(100) if line.result == "refused"]


def test_nothing_made_yet_offers_the_first_backup(tmp_path, qtbot, qapp):
    world = GuiWorld(tmp_path)
    orders = []
    world.desk.backup_wanted.connect(lambda: orders.append("backup"))
    page = shown(world, qtbot)
    assert page.empty.title.text() == "Todavía no hay copias"
    assert page.empty.isVisible()
    page.empty.first.click()
    assert orders == ["backup"]
    page.empty.search.click()
    assert world.gone == [("restore", {"lost": True})]


def test_nothing_configured_leads_to_the_first_run(tmp_path, qtbot, qapp):
    world = GuiWorld(tmp_path, build=False)
    page = shown(world, qtbot)
    page.empty.first.click()
    assert world.gone == [("first", {})]
