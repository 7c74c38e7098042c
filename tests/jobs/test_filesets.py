import errno
import hashlib
import os
import socket
import stat
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Cancelled, SourceFailed, StoreFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Depth, FileSetBackup, Manifest, SetStatus, Severity
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.catalog import manifest as manifests
from rexus.modules.backup.jobs import filesets
from rexus.modules.backup.jobs.filesets import FileSetPlan, Tools
from rexus.modules.backup.jobs.filesets_restore import FilesOrder, restore_files, verify_files

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX names, links or modes")
SET = "20250806_143052"
NOW = datetime(2025, 8, 6, 14, 30, 52, tzinfo=UTC)


def quiet(done, total):
    assert 0 <= done <= total


def tools(files=None, cancel=None, progress=quiet):
    return Tools(files or RealFiles(), progress, cancel or CancelToken())


@pytest.fixture
def app(tmp_path):
    made = tmp_path / "app"
    (made / "config/sub").mkdir(parents=True)
    (made / "backup_config.json").write_text('{"language": "es"}')
    (made / ".env").write_text("DB_PASSWORD=clave")
    (made / "config/a.json").write_text("{}")
    (made / "config/sub/a.json").write_text("[]")
    (made / "rexus/core/__pycache__").mkdir(parents=True)
    (made / "rexus/core/x.py").write_text("x = 1\n")
    (made / "rexus/core/__pycache__/x.pyc").write_bytes(b"\0")
    (made / "rexus/core/leer").mkdir()
    return made


@pytest.fixture
def root(tmp_path):
    made = tmp_path / "backups"
    made.mkdir(mode=0o700)
    return made


def plan(app, *patterns, exclude=("**/__pycache__",)):
    return FileSetPlan(app, app / "backup_config.json", patterns, exclude)


def config(app, root, *patterns, **more):
    return filesets.copy_config(plan(app, *patterns), root, SET, tools(**more))


def application(app, root, *patterns, **more):
    return filesets.copy_application(plan(app, *patterns), root, SET, tools(**more))


def codes(found):
    return [problem.code for problem in found]


def test_the_programs_own_configuration_comes_first_and_nothing_collides(app, root):
    made = config(app, root, ".env", "config/**", "backup_config.json")
    assert [one.source for one in made.files] == ["backup_config.json", ".env", "config/a.json", "config/sub/a.json"]
    assert made.status is SetStatus.COMPLETED
    assert not made.problems
    for one in made.files:
        copy = root / one.backup
        assert one.backup == f"config/{SET}/{one.source}"
        assert copy.read_bytes() == (app / one.source).read_bytes()
        assert hashlib.sha256(copy.read_bytes()).hexdigest() == one.checksum
        assert copy.stat().st_mtime_ns == (app / one.source).stat().st_mtime_ns == one.mtime_ns
    assert not list(root.rglob("*.partial"))
    assert verify_files(made, root, Depth.CONTENT, quiet, CancelToken()) == ()


def test_a_configuration_outside_the_application_comes_too_and_replaces_nothing(app, root, tmp_path):
    own = tmp_path / "elsewhere" / "backup_config.json"
    own.parent.mkdir()
    own.write_text("own")
    made = filesets.copy_config(FileSetPlan(app, own, ("backup_config.json",)), root, SET, tools())
    assert [one.source for one in made.files] == ["_program/backup_config.json", "backup_config.json"]
    assert (root / made.files[0].backup).read_text() == "own"
    other = tmp_path / "elsewhere" / "mine.json"
    other.write_text("mine")
    made = filesets.copy_config(FileSetPlan(app, other, ()), root, "20250806_143053", tools())
    assert [(one.source, one.private) for one in made.files] == [("mine.json", True)]


def test_a_missing_configuration_is_told(app, root):
    (app / "backup_config.json").unlink()
    assert codes(config(app, root, ".env").problems) == ["files.vanished"]


