"""What there is of every set: most of it is said quickly, and all of it as the store and the checks have it."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import BackupKind, Origin, SetStatus, Tick
from rexus.modules.backup.catalog.index import DatabaseSummary, SetSummary
from rexus.modules.backup.jobs.holdings import Presence, candidates
from rexus.modules.backup.stores.port import StoredFile

LISTED, LINKED = ("one", "two", "three"), "linked"
"""Files that a look into the folder finds; and one that is found only when it is asked for, behind a link."""
AT = "2026-03-14T02:00:00+00:00"
PROVEN = {Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED}
instants = st.sampled_from((None, AT))
backups = st.builds(
    DatabaseSummary,
    status=st.sampled_from(SetStatus),
    tick=st.sampled_from(Tick),
    size_bytes=st.just(9),
    stored_bytes=st.sampled_from((0, 5, 7)),
    file=st.sampled_from((None, *LISTED, LINKED, "gone")),
    server_file=st.sampled_from((None, "D:\\copias\\uno.bak")),
    proven_at=instants,
    damaged=st.booleans(),
    failed_at=instants,
    absent=st.booleans(),
    absent_at=instants,
    code=st.sampled_from((None, "space.short", "source.busy")),
)
roots = st.lists(
    st.builds(
        SetSummary,
        set=st.just("20260314_020000"),
        timestamp=st.just(AT),
        kind=st.just(BackupKind.FULL),
        status=st.sampled_from(SetStatus),
        origin=st.sampled_from(Origin),
        tick=st.just(Tick.CONTENT),
        pinned=st.none(),
        databases=st.dictionaries(st.sampled_from(("users", "stock")), backups),
        stored_bytes=st.integers(0, 30),
        last_checked_at=st.none(),
        deleting=st.booleans(),
        code=st.sampled_from((None, "space.short")),
    ),
    max_size=4,
)
sizes = st.dictionaries(st.sampled_from(LISTED), st.sampled_from((0, 5, 7)))


class Drawer:
    """A store with such files; that behind the link has five bytes."""

    def __init__(self, listed: dict[str, int]) -> None:
        self.store = self
        self._listed = listed

    def sizes(self, folder: str) -> dict[str, int]:
        return self._listed

    def stat(self, name: str) -> StoredFile | None:
        size = self._listed.get(name, 5 if name == LINKED else None)
        return StoredFile(name=name, size=size, mtime_ns=0) if size is not None else None


def is_seen(backup: DatabaseSummary, listed: dict[str, int]) -> bool:
    if backup.file is None:
        return backup.on_server and not backup.absent
    size = listed.get(backup.file, 5 if backup.file == LINKED else None)
    return size is not None and backup.stored_bytes in (0, size)


@given(roots, sizes)
def test_each_backup_is_worth_what_store_and_checks_say(sets, listed):
    found = candidates(sets, Presence(Drawer(listed)))
    assert [one.set for one in found] == [one.set for one in sets]
    for one, candidate in zip(sets, found, strict=True):
        assert candidate.databases.keys() == one.databases.keys()
        for name, backup in one.databases.items():
            held = candidate.databases[name]
            noted = backup.failed_at if backup.damaged else backup.absent_at
            passed = backup.tick is Tick.FAILED and not backup.damaged and backup.proven_at is not None
            assert held.completed is (backup.status is SetStatus.COMPLETED)
            assert held.present is (held.completed and is_seen(backup, listed))
            assert held.proven is (backup.tick in PROVEN or passed)
            assert held.damaged is backup.damaged
            assert held.missed is (not held.present and backup.absent)
            assert held.since == (datetime.fromisoformat(noted) if noted else None)
            assert held.no_room is (not held.completed and (backup.code or one.code) == "space.short")
        files = [(backup.stored_bytes, listed.get(backup.file or "", 0)) for backup in one.databases.values()]
        assert candidate.bytes == one.stored_bytes + sum(there - told for told, there in files)


@given(roots)
def test_without_a_store_all_that_is_complete_counts_as_there(sets):
    for one, candidate in zip(sets, candidates(sets), strict=True):
        assert all(held.present is held.completed for held in candidate.databases.values())
        assert candidate.bytes == one.stored_bytes


@given(roots, sizes)
def test_what_is_lost_or_of_no_set_and_whether_all_of_it_is(sets, listed):
    is_there = Presence(Drawer(listed))
    promised = [
        (one.set, name, backup)
        for one in sets
        for name, backup in one.databases.items()
        if backup.status is SetStatus.COMPLETED and not one.deleting
    ]
    lost = [(of, name) for of, name, backup in promised if not is_seen(backup, listed)]
    told = is_there.lost(sets)
    assert [(of, name) for of, names in told.items() for name in names] == lost

    named = {backup.file for one in sets for backup in one.databases.values()}
    assert is_there.unnamed(sets) == listed.keys() - named

    files = [backup.file for _, _, backup in promised if backup.file is not None]
    blind = bool(files) and not any(file in listed or file == LINKED for file in files)
    assert is_there.is_blind(sets) is blind
