"""Every damage that the format lets one see is seen, and named."""

import random
import struct
from pathlib import Path

import pytest
from bak_world import DIFFERENTIAL, FULL, LOG, PAYLOAD, TAIL, changed, codes, made, report, written
from support.bak_content import fold
from support.bak_packed import places
from support.bak_walk import Walk

from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.base.texts import sentence

EXTENT = 65536
PAGE = 8192
TIMES = 12


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(tmp_path_factory.mktemp("damage") / "full.bak")


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(tmp_path_factory.mktemp("damage") / "summed.bak", checksum=True)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(tmp_path_factory.mktemp("damage") / "log.trn", TAIL)


def flipped(content: bytes, at: int, bit: int = 1) -> bytes:
    damaged = bytearray(content)
    damaged[at] ^= bit
    return bytes(damaged)


def replaced(content: bytes, at: int, data: bytes) -> bytes:
    return content[:at] + data + content[at + len(data) :]


def flips(content: bytes, places: list[tuple[int, int]]) -> list[bytes]:
    rng = random.Random(len(content))
    chosen = [rng.choice(places) for _ in range(TIMES)]
    return [flipped(content, rng.randrange(*place), 1 << rng.randrange(8)) for place in chosen]


def extents(content: bytes) -> int:
    """Where the first extent begins."""
    return Walk(content).all("MQDA")[0][0] + 2


HEADS = ("TAPE", "SFMB", "SSET", "VOLB", "MSCI", "MSDA", "MSTL", "MSLS", "ESET")
STREAMS = ("RAID", "SPAD", "MQCI", "APAD", "MQDA", "MQTL", "OTCP", "TSMP", "CSUM")


@pytest.mark.parametrize("name", HEADS)
def test_a_bit_in_the_head_of_a_block(name: str, summed: bytes) -> None:
    for damaged in flips(summed, Walk(summed).all(name)):
        assert "bak.block_damaged" in codes(damaged)


@pytest.mark.parametrize("name", STREAMS)
def test_a_bit_in_the_head_of_a_stream(name: str, summed: bytes) -> None:
    for damaged in flips(summed, Walk(summed).all(f"{name} head")):
        assert "bak.block_damaged" in codes(damaged)


def test_a_bit_in_a_compressed_record(tmp_path: Path) -> None:
    packed = made(tmp_path / "a.bak", compressed=True)
    payloads = [(begin, end) for what, begin, end in places(packed) if what == "payload"]
    used = [(begin + at, begin + at + 1) for what, begin, _ in places(packed) if what == "head" for at in (1, 2, 24)]

    for damaged in flips(packed, payloads) + flips(packed, used):
        for decode in (False, True):
            assert codes(damaged, decode=decode)
    for damaged in flips(packed, payloads):
        assert "bak.record_damaged" in codes(damaged)


def test_what_follows_a_damaged_block_is_still_told(full: bytes) -> None:
    walk = Walk(full)
    for name in ("TAPE", "SFMB", "SSET", "VOLB", "MSCI", "MSDA", "MSTL", "MSLS", "ESET"):
        found = report(flipped(full, walk.all(name)[0][0] + 20)).contents

        (one,) = found.sets
        assert one.header.database == FULL.database
        assert one.header.finished == (name != "MSLS")
        assert [finding.code for finding in found.findings] == ["bak.block_damaged"]


def test_a_damaged_first_block_of_an_appended_set_leaves_the_set_before_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.bak"
    written(path)
    before = report(path.read_bytes()).contents.sets
    written(path, changed(TAIL, database="auditoria"), append=True)
    both = path.read_bytes()

    found = report(flipped(both, Walk(both).all("SSET")[1][0] + 20)).contents

    assert [one.code for one in found.findings] == ["bak.block_damaged"]
    assert found.sets[:1] == before
    assert (found.sets[1].header.database, found.sets[1].header.position) == ("auditoria", 2)


