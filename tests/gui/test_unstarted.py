"""Beside the next runs stands whether anything starts them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from gui.world import GuiWorld, settle
from qtpy.QtWidgets import QApplication

from rexus.modules.backup.base.texts import _
from rexus.modules.backup.base.timeline_view import View
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.settings_times import TimesSection
from rexus.modules.backup.qt.timeline_paint import _occurring
from rexus.modules.backup.watch.starters import Starter
from rexus.modules.backup.watch.tasks import TaskPlan, TaskResult

UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060"))
"""Where lines may and may not end."""
_tell = TimesSection._tell_starter


class Scheduler:
    """A system's scheduler that remembers what it was told."""

    installed = False

    def install(self) -> TaskResult:
        Scheduler.installed = True
        return TaskResult(plan=TaskPlan(kind="cron", name="x", command=()), changed=True)


def times_of(world: GuiWorld, qtbot) -> TimesSection:
    page = SettingsPage()
    world.show(page)
    qtbot.waitUntil(lambda: page.draft is not None)
    page.opened(section="times")
    (section,) = page.findChildren(TimesSection)
    qtbot.waitUntil(lambda: section.runs.count() > 0)
    return section


@pytest.fixture
def told(monkeypatch):
    """What the model says; a test may change it."""
    said = {"starter": Starter(who="nobody")}
    monkeypatch.setattr(Scheduler, "installed", False)
    monkeypatch.setattr(
        BackupModel, "starter", lambda _model: Starter(who="system") if Scheduler.installed else said["starter"]
    )
    monkeypatch.setattr(BackupModel, "tasks", lambda _model, **_: Scheduler())
    return said


def test_a_plan_that_nothing_starts_says_so_and_a_button_mends_it(tmp_path, qtbot, told):
    world = GuiWorld(tmp_path, rows=5)
    times = times_of(world, qtbot)
    qtbot.waitUntil(times.unstarted.isVisible)
    assert times.unstarted.button.isVisible()

    times.unstarted.button.click()

    qtbot.waitUntil(lambda: not times.unstarted.isVisible())
    assert Scheduler.installed
    assert ("schedule_install", "ok") in {(one.what, one.result) for one in world.model.audit().tail(5)}


@pytest.mark.parametrize("who", ["system", "service"])
def test_what_is_started_needs_no_word(tmp_path, qtbot, monkeypatch, told, who):
    told["starter"] = Starter(who=who)
    heard = []
    monkeypatch.setattr(TimesSection, "_tell_starter", lambda section, one: (heard.append(one), _tell(section, one)))
    times = times_of(GuiWorld(tmp_path, rows=5), qtbot)
    qtbot.waitUntil(lambda: bool(heard))

    assert not times.unstarted.isVisible()


def test_where_the_system_has_no_scheduler_there_is_a_command(tmp_path, qtbot, told):
    told["starter"] = Starter(who="nobody", can_install=False)
    times = times_of(GuiWorld(tmp_path, rows=5), qtbot)
    qtbot.waitUntil(times.unstarted.isVisible)

    assert not times.unstarted.button.isVisible()
    assert "schedule run" in times.unstarted.words.text()
    command = times.desk.command_line("schedule", "run")
    assert command in times.unstarted.words.text().translate(UNSEEN), "the whole of it, as it is typed"
    times.unstarted.copy.click()
    assert QApplication.clipboard().text() == command


def test_the_timeline_says_that_nothing_starts_what_is_planned(tmp_path, qtbot, told):
    told["starter"] = Starter(who="nobody", can_install=False)
    world = GuiWorld(tmp_path, rows=5, schedules=[{"name": "often", "action": "backup", "times": ["02:00"]}])
    world.backup()
    page = RestorePage()
    world.show(page)
    timeline = page.what._card.timeline
    settle(qtbot, lambda: page.what.choice is not None and timeline._unstarted)
    said = [text for _kind, text in _occurring(replace(timeline._scene(), view=seeing(timeline)))]
    assert _("Planned, but nothing starts it") in said
    told["starter"] = Starter(who="system")
    page.read()
    settle(qtbot, lambda: not timeline._unstarted)
    said = [text for _kind, text in _occurring(replace(timeline._scene(), view=seeing(timeline)))]
    assert "Prevista" in said


def seeing(timeline):
    """A view that the planned copies are in."""
    return View(start=timeline.line.now - timedelta(days=1), end=timeline.line.planned[0] + timedelta(days=1))
