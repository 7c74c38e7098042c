"""Changes the planners one spot at a time and counts the changes that their own quick tests notice (mutmut).

mutate.py [schedule|retention|health ...]    ends with 1 where a planner's score is below the aim
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).parents[1]
COPY = PROJECT / "mutants"
PACKAGE = "rexus/modules/backup"
AIM = 90.0
PLANNERS = {
    "schedule": ("watch/schedule.py", "watch/zones.py", "watch/due.py"),
    "retention": ("jobs/retention.py", "jobs/standing.py", "jobs/chains.py"),
    "health": ("watch/health*.py", "watch/known.py", "watch/incidents.py", "watch/forecast.py"),
}
SURVIVED, UNTESTED, UNCHECKED = 0, (5, 33), (None, 2, 34)
"""Exit codes that mutmut keeps of the tests; others: noticed, were it by running for ever."""


def results(planner: str) -> dict[str, int | None]:
    """Changed spots of the planner's files, each with how its tests ended."""
    found: dict[str, int | None] = {}
    for pattern in PLANNERS[planner]:
        for path in sorted((COPY / PACKAGE).glob(f"{pattern}.meta")):
            found |= json.loads(path.read_text("utf-8"))["exit_code_by_key"]
    return found


def told(planner: str, *, verbose: bool) -> bool:
    """Print the score of a planner, and what survived; False where it is below the aim."""
    ends = results(planner)
    counts = Counter(
        "survived"
        if code == SURVIVED
        else "untested"
        if code in UNTESTED
        else "unchecked"
        if code in UNCHECKED
        else "noticed"
        for code in ends.values()
    )
    total = len(ends)
    score = 100 * counts["noticed"] / total if total else 0.0
    rest = ", ".join(f"{counts[name]} {name}" for name in ("survived", "untested", "unchecked") if counts[name])
    print(f"{planner:10}{score:6.1f} %  {counts['noticed']} of {total} changes noticed" + (f"; {rest}" if rest else ""))
    if verbose:
        for name in sorted(name for name, code in ends.items() if code in (SURVIVED, *UNTESTED, *UNCHECKED)):
            print(f"    mutmut show {name}")
    return score >= AIM


def names(planner: str) -> list[str]:
    """Patterns that mutmut knows the planner's changes by."""
    module = PACKAGE.replace("/", ".")
    return [f"{module}.{file.removesuffix('.py').replace('/', '.')}.*" for file in PLANNERS[planner]]


def main(chosen: list[str]) -> int:
    """Everything anew; results of another state of the code or its tests would count for nothing."""
    if unknown := set(chosen) - PLANNERS.keys():
        print(f"mutate.py: unknown planner: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    shutil.rmtree(COPY, ignore_errors=True)
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    patterns = [name for planner in chosen for name in names(planner)]
    ran = subprocess.run([mutmut, "run", *patterns], cwd=PROJECT, stdin=subprocess.DEVNULL, check=False)
    if ran.returncode:
        return 2
    well = [told(planner, verbose=True) for planner in chosen or PLANNERS]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
