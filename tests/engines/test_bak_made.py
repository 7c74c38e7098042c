"""What a backup holds is read from its file alone, whatever shape it has."""

import gzip
import io
import subprocess
import sys
from pathlib import Path

import pytest
from bak_world import (
    DIFFERENTIAL,
    FULL,
    LOG,
    PAYLOAD,
    TAIL,
    changed,
    codes,
    in_pieces,
    made,
    report,
    two_files,
    written,
)
from hypothesis import given
from hypothesis import strategies as st
from support.bak_packed import Packed
from support.bak_walk import Walk
from support.bak_writer import read_log, read_payload
from support.xpress_encoder import compress

from rexus.modules.backup.engines.bak import read_headers
from rexus.modules.backup.engines.headers import BackupHeader

SHAPES: dict[str, tuple[BackupHeader, dict[str, object]]] = {
    "full": (FULL, {}),
    "differential": (DIFFERENTIAL, {}),
    "scattered differential": (DIFFERENTIAL, {"stride": 5}),
    "scattered full": (FULL, {"stride": 4}),
    "log": (TAIL, {}),
    "empty log": (TAIL, {"log": b""}),
    "copy-only": (changed(FULL, is_copy_only=True), {}),
    "with checksum": (FULL, {"checksum": True}),
    "log with checksum": (TAIL, {"checksum": True}),
    "4 KiB sectors": (FULL, {"block_bytes": 4096, "checksum": True}),
    "large units": (FULL, {"unit": 1 << 20}),
    "extents sent twice": (FULL, {"repeated_extents": 2, "checksum": True}),
    "two data files": (FULL, {"files": two_files()}),
    "torn bits": (changed(FULL, page_verify="TORN_PAGE_DETECTION"), {}),
    "no protection": (changed(FULL, page_verify="NONE"), {}),
    "simple recovery": (changed(FULL, recovery_model="SIMPLE"), {"log": b"short"}),
    "2005": (changed(FULL, software_major=9, compressed_bytes=None), {}),
    "2008 R2": (changed(FULL, software_major=10, software_minor=50), {}),
    "password": (FULL, {"media_password": b"0123456789abcdef", "media_name": "cinta"}),
    "flags": (changed(FULL, is_read_only=True, is_single_user=True, is_damaged=True, is_force_offline=True), {}),
    "compressed": (FULL, {"compressed": True, "checksum": True}),
    "compressed, 4 KiB sectors": (FULL, {"compressed": True, "block_bytes": 4096}),
    "compressed log": (TAIL, {"compressed": True}),
}
each_shape = pytest.mark.parametrize("shape", SHAPES)


def told(header: BackupHeader, as_written: BackupHeader) -> BackupHeader:
    """``as_written`` with what only a reader knows, and without what the format has no place for."""
    expected = changed(as_written, flags=header.flags)
    return changed(expected, compressed_bytes=None) if header.software_major == 9 else expected


@each_shape
def test_all_that_was_written_is_told(shape: str, tmp_path: Path) -> None:
    header, values = SHAPES[shape]
    path = tmp_path / "a.bak"
    as_written = written(path, header, **values)

    found = report(path.read_bytes(), decode=True)

    assert found.contents.findings == ()
    (one,) = found.contents.sets
    assert one.header == told(one.header, as_written.header)
    label = found.contents.label
    assert label is not None
    assert (label.media_set_id, label.family_count, label.software) == (FULL.media_set_id, 1, "Microsoft SQL Server")
    assert label.media_name == values.get("media_name", "")
    assert label.has_password == ("media_password" in values)
    assert label.compressed == values.get("compressed", False)
    assert label.block_bytes == values.get("block_bytes", 512)
    for entry, given_entry in zip(one.files, as_written.files, strict=True):
        for name in ("logical_name", "physical_name", "type", "file_id", "size_bytes", "file_group", "unique_id"):
            assert getattr(entry, name) == getattr(given_entry, name)
        expected = 0 if entry.type == "L" else given_entry.backup_bytes  # known at the end only
        assert entry.backup_bytes == expected


@each_shape
def test_a_look_at_the_headers_tells_the_same(shape: str, tmp_path: Path) -> None:
    header, values = SHAPES[shape]
    content = made(tmp_path / "a.bak", header, **values)
    whole = report(content, decode=True).contents

    found = read_headers(io.BytesIO(content))
    with gzip.open(io.BytesIO(gzip.compress(content, 1))) as stream:
        unpacked = read_headers(stream)  # type: ignore[arg-type]

    assert found == unpacked
    assert (found.label, found.findings) == (whole.label, ())
    assert [(one.header, one.files) for one in found.sets] == [(one.header, one.files) for one in whole.sets]


@each_shape
def test_what_was_put_in_comes_back(shape: str, tmp_path: Path) -> None:
    header, values = SHAPES[shape]
    path = tmp_path / "a.bak"
    written(path, header, **values)

    assert read_payload(path) == (PAYLOAD if header.type is not TAIL.type else b"")
    assert read_log(path) == values.get("log", LOG)