def test_a_bit_in_the_configuration(full: bytes) -> None:
    found = [bool(codes(damaged)) for damaged in flips(full, Walk(full).all("MQCI") * 8) * 1]

    assert sum(found) >= len(found) - 1  # some bytes differ between the copies anyway
    opening = Walk(full).all("MQCI")[0][0]
    assert codes(flipped(full, opening + 91)) == {"bak.config_differs"}
    assert "bak.config_damaged" in codes(flipped(full, opening, 0x80))


def test_a_bit_in_a_page_names_the_page(full: bytes) -> None:
    begin = extents(full)
    for page in (0, 1, 2, 6, 9, 13, 20):
        for at in (0, 2, 33, 60, 63, 96, 4000, PAGE - 1):
            found = report(flipped(full, begin + page * PAGE + at)).contents.findings

            assert {one.code for one in found} <= {"bak.page_checksum", "bak.page_foreign"}
            assert (found[0].values["file"], found[0].values["page"], found[0].values["count"]) == (1, page, 1)


def test_several_damaged_pages_are_one_finding(full: bytes) -> None:
    begin, damaged = extents(full), full
    for page in (18, 13, 22):
        damaged = flipped(damaged, begin + page * PAGE + 500)

    (found,) = report(damaged).contents.findings

    assert found.values == {
        "database": FULL.database,
        "count": 3,
        "file": 1,
        "page": 13,
        "offset": begin + 13 * PAGE,
    }


def test_pages_of_an_encrypted_database_are_told_from_damaged_ones(full: bytes) -> None:
    """With TDE the headers of pages are in clear and their content is not."""
    begin, encrypted = extents(full), bytearray(full)
    end = Walk(full).all("MQDA")[0][1]
    for at in [begin, *range(begin + 8 * PAGE, end, PAGE)]:
        if any(encrypted[at : at + 96]):
            content = encrypted[at + 96 : at + PAGE - 1]
            encrypted[at + 96 : at + PAGE] = bytes(value ^ 0xA5 for value in content) + b"!"

    found = report(bytes(encrypted)).contents

    assert [(one.code, one.severity) for one in found.findings] == [("bak.pages_encrypted", Severity.WARNING)]
    assert found.sets[0].counts.pages_encrypted == found.findings[0].values["count"]
    assert found.is_sound


def test_a_half_written_page(tmp_path: Path) -> None:
    torn = made(tmp_path / "a.bak", changed(FULL, page_verify="TORN_PAGE_DETECTION"))
    page = extents(torn) + 13 * PAGE
    old = bytes(byte ^ 3 if at % 512 == 511 else byte for at, byte in enumerate(torn[page : page + PAGE]))

    for sectors in range(1, 16):
        damaged = replaced(torn, page + sectors * 512, old[sectors * 512 :])
        assert codes(damaged) == {"bak.page_torn"}


def test_a_page_of_another_place(full: bytes) -> None:
    begin = extents(full)
    other = full[begin + 20 * PAGE : begin + 21 * PAGE]

    assert codes(replaced(full, begin + 13 * PAGE, other)) == {"bak.page_foreign"}
    assert codes(replaced(full, begin + 13 * PAGE, bytes(PAGE))) == {"bak.page_foreign"}


def test_pages_of_another_database(full: bytes, tmp_path: Path) -> None:
    other = made(tmp_path / "b.bak", changed(FULL, family_guid="99999999-2222-4333-8444-555555555555"))
    begin, end = Walk(full).all("MQDA")[0]

    assert codes(replaced(full, begin, other[begin:end])) == {"bak.database_differs"}


def test_leftovers_in_a_page_that_is_not_in_use(full: bytes) -> None:
    begin = extents(full)
    damaged = replaced(full, begin + 5 * PAGE, full[begin + 20 * PAGE : begin + 21 * PAGE])

    counts = report(damaged).contents.sets[0].counts

    assert codes(damaged) == set()
    assert counts.pages_unallocated_garbage == 1


