"""The stand-in for go-sqlcmd; with REXUS_SQLCMD naming the real one, every test here is held against that too."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlcmd_double.install import install
from sqlcmd_double.program import DISABLED
from sqlcmd_double.started import Ran, ended, run, start
from sqlcmd_double.told_world import CANNOT_OPEN, HEAD_3013, HEAD_3201, TERMINATING, ToldWorld
from sqlserver_double.browser import Browser
from sqlserver_double.server import Server

Run = Callable[..., Ran]
REAL = os.environ.get("REXUS_SQLCMD", "")
CTRL_C = "Sqlcmd: Warning: The last operation was terminated because the user pressed CTRL+C\n"
UNTRUSTED = "TLS Handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority"
HEAD_50000 = "Msg 50000, Level 17, State 1, Server HOST, Line 1\nseventeen\n"
HEAD_50001 = "Msg 50001, Level 12, State 1, Server HOST, Line 1\ntwelve\n"
HEAD_911 = "Msg 911, Level 14, State 3, Server HOST, Procedure sp_x, Line 7\n"
NULLS = "a           b    c\n----------- ---- -\n          1 x    1\n       NULL NULL N\n\n(2 rows affected)\n"
KINDS = (
    "ab000000-0000-0000-0000-000000000000;2026-04-21 16:40:36.000;0x01F;39000000172000001;0.50;ñandú\n\n"
    "(1 row affected)\n"
)
UNDEFINED = (
    "'nope' scripting variable not defined.\nMsg 2812, Level 16, State 62, Server HOST, Line 1\n"
    "Could not find stored procedure 'SELECT $(nope) AS n'.\n"
)
BYE = 50000 if os.name == "nt" else 50000 & 0xFF
"""The number of the error, of which other systems keep a byte."""
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.fixture(params=["double", *(["real"] if REAL else [])], scope="module")
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(REAL) if request.param == "real" else install(tmp_path_factory.mktemp("go"), "go")


@pytest.fixture
def world() -> ToldWorld:
    return ToldWorld()


@pytest.fixture
def server(world: ToldWorld) -> Iterator[Server]:
    with Server(world, "not_supported") as running:
        yield running


@pytest.fixture
def sqlcmd(program: Path, server: Server) -> Run:
    return lambda *flags, **more: run(program, server, *flags, **more)


@pytest.mark.parametrize(
    ("flags", "text", "expected"),
    [
        # success and failure end alike as long as nobody asks for more
        ((), "BACKUP well", (0, "10 percent processed.\nBACKUP DATABASE successfully processed.\n", "")),
        ((), "BACKUP failing", (0, f"{HEAD_3201}{HEAD_3013}after\n", "")),
        # -b stops at the first error: 3013 is never seen
        (("-b",), "BACKUP failing", (1, HEAD_3201, "")),
        (("-V", "16"), "RAISERROR two", (17, f"{HEAD_50000}{HEAD_50001}after\n", "")),
        (("-b", "-V", "17"), "BACKUP failing", (0, f"{HEAD_3201}{HEAD_3013}after\n", "")),
        ((), "RAISERROR 127", (BYE, "Msg 50000, Level 16, State 127, Server HOST, Line 1\nbye\n", "")),
        # -m hides errors but not what is no error
        (("-m", "17"), "BACKUP failing", (0, "after\n", "")),
        (("-b", "-m", "17"), "BACKUP failing", (1, "", "")),
        (("-m", "17"), "BACKUP well", (0, "10 percent processed.\nBACKUP DATABASE successfully processed.\n", "")),
        # -r loses the line that says which error
        (("-r0",), "BACKUP failing", (0, "after\n", f"{CANNOT_OPEN.text}\n\n{TERMINATING.text}\n\n")),
        (("-r",), "RAISERROR low", (0, "low\n", "")),
        (("-r1",), "BACKUP failing", (0, "", f"{CANNOT_OPEN.text}\n\n{TERMINATING.text}\n\nafter\n\n")),
        (("-j",), "EXEC odd", (0, f"{HEAD_911}mssql: odd\n", "")),
        ((), "EXEC odd", (0, f"{HEAD_911}odd\n", "")),
        ((), "INSERT three", (0, "(3 rows affected)\n", "")),
        # tables
        ((), "SELECT 1 AS a", (0, f"{'a':11}\n{'-' * 11}\n{1:11}\n\n(1 row affected)\n", "")),
        ((), "SELECT nulls", (0, NULLS, "")),
        (("-W", "-h", "-1", "-s", "|"), "SELECT nulls", (0, "1|x|1\nNULL|NULL|N\n\n(2 rows affected)\n", "")),
        (("-y", "0", "-s;"), "SELECT nulls", (0, "1;x;1\nNULL;NULL;NULL\n\n(2 rows affected)\n", "")),
        (("-W", "-h-1", "-s", ";|"), "SELECT kinds", (0, KINDS, "")),
        (("-h", "-1"), "SELECT wide", (0, f"{'n' * 256}\n\n(1 row affected)\n", "")),
        (("-y", "0"), "SELECT wide", (0, f"{'n' * 300}\n\n(1 row affected)\n", "")),
        (("-W", "-w", "10"), "SELECT 1 AS a", (0, "a\n-\n1\n\n(1 row affected)\n", "")),
        # what is more, or less, than a query
        ((), "SELECT $(nope) AS n", (0, UNDEFINED, "")),
        (("-v", "n=42"), "SELECT $(n) AS n", (0, f"{'n':11}\n{'-' * 11}\n{42:11}\n\n(1 row affected)\n", "")),
        ((), "SELECT $(", (0, "", "Sqlcmd: Error: Syntax error at line 1\n")),
        ((), "!! echo hello", (0, "hello\n", "")),
        ((), "EXIT(SELECT 42 AS n)", (42, f"{'n':11}\n{'-' * 11}\n{42:11}\n\n(1 row affected)\n", "")),
        ((), "GO", (0, "", "")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_it_prints_and_how_it_ends(sqlcmd, flags, text, expected):
    assert sqlcmd(*flags, "-Q", text) == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("-X1", "-P", "Str0ng;Pass", "-Q", "!! echo hello"), (1, "", f"{DISABLED}\n")),
        (("-E", "-Q", "x"), (1, "", "Sqlcmd: The -E and the -U/-P options are mutually exclusive.\n")),
        (("-Q", "x", "-i", "y"), (1, "", "Sqlcmd: The i and the -Q/-q options are mutually exclusive.\n")),
        (("-r", "2"), (1, "", "Sqlcmd:  '-r 2': Unexpected argument. Argument value has to be one of [0 1].\n")),
        (("-w", "8"), (1, "", "Sqlcmd: '-w 8': value must be greater than 8 and less than 65536.\n")),
        (("-f", "65001", "-Q", "x"), (1, "", "Sqlcmd:  'f': Unknown Option. Enter '-?' for help.\n")),
        (("-Q",), (1, "", "Sqlcmd:  '-Q': Missing argument. Enter '-?' for help.\n")),
        (("-K", "ReadOnly"), (1, "database must be specified when ApplicationIntent is ReadOnly\n", "")),
    ],
    ids=str,
)
def test_command_lines_that_are_refused(sqlcmd, flags, expected):
    assert sqlcmd(*flags) == expected


def test_an_empty_argument_kills_it(sqlcmd):
    ran = sqlcmd("-s", "", "-Q", "SELECT 1 AS a")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("panic: runtime error: index out of range [0] with length 0\n")


def test_a_flag_that_shuts_out_the_environment_shuts_out_the_password(sqlcmd):
    assert sqlcmd("-X", "-Q", "SELECT 1 AS a") == (1, "liner: function not supported in this terminal\n", "")


def test_an_empty_password_is_none(sqlcmd):
    ran = sqlcmd("-Q", "SELECT 1 AS a", SQLCMDPASSWORD="")

    assert ran == (1, "liner: function not supported in this terminal\n", "")


@pytest.mark.parametrize("flag", ["-?", "-h", "--version"])
def test_it_says_what_it_is(program, flag):
    ran = run(program, "nowhere", flag)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("sqlcmd: Install/Create/Query SQL Server, Azure SQL, and Tools\n\nVersion: ")


def test_a_failure_to_connect_is_printed_twice(sqlcmd):
    text = "mssql: login error: Login failed for user 'sa'.\n"

    assert sqlcmd("-P", "wrong", "-Q", "SELECT 1 AS a") == (1, text * 2, "")
    assert sqlcmd("-d", "nowhere", "-Q", "SELECT 1 AS a") == (1, text * 2, "")


@posix
def test_nobody_listens(program):
    text = "unable to open tcp connection with host '127.0.0.1:1': dial tcp 127.0.0.1:1: connect: connection refused\n"

    assert run(program, "127.0.0.1,1", "-b", "-Q", "x") == (1, text * 2, "")


@pytest.mark.parametrize(("point", "text"), [("connect", "EOF"), ("prelogin", "EOF"), ("login", "Read: EOF")])
def test_a_server_that_goes_before_the_login(sqlcmd, server, point, text):
    server.faults.drop_at(point)

    assert sqlcmd("-Q", "SELECT 1 AS a") == (1, f"{text}\n" * 2, "")


def test_a_connection_that_dies_is_not_noticed(sqlcmd):
    """It would wait for ever; only a time limit ends it, and then as if all were well."""
    assert sqlcmd("-b", "-t", "1", "-Q", "BACKUP dying") == (0, "so far\nTimeout expired\n", "")


def test_a_query_that_takes_too_long_ends_well(sqlcmd, world):
    assert sqlcmd("-b", "-t", "1", "-Q", "BACKUP endless") == (0, "begun\nTimeout expired\n", "")

    world.closed.wait()
    assert world.ended == ["attention", "closed"]


@posix
@pytest.mark.parametrize(
    ("number", "expected"), [("SIGTERM", (0, CTRL_C)), ("SIGINT", (0, CTRL_C)), ("SIGKILL", (-9, ""))]
)
def test_a_signal_ends_it_without_a_word_to_the_server(program, server, world, number, expected):
    with start(program, server, "-b", "-Q", "BACKUP endless") as process:
        assert process.stdout is not None
        first = process.stdout.readline()  # at once: nothing is held back
        world.waiting.reached.wait()
        process.send_signal(getattr(signal, number))
        out, err = process.communicate()

    assert ended(process.returncode, first + out, err) == (expected[0], f"begun\n{expected[1]}", "")
    world.closed.wait()


@pytest.mark.parametrize(
    ("encryption", "flags", "expected"),
    [
        ("off", (), (0, "one\n")),
        ("off", ("-N", "-C"), (0, "one\n")),
        ("off", ("-N", "disable"), (0, "one\n")),
        ("required", (), (0, "one\n")),
        ("login_only", (), (0, "one\n")),
        ("off", ("-N",), (1, UNTRUSTED)),
        ("off", ("-N", "o"), (1, UNTRUSTED)),
        ("off", ("-Ns", "-C"), (1, UNTRUSTED)),
        ("required", ("-N",), (1, UNTRUSTED)),
        ("not_supported", ("-N",), (1, "server does not support encryption\n" * 2)),
        ("login_only", ("-N",), (1, "server does not support encryption\n" * 2)),
    ],
    ids=str,
)
def test_encryption(program, world, encryption, flags, expected):
    with Server(world, encryption) as server:
        ran = run(program, server, *flags, "-Q", "PRINT 'one'")

    code, out = expected
    assert (ran.code, ran.out[: len(out)], ran.err) == (code, out, "")


@posix
def test_a_certificate_that_is_trusted_will_do(program, world, tmp_path):
    with Server(world, "required") as server:
        file = tmp_path / "certificate.pem"
        file.write_text(server.certificate, "utf-8")

        ran = run(program, server, "-N", "-Q", "PRINT 'one'", SSL_CERT_FILE=str(file))

    assert ran == (0, "one\n", "")
    assert world.logins[0].encrypted


def test_who_it_says_it_is(sqlcmd, world):
    sqlcmd("-H", "token-7", "-d", "tempdb", "-K", "ReadOnly", "-Q", "SELECT 1 AS a")

    (login,) = world.logins
    assert (login.host, login.application, login.interface) == ("token-7", "sqlcmd", "go-mssqldb")
    assert (login.database, login.read_only) == ("tempdb", True)
    assert login.process_id > 0


@posix
def test_without_a_name_it_logs_in_as_nobody(program, server):
    """On Windows it would be whoever started it."""
    ran = run(program, server, "-Q", "SELECT 1 AS a", user="")

    assert ran == (1, "mssql: login error: Login failed for user ''.\n" * 2, "")


def test_the_environment_counts_where_the_command_line_is_silent(program, server, world):
    given = {"SQLCMDSERVER": f"127.0.0.1,{server.port}", "SQLCMDUSER": "sa", "SQLCMDCOLSEP": ";", "SQLCMDHEADERS": "-1"}

    ran = run(program, server, "-W", "-Q", "SELECT nulls", user="", **given)

    assert ran == (0, "a;b;c\n-;-;-\n1;x;1\nNULL;NULL;N\n\n(2 rows affected)\n", "")


def test_a_word_alone_is_called_and_not_sent_as_text(sqlcmd, world):
    sqlcmd("-Q", "sp_who")
    sqlcmd("-Q", "sp_who ")

    assert [text for text, _ in world.heard] == ["EXEC sp_who", "sp_who "]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_scripts_from_files(sqlcmd, world, tmp_path, encoding):
    script = tmp_path / "a b.sql"
    script.write_bytes("PRINT 'one'\r\nGO\r\nBACKUP failing\r\nGO\r\nPRINT 'ñ'\r\n".encode(encoding))

    ran = sqlcmd("-i", str(script))

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"one\n{HEAD_3201}{HEAD_3013}after\nMsg 2812")
    assert world.heard[-1][0] == "PRINT 'ñ'"


def test_only_in_a_file_is_a_later_line_a_command(sqlcmd, world, tmp_path):
    script = tmp_path / "script.sql"
    script.write_text("PRINT 'one'\n!! echo hello\n:on error exit\nGO\nBACKUP failing\nGO\nPRINT 'two'\nGO\n", "utf-8")

    assert sqlcmd("-i", str(script)) == (1, f"hello\none\n{HEAD_3201}", "")
    assert sqlcmd("-Q", "PRINT 'one'\nGO\n!! echo hello").code == 0
    assert world.heard[-1][0] == "PRINT 'one'\nGO\n!! echo hello"


@posix
def test_a_script_that_is_not_there(sqlcmd, tmp_path):
    path = tmp_path / "nowhere.sql"
    told = f"file {path} (Reason: open {path}: no such file or directory).\n"

    assert sqlcmd("-i", str(path)) == (1, "", f"Sqlcmd: Error:  Error occurred while opening or operating on {told}")


def test_an_output_file_takes_everything(sqlcmd, tmp_path):
    out = tmp_path / "out.txt"

    assert sqlcmd("-o", str(out), "-r1", "-b", "-Q", "BACKUP failing") == (1, "", "")
    assert out.read_bytes().decode().replace("\r\n", "\n") == HEAD_3201
    assert sqlcmd("-o", str(out), "-u", "-Q", "PRINT 'one'") == (0, "", "")
    assert out.read_bytes().decode("utf-16").replace("\r\n", "\n") == "one\n"


def test_instances_are_looked_up_by_name(program, world):
    host = "127.0.0.7"
    with Server(world, "not_supported", host=host) as server:
        try:
            browser = Browser({"SQLEXPRESS": server.port}, host)
        except OSError as error:
            pytest.skip(f"the Browser's port is taken, or there is one loopback address: {error}")
        with browser:
            found = run(program, f"{host}\\sqlexpress", "-Q", "PRINT 'one'")
            unknown = run(program, f"{host}\\other", "-Q", "PRINT 'one'")

    assert found == (0, "one\n", "")
    assert unknown == (1, f"no instance matching 'OTHER' returned from host '{host}'\n" * 2, "")
