"""Which sqlcmd is taken, of which kind it is, and what it is given: no secret among the flags, no trap around it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.files import WINDOWS
from rexus.modules.backup.config.secrets import Secret
from rexus.modules.backup.engines import sqlcmd_find
from rexus.modules.backup.engines.sqlcmd import SqlcmdClient, arguments
from rexus.modules.backup.engines.sqlcmd_find import Kind, Sqlcmd, bare_environment, candidates, kind_of
from rexus.modules.backup.engines.sqlserver_connect import Authentication, Connection, Encrypt

NAME = "sqlcmd.exe" if WINDOWS else "sqlcmd"
GO, OLD, NEW = (
    Sqlcmd(path="/x/sqlcmd", kind=Kind.GO, major=1),
    Sqlcmd(path="/x/sqlcmd", kind=Kind.ODBC, major=17),
    Sqlcmd(path="/x/sqlcmd", kind=Kind.ODBC, major=18),
)

USAGES = [
    (
        "sqlcmd: Install/Create/Query SQL Server, Azure SQL, and Tools\n\nVersion: v1.8.2\n\nFlags:\n"
        "-S,--server\n   The server\n-Q,--query\n   runs it\n",
        (Kind.GO, 1),
    ),
    ("sqlcmd: Instalar/Crear/Consultar\n\nVersión: 1.8.2\n\nFlags:\n-d,--database-name\n", (Kind.GO, 1)),
    ("sqlcmd\n\nVersion: local-build\n\nFlags:\n-b,--exit-on-error\n", (Kind.GO, 0)),
    (
        "\nMicrosoft (R) SQL Server Command Line Tool\nVersion 18.2.0001.1 Linux\nCopyright (C) 2017 Microsoft\n\n"
        "usage: sqlcmd            [-U login id]          [-P password]\n  [-S server or Dsn if -D is provided]\n",
        (Kind.ODBC, 18),
    ),
    (
        "Microsoft (R) SQL Server Command Line Tool\r\nVersion 15.0.2000.5 NT\r\n\r\nusage: Sqlcmd [-U login id]\r\n"
        "  [-S server]\r\n",
        (Kind.ODBC, 15),
    ),
    (
        "Herramienta de línea de comandos de Microsoft (R) SQL Server\nVersión 17.10.0001.1 Linux\n\n"
        "uso: sqlcmd [-S servidor]",
        (Kind.ODBC, 17),
    ),
    ("usage: python [option] ... [-c cmd | -S]", None),
    ("", None),
]


@pytest.mark.parametrize(("usage", "found"), USAGES)
def test_the_kinds_are_told_apart_by_what_they_print(usage: str, found: tuple[Kind, int] | None) -> None:
    assert kind_of(usage) == found


def program(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    path.write_bytes(b"")
    path.chmod(0o755)
    return path


def test_path_is_searched_in_its_order_and_only_where_it_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = program(tmp_path / "b"), program(tmp_path / "a c")
    program(tmp_path)
    monkeypatch.chdir(tmp_path)
    if not WINDOWS:  # there every file can be run
        (tmp_path / "n").mkdir()
        (tmp_path / "n" / NAME).write_bytes(b"")
    folders = (".", "", "n", str(tmp_path / "n"), str(first.parent), str(second.parent), str(first.parent))
    found = list(candidates({"PATH": os.pathsep.join(folders)}))
    assert found[:2] == [first, second]
    assert not [one for one in found[2:] if tmp_path in one.parents]


@pytest.mark.skipif(not WINDOWS, reason="where its installers put it")
def test_the_usual_folders_of_windows_come_behind_path(tmp_path: Path) -> None:
    new = program(tmp_path / "Microsoft SQL Server/Client SDK/ODBC/180/Tools/Binn")
    old = program(tmp_path / "Microsoft SQL Server/130/Tools/Binn")
    assert list(candidates({"PATH": "", "ProgramFiles": str(tmp_path)})) == [new, old]


def test_the_override_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        sqlcmd_find.find({"REXUS_SQLCMD": str(tmp_path / "gone"), "PATH": os.environ.get("PATH", "")})
    assert (caught.value.code, caught.value.values["path"]) == ("sqlserver.sqlcmd_override", str(tmp_path / "gone"))


def test_the_override_must_be_a_sqlcmd() -> None:
    with pytest.raises(Refused) as caught:
        sqlcmd_find.find({"REXUS_SQLCMD": sys.executable})
    assert caught.value.code == "sqlserver.sqlcmd_odd"


def test_a_program_that_is_none_can_not_hide_that_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlcmd_find, "_usual", lambda _environment: iter(()))
    with pytest.raises(Refused, match="no_sqlcmd"):
        sqlcmd_find.find({"PATH": str(tmp_path)})
    program(tmp_path)
    with pytest.raises(Refused, match="sqlcmd_odd"):
        sqlcmd_find.find({"PATH": str(tmp_path)})


SQL = Connection(host="srv", instance="X", port=1433, user="us er", password=Secret("p;w}d ñ"))


@pytest.mark.parametrize("program", [GO, OLD, NEW], ids=lambda one: f"{one.kind}{one.major}")
@pytest.mark.parametrize("encrypt", [Encrypt.MANDATORY, Encrypt.OPTIONAL])
@pytest.mark.parametrize("authentication", Authentication)
def test_no_secret_and_nothing_of_a_shell_is_among_the_flags(
    program: Sqlcmd, encrypt: Encrypt, authentication: Authentication
) -> None:
    connection = Connection(
        host="srv", user="us er", password=Secret("p;w}d ñ"), encrypt=encrypt, authentication=authentication
    )
    given = arguments(program, connection, "rexus-1")
    assert not [one for one in given if "p;w" in one]
    assert "-P" not in given
    assert "-b" not in given
    assert not [one for one in given if one.startswith(("-r", "-m", "-Q", "-q", "-o", "-V"))]
    assert "-x" in given
    assert given[given.index("-d") + 1] == "master"
    assert given[given.index("-H") + 1] == "rexus-1"
    assert given[-2:] == ["-i", "batch.sql"]


@pytest.mark.parametrize(
    ("authentication", "flags"),
    [
        (Authentication.SQL, ["-U", "us er"]),
        (Authentication.WINDOWS, ["-E", "-X1"]),
        (Authentication.ENTRA_PASSWORD, ["-G", "-U", "us er"]),
        (Authentication.ENTRA_DEFAULT, ["-G", "-X1"]),
    ],
)
def test_the_environment_is_closed_where_no_password_is_in_it(authentication: Authentication, flags: list[str]) -> None:
    connection = Connection(host="srv", user="us er", authentication=authentication)
    given = arguments(GO, connection, "t")
    assert given[given.index("-l") + 2 : given.index("-N")] == flags


@pytest.mark.parametrize(
    ("program", "encrypt", "trust", "flags"),
    [
        (GO, Encrypt.MANDATORY, False, ["-N", "mandatory"]),
        (GO, Encrypt.OPTIONAL, True, ["-N", "optional", "-C"]),
        (GO, Encrypt.STRICT, False, ["-N", "strict"]),
        (NEW, Encrypt.MANDATORY, True, ["-Nm", "-C"]),
        (NEW, Encrypt.OPTIONAL, False, ["-No"]),
        (NEW, Encrypt.STRICT, False, ["-Ns"]),
        (OLD, Encrypt.MANDATORY, False, ["-N"]),
        (OLD, Encrypt.OPTIONAL, True, ["-C"]),
    ],
)
def test_encryption_is_said_in_the_words_of_each_kind(
    program: Sqlcmd, encrypt: Encrypt, trust: bool, flags: list[str]
) -> None:
    connection = Connection(host="srv", user="u", encrypt=encrypt, trust_certificate=trust)
    given = arguments(program, connection, "t")
    assert given[given.index("u") + 1 : given.index("-x")] == flags


def test_an_old_one_is_refused_where_encryption_must_be_strict() -> None:
    with pytest.raises(Refused, match="no_strict"):
        SqlcmdClient(Connection(host="srv", user="u", encrypt=Encrypt.STRICT), OLD)


def test_the_child_s_environment_has_one_variable_of_sqlcmd_s(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SQLCMDINI", "SQLCMDSERVER", "SQLCMDPASSWORD", "SQLCMDUSER", "OSQLPASSWORD", "SQLCMD_LANG"):
        monkeypatch.setenv(name, "trap")
    monkeypatch.setenv("KEPT", "yes")
    bare, given = bare_environment(), bare_environment("p;w}d ñ")
    assert not [name for name in bare if name.upper().startswith(("SQLCMD", "OSQL"))]
    assert {name: value for name, value in given.items() if name not in bare} == {"SQLCMDPASSWORD": "p;w}d ñ"}
    assert bare["KEPT"] == "yes"
