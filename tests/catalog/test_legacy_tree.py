"""Trees of the original program of 2025."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import Damaged
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Check, Codec, Depth, Manifest, Origin, SetStatus, Tick
from rexus.modules.backup.base.source_names import untold
from rexus.modules.backup.catalog import manifest as manifests
from rexus.modules.backup.catalog.index import Catalog
from rexus.modules.backup.catalog.legacy import legacy_orphans

SET = "20250806_143052"
CONTENT = b"TAPE" + bytes(5000)
REPO = "C:\\Rexus.app"
FILE = f"backup_manifest_{SET}.json"


def old_manifest(repo: str = REPO, sep: str = "\\") -> dict[str, object]:
    backups = f"{repo}{sep}backups"
    md5 = hashlib.md5(CONTENT).hexdigest()

    def copied(source: str, name: str, digest: str) -> dict[str, object]:
        return {"source": f"{repo}{sep}{source}", "backup": f"{backups}{sep}config{sep}{SET}{sep}{name}",
                "size": 4, "checksum": digest}  # fmt: skip

    return {
        "timestamp": SET,
        "type": "full",
        "started_at": "2025-08-06T14:30:52.123456",
        "databases": {
            "users": {"status": "completed", "file": f"{backups}{sep}databases{sep}users_{SET}.bak",
                      "size_bytes": len(CONTENT), "checksum": md5.upper(), "timestamp": SET},
            "inventario": {"status": "completed", "file": f"{backups}{sep}databases{sep}inventario_{SET}.bak",
                           "size_bytes": len(CONTENT), "checksum": md5, "timestamp": None},
            "auditoria": {"status": "failed", "error": "Login failed", "timestamp": SET},
        },
        "config": {
            "status": "completed",
            "files": [
                copied(".env", ".env", "1" * 32),
                copied("CLAUDE.md", "CLAUDE.md", "2" * 32),
                copied(f"config{sep}environments{sep}privado{sep}.env", ".env", "3" * 32),
            ],
            "timestamp": SET,
        },
        "application": {
            "status": "completed",
            "directories": [{"source": f"{repo}{sep}rexus{sep}core", "backup": f"{backups}{sep}application{sep}{SET}",
                             "size_bytes": 3, "files_count": 2}],
            "timestamp": SET,
        },
        "status": "completed",
        "errors": [],
        "integrity_check": ["✓ users: Integridad verificada", "✗ auditoria: Archivo no encontrado"],
        "completed_at": "2025-08-06T14:31:52",
    }  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "databases").mkdir()
    (tmp_path / "databases" / f"users_{SET}.bak.gz").write_bytes(gzip.compress(CONTENT))
    (tmp_path / "databases" / f"inventario_{SET}.bak").write_bytes(CONTENT)
    core = tmp_path / "application" / SET / "rexus" / "core"
    (core / "vacía").mkdir(parents=True)
    (core / "login.py").write_bytes(b"pass")
    if os.name != "nt":
        (core / "enlace").symlink_to("/etc")
    write(tmp_path, old_manifest())
    return tmp_path


def write(root: Path, told: dict[str, object]) -> None:
    (root / FILE).write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")


def load(root: Path) -> Manifest:
    return Catalog(root, RealFiles()).load(SET)


@pytest.mark.parametrize(("repo", "sep"), [(REPO, "\\"), ("\\\\server\\d$\\Rexus", "\\"), ("/opt/rexus", "/")])
def test_a_tree_of_the_original_is_read(tree: Path, repo: str, sep: str) -> None:
    write(tree, old_manifest(repo, sep))
    read = load(tree)
    assert read.origin is Origin.LEGACY
    assert read.status is SetStatus.FAILED
    assert read.started_at == datetime(2025, 8, 6, 14, 30, 52, 123456).astimezone(UTC)
    users, inventario, auditoria = read.databases.values()
    assert (users.file, users.codec) == (f"databases/users_{SET}.bak.gz", Codec.GZIP)
    assert (users.size_bytes, users.checksum_algorithm) == (len(CONTENT), "md5")
    assert users.checksum == hashlib.md5(CONTENT).hexdigest()
    assert users.stored_bytes == (tree / str(users.file)).stat().st_size
    assert (inventario.file, inventario.codec) == (f"databases/inventario_{SET}.bak", Codec.NONE)
    assert auditoria.status is SetStatus.FAILED
    assert auditoria.file is None
    assert auditoria.problem is not None
    assert auditoria.problem.values["reason"] == "Login failed"
    assert read.config is not None
    assert [(one.source, one.backup, one.checksum, one.private) for one in read.config.files] == [
        ("config/environments/privado/.env", f"config/{SET}/.env", "3" * 32, True),
        ("CLAUDE.md", f"config/{SET}/CLAUDE.md", "2" * 32, False),
    ]
    assert read.integrity_check[0].startswith("✓")


def test_application_folders_are_listed_as_they_are(tree: Path) -> None:
    application = load(tree).application
    assert application is not None
    there = {one.source: one for one in application.files}
    assert there["rexus/core/login.py"].size_bytes == 4
    assert there["rexus/core/login.py"].checksum == ""
    assert there["rexus/core/login.py"].backup == f"application/{SET}/rexus/core/login.py"
    assert there["rexus/core/vacía"].folder
    if os.name != "nt":
        assert there["rexus/core/enlace"].link_target == "/etc"


def test_what_is_gone_is_told_under_its_likely_name(tree: Path) -> None:
    (tree / "databases" / f"users_{SET}.bak.gz").unlink()
    users = load(tree).databases["users"]
    assert (users.file, users.stored_bytes) == (f"databases/users_{SET}.bak.gz", 0)


def test_little_is_required(tree: Path) -> None:
    told = old_manifest()
    for member in ("integrity_check", "completed_at", "config", "application", "errors", "type"):
        del told[member]
    told.update(timestamp=None, started_at=None)
    write(tree, told)
    read = load(tree)
    assert read.timestamp == SET
    assert read.started_at == datetime(2025, 8, 6, 14, 30, 52).astimezone(UTC)
    (tree / FILE).write_bytes(b"\xef\xbb\xbf" + (tree / FILE).read_bytes())
    assert load(tree) == read


def test_the_name_with_gz_is_found_too(tree: Path) -> None:
    told = old_manifest()
    told["databases"]["users"]["file"] += ".gz"  # type: ignore[index]
    write(tree, told)
    assert load(tree).databases["users"].codec is Codec.GZIP


@pytest.mark.parametrize("path", ["..", "C:\\x\\..", "/", "", None, "a\0b"])
def test_a_hostile_file_is_a_failed_database(tree: Path, path: str | None) -> None:
    told = old_manifest()
    told["databases"]["users"]["file"] = path  # type: ignore[index]
    write(tree, told)
    users = load(tree).databases["users"]
    assert (users.status, users.file) == (SetStatus.FAILED, None)
    assert load(tree).databases["inventario"].status is SetStatus.COMPLETED


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_out_of_the_tree_is_not_followed(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "secret"
    elsewhere.write_bytes(b"secret")
    (tree / "databases" / f"users_{SET}.bak").symlink_to(elsewhere)
    assert load(tree).databases["users"].file == f"databases/users_{SET}.bak.gz"


def test_another_set_is_refused(tree: Path) -> None:
    told = old_manifest()
    told["timestamp"] = "20250101_000000"
    write(tree, told)
    with pytest.raises(Damaged, match="name_mismatch"):
        load(tree)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([*old_manifest()]), st.none() | st.integers() | st.text() | st.lists(st.integers()))
def test_wrong_types_are_damage(member: str, value: object) -> None:
    told = {**old_manifest(), member: value}
    try:
        read = manifests.parse(json.dumps(told).encode(), FILE, Path("nowhere"))
    except Damaged as error:
        assert error.code.startswith("manifest.")
    else:
        assert read.timestamp == SET


def test_checks_turn_it_into_one_of_ours_and_keep_the_original(tree: Path) -> None:
    original = (tree / FILE).read_bytes()
    catalog = Catalog(tree, RealFiles())
    before = catalog.load(SET)
    check = Check(depth=Depth.CONTENT, at=datetime(2025, 9, 1, tzinfo=UTC), ok=True, stored_sha256="a" * 64)
    catalog.add_checks(SET, {"users": (check,), "config": (check,), "application": (check,)})
    catalog.add_checks(SET, {"users": (check,)})
    after = catalog.load(SET)
    assert after.origin is Origin.LEGACY
    assert after.databases["users"].checksum_algorithm == "md5"
    assert after.config is not None
    assert after.config.checks == (check,)
    assert after.started_at == before.started_at
    assert catalog.entries().sets[0].databases["users"].tick is Tick.CONTENT
    assert (tree / f"{FILE}.original").read_bytes() == original
    catalog.remove(SET)
    assert not list(tree.glob("backup_manifest*"))


def test_what_other_programs_left_is_named(tmp_path: Path) -> None:
    (tmp_path / "database").mkdir()
    for name in (f"users_backup_{SET}.zip", f"full_{SET}.zip", f"database/users_backup_{SET}.sql.gz", "letter.txt"):
        (tmp_path / name).write_bytes(b"")
    assert legacy_orphans(tmp_path) == (
        f"database/users_backup_{SET}.sql.gz",
        f"full_{SET}.zip",
        f"users_backup_{SET}.zip",
    )


@pytest.mark.skipif(os.name == "nt", reason="names of POSIX")
def test_names_of_the_original_program_are_told_like_ours(tmp_path: Path) -> None:
    folder = tmp_path / "application" / "20250806_143052"
    folder.mkdir(parents=True)
    (folder / "%%41").write_text("x")
    (folder / "link").symlink_to(os.fsdecode(b"to\xfe"))
    text = b'{"timestamp": "20250806_143052", "databases": {}, "application": {"status": "completed"}}'
    path = tmp_path / "backup_manifest_20250806_143052.json"
    path.write_bytes(text)
    part = manifests.read(path, tmp_path).application
    assert part is not None
    there = {untold(one.source): one.link_target for one in part.files}
    assert there == {"%%41": None, "link": "%%to%FE"}
