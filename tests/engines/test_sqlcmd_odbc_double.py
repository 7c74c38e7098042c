"""The stand-in for the ODBC sqlcmd of drivers 17 and 18: what its documentation says, and what people pasted of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlcmd_double.install import install
from sqlcmd_double.program import DISABLED
from sqlcmd_double.started import Ran, ended, run, start
from sqlcmd_double.told_world import HEAD_3013, HEAD_3201, ToldWorld
from sqlserver_double.server import Server

Run = Callable[..., Ran]
HEAD_50000 = "Msg 50000, Level 17, State 1, Server HOST, Line 1\nseventeen\n"
HEAD_50001 = "Msg 50001, Level 12, State 1, Server HOST, Line 1\ntwelve\n"
UNVERIFIED = "SSL Provider: " + (
    "The certificate chain was issued by an authority that is not trusted."
    if os.name == "nt"
    else "[error:0A000086:SSL routines::certificate verify failed:self-signed certificate]."
)
FAR = "Client unable to establish connection. For solutions related to encryption errors, see https://go.microsoft.com/"
BYE = 50000 if os.name == "nt" else 50000 & 0xFF
"""The number of the error, of which other systems keep a byte."""
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("odbc17"), "odbc17")


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("odbc18"), "odbc18")


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


def driver(number: int, *texts: str) -> str:
    return "".join(f"Sqlcmd: Error: Microsoft ODBC Driver {number} for SQL Server : {text}\n" for text in texts)


@pytest.mark.parametrize(
    ("flags", "text", "expected"),
    [
        ((), "BACKUP well", (0, "10 percent processed.\nBACKUP DATABASE successfully processed.\n", "")),
        ((), "BACKUP failing", (0, f"{HEAD_3201}{HEAD_3013}after\n", "")),
        # -b ends with the statement, once all of its messages are there
        (("-b",), "BACKUP failing", (1, f"{HEAD_3201}{HEAD_3013}", "")),
        (("-V16",), "RAISERROR two", (17, f"{HEAD_50000}{HEAD_50001}after\n", "")),
        (("-b", "-V", "17"), "BACKUP failing", (0, f"{HEAD_3201}{HEAD_3013}after\n", "")),
        ((), "RAISERROR 127", (BYE, "Msg 50000, Level 16, State 127, Server HOST, Line 1\nbye\n", "")),
        # -m hides whatever is below, and -m-1 nothing
        (("-m", "17"), "BACKUP failing", (0, "", "")),
        (("-m-1",), "PRINT 'one'", (0, "Msg 0, Level 0, State 1, Server HOST, Line 1\none\n", "")),
        (("-m", "17"), "RAISERROR two", (0, HEAD_50000, "")),
        # -r keeps the line that says which error
        (("-r0",), "BACKUP failing", (0, "after\n", f"{HEAD_3201}{HEAD_3013}")),
        (("-r1",), "BACKUP failing", (0, "", f"{HEAD_3201}{HEAD_3013}after\n")),
        ((), "INSERT three", (0, "\n(3 rows affected)\n", "")),
        ((), "SELECT 1 AS a", (0, f"{'a':11}\n{'-' * 11}\n{1:11}\n\n(1 rows affected)\n", "")),
        (("-W", "-h-1", "-s|"), "SELECT nulls", (0, "1|x|1\nNULL|NULL|NULL\n\n(2 rows affected)\n", "")),
        (("-W", "-h", "-1", "-s", ";", "-w", "500"), "SELECT kinds",
         (0, "AB000000-0000-0000-0000-000000000000;2026-04-21 16:40:36.000;0x01FE;39000000172000001;.50;ñandú\n\n"
          "(1 rows affected)\n", "")),
        (("-h", "-1"), "SELECT wide", (0, ("n" * 80 + "\n") * 3 + "n" * 16 + "\n\n(1 rows affected)\n", "")),
        (("-y", "0", "-w", "500"), "SELECT wide", (0, f"{'n' * 300}\n\n(1 rows affected)\n", "")),
        ((), "SELECT $(nope) AS n", (1, "", "'nope' scripting variable not defined.\n")),
        (("-v", "n=42", "m=1"), "SELECT $(n) AS n", (0, f"{'n':11}\n{'-' * 11}\n{42:11}\n\n(1 rows affected)\n", "")),
        # every line of a query may be a command
        ((), "PRINT 'one'\nGO\nPRINT 'two'", (0, "one\ntwo\n", "")),
        ((), "PRINT 'one'\n!! echo hello", (0, "hello\none\n", "")),
        (("-X1", "-P", "Str0ng;Pass"), "PRINT 'one'\n!! echo hello", (1, "", f"{DISABLED}\n")),
        (("-X", "-P", "Str0ng;Pass"), "PRINT 'one'\n!! echo hello", (0, "one\n", f"{DISABLED}\n")),
        ((), "EXIT(SELECT 42 AS n)", (42, f"{'n':11}\n{'-' * 11}\n{42:11}\n\n(1 rows affected)\n", "")),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_it_prints_and_how_it_ends(sqlcmd, flags, text, expected):
    assert sqlcmd(*flags, "-Q", text) == expected


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--version",), "'--version': Unknown Option. Enter '-?' for help."),
        (("-Q",), "'-Q': Missing argument. Enter '-?' for help."),
        (("-E", "-Q", "x"), "The -E and the -U/-P options are mutually exclusive."),
        (("-W", "-y", "0"), "The -W and the -y/-Y options are mutually exclusive."),
        (("-Q", "x", "-i", "y"), "The -i and the -Q/-q options are mutually exclusive."),
        (("-t", "70000"), "'-t 70000': Unexpected argument. Argument value has to be a number between 0 and 65534."),
        (("-i", "nowhere.sql"), "'nowhere.sql': Invalid filename."),
        (("-Nm",), "'-Nm': Unexpected argument. Enter '-?' for help."),
    ],
    ids=str,
)
def test_command_lines_that_are_refused(sqlcmd, flags, told):
    assert sqlcmd(*flags) == (1, "", f"Sqlcmd: {told}\n")


def test_it_says_what_it_is(program, newer):
    for one, version in ((program, "17.10.0001.1 Linux"), (newer, "18.4.0001.1 Linux")):
        ran = run(one, "nowhere", "-?")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"Microsoft (R) SQL Server Command Line Tool\nVersion {version}\n")


def test_a_failed_login_goes_to_the_error_output(sqlcmd):
    failed = "Login failed for user 'sa'.."
    nowhere = 'Cannot open database "nowhere" requested by the login. The login failed..'

    assert sqlcmd("-P", "wrong", "-Q", "x") == (1, "", driver(17, failed))
    assert sqlcmd("-d", "nowhere", "-Q", "x") == (1, "", driver(17, nowhere, failed))


def test_nobody_listens(newer):
    ran = run(newer, "tcp:127.0.0.1,1", "-Q", "x")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(driver(18, "Login timeout expired.", "TCP Provider: Error code 0x2749."))


def test_a_login_that_hangs_has_its_time_limit(sqlcmd, server):
    server.faults.hang_at("login")

    assert sqlcmd("-l", "1", "-Q", "x") == (1, "", driver(17, "Login timeout expired."))


def test_a_connection_that_dies_is_an_error(sqlcmd):
    lost = driver(17, "TCP Provider: Error code 0x2746.", "Communication link failure.")

    assert sqlcmd("-Q", "BACKUP dying") == (1, "so far\n", lost)


@pytest.mark.parametrize(("flags", "code"), [((), 0), (("-b",), 1)], ids=str)
def test_a_query_that_takes_too_long(sqlcmd, world, flags, code):
    assert sqlcmd(*flags, "-t", "1", "-Q", "BACKUP endless") == (code, "begun\nTimeout expired\n", "")

    world.closed.wait()
    assert world.ended == ["attention", "closed"]


@posix
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_output_is_held_back_and_lost_with_a_signal(program, server, world, number):
    with start(program, server, "-Q", "BACKUP endless") as process:
        world.waiting.reached.wait()
        process.send_signal(getattr(signal, number))
        out, err = process.communicate()

    assert ended(process.returncode, out, err) == (-getattr(signal, number), "", "")
    world.closed.wait()


def test_messages_on_the_error_output_are_not_held_back(program, server):
    with start(program, server, "-r1", "-Q", "BACKUP endless") as process:
        assert process.stderr is not None
        assert process.stderr.readline().rstrip() == b"begun"
        process.kill()


@pytest.mark.parametrize(
    ("encryption", "flags", "encrypted"),
    [("off", (), False), ("required", (), True), ("off", ("-N", "-C"), True), ("login_only", (), False)],
    ids=str,
)
def test_driver_17_encrypts_if_it_is_asked_to(program, world, encryption, flags, encrypted):
    with Server(world, encryption) as server:
        assert run(program, server, *flags, "-Q", "PRINT 'one'") == (0, "one\n", "")

    assert world.logins[0].encrypted == encrypted


@pytest.mark.parametrize(
    ("encryption", "flags", "encrypted"),
    [("off", ("-C",), True), ("off", ("-No",), False), ("off", ("-N", "-C"), True), ("not_supported", ("-No",), False)],
    ids=str,
)
def test_driver_18_encrypts_unless_it_is_told_not_to(newer, world, encryption, flags, encrypted):
    with Server(world, encryption) as server:
        assert run(newer, server, *flags, "-Q", "PRINT 'one'") == (0, "one\n", "")

    assert world.logins[0].encrypted == encrypted


@pytest.mark.parametrize(
    ("encryption", "flags", "first"),
    [
        ("off", (), UNVERIFIED),
        ("off", ("-Nm",), UNVERIFIED),
        ("off", ("-Ns", "-C"), UNVERIFIED),
        ("required", ("-No",), UNVERIFIED),
        ("not_supported", (), "Encryption not supported on SQL Server."),
        ("login_only", ("-C",), "Encryption not supported on SQL Server."),
    ],
    ids=str,
)
def test_driver_18_trusts_nobody(newer, world, encryption, flags, first):
    with Server(world, encryption) as server:
        ran = run(newer, server, *flags, "-Q", "PRINT 'one'")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(driver(18, first) + driver(18, FAR).rstrip())
    assert world.logins == []


def test_who_it_says_it_is(sqlcmd, program, server, world):
    sqlcmd("-H", "token-7", "-Q", "PRINT 'one'")
    run(program, server, "-E", "-Q", "PRINT 'one'", user="")

    named, trusted = world.logins
    assert (named.host, named.application, named.interface, named.integrated) == ("token-7", "SQLCMD", "ODBC", False)
    assert (trusted.user, trusted.password, trusted.integrated) == ("", "", True)


def test_the_environment_counts_where_the_command_line_is_silent(sqlcmd):
    ran = sqlcmd("-W", "-Q", "SELECT nulls", SQLCMDCOLSEP=";", SQLCMDHEADERS="-1")

    assert ran == (0, "1;x;1\nNULL;NULL;NULL\n\n(2 rows affected)\n", "")


def test_a_startup_script_runs_first_unless_it_is_shut_out(sqlcmd, tmp_path):
    script = tmp_path / "startup.sql"
    script.write_text("PRINT 'two'\nGO\n", "utf-8")

    assert sqlcmd("-Q", "PRINT 'one'", SQLCMDINI=str(script)) == (0, "two\none\n", "")
    assert sqlcmd("-X", "-P", "Str0ng;Pass", "-Q", "PRINT 'one'", SQLCMDINI=str(script)) == (0, "one\n", "")


def test_a_password_that_is_missing_is_asked_for(sqlcmd):
    ran = sqlcmd("-Q", "PRINT 'one'", SQLCMDPASSWORD="")

    assert ran == (1, "Password: ", driver(17, "Login failed for user 'sa'.."))


def test_an_output_file_takes_what_is_no_error_output(sqlcmd, tmp_path):
    out = tmp_path / "out.txt"

    assert sqlcmd("-o", str(out), "-r0", "-Q", "BACKUP failing") == (0, "", f"{HEAD_3201}{HEAD_3013}")
    assert out.read_bytes().decode().replace("\r\n", "\n") == "after\n"
    assert sqlcmd("-o", str(out), "-u", "-Q", "PRINT 'one'") == (0, "", "")
    assert out.read_bytes().decode("utf-16-le").replace("\r\n", "\n") == "one\n"
