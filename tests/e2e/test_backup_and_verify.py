"""From live databases to proven archives."""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import json
import shutil
import sqlite3
import subprocess

import pytest
from support.world import NAMES, World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BadInput, Refused
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupKind, BackupRequest, Depth, SetStatus, Status, Tick, VerifyRequest


@pytest.fixture
def world(tmp_path):
    return World(tmp_path).build()


def codes(problems) -> set[str]:
    return {problem.code for problem in problems}


def test_a_set_holds_every_database_and_the_files(world):
    result = world.backup()

    manifest = result.manifest
    assert result.outcome.status is Status.OK, result.outcome.problems
    assert manifest.status is SetStatus.COMPLETED
    assert set(manifest.databases) == set(NAMES)
    assert manifest.config.files[0].source.endswith("backup_config.json")
    assert any(one.source == "rexus/core/núcleo.py" for one in manifest.application.files)
    assert world.unfinished() == []


@pytest.mark.skipif(shutil.which("gunzip") is None, reason="the public tool is not installed here")
def test_archives_are_what_the_manifest_says_and_gunzip_reads_them(world):
    manifest = world.backup().manifest

    for name, backup in manifest.databases.items():
        path = world.root / backup.file
        assert path.name == f"{name}_{manifest.timestamp}.bak.gz"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == backup.stored_sha256
        plain = subprocess.run(["gunzip", "-c", path], capture_output=True, check=True).stdout
        assert (hashlib.sha256(plain).hexdigest(), len(plain)) == (backup.checksum, backup.size_bytes)
        assert backup.facts.row_counts == {"datos": world.rows}


def test_the_manifest_is_a_superset_of_the_original_format(world):
    manifest = world.backup().manifest
    text = json.loads((world.root / f"backup_manifest_{manifest.timestamp}.json").read_text("utf-8"))

    assert text["type"] == "full"
    assert text["status"] == "completed"
    assert text["databases"]["users"].keys() >= {"status", "file", "size_bytes", "checksum", "timestamp"}
    assert all(line.startswith("✓") for line in text["integrity_check"])
    assert text["errors"] == []


def test_two_sets_in_one_second_have_two_names(world):
    sets = {world.backup("users", files=False).outcome.set for _ in range(4)}

    assert len(sets) == 4


def test_one_database_that_fails_does_not_keep_the_others_from_being_backed_up(world):
    world.database("inventario").write_bytes(b"esto no es una base de datos" * 100)

    result = world.backup()

    assert result.outcome.status is Status.FAILED
    assert result.manifest.status is SetStatus.FAILED
    good = {name for name, one in result.manifest.databases.items() if one.status is SetStatus.COMPLETED}
    assert good == {"users", "auditoria"}
    assert world.verify(result.outcome.set).outcome.status is Status.OK
    assert world.unfinished() == []


def test_an_unknown_database_is_refused_before_anything_is_touched(world):
    with pytest.raises(BadInput) as refused:
        world.backup("usuarios")

    assert refused.value.code == "database.unknown"
    assert not world.root.exists()


def test_a_kind_the_engine_cannot_take_is_refused(world):
    with pytest.raises(Refused):
        world.model().backup(BackupRequest(kind=BackupKind.LOG), quiet, CancelToken())


def test_too_little_space_is_refused_early(tmp_path):
    world = World(tmp_path, free_space_reserve_bytes=1 << 60).build()

    with pytest.raises(Refused) as refused:
        world.backup()

    assert refused.value.code == "space.short"
    assert world.archives() == set()


@pytest.mark.parametrize("phase", ["seal", "files", "reread"])
def test_cancelling_leaves_nothing_but_the_word_cancelled(world, phase):
    cancel = CancelToken()

    def cancels(event) -> None:
        if event.phase == phase:
            cancel.cancel()

    result = world.model().backup(BackupRequest(), cancels, cancel)

    assert result.outcome.status is Status.CANCELLED
    assert world.archives() == set()
    assert world.unfinished() == []
    assert result.manifest.status is SetStatus.CANCELLED


@pytest.mark.parametrize("depth", [Depth.STORED, Depth.CONTENT, Depth.ENGINE])
def test_what_was_backed_up_passes_every_check(world, depth):
    name = world.backup().outcome.set

    result = world.verify(name, depth=depth)

    assert result.outcome.status is Status.OK, result.outcome.problems
    assert result.orphans == ()
    assert world.model().listing().sets[0].tick in (Tick(depth.value), Tick.CONTENT)


@pytest.mark.parametrize("depth", [Depth.STORED, Depth.CONTENT, Depth.ENGINE])
def test_one_flipped_bit_turns_the_tick_to_a_cross_and_putting_it_back_heals(world, depth):
    manifest = world.backup().manifest
    path = world.root / manifest.databases["users"].file
    good = path.read_bytes()
    path.write_bytes(good[:200] + bytes([good[200] ^ 4]) + good[201:])

    bad = world.verify(manifest.timestamp, depth=depth)
    listed = world.model().listing().sets[0]

    assert bad.outcome.status is Status.FAILED
    assert (listed.tick, listed.databases["users"].tick) == (Tick.FAILED, Tick.FAILED)
    assert listed.databases["auditoria"].tick is not Tick.FAILED

    path.write_bytes(good)
    assert world.verify(manifest.timestamp, depth=depth).outcome.status is Status.OK
    assert world.model().listing().sets[0].tick is not Tick.FAILED


