"""What health is judged by, found on real folders: backups, what is done to them, and who works there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from support.world import NAMES, World
from watch.health_world import codes

from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.watching import Level, Run, RunState
from rexus.modules.backup.catalog.names import manifest_path
from rexus.modules.backup.jobs.lease import Lease
from rexus.modules.backup.watch.facts import gather
from rexus.modules.backup.watch.runs import Runs
from rexus.modules.backup.watch.schedule import fingerprint
from rexus.modules.backup.watch.tasks import TaskStatus


class Moved:
    """A clock that is so many hours ahead."""

    def __init__(self, hours: float) -> None:
        self.hours = hours

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.hours)


class Installed:
    """A system whose scheduler has it all."""

    def status(self) -> TaskStatus:
        return TaskStatus(installed=True, kind="systemd")


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, rows=20, health={"free_bytes": 0}).build()


def health(world: World, hours: float = 0.0):
    return world.model(clock=Moved(hours)).health()


def alarms(world: World, hours: float = 0.0) -> set[str]:
    return set(codes(health(world, hours).alarms))


def test_a_backup_protects_for_as_long_as_agreed(world):
    assert codes(health(world).alarms)[0] == "health.no_folder"
    made = world.backup().outcome.set
    now = health(world, 25)
    later = health(world, 27)

    assert now.level is Level.ATTENTION
    assert {one.set for one in now.databases.values()} == {made}
    assert later.level is Level.UNPROTECTED
    assert [one.because.code for one in later.databases.values()] == ["health.too_old"] * 3


def test_health_changes_nothing(world):
    world.backup()

    def everything():
        return {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}

    before = everything()
    health(world)
    assert everything() == before


def test_a_stored_file_that_is_gone_or_cut_is_missed(world):
    kept = world.backup().outcome.set
    name = world.backup().outcome.set
    held = world.model().show(name).databases
    (world.root / held["users"].file).unlink()
    cut = world.root / held["auditoria"].file
    cut.write_bytes(cut.read_bytes()[:-1])
    found = health(world)

    assert {name: one.set for name, one in found.databases.items()} == {
        "users": kept,
        "inventario": name,
        "auditoria": kept,
    }
    missing = next(one for one in found.alarms if one.code == "health.missing")
    assert missing.values["count"] == 1, "both are of one set"


def test_with_its_folder_gone_nothing_protects(world):
    world.backup()
    (world.root / "databases").rename(world.folder / "elsewhere")

    assert {one.because.code for one in health(world).databases.values()} == {"health.none_proven"}


def test_damage_that_a_check_found_and_a_manifest_nobody_can_read(world):
    world.backup()
    name = world.backup().outcome.set
    path = world.root / world.model().show(name).databases["users"].file
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    world.verify(name)
    (world.root / "backup_manifest_20200101_000000.json").write_text("{", "utf-8")

    assert {"health.damaged", "health.unreadable"} <= alarms(world)


def test_a_set_of_the_future_is_told(world):
    world.backup()
    assert "health.clock_back" in alarms(world, hours=-2)


def test_data_on_the_disk_of_the_backups_is_told(world):
    world.backup()
    same = world.root.stat().st_dev == world.app.stat().st_dev
    assert ("health.same_disk" in alarms(world)) is same


def test_whoever_works_there_is_seen(world):
    world.backup()
    with Lease.hold(world.root, "backup", "ana", RealFiles(), Moved(0)):
        assert "health.running" in alarms(world)
    assert "health.running" not in alarms(world)


def test_a_restore_that_died_is_told(world):
    world.backup()
    (world.root / "safety").mkdir(exist_ok=True)
    token = "ab" * 16
    pending = f'{{"token": "{token}", "set": "20260101_000000", "files": ["config"]}}'
    (world.root / "safety" / f".restore-{token}.json").write_text(pending, "utf-8")

    assert "check.restore_open" in alarms(world)


def test_a_restore_of_which_nobody_can_tell_what_it_did_is_told(world):
    world.backup()
    (world.root / "safety").mkdir(exist_ok=True)
    (world.root / "safety" / f".restore-{'cd' * 16}.json").write_text("{", "utf-8")

    assert "check.restore_unreadable" in alarms(world)


def test_notices_that_wait_are_counted(world):
    world.backup()
    (world.root / "logs/outbox").mkdir(parents=True)
    (world.root / "logs/outbox/1.json").write_text("{}", "utf-8")

    assert "health.undelivered" in alarms(world)


def scheduled(tmp_path) -> World:
    night = {"name": "noche", "action": "backup", "times": ["02:00"], "zone": "UTC"}
    world = World(tmp_path, rows=5, schedules=[night], health={"free_bytes": 0, "rpo_hours": 5000}).build()
    world.backup()
    return world


def firing(world: World, days: float) -> bool:
    """Whether somebody is said to run what is due, so many days from now, on a system that says it would."""
    model = world.model(clock=Moved(24 * days))
    found = gather(model._kit(), model.runs, Installed)
    from rexus.modules.backup.watch.health import judge

    return "health.not_firing" not in codes(judge(found, Moved(24 * days).now()).alarms)


def seen(world: World, days: float) -> None:
    """A runner looks at the schedules, so many days from now."""
    runs = Runs(world.root / "logs", RealFiles(), Moved(24 * days))
    for one in world.model().loaded.settings.schedules:
        runs.known(one.name, fingerprint(one))


def night_run(world: World, days: float) -> None:
    """The run that was due at the last 02:00 before then."""
    then = Moved(24 * days).now()
    at = then.replace(hour=2, minute=0, second=0, microsecond=0)
    at = at if at <= then else at - timedelta(days=1)
    run = Run(schedule="noche", action="backup", wall=f"{at:%Y-%m-%dT%H:%M}", due=at, state=RunState.OK, at=at)
    Runs(world.root / "logs", RealFiles(), Moved(0)).record(run)


def test_a_schedule_that_never_ran_is_late_once_it_was_due(tmp_path):
    world = scheduled(tmp_path)

    assert firing(world, 0)
    assert not firing(world, 1.2)


def test_a_schedule_is_late_since_its_newest_run(tmp_path):
    world = scheduled(tmp_path)
    seen(world, -41)
    night_run(world, -40)
    assert not firing(world, 0)
    night_run(world, 0)
    assert firing(world, 0)
    assert not firing(world, 1.2)


def test_what_a_runner_has_looked_at_just_now_is_not_late_yet(tmp_path):
    world = scheduled(tmp_path)
    old = datetime.now(UTC).timestamp() - 86_400 * 20
    os.utime(world.config, (old, old))
    assert not firing(world, 0)
    seen(world, 0)
    assert firing(world, 0)


def test_other_times_are_not_due_before_anybody_chose_them(tmp_path):
    world = scheduled(tmp_path)
    seen(world, -10)
    night_run(world, -1)
    earlier = f"{(datetime.now(UTC) - timedelta(hours=4)):%H}:00"
    world.config.write_text(world.config.read_text("utf-8").replace("02:00", earlier), "utf-8")

    assert firing(world, 0)
    seen(world, 0)
    assert firing(world, 0)
    assert not firing(world, 1.2)


def test_a_run_of_a_clock_that_was_ahead_hides_nothing(tmp_path):
    world = scheduled(tmp_path)
    seen(world, -10)
    night_run(world, 1500)

    assert not firing(world, 0)


def test_what_cannot_be_asked_is_told_and_hides_nothing(world):
    world.backup()
    model = world.model()

    def unreadable():
        raise StoreFailed("schedule.unreadable", path="schedule.jsonl", why="EIO")

    found = gather(model._kit(), unreadable, model.tasks)
    assert "schedule.unreadable" in codes(found.trouble)
    assert found.databases == NAMES


def test_a_root_that_is_no_folder_is_no_exception(world):
    world.root.write_text("", "utf-8")

    assert health(world).level is Level.UNPROTECTED


def test_a_manifest_of_another_name_is_no_exception(world):
    name = world.backup().outcome.set
    manifest_path(world.root, name).rename(world.root / "backup_manifest_x.json")

    assert "health.unreadable" in alarms(world)