@posix
def test_secrets_are_owner_only_and_others_keep_their_mode(app, root):
    (app / ".env").chmod(0o644)
    (app / "config/run.sh").write_text("#")
    (app / "config/run.sh").chmod(0o755)
    (app / "config/server.KEY").write_text("k")
    made = {one.source: one for one in config(app, root, ".env", "config/**").files}
    modes = {name: stat.S_IMODE((root / one.backup).stat().st_mode) for name, one in made.items()}
    assert modes[".env"] == modes["backup_config.json"] == modes["config/server.KEY"] == 0o600
    assert modes["config/run.sh"] == 0o755 == made["config/run.sh"].mode
    assert {name for name, one in made.items() if one.private} == {".env", "backup_config.json", "config/server.KEY"}
    assert stat.S_IMODE((root / f"config/{SET}").stat().st_mode) == 0o700


def test_exclusions_and_empty_folders(app, root):
    made = application(app, root, "rexus/core")
    assert [(one.source, one.folder) for one in made.files] == [("rexus/core/leer", True), ("rexus/core/x.py", False)]
    assert (root / f"application/{SET}/rexus/core/leer").is_dir()


def test_what_is_not_there_is_no_problem(app, root):
    made = application(app, root, "resources/qss", "docs/*.md")
    assert made.files == made.problems == ()


@posix
def test_links_stay_links_and_are_never_followed(app, root, tmp_path):
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "passwd").write_text("root")
    (app / "rexus/core/loop").symlink_to("..")
    (app / "rexus/core/out").symlink_to(secret)
    (app / "rexus/core/broken").symlink_to("nowhere")
    (app / "docs").symlink_to(secret)
    made = application(app, root, "rexus/core", "docs")
    links = {one.source: one.link_target for one in made.files if one.link_target is not None}
    assert links == {
        "docs": str(secret),
        "rexus/core/broken": "nowhere",
        "rexus/core/loop": "..",
        "rexus/core/out": str(secret),
    }
    assert [(one.code, one.values["path"]) for one in made.problems] == [("files.link_only", "docs")]
    assert (root / f"application/{SET}/rexus/core/broken").readlink() == Path("nowhere")
    assert b"root" not in b"".join(path.read_bytes() for path in root.rglob("x.py"))
    assert verify_files(made, root, Depth.CONTENT, quiet, CancelToken()) == ()


@posix
def test_a_folder_without_links_keeps_the_record(app, root):
    class NoLinks(RealFiles):
        def link(self, target, path):
            raise OSError(errno.EPERM, "no links here")

    (app / "rexus/core/link").symlink_to("x.py")
    made = application(app, root, "rexus/core", files=NoLinks())
    assert next(one.link_target for one in made.files if one.source.endswith("link")) == "x.py"
    assert not made.problems
    assert verify_files(made, root, Depth.STORED, quiet, CancelToken()) == ()


@posix
def test_hard_names_come_through(app, root):
    folder = os.fsencode(app / "rexus/core")
    raw = [b"caf\xe9.txt", "año-北京-ñandú.md".encode(), b"a:b*?.txt", b"back\\slash", b"100%.txt", b"%%x", b"l\nb"]
    raw += [b"x" * 255, "ü".encode() * 127, b"work.partial", b"CON", b"dot.", b"README", b"readme", b"-rf", b" "]
    for number, name in enumerate(raw):
        Path(os.fsdecode(os.path.join(folder, name))).write_bytes(b"%d" % number)  # noqa: PTH118
    made = application(app, root, "rexus/core")
    assert not made.problems
    files = [one for one in made.files if not one.folder]
    assert len(files) == len(raw) + 1
    assert len({one.backup.casefold() for one in files}) == len(files)
    for one in files:
        one.source.encode()
        assert one.backup.isascii() or "%" not in one.backup
    assert verify_files(made, root, Depth.STORED, quiet, CancelToken()) == ()


