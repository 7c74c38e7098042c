"""What judging costs: which sets to keep and whether all is well, of ten thousand sets; and waiting for what is due.

Each figure stands beside its aim; ends with 1 where one is missed. Warm cache, compiled code kept, median of nine,
whole processes but for the plan alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import startup
from peers import PROJECT

SETS = 10_000
SETTLED_S = 3.0
"""A service has done by then what it does once."""
PLAN = """
import statistics, sys, time
from pathlib import Path
from rexus.modules.backup.jobs import retention
from rexus.modules.backup.jobs.holdings import Presence, candidates
from rexus.modules.backup.model import BackupModel
model = BackupModel.open(Path(sys.argv[1]))
sets = candidates(model.listing().sets, Presence(model._kit()), frozenset())
now, rules, names = model._clock.now(), model.loaded.settings.retention, model.loaded.database_names
took = []
for _ in range(int(sys.argv[2])):
    retention._periods.cache_clear()
    start = time.perf_counter()
    plan = retention.plan(sets, rules, now, names)
    took.append(time.perf_counter() - start)
assert len(plan.decisions) == len(sets) and plan.freed_bytes
print(statistics.median(took))
"""


@dataclass(frozen=True)
class Figure:
    """One thing measured; without an aim it is for comparison."""

    name: str
    value: float
    unit: str
    aim: float | None = None

    @property
    def is_missed(self) -> bool:
        """Worse than the aim."""
        return self.aim is not None and self.value > self.aim

    def line(self) -> str:
        """For people."""
        aim = "" if self.aim is None else f"   aim {self.aim:g} {self.unit}{': MISSED' if self.is_missed else ''}"
        return f"{self.name:44}{self.value:>10.3f} {self.unit}{aim}"


def prepare(folder: Path, sets: int) -> Path:
    """A root with ``sets`` hourly sets, the newest an hour old, and a schedule; returns its configuration."""
    folder.mkdir()
    now = datetime.now(UTC).replace(microsecond=0)
    startup.configure(folder, sets, last=now - timedelta(hours=1))
    config = folder / "backup_config.json"
    night = {"name": "noche", "action": "backup", "times": [f"{(now.hour + 12) % 24:02}:00"], "zone": "UTC"}
    written = config.read_text("utf-8").rstrip().removesuffix("}")
    config.write_text(f'{written},\n"schedules": {json.dumps([night])}\n}}\n', "utf-8")
    return config


def plan_alone(config: Path) -> float:
    """Seconds of the retention planner itself."""
    command = [sys.executable, "-c", PLAN, str(config), str(startup.TIMES)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT)
    return float(ran.stdout)


def cpu_s(process: subprocess.Popen[str]) -> float:
    """Processor seconds of a process so far, to the nearest hundredth (`man 5 proc_pid_stat`)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(process: subprocess.Popen[str]) -> float:
    """The most memory that a process had so far."""
    text = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


def waiting(config: Path, wait_s: float) -> tuple[float, float]:
    """Per cent of a core and MiB of a service that waits for what is due in twelve hours."""
    command = [sys.executable, startup.PROGRAM, "--config", str(config), "schedule", "run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        try:
            assert service.stdout is not None
            service.stdout.readline()  # what is due next
            time.sleep(SETTLED_S)
            begun, start = cpu_s(service), time.perf_counter()
            time.sleep(wait_s)
            share = 100 * (cpu_s(service) - begun) / (time.perf_counter() - start)
            return share, peak_mib(service)
        finally:
            service.terminate()


def measure(work: Path, wait_s: float) -> list[Figure]:
    """All figures."""
    startup.keep_compiled(work / "compiled")
    few, many = prepare(work / "few", 10), prepare(work / "many", SETS)

    def asked(config: Path, *words: str, allowed: tuple[int, ...] = (0,)) -> float:
        return startup.seconds([startup.PROGRAM, "--config", str(config), "--json", *words], allowed)

    share, peak = waiting(many, wait_s)
    bare = startup.seconds(["-c", "pass"])
    return [
        Figure("python -c pass", bare, "s"),
        Figure("--version", startup.seconds([startup.PROGRAM, "--version"]), "s", 6 * bare),
        Figure("list, 10 sets", asked(few, "list", "--all"), "s", 15 * bare),
        Figure(f"list, {SETS:,} sets", asked(many, "list", "--all"), "s", 0.3),
        Figure(f"retention plan of {SETS:,} sets, alone", plan_alone(many), "s", 0.1),
        Figure(f"prune --plan, {SETS:,} sets", asked(many, "prune", "--plan"), "s", 0.5),
        Figure(f"health, {SETS:,} sets", asked(many, "health", allowed=(0, 1, 2)), "s", 0.5),
        Figure(f"schedule run, idle for {wait_s:g} s: of a core", share, "%", 0.1),
        Figure("schedule run, most memory", peak, "MiB", 120.0),
    ]


def main() -> int:
    """Measure and print; 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wait", type=float, default=30.0, help="seconds to watch the waiting service")
    parser.add_argument("--folder", type=Path, default=None, help="where to work (default: the temporary folder)")
    chosen = parser.parse_args()
    sys.path.insert(0, str(PROJECT))
    with tempfile.TemporaryDirectory(prefix="rexus-bench-", dir=chosen.folder) as name:
        print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}", flush=True)
        figures = measure(Path(name), chosen.wait)
    print("\n".join(one.line() for one in figures))
    return 1 if any(one.is_missed for one in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