@given(sizes=st.lists(st.sampled_from([1, 21, 22, 51, 52, 511, 512, 4096, 65_537, 1 << 20]), min_size=1, max_size=4))
def test_pieces_of_any_size_give_the_same(sizes: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("pieces") / "a.bak"
    content = made(path, payload=PAYLOAD[:20_000], log=LOG[:3000], checksum=True)[:400_000]

    assert in_pieces(content, [size * 7 if size < 50 else size for size in sizes]) == report(content)


def test_pages_and_blocks_are_counted_by_how_they_are_protected(tmp_path: Path) -> None:
    counts = report(made(tmp_path / "a.bak", checksum=True)).contents.sets[0].counts
    torn = report(made(tmp_path / "b.bak", SHAPES["torn bits"][0])).contents.sets[0].counts
    bare = report(made(tmp_path / "c.bak", SHAPES["no protection"][0])).contents.sets[0].counts

    assert counts.pages == counts.extents * 8 == counts.pages_with_checksum + counts.pages_empty
    assert counts.stream_checksums == 2
    assert counts.log_blocks == counts.log_blocks_with_checksum == 2
    assert counts.pages_with_checksum == torn.pages_with_torn_bits == bare.pages_without_protection
    assert torn.pages_with_checksum == bare.pages_with_checksum == bare.log_blocks_with_checksum == 0


def test_sets_of_one_file_are_told_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "all.bak"
    written(path)
    for header in (DIFFERENTIAL, TAIL):
        written(path, header, append=True)

    found = report(path.read_bytes())

    assert found.contents.findings == ()
    assert [(one.header.type, one.header.position) for one in found.contents.sets] == [
        (FULL.type, 1),
        (DIFFERENTIAL.type, 2),
        (TAIL.type, 3),
    ]
    assert [read_log(path, position) for position in (1, 2, 3)] == [LOG] * 3


def test_a_full_backup_has_no_differential_base_and_a_log_begins_its_chain(tmp_path: Path) -> None:
    header = changed(TAIL, begins_log_chain=True, differential_base_lsn=5)

    (one,) = report(made(tmp_path / "a.trn", header)).contents.sets

    assert one.header.differential_base_lsn is None
    assert one.header.begins_log_chain


def test_a_log_from_before_a_fork_is_of_the_earlier_one(tmp_path: Path) -> None:
    earlier = "99999999-2222-4333-8444-555555555555"
    header = changed(TAIL, first_recovery_fork=earlier, fork_point_lsn=41_0000000200_00001)

    (one,) = report(made(tmp_path / "a.trn", header)).contents.sets

    assert (one.header.first_recovery_fork, one.header.recovery_fork) == (earlier, TAIL.recovery_fork)
    assert one.header.fork_point_lsn == header.fork_point_lsn


def test_listing_a_large_backup_reads_little_of_it(tmp_path: Path) -> None:
    class Counting(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.count += len(data)
            return data

    content = made(tmp_path / "a.bak", payload=bytes(6 << 20), log=bytes(3 << 20))
    file = Counting(content)

    assert read_headers(file).findings == ()
    assert file.count < len(content) // 20


def test_listing_needs_no_numpy(tmp_path: Path) -> None:
    """It takes longer to load than a listing takes."""
    made(tmp_path / "a.bak")
    program = (
        "import sys\n"
        "from rexus.modules.backup.engines.bak import read_headers\n"
        "with open(sys.argv[1], 'rb') as file: assert read_headers(file).is_sound\n"
        "sys.exit('numpy' in sys.modules)\n"
    )

    command = [sys.executable, "-c", program, str(tmp_path / "a.bak")]
    ran = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("aligned", [False, True])
def test_records_with_matches_are_opened_too(aligned: bool, tmp_path: Path) -> None:
    stream = made(tmp_path / "a.bak", payload=PAYLOAD[:60_000], log=LOG[:9000], checksum=True)
    packed = io.BytesIO()
    out = Packed(packed, compress, aligned=aligned)
    at = 0
    for mark in Walk(stream).marks:
        out.write(stream[at:mark])
        out.mark(stream[mark : mark + 512])
        at = mark + 512

    found = report(packed.getvalue().rstrip(b"\x5a"), decode=True)

    assert len(packed.getvalue()) < len(stream) // 2
    assert found.contents.findings == ()
    assert found.contents.sets[0].counts == report(stream).contents.sets[0].counts
    assert found.stream_bytes == len(stream)


def test_closed_records_are_checked_by_their_own_checksums(tmp_path: Path) -> None:
    content = made(tmp_path / "a.bak", compressed=True)

    closed, opened = report(content), report(content, decode=True)

    assert (closed.checked_pages, opened.checked_pages) == (False, True)
    assert closed.contents.sets[0].header == opened.contents.sets[0].header
    assert closed.contents.findings == opened.contents.findings == ()
    assert codes(content) == set()
