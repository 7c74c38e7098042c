"""The first run with databases of a SQL Server: found, ticked, written without a secret, copied and proven."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gui.server_desk import first_run, go_on, look, retype, server_desk, texts
from gui.world import HOST_CONTENT, settle, under_root
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from sqlserver_double.world import SA_PASSWORD

from rexus.modules.backup.config.secrets import Secret, read_env
from rexus.modules.backup.qt import first_course
from rexus.modules.backup.qt.page_first import FirstPage

PATIENCE_MS = 90_000


@pytest.fixture(autouse=True)
def begun_anew():
    """No answers of another test."""
    yield
    first_course._courses.clear()


@pytest.fixture
def there(tmp_path, qapp):
    with server_desk(tmp_path, "express2019") as made:
        yield made


@pytest.fixture
def page(there, tmp_path, qtbot):
    """The step of the databases, with SQL Server chosen and its address typed."""
    return first_run(there, tmp_path / "nuevo" / "backup_config.json", qtbot)


def test_from_its_address_to_a_proven_copy(page, there, tmp_path, qtbot):
    look(page, qtbot, SA_PASSWORD)
    server = page.databases.server
    assert sorted(server.boxes) == ["auditoria", "inventario", "users"]
    assert "It does not compress" in server.said.text()
    server.boxes["auditoria"].setChecked(False)
    go_on(page, qtbot, "folder")
    page.folder.root.setText(str(tmp_path / "copias2"))
    go_on(page, qtbot, "loss")
    go_on(page, qtbot, "proof")
    QTest.mouseClick(page.button_next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.course.stage in (first_course.DONE, first_course.FAILED), timeout=PATIENCE_MS)
    settle(qtbot)

    assert page.course.stage == first_course.DONE, texts(page.proof)
    config: Path = page.desk.config
    assert SA_PASSWORD not in config.read_text("utf-8")
    assert read_env(config.parent / ".env")["DB_PASSWORD"] == Secret(SA_PASSWORD)
    assert json.loads(_plain(config))["databases"] == {"inventario": "inventario", "users": "users"}
    assert there.company.databases() == {"users", "inventario", "auditoria"}


def _plain(config: Path) -> str:
    return "\n".join(line for line in config.read_text("utf-8").splitlines() if not line.lstrip().startswith("//"))


def test_a_wrong_password_keeps_one_from_going_on_and_says_why(page, qtbot):
    look(page, qtbot, "not-this-one")

    assert not page.button_next.isEnabled()
    assert "refused the user sa" in texts(page.databases.server.findings)
    assert "not-this-one" not in texts(page)


def test_databases_with_names_that_settings_can_not_have_get_others(page, there, qtbot):
    there.company.sql("CREATE DATABASE [Config]")
    long = "x" * 100
    there.company.sql(f"CREATE DATABASE [{long}]")
    look(page, qtbot, SA_PASSWORD)
    chosen = page.course.answers.databases

    assert set(chosen.values()) == {"auditoria", "inventario", "users", "Config", long}
    assert not {name for name in chosen if len(name) > 64 or name.casefold() == "config"}


def test_another_address_has_other_databases(page, qtbot):
    look(page, qtbot, SA_PASSWORD)
    assert page.button_next.isEnabled()
    retype(page.databases.server.address.host.box, "otro")

    assert page.databases.server.boxes == {}
    assert page.course.answers.databases == {}
    assert not page.button_next.isEnabled()


def test_back_to_files_forgets_the_server(page, qtbot):
    look(page, qtbot, SA_PASSWORD)
    QTest.mouseClick(page.databases.of_files, Qt.MouseButton.LeftButton)
    settle(qtbot)

    assert page.course.server is None
    assert page.course.answers.databases == {}
    assert not page.databases.server.isVisible()


def test_what_was_answered_is_there_again_but_no_password(page, qtbot):
    look(page, qtbot, SA_PASSWORD)
    again = FirstPage()
    root = under_root(again, HOST_CONTENT)
    again.use(page.desk)
    root.show()
    again.opened()
    settle(qtbot)
    server = again.databases.server

    assert server.user.box.text() == "sa"
    assert server.password.box.text() == ""
    assert server.answers().password == Secret(SA_PASSWORD)
    root.deleteLater()


def test_a_password_that_was_taken_away_again_is_none(page, qtbot):
    password = page.databases.server.password
    retype(password.box, "s")
    QTest.keyClick(password.box, Qt.Key.Key_Backspace)

    assert password.box.text() == ""
    assert page.course.server.password is None
    assert page.databases.server.answers().password is None


def test_a_password_with_blanks_at_its_ends_is_told_before_one_goes_on(page, there, qtbot):
    look(page, qtbot, SA_PASSWORD)
    assert page.button_next.isEnabled()
    server = page.databases.server
    retype(server.password.box, f" {SA_PASSWORD}")

    assert page.course.server.password == Secret(f" {SA_PASSWORD}")
    assert "without blanks at its ends" in server.password.told.text()
    assert server.at_fault() is server.password.box
    QTest.mouseClick(server.button_look, Qt.MouseButton.LeftButton)
    assert not server.is_looking


def test_no_password_stays_in_its_field_when_one_goes_on(page, qtbot):
    look(page, qtbot, SA_PASSWORD)
    go_on(page, qtbot, "folder")

    assert page.databases.server.password.box.text() == ""
    assert page.course.server.password == Secret(SA_PASSWORD)


def test_an_answer_about_the_server_before_is_not_shown(page, qtbot):
    server = page.databases.server
    retype(server.password.box, SA_PASSWORD)
    server.trust.mark.setChecked(True)
    QTest.mouseClick(server.button_look, Qt.MouseButton.LeftButton)
    retype(server.address.host.box, "otro")
    assert not server.is_looking
    assert server.button_look.isEnabled()
    settle(qtbot)

    assert server.boxes == {}
    assert page.course.answers.databases == {}
    assert "RXSRV" not in texts(server)


def test_an_answer_that_comes_after_files_were_chosen_brings_no_databases(page, qtbot):
    server = page.databases.server
    retype(server.password.box, SA_PASSWORD)
    server.trust.mark.setChecked(True)
    QTest.mouseClick(server.button_look, Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.databases.of_files, Qt.MouseButton.LeftButton)
    settle(qtbot)

    assert page.course.answers.databases == {}
    assert not server.is_looking
