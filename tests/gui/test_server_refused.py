"""A sign-in that a server refused is not tried again by itself, for that locks accounts; another one is."""

from __future__ import annotations

import threading

import msgspec
import pytest
from gui.server_desk import opened, press, retype, texts
from gui.world import settle
from sqlserver_double.world import SA_PASSWORD

from rexus.modules.backup.base.records import Finding, Severity
from rexus.modules.backup.config.first import Answers
from rexus.modules.backup.config.first_server import ServerAnswers, loaded_of
from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.engines.sqlserver_look import Look, SeenServer
from rexus.modules.backup.qt import server_asked

WRONG = "not-the-one-4711"
NOT_AGAIN = "It is not tried again by itself"


class Door:
    """Who asked to be let in; held shut while somebody wants it so."""

    def __init__(self, world) -> None:
        self.asked: list[str] = []
        self.opens, self.knocked = threading.Event(), threading.Event()
        self.opens.set()
        self._let_in = world.login

    def login(self, who):
        self.asked.append(who.user)
        self.knocked.set()
        assert self.opens.wait(30)
        return self._let_in(who)


@pytest.fixture
def door(there, monkeypatch):
    """The server's, and a password in `.env` that is not the one."""
    made = Door(there.company.world)
    monkeypatch.setattr(there.company.world, "login", made.login)
    there.company.sign_in("sa", WRONG)
    there.open()
    yield made
    made.opens.set()


def told(section) -> str:
    return texts(section.server.connection)


def save(page, qtbot, key=("retention", "daily"), value=9):
    """Another setting is changed, and saved."""
    page.book.edited.emit(key, value)
    press(page.button_save)
    settle(qtbot, lambda: page.draft is not None and page.unsaved() == 0)


def test_other_settings_that_are_saved_do_not_have_it_tried_again(there, door, qtbot):
    page, section = opened(there, qtbot)
    assert NOT_AGAIN not in told(section)
    for daily in (9, 10):
        save(page, qtbot, value=daily)
        page.refresh()
        settle(qtbot)

    assert door.asked == ["sa"]
    assert "refused the user sa" in told(section)
    assert NOT_AGAIN in told(section)
    press(section.server.connection.button_test)
    settle(qtbot)
    assert door.asked == ["sa", "sa"]
    assert NOT_AGAIN not in told(section)


@pytest.mark.parametrize(
    ("key", "value"), [("encrypt", "strict"), ("trust_certificate", False), ("client", "sqlcmd"), ("parallel", 2)]
)
def test_nor_does_another_way_to_the_same_login(there, door, qtbot, key, value):
    page, section = opened(there, qtbot)
    save(page, qtbot, ("sqlserver", key), value)

    assert door.asked == ["sa"]
    assert NOT_AGAIN in told(section)


def test_an_edit_that_is_undone_while_the_server_is_asked_does_not_have_it_tried_again(there, door, qtbot):
    page, section = opened(there, qtbot)
    connection = section.server.connection
    door.opens.clear()
    door.knocked.clear()
    press(connection.button_test)
    qtbot.waitUntil(door.knocked.is_set)
    retype(connection.user.box, "otra")
    assert connection.button_test.isEnabled()
    press(page.button_undo)
    door.opens.set()
    settle(qtbot, lambda: NOT_AGAIN in told(section))

    assert connection.user.box.text() == "sa"
    assert door.asked == ["sa", "sa"], "by itself, and by the button"
    assert "refused the user sa" in told(section)


def test_a_page_that_is_made_anew_tells_what_the_one_before_was_told(there, door, qtbot):
    opened(there, qtbot)
    there.open()
    _page, section = opened(there, qtbot)

    assert door.asked == ["sa"]
    assert "refused the user sa" in told(section)
    assert NOT_AGAIN in told(section)
    assert section.server.connection.button_test.isEnabled()


def test_a_page_that_is_made_while_another_asks_waits_for_that_answer(there, door, qtbot):
    ends = threading.Event()

    def look() -> Look:
        assert ends.wait(30)
        return _refused()

    other = threading.Thread(target=server_asked.asked, args=(there.model.loaded, look), daemon=True)
    other.start()
    qtbot.waitUntil(lambda: any(server_asked._under_way.values()))
    _page, section = opened(there, qtbot)
    connection = section.server.connection
    assert "Asking the server" in told(section)
    assert not connection.button_test.isEnabled()
    ends.set()
    other.join()
    connection._again.timeout.emit()
    settle(qtbot, connection.button_test.isEnabled)

    assert door.asked == []
    assert NOT_AGAIN in told(section)


