"""The ODBC client with Microsoft's own driver against a server that says what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from engines.odbc_wire import PASSWORD, USER, needs_driver, to
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlserver_double.answers import Done, Dropped, Message
from sqlserver_double.server import Server
from sqlserver_double.tiny_world import BACKUP, TinyWorld, Until, table
from support.wine import lacking_in_wine

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import Cancelled, SourceFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.engines import tsql
from rexus.modules.backup.engines.messages import problem_of
from rexus.modules.backup.engines.odbc import OdbcClient
from rexus.modules.backup.engines.sqlserver_client import End, Phase
from rexus.modules.backup.engines.sqlserver_trace import open_trace

pytestmark = needs_driver

ORDER = tsql.backup(tsql.BackupOrder(database="users", media=tsql.Media(places=("/b/ñ.bak",))))
VERDICT = "BACKUP DATABASE successfully processed 338 pages in 0.105 seconds (25.111 MB/sec)."
DONE = Done(BACKUP)


@pytest.fixture
def world() -> TinyWorld:
    return TinyWorld(user=USER, password=PASSWORD)


@pytest.fixture
def server(world: TinyWorld) -> Iterator[Server]:
    with Server(world, "on") as running:
        yield running


def percent(number: int) -> Message:
    return Message(3211, 10, f"{number} percent processed.")


def test_every_message_is_fetched_and_the_verdict_proves(world: TinyWorld, server: Server) -> None:
    steps = [step for number in range(5, 101, 5) for step in (percent(number), DONE)]
    world.says(ORDER.text, *steps, Message(3014, 10, VERDICT), DONE)
    heard: list[int | None] = []
    executed = OdbcClient(to(server)).execute(ORDER, on_message=lambda one: heard.append(one.percent))
    assert executed.proves(ORDER)
    assert (executed.end, executed.errors, executed.exit_code) == (End.FINISHED, (), None)
    assert [one for one in heard if one] == list(range(5, 101, 5))
    assert executed.messages[-1].number == 3014


def test_the_session_is_known_to_the_server_by_its_token(world: TinyWorld, server: Server) -> None:
    world.says(ORDER.text, Message(3014, 10, VERDICT), DONE)
    executed = OdbcClient(to(server)).execute(ORDER)
    (login,) = world.logins
    assert (login.host, login.database, login.application) == (executed.session, "master", "Rexus Backups")
    assert login.encrypted
    wished = tsql.Batch(text=ORDER.text, session="rexus-wished")
    assert OdbcClient(to(server)).execute(wished).session == world.logins[-1].host == "rexus-wished"


def test_nothing_is_sent_but_the_batch(world: TinyWorld, server: Server) -> None:
    world.says(ORDER.text, Message(3014, 10, VERDICT), DONE)
    OdbcClient(to(server)).execute(ORDER)
    assert [text for text, _parameters in world.heard] == [ORDER.text]


def test_another_verb_s_verdict_proves_nothing(world: TinyWorld, server: Server) -> None:
    world.says(ORDER.text, Message(3014, 10, "BACKUP LOG successfully processed 1 pages in 1 seconds."), DONE)
    assert not OdbcClient(to(server)).execute(ORDER).proves(ORDER)


def test_an_end_without_a_verdict_proves_nothing(world: TinyWorld, server: Server) -> None:
    world.says(ORDER.text, percent(100), DONE)
    executed = OdbcClient(to(server)).execute(ORDER)
    assert (executed.end, executed.proves(ORDER)) == (End.FINISHED, False)


@pytest.mark.parametrize("verdict", [3014, None])
def test_an_end_that_is_none_is_noticed(world: TinyWorld, server: Server, verdict: int | None) -> None:
    """Between two messages the driver takes a dead connection for the end; nothing but a question tells."""
    batch = tsql.Batch(text="DROP DATABASE [x];", verdict=verdict)
    world.says(batch.text, percent(5), DONE, percent(10), DONE, Dropped())
    executed = OdbcClient(to(server)).execute(batch)
    assert (executed.end, executed.proves(batch)) == (End.LOST, False)


def test_damage_that_the_server_calls_a_success_proves_nothing(world: TinyWorld, server: Server) -> None:
    damage = Message(3042, 10, "BACKUP WITH CONTINUE_AFTER_ERROR successfully generated …")
    world.says(ORDER.text, damage, DONE, Message(3014, 10, VERDICT), DONE)
    assert not OdbcClient(to(server)).execute(ORDER).proves(ORDER)


def test_the_cause_of_a_failure_is_told_with_its_values(world: TinyWorld, server: Server) -> None:
    cause = Message(3201, 16, "Cannot open backup device '/b/ñ.bak'. Operating system error 5(Access is denied.).")
    end = Message(3013, 16, "BACKUP DATABASE is terminating abnormally.")
    world.says(ORDER.text, percent(10), DONE, cause, end, Done(BACKUP, error=True))
    executed = OdbcClient(to(server)).execute(ORDER)
    problem = problem_of(executed.messages)
    assert (executed.end, executed.proves(ORDER)) == (End.FINISHED, False)
    assert problem is not None
    assert (problem.code, problem.values["path"]) == ("sqlserver.path_denied", "/b/ñ.bak")


@pytest.mark.parametrize("first", [True, False])
def test_behind_an_error_the_cleanup_is_run_in_the_same_session(world: TinyWorld, server: Server, first: bool) -> None:
    """pyodbc closes the statement at an error, which may cut off the cleanup that stood behind it."""
    batch = tsql.restore(tsql.RestoreOrder(database="u", media=tsql.Media(places=("/b",)), exclusive=True))
    error = Message(3101, 16, "Exclusive access could not be obtained because the database is in use.")
    before = () if first else (Message(5060, 10, "Nonqualified transactions are being rolled back."), DONE)
    world.says(f"{batch.text}\n{batch.cleanup}", *before, error, Done(BACKUP, error=True))
    world.says(batch.cleanup, Done(215))
    executed = OdbcClient(to(server)).execute(batch)
    assert executed.cleaned
    assert [text for text, _parameters in world.heard] == [f"{batch.text}\n{batch.cleanup}", batch.cleanup]
    assert len(world.logins) == 1


def test_a_cleanup_that_ran_is_not_run_again(world: TinyWorld, server: Server) -> None:
    batch = tsql.restore(tsql.RestoreOrder(database="u", media=tsql.Media(places=("/b",)), exclusive=True))
    done = Message(3014, 10, "RESTORE DATABASE successfully processed 338 pages in 0.1 seconds.")
    world.says(f"{batch.text}\n{batch.cleanup}", done, DONE, Done(215))
    executed = OdbcClient(to(server)).execute(batch)
    assert (executed.proves(batch), executed.cleaned, len(world.heard)) == (True, True, 1)


def test_a_cancelled_backup_stops_at_the_server(world: TinyWorld, server: Server) -> None:
    here = Until()
    world.says(ORDER.text, percent(5), DONE, here, Message(3014, 10, VERDICT), DONE)
    cancel, phases = CancelToken(), list[Phase]()
    asking = threading.Thread(target=lambda: (here.reached.wait(), cancel.cancel()))
    asking.start()
    executed = OdbcClient(to(server)).execute(ORDER, cancel=cancel, on_phase=phases.append)
    asking.join()
    assert (executed.end, executed.proves(ORDER)) == (End.CANCELLED, False)
    assert phases == [Phase.ASKED, Phase.ROLLING_BACK, Phase.STOPPED]
    assert "attention" in world.ended


def test_who_has_cancelled_before_does_not_even_connect(world: TinyWorld, server: Server) -> None:
    cancel = CancelToken()
    cancel.cancel()
    assert OdbcClient(to(server)).execute(ORDER, cancel=cancel).end is End.CANCELLED
    with pytest.raises(Cancelled):
        OdbcClient(to(server)).query("SELECT 1", cancel=cancel)
    assert world.logins == []


def test_what_takes_too_long_is_stopped_too(world: TinyWorld, server: Server) -> None:
    world.says(ORDER.text, percent(5), DONE, Until())
    client = OdbcClient(to(server))
    executed = client.execute(ORDER, timeout_s=0.3)
    assert executed.end is End.TIMEOUT
    assert client.failure(executed).code == "sqlserver.timeout"
    assert "attention" in world.ended


def test_a_server_that_dies_meanwhile_proves_nothing(world: TinyWorld, server: Server) -> None:
    world.says(ORDER.text, percent(5), DONE, Dropped())
    client = OdbcClient(to(server))
    executed = client.execute(ORDER)
    assert (executed.end, executed.proves(ORDER)) == (End.LOST, False)
    assert client.failure(executed).code == "sqlserver.lost"


def test_rows_have_the_types_of_the_server(world: TinyWorld, server: Server) -> None:
    lsn = 39_000_000_172_000_001_0000_00001 // 10**4
    types = {"name": "nvarchar(128)", "lsn": "numeric(25,0)", "at": "datetime", "flag": "bit", "data": "varbinary(20)"}
    at = datetime(2026, 4, 21, 16, 40, 36)
    world.says("SELECT 1", *table(types, ("ñ'", Decimal(lsn), at, True, b"\1\xff"), (None,) * 5))
    first, second = OdbcClient(to(server)).query("SELECT 1")
    assert (first.text("NAME"), first.integer("lsn"), first.instant("at")) == ("ñ'", lsn, at)
    assert (first.flag("flag"), first.data("data")) == (True, b"\1\xff")
    assert (second.text("name"), second.integer("lsn"), second.instant("at")) == ("", None, None)
    assert (second.flag("flag"), second.data("data"), second.get("no such")) == (False, None, None)


def test_a_question_that_is_refused_raises_its_problem(world: TinyWorld, server: Server) -> None:
    world.says("SELECT 1", Message(300, 14, "VIEW SERVER STATE permission was denied on object 'server'."), Done(193))
    with pytest.raises(SourceFailed, match="state_right"):
        OdbcClient(to(server)).query("SELECT 1")


def test_a_wrong_password_is_told_as_that_and_not_shown(world: TinyWorld, server: Server) -> None:
    client = OdbcClient(to(server, password="wrong-secret"))
    executed = client.execute(ORDER)
    assert executed.end is End.LOST
    assert client.failure(executed).code == "sqlserver.login_failed"
    assert "wrong-secret" not in repr(executed) + str(client.failure(executed))
    with pytest.raises(SourceFailed, match="login_failed"):
        client.query("SELECT 1")


@lacking_in_wine("every certificate is good enough there")
def test_a_certificate_that_nobody_knows_is_told_as_that(server: Server) -> None:
    client = OdbcClient(replace(to(server), trust_certificate=False))
    assert client.failure(client.execute(ORDER)).code == "sqlserver.certificate_untrusted"


def test_a_server_that_is_not_there(world: TinyWorld) -> None:
    with Server(world, "on") as gone:
        connection = to(gone)
    client = OdbcClient(replace(connection, login_timeout_s=1))
    assert client.failure(client.execute(ORDER)).code == "sqlserver.unreachable"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(
        st.one_of(st.sampled_from(";={}[]'\" \\ñ€"), st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))),
        min_size=1,
        max_size=60,
    )
)
@example("};PWD={x")
@example(" {a}b;c='d\" ")
def test_any_password_arrives_at_the_server(world: TinyWorld, server: Server, password: str) -> None:
    world.password = password
    world.says("SELECT 1", *table({"n": "int"}, (1,)))
    assert OdbcClient(to(server, password=password)).query("SELECT 1")[0].integer("n") == 1
    assert world.logins[-1].password == password


def test_the_trace_holds_every_batch_and_no_secret(world: TinyWorld, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "trace.sql"
    text = f"SELECT 1 -- {PASSWORD} ñ"
    world.says(text, *table({"n": "int"}, (1,)))
    connection = to(server)
    trace = open_trace(path, RealFiles(), SystemClock(), connection.secrets)
    OdbcClient(connection, trace=trace).query(text)
    trace.close()
    written = path.read_text("utf-8")
    assert "SELECT 1 -- ******** ñ\nGO\n" in written
    assert written.startswith("-- 20")
    assert f" ODBC {world.logins[0].host}\n" in written
    assert PASSWORD not in written
