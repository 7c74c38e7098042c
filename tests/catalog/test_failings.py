"""Since when a backup is known to be damaged or missing, by its checks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import Check, Depth, Problem, Tick
from rexus.modules.backup.catalog.failings import failing, with_first
from rexus.modules.backup.catalog.ticks import merged, tick_of_checks

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


def made(day: float, depth: Depth = Depth.CONTENT, code: str | None = None) -> Check:
    problem = Problem(code=code) if code else None
    return Check(depth=depth, at=BEGUN + timedelta(days=day), ok=code is None, problem=problem)


def damaged(day: float, depth: Depth = Depth.CONTENT) -> Check:
    return made(day, depth, "verify.content_hash")


def missing(day: float) -> Check:
    return made(day, code="store.missing")


def since(*checks: Check) -> tuple[float | None, float | None]:
    """Days from the beginning to when damage and absence were first noted."""
    found = failing(checks, "", BEGUN)
    times = (found.damaged_at, found.absent_at)
    return tuple(None if at is None else (at - BEGUN) / timedelta(days=1) for at in times)  # type: ignore[return-value]


def test_the_first_failure_counts_that_nothing_made_good() -> None:
    assert since(made(0), made(1)) == (None, None)
    assert since(made(0), damaged(3), damaged(5)) == (3, None)
    assert since(damaged(3), made(4), damaged(5)) == (5, None)
    assert since(damaged(3, Depth.ENGINE), made(4), damaged(5)) == (3, None)
    assert since(missing(2), damaged(3), missing(6)) == (3, 2)
    assert since(missing(2), made(3, Depth.STORED), missing(6)) == (None, 6)


def test_a_time_before_what_came_before_it_is_not_believed() -> None:
    assert since(made(9), damaged(-900)) == (None, None)
    assert failing((made(9), damaged(-900)), "", BEGUN).damage == damaged(-900)
    assert since(damaged(-1)) == (None, None)
    assert since(made(9), damaged(-900), damaged(10), damaged(11)) == (10, None)
    assert since(made(900), damaged(10), damaged(901)) == (901, None), "the clock was ahead before"


def test_merging_keeps_since_when() -> None:
    checks: tuple[Check, ...] = (made(0),)
    for one in (damaged(3), damaged(5), missing(6), missing(7), made(8, Depth.STORED), missing(9), damaged(10)):
        checks = with_first((*checks, one), merged(checks, (one,)), "", BEGUN)
    assert [(one.at - BEGUN).days for one in checks] == [0, 3, 8, 9, 10]
    assert since(*checks) == (3, 9)


one_check = st.builds(
    made,
    st.integers(-3, 60),
    st.sampled_from(Depth),
    st.sampled_from((None, None, "verify.content_hash", "store.missing", "source.busy")),
)


@given(st.lists(one_check, max_size=12))
def test_one_by_one_or_all_at_once_is_the_same(drawn: list[Check]) -> None:
    kept: tuple[Check, ...] = ()
    for one in drawn:
        kept = with_first((*kept, one), merged(kept, (one,)), "", BEGUN)

    assert tick_of_checks(kept) is tick_of_checks(merged((), drawn))
    known, whole = failing(kept, "", BEGUN), failing(drawn, "", BEGUN)
    assert (known.damage is None, known.absence is None) == (whole.damage is None, whole.absence is None)
    assert (tick_of_checks(kept) is Tick.FAILED) == (known.damage is not None or known.absence is not None)
    assert len(kept) <= 2 * len(Depth) + 4
    if [one.at for one in drawn] == sorted(one.at for one in drawn) and all(one.at >= BEGUN for one in drawn):
        assert (known.damaged_at, known.absent_at) == (whole.damaged_at, whole.absent_at)
