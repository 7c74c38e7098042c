"""What was seen of a server counts for the server that was asked, never for what somebody typed meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from gui.server_desk import opened, press, retype, texts
from gui.world import settle
from qtpy.QtWidgets import QFileDialog

from rexus.modules.backup.base.records import Finding, Severity
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.qt import settings_paths
from rexus.modules.backup.qt.findings import Findings
from rexus.modules.backup.qt.settings_server import PASSWORD, USER, AddressFields


def test_a_refused_login_is_not_tried_again_by_itself(there, qtbot, monkeypatch):
    there.company.sign_in("sa", "not-the-one")
    there.open()
    asked, let_in = [], there.company.world.login

    def login(what):
        asked.append(what.user)
        return let_in(what)

    monkeypatch.setattr(there.company.world, "login", login)
    page, section = opened(there, qtbot)
    assert asked == ["sa"]
    for _number in range(3):
        page.refresh()
        settle(qtbot)
    page.book.open("times")
    page.book.open("databases")
    page.discard()
    settle(qtbot)
    assert asked == ["sa"]

    press(section.server.connection.button_test)
    settle(qtbot)
    assert asked == ["sa", "sa"]


def test_settings_that_were_read_anew_are_tried_anew(there, qtbot):
    there.company.sign_in("sa", "not-the-one")
    there.open()
    page, section = opened(there, qtbot)
    assert section.server.server is None
    there.company.sign_in("sa", there.company.password)
    there.open()
    page.refresh()
    settle(qtbot)

    assert section.server.server is not None


@pytest.mark.parametrize("field", ["host", "user", "password"])
def test_another_server_is_not_the_one_that_was_seen(there, qtbot, field):
    _page, section = opened(there, qtbot)
    part, connection = section.server, section.server.connection
    assert part.server is not None
    box = connection.address.host.box if field == "host" else getattr(connection, field).box
    retype(box, "otro")

    assert part.server is None
    assert part.advice.rows == []
    assert connection.findings.rows == []
    assert "RXSRV" not in texts(connection)
    assert not part.meeting.seen.isVisibleTo(part.meeting)
    assert "can be backed up" not in texts(section)


def test_a_setting_of_the_connection_makes_it_another_one_too(there, qtbot):
    _page, section = opened(there, qtbot)
    section.server.connection.encrypt.box.setCurrentIndex(0)

    assert section.server.server is None
    assert "RXSRV" not in texts(section.server.connection)


def test_an_answer_about_what_stood_there_before_is_not_shown(there, qtbot):
    _page, section = opened(there, qtbot)
    connection = section.server.connection
    press(connection.button_test)
    retype(connection.password.box, "another one")
    assert connection.button_test.isEnabled()
    settle(qtbot)

    assert section.server.server is None
    assert connection.findings.rows == []
    assert connection.button_test.text() == "Test connection"


def test_a_proof_of_another_folder_is_not_shown(there, qtbot, tmp_path):
    _page, section = opened(there, qtbot)
    meeting = section.server.meeting
    press(meeting.button_prove)
    retype(meeting.here.box, str(tmp_path))
    settle(qtbot)

    assert not meeting.seen.isVisibleTo(meeting)
    assert meeting.findings.rows == []
    assert "A file is made here" in meeting.said.text()


def test_a_look_tells_nothing_of_a_folder_that_it_was_not_asked_about(there, qtbot, tmp_path):
    _page, section = opened(there, qtbot)
    press(section.server.connection.button_test)
    retype(section.server.meeting.here.box, str(tmp_path))
    settle(qtbot)

    assert section.server.server is not None
    assert not section.server.meeting.seen.isVisibleTo(section.server.meeting)


@pytest.mark.parametrize("way", ["auto", "sql", "entra"])
def test_a_user_that_is_saved_is_used_though_the_field_is_empty(there, qtbot, way):
    page, section = opened(there, qtbot)
    page.book.edited.emit(("sqlserver", "authentication"), way)
    user = section.server.connection.user
    retype(user.box, "")

    assert "The saved user sa is still used" in user.told.text()
    assert not user.wrong
    assert section.trouble() == ""
    assert USER not in page.draft.secrets
    retype(user.box, "otra")
    assert "still used" not in user.told.text()


def test_a_password_with_blanks_at_its_ends_is_told_and_never_changed(there, qtbot):
    page, section = opened(there, qtbot)
    password = section.server.connection.password
    retype(password.box, " con blancos ")

    assert page.draft.secrets[PASSWORD] == Secret(" con blancos ")
    assert "without blanks at its ends" in password.told.text()
    assert not page.button_save.isEnabled()


def test_a_password_that_waits_to_be_saved_is_not_called_saved(there, qtbot):
    page, section = opened(there, qtbot)
    password = section.server.connection.password
    assert password.box.placeholderText() == "Saved; type to replace it"
    retype(password.box, "Nueva;1")
    page.book.take(page.draft, free=True)

    assert (password.box.text(), password.box.placeholderText()) == ("", "Typed, not saved yet")


def test_with_a_container_it_says_that_no_folder_was_tried(there, qtbot):
    address = "https://cuenta.blob.core.windows.net/copias"
    there.company.sql(f"CREATE CREDENTIAL [{address}] WITH IDENTITY = 'SHARED ACCESS SIGNATURE', SECRET = 'sv=1'")
    there.company.reconfigured(backup_url=address, client_backup_dir=None)
    there.open()
    _page, section = opened(there, qtbot)
    meeting = section.server.meeting
    press(meeting.button_prove)
    settle(qtbot, meeting.button_prove.isEnabled)

    assert texts(meeting).count("Nothing was tried: copies go into the container.") == 1
    assert not meeting.seen.isVisibleTo(meeting)


def test_a_share_that_does_not_answer_holds_up_nobody(there, qtbot, tmp_path, monkeypatch):
    _page, section = opened(there, qtbot)
    meeting = section.server.meeting
    answers, is_dir = threading.Event(), Path.is_dir

    def slow(path):
        if threading.current_thread() is not threading.main_thread():
            answers.wait(10)
        else:
            assert "no-hay" not in str(path), "the thread of the screens waits for the disk"
        return is_dir(path)

    monkeypatch.setattr(settings_paths.Path, "is_dir", slow)
    retype(meeting.here.box, str(tmp_path / "no-hay" / "nada"))
    press(meeting.choose)
    window = meeting.window()
    assert window.findChild(QFileDialog) is None
    answers.set()
    settle(qtbot, lambda: window.findChild(QFileDialog) is not None)
    dialog = window.findChild(QFileDialog)

    assert Path(dialog.directory().absolutePath()) == tmp_path
    dialog.fileSelected.emit(str(tmp_path))
    assert meeting.here.box.text() == str(tmp_path)
    dialog.close()


def test_buttons_that_copy_can_be_told_apart_by_ear(qapp, qtbot):
    use_language("en")
    rights = [
        Finding(code=f"sqlserver.{one}_right", severity=Severity.WARNING, values={"login": "c", "login_sql": "[c]"})
        for one in ("verify", "progress")
    ]
    shown = Findings(lambda _text: None)
    qtbot.addWidget(shown)
    shown.tell(rights)
    names = [row.button_copy.accessibleName() for row in shown.rows]

    assert len(set(names)) == 2
    assert all(row.message.text() in name for row, name in zip(shown.rows, names, strict=True))


def test_another_computer_is_not_reached_by_the_way_to_the_one_before(qapp, qtbot):
    fields = AddressFields()
    qtbot.addWidget(fields)
    fields.fill(("np", "srv1", "", None), "")
    retype(fields.port.box, "1433")
    assert fields.address.text == "np:srv1,1433"
    retype(fields.host.box, "srv2")

    assert fields.address.text == "srv2,1433"
