"""Sealing: one pass, readable by everybody's tools, the same bytes whatever the threads, nothing left running."""

from __future__ import annotations

import errno
import gzip
import hashlib
import itertools
import random
import shutil
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.archive.codecs import codec_of, level_of, load_zstd, suffix, threads_of
from rexus.modules.backup.archive.compress import BLOCK
from rexus.modules.backup.archive.seal import Sealed, blocks, seal
from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BadInput, Cancelled, SourceFailed, StoreFailed
from rexus.modules.backup.base.records import Codec

zstd = load_zstd()
COMMANDS = {Codec.GZIP: ["gunzip", "-c"], Codec.ZSTD: ["zstd", "-dc"]}
OTHERS = {Codec.GZIP: gzip.decompress, Codec.ZSTD: zstd.decompress, Codec.NONE: bytes}
each_codec = pytest.mark.parametrize("codec", Codec)


class Memory:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data) -> None:
        self.parts.append(bytes(data))

    @property
    def stored(self) -> bytes:
        return b"".join(self.parts)


def quiet(_: int) -> None:
    """Listen to nothing."""


def content(size: int) -> bytes:
    """Text-like bytes, always the same."""
    words = "José;Córdoba;perfil de aluminio;vidrio 6mm;2025-08-06;entregado;".encode().split(b";")
    chosen = random.Random(size)
    line = b"".join(b"%d;%s\n" % (chosen.randrange(10**6), chosen.choice(words)) for _ in range(5000))
    return (line * (size // len(line) + 1))[:size]


def read_by_others(codec: Codec, stored: bytes) -> bytes:
    """The content as Python's own modules and, where it is installed, the usual command read it."""
    content = OTHERS[codec](stored)
    if codec in COMMANDS and shutil.which(COMMANDS[codec][0]):
        assert subprocess.run(COMMANDS[codec], input=stored, capture_output=True, check=True).stdout == content
    return content


def sealed(data: bytes, codec: Codec, *, threads: int = 2, chunk: int = 300_000, level=None) -> tuple[bytes, Sealed]:
    sink = Memory()
    parts = (data[i : i + chunk] for i in range(0, len(data), chunk))
    told = seal(parts, sink, codec, level=level, threads=threads, progress=quiet, cancel=CancelToken())
    return sink.stored, told


@each_codec
@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 77])
def test_everybodys_tools_read_it_and_the_figures_are_right(codec, size):
    data = content(size)
    stored, told = sealed(data, codec)
    assert read_by_others(codec, stored) == data
    assert told == Sealed(
        size_bytes=size,
        sha256=hashlib.sha256(data).hexdigest(),
        stored_bytes=len(stored),
        stored_sha256=hashlib.sha256(stored).hexdigest(),
    )


@each_codec
def test_the_same_content_gives_the_same_bytes_whatever_the_threads_and_chunks(codec):
    data = content(5 * BLOCK + 12345)
    ways = itertools.product((1, 2, 4), (70_001, BLOCK, 3 * BLOCK))
    assert len({sealed(data, codec, threads=threads, chunk=chunk)[0] for threads, chunk in ways}) == 1


