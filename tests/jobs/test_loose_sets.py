"""Sets made up from files: each file is in one or is named, names are unique, the order of files does not matter."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Codec, Finding, SetStatus, Severity
from rexus.modules.backup.engines.bak_records import MediaContents, SetContents
from rexus.modules.backup.engines.headers import BackupHeader, MediaLabel, SetType
from rexus.modules.backup.jobs import loose_scan
from rexus.modules.backup.jobs.loose_known import Mark
from rexus.modules.backup.jobs.loose_scan import Scan, Seen
from rexus.modules.backup.jobs.loose_sets import sets_of
from rexus.modules.backup.stores.folder import FolderStore

AT = datetime(2026, 3, 10, 2, 0)
NAME = re.compile(r"[0-9]{8}_[0-9]{6}(_[0-9]+)?")


def header(number: int, kind: SetType, *, position: int = 1, finished: bool = True) -> BackupHeader:
    """The backup of that number; equal numbers are copies of one backup."""
    return BackupHeader(
        database=f"db{number % 3}",
        type=kind,
        position=position,
        software_major=16,
        started_at=AT + timedelta(seconds=number // 2),
        finished_at=AT + timedelta(seconds=number) if finished else None,
        first_lsn=number,
        last_lsn=number + 1,
        set_guid=f"guid-{number}-{kind}",
        family_guid=f"family-{number % 3}",
        finished=finished,
    )


WRONG = Finding(code="bak.truncated", severity=Severity.ERROR, values={"offset": 9})
SETS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from([SetType.FULL, SetType.DIFFERENTIAL, SetType.LOG, SetType.FILE])),
    max_size=3,
)


@st.composite
def files(draw: st.DrawFn) -> list[Seen]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        sequence, count = draw(st.sampled_from([(1, 1), (1, 2), (2, 2), (3, 3)]))
        held = draw(SETS)
        contents = MediaContents(
            label=MediaLabel(media_set_id="m", family_count=count, family_sequence=sequence),
            sets=tuple(
                SetContents(header=header(one, kind, position=place, finished=draw(st.booleans())), offset=place * 10)
                for place, (one, kind) in enumerate(held, 1)
            ),
            findings=(WRONG,) if draw(st.booleans()) else (),
        )
        found.append(
            Seen(
                name=f"{number}.bak",
                stored_bytes=100,
                size_bytes=100,
                codec=draw(st.sampled_from([Codec.NONE, Codec.GZIP])),
                changed_at=datetime(2026, 4, 1, tzinfo=UTC),
                contents=contents if draw(st.integers(0, 5)) else None,
            )
        )
    return found


@given(files(), st.randoms(use_true_random=False))
def test_nothing_is_lost_and_the_order_of_files_does_not_matter(found: list[Seen], order) -> None:
    told = sets_of(Scan(files=tuple(found)), UTC)
    names = [one.timestamp for one in told.manifests]
    backups = [backup for one in told.manifests for backup in one.databases.values()]
    used = {part.file for backup in backups for part in backup.pieces}
    named = {str(problem.values.get("file")) for problem in told.problems}

    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(name) for name in names)
    for seen in found:
        held = seen.contents.sets if seen.contents is not None else ()
        keys = {(one.header.set_guid, one.header.type) for one in held if one.header.type is not SetType.FILE}
        known = {backup.facts.backup_set_guid for backup in backups}
        assert {guid for guid, _ in keys} <= known
        assert held or seen.name in named
    assert used <= {seen.name for seen in found}

    shuffled = list(found)
    order.shuffle(shuffled)
    again = sets_of(Scan(files=tuple(shuffled)), UTC)
    assert [(one.timestamp, one.databases.keys()) for one in again.manifests] == [
        (one.timestamp, one.databases.keys()) for one in told.manifests
    ]


@given(files())
def test_what_is_unfinished_or_wrong_is_never_told_to_be_well(found: list[Seen]) -> None:
    for one in sets_of(Scan(files=tuple(found)), UTC).manifests:
        for backup in one.databases.values():
            lacks = backup.problem is not None
            assert lacks or (backup.status is SetStatus.COMPLETED and not backup.checks)
            assert not lacks or backup.status is not SetStatus.COMPLETED or not backup.checks[0].ok


@pytest.mark.parametrize("since_1970_ns", [-(10**18) * 3, -1, 10**21, -(10**21)])
def test_no_time_of_a_file_keeps_a_folder_from_being_looked_at(since_1970_ns, tmp_path):
    mark = Mark(stored_bytes=0, mtime_ns=since_1970_ns, ctime_ns=0, inode=1)
    (tmp_path / "a.bak").write_bytes(b"")
    assert loose_scan._seen(FolderStore(tmp_path, RealFiles()), "a.bak", mark, None).changed_at.tzinfo is UTC
