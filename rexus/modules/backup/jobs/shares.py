"""How far a restore is as a whole: each step of its plan has its share of the time, by the bytes that it moves."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..base.records import JobEvent, Record, RestorePlan

Tell = Callable[[int, int], None]
_RANKS = {
    "unseal": 0,
    "on_server": 0,
    "prove": 1,
    "safety": 2,
    "swap": 3,
    "restore_full": 3,
    "restore_differential": 3,
    "restore_log": 3,
    "recover": 4,
    "check": 5,
    "checkdb": 5,
    "files": 6,
}
"""The steps of a plan in the order in which they are done with one database."""
_COSTS = {
    "unseal": 1.0,
    "prove": 0.6,
    "safety": 1.2,
    "restore_full": 1.0,
    "restore_differential": 1.0,
    "restore_log": 1.0,
    "checkdb": 0.6,
    "files": 1.0,
}
"""What a byte costs in each step, compared with unpacking it; of other steps their number of bytes tells nothing."""
_SAFETY, _LAST = 2, 0.99
_WITHIN = {
    "check": (0.0, 0.0),
    "snapshot": (0.0, 0.1),
    "server": (0.0, 0.5),
    "verify": (0.5, 0.6),
    "seal": (0.5, 0.9),
    "reread": (0.9, 0.95),
    "done": (0.99, 1.0),
}
"""From where to where in one backup each of its phases leads, by the databases of files and of servers alike."""
_PARTS = 1000
"""Of which a safety copy is told."""


class _Part(Record, frozen=True, kw_only=True):
    """One step of a plan."""

    rank: int
    name: str
    weight: float


class Shares:
    """Turns what is told of single steps into how far all of it is. May be asked from any thread; never goes back."""

    def __init__(self, plan: RestorePlan) -> None:
        self._parts = _parts(plan)
        self._done = [0.0] * len(self._parts)
        self._swapped: set[str] = set()
        self._lock = threading.Lock()

    def at(self, phase: str, name: str, done: int, total: int) -> float | None:
        """How far it is, from 0 to 1, once that was told; None where the plan tells nothing."""
        with self._lock:
            rank = self._rank(phase, name)
            if rank is not None:
                self._take(rank, name, min(done / total, 1.0) if total > 0 else 0.0)
            whole = sum(one.weight for one in self._parts)
            if not whole:
                return None
            reached = sum(one.weight * share for one, share in zip(self._parts, self._done, strict=True))
            return min(reached / whole, _LAST)

    def _rank(self, phase: str, name: str) -> int | None:
        """Which step it is that something is told of."""
        if phase in ("swap", "restore"):
            self._swapped.add(name)
            return _RANKS["swap"]
        if phase in ("check", "verify", "prove"):
            return _RANKS["check"] if name in self._swapped else _RANKS["prove"]
        return _RANKS.get(phase)

    def _take(self, rank: int, name: str, share: float) -> None:
        """What comes before it is done; files come after everything, a safety copy after all that is unpacked."""
        for number, one in enumerate(self._parts):
            if one.rank < rank and (one.name == name or _is_over(one.rank, rank)):
                self._done[number] = 1.0
            elif one.rank == rank and one.name == name:
                self._done[number] = max(self._done[number], share)


def _is_over(earlier: int, rank: int) -> bool:
    """Whether what comes earlier is done with all databases once one of them is at ``rank``."""
    return rank == _RANKS["files"] or earlier < _SAFETY <= rank or earlier == _SAFETY < rank


def _parts(plan: RestorePlan) -> tuple[_Part, ...]:
    content = {one.name: one.bytes for one in plan.steps if one.bytes}
    by_server = any(one.code == "recover" for one in plan.steps)  # what files of servers take says little
    now = {str(one.values.get("database")): one.values.get("bytes_now", 0) for one in plan.lost if not by_server}
    kinds = sum(1 for one in plan.steps if one.code == "files")
    rest = max(plan.bytes_needed - sum(content.values()), 0) // max(kinds, 1)
    made = []
    for step in plan.steps:
        size = step.bytes or content.get(step.name, 0)
        if step.code == "safety":
            size = int(now.get(step.name, 0)) or size
        elif step.code == "files":
            size = rest
        weight = max(size * _COSTS.get(step.code, 0.0), 1.0)
        made.append(_Part(rank=_RANKS.get(step.code, 0), name=step.name, weight=weight))
    return tuple(made)


def as_safety_copy(tell: Tell) -> Callable[[JobEvent], None]:
    """A listener for the backup of one database that tells how far that is as a whole, and never goes back."""
    reached = 0.0

    def report(event: JobEvent) -> None:
        nonlocal reached
        low, high = _WITHIN.get(event.phase, (0.0, 0.0))
        share = min(event.done / event.total, 1.0) if event.total > 0 else 0.0
        reached = max(reached, low + (high - low) * share)
        tell(int(reached * _PARTS), _PARTS)

    return report


def of_safety_copies(tell: Callable[[str, int, int], None], names: dict[str, str]) -> Callable[[JobEvent], None]:
    """The same for several databases at once; ``names``: what each is called by the safety set, and by people."""

    def teller(name: str) -> Tell:
        return lambda done, total: tell(name, done, total)

    listeners = {kept: as_safety_copy(teller(name)) for kept, name in names.items()}

    def report(event: JobEvent) -> None:
        if event.database in listeners:
            listeners[event.database](event)

    return report
