"""The sqlcmd client with every kind of sqlcmd as a process, against a server that says what it is told to."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines.odbc_wire import PASSWORD, USER, needs_driver, to
from engines.sqlcmd_programs import DIALECTS, program
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlserver_double.answers import Done, Dropped, Message
from sqlserver_double.server import Server
from sqlserver_double.tiny_world import BACKUP, Step, TinyWorld, Until, table

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import Cancelled, Failed, SourceFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.engines import sqlcmd_stop, tsql
from rexus.modules.backup.engines.messages import problem_of
from rexus.modules.backup.engines.odbc import OdbcClient
from rexus.modules.backup.engines.sqlcmd import SqlcmdClient
from rexus.modules.backup.engines.sqlcmd_find import Sqlcmd
from rexus.modules.backup.engines.sqlcmd_output import PRELUDE
from rexus.modules.backup.engines.sqlserver_client import End, Phase
from rexus.modules.backup.engines.sqlserver_trace import open_trace
from rexus.modules.backup.engines.tsql_ask import progress

ORDER = tsql.backup(tsql.BackupOrder(database="users", media=tsql.Media(places=("/b/u.bak",))))
RESTORE = tsql.restore(tsql.RestoreOrder(database="u", media=tsql.Media(places=("/b",)), exclusive=True))
VERDICT = Message(3014, 10, "BACKUP DATABASE successfully processed 338 pages in 0.105 seconds (25.111 MB/sec).")
HELLO = (Message(5703, 10, "Changed language setting to us_english."), Done(193))
DONE = Done(BACKUP)


@pytest.fixture
def world() -> TinyWorld:
    return TinyWorld(user=USER, password=PASSWORD)


@pytest.fixture
def server(world: TinyWorld) -> Iterator[Server]:
    with Server(world, "on") as running:
        yield running


@pytest.fixture(params=DIALECTS)
def sqlcmd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sqlcmd:
    return program(request.param, tmp_path_factory.mktemp("bin"))


def percent(number: int) -> Message:
    return Message(3211, 10, f"{number} percent processed.")


def says(world: TinyWorld, batch: tsql.Batch, *steps: Step) -> None:
    """Answer that batch as sqlcmd sends it: with the ends of lines that its system has."""
    text = PRELUDE + tsql.as_ascii(batch.text + ("\n" + batch.cleanup if batch.cleanup else ""))
    for line_end in ("\n", "\r\n"):
        world.says(text.replace("\n", line_end), *HELLO, *steps)


def heard(world: TinyWorld) -> list[str]:
    """Every batch that came, with plain ends of lines."""
    return [text.replace("\r\n", "\n") for text, _parameters in world.heard]


def test_a_backup_is_told_and_proven(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    steps = [step for number in range(5, 101, 5) for step in (percent(number), DONE)]
    pages = Message(4035, 10, "Processed 336 pages for database 'users', file 'ñ' on file 1.")
    says(world, ORDER, *steps, pages, DONE, VERDICT, DONE)
    told: list[int | None] = []
    executed = SqlcmdClient(to(server), sqlcmd).execute(ORDER, on_message=lambda one: told.append(one.percent))
    assert executed.proves(ORDER)
    assert (executed.end, executed.exit_code, executed.said) == (End.FINISHED, 0, "")
    assert [one for one in told if one] == list(range(5, 101, 5))
    (login,) = world.logins
    assert (login.host, login.database, login.encrypted) == (executed.session, "master", True)
    assert "file 'ñ'" in next(one.text for one in executed.messages if one.number == 4035)


def test_a_name_with_everything_in_it_arrives_as_it_is(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    order = tsql.BackupOrder(
        database="$(x)'\"]ñ\nGO\n:!! ls\n😀", media=tsql.Media(places=("C:\\a b\\ñ$(y).bak",)), description="x" * 255
    )
    batch = tsql.backup(order)
    says(world, batch, VERDICT, DONE)
    assert SqlcmdClient(to(server), sqlcmd).execute(batch).proves(batch)
    assert heard(world) == [PRELUDE + tsql.as_ascii(batch.text)]


def test_a_batch_of_any_length_arrives(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    moves = tuple(tsql.Move(logical_name=f"file {n}", path=f"/d/{'x' * 200}/{n}.mdf") for n in range(300))
    batch = tsql.restore(tsql.RestoreOrder(database="u", media=tsql.Media(places=("/b",)), moves=moves))
    says(world, batch, Message(3014, 10, "RESTORE DATABASE successfully processed 1 pages in 1 seconds."), DONE)
    assert SqlcmdClient(to(server), sqlcmd).execute(batch).proves(batch)


def test_the_cause_comes_with_its_companions_and_the_cleanup_is_reached(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd
) -> None:
    cause = Message(3201, 16, "Cannot open backup device '/b'. Operating system error 2(No such file.).", state=2)
    end = Message(3013, 16, "RESTORE DATABASE is terminating abnormally.")
    behind = Message(5060, 10, "Nonqualified transactions are being rolled back. Estimated rollback completion: 0%.")
    says(world, RESTORE, cause, end, Done(229, error=True), behind, Done(215))
    executed = SqlcmdClient(to(server), sqlcmd).execute(RESTORE)
    assert [one.number for one in executed.messages] == [5703, 3201, 3013, 5060]
    assert (executed.end, executed.cleaned, executed.proves(RESTORE)) == (End.FINISHED, True, False)
    problem = problem_of(executed.messages)
    assert problem is not None
    assert (problem.code, problem.values["path"]) == ("sqlserver.path_missing", "/b")


def test_an_end_without_a_verdict_proves_nothing(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    says(world, ORDER, percent(100), DONE)
    executed = SqlcmdClient(to(server), sqlcmd).execute(ORDER)
    assert (executed.end, executed.exit_code, executed.proves(ORDER)) == (End.FINISHED, 0, False)


def test_checkdb_is_proven_by_its_own_count(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    batch = tsql.check_database("users")
    count = Message(8989, 10, "CHECKDB found 0 allocation errors and 0 consistency errors in database 'users'.")
    says(world, batch, count, Done(193), Message(2528, 10, "DBCC execution completed. If DBCC …"), Done(193))
    assert SqlcmdClient(to(server), sqlcmd).execute(batch).proves(batch)


def test_a_cancelled_backup_is_no_backup(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    here = Until()
    says(world, ORDER, percent(5), DONE, here, VERDICT, DONE)
    cancel, phases = CancelToken(), list[Phase]()
    asking = threading.Thread(target=lambda: (here.reached.wait(), cancel.cancel()))
    asking.start()
    executed = SqlcmdClient(to(server), sqlcmd).execute(ORDER, cancel=cancel, on_phase=phases.append)
    asking.join()
    assert (executed.end, executed.proves(ORDER)) == (End.CANCELLED, False)
    assert phases == [Phase.ASKED, Phase.ROLLING_BACK, Phase.STOPPED]
    world.closed.wait()


def test_what_takes_too_long_is_stopped_too(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    says(world, ORDER, percent(5), DONE, Until())
    client = SqlcmdClient(to(server), sqlcmd)
    executed = client.execute(ORDER, timeout_s=2)
    assert executed.end is End.TIMEOUT
    assert client.failure(executed).code == "sqlserver.timeout"


@needs_driver
def test_after_a_kill_the_other_client_looks_and_cleans_up(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    here = Until()
    says(world, RESTORE, percent(5), DONE, here)
    wished = replace(RESTORE, session="rexus-here")
    world.says(progress("rexus-here"), *table({"session_id": "int"}))
    world.says(RESTORE.cleanup, Done(215))
    cancel = CancelToken()
    asking = threading.Thread(target=lambda: (here.reached.wait(), cancel.cancel()))
    asking.start()
    executed = SqlcmdClient(to(server), sqlcmd, other=OdbcClient(to(server))).execute(wished, cancel=cancel)
    asking.join()
    assert (executed.end, executed.cleaned) == (End.CANCELLED, True)
    assert heard(world)[1:3] == [progress("rexus-here"), RESTORE.cleanup]


def connections_are_seen(port: int) -> bool:
    """Whether the system shows a process's connections (Wine does not)."""
    with socket.create_connection(("127.0.0.1", port)):
        return bool(sqlcmd_stop.is_connected(os.getpid()))


