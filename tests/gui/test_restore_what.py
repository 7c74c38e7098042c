"""The first step of a restore: what there is to choose, typing a moment, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec
import pytest
from gui.world import GuiWorld, settle, under_root
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from support.chains import Server, a_day

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import Depth, RestoreRequest, SetStatus, Status
from rexus.modules.backup.base.timeline_view import day_start
from rexus.modules.backup.base.watching import Occurrence
from rexus.modules.backup.catalog.index import Listing
from rexus.modules.backup.catalog.summary import SetSummary
from rexus.modules.backup.qt import restore_what, restore_what_offer, theme
from rexus.modules.backup.qt.restore_what import Choice, WhatStep, Wish
from rexus.modules.backup.qt.timeline_moment import MomentField, read, shown

Key, Mod = Qt.Key, Qt.KeyboardModifier
MIDNIGHT = day_start(date(2025, 10, 23))
NOW = 14 + 44 / 60
DAY_S = 86400.0


def listing_of(*servers: Server) -> Listing:
    sets = [one for server in servers for one in server.sets]
    return Listing(sets=tuple(sorted(sets, key=lambda one: one.timestamp, reverse=True)))


def fulls(days: int, database: str = "users", hour: float = 2.0) -> Server:
    server = Server(MIDNIGHT, database)
    for number in range(-days + 1, 1):
        server.full(24 * number + hour, checks=((Depth.CONTENT, True),))
    return server


@pytest.fixture
def step(qtbot: QtBot) -> Iterator[WhatStep]:
    """The step, shown as the wizard does."""
    made = WhatStep()
    root = under_root(made, (838, 600))
    qtbot.addWidget(root)
    root.show()
    yield made
    root.hide()


@pytest.fixture
def day() -> Server:
    """Logs from 02:00 to 14:30 with a gap from 09:12 to 10:03; now it is 14:44."""
    return a_day(MIDNIGHT)


@pytest.fixture
def offered(step: WhatStep, day: Server, monkeypatch: pytest.MonkeyPatch) -> WhatStep:
    """Offered `day`, at 14:05; time stands still."""
    monkeypatch.setattr(restore_what_offer.time, "monotonic", lambda: 0.0)
    planned = [Occurrence(schedule="s", action="backup", wall="", at=day.at(18), utc=day.at(18))]
    step.offer(
        listing_of(day), day.at(NOW), planned=planned, agreed_s={"": 7 * 60.0}, wish=Wish(at=day.at(14 + 5 / 60))
    )
    return step


def edit_of(step: WhatStep) -> QLineEdit:
    found = step.findChild(MomentField)
    assert found is not None
    edit = found.lineEdit()
    assert edit is not None
    return edit


def leave(step: WhatStep) -> None:
    """Go on from the field, as Tab does."""
    edit_of(step).clearFocus()
    QApplication.processEvents()


def type_over(qtbot: QtBot, step: WhatStep, old: str, new: str) -> None:
    """Select ``old`` in the field (nothing: all of it) and type ``new``."""
    edit = edit_of(step)
    edit.setFocus()
    if old:
        edit.setSelection(edit.text().index(old), len(old))
    else:
        qtbot.keyClick(edit, Key.Key_A, Mod.ControlModifier)
    qtbot.keyClicks(edit, new)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return MIDNIGHT + timedelta(hours=hour, minutes=minute, seconds=second)


# ---- the field -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("14:05", "13:20", at(13, 20)),
        ("14:05:00", "13:20:17", at(13, 20, 17)),
        ("14:05:00", "3:07", at(3, 7)),
        ("", "13:20", at(13, 20)),
        ("", "23/10/2025 04:15", at(4, 15)),
        ("", "2025-10-23 04:15:30", at(4, 15, 30)),
        ("05:00", "30:45", at(14, 30, 45)),
        ("14", "11", at(11, 5)),
        ("23", "22", at(14, 5) - timedelta(days=1)),
    ],
)
def test_what_is_typed_is_what_is_meant(qtbot, offered, old, new, meant):
    type_over(qtbot, offered, old, new)

    field = offered.findChild(MomentField)
    assert field.instant() == meant


def test_a_double_click_takes_the_whole_time_or_the_whole_day(qtbot, offered):
    edit = edit_of(offered)
    for text in ("14:05:00", "23/10/2025"):
        place = edit.text().index(text) + 2
        edit.setCursorPosition(place)
        qtbot.mouseDClick(edit, Qt.MouseButton.LeftButton, pos=edit.cursorRect().center())
        assert edit.selectedText() == text


@pytest.mark.parametrize(
    "text", ["", "hola", "25:00", "31/02/2025 10:00", "14:5", "14:05:00:00", "1/2/3/4", "10:00 11:00"]
)
def test_what_is_no_instant_is_none(text):
    assert read(text, at(14, 5)) is None


@pytest.mark.parametrize(
    ("text", "meant"), [("22/10", at(14, 5) - timedelta(days=1)), ("7:05", at(7, 5)), (" 23.10.2025, 07:05 ", at(7, 5))]
)
def test_what_is_left_out_is_as_it_was(text, meant):
    assert read(text, at(14, 5)) == meant


def test_a_shown_instant_keeps_what_is_finer_than_a_second():
    field = MomentField()
    exact = at(14, 5) + timedelta(microseconds=734_000)

    field.show_instant(exact)

    assert field.text() == shown(at(14, 5))
    assert field.instant() == exact and not field.is_changed
    field.deleteLater()


def test_arrows_change_the_part_the_caret_is_in(qtbot, offered):
    edit = edit_of(offered)
    edit.setFocus()
    edit.setCursorPosition(edit.text().index("14") + 1)
    qtbot.keyClick(edit, Key.Key_Down)
    assert "13:05:00" in edit.text() and edit.selectedText() == "13"

    edit.setCursorPosition(0)
    qtbot.keyClick(edit, Key.Key_Up)
    assert edit.text().startswith("24/10/2025")


# ---- from the field to the choice ------------------------------------------------------------------------------------


def test_typing_is_followed_when_it_rests(qtbot, offered, day):
    with qtbot.waitSignal(offered.chosen, check_params_cb=lambda choice: choice and choice.instant == day.at(13)):
        type_over(qtbot, offered, "14:05", "13:00")

    assert edit_of(offered).text().endswith("13:00:00"), "and what was typed stays"


def test_a_moment_without_copy_waits_until_the_field_is_left(qtbot, offered, day):
    type_over(qtbot, offered, "14:05", "09:40")
    qtbot.waitUntil(lambda: "09:40" in offered.remark() and "09:12" in offered.remark())
    assert "09:40" in edit_of(offered).text()
    assert offered.choice is None, "nobody goes on with what they have not seen"

    leave(offered)

    assert offered.choice is not None and offered.choice.instant == day.at(9.2)
    assert edit_of(offered).text().endswith("09:12:00")
    assert "09:40" in offered.remark() and "28" in offered.remark(), "why it moved, and how far"


def test_more_than_the_agreed_loss_is_a_warning(qtbot, offered, day):
    type_over(qtbot, offered, "14:05", "09:17")
    leave(offered)
    assert remark_tone(offered) == ""

    type_over(qtbot, offered, "", "09:45")
    leave(offered)

    assert remark_tone(offered) == "warn"
    assert "7" in offered.remark()


def remark_tone(step: WhatStep) -> str:
    label = next(one for one in step.findChildren(QLabel) if one.text() == step.remark() and one.text())
    return str(label.property("tone") or "")


def test_the_exact_moment_needs_no_remark(qtbot, offered):
    type_over(qtbot, offered, "14:05", "13:00")
    leave(offered)

    assert offered.remark() == ""


def test_nonsense_is_marked_and_taken_back(qtbot, offered, day):
    before = offered.choice
    type_over(qtbot, offered, "14:05:00", "x")

    assert offered.choice is None
    assert bool(offered.findChild(MomentField).property("invalid"))
    qtbot.waitUntil(lambda: "23/10/2025 14:05:00" in offered.remark())

    leave(offered)

    assert offered.choice == before
    assert edit_of(offered).text().endswith("14:05:00")
    assert not offered.findChild(MomentField).property("invalid")


def test_enter_ends_the_typing_and_only_the_next_one_is_the_wizards(qtbot, day):
    heard = []

    class Wizard(QWidget):
        def keyPressEvent(self, event: object) -> None:
            heard.append(event.key())

    wizard = Wizard()
    qtbot.addWidget(wizard)
    step = WhatStep()
    step.setParent(wizard)
    wizard.show()
    step.offer(listing_of(day), day.at(NOW), wish=Wish(at=day.at(14)))
    type_over(qtbot, step, "14:00", "09:40")

    qtbot.keyClick(edit_of(step), Key.Key_Return)
    assert heard == []
    assert step.choice is not None and step.choice.instant == day.at(9.2)

    qtbot.keyClick(edit_of(step), Key.Key_Return)
    assert heard == [Key.Key_Return]


def test_only_where_nothing_is_earlier_a_later_one_is_taken_and_that_is_said(qtbot, offered, day):
    type_over(qtbot, offered, "14:05", "01:10")
    leave(offered)

    assert offered.choice is not None and offered.choice.instant == offered._line.earliest
    assert remark_tone(offered) == "warn"
    assert "01:10" in offered.remark() and "02:00" in offered.remark(), "which one it is"


def test_settle_tells_whether_the_choice_is_what_was_seen(qtbot, offered):
    assert offered.settle()
    type_over(qtbot, offered, "14:05", "09:40")
    assert not offered.settle()
    assert offered.settle()


def test_the_link_beside_the_remark_goes_to_the_last_before_it(qtbot, offered, day):
    type_over(qtbot, offered, "14:05", "09:40")
    link = next(one for one in offered.findChildren(QPushButton) if one.property("rx") == "link")
    qtbot.waitUntil(link.isVisible)

    link.click()

    assert offered.choice is not None and offered.choice.instant == day.at(9.2)
    assert not link.isVisible()


# ---- what follows ----------------------------------------------------------------------------------------------------


def test_the_choice_says_all_that_a_restore_needs(offered, day):
    choice = offered.choice

    assert isinstance(choice, Choice)
    assert (choice.database, choice.files, choice.everything) == ("inventario", None, False)
    assert choice.at == choice.instant == day.at(14 + 5 / 60)
    assert len(choice.sets) == 12 and choice.set == choice.sets[-1]
    assert choice.lost_s == 39 * 60


def test_the_cards_change_with_the_cursor(qtbot, offered, day):
    back, lost = offered._back, offered._lost
    before = back.told(), lost.told()
    assert "14:05:00" in back.told()[0] and "12" in back.told()[1]
    assert "39" in lost.told()[1] and "14:05" in lost.told()[1] and "14:44" in lost.told()[1]

    qtbot.keyClick(offered._card.timeline, Key.Key_PageUp)

    assert (back.told(), lost.told()) != before
    assert "12:00:00" in back.told()[0] and back.told()[1].startswith("2 ")
    assert offered.choice is not None and offered.choice.at is None, "a whole set needs no instant"
    assert edit_of(offered).text().endswith("12:00:00")


def test_the_present_goes_on(offered, day, monkeypatch):
    heard = []
    offered.chosen.connect(heard.append)
    monkeypatch.setattr(restore_what_offer.time, "monotonic", lambda: 600.0)

    offered._on_turn()

    assert heard == [], "what was chosen is the same"

    assert offered.choice is not None and offered.choice.lost_s == 49 * 60
    assert "14:54" in offered._lost.told()[1]


def test_shortcuts(qtbot, step):
    server = fulls(3)
    step.offer(listing_of(server), server.at(NOW))
    latest, hour, close = (step._latest, step._hour, step._close)
    assert "02:00" in latest.text()

    close.click()
    assert step.choice is not None and step.choice.instant == server.at(-22)
    assert step.remark() == ""

    hour.click()
    assert step.choice.instant == server.at(2)
    assert "13:4" in step.remark(), "an hour ago there was no copy"

    latest.click()
    assert step.choice.instant == server.at(2) and step.remark() == ""


def test_a_shortcut_that_leads_nowhere_is_off_and_says_why(offered):
    assert not offered._close.isEnabled()
    assert offered._close.toolTip()


def test_only_finished_parts_are_offered_and_a_failed_set_is_named(step):
    server = Server(MIDNIGHT, "users")
    server.full(1)
    server.full(2, set_status=SetStatus.FAILED)
    server.full(3, status=SetStatus.FAILED)
    server.full(4, status=SetStatus.CANCELLED)
    step.offer(listing_of(server), server.at(NOW))

    assert step.choice is not None and step.choice.instant == server.at(2)
    assert step.choice.partial
    assert step._back.told()[2]

    step._card.timeline.stand(server.at(1))
    step._on_stood(server.at(1))
    assert not step.choice.partial


def test_nothing_to_choose_is_said_in_words(step):
    server = Server(MIDNIGHT, "users")
    server.full(1, missing=True)
    server.full(2, checks=((Depth.CONTENT, False),))
    heard = []
    step.chosen.connect(heard.append)
    step.offer(listing_of(server), server.at(NOW))

    assert step.choice is None and heard in ([], [None])
    assert "2" in step._card.nothing() and "users" in step._card.nothing()
    assert not step.findChild(MomentField).isEnabled()
    assert not step.settle()

    step.offer(Listing(), server.at(NOW))
    assert step.choice is None and step._card.nothing()


def test_a_set_can_be_wished_for_by_its_name(step):
    server = fulls(5)
    wanted = server.sets[1]

    step.offer(listing_of(server), server.at(NOW), wish=Wish(set=wanted.set, database="users"))
    assert step.choice is not None and step.choice.set == wanted.set

    step.offer(listing_of(server), server.at(NOW), wish=Wish(set="20000101_000000", database="users"))
    assert "20000101_000000" in step.remark(), "what can't be chosen is said"


def _joined(*servers: Server, files: bool = False) -> Listing:
    """The sets of several databases as one, number by number."""
    made: list[SetSummary] = []
    for parts in zip(*(server.sets for server in servers), strict=True):
        databases = {name: each for part in parts for name, each in part.databases.items()}
        copied = {"config": (1, 200), "application": (3, 1000)} if files else {}
        made.append(msgspec.structs.replace(parts[0], databases=databases, files=files, copied=copied))
    return Listing(sets=tuple(reversed(made)))


def test_bases_everything_and_files_can_be_chosen(step):
    servers = [fulls(3, name) for name in ("users", "inventario", "auditoria")]
    step.offer(_joined(*servers, files=True), servers[0].at(NOW), databases=("inventario", "users", "auditoria"))
    buttons = step._choices.buttons()
    assert list(buttons) == [
        ("database", "inventario"),
        ("database", "users"),
        ("database", "auditoria"),
        ("everything", ""),
        ("application", ""),
        ("config", ""),
    ]
    found = []
    for button in buttons.values():
        button.click()
        assert step.choice is not None
        found.append((step.choice.database, step.choice.files, step.choice.everything, step.choice.set))

    newest = servers[0].sets[-1].set
    assert found == [
        ("inventario", None, False, newest),
        ("users", None, False, newest),
        ("auditoria", None, False, newest),
        (None, None, True, newest),
        (None, "application", False, newest),
        (None, "config", False, newest),
    ]


def test_another_base_keeps_the_moment_and_says_how_far_its_copy_is(qtbot, step, day):
    users = fulls(3)
    step.offer(listing_of(day, users), day.at(NOW), databases=("inventario", "users"), wish=Wish(at=day.at(12)))

    step._choices.buttons()["database", "users"].click()

    assert step.choice is not None and step.choice.instant == day.at(2)
    assert "12:00" in step.remark()


def test_an_offer_anew_keeps_what_was_chosen_and_follows_the_latest(step):
    server = fulls(5)
    step.offer(listing_of(server), server.at(NOW))
    assert step.choice is not None and step.choice.instant == server.at(2)

    server.full(14)
    step.offer(listing_of(server), server.at(NOW))
    assert step.choice.instant == server.at(14), "the latest was chosen: so it is now"

    step._card.timeline.stand(server.at(-22))
    step._on_stood(server.at(-22))
    server.full(14.5)
    step.offer(listing_of(server), server.at(NOW))
    assert step.choice.instant == server.at(-22)


def test_many_sets_are_worked_through_elsewhere(qtbot, step, monkeypatch):
    monkeypatch.setattr(restore_what, "AT_ONCE", 3)
    server = fulls(10)

    step.offer(listing_of(server), server.at(NOW))
    assert step.choice is None and step._card.nothing()

    settle(qtbot, lambda: step.choice is not None)
    assert step.choice is not None and step.choice.instant == server.at(2)
    assert not step._card.nothing()


def test_more_bases_than_fit_are_a_list(qtbot, step):
    servers = [fulls(1, f"a_database_with_a_long_name_{number}") for number in range(9)]
    step.offer(_joined(*servers), servers[0].at(NOW))

    assert step._choices.listed
    assert step.minimumSizeHint().width() < 800
    step._choices._list.setCurrentIndex(4)
    step._choices._list.activated.emit(4)
    assert step.choice is not None and step.choice.database == "a_database_with_a_long_name_4"


def test_controls_have_names_and_are_reached_as_one_reads(offered):
    order, one = [], offered._choices.in_order()[0]
    for _ in range(200):
        order.append(one)
        one = one.nextInFocusChain()
    expected = [
        offered._choices.in_order()[0],
        *offered._card.in_order(),
        offered.findChild(MomentField),
        offered._latest,
        offered._hour,
        offered._close,
    ]
    places = [order.index(one) for one in expected]
    assert places == sorted(places)
    controls = offered.findChildren(QPushButton) + offered.findChildren(QToolButton)
    shown_controls = [one for one in controls if one.isVisible()]
    assert len(shown_controls) > 8 and all(one.accessibleName() for one in shown_controls)
    assert all(one.textFormat() == Qt.TextFormat.PlainText for one in offered.findChildren(QLabel) if one.text())


def test_it_can_be_drawn_in_the_other_theme(offered):
    before = offered._card.timeline.grab().toImage()
    theme.use("dark")

    offered.retheme()

    assert offered._card.timeline.grab().toImage() != before


# ---- with real copies ------------------------------------------------------------------------------------------------


def test_a_real_copy_that_was_chosen_comes_back(qtbot, step, world: GuiWorld, tmp_path):
    older = world.backup()
    newer = world.backup()
    listing = world.model.listing()
    step.offer(listing, datetime.now().astimezone(), databases=("users", "inventario", "auditoria"))
    assert step.choice is not None and (step.choice.set, step.choice.at) == (newer, None)
    assert step.choice.database == "users"

    qtbot.keyClick(step._card.timeline, Key.Key_PageUp)
    assert step.choice.set == older

    request = RestoreRequest(
        set=step.choice.set, databases=(step.choice.database,), at=step.choice.at, to=str(tmp_path / "copy.db")
    )
    result = world.model.restore(request, lambda _event: None, CancelToken())
    assert result.outcome.status is Status.OK
    assert (tmp_path / "copy.db").is_file()
    buttons = step._choices.buttons()
    assert ("everything", "") in buttons and ("application", "") in buttons
