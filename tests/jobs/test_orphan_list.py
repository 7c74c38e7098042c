"""Since when each orphan is known, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.jobs import orphan_list
from rexus.modules.backup.jobs.orphan_list import OrphanList, looked

NOW = datetime(2026, 7, 1, tzinfo=UTC)
WAIT = timedelta(days=14)
DAY = timedelta(days=1)


def test_what_is_new_is_listed_now_and_what_is_gone_is_forgotten() -> None:
    first = looked(None, ["databases/a", "databases/b"], NOW, WAIT)
    second = looked(first, ["databases/b", "databases/c"], NOW + DAY, WAIT)
    assert second.orphans == {"databases/b": NOW, "databases/c": NOW + DAY}
    assert (second.looked, second.jumped) == (NOW + DAY, NOW), "what was begun just now waits"
    assert looked(second, [], NOW + WAIT, WAIT).jumped is None


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=-2), timedelta(days=77), timedelta(days=9000)])
def test_after_a_jump_of_the_clock_everything_waits_anew(jump: timedelta) -> None:
    first = looked(None, ["a"], NOW, WAIT)
    after = looked(first, ["a"], NOW + jump, WAIT)
    assert after.orphans == {"a": NOW + jump}
    assert after.jumped == NOW + jump
    later = looked(after, ["a"], NOW + jump + 13 * DAY, WAIT)
    assert later.jumped == NOW + jump
    assert looked(later, ["a"], NOW + jump + 14 * DAY, WAIT).jumped is None


@pytest.mark.parametrize("step", [timedelta(hours=-3), timedelta(), timedelta(days=62)])
def test_small_steps_of_the_clock_are_no_jump(step: timedelta) -> None:
    after = looked(OrphanList(looked=NOW, orphans={"a": NOW}), ["a"], NOW + step, WAIT)
    assert after.orphans == {"a": min(NOW, NOW + step)}
    assert after.jumped is None


@given(
    st.lists(
        st.tuples(st.integers(-3000, 3000), st.frozensets(st.sampled_from(["a", "b", "c"]))), min_size=1, max_size=12
    )
)
def test_nothing_was_ever_listed_longer_than_it_is_known(steps: list[tuple[int, frozenset[str]]]) -> None:
    """Whatever the clock did: no orphan counts as listed since before the first look that has seen it since."""
    listed: OrphanList | None = None
    seen: dict[str, list[datetime]] = {}
    for day, found in steps:
        now = NOW + day * DAY
        seen = {name: [*seen.get(name, []), now] for name in found}
        listed = looked(listed, found, now, WAIT)
        assert set(listed.orphans) == found
        assert all(since in seen[name] and since <= now for name, since in listed.orphans.items())
        assert listed.jumped is None or listed.jumped <= now


def test_it_is_written_and_read_again_with_any_name(tmp_path: Path) -> None:
    names = ["databases/ñandú.bak", "config/\udcff"]
    listed = looked(None, names, NOW, WAIT)
    orphan_list.write(tmp_path, RealFiles(), listed)
    again = orphan_list.read(tmp_path)
    assert again == listed
    assert [again.since(name) for name in names] == [NOW, NOW]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b'{"looked": 3}', b'{"orphans": {}}', b"\xff\xfe", b'{"looked":"2026-01-01T00:00:00"}',
        b'{"looked":"9999-12-31T23:00:00-14:00"}', b'{"looked":"0001-01-01T00:00:00+14:00"}',
        b'{"looked":"2026-01-01T00:00:00Z","orphans":{"a":"2026-01-01T00:00:00"}}',
        b'{"looked":"2026-01-01T00:00:00Z","orphans":{"a":"9999-12-31T00:00:00Z"}}',
        b'{"looked":"2026-01-01T00:00:00Z","jumped":"2026-01-01T00:00:00"}',
    ],
)  # fmt: skip
def test_one_that_is_damaged_is_begun_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ".orphans").write_bytes(data)
    assert orphan_list.read(tmp_path) is None


def test_none_is_none(tmp_path: Path) -> None:
    assert orphan_list.read(tmp_path) is None
