"""Which instant is meant by a named moment: the last one until then, and a later one only where there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.timeline import SECOND, Line, Span

START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def line_of(*spans: tuple[float, float]) -> Line:
    return Line(database="users", now=at(10**6), spans=tuple(Span(start=at(one), end=at(end)) for one, end in spans))


NIGHTS = line_of((0.7, 0.7), (86_400.2, 86_400.2), (172_800.9, 172_800.9))


@pytest.mark.parametrize(
    ("named", "grain", "found"),
    [
        (86_399, SECOND, 0.7),  # a second before a copy is not that copy, however near it is
        (86_400, SECOND, 86_400.2),  # it is shown as 02:00:00
        (172_740, MINUTE, 86_400.2),
        (172_800, MINUTE, 172_800.9),  # somebody who names a minute means all of it
        (200_000, SECOND, 172_800.9),
        (-3_600, SECOND, 0.7),  # nothing is earlier: then the first of all
    ],
)
def test_the_last_copy_until_a_moment_is_meant(named, grain, found):
    assert NIGHTS.meant(at(named), grain) == at(found)


def test_with_logs_every_instant_is_meant_as_it_is():
    line = line_of((0, 3600), (7200, 9000))

    assert line.meant(at(1234.5)) == at(1234.5)
    assert line.meant(at(7100)) == at(3600)
    assert line.meant(at(-1)) == at(0)


def test_of_nothing_nothing_is_meant():
    assert line_of().meant(at(0)) is None


edges = st.lists(st.integers(-500, 500), min_size=1, max_size=8, unique=True).map(sorted)


@given(edges, st.integers(-600, 600), st.sampled_from((SECOND, MINUTE)))
def test_nothing_later_is_meant_while_there_is_anything_before(points, named, grain):
    line = line_of(*((one, one) for one in points))
    found = line.meant(at(named), grain)

    assert found is not None and line.can_stand(found)
    if any(one <= named for one in points):
        assert found < at(named) + grain
    within = [one for one in points if at(named) <= at(one) < at(named) + grain]
    before = [one for one in points if one <= named]
    expected = min(within) if within else max(before) if before else min(points)
    assert found == at(expected)
