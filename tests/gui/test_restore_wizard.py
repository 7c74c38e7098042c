"""The restore wizard on real databases: a copy, a replacement and its undo, refusals, failures, and being left."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from gui.world import GuiWorld, settle, type_in
from qtpy.QtCore import QCoreApplication, QEvent, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QLabel
from support.world import rows_of

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import JobEvent, Problem, RestorePlan, RestoreRequest, Step
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.restore_answers import is_typed, words_of
from rexus.modules.backup.qt.restore_steps import Course, State
from rexus.modules.backup.qt.restore_steps import rows_of as steps_of
from rexus.modules.backup.qt.runner import the_runner


@pytest.fixture
def world(tmp_path, qapp) -> GuiWorld:
    """English, so that what is read here are the sentences themselves."""
    return GuiWorld(tmp_path, rows=300, language="en")


@pytest.fixture
def page(world, qtbot):
    """The wizard over one set; inventario has been written to since."""
    world.set = world.backup()
    world.world.add_row("inventario")
    made = RestorePage()
    world.show(made)
    settle(qtbot, lambda: made.what.choice is not None)
    return made


def click(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def onward(page) -> None:
    assert page.footer.onward.isEnabled(), texts(page)
    click(page.footer.onward)


def texts(widget) -> str:
    """Everything that can be read in a widget."""
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def choose(page, qtbot, name: str = "inventario") -> None:
    """Through the first step."""
    page.opened(set=page.desk.model.listing().sets[-1].set, database=name)
    settle(qtbot, lambda: page.what.choice is not None and page.what.choice.database == name)
    onward(page)
    settle(qtbot, lambda: page.at == "where")


def to_plan(page, qtbot, *, replace: bool = False, name: str = "inventario") -> None:
    choose(page, qtbot, name)
    if replace:
        page.where._replace.choose()
    settle(qtbot, page.footer.onward.isEnabled)
    onward(page)
    settle(qtbot, lambda: page.at == "plan" and page.answers.plan is not None)


def to_question(page, qtbot, name: str = "inventario") -> None:
    to_plan(page, qtbot, replace=True, name=name)
    onward(page)
    settle(qtbot, lambda: page.at == "confirm" and bool(page.confirm._names))


def run(page, qtbot) -> None:
    """From the last question to the end."""
    onward(page)
    assert page.at == "run"
    settle(qtbot, lambda: page.at != "run")


def test_a_copy_is_the_first_choice_touches_nothing_and_outlives_its_page(world, page, qtbot):
    live = world.world.content("inventario")
    to_plan(page, qtbot)
    place = page.answers.place
    assert place.kind == "copy"
    assert "Nothing" in texts(page.plan.lost)
    assert any("Not needed" in name for name in page.rail.names())
    onward(page)
    root = world.made.pop()
    with qtbot.waitSignal(page.destroyed):
        root.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    other = RestorePage()
    world.show(other)
    assert other.at == "run"
    settle(qtbot, lambda: other.at != "run")

    assert other.at == "proof", texts(other)
    assert rows_of(place.to) == live[:-1]
    assert world.world.content("inventario") == live
    qtbot.waitUntil(lambda: place.to in texts(other.proof))
    assert other.undo is None
    onward(other)
    assert world.gone == [("summary", {})]
    assert other.at == "what"


def test_replacing_wants_the_name_and_enter_is_not_enough(world, page, qtbot):
    live = world.world.content("inventario")
    to_question(page, qtbot)
    assert not page.footer.onward.isEnabled()
    assert page.footer.onward.property("rx") == "danger"
    assert page.focusWidget() is page.confirm.name
    assert "inventario" in page.title.text()
    assert str(world.world.app) in page.title.text()
    page.confirm.name.setFocus()
    QTest.keyClicks(page.confirm.name, "Inventario")
    assert not page.footer.onward.isEnabled()
    page.confirm.name.clear()
    QTest.keyClicks(page.confirm.name, "inventario")
    assert page.footer.onward.isEnabled()
    QTest.keyClick(page.confirm.name, Qt.Key.Key_Return)
    assert page.at == "confirm"
    QTest.keyClick(page.confirm.name, Qt.Key.Key_Escape)

    assert world.gone == [("summary", {})]
    assert the_runner().works() == ()
    assert world.world.content("inventario") == live


def test_the_question_is_asked_with_the_figures_of_its_moment(world, page, qtbot):
    to_plan(page, qtbot, replace=True, name="users")
    assert "unchanged" in texts(page.plan.lost)
    world.world.add_row("users")
    onward(page)
    settle(qtbot, lambda: page.at == "confirm" and bool(page.confirm._names))

    assert "What was written to users" in texts(page.confirm.lost)
    page.confirm.name.setText("users")
    with contextlib.closing(sqlite3.connect(world.world.database("users"))) as busy:
        busy.execute("begin immediate")
        page.confirm.again.emit()
        assert not page.footer.onward.isEnabled()
        settle(qtbot, lambda: "has it open" in texts(page.confirm.people))
        assert not page.footer.onward.isEnabled()
    click(page.confirm._again)
    settle(qtbot, page.footer.onward.isEnabled)
    with contextlib.closing(sqlite3.connect(world.world.database("users"))) as busy:
        busy.execute("begin immediate")
        assert page._watch.isActive()
        page._watch.timeout.emit()
        settle(qtbot, lambda: "has it open" in texts(page.confirm.people))
        assert not page.footer.onward.isEnabled()
    page._watch.timeout.emit()
    settle(qtbot, page.footer.onward.isEnabled)
    page._on_back()
    assert not page._watch.isActive(), "nothing is asked again where no question is"


def test_a_replacement_is_proven_and_can_be_undone(world, page, qtbot):
    before = world.world.content("inventario")
    to_question(page, qtbot)
    page.confirm.name.setText("inventario")
    run(page, qtbot)

    assert page.at == "proof", texts(page)
    assert world.world.content("inventario") == before[:-1]
    assert [(one.table, one.before, one.now) for one in page._proof.counts] == [("datos", 301, 300)]
    qtbot.waitUntil(lambda: "−1" in texts(page.proof))
    click(page.footer.report)
    dialog = page.window().findChild(QFileDialog)
    dialog.fileSelected.emit(str(world.world.folder / "informe.txt"))
    dialog.reject()
    settle(qtbot, (world.world.folder / "informe.txt").exists)
    report = (world.world.folder / "informe.txt").read_text("utf-8-sig")
    assert "datos: 301 before, 300 now" in report
    assert "--yes inventario" in report
    assert page.undo is not None
    assert page.undo.choice.database == "inventario"
    page.proof.undo_wanted.emit()
    settle(qtbot, lambda: page.answers.plan is not None)
    assert page.at == "plan"
    assert not page.footer.back.isVisible()
    onward(page)
    settle(qtbot, lambda: page.at == "confirm" and bool(page.confirm._names))
    assert page.title.text() == "Undo the restore of inventario?"
    assert not page.confirm.harmless.isVisible()
    page.confirm.name.setText("inventario")
    run(page, qtbot)

    assert page.at == "proof", texts(page)
    assert world.world.content("inventario") == before
    qtbot.waitUntil(lambda: "as before the restore" in texts(page.proof))


def test_a_database_in_use_stops_the_plan_until_it_is_free(world, page, qtbot):
    with contextlib.closing(sqlite3.connect(world.world.database("inventario"))) as busy:
        busy.execute("begin immediate")
        to_plan(page, qtbot, replace=True)
        assert not page.footer.onward.isEnabled()
        assert "1 program" in texts(page.plan.people)
        qtbot.waitUntil(lambda: "has it open" in texts(page.plan.notes))
        busy.rollback()
    click(page.plan._again)
    settle(qtbot, lambda: page.plan.ready)
    assert page.footer.onward.isEnabled()


def test_a_place_that_is_taken_is_told_while_one_types(world, page, qtbot):
    choose(page, qtbot)
    free = page.where.path.text()
    page.where.path.selectAll()
    type_in(page.where.path, str(world.world.database("users")))
    settle(qtbot, lambda: page.where.path.property("invalid") is True)
    assert not page.footer.onward.isEnabled()
    page.where.path.selectAll()
    type_in(page.where.path, str(world.root / "x.db"))
    settle(qtbot, lambda: "inside the folder" in texts(page.where))
    page.where.path.selectAll()
    type_in(page.where.path, free)
    settle(qtbot, page.footer.onward.isEnabled)
    assert page.where.path.property("invalid") is False


def test_what_was_cancelled_is_no_error(world, page, qtbot):
    to_plan(page, qtbot)
    place = page.answers.place.to
    onward(page)
    click(page.footer.cancel)
    settle(qtbot, lambda: page.at == "plan" and page.plan.ready)

    assert the_runner().works()[-1].outcome.status == "cancelled"
    qtbot.waitUntil(lambda: "cancelled" in texts(page.plan.notes))
    assert world.told == []
    assert not Path(place).exists()


def test_a_failure_says_what_is_safe_and_leads_back_to_the_plan(world, page, qtbot):
    archive = next((world.root / "databases").glob("inventario_*"))
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(content)
    live = world.world.content("inventario")
    to_question(page, qtbot)
    page.confirm.name.setText("inventario")
    run(page, qtbot)

    assert page.at == "proof"
    assert page.outcome.status == "failed"
    qtbot.waitUntil(lambda: "could not be restored" in texts(page.proof))
    assert "Safe" in texts(page.proof)
    assert not page.footer.report.isVisible()
    assert world.world.content("inventario") == live
    onward(page)
    settle(qtbot, lambda: page.answers.plan is not None)
    assert page.at == "plan"


def test_who_may_not_restore_sees_the_plan_and_no_way_on(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, rows=5, language="en", identity=Identity(name="ana", host_role="OPERATOR"))
    world.backup()
    page = RestorePage()
    world.show(page)
    settle(qtbot, lambda: page.what.choice is not None)
    to_plan(page, qtbot)

    assert not page.footer.onward.isEnabled()
    qtbot.waitUntil(lambda: "administrator" in texts(page.plan.notes))


def test_steps_done_lead_back_and_keep_their_answers(world, page, qtbot):
    to_plan(page, qtbot, replace=True)
    page.rail.wanted.emit("where")
    settle(qtbot)
    assert page.at == "where"
    assert page.where.place.kind == "home"
    page.opened()
    assert page.at == "where"
    click(page.footer.back)
    assert page.at == "what"
    assert page.what.choice.database == "inventario"


def test_the_command_is_the_one_that_does_the_same(world, page, qtbot):
    to_plan(page, qtbot, replace=True)
    assert page.command() == ("restore", world.set, "--database", "inventario", "--overwrite")
    confirmed = RestoreRequest(set="s", everything=True, overwrite=True, confirmed=("users", "config"))
    assert words_of(confirmed) == ("restore", "s", "--all", "--overwrite", "--yes", "users", "--yes", "config")
    click(page.plan._command)
    assert "--overwrite" in world.desk.command_line(*page.command())


@pytest.mark.parametrize(
    ("text", "names", "right"),
    [
        ("users", ("users",), True),
        (" users ", ("users",), True),
        ("Users", ("users",), False),
        ("users, inventario", ("inventario", "users"), True),
        ("users", ("inventario", "users"), False),
        ("users users", ("users",), False),
        ("", (), False),
    ],
)
def test_only_the_names_themselves_confirm(text, names, right):
    assert is_typed(text, names) is right


def plan_of(*names: str) -> RestorePlan:
    codes = ("unseal", "prove", "safety", "swap", "check")
    steps = [Step(code=code, name=name, bytes=100 if code == "unseal" else 0) for code in codes for name in names]
    lost = tuple(Problem(code="restore.lost_changes", values={"database": name, "bytes_now": 50}) for name in names)
    return RestorePlan(
        set="s", steps=(*steps, Step(code="files", name="config")), bytes_needed=500, seconds_expected=10, lost=lost
    )


def told(course: Course) -> dict[str, str]:
    return {f"{row.code} {row.name}": state.value for row, state in zip(course.rows, course.states, strict=True)}


def test_the_time_of_a_plan_is_shared_among_its_steps():
    rows = steps_of(plan_of("a", "b"))

    assert sum(row.seconds for row in rows) == pytest.approx(10)
    assert [row.bytes for row in rows if row.code == "safety"] == [50, 50]
    assert max(rows, key=lambda row: row.seconds).code in ("unseal", "files")


def test_events_move_the_steps_and_none_goes_back():
    course = Course(steps_of(plan_of("a", "b")))
    numbers = iter(range(1, 100))

    def event(phase: str, name: str = "", done: int = 0, total: int = 0) -> None:
        course.take([JobEvent(job="s", sequence=next(numbers), phase=phase, database=name, done=done, total=total)])

    event("unseal", "a", 50, 100)
    assert course.fractions[0] == 0.5
    event("check", "a", 1, 2)
    assert (told(course)["unseal a"], told(course)["prove a"], told(course)["unseal b"]) == ("done", "runs", "waits")
    event("safety")
    assert (told(course)["prove b"], told(course)["safety a"], course.safe) == ("done", "runs", True)
    event("swap", "a")
    assert (told(course)["safety b"], told(course)["swap a"], course.safe) == ("done", "runs", False)
    event("check", "a")
    event("swap", "b")
    assert (told(course)["check a"], told(course)["swap b"], told(course)["check b"]) == ("done", "runs", "waits")
    event("files", "config", 1, 2)
    assert (told(course)["check b"], told(course)["files config"]) == ("done", "runs")
    course.take([JobEvent(job="s", sequence=1, phase="unseal", database="a", done=1, total=100)])
    assert told(course)["unseal a"] == "done"
    course.finish(well=False)
    assert State.FAILED in course.states
    course.finish(well=True)
    assert set(course.states) == {State.DONE}
    assert course.fraction == pytest.approx(1)


def test_a_whole_set_wants_every_name_and_tells_what_it_leaves(world, page, qtbot):
    (world.world.app / "config/rexus.json").write_text('{"changed": true}', "utf-8")
    page.opened(set=world.set, everything=True)
    settle(qtbot, lambda: page.what.choice is not None and page.what.choice.everything)
    onward(page)
    settle(qtbot, lambda: page.at == "where")
    assert Path(page.where.place.to).name.startswith("restored_")
    page.where._replace.choose()
    settle(qtbot, page.footer.onward.isEnabled)
    onward(page)
    settle(qtbot, lambda: page.plan.ready)
    qtbot.waitUntil(lambda: "config" in texts(page.plan.notes))
    onward(page)
    settle(qtbot, lambda: bool(page.confirm._names))
    assert sorted(page.confirm._names) == ["auditoria", "inventario", "users"]
    page.confirm.name.setText("users, inventario")
    assert not page.footer.onward.isEnabled()
    page.confirm.name.setText("users inventario auditoria")
    assert page.footer.onward.isEnabled()
    assert page.answers.request("ana", page.confirm.typed).confirmed == page.confirm._names


def test_files_are_replaced_by_the_name_of_their_set(world, page, qtbot):
    (world.world.app / "config/rexus.json").write_text('{"changed": true}', "utf-8")
    page.opened(set=world.set, files="config")
    settle(qtbot, lambda: page.what.choice is not None and page.what.choice.files == "config")
    onward(page)
    settle(qtbot, lambda: page.at == "where")
    page.where._replace.choose()
    settle(qtbot, page.footer.onward.isEnabled)
    onward(page)
    settle(qtbot, lambda: page.plan.ready)
    assert "1 file" in texts(page.plan.lost)
    onward(page)
    settle(qtbot, lambda: page.confirm._names == ("config",))
    assert "kept aside" in texts(page.confirm.kept)
