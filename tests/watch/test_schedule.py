"""When schedules are due: against known days, and against a model that walks every minute with a clock on the wall."""

from __future__ import annotations

import time
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rexus.modules.backup.config.settings import Schedule
from rexus.modules.backup.watch.schedule import fingerprint, occurrences, upcoming
from rexus.modules.backup.watch.zones import SystemRules, first_instant, local_zone

MADRID = ZoneInfo("Europe/Madrid")
needs_tzset = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the process can't change its zone here")


def daily(*times: str, zone: str | None = "Europe/Madrid", name: str = "a", **more: object) -> Schedule:
    return Schedule(name=name, action="backup", times=times, zone=zone, **more)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(one: Schedule, start: str, end: str) -> list[tuple[str, str]]:
    """Nominal time and instant in UTC of what is due in between."""
    found = occurrences((one,), utc(start), utc(end))
    return [(each.wall, each.utc.strftime("%Y-%m-%dT%H:%M")) for each in found]


@pytest.fixture
def zone_of_process(monkeypatch):
    """Sets TZ for the process, and takes it back."""

    def use(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        if hasattr(time, "tzset"):
            time.tzset()

    yield use
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


# --- days on which clocks are moved


@pytest.mark.parametrize(
    ("one", "start", "end", "expected"),
    [
        (  # put forward from 2 to 3: what does not exist runs at the first instant that does
            daily("01:59", "02:00", "02:30", "02:59", "03:01"),
            "2026-03-28T23:00",
            "2026-03-29T22:00",
            [
                ("2026-03-29T01:59", "2026-03-29T00:59"),
                ("2026-03-29T02:00", "2026-03-29T01:00"),
                ("2026-03-29T03:01", "2026-03-29T01:01"),
            ],
        ),
        (  # put back from 3 to 2: what exists twice runs once, the first time
            daily("02:00", "02:30", "03:00"),
            "2026-10-24T22:00",
            "2026-10-25T22:00",
            [
                ("2026-10-25T02:00", "2026-10-25T00:00"),
                ("2026-10-25T02:30", "2026-10-25T00:30"),
                ("2026-10-25T03:00", "2026-10-25T02:00"),
            ],
        ),
        (  # midnight itself is skipped
            daily("00:00", "00:30", zone="America/Sao_Paulo"),
            "2018-11-03T04:00",
            "2018-11-05T12:00",
            [
                ("2018-11-04T00:00", "2018-11-04T03:00"),
                ("2018-11-05T00:00", "2018-11-05T02:00"),
                ("2018-11-05T00:30", "2018-11-05T02:30"),
            ],
        ),
        (  # the hour before midnight exists twice
            daily("23:30", "00:00", zone="America/Sao_Paulo"),
            "2018-02-17T12:00",
            "2018-02-18T12:00",
            [("2018-02-17T23:30", "2018-02-18T01:30"), ("2018-02-18T00:00", "2018-02-18T03:00")],
        ),
        (
            daily("00:00", "00:59", zone="America/Santiago"),
            "2025-09-06T12:00",
            "2025-09-07T12:00",
            [("2025-09-07T00:00", "2025-09-07T04:00")],
        ),
        (  # half an hour forward
            daily("02:00", "02:15", "02:30", zone="Australia/Lord_Howe"),
            "2026-10-03T12:00",
            "2026-10-04T12:00",
            [("2026-10-04T02:00", "2026-10-03T15:30")],
        ),
        (  # half an hour back
            daily("01:30", "01:45", "02:00", zone="Australia/Lord_Howe"),
            "2026-04-04T12:00",
            "2026-04-05T12:00",
            [
                ("2026-04-05T01:30", "2026-04-04T14:30"),
                ("2026-04-05T01:45", "2026-04-04T14:45"),
                ("2026-04-05T02:00", "2026-04-04T15:30"),
            ],
        ),
        (  # 30 December 2011 was left out: both days' times come to the same instant, which is one
            daily("00:00", "12:00", zone="Pacific/Apia"),
            "2011-12-29T11:00",
            "2011-12-31T12:00",
            [
                ("2011-12-29T12:00", "2011-12-29T22:00"),
                ("2011-12-30T00:00", "2011-12-30T10:00"),
                ("2011-12-31T12:00", "2011-12-30T22:00"),
                ("2012-01-01T00:00", "2011-12-31T10:00"),
            ],
        ),
        (
            daily("02:00", zone="America/Argentina/Buenos_Aires"),
            "2026-03-28T00:00",
            "2026-03-30T00:00",
            [("2026-03-28T02:00", "2026-03-28T05:00"), ("2026-03-29T02:00", "2026-03-29T05:00")],
        ),
    ],
)
def test_days_on_which_the_clock_is_moved(one, start, end, expected):
    assert due(one, start, end) == expected


def test_an_instant_is_told_in_the_zone_of_its_schedule():
    (one,) = upcoming((daily("02:30"),), utc("2026-03-28T12:00"), 1)

    assert one.at.isoformat() == "2026-03-29T03:00:00+02:00"
    assert one.utc.isoformat() == "2026-03-29T01:00:00+00:00"
    assert one.key == "a@2026-03-29T02:30"


def test_the_start_is_left_out_and_the_end_is_not():
    one = daily("02:00", zone="UTC")

    assert due(one, "2026-01-01T02:00", "2026-01-02T02:00") == [("2026-01-02T02:00", "2026-01-02T02:00")]
    assert due(one, "2026-01-01T02:00", "2026-01-02T01:59") == []


# --- which days


def days_of(one: Schedule, start: str, count: int) -> list[str]:
    return [each.wall[:10] for each in upcoming((one,), utc(start), count)]


def test_which_days_are_meant():
    def at_noon(**more: object) -> Schedule:
        return daily("12:00", zone="UTC", **more)

    assert days_of(at_noon(weekdays=(7, 1)), "2026-01-01T00:00", 3) == ["2026-01-04", "2026-01-05", "2026-01-11"]
    assert days_of(at_noon(weekdays=(1,), ordinal=1), "2026-01-06T00:00", 2) == ["2026-02-02", "2026-03-02"]
    assert days_of(at_noon(weekdays=(7,), ordinal=2), "2026-01-01T00:00", 2) == ["2026-01-11", "2026-02-08"]
    assert days_of(at_noon(weekdays=(5,), ordinal=5), "2026-01-01T00:00", 3) == [
        "2026-01-30",  # the fifth
        "2026-02-27",  # the fourth is the last
        "2026-03-27",
    ]
    assert days_of(at_noon(days=(31, 1)), "2028-02-01T00:00", 4) == [
        "2028-02-01",
        "2028-02-29",
        "2028-03-01",
        "2028-03-31",
    ]
    assert days_of(at_noon(days=(30, 31)), "2026-02-01T00:00", 3) == ["2026-02-28", "2026-03-30", "2026-03-31"]


def test_one_that_is_not_enabled_waits():
    assert upcoming((daily("02:00", enabled=False),), utc("2026-01-01T00:00"), 5) == ()
    assert upcoming((), utc("2026-01-01T00:00"), 5) == ()


def test_several_are_sorted_by_instant_and_then_by_name():
    several = (
        daily("02:00", name="z", zone="Europe/Madrid"),
        daily("01:00", name="b", zone="Europe/London"),
        daily("20:00", "08:00", name="a", zone="America/Argentina/Buenos_Aires"),
    )
    found = upcoming(several, utc("2026-01-01T00:00"), 6)

    assert [(one.utc.hour, one.schedule) for one in found] == [
        (1, "b"),
        (1, "z"),
        (11, "a"),
        (23, "a"),
        (1, "b"),
        (1, "z"),
    ]


def test_a_seldom_schedule_is_found_as_far_away_as_asked():
    found = upcoming((daily("04:00", weekdays=(7,), ordinal=5),), utc("2026-01-01T00:00"), 10_000)

    assert len(found) == 10_000
    assert found[-1].utc.year == 2026 + 9_999 // 12
    assert [one.utc for one in found] == sorted({one.utc for one in found})


def test_the_ends_of_the_calendar_are_no_error():
    one = daily("02:00")

    assert len(upcoming((one,), datetime.min.replace(tzinfo=UTC), 3)) == 3
    assert len(upcoming((one,), utc("9998-12-30T12:00"), 10)) == 1
    assert upcoming((one,), utc("9999-12-31T23:00"), 10) == ()


def test_a_form_is_what_makes_it_due():
    one = daily("02:00", "14:00", weekdays=(1, 2))

    assert fingerprint(one) == fingerprint(daily("14:00", "02:00", weekdays=(2, 1, 1)))
    others = [daily("02:00"), daily("02:00", zone=None), daily("02:00", enabled=False), daily("02:00", days=(1,))]
    assert len({fingerprint(each) for each in (one, *others)}) == 5


# --- against a model


ZONES = (
    "Europe/Madrid",
    "Europe/London",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Antarctica/Troll",
    "UTC",
)
MOVED = (
    date(2011, 12, 30),  # Apia
    date(2018, 11, 4),  # Sao Paulo, forward at midnight
    date(2018, 2, 17),  # Sao Paulo, back at midnight
    date(2019, 4, 6),  # Santiago, back
    date(2019, 9, 8),  # Santiago, forward
    date(2026, 3, 29),  # Europe, Troll (two hours)
    date(2026, 10, 25),
    date(2026, 4, 5),  # Lord Howe, Chatham
    date(2026, 10, 4),
    date(2025, 2, 23),  # Casablanca, before Ramadan
    date(2025, 4, 6),
    date(2008, 1, 1),
    date(2007, 12, 30),  # Buenos Aires
)
_MINUTE = timedelta(minutes=1)
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
NEAR = st.builds("{:02}:{:02}".format, st.sampled_from([0, 1, 2, 3, 23]), st.sampled_from([0, 1, 15, 29, 30, 59]))


def model(one: Schedule, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
    """Walk every minute; a nominal time is due when a clock on the wall shows it, or more, for the first time."""
    zone = ZoneInfo(one.zone or "")
    first = (start - timedelta(days=4)).replace(second=0)
    minutes = [first + number * _MINUTE for number in range(int((end - first) / _MINUTE) + 2)]
    most, shown = datetime.min, []
    for minute in minutes:
        most = max(most, minute.astimezone(zone).replace(tzinfo=None, fold=0))
        shown.append(most)
    found: dict[datetime, str] = {}
    day = shown[0].date() + timedelta(days=1)
    while day <= shown[-1].date():
        if not one.weekdays or day.isoweekday() in one.weekdays:
            for clock in sorted(one.times):
                place = bisect_left(shown, datetime.fromisoformat(f"{day}T{clock}"))
                if place < len(minutes):
                    found.setdefault(minutes[place], f"{day}T{clock}")
        day += timedelta(days=1)
    return [(wall, minute) for minute, wall in sorted(found.items()) if start < minute <= end]


def instants(days: int = 3) -> st.SearchStrategy[datetime]:
    near = st.builds(
        lambda day, hours: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=hours),
        st.sampled_from(MOVED),
        st.integers(-days * 1440, days * 1440),
    )
    anywhere = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
    return near | anywhere.map(lambda one: one.replace(second=0, microsecond=0))


SCHEDULES = st.builds(
    lambda zone, times, weekdays: Schedule(
        name="a", action="backup", times=tuple(times), zone=zone, weekdays=tuple(sorted(weekdays))
    ),
    st.sampled_from(ZONES),
    st.lists(TIMES | NEAR, min_size=1, max_size=4, unique=True),
    st.just(frozenset()) | st.frozensets(st.integers(1, 7), min_size=1, max_size=6),
)


@settings(max_examples=150, deadline=None)
@given(SCHEDULES, instants(), st.integers(1, 4 * 1440))
@example(daily("00:00", "23:59", "13:07", zone="Pacific/Apia"), utc("2011-12-29T09:00"), 4000)
@example(daily("02:00", "02:59", zone="Antarctica/Troll"), utc("2026-03-28T09:00"), 4000)
@example(daily("01:30", "00:00", zone="Antarctica/Troll"), utc("2026-10-24T09:00"), 4000)
def test_what_is_due_is_what_a_clock_on_the_wall_shows(one, start, minutes):
    end = start + timedelta(minutes=minutes)

    assert [(each.wall, each.utc) for each in occurrences((one,), start, end)] == model(one, start, end)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(SCHEDULES, min_size=1, max_size=3), instants(), st.lists(st.integers(0, 40_000), min_size=2, max_size=4)
)
def test_it_does_not_matter_when_one_looks(several, start, steps):
    """Nothing is lost or told twice between two looks, wherever they fall."""
    named = [daily(*one.times, zone=one.zone, name=f"n{n}", weekdays=one.weekdays) for n, one in enumerate(several)]
    looks = [start + timedelta(minutes=step) for step in sorted({0, *steps})]
    parts = [each for begin, end in pairwise(looks) for each in occurrences(named, begin, end)]

    assert parts == list(occurrences(named, looks[0], looks[-1])) == list(upcoming(named, looks[0], len(parts)))
    assert len({each.key for each in parts}) == len(parts)
    assert [(each.utc, each.schedule) for each in parts] == sorted((each.utc, each.schedule) for each in parts)
    assert all(each.at.isoformat()[:16] >= each.wall for each in parts)


