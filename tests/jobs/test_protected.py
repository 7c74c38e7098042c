"""Nobody deletes the newest proven backup of a database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import BackupKind, Origin, SetStatus, Tick
from rexus.modules.backup.catalog.index import DatabaseSummary, SetSummary
from rexus.modules.backup.jobs.removal_rules import protected

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
