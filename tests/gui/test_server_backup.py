"""*Respaldar ahora* where a server keeps the databases: which kind, what it comes to, and why it was another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gui.server_desk import server_desk
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLabel

from rexus.modules.backup.base.errors import SourceFailed
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import BackupKind, BackupRequest, Outcome, Problem, Status
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt import backup_kind, sets_facts, work_words
from rexus.modules.backup.qt.backup_kind import KindSheet
from rexus.modules.backup.qt.page_sets import SetsPage
from rexus.modules.backup.qt.page_summary import SummaryPage
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.window import Window
from rexus.modules.backup.qt.work import Pace, Part, Work

RUNNING = Work("a", "backup", BackupRequest(), Path("/x"), "cancelling")


@pytest.fixture
def there(tmp_path, qapp):
    with server_desk(tmp_path) as made:
        yield made


def asked(there, qtbot) -> tuple[SummaryPage, KindSheet]:
    page = SummaryPage()
    there.show(page)
    settle(qtbot)
    backup_kind.wanted(page, there.desk)
    (sheet,) = page.findChildren(KindSheet)
    return page, sheet


def chosen(sheet: KindSheet, kind: BackupKind, qtbot) -> None:
    sheet.cards[kind].choose()
    settle(qtbot, lambda: bool(sheet.told))


def test_a_full_copy_is_the_first_choice_and_escape_makes_none(there, qtbot):
    page, sheet = asked(there, qtbot)
    backup_kind.wanted(page, there.desk)

    assert page.findChildren(KindSheet) == [sheet]
    assert sheet.kind is BackupKind.FULL
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert the_runner().works() == ()


def test_what_is_another_kind_in_truth_is_told_before_anything_is_done(there, qtbot):
    _page, sheet = asked(there, qtbot)
    chosen(sheet, BackupKind.DIFFERENTIAL, qtbot)
    qtbot.waitUntil(lambda: len(sheet.told) == 3)

    assert all("A full backup is made" in one for one in sheet.told)
    assert sheet.main.isEnabled()


def test_of_databases_without_a_log_none_can_be_copied(there, qtbot):
    there.company.backup()
    for name in ("users", "inventario", "auditoria"):
        there.company.sql(f"ALTER DATABASE {name} SET RECOVERY SIMPLE")
    there.company.backup()
    _page, sheet = asked(there, qtbot)
    chosen(sheet, BackupKind.LOG, qtbot)
    qtbot.waitUntil(lambda: len(sheet.told) == 3)

    assert all("simple recovery" in one for one in sheet.told)
    assert not sheet.main.isEnabled()
    sheet.cards[BackupKind.FULL].choose()
    assert sheet.main.isEnabled()


def test_the_statements_of_what_is_chosen_can_be_copied(there, qtbot):
    there.company.backup()
    _page, sheet = asked(there, qtbot)
    chosen(sheet, BackupKind.LOG, qtbot)
    QTest.mouseClick(sheet.button_sql, Qt.MouseButton.LeftButton)
    settle(qtbot)
    copied = QApplication.clipboard().text()

    assert copied.count("BACKUP LOG [") == 3
    assert "RESTORE VERIFYONLY" in copied
    assert "COPY_ONLY" not in copied
    assert there.company.leftovers() == []


def test_a_kind_that_had_to_change_says_why_in_the_set_and_below_the_page(there, qtbot):
    _page, sheet = asked(there, qtbot)
    chosen(sheet, BackupKind.LOG, qtbot)
    QTest.mouseClick(sheet.main, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(one.state == "ended" for one in the_runner().works()), timeout=60_000)
    (work,) = the_runner().works()
    (summary,) = there.model.listing().sets

    assert summary.databases["users"].kind is BackupKind.FULL
    result = work_words.result(work)
    assert (result.tone, result.stays) == ("warn", True)
    assert "a full backup" in result.detail or "one is made" in result.detail
    sets = SetsPage()
    there.show(sets)
    settle(qtbot, lambda: bool(sets.table.shown))
    facts = sets_facts.read(there.model, sets.table.shown[0])
    assert any("one is made" in line.text for line in facts.warnings)


def test_files_of_the_application_are_backed_up_without_a_question(tmp_path, qapp):
    world = GuiWorld(tmp_path)
    page = SummaryPage()
    world.show(page)
    wanted = []
    world.desk.backup_wanted.connect(lambda: wanted.append(True))
    backup_kind.wanted(page, world.desk)

    assert (wanted, page.findChildren(KindSheet)) == ([True], [])


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (Part("users", "seal", 1, 2), "Stopping…"),
        (Part("users", "cancel_asked"), "SQL Server was asked to stop"),
        (Part("users", "cancel_rolling_back", 34, 100), "SQL Server takes back what it began, 34\u00a0%"),
        (Part("users", "cancel_rolling_back"), "SQL Server takes back what it began"),
        (Part("users", "cancel_stopped"), "SQL Server has stopped; tidying up"),
    ],
)
def test_stopping_a_server_is_told_in_its_three_phases(part, said):
    use_language("en")

    assert work_words.how_far(replace(RUNNING, parts=(part,))) == said


def test_a_file_that_a_stopped_backup_left_on_the_server_is_named():
    use_language("en")
    left = Problem(code="cancelled", values={"left": "D:\\Backup\\rexus_1.bak"})
    ended = replace(RUNNING, state="ended", outcome=Outcome(status=Status.CANCELLED, problems=(left,)))

    result = work_words.result(ended)
    assert (result.detail, result.stays) == ("D:\\Backup\\rexus_1.bak", True)


def test_what_the_server_writes_moves_the_bar():
    from rexus.modules.backup.base.records import JobEvent

    pace = Pace("backup", {"users": 0})
    pace.take([JobEvent(job="s", sequence=1, phase="server", database="users", done=50, total=100)], 1.0)
    (part,) = pace.step(2.0).parts

    assert part.fraction == pytest.approx(0.3)
    assert part.in_bytes


def busy(there, monkeypatch) -> None:
    """A backup of this configuration is under way."""
    running = replace(RUNNING, config=there.desk.config.absolute(), state="running")
    monkeypatch.setattr(the_runner(), "works", lambda: (running,))


def test_while_a_copy_is_made_nobody_is_asked_which(there, qtbot, monkeypatch):
    page, said = SummaryPage(), []
    there.show(page)
    settle(qtbot)
    there.desk.said.connect(said.append)
    busy(there, monkeypatch)
    backup_kind.wanted(page, there.desk)

    assert page.findChildren(KindSheet) == []
    assert said == ["A copy is being made already"]


def test_a_copy_that_began_while_it_was_asked_is_told(there, qtbot, monkeypatch):
    _page, sheet = asked(there, qtbot)
    said = []
    there.desk.said.connect(said.append)
    busy(there, monkeypatch)
    QTest.mouseClick(sheet.main, Qt.MouseButton.LeftButton)

    assert said == ["A copy is being made already"]


def test_whoever_may_not_back_up_is_told_so_and_asked_nothing(there, qtbot):
    there.desk.identity = Identity(name="eva", host_role="USUARIO")
    page, told = SummaryPage(), []
    there.show(page)
    settle(qtbot)
    there.desk.told.connect(lambda problem, _mend, _act: told.append(problem))
    backup_kind.wanted(page, there.desk)

    assert page.findChildren(KindSheet) == []
    assert [one.code for one in told] == ["role.denied_by_host"]
    assert told[0].values["what"] == "backup"


@pytest.fixture
def window(there, qtbot):
    made = Window(there.desk.config, language="en")
    qtbot.addWidget(made)
    made.begin()
    settle(qtbot, lambda: made.view.current == "summary")
    qtbot.waitUntil(lambda: made.tray is not None)
    return made


def test_by_key_and_by_the_tray_it_is_asked_once_which_kind(window, qtbot):
    QTest.keyClick(window.view, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    (sheet,) = window.findChildren(KindSheet)
    assert sheet.isVisible()
    sheet.give_up()
    window.hide()
    for _turn in range(2):
        window.tray.backup_wanted.emit()

    assert window.isVisible()
    assert [one.isVisible() for one in window.findChildren(KindSheet)].count(True) == 1
    assert the_runner().works() == ()


def broken(monkeypatch, name: str, error: Exception) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(BackupModel, name, refuse)


def test_what_failed_of_one_kind_is_not_said_of_another(there, qtbot, monkeypatch):
    _page, sheet = asked(there, qtbot)
    broken(monkeypatch, "forecast", SourceFailed("sqlserver.lost", server="RXSRV"))
    sheet.cards[BackupKind.LOG].choose()
    sheet.cards[BackupKind.FULL].choose()
    settle(qtbot)

    assert sheet.told == []
    sheet.cards[BackupKind.LOG].choose()
    settle(qtbot)
    assert len(sheet.told) == 1


def test_statements_that_can_not_be_copied_leave_what_would_be_made(there, qtbot, monkeypatch):
    _page, sheet = asked(there, qtbot)
    chosen(sheet, BackupKind.DIFFERENTIAL, qtbot)
    qtbot.waitUntil(lambda: len(sheet.told) == 3)
    before = sheet.told
    broken(monkeypatch, "backup_sql", SourceFailed("sqlserver.lost", server="RXSRV"))
    QTest.mouseClick(sheet.button_sql, Qt.MouseButton.LeftButton)
    settle(qtbot)

    assert sheet.told == before
    assert sheet.sql_said.isVisible()
    assert sheet.sql_said.text()
    sheet.cards[BackupKind.FULL].choose()
    assert not sheet.sql_said.isVisible()


def test_statements_of_one_kind_are_not_copied_nor_refused_as_those_of_another(there, qtbot, monkeypatch):
    there.company.backup()
    _page, sheet = asked(there, qtbot)
    use_language("en")
    said = []
    there.desk.said.connect(said.append)
    QApplication.clipboard().setText("what was there")
    sheet.button_sql.click()
    chosen(sheet, BackupKind.LOG, qtbot)
    settle(qtbot, lambda: bool(said))
    assert said == ["Not copied: another kind was chosen meanwhile"]
    assert QApplication.clipboard().text() == "what was there"

    broken(monkeypatch, "backup_sql", SourceFailed("sqlserver.lost", server="RXSRV"))
    sheet.button_sql.click()
    sheet.cards[BackupKind.FULL].choose()
    settle(qtbot)
    assert not sheet.sql_said.isVisible()
    sheet.button_sql.click()
    settle(qtbot)
    assert sheet.sql_said.isVisible()


def test_labels_are_plain_text(there, qtbot):
    _page, sheet = asked(there, qtbot)

    assert {one.textFormat() for one in sheet.findChildren(QLabel) if one.text()} == {Qt.TextFormat.PlainText}
