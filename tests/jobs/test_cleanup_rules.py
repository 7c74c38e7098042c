"""What must hold of every judgement of the deep clean-up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.catalog.ledger import OldSegment
from rexus.modules.backup.jobs.cleanup_rules import Circumstances, Litter, Thing, is_archive, is_copies, judged
from rexus.modules.backup.jobs.orphan_list import OrphanList

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NAMES = ("users", "otra", "auditoria")
SETS = ("20241231_235959", "20250101_000000", "20250101_000000_2", "20250101_000000_10")

days = st.integers(-10, 400)
instants = days.map(lambda day: NOW - timedelta(days=day))
paths = st.sampled_from(
    ["databases/Users_20250101_000000.bak.gz", "databases/Otra_20250101_000000_2.bak", "config/20250101_000000"]
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Litter, Circumstances]:
    things = st.lists(st.builds(Thing, path=st.sampled_from(["temp/a", "temp/b"]), bytes=st.integers(0, 9)), max_size=2)
    orphans = draw(st.lists(paths, unique=True))
    litter = Litter(
        temp=tuple(draw(things)),
        foreign=tuple(draw(things)),
        orphans=tuple(Thing(path=path) for path in orphans),
        copies=tuple(Thing(path=f"safety/{n}", at=at) for n, at in enumerate(draw(st.lists(instants, max_size=2)))),
        segments=tuple(
            OldSegment(name=f"{n}", bytes=1, first=n, last=n, hash="", until=NOW)
            for n in range(draw(st.integers(0, 2)))
        ),
    )
    jumped = draw(st.none() | instants.filter(lambda at: at <= NOW))
    listed = OrphanList(looked=NOW, jumped=jumped, orphans={path: min(draw(instants), NOW) for path in orphans})
    flags = {name: draw(st.booleans()) for name in ("worked_on", "unreadable", "restore_open", "trail_whole")}
    given_ = Circumstances(
        now=NOW, listed=listed, orphan_days=draw(st.integers(0, 60)), safety_days=draw(st.integers(0, 60)),
        sound=draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(SETS))), **flags,
    )  # fmt: skip
    return litter, given_


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("databases/users_20250806_143052.bak", True),
        ("databases/mi base_2_20250806_143052_12.bak.gz", True),
        ("databases/users_20250806_143052.bak.zst", True),
        ("databases/users_20250806_143052.bak.gz.partial", False),
        ("databases/users_20250806_143052.sql", False),
        ("databases/users.bak", False),
        ("databases/_20250806_143052.bak", False),
        ("databases/mis/users_20250806_143052.bak", False),
        ("config/users_20250806_143052.bak", False),
    ],
)
def test_an_archive_is_known_by_its_name(path: str, ours: bool) -> None:
    assert is_archive(path) is ours


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("config/20250806_143052", True),
        ("application/20250806_143052_2", True),
        ("config/fotos", False),
        ("databases/20250806_143052", False),
        ("config/20250806_143052/x", False),
        ("config/20250806_143052 (copia)", False),
    ],
)
def test_a_folder_of_copies_is_known_by_its_name(path: str, ours: bool) -> None:
    assert is_copies(path) is ours


@given(worlds())
def test_nothing_goes_before_its_time_or_while_it_may_be_needed(world: tuple[Litter, Circumstances]) -> None:
    litter, given_ = world
    items = judged(litter, given_)
    everything = (*litter.temp, *litter.foreign, *litter.orphans, *litter.copies, *litter.segments)
    assert len(items) == len(everything)
    at = {one.path: one.at for one in litter.copies}
    for one in items:
        assert "?" not in sentence(one.because).message
        assert not (one.delete and one.because.code == "cleanup.foreign")
        if not one.delete:
            continue
        if one.kind == "temp":
            assert not given_.worked_on
        elif one.kind == "orphan":
            assert not given_.unreadable
            assert NOW - given_.listed.since(one.path) >= timedelta(days=given_.orphan_days)
            assert given_.sound
            assert "Users_" not in one.path or given_.sound["users"] in SETS[1:]
            assert "Otra_" not in one.path or given_.sound["otra"] in SETS[2:]
        elif one.kind == "audit":
            assert given_.trail_whole
        else:
            assert not given_.restore_open
            assert NOW - at[one.path] >= timedelta(days=given_.safety_days)
