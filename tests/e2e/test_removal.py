"""Deleting and pinning through the door."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from support.world import World

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Pin, PruneRequest, Status


@pytest.fixture
def world(tmp_path):
    return World(tmp_path).build()


def test_the_newest_proven_backup_cannot_be_deleted(world):
    old, new = world.backup().outcome.set, world.backup().outcome.set

    assert world.delete(new).outcome.status is Status.REFUSED
    assert world.delete(old).outcome.status is Status.OK
    assert [one.set for one in world.model().listing().sets] == [new]
    assert all(new in name for name in world.archives())
    assert not (world.root / "config" / old).exists()


def test_when_the_newest_turns_out_damaged_the_older_one_is_protected(world):
    old, new = world.backup().outcome.set, world.backup().outcome.set
    (world.root / world.model().show(new).databases["users"].file).write_bytes(b"nada")
    world.verify(new)

    assert world.delete(old).outcome.status is Status.REFUSED


def test_when_the_files_of_the_newest_are_gone_the_older_one_is_protected(world):
    old, new = world.backup().outcome.set, world.backup().outcome.set
    (world.root / world.model().show(new).databases["users"].file).unlink()

    assert world.delete(old).outcome.status is Status.REFUSED


def test_deleting_must_be_confirmed_and_a_pin_protects(world):
    old = world.backup().outcome.set
    world.backup()

    assert world.model().delete(PruneRequest(sets=(old,))).outcome.status is Status.REFUSED
    assert world.model().pin((old,), "antes de 4.2", None, "ana").outcome.status is Status.OK
    assert world.delete(old).outcome.status is Status.REFUSED
    assert world.model().listing().sets[-1].pinned == "antes de 4.2"
    assert world.model().unpin((old,), "ana").outcome.status is Status.OK
    assert world.delete(old).outcome.status is Status.OK
    assert world.model().audit_verify().ok


def test_a_manifest_that_names_files_of_other_sets_deletes_none_of_them(world):
    old, new = world.backup().outcome.set, world.backup().outcome.set
    model = world.model()
    users = model.show(new).databases["users"]
    manifest = model.show(old)
    model.catalog.publish(
        msgspec.structs.replace(
            manifest, databases={**manifest.databases, "users": users}, deleting_since=manifest.started_at
        )
    )

    world.backup("auditoria", files=False)

    assert (world.root / users.file).exists()
    assert world.verify(new).sets[0].ok


def test_one_set_that_cannot_be_tidied_up_does_not_stop_the_next_backup(world):
    old = world.backup().outcome.set
    world.backup()
    model = world.model()
    manifest = model.show(old)
    model.catalog.publish(msgspec.structs.replace(manifest, deleting_since=manifest.started_at))

    class NotThatOne(RealFiles):
        def unlink(self, path):
            if old in path.name and path.suffix == ".gz":
                raise PermissionError(13, "no")
            super().unlink(path)

    result = world.backup(port=NotThatOne())

    assert result.outcome.status is Status.WARNINGS
    assert {"sweep.left"} == {one.code for one in result.outcome.problems}


def test_a_pin_that_is_over_protects_no_more(world):
    old = world.backup().outcome.set
    world.backup()
    past = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(BadInput):
        world.model().pin((old,), "ayer", past, "ana")
    manifest = world.model().show(old)
    world.model().catalog.publish(msgspec.structs.replace(manifest, pin=Pin(name="ayer", until=past)))

    assert world.delete(old).outcome.status is Status.OK


def test_every_decision_is_in_the_trail(world):
    old, new = world.backup().outcome.set, world.backup().outcome.set

    world.delete(old, new)

    told = [(line.what, line.target, line.result) for line in world.model().audit().tail(2)]
    assert told == [("delete", new, "refused"), ("delete", old, "ok")]


def test_one_unconfirmed_name_and_nothing_is_deleted(world):
    first, second = world.backup().outcome.set, world.backup().outcome.set
    world.backup()

    result = world.model().delete(PruneRequest(sets=(first, second), confirmed=(first,)))

    assert result.outcome.status is Status.REFUSED
    assert [one.set for one in result.decisions] == [second]
    assert len(world.model().listing().sets) == 3


def test_a_removed_trail_is_told(world):
    world.backup()
    shutil.rmtree(world.root / "logs")

    report = world.model().audit_verify()

    assert not report.ok
    assert [one.code for one in report.problems] == ["audit.absent"]
