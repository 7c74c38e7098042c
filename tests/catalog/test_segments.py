"""The audit trail in parts: closed by month and size, chained across, the oldest removed for their age."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.faults import CountingFiles, FaultyFiles, RecordingFiles, crash_states, read_tree, write_tree
from support.litter import At

from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.catalog import segments
from rexus.modules.backup.catalog.ledger import Audit

START = datetime(2026, 1, 15, 12, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def month(number: int) -> datetime:
    """The 15th of a month; 0 is January 2026."""
    return datetime(2026 + number // 12, number % 12 + 1, 15, 12, tzinfo=UTC)


def write(folder: Path, months: int, lines: int = 3) -> None:
    """Some lines in each of so many months."""
    for number in range(months):
        for line in range(lines):
            Audit(folder, RealFiles(), At(month(number))).record("ana", "backup", f"{number}.{line}", "ok")


def audit(folder: Path, now: datetime = START) -> Audit:
    return Audit(folder, RealFiles(), At(now))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("audit*.jsonl"))


def codes(folder: Path) -> list[str]:
    report = audit(folder).verify()
    assert report.ok == all(one.severity is not Severity.ERROR for one in report.problems)
    assert all("?" not in sentence(one).message and sentence(one).fix for one in report.problems)
    return [one.code for one in report.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "logs", 4)
    return tmp_path / "logs"


def test_a_month_that_is_over_is_closed_and_the_chain_goes_on(folder: Path) -> None:
    assert names(folder) == [
        "audit-00000001-00000003.jsonl", "audit-00000004-00000006.jsonl", "audit-00000007-00000009.jsonl",
        "audit.jsonl",
    ]  # fmt: skip
    report = audit(folder).verify()
    assert (report.ok, report.lines, report.problems, report.expired) == (True, 12, (), 0)
    first = json.loads((folder / "audit-00000004-00000006.jsonl").read_text("utf-8").splitlines()[0])
    assert first["number"] == 4
    assert [one.number for one in audit(folder).tail(5)] == [8, 9, 10, 11, 12]
    assert [one.number for one in audit(folder).tail(99)] == list(range(1, 13))


def test_a_large_one_is_closed_within_the_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MAX_BYTES", 2000)
    for number in range(30):
        audit(tmp_path).record("ana", "backup", str(number), "ok")
    assert len(names(tmp_path)) == 4
    assert all(path.stat().st_size < 2600 for path in tmp_path.glob("audit-*.jsonl"))
    assert audit(tmp_path).verify().lines == 30


def test_a_clock_that_goes_back_closes_nothing(folder: Path) -> None:
    before = names(folder)
    audit(folder, month(0)).record("ana", "list", "", "ok")
    audit(folder, month(3)).record("ana", "list", "", "ok")
    assert names(folder) == before
    assert codes(folder) == []


def test_a_trail_of_one_file_is_closed_when_its_month_is_over(tmp_path: Path) -> None:
    write(tmp_path, 1, lines=5)
    data = (tmp_path / "audit.jsonl").read_bytes()
    audit(tmp_path, month(7)).record("ana", "list", "", "ok")
    assert (tmp_path / "audit-00000001-00000005.jsonl").read_bytes() == data
    assert codes(tmp_path) == []


def test_a_file_that_is_in_the_way_is_never_overwritten(folder: Path) -> None:
    (folder / "audit-00000010-00000012.jsonl").mkdir()
    audit(folder, month(9)).record("ana", "list", "", "ok")
    assert (folder / "audit-00000010-00000012.jsonl").is_dir()
    assert (folder / "audit.jsonl").read_bytes().count(b"\n") == 4
    assert codes(folder) == []


@pytest.mark.parametrize("lost", range(3))
def test_a_segment_that_somebody_removed_is_noticed(folder: Path, lost: int) -> None:
    (folder / names(folder)[lost]).unlink()
    assert codes(folder)[0] == "audit.chain"


def test_the_live_file_removed_is_noticed_and_told_by_the_next_line(folder: Path) -> None:
    (folder / "audit.jsonl").unlink()
    assert codes(folder) == ["audit.truncated"]
    line = audit(folder, month(3)).record("ana", "list", "", "ok")
    assert line.number == 11
    assert codes(folder) == ["audit.gap"]


def test_parts_that_changed_places_are_noticed(folder: Path) -> None:
    one, other = (folder / name for name in names(folder)[:2])
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert "audit.chain" in codes(folder)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_changed_byte_of_any_part_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("audit")
    write(folder, 3, lines=2)
    path = folder / data.draw(st.sampled_from(names(folder)))
    log = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(log) - 1))
    log[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(log)
    assert not audit(folder).verify().ok


@pytest.mark.parametrize("left", range(1, 400, 37))
def test_a_closed_part_cut_anywhere_is_noticed(folder: Path, left: int) -> None:
    path = folder / names(folder)[1]
    path.write_bytes(path.read_bytes()[:-left])
    assert not audit(folder).verify().ok


def test_only_whole_parts_before_an_instant_are_old(folder: Path) -> None:
    old = audit(folder).old_segments
    assert old(month(0)) == ()
    assert [one.name for one in old(month(0) + timedelta(seconds=1))] == names(folder)[:1]
    assert [(one.first, one.last) for one in old(FAR)] == [(1, 3), (4, 6), (7, 9)]


def test_a_young_part_keeps_all_behind_it(tmp_path: Path) -> None:
    for number in (5, 0, 6):  # the clock went back for a while
        audit(tmp_path, month(number)).record("ana", "list", str(number), "ok")
    audit(tmp_path, month(9)).record("ana", "list", "", "ok")
    assert [one.last for one in audit(tmp_path).old_segments(month(5))] == []
    assert [one.last for one in audit(tmp_path).old_segments(month(6))] == [2]


def test_a_part_that_does_not_end_as_its_name_says_stays_with_all_behind_it(folder: Path) -> None:
    first = folder / names(folder)[0]
    first.write_bytes(b"".join(first.read_bytes().splitlines(keepends=True)[:-1]))
    assert audit(folder).old_segments(FAR) == ()


def test_an_expired_part_leaves_a_line_that_vouches_for_it(folder: Path) -> None:
    for one in audit(folder).old_segments(month(2)):
        audit(folder, month(3)).expire(one, "eva")
    assert names(folder) == ["audit-00000007-00000009.jsonl", "audit.jsonl"]
    report = audit(folder).verify()
    assert (report.ok, report.lines, report.expired) == (True, 8, 6)
    assert codes(folder) == ["audit.expired"]
    anchor = audit(folder).tail(1)[0]
    assert (anchor.who, anchor.what, anchor.target) == ("eva", "audit.expired", "audit-00000004-00000006.jsonl")
    (folder / "audit-00000007-00000009.jsonl").unlink()
    assert codes(folder)[0] == "audit.chain"


def test_the_line_that_vouches_may_expire_as_well(tmp_path: Path) -> None:
    for number in range(12):
        trail = audit(tmp_path, month(number))
        trail.record("ana", "list", str(number), "ok")
        for one in trail.old_segments(month(number) - timedelta(days=62)):
            trail.expire(one, "eva")
        assert trail.verify().ok
    assert len(names(tmp_path)) == 3
    assert audit(tmp_path).verify().expired > 10


def test_a_line_that_vouches_for_other_bytes_proves_nothing(folder: Path) -> None:
    one = audit(folder).old_segments(FAR)[0]
    forged = type(one)(**{**{name: getattr(one, name) for name in one.__struct_fields__}, "hash": "0" * 64})
    audit(folder, month(3)).expire(forged, "eva")
    assert codes(folder) == ["audit.chain"]


def _close(folder: Path, files: RealFiles) -> None:
    Audit(folder, files, At(month(5))).record("ana", "list", "", "ok")


def _expire(folder: Path, files: RealFiles) -> None:
    trail = Audit(folder, files, At(month(3)))
    for one in trail.old_segments(FAR)[:2]:
        trail.expire(one, "eva")


@pytest.mark.parametrize("change", [_close, _expire])
def test_a_failure_anywhere_leaves_a_chain_that_goes_on(folder: Path, tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    counted = CountingFiles(RealFiles())
    change(shutil.copytree(folder, tmp_path / "count"), counted)
    for number in range(1, counted.calls + 1):
        copy = shutil.copytree(folder, tmp_path / str(number))
        faulty = FaultyFiles(RealFiles(), number, OSError(5, "Input/output error"))
        try:
            change(copy, faulty)
        except StoreFailed as error:
            assert error.code == "audit.write_failed"
        audit(copy, month(5)).record("ana", "last", "", "ok")
        audit(copy, month(5)).record("ana", "last", "", "ok")
        assert set(codes(copy)) <= {"audit.torn", "audit.expired"}, faulty.failed
        lines = audit(copy).tail(99)
        assert [one.number for one in lines] == list(range(lines[0].number, lines[0].number + len(lines)))


@pytest.mark.parametrize("change", [_close, _expire])
def test_a_power_cut_anywhere_leaves_a_chain_that_goes_on(folder: Path, change) -> None:  # type: ignore[no-untyped-def]
    initial = read_tree(folder)
    recording = RecordingFiles(folder)
    change(folder, recording)
    for state in crash_states(recording, initial):
        shutil.rmtree(folder)
        write_tree(state, folder)
        assert set(codes(folder)) <= {"audit.torn", "audit.expired", "audit.changed"}
        audit(folder, month(5)).record("ana", "last", "", "ok")
        assert set(codes(folder)) <= {"audit.torn", "audit.expired"}, state.after
        assert audit(folder).tail(1)[0].what == "last"


def test_reading_a_trail_that_cannot_be_written_works(folder: Path) -> None:
    (folder / "audit.lock").unlink()
    assert audit(folder).verify().ok
    assert not (folder / "audit.lock").exists()
