"""The settings of databases that a server keeps: connection, common folder, losses; tried against the double."""

from __future__ import annotations

import json

import pytest
from gui.server_desk import opened, press, retype, server_desk, texts
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from sqlserver_double.world import SA_PASSWORD

from rexus.modules.backup.config.secrets import Secret, read_env
from rexus.modules.backup.qt.findings import FindingRow
from rexus.modules.backup.qt.page_settings import SettingsPage


def test_it_looks_by_itself_and_says_which_server_and_client_there_are(there, qtbot):
    _page, section = opened(there, qtbot)
    connection = section.server.connection

    assert "RXSRV: Standard Edition" in connection.said.text()
    assert "ODBC" in texts(connection.findings)
    assert [one.place.wrong for one in section.entries] == [False] * 3
    assert "can be backed up" in texts(section.entries[0])


def test_a_wrong_password_is_told_at_once_and_is_never_shown(there, qtbot):
    there.company.sign_in("sa", "not-the-one-4711")
    there.open()
    _page, section = opened(there, qtbot)

    assert "refused the user sa" in texts(section.server.connection.findings)
    assert "4711" not in texts(section)
    assert section.server.server is None


def test_a_missing_right_comes_with_the_statement_to_copy(there, qtbot):
    there.company.world.add_login("copias", "S3creto;x", users={"users": ["db_backupoperator"]})
    there.company.sign_in("copias", "S3creto;x")
    there.open()
    _page, section = opened(there, qtbot)
    rows = section.server.connection.findings.rows
    right = next(one for one in rows if "verify nor restore" in one.message.text())
    press(right.button_copy)

    assert QApplication.clipboard().text().startswith("GRANT CREATE ANY DATABASE TO [copias];")
    (other,) = section.entries[1].findChildren(FindingRow)
    press(other.button_copy)
    assert "ALTER ROLE db_backupoperator ADD MEMBER [copias];" in QApplication.clipboard().text()
    assert "S3creto" not in texts(section)


def test_testing_asks_by_what_is_typed_and_does_not_hold_up_the_page(there, qtbot):
    there.company.sign_in("sa", "wrong")
    there.open()
    page, section = opened(there, qtbot)
    connection = section.server.connection
    retype(connection.password.box, SA_PASSWORD)
    press(connection.button_test)
    assert (connection.button_test.text(), connection.button_test.isEnabled()) == ("Testing…", False)
    settle(qtbot, lambda: section.server.server is not None)

    assert page.unsaved() == 1
    assert connection.button_test.isEnabled()
    assert not (there.company.run.config.parent / ".env").read_text("utf-8").count(SA_PASSWORD)


def test_user_and_password_go_into_env_and_never_into_the_settings(there, qtbot):
    page, section = opened(there, qtbot)
    connection = section.server.connection
    retype(connection.user.box, "otra")
    retype(connection.password.box, "Nueva;{1}'x")
    assert "Password" in {section.name_of(".".join(one.key)) for one in page.draft.changes()}
    press(page.button_save)
    settle(qtbot, lambda: page.unsaved() == 0 and page.draft is not None)
    kept = read_env(there.company.run.config.parent / ".env")

    assert kept["DB_PASSWORD"] == Secret("Nueva;{1}'x")
    assert "otra" in (there.company.run.config.parent / ".env").read_text("utf-8")
    assert "Nueva" not in there.company.run.config.read_text("utf-8")
    assert section.server.connection.password.box.text() == ""


def test_a_whole_name_goes_into_its_fields_and_is_saved_whole(there, qtbot):
    page, section = opened(there, qtbot)
    address = section.server.connection.address
    retype(address.host.box, "SRV1\\SQLEXPRESS,1444")
    QTest.keyClick(address.host.box, Qt.Key.Key_Return)

    assert (address.host.box.text(), address.instance.box.text(), address.port.box.text()) == (
        "SRV1",
        "SQLEXPRESS",
        "1444",
    )
    assert page.draft.get(("sqlserver", "server")) == "SRV1\\SQLEXPRESS,1444"
    assert "not used" in address.instance.told.text()


@pytest.mark.parametrize(("field", "text", "said"), [("port", "70000", "65"), ("instance", "a b", "at most 16")])
def test_half_an_address_can_not_be_saved(there, qtbot, field, text, said):
    page, section = opened(there, qtbot)
    address = section.server.connection.address
    retype(address.host.box, "srv")
    retype(getattr(address, field).box, text)

    assert getattr(address, field).wrong
    assert said in getattr(address, field).told.text()
    assert not page.button_save.isEnabled()
    assert getattr(address, field).name in page.button_save.toolTip()


def test_signing_in_as_windows_asks_for_no_user(there, qtbot):
    page, section = opened(there, qtbot)
    connection = section.server.connection
    page.book.edited.emit(("sqlserver", "authentication"), "windows")

    assert not connection.user.isVisible()
    assert not connection.password.isVisible()


