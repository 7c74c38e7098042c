"""What is backed up is one committed state of the database, whoever writes meanwhile."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_world import HOLDER, WRITER, backed_up, crashed, dump, engine, make, quiet, running, sums

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Cancelled, SourceFailed
from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.engines import sqlite_pass

PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]


@pytest.mark.parametrize("checkpoint", ["", "PASSIVE", "RESTART", "TRUNCATE"])
def test_a_busy_wal_database_is_read_in_one_pass(checkpoint, tmp_path):
    path = make(tmp_path / "a.db", page_size=1024)
    one = engine(path)
    copied = []
    with running(WRITER, path, 1, checkpoint), running(WRITER, path, 2, "PASSIVE"):
        for number in range(4):
            facts, was_copied = backed_up(one, tmp_path / f"{number}.out")
            copied.append(was_copied)
            count_a, count_b, sum_a, sum_b = sums(tmp_path / f"{number}.out")
            assert (count_a, sum_a) == (count_b, sum_b)
            assert facts.row_counts == {"a": count_a, "b": count_b}
    assert copied.count(True) <= 1, "the shared index is all but always readable"


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist"])
def test_a_busy_database_with_a_rollback_journal_is_copied_whole(mode, tmp_path):
    path = make(tmp_path / "a.db", mode=mode)
    one = engine(path, wait_s=30)
    with running(WRITER, path, 1, ""):
        for number in range(3):
            facts, copied = backed_up(one, tmp_path / f"{number}.out")
            count_a, count_b, sum_a, sum_b = sums(tmp_path / f"{number}.out")
            assert (copied, count_a, sum_a) == (True, count_b, sum_b)
            assert (facts.journal_mode, facts.row_counts) == ("delete", {"a": count_a, "b": count_b})


@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_every_page_size(page_size, mode, tmp_path):
    path = make(tmp_path / "a.db", mode=mode, page_size=page_size)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("pragma wal_autocheckpoint=0")
        writer.execute("insert into a(x, body) values(1, zeroblob(200000))")
        facts, copied = backed_up(engine(path), tmp_path / "out")
        assert copied == (mode == "delete")
        assert (facts.page_size, facts.page_count) == (page_size, (tmp_path / "out").stat().st_size // page_size)
        writer.execute("pragma wal_checkpoint(TRUNCATE)")
    if mode == "wal":
        assert (tmp_path / "out").read_bytes() == path.read_bytes()
    assert dump(tmp_path / "out") == dump(path)


def test_a_log_that_nobody_folded_yet_is_read_and_left_alone(tmp_path):
    left = crashed(make(tmp_path / "a.db"), tmp_path / "left")
    before = {path.name: path.read_bytes() for path in left.parent.iterdir()}

    _, copied = backed_up(engine(left), tmp_path / "out")

    after = {path.name: path.read_bytes() for path in left.parent.iterdir() if not path.name.endswith("-shm")}
    assert (copied, before) == (False, after)
    assert dump(tmp_path / "out") == dump(left)


def test_a_damaged_log_ends_where_sqlite_says(tmp_path):
    left = crashed(make(tmp_path / "a.db"), tmp_path / "left")
    log = Path(f"{left}-wal")
    data = bytearray(log.read_bytes())
    data[-100] ^= 1
    log.write_bytes(data)

    backed_up(engine(left), tmp_path / "out")

    assert dump(tmp_path / "out") == dump(left)


def test_a_large_log_is_read_without_its_chain(tmp_path):
    path = make(tmp_path / "a.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("pragma wal_autocheckpoint=0")
        writer.execute("insert into a(x, body) values(1, randomblob(9000000))")
        writer.execute("update a set x = 3")
        _, copied = backed_up(engine(path), tmp_path / "out")
        writer.execute("pragma wal_checkpoint(TRUNCATE)")
    assert not copied
    assert (tmp_path / "out").read_bytes() == path.read_bytes()


def test_nothing_stays_beside_a_database_that_nobody_has_open(tmp_path):
    path = make(tmp_path / "a.db")
    one = engine(path)
    facts, _ = backed_up(one, tmp_path / "out")
    one.preflight(one.databases()[0])
    assert one.estimate(one.databases()[0]) == path.stat().st_size
    assert (facts.engine, facts.journal_mode) == ("sqlite", "wal")
    assert facts.schema_fingerprint == backed_up(one, tmp_path / "again")[0].schema_fingerprint
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.db", "again", "out"]


def test_one_database_under_two_names_at_once(tmp_path):
    path = make(tmp_path / "a.db", rows=5000)
    one = engine(path, path)
    outcome: list[object] = []

    def take(number: int) -> None:
        outcome.append(backed_up(one, tmp_path / f"{number}" / "out", number=number % 2)[1])

    threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    for number in range(4):
        (tmp_path / f"{number}").mkdir()
    with running(WRITER, path, 1, "TRUNCATE"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcome == [False] * 4
    assert all(sums(tmp_path / f"{n}/out")[2] == sums(tmp_path / f"{n}/out")[3] for n in range(4))


def test_without_a_trustworthy_index_sqlite_copies(tmp_path, monkeypatch):
    """As on systems where the shared index can't be opened."""
    monkeypatch.setattr(sqlite_pass, "pin", lambda *_: None)
    path = make(tmp_path / "a.db", page_size=1024)
    with running(WRITER, path, 1, "PASSIVE"):
        for number in range(3):
            facts, copied = backed_up(engine(path), tmp_path / f"{number}.out")
            _, _, sum_a, sum_b = sums(tmp_path / f"{number}.out")
            assert (copied, facts.journal_mode, sum_a) == (True, "wal", sum_b)


