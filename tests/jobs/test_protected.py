"""Nobody deletes the newest proven backup of a database, nor what others can't be restored without."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.retention_model import NOW

from rexus.modules.backup.base.records import BackupKind, Origin, SetStatus, Tick
from rexus.modules.backup.catalog.index import DatabaseSummary, SetSummary
from rexus.modules.backup.jobs import standing
from rexus.modules.backup.jobs.removal_rules import protected
from rexus.modules.backup.jobs.standing import Candidate, Held, lacking_later, needing, ordered

NAMES = ("users", "inventario", "auditoria")
PROVEN = {Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED}

databases = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        DatabaseSummary,
        status=st.sampled_from(SetStatus),
        tick=st.sampled_from(Tick),
        size_bytes=st.just(1),
        stored_bytes=st.just(1),
        file=st.just("databases/x.bak.gz"),
    ),
)


def summary(number: int, held: dict[str, DatabaseSummary], *, deleting: bool) -> SetSummary:
    return SetSummary(
        set=f"20260101_{number:06}",
        timestamp="2026-01-01T00:00:00Z",
        kind=BackupKind.FULL,
        status=SetStatus.COMPLETED,
        origin=Origin.MANUAL,
        tick=Tick.NONE,
        pinned=None,
        databases=held,
        stored_bytes=0,
        last_checked_at=None,
        deleting=deleting,
    )


@given(st.lists(st.tuples(databases, st.booleans()), max_size=12))
def test_the_newest_proven_backup_of_each_database_is_protected(drawn):
    sets = tuple(summary(99 - n, held, deleting=deleting) for n, (held, deleting) in enumerate(drawn))

    kept = protected(sets)

    for name in NAMES:
        proven = [
            one.set
            for one in sets
            if not one.deleting
            and name in one.databases
            and one.databases[name].status is SetStatus.COMPLETED
            and one.databases[name].tick in PROVEN
        ]
        assert proven[:1] == [one for one in proven[:1] if one in kept]
        for older in proven[1:]:
            assert kept.get(older) != name


# --- sets made under a wrong clock, and what others need

GOOD = Held(completed=True, present=True, proven=True)
UNCHECKED = Held(completed=True, present=True, proven=False)
UNSEEN = Held(completed=True, present=False, proven=True)
FAILED = Held(completed=False, present=False, proven=False)


def on(days: int, held: Held = GOOD, *others: Candidate, **more: object) -> Candidate:
    """A set of the database users, so many days from now; ``others`` are what it needs."""
    at = NOW + timedelta(days=days)
    held = msgspec.structs.replace(held, needs=tuple(one.set for one in others)) if others else held
    return Candidate(set=f"{at:%Y%m%d_%H%M%S}", day=at.date(), at=at, **{"databases": {"users": held}, **more})


AHEAD, TODAY, YESTERDAY = on(400), on(0), on(-1)


def lacking(*others: Candidate, order: tuple[Candidate, ...], ahead: Candidate = AHEAD) -> str | None:
    """For whose sake ``ahead`` stays, where sets were made in that order."""
    made = {one.set: number for number, one in enumerate(order)}
    return lacking_later(ahead, ordered([ahead, *others], NOW, made))


def test_a_set_from_the_future_goes_once_a_sound_one_was_made_after_it():
    assert lacking(TODAY, order=(AHEAD, TODAY)) is None
    assert lacking(TODAY, order=(TODAY,)) is None, "it was made before anything that is known"
    assert lacking(TODAY, order=(TODAY, AHEAD)) == "users"
    assert lacking(TODAY, order=(AHEAD,)) == "users", "who knows when the other was made"
    assert lacking(order=(AHEAD,)) == "users"


@pytest.mark.parametrize("held", [UNCHECKED, UNSEEN, msgspec.structs.replace(GOOD, needs=("20200101_000000",))])
def test_a_set_from_the_future_stays_while_the_newest_other_is_not_sound(held):
    doubtful = on(0, held)

    assert lacking(doubtful, YESTERDAY, order=(AHEAD, YESTERDAY, doubtful)) == "users"


def test_copies_before_a_restore_and_other_sets_from_the_future_count_for_nothing_there():
    safety, further = on(0, origin=Origin.SAFETY), on(300)

    assert lacking(safety, YESTERDAY, order=(AHEAD, YESTERDAY, safety)) is None
    assert lacking(safety, order=(AHEAD, safety)) == "users"
    assert lacking(further, order=(AHEAD, further)) == "users"
    assert lacking(further, YESTERDAY, order=(AHEAD, YESTERDAY, further)) is None
    assert lacking(on(0, deleting=True), order=(AHEAD, TODAY)) == "users"


def test_every_database_that_it_holds_must_be_held_later():
    ahead = on(400, databases={"auditoria": FAILED, "inventario": GOOD, "users": GOOD})
    both = on(0, databases={"inventario": GOOD, "users": GOOD})

    assert lacking(both, ahead=ahead, order=(ahead, both)) is None
    assert lacking(TODAY, ahead=ahead, order=(ahead, TODAY)) == "inventario"
    one = on(0, databases={"inventario": GOOD})
    assert lacking(one, ahead=ahead, order=(ahead, one)) == "users"
    assert lacking(one, YESTERDAY, ahead=ahead, order=(YESTERDAY, ahead, one)) == "users"


def test_what_was_made_after_the_newest_is_protected_with_all_that_either_needs():
    first, second = on(-900), on(-800)
    newest, late = on(-1, GOOD, first), on(-700, GOOD, second)
    sets = [first, second, late, newest]

    kept = standing.protected(sets, NOW, {newest.set: 1, late.set: 2})
    assert kept == dict.fromkeys((newest.set, late.set, first.set, second.set), "users")
    assert set(standing.protected(sets, NOW, {newest.set: 2, late.set: 1})) == {newest.set, first.set}
    assert set(standing.protected(sets, NOW)) == {newest.set, first.set}


def test_a_set_is_needed_by_whatever_can_still_be_restored_with_it():
    full = on(-9)
    log = on(-5, GOOD, full)

    assert needing(full.set, [log, full]) == log.set
    assert needing(log.set, [log, full]) is None
    assert needing(full.set, [on(-4), log, on(-3, FAILED, full), full]) == log.set
    assert needing(full.set, [full, on(-5, GOOD, full, deleting=True)]) is None
    for held in (FAILED, UNSEEN):
        assert needing(full.set, [full, on(-5, held, full)]) is None, "it can't be restored anyway"
    one_of_two = on(-5, databases={"auditoria": GOOD, **log.databases})
    assert needing(full.set, [full, one_of_two]) == one_of_two.set


def test_nothing_needs_itself():
    itself = on(-5, GOOD, on(-5))

    assert needing(itself.set, [itself]) is None
