"""A restored database takes its place whole, or the old one stays as it was."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlite_world import HOLDER, crashed, dump, engine, make, running
from support.faults import CountingFiles, FaultyFiles, KillingFiles

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BackupError, BadInput, Busy, Cancelled, Failed, Refused
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.engines.port import RestoreTarget
from rexus.modules.backup.engines.sqlite import SqliteEngine

KILLED = 137


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def stage(folder: Path, to: Path) -> RestoreTarget:
    """A proven new database with one row more, waiting beside its place."""
    target = engine().target("a", str(to))
    new = make(folder / "new.db", rows=301)
    Path(target.staging).write_bytes(new.read_bytes())
    return target


def install(target: RestoreTarget, files=None, overwrite: bool = True) -> None:
    one = SqliteEngine((), files or RealFiles(), wait_s=0.2)
    one.install(target, overwrite=overwrite, cancel=CancelToken())


def test_a_target_is_described(tmp_path):
    path = make(tmp_path / "a.db")
    target = engine(path).target("a", None)
    assert (target.location, target.exists, target.bytes) == (str(path), True, path.stat().st_size)
    assert target.modified_at is not None
    assert (target.modified_at.tzinfo is not None, target.in_use_by) == (True, ())
    assert Path(target.staging) == tmp_path / "a.db.restoring.partial"
    new = engine(path).target("a", str(tmp_path / "neu/b.db"))
    assert (new.exists, new.in_use_by, new.bytes) == (False, (), 0)
    assert names(tmp_path) == ["a.db"]


def test_places_that_make_no_sense(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    one = engine(tmp_path / "a.db")
    told = {}
    for to in ("", "  ", "a\0b", str(tmp_path), str(tmp_path / "file/a.db")):
        with pytest.raises(BadInput) as error:
            one.target("a", to)
        told[to] = error.value.code
    assert list(told.values()) == ["restore.empty_target"] * 3 + ["target.folder", "target.no_folder"]
    with pytest.raises(BadInput) as error:
        one.target("otra", None)
    assert error.value.code == "database.unknown"


def test_a_new_place(tmp_path):
    target = stage(tmp_path, tmp_path / "b.db")
    install(target, overwrite=False)
    assert dump(tmp_path / "b.db") == dump(tmp_path / "new.db")
    assert names(tmp_path) == ["b.db", "new.db"]


def test_an_old_log_is_not_replayed_into_the_new_database(tmp_path):
    left = crashed(make(tmp_path / "a.db"), tmp_path / "left")
    left.unlink()
    target = stage(tmp_path, left)
    install(target, overwrite=False)
    assert dump(left) == dump(tmp_path / "new.db")
    assert names(left.parent) == ["a.db"]


@pytest.mark.parametrize("mode", ["wal", "delete", "truncate", "persist"])
def test_the_old_one_is_replaced(mode, tmp_path):
    path = make(tmp_path / "a.db", mode=mode)
    path.chmod(0o640)
    mode_before = path.stat().st_mode
    install(stage(tmp_path, path))
    assert dump(path) == dump(tmp_path / "new.db")
    assert path.stat().st_mode == mode_before or os.name == "nt"
    assert names(tmp_path) == ["a.db", "new.db"]


def test_an_old_one_with_a_log_of_a_killed_program_is_replaced(tmp_path):
    left = crashed(make(tmp_path / "a.db"), tmp_path / "left")
    install(stage(tmp_path, left))
    assert dump(left) == dump(tmp_path / "new.db")
    assert names(left.parent) == ["a.db"]


@pytest.mark.parametrize("spoil", ["garbage", "short", "empty"])
def test_a_damaged_old_one_is_replaced(spoil, tmp_path):
    left = crashed(make(tmp_path / "a.db"), tmp_path / "left")
    if spoil == "garbage":
        left.write_bytes(b"\xaa" * 9000)
    else:
        os.truncate(left, 300 if spoil == "short" else 0)
    install(stage(tmp_path, left))
    assert dump(left) == dump(tmp_path / "new.db")
    assert names(left.parent) == ["a.db"]


def test_without_consent_nothing_is_overwritten(tmp_path):
    path = make(tmp_path / "a.db")
    target = stage(tmp_path, path)
    with pytest.raises(Refused) as told:
        install(target, overwrite=False)
    assert told.value.code == "target.exists"
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        engine().install(target, overwrite=True, cancel=cancel)
    Path(target.staging).unlink()
    with pytest.raises(Failed) as failed:
        install(target)
    assert failed.value.code == "target.not_staged"
    assert len(dump(path)) < len(dump(tmp_path / "new.db"))


HOLDING = {
    "idle": ("select count(*) from a",),
    "reading": ("begin", "select count(*) from a"),
    "writing": ("begin immediate", "delete from a"),
    "exclusive": ("begin exclusive",),
}


@pytest.mark.parametrize("how", HOLDING)
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_busy_while_somebody_has_it_open(mode, how, tmp_path):
    path = make(tmp_path / "a.db", mode=mode)
    before = dump(path)
    with running(HOLDER, path, *HOLDING[how]) as holder:
        target = stage(tmp_path, path)
        assert len(target.in_use_by) == 1
        assert str(holder.pid) in target.in_use_by[0] or os.name == "nt"
        with pytest.raises(Busy) as told:
            install(target)
        assert told.value.code == "target.in_use"
    assert dump(path) == before
    install(target)
    assert dump(path) == dump(tmp_path / "new.db")


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_busy_by_its_lock_alone(mode, tmp_path, monkeypatch):
    """As where other people's processes can't be looked into."""
    monkeypatch.setattr("rexus.modules.backup.engines.sqlite_install.holders", lambda path: ())
    path = make(tmp_path / "a.db", mode=mode)
    target = stage(tmp_path, path)
    with running(HOLDER, path, *HOLDING["reading"]), pytest.raises(Busy) as told:
        install(target)
    assert told.value.values["who"] == "?"
    assert len(dump(path)) < len(dump(tmp_path / "new.db"))


def plain(left: Path) -> None:
    """The old database is whole and has no log."""
    with contextlib.closing(sqlite3.connect(left)) as db:
        db.execute("select count(*) from a").fetchone()


CASES = {
    "new": lambda left: [p.unlink() for p in left.parent.iterdir()],
    "new, old log": lambda left: left.unlink(),
    "old": plain,
    "old, log": lambda left: None,
    "damaged, log": lambda left: [p.write_bytes(b"\xaa" * 400) for p in (left, Path(f"{left}-wal"))],
}


def begin(case: str, folder: Path) -> tuple[Path, RestoreTarget, tuple[object, ...]]:
    """The database to replace, its target, and what is there before."""
    folder.mkdir()
    left = crashed(make(folder / "a.db"), folder / "left")
    CASES[case](left)
    target = stage(folder, left)
    shutil.copytree(left.parent, folder / "copy")
    return left, target, state(folder / "copy" / "a.db")


def state(left: Path) -> tuple[object, ...]:
    """What is there: the content where SQLite can read it, else the bytes with those of the log."""
    if not left.exists():
        return ("absent", Path(f"{left}-wal").exists())
    if left.stat().st_size < 512:
        return ("damaged", left.read_bytes(), Path(f"{left}-wal").read_bytes())
    return ("content", *dump(left))


def changes(case: str, folder: Path) -> int:
    """How many changes of files an undisturbed installation takes."""
    left, target, old = begin(case, folder)
    counted = CountingFiles(RealFiles())
    install(target, counted)
    assert state(left) == ("content", *dump(folder / "new.db")) != old
    return counted.calls


@pytest.mark.parametrize("case", CASES)
def test_any_failing_change_leaves_the_old_or_the_new(case, tmp_path):
    calls = changes(case, tmp_path / "count")
    new = ("content", *dump(tmp_path / "count/new.db"))
    seen = set()
    for number in range(1, calls + 1):
        left, target, old = begin(case, tmp_path / str(number))
        faulty = FaultyFiles(RealFiles(), number, OSError(errno.EIO, "injected"))
        with contextlib.suppress(BackupError):
            install(target, faulty)
        assert faulty.failed
        installed = not Path(target.staging).exists()
        engine().sweep(target)
        assert not [name for name in names(left.parent) if ".partial" in name]
        assert state(left) == (new if installed else old), faulty.failed
        seen.add(installed)
    assert False in seen


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked copy of the process")
@pytest.mark.parametrize("case", CASES)
def test_a_kill_at_any_change_leaves_the_old_or_the_new(case, tmp_path):
    calls = changes(case, tmp_path / "count")
    new = ("content", *dump(tmp_path / "count/new.db"))
    for number in range(1, calls + 1):
        left, target, old = begin(case, tmp_path / str(number))
        child = os.fork()
        if child == 0:
            try:
                install(target, KillingFiles(RealFiles(), number, KILLED))
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
        installed = not Path(target.staging).exists()
        swept = engine().sweep(target)
        assert installed or target.staging in swept
        assert not [name for name in names(left.parent) if ".partial" in name]
        assert state(left) == (new if installed else old)
        assert engine().sweep(target) == ()


def test_a_sweep_that_fails_is_told(tmp_path):
    target = stage(tmp_path, tmp_path / "b.db")
    faulty = FaultyFiles(RealFiles(), 1, OSError(errno.EACCES, "injected"))
    with pytest.raises(Failed) as told:
        SqliteEngine((), faulty).sweep(target)
    assert told.value.code == "target.io"
    assert engine().sweep(target) == (target.staging,)
