"""Whatever the bytes are, reading them ends in a report."""

import io
import struct
from pathlib import Path

import pytest
from bak_world import DIFFERENTIAL, FULL, LOG, PAYLOAD, TAIL, changed, made, report, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.bak_blocks import xor_words
from support.bak_walk import Walk
from support.bak_writer import BackupSpec, write_backup

from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.engines.bak import BakReader, check_media, read_headers

KINDS = ("full", "differential", "log", "sets", "stripe", "compressed", "old")
many = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    small = {"payload": PAYLOAD[:70_000], "log": LOG[:6000]}
    found = {
        "full": made(folder / "full.bak", checksum=True, **small),
        "differential": made(folder / "diff.bak", DIFFERENTIAL, repeated_extents=1, **small),
        "log": made(folder / "log.trn", TAIL, log=LOG[:6000]),
        "compressed": made(folder / "packed.bak", compressed=True, **small),
        "old": made(folder / "old.bak", changed(FULL, software_major=9, page_verify="TORN_PAGE_DETECTION"), **small),
    }
    written(folder / "full.bak", TAIL, append=True, log=LOG[:3000])
    found["sets"] = (folder / "full.bak").read_bytes()
    write_backup([folder / "one", folder / "two"], BackupSpec(header=FULL, **small))
    found["stripe"] = (folder / "one").read_bytes()
    return found


def read_all_ways(content: bytes) -> None:
    """Reading it as a whole, closed or opened, and for its headers, ends without an exception."""
    for decode in (False, True):
        found = report(content, decode=decode)
        assert found.size_bytes == len(content)
        assert len(found.contents.findings) <= 200
        for one in found.contents.findings:
            assert all(isinstance(value, str) or abs(value) < 1 << 63 for value in one.values.values())
        check_media({"one": found, "two": found})
    read_headers(io.BytesIO(content))


@pytest.mark.parametrize("kind", KINDS)
@many
@given(data=st.data())
def test_changed_bytes(kind: str, contents: dict[str, bytes], data: st.DataObject) -> None:
    content = bytearray(contents[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        new = data.draw(st.binary(min_size=1, max_size=40) | st.just(bytes(512)) | st.just(b"\xff" * 64))
        content[at : at + len(new)] = new

    read_all_ways(bytes(content))


@pytest.mark.parametrize("kind", KINDS)
@many
@given(data=st.data())
def test_cuts_repetitions_and_insertions(kind: str, contents: dict[str, bytes], data: st.DataObject) -> None:
    content = contents[kind]
    one, other = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    shape = data.draw(st.sampled_from(["cut", "dropped", "repeated", "inserted"]))
    damaged = {
        "cut": content[:one],
        "dropped": content[:one] + content[other:],
        "repeated": content[:other] + content[one:],
        "inserted": content[:one] + data.draw(st.binary(max_size=700)) + content[one:],
    }[shape]

    read_all_ways(damaged)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "compressed"])
@many
@given(data=st.data())
def test_lies_with_a_right_checksum(kind: str, contents: dict[str, bytes], data: st.DataObject) -> None:
    """Heads whose XOR is right, and lengths, offsets and numbers of any size in them and in what follows them."""
    content = bytearray(contents[kind])
    regions = Walk(bytes(content)).regions
    number = st.sampled_from([0, 1, 2, 255, 512, 0x7FFF, 0xFFFF, 1 << 31, (1 << 32) - 1, (1 << 63) - 1, (1 << 64) - 1])
    for _ in range(data.draw(st.integers(1, 4))):
        name, begin, end = data.draw(st.sampled_from(regions))
        end = min(end, begin + 4096)
        if end - begin < 8:
            continue
        at = data.draw(st.integers(begin + 4 if end - begin <= 52 else begin, end - 2))
        size = data.draw(st.sampled_from([2, 4, 8]))
        content[at : min(at + size, end)] = struct.pack("<Q", data.draw(number))[: min(size, end - at)]
        if "body" not in name and end - begin in {22, 52}:
            content[end - 2 : end] = bytes(2)
            content[end - 2 : end] = struct.pack("<H", xor_words(bytes(content[begin:end])))

    read_all_ways(bytes(content))


