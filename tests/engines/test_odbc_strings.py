"""What ODBC is told and what it says: connection strings, drivers, messages and errors taken apart."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.engines import odbc_driver, odbc_said
from rexus.modules.backup.engines.odbc import OdbcClient, braced, connection_string
from rexus.modules.backup.engines.odbc_driver import Driver
from rexus.modules.backup.engines.odbc_said import Said
from rexus.modules.backup.engines.sqlserver_connect import Authentication, Connection, Encrypt

NEW = Driver(name="ODBC Driver 18 for SQL Server", major=18)
OLD = Driver(name="ODBC Driver 17 for SQL Server", major=17)
any_text = st.text(st.one_of(st.sampled_from(";={}[]'\" \\ñ€"), st.characters(exclude_categories=("Cs", "Cc"))))


def read(text: str) -> dict[str, str]:
    """A connection string as the rules of ODBC read it."""
    found: dict[str, str] = {}
    while text:
        name, _sign, text = text.partition("=")
        assert text.startswith("{")
        value, text = "", text[1:]
        while True:
            part, _brace, text = text.partition("}")
            value += part
            if not text.startswith("}"):
                break
            value, text = value + "}", text[1:]
        assert name not in found
        found[name] = value
        assert not text or text.startswith(";")
        text = text[1:]
    return found


@given(any_text, any_text.filter(bool))
@example("sa", "}")
@example("sa", "};PWD={x")
@example("dom\\us er", " {a}b;c='d\" ")
def test_any_user_and_password_arrive_as_they_are(user: str, password: str) -> None:
    connection = Connection(host="srv", instance="X", port=1433, user=user, password=Secret(password))
    words = read(connection_string(connection, NEW, "rexus-1"))
    assert (words["UID"], words["PWD"]) == (user, password)
    assert words["SERVER"] == "srv\\X,1433"
    assert (words["DATABASE"], words["WSID"], words["Encrypt"]) == ("master", "rexus-1", "mandatory")
    assert "TrustServerCertificate" not in words


@given(any_text)
def test_a_value_in_braces_ends_where_it_ends(value: str) -> None:
    assert read(f"A={braced(value)};B={braced(value)}") == {"A": value, "B": value}


@pytest.mark.parametrize(
    ("authentication", "told"),
    [
        (Authentication.SQL, {"UID": "u", "PWD": "p"}),
        (Authentication.WINDOWS, {"Trusted_Connection": "yes"}),
        (Authentication.ENTRA_PASSWORD, {"UID": "u", "PWD": "p", "Authentication": "ActiveDirectoryPassword"}),
        (Authentication.ENTRA_DEFAULT, {"Authentication": "ActiveDirectoryMsi"}),
    ],
)
def test_each_way_to_sign_in(authentication: Authentication, told: dict[str, str]) -> None:
    connection = Connection(host="srv", user="u", password=Secret("p"), authentication=authentication)
    words = read(connection_string(connection, NEW, "t"))
    ways = ("UID", "PWD", "Trusted_Connection", "Authentication")
    assert {name: words[name] for name in ways if name in words} == told


@pytest.mark.parametrize(
    ("driver", "encrypt", "trust", "told"),
    [
        (NEW, Encrypt.STRICT, True, ("strict", None)),
        (NEW, Encrypt.MANDATORY, True, ("mandatory", "yes")),
        (NEW, Encrypt.OPTIONAL, False, ("optional", None)),
        (OLD, Encrypt.MANDATORY, False, ("yes", None)),
        (OLD, Encrypt.OPTIONAL, True, ("no", "yes")),
    ],
)
def test_encryption_in_the_words_of_each_driver(
    driver: Driver, encrypt: Encrypt, trust: bool, told: tuple[str, str | None]
) -> None:
    connection = Connection(host="srv", encrypt=encrypt, trust_certificate=trust)
    words = read(connection_string(connection, driver, "t"))
    assert (words["Encrypt"], words.get("TrustServerCertificate")) == told


def test_an_old_driver_is_refused_where_encryption_must_be_strict() -> None:
    with pytest.raises(Refused, match="no_strict"):
        OdbcClient(Connection(host="srv", encrypt=Encrypt.STRICT), OLD)


@pytest.mark.parametrize(
    ("registered", "wish", "chosen"),
    [
        (["SQL Server", "ODBC Driver 17 for SQL Server", "ODBC Driver 18 for SQL Server"], "", NEW),
        (["ODBC Driver 18 for SQL Server", "ODBC Driver 17 for SQL Server"], OLD.name, OLD),
        (["ODBC Driver 17 for SQL Server"], "ODBC Driver 18 for SQL Server", OLD),
        (["ODBC Driver 13 for SQL Server", "SQL Server", "PostgreSQL Unicode"], "SQL Server", None),
        ([], "", None),
    ],
)
def test_the_newest_usable_driver_unless_another_is_wished(
    registered: list[str], wish: str, chosen: Driver | None
) -> None:
    assert odbc_driver.choose(registered, wish) == chosen


SERVER = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"


def test_a_notice_has_the_server_s_number() -> None:
    assert odbc_said.notice("[01000] (3211)", f"{SERVER}10 percent processed.") == Said(
        text="10 percent processed.", number=3211, by_server=True
    )


def test_an_error_of_one_record() -> None:
    said = "Cannot open backup device 'D:\\a (2)\\x'. Operating system error 5(Access is denied.)."
    (one,) = odbc_said.errors(f"[42000] {SERVER}{said} (3201) (SQLExecDirectW)")
    assert (one.number, one.state, one.by_server, one.text) == (3201, "42000", True, said)


def test_an_error_of_all_records_as_on_windows() -> None:
    text = (
        f"[42000] {SERVER}The file 'a' cannot be overwritten. (1834) (SQLMoreResults); [42000] {SERVER}File 'x; [y] z' "
        f"cannot be restored to 'a'. (3156); [42000] {SERVER}RESTORE DATABASE is terminating abnormally. (3013)"
    )
    assert [one.number for one in odbc_said.errors(text)] == [1834, 3156, 3013]
    assert odbc_said.errors(text)[1].text == "File 'x; [y] z' cannot be restored to 'a'."


def test_what_the_server_told_before_the_error_is_none_as_on_windows() -> None:
    driver = "[Microsoft][ODBC Driver 18 for SQL Server]"
    text = (
        f"[08S01] {driver}TCP Provider: Connection closed.\r\n (10054) (SQLMoreResults); [08S01] {driver}"
        f"Communication link failure (10054); [08S01] {SERVER}5 percent processed. (3211)"
    )
    assert [(one.by_server, one.number) for one in odbc_said.errors(text)] == [(False, 10054)] * 2 + [(True, 3211)]
    assert odbc_said.errors(text)[-1].severity == 0
    assert odbc_said.errors(f"[42000] {SERVER}BACKUP DATABASE is terminating abnormally. (3013)")[0].severity == 16


@pytest.mark.parametrize(
    "text",
    [
        "[HYT00] [Microsoft][ODBC Driver 18 for SQL Server]Login timeout expired (0) (SQLDriverConnect)",
        "[08001] [Microsoft][ODBC Driver 18 for SQL Server]TCP Provider: Error code 0x2749 (10057) (SQLDriverConnect)",
        "[01000] [unixODBC][Driver Manager]Can't open lib 'x' : file not found (0) (SQLDriverConnect)",
    ],
)
def test_what_the_driver_says_is_not_the_server(text: str) -> None:
    assert [one.by_server for one in odbc_said.errors(text)] == [False]


@given(st.text(st.sampled_from("[]();SQL 0123abHY\n"), max_size=80))
def test_no_words_of_a_driver_are_too_odd(text: str) -> None:
    assert isinstance(odbc_said.errors(text), tuple)
    assert odbc_said.notice(text, text).text is not None