@pytest.mark.skipif(os.name == "nt", reason="POSIX locks")
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_the_snapshot_stays_pinned_until_the_end(mode, tmp_path):
    """Closing our own descriptors must not take SQLite's locks away while the pass lasts."""
    path = make(tmp_path / "a.db", mode=mode)
    one = engine(path)
    (tmp_path / "other").mkdir()
    with one.backup(one.databases()[0], BackupKind.FULL, tmp_path / "scratch", quiet, CancelToken()) as taken:
        chunks = taken.chunks()
        for _ in range(3):  # others come and go while the pass lasts
            backed_up(one, tmp_path / "other" / "out")
            one.preflight(one.databases()[0])
        with running(WRITER, path, 3, "PASSIVE"):
            pass
        (tmp_path / "out").write_bytes(b"".join(chunks))
        taken.facts()
    count_a, count_b, sum_a, sum_b = sums(tmp_path / "out")
    assert (count_a, sum_a, count_b, sum_b) == (300, 300, 300, 300)


def test_cancel_is_heard_between_chunks_and_while_checking(tmp_path):
    path = make(tmp_path / "a.db", rows=9000)
    one, cancel = engine(path), CancelToken()
    with (
        pytest.raises(Cancelled),
        one.backup(one.databases()[0], BackupKind.FULL, tmp_path, quiet, cancel) as taken,
    ):
        chunks = taken.chunks()
        next(chunks)
        cancel.cancel()
        next(chunks)
    cancel = CancelToken()
    with (
        pytest.raises(Cancelled),
        one.backup(one.databases()[0], BackupKind.FULL, tmp_path, quiet, cancel) as taken,
    ):
        cancel.cancel()
        taken.facts()
    assert [p.name for p in tmp_path.iterdir()] == ["a.db"]


def test_cancel_while_copying_leaves_no_copy(tmp_path):
    path = make(tmp_path / "a.db", mode="delete", rows=20000)
    one, cancel = engine(path), CancelToken()
    heard = []

    def progress(phase: str, done: int, total: int) -> None:
        heard.append((phase, done, total))
        cancel.cancel()

    with (
        pytest.raises(Cancelled),
        one.backup(one.databases()[0], BackupKind.FULL, tmp_path / "scratch", progress, cancel),
    ):
        pass
    assert heard[0][0] == "snapshot"
    assert heard[0][1] < heard[0][2]
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_locked_source_is_waited_for_then_told(tmp_path):
    path = make(tmp_path / "a.db", mode="delete")
    one = engine(path, wait_s=0.2)
    with running(HOLDER, path, "begin exclusive") as holder:
        assert [f.code for f in one.preflight(one.databases()[0])] == ["source.busy"]
        assert one.estimate(one.databases()[0]) == path.stat().st_size
        with pytest.raises(SourceFailed) as told:
            backed_up(one, tmp_path / "out")
        assert told.value.code == "source.busy"
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled), one.backup(one.databases()[0], BackupKind.FULL, tmp_path, quiet, cancel):
            pass
        releaser = threading.Timer(0.3, holder.communicate)
        releaser.start()
        backed_up(engine(path), tmp_path / "out")
        releaser.join()
    assert dump(tmp_path / "out") == dump(path)


def test_a_hot_journal_is_rolled_back_first(tmp_path):
    path = make(tmp_path / "a.db", mode="delete", rows=3000)
    old = dump(path)
    left = tmp_path / "left.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("pragma cache_size=1")
        writer.execute("begin")
        writer.execute("update a set x = 99, body = zeroblob(3000)")
        left.write_bytes(path.read_bytes())
        Path(f"{left}-journal").write_bytes(Path(f"{path}-journal").read_bytes())
        writer.execute("rollback")
    backed_up(engine(left), tmp_path / "out")
    assert dump(tmp_path / "out") == old


steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert into a(x, body) values(1, zeroblob(?))"), st.integers(0, 40_000)),
        st.tuples(st.just("update a set x = x + 1 where id % 5 = ?"), st.integers(0, 4)),
        st.tuples(st.just("delete from a where id % 7 = ?"), st.integers(0, 6)),
        st.tuples(st.sampled_from(["pragma wal_checkpoint(PASSIVE)", "pragma wal_checkpoint(TRUNCATE)", "vacuum"])),
        st.just(("backup",)),
    ),
    max_size=12,
)


@given(steps, st.sampled_from(PAGE_SIZES[:4]), st.sampled_from(["wal", "persist"]))
@settings(max_examples=40, deadline=None)
def test_it_has_what_sqlites_own_backup_has(steps, page_size, mode):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = make(folder / "a.db", mode=mode, page_size=page_size, rows=30)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("pragma wal_autocheckpoint=0")
            for sql, *values in [*steps, ("backup",)]:
                if sql != "backup":
                    writer.execute(sql, values).fetchall()
                    continue
                backed_up(engine(path), folder / "ours")
                with contextlib.closing(sqlite3.connect(folder / "theirs")) as theirs:
                    writer.backup(theirs)
                assert sums(folder / "ours")
                assert dump(folder / "ours") == dump(folder / "theirs")
