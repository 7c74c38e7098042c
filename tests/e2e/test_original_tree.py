"""Trees of the original 2025 program are listed, verified and restored next to new sets."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from support.lost import small_backup
from support.world import World, make_database, quiet, rows_of

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import Depth, Origin, RestoreRequest, Status, Tick

NAME = "20250806_143052"
SERVER_BACKUP = small_backup()
WINDOWS = "C:\\Rexus\\backups\\databases\\"


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path).build()
    world.backup()
    (world.root / "databases").mkdir(exist_ok=True)
    make_database(tmp_path / "old.db", "users", 30)
    plain = {"users": (tmp_path / "old.db").read_bytes(), "inventario": SERVER_BACKUP}
    databases = {name: _stored(world, name, content) for name, content in plain.items()}
    databases["auditoria"] = {"status": "failed", "error": "sqlcmd", "timestamp": NAME}
    copied = world.root / "config" / NAME / "requirements.txt"
    copied.parent.mkdir(parents=True)
    copied.write_bytes(b"PyQt5\n")
    manifest = {
        "timestamp": NAME,
        "type": "full",
        "started_at": "2025-08-06T14:30:52.123456",
        "databases": databases,
        "config": {
            "status": "completed",
            "files": [
                {
                    "source": "C:\\Rexus\\requirements.txt",
                    "backup": f"C:\\Rexus\\backups\\config\\{NAME}\\requirements.txt",
                    "size": 6,
                    "checksum": hashlib.md5(b"PyQt5\n").hexdigest(),
                }
            ],
            "timestamp": NAME,
        },
        "application": {"status": "completed", "directories": [], "timestamp": NAME},
        "status": "completed",
        "errors": [],
        "completed_at": "2025-08-06T14:31:10.000001",
    }
    path = world.root / f"backup_manifest_{NAME}.json"
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False), "utf-8")
    return world


def _stored(world: World, name: str, content: bytes) -> dict[str, object]:
    """As the original left it: the manifest tells of the ``.bak``, the disk holds the ``.bak.gz``."""
    file = f"{name}_{NAME}.bak"
    (world.root / "databases" / f"{file}.gz").write_bytes(gzip.compress(content))
    return {
        "status": "completed",
        "file": WINDOWS + file,
        "size_bytes": len(content),
        "checksum": hashlib.md5(content).hexdigest(),
        "timestamp": NAME,
    }


def restore(world: World, **changes):
    return world.model().restore(RestoreRequest(set=NAME, **changes), quiet, CancelToken())


def test_old_and_new_sets_are_listed_together(world):
    listing = world.model().listing()

    assert listing.problems == ()
    assert [one.origin for one in listing.sets] == [Origin.MANUAL, Origin.LEGACY]
    assert listing.sets[1].set == NAME


@pytest.mark.parametrize("depth", [Depth.STORED, Depth.CONTENT, Depth.ENGINE])
def test_an_old_set_is_verified(world, depth):
    result = world.verify(NAME, depth=depth)

    assert result.sets[0].ok, result.sets
    assert result.orphans == ()


def test_damage_in_an_old_set_is_found(world):
    path = world.root / f"databases/users_{NAME}.bak.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1] + b"x"))

    assert world.verify(NAME).outcome.status is Status.FAILED
    assert world.model().listing().sets[1].databases["users"].tick is Tick.FAILED


def test_sqlite_content_of_an_old_set_comes_back_as_a_database(world, tmp_path):
    beside = restore(world, databases=("users",), to=str(tmp_path / "vuelta.db"))
    over = world.overwrite(NAME, "users")

    assert beside.outcome.status in (Status.OK, Status.WARNINGS), beside.outcome.problems
    assert len(rows_of(tmp_path / "vuelta.db")) == 30
    assert over.outcome.status in (Status.OK, Status.WARNINGS), over.outcome.problems
    assert len(world.content("users")) == 30


def test_a_backup_of_another_engine_is_written_as_its_plain_file_and_ends_with_a_warning(world, tmp_path):
    refused = restore(world, databases=("inventario",), overwrite=True, confirmed=("inventario",))
    written = restore(world, databases=("inventario",), to=str(tmp_path / "inventario.bak"))

    assert refused.outcome.status is Status.REFUSED
    assert written.outcome.status is Status.WARNINGS
    assert (tmp_path / "inventario.bak").read_bytes() == SERVER_BACKUP


def test_its_files_come_back(world, tmp_path):
    result = restore(world, files="config", to=str(tmp_path / "c"))

    assert result.outcome.status in (Status.OK, Status.WARNINGS), result.outcome.problems
    assert [path.read_bytes() for path in (tmp_path / "c").rglob("requirements.txt")] == [b"PyQt5\n"]


def test_a_plain_file_over_another_keeps_the_old_one(world, tmp_path):
    target = tmp_path / "inventario.bak"
    target.write_text("lo que había", "utf-8")

    result = restore(world, databases=("inventario",), to=str(target), overwrite=True, confirmed=("inventario",))

    assert result.outcome.status is Status.WARNINGS, result.outcome.problems
    assert target.read_bytes() == SERVER_BACKUP
    assert (Path(result.safety_path) / target.name).read_text("utf-8") == "lo que había"
