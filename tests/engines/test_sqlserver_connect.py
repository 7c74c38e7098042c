"""From settings and `.env` to a connection: names of servers, ways to sign in, and which client is used."""

from __future__ import annotations

import pytest
from engines.odbc_wire import needs_driver

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.errors import BadInput, Refused
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.config.settings import SqlServer
from rexus.modules.backup.engines import sqlserver_choose
from rexus.modules.backup.engines.sqlserver_choose import choose
from rexus.modules.backup.engines.sqlserver_connect import (
    Authentication,
    Connection,
    Encrypt,
    connection_of,
    server_parts,
    session_token,
)
from rexus.modules.backup.engines.sqlserver_start import start_problem

ENV = {"DB_SERVER": "srv\\SQLEXPRESS", "DB_USERNAME": "rexus", "DB_PASSWORD": Secret(" p;w ")}


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB_SERVER", "DB_PORT", "DB_USERNAME", "DB_PASSWORD", "DB_DRIVER", "REXUS_SQLCMD"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("named", "parts", "written"),
    [
        ("localhost", ("", "localhost", "", None), "localhost"),
        (" . ", ("", ".", "", None), "."),
        ("(local)", ("", "(local)", "", None), "(local)"),
        ("(localdb)\\MSSQLLocalDB", ("", "(localdb)", "MSSQLLocalDB", None), "(localdb)\\MSSQLLocalDB"),
        ("srv\\SQLEXPRESS", ("", "srv", "SQLEXPRESS", None), "srv\\SQLEXPRESS"),
        ("tcp:10.0.0.1,1433", ("tcp", "10.0.0.1", "", 1433), "tcp:10.0.0.1,1433"),
        ("srv.dom.local\\X , 50000", ("", "srv.dom.local", "X", 50000), "srv.dom.local\\X,50000"),
        ("srv:1433", ("", "srv", "", 1433), "srv,1433"),
        ("[::1],1433", ("", "[::1]", "", 1433), "[::1],1433"),
        ("np:\\\\srv\\pipe\\sql\\query", ("np", "\\\\srv\\pipe\\sql\\query", "", None), "np:\\\\srv\\pipe\\sql\\query"),
    ],
)
def test_names_of_servers(named: str, parts: tuple[str, str, str, int | None], written: str) -> None:
    assert server_parts(named) == parts
    protocol, host, instance, port = parts
    assert Connection(protocol=protocol, host=host, instance=instance, port=port).server == written


@pytest.mark.parametrize("named", ["srv\\", "srv,", "srv,99999", "srv,0", "a b\\c\\d", "srv;PWD=x", "x,1433;y", "\\X"])
def test_what_is_no_name_of_a_server(named: str) -> None:
    with pytest.raises(BadInput, match="bad_server"):
        server_parts(named)


def test_all_of_it_from_the_environment() -> None:
    found = connection_of(SqlServer(), {**ENV, "DB_DRIVER": "{ODBC Driver 17 for SQL Server}", "DB_PORT": "1433"})
    assert (found.server, found.user, found.authentication) == ("srv\\SQLEXPRESS", "rexus", Authentication.SQL)
    assert found.secrets == (" p;w ",)
    assert (found.driver, found.encrypt) == ("ODBC Driver 17 for SQL Server", Encrypt.MANDATORY)
    assert "p;w" not in repr(found)


def test_the_settings_win_and_a_port_counts_without_an_instance() -> None:
    settings = SqlServer(server="other", encrypt="strict", trust_certificate=True, login_timeout_s=5)
    found = connection_of(settings, {**ENV, "DB_PORT": Secret("5000")})
    assert (found.server, found.encrypt, found.trust_certificate) == ("other,5000", Encrypt.STRICT, True)
    assert found.login_timeout_s == 5


