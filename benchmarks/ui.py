"""How quick the window is: first paint, tabs, and the longest wait while three databases are copied beside 10,000 sets.

The real program with its real event loop, in a process of its own; each figure stands beside its aim. Ends with 1
where one is missed. Set QT_QPA_PLATFORM to measure on a screen; without one nothing is shown (offscreen).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import startup
from judgements import SETS, Figure
from peers import PROJECT

STARTS = 5
DRIVER = str(Path(__file__).with_name("ui_window.py"))
NAMES = ("users", "inventario", "auditoria")
ROW = "Un movimiento del inventario como tantos otros, con su detalle. " * 4


def prepare(folder: Path, sets: int, mib: int) -> Path:
    """A root with ``sets`` hourly sets, and three live databases of ``mib`` MiB each; returns the configuration."""
    folder.mkdir()
    root = folder / "backups"
    startup.write_sets(root, sets, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1))
    for name in NAMES:
        make_database(folder / f"{name}.db", mib)
    config = folder / "backup_config.json"
    settings = {
        "root": str(root),
        "engine": "sqlite",
        "app_root": str(folder),
        "databases": {name: str(folder / f"{name}.db") for name in NAMES},
        "free_space_reserve_bytes": 0,
        "retention": {"after_backup": False},
    }
    config.write_text(json.dumps(settings), "utf-8")
    return config


def make_database(path: Path, mib: int) -> None:
    """A database of about so many MiB, in WAL mode."""
    rows = (mib << 20) // (len(ROW) + 12)
    with sqlite3.connect(path) as live:
        live.execute("pragma journal_mode=wal")
        live.execute("create table movimientos(id integer primary key, detalle text)")
        live.executemany("insert into movimientos(detalle) values(?)", ((f"{n} {ROW}",) for n in range(rows)))
    live.close()


def forget(*folders: Path) -> None:
    """Have the system forget what it read of these folders: the next start reads from the disk, as in the morning."""
    if not hasattr(os, "posix_fadvise"):
        return
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                number = os.open(path, os.O_RDONLY)
                try:
                    os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
                finally:
                    os.close(number)


def run(mode: str, config: Path, sets: int) -> dict[str, float]:
    """Start the program and let it be measured."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [sys.executable, DRIVER, mode, str(config), repr(time.monotonic()), str(sets)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=environment)
    told: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return told


def measure(work: Path, mib: int) -> list[Figure]:
    """All figures."""
    startup.keep_compiled(work / "compiled")
    few, many = prepare(work / "few", 30, 1), prepare(work / "many", SETS, mib)
    run("open", few, 30)
    warm = [run("open", few, 30) for _number in range(STARTS)]
    forget(PROJECT / "rexus", PROJECT / "resources", Path(sys.prefix))
    cold = run("open", few, 30)
    run("open", many, SETS)  # the index of the sets is made once
    full = run("all", many, SETS)
    return [
        Figure("first paint, files not in memory", cold["first_paint"], "s"),
        Figure("first paint", statistics.median(one["first_paint"] for one in warm), "s", 1.0),
        Figure("until the figures are there, 30 sets", statistics.median(one["first_figures"] for one in warm), "s"),
        Figure(f"until the figures are there, {SETS:,} sets", full["first_figures"], "s"),
        Figure("tab switch, slowest, first time", 1000 * full["switch_first"], "ms", 50.0),
        Figure("tab switch, slowest, again", 1000 * full["switch_again"], "ms", 50.0),
        Figure(f"three databases of {mib} MiB: copied in", full["work"], "s"),
        Figure("  longest wait of the window meanwhile", 1000 * full["work_longest"], "ms", 50.0),
        Figure("  exceeded by one wait in a hundred", 1000 * full["work_p99"], "ms", 16.0),
    ]


def main() -> int:
    """Measure and print; 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=100, help="size of each of the three databases")
    parser.add_argument("--folder", type=Path, default=None, help="where to work (default: the temporary folder)")
    chosen = parser.parse_args()
    sys.path.insert(0, str(PROJECT))
    with tempfile.TemporaryDirectory(prefix="rexus-bench-", dir=chosen.folder) as name:
        print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}", flush=True)
        figures = measure(Path(name), chosen.mib)
    print("\n".join(one.line() for one in figures))
    return 1 if any(one.is_missed for one in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
