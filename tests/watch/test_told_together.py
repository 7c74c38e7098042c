"""What several databases have in common is told once, whatever second each of them was backed up in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.world import NAMES, World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import BackupRequest, Problem, Severity
from rexus.modules.backup.base.texts import sentence, use_language
from rexus.modules.backup.base.watching import merged

NIGHT = datetime(2026, 11, 28, 4, 21, tzinfo=UTC)


class Ticking:
    """A clock that goes on a little with every look."""

    def __init__(self, start: datetime, step_s: float) -> None:
        self.at, self.step = start, timedelta(seconds=step_s)

    def now(self) -> datetime:
        self.at += self.step
        return self.at


def too_old(database: str, since: datetime, of_set: str = "20261126_162100") -> Problem:
    values: dict[str, str | int] = {"database": database, "set": of_set, "since": since.isoformat(), "hours": 26}
    return Problem(code="health.too_old", severity=Severity.ERROR, values=values)


@pytest.mark.parametrize("step_s", [0.0, 0.11, 0.9, 40.0])
@pytest.mark.parametrize("hour", [0, 4, 13, 23])
def test_one_backup_over_the_turn_of_a_second_is_told_in_one_sentence(tmp_path, hour, step_s):
    world = World(tmp_path, rows=5, health={"free_bytes": 0}).build()
    now = NIGHT.replace(hour=hour)
    begun = now - timedelta(hours=60)
    request = BackupRequest(files=False, requested_by="prueba")
    world.model(clock=Ticking(begun, step_s)).backup(request, quiet, CancelToken())
    found = world.model(clock=Ticking(now, 0)).health()
    told = [one for one in merged(found.alarms) if one.code == "health.too_old"]

    assert [one.values["database"] for one in told] == [", ".join(NAMES)]
    oldest = min(one.protected_until for one in found.databases.values())
    assert told[0].values["since"] == oldest.isoformat(timespec="seconds")
    use_language("en")
    assert f": {', '.join(NAMES)}. Agreed" in sentence(told[0]).message


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(("a", "b")), st.integers(0, 10_000)),
        max_size=6,
        unique_by=lambda one: one[0],
    )
)
def test_each_database_is_named_once_with_no_later_instant_than_its_own(drawn):
    alarms = [too_old(name, NIGHT + timedelta(seconds=after), of_set) for name, of_set, after in drawn]
    told = merged(alarms)

    assert [one.values["set"] for one in told] == list(dict.fromkeys(of_set for _, of_set, _ in drawn))
    assert (
        sorted(", ".join(str(one.values["database"]) for one in told).split(", "))
        == sorted(name for name, _, _ in drawn)
        or not drawn
    )
    for one in told:
        own = [after for name, of_set, after in drawn if of_set == one.values["set"]]
        assert one.values["since"] == (NIGHT + timedelta(seconds=min(own))).isoformat()


def test_what_is_of_no_set_is_told_apart_by_its_instant():
    def overdue(database: str, hour: int) -> Problem:
        values: dict[str, str | int] = {"database": database, "since": NIGHT.replace(hour=hour).isoformat(), "days": 30}
        return Problem(code="health.drill_overdue", severity=Severity.WARNING, values=values)

    assert len(merged([overdue("users", 1), overdue("inventario", 2)])) == 2
    assert len(merged([overdue("users", 1), overdue("inventario", 1)])) == 1
