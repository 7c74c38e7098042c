"""The file port: real files, published whole or not at all."""

from __future__ import annotations

import errno
import os
import stat

import pytest
from support.faults import CountingFiles, FaultyFiles, RecordingFiles, crash_states, left_unsynced, read_tree

from rexus.modules.backup.base.files import PARTIAL, RealFiles, long_path, os_path, publish

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


@pytest.fixture
def files() -> RealFiles:
    return RealFiles()


def test_create_never_opens_what_exists(files, tmp_path):
    writing = files.create(tmp_path / "a")
    assert writing.write(memoryview(b"abc")) == 3
    assert writing.write(b"") == 0
    writing.sync()
    writing.close()
    writing.close()
    with pytest.raises(FileExistsError):
        files.create(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"abc"


def test_append_begins_or_goes_on(files, tmp_path):
    for part in (b"uno\n", b"dos\n"):
        writing = files.append(tmp_path / "log")
        writing.write(part)
        writing.close()
    assert (tmp_path / "log").read_bytes() == b"uno\ndos\n"


@posix
def test_private_things_are_the_owners_only(files, tmp_path):
    before = os.umask(0)
    try:
        files.make_folder(tmp_path / "a/b")
        files.make_folder(tmp_path / "open", private=False)
        files.create(tmp_path / "a/secret").close()
        files.create(tmp_path / "a/public", private=False).close()
        files.append(tmp_path / "a/log").close()
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {"a": 0o700, "b": 0o700, "open": 0o777, "secret": 0o600, "public": 0o666, "log": 0o600}


def test_make_folder_keeps_what_is_there_and_refuses_a_file(files, tmp_path):
    files.make_folder(tmp_path / "a")
    (tmp_path / "a/x").write_text("x")
    files.make_folder(tmp_path / "a")
    assert (tmp_path / "a/x").exists()
    for path in (tmp_path / "a/x", tmp_path / "a/x/y"):
        with pytest.raises(NotADirectoryError, match="x"):
            files.make_folder(path)


def test_missing_things_are_removed_without_a_word(files, tmp_path):
    files.unlink(tmp_path / "nothing")
    files.remove_folder(tmp_path / "nothing")
    files.make_folder(tmp_path / "a")
    files.remove_folder(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty_stays(files, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_text("x")
    with pytest.raises(OSError, match="a"):
        files.remove_folder(tmp_path / "a")


@posix
def test_links_and_stamps(files, tmp_path):
    files.link("../elsewhere", tmp_path / "link")
    assert str((tmp_path / "link").readlink()) == "../elsewhere"
    (tmp_path / "x").write_text("x")
    files.stamp(tmp_path / "x", mode=0o640, mtime_ns=1_700_000_000_123_456_789)
    found = (tmp_path / "x").stat()
    assert (stat.S_IMODE(found.st_mode), found.st_mtime_ns) == (0o640, 1_700_000_000_123_456_789)
    files.stamp(tmp_path / "x", mode=None, mtime_ns=None)
    assert (tmp_path / "x").stat().st_mtime_ns == 1_700_000_000_123_456_789


@posix
def test_a_read_only_folder_is_told(files, tmp_path):
    with pytest.raises(FileNotFoundError):
        files.sync_folder(tmp_path / "nothing")
    with pytest.raises(NotADirectoryError):
        (tmp_path / "x").write_text("x")
        files.sync_folder(tmp_path / "x")


def test_publish_writes_whole_and_alone(files, tmp_path):
    (tmp_path / ("m.json" + PARTIAL)).write_text("of a dead process")
    for text in (b"uno", b"dos"):
        publish(files, tmp_path / "m.json", text)
        assert read_tree(tmp_path) == {"m.json": text}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "bad"), KeyboardInterrupt()])
def test_publish_failing_at_any_call_leaves_the_old_or_the_new(tmp_path, error):
    counted = CountingFiles(RealFiles())
    publish(counted, tmp_path / "count", b"x")
    for at in range(1, counted.calls + 1):
        folder = tmp_path / f"at{at}"
        folder.mkdir()
        (folder / "m").write_bytes(b"old")
        with pytest.raises(type(error)):
            publish(FaultyFiles(RealFiles(), at, error), folder / "m", b"new")
        assert read_tree(folder) in ({"m": b"old"}, {"m": b"new"})


def test_power_loss_during_publish_leaves_the_old_or_the_new(tmp_path):
    (tmp_path / "m").write_bytes(b"the old text")
    initial = read_tree(tmp_path)
    recording = RecordingFiles(tmp_path)
    publish(recording, tmp_path / "m", b"the new and longer text")
    states = list(crash_states(recording, initial))
    assert {state["m"] for state in states} == {b"the old text", b"the new and longer text"}
    assert all(set(state) <= {"m", "m" + PARTIAL} for state in states)
    assert left_unsynced(recording, initial) == []


def test_long_paths_get_their_prefix_once(tmp_path):
    assert long_path("C:\\a\\b") == "\\\\?\\C:\\a\\b"
    assert long_path("\\\\server\\share\\b") == "\\\\?\\UNC\\server\\share\\b"
    for already in ("\\\\?\\C:\\a", "\\\\.\\pipe\\x"):
        assert long_path(already) == already
    assert os_path(tmp_path) == str(tmp_path)


def test_a_path_of_five_hundred_characters(files, tmp_path):
    deep = tmp_path.joinpath(*["carpeta con un nombre más bien largo" * 2] * 6)
    files.make_folder(deep)
    publish(files, deep / "m.json", b"x")
    assert len(str(deep)) > 400
    writing = files.append(deep / "m.json")
    writing.write(b"y")
    writing.close()
    files.replace(deep / "m.json", deep / "n.json")
    files.unlink(deep / "n.json")
    files.remove_folder(deep)
    assert not os.path.lexists(os_path(deep))


@pytest.mark.skipif(os.name != "nt", reason="Windows only")
def test_windows_waits_for_whoever_holds_a_file_then_tells(files, tmp_path):
    (tmp_path / "held").write_text("x")
    with (tmp_path / "held").open(), pytest.raises(PermissionError):
        files.unlink(tmp_path / "held")
    (tmp_path / "held").chmod(0o400)
    files.unlink(tmp_path / "held")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "nt", reason="Windows only")
def test_windows_owner_only_rights_can_be_set(files, tmp_path):
    from rexus.modules.backup.base.windows_acl import make_private

    files.make_folder(tmp_path / "a")
    files.create(tmp_path / "a/secret").close()
    with pytest.raises(OSError, match="nothing"):
        make_private(str(tmp_path / "nothing"))
