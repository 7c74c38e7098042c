"""Configuración: every edit is judged while one types, nothing is half saved, everything can be taken back."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from gui.world import GuiWorld, settle, type_in
from qtpy.QtCore import QPoint, QPointF, Qt, QTime
from qtpy.QtGui import QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from support.days import At, Root

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Action
from rexus.modules.backup.base.texts import schedule_title
from rexus.modules.backup.config.load import load
from rexus.modules.backup.config.secrets import read_env
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.settings_schedule import DATES, ONE, SOME


@pytest.fixture
def page(world, qtbot):
    return opened(world, qtbot)


def opened(world: GuiWorld, qtbot, **what: object) -> SettingsPage:
    page = SettingsPage()
    root = world.show(page, **what)
    qtbot.waitExposed(root)
    settle(qtbot, lambda: page.draft is not None)
    return page


def go(page: SettingsPage, qtbot, key: str):
    """Show a section by its place in the list, as a click does."""
    page.book.open(key)
    settle(qtbot)
    return page.book.current


def retype(box: QLineEdit, text: str) -> None:
    box.setFocus()
    box.selectAll()
    if text:
        type_in(box, text)
    else:
        QTest.keyClick(box, Qt.Key.Key_Delete)


def number(box: QAbstractSpinBox, text: str) -> None:
    retype(box.findChild(QLineEdit), text)
    QTest.keyClick(box, Qt.Key.Key_Tab)


def press(button: QPushButton) -> None:
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def saved(page: SettingsPage, qtbot) -> None:
    press(page.button_save)
    settle(qtbot, lambda: page.unsaved() == 0 and page.draft is not None)


def test_tab_leads_from_the_list_through_the_section_to_the_buttons(page, qtbot):
    look = go(page, qtbot, "look")
    QTest.keyClick(look.theme.findChild(QComboBox), Qt.Key.Key_Down)
    page.book.nav.setFocus()
    seen = []
    for _turn in range(7):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    fields = (look.language, look.theme, look.level, look.days)

    assert all(field.isAncestorOf(one) for field, one in zip(fields, seen, strict=False))
    assert seen[4:6] == [page.button_undo, page.button_save]


# --- the foot: changes, undo, save


def test_nothing_is_changed_by_looking(world, page, qtbot):
    before = world.config.read_bytes()
    for one in page.book.kinds:
        go(page, qtbot, one.key)

    assert page.unsaved() == 0
    assert page.draft.text.encode() == before
    assert not page.button_save.isEnabled()
    assert not page.button_undo.isEnabled()
    assert world.told == []


def test_a_number_is_changed_and_saved_and_the_rest_of_the_file_stays(world, qtbot):
    text = "{\n  // mía\n" + world.config.read_text("utf-8")[1:]
    world.config.write_text(text, "utf-8")
    world.desk.open()
    page = opened(world, qtbot, section="keep")
    told: list[int] = []
    page.changes.connect(told.append)
    section = page.book.section("keep")

    number(section.numbers[0].box, "14")

    assert told[-1] == page.unsaved() == 1
    assert page.button_save.isEnabled()
    assert load(world.config).settings.retention.daily == 30
    saved(page, qtbot)
    assert load(world.config).settings.retention.daily == 14
    assert world.config.read_text("utf-8").startswith("{\n  // mía\n")
    assert world.model.loaded.settings.retention.daily == 14
    assert told[-1] == 0


def test_changes_wait_while_another_screen_is_looked_at(world, page, qtbot):
    number(go(page, qtbot, "keep").numbers[1].box, "9")

    page.leaving()
    world.desk.refresh()
    page.opened()
    settle(qtbot)

    assert page.unsaved() == 1
    assert page.book.section("keep").numbers[1].box.value() == 9


def test_one_change_is_taken_back_at_once_and_of_several_any_one(page, qtbot):
    keep = go(page, qtbot, "keep")
    number(keep.numbers[0].box, "14")
    press(page.button_undo)
    assert (page.unsaved(), keep.numbers[0].box.value()) == (0, 30)

    number(keep.numbers[0].box, "14")
    number(keep.numbers[2].box, "3")
    press(page.button_undo)
    menu = page.menu
    texts = [one.text() for one in menu.actions() if one.text()]
    assert len(texts) == 3
    assert "30 → 14" in texts[0]
    menu.actions()[0].trigger()
    menu.hide()

    assert page.unsaved() == 1
    assert (keep.numbers[0].box.value(), keep.numbers[2].box.value()) == (30, 3)


def test_closing_can_save_or_discard(world, page, qtbot):
    keep = go(page, qtbot, "keep")
    number(keep.numbers[0].box, "14")
    assert page.save()
    assert load(world.config).settings.retention.daily == 14
    settle(qtbot)

    number(keep.numbers[0].box, "5")
    page.discard()

    assert page.unsaved() == 0
    assert keep.numbers[0].box.value() == 14
    assert page.save()


def test_what_cannot_be_is_told_at_its_field_and_keeps_everything_from_being_saved(world, page, qtbot):
    before = world.config.read_bytes()
    copy = go(page, qtbot, "copy")

    number(copy.again.box, "0")

    assert copy.again.wrong
    assert "3" in copy.again.told.text()
    assert copy.again.control.accessibleDescription() == copy.again.told.text()
    assert not page.button_save.isEnabled()
    assert copy.again.name in page.button_save.toolTip()
    assert not page.save()
    assert world.config.read_bytes() == before
    number(copy.again.box, "20")
    assert not copy.again.wrong
    assert page.button_save.isEnabled()


def test_a_file_changed_by_somebody_else_is_read_again_and_both_changes_stand(world, page, qtbot):
    number(go(page, qtbot, "keep").numbers[0].box, "14")
    plain = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**plain, "logs": {"keep_days": 7}}), "utf-8")

    press(page.button_save)
    settle(qtbot, lambda: bool(world.told))

    assert [one.code for one in world.told] == ["config.changed"]
    assert load(world.config).settings.retention.daily == 30
    page.put_on_file()
    settle(qtbot, lambda: "keep_days" in page.draft.text)
    assert page.unsaved() == 1
    saved(page, qtbot)
    settings = load(world.config).settings
    assert (settings.retention.daily, settings.logs.keep_days) == (14, 7)


def test_what_somebody_else_changed_too_stays_theirs_and_is_told(world, page, qtbot):
    number(go(page, qtbot, "keep").numbers[0].box, "14")
    plain = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**plain, "retention": {"daily": 90}}), "utf-8")

    page.put_on_file()
    settle(qtbot, lambda: page.unsaved() == 0)

    assert "30 → 14" in page.state.text()
    assert page.book.current.numbers[0].box.value() == 90


def test_who_may_only_look_changes_nothing(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, identity=Identity(name="eva", groups=()), roles={"administrators": ["nadie"]})
    page = opened(world, qtbot)

    assert page.book.lock.isVisible()
    for one in page.book.kinds:
        section = go(page, qtbot, one.key)
        fields = [each for each in section.findChildren(QWidget) if isinstance(each, QLineEdit | QComboBox)]
        assert not [each.accessibleName() for each in fields if each.isEnabled() and each.isVisible()]
        buttons = [each for each in section.findChildren(QPushButton) if each.isVisible() and each.isEnabled()]
        assert {each.text() for each in buttons} <= {"Probar", "Test", "See all", "Ver todo"}


def test_settings_that_cannot_be_used_are_shown_and_mended(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path)
    plain = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**plain, "retention": {"daily": -3}}), "utf-8")
    world.desk.open()
    assert world.desk.model is None
    page = opened(world, qtbot)
    keep = go(page, qtbot, "keep")
    assert keep.numbers[0].wrong
    assert "Diarias" in page.state.text() or "Days" in page.state.text()

    number(keep.numbers[0].box, "21")
    saved(page, qtbot)

    assert world.model.loaded.settings.retention.daily == 21
    assert not keep.numbers[0].wrong


# --- schedules


def test_a_time_is_added_changed_and_its_next_runs_are_listed(world, page, qtbot):
    times = go(page, qtbot, "times")
    assert len(times.entries) == 4
    press(times.button_add)
    made = times.entries[-1]
    made.action.box.setCurrentIndex(0)
    made.times.boxes[0].setTime(QTime(18, 30))
    press_tool(made.times.button_more)
    settle(qtbot, lambda: times.runs.count() == 5 and "18:30" in texts_of(times))

    saved(page, qtbot)

    one = load(world.config).settings.schedules[-1]
    assert (one.action, one.times) == ("backup", ("18:30", "00:30"))
    assert len(load(world.config).settings.schedules) == 5


def press_tool(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def texts_of(widget: QWidget) -> str:
    return " · ".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (SOME, {"weekdays": (1, 2, 3, 4, 5)}),
        (ONE, {"weekdays": (7,), "ordinal": 1}),
        (DATES, {"days": (1,)}),
    ],
)
def test_days_are_said_in_one_way_only(world, page, qtbot, kind, said):
    entry = go(page, qtbot, "times").entries[0]
    for way in (ONE, SOME, DATES, kind):
        entry.days.box.setCurrentIndex([one for one, _told in entry.days.choices].index(way))
    expected = {"weekdays": (), "ordinal": None, "days": (), **said}
    if kind == SOME:  # what stood there before stays where it can
        expected["weekdays"] = page.draft.get(("schedules",))[0]["weekdays"]

    assert page.button_save.isEnabled()
    saved(page, qtbot)

    one = load(world.config).settings.schedules[0]
    assert (list(one.weekdays), one.ordinal, one.days) == (
        list(expected["weekdays"]),
        expected["ordinal"],
        expected["days"],
    )


def test_days_of_the_month_and_zones_are_judged_while_one_types(page, qtbot):
    times = go(page, qtbot, "times")
    entry = times.entries[0]
    entry.days.box.setCurrentIndex(3)
    retype(entry.dates.box, "1, 45")
    assert entry.dates.wrong
    assert not page.button_save.isEnabled()
    retype(entry.dates.box, "1, 15")
    assert not entry.dates.wrong
    press_tool(entry.button_more)

    retype(entry.zone.box, "Europe/Madri")

    assert entry.zone.wrong
    assert schedule_title("daily_full") in page.button_save.toolTip()
    QTest.keyClicks(entry.zone.box, "d")
    assert not entry.zone.wrong
    settle(qtbot)
    assert page.draft.get(("schedules",))[0] == {
        **page.draft.get(("schedules",))[0],
        "days": [1, 15],
        "zone": "Europe/Madrid",
    }


@pytest.mark.parametrize(
    ("typed", "at", "then"),
    [
        ("16:20", None, (16, 20)),
        ("1620", None, (16, 20)),
        ("05:07", 4, (5, 7)),
        ("17:45", 22, (17, 45)),
        ("17:45", 44, (17, 45)),
        ("45", 44, (14, 45)),
    ],
)
def test_a_time_is_typed_over_another(page, qtbot, typed, at, then):
    box = go(page, qtbot, "times").entries[0].times.boxes[0]
    box.setTime(QTime(14, 30))
    box.setFocus()
    line = box.lineEdit()
    if at is None:
        line.selectAll()
    else:
        QTest.mouseClick(line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(at, 14))
    QTest.keyClicks(box, typed)

    assert box.time() == QTime(*then)
    assert page.draft.get(("schedules",))[0]["times"][0] == f"{then[0]:02}:{then[1]:02}"


def test_tab_goes_through_the_schedules_as_one_reads_them(page, qtbot):
    times = go(page, qtbot, "times")
    press_tool(times.entries[0].times.button_more)
    first = times.entries[0]
    qtbot.waitUntil(first.times.boxes[-1].isVisible)
    expected = [
        first.action.box,
        first.days.box,
        *first.times.boxes,
        first.times.button_more,
        first.times.button_less,
        first.times.button_repeat,
        first.button_more,
        first.button_gone,
        times.entries[1].action.box,
    ]
    expected[0].setFocus()
    for one in expected:
        assert one.hasFocus(), (one.accessibleName(), QApplication.focusWidget().accessibleName())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        while isinstance(QApplication.focusWidget(), type(one)) and one.hasFocus():  # from hours to minutes
            QTest.keyClick(one, Qt.Key.Key_Tab)
    times.button_add.setFocus()
    QTest.keyClick(times.button_add, Qt.Key.Key_Backtab)
    assert times.entries[-1].isAncestorOf(QApplication.focusWidget())


def test_a_change_of_clocks_is_explained(page, qtbot):
    times = go(page, qtbot, "times")
    entry = times.entries[0]
    press_tool(entry.button_more)
    retype(entry.zone.box, "Europe/Madrid")
    entry.times.boxes[0].setTime(QTime(2, 30))

    settle(qtbot, lambda: times.note.count() == 1 and "02:30" in texts_of(times))

    assert times.note.count() == 1


def test_a_schedule_goes_and_may_come_back(world, page, qtbot):
    times = go(page, qtbot, "times")
    press_tool(times.entries[1].button_gone)
    assert len(times.entries) == 3
    assert page.unsaved() == 1

    page.draft.undo(page.draft.changes()[0])
    page._fill()

    assert [one.value(("name",)) for one in times.entries][1] == "weekly_verification"
    assert page.draft.text == world.config.read_text("utf-8")


# --- retention


def test_what_would_go_is_shown_with_its_reason_and_nothing_goes(tmp_path, qapp, qtbot):
    root = Root(tmp_path, rows=5, retention={"after_backup": False}).build()
    sets = [root.on(day) for day in range(5)]
    world = GuiWorld(tmp_path, build=False)
    world.desk.model = root.model(clock=At(6))
    page = opened(world, qtbot, section="keep")
    keep = page.book.section("keep")
    settle(qtbot, lambda: len(keep.plan.decisions) == 5)
    assert keep.table.kept.rowCount() == 5

    for field, value in zip(keep.numbers, ("2", "0", "0", "0"), strict=True):
        number(field.box, value)
    settle(qtbot, lambda: keep.table.kept.rowCount() == 3)

    gone = [one.set for one in keep.table.kept.rows]
    assert gone == sets[2::-1]
    assert all(one.action is Action.DELETE for one in keep.table.kept.rows)
    model = keep.table.kept
    assert model.index(0, 2).data() != ""
    assert "3" in keep.summary.text()
    assert root.left() == sets[::-1]
    press(keep.button_all)
    assert keep.table.kept.rowCount() == 5


def test_a_usual_choice_sets_its_numbers_and_own_numbers_are_told(page, qtbot):
    keep = go(page, qtbot, "keep")
    keep.preset.box.setCurrentIndex(1)
    assert [field.box.value() for field in keep.numbers] == [14, 8, 12, 3]
    assert page.unsaved() == 3  # months are as they were

    number(keep.numbers[3].box, "4")

    assert keep.preset.value == "own"
    keep.preset.box.setCurrentIndex(0)
    assert page.unsaved() == 0


def test_a_rule_that_may_be_none(world, page, qtbot):
    keep = go(page, qtbot, "keep")
    assert not keep.count.box.isEnabled()
    keep.count.mark.click()
    number(keep.count.box, "25")
    saved(page, qtbot)
    assert load(world.config).settings.retention.count == 25

    keep.count.mark.click()
    saved(page, qtbot)

    assert load(world.config).settings.retention.count is None


# --- databases


def test_a_missing_file_is_told_at_once_and_a_good_one_by_trying(world, page, qtbot):
    section = go(page, qtbot, "databases")
    entry = section.entries[0]
    settle(qtbot, lambda: entry.findings.count() == 1)
    assert not entry.place.wrong

    retype(entry.place.box, str(world.world.app / "no_esta.db"))
    settle(qtbot, lambda: "no_esta.db" in texts_of(entry))

    assert entry.place.wrong
    retype(entry.place.box, str(world.world.app / "inventario.db"))
    press(entry.button_try)
    settle(qtbot, lambda: entry.button_try.isEnabled() and "no_esta.db" not in texts_of(entry))
    assert not entry.place.wrong
    saved(page, qtbot)
    assert load(world.config).settings.databases["users"] == "app/inventario.db"


def test_a_database_is_added_renamed_and_given_its_own_loss(world, page, qtbot):
    section = go(page, qtbot, "databases")
    other = world.world.app / "Obras 2026.db"
    other.write_bytes(world.world.database("users").read_bytes())
    section.add(other)
    entry = section.entries[-1]
    assert entry.value_name == "Obras_2026"

    retype(entry.name.box, "users")
    assert entry.name.wrong
    assert not page.button_save.isEnabled()
    retype(entry.name.box, "obras")
    number(entry.loss.box, "4")
    saved(page, qtbot)

    settings = load(world.config).settings
    assert settings.databases["obras"] == "app/Obras 2026.db"
    assert settings.health.rpo_hours_of == {"obras": 4}
    assert list(settings.databases) == ["users", "inventario", "auditoria", "obras"]


def test_a_reserved_name_is_refused_while_one_types(page, qtbot):
    entry = go(page, qtbot, "databases").entries[0]
    retype(entry.name.box, "con")

    assert entry.name.wrong
    assert not page.button_save.isEnabled()
    page.discard()
    assert go(page, qtbot, "databases").entries[0].value_name == "users"


def test_names_of_the_host_can_be_written_down(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, databases={})
    (world.world.folder / ".env").write_text("DB_USERS=app/users.db\n", "utf-8")
    world.desk.open()
    page = opened(world, qtbot)
    section = go(page, qtbot, "databases")
    assert section.by_host.isVisible()
    assert not section.entries[0].name.box.isEnabled()

    press(section.button_own)
    saved(page, qtbot)

    assert load(world.config).settings.databases == {"users": "app/users.db"}


# --- folders


def test_folders_are_shown_whole_and_written_short(world, page, qtbot):
    section = go(page, qtbot, "folders")
    assert section.root.box.text() == str(world.root)

    retype(section.root.box, str(world.world.folder / "otras copias"))
    settle(qtbot, lambda: "no existe" in section.root.told.text() or "not exist" in section.root.told.text())
    saved(page, qtbot)

    assert load(world.config).settings.root == "otras copias"


def test_the_usual_application_folder_never_shows_as_a_dot(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, app_root=".")
    page = opened(world, qtbot)

    assert go(page, qtbot, "folders").app_root.box.text() == str(tmp_path)
    assert page.unsaved() == 0


def test_a_pattern_that_leads_outside_is_refused(world, page, qtbot):
    section = go(page, qtbot, "folders")
    field = section.lists["config"]
    field.box.setPlainText("config/**\n../otro")

    assert field.wrong
    assert "../otro" in field.told.text()
    assert not page.button_save.isEnabled()
    field.box.setPlainText("config/**\n\n*.toml")
    saved(page, qtbot)
    assert load(world.config).settings.files.config == ("config/**", "*.toml")


# --- copy, notices, people, look, import


def test_another_compression_drops_the_level_of_the_other_kind(world, page, qtbot):
    copy = go(page, qtbot, "copy")
    copy.level.box.setCurrentIndex(4)
    assert page.draft.get(("compression", "level")) == 3

    copy.codec.box.setCurrentIndex(1)
    copy.level.box.setCurrentIndex(copy.level.box.count() - 1)
    saved(page, qtbot)

    settings = load(world.config).settings.compression
    assert (settings.codec, settings.level) == ("zstd", 19)
    copy.codec.box.setCurrentIndex(2)
    assert copy.level.isHidden()
    saved(page, qtbot)
    assert load(world.config).settings.compression.level is None


def test_a_mail_channel_is_added_and_its_password_never_stands_in_the_settings(world, page, qtbot):
    notices = go(page, qtbot, "notices")
    press(notices.button_add)
    one = notices.channels[0]
    assert one.server.wrong
    assert not page.button_save.isEnabled()

    retype(one.server.box, "smtp.empresa.es")
    retype(one.to.box, "ana@empresa.es, luis@empresa.es")
    retype(one.user.box, "copias")
    retype(one.password.box, "muy secreta")
    one.events.marks["success"].click()
    assert one.password.box.echoMode() is QLineEdit.EchoMode.Password
    assert page.unsaved() == 2
    saved(page, qtbot)

    text = world.config.read_text("utf-8")
    assert "muy secreta" not in text
    assert read_env(world.world.folder / ".env")["SMTP_PASSWORD"].reveal() == "muy secreta"
    channel = load(world.config).settings.notices.channels[0]
    assert channel.email.recipients == ("ana@empresa.es", "luis@empresa.es")
    assert set(channel.on) == {"failure", "warning", "digest", "success"}
    shown = notices.channels[0].password.box
    assert shown.text() == ""
    assert shown.placeholderText() in ("Guardada; escriba para cambiarla", "Saved; type to replace it")


def test_a_test_notice_goes_by_what_stands_there_unsaved(world, page, qtbot):
    notices = go(page, qtbot, "notices")
    press(notices.button_add)
    one = notices.channels[0]
    one.way.box.setCurrentIndex(1)
    retype(one.url.box, "json://127.0.0.1:9/nadie")
    before = world.config.read_bytes()

    press(notices.button_test)
    settle(qtbot, lambda: notices.results.count() > 0)

    shown = notices.results.itemAt(0).widget()
    assert any(str(one.value(("name",))) in each.text() for each in shown.findChildren(QLabel))
    assert world.config.read_bytes() == before
    assert not (world.world.folder / ".env").exists()


def test_whoever_would_lock_themselves_out_is_warned(page, qtbot):
    people = go(page, qtbot, "people")
    assert people.warning.isHidden()

    retype(people.administrators.box, "nadie-de-aqui")

    assert people.warning.isVisible()


def test_language_and_look_count_when_saved(world, page, qtbot):
    look = go(page, qtbot, "look")
    look.theme.box.setCurrentIndex(2)
    look.language.box.setCurrentIndex(1)
    assert world.model.loaded.settings.theme == "system"

    saved(page, qtbot)

    settings = world.model.loaded.settings
    assert (settings.theme, settings.language) == ("dark", "en")


def test_an_older_configuration_is_shown_taken_over_and_only_then_saved(world, page, qtbot, tmp_path):
    old = tmp_path / "viejo.json"
    old.write_text(json.dumps({"backup_dir": "D:/x", "backup_time": "03:30", "retention_days": 45}), "utf-8")
    section = go(page, qtbot, "import")

    section.look_at(str(old))
    settle(qtbot, lambda: "45" in texts_of(section).split(" · "))

    assert page.unsaved() == 0
    press(section.button_take)
    assert page.unsaved() >= 3
    assert go(page, qtbot, "keep").numbers[0].box.value() == 45
    saved(page, qtbot)
    settings = load(world.config).settings
    assert (settings.retention.daily, settings.schedules[0].times) == (45, ("03:30",))


def test_a_file_that_is_no_older_configuration_is_told(page, qtbot, tmp_path):
    other = tmp_path / "otro.json"
    other.write_text("{}", "utf-8")
    section = go(page, qtbot, "import")

    section.look_at(str(other))
    settle(qtbot, lambda: "otro.json is none" in texts_of(section) or "otro.json no es" in texts_of(section))

    assert section.button_take.isHidden()


# --- how it behaves


def test_sections_are_named_plain_and_fit_the_narrow_window(world, qtbot):
    page = SettingsPage()
    qtbot.waitExposed(world.show(page, (968, 606)))
    settle(qtbot, lambda: page.draft is not None)
    for one in page.book.kinds:
        section = go(page, qtbot, one.key)
        assert section.mapTo(page, QPoint(section.width(), 0)).x() <= page.width(), one.key
        controls = [
            each
            for each in section.findChildren(QWidget)
            if isinstance(each, QLineEdit | QComboBox | QAbstractSpinBox) and not each.objectName().startswith("qt_")
        ]
        assert not [each for each in controls if each.isVisible() and not each.accessibleName()], one.key
        labels = [each for each in section.findChildren(QLabel) if each.textFormat() is not Qt.TextFormat.PlainText]
        assert not [each.text() for each in labels if each.text()]
        for box in section.findChildren(QComboBox):
            if box.isVisible():
                widest = max(box.fontMetrics().horizontalAdvance(box.itemText(n)) for n in range(box.count()))
                assert box.width() >= widest + 40, box.itemText(0)
                assert box.parentWidget().width() >= box.width()
    assert page.minimumSizeHint().width() <= 940


def test_the_wheel_scrolls_the_page_and_changes_no_value(page, qtbot):
    keep = go(page, qtbot, "keep")
    box = keep.numbers[0].box
    page.book.nav.setFocus()

    where = QPointF(box.rect().center())
    event = QWheelEvent(
        where,
        QPointF(box.mapToGlobal(box.rect().center())),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, event)

    assert box.value() == 30
    assert page.unsaved() == 0


def test_tab_goes_from_top_to_bottom(page, qtbot):
    for key in ("keep", "folders", "copy", "people"):
        section = go(page, qtbot, key)
        first = next(
            each
            for each in section.findChildren(QWidget)
            if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isVisible() and each.isEnabled()
        )
        seen: list[QPoint] = []
        at = first
        while True:
            if at.isVisible() and at.isEnabled() and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
                seen.append(at.mapTo(section, QPoint(0, 0)))
            at = at.nextInFocusChain()
            if not section.isAncestorOf(at):
                break
        assert len(seen) > 2
        for before, after in pairwise(seen):  # down, or to the right on the same line
            assert after.y() >= before.y() - 8 or after.x() > before.x() + 100, key


def test_a_page_gone_while_it_asks_hears_nothing(world, qtbot):
    page = opened(world, qtbot, section="databases")
    for entry in page.book.section("databases").entries:
        entry.try_now()
    page.parentWidget().deleteLater()
    QApplication.processEvents()
    settle(qtbot)


def test_the_command_is_that_of_the_section(page, qtbot):
    go(page, qtbot, "keep")
    assert page.command() == ("prune", "--plan")
    go(page, qtbot, "times")
    assert page.command() == ("schedule", "next")


def test_nothing_is_read_before_it_is_used(tmp_path: Path, qapp):
    page = SettingsPage()

    assert page.unsaved() == 0
    assert page.draft is None
    page.deleteLater()
