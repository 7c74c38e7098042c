"""How fast a SQL Server backup is read and checked without a server, as it streams by.

Writes a backup of the given size, then measures the whole check over it in pieces of several sizes, beside reading
alone and SHA-256; lists its sets; and opens a small compressed one. Warm cache, best of three, in time of one core,
so that a busy machine shows little. Ends with 1 where the check is slower than its aim.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

PROJECT = Path(__file__).parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]

from support.bak_writer import BackupSpec, write_backup  # noqa: E402

from rexus.modules.backup.engines.bak import BakReader, check_file, read_headers  # noqa: E402
from rexus.modules.backup.engines.headers import BackupHeader, SetType  # noqa: E402

AIM = 1.0
"""GB/s of the whole check of an uncompressed backup in pieces of 1 MiB."""
PIECES = (65536, 1 << 20, 4 << 20)
TIMES = 3
HEADER = BackupHeader(
    database="users",
    type=SetType.FULL,
    server="SRV",
    software_major=16,
    software_build=4000,
    database_version=957,
    first_lsn=25_0000000062_00170,
    last_lsn=25_0000009999_00001,
    checkpoint_lsn=25_0000000062_00170,
    started_at=datetime(2026, 1, 2, 3, 4, 5),
    finished_at=datetime(2026, 1, 2, 3, 5, 0),
)


def best(work: Callable[[], object]) -> float:
    """Seconds of one core, of the fastest run."""
    took = []
    for _ in range(TIMES):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return min(took)


def streamed(path: Path, piece: int, take: Callable[[memoryview], object]) -> None:
    """Give the file to ``take`` in pieces, all in one buffer."""
    buffer = bytearray(piece)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            take(view[:size])


def checked(path: Path, piece: int) -> None:
    """The whole check."""
    reader = BakReader()
    streamed(path, piece, reader.feed)
    report = reader.finish()
    assert report.is_sound, report.contents.findings
    assert report.contents.sets[0].counts.pages_with_checksum


def listed(path: Path) -> None:
    """The sets alone."""
    with path.open("rb") as file:
        assert read_headers(file).sets


def opened(path: Path) -> None:
    """The whole check of a compressed backup, every record opened."""
    with path.open("rb") as file:
        assert check_file(file, decode=True).is_sound


def prepare(path: Path, small: Path, mib: int) -> None:
    """Write both backups."""
    payload = os.urandom(16 << 20) * max(1, mib // 16)
    write_backup(path, BackupSpec(header=HEADER, payload=payload, log=payload[: 8 << 20], checksum=True))
    write_backup(small, BackupSpec(header=HEADER, payload=payload[: 4 << 20], compressed=True))


def main() -> int:
    """Measure and print; 1 where the aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="size of the backup")
    parser.add_argument("--folder", type=Path, default=None, help="where to work (default: the temporary folder)")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="rexus-bench-", dir=chosen.folder) as name:
        path, small = Path(name) / "full.bak", Path(name) / "small.bak"
        writer = multiprocessing.get_context("spawn").Process(target=prepare, args=(path, small, chosen.mib))
        writer.start()  # elsewhere, so that its memory does not count
        writer.join()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = path.stat().st_size
        speeds = {}
        for piece in PIECES:
            speeds[piece] = size / best(lambda piece=piece: checked(path, piece)) / 1e9
            print(f"check, pieces of {piece >> 10:5} KiB   {speeds[piece]:7.2f} GB/s")
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(f"more memory at most          {more / 1024:7.1f} MiB")
        print(f"reading alone, 1 MiB         {size / best(lambda: streamed(path, 1 << 20, len)) / 1e9:7.2f} GB/s")
        sha = size / best(lambda: streamed(path, 1 << 20, hashlib.sha256().update)) / 1e9
        print(f"SHA-256, 1 MiB               {sha:7.2f} GB/s")
        print(f"list the sets                {1e3 * best(lambda: listed(path)):7.2f} ms")
        print(f"compressed, opened           {small.stat().st_size / best(lambda: opened(small)) / 1e6:7.2f} MB/s")
    return 0 if speeds[1 << 20] >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
