"""Runs one shell script and says what it cost: seconds with everything synced, processor, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BASH = ("bash", "-euo", "pipefail", "-c")


@dataclass(frozen=True)
class Cost:
    """Of one script and all its children; memory is that of its largest process."""

    seconds: float
    cpu_s: float
    peak_mib: float


class ScriptFailed(Exception):
    """The script ended with another code than those allowed; holds the end of what it said."""


def run(script: str, variables: dict[str, str], *, sync: Path, allowed: tuple[int, ...] = (0,)) -> Cost:
    """Run ``script`` and sync the file system of ``sync``; both count. Raises `ScriptFailed`."""
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, **variables, "PATH": paths, "LC_ALL": "C.UTF-8"}
    said = sync / "said.txt"
    with said.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*BASH, script], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        subprocess.run(["sync", "-f", str(sync)], check=True)
        seconds = time.perf_counter() - start
    if process.returncode not in allowed:
        raise ScriptFailed(f"exit {process.returncode}: {said.read_text('utf-8', 'replace')[-600:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
