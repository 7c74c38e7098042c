"""Databases, writers in processes of their own, and ways to look at what was backed up."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.engine_facts import EngineFacts
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.engines.port import DatabaseRef
from rexus.modules.backup.engines.sqlite import SqliteEngine

WRITER = """
import contextlib, random, sqlite3, sys, threading
path, seed, checkpoint = sys.argv[1], int(sys.argv[2]), sys.argv[3]
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
rng = random.Random(seed)
with contextlib.closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as db:
    db.execute("pragma synchronous=off")
    db.execute("pragma wal_autocheckpoint=%d" % rng.choice([0, 10, 100]))
    done = 0
    while not stop.is_set() and done < 50000:
        try:
            db.execute("begin immediate")
            n = rng.randrange(1, 60)
            for _ in range(rng.randrange(1, 8)):
                db.execute("update a set x = x + ? where id = ?", (n, rng.randrange(1, 200)))
                db.execute("update b set x = x + ? where id = ?", (n, rng.randrange(1, 200)))
            body = rng.randbytes(rng.randrange(0, 1500))
            db.execute("insert into a(x, body) values(1, ?)", (body,))
            db.execute("insert into b(x, body) values(1, ?)", (body,))
            if rng.random() < 0.1:
                for table in ("a", "b"):
                    db.execute(f"delete from {table} where id > 200 and id % 7 = 0 or id > 1000")
            db.execute("commit")
            if checkpoint and rng.random() < 0.2:
                db.execute("pragma wal_checkpoint(%s)" % checkpoint).fetchall()
        except sqlite3.OperationalError:
            if db.in_transaction:
                db.execute("rollback")
        done += 1
        if done == 3:
            print("ready", flush=True)
"""
HOLDER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
for sql in sys.argv[2:]:
    db.execute(sql).fetchall()
print("ready", flush=True)
sys.stdin.read()
db.close()
"""


def quiet(_phase: str, _done: int, _total: int) -> None:
    """Listen to nothing."""


def engine(*paths: Path, wait_s: float = 10.0) -> SqliteEngine:
    refs = tuple(DatabaseRef(name=path.stem, location=str(path)) for path in paths)
    return SqliteEngine(refs, RealFiles(), wait_s=wait_s)


def make(path: Path, mode: str = "wal", page_size: int = 4096, rows: int = 300) -> Path:
    """A database with the tables ``a`` and ``b``, whose sums are equal in every committed state."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(f"pragma page_size={page_size}")
        db.execute(f"pragma journal_mode={mode}")
        for table in ("a", "b"):
            db.execute(f"create table {table}(id integer primary key, x integer, body blob)")
            db.executemany(
                f"insert into {table}(x, body) values(1, ?)", ((b"ni\xc3\xb1o" * (i % 200),) for i in range(rows))
            )
        db.execute("create index por_x on a(x)")
    return path


def backed_up(one: SqliteEngine, into: Path, *, number: int = 0) -> tuple[EngineFacts, bool]:
    """Back up to the plain file ``into``; also says whether a copy had to be made first."""
    scratch = into.parent / "scratch"
    with one.backup(one.databases()[number], BackupKind.FULL, scratch, quiet, CancelToken()) as taken:
        with into.open("wb") as file:
            for chunk in taken.chunks():
                file.write(chunk)
        facts = taken.facts()
        assert into.stat().st_size == taken.total_bytes
        copied = taken.copied
    assert not scratch.exists() or not list(scratch.iterdir())
    return facts, copied


def dump(path: Path) -> list[str]:
    """The whole content as SQL."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def sums(path: Path) -> tuple[int, int, int, int]:
    """Counts and sums of ``a`` and ``b``; the file must be whole."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        row = db.execute(
            "select (select count(*) from a), (select count(*) from b), (select sum(x) from a), (select sum(x) from b)"
        ).fetchone()
    return row


@contextlib.contextmanager
def running(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Python script in a process of its own, from when it says that it is ready."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.communicate()


def crashed(path: Path, folder: Path) -> Path:
    """A database as a killed program leaves it: half of its content is in the log alone."""
    folder.mkdir(exist_ok=True)
    left = folder / path.name
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma wal_autocheckpoint=0")
        db.execute("update a set x = x + 5")
        db.execute("update b set x = x + 5")
        shutil.copy(path, left)
        shutil.copy(f"{path}-wal", f"{left}-wal")
    return left