def test_a_server_that_dies_meanwhile_ends_the_wait(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Go one waits for ever for the rest of the answer; its connection is looked at from outside."""
    if not connections_are_seen(server.port):
        pytest.skip("connections of processes are not to be seen here")
    seen, look = threading.Event(), sqlcmd_stop.is_connected

    def looked(pid: int) -> bool | None:
        connected = look(pid)
        if connected:
            seen.set()
        return connected

    monkeypatch.setattr(sqlcmd_stop, "is_connected", looked)
    says(world, RESTORE, percent(5), DONE, Until(seen), Dropped())
    client = SqlcmdClient(to(server), sqlcmd)
    executed = client.execute(RESTORE)
    assert (executed.end, executed.proves(RESTORE), executed.cleaned) == (End.LOST, False, False)
    assert client.failure(executed).code == "sqlserver.lost"


def test_a_connection_that_nobody_saw_before_it_was_gone_ends_the_wait_too(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may stand for less time than passes between two looks; the Go one keeps its end open."""
    if not connections_are_seen(server.port):
        pytest.skip("connections of processes are not to be seen here")
    look = sqlcmd_stop.is_connected
    monkeypatch.setattr(sqlcmd_stop, "is_connected", lambda pid: look(pid) and None)
    says(world, RESTORE, percent(5), DONE, Dropped())
    executed = SqlcmdClient(to(server), sqlcmd).execute(RESTORE)
    assert (executed.end, executed.proves(RESTORE)) == (End.LOST, False)


def test_questions_are_answered_as_text(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    kinds = {"name": "nvarchar(128)", "lsn": "numeric(25,0)", "session_id": "int", "path": "nvarchar(4000)"}
    rows = table(kinds, ("ñ' x", 39000000172000001, 57, "D:\\b " * 40 + "."), (None, None, None, None))
    says(world, tsql.Batch(text="SELECT 1;"), *rows)
    first, second = SqlcmdClient(to(server), sqlcmd).query("SELECT 1;")
    assert (first.text("name"), first.integer("lsn"), first.integer("session_id")) == ("ñ' x", 39000000172000001, 57)
    assert first.text("path") == "D:\\b " * 40 + "."
    assert (second.text("name"), second.integer("lsn")) == ("", None)


def test_a_question_that_is_refused_raises_its_problem(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    denied = Message(300, 14, "VIEW SERVER STATE permission was denied on object 'server', database 'master'.")
    says(world, tsql.Batch(text="SELECT 1;"), denied, Done(193, error=True))
    with pytest.raises(SourceFailed, match="state_right"):
        SqlcmdClient(to(server), sqlcmd).query("SELECT 1;")


def test_who_has_cancelled_before_does_not_even_connect(world: TinyWorld, server: Server, sqlcmd: Sqlcmd) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        SqlcmdClient(to(server), sqlcmd).query("SELECT 1;", cancel=cancel)
    assert world.logins == []


def test_a_wrong_password_is_told_as_that_and_not_shown(server: Server, sqlcmd: Sqlcmd) -> None:
    client = SqlcmdClient(to(server, password="wrong-secret"), sqlcmd)
    executed = client.execute(ORDER)
    assert (executed.end, executed.connected, executed.exit_code) == (End.LOST, False, 1)
    assert client.failure(executed).code == "sqlserver.login_failed"
    assert "wrong-secret" not in repr(executed) + str(client.failure(executed))


def test_a_certificate_that_nobody_knows_is_told_as_that(server: Server, sqlcmd: Sqlcmd) -> None:
    client = SqlcmdClient(replace(to(server), trust_certificate=False), sqlcmd)
    assert client.failure(client.execute(ORDER)).code == "sqlserver.certificate_untrusted"


def test_a_server_that_is_not_there(world: TinyWorld, sqlcmd: Sqlcmd) -> None:
    with Server(world, "on") as gone:
        connection = to(gone)
    client = SqlcmdClient(replace(connection, login_timeout_s=1), sqlcmd)
    executed = client.execute(ORDER)
    assert (executed.end, executed.connected) == (End.LOST, False)
    assert client.failure(executed).code == "sqlserver.unreachable"


_letters = st.one_of(
    st.sampled_from(";={}[]'\" \\ñ€$%^&"), st.characters(max_codepoint=0xFFFF, exclude_categories=("Cc", "Cs", "Cn"))
)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(_letters, min_size=1, max_size=60))
@example("$(x)%PATH%;'\"")
def test_any_password_arrives_by_the_environment(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd, password: str
) -> None:
    world.password = password
    says(world, ORDER, VERDICT, DONE)
    assert SqlcmdClient(to(server, password=password), sqlcmd).execute(ORDER).proves(ORDER)
    assert world.logins[-1].password == password


def test_traps_in_the_environment_do_nothing(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trap = tmp_path / "trap.sql"
    trap.write_text("SELECT 'trap';\nGO\n", "ascii")
    traps = {"SQLCMDINI": str(trap), "SQLCMDUSER": "x", "SQLCMDSERVER": "x", "SQLCMDERRORLEVEL": "17", "users": "trap"}
    for name, value in traps.items():
        monkeypatch.setenv(name, value)
    batch = tsql.backup(tsql.BackupOrder(database="$(users)", media=tsql.Media(places=("/b",))))
    says(world, batch, VERDICT, DONE)
    assert SqlcmdClient(to(server), sqlcmd).execute(batch).proves(batch)
    assert len(world.heard) == 1


def test_the_trace_holds_the_batch_readable_and_no_secret(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd, tmp_path: Path
) -> None:
    path = tmp_path / "trace.sql"
    connection = to(server)
    batch = tsql.backup(tsql.BackupOrder(database="ñ", media=tsql.Media(places=("/b",)), description=PASSWORD))
    says(world, batch, VERDICT, DONE)
    trace = open_trace(path, RealFiles(), SystemClock(), connection.secrets)
    SqlcmdClient(connection, sqlcmd, trace=trace).execute(batch)
    trace.close()
    written = path.read_text("utf-8")
    assert "BACKUP DATABASE [ñ]\nTO DISK = N'/b'" in written
    assert f" sqlcmd {world.logins[0].host}\n" in written
    assert PASSWORD not in written


def test_a_password_that_is_a_word_of_the_server_hides_no_verdict(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd
) -> None:
    world.password = "DATABASE"
    says(world, ORDER, VERDICT, DONE)
    assert SqlcmdClient(to(server, password="DATABASE"), sqlcmd).execute(ORDER).proves(ORDER)


def test_nothing_is_left_of_the_batch(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    says(world, ORDER, VERDICT, DONE)
    assert SqlcmdClient(to(server), sqlcmd).execute(ORDER).proves(ORDER)
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_for_the_batch_nothing_is_sent(
    world: TinyWorld, server: Server, sqlcmd: Sqlcmd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(Failed, match="no_temp"):
        SqlcmdClient(to(server), sqlcmd).execute(ORDER)
    assert world.logins == []
