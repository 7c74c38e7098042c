"""What a restore overwrote comes back by the same verb: databases and files, from the set that was made before it."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.faults import CountingFiles, FaultyFiles
from support.points import points
from support.world import NAMES, World

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.files import Files, RealFiles
from rexus.modules.backup.base.records import Origin, PruneRequest, RestoreRequest, SetStatus, Status
from rexus.modules.backup.jobs.restored import RestoreResult

FILE = "requirements.txt"
KINDS = ("config", "application")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path).build()
    made.backup()
    made.add_row("users")
    (made.app / FILE).write_text("mío", "utf-8")
    return made


def saved(world: World) -> str:
    return str(world.model().listing().sets[-1].set)


def restore(world: World, name: str, port: Files | None = None, **how: object) -> RestoreResult:
    asked: dict[str, object] = {"overwrite": True, "confirmed": (*NAMES, *KINDS), **how}
    request = RestoreRequest(set=name, requested_by="prueba", **asked)  # type: ignore[arg-type]
    return world.model(port).restore(request, lambda _: None, CancelToken())


def test_a_whole_set_is_undone_by_restoring_the_one_made_before_it(world: World) -> None:
    before = world.content("users")
    done = restore(world, saved(world), everything=True)
    assert (world.app / FILE).read_text("utf-8") == "PyQt6\n"
    assert world.content("users") != before
    assert done.safety_set is not None

    undone = restore(world, done.safety_set, everything=True)

    assert undone.outcome.status in (Status.OK, Status.WARNINGS)
    assert world.content("users") == before
    assert (world.app / FILE).read_text("utf-8") == "mío"
    assert undone.safety_set not in (None, done.safety_set)


def test_files_alone_have_a_set_of_their_own_that_is_a_set_like_others(world: World) -> None:
    done = restore(world, saved(world), files="config", confirmed=("config",))
    name = str(done.safety_set)
    run = CommandLine(world.config)
    manifest = world.model().show(name)
    assert manifest.origin is Origin.SAFETY
    assert manifest.status is SetStatus.COMPLETED
    assert [copy.source for copy in manifest.config.files] == [FILE] if manifest.config else False
    assert run.json("verify", name, "--depth", "content")["sets"][0]["ok"]
    assert name in {one["set"] for one in run.json("list")["sets"]}
    assert run("show", name).code == 0
    assert run("check").code in (0, 1)
    assert run("health").code in (0, 1, 2)

    run.json("restore", name, "--files", "config", "--overwrite", "--yes", "config")
    assert (world.app / FILE).read_text("utf-8") == "mío"

    request = PruneRequest(sets=(name,), confirmed=(name,), requested_by="prueba")
    assert world.model().delete(request).outcome.status is Status.OK
    assert not (world.root / "config" / name).exists()


def test_what_was_kept_is_put_back_whole_or_not_at_all(world: World) -> None:
    done = restore(world, saved(world), everything=True)
    rows = world.content("users")
    asked = restore(world, str(done.safety_set), everything=True, confirmed=NAMES)

    assert asked.outcome.status is Status.REFUSED
    assert {problem.code for problem in asked.outcome.problems} == {"restore.unconfirmed"}
    assert world.content("users") == rows
    assert (world.app / FILE).read_text("utf-8") == "PyQt6\n"


def test_what_the_restore_added_goes_again_unless_somebody_has_changed_it(world: World) -> None:
    added = [world.app / "config" / name for name in ("uno.ini", "dos.ini")]
    for path in added:
        path.parent.mkdir(exist_ok=True)
        path.write_text("antes", "utf-8")
    world.backup()
    name = str(world.model().listing().sets[0].set)
    assert {copy.source for copy in world.model().show(name).config.files} >= {"config/uno.ini"}  # type: ignore[union-attr]
    for path in added:
        path.unlink()
    (world.app / FILE).write_text("otro", "utf-8")
    done = restore(world, name, files="config", confirmed=("config",))
    assert [path.read_text("utf-8") for path in added] == ["antes", "antes"]
    added[1].write_text("cambiado", "utf-8")

    undone = restore(world, str(done.safety_set), files="config", confirmed=("config",))
    assert not added[0].exists()
    assert added[1].read_text("utf-8") == "cambiado"
    assert (world.app / FILE).read_text("utf-8") == "otro"

    restore(world, str(undone.safety_set), files="config", confirmed=("config",))
    assert added[0].read_text("utf-8") == "antes"


def test_an_undo_that_fails_at_any_call_changes_nothing(world: World) -> None:
    added = world.app / "config" / "rexus.json"
    added.unlink()
    done = restore(world, saved(world), files="config", confirmed=("config",))
    counted = CountingFiles(RealFiles())

    def seen() -> tuple[str, bool]:
        return (world.app / FILE).read_text("utf-8"), added.exists()

    again = str(restore(world, str(done.safety_set), counted, files="config", confirmed=("config",)).safety_set)
    assert seen() == ("mío", False)
    restore(world, again, files="config", confirmed=("config",))
    for number in points(counted.calls, 12):
        port = FaultyFiles(RealFiles(), number, OSError(errno.EIO, "disk"))
        with contextlib.suppress(BackupError):
            restore(world, str(done.safety_set), port, files="config", confirmed=("config",))
        world.backup(files=False)
        assert seen() in {("mío", False), ("PyQt6\n", True)}, (number, port.failed)
        assert world.unfinished() == []
        (world.app / FILE).write_text("PyQt6\n", "utf-8")
        added.write_text("{}", "utf-8")


def test_where_nothing_is_overwritten_nothing_is_kept(world: World, tmp_path: Path) -> None:
    (world.app / FILE).write_text("PyQt6\n", "utf-8")
    assert restore(world, saved(world), files="config").safety_set is None
    assert restore(world, saved(world), files="config", to=str(tmp_path / "fuera")).safety_set is None


def test_files_that_can_not_be_kept_are_not_overwritten(world: World) -> None:
    class Full(RealFiles):
        def create(self, path: Path, *, private: bool = True):  # type: ignore[no-untyped-def]
            if path.is_relative_to(world.root / "config"):
                raise OSError(errno.ENOSPC, "full", str(path))
            return super().create(path, private=private)

    rows = world.content("users")
    done = restore(world, saved(world), Full(), everything=True)

    assert done.outcome.status is Status.FAILED
    assert (world.app / FILE).read_text("utf-8") == "mío"
    assert world.content("users") == rows
    assert world.unfinished() == []
    assert restore(world, saved(world), everything=True).outcome.status in (Status.OK, Status.WARNINGS)
