"""The folder store: nothing under a final name that is not proven, nothing left of what failed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.faults import (
    CountingFiles,
    FaultyFiles,
    FullDisk,
    RecordingFiles,
    crash_states,
    left_unsynced,
    read_tree,
    write_tree,
)

from rexus.modules.backup.base.errors import BackupError, Damaged, Refused, StoreFailed
from rexus.modules.backup.base.files import Files, RealFiles
from rexus.modules.backup.stores.folder import FolderStore
from rexus.modules.backup.stores.names import is_name

NAME = "databases/users_20250806_143052.bak.gz"
PARTS = (b"uno" * 1000, b"dos" * 1000, b"tres" * 1000)
DATA = b"".join(PARTS)
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


def put(root: Path, files: Files | None = None, name: str = NAME, sha256: str | None = None, size: int = len(DATA)):
    """Store `DATA` as the jobs do."""
    sink = FolderStore(root, files or RealFiles()).create(name)
    try:
        for part in PARTS:
            sink.write(part)
        sink.commit(sha256 or hashlib.sha256(DATA).hexdigest(), size)
    finally:
        sink.abort()


def files_below(root: Path) -> list[str]:
    return [name for name, node in read_tree(root).items() if node is not None]


def test_a_committed_file_is_there_whole_and_alone(tmp_path):
    store = FolderStore(tmp_path / "root", RealFiles())
    put(tmp_path / "root")
    assert files_below(tmp_path / "root") == [NAME]
    with store.open(NAME) as stored:
        assert stored.read() == DATA
    found = store.stat(NAME)
    assert found is not None
    assert (found.name, found.size) == (NAME, len(DATA))
    assert list(store.list()) == list(store.list("databases")) == list(store.list("databases/")) == [found]
    store.delete(NAME)
    store.delete(NAME)
    assert store.stat(NAME) is None
    assert list(store.list()) == []


@posix
def test_rights_are_the_owners_only(tmp_path):
    put(tmp_path / "root")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "root", tmp_path / "root/databases")]
    assert modes == [0o700, 0o700]
    assert stat.S_IMODE((tmp_path / "root" / NAME).stat().st_mode) == 0o600


def test_it_is_invisible_under_its_name_until_committed(tmp_path):
    store = FolderStore(tmp_path, RealFiles())
    sink = store.create(NAME)
    sink.write(DATA)
    assert store.stat(NAME) is None
    assert [one.name for one in store.list()] == [NAME + ".partial"]
    sink.abort()
    sink.abort()
    assert list(store.list()) == []


def test_an_abort_after_the_commit_is_harmless(tmp_path):
    put(tmp_path)
    assert files_below(tmp_path) == [NAME]


def test_sizes_are_of_the_files_right_in_a_folder(tmp_path):
    put(tmp_path)
    put(tmp_path, name="databases/otra.bak")
    put(tmp_path, name="databases/dentro/tercera.bak")
    store = FolderStore(tmp_path, RealFiles())

    assert store.sizes("databases") == {NAME: len(DATA), "databases/otra.bak": len(DATA)}
    assert store.sizes("config") == {}
    (tmp_path / "suelto").write_bytes(b"x")
    assert store.sizes("suelto") == {}


@posix
def test_a_link_has_no_size_of_its_own(tmp_path):
    put(tmp_path)
    (tmp_path / "databases/enlace.bak").symlink_to(tmp_path / NAME)

    assert FolderStore(tmp_path, RealFiles()).sizes("databases") == {NAME: len(DATA)}


def test_a_stale_partial_is_no_obstacle(tmp_path):
    (tmp_path / "databases").mkdir()
    (tmp_path / (NAME + ".partial")).write_bytes(b"of a dead process")
    put(tmp_path)
    assert (tmp_path / NAME).read_bytes() == DATA


def test_a_name_that_exists_is_refused_and_kept(tmp_path):
    put(tmp_path)
    with pytest.raises(StoreFailed) as caught:
        put(tmp_path)
    assert caught.value.code == "store.exists"
    assert (tmp_path / NAME).read_bytes() == DATA


def test_a_name_that_came_to_exist_meanwhile_is_kept(tmp_path):
    sink = FolderStore(tmp_path, RealFiles()).create(NAME)
    sink.write(DATA)
    (tmp_path / NAME).write_bytes(b"somebody else's")
    with pytest.raises(StoreFailed) as caught:
        sink.commit(hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert caught.value.code == "store.exists"
    assert read_tree(tmp_path)[NAME] == b"somebody else's"
    assert files_below(tmp_path) == [NAME]


@pytest.mark.parametrize(("sha256", "size"), [("0" * 64, len(DATA)), (None, len(DATA) - 1)])
def test_what_reads_back_differently_is_no_backup(tmp_path, sha256, size):
    with pytest.raises(Damaged) as caught:
        put(tmp_path, sha256=sha256, size=size)
    assert caught.value.code == "store.reread"
    assert files_below(tmp_path) == []


def test_a_disk_that_changes_bytes_is_noticed(tmp_path):
    class Rotten(RealFiles):
        def create(self, path, *, private=True):
            writing = super().create(path, private=private)
            good = writing.write
            writing.write = lambda data: good(bytes(data).replace(b"dosdos", b"dosdas", 1))
            return writing

    with pytest.raises(Damaged):
        put(tmp_path, Rotten())
    assert files_below(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "store.full"),
        (errno.EDQUOT, "store.full"),
        (errno.EFBIG, "store.too_big"),
        (errno.EACCES, "store.denied"),
        (errno.EROFS, "store.denied"),
        (errno.EIO, "store.io"),
    ],
)
def test_every_call_fails_once_and_nothing_stays_under_a_final_name(tmp_path, number, code):
    counted = CountingFiles(RealFiles())
    put(tmp_path / "count", counted)
    codes = set()
    for at in range(1, counted.calls + 1):
        root = tmp_path / str(at)
        faulty = FaultyFiles(RealFiles(), at, OSError(number, os.strerror(number)))
        try:
            put(root, faulty)
        except StoreFailed as error:
            codes.add(error.code)
            assert files_below(root) == [], faulty.failed
        else:
            pytest.fail(f"not told: {faulty.failed}")
        put(root)
        assert files_below(root) == [NAME]
    assert codes == {code}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_an_interruption_at_any_call_leaves_nothing(tmp_path, error):
    counted = CountingFiles(RealFiles())
    put(tmp_path / "count", counted)
    for at in range(1, counted.calls + 1):
        faulty = FaultyFiles(RealFiles(), at, error)
        with pytest.raises(type(error)):
            put(tmp_path / str(at), faulty)
        left = files_below(tmp_path / str(at)) if (tmp_path / str(at)).exists() else []
        assert left == [], faulty.failed


def test_a_partial_that_can_not_be_removed_keeps_its_suffix(tmp_path):
    class Stuck(FullDisk):
        def unlink(self, path):
            if path.exists():
                raise OSError(errno.EIO, "stuck")

    with pytest.raises(StoreFailed) as caught:
        put(tmp_path, Stuck(RealFiles(), 4000, OSError(errno.ENOSPC, "full")))
    assert caught.value.code == "store.full"
    assert files_below(tmp_path) == [NAME + ".partial"]


@pytest.mark.parametrize("room", [0, 1, 2999, 3000, 9999])
def test_a_full_disk_at_any_byte(tmp_path, room):
    with pytest.raises(StoreFailed) as caught:
        put(tmp_path, FullDisk(RealFiles(), room, OSError(errno.ENOSPC, "full")))
    assert caught.value.code == "store.full"
    assert files_below(tmp_path) == []


def large(root: Path, files: Files, parts: int = 12) -> None:
    """Store 3 MiB a part, which is synced while it is written."""
    part = os.urandom(3 << 20)
    sink = FolderStore(root, files).create(NAME)
    try:
        for _ in range(parts):
            sink.write(part)
        sink.commit(hashlib.sha256(part * parts).hexdigest(), len(part) * parts)
    finally:
        sink.abort()


@posix
def test_a_large_file_is_synced_while_it_is_written_and_at_the_end(tmp_path):
    recording = RecordingFiles(tmp_path)
    large(tmp_path, recording)
    kinds = [operation.kind for operation in recording.operations]
    assert kinds.count("sync") >= 3
    assert kinds[-3:] == ["sync", "replace", "sync_folder"]
    assert kinds.index("sync") < len(kinds) - 4
    assert left_unsynced(recording, {}) == []
    assert [t.name for t in threading.enumerate() if t.name.startswith("store")] == []


def test_a_sync_that_fails_meanwhile_is_told_and_nothing_stays(tmp_path):
    class Weak(CountingFiles):
        syncs = 0

        def _before(self, what, torn=None):
            if what.startswith("sync "):
                self.syncs += 1
                if self.syncs == 1:
                    raise OSError(errno.EIO, "bad sector")

    for parts in (3, 4, 12):
        with pytest.raises(StoreFailed) as caught:
            large(tmp_path, Weak(RealFiles()), parts)
        assert caught.value.code == "store.io"
        assert files_below(tmp_path) == []
    assert [t.name for t in threading.enumerate() if t.name.startswith("store")] == []


@posix
def test_a_real_limit_of_the_file_size(tmp_path):
    program = (
        "import hashlib, resource, sys\n"
        "from pathlib import Path\n"
        "from rexus.modules.backup.base.files import RealFiles\n"
        "from rexus.modules.backup.stores.folder import FolderStore\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "sink = FolderStore(Path(sys.argv[1]), RealFiles()).create('a.bak')\n"
        "try:\n"
        "    for _ in range(10): sink.write(bytes(9_999))\n"
        "except Exception as error: print(error.code)\n"
        "sink.abort()\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "store.too_big"
    assert files_below(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_really_full_device(tmp_path):
    class Full(RealFiles):
        def create(self, path, *, private=True):
            return super().append(Path("/dev/full"))

    with pytest.raises(StoreFailed) as caught:
        put(tmp_path, Full())
    assert caught.value.code == "store.full"
    assert files_below(tmp_path) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreFailed) as caught:
        put(tmp_path)
    tmp_path.chmod(0o700)
    assert caught.value.code == "store.denied"


def test_a_file_where_a_folder_should_be_is_told(tmp_path):
    (tmp_path / "databases").write_text("not a folder")
    store = FolderStore(tmp_path, RealFiles())
    with pytest.raises(StoreFailed):
        put(tmp_path)
    assert store.stat(NAME) is None
    with pytest.raises(Damaged):
        store.open(NAME)
    store.delete(NAME)


def test_missing_files_and_folders(tmp_path):
    store = FolderStore(tmp_path / "nowhere", RealFiles())
    assert list(store.list()) == []
    assert store.stat(NAME) is None
    store.delete(NAME)
    with pytest.raises(Damaged) as caught:
        store.open(NAME)
    assert caught.value.code == "store.missing"
    assert (store.free_bytes() or 0) > 0
    (tmp_path / "nowhere/databases").mkdir(parents=True)
    assert store.stat("databases") is None
    with pytest.raises(Damaged):
        store.open("databases")


@posix
def test_list_follows_no_link_and_passes_over_foreign_names(tmp_path):
    put(tmp_path / "root")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("x")
    (tmp_path / "root/loop").symlink_to(tmp_path / "root")
    (tmp_path / "root/away").symlink_to(tmp_path / "outside")
    (tmp_path / "root/file").symlink_to(tmp_path / "outside/secret")
    (tmp_path / "root/a\\b").write_text("x")
    os.close(os.open(os.fsencode(tmp_path / "root") + b"/\xff", os.O_CREAT))
    (tmp_path / "root/ñandú.partial").write_text("x")
    listed = [one.name for one in FolderStore(tmp_path / "root", RealFiles()).list()]
    assert listed == [NAME, "ñandú.partial"]


BAD = (
    "",
    "/etc/passwd",
    "..",
    "../x",
    "a/../b",
    "a//b",
    "a/",
    "./a",
    "C:/x",
    "C:x",
    "a\\b",
    "a\0b",
    "a\nb",
    "nul",
    "NUL.txt",
    "databases/com1.bak.gz",
    "aux .x",
    "a.",
    "a ",
    "a?",
    "a:b",
    "x" * 256,
    "a\udcff",
)


@pytest.mark.parametrize("name", BAD)
def test_bad_names_are_refused_everywhere(tmp_path, name):
    store = FolderStore(tmp_path, RealFiles())
    for ask in (store.create, store.open, store.stat, store.delete):
        with pytest.raises(Refused) as caught:
            ask(name)
        assert caught.value.code == "store.bad_name"
    assert list(tmp_path.iterdir()) == []


def test_a_new_name_needs_room_for_the_suffix_and_must_not_have_it(tmp_path):
    store = FolderStore(tmp_path, RealFiles())
    for name in ("a.partial", "x" * 250):
        with pytest.raises(Refused):
            store.create(name)
    assert store.stat("a.partial") is None


@given(st.text(max_size=40))
@example("databases/users_20250806_143052.bak.gz")
@example("configuración/ñandú-日本.txt")
def test_a_good_name_stays_below_the_root(name):
    if is_name(name):
        root = Path("/root/of/backups")
        path = root / name
        assert root in path.parents
        assert os.path.normpath(path) == str(path)
        assert path.relative_to(root).as_posix() == name


def test_power_loss_during_a_commit_leaves_the_old_world_or_the_whole_file(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "old").write_bytes(b"old")
    initial = read_tree(root)
    recording = RecordingFiles(root)
    put(root, recording)
    states = list(crash_states(recording, initial))
    assert len(states) > 10
    for number, state in enumerate(states):
        assert state["old"] == b"old"
        assert state.get(NAME) in (None, DATA), (number, state.after)
        assert set(state) <= {"old", "databases", NAME, NAME + ".partial"}
        folder = tmp_path / str(number)
        write_tree(state, folder)
        if NAME not in state:
            put(folder)
        assert files_below(folder) == [NAME, "old"]
    assert left_unsynced(recording, initial) == []
    assert states[-1].get(NAME) == DATA


def test_power_loss_after_a_delete_does_not_bring_the_file_back(tmp_path):
    put(tmp_path)
    initial = read_tree(tmp_path)
    recording = RecordingFiles(tmp_path)
    FolderStore(tmp_path, recording).delete(NAME)
    assert [op.kind for op in recording.operations] == ["unlink", "sync_folder"]
    assert left_unsynced(recording, initial) == []
    assert {state.get(NAME) for state in crash_states(recording, initial)} == {None, DATA}


def test_errors_have_their_sentences():
    from rexus.modules.backup.base.sentences_archive import TEXTS

    assert all(text.message and text.safe and text.fix for text in TEXTS.values())
    assert issubclass(StoreFailed, BackupError)
