"""Names of sets are claimed once, and manifests are published whole or not at all."""

from __future__ import annotations

import multiprocessing
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.files import RealFiles, Writing
from rexus.modules.backup.base.records import Manifest, SetStatus
from rexus.modules.backup.catalog import manifest as manifests
from rexus.modules.backup.catalog.index import Catalog
from rexus.modules.backup.catalog.names import order_of

NOW = datetime(2025, 8, 6, 14, 30, 52, tzinfo=UTC)
SET = "20250806_143052"
FILE = f"backup_manifest_{SET}.json"


def small(requested_by: str = "") -> Manifest:
    return Manifest(timestamp=SET, started_at=NOW, status=SetStatus.COMPLETED, requested_by=requested_by)


def test_names_of_one_second_are_counted(tmp_path: Path) -> None:
    names = [manifests.reserve(tmp_path, RealFiles(), small(), NOW).timestamp for _ in range(12)]
    wall = NOW.astimezone().strftime("%Y%m%d_%H%M%S")
    assert names == [wall, *(f"{wall}_{number}" for number in range(2, 13))]
    assert sorted(reversed(names), key=order_of) == names
    read = manifests.read(manifests.manifest_path(tmp_path, names[3]), tmp_path)
    assert read.status is SetStatus.IN_PROGRESS
    assert read.set_id
    assert re.fullmatch(r"[+-]\d\d:\d\d", read.zone)


def test_names_with_files_of_a_lost_manifest_are_not_used_again(tmp_path: Path) -> None:
    wall = NOW.astimezone().strftime("%Y%m%d_%H%M%S")
    (tmp_path / "databases").mkdir()
    (tmp_path / "databases" / f"users_{wall}.bak.gz").write_bytes(b"x")
    (tmp_path / "config" / f"{wall}_2").mkdir(parents=True)
    (tmp_path / f"backup_manifest_{wall}_3.json.claim.partial").write_bytes(b"")
    assert manifests.reserve(tmp_path, RealFiles(), small(), NOW).timestamp == f"{wall}_4"


class Overtaken(RealFiles):
    """Somebody else gets the name between our look and our claim."""

    overtaken = False

    def create(self, path: Path, *, private: bool = True) -> Writing:
        if not self.overtaken:
            self.overtaken = True
            manifests.reserve(path.parent, RealFiles(), small(requested_by="eva"), NOW)
        return super().create(path, private=private)


def test_a_name_taken_at_the_last_moment_stays_with_its_owner(tmp_path: Path) -> None:
    mine = manifests.reserve(tmp_path, Overtaken(), small(requested_by="ana"), NOW)
    assert mine.timestamp.endswith("_2")
    wall = NOW.astimezone().strftime("%Y%m%d_%H%M%S")
    assert manifests.read(manifests.manifest_path(tmp_path, wall), tmp_path).requested_by == "eva"
    assert not list(tmp_path.glob("*.partial"))


def _reserve_some(root: str, start: object, names: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    got = [manifests.reserve(Path(root), RealFiles(), small(), NOW).timestamp for _ in range(8)]
    names.put(got)  # type: ignore[attr-defined]


def test_processes_never_get_the_same_name(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, names = context.Barrier(3), context.Queue()
    workers = [context.Process(target=_reserve_some, args=(str(tmp_path), start, names)) for _ in range(3)]
    for worker in workers:
        worker.start()
    got = [name for _ in workers for name in names.get(timeout=60)]
    for worker in workers:
        worker.join()
    names.close()
    names.join_thread()
    assert len(set(got)) == len(got) == 24
    listing = Catalog(tmp_path, RealFiles()).entries()
    assert {one.set for one in listing.sets} == set(got)
    assert not listing.problems
    assert not list(tmp_path.glob("*.partial"))


class Failing(RealFiles):
    """Fails at the n-th change, once."""

    def __init__(self, countdown: int) -> None:
        self.countdown = countdown

    def _maybe(self) -> None:
        self.countdown -= 1
        if self.countdown == 0:
            raise OSError(28, "No space left on device")

    def create(self, path: Path, *, private: bool = True) -> Writing:
        self._maybe()
        inner = super().create(path, private=private)
        outer = self

        class Counted:
            def write(self, data: bytes) -> int:
                inner.write(bytes(data)[: len(data) // 2])
                outer._maybe()
                return inner.write(bytes(data)[len(data) // 2 :])

            def sync(self) -> None:
                outer._maybe()
                inner.sync()

            def close(self) -> None:
                inner.close()

        return Counted()

    def replace(self, source: Path, target: Path) -> None:
        self._maybe()
        super().replace(source, target)

    def sync_folder(self, path: Path) -> None:
        self._maybe()
        super().sync_folder(path)


@pytest.mark.parametrize("count", range(1, 6))
def test_a_failing_disk_leaves_the_old_or_the_new_manifest(tmp_path: Path, count: int) -> None:
    with pytest.raises(StoreFailed, match=r"catalog\.full"):
        manifests.reserve(tmp_path, Failing(count), small(), NOW)
    assert not list(tmp_path.glob("*.partial"))
    listing = Catalog(tmp_path, RealFiles()).entries()
    assert not listing.problems
    assert len(listing.sets) == (1 if count == 5 else 0)

    published = manifests.publish(tmp_path, RealFiles(), small())
    with pytest.raises(StoreFailed, match=r"catalog\.full"):
        manifests.publish(tmp_path, Failing(count), small(requested_by="ana"))
    assert not list(tmp_path.glob("*.partial"))
    read = manifests.read(tmp_path / FILE, tmp_path)
    assert read == published if count < 5 else read.requested_by == "ana"
