"""What drivers ask of the SQL Server double beyond batches: parameters, transactions, attention; and what may break."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from sqlserver_double.answers import Done, Dropped, Message
from sqlserver_double.odbc import connection_string, driver
from sqlserver_double.server import Server
from sqlserver_double.tiny_world import BACKUP, TinyWorld, Until, table

VALUES = [
    5, 2**40, True, 1.5, "ñandú", "", "x" * 5000, b"ab", b"x" * 9000, Decimal("-1.50"), date(2026, 4, 21),
    time(1, 2, 3),
    datetime(2026, 4, 21, 16, 40, 36, 123456), uuid.UUID(int=0xA1B2 << 100), None,
]  # fmt: skip


@pytest.fixture
def world() -> TinyWorld:
    world = TinyWorld()
    for text in ("SELECT 1", "select @P1", "select @P1, @P2"):
        world.says(text, *table({"": "int"}, (1,)))
    return world


@pytest.fixture
def server(world: TinyWorld) -> Iterator[Server]:
    driver()
    with Server(world) as running:
        yield running


def connected(server: Server, *, autocommit: bool = True, timeout: int = 10) -> Any:
    return driver()[0].connect(connection_string(server.port), autocommit=autocommit, timeout=timeout)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__}-{str(value)[:9]}")
def test_parameters_arrive_as_they_were_given(world, server, value):
    assert connected(server).execute("select ?", value).fetchval() == 1

    assert world.heard == [("select @P1", {"@P1": value})]


def test_a_prepared_statement_is_prepared_anew_and_let_go(world, server):
    with connected(server) as connection:
        cursor = connection.cursor()
        for values in ((1, "a"), (2, None), (3, "c")):
            assert cursor.execute("select ?, ?", *values).fetchval() == 1
        cursor.close()
        assert connection.execute("SELECT 1").fetchval() == 1

    assert [tuple(given.values()) for _, given in world.heard] == [(1, "a"), (2, None), (3, "c"), ()]


def test_an_error_of_a_statement_with_parameters_is_raised(world, server):
    pyodbc, _ = driver()
    world.says("select @P1", Message(245, 16, "Conversion failed."), Done(193, error=True))
    connection = connected(server)

    with pytest.raises(pyodbc.Error, match=r"Conversion failed\. \(245\)"):
        connection.execute("select ?", "x")

    assert connection.execute("SELECT 1").fetchval() == 1


def test_a_procedure_reaches_the_world_as_a_statement(world, server):
    world.says("EXEC sp_who", *table({"spid": "smallint"}, (51,)))

    assert connected(server).execute("{call sp_who}").fetchval() == 51


def test_transactions_come_as_statements(world, server):
    with connected(server, autocommit=False) as connection:
        connection.execute("SELECT 1").fetchall()
        connection.commit()
        connection.execute("SELECT 1").fetchall()
        connection.rollback()

    words = [text for text, _ in world.heard]
    assert words[:5] == ["BEGIN TRANSACTION", "SELECT 1", "COMMIT TRANSACTION", "BEGIN TRANSACTION", "SELECT 1"]
    assert words[5] == "ROLLBACK TRANSACTION"


def test_an_attention_ends_what_runs_and_the_connection_lives_on(world, server):
    pyodbc, _ = driver()
    world.says("endless", endless := Until(), Message(1, 16, "never said"))
    cursor = connected(server).cursor()

    def cancel() -> None:
        endless.reached.wait()
        cursor.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(pyodbc.Error) as error:
        cursor.execute("endless")
    canceller.join()

    assert error.value.args[0] == "HY008"
    assert world.ended == ["attention"]
    assert cursor.execute("SELECT 1").fetchval() == 1


def test_a_driver_that_waits_no_longer_sends_an_attention(world, server):
    pyodbc, _ = driver()
    world.says("endless", Until())
    connection = connected(server)
    connection.timeout = 1

    with pytest.raises(pyodbc.OperationalError, match="Query timeout expired") as error:
        connection.execute("endless")

    assert error.value.args[0] == "HYT00"
    assert world.ended == ["attention"]
    assert connection.execute("SELECT 1").fetchval() == 1


def test_leaving_a_cursor_early_breaks_the_backup_off(world, server):
    """The trap of pyodbc: it returns at the first message, and closing sends an attention."""
    first = Message(3211, 10, "10 percent processed.")
    world.says("backup", first, Done(BACKUP), Message(3211, 10, "20 percent processed."), Done(BACKUP), Until())
    connection = connected(server)

    cursor = connection.execute("backup")
    cursor.close()

    assert connection.execute("SELECT 1").fetchval() == 1
    assert world.ended == ["attention"]


def test_what_runs_is_broken_off_when_its_client_goes(world, server):
    world.says("endless", Message(0, 10, "begun"), Done(BACKUP), Message(0, 10, "going"), Done(BACKUP), Until())
    connection = connected(server)

    connection.execute("endless")
    connection.close()

    world.closed.wait()
    assert world.ended == ["attention", "closed"]


def test_clients_are_served_side_by_side(world, server):
    go_on = threading.Event()
    world.says("wait", waiting := Until(go_on), *table({"": "int"}, (2,)))
    slow, quick = connected(server), connected(server)
    answers: list[int] = []
    waiter = threading.Thread(target=lambda: answers.append(slow.execute("wait").fetchval()))
    waiter.start()
    waiting.reached.wait()

    assert quick.execute("SELECT 1").fetchval() == 1

    go_on.set()
    waiter.join()
    assert answers == [2]


def test_a_server_that_dies_takes_the_connection_along(world, server):
    pyodbc, _ = driver()
    world.says("die", Message(0, 10, "so far"), Dropped())

    with pytest.raises(pyodbc.OperationalError) as error:
        connected(server).execute("die")

    assert error.value.args[0] == "08S01"


def test_a_connection_can_be_dropped_at_any_packet(server):
    pyodbc, _ = driver()
    connection = connected(server)
    server.faults.drop_after(1)

    assert connection.execute("SELECT 1").fetchval() == 1
    with pytest.raises(pyodbc.OperationalError):
        connection.execute("SELECT 1")

    assert connected(server).execute("SELECT 1").fetchval() == 1


@pytest.mark.parametrize("point", ["connect", "prelogin", "login"])
def test_a_connection_can_be_dropped_before_it_is_one(server, point):
    pyodbc, _ = driver()
    server.faults.drop_at(point, times=9)
    with pytest.raises(pyodbc.OperationalError):
        connected(server)

    server.faults.clear()
    assert connected(server).execute("SELECT 1").fetchval() == 1


def test_nobody_is_let_in_while_connections_are_refused(server):
    pyodbc, _ = driver()
    there = connected(server)
    server.faults.refuse_connections()

    with pytest.raises(pyodbc.OperationalError):
        connected(server)

    assert there.execute("SELECT 1").fetchval() == 1


def test_a_login_that_hangs_times_out(server):
    pyodbc, _ = driver()
    server.faults.hang_at("login", times=9)

    with pytest.raises(pyodbc.OperationalError, match="Login timeout expired"):
        connected(server, timeout=1)


def test_a_slow_server_is_only_slow(server):
    connection = connected(server)
    server.faults.slow(0.01)

    assert connection.execute("SELECT 1").fetchval() == 1


def test_the_end_of_a_server_ends_its_connections(world, server):
    pyodbc, _ = driver()
    connection = connected(server)

    server.stop()

    with pytest.raises(pyodbc.OperationalError):
        connection.execute("SELECT 1")
    assert world.ended == ["closed"]