def test_the_gzip_header_tells_no_name_and_no_time():
    stored, _ = sealed(b"x", Codec.GZIP)
    assert stored[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    assert gzip.decompress(stored) == b"x"


def test_zstd_carries_a_checksum():
    stored, _ = sealed(content(1000), Codec.ZSTD)
    assert stored[4] & 0b100


@pytest.mark.skipif(not shutil.which("gzip"), reason="no gzip here")
def test_gzip_is_not_larger_than_gzip_1():
    data = content(4 * BLOCK)
    stored, _ = sealed(data, Codec.GZIP)
    assert len(stored) <= len(subprocess.run(["gzip", "-1c"], input=data, capture_output=True, check=True).stdout)


@given(st.lists(st.integers(0, 2 * BLOCK + 5), max_size=6))
def test_blocks_are_the_chunks_bytes_though_the_chunks_are_used_again(sizes):
    expected = b"".join(bytes([i % 251]) * size for i, size in enumerate(sizes))

    def chunks():
        shared = bytearray(2 * BLOCK + 5)
        for i, size in enumerate(sizes):
            shared[:size] = bytes([i % 251]) * size
            yield memoryview(shared)[:size]
            shared[:size] = b"!" * size

    cut = list(blocks(chunks()))
    assert b"".join(cut) == expected
    assert all(len(block) == BLOCK for block in cut[:-1])
    assert not cut or 0 < len(cut[-1]) <= BLOCK


@each_codec
def test_a_failing_sink_is_told_as_it_is_and_sees_nothing_more(codec):
    class Full(Memory):
        def write(self, data) -> None:
            if len(self.parts) == 3:
                self.parts.append(b"after")
                raise StoreFailed("store.full", path="x")
            assert len(self.parts) < 3, "written after the failure"
            super().write(data)

    noise = random.Random(1).randbytes(20 * BLOCK)
    with pytest.raises(StoreFailed) as caught:
        seal([noise], Full(), codec, level=None, threads=2, progress=quiet, cancel=CancelToken())
    assert caught.value.code == "store.full"
    assert_no_thread_of_ours()


@each_codec
def test_a_failing_sink_at_the_very_end_is_told_too(codec):
    class Full(Memory):
        def write(self, data) -> None:
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        seal([b"short"], Full(), codec, level=None, threads=1, progress=quiet, cancel=CancelToken())
    assert_no_thread_of_ours()


@each_codec
@pytest.mark.parametrize("error", [SourceFailed("sqlite.busy"), KeyboardInterrupt(), TimeoutError("slow")])
def test_a_failing_source_is_told_as_it_is(codec, error):
    def chunks():
        yield content(3 * BLOCK)
        raise error

    with pytest.raises(type(error)) as caught:
        seal(chunks(), Memory(), codec, level=None, threads=2, progress=quiet, cancel=CancelToken())
    assert caught.value is error
    assert_no_thread_of_ours()


@each_codec
def test_cancelling_ends_an_endless_source(codec):
    cancel = CancelToken()

    def listen(done: int) -> None:
        if done > 10 * BLOCK:
            cancel.cancel()

    block = content(BLOCK)
    with pytest.raises(Cancelled):
        seal(itertools.repeat(block), Memory(), codec, level=None, threads=2, progress=listen, cancel=cancel)
    assert_no_thread_of_ours()


@each_codec
def test_cancelling_does_not_wait_for_what_was_queued(codec):
    cancel, begun = CancelToken(), threading.Event()
    writes = []

    class Slow(Memory):
        def write(self, data) -> None:
            writes.append(len(data))
            begun.set()
            cancel.cancel()

    noise = random.Random(2).randbytes(BLOCK)
    with pytest.raises(Cancelled):
        seal(itertools.repeat(noise), Slow(), codec, level=None, threads=2, progress=quiet, cancel=cancel)
    assert begun.is_set()
    assert len(writes) <= 20


@each_codec
def test_progress_rises_to_the_whole_in_the_callers_thread(codec):
    heard: list[tuple[int, int]] = []
    data = content(7 * BLOCK + 9)
    listen = lambda done: heard.append((done, threading.get_ident()))  # noqa: E731
    seal([data], Memory(), codec, level=None, threads=2, progress=listen, cancel=CancelToken())
    assert [done for done, _ in heard] == sorted({done for done, _ in heard})
    assert heard[-1][0] == len(data)
    assert {thread for _, thread in heard} == {threading.get_ident()}


@pytest.mark.parametrize(("codec", "level"), [(Codec.GZIP, 4), (Codec.GZIP, -1), (Codec.ZSTD, 20), (Codec.ZSTD, 0)])
def test_a_level_that_the_codec_does_not_have_is_refused(codec, level):
    with pytest.raises(BadInput) as caught:
        sealed(b"x", codec, level=level)
    assert caught.value.code == "archive.level"


@pytest.mark.parametrize(("codec", "level"), [(Codec.GZIP, 0), (Codec.GZIP, 3), (Codec.ZSTD, 1), (Codec.NONE, 0)])
def test_levels_that_there_are_work(codec, level):
    data = content(BLOCK + 1)
    stored, _ = sealed(data, codec, level=level)
    assert read_by_others(codec, stored) == data


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@each_codec
def test_memory_does_not_grow_with_the_content(codec):
    """In a process of its own: 48 and then 480 MiB; the peak stays where it was."""
    program = (
        "import sys, itertools\n"
        "from rexus.modules.backup.archive.seal import seal\n"
        "from rexus.modules.backup.base.cancel import CancelToken\n"
        "from rexus.modules.backup.base.records import Codec\n"
        "class Sink:\n"
        "    def write(self, data): pass\n"
        "def peak():\n"
        "    return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM')) // 1024\n"
        "block = bytes(range(256)) * 4096\n"
        "for count in (48, 480):\n"
        f"    seal(itertools.repeat(block, count), Sink(), Codec('{codec.value}'), level=None, threads=2,\n"
        "         progress=lambda done: None, cancel=CancelToken())\n"
        "    print(peak())\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    small, large = map(int, ran.stdout.split())
    assert large <= 150
    assert large <= small + 20


def test_names_and_codecs():
    for codec in Codec:
        assert codec_of("databases/users.bak" + suffix(codec)) is codec
    assert codec_of("X.BAK.GZ") is Codec.GZIP
    assert level_of(Codec.GZIP, None) == 2
    assert threads_of(1) == 1
    assert 1 <= threads_of(0) <= 6
    assert threads_of(500) == 6


def assert_no_thread_of_ours() -> None:
    assert [t.name for t in threading.enumerate() if t.name.startswith(("seal", "ahead"))] == []
