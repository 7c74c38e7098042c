"""What a backup in several files leaves behind when something stops it is known for what it is, and goes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import msgspec
import pytest
from support.world import World

from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.records import BackupKind, Check, DatabaseBackup, Depth, Manifest, SetStatus, Stripe
from rexus.modules.backup.jobs.cleaning import delete_set, discard_files
from rexus.modules.backup.jobs.kit import Kit
from rexus.modules.backup.jobs.lease import Lease
from rexus.modules.backup.jobs.sweep import sweep
from rexus.modules.backup.model import BackupModel

NAME, NEXT = "20260101_000000", "20260102_000000"


@pytest.fixture
def kit(tmp_path) -> Kit:
    return BackupModel.open(World(tmp_path).build().config)._parts.kit()


def names(kit: Kit) -> list[str]:
    return sorted(path.name for path in (kit.root / "databases").glob("*"))


def put(kit: Kit, *files: str) -> None:
    (kit.root / "databases").mkdir(parents=True, exist_ok=True)
    for file in files:
        (kit.root / "databases" / file).write_bytes(b"x")


def swept(kit: Kit) -> None:
    with Lease.hold(kit.root, "verify", "prueba", kit.files, kit.clock) as held:
        sweep(kit, held)


@pytest.mark.parametrize("ending", [".bak", ".bak.gz", ".bak.zst"])
def test_an_unfinished_file_of_several_is_swept_like_any(kit: Kit, ending: str):
    put(kit, f"users_{NAME}.s2of4{ending}.partial", f"users_{NAME}_2.s1of16{ending}.partial", f"notas{ending}.partial")
    swept(kit)

    assert names(kit) == [f"notas{ending}.partial"]


@pytest.mark.parametrize("ending", ["bak", "bak.gz", "s1of2.bak.gz", "s2of2.bak.zst.partial"])
@pytest.mark.parametrize("database", ["users", "Rexus.Clientes", "a.b.c"])
def test_files_of_a_broken_off_set_go_whatever_the_database_is_called(kit: Kit, database: str, ending: str):
    kept = f"users_{NAME}.b_20260202_000000.bak"
    put(kit, f"{database}_{NAME}.{ending}", f"{database}_{NAME}_2.{ending}", kept)
    discard_files(kit, NAME)

    assert names(kit) == sorted([f"{database}_{NAME}_2.{ending}", kept])


def striped(**more: object) -> Manifest:
    """A set of a backup in three files, the last of which only its server has."""
    first = f"databases/users_{NAME}.s1of3.bak.gz"
    stripes = (Stripe(file=first.replace("s1", "s2")), Stripe(server_file="D:\\Backup\\users_3.bak"))
    backup = DatabaseBackup(status=SetStatus.COMPLETED, file=first, timestamp=NAME, stripes=stripes)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    whole = Manifest(
        timestamp=NAME,
        type=BackupKind.FULL,
        started_at=at,
        status=SetStatus.IN_PROGRESS,
        databases={"users": backup},
        set_id=str(uuid.uuid4()),
    )
    return msgspec.structs.replace(whole, **more)


def newer(kit: Kit) -> None:
    """A proven backup of the same database that came after it."""
    put(kit, f"users_{NEXT}.bak")
    at = datetime(2026, 1, 2, tzinfo=UTC)
    checks = (Check(depth=Depth.STORED, at=at, ok=True),)
    backup = DatabaseBackup(
        status=SetStatus.COMPLETED, file=f"databases/users_{NEXT}.bak", timestamp=NEXT, stored_bytes=1, checks=checks
    )
    kit.catalog.publish(striped(timestamp=NEXT, started_at=at, status=SetStatus.COMPLETED, databases={"users": backup}))


def test_a_broken_off_set_names_no_file_that_was_removed_with_it(kit: Kit):
    put(kit, f"users_{NAME}.s1of3.bak.gz", f"users_{NAME}.s2of3.bak.gz")
    kit.catalog.publish(striped())
    swept(kit)
    backup = kit.catalog.load(NAME).databases["users"]

    assert (names(kit), backup.status) == ([], SetStatus.INTERRUPTED)
    assert [piece.file for piece in backup.pieces if piece.file] == []
    assert [piece.server_file for piece in backup.pieces if piece.server_file] == ["D:\\Backup\\users_3.bak"]


def test_a_deletion_that_broke_off_between_two_files_is_finished(kit: Kit):
    put(kit, f"users_{NAME}.s1of3.bak.gz", f"users_{NAME}.s2of3.bak.gz")
    kit.catalog.publish(striped(status=SetStatus.COMPLETED))
    newer(kit)

    def lost(name: str) -> None:
        if ".s2of3." in name:
            raise StoreFailed("store.io", path=name, why="-")
        delete(name)

    delete, kit.store.delete = kit.store.delete, lost
    with pytest.raises(StoreFailed):
        delete_set(kit, kit.catalog.load(NAME))
    assert names(kit) == [f"users_{NAME}.s2of3.bak.gz", f"users_{NEXT}.bak"]
    kit.store.delete = delete
    swept(kit)

    assert names(kit) == [f"users_{NEXT}.bak"]
    assert [one.set for one in kit.catalog.entries().sets] == [NEXT]