@pytest.mark.parametrize("name", ["full", "differential"])
def test_extents_exchanged_emptied_dropped_or_repeated(name: str, tmp_path: Path) -> None:
    content = made(tmp_path / "a.bak", {"full": FULL, "differential": DIFFERENTIAL}[name], log=b"")
    begin = extents(content)
    count = (Walk(content).all("MQDA")[0][1] - begin) // EXTENT
    each = [content[begin + at * EXTENT : begin + (at + 1) * EXTENT] for at in range(count)]

    for at in range(count):
        place = begin + at * EXTENT
        assert codes(replaced(content, place, bytes(EXTENT))) & {"bak.page_foreign", "bak.extent_missing"}
        assert codes(content[:place] + content[place + EXTENT :]) & {"bak.block_damaged", "bak.truncated"}
        if at:
            swapped = replaced(replaced(content, place, each[at - 1]), place - EXTENT, each[at])
            assert "bak.extent_order" in codes(swapped)
            assert "bak.extent_missing" in codes(replaced(content, place, each[at - 1]))


def test_a_map_that_was_written_to_after_the_backup_began_proves_nothing(full: bytes) -> None:
    """A busy server takes extents and pages into use while it is backed up."""
    begin, damaged = extents(full), full
    for page in (1, 2):
        raw = bytearray(damaged[begin + page * PAGE : begin + (page + 1) * PAGE])
        raw[40:50] = struct.pack("<IIH", 41, 5000, 1)
        raw[60:64] = bytes(4)
        words = struct.unpack("<2048I", raw)
        check = 0
        for sector in range(16):
            value = 0
            for word in words[sector * 128 : sector * 128 + 128]:
                value ^= word
            check = ((check << 1 | check >> 31) & 0xFFFFFFFF) ^ value
        raw[60:64] = struct.pack("<I", check)
        damaged = replaced(damaged, begin + page * PAGE, bytes(raw))

    assert codes(damaged) == set()
    assert codes(replaced(damaged, begin + 13 * PAGE, bytes(PAGE))) == set()


def test_the_second_copy_of_an_extent_counts(tmp_path: Path) -> None:
    content = made(tmp_path / "a.bak", repeated_extents=1)
    walk = Walk(content)
    (first, first_end), (again, _) = [place for place in walk.all("MQDA") if place[1] - place[0] > 2]
    last = first_end - EXTENT
    assert content[last:first_end] == content[again + 2 : again + 2 + EXTENT]

    assert codes(flipped(content, last + 200)) == set()
    assert codes(flipped(content, again + 202)) == {"bak.page_checksum"}
    assert codes(flipped(content, first + 2 + PAGE + 200)) == {"bak.page_checksum"}


def test_a_bit_in_the_log(log: bytes) -> None:
    begin = Walk(log).all("MQTL")[0][0] + 2
    for at in (0, 6, 10, 12, 16, 24, 27, 600, 512, 61_000, 80_000):
        (found,) = report(flipped(log, begin + at)).contents.findings
        assert (found.code, found.values["count"]) == ("bak.log_block", 1)


def test_log_blocks_exchanged_or_emptied(log: bytes) -> None:
    begin = Walk(log).all("MQTL")[0][0] + 2

    assert codes(replaced(log, begin, bytes(4096))) == {"bak.log_block"}
    assert codes(replaced(log, begin + 512, log[begin + 1024 : begin + 1536])) == {"bak.log_block"}
    size = struct.unpack_from("<H", log, begin + 6)[0]
    later = bytearray(log[begin : begin + size])
    later[16:20] = struct.pack("<I", 9999)
    later[24:28] = bytes(4)
    later[24:28] = struct.pack("<I", fold(bytes(later)))
    assert codes(replaced(log, begin, bytes(later))) == {"bak.log_block"}


def test_log_of_another_place_than_the_header_tells(tmp_path: Path) -> None:
    content = made(tmp_path / "a.trn", TAIL)
    other = made(tmp_path / "b.trn", changed(TAIL, first_lsn=42_0000000088_00037))
    begin, end = Walk(content).all("MQTL")[0]

    assert codes(replaced(content, begin, other[begin:end])) == {"bak.log_block"}


def test_the_servers_own_checksum(summed: bytes) -> None:
    walk = Walk(summed)
    for begin, end in walk.all("CSUM"):
        assert codes(flipped(summed, begin)) == {"bak.csum"}
        assert end - begin == 4
    begin = extents(summed)
    unused = begin + 4 * PAGE + 100
    assert codes(flipped(summed, unused)) == {"bak.csum"}
    log_end = walk.all("MQTL")[0][1]
    assert codes(flipped(summed, log_end - 1)) == {"bak.csum"}


