"""Schedules of differential and log backups: ordered as by hand, caught up by one, judged each kind by itself."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sqlserver import company
from watch.health_world import NOW, SETTINGS, ago, codes, facts, made, nights, ran

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.records import BackupKind, BackupRequest, Origin, SetStatus
from rexus.modules.backup.base.rhythm import rhythm_of, times_every
from rexus.modules.backup.base.texts import times_in_words
from rexus.modules.backup.base.watching import KIND_OF, Occurrence, RunState
from rexus.modules.backup.config.load import load
from rexus.modules.backup.config.settings import Schedule
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.watch.actions import actions
from rexus.modules.backup.watch.due import judge as judge_due
from rexus.modules.backup.watch.forecast import full_on
from rexus.modules.backup.watch.health import judge
from rexus.modules.backup.watch.schedule import occurrences

QUARTERS = times_every(15, "00:00", "23:59")


def piece(at, kind=BackupKind.LOG, **more):
    """A set of another kind than full; its databases are of that kind too."""
    one = made(at, **{"kind": kind, "size": 200_000, "seconds": 1.0, **more})
    return msgspec.structs.replace(one, kind=kind, seconds=1.0)


def quarters(days: float) -> list:
    """A log every 15 minutes of the last days, newest first."""
    return [piece(ago(minutes=15 * number + 5)) for number in range(int(days * 96))]


def mixed(fulls, logs) -> list:
    return sorted([*fulls, *logs], key=lambda one: one.timestamp, reverse=True)


# --- the settings


def test_ninety_six_times_a_day_are_settings_and_a_kind_needs_an_engine_that_has_it(tmp_path):
    path = tmp_path / "backup_config.json"
    several = [{"name": "log", "action": "log", "times": list(QUARTERS)}]
    plain = {"databases": {"users": "users.db"}, "schedules": several}
    path.write_text(json.dumps({**plain, "engine": "sqlserver", "databases": {"users": "users"}}))
    assert load(path).settings.schedules[0].times == QUARTERS
    assert len(QUARTERS) == 96

    path.write_text(json.dumps({**plain, "engine": "sqlite"}))
    with pytest.raises(BadInput) as caught:
        load(path)

    (problem,) = caught.value.problems
    assert (problem.code, problem.values["key"]) == ("config.no_such_kind", "schedules[0].action")
    assert problem.values["allowed"] == "backup | verify | drill | prune | cleanup | digest"


# --- what is ordered


@pytest.mark.parametrize("action", ["differential", "log"])
def test_an_action_takes_its_kind_and_without_a_base_what_is_of_use(tmp_path, action):
    with company(tmp_path, "odbc") as there:
        model = BackupModel.open(there.run.config, language="en")
        due = Occurrence(schedule="cada", action=action, wall=f"{NOW:%Y-%m-%dT%H:%M}", at=NOW, utc=NOW)
        act = actions(model)[action]

        first, second = (act(due, Origin.SCHEDULED, lambda _event: None, CancelToken()) for _ in range(2))

        kinds = [{one.kind for one in model.show(made.set).databases.values()} for made in (first, second)]
        assert kinds == [{BackupKind.FULL}, {KIND_OF[action]}]
        manifest = model.show(second.set)
        assert (manifest.origin, manifest.requested_by) == (Origin.SCHEDULED, "schedule")
        assert manifest.occurrence.startswith(due.key)
        assert (manifest.config is None) == (action == "log")


def test_old_sets_go_after_a_full_backup_and_not_after_each_log(tmp_path, monkeypatch):
    with company(tmp_path, "odbc") as there:
        model = BackupModel.open(there.run.config, language="en")
        looked = []
        from rexus.modules.backup.jobs import prune

        usual = prune.after_backup
        monkeypatch.setattr(prune, "after_backup", lambda *a: looked.append(a[0]) or usual(*a))
        for kind in (BackupKind.FULL, BackupKind.LOG, BackupKind.DIFFERENTIAL):
            model.backup(BackupRequest(kind=kind, files=False), lambda _event: None, CancelToken())

        assert len(looked) == 1


def test_of_a_day_of_missed_logs_one_is_caught_up():
    plan = Schedule(name="log", action="log", times=QUARTERS, zone="UTC")
    missed = occurrences([plan], NOW - timedelta(days=1), NOW)

    due = judge_due(missed, (), NOW)

    assert [one.occurrence for one in due.run] == [missed[-1]]
    assert len(due.missed) == len(missed) - 1 == 95


# --- health


def test_logs_protect_until_now_and_are_no_small_or_fast_full_backups():
    sets = mixed(nights(40), quarters(3))

    health = judge(facts(sets), NOW)

    assert {"health.size_drop", "health.slow", "health.full_soon", "health.success"} & set(
        codes(health.alarms)
    ) == set()
    one = next(iter(health.databases.values()))
    assert one.protected_until == ago(minutes=5)
    assert one.median_s == 20.0


def test_full_backups_that_fail_are_told_though_logs_go_on():
    bad = nights(6, status=SetStatus.FAILED)
    sets = mixed([*bad, *nights(30, first=6)], quarters(2))

    health = judge(facts(sets), NOW)

    assert {"health.latest_failed", "health.success"} <= set(codes(health.alarms))
    assert health.success_percent == 40


def test_a_full_backup_makes_up_for_a_failed_log_and_not_the_other_way_round():
    def failed(action, minutes):
        return ran(ago(minutes=minutes), RunState.FAILED, name="noche", action=action, code="source.failed")

    plan = msgspec.structs.replace(SETTINGS, schedules=(Schedule(name="noche", action="backup", times=("02:00",)),))
    after_log = facts(mixed(nights(10, first=1), quarters(1)), runs=(failed("backup", 60),), settings=plan)
    after_full = facts([made(ago(minutes=30)), *nights(10)], runs=(failed("log", 60),), settings=plan)

    assert "health.run_failed" in codes(judge(after_log, NOW).alarms)
    assert "health.run_failed" not in codes(judge(after_full, NOW).alarms)


@pytest.mark.parametrize("action", list(KIND_OF))
def test_any_kind_is_a_schedule_that_takes_backups(action):
    plan = msgspec.structs.replace(SETTINGS, schedules=(Schedule(name="x", action=action, times=("02:00",)),))
    assert "health.no_schedule" not in codes(judge(facts(nights(3), settings=plan), NOW).alarms)


def test_logs_fill_the_disk_by_what_they_weigh_and_not_as_full_backups():
    fulls = nights(40)
    free = 50 * fulls[0].stored_bytes * 4

    assert full_on(fulls, SETTINGS, free, NOW) == full_on(mixed(fulls, quarters(40)), SETTINGS, free, NOW) is None


# --- times at an even distance


@given(st.integers(1, 720), st.integers(0, 1439), st.integers(0, 1439))
def test_a_rhythm_is_what_its_times_say(minutes, first, last):
    begins, ends = (f"{one // 60:02}:{one % 60:02}" for one in (first, last))
    times = times_every(minutes, begins, ends)
    even = rhythm_of(times)

    assert (times == ()) == (last < first)
    assert list(times) == sorted(set(times))
    if len(times) < 3:
        assert even is None
    else:
        assert (even.minutes, even.first) == (minutes, begins)
        assert times_every(even.minutes, even.first, even.last) == times


def test_many_times_are_said_in_few_words():
    assert times_in_words(("02:00", "14:00", "20:00")) == "02:00, 14:00, 20:00"
    assert times_in_words(QUARTERS) in ("every 15 minutes, 00:00–23:45", "cada 15 minutos, 00:00–23:45")
    assert times_in_words(("00:00", "01:00", "02:00", "03:00", "05:00")).count(",") == 4