def test_missing_swapped_and_foreign_files_are_found(world):
    manifest = world.backup().manifest
    files = {name: world.root / one.file for name, one in manifest.databases.items()}
    users = files["users"].read_bytes()
    files["users"].write_bytes(files["auditoria"].read_bytes())
    files["auditoria"].write_bytes(users)
    files["inventario"].unlink()
    (world.root / "databases/nadie_20200101_000000.bak.gz").write_bytes(gzip.compress(b"x"))

    result = world.verify(manifest.timestamp)

    assert result.outcome.status is Status.FAILED
    assert result.orphans == ("databases/nadie_20200101_000000.bak.gz",)
    assert "verify.orphan" in codes(result.outcome.problems)
    assert len([p for p in result.sets[0].problems]) >= 3


def test_a_changed_copy_of_a_configuration_file_is_found(world):
    manifest = world.backup().manifest
    copied = next(one for one in manifest.config.files if one.source == "requirements.txt")
    (world.root / copied.backup).write_text("otra cosa", "utf-8")

    assert world.verify(manifest.timestamp).outcome.status is Status.FAILED


def test_nothing_to_verify_is_no_success(world):
    for code in ("catalog.absent", "verify.none"):
        with pytest.raises(Refused) as refused:
            world.verify()

        assert refused.value.code == code
        world.root.mkdir(exist_ok=True)


def test_the_oldest_checked_comes_first(world):
    first, second = world.backup("users").outcome.set, world.backup("users").outcome.set
    world.verify(first)

    result = world.model().verify(VerifyRequest(oldest=1), quiet, CancelToken())

    assert [one.set for one in result.sets] == [second]


def test_a_backup_while_somebody_writes_is_consistent(world):
    with contextlib.closing(sqlite3.connect(world.database("users"))) as writer:
        writer.execute("begin immediate")
        writer.execute("insert into datos(texto) values('sin confirmar')")
        manifest = world.backup("users").manifest
        writer.rollback()

    assert manifest.databases["users"].facts.row_counts == {"datos": world.rows}


def test_only_our_own_unfinished_files_are_swept(world):
    world.backup()
    foreign = [world.root / name for name in ("a.partial", "otra/b.partial", "temp/c.txt", "databases/d.partial")]
    ours = [
        world.root / name
        for name in ("databases/users_20260101_000000.bak.gz.partial", "temp/a.partial-wal", ".probe.partial")
    ]
    for path in (*foreign, *ours):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", "utf-8")

    world.backup("users")

    assert [path.exists() for path in foreign] == [True] * 4
    assert [path.exists() for path in ours] == [False] * 3


def test_a_missing_application_folder_is_a_warning_and_the_databases_are_backed_up(world):
    settings = json.loads(world.config.read_text("utf-8"))
    world.config.write_text(json.dumps({**settings, "app_root": "no está"}), "utf-8")

    result = world.backup()

    assert result.outcome.status is Status.WARNINGS
    assert "files.app_root" in codes(result.outcome.problems)
    assert world.verify(result.outcome.set).sets[0].ok


def test_files_that_cannot_be_written_fail_the_set_and_keep_its_databases(world):
    class NoFiles(RealFiles):
        def create(self, path, *, private=True):
            if "application" in path.parts:
                raise OSError(errno.ENOSPC, "full")
            return super().create(path, private=private)

    result = world.backup(port=NoFiles())

    assert result.outcome.status is Status.FAILED
    assert {one.status for one in result.manifest.databases.values()} == {SetStatus.COMPLETED}
    assert result.manifest.config.status is SetStatus.COMPLETED
    assert not (world.root / "application" / result.outcome.set).exists()
    assert world.unfinished() == []


def test_a_second_copy_is_counted_in_the_space_that_is_needed(world):
    def needed() -> int:
        return next(one.values["needed"] for one in world.model().check() if one.code == "check.space_ok")

    world.backup()
    before, size = needed(), world.database("users").stat().st_size
    with contextlib.closing(sqlite3.connect(world.database("users"))) as live:
        live.execute("pragma journal_mode=delete")

    assert needed() - before >= size


def test_a_check_touches_nothing_and_tells_of_a_folder_that_is_not_there(world):
    assert "check.root_absent" in codes(world.model().check())
    assert not world.root.exists()


def test_a_folder_in_use_for_something_else_is_told_of_until_it_holds_backups(world):
    world.root.mkdir()
    for name in ("lost+found", "temp", "logs", ".oculto"):
        (world.root / name).mkdir()
    assert "check.root_foreign" not in codes(world.model().check())

    (world.root / "facturas").mkdir()
    (world.root / "temp/mía.txt").write_text("x", "utf-8")
    found = next(one for one in world.model().check() if one.code == "check.root_foreign")
    assert found.values["names"] == "facturas, temp/mía.txt"

    world.backup("users")
    assert "check.root_foreign" not in codes(world.model().check())


def test_a_shallow_pass_after_a_deep_failure_is_no_clean_bill(world):
    manifest = world.backup().manifest
    path = world.root / manifest.databases["users"].file
    good = path.read_bytes()
    path.write_bytes(good[:-3])
    world.verify(manifest.timestamp, depth=Depth.ENGINE)
    path.write_bytes(good)

    result = world.verify(manifest.timestamp, depth=Depth.CONTENT)

    assert result.outcome.status is Status.WARNINGS
    assert codes(result.outcome.problems) == {"verify.still_failed"}
