"""Runs that were killed: the trail tells of each, and what they left beside databases is named until it is swept."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from support.faults import KillingFiles
from support.world import NAMES, World, quiet

from rexus.modules.backup.base import process
from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import BackupRequest, Origin, RestoreRequest, Status
from rexus.modules.backup.base.sentences_keep import TEXTS
from rexus.modules.backup.catalog.chain import AuditLine
from rexus.modules.backup.jobs.lease import LeaseRecord, dead_owner
from rexus.modules.backup.model import BackupModel

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked copy of the process")

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class DiesAt(RealFiles):
    """The process dies just before a file is made whose name has ``part`` in it."""

    def __init__(self, part: str) -> None:
        self._part = part

    def create(self, path, *, private=True):
        if self._part in path.name:
            os._exit(137)
        return super().create(path, private=private)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, rows=50).build()


def dying(work: Callable[[], object]) -> None:
    """Let a forked copy of this process do ``work``, which kills it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 137


def lines(world: World) -> list[AuditLine]:
    """Lines of runs that died."""
    model = world.model()
    assert model.audit_verify().ok
    return [one for one in model.audit().tail(50) if one.result == "interrupted"]


def backed_up(model: BackupModel, who: str, origin: Origin = Origin.MANUAL) -> None:
    model.backup(BackupRequest(files=False, origin=origin, requested_by=who), quiet, CancelToken())


def restored(model: BackupModel, of_set: str, *names: str, to: str | None = None) -> None:
    wanted = {"to": to} if to is not None else {"overwrite": True, "confirmed": names}
    model.restore(RestoreRequest(set=of_set, databases=names, requested_by="eva", **wanted), quiet, CancelToken())


def test_a_killed_backup_is_in_the_trail_of_who_finds_it(world: World) -> None:
    world.backup(files=False)
    dying(lambda: backed_up(world.model(DiesAt("inventario_")), "ana", Origin.SCHEDULED))
    (dead,) = (one.set for one in world.model().listing().sets if one.status == "interrupted")
    world.verify()

    (line,) = lines(world)
    assert (line.who, line.what, line.target, line.result) == ("ana", "backup", dead, "interrupted")
    assert line.detail == {"found_by": "prueba", "origin": "scheduled", "kind": "full"}
    world.backup(files=False)
    assert len(lines(world)) == 1, "told once"


@pytest.mark.parametrize("calls", range(1, 60, 4))
def test_wherever_a_backup_dies_its_run_is_told_or_had_ended(world: World, calls: int) -> None:
    world.backup(files=False)
    dying_at = KillingFiles(RealFiles(), calls)
    dying(lambda: backed_up(world.model(dying_at), "ana"))
    held = dead_owner(world.root)
    world.backup(files=False)

    told = [one for one in world.model().audit().tail(50) if (one.who, one.what) == ("ana", "backup")]
    assert len(told) == (0 if held is None or held.who != "ana" else 1)


def test_a_killed_restore_is_told_with_its_set(world: World) -> None:
    of_set = str(world.backup(files=False).outcome.set)
    dying(lambda: restored(world.model(DiesAt("users.db.restoring")), of_set, "users"))
    world.backup(files=False)

    (line,) = lines(world)
    assert (line.who, line.what, line.target) == ("eva", "restore", of_set)
    assert line.detail["found_by"] == "prueba"


def test_a_killed_safety_copy_is_told_beside_its_restore(world: World) -> None:
    of_set = str(world.backup(files=False).outcome.set)
    dying(lambda: restored(world.model(DiesAt("users_")), of_set, "users"))
    world.backup(files=False)

    assert [(one.what, one.who) for one in lines(world)] == [("restore", "eva"), ("backup", "eva")]


def test_who_ended_and_died_before_letting_go_is_not_told_twice(world: World) -> None:
    class DiesLettingGo(RealFiles):
        def unlink(self, path):
            if path.name == ".lease":
                os._exit(137)
            super().unlink(path)

    dying(lambda: backed_up(world.model(DiesLettingGo()), "ana"))
    assert dead_owner(world.root) is not None
    world.backup(files=False)

    assert lines(world) == []
    assert [one.result for one in world.model().audit().tail(50) if one.who == "ana"] == ["ok"]


def test_a_lease_that_nobody_can_read_is_told_as_nobody_s_run(world: World) -> None:
    world.backup(files=False)
    (world.root / ".lease").write_bytes(b"{")
    assert world.backup(files=False).outcome.status in (Status.OK, Status.WARNINGS)
    assert lines(world) == []


@pytest.mark.parametrize("beside", [False, True])
def test_what_a_killed_restore_left_is_named_until_somebody_sweeps_it(world: World, beside: bool) -> None:
    """It dies once everything is unpacked and proven, before it notes down that it is about to replace something."""
    of_set = str(world.backup(files=False).outcome.set)
    target = world.folder / "copia/users.db" if beside else world.database("users")
    before = {name: world.content(name) for name in NAMES}
    to = str(target) if beside else None
    dying(lambda: restored(world.model(DiesAt(".restore-")), of_set, "users", to=to))
    left = target.with_name(f"{target.name}.restoring.partial")
    assert left.is_file()

    for found in (world.model().check(), world.model().health().alarms):
        (told,) = (one for one in found if one.code == "check.restore_left")
        assert told.values == {"path": str(left), "target": str(target)}
        assert "verb backup" in TEXTS[told.code].fix
        assert left.is_file(), "whoever looks changes nothing"
    world.verify()
    assert not left.exists()
    assert "check.restore_left" not in {one.code for one in world.model().check()}
    assert {name: world.content(name) for name in NAMES} == before


def test_a_restore_under_way_leaves_nothing_yet(world: World) -> None:
    of_set = str(world.backup(files=False).outcome.set)
    seen: list[str] = []
    request = RestoreRequest(set=of_set, databases=("users",), to=str(world.folder / "copia.db"))
    look = world.model()
    world.model().restore(request, lambda _: seen.extend(one.code for one in look.check()), CancelToken())

    assert "check.held" in seen
    assert "check.restore_left" not in seen


def test_odd_places_in_the_record_of_a_dead_owner_keep_nobody_from_looking(world: World) -> None:
    world.backup(files=False)
    left = world.folder / "otra.db.restoring.partial"
    left.write_bytes(b"x")
    places = ("", "\0", str(world.app), "/no/hay.db", str(world.folder / "otra.db"))
    odd = LeaseRecord(pid=1, start=1.0, boot="x", host=process.host(), verb="restore", since=LONG_AGO, leftovers=places)
    (world.root / ".lease").write_bytes(msgspec.json.encode(odd))

    found = [one.values["path"] for one in world.model().check() if one.code == "check.restore_left"]
    assert found == [str(left)]
