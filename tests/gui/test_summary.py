"""The screen Summary on real databases and real copies: what it says, and what its buttons do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from gui.world import GuiWorld, settle
from qtpy.QtCore import QCoreApplication, QEvent, Qt
from qtpy.QtWidgets import QPushButton, QScrollArea
from support.wine import quiet_scheduler
from support.world import NAMES
from watch.health_world import held, made

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import BackupRequest, Problem, SetStatus, Severity, Tick
from rexus.modules.backup.base.texts import _
from rexus.modules.backup.base.watching import DrillRequest, Level, Run, RunState
from rexus.modules.backup.qt import summary_facts, telling
from rexus.modules.backup.qt.page_summary import SummaryPage
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.settings_book import Book
from rexus.modules.backup.qt.strip_days import look
from rexus.modules.backup.qt.summary_points import _TOLD, point
from rexus.modules.backup.qt.summary_words import top
from rexus.modules.backup.watch.runs import Runs

QUIET = {"free_bytes": 0, "accepted": ["same_disk", "no_scheduler", "no_schedule"]}


def opened(world: GuiWorld, qtbot, **what) -> SummaryPage:
    """The page, shown and read."""
    page = SummaryPage()
    world.show(page, **what)
    settle(qtbot)
    return page


@pytest.fixture
def well(tmp_path, qapp):
    """A world where all is well: a copy, and nothing that anybody would warn of."""
    world = GuiWorld(tmp_path, rows=300, health=QUIET)
    world.backup()
    return world


def primaries(page: SummaryPage) -> list[QPushButton]:
    """The main buttons that one sees."""
    return [one for one in page.findChildren(QPushButton) if one.property("rx") == "primary" and one.isVisibleTo(page)]


def press(qtbot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@quiet_scheduler
def test_all_is_well_and_until_when(well, qtbot):
    page = opened(well, qtbot)
    found = page.overview
    assert page.hero.title.text() == _("All is protected")
    assert page.hero.disc.property("tone") == "ok"
    assert list(page.cards.cards) == list(NAMES)
    for name, card in page.cards.cards.items():
        health = found.health.databases[name]
        assert card.until.text() == telling.when(health.protected_until, found.health.at)
        assert card.content.text() == telling.size(health.size_bytes)
        assert name in card.accessibleName()
    assert primaries(page) == [page.hero.backup]
    assert page.warnings.isHidden()
    assert page.empty.isHidden()


def test_the_depth_is_that_of_the_newest_copy(well, qtbot):
    page = opened(well, qtbot)
    assert {card.chip.text() for card in page.cards.cards.values()} == {_("Checked")}
    assert {card.tested.text() for card in page.cards.cards.values()} == {_("never")}
    well.model.drill(DrillRequest(databases=("users",), requested_by="prueba"), lambda _e: None, CancelToken())
    well.desk.refresh()
    settle(qtbot, lambda: page.cards.cards["users"].chip.text() == _("Tested"))
    assert page.cards.cards["auditoria"].chip.text() == _("Checked")
    assert page.cards.cards["users"].tested.text() != _("never")

    well.backup()  # newer, and nobody has tried that one
    well.desk.refresh()
    settle(qtbot, lambda: page.cards.cards["users"].chip.text() == _("Checked"))


@quiet_scheduler
def test_a_database_that_is_gone_turns_it_red_and_is_restored_from_here(well, qtbot):
    well.world.database("inventario").unlink()
    page = opened(well, qtbot)
    assert page.hero.disc.property("tone") == "danger"
    assert page.hero.title.text() == _("{name} is no longer in its place").format(name="inventario")
    assert primaries(page) == [page.hero.restore]
    assert "inventario" in page.hero.restore.accessibleName()
    assert page.cards.cards["inventario"].chip.text() == _("Not there")
    assert page.warnings.isHidden(), "it is not said twice"
    press(qtbot, page.hero.restore)
    assert well.gone == [("restore", {"database": "inventario"})]


@quiet_scheduler
def test_a_damaged_one_too_and_the_next_is_below(well, qtbot):
    for name in ("inventario", "users"):
        well.world.database(name).write_bytes(b"\0" * 9000)
    page = opened(well, qtbot)
    assert page.hero.title.text() == _("{name} is damaged").format(name="users")
    assert [one.mend.databases for one in page.warnings.points] == [("inventario",)]
    assert page.warnings.property("tone") == "danger"


def test_it_notices_by_itself_what_happens_while_one_looks(well, qtbot):
    page = opened(well, qtbot)
    well.world.database("users").unlink()
    page._clock.timeout.emit()
    settle(qtbot, lambda: page.hero.disc.property("tone") == "danger")


def test_without_a_copy_there_is_one_thing_to_do(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, rows=5, health=QUIET)
    wanted = []
    world.desk.backup_wanted.connect(lambda: wanted.append(1))
    page = opened(world, qtbot)
    assert page.empty.isVisible()
    assert page.cards.isHidden()
    assert page.hero.isHidden()
    assert primaries(page) == [page.empty.first]
    press(qtbot, page.empty.first)
    assert wanted == [1]
    press(qtbot, page.empty.lost)
    assert world.gone == [("restore", {"lost": True})]


def test_with_nothing_configured_it_leads_to_the_set_up(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, build=False)
    page = opened(world, qtbot)
    assert page.empty.isVisible()
    press(qtbot, page.empty.first)
    assert world.gone == [("first", {})]


def test_settings_that_cannot_be_used_are_said(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, rows=5)
    world.config.write_text("{", "utf-8")
    world.desk.open()
    page = opened(world, qtbot)
    assert page.empty.title.text() == _("The settings can't be used")
    press(qtbot, page.empty.first)
    assert world.gone == [("settings", {})]


def test_the_large_buttons(well, qtbot):
    wanted = []
    well.desk.backup_wanted.connect(lambda: wanted.append(1))
    page = opened(well, qtbot)
    for button in (page.hero.lost, page.hero.restore, page.hero.backup):
        press(qtbot, button)
    assert well.gone == [("restore", {"lost": True}), ("restore", {})]
    assert wanted == [1]


@quiet_scheduler
def test_warnings_have_the_button_that_mends_and_at_most_three_are_shown(well, qtbot):
    page = opened(well, qtbot)
    health = msgspec.structs.replace(
        page.overview.health,
        level=Level.ATTENTION,
        alarms=(
            warned("health.untested", database="users"),
            warned("health.low_space", path="/copias", free=3_100_000_000, bytes=20_000_000_000),
            warned("health.same_disk", path="/copias", database="users"),
            warned("health.undelivered", count=2),
            warned("never.heard.of"),
            Problem(code="health.running", severity=Severity.INFO, values={"since": "2026-03-01T00:00:00+00:00"}),
        ),
    )
    page._show(msgspec.structs.replace(page.overview, health=health))
    shown = page.warnings.findChildren(QPushButton)
    assert len(page.warnings.points) == 5
    assert len([one for one in shown if one.property("rx") != "link"]) == 3
    qtbot.waitUntil(lambda: primaries(page) == [shown[0]])  # the first one's button is the main one
    more = next(one for one in shown if one.property("rx") == "link")
    press(qtbot, more)
    qtbot.waitUntil(lambda: len(page.warnings.findChildren(QPushButton)) == 5)
    buttons = page.warnings.findChildren(QPushButton)
    press(qtbot, buttons[1])
    press(qtbot, buttons[4])
    assert well.gone == [("settings", {"section": "keep"})]
    assert [one.code for one in well.told] == ["never.heard.of"]


def warned(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)


@quiet_scheduler
def test_a_restore_test_is_ordered_from_its_warning(well, qtbot, monkeypatch):
    page = opened(well, qtbot)
    ordered = []
    monkeypatch.setattr(well.desk, "order", lambda verb, request: ordered.append((verb, request)))
    alarms = (warned("health.untested", database="users"), warned("health.untested", database="auditoria"))
    health = msgspec.structs.replace(page.overview.health, level=Level.ATTENTION, alarms=alarms)
    page._show(msgspec.structs.replace(page.overview, health=health))
    assert len(page.warnings.points) == 1, "told once, naming both"
    press(qtbot, page.warnings.findChildren(QPushButton)[0])
    assert [(verb, request.databases) for verb, request in ordered] == [("drill", ("users", "auditoria"))]
    assert {name: card.chip.text() for name, card in page.cards.cards.items()} == {
        "users": _("Not tested"),
        "inventario": _("Checked"),
        "auditoria": _("Not tested"),
    }


def test_two_warnings_fit_without_scrolling(well, qtbot):
    page = SummaryPage()
    well.show(page, (1054, 706 - 52))
    settle(qtbot)
    alarms = (
        warned("health.untested", database="users"),
        warned("health.low_space", path="D:\\Respaldos", free=3_100_000_000, bytes=20_000_000_000),
    )
    health = msgspec.structs.replace(page.overview.health, level=Level.ATTENTION, alarms=alarms)
    page._show(msgspec.structs.replace(page.overview, health=health))
    bar = page.findChild(QScrollArea).verticalScrollBar()
    qtbot.waitUntil(lambda: page.warnings.height() > 80)
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    assert page.charts[0].plot.height() >= 80


def test_the_keyboard_walks_the_days_and_opens_one(well, qtbot):
    page = opened(well, qtbot)
    strip = page.cards.cards["users"].strip
    strip.setFocus()
    today = strip.day.date
    assert strip.day.made == 1
    assert today == datetime.now(UTC).astimezone().date()
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert telling.day(strip.day.date) in strip.accessibleName()
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    assert well.gone == [("sets", {"day": today - timedelta(days=1)})]
    qtbot.keyClick(strip, Qt.Key.Key_Home)
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert strip.day.date == today - timedelta(days=summary_facts.DAYS - 1)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.bar(29).center())
    assert well.gone[-1] == ("sets", {"day": today})


def test_days_are_judged_by_what_they_came_to():
    today = datetime(2026, 3, 18, tzinfo=UTC)

    def one(days: float, **of_each: object):
        at = today - timedelta(days=days) + timedelta(hours=12)
        return made(at, names=("users",), **of_each)

    def in_turn(days: float, hours: float, **of_each: object):
        at = today - timedelta(days=days) + timedelta(hours=12 + hours)
        return made(at, databases={"users": held(at, **of_each)})

    sets = [
        one(0, tick=Tick.RESTORED),
        in_turn(1, 2, status=SetStatus.FAILED),
        in_turn(1, 0),
        in_turn(2, 2, tick=Tick.ENGINE),
        in_turn(2, 0, status=SetStatus.FAILED),
        one(3, tick=Tick.FAILED),
        one(4, status=SetStatus.CANCELLED),
        one(5, tick=Tick.NONE),
    ]
    days = summary_facts.days_of("users", sets, today.date())
    seen = [look(day) for day in reversed(days[-6:])]
    assert seen == [(18, "ok"), (18, "danger"), (11, "ok"), (18, "danger"), (2, "sunken"), (6, "border_strong")]
    assert len(days) == summary_facts.DAYS
    assert (days[-2].made, days[-2].failed) == (1, 1)
    assert all(not day.made for day in summary_facts.days_of("otra", sets, today.date()))


def night(hour: int) -> dict[str, object]:
    return {"name": "noche", "action": "backup", "times": [f"{hour:02}:00"], "zone": "UTC"}


def test_the_next_copy_is_told_only_where_something_starts_it(tmp_path, qapp, qtbot):
    hour = (datetime.now(UTC).hour + 12) % 24
    world = GuiWorld(tmp_path, rows=5, health=QUIET, schedules=[night(hour)])
    world.backup()
    page = opened(world, qtbot)
    if not page.overview.starts:  # a machine that starts nothing of ours
        assert {card.next.text() for card in page.cards.cards.values()} == {_("Not scheduled")}
    due = datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    due -= timedelta(days=1 if due > datetime.now(UTC) else 0)
    run = Run(schedule="noche", action="backup", wall=f"{due:%Y-%m-%dT%H:%M}", due=due, state=RunState.OK, at=due)
    Runs(world.root / "logs", RealFiles(), world.model._clock).record(run)  # somebody runs what is due
    world.model.backup(BackupRequest(requested_by="prueba"), lambda _e: None, CancelToken())
    world.desk.refresh()
    settle(qtbot, lambda: page.overview.starts)
    expected = telling.when(due + timedelta(days=1), page.overview.health.at)
    assert {card.next.text() for card in page.cards.cards.values()} == {expected}
    assert all(button.isHidden() for button in page.cards.buttons())


def test_where_there_are_no_times_they_are_chosen_first(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, rows=5, health=QUIET, schedules=[])
    world.backup()
    page = opened(world, qtbot)
    press(qtbot, page.cards.buttons()[0])
    assert world.gone == [("settings", {"section": "times"})]


def test_what_a_role_does_not_allow_is_not_offered(tmp_path, qapp, qtbot):
    world = GuiWorld(
        tmp_path, rows=5, health={"free_bytes": 0}, roles={"administrators": ["nadie"]}, schedules=[],
        identity=Identity(name="ana", groups=("ana",)),
    )  # fmt: skip
    page = opened(world, qtbot)
    assert not page.hero.backup.isEnabled()
    assert not page.empty.first.isEnabled()
    assert page.empty.first.toolTip() == _("Your role does not allow that")


def test_a_running_copy_is_seen_and_its_end_too(well, qtbot):
    page = opened(well, qtbot)
    well.desk.order("backup", BackupRequest(requested_by="prueba"))
    assert not page.hero.backup.isEnabled()
    assert page.hero.backup.accessibleName() == _("Backing up…").removesuffix("…")
    qtbot.waitUntil(lambda: all(one.state == "ended" for one in the_runner().works()), timeout=30_000)
    qtbot.waitUntil(page.hero.backup.isEnabled)
    assert page.hero.backup.accessibleName() == _("Back up now")


def test_one_database_has_room_for_what_comes_next(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, rows=5, health=QUIET, databases={"users": "app/users.db"}, schedules=[night(3)])
    world.backup()
    page = opened(world, qtbot)
    assert list(page.cards.cards) == ["users"]
    assert page.cards._coming is not None
    assert page.cards.cards["users"].width() > page.cards._coming.width()


def test_every_section_that_a_point_leads_to_exists(well):
    health = well.model.health()
    sections = {kind.key for kind in Book().kinds}
    for code in _TOLD:
        values = {"database": "users", "since": "2026-03-01T00:00:00+00:00", "set": "x", "path": "/x"}
        mend = point(Problem(code=code, severity=Severity.WARNING, values=values), health).mend
        assert mend.words
        assert mend.verb != "settings" or mend.what in sections, code


def test_names_are_plain_text_and_controls_are_named(well, qtbot):
    page = opened(well, qtbot)
    for button in page.findChildren(QPushButton):
        assert button.accessibleName(), button.text()
    for card in page.cards.cards.values():
        assert card._title.textFormat() is Qt.TextFormat.PlainText


def test_a_page_that_goes_while_it_reads_hears_no_answer(well, qtbot):
    page = SummaryPage()
    root = well.show(page)
    root.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settle(qtbot)
    assert well.told == []


def test_a_question_that_fails_is_told_with_a_way_to_ask_again(well, qtbot, monkeypatch):
    def fail() -> None:
        raise ValueError("no")

    monkeypatch.setattr(well.model, "health", fail)
    opened(well, qtbot)
    assert [one.code for one in well.told] == ["unexpected"]


@pytest.mark.parametrize(
    ("alarms", "mend"),
    [
        ([("health.too_old", "users")], "backup"),
        ([("health.too_old", "users"), ("health.drill_failed", "auditoria")], None),
        ([("health.drill_failed", "auditoria")], None),
        ([("health.live_missing", "users"), ("health.too_old", "auditoria")], "restore"),
    ],
)
def test_one_sentence_on_top_and_no_point_twice(well, alarms, mend):
    health = well.model.health()
    told = tuple(
        Problem(code=code, values={"database": name, "set": "x", "since": "2026-03-01T00:00:00+00:00", "hours": 26})
        for code, name in alarms
    )
    bad = {
        name: msgspec.structs.replace(one, ok=name not in dict((n, c) for c, n in alarms))
        for name, one in health.databases.items()
    }
    said = top(msgspec.structs.replace(health, level=Level.UNPROTECTED, alarms=told, databases=bad))
    assert said.tone == "danger"
    assert (said.mend.verb if said.mend else None) == mend
    assert len(said.points) == len(alarms) - (1 if mend else 0)
    assert said.title and said.text
