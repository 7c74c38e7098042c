"""Edges of when schedules are due and of what is run then: the last second, the seventh day, the zone that is meant."""

from __future__ import annotations

import time
import warnings
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzlocal

from rexus.modules.backup.base.records import Origin
from rexus.modules.backup.base.watching import Occurrence, Run, RunState
from rexus.modules.backup.config.settings import Schedule
from rexus.modules.backup.watch.due import BUSY, judge
from rexus.modules.backup.watch.schedule import occurrences, upcoming
from rexus.modules.backup.watch.zones import SystemRules, first_instant, local_zone, unknown_zone

MADRID, HAVANA = ZoneInfo("Europe/Madrid"), ZoneInfo("America/Havana")
WINTER = datetime(2026, 1, 1, tzinfo=UTC)
needs_tzset = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the process can't change its zone here")


def at_noon(zone: str | None = "UTC", action: str = "backup", **more: object) -> Schedule:
    return Schedule(name="a", action=action, times=("12:00",), zone=zone, **more)


@pytest.fixture
def machine(monkeypatch):
    """Sets the zone of a machine and TZ, and takes both back."""

    def use(system: ZoneInfo, given: str | None) -> None:
        monkeypatch.setattr(tzlocal, "reload_localzone", lambda: system)
        if given is None:
            monkeypatch.delenv("TZ", raising=False)
        else:
            monkeypatch.setenv("TZ", given)

    yield use
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


# --- days and zones


@pytest.mark.parametrize(
    ("ordinal", "days"),
    [(1, ["2026-09-07", "2026-10-05"]), (2, ["2026-09-14", "2026-10-12"]), (4, ["2026-09-28", "2026-10-26"])],
)
def test_a_week_of_the_month_has_seven_days(ordinal, days):
    mondays = at_noon(weekdays=(1,), ordinal=ordinal)

    assert [one.wall[:10] for one in upcoming((mondays,), datetime(2026, 9, 1, tzinfo=UTC), 2)] == days


def test_every_month_has_a_last_weekday_even_if_it_is_the_twenty_second():
    sundays = at_noon(weekdays=(7,), ordinal=5)

    assert [one.wall[:10] for one in upcoming((sundays,), datetime(2026, 2, 1, tzinfo=UTC), 2)] == [
        "2026-02-22",
        "2026-03-29",
    ]


def test_a_zone_that_is_given_is_for_those_that_name_none():
    def hour(one: Schedule) -> int:
        (found,) = occurrences((one,), WINTER, WINTER + timedelta(days=1), MADRID)
        return found.utc.hour

    assert (hour(at_noon(zone=None)), hour(at_noon(zone="America/Havana"))) == (11, 17)


def test_an_occurrence_tells_what_is_to_be_done():
    (one,) = upcoming((at_noon(action="verify"),), WINTER, 1)

    assert (one.schedule, one.action, one.wall) == ("a", "verify", "2026-01-01T12:00")


def test_the_end_of_a_gap_is_found_to_the_second():
    for wall in (datetime(2026, 3, 29, 2, 0), datetime(2026, 3, 29, 2, 0, 1), datetime(2026, 3, 29, 2, 59, 59)):
        assert first_instant(wall, MADRID) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert first_instant(datetime(2026, 3, 29, 1, 59, 59), MADRID) == datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    assert first_instant(datetime(2026, 3, 29, 3, 0, 1), MADRID) == datetime(2026, 3, 29, 1, 0, 1, tzinfo=UTC)


# --- the zone of the machine


def test_what_tz_names_goes_before_what_the_system_says(machine):
    machine(HAVANA, "Europe/Madrid")
    assert local_zone() == MADRID
    machine(HAVANA, ":Europe/Madrid")
    assert local_zone() == MADRID


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_tz_the_system_says_it(machine, nothing):
    machine(HAVANA, nothing)

    (one,) = upcoming((at_noon(zone=None),), WINTER, 1)

    assert local_zone() == HAVANA
    assert one.utc.isoformat() == "2026-01-01T17:00:00+00:00"


