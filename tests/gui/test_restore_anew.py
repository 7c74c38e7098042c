"""The wizard shows what there is now: a copy made meanwhile, no files where none are, a folder that is not there."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import datetime

import pytest
from gui.sets_sample import Ago
from gui.test_restore_wizard import click, onward, run, texts, to_question
from gui.world import GuiWorld, settle
from support.world import quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, Problem, SetStatus
from rexus.modules.backup.qt import restore_words, telling
from rexus.modules.backup.qt.lost_facts import copies
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.page_summary import SummaryPage
from rexus.modules.backup.qt.restore_answers import Place
from rexus.modules.backup.qt.runner import the_runner


@pytest.fixture
def world(tmp_path, qapp) -> GuiWorld:
    return GuiWorld(tmp_path, rows=30, language="en")


@pytest.fixture
def page(world, qtbot):
    world.set = world.backup()
    world.world.add_row("inventario")
    return wizard(world, qtbot)


def wizard(world, qtbot, **what):
    made = RestorePage()
    world.show(made, **what)
    settle(qtbot, lambda: made.what.choice is not None)
    return made


def test_a_copy_made_meanwhile_is_offered_after_going_back(world, page, qtbot):
    before = page.what.choice
    onward(page)
    settle(qtbot, lambda: page.at == "where" and page.footer.back.isVisible())
    name = world.backup()
    click(page.footer.back)
    settle(qtbot, lambda: page.at == "what" and page.what.choice != before)
    assert page.what.choice.set == name


def test_files_are_offered_only_where_a_copy_holds_some(world, qtbot):
    for path in sorted((world.world.app / "rexus").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    world.backup()
    made = wizard(world, qtbot)
    kinds = [kind for kind, _name in made.what._choices.buttons()]
    assert "application" not in kinds
    assert "config" in kinds


def test_what_is_said_of_files_is_of_files(world, qtbot):
    world.backup()
    made = wizard(world, qtbot, files="application")
    summary = world.model.listing().sets[0]
    title, body, _remark = made.what._back.told()
    count = summary.copied["application"][0]
    assert f"{count} copied file" in body and "configuration" not in body
    assert "of work" not in " ".join(made.what._lost.told())
    assert title


def test_why_nothing_comes_of_it_stands_where_nobody_takes_it_for_the_path(page, qtbot):
    onward(page)
    settle(qtbot, lambda: page.at == "where")
    settle(qtbot, page.footer.onward.isEnabled)
    none = Problem(code="restore.no_files", values={"set": page.what.choice.set, "name": "application"})
    page.where.show_trouble(page.where.place, none)
    assert not page.where.path.property("invalid")
    assert not page.where._wrong.isVisible()
    assert page.where._room.text() == restore_words.refusal(none)
    assert "application" not in page.where._room.text()
    page.where._replace.choose()
    page.where.show_trouble(Place("home"), none)
    assert page.where._room.text() == restore_words.refusal(none)
    page.where._show_below("")
    assert not page.where._disk.isVisible(), "no sign without words"


def test_the_undo_says_what_it_takes_back(world, page, qtbot):
    to_question(page, qtbot)
    page.confirm.name.setText("inventario")
    run(page, qtbot)
    page.proof.undo_wanted.emit()
    settle(qtbot, lambda: page.at == "plan" and page.plan.ready)
    qtbot.waitUntil(lambda: "datos: 30 rows now, 31 after the undo." in texts(page.plan.notes))
    assert "Nothing" not in texts(page.plan.lost)
    onward(page)
    settle(qtbot, lambda: page.at == "confirm" and bool(page.confirm._names))
    assert "takes back the restore" in texts(page.confirm.lost)


def test_what_kept_it_from_beginning_is_told_once(world, page, qtbot):
    to_question(page, qtbot)
    page.confirm.name.setText("inventario")
    settle(qtbot, page.footer.onward.isEnabled)
    with contextlib.closing(sqlite3.connect(world.world.database("inventario"))) as busy:
        busy.execute("begin immediate")
        click(page.footer.onward)
        qtbot.waitUntil(lambda: page.at == "proof", timeout=30_000)
    ended = the_runner().works()[-1]
    assert ended in the_runner().unread()
    click(page.footer.onward)
    settle(qtbot, lambda: page.at == "plan")
    assert ended not in the_runner().unread()


def test_a_folder_that_is_not_there_is_no_lack_of_copies(world, qtbot):
    world.backup()
    world.root.rename(world.root.with_name("disk"))
    made = RestorePage()
    world.show(made)
    settle(qtbot, lambda: bool(made.what._card.nothing()))
    assert "yet" not in made.what._card.nothing()
    assert str(world.root) in made.what.remark()

    summary = SummaryPage()
    world.show(summary)
    settle(qtbot, lambda: summary.overview is not None)
    card = summary.cards.cards["users"]
    assert (card.until.text(), card.tested.text()) == ("not known now", "not known now")
    assert card.chip.text() == "Copies not seen"


def test_the_newest_copy_is_one_that_brings_data_back(world, qtbot):
    long_ago = world.world.model(clock=Ago(3))
    first = long_ago.backup(BackupRequest(requested_by="ana"), quiet, CancelToken()).outcome.set
    for name in ("users", "inventario", "auditoria"):
        world.world.database(name).write_bytes(b"no database at all")
    last = world.world.backup().outcome.set
    listing = world.model.listing()
    assert [one.status for one in listing.sets] == [SetStatus.FAILED, SetStatus.COMPLETED]
    found = {one.summary.set: one for one in copies(listing.sets, world.model.health().at)}
    assert found[last].state == "Only copied files"
    assert found[first].databases

    made = RestorePage()
    world.show(made, lost=True)
    settle(qtbot, lambda: made.folder.looked is not None)
    shown = made.folder.table.found
    assert shown._text(shown.copies[0], 3) == ""
    newest = telling.when(datetime.fromisoformat(found[first].summary.timestamp))
    assert newest in made.folder._text.text()
