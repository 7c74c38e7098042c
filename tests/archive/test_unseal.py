"""Unsealing: what was sealed comes back, and a corpus of damaged archives is told apart from healthy ones."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rexus.modules.backup.archive.codecs import load_zstd
from rexus.modules.backup.archive.compress import BLOCK
from rexus.modules.backup.archive.seal import seal
from rexus.modules.backup.archive.unseal import Examined, Unsealing, examine
from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import Cancelled, Damaged, StoreFailed
from rexus.modules.backup.base.records import Codec, Depth

DATA = b"".join(b"%d;Perfil de aluminio;%d;entregado\n" % (i, i * i % 9973) for i in range(60_000))
zstd = load_zstd()
each_codec = pytest.mark.parametrize("codec", Codec)
compressed = pytest.mark.parametrize("codec", [Codec.GZIP, Codec.ZSTD])


class Memory(io.BytesIO):
    """A sink in memory."""


def quiet(_: int) -> None:
    """Listen to nothing."""


def make(codec: Codec, data: bytes = DATA) -> bytes:
    sink = Memory()
    seal([data], sink, codec, level=None, threads=2, progress=quiet, cancel=CancelToken())
    return sink.getvalue()


STORED = {codec: make(codec) for codec in Codec}


def opened(stored: bytes, codec: Codec) -> Unsealing:
    return Unsealing(io.BytesIO(stored), codec, cancel=CancelToken())


def verdict(stored: bytes, codec: Codec, healthy: bytes, content: bytes = DATA) -> str:
    """``ok``, the code of the damage, or which hash differs from the manifest's."""
    try:
        seen = examine(io.BytesIO(stored), codec, Depth.CONTENT, quiet, CancelToken())
    except Damaged as error:
        return error.code
    assert seen.stored_sha256 == hashlib.sha256(stored).hexdigest()
    assert seen.stored_bytes == len(stored)
    if seen.sha256 != hashlib.sha256(content).hexdigest():
        return "content"
    return "ok" if seen.stored_sha256 == hashlib.sha256(healthy).hexdigest() else "stored"


