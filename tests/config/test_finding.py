"""What is found in an application's folder, and that nothing there is touched."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.world import World, make_database

from rexus.modules.backup.config.check import problems_of
from rexus.modules.backup.config.document import Document
from rexus.modules.backup.config.finding import backups_in, find, free_name, plain_name, why_not

WINDOWS = os.name == "nt"


@pytest.fixture
def app(tmp_path):
    """An application's folder."""
    folder = tmp_path / "Rexus.app"
    folder.mkdir()
    return folder


def table(path, *names):
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as live, live:
        for name in names:
            live.execute(f"create table {name}(id integer primary key)")


def test_databases_are_found_by_what_they_are(app):
    make_database(app / "users.db", "users", 3)
    table(app / "datos/rexus_inventario.sqlite3", "cosas")
    table(app / "datos/registro.db", "auditoria_log")
    table(app / "otra.db", "recetas")
    found = find(app)

    assert [(one.role, one.name) for one in found.databases] == [
        ("users", "users"),
        ("inventario", "inventario"),
        ("auditoria", "auditoria"),
        ("", "otra"),
    ]
    assert found.databases[0].wal
    assert found.databases[0].size_bytes >= (app / "users.db").stat().st_size
    assert found.databases[1].tables == 1
    assert found.unusable == ()


def test_what_is_only_called_like_a_database_is_told(app):
    (app / "inventario.db").write_bytes(b"")
    (app / "users.db").write_bytes(b"no soy una base " * 100)
    (app / "auditoria.db").write_bytes(b"SQLite format 3\x00" + b"\x07" * 600)
    found = find(app)

    assert found.databases == ()
    assert {one.code: str(one.values["path"]) for one in found.unusable} == {
        "source.empty": str(app / "inventario.db"),
        "source.foreign": str(app / "users.db"),
    }
    assert len(found.unusable) == 3


def test_of_two_files_only_one_has_the_name(app):
    table(app / "users.db", "usuarios")
    (app / "viejo").mkdir()
    make_database(app / "viejo/users_2024.db", "users", 500)
    table(app / "viejo/otro/users.db", "usuarios")
    databases = find(app).databases

    assert [(one.role, one.name) for one in databases] == [("users", "users"), ("", "users_2"), ("", "users_2024")]
    assert databases[0].path == str(app / "users.db")


def test_the_applications_own_names_count_most(app):
    (app / ".env").write_text("DB_SERVER=SRV1\\SQLEXPRESS\nDB_USERS=gente\nDB_PASSWORD=secreta-9\n", "utf-8")
    table(app / "gente.db", "cosas")
    found = find(app)

    assert (found.databases[0].role, found.environment) == ("users", str(app / ".env"))
    assert found.server == "SRV1\\SQLEXPRESS"
    assert "secreta-9" not in repr(found)


def test_libraries_copies_and_hidden_folders_are_left_out(app):
    for place in ("node_modules/a.db", ".git/b.db", "venv/c.db"):
        table(app / place, "cosas")
    table(app / "backups/restore/d.db", "cosas")
    (app / "backups/backup_manifest_20250806_143052.json").write_text("{}", "utf-8")

    assert find(app).databases == ()


def test_earlier_backups_and_settings_are_found(tmp_path):
    world = World(tmp_path, rows=5).build()
    world.backup()
    world.backup()
    (tmp_path / "config").mkdir()
    (tmp_path / "config/backup_config.json").write_text(json.dumps({"backup_dir": "viejas", "backup_time": "03:00"}))
    found = find(tmp_path)

    assert [(one.path, one.sets) for one in found.backups] == [(str(world.root), 2)]
    assert found.backups[0].newest == max(one.set for one in world.model().listing().sets)
    assert [(one.shape, one.root) for one in found.settings] == [("ours", str(world.root)), ("flat", "viejas")]


def test_looking_changes_nothing(app):
    make_database(app / "users.db", "users", 3)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in app.rglob("*")}
    find(app)

    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in app.rglob("*")} == before


@pytest.mark.skipif(WINDOWS, reason="locks of the process are a matter of POSIX")
def test_locks_of_this_very_process_survive(app):
    path = app / "users.db"
    table(path, "usuarios")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.execute("begin exclusive")
        find(app)
        assert why_not(path) is None
        code = f"import sqlite3; sqlite3.connect({str(path)!r}, timeout=0).execute('select 1 from usuarios').fetchall()"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        live.execute("rollback")

    assert "locked" in ran.stderr


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    found = find(tmp_path / "no")

    assert (found.databases, found.unusable, found.backups, found.settings) == ((), (), (), ())
    assert backups_in(tmp_path / "no") is None


def test_why_a_file_is_no_database(tmp_path):
    table(tmp_path / "bien.db", "x")
    (tmp_path / "mal.db").write_text("hola", "utf-8")

    assert why_not(tmp_path / "bien.db") is None
    assert [why_not(one).code for one in (tmp_path / "no.db", tmp_path, tmp_path / "mal.db")] == [
        "source.missing",
        "source.folder",
        "source.foreign",
    ]


def test_any_file_name_becomes_a_name():
    assert plain_name("Inventario ñandú (2)") == "Inventario_and_2"
    assert plain_name("¿?") == "base"
    assert len(plain_name("x" * 200)) == 64


def test_files_called_as_no_database_may_be_get_a_name_that_is_allowed(app):
    table(app / "config.db", "x")
    table(app / "otra/CONFIG.sqlite", "y")

    names = [one.name for one in find(app).databases]
    assert len({name.casefold() for name in names}) == 2
    assert wrong_names(names) == []


@given(st.text(max_size=80) | st.sampled_from(("Config", "Application", "All", "aux", "COM1", "con")), st.data())
def test_a_free_name_can_stand_in_the_settings_and_is_nobody_elses(called, data):
    used = set[str]()
    for _turn in range(data.draw(st.integers(1, 12))):
        name = free_name(called, used)
        assert name.casefold() not in used
        assert wrong_names([name]) == []
        used.add(name.casefold())


def wrong_names(names: list[str]) -> list[str]:
    """Those of them that settings may not have."""
    document = Document.of(json.dumps({"databases": dict.fromkeys(names, "x")}).encode(), "c.json")
    return [str(one.values["key"]) for one in problems_of(document, "c.json") if "database_" in one.code]
