"""What is saved of a login stands for what is left empty on its own server alone, and never for anybody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.config.first import Answers
from rexus.modules.backup.config.first_server import SavedLogin, ServerAnswers, about_login, saved_login
from rexus.modules.backup.config.secrets import Secret

NAMES = st.sampled_from(["", "a", "b", "A"])
WAYS = st.sampled_from(["auto", "sql", "windows", "entra"])
ANSWERS = st.builds(
    ServerAnswers,
    server=NAMES,
    user=NAMES,
    authentication=WAYS,
    password=st.sampled_from([None, Secret("x")]),
)
SAVED = st.builds(SavedLogin, server=NAMES, user=NAMES, has_password=st.booleans())


@given(ANSWERS, SAVED)
def test_nobody_is_given_what_is_saved_for_another(told, saved):
    problem = about_login(told, saved)
    signs = told.authentication != "windows"
    takes_user = signs and not told.user and bool(saved.user)
    takes_password = signs and told.password is None and saved.has_password and bool(told.user or saved.user)
    is_its_server = bool(saved.server) and told.server.casefold() in ("", saved.server.casefold())
    is_its_user = told.user in ("", saved.user)

    may = not (takes_user and not is_its_server)
    may = may and not (takes_password and not (is_its_server and is_its_user))
    assert (problem is None) is may


@given(ANSWERS)
def test_where_nothing_is_saved_there_is_nothing_to_say(told):
    assert about_login(told, SavedLogin()) is None


@pytest.fixture
def no_process(monkeypatch):
    for name in ("DB_SERVER", "DB_USERNAME", "DB_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_saved_is_read_where_it_is_looked_for(tmp_path, no_process, monkeypatch):
    config, app = tmp_path / "ours" / "backup_config.json", tmp_path / "app"
    answers = Answers(app_root=str(app))
    assert saved_login(answers, config) == SavedLogin()
    app.mkdir()
    (app / ".env").write_text("DB_SERVER=srv,1444\nDB_USERNAME=sa\nDB_PASSWORD=x\n", "utf-8")

    assert saved_login(answers, config) == SavedLogin(server="srv,1444", user="sa", has_password=True)
    assert saved_login(answers, config, "otro").server == "otro"
    assert saved_login(answers, config, None).server == ""
    (app / ".env").unlink()
    monkeypatch.setenv("DB_PASSWORD", "y")
    assert saved_login(answers, config) == SavedLogin(has_password=True)