def test_another_password_is_tried_as_soon_as_it_is_saved(there, door, qtbot):
    page, section = opened(there, qtbot)
    retype(section.server.connection.password.box, SA_PASSWORD)
    press(page.button_save)
    settle(qtbot, lambda: section.server.server is not None)

    assert "RXSRV" in told(section)
    assert NOT_AGAIN not in told(section)


def test_once_it_was_let_in_by_the_button_it_is_asked_by_itself_again(there, door, qtbot):
    _page, section = opened(there, qtbot)
    there.company.world.add_login("sa", WRONG, roles=("sysadmin",))
    press(section.server.connection.button_test)
    settle(qtbot, lambda: section.server.server is not None)
    _page, again = opened(there, qtbot)

    assert again.server.server is not None
    assert NOT_AGAIN not in told(again)


def test_nothing_that_is_remembered_tells_the_password(there, door, qtbot):
    _page, section = opened(there, qtbot)
    held = repr(server_asked._refused)

    assert server_asked._refused
    assert WRONG not in held
    assert WRONG not in texts(section)


# --- what counts as the same


def _refused(code: str = "sqlserver.login_failed") -> Look:
    return Look(findings=(Finding(code=code, severity=Severity.ERROR),))


def _loaded(tmp_path, **what):
    login = {name: what.pop(name) for name in ("server", "user", "password", "authentication") if name in what}
    told = ServerAnswers(**{"server": "srv", "user": "sa", "password": Secret("a"), **login})
    made = loaded_of(Answers(app_root=str(tmp_path)), told, tmp_path / "backup_config.json")
    server = msgspec.structs.replace(made.settings.sqlserver, **what)
    made.settings = msgspec.structs.replace(made.settings, sqlserver=server)
    return made


def _again(tmp_path, code, **what) -> bool:
    """Whether the server is asked by itself once it refused, with something else by now."""
    server_asked.asked(_loaded(tmp_path), lambda: _refused(code))
    asked = []
    found = server_asked.asked_by_itself(_loaded(tmp_path, **what), lambda: asked.append(1) or _refused(code))
    assert found == (_refused(code), not asked)
    return bool(asked)


@pytest.mark.parametrize(
    "what",
    [
        {"server": "otro"},
        {"server": "srv,1444"},
        {"user": "otra"},
        {"password": Secret("b")},
        {"authentication": "windows"},
        {"authentication": "entra"},
    ],
)
def test_another_login_is_another_one(tmp_path, what):
    assert _again(tmp_path, "sqlserver.login_failed", **what)


@pytest.mark.parametrize(
    "what",
    [{}, {"server": "SRV"}, {"authentication": "sql"}, {"encrypt": "optional"}, {"client": "odbc"}, {"parallel": 7}],
)
def test_the_same_login_is_the_same_however_it_gets_there(tmp_path, what):
    assert not _again(tmp_path, "sqlserver.login_failed", **what)


def test_a_server_that_was_not_reached_is_asked_on_another_way(tmp_path):
    assert not _again(tmp_path, "sqlserver.certificate_untrusted", parallel=7)
    assert _again(tmp_path, "sqlserver.certificate_untrusted", trust_certificate=True)


def test_one_that_lets_in_is_asked_as_often_as_somebody_looks(tmp_path):
    open_door = Look(
        findings=(),
        server=SeenServer(
            name="SRV", edition="", version="", backup_folder="", is_express=False, can_compress=True,
            can_encrypt=True, compresses_by_default=False, largest_database=None,
        ),
    )  # fmt: skip
    assert server_asked.asked(_loaded(tmp_path), _refused).server is None
    assert server_asked.asked(_loaded(tmp_path), lambda: open_door) is open_door
    for _turn in range(2):
        assert server_asked.asked_by_itself(_loaded(tmp_path), lambda: open_door) == (open_door, False)


def test_a_look_that_breaks_is_remembered_as_nothing(tmp_path):
    def broken() -> Look:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        server_asked.asked(_loaded(tmp_path), broken)
    assert server_asked.asked_by_itself(_loaded(tmp_path), _refused) == (_refused(), False)
