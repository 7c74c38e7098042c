"""Deleting and pinning through the door."""

from __future__ import annotations

import pytest
from support.world import World

from rexus.modules.backup.base.records import PruneRequest, Status


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
