"""What the bar above the table lets through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from gui.sets_sample import Sample
from gui.world import settle
from qtpy.QtCore import Qt

from rexus.modules.backup.base.records import BackupKind, SetStatus
from rexus.modules.backup.qt.page_sets import SetsPage
from rexus.modules.backup.qt.sets_filter import Wanted
from rexus.modules.backup.qt.sets_rows import folded, read


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("filter"))


@pytest.fixture(scope="module")
def shelf(sample):
    model = sample.world.model()
    model.pin((sample.week,), "Antes de Año Nuevo", None, "marta")
    return read(model, plans=True)


@pytest.fixture
def page(sample, tmp_path, qapp, qtbot):
    world, made = sample.copy(tmp_path), SetsPage()
    world.show(made)
    settle(qtbot)
    return made


NOW = datetime.now(UTC)


def picked(shelf, now=NOW, **wanted):
    return [row.name for row in Wanted(**wanted).pick(shelf.rows, now)]


def test_logs_are_hidden_until_asked_for(shelf):
    one = shelf.rows[0]
    log = replace(
        one, name="log", summary=msgspec.structs.replace(one.summary, kind=BackupKind.LOG), states=frozenset({"log"})
    )
    both = replace(shelf, rows=(log, one))
    assert picked(both) == [one.name]
    assert picked(both, kind="log") == ["log"]
    assert picked(both, kind="full") == [one.name]
    assert picked(both, kind="") == ["log", one.name]


@pytest.mark.parametrize("text", ["ano nuevo", "ANTES", "año antes", "comp marta"])
def test_a_search_needs_no_accents_no_case_and_no_order(shelf, sample, text):
    assert sample.week in picked(shelf, text=text)
    assert (sample.last in picked(shelf, text=text)) == (text == "comp marta")


def test_a_date_is_found_as_people_write_it(shelf, sample):
    day = datetime.fromisoformat(shelf.rows[-1].summary.timestamp).astimezone()
    for text in (f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}", sample.old, shelf.rows[-1].when.partition(",")[0]):
        assert picked(shelf, text=text) == [sample.old], text


def test_states(shelf, sample):
    assert picked(shelf, state="pinned") == [sample.week]
    assert picked(shelf, state="goes") == [sample.old]
    assert len(picked(shelf, state="checked")) == 4
    assert picked(shelf, state="restored") == picked(shelf, state="unchecked") == picked(shelf, state="failed") == []


def test_periods_count_whole_days(shelf, sample):
    assert picked(shelf, days=1) == [sample.last, sample.early]
    assert picked(shelf, days=30) == [sample.last, sample.early, sample.week]
    week = datetime.fromisoformat(shelf.rows[2].summary.timestamp).astimezone().date()
    assert picked(shelf, day=week) == [sample.week]
    assert picked(shelf, day=week + timedelta(days=1)) == []
    assert picked(shelf, NOW + timedelta(days=10), days=7) == []


def test_a_base_that_a_set_does_not_hold(shelf):
    one = shelf.rows[0]
    held = dict(one.summary.databases)
    del held["users"]
    without = replace(one, name="without", summary=msgspec.structs.replace(one.summary, databases=held))
    users = msgspec.structs.replace(one.summary.databases["users"], status=SetStatus.FAILED)
    failed = msgspec.structs.replace(
        one.summary, status=SetStatus.FAILED, databases={**one.summary.databases, "users": users}
    )
    rows = replace(shelf, rows=(one, without, replace(one, name="failed", summary=failed)))
    assert picked(rows, database="users") == [one.name, "failed"]
    assert picked(rows, database="inventario") == [one.name, "without", "failed"]


def test_folding():
    assert folded("Ñandú ÁRBOL") == "nandu arbol"


def test_nothing_matches_and_the_filters_can_be_removed(page, qtbot):
    page.filter.search.setFocus()
    qtbot.keyClicks(page.filter.search, "no hay tal copia")
    qtbot.waitUntil(page.none.isVisible)
    assert page.none.text() == "Ninguna copia coincide"
    assert not page.table.isVisible()
    page.lift.click()
    qtbot.waitUntil(page.table.isVisible)
    assert page.filter.search.text() == ""
    assert len(page.table.shown) == 4


def test_enter_filters_at_once_and_what_is_chosen_stays(page, sample, qtbot):
    page.table.choose(sample.old)
    page.filter.search.setFocus()
    qtbot.keyClicks(page.filter.search, sample.old)
    qtbot.keyClick(page.filter.search, Qt.Key.Key_Return)
    assert [row.name for row in page.table.shown] == [sample.old]
    assert [row.name for row in page.table.chosen()] == [sample.old]
    settle(qtbot, lambda: page.count.text().startswith("1 de 4"))


def test_the_bases_offered_are_those_that_there_are(page, qtbot):
    bar = page.filter
    assert [bar.base.itemText(number) for number in range(bar.base.count())] == [
        "Todas las bases", "users", "inventario", "auditoria",
    ]  # fmt: skip
    bar.base.setCurrentIndex(2)
    assert bar.now_wanted() == Wanted(database="inventario")
    bar.offer(("users", "inventario"))
    assert bar.base.currentText() == "inventario"
    bar.offer(("users",))
    assert bar.base.currentText() == "Todas las bases"


def test_a_day_is_forgotten_with_the_next_period(page):
    page.filter.look_at(date(2024, 2, 29))
    assert page.filter.now_wanted() == Wanted(day=date(2024, 2, 29))
    assert page.filter.period.currentText() == "29 feb 2024"
    page.filter.period.setCurrentIndex(2)
    assert page.filter.now_wanted() == Wanted(days=7)
    assert page.filter.period.count() == 5