def doubtful() -> ZoneInfo:
    warnings.warn("the clock goes by another", stacklevel=2)
    return HAVANA


def unknown() -> ZoneInfo:
    raise LookupError("no zone found with key lokal")


@pytest.mark.parametrize("ask", [doubtful, unknown])
def test_a_system_that_does_not_know_its_zone_is_taken_by_its_clock(machine, monkeypatch, ask):
    machine(HAVANA, None)
    monkeypatch.setattr(tzlocal, "reload_localzone", ask)

    zone = local_zone()

    assert isinstance(zone, SystemRules)
    assert WINTER.astimezone(zone).utcoffset() == WINTER.astimezone().utcoffset()


@needs_tzset
def test_tz_is_read_anew_each_time(machine):
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    for rules, hours in (("CET-1CEST,M3.5.0,M10.5.0/3", 2), ("EST5EDT,M3.2.0,M11.1.0", -4), ("XYZ-9", 9)):
        machine(HAVANA, rules)
        assert summer.astimezone(local_zone()).utcoffset() == timedelta(hours=hours)


@needs_tzset
def test_an_instant_is_told_in_utc_wherever_the_machine_is(machine):
    machine(HAVANA, "XYZ-9")
    local_zone()

    assert first_instant(datetime(2026, 1, 1, 12), MADRID).isoformat() == "2026-01-01T11:00:00+00:00"
    assert [one.utc.isoformat() for one in upcoming((at_noon(),), WINTER, 1)] == ["2026-01-01T12:00:00+00:00"]


@needs_tzset
def test_the_end_of_a_gap_is_the_same_wherever_the_machine_is(machine):
    machine(HAVANA, "XYZ-1")  # which shows 02:30 when Madrid skips it
    local_zone()

    assert first_instant(datetime(2026, 3, 29, 2, 30), MADRID) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, ""),
        ("", ""),
        (":", ""),
        ("UTC", ""),
        ("Europe/Madrid", ""),
        (":Europe/Madrid", ""),
        ("CET-1CEST,M3.5.0,M10.5.0/3", ""),
        ("EST5EDT4,M3.2.0,M11.1.0", ""),
        ("XYZ-9", ""),
        ("<+0330>-3:30", ""),
        ("Europe/Madird", "Europe/Madird"),
        (":Marte/Olimpo", "Marte/Olimpo"),
        ("::UTC", ":UTC"),
        ("XYZ", "XYZ"),
        ("XYZ-9 of ours", "XYZ-9 of ours"),
        ("../Madrid", "../Madrid"),
    ],
)
def test_a_zone_that_nobody_knows_is_told_as_it_is_given(machine, given, told):
    machine(HAVANA, given)

    assert unknown_zone() == told


def test_a_file_that_holds_no_rules_is_no_zone(machine, tmp_path):
    file = tmp_path / "rules"
    machine(HAVANA, f":{file}")
    assert unknown_zone() == str(file), "there is none"
    file.write_bytes(b"CET")
    assert unknown_zone() == str(file)


@needs_tzset
def test_a_file_of_rules_is_known_by_its_path(machine):
    path = Path("/usr/share/zoneinfo/Europe/Madrid")
    if not path.exists():
        pytest.skip("no such file here")
    machine(HAVANA, f":{path}")

    assert (str(local_zone()), unknown_zone()) == (str(path), "")
    machine(HAVANA, f"{path}/none")
    assert isinstance(local_zone(), SystemRules)


def test_a_time_without_a_day_is_of_no_season():
    one = clock_time(12, tzinfo=SystemRules())

    assert (one.utcoffset(), one.dst(), one.tzname()) == (None, None, None)


# --- what is run


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DUE = Occurrence(schedule="a", action="backup", wall="2026-03-10T12:00", at=NOON, utc=NOON)


def line(state: RunState, attempt: int = 1) -> Run:
    return Run(
        schedule="a", action="backup", wall=DUE.wall, due=NOON, state=state, at=NOON, attempt=attempt
    )  # fmt: skip


