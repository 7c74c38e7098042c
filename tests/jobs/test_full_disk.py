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
from rexus.modules.backup.base.records import Origin, Status
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.base.watching import RetentionRequest
from rexus.modules.backup.jobs import lease
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


def fill(place: Path) -> None:
    """Use up the last byte."""
    piece = 1 << 20
    with (place / "relleno").open("wb") as filling:
        while piece:
            try:
                os.write(filling.fileno(), b"x" * piece)
            except OSError:
                piece //= 2