def test_a_folder_that_both_see_is_proven_and_leaves_nothing(there, qtbot):
    _page, section = opened(there, qtbot)
    meeting = section.server.meeting
    press(meeting.button_prove)
    settle(qtbot, meeting.button_prove.isEnabled)

    assert "the server saw a file made here" in texts(meeting.seen)
    assert there.company.leftovers() == []


def test_another_folder_of_this_machine_is_found_out(there, qtbot, tmp_path):
    other = tmp_path / "otra"
    other.mkdir()
    _page, section = opened(there, qtbot)
    meeting = section.server.meeting
    retype(meeting.here.box, str(other))
    assert "proven" not in texts(meeting.seen)
    press(meeting.button_prove)
    settle(qtbot, meeting.button_prove.isEnabled)

    assert "They are not the same folder" in texts(meeting.seen)
    assert list(other.iterdir()) == []


def test_without_a_folder_here_it_says_what_that_means(there, qtbot):
    _page, section = opened(there, qtbot)
    meeting = section.server.meeting
    retype(meeting.here.box, "")

    assert "the copies stay on the server" in meeting.said.text()
    press(meeting.button_prove)
    settle(qtbot, meeting.button_prove.isEnabled)
    assert "This machine does not see it" in texts(meeting.seen)


def test_half_a_path_is_no_folder(there, qtbot):
    page, section = opened(there, qtbot)
    retype(section.server.meeting.there.box, "Backup")

    assert section.server.meeting.there.wrong
    assert not page.button_save.isEnabled()


def test_losses_are_told_and_nothing_is_changed_on_the_server(there, qtbot):
    there.company.sql("ALTER DATABASE inventario SET RECOVERY SIMPLE")
    _page, section = opened(there, qtbot)
    rows = {row.accessibleName().partition(":")[0]: row for row in section.server.advice.rows}
    assert "up to 24 hours" in rows["inventario"].accessibleName()
    press(rows["inventario"].button_copy)

    assert QApplication.clipboard().text() == "ALTER DATABASE [inventario] SET RECOVERY FULL;"
    assert there.company.sql("SELECT recovery_model_desc FROM sys.databases WHERE name = N'inventario'") == [
        ("SIMPLE",)
    ]


def test_a_name_that_the_server_has_not_is_told_and_others_are_offered(there, qtbot):
    there.company.sql("CREATE DATABASE compras")
    page, section = opened(there, qtbot)
    retype(section.entries[0].place.control, "nadie")
    assert "no database of this name" in section.entries[0].place.told.text()
    section.button_add.click()
    assert [one.text() for one in section.menu.actions()] == ["compras", "users", "Another name…"]
    section.menu.actions()[0].trigger()

    assert page.draft.get(("databases",))["compras"] == "compras"
    section.menu.close()


def test_files_become_databases_of_a_server_only_by_their_names_there(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, language="en")
    page = SettingsPage()
    qtbot.waitExposed(world.show(page, section="databases"))
    settle(qtbot, lambda: page.draft is not None)
    section = page.book.current
    assert not section.server.connection.isVisible()
    section.kind.box.setCurrentIndex(1)
    settle(qtbot)

    assert section.server.connection.isVisible()
    assert page.draft.get(("engine",)) == "sqlserver"
    assert "not a file" in section.entries[0].place.told.text()
    section.kind.box.setCurrentIndex(0)
    settle(qtbot)
    assert page.unsaved() == 0


def test_an_edition_that_can_do_less_says_so_where_it_matters(tmp_path, qapp, qtbot):
    with server_desk(tmp_path, "express2019") as there:
        _page, section = opened(there, qtbot)

        assert "It does not compress" in section.server.connection.said.text()
        assert "10.7\u00a0GB" in section.server.connection.said.text()


def test_every_field_has_a_name_and_tab_goes_from_one_to_the_next(there, qtbot):
    _page, section = opened(there, qtbot)
    connection = section.server.connection
    boxes = [connection.address.host.box, connection.address.instance.box, connection.address.port.box]
    assert all(box.accessibleName() for box in [*boxes, connection.user.box, connection.password.box])
    boxes[0].setFocus()
    for box in boxes[1:]:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is box


def test_odd_settings_of_the_server_are_shown_to_be_mended(there, qtbot):
    config = there.company.run.config
    whole = json.loads(config.read_text("utf-8"))
    whole["sqlserver"]["server"] = "a b;c"
    config.write_text(json.dumps(whole), "utf-8")
    there.open()
    page, section = opened(there, qtbot)

    assert section.server.connection.address.host.wrong
    retype(section.server.connection.address.host.box, "srv")
    assert page.draft.get(("sqlserver", "server")) == "srv"


@pytest.mark.parametrize("called", ["Config", "aux", "y" * 100])
def test_a_database_of_the_server_gets_a_name_that_settings_can_have(there, qtbot, called):
    page, section = opened(there, qtbot)
    section.add_named(called)

    assert section.entries[-1].value_name
    assert [one.code for one in page.draft.problems.values()] == []
