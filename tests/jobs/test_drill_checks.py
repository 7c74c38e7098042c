"""What an answer is worth: a function of values."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.config.settings import DrillCheck
from rexus.modules.backup.jobs.drill_checks import drift, instant_of, judge, told

THEN = datetime(2025, 8, 6, 14, 30, tzinfo=UTC)
NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)


def check(**wanted: float) -> DrillCheck:
    return DrillCheck(name="ventas", database="inventario", query="select 1", **wanted)


def code(wanted: DrillCheck, answer: float | str | None, before: float | None = None) -> str:
    figure = judge(wanted, answer, before, THEN)
    assert figure.ok == (figure.problem is None)
    return figure.problem.code.removeprefix("drill.") if figure.problem else ""


@pytest.mark.parametrize(
    ("wanted", "answer", "found"),
    [
        ({"equals": 7}, 7.0, ""),
        ({"equals": 7}, "7", ""),
        ({"equals": 0}, 0.0, ""),
        ({"equals": 7}, 7.5, "not_equal"),
        ({"at_least": 10}, 10.0, ""),
        ({"at_least": 10}, 9.0, "too_low"),
        ({"at_least": 0}, -1.0, "too_low"),
        ({"at_most": 0}, 1.0, "too_high"),
        ({"at_most": 10}, 10.0, ""),
        ({"at_least": 1, "at_most": 2}, 3.0, "too_high"),
        ({"at_least": 1}, None, "no_answer"),
        ({"at_least": 1}, "muchas", "no_number"),
        ({"at_least": 1}, "nan", "no_number"),
        ({"within_hours": 2}, None, "no_answer"),
        ({"within_hours": 2}, "ayer", "no_instant"),
        ({"within_hours": 2}, "2025-08-06T12:30:00Z", ""),
        ({"within_hours": 2}, "2025-08-06T12:29:59+00:00", "too_old"),
        ({"within_hours": 2}, "2025-08-06T15:30:00+00:00", ""),
        ({"within_hours": 2}, THEN.timestamp() - 3600, ""),
        ({"within_hours": 2}, 1000 * (THEN.timestamp() - 3600), ""),
        ({"within_hours": 2}, THEN.timestamp() - 3 * 3600, "too_old"),
        ({"within_hours": 2}, 1e300, "no_instant"),
    ],
)
def test_an_answer_is_judged_by_what_was_agreed(wanted, answer, found):
    assert code(check(**wanted), answer) == found


def test_an_instant_without_an_offset_is_local_time():
    local = (THEN - timedelta(hours=1)).astimezone()

    assert instant_of(local.replace(tzinfo=None).isoformat(" ")) == local
    assert code(check(within_hours=2), local.replace(tzinfo=None).isoformat(" ")) == ""


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (None, 5.0, ""),
        (100.0, 110.0, ""),
        (100.0, 90.0, ""),
        (100.0, 111.0, "drift"),
        (100.0, 0.0, "drift"),
        (0.0, 0.0, ""),
        (0.0, 1.0, "drift"),
        (-100.0, -89.0, "drift"),
    ],
)
def test_a_number_that_moves_too_far_is_told_and_is_no_damage(before, now, found):
    wanted = check(drift_percent=10)

    assert code(wanted, now, before) == found
    if found:
        figure = judge(wanted, now, before, THEN)
        assert (figure.value, figure.problem.severity) == (now, Severity.WARNING)


@given(before=NUMBERS, now=NUMBERS)
def test_drift_is_never_negative_and_nothing_only_where_nothing_moved(before, now):
    moved = drift(before, now)
    assert moved >= 0
    assert (moved == 0) == (before == now) or abs(now - before) < 1e-300
    assert math.isinf(moved) == (before == 0 and now != 0) or moved > 1e300


@given(number=NUMBERS, low=NUMBERS, high=NUMBERS)
def test_bounds_hold_as_they_say(number, low, high):
    found = code(check(at_least=low, at_most=high), number)
    assert (found == "") == (low <= number <= high)


def test_numbers_are_told_as_people_write_them():
    assert [told(number) for number in (1284551.0, 0.5, -3.0, 1e20)] == ["1284551", "0.5", "-3", "1e+20"]


def test_a_failing_bound_is_an_error_that_names_all_it_is_about():
    problem = judge(check(at_least=10), 3.0, None, THEN).problem

    assert problem.severity is Severity.ERROR
    assert problem.values == {"database": "inventario", "name": "ventas", "found": "3", "expected": "10"}


def test_an_age_says_what_it_is_counted_in():
    answers = ("2025-08-06T13:30+00:00", "2025-08-05T14:30+00:00")
    figures = [judge(check(within_hours=2), answer, None, THEN) for answer in answers]

    assert [(one.value, one.unit, one.ok) for one in figures] == [(1.0, "hours", True), (24.0, "hours", False)]
    assert judge(check(equals=7), 7.0, None, THEN).unit == ""
