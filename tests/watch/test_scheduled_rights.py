"""What schedules say is ordered by whoever wrote them down, not by the account that happens to run them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.world import World, quiet

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Origin
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.base.watching import RunState
from rexus.modules.backup.model import BackupModel


class Clock:
    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 10, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant


@pytest.fixture
def world(tmp_path):
    night = {"name": "noche", "action": "cleanup", "times": ["03:00"], "zone": "UTC"}
    made = World(tmp_path, rows=5, schedules=[night], retention={"after_backup": False}).build()
    made.backup("users", files=False)
    return made


def opened(world: World, clock: Clock, role: str) -> BackupModel:
    return BackupModel.open(world.config, clock=clock, identity=Identity(name="servicio", host_role=role))


def test_an_operators_runner_deletes_what_the_schedules_say_and_the_operator_does_not(world):
    clock = Clock()
    model = opened(world, clock, "operador")
    assert model.run_due("service", quiet, CancelToken()) == ()
    clock.instant += timedelta(days=1)
    (run,) = model.run_due("service", quiet, CancelToken())

    assert (run.action, run.state) == ("cleanup", RunState.OK)
    with pytest.raises(Refused, match="denied"):
        model.cleanup("servicio", Origin.MANUAL, CancelToken())


def test_a_viewer_does_not_even_run_the_schedules(world):
    clock = Clock()
    opened(world, clock, "operador").run_due("service", quiet, CancelToken())
    clock.instant += timedelta(days=1)
    model = opened(world, clock, "usuario")
    with pytest.raises(Refused, match="denied"):
        model.run_due("service", quiet, CancelToken())

    assert model.audit().tail(1)[0].what == "schedule run"
    (line,) = model.runs()
    assert (line.state, line.code, line.begun) == (RunState.REFUSED, "role.denied_by_host", False)
    assert "servicio" in sentence(line.problem).message
    failed = next(one for one in model.health().alarms if one.code == "health.run_failed")
    assert "servicio" in str(failed.values["why"])

    with pytest.raises(Refused, match="denied"):
        model.run_due("service", quiet, CancelToken())
    assert len((world.root / "logs/schedule.jsonl").read_bytes().splitlines()) == 2, "one line, however often"
    (run,) = opened(world, clock, "operador").run_due("service", quiet, CancelToken())
    assert (run.state, run.attempt) == (RunState.OK, 1), "a refusal is no try"


def test_who_reads_the_refusal_himself_makes_no_noise(world):
    clock = Clock()
    opened(world, clock, "operador").run_due("service", quiet, CancelToken())
    clock.instant += timedelta(days=1)
    model = opened(world, clock, "usuario")
    with pytest.raises(Refused, match="denied"):
        model.run_due("by_hand", quiet, CancelToken())

    assert model.runs() == ()
