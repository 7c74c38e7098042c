"""Who signs in during the first run: what is saved goes to its own server and user alone; and Enter while it looks."""

from __future__ import annotations

import threading

import pytest
from gui.server_desk import first_run, go_on, look, press, retype, texts
from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from sqlserver_double.world import SA_PASSWORD

from rexus.modules.backup.config.first import Answers
from rexus.modules.backup.config.first_server import ServerAnswers
from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.qt import first_course


@pytest.fixture(autouse=True)
def begun_anew():
    """No answers of another test."""
    yield
    first_course._courses.clear()


@pytest.fixture
def config(tmp_path):
    made = tmp_path / "nuevo" / "backup_config.json"
    made.parent.mkdir()
    return made


@pytest.fixture
def asked(there, monkeypatch):
    """Who asked the server to be let in."""
    made, let_in = [], there.company.world.login
    monkeypatch.setattr(there.company.world, "login", lambda who: made.append(who.user) or let_in(who))
    return made


@pytest.fixture
def saved(there, config, qtbot, asked):
    """The step of the databases; a `.env` names the server, the user and the password."""
    port = there.company.server.port
    lines = (f"DB_SERVER=127.0.0.1,{port}", "DB_USERNAME=sa", f"DB_PASSWORD={SA_PASSWORD}")
    (config.parent / ".env").write_text("\n".join(lines), "utf-8")
    made = first_run(there, config, qtbot)
    made.databases.server.trust.mark.setChecked(True)
    settle(qtbot)
    return made.databases.server


@pytest.fixture
def page(there, config, qtbot):
    """The step of the databases; nothing is saved."""
    return first_run(there, config, qtbot)


def ask(server, qtbot) -> None:
    press(server.button_look)
    settle(qtbot, lambda: not server.is_looking)


# --- who signs in


@pytest.mark.parametrize("user", ["sa", ""])
def test_what_is_saved_is_used_where_the_page_says_so(saved, qtbot, asked, user):
    retype(saved.user.box, user)

    assert "Empty: the saved password of sa" in saved.password.told.text()
    assert saved.password.box.placeholderText() == "Saved; type to replace it"
    assert ("Empty: the saved user sa" in saved.user.told.text()) is (not user)
    ask(saved, qtbot)
    assert sorted(saved.boxes) == ["auditoria", "inventario", "users"]
    assert set(asked) == {"sa"}


@pytest.mark.parametrize("way", ["auto", "sql", "entra"])
@pytest.mark.parametrize("user", ["sa", "otra", ""])
def test_no_saved_login_goes_to_another_server(saved, there, qtbot, asked, way, user):  # noqa: PLR0917
    saved.sign_in.box.setCurrentIndex([one for one, _told in saved.sign_in.choices].index(way))
    retype(saved.user.box, user)
    retype(saved.address.host.box, f"localhost,{there.company.server.port}")
    QTest.keyClick(saved.address.host.box, Qt.Key.Key_Tab)
    fault = saved.password if user else saved.user

    assert "saved" in fault.told.text()
    assert not fault.wrong, "nobody is blamed before it is needed"
    assert not saved.ready
    assert saved.password.box.placeholderText() == "Not saved yet"
    assert "Empty: " not in saved.user.told.text() + saved.password.told.text()
    ask(saved, qtbot)
    assert QApplication.focusWidget() is fault.box
    assert fault.wrong
    assert asked == []


def test_no_saved_password_goes_to_another_user(saved, qtbot, asked):
    retype(saved.user.box, "otra")

    assert "The saved password is not that of otra on this server" in saved.password.told.text()
    ask(saved, qtbot)
    assert asked == []
    assert saved.password.wrong
    retype(saved.user.box, "sa")
    assert not saved.password.wrong
    retype(saved.user.box, "otra")
    assert not saved.password.wrong
    assert saved.at_fault() is saved.password.box
    assert saved.password.wrong


def test_a_password_that_is_typed_goes_where_it_is_typed_for(saved, there, qtbot, asked):
    retype(saved.address.host.box, f"localhost,{there.company.server.port}")
    QTest.keyClick(saved.address.host.box, Qt.Key.Key_Tab)
    retype(saved.password.box, SA_PASSWORD)
    ask(saved, qtbot)

    assert sorted(saved.boxes) == ["auditoria", "inventario", "users"]


