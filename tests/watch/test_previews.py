"""What other settings would mean: the next runs with the change of clocks explained, retention by other rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.days import At, Root
from support.world import World

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Action, Severity
from rexus.modules.backup.config.settings import Retention, Schedule
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.watch.previews import calendar


def nightly(*times: str, **more: object) -> Schedule:
    return Schedule(name="noche", action="backup", times=times, zone="Europe/Madrid", **more)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_runs_of_several_schedules_come_in_order():
    weekly = Schedule(name="lunes", action="verify", times=("01:00",), weekdays=(1,), zone="Europe/Madrid")

    found = calendar((nightly("02:00", "12:00"), weekly), utc("2026-01-03T12:00"), 5)

    assert [(one.run.schedule, one.run.wall) for one in found.runs] == [
        ("noche", "2026-01-04T02:00"),
        ("noche", "2026-01-04T12:00"),
        ("lunes", "2026-01-05T01:00"),
        ("noche", "2026-01-05T02:00"),
        ("noche", "2026-01-05T12:00"),
    ]


def test_a_time_that_does_not_exist_is_told_with_the_time_it_runs_at():
    found = calendar((nightly("02:30"),), utc("2026-03-27T12:00"), 3)

    assert [one.clock for one in found.runs] == ["", "skipped", ""]
    assert found.odd == found.runs[1]
    assert (found.odd.run.wall, f"{found.odd.run.at:%H:%M}") == ("2026-03-29T02:30", "03:00")


def test_a_time_that_comes_twice_runs_once_and_is_told():
    found = calendar((nightly("02:30"),), utc("2026-10-24T12:00"), 2)

    assert [one.clock for one in found.runs] == ["twice", ""]
    assert [one.run.wall for one in found.runs] == ["2026-10-25T02:30", "2026-10-26T02:30"]


@pytest.mark.parametrize(
    ("schedule", "wall", "clock"),
    [
        (nightly("02:00"), "2026-03-29T02:00", "skipped"),
        (nightly("02:59", days=(25,)), "2026-10-25T02:59", "twice"),
        (nightly("03:00"), None, ""),
        (nightly("01:59"), None, ""),
        (nightly("02:30", enabled=False), None, ""),
    ],
)
def test_the_first_touched_run_is_looked_for_a_year_ahead(schedule, wall, clock):
    odd = calendar((schedule,), utc("2026-01-10T12:00"), 5).odd

    assert (odd.run.wall, odd.clock) == (wall, clock) if wall else odd is None


def test_nothing_enabled_has_no_next_run():
    assert calendar((), utc("2026-01-10T12:00"), 5).runs == ()


# --- through the door


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path, rows=5, retention={"daily": 10}).build()


def test_other_rules_are_judged_on_the_real_sets_and_change_nothing(root):
    sets = [root.on(day) for day in range(6)]
    model = root.model(clock=At(6))
    few = Retention(daily=2, weekly=0, monthly=0, yearly=0)

    plan = model.preview_retention(few)

    assert [one.set for one in plan.decisions if one.action is Action.DELETE] == sets[3::-1]
    assert plan.freed_bytes > 0
    assert model.loaded.settings.retention.daily == 10
    assert root.left() == sets[::-1]
    assert all(one.action is Action.KEEP for one in model.plan_prune().decisions)


def test_the_same_rules_give_the_plan_that_is_executed(root):
    for day in range(4):
        root.on(day)
    model = root.model(clock=At(6))

    assert model.preview_retention(model.loaded.settings.retention) == model.plan_prune()


def test_without_a_backup_folder_it_is_said_so(tmp_path):
    model = World(tmp_path, rows=5).build().model()

    assert model.preview_retention(Retention()).refused.code == "prune.no_root"


def test_another_place_of_a_database_can_be_tried(tmp_path):
    world = World(tmp_path, rows=5).build()
    model = world.model()

    good = model.try_database("users", "app/inventario.db")
    missing = model.try_database("users", "app/nada.db")

    assert [one.code for one in good] == ["source.ready"]
    assert [one.severity for one in missing] == [Severity.ERROR]
    assert missing[0].values["database"] == "users"


def test_who_may_only_look_tries_no_other_place(tmp_path):
    world = World(tmp_path, rows=5, roles={"administrators": ["nadie"]}).build()
    model = BackupModel.open(world.config, identity=Identity(name="eva", groups=()))

    assert model.try_database("users", "app/users.db")[0].code == "source.ready"
    assert len(model.preview_runs((nightly("02:00"),), 3).runs) == 3
    with pytest.raises(Refused):
        model.try_database("users", "/etc/passwd")
    with pytest.raises(Refused):
        model.preview_retention(Retention())


def test_notices_not_yet_saved_can_be_tried_and_are_not_kept(tmp_path):
    from rexus.modules.backup.config.draft import Draft, entry_of
    from rexus.modules.backup.config.settings import Channel

    world = World(tmp_path, rows=5).build()
    model = world.model()
    draft = Draft.of(model.loaded)
    draft.set(("notices", "channels"), [entry_of(Channel(name="chat", variable="CHAT_URL"))])
    draft.set_secret("CHAT_URL", "json://127.0.0.1:9/nadie")
    before = world.config.read_bytes()

    outcome = model.notify_test("ana", draft)

    assert [one.values.get("channel") for one in outcome.problems] == ["chat"]
    assert outcome.problems[0].code == "notice.trial_unsent"
    assert world.config.read_bytes() == before
    assert not (world.folder / ".env").exists()
    with pytest.raises(Refused):
        model.notify_test("ana")
