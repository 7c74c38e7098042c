"""Why work failed, told where there is little room; what was cut off; what others' work took."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gui.test_work_strip import NOW, PARTS, RUNNING, SET, rows, shown
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from rexus.modules.backup.base.identity import account_name
from rexus.modules.backup.base.records import (
    DatabaseBackup,
    JobEvent,
    Manifest,
    Outcome,
    Problem,
    SetStatus,
    Status,
)
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.jobs.backup import BackupResult
from rexus.modules.backup.qt import work_words
from rexus.modules.backup.qt.rows_table import plain_tip
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.work import Pace, Work
from rexus.modules.backup.qt.work_causes import cause_of

PATH = "/home/ana/empresa/datos de la tienda/2026/inventario.db"
BUSY = Problem(code="source.busy", values={"path": PATH})
DIED = Problem(code="work.died", values={"verb": "backup", "who": "ana"})
ENDED = replace(RUNNING, state="ended", ended=NOW, left_s=None)


@pytest.fixture(autouse=True)
def english():
    use_language("en")


def over(work: Work) -> None:
    """As the runner tells of it."""
    the_runner()._works[work.id] = work
    the_runner().finished.emit(work)


def failed(problem: Problem, number: str = "a") -> Work:
    """One of three could not be copied."""
    databases = {
        one.name: DatabaseBackup(
            status=SetStatus.FAILED if one.name == "inventario" else SetStatus.COMPLETED,
            problem=problem if one.name == "inventario" else None,
        )
        for one in PARTS
    }
    manifest = Manifest(timestamp=SET, started_at=NOW, status=SetStatus.FAILED, databases=databases)
    outcome = Outcome(status=Status.FAILED, problems=(problem,), set=SET)
    return replace(ENDED, id=number, outcome=outcome, result=BackupResult(outcome=outcome, manifest=manifest))


# --- the cause


def test_the_cause_is_told_first_and_the_path_loses_its_middle(qtbot):
    strip = shown(qtbot)
    over(failed(BUSY))
    row = rows(strip)[0]

    assert row.name.text() == "inventario"
    assert row.amount.text().startswith("It is in use")
    assert row.amount.toolTip() == plain_tip(f"The database {PATH} is locked by another program.")
    strip._root.resize(1700, strip.height())
    qtbot.waitUntil(lambda: "…" in row.amount.text() and row.amount.text().endswith(".db"))
    assert row.amount.text().startswith("It is in use: /home")


def test_where_there_is_room_it_is_the_whole_sentence(qtbot):
    strip = shown(qtbot, 3000)
    over(failed(BUSY))
    assert rows(strip)[0].amount.text() == f"The database {PATH} is locked by another program."


def test_a_cause_without_short_words_names_the_file_alone():
    cause = cause_of(Problem(code="store.reread", values={"path": PATH}))
    assert cause.short == "What the disk gives back for …/inventario.db is not what was written to it."
    assert PATH in cause.whole


@pytest.mark.parametrize(
    ("path", "told"), [("C:\\datos\\a.db", "…\\a.db"), ("/a.db", "/a.db"), ("a.db", "a.db"), ("/x/y/", "…/y/")]
)
def test_paths_of_every_kind_keep_their_end(path, told):
    assert told in cause_of(Problem(code="store.reread", values={"path": path})).short


# --- closing it


def test_who_closes_it_is_not_shown_an_older_one(qtbot):
    strip = shown(qtbot)
    over(failed(BUSY, "first"))
    over(replace(failed(DIED, "second"), verb="verify", result=None))
    assert strip.work is not None

    QTest.mouseClick(strip.button_close, Qt.MouseButton.LeftButton)

    assert strip.isHidden()
    assert the_runner().unread() == ()
    assert shown(qtbot).isHidden()  # nor by a page that is made later


# --- cut off


def cut_off() -> Work:
    return replace(ENDED, outcome=Outcome(status=Status.INTERRUPTED, problems=(DIED,)), foreign=True, request=None)


def test_what_was_cut_off_says_what_to_do_and_can_be_done_again(qtbot):
    strip = shown(qtbot)
    again: list[int] = []
    strip.again.connect(lambda: again.append(1))
    over(cut_off())

    assert strip.state.whole() == (
        "The work «backup» of ana was cut off. Start it again. If it happens again, send today's log to support."
    )
    assert strip.button_again.isVisible()
    QTest.mouseClick(strip.button_again, Qt.MouseButton.LeftButton)
    assert again == [1]


@pytest.mark.parametrize("verb", ["verify", "restore", "drill"])
def test_only_a_backup_is_begun_again_from_there(qtbot, verb):
    strip = shown(qtbot)
    over(replace(cut_off(), verb=verb))
    assert strip.button_again.isHidden()


def test_nor_by_whoever_may_not(qtbot):
    strip = shown(qtbot)
    strip.may_stop = lambda _work: False
    over(cut_off())
    assert strip.button_again.isHidden()


def test_work_of_the_same_person_is_not_said_to_be_of_elsewhere():
    work = replace(RUNNING, foreign=True, who=account_name())
    assert "elsewhere" not in work_words.closing(work)
    assert account_name() in work_words.closing(work)
    assert "elsewhere" in work_words.closing(replace(work, who="otra"))


# --- others' work, found under way


def event(name: str, phase: str, done: int = 0, total: int = 100) -> JobEvent:
    return JobEvent(sequence=0, job=SET, phase=phase, database=name, done=done, total=total)


def test_what_had_ended_before_does_not_go_on_counting():
    pace = Pace("backup", {"users": 100, "auditoria": 100}, age_s=30.0)
    for now in (100.0, 103.0, 107.0):
        pace.take([event("users", "done", 100), event("auditoria", "seal", 50)], now)
    users, auditoria = pace.step(107.0).parts

    assert users.seconds == 0.0  # nobody knows how long it took
    assert users.rate == 0.0
    assert auditoria.seconds == 37.0


def test_what_ends_later_has_no_time_that_nobody_measured():
    pace = Pace("backup", {"users": 100}, age_s=30.0)
    pace.take([event("users", "seal", 50)], 100.0)
    pace.take([event("users", "done", 100)], 104.0)
    pace.take([event("users", "done", 100)], 109.0)
    assert work_words.time_of(pace.step(110.0).parts[0]) == ""


def test_the_time_that_is_left_counts_from_its_beginning():
    pace = Pace("backup", {"users": 100}, age_s=30.0)
    pace.take([event("users", "seal", 50)], 100.0)
    step = pace.step(100.0)
    assert step.fraction == pytest.approx(0.45)
    assert step.left_s == pytest.approx(30.0 * 0.55 / 0.45)


def test_our_own_ends_once():
    pace = Pace("backup", {"users": 100})
    pace.take([event("users", "seal", 50)], 100.0)
    pace.take([event("users", "done", 100)], 102.0)
    pace.take([event("users", "done", 100)], 109.0)
    assert pace.step(110.0).parts[0].seconds == 2.0
