"""The helpers that fail, kill, record and lose power do what the tests that use them believe."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.faults import (
    CountingFiles,
    FaultyFiles,
    FullDisk,
    Link,
    RecordingFiles,
    crash_states,
    left_unsynced,
    read_tree,
    write_tree,
)

from rexus.modules.backup.base.files import Files, RealFiles


def story(files: Files, root: Path) -> None:
    """One of every call."""
    files.make_folder(root / "a")
    writing = files.create(root / "a/x")
    writing.write(b"0123456789")
    writing.sync()
    writing.close()
    files.replace(root / "a/x", root / "a/y")
    files.sync_folder(root / "a")
    log = files.append(root / "a/y")
    log.write(b"ab")
    log.close()
    files.link("y", root / "a/link")
    files.stamp(root / "a/y", mode=None, mtime_ns=1)
    files.unlink(root / "a/link")
    files.unlink(root / "a/y")
    files.remove_folder(root / "a")


def test_every_kind_of_call_is_counted(tmp_path):
    counted = CountingFiles(RealFiles())
    story(counted, tmp_path)
    kinds = {told.split()[0] for told in counted.told}
    ports = {name for name in vars(RealFiles) if not name.startswith("_")} | {"write", "sync", "close"}
    assert kinds == ports
    assert counted.calls == len(counted.told) == 15


@pytest.mark.parametrize("at", range(1, 16))
def test_the_call_with_the_number_fails_and_only_that(tmp_path, at):
    error = OSError(errno.EIO, "bad")
    faulty = FaultyFiles(RealFiles(), fail_at=at, error=error)
    with pytest.raises(OSError, match="bad") as caught:
        story(faulty, tmp_path)
    assert caught.value is error
    assert faulty.failed == faulty.told[-1]
    assert faulty.calls == at
    story(faulty, tmp_path / "again")


def test_a_failing_write_is_torn_and_a_failing_close_has_closed(tmp_path):
    faulty = FaultyFiles(RealFiles(), 2, OSError(errno.ENOSPC, "full"))
    writing = faulty.create(tmp_path / "x")
    with pytest.raises(OSError, match="full"):
        writing.write(b"0123456789")
    assert (tmp_path / "x").read_bytes() == b"01234"
    writing.close()
    faulty = FaultyFiles(RealFiles(), 2, OSError(errno.EIO, "bad"))
    writing = faulty.create(tmp_path / "y")
    with pytest.raises(OSError, match="bad"):
        writing.close()
    with pytest.raises(AssertionError):
        writing.write(b"x")


def test_a_full_disk_stays_full(tmp_path):
    disk = FullDisk(RealFiles(), 5, OSError(errno.ENOSPC, "full"))
    writing = disk.create(tmp_path / "x")
    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            writing.write(b"0123456789")
    writing.close()
    assert (tmp_path / "x").read_bytes() == b"01234"


def test_a_kill_ends_the_process_before_the_call(tmp_path):
    program = (
        "import sys; from pathlib import Path; from support.faults import KillingFiles\n"
        "from rexus.modules.backup.base.files import RealFiles, publish\n"
        "publish(KillingFiles(RealFiles(), kill_at=int(sys.argv[2])), Path(sys.argv[1]) / 'm', b'x')\n"
    )
    here = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(here), str(here.parent)))}
    for at, left in ((2, set()), (4, {"m.partial"}), (7, {"m"}), (8, {"m"})):
        folder = tmp_path / str(at)
        folder.mkdir()
        ran = subprocess.run([sys.executable, "-c", program, folder, str(at)], env=environment, check=False)
        assert ran.returncode == (137 if at < 8 else 0)
        assert set(read_tree(folder)) == left


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_trees_are_read_as_they_are_written(tmp_path):
    tree = {"a": None, "a/b": None, "a/x": b"1", "l": Link("a/x"), "z": b""}
    write_tree(tree, tmp_path / "t")
    assert read_tree(tmp_path / "t") == tree


def trees(recording: RecordingFiles, initial: dict) -> list[dict]:
    return [dict(state) for state in crash_states(recording, initial)]


def test_an_unsynced_file_may_be_gone_empty_torn_zero_or_whole(tmp_path):
    files = RecordingFiles(tmp_path)
    writing = files.create(tmp_path / "x")
    writing.write(b"abcd")
    writing.close()
    left = [tree.get("x") for tree in trees(files, {})]
    assert set(left) == {None, b"", b"ab", b"\0\0\0\0", b"abcd"}
    assert left_unsynced(files, {}) == ["x"]


def test_a_synced_file_in_an_unsynced_folder_may_be_gone(tmp_path):
    files = RecordingFiles(tmp_path)
    writing = files.create(tmp_path / "x")
    writing.write(b"abcd")
    writing.sync()
    writing.close()
    assert left_unsynced(files, {}) == ["x"]
    files.sync_folder(tmp_path)
    assert left_unsynced(files, {}) == []


def test_renaming_without_syncing_first_is_caught(tmp_path):
    """The classic mistake: the new name may hold nothing."""
    (tmp_path / "m").write_bytes(b"old")
    initial = read_tree(tmp_path)
    files = RecordingFiles(tmp_path)
    writing = files.create(tmp_path / "m.partial")
    writing.write(b"new!")
    writing.close()
    files.replace(tmp_path / "m.partial", tmp_path / "m")
    files.sync_folder(tmp_path)
    assert {tree["m"] for tree in trees(files, initial)} >= {b"old", b"", b"ne", b"new!"}
    assert left_unsynced(files, initial) == ["m"]


def test_a_rename_is_undone_until_its_folder_is_synced(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_bytes(b"x")
    initial = read_tree(tmp_path)
    files = RecordingFiles(tmp_path)
    files.replace(tmp_path / "a/x", tmp_path / "a/y")
    assert trees(files, initial) == [{"a": None, "a/x": b"x"}, {"a": None, "a/y": b"x"}]
    files.sync_folder(tmp_path)
    assert left_unsynced(files, initial) == ["a/x", "a/y"]
    files.sync_folder(tmp_path / "a")
    assert left_unsynced(files, initial) == []


def test_an_unsynced_unlink_may_come_back_and_the_order_of_a_folder_is_kept(tmp_path):
    for name in "xy":
        (tmp_path / name).write_bytes(name.encode())
    initial = read_tree(tmp_path)
    files = RecordingFiles(tmp_path)
    files.unlink(tmp_path / "x")
    files.unlink(tmp_path / "y")
    assert [set(tree) for tree in trees(files, initial)] == [{"x", "y"}, {"y"}, set()]


def test_folders_of_a_made_path_are_durable(tmp_path):
    files = RecordingFiles(tmp_path)
    files.make_folder(tmp_path / "a/b")
    assert left_unsynced(files, {}) == []
    assert {"a", "a/b"} in [set(tree) for tree in trees(files, {})]


def test_appending_keeps_what_was_there(tmp_path):
    (tmp_path / "log").write_bytes(b"uno\n")
    initial = read_tree(tmp_path)
    files = RecordingFiles(tmp_path)
    log = files.append(tmp_path / "log")
    log.write(b"dos\n")
    log.sync()
    log.close()
    assert all(tree["log"].startswith(b"uno\n") for tree in trees(files, initial))
    assert left_unsynced(files, initial) == []


def test_what_is_outside_the_root_is_not_recorded(tmp_path):
    (tmp_path / "root").mkdir()
    files = RecordingFiles(tmp_path / "root")
    files.create(tmp_path / "outside").close()
    assert files.operations == []
