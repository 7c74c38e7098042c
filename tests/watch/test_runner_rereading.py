"""Settings that change while a service runs: taken over at its next look, or told and left as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from support.world import World, quiet
from watch.servers import http_sink
from watch.test_runner import NIGHT, START, Days

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.base.watching import Run, RunState
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.watch.runner import serve

NAMED = {"name": "noche", "action": "cleanup", "times": ["02:00"], "zone": "UTC"}
Deed = Callable[[], object]


class Service:
    """A service whose waiting is what makes time pass; something is done at given looks (20 s each)."""

    def __init__(self, world: World, identity: Identity | None = None) -> None:
        self.world, self.identity = world, identity
        self.said: list[Problem] = []
        self.told: list[Run] = []
        self.at: dict[int, Deed] = {}

    def edit(self, **changes: object) -> None:
        settings = json.loads(self.world.config.read_text("utf-8"))
        self.world.config.write_text(json.dumps(settings | changes), "utf-8")

    def serve(self, until: datetime) -> list[str]:
        """Serve as `schedule run` does; returns the due times that were run."""
        cancel = CancelToken()
        with time_machine.travel(START, tick=False) as traveller:
            days = Days(traveller, until, cancel)

            def wait(token: CancelToken, seconds: float) -> bool:
                self.at.get(days.waits, lambda: None)()
                return days.wait(token, seconds)

            model = BackupModel.open(self.world.config, identity=self.identity)
            model.say = self.said.append
            model.settle_in()
            serve(replace(model._serving_kit("foreground"), waiter=wait), quiet, cancel, self.told.append)
        return [run.wall for run in self.told]

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.said]


@pytest.fixture
def service(tmp_path):
    return Service(World(tmp_path, rows=5, schedules=[NAMED]).build())


def test_a_changed_schedule_is_taken_over_at_the_next_look(service):
    service.at[100] = lambda: service.edit(schedules=[NAMED | {"times": ["13:30"]}])

    assert service.serve(NIGHT + timedelta(hours=1)) == ["2026-03-10T13:30"]
    assert service.codes == ["schedule.settings_taken"]
    assert str(service.world.config) in sentence(service.said[0]).message


def test_all_of_the_settings_are_taken_over(service):
    other = service.world.folder / "otra"

    def move() -> None:
        other.mkdir()
        (other / "algo").touch()
        service.edit(root="otra", schedules=[NAMED | {"name": "nueva"}])

    service.at[50] = move
    assert service.serve(NIGHT + timedelta(minutes=5)) == ["2026-03-11T02:00"]
    assert [run.schedule for run in service.world.model().runs()] == ["nueva"]
    assert (other / "logs/schedule.jsonl").exists()


@pytest.fixture
def people(service):
    """Whoever hears of failures."""
    with http_sink() as ears:
        service.edit(notices={"channels": [{"name": "aviso", "variable": "AVISO", "on": ["failure"]}]})
        (service.world.folder / ".env").write_text(f"AVISO=json://{ears.place}/gancho\n", "utf-8")
        yield ears


@pytest.mark.parametrize("text", ["{", None, '{"schedules": [{"name": "x"}], "raiz": 1}'])
def test_settings_that_can_not_be_used_are_told_once_and_the_last_good_ones_go_on(service, people, text):
    path = service.world.config
    service.at[100] = path.unlink if text is None else lambda: path.write_text(text, "utf-8")

    assert service.serve(NIGHT + timedelta(hours=1)) == ["2026-03-11T02:00"], "as they stood before"
    assert service.told[0].state is RunState.OK
    assert service.codes == ["schedule.settings_kept"], "once"
    (heard,) = people.asked
    assert str(path) in heard.json["message"]
    logs = (service.world.root / "logs").glob("backup_*.log")
    assert any("schedule.settings_kept" in one.read_text("utf-8") for one in logs)


def test_what_is_only_just_being_written_is_not_told(service):
    path = service.world.config
    good = path.read_text("utf-8")
    service.at = {100: lambda: path.write_text(good[:40], "utf-8"), 101: lambda: path.write_text(good, "utf-8")}
    service.serve(START + timedelta(hours=2))

    assert service.codes == ["schedule.settings_taken"]


def test_people_hear_that_the_settings_are_good_again(service, people):
    path = service.world.config
    good = path.read_text("utf-8")
    service.at = {100: lambda: path.write_text("{", "utf-8"), 200: lambda: path.write_text(good, "utf-8")}
    service.serve(START + timedelta(hours=3))

    assert service.codes == ["schedule.settings_kept", "schedule.settings_taken"]
    assert len(people.asked) == 2


def test_whoever_may_not_any_more_by_the_new_settings_stops(service):
    service.identity = Identity(name="ana", groups=("copias",))
    service.at[100] = lambda: service.edit(roles={"administrators": ["otros"], "operators": ["nadie"]})

    with pytest.raises(Refused, match="denied"):
        service.serve(NIGHT + timedelta(hours=1))
    assert service.told == []