def test_the_windows_account_needs_nothing_that_is_saved(saved, there, qtbot, asked):
    retype(saved.address.host.box, f"localhost,{there.company.server.port}")
    saved.sign_in.box.setCurrentIndex([one for one, _told in saved.sign_in.choices].index("windows"))

    assert not saved.user.wrong
    assert not saved.password.wrong
    assert saved.answers().user == ""


def test_even_before_it_is_known_what_is_saved_no_other_server_gets_it(saved, there, qtbot, asked):
    retype(saved.address.host.box, f"localhost,{there.company.server.port}")
    QTest.keyClick(saved.address.host.box, Qt.Key.Key_Tab)
    saved._saved = type(saved._saved)()
    saved._judge()
    assert not saved.password.wrong
    ask(saved, qtbot)

    assert asked == []
    assert "it must be typed" in texts(saved.findings)


@pytest.mark.parametrize("field", ["host", "user"])
def test_a_password_that_was_typed_before_is_for_that_server_and_user_alone(page, qtbot, field):
    look(page, qtbot, SA_PASSWORD)
    go_on(page, qtbot, "folder")
    press(page.button_back)
    settle(qtbot)
    server = page.databases.server
    assert server.password.box.placeholderText() == "Typed, not saved yet"
    assert server.answers().password == Secret(SA_PASSWORD)
    retype(server.address.host.box if field == "host" else server.user.box, "otro")

    assert server.answers().password is None
    assert page.course.server.password is None
    assert server.password.box.placeholderText() == "Not saved yet"


def test_nothing_is_called_saved_that_was_not(page, qtbot):
    page.course.written = (Answers(), ServerAnswers(authentication="windows"))
    page.databases.show_course(page.course)
    settle(qtbot)

    assert page.databases.server.password.box.placeholderText() == "Not saved yet"


# --- Enter while the server is asked


@pytest.fixture
def held(page, there, monkeypatch, qtbot):
    """The page while the server is asked; it answers when it is told to."""
    opens, knocked, let_in = threading.Event(), threading.Event(), there.company.world.login

    def login(who):
        knocked.set()
        assert opens.wait(30)
        return let_in(who)

    monkeypatch.setattr(there.company.world, "login", login)
    server = page.databases.server
    server.trust.mark.setChecked(True)
    retype(server.password.box, SA_PASSWORD)
    press(server.button_look)
    qtbot.waitUntil(knocked.is_set)
    assert server.is_looking
    page.opens = opens
    yield page
    opens.set()


def test_whoever_wants_to_go_on_while_the_server_is_asked_does_so_when_it_has_answered(held, qtbot):
    QTest.keyClick(held, Qt.Key.Key_Return)
    assert held.course.step == "databases"
    held.opens.set()
    settle(qtbot, lambda: held.course.step == "folder")

    assert set(held.course.answers.databases.values()) == {"auditoria", "inventario", "users"}


def test_whoever_types_another_server_meanwhile_does_not_go_on(held, qtbot):
    server = held.databases.server
    QTest.keyClick(held, Qt.Key.Key_Return)
    retype(server.user.box, "otra")
    held.opens.set()
    settle(qtbot)
    assert QApplication.focusWidget() is server.user.box
    retype(server.user.box, "sa")
    ask(server, qtbot)

    assert server.boxes
    assert held.course.step == "databases"


def test_where_nothing_was_found_it_leads_to_what_is_at_fault(held, there, qtbot):
    there.company.world.add_login("sa", "otra;Cl4ve")
    QTest.keyClick(held, Qt.Key.Key_Return)
    held.opens.set()
    settle(qtbot, lambda: not held.databases.server.is_looking)

    assert held.course.step == "databases"
    assert QApplication.focusWidget() is held.databases.server.button_look
    assert "refused the user sa" in texts(held.databases.server.findings)


def test_whoever_chooses_files_meanwhile_does_not_go_on(held, qtbot):
    QTest.keyClick(held, Qt.Key.Key_Return)
    press(held.databases.of_files)
    held.opens.set()
    settle(qtbot)

    assert held.course.step == "databases"
    assert held.course.server is None
