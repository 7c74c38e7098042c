"""The axes of the charts while there is little to draw: round times, and a single measurement in the middle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from gui.world import settle
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.qt import chart_data
from rexus.modules.backup.qt.page_summary import SummaryPage

NOW = datetime(2026, 12, 1, 4, 33, 20, tzinfo=UTC)
RIGHT = NOW.timestamp() / 86_400


@given(st.floats(1 / 24, 1), st.floats(0, 1))
def test_times_on_the_axis_are_round_few_and_within_it(wide, begun):
    right = RIGHT + begun
    marks = chart_data.day_marks(right - wide, right)
    assert 1 <= len(marks) <= 3
    for at, text in marks:
        assert right - wide < at < right
        assert int(text[-2:]) % 5 == 0
        assert len(text) == 5
    apart = {round((after[0] - one[0]) * 1440) for one, after in pairwise(marks)}
    assert len(apart) <= 1


@given(st.floats(1.001, 2.99), st.floats(0, 1))
def test_over_a_day_the_days_begin_there(wide, begun):
    right = RIGHT + begun
    marks = chart_data.day_marks(right - wide, right)
    assert len({text for _at, text in marks}) == len(marks) <= 3
    for at, text in marks:
        assert right - wide < at < right
        assert ":" not in text


def test_a_single_measurement_stands_in_the_middle_with_its_time_near():
    at = (NOW - timedelta(minutes=1)).timestamp() / 86_400
    left, right = chart_data._span([at, at + 1e-5], NOW)
    assert abs((left + right) / 2 - at) < 1e-4
    assert [text[-2:] for _at, text in chart_data.day_marks(left, right)] == ["15", "30", "45"]


def test_several_go_on_to_now():
    first = (NOW - timedelta(hours=5)).timestamp() / 86_400
    left, right = chart_data._span([first, first + 0.1], NOW)
    assert (left, right) == (first, RIGHT)


def test_a_single_measurement_of_free_space_can_be_seen(world, qtbot):
    world.backup()
    page = SummaryPage()
    world.show(page)
    settle(qtbot, lambda: page.overview is not None)
    one = msgspec.structs.replace(page.overview, free=((page.overview.health.at - timedelta(minutes=1), 10**9),))
    picture = chart_data.space(one)
    (begin, high), (end, same) = picture.lines[0].points
    assert high == same == 10**9
    assert (end - begin) / (picture.right - picture.left) > 0.05
    assert picture.left <= begin < end <= picture.right