# --- the zone of the system


def test_the_zone_is_that_of_the_environment_where_a_schedule_names_none(zone_of_process):
    zone_of_process("America/Santiago")

    (one,) = upcoming((daily("02:00", zone=None),), utc("2026-01-01T00:00"), 1)

    assert one.utc == utc("2026-01-01T05:00")
    assert one.at.isoformat() == "2026-01-01T02:00:00-03:00"
    zone_of_process(":Europe/Madrid")
    assert str(local_zone()) == "Europe/Madrid"


def test_another_zone_can_be_given():
    (one,) = upcoming((daily("02:00", zone=None),), utc("2026-01-01T00:00"), 1, MADRID)

    assert one.utc == utc("2026-01-01T01:00")


@needs_tzset
def test_rules_of_the_environment_are_followed_to_the_letter(zone_of_process):
    zone_of_process("CET-1CEST,M3.5.0,M10.5.0/3")

    assert isinstance(local_zone(), SystemRules)
    for start in ("2026-03-28T12:00", "2026-10-24T12:00"):
        ours = upcoming((daily("02:00", "02:30", "03:00", "00:00", zone=None),), utc(start), 9)
        same = upcoming((daily("02:00", "02:30", "03:00", "00:00"),), utc(start), 9)
        assert [(one.wall, one.utc) for one in ours] == [(one.wall, one.utc) for one in same]
    assert ours[0].at.tzname() == "CET" or ours[0].at.tzname() == "CEST"


@needs_tzset
def test_a_file_of_rules_is_read(zone_of_process):
    path = Path("/usr/share/zoneinfo/Europe/Madrid")
    if not path.exists():
        pytest.skip("no such file here")
    zone_of_process(str(path))

    assert first_instant(datetime(2026, 3, 29, 2, 30), local_zone()) == utc("2026-03-29T01:00")


@needs_tzset
@pytest.mark.parametrize("name", ["Europe/Madrid", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia"])
def test_the_rules_of_the_c_library_say_the_same(zone_of_process, name):
    zone_of_process(name)
    for day in MOVED:
        for minutes in range(-1500, 3000, 90):
            wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
            assert first_instant(wall, SystemRules()) == first_instant(wall, ZoneInfo(name)), wall


def test_without_a_word_of_the_environment_the_system_is_asked(zone_of_process, monkeypatch):
    monkeypatch.delenv("TZ", raising=False)
    if hasattr(time, "tzset"):
        time.tzset()

    now = datetime.now(UTC)
    assert now.astimezone(local_zone()).utcoffset() == now.astimezone().utcoffset()