def test_a_very_deep_folder_is_kept(app, root):
    deep = "rexus/core/" + "/".join(["carpeta-larga-" + "x" * 30] * 20)
    (app / deep).mkdir(parents=True)
    (app / deep / "f.txt").write_text("deep")
    made = application(app, root, "rexus/core")
    one = next(one for one in made.files if one.source.endswith("f.txt"))
    assert one.source == f"{deep}/f.txt"
    assert (root / one.backup).read_text() == "deep"


@posix
def test_pipes_and_sockets_are_told_and_never_opened(app, root):
    os.mkfifo(app / "rexus/core/pipe")
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(app / "rexus/core")
    try:
        server.bind("sock")
    finally:
        os.chdir(here)
        server.close()
    made = application(app, root, "rexus/core")
    assert codes(made.problems) == ["files.special"] * 2
    assert [one.values["path"] for one in made.problems] == ["rexus/core/pipe", "rexus/core/sock"]


class Meddling(RealFiles):
    """Does something when a copy is begun: the moment between the walk and the read."""

    def __init__(self, then):
        self.then = then
        self.created = []

    def create(self, path, *, private=True):
        self.created.append(path)
        self.then(path)
        return super().create(path, private=private)


@posix
def test_a_file_that_vanishes_or_becomes_a_pipe_is_told_and_the_rest_is_copied(app, root):
    for name in ("a", "b", "c", "d", "e"):
        (app / "rexus/core" / name).write_text(name)

    def then(path):
        if path.name == "a.partial":
            (app / "rexus/core/b").unlink()
            (app / "rexus/core/c").unlink()
            os.mkfifo(app / "rexus/core/c")
            (app / "rexus/core/d").unlink()
            (app / "rexus/core/d").symlink_to("/etc/passwd")

    made = application(app, root, "rexus/core", files=Meddling(then))
    told = {one.values["path"]: (one.code, one.severity) for one in made.problems}
    assert told == {
        "rexus/core/b": ("files.vanished", Severity.WARNING),
        "rexus/core/c": ("files.unreadable", Severity.WARNING),
        "rexus/core/d": ("files.unreadable", Severity.WARNING),
    }
    assert {"rexus/core/a", "rexus/core/e", "rexus/core/x.py"} <= {one.source for one in made.files}
    assert all("{" not in sentence(problem).message for problem in made.problems)
    assert not list(root.rglob("*.partial"))


def test_a_file_that_changes_once_is_read_again_and_one_that_always_changes_is_told(app, root):
    once, always = app / "rexus/core/once", app / "rexus/core/twice"
    once.write_text("old")
    always.write_text("old")
    times = {"once": 0, "twice": 0}

    class Growing(RealFiles):
        def create(self, path, *, private=True):
            name = path.name.removesuffix(".partial")
            if name in times:
                times[name] += 1
                if name == "twice" or times[name] == 1:
                    source = app / "rexus/core" / name
                    source.write_text(source.read_text() + "+")
                    os.utime(source, ns=(times[name], times[name]))
            return super().create(path, private=private)

    made = application(app, root, "rexus/core", files=Growing())
    assert times == {"once": 2, "twice": 3}
    assert [(one.code, one.values["path"]) for one in made.problems] == [("files.changed", "rexus/core/twice")]
    copies = {one.source: root / one.backup for one in made.files}
    assert copies["rexus/core/once"].read_text() == once.read_text()
    assert verify_files(made, root, Depth.STORED, quiet, CancelToken()) == ()


DENIED = """
import os, sys
from pathlib import Path
from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.jobs import filesets
app, root = Path(sys.argv[1]), Path(sys.argv[2])
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
made = filesets.copy_application(
    filesets.FileSetPlan(app, app / "none", ("core",)), root, "20250806_143052",
    filesets.Tools(RealFiles(), lambda done, total: None, CancelToken()))
for one in made.problems:
    print(one.code, one.values["path"])
print(*(one.source for one in made.files))
"""


