"""A database that is damaged behind its first page: only a backup finds it, and health goes by what that found."""

from __future__ import annotations

import msgspec
import pytest
from support.wine import quiet_scheduler
from support.world import World
from watch.health_world import NOW, ago, codes, facts, held, made, nights, proved

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import Origin, Problem, RestoreRequest, SetStatus, Severity, Status
from rexus.modules.backup.base.texts import sentence, use_language
from rexus.modules.backup.base.watching import Level
from rexus.modules.backup.qt.summary_words import top
from rexus.modules.backup.watch.ailing import Ailment
from rexus.modules.backup.watch.health import judge

ACCEPTED = {"free_bytes": 0, "accepted": ["same_disk", "no_scheduler", "no_schedule"]}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, rows=400, health=ACCEPTED).build()


def damage(world: World, name: str = "users") -> None:
    """Pages behind the first one are overwritten, as an ailing disk does it."""
    path = world.database(name)
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    data = bytearray(path.read_bytes())
    data[3 * 4096 : 9 * 4096] = b"Z" * (6 * 4096)
    path.write_bytes(data)


def health(world: World):
    return world.model().health()


@quiet_scheduler
def test_nobody_says_that_it_is_protected_with_warnings(world):
    good = world.backup().outcome.set
    damage(world)
    assert health(world).level is Level.WELL, "until a backup has read all of it nobody knows"
    failed = world.backup()
    later = world.backup()
    found = health(world)
    (first, *rest) = found.alarms

    assert failed.outcome.status is later.outcome.status is Status.FAILED
    assert (found.level, found.said, first.severity) == (Level.UNPROTECTED, first, Severity.ERROR)
    assert (first.code, first.values["database"], first.values["copy"]) == ("health.live_ailing", "users", good)
    since = world.model().show(failed.outcome.set).started_at
    assert first.values["since"] == since.isoformat(timespec="seconds"), "the first of them that found it"
    assert "health.latest_failed" not in codes(tuple(rest)), "it is said already"
    users = found.databases["users"]
    assert (users.ok, users.because, users.set) == (False, first, good)
    assert all(one.ok for name, one in found.databases.items() if name != "users")
    told = sentence(first)
    assert str(world.database("users")) in told.message
    assert good in told.safe
    assert f"restore {good} --database users --overwrite" in told.fix


def test_the_window_says_it_on_top_and_offers_the_restore(world):
    world.backup()
    damage(world)
    world.backup()
    use_language("es")
    said = top(health(world))

    assert said.tone == "danger"
    assert "users" in said.title
    assert (said.mend.verb, said.mend.databases) == ("restore", ("users",))


@quiet_scheduler
def test_a_restore_ends_it_and_so_does_a_good_backup(world):
    good = world.backup().outcome.set
    whole = world.database("users").read_bytes()
    damage(world)
    world.backup()
    beside = RestoreRequest(set=good, databases=("users",), to=str(world.folder / "aparte.db"), requested_by="prueba")
    assert world.model().restore(beside, print, CancelToken()).outcome.status is Status.OK
    assert "health.live_ailing" in codes(health(world).alarms), "its own place is as bad as before"
    assert world.overwrite(good, "users").outcome.status is Status.OK
    after = codes(health(world).alarms)
    assert "health.live_ailing" not in after
    assert "health.latest_failed" in after

    damage(world)
    world.backup()
    assert "health.live_ailing" in codes(health(world).alarms)
    world.database("users").write_bytes(whole)
    world.backup()
    assert health(world).level is Level.WELL


def test_with_no_copy_at_all_the_file_is_to_be_saved_first(world):
    damage(world)
    world.backup()
    found = health(world)
    ailing = next(one for one in found.alarms if one.code == "health.live_ailing")
    use_language("en")

    assert (found.said, ailing.values["copy"]) == (ailing, "-")
    assert "no proven backup" in sentence(ailing).safe
    assert str(world.database("users")) in sentence(ailing).fix


def failed(days: float, code: str, origin: Origin = Origin.SCHEDULED):
    bad = msgspec.structs.replace(held(ago(days), status=SetStatus.FAILED), code=code)
    return made(ago(days), status=SetStatus.FAILED, origin=origin, databases={"users": bad}, code=code)


@pytest.mark.parametrize("code", ["source.busy", "source.unreadable", "source.failed", "space.short"])
def test_what_may_be_the_fault_of_whoever_reads_is_no_damage(world, code):
    from rexus.modules.backup.watch.ailing import ailing

    assert ailing(world.model()._kit(), [failed(0, code), *nights(3)]) == {}


def test_an_attempt_that_could_not_look_does_not_end_it(world):
    from rexus.modules.backup.watch.ailing import ailing

    sets = [failed(0, "source.busy"), failed(0.5, "source.corrupt"), failed(1.5, "source.corrupt"), *nights(3, 2)]
    (found,) = ailing(world.model()._kit(), sets).values()

    assert (found.set, found.since) == (sets[1].set, sets[2].timestamp)
    assert found.problem.values["path"] == str(world.database("users"))
    assert ailing(world.model()._kit(), nights(1)[:1] + sets) == {}


def test_the_judgement_needs_no_disk():
    said = Problem(code="source.corrupt", values={"path": "/datos/users.db", "detail": "Page 9"})
    ailment = Ailment(set="20260318_020000", since=ago(0.3).isoformat(), problem=said)
    sets = proved(nights(9))
    found = judge(facts(sets, ailing={"users": ailment}), NOW)

    assert codes(found.alarms)[0] == found.said.code == "health.live_ailing"
    assert found.said.values["copy"] == sets[0].set
    missing = Problem(code="source.missing", values={"path": "/datos/users.db"})
    both = judge(facts(sets, ailing={"users": ailment}, live={"users": missing}), NOW)
    assert both.said.code == "health.live_missing", "what is seen now is newer than what a backup saw"
