"""A look at a server from outside: who is refused is refused once, for accounts are locked after a few attempts."""

from __future__ import annotations

import pytest
from support.sqlserver import Company, company

from rexus.modules.backup.base.records import Finding, Severity
from rexus.modules.backup.engines.sqlserver_check import is_of_folder, is_reached


@pytest.fixture
def there(tmp_path):
    with company(tmp_path, "odbc") as made:
        yield made


def counted(there: Company, monkeypatch) -> list[str]:
    """Whoever asks to be let in, from now on."""
    asked: list[str] = []
    let_in = there.world.login

    def login(what):
        asked.append(what.user)
        return let_in(what)

    monkeypatch.setattr(there.world, "login", login)
    return asked


def test_a_wrong_password_is_tried_once_by_a_look(there, monkeypatch):
    there.sign_in("sa", "not-the-one")
    asked = counted(there, monkeypatch)
    look = there.model().look_at_server()

    assert asked == ["sa"]
    assert look.server is None
    assert "sqlserver.login_failed" in {one.code for one in look.of_connection}
    assert not is_reached(look.findings)


def test_a_look_parts_what_is_said_of_the_folder_from_the_rest(there):
    look = there.model().look_at_server()

    assert {one.code for one in look.of_folder} == {"sqlserver.folder_ok", "sqlserver.folder_written"}
    assert is_reached(look.of_connection)
    assert sorted(one.code for one in (*look.of_folder, *look.of_connection)) == sorted(
        one.code for one in look.findings
    )


@pytest.mark.parametrize(
    ("code", "is_so"),
    [("folders_differ", True), ("no_folder", True), ("folder_unseen", True), ("reached", False), ("url_ok", False)],
)
def test_what_is_of_the_folder(code, is_so):
    assert is_of_folder(Finding(code=f"sqlserver.{code}", severity=Severity.INFO)) is is_so
