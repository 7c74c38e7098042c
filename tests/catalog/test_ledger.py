"""The audit trail: every line chained, every change noticed."""

from __future__ import annotations

import json
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import StoreFailed
from rexus.modules.backup.base.files import RealFiles, Writing
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.catalog import locking
from rexus.modules.backup.catalog.ledger import GAP, TORN, Audit


class Clock:
    def now(self) -> datetime:
        return datetime(2025, 8, 6, 14, 30, 52, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    audit = Audit(tmp_path / "logs", RealFiles(), Clock())
    for number in range(5):
        audit.record("ana", "backup", f"20250806_14305{number}", "ok", {"bytes": number, "note": "señal ✓"})
    return tmp_path / "logs"


def again(folder: Path) -> Audit:
    return Audit(folder, RealFiles(), Clock())


def codes(folder: Path) -> list[str]:
    report = again(folder).verify()
    assert report.ok == all(one.severity == "warning" for one in report.problems)
    assert all("?" not in sentence(one).message and sentence(one).fix for one in report.problems)
    return [one.code for one in report.problems]


def lines(folder: Path) -> list[bytes]:
    return (folder / "audit.jsonl").read_bytes().splitlines(keepends=True)


def put(folder: Path, changed: list[bytes]) -> None:
    (folder / "audit.jsonl").write_bytes(b"".join(changed))


def test_lines_are_json_with_the_promised_members(folder: Path) -> None:
    told = [json.loads(line) for line in lines(folder)]
    assert list(told[0]) == [
        "number", "at", "who", "what", "target", "result", "detail", "previous", "hash",
    ]  # fmt: skip
    assert told[0]["at"] == "2025-08-06T14:30:52Z"
    assert told[1]["previous"] == told[0]["hash"]
    report = again(folder).verify()
    assert (report.ok, report.lines, report.problems) == (True, 5, ())
    assert [one.number for one in again(folder).tail(2)] == [4, 5]
    assert again(folder).tail(0) == ()


def test_nothing_yet_is_fine(tmp_path: Path) -> None:
    report = again(tmp_path / "logs").verify()
    assert (report.ok, report.lines) == (True, 0)
    assert again(tmp_path / "logs").tail(5) == ()
    assert not (tmp_path / "logs").exists()


def test_an_edited_line_is_named(folder: Path) -> None:
    all_lines = lines(folder)
    put(folder, [*all_lines[:2], all_lines[2].replace(b'"ana"', b'"eva"'), *all_lines[3:]])
    report = again(folder).verify()
    assert report.problems[0].code == "audit.changed"
    assert report.problems[0].values["line"] == 3


@pytest.mark.parametrize("order", [[0, 2, 3, 4], [1, 2, 3, 4], [0, 2, 1, 3, 4], [0, 1, 1, 2, 3, 4]])
def test_removed_and_moved_lines_are_noticed(folder: Path, order: list[int]) -> None:
    all_lines = lines(folder)
    put(folder, [all_lines[number] for number in order])
    assert codes(folder)[0] == "audit.chain"


@pytest.mark.parametrize("left", range(5))
def test_lines_cut_off_at_the_end_are_noticed_and_going_on_does_not_hide_it(folder: Path, left: int) -> None:
    put(folder, lines(folder)[:left])
    assert codes(folder) == ["audit.truncated"]
    again(folder).record("eva", "list", "", "ok")
    assert codes(folder) == ["audit.gap"]
    assert [one.what for one in again(folder).tail(2)] == [GAP, "list"]
    again(folder).record("eva", "list", "", "ok")
    assert codes(folder) == ["audit.gap"]


def test_a_lost_log_or_head_is_noticed(folder: Path) -> None:
    head = (folder / "audit.head").read_bytes()
    (folder / "audit.head").unlink()
    assert codes(folder) == ["audit.head_missing"]
    (folder / "audit.head").write_bytes(b"{")
    assert codes(folder) == ["audit.head_wrong"]
    (folder / "audit.head").write_bytes(head)
    (folder / "audit.jsonl").unlink()
    assert codes(folder) == ["audit.truncated"]


@pytest.mark.parametrize("torn", [b"{", b"\0\0\0", b"half\nof\nit", b"whole\n"])
def test_a_line_torn_by_a_crash_is_closed_and_told(folder: Path, torn: bytes) -> None:
    place = (folder / "audit.jsonl").stat().st_size
    with (folder / "audit.jsonl").open("ab") as writing:
        writing.write(torn)
    again(folder).record("ana", "list", "", "ok")
    assert codes(folder) == ["audit.torn"]
    assert [one.what for one in again(folder).tail(2)] == [TORN, "list"]
    changed = bytearray((folder / "audit.jsonl").read_bytes())
    changed[place] ^= 1
    (folder / "audit.jsonl").write_bytes(changed)
    assert codes(folder) == ["audit.changed"]


def test_a_torn_line_before_anybody_goes_on_is_no_error(folder: Path) -> None:
    with (folder / "audit.jsonl").open("ab") as writing:
        writing.write(lines(folder)[-1][:-1])
    assert codes(folder) == ["audit.torn"]


def test_a_very_long_torn_end_is_survived(folder: Path) -> None:
    with (folder / "audit.jsonl").open("ab") as writing:
        writing.write(b"y" * 1_000_000)
    again(folder).record("ana", "list", "", "ok")
    assert codes(folder) == ["audit.torn"]


def test_a_head_one_line_behind_is_what_a_crash_leaves(folder: Path) -> None:
    head = (folder / "audit.head").read_bytes()
    again(folder).record("ana", "list", "", "ok")
    (folder / "audit.head").write_bytes(head)
    assert codes(folder) == []
    again(folder).record("ana", "list", "", "ok")
    assert codes(folder) == []
    (folder / "audit.head").write_bytes(head)
    assert codes(folder) == ["audit.head_wrong"]


class Dying(RealFiles):
    """Dies at the n-th change, having written half of what it should."""

    def __init__(self, countdown: int) -> None:
        self.countdown = countdown

    def _dies(self) -> bool:
        self.countdown -= 1
        return self.countdown == 0

    def append(self, path: Path) -> Writing:
        if self._dies():
            raise OSError(5, "Input/output error")
        inner = super().append(path)
        outer = self

        class Half:
            def write(self, data: bytes) -> int:
                if outer._dies():
                    inner.write(data[: len(data) // 2])
                    raise OSError(28, "No space left on device")
                return inner.write(data)

            def sync(self) -> None:
                if outer._dies():
                    raise OSError(5, "Input/output error")
                inner.sync()

            def close(self) -> None:
                inner.close()

        return Half()

    def replace(self, source: Path, target: Path) -> None:
        if self._dies():
            raise OSError(5, "Input/output error")
        super().replace(source, target)


@pytest.mark.parametrize("torn", [b"", b"torn"])
@pytest.mark.parametrize("count", range(1, 9))
def test_a_failure_anywhere_leaves_a_chain_that_goes_on(folder: Path, count: int, torn: bytes) -> None:
    with (folder / "audit.jsonl").open("ab") as writing:
        writing.write(torn)
    try:
        Audit(folder, Dying(count), Clock()).record("ana", "list", "", "ok")
    except StoreFailed as error:
        assert error.code == "audit.write_failed"
    again(folder).record("ana", "last", "", "ok")
    again(folder).record("ana", "last", "", "ok")
    assert set(codes(folder)) <= {"audit.torn"}


class Headless(RealFiles):
    """Can append, but not publish."""

    def replace(self, source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")


def test_the_head_is_mended_before_anything_is_added(folder: Path) -> None:
    for _ in range(3):
        with pytest.raises(StoreFailed):
            Audit(folder, Headless(), Clock()).record("ana", "list", "", "ok")
    assert len(lines(folder)) == 6
    again(folder).record("ana", "list", "", "ok")
    assert codes(folder) == []


class Looking(RealFiles):
    """Tries the lock while a line is appended."""

    def __init__(self) -> None:
        self.could_lock: list[bool] = []

    def append(self, path: Path) -> Writing:
        if path.name == "audit.jsonl":
            descriptor = os.open(path.with_name("audit.lock"), os.O_RDWR)
            try:
                self.could_lock.append(locking._try(descriptor))
            finally:
                os.close(descriptor)
        return super().append(path)


def test_a_line_is_only_added_under_the_lock(folder: Path) -> None:
    files = Looking()
    Audit(folder, files, Clock()).record("ana", "list", "", "ok")
    assert files.could_lock == [False]


def test_a_lock_that_stays_taken_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_PATIENCE_S", 0.0)
    with locking.locked(folder / "audit.lock", RealFiles()), pytest.raises(StoreFailed, match="another process"):
        again(folder).record("ana", "list", "", "ok")
    assert codes(folder) == []


def _write_some(folder: str, who: str) -> None:
    audit = Audit(Path(folder), RealFiles(), SystemClock())
    for number in range(15):
        audit.record(who, "backup", str(number), "ok")


def test_two_processes_make_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_some, args=(str(tmp_path / "logs"), who)) for who in ("ana", "eva")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    report = again(tmp_path / "logs").verify()
    assert (report.ok, report.lines, report.problems) == (True, 30, ())


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=50), st.text(max_size=50), st.dictionaries(st.text(max_size=5), st.text() | st.integers(0, 9)))
def test_any_text_can_be_told(tmp_path_factory: pytest.TempPathFactory, who: str, target: str, detail: dict) -> None:  # type: ignore[type-arg]
    audit = again(tmp_path_factory.mktemp("audit"))
    audit.record(who + "\ud800", "backup", target + "\n", "ok", detail)
    report = audit.verify()
    assert (report.ok, report.lines) == (True, 1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_changed_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("audit")
    for number in range(3):
        again(folder).record("ana", "backup", str(number), "ok", {"n": number})
    log = bytearray((folder / "audit.jsonl").read_bytes())
    place = data.draw(st.integers(0, len(log) - 1))
    log[place] ^= 1 << data.draw(st.integers(0, 7))
    (folder / "audit.jsonl").write_bytes(log)
    assert not again(folder).verify().ok
