"""A backup never calls itself finished over a root that it lost, nor keeps an archive that failed its check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.world import World

from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import SetStatus, Status


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, rows=20, retention={"after_backup": False}).build()


def test_a_lost_lease_keeps_a_set_from_being_published(world: World) -> None:
    class Robbed(RealFiles):
        """Another machine takes the root over once the last archive stands."""

        def sync_folder(self, path: Path) -> None:
            super().sync_folder(path)
            lease = world.root / ".lease"
            if path.name == "databases" and lease.exists():
                other = json.loads(lease.read_text("utf-8"))
                lease.write_text(json.dumps({**other, "token": "de otro"}), "utf-8")

    result = world.backup("users", files=False, port=Robbed())

    assert result.outcome.status is Status.FAILED
    assert result.outcome.problems[0].code == "root.lease_lost"
    (manifest,) = world.root.glob("backup_manifest_*.json")
    assert json.loads(manifest.read_text("utf-8"))["status"] == SetStatus.IN_PROGRESS.value


def test_an_archive_that_fails_its_check_does_not_stay(world: World) -> None:
    class Rotting(RealFiles):
        """A disk that spoils what it was just given."""

        def replace(self, source: Path, target: Path) -> None:
            super().replace(source, target)
            if target.parent.name == "databases":
                data = bytearray(target.read_bytes())
                data[len(data) // 2] ^= 1
                target.write_bytes(data)

    result = world.backup("users", files=False, port=Rotting())

    assert result.outcome.status is Status.FAILED
    assert result.manifest is not None
    assert result.manifest.databases["users"].file is None
    assert world.archives() == set()