def attempts(*runs: Run, now: datetime = NOON) -> list[int]:
    return [one.attempt for one in judge([DUE], runs, now).run]


def test_it_is_run_at_the_very_instant_and_not_before():
    assert attempts(now=NOON - timedelta(microseconds=1)) == []
    assert attempts(now=NOON) == [1]
    assert judge([DUE], (), NOON).run[0].origin is Origin.SCHEDULED


def test_the_last_line_of_the_last_attempt_counts_in_whatever_order_they_come():
    cut, well = line(RunState.INTERRUPTED), line(RunState.OK)

    assert attempts(line(RunState.OK, 2), cut) == []
    assert attempts(cut, line(RunState.OK, 2)) == []
    assert attempts(cut, well) == []
    assert attempts(well, cut) == [2]


def test_lines_of_another_occurrence_settle_nothing():
    other = Run(schedule="a", action="backup", wall="2026-03-09T12:00", due=NOON, state=RunState.OK, at=NOON)

    assert attempts(other) == [1]


def test_what_is_missed_tells_its_attempt():
    before = NOON - timedelta(days=1)
    older = Occurrence(schedule="a", action="backup", wall="2026-03-09T12:00", at=before, utc=before)
    due = judge([older, DUE], (), NOON)

    assert [(one.occurrence.key, one.attempt, one.origin) for one in due.missed] == [(older.key, 1, Origin.CATCH_UP)]
    assert [one.occurrence.key for one in due.run] == [DUE.key]


# --- what was left out because somebody worked on the root


def at(day: int) -> Occurrence:
    then = NOON.replace(day=day)
    return Occurrence(schedule="a", action="backup", wall=f"{then:%Y-%m-%dT%H:%M}", at=then, utc=then)


def told(one: Occurrence, state: RunState, when: datetime, code: str = "", attempt: int = 1) -> Run:
    return Run(
        schedule="a", action="backup", wall=one.wall, due=one.utc, state=state, at=when, code=code, attempt=attempt
    )  # fmt: skip


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (timedelta(), [2]),
        (timedelta(minutes=75), [2]),
        (timedelta(minutes=75, microseconds=1), []),
        (-timedelta(microseconds=1), []),
    ],
)
def test_what_was_left_out_for_a_busy_root_is_made_within_75_minutes(after, wanted):
    left_out = NOON + timedelta(minutes=1)

    assert attempts(told(DUE, RunState.SKIPPED, left_out, BUSY), now=left_out + after) == wanted


def test_it_is_made_once_more_and_only_for_a_busy_root():
    now = NOON + timedelta(minutes=5)

    assert attempts(told(DUE, RunState.SKIPPED, NOON, BUSY, attempt=2), now=now) == []
    assert attempts(told(DUE, RunState.SKIPPED, NOON, "source.busy"), now=now) == []


def test_a_run_says_whether_it_comes_after_a_busy_root():
    def after_busy(*runs: Run) -> list[bool]:
        return [one.after_busy for one in judge([DUE], runs, NOON).run]

    assert after_busy(told(DUE, RunState.SKIPPED, NOON, BUSY)) == [True]
    assert after_busy(line(RunState.INTERRUPTED)) == [False]
    assert after_busy() == [False]


def test_what_was_left_out_is_neither_made_nor_missed_once_a_later_time_is_there():
    """And what lies before it is missed all the same."""
    days = [at(8), at(9), at(10)]
    busy = told(days[1], RunState.SKIPPED, NOON - timedelta(minutes=30), BUSY)
    ran = told(days[2], RunState.OK, NOON)

    due = judge(days, [busy], NOON)
    assert ([one.occurrence for one in due.run], [one.occurrence for one in due.missed]) == ([days[2]], [days[0]])
    due = judge(days, [busy, ran], NOON)
    assert (due.run, [one.occurrence for one in due.missed]) == ((), [days[0]])
