"""A lost server comes back on a new one: nothing is left but a folder of its backup files and a `.env`."""

from __future__ import annotations

import gzip
import shutil
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cli.command_line import CommandLine, Ran
from sqlserver_double.world import SA_PASSWORD
from support.lost import original_set
from support.sqlserver import FOLDER, NAMES, ROWS, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")

INSTANT = "2025-01-01T00:00:00+00:00"


@pytest.fixture
def state(tmp_path, monkeypatch):
    """Where logs and journals go that must not lie in the folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def rescued(tmp_path, state):
    """The files of a server that is gone: full, differential and logs of one database, a full one of another."""
    folder = tmp_path / "rescate"
    with company(tmp_path / "antes", "odbc", edition="standard2022") as old:
        disk = "TO DISK = N'C:\\Backup\\"
        old.sql(f"BACKUP DATABASE users {disk}users_full.bak' WITH INIT, CHECKSUM")
        old.world.clock.advance(timedelta(minutes=5))
        old.add("users", 1000)
        old.world.clock.advance(timedelta(minutes=5))
        old.sql(f"BACKUP LOG users {disk}users_1.trn' WITH INIT, CHECKSUM")
        old.sql(f"BACKUP DATABASE users {disk}users_diff.bak' WITH INIT, DIFFERENTIAL, CHECKSUM")
        old.add("users", 1001)
        old.sql(f"BACKUP LOG users {disk}users_2.trn' WITH INIT, CHECKSUM")
        old.sql(f"BACKUP DATABASE auditoria {disk}auditoria_1.bak', DISK = N'C:\\Backup\\auditoria_2.bak' WITH INIT")
        old.sql(f"BACKUP DATABASE inventario {disk}todo.bak' WITH INIT, CHECKSUM")
        old.add("inventario", 1000)
        old.sql(f"BACKUP LOG inventario {disk}todo.bak' WITH NOINIT, CHECKSUM")
        shutil.copytree(old.share, folder)
    shutil.rmtree(tmp_path / "antes")
    return folder


@contextmanager
def new_server(tmp_path: Path, folder: Path, **extra: str):
    """A server of another machine, empty but for a folder that both see; `.env` beside the files names it."""
    with company(tmp_path / "nuevo", "odbc") as new:
        for name in NAMES:
            new.sql(f"DROP DATABASE {name}")
        named = {
            "DB_SERVER": f"127.0.0.1,{new.server.port}",
            "DB_USERNAME": "sa",
            "DB_PASSWORD": SA_PASSWORD,
            "REXUS_CLIENT": "odbc",
            "REXUS_ENCRYPT": "optional",
            "REXUS_TRUST_CERTIFICATE": "yes",
            "REXUS_SERVER_BACKUP_DIR": FOLDER,
            "REXUS_CLIENT_BACKUP_DIR": str(new.share),
            **extra,
        }
        lines = [f"{name}={value}" for name, value in named.items() if value]
        (folder / ".env").write_text("\n".join(lines) + "\n", "utf-8")
        yield new


def run(folder: Path, *words: str) -> Ran:
    return CommandLine(folder)("--lang", "en", *words, "--json")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def restored(new: Company, ran: Ran) -> str:
    assert ran.code in (0, 1), ran.out
    (one,) = ran.json["restored"]
    assert new.state(one["to"]) == ("ONLINE", "MULTI_USER")
    return str(one["to"])


def test_the_newest_state_comes_back_without_naming_a_set(tmp_path, rescued, state):
    with new_server(tmp_path, rescued) as new:
        before = contents(rescued)
        plan = run(rescued, "restore", "--database", "users", "--to", "users", "--plan")
        assert plan.code == 0, plan.out
        ran = run(rescued, "restore", "--database", "users", "--to", "users")

        assert restored(new, ran) == "users"
        assert new.count("users") == ROWS + 2
        assert ran.json["restored"][0]["checks"][0]["depth"] == "restored"
        assert new.leftovers() == []
        assert contents(rescued) == before
        assert any(state.rglob("backup_*.log"))


def test_packed_stripes_and_appended_files_come_back_too(tmp_path, rescued):
    for path in sorted(rescued.glob("*.bak")):
        if path.name != "todo.bak":
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    with new_server(tmp_path, rescued) as new:
        assert restored(new, run(rescued, "restore", "--database", "auditoria", "--to", "auditoria")) == "auditoria"
        assert restored(new, run(rescued, "restore", "--database", "users", "--to", "users")) == "users"
        assert restored(new, run(rescued, "restore", "--database", "inventario", "--to", "inv")) == "inv"

        assert [new.count(name) for name in ("auditoria", "users", "inv")] == [ROWS, ROWS + 2, ROWS + 1]
        assert new.leftovers() == []


def test_files_that_the_server_sees_are_used_where_they_lie(tmp_path, rescued):
    with new_server(tmp_path, rescued) as new:
        for path in rescued.iterdir():
            shutil.move(path, new.share / path.name)
        before = contents(new.share)
        ran = run(new.share, "restore", "--database", "users", "--to", "users")

        assert restored(new, ran) == "users"
        assert new.count("users") == ROWS + 2
        assert contents(new.share) == before


def test_sets_of_the_original_program_come_back_on_a_server(tmp_path, rescued):
    """Its manifests name neither engine nor chain: both are read from the files."""
    folder, name = tmp_path / "original", "20250806_143052"
    original_set(folder, name, {"users": (rescued / "users_full.bak").read_bytes()})
    with new_server(tmp_path, folder) as new:
        (one,) = run(folder, "restore", "--plan").json["found"]["databases"]
        assert (one["name"], one["latest_set"], one["kinds"]) == ("users", name, {"full": 1})
        assert run(folder, "restore", name, "--database", "users", "--to", "users", "--plan").code == 0
        assert restored(new, run(folder, "restore", name, "--database", "users", "--to", "users")) == "users"

        assert new.count("users") == ROWS
        assert new.leftovers() == []


def test_sets_of_ours_come_back_on_a_new_server_too(tmp_path, state):
    folder = tmp_path / "copias"
    with company(tmp_path / "antes", "odbc") as old:
        old.backup()
        old.add("users", 1000)
        log = old.backup("users", "--kind", "log")
        shutil.copytree(old.root, folder)
    shutil.rmtree(tmp_path / "antes")
    assert run(folder, "restore", log, "--database", "users", "--plan").codes >= {"lost.no_server", "lost.reaches"}
    with new_server(tmp_path, folder) as new:
        assert restored(new, run(folder, "restore", "--database", "users", "--to", "users")) == "users"
        assert new.count("users") == ROWS + 1


def test_an_instant_between_two_logs_comes_back(tmp_path, rescued):
    with new_server(tmp_path, rescued) as new:
        (one,) = [
            each for each in run(rescued, "restore", "--plan").json["found"]["databases"] if each["name"] == "users"
        ]
        ran = run(rescued, "restore", "--database", "users", "--to", "antes", "--at", one["spans"][0]["start"])

        assert restored(new, ran) == "antes"
        assert new.count("antes") == ROWS


def test_what_can_not_be_had_is_refused_before_anything_is_touched(tmp_path, rescued):
    with new_server(tmp_path, rescued) as new:
        early = run(rescued, "restore", "--database", "users", "--to", "x", "--at", INSTANT)
        assert (early.code, early.codes) == (3, {"chain.before_first"})
        (rescued / "auditoria_2.bak").unlink()
        lacking = run(rescued, "restore", "--database", "auditoria", "--to", "x")
        assert lacking.code == 3
        assert "chain.stripe_missing" in lacking.codes
        over = run(rescued, "restore", "--database", "users", "--overwrite", "--yes", "users")
        assert (over.code, over.codes) == (3, {"lost.no_overwrite"})

        assert new.databases() == set()
        assert new.leftovers() == []


def test_a_damaged_file_is_found_before_the_server_gets_it(tmp_path, rescued):
    path = rescued / "users_full.bak"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    with new_server(tmp_path, rescued) as new:
        ran = run(rescued, "restore", "--database", "users", "--to", "users")

        assert ran.code == 2, ran.out
        assert any(code.startswith("bak.") for code in ran.codes)
        assert new.databases() == set()
        assert new.leftovers() == []


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_of_backups_in_one_file_each_is_proven(tmp_path, rescued, packed):
    """The log behind the full backup is damaged, which its header does not show."""
    path = rescued / "todo.bak"
    data = bytearray(path.read_bytes())
    data[-len(data) // 20] ^= 0x10
    path.write_bytes(gzip.compress(data) if packed else data)
    if packed:
        path.rename(rescued / "todo.bak.gz")
    with new_server(tmp_path, rescued) as new:
        log, full = [one["set"] for one in run(rescued, "list").json["sets"] if "inventario" in one["databases"]]
        ran = run(rescued, "restore", log, "--database", "inventario", "--to", "todo")
        assert ran.code == 2, ran.out
        assert any(code.startswith("bak.") for code in ran.codes)
        assert (new.databases(), new.leftovers()) == (set(), [])
        assert run(rescued, "verify", full).code == 0


def test_without_a_folder_that_both_see_it_is_told_what_is_missing(tmp_path, rescued):
    with new_server(tmp_path, rescued, REXUS_CLIENT_BACKUP_DIR="", REXUS_SERVER_BACKUP_DIR="") as new:
        ran = run(rescued, "restore", "--database", "users", "--to", "users")

        assert (ran.code, ran.codes) == (3, {"restore.no_meeting"})
        assert new.databases() == set()


def test_a_wrong_variable_is_named(tmp_path, rescued):
    with new_server(tmp_path, rescued, REXUS_ENCRYPT="siempre"):
        ran = run(rescued, "restore", "--plan")
        assert (ran.code, ran.codes) == (3, {"config.value"})
        assert "REXUS_ENCRYPT" in ran.json["problems"][0]["message"]


def test_the_password_is_nowhere(tmp_path, rescued, state):
    with new_server(tmp_path, rescued) as new:
        trace = tmp_path / "lotes.sql"
        ran = run(rescued, "--trace-sql", str(trace), "--debug", "restore", "--database", "users", "--to", "users")
        assert restored(new, ran) == "users"
        assert SA_PASSWORD not in ran.out + ran.err
        written = [path for place in (state, trace) for path in (place, *place.rglob("*")) if path.is_file()]
        assert [path for path in written if SA_PASSWORD.encode() in path.read_bytes()] == []