@pytest.mark.parametrize(
    ("authentication", "user", "found"),
    [
        ("auto", "u", Authentication.SQL),
        ("auto", "", Authentication.WINDOWS),
        ("windows", "u", Authentication.WINDOWS),
        ("entra", "u", Authentication.ENTRA_PASSWORD),
        ("entra", "", Authentication.ENTRA_DEFAULT),
    ],
)
def test_ways_to_sign_in(authentication: str, user: str, found: Authentication) -> None:
    settings = SqlServer(authentication=authentication)  # type: ignore[arg-type]
    made = connection_of(settings, {"DB_SERVER": "s", "DB_USERNAME": user, "DB_PASSWORD": Secret("p")})
    assert made.authentication is found
    assert bool(made.password) is (found in (Authentication.SQL, Authentication.ENTRA_PASSWORD))


@pytest.mark.parametrize(
    ("settings", "environment", "code"),
    [
        (SqlServer(), {}, "no_server"),
        (SqlServer(server="a;b\\\\"), {}, "bad_server"),
        (SqlServer(authentication="sql"), {"DB_SERVER": "s"}, "no_user"),
        (SqlServer(), {"DB_SERVER": "s", "DB_USERNAME": "u", "DB_PASSWORD": ""}, "no_password"),
    ],
)
def test_what_is_missing_is_named(
    settings: SqlServer, environment: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rexus.modules.backup.config.secrets._in_keyring", lambda _name: None)
    with pytest.raises(BadInput, match=code):
        connection_of(settings, environment)


def test_no_two_sessions_have_the_same_token() -> None:
    tokens = {session_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(one) <= 128 and one.isascii() for one in tokens)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("mssql: login error: Login failed for user 'sa'.", "login_failed"),
        ("Sqlcmd: Error: Microsoft ODBC Driver 17 for SQL Server : Login failed for user 'sa'..", "login_failed"),
        ("TLS Handshake failed: x509: certificate signed by unknown authority", "certificate_untrusted"),
        ("08001: SSL Provider: [error:0A000086:…certificate verify failed]", "certificate_untrusted"),
        ("server does not support encryption", "no_encryption"),
        ("08001: Encryption not supported on SQL Server.", "no_encryption"),
        ("HYT00: Login timeout expired", "unreachable"),
        ("dial tcp 127.0.0.1:1: connect: connection refused", "unreachable"),
        ("Sqlcmd: '-Nm': Unknown Option.", "client_failed"),
        ("etwas ganz anderes", "unreachable"),
        ("", "unreachable"),
    ],
)
def test_why_there_is_no_connection(said: str, code: str) -> None:
    problem = start_problem(said, Connection(host="srv", user="u"), "/x/sqlcmd", 1)
    assert problem.code == f"sqlserver.{code}"
    before = texts.language()
    texts.use_language("en")
    try:
        told = texts.sentence(problem)
    finally:
        texts.use_language(before)
    assert "?" not in told.message + told.safe + told.fix


def test_without_any_client_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(code: str) -> Refused:
        return Refused(code, why="-", path="-")

    def no_sqlcmd(*_given: object, **_named: object) -> object:
        raise nothing("sqlserver.no_sqlcmd")

    def no_driver(*_given: object, **_named: object) -> object:
        raise nothing("sqlserver.no_driver")

    monkeypatch.setattr(sqlserver_choose, "SqlcmdClient", no_sqlcmd)
    monkeypatch.setattr(sqlserver_choose, "OdbcClient", no_driver)
    for wanted, code in (("auto", "no_client"), ("sqlcmd", "no_sqlcmd"), ("odbc", "no_driver")):
        with pytest.raises(Refused, match=code):
            choose(wanted, Connection(host="s"))  # type: ignore[arg-type]


@needs_driver
def test_odbc_stands_in_for_a_sqlcmd_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("rexus.modules.backup.engines.sqlcmd_find._usual", lambda _environment: iter(()))
    chosen = choose("auto", Connection(host="s"))
    assert (chosen.client.name, chosen.because.code) == ("ODBC", "sqlserver.uses_odbc_only")
    assert choose("odbc", Connection(host="s")).because.code == "sqlserver.uses_odbc"


def test_its_sentences_are_there() -> None:
    for code in ("uses_sqlcmd", "uses_sqlcmd_only", "uses_odbc", "uses_odbc_only"):
        told = texts.sentence(Problem(code=f"sqlserver.{code}", values={"path": "p", "program": "go", "driver": "d"}))
        assert told.message and told.fix
        assert "?" not in told.message
