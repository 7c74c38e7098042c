"""The restore wizard where a server keeps the databases: who is in it, T-SQL, a replacement, a copy, its course."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gui.server_desk import server_desk
from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLabel

from rexus.modules.backup.base.records import BackupKind, JobEvent, RestorePlan, Step
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.restore_steps import Course, State, rows_of
from rexus.modules.backup.qt.restore_words import thrown_out_sentence

PATIENCE_MS = 90_000
DIFFERENTIAL, LOG = BackupKind.DIFFERENTIAL, BackupKind.LOG


@pytest.fixture
def there(tmp_path, qapp):
    """A full copy, a differential and two of the log; a row behind each."""
    with server_desk(tmp_path) as made:
        made.backup(BackupKind.FULL, 90)
        for number, (kind, ago) in enumerate(((DIFFERENTIAL, 60), (LOG, 40), (LOG, 20))):
            made.at(ago + 5)
            made.company.add("inventario", 9000 + number)
            made.backup(kind, ago, "inventario")
        made.at(0)
        made.company.add("inventario", 9100)
        yield made


@pytest.fixture
def page(there, qtbot):
    made = RestorePage()
    there.show(made, database="inventario")
    settle(qtbot, lambda: made.what.choice is not None)
    return made


def texts(widget) -> str:
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def onward(page) -> None:
    assert page.footer.onward.isEnabled(), texts(page)
    QTest.mouseClick(page.footer.onward, Qt.MouseButton.LeftButton)


def to_plan(page, qtbot, *, replace: bool) -> None:
    onward(page)
    settle(qtbot, lambda: page.at == "where")
    if replace:
        page.where._replace.choose()
    settle(qtbot, page.footer.onward.isEnabled)
    onward(page)
    settle(qtbot, lambda: page.at == "plan" and page.answers.plan is not None)


def to_question(page, qtbot) -> None:
    to_plan(page, qtbot, replace=True)
    onward(page)
    settle(qtbot, lambda: page.at == "confirm" and bool(page.confirm._names))


def run(page, qtbot) -> None:
    onward(page)
    qtbot.waitUntil(lambda: page.at != "run", timeout=PATIENCE_MS)
    settle(qtbot)


def test_the_time_line_of_a_chain_has_its_logs_and_any_instant_in_them(page):
    line = page.what._line

    assert line.has_logs
    assert line.latest - line.marks[-1].at > timedelta(minutes=35)
    assert line.can_stand(line.latest - timedelta(minutes=30))
    assert {one.kind.value for one in line.marks} == {"full", "differential"}
    assert not line.gaps


def test_a_log_that_somebody_else_took_is_a_gap_with_its_reason(there, qtbot):
    there.at(15)
    there.company.sql("BACKUP LOG inventario TO DISK = N'C:\\Backup\\ajena.trn'")
    there.backup(LOG, 10)
    there.backup(BackupKind.FULL, 8)
    there.at(5)
    there.company.add("inventario", 9300)
    there.backup(LOG, 3)
    there.at(0)
    page = RestorePage()
    there.show(page, database="inventario")
    settle(qtbot, lambda: page.what.choice is not None)
    (gap,) = page.what._line.gaps

    assert timedelta(minutes=5) < gap.end - gap.start < timedelta(minutes=15)
    assert page.what._line.meant(gap.start + timedelta(minutes=2)) == gap.start


def test_a_night_without_work_is_no_gap(there, qtbot):
    there.backup(BackupKind.FULL, 15)
    there.backup(LOG, 10)
    there.backup(LOG, 5)
    there.at(0)
    page = RestorePage()
    there.show(page, database="users")
    settle(qtbot, lambda: page.what.choice is not None)
    line = page.what._line

    assert not line.gaps
    assert line.can_stand(line.now - timedelta(minutes=7))


def test_an_instant_between_two_logs_comes_back_as_it_was(there, page, qtbot):
    wanted = page.what._line.latest - timedelta(minutes=10)
    page.what._card.timeline.stand(wanted)
    page.what._choose(wanted)
    assert page.what.choice.at is not None
    to_plan(page, qtbot, replace=True)
    QTest.mouseClick(page.plan.button_sql, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert "STOPAT = N'" in QApplication.clipboard().text()
    onward(page)
    settle(qtbot, lambda: page.at == "confirm" and bool(page.confirm._names))
    page.confirm.name.setText("inventario")
    run(page, qtbot)

    assert page.at == "proof", texts(page)
    assert there.company.count("inventario") == 202


def test_a_copy_gets_a_name_on_the_server_and_no_path(there, page, qtbot):
    onward(page)
    settle(qtbot, lambda: page.at == "where")
    name = page.where.path.text()

    assert name.startswith("inventario_restored_")
    assert not page.where._choose.isVisible()
    assert "Name of the copy on the server" in texts(page.where)
    settle(qtbot, page.footer.onward.isEnabled)
    onward(page)
    settle(qtbot, lambda: page.answers.plan is not None)
    run(page, qtbot)
    assert page.at == "proof", texts(page)
    assert name in there.company.databases()
    assert there.company.count("inventario") == 204


def test_a_name_that_is_taken_is_refused_at_once(page, qtbot):
    onward(page)
    settle(qtbot, lambda: page.at == "where")
    page.where.path.setText("users")
    page.where.path.textEdited.emit("users")
    settle(qtbot, lambda: "already something" in texts(page.where))

    assert not page.footer.onward.isEnabled()


def test_several_at_once_each_get_a_name_of_their_own(there, qtbot):
    page = RestorePage()
    there.show(page, set=there.model.listing().sets[-1].set, everything=True)
    settle(qtbot, lambda: page.what.choice is not None)
    onward(page)
    settle(qtbot, lambda: page.at == "where")

    assert not page.where.path.isVisible()
    settle(qtbot, page.footer.onward.isEnabled)
    onward(page)
    settle(qtbot, lambda: page.answers.plan is not None)
    assert {one.target.partition("_restored_")[0] for one in page.answers.plan.steps if one.code == "recover"} == {
        "users",
        "inventario",
        "auditoria",
    }


def test_who_is_in_it_is_shown_line_by_line_and_looked_for_again(there, page, qtbot):
    there.enter("inventario", "VENTAS-02", "Rexus.app")
    there.enter("inventario", "VENTAS-02", "Rexus.app")
    there.enter("inventario", "CAJA", "<b>ssms</b>")
    to_question(page, qtbot)
    qtbot.waitUntil(lambda: page.confirm.sessions.count == 2)

    assert ("sa", "VENTAS-02", "Rexus.app", "2 sessions") in page.confirm.sessions.lines
    assert "3 sessions are ended" in texts(page.confirm)
    assert any(one.text() == "<b>ssms</b>" for one in page.confirm.sessions.findChildren(QLabel))
    there.enter("inventario", "ALMACEN", "Excel")
    QTest.mouseClick(page.confirm._again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.confirm.sessions.count == 3, timeout=15_000)


def test_the_t_sql_of_the_plan_is_what_would_bring_it_back(page, qtbot):
    to_plan(page, qtbot, replace=True)
    QTest.mouseClick(page.plan.button_sql, Qt.MouseButton.LeftButton)
    settle(qtbot)
    copied = QApplication.clipboard().text()

    assert copied.count("RESTORE LOG [inventario]") == 2
    assert copied.index("SET SINGLE_USER") < copied.index("RESTORE DATABASE [inventario]")
    assert copied.index("WITH RECOVERY") < copied.index("DBCC CHECKDB")
    assert "REPLACE" in copied


def test_the_t_sql_of_a_copy_moves_its_files_away_from_those_that_are_there(page, qtbot):
    to_plan(page, qtbot, replace=False)
    QTest.mouseClick(page.plan.button_sql, Qt.MouseButton.LeftButton)
    settle(qtbot)
    copied = QApplication.clipboard().text()

    assert copied.count("MOVE N'") == 2
    assert "REPLACE" not in copied
    assert "SINGLE_USER" not in copied


def test_a_replacement_ends_with_its_proof_and_everybody_may_come_back(there, page, qtbot):
    there.enter("inventario", "VENTAS-02", "Rexus.app")
    to_question(page, qtbot)
    assert not page.footer.onward.isEnabled()
    page.confirm.name.setText("inventario")
    assert page.footer.onward.isEnabled()
    run(page, qtbot)

    assert page.at == "proof", texts(page)
    assert there.company.count("inventario") == 203
    assert there.company.state("inventario") == ("ONLINE", "MULTI_USER")
    assert all(
        page.progress.table.steps.state(number) is State.DONE for number in range(len(page.progress.table.steps.rows))
    )


def plan(logs: int) -> RestorePlan:
    names = ["full", *(["log"] * logs)]
    steps = [Step(code="unseal", name="inv", source=f"databases/{n}.bak.gz", bytes=100) for n in range(len(names))]
    steps += [Step(code="safety", name="inv", source="inv")]
    steps += [Step(code=f"restore_{kind}", name="inv", source="s", target="inv") for kind in names]
    steps += [Step(code="recover", name="inv", target="inv"), Step(code="checkdb", name="inv", target="inv")]
    return RestorePlan(set="s", steps=tuple(steps), seconds_expected=10.0)


def test_a_hundred_logs_are_one_row_that_fills():
    rows = rows_of(plan(96))
    assert [row.code for row in rows] == ["unseal", "safety", "restore_full", "restore_log", "recover", "checkdb"]
    assert rows[3].count == 96
    assert sum(row.seconds for row in rows) == pytest.approx(10.0)
    course = Course(rows)

    def hear(number: int, phase: str, done: int = 0, total: int = 9700) -> list[State]:
        course.take([JobEvent(job="s", sequence=number, phase=phase, database="inv", done=done, total=total)])
        return course.states

    assert hear(1, "unseal", 50, 100)[0] is State.RUNS
    assert hear(2, "restore", 40)[1:3] == [State.DONE, State.RUNS]
    assert course.undoes
    assert course.safe
    assert hear(3, "restore", 100 + 48 * 100)[2:4] == [State.DONE, State.RUNS]
    assert course.fractions[3] == pytest.approx(0.5)
    assert hear(4, "restore", 9700)[3:5] == [State.DONE, State.RUNS]
    assert hear(5, "check", 10, 100)[4:] == [State.DONE, State.RUNS]


def test_a_row_never_goes_back():
    course = Course(rows_of(plan(2)))
    for number, done in enumerate((150, 40, 0)):
        course.take([JobEvent(job="s", sequence=number, phase="restore", database="inv", done=done, total=300)])

    assert course.states[2] is State.DONE
    assert course.fractions[3] == pytest.approx(0.25)


def test_what_is_taken_back_moves_no_step():
    course = Course(rows_of(plan(2)))
    course.take([JobEvent(job="s", sequence=1, phase="restore", database="inv", done=20, total=300)])
    before = (list(course.states), list(course.fractions))
    course.undoes = False
    course.take([JobEvent(job="s", sequence=2, phase="cancel_rolling_back", database="inv", done=90, total=100)])

    assert (course.states, course.fractions) == before
    assert course.undoes


def test_nobody_there_is_said_too():
    assert thrown_out_sentence(0) != thrown_out_sentence(1)
