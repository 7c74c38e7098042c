"""Many times a day, log copies planned from the advice, and how a server writes: in the settings of the window."""

from __future__ import annotations

from gui.server_desk import opened, press
from gui.world import settle
from qtpy.QtCore import QTime
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.config.load import load
from rexus.modules.backup.qt.guard import alive
from rexus.modules.backup.qt.settings_times_field import TimesField


def texts(widget) -> str:
    return " · ".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def saved(page, qtbot, there):
    assert page.button_save.isEnabled(), page.state.text()
    press(page.button_save)
    settle(qtbot, lambda: page.unsaved() == 0)
    return load(there.company.run.config).settings


def test_every_quarter_of_an_hour_is_filled_in_at_once(there, qtbot):
    page, times = opened(there, qtbot, "times")
    entry = times.entries[0]
    press(entry.times.button_repeat)
    entry.repeat.first.setTime(QTime(8, 0))
    entry.repeat.last.setTime(QTime(20, 0))
    press(entry.repeat.button)

    assert entry.repeat.isHidden()
    assert not entry.times.boxes
    assert "every 15 minutes, 08:00–20:00" in entry.times.in_words.text()
    assert "49 times a day" in entry.times.in_words.text()
    told = saved(page, qtbot, there).schedules[0]
    assert (len(told.times), told.times[0], told.times[1], told.times[-1]) == (49, "08:00", "08:15", "20:00")


def test_many_times_become_one_again_and_the_form_begins_with_what_there_is(there, qtbot):
    _page, times = opened(there, qtbot, "times")
    entry = times.entries[0]
    press(entry.times.button_repeat)
    entry.repeat.unit.setCurrentIndex(1)
    entry.repeat.count.setValue(2)
    press(entry.repeat.button)
    assert "every 2 hours, 00:00–22:00" in entry.times.in_words.text()

    press(entry.times.button_repeat)
    assert (entry.repeat.count.value(), entry.repeat.last.time()) == (2, QTime(22, 0))
    entry.repeat.first.setTime(QTime(23, 0))
    assert not entry.repeat.button.isEnabled()
    press(entry.times.button_less)

    assert [one.time() for one in entry.times.boxes] == [QTime(0, 0)]
    assert entry.entry["times"] == ["00:00"]


def test_kinds_are_offered_where_a_server_has_them(there, qtbot):
    page, times = opened(there, qtbot, "times")
    assert {"differential", "log"} <= {value for value, _told in times.entries[0].action.choices}

    page.draft.set(("engine",), "sqlite")
    page.book.judge(page.draft)

    assert not {"differential", "log"} & {value for value, _told in times.entries[0].action.choices}


def test_the_advice_opens_a_schedule_of_logs_that_is_not_saved_yet(there, qtbot):
    there.backup(BackupKind.FULL, 30)
    before = load(there.company.run.config).settings.schedules
    page, section = opened(there, qtbot, "databases")
    there.desk.going.connect(lambda _page, what: page.opened(**what))
    rows = [row for row in section.server.advice.rows if row.button_plan is not None]
    assert rows
    press(rows[0].button_plan)

    times = page.book.current
    made = times.entries[-1]
    assert (times.key, made.action.value, page.unsaved()) == ("times", "log", 1)
    assert "every 15 minutes" in made.times.in_words.text()
    assert load(there.company.run.config).settings.schedules == before
    settle(qtbot, lambda: "Copy of the log" in texts(times))

    page.opened(section="times", plan="log")
    assert sum(one.action.value == "log" for one in times.entries) == 1
    told = saved(page, qtbot, there).schedules[-1]
    assert (told.action, len(told.times)) == ("log", 96)


def test_how_the_server_writes_and_what_of_it_goes_along(there, qtbot):
    page, section = opened(there, qtbot, "databases")
    writing = section.server.writing
    writing.stripes.box.setValue(4)
    writing.parts.marks["logins"].setChecked(True)
    writing.parts.marks["master"].setChecked(True)
    writing.url.box.setFocus()
    QTest.keyClicks(writing.url.box, "ftp://x")
    assert writing.url.wrong
    assert "s3://" in writing.url.told.text()
    assert not page.button_save.isEnabled()
    writing.url.box.selectAll()
    QTest.keyClicks(writing.url.box, "s3://minio.empresa.example/copias")
    assert "credential" in writing.url.told.text()

    told = saved(page, qtbot, there).sqlserver

    assert (told.stripes, told.server_parts) == (4, ("master", "logins"))
    assert told.backup_url == "s3://minio.empresa.example/copias"


def test_a_number_of_files_out_of_bounds_is_told_at_its_field(there, qtbot):
    page, section = opened(there, qtbot, "databases")
    section.server.writing.stripes.box.setValue(65)

    assert section.server.writing.stripes.wrong
    assert not page.button_save.isEnabled()


def test_times_that_come_when_their_field_is_gone_change_nothing(qapp, qtbot):
    field = TimesField(("times",))
    field.put(["08:00"])
    said = []
    field.edited.connect(lambda _key, value: said.append(value))
    field.deleteLater()
    qtbot.waitUntil(lambda: not alive(field))
    field.replace(["09:00", "10:00"])

    assert said == []
