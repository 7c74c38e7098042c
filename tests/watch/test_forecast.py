"""When the disk will be full: compared with a company whose every night and every deletion is played."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watch.health_world import SETTINGS, made

from rexus.modules.backup.catalog.index import SetSummary
from rexus.modules.backup.config.settings import Retention
from rexus.modules.backup.watch.forecast import full_on, slope

FIRST = datetime(2025, 1, 1, 2, tzinfo=UTC)
RULES = Retention(daily=30, weekly=12, monthly=12, yearly=5)


class Company:
    """One set every so many days; ``size`` bytes each, ``growth`` more every day; pruned by its own small rules."""

    def __init__(self, rules: Retention, size: int, growth: int, every: int = 1) -> None:
        self.rules, self.size, self.growth, self.every = rules, size, growth, every
        self.days: list[int] = []
        self.day = -1

    def live(self, days: int) -> None:
        for _ in range(days):
            self.day += 1
            if self.day % self.every == 0:
                self.days.append(self.day)
            if self.rules.after_backup:
                self.prune()

    def prune(self) -> None:
        keep: set[int] = set()
        for period, count in (
            ("%Y-%m-%d", self.rules.daily),
            ("%G-%V", self.rules.weekly),
            ("%Y-%m", self.rules.monthly),
            ("%Y", self.rules.yearly),
        ):
            newest = {f"{FIRST + timedelta(days=day):{period}}": day for day in self.days}
            keep.update(sorted(newest.values(), reverse=True)[:count])
        self.days = [day for day in self.days if day in keep]

    def bytes_of(self, day: int) -> int:
        return self.size + self.growth * day

    def used(self) -> int:
        return sum(self.bytes_of(day) for day in self.days)

    @property
    def now(self) -> datetime:
        return FIRST + timedelta(days=self.day, hours=7)

    def sets(self) -> tuple[SetSummary, ...]:
        found = []
        for day in reversed(self.days):
            one = made(FIRST + timedelta(days=day), names=("users",))
            found.append(msgspec.structs.replace(one, stored_bytes=self.bytes_of(day)))
        return tuple(found)

    def forecast(self, free: int) -> date | None:
        asked = msgspec.structs.replace(SETTINGS, retention=self.rules)
        return full_on(self.sets(), asked, free, self.now)

    def full_after(self, free: int) -> int | None:
        """Days until it really is, within two years."""
        other = Company(self.rules, self.size, self.growth, self.every)
        other.days, other.day = list(self.days), self.day
        limit = self.used() + free
        for number in range(1, 730):
            other.live(1)
            if other.used() >= limit:
                return number
        return None


@pytest.mark.parametrize("age", [20, 60, 200, 500])
@pytest.mark.parametrize("growth", [0, 2_000, 20_000])
@pytest.mark.parametrize("sets", [5, 15, 40])
def test_the_forecast_is_near_what_happens(age, growth, sets):
    company = Company(RULES, 10_000_000, growth)
    company.live(age)
    free = sets * 10_000_000
    told, real = company.forecast(free), company.full_after(free)

    told_days = None if told is None else (told - company.now.date()).days
    if told_days is None or real is None:
        assert (told_days or 730) > 450, (told_days, real)
        assert (real or 730) > 450, (told_days, real)
    else:
        assert abs(told_days - real) <= max(20, 0.3 * real), (told_days, real)


def test_where_nothing_is_deleted_the_disk_fills_set_by_set():
    company = Company(msgspec.structs.replace(RULES, after_backup=False), 10_000_000, 0, every=2)
    company.live(90)

    told = company.forecast(100_000_000)

    assert told is not None
    assert abs((told - company.now.date()).days - 20) <= 5


def test_where_the_rules_have_filled_up_nothing_comes_any_more():
    company = Company(Retention(daily=7, weekly=0, monthly=0, yearly=0), 10_000_000, 0)
    company.live(60)

    assert company.forecast(1_000_000) is None


def test_too_little_is_known_at_first():
    company = Company(RULES, 10_000_000, 0)
    company.live(2)

    assert company.forecast(1) is None
    assert full_on((), SETTINGS, 10, FIRST) is None
    company.live(30)
    assert full_on(company.sets(), SETTINGS, None, company.now) is None


@given(st.integers(3, 400), st.integers(0, 10**5), st.integers(1, 5), st.lists(st.integers(0, 10**10), min_size=2))
@settings(max_examples=60, deadline=None)
def test_more_space_never_means_an_earlier_end(age, growth, every, frees):
    company = Company(RULES, 10_000_000, growth, every)
    company.live(age)
    ends = [company.forecast(free) or date.max for free in sorted(frees)]

    assert ends == sorted(ends)
    assert all(one >= company.now.date() for one in ends)


def test_rules_that_keep_nothing_fill_nothing():
    nothing = msgspec.structs.replace(SETTINGS, retention=Retention(daily=0, weekly=0, monthly=0, yearly=0))
    weekly = tuple(made(FIRST + timedelta(days=7 * number)) for number in range(8, -1, -1))

    assert full_on(weekly, nothing, 10**12, FIRST + timedelta(days=57)) is None


def test_a_slope_is_deaf_to_outliers():
    assert slope([(x, 3.0 * x) for x in range(20)]) == pytest.approx(3.0)
    assert slope([(x, 3.0 * x if x != 4 else 1e9) for x in range(20)]) == pytest.approx(3.0)
    assert (slope([]), slope([(1.0, 5.0)]), slope([(1.0, 5.0), (1.0, 9.0)])) == (0.0, 0.0, 0.0)