@many
@given(st.binary(max_size=3000), st.sampled_from([b"", b"TAPE", b"MSSQLBAK" + struct.pack("<II", 2, 3)]))
def test_bytes_of_nowhere(content: bytes, begin: bytes) -> None:
    read_all_ways(begin + content)
    read_all_ways(begin + content + bytes(5000) + content)


def test_containers_that_stay_closed(contents: dict[str, bytes]) -> None:
    packed = contents["compressed"]
    old = packed[:8] + struct.pack("<I", 1) + packed[12:]
    encrypted = packed[:0x1E0] + b"\x33" + packed[0x1E1:0x1E4] + bytes(range(16)) + packed[0x1F4:]

    for content, code in ((old, "bak.old_compression"), (encrypted, "bak.encrypted")):
        found = report(content).contents
        assert [(one.code, one.severity) for one in found.findings] == [(code, Severity.INFO)]
        assert found.label is not None and found.label.compressed and not found.sets
        assert found.label.encrypted == (code == "bak.encrypted")
        assert read_headers(io.BytesIO(content)) == found


def test_damaged_records_are_counted_and_what_follows_is_told(contents: dict[str, bytes]) -> None:
    packed = contents["compressed"]
    middle = len(packed) // 2
    damaged = packed[:middle] + b"\0damage\0" + packed[middle + 8 :]

    for decode in (False, True):
        found = report(damaged, decode=decode).contents
        first = found.findings[0] if not decode else next(o for o in found.findings if o.code == "bak.record_damaged")
        assert (first.code, first.values["count"]) == ("bak.record_damaged", 1)
        assert found.sets[0].header.finished


def test_bytes_behind_the_end_of_a_compressed_backup(contents: dict[str, bytes]) -> None:
    packed = contents["compressed"]

    for tail in (b"\0", bytes(27), bytes(28), bytes(5000), b"garbage " * 900):
        found = report(packed + tail).contents
        assert [(one.code, one.values) for one in found.findings] == [("bak.trailing_bytes", {"offset": len(packed)})]


def test_cuts_of_a_compressed_backup(contents: dict[str, bytes]) -> None:
    packed = contents["compressed"]

    for size in range(17, len(packed), 1733):
        assert "bak.truncated" in {one.code for one in report(packed[:size]).contents.findings}


def test_a_hostile_file_takes_little_memory() -> None:
    """Pages of ever new places: the maps of what came stop growing."""
    import numpy as np

    from rexus.modules.backup.engines.bak_extents import MOST_BYTES, RANGE_EXTENTS, Ledger

    ledger = Ledger({}, differential=False, keep_maps=True)
    for file in range(1, 7000):
        ledger.came(file, np.array([file * RANGE_EXTENTS]))
        ledger.blank(file, np.array([file * 8088 + 5]), np.array([0]))
        for page in range(3):
            ledger.damage("bak.page_checksum", file, page, 0)

    kept = ledger.map()
    assert kept.is_partial
    assert sum(len(bits) for bits in [*kept.seen.values(), *kept.blank.values()]) <= MOST_BYTES
    assert sum(map(len, ledger.damaged.values())) + sum(ledger.more.values()) == 3 * 6999


@pytest.mark.parametrize("size", [1 << 40, (1 << 63) - 1, (1 << 64) - 1])
def test_a_length_that_no_file_has(size: int, contents: dict[str, bytes], tmp_path: Path) -> None:
    content = bytearray(contents["full"])
    begin = next(begin for name, begin, _ in Walk(bytes(content)).regions if name == "MQDA head")
    content[begin + 8 : begin + 16] = struct.pack("<Q", size)
    content[begin + 20 : begin + 22] = bytes(2)
    content[begin + 20 : begin + 22] = struct.pack("<H", xor_words(bytes(content[begin : begin + 22])))
    path = tmp_path / "a.bak"
    path.write_bytes(content)

    with path.open("rb") as file:
        found = read_headers(file)

    assert [(one.code, one.values) for one in found.findings] == [("bak.truncated", {"offset": len(content)})]
    assert found.sets[0].header.database == FULL.database


def test_nothing_at_all() -> None:
    assert [one.code for one in BakReader().finish().contents.findings] == ["bak.not_a_backup"]
