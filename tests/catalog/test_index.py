"""The list of sets, its cache, and the checks that drive the ticks."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles, Writing
from rexus.modules.backup.base.records import (
    Check,
    DatabaseBackup,
    Depth,
    FileSetBackup,
    Manifest,
    Pin,
    SetStatus,
    Tick,
)
from rexus.modules.backup.catalog import index as indexing
from rexus.modules.backup.catalog.index import CACHE_NAME, Catalog, tick_of_database, tick_of_set
from rexus.modules.backup.catalog.ticks import counting, merged, tick_of_checks

NOW = datetime(2025, 8, 6, 14, 30, 52, tzinfo=UTC)
STORED = "a" * 64


def made(name: str, started_at: datetime = NOW, checks: tuple[Check, ...] = ()) -> Manifest:
    users = DatabaseBackup(status=SetStatus.COMPLETED, file=f"databases/users_{name}.bak.gz", stored_bytes=7,
                           stored_sha256=STORED, checks=checks)  # fmt: skip
    return Manifest(timestamp=name, started_at=started_at, status=SetStatus.COMPLETED, databases={"users": users})


def check(depth: Depth, minute: int, ok: bool = True, stored: str = STORED) -> Check:
    return Check(depth=depth, at=NOW + timedelta(minutes=minute), ok=ok, stored_sha256=stored)


@pytest.fixture(params=[100])
def many(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A hundred settled manifests, or as many as the test wants."""
    for number in range(request.param):
        name = f"20250101_{number // 60:02}{number % 60:02}00"
        manifest = made(name, NOW + timedelta(minutes=number))
        path = tmp_path / f"backup_manifest_{name}.json"
        path.write_bytes(indexing.manifests.to_text(manifest))
        os.utime(path, (1_700_000_000, 1_700_000_000 + number))
    return tmp_path


class Counting(RealFiles):
    """Counts what is written, or refuses to write."""

    def __init__(self, refuse: bool = False) -> None:
        self.written = 0
        self.refuse = refuse

    def create(self, path: Path, *, private: bool = True) -> Writing:
        if self.refuse:
            raise OSError(30, "Read-only file system")
        self.written += 1
        return super().create(path, private=private)


def test_the_newest_is_first(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path, RealFiles())
    later = NOW + timedelta(hours=1)
    for name, at in (("20250806_143052_10", NOW), ("20250806_143052_2", NOW), ("20250806_143052", NOW),
                     ("20250806_133052", later)):  # fmt: skip
        catalog.publish(made(name, at))
    names = [one.set for one in catalog.entries().sets]
    assert names == ["20250806_133052", "20250806_143052_10", "20250806_143052_2", "20250806_143052"]


def test_a_summary_says_what_lists_need(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path, RealFiles())
    manifest = made("20250806_143052", checks=(check(Depth.CONTENT, 5), check(Depth.STORED, 9)))
    pin = Pin(name="cierre", until=NOW, by="ana")
    catalog.publish(msgspec.structs.replace(manifest, pin=pin, deleting_since=NOW))
    (one,) = catalog.entries().sets
    assert (one.timestamp, one.pinned, one.deleting) == ("2025-08-06T14:30:52+00:00", "cierre", True)
    assert one.last_checked_at == "2025-08-06T14:39:52+00:00"
    assert (one.tick, one.databases["users"].tick, one.stored_bytes) == (Tick.CONTENT, Tick.CONTENT, 7)


def test_no_folder_is_an_empty_list(tmp_path: Path) -> None:
    listing = Catalog(tmp_path / "none", RealFiles()).entries()
    assert not listing.sets
    assert not listing.problems
    (tmp_path / "file").write_bytes(b"")
    assert [one.code for one in Catalog(tmp_path / "file", RealFiles()).entries().problems] == ["catalog.unreadable"]


def test_the_cache_says_the_same_and_is_written_once(many: Path) -> None:
    (many / "backup_manifest_20240101_000000.json").write_bytes(b"{")
    os.utime(many / "backup_manifest_20240101_000000.json", (1_600_000_000, 1_600_000_000))
    files = Counting()
    first = Catalog(many, files).entries()
    assert (len(first.sets), [one.code for one in first.problems]) == (100, ["manifest.damaged"])
    assert Catalog(many, files).entries() == first
    assert files.written == 1
    (many / CACHE_NAME).unlink()
    assert Catalog(many, files).entries() == first


