"""Run as a program: ``million_plans.py N [SEED]`` plans retention for N random roots and compares with the model."""

from __future__ import annotations

import random
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from support.retention_model import NAMES, NOW, judge, some_rules, some_sets  # noqa: E402

CHUNK = 10_000


def plans(seed: int, count: int = CHUNK) -> dict[str, int]:
    """Judge ``count`` random roots; how often each rule spoke. Raises `AssertionError` naming the seed."""
    spoken: dict[str, int] = {}
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        sets, rules = some_sets(chance), some_rules(chance)
        try:
            planned = judge(sets, rules, NOW, NAMES[: chance.randint(0, 2)])
        except Exception as error:
            raise AssertionError(f"seed {seed}/{number}: {error!r}") from error
        for one in planned.decisions:
            spoken[one.rule] = spoken.get(one.rule, 0) + 1
    return spoken


def main(count: int, seed: int) -> None:
    """Spread over all cores; print what was seen."""
    total: dict[str, int] = {}
    parts = [min(CHUNK, count - done) for done in range(0, count, CHUNK)]
    with ProcessPoolExecutor() as workers:
        for done, spoken in enumerate(workers.map(plans, range(seed, seed + len(parts)), parts), start=1):
            for rule, times in spoken.items():
                total[rule] = total.get(rule, 0) + times
            if done % 10 == 0:
                print(f"{done * CHUNK} plans", flush=True)
    for rule, times in sorted(total.items(), key=lambda pair: -pair[1]):
        print(f"{times:10} {rule}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
