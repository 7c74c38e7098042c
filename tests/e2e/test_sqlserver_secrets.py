"""The password is nowhere to be seen: in no command line or environment, in nothing that is written or said."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlcmd_double.install import install
from sqlserver_double.world_faults import Point
from support.leaks import PROC, Watcher, files_with, forms, holds
from support.points import EVERY
from support.sqlserver import Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")
pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="command lines are read from /proc")

POINTS: tuple[Point, ...] = ("backup.half", "verify.half", "headeronly", "restore.half", "checkdb.half")
CLIENTS = ("odbc", "go", "odbc18") if EVERY else ("odbc", "go")


@pytest.fixture
def secret() -> str:
    """With all that has to be written otherwise somewhere; another one each time, for tests run side by side."""
    return "Cl4ve;{ñ}%41 $(x)=" + secrets.token_hex(6)


class Said:
    """Commands, and all that they print."""

    def __init__(self, firm: Company, trace: Path) -> None:
        self._firm, self._trace = firm, trace
        self.all = b""

    def __call__(self, *words: str) -> dict[str, object]:
        """Run one, as chatty as it can be."""
        ran = self._firm.run("--trace-sql", str(self._trace), "--debug", *words, "--json")
        self.all += ran.out.encode() + ran.err.encode()
        assert ran.code in {0, 1, 2}, ran.out + ran.err
        return ran.json


@pytest.mark.parametrize("client", CLIENTS)
def test_nobody_sees_the_password(secret: str, client: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if client != "odbc":
        monkeypatch.setenv("REXUS_SQLCMD", str(install(tmp_path / "bin", client)))  # type: ignore[arg-type]
    with company(tmp_path, "odbc" if client == "odbc" else "sqlcmd") as firm, Watcher(secret).watching() as watcher:
        firm.world.add_login("copias", secret, roles=["sysadmin"])
        firm.sign_in("copias", secret)
        for point in POINTS:
            firm.world.faults.do(point, lambda _: watcher.look_around(), times=2)
        say = Said(firm, tmp_path / "lotes.sql")
        say("check")
        name = str(say("backup", "--no-files", "users")["set"])
        say("backup", "--no-files", "users", "--kind", "log")
        say("restore", name, "--database", "users", "--overwrite", "--yes", "users")
        say("drill", "users")
        say("verify", name, "--depth", "engine")

    assert watcher.leaks == set()
    assert any(f",{firm.server.port}".encode() in one for one in watcher.children) == (client != "odbc")
    assert files_with(tmp_path, forms(secret), but=frozenset({".env"})) == []
    assert not holds(say.all, forms(secret))
    assert b"BACKUP DATABASE [users]" in (tmp_path / "lotes.sql").read_bytes()


@pytest.mark.parametrize("client", CLIENTS)
def test_nobody_sees_a_password_that_is_refused(
    secret: str, client: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if client != "odbc":
        monkeypatch.setenv("REXUS_SQLCMD", str(install(tmp_path / "bin", client)))  # type: ignore[arg-type]
    with company(tmp_path, "odbc" if client == "odbc" else "sqlcmd") as firm, Watcher(secret).watching() as watcher:
        firm.world.add_login("copias", "otra")
        firm.sign_in("copias", secret)
        say = Said(firm, tmp_path / "lotes.sql")
        say("check")
        say("backup", "--no-files", "users")

    assert watcher.leaks == set()
    assert files_with(tmp_path, forms(secret), but=frozenset({".env"})) == []
    assert not holds(say.all, forms(secret))
    assert b"sqlserver.login_failed" in say.all


@pytest.mark.parametrize("where", ["cmdline", "environ"])
def test_a_process_that_shows_it_is_found(secret: str, where: str) -> None:
    """The watcher sees what it is for, percent-encoded as well."""
    shown = quote(secret)
    words = [sys.executable, "-c", "import sys; sys.stdin.read()", *([shown] if where == "cmdline" else [])]
    environment = {"CLAVE": shown} if where == "environ" else {}
    with (
        Watcher(secret).watching() as watcher,
        subprocess.Popen(words, stdin=subprocess.PIPE, env=environment) as process,
    ):
        watcher.look_around()
        process.communicate()
    assert {(one.pid, one.where) for one in watcher.leaks} == {(process.pid, where)}


def test_a_sqlcmd_that_is_given_it_in_words_is_found(secret: str) -> None:
    words = [sys.executable, "-c", "import sys; sys.stdin.read()", "-P", secret, "-i", "batch.sql"]
    environment = {"SQLCMDPASSWORD": secret}
    with (
        Watcher(secret).watching() as watcher,
        subprocess.Popen(words, stdin=subprocess.PIPE, env=environment) as process,
    ):
        watcher.look_around()
        process.communicate()
    assert {one.where for one in watcher.leaks} == {"cmdline"}
    assert any(str(process.args[2]).encode() in one for one in watcher.children)


def test_a_file_that_holds_it_is_found_in_every_form(secret: str, tmp_path: Path) -> None:
    planted = sorted(forms(secret))
    for number, form in enumerate(planted):
        (tmp_path / f"{number:02}.log").write_bytes(b"x" * number + form + b"y")
    (tmp_path / "limpio.log").write_bytes(b"nada")

    assert files_with(tmp_path, forms(secret)) == [f"{number:02}.log" for number in range(len(planted))]
