"""Journals of restores: both kinds are found by one code, and what can't be understood is never taken for none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.world import World

from rexus.modules.backup.jobs import restore_journal, server_journal
from rexus.modules.backup.jobs.kit import Kit

KINDS = [
    ("restore", restore_journal, restore_journal.Pending(token="ab" * 16, set="20260101_000000")),
    ("server", server_journal, server_journal.ServerPending(token="ab" * 16, set="20260101_000000")),
]


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    world = World(tmp_path, rows=1).build()
    (world.root / "safety").mkdir(parents=True)
    return world.model()._kit()


@pytest.mark.parametrize(("kind", "journals", "pending"), KINDS)
def test_what_is_written_is_found_until_it_is_removed(kit: Kit, kind: str, journals: Any, pending: Any) -> None:
    journals.write(kit, pending)
    assert journals.found(kit) == ((pending,), ())
    journals.remove(kit, pending)
    assert journals.found(kit) == ((), ())
    journals.remove(kit, pending)


@pytest.mark.parametrize(("kind", "journals", "pending"), KINDS)
def test_what_can_not_be_understood_is_named(kit: Kit, kind: str, journals: Any, pending: Any) -> None:
    folder = kit.root / "safety"
    broken = folder / f".{kind}-{'1' * 32}.json"
    broken.write_bytes(b'{"token": 5}')
    huge = folder / f".{kind}-{'2' * 32}.json"
    huge.write_bytes(b" " * (1 << 20) + msgspec.json.encode(pending))
    other = folder / f".{kind}-{'3' * 32}.json"
    other.write_bytes(msgspec.json.encode(pending))
    within = folder / f".{kind}-{'4' * 32}.json"
    within.mkdir()
    (folder / f".{kind}-{'5' * 31}.json").write_bytes(b"not ours")
    journals.write(kit, pending)

    known, unknown = journals.found(kit)

    assert known == (pending,)
    assert set(unknown) == {str(path) for path in (broken, huge, other, within)}


def test_a_journal_of_an_earlier_version_is_understood(kit: Kit) -> None:
    token = "cd" * 16
    place = {"name": "users", "location": "users", "existed": True, "kept_as": "users", "identity": "x", "begun": True}
    whole = {"token": token, "set": "20260101_000000", "safety": "20260102_000000", "places": [place]}
    (kit.root / "safety" / f".server-{token}.json").write_bytes(msgspec.json.encode(whole))
    ((found,), unknown) = server_journal.found(kit)
    assert unknown == ()
    assert found.places[0].begun
    assert not found.places[0].closed
