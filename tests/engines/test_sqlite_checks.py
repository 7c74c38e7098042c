"""SQLite's verdict on plain files: damage is told, what is healthy passes, and nothing is left beside them."""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3

import pytest
from sqlite_world import HOLDER, backed_up, crashed, engine, make, quiet, running

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Cancelled, SourceFailed
from rexus.modules.backup.base.records import Depth
from rexus.modules.backup.engines.sqlite_read import LOCK_BYTE, Snapshot
from rexus.modules.backup.engines.sqlite_wal import Overlay


def damage(path, page_size=4096):
    """Overwrite a page in the middle of a table."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // page_size * page_size)
        file.write(b"\xaa" * page_size)


def test_damage_is_found_while_backing_up(tmp_path):
    path = make(tmp_path / "a.db", rows=3000)
    damage(path)
    with pytest.raises(SourceFailed) as told:
        backed_up(engine(path), tmp_path / "out")
    assert told.value.code == "source.corrupt"
    assert told.value.values["detail"]


@pytest.mark.parametrize("depth", [Depth.CONTENT, Depth.ENGINE])
def test_a_damaged_file_is_told_not_raised(depth, tmp_path):
    path = make(tmp_path / "a.db", rows=3000)
    assert engine().check_plain(path, depth, quiet, CancelToken()).ok
    damage(path)
    verdict = engine().check_plain(path, depth, quiet, CancelToken())
    assert (verdict.ok, verdict.problem.code, verdict.row_counts) == (False, "source.corrupt", None)


def test_an_index_without_its_row_is_found_in_depth(tmp_path):
    path = make(tmp_path / "a.db", mode="delete")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        root = db.execute("select rootpage from sqlite_master where name='por_x'").fetchone()[0]
        db.execute("pragma writable_schema=1")
        db.execute("delete from sqlite_master where name='por_x'")
        db.execute("pragma writable_schema=reset")
        db.execute("delete from a where id > 290")
        db.execute("pragma writable_schema=1")
        db.execute("insert into sqlite_master values('index','por_x','a',?,'CREATE INDEX por_x on a(x)')", (root,))
    assert engine().check_plain(path, Depth.CONTENT, quiet, CancelToken()).ok
    assert not engine().check_plain(path, Depth.ENGINE, quiet, CancelToken()).ok


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_healthy_file_passes_and_nothing_is_left_beside_it(mode, tmp_path):
    path = make(tmp_path / "a.db", mode=mode)
    facts, _ = backed_up(engine(path), tmp_path / "out")
    (tmp_path / "out").chmod(0o400)
    heard = []
    verdict = engine().check_plain(tmp_path / "out", Depth.ENGINE, lambda *told: heard.append(told), CancelToken())
    assert (verdict.ok, verdict.row_counts) == (True, facts.row_counts)
    assert heard == [("check", 0, facts.page_count), ("check", facts.page_count, facts.page_count)]
    assert verdict.page_count == facts.page_count
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["a.db", "out"]


def test_a_database_with_a_log_is_judged_with_it(tmp_path):
    left = crashed(make(tmp_path / "a.db"), tmp_path / "left")
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as db:
        db.execute("delete from a")
    verdict = engine().check_plain(left, Depth.RESTORED, quiet, CancelToken())
    assert (verdict.ok, verdict.row_counts) == (True, {"a": 300, "b": 300})
    with running(HOLDER, left, "begin immediate", "delete from b"):
        assert engine().check_plain(left, Depth.CONTENT, quiet, CancelToken()).ok


def test_tables_that_need_their_application_do_not_stop_a_backup(tmp_path):
    path = make(tmp_path / "a.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.create_collation("castellano", lambda one, two: (one > two) - (one < two))
        db.create_function("es_cuit", 1, lambda text: 1, deterministic=True)
        db.execute("create table c(nombre text collate castellano, n check(es_cuit(n)))")
        db.execute("create index por_nombre on c(nombre)")
        db.execute("insert into c values('Ñandú', 1), ('Oso', 2)")
        db.execute('create table "tabla ""rara"" \'x\'"(x)')
        db.execute("create virtual table busqueda using fts5(texto)")
        db.execute("insert into busqueda values('hola')")
        db.execute("create table sin_rowid(x primary key) without rowid")
        db.execute("create table autonum(x integer primary key autoincrement)")
        db.execute("create view v as select * from a")
    facts, _ = backed_up(engine(path), tmp_path / "out")
    assert facts.row_counts is not None
    assert {"a", "b", "tabla \"rara\" 'x'", "sin_rowid", "autonum"} <= set(facts.row_counts)
    assert not {"v", "busqueda", "sqlite_sequence"} & set(facts.row_counts)
    verdict = engine().check_plain(tmp_path / "out", Depth.ENGINE, quiet, CancelToken())
    assert (verdict.ok, verdict.row_counts) == (True, facts.row_counts)
    damage(tmp_path / "out")
    assert not engine().check_plain(tmp_path / "out", Depth.ENGINE, quiet, CancelToken()).ok


def test_cancel_stops_a_deep_check(tmp_path):
    path = make(tmp_path / "a.db")
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        engine().check_plain(path, Depth.ENGINE, lambda *_: cancel.cancel(), cancel)


def test_the_lock_page_is_never_read(tmp_path):
    """With a sparse file, so that it is quick: there is something in the lock page, and it does not come out."""
    path = tmp_path / "sparse"
    page = 4096
    with path.open("wb") as file:
        file.truncate(LOCK_BYTE + 3 * page)
        for offset, byte in ((LOCK_BYTE - page, b"<"), (LOCK_BYTE, b"L"), (LOCK_BYTE + page, b">")):
            file.seek(offset)
            file.write(byte * page)
    with io.FileIO(path) as file:
        tail = b""
        size = 0
        for chunk in Snapshot(file, page, LOCK_BYTE // page + 3, Overlay()).chunks(path, CancelToken()):
            tail = (tail + chunk)[-4 * page :]
            size += len(chunk)
    assert size == LOCK_BYTE + 3 * page
    assert tail == b"<" * page + bytes(page) + b">" * page + bytes(page)


@pytest.mark.skipif(not os.environ.get("REXUS_TEST_LARGE"), reason="writes some GiB; set REXUS_TEST_LARGE=1")
@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize("page_size", [4096, 65536])
def test_beyond_the_lock_page(page_size, mode, tmp_path):
    path = tmp_path / "a.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"pragma page_size={page_size}")
        db.execute("pragma synchronous=off")
        db.execute("create table t(x)")
        db.execute("insert into t values(zeroblob(540000000)), (zeroblob(540000000))")
        db.execute(f"pragma journal_mode={mode}")
        db.execute("pragma wal_autocheckpoint=0")
        db.execute("insert into t values(randomblob(3000000))")
        facts, copied = backed_up(engine(path), tmp_path / "out")
    assert (facts.row_counts, copied) == ({"t": 3}, mode != "wal")
    assert (tmp_path / "out").stat().st_size > LOCK_BYTE
    assert engine().check_plain(tmp_path / "out", Depth.ENGINE, quiet, CancelToken()).ok
