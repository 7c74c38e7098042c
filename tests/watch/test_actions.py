"""What a schedule's verification orders: so many sets that all have had their turn after four weeks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.world import World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import Origin
from rexus.modules.backup.base.watching import Occurrence
from rexus.modules.backup.watch.actions import actions

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "many"), [({"weekdays": [1]}, [2, 2, 1, 2]), ({}, [1, 1, 1, 1]), ({"days": [15]}, [5, 5])]
)
def test_all_sets_have_their_turn_within_four_weeks(tmp_path, schedule, many):
    every = [{"name": "revisar", "action": "verify", "times": ["01:00"], "zone": "UTC", **schedule}]
    world = World(tmp_path, rows=5, schedules=every, retention={"after_backup": False}).build()
    sets = {world.backup("users", files=False).outcome.set for _ in range(5)}
    verify = actions(world.model())["verify"]
    due = Occurrence(schedule="revisar", action="verify", wall="2026-03-02T01:00", at=MONDAY, utc=MONDAY)

    proofs = [verify(due, Origin.SCHEDULED, quiet, CancelToken()).proof for _ in many]

    seen = [{one.partition(":")[0] for one in proof} for proof in proofs]
    if many[0] > 1:
        assert set().union(*seen[:3]) == sets
    assert [len(one) for one in seen] == [len(one) for one in proofs]
    assert len(seen[0]) == many[0]