def test_a_checksum_that_was_taken_out(tmp_path: Path) -> None:
    content = made(tmp_path / "a.bak", checksum=True)
    walk = Walk(content)
    at = walk.all("CSUM head")[0][0]
    head = bytearray(content[at : at + 22])
    head[:4] = b"XSUM"
    head[20:22] = bytes(2)
    word = 0
    for (value,) in struct.iter_unpack("<H", head):
        word ^= value
    head[20:22] = struct.pack("<H", word)

    assert codes(replaced(content, at, bytes(head))) == {"bak.csum_missing"}


def test_cuts_at_any_place(full: bytes, log: bytes) -> None:
    rng = random.Random(7)
    for content in (full, log):
        near_end = range(len(content) - 512, len(content) - 20_000, -512)
        for size in [*near_end, *(rng.randrange(1, len(content)) for _ in range(60))]:
            assert codes(content[:size]) == {"bak.truncated"} if size > 0x1034 else codes(content[:size])


def test_a_cut_backup_still_tells_what_it_was(full: bytes) -> None:
    found = report(full[: len(full) // 2]).contents

    assert found.sets[0].header.database == FULL.database
    assert not found.sets[0].header.finished
    assert found.sets[0].header.finished_at is None


def test_bytes_behind_the_end(full: bytes) -> None:
    for tail in (bytes(512), bytes(65536), b"\0", b"garbage " * 100, b"S" * 51):
        found = report(full + tail).contents.findings
        assert [one.code for one in found] == ["bak.trailing_bytes"]
        assert found[0].values == {"offset": len(full)}


def test_an_appended_set_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.bak"
    first = made(path)
    written(path, TAIL, append=True)
    both = path.read_bytes()

    assert codes(both) == codes(first) == set()
    for size in range(len(first) + 100, len(both), 9973):
        found = report(both[:size]).contents
        assert [one.code for one in found.findings] == ["bak.truncated"]
        assert found.sets[0].header.finished


def test_a_backup_that_the_server_never_finished(tmp_path: Path) -> None:
    content = made(tmp_path / "a.bak", finished=False)
    assert codes(content) == {"bak.truncated"}

    path = tmp_path / "b.bak"
    written(path, changed(FULL, finished_at=None))
    assert codes(path.read_bytes()) == {"bak.incomplete"}


def test_holes_of_four_kibibytes(full: bytes) -> None:
    walk, rng = Walk(full), random.Random(3)
    begin = extents(full)
    end = begin + (9 + len(PAYLOAD) // 8096) * PAGE
    places = [rng.randrange(begin + 10 * PAGE, end - 4096) // 512 * 512 for _ in range(TIMES)]
    places += [walk.all("MQTL")[0][0] + 2 + at for at in range(0, len(LOG) - 8192, 8192)]
    for at in places:
        assert codes(replaced(full, at, bytes(4096)))


@pytest.mark.parametrize("content", [b"", b"x", b"SQL dump\n" * 900, b"PK\3\4" + bytes(9000), bytes(100_000), b"TAPE"])
def test_what_is_no_backup_at_all(content: bytes) -> None:
    found = report(content).contents

    assert {one.code for one in found.findings} <= {"bak.not_a_backup", "bak.truncated"}
    assert found.findings and not found.sets and not found.is_sound


def test_every_finding_has_a_sentence_with_all_its_gaps_filled(summed: bytes, full: bytes, log: bytes) -> None:
    begin = extents(full)
    damaged = [
        *(flips(summed, [(0, len(summed))]) + flips(log, [(0, len(log))])),
        full[:-1],
        full + b"x",
        replaced(full, begin + 13 * PAGE, bytes(PAGE)),
        replaced(full, begin + EXTENT, full[begin : begin + EXTENT]),
    ]
    findings = [one for content in damaged for one in report(content).contents.findings]

    assert len({one.code for one in findings}) > 5
    for one in findings:
        told = sentence(one)
        assert "{" not in told.message + told.fix and "?" not in told.message