@posix
def test_what_may_not_be_read_is_told_one_by_one():
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        base = Path(name)
        base.chmod(0o755)
        (base / "root").mkdir()
        (base / "root").chmod(0o777)
        (base / "app/core/room").mkdir(parents=True)
        (base / "app/core/open").write_text("yes")
        (base / "app/core/closed").write_text("no")
        (base / "app/core/closed").chmod(0)
        (base / "app/core/room").chmod(0)
        try:
            command = [sys.executable, "-c", DENIED, base / "app", base / "root"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        finally:
            (base / "app/core/room").chmod(0o700)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "files.unreadable core/room",
        "files.unreadable core/closed",
        "core/open",
    ]


def test_a_full_disk_stops_the_set_and_discard_leaves_nothing(app, root):
    class Full(RealFiles):
        def create(self, path, *, private=True):
            if path.name.startswith("x.py"):
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().create(path, private=private)

    (app / "rexus/core/a").write_text("first")
    config(app, root, ".env")
    with pytest.raises(StoreFailed) as caught:
        application(app, root, "rexus/core", files=Full())
    assert caught.value.code == "files.full"
    assert not list(root.rglob("*.partial"))
    filesets.discard(root, SET, RealFiles())
    assert [path for path in root.rglob("*") if path.name == SET or not path.is_dir()] == []
    filesets.discard(root, SET, RealFiles())


def test_cancelling_stops_between_chunks(app, root):
    cancel = CancelToken()
    (app / "rexus/core/big").write_bytes(b"x" * (3 << 20))
    with pytest.raises(Cancelled):
        application(app, root, "rexus/core", cancel=cancel, progress=lambda done, total: cancel.cancel())
    assert not list(root.rglob("*.partial"))
    assert not (root / f"application/{SET}/rexus/core/big").exists()


def test_a_copy_that_does_not_read_back_is_refused(app, root):
    class Rotting(RealFiles):
        def stamp(self, path, *, mode, mtime_ns):
            with path.open("r+b") as copy:
                copy.write(b"?")
            super().stamp(path, mode=mode, mtime_ns=mtime_ns)

    with pytest.raises(StoreFailed) as caught:
        application(app, root, "rexus/core", files=Rotting())
    assert caught.value.code == "files.reread"
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_the_backup_root_inside_the_application_is_not_copied_into_itself(app):
    root = app / "rexus/core/backups"
    root.mkdir()
    (root / "old.gz").write_bytes(b"old")
    made = application(app, root, "rexus/core")
    assert not any("old.gz" in one.source for one in made.files)
    again = filesets.copy_config(plan(app, "config/**"), app, SET, tools())
    twice = filesets.copy_config(plan(app, "config/**"), app, "20250806_143053", tools())
    assert [one.source for one in twice.files] == [one.source for one in again.files]


def test_an_application_that_is_not_there_is_refused_by_name(root, tmp_path):
    with pytest.raises(SourceFailed) as caught:
        config(tmp_path / "none", root, ".env")
    assert caught.value.code == "files.app_root"


def test_verify_finds_the_missing_the_changed_and_the_extra(app, root):
    made = config(app, root, ".env", "config/**")
    (root / f"config/{SET}/config/a.json").write_text("[]")
    (root / f"config/{SET}/config/sub/a.json").unlink()
    (root / f"config/{SET}/extra").write_text("?")
    found = verify_files(made, root, Depth.STORED, quiet, CancelToken())
    assert [(one.code, one.values["path"]) for one in found] == [
        ("files.damaged", "config/a.json"),
        ("files.missing", "config/sub/a.json"),
        ("files.extra", f"config/{SET}/extra"),
    ]
    assert all(sentence(one).safe and sentence(one).fix for one in found)


