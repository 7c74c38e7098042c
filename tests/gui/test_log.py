"""Registro: the log as it is written, the trail, and what is copied for support."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from gui.sets_sample import Ago, Sample
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from rexus.modules.backup.qt import log_lines
from rexus.modules.backup.qt.log_lines import Place, Reader
from rexus.modules.backup.qt.page_log import LogPage
from rexus.modules.backup.qt.sets_rows import folded

SECRET = "secreto-de-prueba"
"""In the application's own `.env`, see `support.world`."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("log"))


@pytest.fixture
def world(sample, tmp_path, qapp):
    return sample.copy(tmp_path)


@pytest.fixture
def page(world, qtbot):
    return shown(world, qtbot)


def shown(world, qtbot, **what):
    made = LogPage()
    world.show(made, **what)
    settle(qtbot, lambda: not made._asked)
    return made


def line(text, level="INFO", at=None):
    now = at or datetime.now(UTC).astimezone()
    return f"{now:%Y-%m-%d %H:%M:%S},123 - {level} - [BACKUP] {text}\n"


def write(world, text, days=0):
    path = world.root / "logs" / f"backup_{datetime.now(UTC).astimezone() - timedelta(days=days):%Y-%m-%d}.log"
    with path.open("a", encoding="utf-8") as log:
        log.write(text)
    return path


def messages(page):
    return [row.message for row in page.live.shown]


def read_on(page, qtbot):
    page.read_on()
    settle(qtbot, lambda: not page._asked)


def test_lines_are_told_apart():
    reader = Reader(("users", "inventario"))
    data = (
        line("users: no room", "ERROR") + "Traceback (most recent call last):\n"
        + line("backup 1 begins: users, inventario") + line("superusers of users-old") + line("x", "CRITICAL")
    ).encode()  # fmt: skip
    first, second, third, fourth, fifth = reader.entries(data, None)
    assert (first.level, first.base, first.message) == ("error", "users", "users: no room")
    assert (second.level, second.base, second.when) == ("error", "", "")
    assert second.bases == ("users",)
    assert (third.level, third.base) == ("info", "todas")
    assert fourth.bases == ()
    assert fifth.level == "error"


def test_the_newest_days_are_shown_to_their_end(page, sample):
    assert any(sample.week in text for text in messages(page))
    assert any(sample.last in text for text in messages(page)[-6:])
    assert next(row.when for row in page.live.shown if row.when).count(":") == 2


def test_what_is_written_comes_by_itself(page, world, qtbot):
    assert page._tick.isActive()
    write(world, line("inventario: something new"))
    qtbot.waitUntil(lambda: messages(page)[-1] == "inventario: something new", timeout=10_000)
    bar = page.live.verticalScrollBar()
    assert bar.value() == bar.maximum()
    page.hide()
    assert not page._tick.isActive()


def test_half_a_line_waits_for_its_end(page, world, qtbot):
    before = len(messages(page))
    text = line("users: ñandú")
    path = write(world, "")
    with path.open("ab") as log:
        log.write(text.encode()[:-3])
    read_on(page, qtbot)
    assert len(messages(page)) == before
    with path.open("ab") as log:
        log.write(text.encode()[-3:])
    read_on(page, qtbot)
    assert messages(page)[-1] == "users: ñandú"


def test_a_log_that_is_begun_anew_is_read_from_its_start(page, world, qtbot):
    write(world, "").write_text(line("the first of another"), "utf-8")
    read_on(page, qtbot)
    assert messages(page)[-1] == "the first of another"


def test_midnight_goes_on_in_another_file(world):
    model = world.model
    write(world, line("late, yesterday"), days=1)
    yesterday = world.root / "logs" / f"backup_{datetime.now(UTC).astimezone() - timedelta(days=1):%Y-%m-%d}.log"
    part = log_lines.read_on(model, Place(path=yesterday))
    assert part.entries[0].message == "late, yesterday"
    assert part.place.path == model.log_path()
    assert log_lines.read_on(model, part.place).entries == ()


def test_following_stops_when_one_scrolls_up_and_goes_on_when_asked(page, world, qtbot):
    write(world, "".join(line(f"number {number}") for number in range(60)))
    read_on(page, qtbot)
    bar = page.live.verticalScrollBar()
    bar.setValue(bar.maximum() - 200)
    assert not page.follow.isChecked()
    at = bar.value()
    write(world, line("not looked at"))
    read_on(page, qtbot)
    assert bar.value() == at
    page.follow.click()
    assert bar.value() == bar.maximum()
    write(world, line("looked at"))
    read_on(page, qtbot)
    assert bar.value() == bar.maximum()


