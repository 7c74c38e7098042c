"""The restore planner: a function of values, so a table and properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import (
    DatabaseBackup,
    Manifest,
    RestoreRequest,
    SetStatus,
    Tick,
)
from rexus.modules.backup.engines.port import RestoreTarget
from rexus.modules.backup.jobs.plan import Wanted, World, plan

THEN = datetime(2026, 3, 1, 2, tzinfo=UTC)
MANIFEST = Manifest(timestamp="20260301_020000", started_at=THEN, completed_at=THEN, status=SetStatus.COMPLETED)
BACKUP = DatabaseBackup(status=SetStatus.COMPLETED, file="databases/users_20260301_020000.bak.gz", size_bytes=1000)


def wanted(**changes: object) -> Wanted:
    target = RestoreTarget(
        name="users",
        location="/datos/users.db",
        exists=bool(changes.pop("exists", True)),
        modified_at=THEN + timedelta(hours=1),
        staging="/datos/users.db.partial",
        in_use_by=changes.pop("in_use_by", ()),
    )
    return Wanted(
        **{
            "name": "users",
            "confirm_as": "users",
            "backup": BACKUP,
            "target": target,
            "tick": Tick.CONTENT,
            "present": True,
            **changes,
        }
    )


def codes(request: RestoreRequest, one: Wanted, **world: object) -> set[str]:
    seen = World(**{"now": THEN + timedelta(days=1), "databases": (one,), "file_sets": (("config", "/app"),), **world})
    return {problem.code for problem in plan(request, MANIFEST, seen).refusals}


CONFIRMED = RestoreRequest(set="x", databases=("users",), overwrite=True, confirmed=("users",))


@pytest.mark.parametrize(
    ("request_", "one", "world", "expected"),
    [
        (RestoreRequest(set="x", databases=("users",)), wanted(), {}, {"restore.exists"}),
        (RestoreRequest(set="x", databases=("users",), overwrite=True), wanted(), {}, {"restore.unconfirmed"}),
        (CONFIRMED, wanted(), {}, set()),
        (RestoreRequest(set="x", databases=("users",)), wanted(exists=False), {}, set()),
        (CONFIRMED, wanted(present=False), {}, {"restore.file_missing"}),
        (CONFIRMED, wanted(backup=DatabaseBackup(status=SetStatus.FAILED)), {}, {"restore.not_in_set"}),
        (CONFIRMED, wanted(in_use_by=("rexus (4711)",)), {}, {"target.in_use"}),
        (CONFIRMED, wanted(), {"bytes_free": 1999}, {"restore.no_space"}),
        (CONFIRMED, wanted(), {"bytes_free": 2000}, set()),
        (CONFIRMED, wanted(plain_only=True), {}, {"restore.other_engine"}),
        (
            RestoreRequest(set="x", files="config"),
            wanted(exists=False),
            {"files_differing": {"config": ("a",)}},
            {"restore.files_exist"},
        ),
    ],
)
def test_what_speaks_against_a_restore(request_, one, world, expected):
    assert codes(request_, one, **world) == expected


def test_overwriting_makes_a_safety_copy_before_the_swap():
    seen = World(now=THEN, databases=(wanted(),))

    steps = [step.code for step in plan(CONFIRMED, MANIFEST, seen).steps]

    assert steps == ["unseal", "prove", "safety", "swap", "check"]


def test_what_changed_since_is_said_to_be_lost():
    drafted = plan(CONFIRMED, MANIFEST, World(now=THEN + timedelta(days=1), databases=(wanted(),)))

    assert [problem.code for problem in drafted.lost] == ["restore.lost_changes"]
    assert drafted.backup_age_s == 86400


@given(free=st.integers(0, 10_000), size=st.integers(0, 10_000), exists=st.booleans())
def test_it_never_runs_without_room(free, size, exists):
    backup = DatabaseBackup(status=SetStatus.COMPLETED, file="databases/x.bak", size_bytes=size)
    one = wanted(exists=exists, backup=backup)

    drafted = plan(CONFIRMED, MANIFEST, World(now=THEN, databases=(one,), bytes_free=free))

    assert (not drafted.refusals) == (drafted.bytes_needed <= free)
    assert drafted.bytes_needed >= size
