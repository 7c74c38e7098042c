"""Ages, instants, durations and sizes as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rexus.modules.backup.base import texts, wording
from rexus.modules.backup.base.records import Problem, Severity, Tick

NOW = datetime(2025, 10, 24, 14, 44, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english():
    """The words as they are written here."""
    before = texts.language()
    texts.use_language("en")
    yield
    texts.use_language(before)


def local(days: int, hour: int = 12) -> datetime:
    """Noon (here) of a day before or after now."""
    return (NOW.astimezone() + timedelta(days=days)).replace(hour=hour, minute=0)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "today, 12:00"),
        (-1, "yesterday, 12:00"),
        (1, "tomorrow, 12:00"),
        (-2, "Wed 22, 12:00"),
        (-6, "Sat 18, 12:00"),
        (-7, "17 Oct 2025, 12:00"),
        (-400, "19 Sep 2024, 12:00"),
    ],
)
def test_an_instant_is_told_as_seen_from_now(days, said):
    assert wording.when(local(days), NOW) == said
    assert wording.when_said(local(days), NOW) == said.replace(", ", " at ")


def test_the_very_instant_has_its_zone():
    told = wording.exact(NOW)
    assert datetime.fromisoformat(told.replace(" ", "T", 1).replace(" ", "")) == NOW
    assert wording.moment(None) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "less than 1 s"),
        (21.4, "21 s"),
        (99.4, "99 s"),
        (112.0, "1 min 52 s"),
        (7500.0, "2 h 5 min"),
        (9 * 86400.0, "9 days"),
    ],
)
def test_a_duration_is_told_as_roughly_as_it_is_meant(seconds, said):
    assert wording.rough(seconds, " ") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "in the future"), (5, "just now"), (840, "14 min ago"), (90_000, "25 h ago"), (9 * 86400, "9 days ago")],
)
def test_an_age(seconds, said):
    assert wording.age(seconds) == said
    assert wording.ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_figures_keep_their_units():
    assert wording.size(2_010_000_000) == "2.01\u00a0GB"
    assert wording.count(1_284_551) == "1\u00a0284\u00a0551"
    assert wording.span(0.42) == "0.42\u00a0s"
    assert wording.trimmed(1.5) == "1.5"
    texts.use_language("es")
    assert (wording.size(2_010_000_000), wording.trimmed(2.0), wording.trimmed(0.25)) == ("2,01\u00a0GB", "2", "0,25")


def test_small_numbers_are_words():
    assert [wording.amount(one) for one in (0, 2, 9, 10)] == ["none", "two", "nine", "10"]


def test_days_below_a_chart():
    assert wording.short_day(date(2025, 10, 23)) == "23 Oct"


@pytest.mark.parametrize("iso", [None, "", "soon"])
def test_what_is_no_instant_is_none(iso):
    assert wording.instant_of(iso) is None


def test_an_instant_without_zone_is_utc():
    assert wording.instant_of("2025-10-24T14:44:00") == NOW


def test_the_same_alarm_of_several_databases_is_one():
    def alarm(name: str, days: int = 7) -> Problem:
        values: dict[str, str | int] = {"database": name, "days": days}
        return Problem(code="health.drill_overdue", severity=Severity.WARNING, values=values)

    found = wording.merged((alarm("a"), alarm("b"), alarm("c", 9), Problem(code="health.no_schedule")))
    assert [one.values.get("database") for one in found] == ["a, b", "c", None]


def test_every_tick_has_a_word():
    assert len({wording.tick_word(one) for one in Tick}) == len(Tick)
