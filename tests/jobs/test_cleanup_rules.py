"""What must hold of every judgement of the deep clean-up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import BackupKind, Origin, SetStatus, Tick
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.catalog.index import DatabaseSummary, SetSummary
from rexus.modules.backup.catalog.ledger import OldSegment
from rexus.modules.backup.jobs.cleanup_rules import Circumstances, Litter, Thing, judged
from rexus.modules.backup.jobs.orphan_list import OrphanList

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NAMES = ("users", "auditoria")

days = st.integers(-10, 400)
instants = days.map(lambda day: NOW - timedelta(days=day))
paths = st.sampled_from(["databases/users_20250101_000000.bak.gz", "databases/otra_20250101_000000_2.bak", "config/x"])


@st.composite
def summaries(draw: st.DrawFn) -> SetSummary:
    def database() -> DatabaseSummary:
        return DatabaseSummary(
            status=draw(st.sampled_from(SetStatus)),
            tick=draw(st.sampled_from(Tick)),
            size_bytes=1,
            stored_bytes=1,
            file="x",
        )

    return SetSummary(
        set="20260101_000000", timestamp=NOW.isoformat(), kind=BackupKind.FULL, status=SetStatus.COMPLETED,
        origin=Origin.MANUAL, tick=Tick.CONTENT, pinned=None, stored_bytes=1, last_checked_at=None,
        databases={name: database() for name in draw(st.sets(st.sampled_from(NAMES)))}, deleting=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Litter, Circumstances]:
    things = st.lists(st.builds(Thing, path=st.sampled_from(["temp/a", "temp/b"]), bytes=st.integers(0, 9)), max_size=2)
    orphans = draw(st.lists(paths, unique=True))
    litter = Litter(
        temp=tuple(draw(things)),
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
        sets=tuple(draw(st.lists(summaries(), max_size=2))), databases=NAMES, **flags,
    )  # fmt: skip
    return litter, given_


@given(worlds())
def test_nothing_goes_before_its_time_or_while_it_may_be_needed(world: tuple[Litter, Circumstances]) -> None:
    litter, given_ = world
    items = judged(litter, given_)
    everything = (*litter.temp, *litter.orphans, *litter.copies, *litter.segments)
    assert len(items) == len(everything)
    usable = {
        name
        for one in given_.sets
        for name, held in one.databases.items()
        if not one.deleting and held.status is SetStatus.COMPLETED and held.tick not in (Tick.NONE, Tick.FAILED)
    }
    at = {one.path: one.at for one in litter.copies}
    for one in items:
        assert "?" not in sentence(one.because).message
        if not one.delete:
            continue
        if one.kind == "temp":
            assert not given_.worked_on
        elif one.kind == "orphan":
            assert not given_.unreadable
            assert NOW - given_.listed.since(one.path) >= timedelta(days=given_.orphan_days)
            assert usable
            assert "users_" not in one.path or "users" in usable
        elif one.kind == "audit":
            assert given_.trail_whole
        else:
            assert not given_.restore_open
            assert NOW - at[one.path] >= timedelta(days=given_.safety_days)
