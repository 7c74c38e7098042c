"""On a disk without a free byte whatever frees space still works; nothing else does, and says what would help."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli.command_line import CommandLine
from support.faults import CountingFiles
from support.world import World

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.files import Data, RealFiles, Writing
from rexus.modules.backup.base.records import Origin, Severity, Status
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.base.watching import RetentionRequest
from rexus.modules.backup.jobs import lease
from rexus.modules.backup.jobs.holdings import candidates
from rexus.modules.backup.model import BackupModel

FULL = OSError(errno.ENOSPC, "No space left on device")


class UntilDeleted(CountingFiles):
    """No byte can be written until some file was deleted; names alone need no space."""

    def __init__(self) -> None:
        super().__init__(RealFiles())
        self.full = True
        self.gone: list[str] = []

    def create(self, path: Path, *, private: bool = True) -> Writing:
        return _Checked(self, super().create(path, private=private))

    def append(self, path: Path) -> Writing:
        return _Checked(self, super().append(path))

    def unlink(self, path: Path) -> None:
        if path.is_file() and path.stat().st_size:
            self.full = False
            self.gone.append(path.name)
        super().unlink(path)


class _Checked:
    def __init__(self, disk: UntilDeleted, inner: Writing) -> None:
        self._disk, self._inner = disk, inner
        self.sync, self.close = inner.sync, inner.close

    def write(self, data: Data) -> int:
        if self._disk.full:
            raise FULL
        return self._inner.write(data)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, rows=50, retention={"after_backup": False, "daily": 1, "weekly": 0, "monthly": 0}).build()
    made.backup(files=False)
    made.backup(files=False)
    return made


def oldest(world: World) -> str:
    return world.model().listing().sets[-1].set


def test_a_set_can_be_deleted_by_giving_up_the_reserve(world):
    name, disk = oldest(world), UntilDeleted()
    result = world.delete(name, port=disk)

    assert result.outcome.status in (Status.OK, Status.WARNINGS)
    assert disk.gone[0] == lease.RESERVE
    assert name not in {one.set for one in world.model().listing().sets}
    assert world.model().audit_verify().ok
    assert (world.root / lease.RESERVE).stat().st_size, "it is made again, for the next time"


def test_without_a_reserve_the_cache_is_given_up(world):
    (world.root / lease.RESERVE).unlink()
    name, disk = oldest(world), UntilDeleted()
    (world.root / lease.CACHE_NAME).write_bytes(b"large roots have one")
    assert world.delete(name, port=disk).outcome.status in (Status.OK, Status.WARNINGS)

    assert disk.gone[0] == lease.CACHE_NAME


def test_the_rules_and_the_clean_up_work_as_well(world):
    def model(disk: UntilDeleted) -> BackupModel:
        return world.model(disk)

    pruned = model(UntilDeleted()).prune(RetentionRequest(requested_by="prueba"), CancelToken())
    cleaned = model(UntilDeleted()).cleanup("prueba", Origin.MANUAL, CancelToken())

    assert pruned.outcome.status in (Status.OK, Status.WARNINGS)
    assert cleaned.outcome.status in (Status.OK, Status.WARNINGS)


def test_a_verification_says_that_it_is_the_space_and_not_the_rights(world):
    result = world.verify(port=UntilDeleted())

    told = {one.code: sentence(one) for one in result.outcome.problems}
    assert result.outcome.status is Status.WARNINGS
    assert "cleanup" in told["verify.unkept_full"].fix
    assert "audit.write_failed" not in told["audit.unwritten"].message
    assert "No space left on device" in told["audit.unwritten"].message or "espacio" in told["audit.unwritten"].message


def test_what_frees_nothing_leaves_the_reserve_alone_and_says_what_would_help(world):
    disk = UntilDeleted()
    with pytest.raises(StoreFailed) as failed:
        world.model(disk).pin((oldest(world),), "cierre", None, "prueba")

    assert failed.value.code == "root.full"
    assert "prune" in sentence(failed.value.problem).fix
    assert (world.root / lease.RESERVE).exists()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few MiB, as far as this account may mount one."""
    place = tmp_path / "disco"
    place.mkdir()
    mount = shutil.which("mount")
    order = [mount or "mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if mount is None or sys.platform != "linux" or subprocess.run(order, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("order", ["delete", "prune", "cleanup"])
def test_on_a_real_disk_without_a_free_byte(tmp_path, small_disk, order):
    rules = {"after_backup": False, "daily": 1, "weekly": 0, "monthly": 0, "yearly": 0}
    world = World(tmp_path, rows=50, root=str(small_disk / "copias"), retention=rules).build()
    run = CommandLine(world.config)
    first = run.backup("--no-files")
    run.backup("--no-files")
    fill(small_disk)
    assert shutil.disk_usage(small_disk).free == 0
    blocked = run("pin", first, "--json", "--lang", "en")
    words = {"delete": ["delete", first, "--yes", first], "prune": ["prune"], "cleanup": ["cleanup"]}[order]
    ran = run(*words, "--json")

    assert (blocked.code, blocked.codes) == (2, {"root.full"})
    assert "Free space" in blocked.json["problems"][0]["fix"]
    assert ran.code in (0, 1), ran.out
    assert "root.full" not in ran.codes
    assert run("audit", "verify").code == 0
    if order != "cleanup":
        assert first not in {one["set"] for one in run.json("list")["sets"]}


def deep(folder: Path, disk: Path, rows: int = 8_000) -> World:
    """A world whose backups are unpacked and judged page by page: small when stored, large when unpacked."""
    root, keeping = disk / "copias", {"after_backup": False}
    world = World(folder, rows=rows, root=str(root), retention=keeping, verification={"after_backup": "engine"}).build()
    world.root = root
    return world


def leave(place: Path, room: int) -> Path:
    """Use up all but about ``room`` bytes."""
    filling = place / "relleno"
    filling.write_bytes(b"x" * (shutil.disk_usage(place).free - room))
    return filling


def test_no_room_to_unpack_for_the_check_is_found_before_the_backup(tmp_path, small_disk):
    world = deep(tmp_path, small_disk)
    run = CommandLine(world.config)
    size = world.database("users").stat().st_size
    first = run.backup("users", "--no-files")
    filling = leave(small_disk, size // 2)
    ran = run("backup", "users", "--no-files", "--json", "--lang", "en")
    looked = run("check", "--json")

    assert (ran.code, ran.codes) == (3, {"space.short"})
    values = ran.json["problems"][0]["values"]
    assert values["needed"] >= size > values["free"]
    assert "space.short" in {one["code"] for one in looked.json["findings"]}
    checked = run("verify", first, "--depth", "engine", "--json", "--lang", "en")
    (problem,) = checked.json["problems"]
    assert (checked.code, problem["code"]) == (2, "verify.no_space")
    assert str(world.root) in problem["message"]
    assert (problem["values"]["needed"], problem["values"]["free"] < size) == (size, True)
    assert run.json("list")["sets"][0]["tick"] == "engine", "the earlier check stands"
    filling.unlink()
    assert run("backup", "users", "--no-files").code == 0


def test_a_disk_that_fills_up_while_the_check_unpacks_is_named_as_the_reason(tmp_path, small_disk):
    """The set says that it was for lack of space, so that the rules may make room for the next one."""

    class Crowded(CountingFiles):
        def create(self, path: Path, *, private: bool = True) -> Writing:
            if ".check" in path.name:
                leave(small_disk, 100_000)
            return super().create(path, private=private)

    world = deep(tmp_path, small_disk)
    result = world.backup("users", files=False, port=Crowded(RealFiles()))
    (problem,) = [one for one in result.outcome.problems if one.severity is Severity.ERROR]

    assert (result.outcome.status, problem.code) == (Status.FAILED, "backup.no_room_to_check")
    told = sentence(problem)
    assert str(world.root / "temp") in told.message
    assert problem.values["needed"] == world.database("users").stat().st_size > problem.values["free"]
    assert "after_backup" in told.fix
    assert world.archives() == set()
    (held,) = candidates(world.model().listing().sets)
    assert held.databases["users"].no_room


def fill(place: Path) -> None:
    """Use up the last byte."""
    piece = 1 << 20
    with (place / "relleno").open("wb") as filling:
        while piece:
            try:
                os.write(filling.fileno(), b"x" * piece)
            except OSError:
                piece //= 2
