"""The wire of the SQL Server double, read by Microsoft's own driver: getting in, encryption, values, messages."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from sqlserver_double.answers import Done, Message
from sqlserver_double.odbc import connection_string, driver
from sqlserver_double.server import Server
from sqlserver_double.tiny_world import BACKUP, TinyWorld, printed, table
from support.wine import lacking_in_wine

certificates = lacking_in_wine("every certificate is good enough there")
TRUSTING = "Encrypt=no;TrustServerCertificate=yes"
SCALARS = {
    "tinyint": 255, "smallint": -2, "int": -(2**31), "bigint": 2**62, "bit": True, "float": 1.5, "real": -0.25,
    "nvarchar(20)": "ñandú 😀", "nvarchar(max)": "x" * 9000, "varchar(9)": "áé€", "varchar(max)": "y" * 5000,
    "sysname": "dbo", "nchar(4)": "ñ   ", "char(3)": "z  ", "varbinary(5)": b"\1\2", "varbinary(max)": b"\3" * 7000,
    "binary(2)": b"ab", "numeric(25,0)": Decimal(39000000172000001), "decimal(9,2)": Decimal("-1234567.89"),
    "decimal(38,4)": Decimal("-1234567890123456789012345678901234.5678"), "smallmoney": Decimal("-1.2500"),
    "money": Decimal("-922337203685477.5808"), "datetime": datetime(2026, 4, 21, 16, 40, 36, 997000),
    "smalldatetime": datetime(2026, 4, 21, 16, 40), "date": date(1, 1, 1), "time(3)": time(1, 2, 3, 456000),
    "datetime2(7)": datetime(9999, 12, 31, 23, 59, 59, 999999), "datetime2(3)": datetime(2026, 4, 21, 1, 2, 3, 4000),
    "datetime2(0)": datetime(2026, 4, 21, 1, 2, 3), "uniqueidentifier": str(uuid.UUID(int=0xA1B2 << 100)).upper(),
}  # fmt: skip


@pytest.fixture
def world() -> TinyWorld:
    world = TinyWorld()
    world.says("SELECT 1", *table({"": "int"}, (1,)))
    return world


@pytest.fixture
def server(world: TinyWorld) -> Iterator[Server]:
    driver()
    with Server(world) as running:
        yield running


def connected(server: Server, more: str = "Encrypt=no", **options: Any) -> Any:
    return driver()[0].connect(connection_string(server.port, more=more), autocommit=True, timeout=10, **options)


def rows(cursor: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("encryption", "more", "encrypted"),
    [
        ("off", "Encrypt=no", False),
        ("off", "Encrypt=yes;TrustServerCertificate=yes", True),
        ("on", TRUSTING, True),
        ("required", TRUSTING, True),
        ("not_supported", "Encrypt=no", False),
        ("login_only", "Encrypt=no", False),
    ],
)
def test_a_driver_gets_in_and_is_answered(world, encryption, more, encrypted):
    driver()
    with Server(world, encryption) as server:
        assert rows(connected(server, more).execute("SELECT 1")) == [(1,)]

    assert world.logins[0].encrypted == encrypted


@pytest.mark.parametrize(
    ("encryption", "more", "state", "text"),
    [
        pytest.param("off", "Encrypt=yes", "08001", "certificate", marks=certificates),
        pytest.param("required", "Encrypt=no", "08001", "certificate", marks=certificates),
        pytest.param("off", "Encrypt=strict", "08001", "certificate", marks=certificates),
        ("not_supported", "Encrypt=yes", "08001", "Encryption not supported"),
        ("login_only", "Encrypt=yes", "08001", "Encryption not supported"),
    ],
)
def test_a_driver_that_insists_on_more_is_not_served(world, encryption, more, state, text):
    pyodbc, _ = driver()
    with Server(world, encryption) as server, pytest.raises(pyodbc.Error) as error:
        connected(server, more)

    assert error.value.args[0] == state
    assert text in error.value.args[1]
    assert world.logins == []


def test_a_wrong_password_says_the_same_as_everywhere(world, server):
    pyodbc, _ = driver()
    with pytest.raises(pyodbc.Error) as error:
        pyodbc.connect(connection_string(server.port, password="wr}ong"), timeout=10)

    assert error.value.args[0] == "28000"
    assert "Login failed for user 'sa'. (18456)" in error.value.args[1]
    assert world.logins[0].password == "wr}ong"


def test_a_database_that_is_not_there_fails_the_login(server):
    pyodbc, _ = driver()
    with pytest.raises(pyodbc.Error, match=r'Cannot open database "nowhere" requested by the login.*\(4060\)'):
        connected(server, "Encrypt=no;DATABASE=nowhere")


def test_the_world_learns_who_comes(world, server):
    connected(server, "Encrypt=no;APP=Rexus;WSID=desk-7;DATABASE=tempdb;ApplicationIntent=ReadOnly").close()

    (login,) = world.logins
    assert (login.user, login.password, login.database) == ("sa", world.password, "tempdb")
    assert (login.application, login.host, login.interface) == ("Rexus", "desk-7", "ODBC")
    assert login.read_only
    assert login.process_id > 0
    assert world.password not in repr(login)


@pytest.mark.parametrize("kind", SCALARS)
def test_values_of_each_type_arrive(world, server, kind):
    world.says("one", *table({kind: kind, "after": "int"}, (SCALARS[kind], 7), (None, 8)))

    assert rows(connected(server).execute("one")) == [(SCALARS[kind], 7), (None, 8)]


def test_columns_have_names_and_sizes(world, server):
    world.says("two", *table({"LogicalName": "nvarchar(128)", "FirstLSN": "numeric(25,0)"}))

    described = connected(server).execute("two").description

    assert [(name, kind, size, scale) for name, kind, _, size, _, scale, _ in described] == [
        ("LogicalName", str, 128, 0),
        ("FirstLSN", Decimal, 25, 0),
    ]


def test_a_variant_arrives_as_what_is_within(world, server):
    world.says("variant", *table({"v": "sql_variant"}, ("Express Edition",)))

    assert connected(server).execute("variant").fetchval() == "Express Edition"


def test_a_row_of_nothing_but_null_is_short_and_read(world, server):
    columns = {f"c{number}": "nvarchar(max)" for number in range(60)}
    world.says("nulls", *table(columns, (None,) * 59 + ("end",)))

    assert rows(connected(server).execute("nulls")) == [(None,) * 59 + ("end",)]


def test_a_result_larger_than_any_packet_is_whole(world, server):
    many = [(number, "row " * (number % 50)) for number in range(3000)]
    world.says("many", *table({"n": "int", "t": "nvarchar(400)"}, *many))

    assert rows(connected(server).execute("many")) == many


def test_every_message_of_a_backup_is_a_result_of_its_own(world, server):
    said = ["50 percent processed.", "100 percent processed.", "BACKUP DATABASE successfully processed 1 pages."]
    numbers = [3211, 3211, 3014]
    steps = [(Message(number, 10, text), Done(BACKUP)) for number, text in zip(numbers, said, strict=True)]
    world.says("backup", *(part for pair in steps for part in pair))

    cursor = connected(server).execute("backup")
    heard = [cursor.messages]
    while cursor.nextset():
        heard.append(cursor.messages)

    assert [[(kind, text.rpartition("]")[2]) for kind, text in step] for step in heard] == [
        [(f"[01000] ({number})", text)] for number, text in zip(numbers, said, strict=True)
    ]


def test_of_several_errors_the_first_is_raised(world, server):
    """Off Windows, pyodbc knows no other; there all of them are in the text."""
    pyodbc, _ = driver()
    cause = Message(3201, 16, "Cannot open backup device 'x'. Operating system error 5(Access is denied.).")
    end = Message(3013, 16, "BACKUP DATABASE is terminating abnormally.")
    world.says("backup", cause, end, Done(BACKUP, error=True))

    with pytest.raises(pyodbc.ProgrammingError) as error:
        connected(server).execute("backup")

    assert error.value.args[0] == "42000"
    assert f"{cause.text} (3201)" in error.value.args[1]


def test_an_error_of_a_later_statement_is_raised_by_its_own_step(world, server):
    pyodbc, _ = driver()
    world.says("both", *table({"n": "int"}, (5,)), Message(208, 16, "Invalid object name 'x'."), Done(193, error=True))
    cursor = connected(server).execute("both")

    assert rows(cursor) == [(5,)]
    with pytest.raises(pyodbc.ProgrammingError, match=r"Invalid object name 'x'\. \(208\)"):
        cursor.nextset()


def test_affected_rows_are_counted(world, server):
    world.says("insert", Done(195, 3))

    assert connected(server).execute("insert").rowcount == 3


def test_a_batch_without_a_statement_ends_at_once(world, server):
    world.says("-- nothing")

    assert connected(server).execute("-- nothing").description is None


def test_print_is_a_message_without_a_number(world, server):
    world.says("print", printed("hello"), Done(BACKUP))

    assert connected(server).execute("print").messages == [
        ("[01000] (0)", "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]hello")
    ]