def test_level_base_and_search(page, world, qtbot):
    write(world, line("users: bad", "ERROR") + line("inventario: odd", "WARNING") + line("users: fine"))
    read_on(page, qtbot)
    bar = page.bar
    bar.level.setCurrentIndex(bar.level.findData("warning"))
    assert messages(page) == ["users: bad", "inventario: odd"]
    bar.level.setCurrentIndex(bar.level.findData("error"))
    assert messages(page) == ["users: bad"]
    bar.level.setCurrentIndex(0)
    bar.base.setCurrentIndex(bar.base.findData("inventario"))
    assert "inventario: odd" in messages(page)
    assert "users: fine" not in messages(page)
    bar.search.setFocus()
    qtbot.keyClicks(bar.search, "nothing like this")
    qtbot.waitUntil(page.nothing.isVisible)
    assert page.nothing.text() == "Ninguna línea coincide."
    write(world, line("inventario: nothing like this, or is there"))
    read_on(page, qtbot)
    assert messages(page) == ["inventario: nothing like this, or is there"]


def seen(table, row):
    return folded(" ".join(column.text(row) for column in table.columns))


def test_a_search_finds_only_what_can_be_seen(page, world, qtbot):
    """Not the date as the file writes it, its level in English, the mark of the program."""
    write(world, line("users: fine") + "Traceback (most recent call last):\n")
    read_on(page, qtbot)
    for row in page.live.shown:
        assert all(word in seen(page.live, row) for word in row.text.split()), row
    day = f"{datetime.now(UTC).astimezone():%Y-%m-%d}"
    for hidden in ("INFO", "[BACKUP]", day):
        page.bar.search.setText(hidden)
        qtbot.waitUntil(lambda: not page.bar._later.isActive())
        assert not [row for row in page.live.shown if folded(hidden) not in seen(page.live, row)], hidden
    page.bar.search.setText("users fine")
    qtbot.waitUntil(lambda: "users: fine" in messages(page))

    world.model.pin((world.model.listing().sets[0].set,), "x", None, "marta")
    page.bar.search.clear()
    to_audit(page, qtbot)
    assert page.audit.shown
    for row in page.audit.shown:
        assert all(word in seen(page.audit, row) for word in row.text.split()), row


def test_an_earlier_set_is_looked_for_in_the_log_of_its_day(world, sample, qtbot):
    page = shown(world, qtbot, search=sample.week)
    assert messages(page)
    assert all(sample.week in row.raw for row in page.live.shown)
    assert page.command() == ("log", "--date", f"{Ago(9).now().astimezone():%Y-%m-%d}")
    assert not page._tick.isActive()
    page.bar.day.setCurrentIndex(0)
    settle(qtbot, lambda: not page._asked)
    assert page.command() == ("log",)
    assert page._tick.isActive()


def test_support_gets_the_lines_without_secrets(page, world, qtbot):
    assert SECRET in world.model.loaded.secret_values
    write(world, line(f"users: login failed with {SECRET}", "ERROR"))
    read_on(page, qtbot)
    page.bar.support.click()
    settle(qtbot)
    copied = QApplication.clipboard().text()
    assert "Rexus Backups" in copied
    assert "login failed with ********" in copied
    assert SECRET not in copied
    assert "asteriscos" in page.note.text()


def test_chosen_lines_are_copied_without_secrets_too(page, world, qtbot):
    write(world, line(f"users: {SECRET} again"))
    read_on(page, qtbot)
    page.live.selectRow(len(messages(page)) - 1)
    qtbot.keyClick(page.live, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot)
    assert QApplication.clipboard().text().endswith("users: ******** again\n")


def to_audit(page, qtbot):
    page.bar.to_audit.click()
    settle(qtbot)


def test_the_trail_says_who_did_what_and_that_it_is_whole(page, world, sample, qtbot):
    world.model.pin((sample.old,), "x", None, "marta")
    to_audit(page, qtbot)
    newest = page.audit.shown[-1]
    assert (newest.who, newest.what, newest.target) == ("marta", "Fijada", sample.old)
    assert page.chain_state.text() == "La cadena está intacta: 5 líneas"
    assert not page.bar.base.isVisible()
    assert page.command() == ("audit",)


def test_a_trail_that_was_changed_is_said_to_be_broken(page, world, qtbot):
    path = world.root / "logs" / "audit.jsonl"
    path.write_text(path.read_text("utf-8").replace('"marta"', '"luis"', 1), "utf-8")
    to_audit(page, qtbot)
    assert page.chain_state.text() == "La cadena está rota"
    assert page.chain_why.text()
    assert page.chain_state.property("tone") == "danger"


def test_nothing_written_yet(tmp_path, qtbot, qapp):
    page = shown(GuiWorld(tmp_path), qtbot)
    assert page.nothing.isVisible()
    to_audit(page, qtbot)
    assert page.nothing.isVisible()


def test_nothing_configured(tmp_path, qtbot, qapp):
    page = shown(GuiWorld(tmp_path, build=False), qtbot)
    assert page.nothing.isVisible()
    page.bar.support.click()
    to_audit(page, qtbot)
