"""Work as the screens see it: what was ordered, how far it is, how it ended. No widgets here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from ..base.records import JobEvent, Outcome, Record

State = Literal["queued", "running", "cancelling", "ended"]

FILES = ""
"""Name of the part that is no database: files, and the set as a whole."""
_FILE_SETS = frozenset({"config", "application"})
_IN_BYTES = frozenset({"server", "seal", "reread", "unseal", "verify", "files"})
"""Phases whose figures are bytes; of others they are pages."""
_SPANS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "backup": {
        "snapshot": (0.0, 0.05),
        "server": (0.0, 0.6),
        "seal": (0.05, 0.85),
        "check": (0.85, 0.88),
        "reread": (0.85, 0.9),
        "verify": (0.9, 0.99),
    },
    "verify": {"verify": (0.0, 0.6), "unseal": (0.0, 0.6), "check": (0.6, 1.0)},
    "drill": {"unseal": (0.0, 0.6), "restore": (0.3, 0.85), "check": (0.6, 0.9), "prove": (0.9, 0.99)},
    "restore": {
        "unseal": (0.0, 0.5),
        "check": (0.5, 0.7),
        "restore": (0.5, 0.95),
        "snapshot": (0.7, 0.72),
        "seal": (0.72, 0.82),
        "reread": (0.82, 0.85),
        "verify": (0.85, 0.9),
        "swap": (0.9, 0.95),
        "prove": (0.95, 0.99),
    },
}
"""From where to where in the whole of one database each phase leads; phases overlap, the furthest counts."""
_ENDS = frozenset({"done", "failed", "untested"})
_SMOOTH = 0.3
"""How much the newest rate counts."""
_EARLY = 0.03
"""Before so much is done nobody can tell how long the rest takes."""


@dataclass(frozen=True, slots=True)
class Part:
    """How far one database is (or the files, `FILES`)."""

    name: str
    phase: str = ""
    """As in `JobEvent`; empty: not begun."""
    done: int = 0
    total: int = 0
    """Bytes where `in_bytes`; 0: not known."""
    fraction: float = 0.0
    rate: float = 0.0
    """Bytes a second; of what has ended, over all of its time."""
    left_s: float | None = None
    seconds: float = 0.0
    """Since it began; of what has ended, how long it took."""
    job: str = ""
    """The set it belongs to."""

    @property
    def in_bytes(self) -> bool:
        """Whether ``done`` and ``total`` are bytes."""
        return self.phase in _IN_BYTES or self.phase in _ENDS

    @property
    def ended(self) -> bool:
        """Whether nothing more is done with it."""
        return self.phase in _ENDS


@dataclass(frozen=True, slots=True)
class Work:
    """One order, as it is at one moment."""

    id: str
    verb: str
    request: Record | None
    """None for work that others ordered."""
    config: Path
    state: State = "queued"
    events: tuple[JobEvent, ...] = ()
    """The newest of each database."""
    parts: tuple[Part, ...] = ()
    """Databases in their order, those that have not begun too; then the files."""
    fraction: float | None = None
    """Of all bytes; None: nobody can tell."""
    left_s: float | None = None
    began: datetime | None = None
    ended: datetime | None = None
    outcome: Outcome | None = None
    """None while it runs, and of foreign work whose end nobody wrote down."""
    result: Record | None = None
    """As the verb returns it; None where it came to none."""
    foreign: bool = False
    """Ordered by another process: the schedule, the command line, another window."""
    who: str = ""
    pid: int = 0

    @property
    def databases(self) -> tuple[Part, ...]:
        """The parts that are databases."""
        return tuple(one for one in self.parts if one.name != FILES and one.name not in _FILE_SETS)

    @property
    def is_running(self) -> bool:
        """Whether something is done for it right now."""
        return self.state in ("running", "cancelling")


@dataclass(frozen=True, slots=True)
class Step:
    """How far a work is: what changes in `Work` while it runs."""

    events: tuple[JobEvent, ...] = ()
    parts: tuple[Part, ...] = ()
    fraction: float | None = None
    left_s: float | None = None
    pid: int = 0


@dataclass(slots=True)
class _Course:
    """What is remembered of one part."""

    begun: float
    job: str
    phase: str = ""
    fraction: float = 0.0
    size: int = 0
    rate: float = 0.0
    moved: float = 0.0
    done: int = 0
    event: JobEvent | None = None
    took: float | None = None
    is_joined: bool = False
    """It was under way when it was first heard of: how long it takes is not known."""


@dataclass(slots=True)
class Pace:
    """Turns events into how far, how fast and how long. Seconds are those of a monotonic clock."""

    verb: str
    sizes: Mapping[str, int]
    """What is expected: databases with their bytes, 0 where nobody knows."""
    sets: int = 0
    """How many sets are looked at, where it is many and known."""
    age_s: float = 0.0
    """How long it had been running when it was first heard of; 0: it is ours, from the beginning."""
    _begun: float | None = None
    _told: float | None = None
    """How far the job itself said that all of it is; None: it says nothing."""
    _courses: dict[str, _Course] = field(default_factory=dict)
    _jobs: dict[str, None] = field(default_factory=dict)

    def take(self, events: Iterable[JobEvent], now: float) -> None:
        """Take in the newest events."""
        joins = self._begun is None and self.age_s > 0
        if self._begun is None:
            self._begun = now - self.age_s
        for event in events:
            if event.whole is not None:
                self._told = max(self._told or 0.0, event.whole)
            self._jobs.setdefault(event.job)
            course = self._courses.get(event.database)
            if course is None or (course.job != event.job and self.verb == "verify"):
                begun = now - self.age_s if joins else now
                course = self._courses[event.database] = _Course(begun, event.job, moved=now, is_joined=joins)
            self._follow(course, event, now)

    def step(self, now: float, pid: int = 0) -> Step:
        """How far it is."""
        names = [*self.sizes, *(name for name in self._courses if name not in self.sizes and name != FILES)]
        parts = [self._part(name, now) for name in names]
        if FILES in self._courses:
            parts.append(self._part(FILES, now))
        fraction = self._whole(parts)
        left_s = None
        if fraction is not None and self._begun is not None and _EARLY < fraction < 1:
            left_s = (now - self._begun) * (1 - fraction) / fraction
        events = tuple(one.event for one in self._courses.values() if one.event is not None)
        return Step(events, tuple(parts), fraction, left_s, pid)

    def _follow(self, course: _Course, event: JobEvent, now: float) -> None:
        in_bytes = event.phase in _IN_BYTES
        if event.phase != course.phase:
            course.phase, course.done, course.moved, course.rate = event.phase, 0, now, 0.0
        passed = now - course.moved
        if in_bytes and passed > 0 and event.done > course.done:
            rate = (event.done - course.done) / passed
            course.rate = rate if not course.rate else course.rate + _SMOOTH * (rate - course.rate)
            course.done, course.moved = event.done, now
        if event.phase in ("seal", "unseal", "done"):
            course.size = max(course.size, event.total)
        if event.phase in _ENDS:
            course.fraction = 1.0
            if course.took is None:  # others' news are heard again and again
                course.took = 0.0 if course.is_joined else now - course.begun
        else:
            low, high = _SPANS.get(self.verb, {}).get(event.phase, (0.0, 0.0))
            share = min(event.done / event.total, 1.0) if event.total else 0.0
            course.fraction = max(course.fraction, low + (high - low) * share)
        if event.database == FILES:
            course.fraction = min(event.done / event.total, 1.0) if event.total else course.fraction
        course.event = event

    def _part(self, name: str, now: float) -> Part:
        course = self._courses.get(name)
        if course is None or course.event is None:
            return Part(name, total=self.sizes.get(name, 0))
        event, seconds = course.event, now - course.begun if course.took is None else course.took
        rate, left_s = course.rate, None
        if course.took is not None:
            rate = course.size / course.took if course.took > 0 else 0.0
        elif _EARLY < course.fraction < 1:
            left_s = seconds * (1 - course.fraction) / course.fraction
        return Part(name, event.phase, event.done, event.total, course.fraction, rate, left_s, seconds, job=course.job)

    def _whole(self, parts: list[Part]) -> float | None:
        """The share of all bytes that is done; nobody knows it where nobody knows how much there is."""
        if not self._courses:
            return None
        if self._told is not None:
            return self._told
        if self.verb == "verify":
            return self._of_sets(parts)
        known = {one.name: self._bytes(one.name) for one in parts if one.name != FILES}
        if not known:
            return None
        average = max(sum(known.values()) / max(sum(1 for size in known.values() if size), 1), 1.0)
        weights = {name: size or average for name, size in known.items()}
        done = sum(weights[one.name] * one.fraction for one in parts if one.name in weights)
        return min(done / sum(weights.values()), 1.0)

    def _of_sets(self, parts: list[Part]) -> float | None:
        begun = [one for one in parts if one.phase]
        if not self.sets or not begun:
            return None
        newest = list(self._jobs)[-1]
        mine = [one.fraction for one in begun if one.job == newest]
        return min((len(self._jobs) - 1 + sum(mine) / max(len(mine), 1)) / self.sets, 1.0)

    def _bytes(self, name: str) -> int:
        course = self._courses.get(name)
        return max(self.sizes.get(name, 0), course.size if course is not None else 0)
