import errno
import hashlib
import os
import stat
from pathlib import Path

import msgspec
import pytest

from rexus.modules.backup.base import files as files_port
from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BackupError, BadInput, Cancelled, Damaged, Refused, StoreFailed
from rexus.modules.backup.base.files import WINDOWS, RealFiles
from rexus.modules.backup.base.records import Depth, FileCopy, FileSetBackup, SetStatus
from rexus.modules.backup.jobs import file_reads, file_scan, filesets, filesets_proof
from rexus.modules.backup.jobs.filesets import FileSetPlan, Tools
from rexus.modules.backup.jobs.filesets_restore import (
    FilesExist,
    FilesOrder,
    differing,
    finish,
    new_run,
    prove_files,
    restore_files,
    undo,
    verify_files,
)
from rexus.modules.backup.jobs.filesets_undo import WORK, is_pending

posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX names, links or modes")
SET = "20250806_143052"


def quiet(done, total):
    assert 0 <= done <= total


def tools(files=None, cancel=None):
    return Tools(files or RealFiles(), quiet, cancel or CancelToken())


def picture(folder, *, times=True):
    """Everything below a folder that a person would miss."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        when = status.st_mtime_ns if times and stat.S_ISREG(status.st_mode) else None
        what = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[path.relative_to(folder).as_posix()] = (stat.S_IMODE(status.st_mode), when, what)
    return found


@pytest.fixture
def app(tmp_path):
    made = tmp_path / "app"
    (made / "core/sub").mkdir(parents=True)
    (made / "core/empty").mkdir()
    (made / "core/a.py").write_text("a = 1\n")
    (made / "core/sub/run-año.sh").write_text("#!/bin/sh\n")
    (made / "core/.env").write_text("DB_PASSWORD=clave")
    if os.name != "nt":
        (made / "core/sub/run-año.sh").chmod(0o755)
        (made / "core/.env").chmod(0o600)
        (made / "core/a.py").chmod(0o640)
        (made / "core/sub").chmod(0o750)
        (made / "core/link").symlink_to("sub/run-año.sh")
    for number, name in enumerate(("a.py", "sub/run-año.sh", ".env"), 1):
        os.utime(made / "core" / name, ns=(10**18 + number * 100, 10**18 + number * 100))
    return made


@pytest.fixture
def root(tmp_path):
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def fileset(app, root):
    return filesets.copy_application(FileSetPlan(app, app / "none", ("core",)), root, SET, tools())


def sources(fileset):
    return [one.source for one in fileset.files]


def test_a_set_restored_elsewhere_is_the_same(app, root, fileset, tmp_path):
    target = tmp_path / "new" / "place"
    done = restore_files(fileset, root, FilesOrder(target), tools())
    assert sorted(done.written) == sorted(sources(fileset))
    assert not done.skipped
    assert not done.problems
    assert picture(target) == picture(app)


def test_a_second_restore_finds_everything_there(root, fileset, tmp_path):
    restore_files(fileset, root, FilesOrder(tmp_path / "new"), tools())
    before = picture(tmp_path / "new")
    done = restore_files(fileset, root, FilesOrder(tmp_path / "new"), tools())
    assert done.written == ()
    assert sorted(done.skipped) == sorted(sources(fileset))
    assert picture(tmp_path / "new") == before


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (("core/a.py",), ["core/a.py"]),
        (("core/sub",), ["core/sub/run-año.sh"]),
        (("core/*.py", "core/.env"), ["core/.env", "core/a.py"]),
    ],
)
def test_one_file_or_folder_alone(root, fileset, tmp_path, only, names):
    restore_files(fileset, root, FilesOrder(tmp_path / "new", only=only), tools())
    new = tmp_path / "new"
    assert sorted(path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()) == names


def test_an_unknown_file_is_refused_by_name(root, fileset, tmp_path):
    with pytest.raises(BadInput) as caught:
        restore_files(fileset, root, FilesOrder(tmp_path / "new", only=("core/none.py",)), tools())
    assert caught.value.code == "files.not_in_set"
    assert not (tmp_path / "new").exists()


def test_different_files_need_overwrite_and_each_is_listed(app, root, fileset):
    (app / "core/a.py").write_text("mine")
    (app / "core/.env").unlink()
    before = picture(app)
    assert differing(fileset, app, ()) == ["core/a.py"]
    with pytest.raises(FilesExist) as caught:
        restore_files(fileset, root, FilesOrder(app), tools())
    assert caught.value.values == {"path": "core/a.py", "count": 1}
    assert [one.values["path"] for one in caught.value.problems] == ["core/a.py"]
    assert picture(app) == before


def test_overwriting_keeps_the_old_files_where_the_caller_says(app, root, fileset, tmp_path):
    wanted = picture(app)
    (app / "core/a.py").write_text("mine")
    (app / "core/.env").unlink()
    done = restore_files(fileset, root, FilesOrder(app, overwrite=True, safety=root / "safety/old"), tools())
    assert sorted(done.written) == ["core/.env", "core/a.py"]
    assert picture(app) == wanted
    assert (root / "safety/old/core/a.py").read_text() == "mine"
    assert not (app / WORK).exists()


def test_a_damaged_copy_is_found_before_anything_is_touched(app, root, fileset):
    wanted = next(one for one in fileset.files if one.source == "core/a.py")
    (root / wanted.backup).write_text("b = 1\n")
    (app / "core/.env").write_text("other")
    before = picture(app)
    with pytest.raises(Damaged) as caught:
        restore_files(fileset, root, FilesOrder(app, overwrite=True), tools())
    assert caught.value.values == {"path": "core/a.py", "count": 1}
    assert picture(app) == before
    restore_files(fileset, root, FilesOrder(app, only=("core/.env",), overwrite=True), tools())


class FailsAt(RealFiles):
    """Fails once, at the n-th change."""

    def __init__(self, at):
        self.at = at
        self.count = 0

    def step(self):
        self.count += 1
        if self.count == self.at:
            raise OSError(errno.EIO, "broken")

    def create(self, path, *, private=True):
        self.step()
        return super().create(path, private=private)

    def replace(self, source, target):
        self.step()
        super().replace(source, target)

    def unlink(self, path):
        self.step()
        super().unlink(path)

    def make_folder(self, path, *, private=True):
        self.step()
        super().make_folder(path, private=private)

    def remove_folder(self, path):
        self.step()
        super().remove_folder(path)

    def link(self, target, path):
        self.step()
        super().link(target, path)

    def stamp(self, path, *, mode, mtime_ns):
        self.step()
        super().stamp(path, mode=mode, mtime_ns=mtime_ns)

    def sync_folder(self, path):
        self.step()
        super().sync_folder(path)


class Killed(BaseException):
    pass


def change(app):
    (app / "core/a.py").write_text("mine")
    (app / "core/sub/run-año.sh").unlink()
    (app / "core/sub").rmdir()
    if os.name != "nt":
        (app / "core/link").unlink()
        (app / "core/link").symlink_to("old-target")
    return picture(app)


def test_whatever_fails_the_old_files_are_back(app, root, fileset, tmp_path):
    new, old = picture(app), change(app)
    for at in range(1, 500):
        failing = FailsAt(at)
        order = FilesOrder(app, overwrite=True, safety=root / f"safety/old{at}")
        try:
            restore_files(fileset, root, order, tools(failing))
        except StoreFailed:
            undo(app, RealFiles(), root=root)
            if picture(app) == new:  # only forgetting the journal failed
                change(app)
            assert picture(app, times=False) == {name: (m, None, w) for name, (m, _, w) in old.items()}, at
        else:
            if failing.count < at:
                break
            assert not undo(app, RealFiles(), root=root)  # only removing the marks failed
            assert picture(app) == new
            change(app)
    assert failing.count < at
    assert not list((root / "safety").glob(".restoring-*.json"))
    assert picture(app) == new


def test_whenever_the_program_is_killed_the_next_start_undoes_or_has_all(app, root, fileset, tmp_path):
    new, old = picture(app), change(app)

    class Dies(FailsAt):
        dead = False

        def step(self):
            self.count += 1
            if self.dead or self.count >= self.at:
                self.dead = True
                raise Killed

    for at in range(1, 500):
        dying = Dies(at)
        order = FilesOrder(app, overwrite=True, safety=root / f"safety/old{at}")
        try:
            restore_files(fileset, root, order, tools(dying))
        except Killed:
            undo(app, RealFiles(), root=root)
            now = picture(app)
            if now == new:
                change(app)
                continue
            assert picture(app, times=False) == {name: (m, None, w) for name, (m, _, w) in old.items()}, at
            assert not undo(app, RealFiles(), root=root)
            assert not (root / f"safety/old{at}").exists()
        else:
            assert dying.count < at
            break
    assert dying.count < at
    assert not list((root / "safety").glob(".restoring-*.json"))
    assert picture(app) == new


def test_cancelling_leaves_everything_as_it_was(app, root, fileset):
    cancel = CancelToken()
    change(app)
    before = picture(app)
    working = Tools(RealFiles(), lambda done, total: cancel.cancel(), cancel)
    with pytest.raises(Cancelled):
        restore_files(fileset, root, FilesOrder(app, overwrite=True), working)
    assert picture(app) == before


def hostile(root, source, backup=None, **more):
    backup = backup or f"application/{SET}/x"
    (root / f"application/{SET}").mkdir(parents=True, exist_ok=True)
    (root / f"application/{SET}/x").write_bytes(b"x")
    one = FileCopy(source=source, backup=backup, size_bytes=1, checksum=hashlib.sha256(b"x").hexdigest(), **more)
    return FileSetBackup(status=SetStatus.COMPLETED, files=(one,))


@pytest.mark.parametrize(
    "source",
    ["../x", "a/../../x", "/tmp/x", "", "a//b", ".", "a/./b", "a\0b", "%%%2E%2E/x", "%%/etc/x", WORK, f"{WORK}/y"],
)
def test_a_hostile_source_never_leaves_the_destination(root, tmp_path, source):
    target = tmp_path / "t" / "target"
    with pytest.raises(BackupError) as caught:
        restore_files(hostile(root, source), root, FilesOrder(target), tools())
    assert caught.value.code == "files.unsafe_path"
    assert not target.exists()


@pytest.mark.skipif(os.name != "nt", reason="names of Windows")
@pytest.mark.parametrize(
    "source", ["C:x", "C:/x", "a\\..\\..\\x", "\\\\host\\share\\x", "a:stream", "NUL", "con.txt", "dot."]
)
def test_a_name_that_windows_takes_for_something_else_is_left_out_and_told(root, tmp_path, source):
    done = restore_files(hostile(root, source), root, FilesOrder(tmp_path / "target"), tools())
    assert done.written == ()
    assert [one.code for one in done.problems] == ["files.impossible"]


@pytest.mark.parametrize("backup", ["../../etc/passwd", "/etc/passwd", "a/../../x", "application/lnk/passwd"])
def test_a_hostile_copy_never_leaves_the_root(root, tmp_path, backup):
    made = hostile(root, "x", backup)
    if os.name != "nt":
        (root / "application/lnk").symlink_to("/etc")
    with pytest.raises(BackupError):
        restore_files(made, root, FilesOrder(tmp_path / "target"), tools())
    assert not (tmp_path / "target").exists()
    assert verify_files(made, root, Depth.STORED, quiet, CancelToken())


@posix
def test_links_at_the_destination_lead_nowhere_else(app, root, fileset, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "target"
    target.mkdir()
    (target / "core").symlink_to(outside)
    with pytest.raises(Refused) as caught:
        restore_files(fileset, root, FilesOrder(target, overwrite=True), tools())
    assert caught.value.code == "files.unsafe_path"
    assert not list(outside.iterdir())
    (target / "core").unlink()
    (target / "core").mkdir()
    (outside / "a.py").write_text("theirs")
    (target / "core/a.py").symlink_to(outside / "a.py")
    restore_files(fileset, root, FilesOrder(target, overwrite=True), tools())
    assert (outside / "a.py").read_text() == "theirs"
    assert (target / "core/a.py").read_text() == "a = 1\n"


@posix
def test_a_set_that_would_write_through_its_own_link_is_refused(root, tmp_path):
    made = hostile(root, "a/x")
    link = FileCopy(source="a", backup=f"application/{SET}/a", link_target=str(tmp_path / "outside"))
    (tmp_path / "outside").mkdir()
    both = msgspec.structs.replace(made, files=(link, *made.files))
    with pytest.raises(Refused):
        restore_files(both, root, FilesOrder(tmp_path / "target"), tools())
    assert not list((tmp_path / "outside").iterdir())


def test_something_else_in_the_way_is_refused(app, root, fileset):
    (app / "core/a.py").unlink()
    (app / "core/a.py").mkdir()
    before = picture(app)
    with pytest.raises(Refused) as caught:
        restore_files(fileset, root, FilesOrder(app, overwrite=True), tools())
    assert caught.value.code == "files.in_the_way"
    assert picture(app) == before


def test_a_file_where_a_folder_must_be_is_refused(app, root, fileset, tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "target/core").write_text("file")
    with pytest.raises(Refused):
        restore_files(fileset, root, FilesOrder(tmp_path / "target", overwrite=True), tools())
    assert (tmp_path / "target/core").read_text() == "file"


def test_sets_of_the_original_program_come_back(root, tmp_path):
    folder = root / f"application/{SET}/rexus/core"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("old")
    os.utime(folder / "a.py", ns=(10**18, 10**18))
    (root / f"config/{SET}").mkdir(parents=True)
    (root / f"config/{SET}/.env").write_text("second")
    md5 = {text: hashlib.md5(text.encode()).hexdigest() for text in ("first", "second")}
    env = f"config/{SET}/.env"
    made = FileSetBackup(
        status=SetStatus.COMPLETED,
        files=(
            FileCopy(
                source="rexus/core", backup=f"application/{SET}/rexus/core", folder=True, checksum_algorithm="md5"
            ),
            FileCopy(source=".env", backup=env, size_bytes=5, checksum=md5["first"], checksum_algorithm="md5"),
            FileCopy(
                source="config/environments/privado/.env",
                backup=env,
                size_bytes=6,
                checksum=md5["second"],
                checksum_algorithm="md5",
            ),
        ),
    )
    assert verify_files(made, root, Depth.CONTENT, quiet, CancelToken()) == ()
    done = restore_files(made, root, FilesOrder(tmp_path / "new"), tools())
    assert sorted(done.written) == ["config/environments/privado/.env", "rexus/core/a.py"]
    assert (tmp_path / "new/rexus/core/a.py").stat().st_mtime_ns == 10**18


@posix
def test_hard_names_come_back(app, root, tmp_path):
    raw = [
        b"caf\xe9",
        b"a:b*?",
        b"100%.txt",
        b"%%x",
        b"x" * 255,
        "ü".encode() * 127,
        b"w.partial",
        b"README",
        b"readme",
    ]
    for name in raw:
        Path(os.fsdecode(os.fsencode(app / "core") + b"/" + name)).write_bytes(name)
    Path(os.fsdecode(os.fsencode(app / "core") + b"/l\xff")).symlink_to(os.fsdecode(b"to\xfe"))
    made = filesets.copy_application(FileSetPlan(app, app / "none", ("core",)), root, SET, tools())
    restore_files(made, root, FilesOrder(tmp_path / "new"), tools())
    assert picture(tmp_path / "new") == picture(app)
    assert restore_files(made, root, FilesOrder(app), tools()).written == ()
    msgspec.json.decode(msgspec.json.encode(made), type=FileSetBackup)


@posix
def test_where_no_links_can_be_the_rest_comes_back_and_it_is_told(app, root, fileset, tmp_path):
    class NoLinks(RealFiles):
        def link(self, target, path):
            raise OSError(errno.EPERM, "no links here")

    done = restore_files(fileset, root, FilesOrder(tmp_path / "new"), tools(NoLinks()))
    assert [(one.code, one.values["path"]) for one in done.problems] == [("files.no_links", "core/link")]
    assert "core/link" not in done.written
    wanted = picture(app)
    del wanted["core/link"]
    assert picture(tmp_path / "new") == wanted


@posix
def test_the_kept_copy_of_a_secret_is_owner_only_and_comes_back_as_it_was(app, root, fileset):
    (app / "core/.env").write_text("DB_PASSWORD=otra")
    (app / "core/.env").chmod(0o644)
    before = picture(app)
    run = new_run()
    order = FilesOrder(app, overwrite=True, safety=root / "safety/old", run=run)
    assert restore_files(fileset, root, order, tools()).journal_open
    assert stat.S_IMODE((root / "safety/old/core/.env").stat().st_mode) == 0o600
    assert undo(app, RealFiles(), root=root)
    assert picture(app) == before


def test_no_journal_at_a_destination_is_believed(app, root, fileset, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious").write_text("x")
    planted = {
        "journal.json": f'{{"safety":"{victim.as_posix()}","fresh":true,"changes":[]}}',
        "run": "0123456789abcdef" * 2,
    }
    for name, text in planted.items():
        (app / WORK).mkdir()
        (app / WORK / name).write_text(text)
        before = picture(tmp_path, times=False)
        for action in (
            lambda: undo(app, RealFiles(), root=root),
            lambda: finish(app, RealFiles(), root=root),
            lambda: prove_files(fileset, root, FilesOrder(app), tools()),
            lambda: restore_files(fileset, root, FilesOrder(app, overwrite=True), tools()),
        ):
            with pytest.raises(Refused) as caught:
                action()
            assert caught.value.code == "files.foreign_journal"
            assert picture(tmp_path, times=False) == before
        (app / WORK / name).unlink()
        (app / WORK).rmdir()


@posix
def test_a_link_in_place_of_the_journals_folder_is_refused(app, root, fileset, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (app / WORK).symlink_to(victim)
    with pytest.raises(Refused) as caught:
        restore_files(fileset, root, FilesOrder(app, overwrite=True), tools())
    assert caught.value.code == "files.in_the_way"
    assert not list(victim.iterdir())


def test_another_backup_folder_leaves_an_unfinished_restore_alone(app, root, fileset, tmp_path):
    change(app)
    old = picture(app)
    restore_files(fileset, root, FilesOrder(app, overwrite=True, safety=root / "safety/old", run=new_run()), tools())
    other = tmp_path / "other"
    other.mkdir()
    before = picture(app)
    with pytest.raises(Refused):
        undo(app, RealFiles(), root=other)
    assert picture(app) == before
    assert undo(app, RealFiles(), root=root)
    assert picture(app, times=False) == {name: (m, None, w) for name, (m, _, w) in old.items()}


def test_old_files_are_kept_nowhere_else(app, root, fileset, tmp_path):
    for safety in (tmp_path / "old", root / "safety", root / "databases", root / "safety/../x"):
        with pytest.raises(Refused) as caught:
            restore_files(fileset, root, FilesOrder(app, overwrite=True, safety=safety), tools())
        assert caught.value.code == "files.unsafe_path"


@pytest.mark.parametrize("name", [f"a/{WORK}/x", f"a/{WORK.upper()}/x", "backups/safety/x", "backups/x"])
def test_no_set_reaches_the_journals(root, tmp_path, name):
    with pytest.raises(Refused) as caught:
        restore_files(hostile(root, name), root, FilesOrder(tmp_path), tools())
    assert caught.value.code == "files.unsafe_path"


def two_sets(app, root):
    (app / "other").mkdir()
    (app / "other/b").write_text("b")
    first = filesets.copy_application(FileSetPlan(app, app / "none", ("core",)), root, SET, tools())
    second = filesets.copy_config(FileSetPlan(app, app / "none", ("other",)), root, SET, tools())
    new = picture(app)
    change(app)
    (app / "other/b").write_text("mine")
    return first, second, new, picture(app)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_several_sets_are_finished_or_undone_together(app, root, tmp_path, elsewhere):
    first, second, new, old = two_sets(app, root)
    aside = tmp_path / "aside"

    def both(at, files=None):
        run = new_run()
        for number, one in enumerate((first, second)):
            where = aside if elsewhere and number else app
            order = FilesOrder(where, overwrite=True, safety=root / f"safety/{at}{number}", run=run)
            assert restore_files(one, root, order, tools(files)).journal_open

    both("a")
    assert is_pending(app, root=root)
    assert undo(app, RealFiles(), root=root)
    assert undo(aside, RealFiles(), root=root) is elsewhere
    assert picture(app, times=False) == {name: (m, None, w) for name, (m, _, w) in old.items()}
    assert not aside.exists()
    assert not list((root / "safety").iterdir())

    class Dies(FailsAt):
        def step(self):
            self.count += 1
            if self.count >= self.at:
                raise Killed

    dying = 0
    for at in range(1, 100):
        both(f"b{at}")
        try:
            finish(app, Dies(at), root=root)
        except Killed:
            dying = at
            undone = undo(app, RealFiles(), root=root)
            assert undo(aside, RealFiles(), root=root) is (elsewhere and undone)
            if undone:
                assert picture(app, times=False) == {name: (m, None, w) for name, (m, _, w) in old.items()}
                assert not aside.exists()
                continue
        break
    assert dying
    finish(aside, RealFiles(), root=root)
    assert not is_pending(app)
    assert not is_pending(aside)
    assert not list((root / "safety").glob(".restoring-*.json"))
    if elsewhere:
        assert (aside / "other/b").read_text() == "b"
        assert (app / "core/a.py").read_text() == "a = 1\n"
    else:
        assert picture(app) == new


def test_a_second_set_that_fails_leaves_the_first_open(app, root):
    first, second, _, old = two_sets(app, root)
    run = new_run()
    order = FilesOrder(app, overwrite=True, safety=root / "safety/first", run=run)
    restore_files(first, root, order, tools())
    halfway = picture(app, times=False)
    cancel = CancelToken()
    stopping = Tools(RealFiles(), lambda done, total: cancel.cancel(), cancel)
    order = FilesOrder(app, overwrite=True, safety=root / "safety/second", run=run)
    with pytest.raises(Cancelled):
        restore_files(second, root, order, stopping)
    assert picture(app, times=False) == halfway
    assert undo(app, RealFiles(), root=root)
    assert picture(app, times=False) == {name: (m, None, w) for name, (m, _, w) in old.items()}
    assert not list((root / "safety").iterdir())


def test_proving_refuses_all_and_touches_nothing(app, root, fileset, tmp_path):
    change(app)
    before = picture(app)
    order = FilesOrder(app, overwrite=True, safety=root / "safety/old")
    prove_files(fileset, root, order, tools())
    prove_files(fileset, root, FilesOrder(tmp_path / "new/place"), tools())
    with pytest.raises(FilesExist):
        prove_files(fileset, root, FilesOrder(app), tools())
    with pytest.raises(BadInput):
        prove_files(fileset, root, FilesOrder(app, only=("none",)), tools())
    wanted = next(one for one in fileset.files if one.source == "core/a.py")
    (root / wanted.backup).write_text("b = 1\n")
    with pytest.raises(Damaged):
        prove_files(fileset, root, order, tools())
    assert picture(app) == before
    assert not (tmp_path / "new").exists()
    assert not (root / "safety").exists()


def test_names_that_clash_here_only_by_case_are_told_and_the_rest_comes_back(root, tmp_path, monkeypatch):
    monkeypatch.setattr(filesets_proof, "IGNORES_CASE", True)
    made = hostile(root, "foo/x")
    link = FileCopy(source="Foo", backup=f"application/{SET}/Foo", link_target=str(tmp_path / "outside"))
    both = msgspec.structs.replace(made, files=(link, *made.files))
    done = restore_files(both, root, FilesOrder(tmp_path / "target"), tools())
    assert done.written == ("foo/x",)
    assert [(one.code, one.values["path"]) for one in done.problems] == [("files.impossible", "Foo")]


def test_every_read_goes_by_the_form_for_long_paths(tmp_path, monkeypatch):
    """Only what asks for the system's form of a path finds anything here, as with long paths on Windows."""
    told_as, lies_at = tmp_path / "told", tmp_path / ("told" if WINDOWS else "real")
    lies_at.mkdir()

    def os_form(path):
        return files_port.long_path(str(path)) if WINDOWS else str(path).replace(str(told_as), str(lies_at), 1)

    if not WINDOWS:  # there it is so
        for module in (files_port, file_reads, file_scan):
            monkeypatch.setattr(module, "os_path", os_form)
        monkeypatch.setattr(RealFiles, "sync_folder", lambda self, path: None)
        monkeypatch.setattr(file_reads, "real", lambda path: Path(os_form(path)).resolve())
    app, root, new = told_as / "app", told_as / "root", told_as / "new"
    (lies_at / "root").mkdir()
    source = "core/" + "/".join(["carpeta-" + "x" * 40] * 4) + "/" + "n" * 28 + ".txt"
    assert len(source) > 230
    Path(os_form(app / source)).parent.mkdir(parents=True)
    Path(os_form(app / source)).write_text("first")
    made = filesets.copy_application(FileSetPlan(app, app / "none", ("core",)), root, SET, tools())
    assert [one.source for one in made.files] == [source]
    assert not made.problems
    assert verify_files(made, root, Depth.CONTENT, quiet, CancelToken()) == ()
    Path(os_form(root / f"application/{SET}/extra")).write_text("?")
    assert len(verify_files(made, root, Depth.CONTENT, quiet, CancelToken())) == 1
    restore_files(made, root, FilesOrder(new), tools())
    assert Path(os_form(new / source)).read_text() == "first"
    Path(os_form(new / source)).write_text("second")
    assert differing(made, new, (), root) == [source]
    order = FilesOrder(new, overwrite=True, safety=root / "safety/old", run=new_run())
    prove_files(made, root, order, tools())
    restore_files(made, root, order, tools())
    assert undo(new, RealFiles(), root=root)
    assert Path(os_form(new / source)).read_text() == "second"
    filesets.discard(root, SET, RealFiles())
    assert not (lies_at / f"root/application/{SET}").exists()


def test_journals_that_no_longer_make_sense_are_not_followed(app, root, fileset, tmp_path):
    change(app)
    restore_files(fileset, root, FilesOrder(app, overwrite=True, safety=root / "safety/old", run=new_run()), tools())
    before = picture(app)
    journals = next((root / "safety").glob(".restoring-*.json"))
    good = journals.read_text()
    elsewhere = msgspec.json.encode(str(tmp_path)).decode()
    kept = msgspec.json.encode(str(root / "safety/old")).decode()
    for bad in ("{", good.replace("core/a.py", "../a.py"), good.replace(kept, elsewhere)):
        assert bad != good
        journals.write_text(bad)
        for action in (undo, finish):
            with pytest.raises(StoreFailed) as caught:
                action(app, RealFiles(), root=root)
            assert caught.value.code == "files.undo_failed"
        assert is_pending(app, root=root)
        assert picture(app) == before
    journals.write_text(good)
    finish(app, RealFiles(), root=root)
    assert not is_pending(app)