@posix
def test_folders_and_files_are_durable_before_the_set_is_told(app, root):
    class Noting(RealFiles):
        def __init__(self):
            self.calls = []

        def replace(self, source, target):
            self.calls.append(("replace", target))
            super().replace(source, target)

        def sync_folder(self, path):
            self.calls.append(("sync", path))
            super().sync_folder(path)

    noting = Noting()
    config(app, root, "config/**", files=noting)
    for at, (what, path) in enumerate(noting.calls):
        if what == "replace":
            assert ("sync", path.parent) in noting.calls[at:]


def published(root, made):
    """What the reader makes of a set with these files."""
    manifest = Manifest(timestamp=SET, started_at=NOW, status=SetStatus.COMPLETED, application=made)
    manifests.publish(root, RealFiles(), manifest)
    return manifests.read(root / f"backup_manifest_{SET}.json", root)


@posix
def test_no_name_on_disk_makes_a_set_unwritable(app, root, tmp_path):
    core = app / "rexus/core"
    raw = [b"a\\b.txt", b"...", b". .", b" ", b"C:x", b"caf\xe9", b"%%x", b"\x01\x7f"]
    for name in raw:
        Path(os.fsdecode(os.path.join(os.fsencode(core), name))).write_bytes(name)  # noqa: PTH118
    for name in ("foo", "FOO2/leer", "\\" * 100):
        (core / name).mkdir(parents=True)
    (core / "foo/x").write_text("x")
    (core / "Foo").symlink_to("foo")
    (core / "Foo2").symlink_to("foo")
    made = application(app, root, "rexus/core")
    assert not made.problems
    assert published(root, made).application == made
    assert verify_files(made, root, Depth.STORED, quiet, CancelToken()) == ()
    restore_files(made, root, FilesOrder(tmp_path / "new"), tools())
    names = {path.relative_to(core) for path in core.rglob("*") if "__pycache__" not in path.parts}
    assert {path.relative_to(tmp_path / "new/rexus/core") for path in (tmp_path / "new/rexus/core").rglob("*")} == names


def test_a_list_too_long_for_the_manifest_is_cut_and_told(app, root, monkeypatch):
    for number in range(30):
        (app / f"rexus/core/{number:02}").write_text("x")
    monkeypatch.setattr(filesets, "FILE_SET_BYTES", 10 * 800)
    made = application(app, root, "rexus/core")
    assert 8 < len(made.files) < 20
    told = made.problems[-1]
    assert (told.code, told.severity, told.values["count"]) == ("files.too_many", Severity.ERROR, 32 - len(made.files))
    assert "{" not in sentence(told).message
    assert len([path for path in root.rglob("*") if path.is_file()]) == sum(not one.folder for one in made.files)
    assert published(root, made).application == made


def test_no_entry_takes_more_of_the_manifest_than_is_reckoned(app, root):
    made = application(app, root, "rexus/core")
    longest = max((one for one in made.files if not one.folder), key=lambda one: len(one.source))

    def size(count):
        files = FileSetBackup(status=SetStatus.COMPLETED, files=(longest,) * count)
        return len(
            manifests.to_text(Manifest(timestamp=SET, started_at=NOW, status=SetStatus.COMPLETED, application=files))
        )

    reckoned = len(longest.source) + len(longest.backup) + filesets._ENTRY_BYTES
    assert size(101) - size(100) < reckoned
    assert 2 * manifests.FILE_SET_BYTES < manifests.MAX_BYTES


def test_what_a_restore_leaves_and_what_file_managers_leave_is_no_matter(app, root):
    (app / "rexus/core/.rexus_restore.partial").mkdir()
    (app / "rexus/core/.rexus_restore.partial/run").write_text("x")
    made = application(app, root, "rexus/core")
    assert not any("rexus_restore" in one.source for one in made.files)
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini"):
        (root / f"application/{SET}/rexus/{name}").write_text("litter")
    assert verify_files(made, root, Depth.CONTENT, quiet, CancelToken()) == ()
