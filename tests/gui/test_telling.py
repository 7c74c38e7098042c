"""Figures and times as the window writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from rexus.modules.backup.base.records import Tick
from rexus.modules.backup.qt import telling, theme

NOON = datetime(2026, 3, 18, 12, 0).astimezone()


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.42, "0,42 s"),
        (9.99, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (3 * 86400, "3 d"),
    ],
)
def test_durations(seconds, told):
    assert telling.span(seconds).replace("\u00a0", " ") == told


def test_the_day_is_told_as_people_say_it():
    assert telling.when(NOON, NOON).endswith(", 12:00")
    days = [telling.day((NOON + timedelta(days=at)).date(), NOON.date()) for at in (-400, -5, -1, 0, 1)]
    assert days[2:] == [telling._("yesterday"), telling._("today"), telling._("tomorrow")]
    assert days[0].endswith("2025")
    assert days[1].endswith("13")


def test_every_tick_has_an_icon_and_words():
    for tick in Tick:
        icon, token = telling.tick_icon(tick)
        assert (theme.resources() / "icons" / f"{icon}.svg").is_file()
        assert theme.current()[token]
        assert telling.tick_words(tick)


def test_thousands_stand_apart():
    assert telling.count(1284551).split("\u00a0") == ["1", "284", "551"]
