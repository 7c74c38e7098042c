"""*He perdido datos*: what can be chosen in the list is what can really be brought back; the rest says why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from gui.world import GuiWorld, settle, under_root
from hypothesis import given
from hypothesis import strategies as st
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from support.chains import Server, a_day

from rexus.modules.backup.base.records import Depth, SetStatus
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.catalog.index import Listing
from rexus.modules.backup.qt.lost_facts import copies, usable
from rexus.modules.backup.qt.lost_table import DATE, KIND, NAMES, STATE, TICK, FoundTable
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.restore_what import WhatStep, Wish

NOW = datetime(2025, 10, 24, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english():
    use_language("en")


def newest_first(*servers: Server):
    return tuple(sorted((one for server in servers for one in server.sets), key=lambda one: one.set, reverse=True))


def every_kind() -> tuple[Server, dict[str, str]]:
    """A copy of each kind that brings nothing back, by its name why; and two good ones around them."""
    server, why = Server(), {}
    server.full(1)
    told = (
        (SetStatus.FAILED, "Failed, nothing complete"),
        (SetStatus.CANCELLED, "Cancelled, nothing complete"),
        (SetStatus.INTERRUPTED, "Interrupted, nothing complete"),
        (SetStatus.IN_PROGRESS, "Still being made"),
    )
    for hour, (status, reason) in enumerate(told, 2):
        why[server.full(hour, status=status).set] = reason
    why[server.full(6, missing=True).set] = "The file of a copy is missing"
    why[server.full(7, checks=((Depth.CONTENT, False),)).set] = "A copy failed its check"
    why[server.differential(8, base="elsewhere").set] = "Its full copy is missing"
    why[server.full(9, deleting=True).set] = "Being deleted"
    server.full(10)
    return server, why


def test_each_copy_of_no_use_says_why():
    server, why = every_kind()
    found = copies(newest_first(server), NOW)

    assert {one.summary.set: one.state for one in found if one.wish is None} == why
    assert [one.state for one in usable(found)] == ["Complete", "Complete"]


def test_a_copy_that_is_good_in_part_says_so_and_begins_with_that_part():
    good, bad = Server(database="users"), Server(database="auditoria")
    one, other = good.full(2, set_status=SetStatus.FAILED), bad.full(2, status=SetStatus.FAILED)
    both = msgspec.structs.replace(one, databases={**other.databases, **one.databases})
    (found,) = copies((both,), NOW)

    assert found.wish is not None and found.wish.database == "users"
    assert (found.state, found.is_whole) == ("In part: 1 of 2", False)


KINDS = st.sampled_from(("full", "differential", "log", "lost"))
FATES = st.sampled_from(({}, {"status": SetStatus.FAILED}, {"missing": True}, {"deleting": True}))


@given(st.lists(st.tuples(KINDS, FATES), max_size=8))
def test_what_can_be_chosen_is_what_the_next_step_shows(qapp, several):
    """Whatever came before: a choice leads to that very copy, and without a remark."""
    server = Server()
    for hour, (kind, fate) in enumerate(several):
        if kind == "lost":
            server.log(hour, lost=True)
        else:
            getattr(server, kind)(hour, **fate)
    sets = newest_first(server)
    step = WhatStep()
    for one in usable(copies(sets, NOW)):
        step.offer(Listing(sets=sets), NOW, wish=one.wish)
        assert step.choice is not None and step.choice.set == one.summary.set
        assert step.remark() == ""
    step.deleteLater()


def test_every_log_that_leads_somewhere_can_be_chosen():
    """Of the day of the pictures: all but the one that failed, and those in the gap."""
    sets = newest_first(a_day())
    found = {one.summary.set: one for one in copies(sets, NOW)}
    failed = next(one.set for one in sets if one.status is SetStatus.FAILED)
    assert found[failed].wish is None
    assert len(usable(tuple(found.values()))) >= len(sets) - 2


@pytest.fixture
def table(qtbot):
    made = FoundTable()
    root = under_root(made, (960, 500))
    qtbot.addWidget(root)
    root.show()
    server, why = every_kind()
    made.found.show_copies(copies(newest_first(server), NOW))
    made.why = why
    yield made
    root.hide()


def row(table, name: str) -> int:
    return next(number for number in range(table.found.rowCount()) if table.found.copies[number].summary.set == name)


def click(table, number: int) -> None:
    place = table.visualRect(table.found.index(number, DATE)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_a_click_on_a_copy_of_no_use_chooses_nothing(table):
    for name in table.why:
        click(table, row(table, name))
        assert table.wish is None
    click(table, 0)
    assert table.wish is not None
    click(table, 1)
    assert table.wish is not None and table.wish.set == table.found.copies[0].summary.set, "the choice stays"


def test_the_keys_go_from_one_useful_copy_to_the_next(table):
    click(table, 0)
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert table.wish is not None
    assert table.wish.set == table.found.copies[-1].summary.set


def test_a_cancelled_copy_has_no_cross(table):
    spoken = {
        status: table.found.index(row(table, name), TICK).data(Qt.ItemDataRole.AccessibleTextRole)
        for name, status in table.why.items()
    }
    assert spoken["Cancelled, nothing complete"] not in (
        spoken["Failed, nothing complete"],
        spoken["A copy failed its check"],
    )


@pytest.mark.parametrize("wide", [640, 960])
def test_names_and_reasons_are_read_whole(table, qtbot, wide):
    table.window().resize(wide, 500)
    qtbot.waitUntil(lambda: table.width() == wide)
    assert table.isColumnHidden(KIND) == (wide == 640)
    metrics = table.fontMetrics()
    for column, text in ((STATE, "The file of a copy is missing"), (NAMES, "users, inventario, audit"), (DATE, "24")):
        assert metrics.horizontalAdvance(text) + 20 <= table.columnWidth(column), text
    assert sum(table.columnWidth(one) for one in range(6)) <= table.viewport().width()


def test_a_cancelled_run_can_not_be_taken_for_a_copy(tmp_path, qtbot):
    """A folder that holds nothing else is told at once, not after the next step."""
    world = GuiWorld(tmp_path)
    world.world.database("users").write_bytes(b"no database" * 500)
    world.world.backup("users", files=False)
    page = RestorePage()
    world.show(page, lost=True)
    settle(qtbot, lambda: page.folder.looked is not None)

    assert not page.folder.ready
    assert not page.footer.onward.isEnabled()
    assert page.folder.wish is None


def test_a_set_that_is_wished_for_in_vain_is_named_by_its_time(qtbot):
    server = Server()
    server.full(1)
    bad = server.full(3, status=SetStatus.FAILED)
    step = WhatStep()
    step.offer(Listing(sets=newest_first(server)), NOW + timedelta(hours=1), wish=Wish(set=bad.set))
    assert bad.set not in step.remark()
    assert f"{server.at(3).astimezone():%H:%M}" in step.remark()
    step.deleteLater()