@each_codec
@pytest.mark.parametrize("size", [0, 1, BLOCK, 3 * BLOCK + 5])
def test_what_was_sealed_comes_back_with_right_figures(codec, size):
    data = (DATA * (size // len(DATA) + 1))[:size]
    stored = make(codec, data)
    reading = opened(stored, codec)
    assert b"".join(reading) == data
    assert (reading.size_bytes, reading.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert (reading.stored_bytes, reading.stored_sha256) == (len(stored), hashlib.sha256(stored).hexdigest())


@each_codec
def test_the_healthy_specimen_passes(codec):
    assert verdict(STORED[codec], codec, STORED[codec]) == "ok"


@pytest.mark.parametrize("depth", Depth)
@each_codec
def test_examine_tells_both_hashes_or_only_that_of_the_stored_bytes(codec, depth):
    heard: list[int] = []
    stored = STORED[codec]
    seen = examine(io.BytesIO(stored), codec, depth, heard.append, CancelToken())
    content = None if depth is Depth.STORED else hashlib.sha256(DATA).hexdigest()
    assert seen == Examined(
        stored_bytes=len(stored),
        stored_sha256=hashlib.sha256(stored).hexdigest(),
        size_bytes=None if depth is Depth.STORED else len(DATA),
        sha256=content,
    )
    assert heard == sorted(heard)
    assert heard[-1] == len(stored)


@compressed
def test_archives_of_other_tools_are_read(codec):
    command = {Codec.GZIP: ["gzip", "-9"], Codec.ZSTD: ["zstd", "-q"]}[codec]
    by_python = {Codec.GZIP: gzip.compress, Codec.ZSTD: zstd.compress}[codec]
    assert b"".join(opened(by_python(DATA), codec)) == DATA
    if shutil.which(command[0]):
        stored = subprocess.run(command, input=DATA, capture_output=True, check=True).stdout
        assert b"".join(opened(stored, codec)) == DATA


@pytest.mark.parametrize("members", [2, 3, 50])
def test_several_members_are_one_content_as_for_gunzip_and_zstd(members):
    part = b"uno y medio;" * 999
    assert b"".join(opened(gzip.compress(part) * members, Codec.GZIP)) == part * members
    assert b"".join(opened(zstd.compress(part) * members, Codec.ZSTD)) == part * members
    skippable = b"\x5a\x2a\x4d\x18\x03\0\0\0abc"
    assert b"".join(opened(skippable + zstd.compress(part) + skippable, Codec.ZSTD)) == part


def test_a_large_run_of_one_byte_comes_in_pieces():
    data = bytes(40 << 20)
    for codec in (Codec.GZIP, Codec.ZSTD):
        reading = opened(make(codec, data), codec)
        assert max(map(len, reading)) <= BLOCK
        assert reading.size_bytes == len(data)


def offsets(size: int) -> list[int]:
    """Every byte of the header and trailer, and samples of the body."""
    return sorted({*range(min(24, size)), *range(24, size, max(1, size // 60)), *range(max(0, size - 16), size)})


@each_codec
def test_a_flipped_bit_is_detected_wherever_it_is(codec):
    healthy = STORED[codec]
    for place in offsets(len(healthy)):
        damaged = bytearray(healthy)
        damaged[place] ^= 1 << place % 8
        assert verdict(bytes(damaged), codec, healthy) != "ok", place


@compressed
def test_a_flipped_bit_in_the_body_is_noticed_by_the_decoder_itself(codec):
    healthy = STORED[codec]
    for place in range(100, len(healthy) - 16, len(healthy) // 50):
        damaged = bytearray(healthy)
        damaged[place] ^= 0x10
        assert verdict(bytes(damaged), codec, healthy).startswith("archive."), place


@compressed
def test_a_flipped_bit_in_the_trailer_is_noticed_by_the_decoder_itself(codec):
    healthy = STORED[codec]
    for back in range(1, 5 if codec is Codec.ZSTD else 9):
        for bit in range(8):
            damaged = bytearray(healthy)
            damaged[-back] ^= 1 << bit
            assert verdict(bytes(damaged), codec, healthy) == "archive.corrupt", (back, bit)


@compressed
def test_a_cut_is_told_wherever_it_is(codec):
    healthy = STORED[codec]
    for place in offsets(len(healthy)):
        assert verdict(healthy[:place], codec, healthy) == "archive.truncated", place


def test_a_cut_of_uncompressed_bytes_is_told_by_its_hash():
    assert verdict(STORED[Codec.NONE][:-1], Codec.NONE, STORED[Codec.NONE]) == "content"


@compressed
@pytest.mark.parametrize("garbage", [b"\0", b"\x1f", b"x", b"\0" * 5000, os.urandom(3) + b"garbage" * 100_000])
def test_garbage_behind_the_end_is_refused(codec, garbage):
    healthy = STORED[codec]
    assert verdict(healthy + garbage, codec, healthy) == "archive.trailing"


@compressed
def test_another_member_behind_the_end_is_told_by_the_hash(codec):
    healthy = STORED[codec]
    assert verdict(healthy + make(codec, b"intruso"), codec, healthy) == "content"
    assert verdict(healthy + make(codec, b""), codec, healthy) == "stored"
    assert verdict(healthy + healthy[:40], codec, healthy) == "archive.truncated"


@compressed
def test_swapped_files_are_told(codec):
    assert verdict(make(codec, b"otra base"), codec, STORED[codec]) == "content"
    other = Codec.ZSTD if codec is Codec.GZIP else Codec.GZIP
    for foreign in (STORED[other], bz2.compress(DATA[:9999]), DATA, b"<html>not here</html>", bytes(5000)):
        assert verdict(foreign, codec, STORED[codec]) == "archive.corrupt"


@compressed
@given(noise=st.binary(max_size=2000), keep=st.integers(0, 400), more=st.binary(max_size=50))
@settings(max_examples=150, deadline=None)
def test_nothing_crashes_the_decoder(codec, noise, keep, more):
    healthy = STORED[codec]
    for damaged in (noise, healthy[:keep] + noise, healthy[:keep] + more + healthy[keep:]):
        if damaged != healthy:
            assert verdict(damaged, codec, healthy) != "ok"


@each_codec
def test_an_unreadable_medium_is_told_as_such(codec):
    class Broken(io.RawIOBase):
        name = "databases/users.bak.gz"
        left = STORED[codec][:5000]

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            if not self.left:
                raise OSError(5, "Input/output error")
            piece, self.left = self.left, b""
            return piece

    with pytest.raises(StoreFailed) as caught:
        list(Unsealing(Broken(), codec, cancel=CancelToken()))
    assert caught.value.values["path"] == "databases/users.bak.gz"
    with pytest.raises(StoreFailed):
        examine(Broken(), codec, Depth.STORED, quiet, CancelToken())


@each_codec
def test_an_early_end_and_a_cancel_leave_no_thread(codec):
    stored = make(codec, DATA * 20)
    pieces = iter(opened(stored, codec))
    assert DATA.startswith(next(pieces)[:100])
    pieces.close()
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        list(Unsealing(io.BytesIO(stored), codec, cancel=cancel))
    with pytest.raises(Cancelled):
        examine(io.BytesIO(stored), codec, Depth.STORED, quiet, cancel)
    assert [t.name for t in threading.enumerate() if t.name == "ahead"] == []


@each_codec
def test_what_the_listener_raises_comes_through(codec):
    def listen(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine(io.BytesIO(STORED[codec]), codec, Depth.CONTENT, listen, CancelToken())
    assert [t.name for t in threading.enumerate() if t.name == "ahead"] == []