@pytest.mark.parametrize("many", [100, 3], indirect=True)
def test_the_cache_never_hides_a_change(many: Path) -> None:
    catalog = Catalog(many, RealFiles())
    before = catalog.entries().sets
    victim, changed = before[0].set, before[1].set
    catalog.remove(victim)
    catalog.add_checks(changed, {"users": (check(Depth.ENGINE, 1),)})
    catalog.publish(made("20260101_000000", NOW + timedelta(days=9)))
    after = {one.set: one for one in catalog.entries().sets}
    assert victim not in after
    assert after[changed].tick is Tick.ENGINE
    assert next(iter(after)) == "20260101_000000"
    catalog.add_checks(changed, {"users": (check(Depth.ENGINE, 2, ok=False),)})
    assert {one.set: one for one in catalog.entries().sets}[changed].tick is Tick.FAILED


@pytest.mark.parametrize("many", [100, 3], indirect=True)
def test_a_file_changed_just_now_is_read_again_even_if_nothing_tells(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog(many, RealFiles())
    path = many / "backup_manifest_20250806_143052.json"
    catalog.publish(made("20250806_143052", checks=(check(Depth.STORED, 1, stored=""),)))
    status = path.stat()
    monkeypatch.setattr(indexing.time, "time_ns", lambda: status.st_mtime_ns + 1)  # a slow machine is no later
    assert {one.set: one for one in catalog.entries().sets}["20250806_143052"].tick is Tick.STORED
    changed = indexing.manifests.to_text(made("20250806_143052", checks=(check(Depth.ENGINE, 1, stored=""),)))
    assert len(changed) == status.st_size
    with path.open("r+b") as writing:
        writing.write(changed)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.read_bytes() == changed
    assert {one.set: one for one in catalog.entries().sets}["20250806_143052"].tick is Tick.ENGINE


def test_the_cache_forgets_what_is_gone(many: Path) -> None:
    files = Counting()
    catalog = Catalog(many, files)
    catalog.remove(catalog.entries().sets[0].set)
    for _ in range(2):
        assert len(catalog.entries().sets) == 99
        assert files.written == 2


def test_a_window_that_asks_again_unpacks_the_cache_only_when_it_changed(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Catalog(many, RealFiles())
    other.entries()
    unpacked = []
    decode = indexing.msgspec.msgpack.decode
    monkeypatch.setattr(indexing.msgspec.msgpack, "decode", lambda *a, **k: unpacked.append(1) or decode(*a, **k))
    catalog = Catalog(many, RealFiles())
    first = catalog.entries()
    assert catalog.entries() == first
    assert len(unpacked) == 1
    other.remove(first.sets[0].set)
    other.entries()
    assert catalog.entries().sets == first.sets[1:]


def test_a_damaged_cache_is_no_loss(many: Path) -> None:
    good = Catalog(many, RealFiles()).entries()
    cache = (many / CACHE_NAME).read_bytes()
    for data in (b"", b"garbage", cache[:-1], cache[:40], cache[:100] + b"\x00" + cache[101:]):
        (many / CACHE_NAME).write_bytes(data)
        assert Catalog(many, RealFiles()).entries() == good


def test_a_root_that_is_read_only_still_lists(many: Path) -> None:
    catalog = Catalog(many, Counting(refuse=True))
    assert len(catalog.entries().sets) == 100
    assert catalog.cache_problem == "Read-only file system"


@pytest.mark.parametrize("many", [3], indirect=True)
def test_few_sets_are_read_once_while_they_stay(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog(many, RealFiles())
    before = catalog.entries()
    with monkeypatch.context() as patched:
        patched.setattr(indexing.manifests, "read", None)  # would be called
        assert catalog.entries() == before
    path = many / "backup_manifest_20250101_000000.json"
    path.write_bytes(path.read_bytes().replace(b"users", b"audit"))
    assert catalog.entries().problems


def test_a_small_root_needs_no_cache(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path, RealFiles())
    catalog.publish(made("20250806_143052"))
    catalog.entries()
    assert [one.name for one in tmp_path.iterdir()] == ["backup_manifest_20250806_143052.json"]


@pytest.mark.parametrize("name", ["20250806_143053", "../x", "", "/etc/passwd", "2025", "x" * 9999])
def test_an_unknown_set_is_told_with_the_nearest(tmp_path: Path, name: str) -> None:
    catalog = Catalog(tmp_path, RealFiles())
    with pytest.raises(BadInput) as caught:
        catalog.load(name)
    assert caught.value.values["nearest"] == "-"
    catalog.publish(made("20250806_143052"))
    with pytest.raises(BadInput) as caught:
        catalog.load(name)
    assert caught.value.code == "set.unknown"
    assert caught.value.values["nearest"] == "20250806_143052"
    if name != "20250806_143053":
        with pytest.raises(BadInput, match=r"set\.unknown"):
            catalog.remove(name)


def test_checks_are_kept_with_the_set_and_bounded(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path, RealFiles())
    files = FileSetBackup(status=SetStatus.COMPLETED)
    catalog.publish(msgspec.structs.replace(made("20250806_143052"), config=files))
    for minute in range(30):
        catalog.add_checks("20250806_143052", {"users": (check(Depth.CONTENT, minute, ok=minute % 2 == 0),)})
    kept = catalog.load("20250806_143052").databases["users"].checks
    assert [(one.at.minute, one.ok) for one in kept] == [(58, True), (59, False)]
    catalog.add_checks("20250806_143052", {"users": (check(Depth.CONTENT, 60),)})
    assert catalog.entries().sets[0].tick is Tick.CONTENT
    catalog.add_checks("20250806_143052", {"config": (check(Depth.CONTENT, 61, ok=False, stored=""),)})
    assert catalog.entries().sets[0].tick is Tick.FAILED
    for name in ("nobody", "application"):
        with pytest.raises(BadInput, match=r"set\.no_part"):
            catalog.add_checks("20250806_143052", {name: ()})


def test_ticks_by_example() -> None:
    def tick(*checks: Check, status: SetStatus = SetStatus.COMPLETED) -> Tick:
        return tick_of_database(DatabaseBackup(status=status, stored_sha256=STORED, checks=checks))

    assert tick() is Tick.NONE
    assert tick(check(Depth.STORED, 1), check(Depth.ENGINE, 0)) is Tick.ENGINE
    assert tick(check(Depth.ENGINE, 1), status=SetStatus.INTERRUPTED) is Tick.NONE
    assert tick(check(Depth.ENGINE, 1, stored="b" * 64)) is Tick.NONE
    assert tick(check(Depth.ENGINE, 1, stored="")) is Tick.ENGINE
    assert tick(check(Depth.ENGINE, 1), check(Depth.STORED, 2, ok=False)) is Tick.FAILED
    assert tick(check(Depth.ENGINE, 1), check(Depth.STORED, 2, ok=False, stored="b" * 64)) is Tick.FAILED
    assert tick(check(Depth.CONTENT, 1, ok=False), check(Depth.STORED, 2)) is Tick.FAILED
    assert tick(check(Depth.CONTENT, 1, ok=False), check(Depth.RESTORED, 2)) is Tick.RESTORED
    assert tick(check(Depth.CONTENT, 1), check(Depth.CONTENT, 1, ok=False)) is Tick.FAILED


CHECKS = st.lists(
    st.builds(check, st.sampled_from(Depth), st.integers(0, 9), st.booleans(), st.sampled_from([STORED, "", "b"])),
    max_size=8,
)


@settings(deadline=None)
@given(CHECKS, CHECKS)
def test_merging_keeps_the_tick_and_stays_small(old: list[Check], new: list[Check]) -> None:
    kept = merged(old, new, STORED)
    assert tick_of_checks(kept) is tick_of_checks(counting([*old, *new], STORED))
    assert len(kept) <= 2 * len(Depth)
    assert merged(kept, new, STORED) == kept


@settings(deadline=None)
@given(CHECKS, st.sampled_from(Depth), st.integers(-1000, 1000), st.sampled_from([STORED, ""]))
def test_the_last_check_counts_whatever_its_clock_said(old: list[Check], depth: Depth, minute: int, seen: str) -> None:
    failed = merged(old, [check(depth, minute, ok=False, stored=seen)], STORED)
    assert tick_of_checks(failed) is Tick.FAILED
    again = merged(failed, [check(Depth.RESTORED, minute - 5, stored=seen)], STORED)
    assert tick_of_checks(again) is Tick.RESTORED


def test_a_failure_found_after_the_clock_was_set_back_is_shown(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path, RealFiles())
    catalog.publish(made("20250806_143052", checks=(check(Depth.CONTENT, 30),)))
    catalog.add_checks("20250806_143052", {"users": (check(Depth.CONTENT, -30, ok=False),)})
    summary = catalog.entries().sets[0]
    assert (summary.tick, summary.databases["users"].tick) == (Tick.FAILED, Tick.FAILED)
    assert summary.last_checked_at == check(Depth.CONTENT, -30).at.isoformat()


@given(st.lists(CHECKS, max_size=4))
def test_a_set_is_as_good_as_its_weakest(several: list[list[Check]]) -> None:
    order = [Tick.FAILED, Tick.NONE, Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED]
    whole = {
        str(number): DatabaseBackup(status=SetStatus.COMPLETED, stored_sha256=STORED, checks=tuple(checks))
        for number, checks in enumerate(several)
    }
    manifest = msgspec.structs.replace(made("20250806_143052"), databases=whole)
    ticks = [tick_of_database(one) for one in whole.values()]
    assert tick_of_set(manifest) is min(ticks, key=order.index, default=Tick.NONE)
