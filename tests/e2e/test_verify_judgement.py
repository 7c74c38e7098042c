"""What a verification may hold against a backup, whose turn it is, and what it keeps."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os

import msgspec
import pytest
from support.faults import FullDisk
from support.world import World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Depth, Origin, Severity, Status, Tick, VerifyRequest
from rexus.modules.backup.base.watching import DrillRequest

LEGACY = "20250802_020000"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, rows=20, retention={"after_backup": False}).build()


def codes(problems) -> set[str]:
    return {problem.code for problem in problems}


def checks(world: World, name: str) -> list[tuple[str, bool]]:
    held = world.model().show(name).databases
    return [(one.depth.value, one.ok) for each in held.values() for one in each.checks]


def stored(world: World, name: str, database: str = "users"):
    return world.root / world.model().show(name).databases[database].file


def on_server(world: World, name: str) -> None:
    """As if only a server saw the backups of that set."""
    catalog = world.model().catalog
    manifest = catalog.load(name)
    away = {
        one: msgspec.structs.replace(held, file=None, server_file="D:\\x.bak")
        for one, held in manifest.databases.items()
    }
    catalog.publish(msgspec.structs.replace(manifest, databases=away))


class TestTroubleOfTheMachine:
    @pytest.mark.parametrize("depth", [Depth.STORED, Depth.CONTENT, Depth.ENGINE])
    def test_a_folder_that_is_not_there_condemns_no_set(self, world, depth):
        names = [world.backup(files=False).outcome.set for _ in range(2)]
        before = [checks(world, name) for name in names]
        (world.root / "databases").rename(world.root / "lejos")

        result = world.verify(depth=depth)
        drilled = world.drill()

        assert result.outcome.status is Status.FAILED
        assert codes(result.outcome.problems) == {"verify.not_done"}
        assert {one.severity for one in result.outcome.problems} == {Severity.ERROR}
        assert {one.tick for one in result.sets} == {Tick.CONTENT}
        assert [one.ok for one in drilled.drills] == [None] * 3
        (world.root / "databases").rmdir() if (world.root / "databases").exists() else None
        (world.root / "lejos").rename(world.root / "databases")
        assert [checks(world, name) for name in names] == before

    def test_a_new_backup_in_the_empty_place_of_the_others_condemns_them_neither(self, world):
        names = [world.backup(files=False).outcome.set for _ in range(3)]
        (world.root / "databases").rename(world.root / "lejos")
        world.backup(files=False)

        result = world.verify(*names)

        assert codes(result.outcome.problems) == {"verify.not_done"}
        assert all(ok for name in names for _, ok in checks(world, name))

    def test_one_file_that_is_missing_is_told_kept_and_made_good(self, world):
        name = world.backup(files=False).outcome.set
        path = stored(world, name)
        blob = path.read_bytes()
        path.unlink()

        result = world.verify(name, depth=Depth.ENGINE)
        assert (result.outcome.status, result.sets[0].tick) == (Status.FAILED, Tick.FAILED)
        assert codes(result.outcome.problems) == {"store.missing"}
        assert world.drill("users").drills[0].ok is False
        path.write_bytes(blob)
        assert world.verify(name).sets[0].tick is not Tick.FAILED

    @pytest.mark.skipif(os.name == "nt", reason="links need a right there")
    @pytest.mark.parametrize("depth", [Depth.STORED, Depth.CONTENT, Depth.ENGINE])
    def test_what_can_not_be_read_is_not_judged(self, world, depth):
        name = world.backup(files=False).outcome.set
        path, before = stored(world, name), checks(world, name)
        path.rename(path.with_suffix(".x"))
        path.symlink_to(path.name)  # the system follows it in a circle and gives up

        result = world.verify(name, depth=depth)
        drilled = world.drill("users")

        assert result.outcome.status is Status.FAILED
        assert codes(result.outcome.problems) >= {"verify.not_done"}
        assert (drilled.drills[0].name, drilled.drills[0].ok) == ("users", None)
        assert (depth.value, False) not in checks(world, name)
        assert len(checks(world, name)) >= len(before)
        path.unlink()
        path.with_suffix(".x").rename(path)
        assert world.verify(name).sets[0].tick is not Tick.FAILED

    def test_a_full_disk_says_nothing_of_the_backup(self, world):
        name = world.backup("users", files=False).outcome.set
        before = checks(world, name)

        result = world.verify(
            name, depth=Depth.ENGINE, port=FullDisk(RealFiles(), 12_000, OSError(errno.ENOSPC, "full"))
        )

        assert codes(result.sets[0].problems) == {"verify.no_space"}
        assert checks(world, name) == before
        assert result.sets[0].tick is Tick.CONTENT

    @pytest.mark.parametrize("kind", ["config", "application"])
    def test_copied_files_whose_folder_is_not_there_condemn_no_set(self, world, kind):
        name = world.backup().outcome.set
        (world.root / kind).rename(world.root / "lejos")

        result = world.verify(name)

        assert codes(result.outcome.problems) == {"verify.not_done"}
        (world.root / "lejos").rename(world.root / kind)
        assert getattr(world.model().show(name), kind).checks == ()
        assert world.verify(name).outcome.status is Status.OK


class TestTurns:
    def verified(self, world: World, **asked):
        return world.model().verify(VerifyRequest(requested_by="prueba", **asked), quiet, CancelToken())

    @pytest.mark.skipif(os.name == "nt", reason="links need a right there")
    def test_one_that_can_not_be_checked_keeps_nobody_waiting(self, world):
        names = [world.backup("users", files=False).outcome.set for _ in range(3)]
        path = stored(world, names[0])
        path.unlink()
        path.symlink_to(path.name)

        first, second = self.verified(world, oldest=1), self.verified(world, oldest=1)
        third, fourth = self.verified(world, oldest=1), self.verified(world, oldest=1)

        assert [(one.set, one.ok) for one in first.sets] == [(names[0], False), (names[1], True)]
        assert [(one.set, one.ok) for one in second.sets] == [(names[2], True)]
        assert [one.set for one in third.sets] == names[1:2]
        assert [one.set for one in fourth.sets] == [names[0], names[2]]

    def test_where_nothing_can_be_checked_it_gives_up_in_time(self, world):
        for _ in range(9):
            world.backup("users", files=False)
        (world.root / "databases").rename(world.root / "lejos")

        first, second = self.verified(world, oldest=1), self.verified(world, oldest=1)

        assert len(first.sets) == len(second.sets) == 6
        assert len({one.set for one in (*first.sets, *second.sets)}) == 9

    def test_what_only_the_server_sees_takes_no_turn_and_is_told_by_name(self, world):
        away, here = (world.backup("users", files=False).outcome.set for _ in range(2))
        on_server(world, away)

        assert [one.set for one in self.verified(world, oldest=1).sets] == [here]
        told = world.verify(away)
        assert (told.outcome.status, codes(told.sets[0].problems)) == (Status.WARNINGS, {"verify.on_server"})


class TestLegacy:
    def tree(self, world: World, stored_bytes: bytes | None, content: bytes = b"good" * 1000) -> None:
        (world.root / "databases").mkdir(parents=True)
        told = {
            "timestamp": LEGACY,
            "type": "full",
            "started_at": "2025-08-02T02:00:00",
            "completed_at": "2025-08-02T02:00:00",
            "status": "completed",
            "databases": {
                "users": {
                    "status": "completed",
                    "file": f"C:\\x\\users_{LEGACY}.bak",
                    "size_bytes": len(content),
                    "checksum": hashlib.md5(content).hexdigest(),
                    "timestamp": LEGACY,
                }
            },
        }
        (world.root / f"backup_manifest_{LEGACY}.json").write_text(json.dumps(told), "utf-8")
        if stored_bytes is not None:
            (world.root / f"databases/users_{LEGACY}.bak.gz").write_bytes(stored_bytes)

    def test_its_content_is_looked_at_where_the_stored_bytes_promise_nothing(self, world):
        self.tree(world, b"this is no gzip at all")

        result = world.verify(LEGACY, depth=Depth.STORED)

        assert (result.outcome.status, codes(result.outcome.problems)) == (Status.FAILED, {"archive.corrupt"})
        assert checks(world, LEGACY) == [("content", False)]

    @pytest.mark.parametrize("suffix", [".bak", ".bak.gz"])
    def test_a_file_that_comes_later_is_found_under_whatever_name_it_has(self, world, suffix):
        self.tree(world, None)
        world.backup(files=False)  # so that the store is whole
        early = world.verify(LEGACY)
        world.model().pin((LEGACY,), "antes", None, "ana")
        content = b"good" * 1000
        path = world.root / f"databases/users_{LEGACY}{suffix}"
        path.write_bytes(content if suffix == ".bak" else gzip.compress(content))

        result = world.verify(LEGACY)

        assert early.outcome.status is Status.FAILED
        assert (result.outcome.status, result.sets[0].tick, result.orphans) == (Status.OK, Tick.CONTENT, ())
        assert world.model().show(LEGACY).databases["users"].file == f"databases/{path.name}"
        assert world.model().show(LEGACY).origin is Origin.LEGACY

    def test_somebody_who_unpacks_it_later_breaks_nothing(self, world):
        self.tree(world, gzip.compress(b"good" * 1000))
        assert world.verify(LEGACY).outcome.status is Status.OK
        packed = world.root / f"databases/users_{LEGACY}.bak.gz"
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()

        result = world.verify(LEGACY, depth=Depth.STORED)

        assert (result.outcome.status, result.orphans) == (Status.OK, ())

    def test_what_was_not_found_is_not_kept_as_a_failed_check(self, world):
        self.tree(world, None)
        world.backup(files=False)
        before = (world.root / f"backup_manifest_{LEGACY}.json").read_bytes()

        assert world.verify(LEGACY).outcome.status is Status.FAILED
        assert (world.root / f"backup_manifest_{LEGACY}.json").read_bytes() == before


class TestOrphans:
    def test_one_that_the_clean_up_has_listed_is_only_told(self, world):
        world.backup(files=False)
        stray = world.root / "databases/nadie_20200101_000000.bak.gz"
        stray.write_bytes(b"x")
        assert world.verify().outcome.status is Status.WARNINGS
        world.model().cleanup("prueba", Origin.MANUAL, CancelToken())

        result = world.verify()

        assert (result.outcome.status, result.orphans) == (Status.OK, (f"databases/{stray.name}",))
        assert [(one.code, one.severity) for one in result.outcome.problems] == [("verify.orphan", Severity.INFO)]

    def test_what_people_put_there_is_told_as_theirs(self, world):
        world.backup(files=False)
        (world.root / "databases/notas.txt").write_text("x", "utf-8")
        world.model().cleanup("prueba", Origin.MANUAL, CancelToken())

        result = world.verify()

        assert (result.outcome.status, codes(result.outcome.problems)) == (Status.WARNINGS, {"verify.foreign"})


class TestALostLease:
    """Another machine takes the root over; from then on nothing may be written there."""

    def rob(self, world: World, phase: str, database: str = "users"):
        def report(event: object) -> None:
            lease = world.root / ".lease"
            if (event.phase, event.database) == (phase, database) and lease.exists():
                other = json.loads(lease.read_text("utf-8"))
                lease.write_text(json.dumps({**other, "token": "de otro"}), "utf-8")

        return report

    def test_keeps_a_check_from_being_kept(self, world):
        name = world.backup("users", files=False).outcome.set
        path = world.root / f"backup_manifest_{name}.json"
        before = path.read_bytes()

        result = world.model().verify(VerifyRequest(sets=(name,)), self.rob(world, "verify"), CancelToken())

        assert "verify.not_kept" in codes(result.outcome.problems)
        assert path.read_bytes() == before

    def test_keeps_a_restore_test_from_being_kept(self, world):
        name = world.backup("users", files=False).outcome.set
        path = world.root / f"backup_manifest_{name}.json"
        before = path.read_bytes()

        result = world.model().drill(DrillRequest(databases=("users",)), self.rob(world, "prove"), CancelToken())

        assert "verify.not_kept" in codes(result.outcome.problems)
        assert path.read_bytes() == before
        assert not (world.root / "logs/restore_tests.json").exists()

    def test_ends_restore_tests_before_the_next_one(self, world):
        world.backup(files=False)

        result = world.model().drill(DrillRequest(), self.rob(world, "done"), CancelToken())

        assert (result.outcome.status, result.outcome.problems[0].code) == (Status.FAILED, "root.lease_lost")
        assert [one.name for one in result.drills] == ["users"]
