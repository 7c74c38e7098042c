"""The strip below every page: work as it runs, as it is stopped, as it ended; and what ran before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gui.world import under_root
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QMenu

from rexus.modules.backup.base.records import (
    BackupRequest,
    DatabaseBackup,
    Manifest,
    Outcome,
    Problem,
    SetStatus,
    Status,
    VerifyRequest,
)
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.jobs.backup import BackupResult
from rexus.modules.backup.qt import work_words
from rexus.modules.backup.qt.closing import ClosingQuestion
from rexus.modules.backup.qt.history import history_menu, parts_menu
from rexus.modules.backup.qt.rows_table import plain_tip
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.work import Part, Work
from rexus.modules.backup.qt.work_rows import WorkRow
from rexus.modules.backup.qt.work_strip import HEIGHT, WorkStrip

LONG_MS = 30_000
NOW = datetime(2025, 8, 6, 14, 30, tzinfo=UTC)
SET = "20250806_143052"
PARTS = (
    Part("users", "done", 312_000_000, 312_000_000, 1.0, 96e6, None, 3.2),
    Part("inventario", "seal", 1_240_000_000, 2_010_000_000, 0.62, 148e6, 6.0, 9),
    Part("auditoria", "seal", 260_000_000, 1_420_000_000, 0.18, 131e6, 18.0, 3),
)
RUNNING = Work(
    "a", "backup", BackupRequest(), Path("/x"), "running", (), PARTS, 0.48, 18.0, NOW - timedelta(seconds=20)
)


@pytest.fixture(autouse=True)
def english():
    use_language("en")


def shown(qtbot, width=1054):
    strip = WorkStrip()
    root = under_root(strip, (width, HEIGHT))
    qtbot.addWidget(root)
    root.show()
    strip._root = root
    return strip


def tell(work):
    """Have the runner know a work and say so, as it does."""
    runner = the_runner()
    runner._works[work.id] = work
    runner.changed.emit(work)
    if work.state == "ended":
        runner.finished.emit(work)


def ended(status, *, work=RUNNING, problems=(), result=None, of_set=SET):
    proof = ("x",) if status in (Status.OK, Status.WARNINGS) else ()
    outcome = Outcome(status=status, proof=proof, problems=problems, set=of_set)
    return replace(work, state="ended", ended=NOW, outcome=outcome, result=result)


def rows(strip) -> list[WorkRow]:
    return [one for one in strip.rows if one.isVisibleTo(strip)]


def test_it_is_there_only_while_there_is_something_to_say(qtbot):
    strip = shown(qtbot)
    assert not strip.isVisible()
    tell(RUNNING)
    assert strip.isVisible()
    assert strip.height() == HEIGHT
    tell(ended(Status.OK))
    assert strip.isVisible()
    strip._fold.timeout.emit()
    assert not strip.isVisible()


def test_running_work_says_how_far_how_fast_and_how_long(qtbot):
    strip = shown(qtbot)
    tell(RUNNING)

    assert strip.title.whole() == "Backing up three databases"
    assert strip.state.text() == "48\u00a0% · 18\u00a0s left"
    assert strip.closing.whole() == "It goes on if you close the window."
    assert strip.total.value() == 480
    users, inventario, _auditoria = rows(strip)
    assert (users.name.whole(), users.phase.text(), users.bar.value()) == ("users", "Ready and checked", 1000)
    assert users.property("tone") is None
    assert users.bar.property("tone") == "ok"
    assert (inventario.phase.text(), inventario.bar.value()) == ("Compressing", 620)
    assert inventario.amount.whole() == "1.24 of 2.01\u00a0GB · 148\u00a0MB/s"
    assert inventario.time.text() == "6\u00a0s"
    assert inventario.bar.accessibleName() == "inventario: Compressing, 60 %"


@pytest.mark.parametrize(
    ("fraction", "seconds", "told", "of_part"),
    [
        (0.94, 0.4, "94\u00a0% · almost done", "a few seconds"),
        (0.94, 4.9, "94\u00a0% · almost done", "a few seconds"),
        (0.48, 0.4, "48\u00a0%", "a few seconds"),  # a quick beginning says nothing of what waits
        (0.48, 5.2, "48\u00a0% · 5\u00a0s left", "5\u00a0s"),
        (0.48, 61.0, "48\u00a0% · 1\u00a0min 1\u00a0s left", "1\u00a0min 1\u00a0s"),
    ],
)
def test_the_last_seconds_are_not_counted(qtbot, fraction, seconds, told, of_part):
    strip = shown(qtbot)
    running = replace(RUNNING, fraction=fraction, left_s=seconds)
    tell(replace(running, parts=(replace(PARTS[1], left_s=seconds),)))
    assert strip.state.text() == told
    assert rows(strip)[0].time.text() == of_part
    question = ClosingQuestion(strip)
    question.ask(running, lambda _answer: None)
    assert question.sheet is not None
    texts = [one.text() for one in question.sheet.findChildren(QLabel)]
    rest = told.partition(" · ")[2].removesuffix(" left")
    assert any(rest in text for text in texts), texts


@pytest.mark.parametrize(
    ("seconds", "count"), [(0.2, 1), (1.4, 1), (5, 5), (59.6, 1), (61, 1), (125, 2), (3700, 1), (90_000, 1)]
)
def test_one_is_left_and_several_are(seconds, count):
    """The number that one reads first, as it is shown."""
    assert work_words.left(seconds).split("\u00a0")[0] == str(count)
    assert work_words.left_count(seconds) == count


def test_bars_speak_at_every_tenth_only(qtbot):
    strip = shown(qtbot)
    said = set()
    for percent in range(30, 45):
        tell(replace(RUNNING, parts=(replace(PARTS[1], fraction=percent / 100),)))
        said.add(rows(strip)[0].bar.accessibleName())

    assert said == {"inventario: Compressing, 30 %", "inventario: Compressing, 40 %"}


def test_cancel_has_three_phases(qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(the_runner(), "cancel", asked.append)
    strip = shown(qtbot)
    tell(RUNNING)
    assert strip.button_cancel.isEnabled()
    place = strip.button_cancel.geometry()
    qtbot.mouseClick(strip.button_cancel, Qt.MouseButton.LeftButton)
    assert asked == ["a"]
    tell(replace(RUNNING, state="cancelling"))
    assert not strip.button_cancel.isEnabled()
    assert "Stopping…" in strip.button_cancel.text()
    assert strip.button_cancel.geometry() == place
    tell(ended(Status.CANCELLED))
    assert strip.title.whole() == "Stopped, nothing was left half done"
    assert not strip.title.property("tone"), "being stopped is no error"
    assert not strip.button_look.isVisible()
    assert strip._fold.isActive()


def test_the_size_is_that_of_all_though_the_end_of_one_was_not_heard(qtbot):
    strip = shown(qtbot)
    tell(ended(Status.OK, work=replace(RUNNING, foreign=True)))
    assert strip.state.text() == "3.74\u00a0GB in 20\u00a0s"


def test_what_somebody_stopped_is_not_told_as_failed(qtbot):
    strip = shown(qtbot)
    databases = {one.name: DatabaseBackup(status=SetStatus.CANCELLED) for one in PARTS}
    manifest = Manifest(timestamp=SET, started_at=NOW, status=SetStatus.CANCELLED, databases=databases)
    stopped = ended(Status.CANCELLED, problems=(Problem(code="cancelled"),))
    tell(replace(stopped, result=BackupResult(outcome=stopped.outcome, manifest=manifest)))

    assert strip.title.whole() == "Stopped, nothing was left half done"
    assert not rows(strip)


def test_a_good_end_can_be_looked_at_and_folds(qtbot):
    strip = shown(qtbot)
    looked = []
    strip.look.connect(looked.append)
    done = tuple(replace(one, phase="done", fraction=1.0) for one in PARTS)
    tell(ended(Status.OK, work=replace(RUNNING, parts=done)))

    assert (strip.title.whole(), strip.state.text()) == ("Copy ready and checked", "3.74\u00a0GB in 20\u00a0s")
    assert strip.total.property("tone") == "ok"
    assert strip._fold.isActive()
    assert strip._fold.interval() == 10_000
    qtbot.mouseClick(strip.button_look, Qt.MouseButton.LeftButton)
    assert looked == [SET]


def test_a_partly_failed_backup_names_what_is_done_and_what_failed(qtbot):
    strip = shown(qtbot)
    why = Problem(code="source.missing", values={"path": "/d/auditoria.db"})
    databases = {
        "users": DatabaseBackup(status=SetStatus.COMPLETED),
        "inventario": DatabaseBackup(status=SetStatus.COMPLETED),
        "auditoria": DatabaseBackup(status=SetStatus.FAILED, problem=why),
    }
    manifest = Manifest(timestamp=SET, started_at=NOW, status=SetStatus.FAILED, databases=databases)
    bad = ended(Status.FAILED, problems=(why,))
    parts = (*(replace(one, phase="done", fraction=1.0) for one in PARTS[:2]), replace(PARTS[2], phase="failed"))
    tell(replace(bad, parts=parts, result=BackupResult(outcome=bad.outcome, manifest=manifest)))

    assert (strip.title.whole(), strip.state.text()) == ("The copy of auditoria failed", "2 of 3 are ready")
    told = {row.name.whole(): (row.phase.text(), row.bar.property("tone")) for row in rows(strip)}
    assert told == {
        "auditoria": ("Failed", "danger"),
        "users": ("Ready and checked", "ok"),
        "inventario": ("Ready and checked", "ok"),
    }
    assert rows(strip)[0].amount.toolTip()
    assert not strip._fold.isActive(), "what failed stays until somebody has read it"
    qtbot.mouseClick(strip.button_close, Qt.MouseButton.LeftButton)
    assert not strip.isVisible()


def test_what_must_be_read_waits_behind_what_comes_next_until_it_is_over(qtbot):
    strip = shown(qtbot)
    gone = (Problem(code="work.gone", values={"exit": -9, "why": "-"}),)
    tell(ended(Status.INTERRUPTED, problems=gone, of_set=None))
    assert strip.title.whole() == "The work was cut off"
    checking = replace(RUNNING, id="b", verb="verify", request=VerifyRequest(all=True))
    tell(checking)
    assert strip.title.whole() == "Checking copies"
    tell(ended(Status.OK, work=checking))
    assert strip.title.whole() == "Checked: all is well"
    strip._fold.timeout.emit()
    assert strip.title.whole() == "The work was cut off"
    tell(ended(Status.OK, work=replace(RUNNING, id="c")))
    strip._fold.timeout.emit()
    assert not strip.isVisible(), "a good copy ends the trouble of the one before"


def test_more_than_three_databases_show_the_busiest(qtbot):
    strip = shown(qtbot)
    more = (*PARTS, Part("ventas", "seal", 1, 10, 0.1), Part("<b>otra</b>"))
    tell(replace(RUNNING, parts=more))

    assert [row.name.whole() for row in rows(strip)] == ["inventario", "auditoria", "ventas"]
    assert strip.more.text() == "and 2 more"
    listed = parts_menu(strip, replace(RUNNING, parts=more))
    assert [one.text().split("\t")[0] for one in listed.actions()] == [one.name for one in more]
    qtbot.mouseClick(strip.more, Qt.MouseButton.LeftButton)
    [menu] = strip.findChildren(QMenu)[-1:]
    assert menu.isVisible() or menu.actions()
    menu.close()


def test_names_are_plain_text_and_long_ones_end_in_dots(qtbot):
    strip = shown(qtbot, width=940)
    name = "<b>" + "muy_largo_" * 20
    tell(replace(RUNNING, parts=(replace(PARTS[1], name=name), *PARTS[1:])))
    [row, *_rest] = rows(strip)

    assert row.name.textFormat() == Qt.TextFormat.PlainText
    assert row.name.text().startswith("<b>muy")
    assert row.name.text().endswith("…")
    assert row.name.toolTip() == plain_tip(name)
    assert strip.width() <= 940


def test_work_of_others_says_whose_it_is(qtbot):
    strip = shown(qtbot)
    tell(replace(RUNNING, foreign=True, who="schedule", request=None))
    assert strip.closing.whole() == "Started by the schedule."
    tell(replace(RUNNING, foreign=True, who="eva", request=None))
    assert strip.closing.whole() == "Started elsewhere by eva."


def test_what_waits_behind_is_counted(qtbot):
    strip = shown(qtbot)
    the_runner()._works["q"] = replace(RUNNING, id="q", state="queued")
    tell(RUNNING)
    assert strip.closing.whole() == "1 more is waiting"


@pytest.mark.parametrize("verb", ["backup", "verify", "restore", "drill", "prune", "delete", "cleanup", "pin", "other"])
@pytest.mark.parametrize("status", list(Status))
def test_every_end_of_every_verb_has_its_words(qtbot, verb, status):
    strip = shown(qtbot)
    work = replace(RUNNING, verb=verb, request=VerifyRequest(), parts=())
    tell(work)
    assert strip.title.whole()
    tell(ended(status, work=work, problems=(Problem(code="unexpected"),)))
    assert strip.title.whole()
    assert "{" not in strip.title.whole() + strip.state.whole()


def test_a_real_backup_from_the_first_event_to_the_link(qtbot, world):
    use_language("en")
    strip = shown(qtbot)
    number = the_runner().order("backup", BackupRequest(), world.config)
    qtbot.waitUntil(lambda: the_runner().work(number).state == "ended", timeout=LONG_MS)

    assert strip.title.whole() == "Copy ready and checked"
    assert strip.button_look.isVisible()


def test_what_ran_since_the_start_is_listed_newest_first(qtbot):
    strip = shown(qtbot)
    assert [one.isEnabled() for one in history_menu(strip).actions()] == [False]
    tell(replace(ended(Status.OK), id="1"))
    tell(replace(ended(Status.CANCELLED, work=replace(RUNNING, parts=PARTS[:1])), id="2"))
    tell(replace(RUNNING, id="3"))
    told = [(one.text(), one.data()) for one in history_menu(strip).actions()]

    assert [name for _text, name in told] == ["", "", SET]
    assert "48" in told[0][0]
    assert "Copy of users" in told[1][0]
    assert "Stopped" in told[1][0]
    assert "Copy ready and checked, 20" in told[2][0]


class TestClosing:
    def asked(self, qtbot, work=RUNNING):
        strip = shown(qtbot)
        root = strip._root
        root.resize(1054, 500)
        question, heard = ClosingQuestion(root), []
        question.ask(work, heard.append)
        return question, heard

    def test_going_on_is_what_enter_does(self, qtbot):
        question, heard = self.asked(qtbot)
        assert question.sheet.title.text() == "The copy goes on even if you close the window."
        qtbot.keyClick(question.sheet, Qt.Key.Key_Return)
        assert heard == ["go_on"]
        assert question.sheet is None

    def test_esc_goes_back(self, qtbot):
        question, heard = self.asked(qtbot)
        qtbot.keyClick(question.sheet, Qt.Key.Key_Escape)
        assert heard == ["back"]

    def test_cancelling_says_so_until_the_window_is_gone(self, qtbot):
        question, heard = self.asked(qtbot)
        [stop] = [
            one for one in question.sheet.findChildren(type(question.sheet.main)) if "Cancel the copy" in one.text()
        ]
        stop.click()
        assert heard == ["cancel"]
        assert question.sheet.title.text() == "Stopping…"
        assert not question.sheet.main.isEnabled()
        stop.click()
        qtbot.keyClick(question.sheet, Qt.Key.Key_Return)
        assert heard == ["cancel"]

    def test_whoever_changed_their_mind_keeps_the_window(self, qtbot):
        question, heard = self.asked(qtbot)
        sheet = question.sheet
        [stop] = [one for one in sheet.findChildren(type(sheet.main)) if "Cancel the copy" in one.text()]
        stop.click()
        texts = [one.text() for one in sheet.findChildren(QLabel)]
        assert any("can't be taken back" in one for one in texts)
        assert sheet.cancel.isVisible()
        assert sheet.cancel.text() == "Leave the window open"
        sheet.cancel.click()
        assert heard == ["cancel", "back"]
        assert question.sheet is None

    def test_one_question_at_a_time(self, qtbot):
        question, _heard = self.asked(qtbot)
        first = question.sheet
        question.ask(RUNNING, lambda _: None)
        question.ask_unsaved(2, lambda _: None)
        assert question.sheet is first

    @pytest.mark.parametrize("answer", ["save", "discard", "back"])
    def test_unsaved_settings(self, qtbot, answer):
        strip = shown(qtbot)
        question, heard = ClosingQuestion(strip._root), []
        question.ask_unsaved(2, heard.append)
        sheet = question.sheet
        assert sheet.title.text() == "2 changes are not saved"
        texts = {"save": "Save and close", "discard": "Discard changes", "back": "Back"}
        [button] = [one for one in sheet.findChildren(type(sheet.main)) if one.text() == texts[answer]]
        button.click()
        assert heard == [answer]
        assert question.sheet is None
