"""A database that is lost where it lives is told at once, however good its backups are."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from support.wine import quiet_scheduler
from support.world import NAMES, World
from watch.health_world import NOW, codes, facts, nights, proved

from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Problem, Severity
from rexus.modules.backup.base.texts import sentence, use_language
from rexus.modules.backup.base.watching import Level
from rexus.modules.backup.jobs.lease import Lease
from rexus.modules.backup.watch.health import judge

ACCEPTED = {"free_bytes": 0, "accepted": ["same_disk", "no_scheduler", "no_schedule"]}


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, rows=200, health=ACCEPTED).build()
    world.backup()
    return world


def health(world: World):
    return world.model().health()


@quiet_scheduler
def test_one_that_is_gone_is_the_first_thing_said(world):
    assert health(world).level is Level.WELL
    world.database("inventario").unlink()
    found = health(world)

    assert (found.level, found.said.code, codes(found.alarms)[0]) == (
        Level.UNPROTECTED,
        "health.live_missing",
        "health.live_missing",
    )
    lost = found.databases["inventario"]
    assert (lost.ok, lost.because.code) == (False, "health.live_missing")
    assert lost.protected_until is not None, "its backup is as good as before"
    assert all(one.ok for name, one in found.databases.items() if name != "inventario")
    assert found.alarms[0].values["path"] == str(world.database("inventario"))


def damage(world: World, how: str) -> None:
    path = world.database("users")
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    data = path.read_bytes()
    path.write_bytes({"empty": b"", "zeros": b"\0" * 8192, "cut": data[: len(data) // 2], "text": b"x" * 4096}[how])


@pytest.mark.parametrize("how", ["empty", "zeros", "cut", "text"])
def test_one_that_is_no_database_any_more_is_damaged(world, how):
    damage(world, how)
    found = health(world)
    first = found.alarms[0]

    assert (first.code, first.severity, first.values["database"]) == ("health.live_damaged", Severity.ERROR, "users")
    use_language("es")
    assert sentence(first).message.endswith(str(first.values["why"]))


@quiet_scheduler
def test_one_that_somebody_holds_is_not_lost(world):
    with contextlib.closing(sqlite3.connect(world.database("users"), isolation_level=None)) as busy:
        busy.execute("pragma journal_mode=delete")
        busy.execute("begin exclusive")
        assert health(world).level is Level.WELL
        busy.execute("rollback")


def test_while_it_is_being_restored_nobody_is_alarmed(world):
    world.database("users").unlink()
    with Lease.hold(world.root, "restore", "ana", RealFiles(), SystemClock()):
        assert "health.live_missing" not in codes(health(world).alarms)
    with Lease.hold(world.root, "backup", "ana", RealFiles(), SystemClock()):
        assert "health.live_missing" in codes(health(world).alarms)


def test_the_folder_of_backups_may_be_gone_as_well(world):
    world.database("users").unlink()
    world.root.rename(world.folder / "elsewhere")

    assert {"health.live_missing", "root.vanished"} <= set(codes(health(world).alarms))


def test_with_no_backup_at_all_both_are_said(tmp_path):
    world = World(tmp_path, rows=5, health=ACCEPTED).build()
    world.root.mkdir()
    world.database("users").unlink()

    assert codes(health(world).alarms)[:2] == ["health.live_missing", "health.no_backup"]


def test_all_of_them_are_told(world):
    for name in NAMES:
        world.database(name).unlink()
    found = health(world)

    assert codes(found.alarms).count("health.live_missing") == len(NAMES)
    assert found.said.code == "health.live_missing"


def test_looking_changes_nothing(world):
    def everything():
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in world.app.rglob("*") if path.is_file()}

    before = everything()
    health(world)
    assert everything() == before


def test_the_judgement_needs_no_disk():
    cause = Problem(code="source.truncated", values={"path": "/datos/users.db", "expected": 9, "found": 5})
    found = judge(facts(proved(nights(9)), live={"users": cause}), NOW)

    assert codes(found.alarms)[0] == "health.live_damaged"
    assert found.databases["users"].protected_until is not None


@pytest.mark.parametrize("how", ["gone", "empty", "zeros"])
def test_without_any_copy_nobody_is_told_to_restore_one(tmp_path, how):
    world = World(tmp_path, rows=200, health=ACCEPTED).build()
    world.root.mkdir()
    world.database("users").unlink() if how == "gone" else damage(world, how)
    lost = health(world).alarms[0]
    use_language("en")
    said = sentence(lost)
    use_language("es")

    assert said.code == ("health.live_missing" if how == "gone" else "health.live_damaged")
    assert said.safe.startswith("There is no proven backup of it")
    assert "newest backup" not in said.fix
    assert "verify --all" in said.fix


@pytest.mark.parametrize("hidden", [False, True])
def test_with_a_copy_or_where_nobody_knows_of_one_it_is_what_brings_the_data_back(world, hidden):
    world.database("users").unlink()
    if hidden:
        world.root.rename(world.folder / "elsewhere")
    lost = next(one for one in health(world).alarms if one.code == "health.live_missing")
    use_language("en")
    said = sentence(lost)
    use_language("es")

    assert said.fix.startswith("Restore it from its newest backup")
    assert lost.values.get("copy", "-") != "-" or hidden
