"""Copias: the table, and the pane beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from gui.sets_page import cell, choose, chosen, column, names, shown, texts
from gui.sets_sample import Sample, change, lose
from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel

from rexus.modules.backup.base.records import BackupKind, Check, Depth, Pin, Problem, SetStatus
from rexus.modules.backup.base.texts import _
from rexus.modules.backup.qt.page_sets import SetsPage
from rexus.modules.backup.qt.rows_table import MARKED
from rexus.modules.backup.qt.sets_model import SORT
from rexus.modules.backup.qt.sets_rows import Shelf

TIP = Qt.ItemDataRole.ToolTipRole
SPOKEN, ICON = Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DecorationRole


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("sets"))


@pytest.fixture
def world(sample, tmp_path, qapp):
    return sample.copy(tmp_path)


@pytest.fixture
def page(world, qtbot):
    return shown(world, qtbot)


def test_every_set_is_a_row_the_newest_first_and_chosen(page, sample):
    assert names(page) == list(reversed(sample.names))
    assert chosen(page) == [sample.last]
    assert cell(page, sample.last, "kind") == "Completa"
    assert [one.key for one in page.table.columns if one.key.startswith("database")] == [
        "database:users", "database:inventario", "database:auditoria",
    ]  # fmt: skip
    assert page.count.text().startswith("4 ")


def test_ticks_are_icons_that_are_told_in_words_too(page, sample, world, qtbot):
    assert "contenido" in cell(page, sample.last, "database:users", SPOKEN)
    assert not cell(page, sample.last, "database:users", ICON).isNull()
    assert cell(page, sample.last, "database:users") == ""
    before = cell(page, sample.last, "set", SORT)
    world.world.drill()
    world.desk.refresh()
    settle(qtbot)
    assert "restaurada" in cell(page, sample.last, "set", SPOKEN)
    assert cell(page, sample.last, "set", SORT) < before


def test_a_lost_file_is_a_cross_with_its_reason(world, sample, qtbot):
    path = lose(world, sample.week, "inventario")
    page = shown(world, qtbot)
    assert [row.mark[0] for row in page.table.shown] == ["tick", "tick", "cross", "tick"]
    assert path.name in cell(page, sample.week, "database:inventario", TIP)
    assert path.name not in cell(page, sample.week, "database:users", TIP)
    assert page.trouble.isVisible()
    assert path.name in page._trouble_text.text()


def test_the_rules_say_why_a_set_is_kept_and_nothing_of_today_goes(page, sample):
    why = {row.name: row.why for row in page.table.shown}
    assert why[sample.last].icon == "lock"
    assert why[sample.week].text == "Diaria"
    assert why[sample.week].lines[0].startswith("Diaria 2 de 2")
    assert why[sample.old].goes
    assert cell(page, sample.old, "why").startswith("Se eliminará")
    assert not why[sample.early].goes
    assert why[sample.early].text == "De hoy"


def test_table_and_pane_tell_the_same_reason(page, sample, qtbot):
    for name in sample.names:
        choose(page, qtbot, name)
        row = page.table.chosen()[0]
        assert texts(page.detail.why)[1:] == list(row.why.lines)
        assert cell(page, name, "why", TIP) == "\n".join(row.why.lines)


def test_a_pin_shows_its_name_and_end(world, sample, qtbot):
    until = datetime.now(UTC) + timedelta(days=20)
    world.model.pin((sample.old,), "Antes de 4.2", until, "marta")
    page = shown(world, qtbot)
    told = cell(page, sample.old, "why")
    assert told.startswith("Antes de 4.2")
    assert str(until.astimezone().year) in told
    assert page.table.shown[3].why.icon == "pin"
    change(world, sample.old, pin=Pin(name="Antes", until=datetime.now(UTC) - timedelta(days=1)))
    world.desk.refresh()
    settle(qtbot)
    assert page.table.shown[3].why.goes
    assert not page.table.shown[3].why.pinned


def test_what_came_to_no_end_never_looks_finished(world, sample, qtbot):
    change(world, sample.last, status=SetStatus.IN_PROGRESS, completed_at=None)
    change(world, sample.early, status=SetStatus.FAILED)
    page = shown(world, qtbot)
    rows = {row.name: row for row in page.table.shown}
    assert rows[sample.last].mark[0] == "cross"
    assert rows[sample.last].why.text == "Interrumpida"
    assert rows[sample.early].why.text == "No terminó"


def test_a_header_sorts_and_turns_round(page, sample):
    page.table._on_header(column(page, "when"))
    assert names(page) == list(sample.names)
    page.table._on_header(column(page, "when"))
    assert names(page) == list(reversed(sample.names))
    page.table._on_header(column(page, "why"))
    places = [row.why.place for row in page.table.shown]
    assert places == sorted(places)
    assert chosen(page) == [sample.last]


def many(page, count):
    """A shelf of so many sets, like the newest one, six hours apart; every fourth is a log."""
    first, now, rows = page.table.shown[0], datetime.now(UTC), []
    for number in range(count):
        is_log, at = number % 4 == 3, now - timedelta(hours=6 * number)
        kind = BackupKind.LOG if is_log else BackupKind.FULL
        summary = msgspec.structs.replace(first.summary, set=f"{at:%Y%m%d_%H%M%S}", kind=kind, stored_bytes=number)
        states = frozenset({"log"}) if is_log else first.states
        rows.append(replace(first, name=summary.set, summary=summary, at=at.timestamp(), states=states))
    return Shelf(tuple(rows), page.shelf.databases, at={row.name: n for n, row in enumerate(rows)})


def test_ten_thousand_sets_are_sorted_filtered_and_chosen(page, qtbot):
    shelf = many(page, 10_000)
    page._show(shelf)
    assert len(names(page)) == 7500
    page.filter.kind.setCurrentIndex(1)
    page.table._on_header(column(page, "size"))
    assert [row.summary.stored_bytes for row in page.table.shown[:3]] == [9999, 9998, 9997]
    page.table.selectAll()
    settle(qtbot, lambda: page.detail.title.text().startswith("10"))
    assert len(page.table.chosen()) == 10_000
    page.table.choose(shelf.rows[5000].name, scroll=True)
    assert chosen(page) == [shelf.rows[5000].name]


def test_the_pane_tells_everything_of_one_set(page, sample, world, qtbot):
    settle(qtbot)
    detail, manifest = page.detail, world.model.show(sample.last)
    names = ["users", "inventario", "auditoria"]
    assert [one for one in texts(detail.bases) if one in names] == names
    assert "todavía no" in texts(detail.checks)
    assert detail.checks.isVisible()
    stored = manifest.databases["users"]
    assert stored.file.rpartition("/")[2] in texts(detail.files)
    assert f"SHA-256 {stored.stored_sha256[:8]}…{stored.stored_sha256[-4:]}" in texts(detail.files)
    assert any("Empieza la copia" in line for line in texts(detail.log))
    detail.files._files[0]._button.click()
    copied = QApplication.clipboard().text()
    assert copied == f"{stored.stored_sha256}  {world.root / stored.file}"


def test_the_pane_follows_the_row_and_a_late_answer_is_not_shown(page, sample, qtbot):
    page.table.choose(sample.week)
    page._show_chosen()
    page.table.choose(sample.old)
    settle(qtbot, lambda: page.detail.facts is not None and page.detail.facts.name == sample.old)
    assert page.detail.facts.files[0].name.endswith(f"{sample.old}.bak.gz")


def test_several_chosen_ones_are_counted(page, sample, qtbot):
    choose(page, qtbot, *sample.names[1:])
    assert page.detail.title.text() == "3 copias"
    assert "seleccionadas" in page.count.text()
    assert not page.detail.restore.isVisible()
    assert page.detail.delete.isVisible()
    assert not page.detail.files.isVisible()


def test_a_damaged_set_says_what_failed(world, sample, qtbot):
    stored = world.root / world.model.show(sample.week).databases["users"].file
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 1
    stored.write_bytes(data)
    world.world.verify(sample.week)
    page = shown(world, qtbot, set=sample.week)
    assert chosen(page) == [sample.week]
    lines = [line for line in page.detail.facts.checks if line.icon == "cross"]
    assert [line.text for line in lines] == ["Contenido, users"]
    assert "daños" in cell(page, sample.week, "database:users", TIP)


@pytest.mark.parametrize(("days", "since"), [(1, True), (-900, False)])
def test_a_file_that_was_missed_says_so_whatever_the_clock_of_the_check_showed(world, sample, qtbot, days, since):
    manifest = world.model.show(sample.week)
    users = manifest.databases["users"]
    at = manifest.started_at + timedelta(days=days)
    gone = Check(depth=Depth.STORED, at=at, ok=False, database="users", problem=Problem(code="store.missing"))
    noted = msgspec.structs.replace(users, checks=(*users.checks, gone))
    change(world, sample.week, databases={**manifest.databases, "users": noted})
    page = shown(world, qtbot)
    told = cell(page, sample.week, "database:users", TIP)

    assert len(told.splitlines()) == 2
    assert told.splitlines()[1].startswith(_("Its file has been missing since {instant}.")[:12]) is since
    assert (_("Its file was missing when it was last looked for.") in told) is not since


def test_a_manifest_that_can_not_be_read_is_told_and_the_rest_is_shown(world, sample, qtbot):
    (world.root / f"backup_manifest_{sample.week}.json").write_text("{", "utf-8")
    page = shown(world, qtbot)
    assert len(names(page)) == 3
    assert page.trouble.isVisible()
    page._trouble_more.click()


def test_a_day_or_a_set_can_be_asked_for(world, sample, qtbot):
    day = datetime.fromisoformat(world.model.listing().sets[2].timestamp).astimezone().date()
    page = shown(world, qtbot, day=day)
    assert names(page) == [sample.week]
    page.opened(set=sample.old)
    settle(qtbot)
    assert chosen(page) == [sample.old]
    assert len(names(page)) == 4


def test_columns_come_and_go_with_the_room(world, qtbot):
    page = SetsPage()
    root = world.show(page, (1600, 900))
    settle(qtbot)
    assert {"span", "ratio", "origin"} <= {one.key for one in page.table.columns}
    assert page.detail.width() == 336
    root.resize(940, 600)
    settle(qtbot, lambda: page.width() == 940)
    assert not {"span", "ratio", "origin"} & {one.key for one in page.table.columns}
    assert page.table.columns[-1].icon_only
    assert page.table.columnWidth(0) == MARKED
    assert page.minimumSizeHint().width() <= 940


def test_a_name_that_looks_like_markup_is_shown_as_it_is(world, sample, qtbot):
    world.model.pin((sample.old,), "<b>antes</b> & después", None, "marta")
    page = shown(world, qtbot, set=sample.old)
    assert cell(page, sample.old, "why") == "<b>antes</b> & después"
    assert "&lt;b&gt;antes" in cell(page, sample.old, "why", TIP)


def test_everything_shown_is_plain_text_and_has_a_name(page):
    told = [one for one in page.findChildren(QLabel) if one.text()]
    assert {one.textFormat() for one in told} == {Qt.TextFormat.PlainText}
    buttons = [one for one in page.findChildren(type(page.backup)) if not one.accessibleName()]
    assert buttons == []
