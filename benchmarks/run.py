"""Rexus Backups against its peers, in one run, on the same generated data.

Warm cache; syncing to the disk counts; median of the runs, taken in turns. Peers that this machine lacks are named.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import meter
from peers import PEERS, PROJECT, Peer, variables

VERBS = ("backup", "verify", "restore")
SEED = 20250806
BUILD = """
import sys
from pathlib import Path
from rexus.modules.backup.cli.demo_data import build
build(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
"""


def generate(folder: Path, mib: int) -> None:
    """Build the databases, in a process of its own: its memory would be counted to the measured ones."""
    folder.mkdir()
    command = [sys.executable, "-c", BUILD, str(folder), str(mib), str(SEED)]
    subprocess.run(command, check=True, cwd=PROJECT)


def size_mib(folder: Path) -> float:
    """What lies in the folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def row_counts(folder: Path) -> dict[str, dict[str, int]]:
    """Per database and table; the proof that what was restored is what was backed up."""
    counts: dict[str, dict[str, int]] = {}
    for path in sorted(folder.rglob("*.db")):
        with contextlib.closing(sqlite3.connect(path)) as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            counts[path.name] = {t: db.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in tables}
    return counts


def warm(folder: Path) -> None:
    """Have the databases in memory, as they are where an application works with them."""
    for path in folder.glob("*.db"):
        with path.open("rb") as file:
            while file.read(2**20):
                pass


class Bench:
    """All costs measured so far."""

    def __init__(self, source: Path, work: Path) -> None:
        self.source, self.work = source, work
        self.costs: dict[str, dict[str, list[meter.Cost]]] = {}
        self.archive: dict[str, float] = {}
        self.failed: dict[str, str] = {}
        self.expected = row_counts(source)

    def once(self, peer: Peer) -> None:
        """Back up, verify, restore, and look whether everything came back."""
        for name in ("dst", "out", "tmp", "cache"):
            shutil.rmtree(self.work / name, ignore_errors=True)
            (self.work / name).mkdir()
        given = variables(self.source, self.work)
        warm(self.source)
        try:
            if peer.prepare:
                meter.run(peer.prepare, given, sync=self.work)
            for verb in VERBS:
                cost = meter.run(getattr(peer, verb), given, sync=self.work)
                self.costs.setdefault(peer.name, {}).setdefault(verb, []).append(cost)
        except meter.ScriptFailed as problem:
            self.failed[peer.name] = str(problem)
            return
        self.archive[peer.name] = size_mib(self.work / "dst")
        if row_counts(self.work / "out") != self.expected:
            self.failed[peer.name] = "what was restored is not what was backed up"

    def median(self, name: str, verb: str, what: str = "seconds") -> float:
        """Of all runs of one peer."""
        return float(statistics.median(getattr(cost, what) for cost in self.costs[name][verb]))

    def table(self) -> list[str]:
        """One line a peer: seconds, this program's share of them, size, memory, processor."""
        head = ("", "backup s", "verify s", "restore s", "ours/b", "ours/v", "ours/r", "MiB", "peak MiB", "CPU s")
        ours = PEERS[0].name
        lines = [f"{head[0]:28}" + "".join(f"{title:>11}" for title in head[1:])]
        for name in self.archive:
            if name in self.failed:
                continue
            times = [self.median(name, verb) for verb in VERBS]
            shares = (
                [f"{self.median(ours, v) / t:.2f}x" for v, t in zip(VERBS, times, strict=True)]
                if (ours in self.archive)
                else ["-"] * 3
            )
            peak = max(self.median(name, verb, "peak_mib") for verb in VERBS)
            cells = [*(f"{t:.2f}" for t in times), *shares, f"{self.archive[name]:.0f}", f"{peak:.0f}"]
            cells.append(f"{self.median(name, 'backup', 'cpu_s'):.1f}")
            lines.append(f"{name:28}" + "".join(f"{cell:>11}" for cell in cells))
        return lines


def compare(peers: list[Peer], bench: Bench, runs: int) -> None:
    """Measure all peers in turns, and print the table."""
    for number in range(runs):
        for peer in peers:
            if peer.name in bench.failed or (peer.slow and number):
                continue
            print(f"run {number + 1} of {runs}: {peer.name}", file=sys.stderr, flush=True)
            bench.once(peer)
    print("\n".join(bench.table()))
    for name, why in bench.failed.items():
        print(f"{name}: FAILED: {why}")


def main() -> int:
    """Everything; ends with 1 when a peer that is there failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size-mib", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="names of peers that contain this, and this program")
    parser.add_argument("--folder", type=Path, default=None, help="where to work (default: the temporary folder)")
    chosen = parser.parse_args()
    sys.path.insert(0, str(PROJECT))
    with tempfile.TemporaryDirectory(prefix="rexus-bench-", dir=chosen.folder) as name:
        work = Path(name)
        print(f"generating {chosen.size_mib} MiB", file=sys.stderr, flush=True)
        generate(work / "source", chosen.size_mib)
        bench = Bench(work / "source", work)
        peers = [peer for peer in PEERS if chosen.only in peer.name or peer is PEERS[0]]
        print(
            f"{size_mib(work / 'source'):.0f} MiB in {len(bench.expected)} databases, {os.cpu_count()} cores, "
            f"Python {platform.python_version()}, median of {chosen.runs}; "
            "warm cache, sync counted; peak: largest process"
        )
        for peer in peers:
            if absent := peer.absent():
                print(f"{peer.name}: absent ({', '.join(absent)})")
        compare([peer for peer in peers if not peer.absent()], bench, chosen.runs)
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
