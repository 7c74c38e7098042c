"""What each set is worth: which backups are sound with all they need, and which sets nobody may delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from ..base.records import Origin, Record, SetStatus
from ..catalog.names import order_of

ASIDE = frozenset({Origin.SAFETY, Origin.DRILL})
"""Origins of sets that are no regular backups."""


class Held(Record, frozen=True, kw_only=True, gc=False):
    """One database in a set."""

    completed: bool
    present: bool
    """Its file is there, with its size."""
    proven: bool
    damaged: bool = False
    """A check of it failed and was not made good."""
    needs: tuple[str, ...] = ()
    """Sets that must be restored before it; a name that no set has stands for what is lost."""

    @property
    def there(self) -> bool:
        """Complete and present."""
        return self.completed and self.present


class Candidate(Record, frozen=True, kw_only=True, gc=False):
    """One set, as retention sees it."""

    set: str
    day: date
    """Of its wall time, in its own zone."""
    at: datetime
    """When it began, UTC."""
    status: SetStatus = SetStatus.COMPLETED
    origin: Origin = Origin.MANUAL
    databases: dict[str, Held] = msgspec.field(default_factory=dict)
    pin: str | None = None
    """Name of its pin (may be empty), or None."""
    until: datetime | None = None
    """End of the pin; None: it has none."""
    files: bool = False
    """Holds the application's files and configuration, both complete."""
    bytes: int = 0
    deleting: bool = False
    wanted: bool = False
    """A restore that is not settled needs it."""


@dataclass(frozen=True, slots=True)
class Sets:
    """The candidates in order, with what several rules ask of them."""

    newest_first: tuple[Candidate, ...]
    future: frozenset[str]
    """Sets that begin later than now."""
    holders: Mapping[str, Sequence[Candidate]]
    """By database: sets with a complete backup of it that is there; none that is being deleted. Newest first."""
    sound: Mapping[str, frozenset[str]]
    """By database: which of those are proven, with everything that they need."""

    def regular(self, name: str) -> Iterator[Candidate]:
        """Sound ones of ``name`` that periods are filled with: not set aside, not from the future. Newest first."""
        sound = self.sound[name]
        for one in self.holders[name]:
            if one.set in sound and one.origin not in ASIDE and one.set not in self.future:
                yield one


def protected(candidates: Sequence[Candidate], now: datetime | None = None) -> dict[str, str]:
    """Sets nobody may delete, neither a rule nor a person, each with the database that it protects.

    The newest sound backup of every database (`Sets.sound`), whatever newer set holds a backup of it, and what
    these need. Copies made before a restore count only where there is nothing else: they hold what was about to be
    replaced. A set from the future is protected, and so is the newest sound one that is not.
    """
    found: dict[str, str] = {}
    for name, _rule, database in protecting(ordered(candidates, now)):
        found.setdefault(name, database)
    return found


def ordered(candidates: Iterable[Candidate], now: datetime | None) -> Sets:
    """The candidates as the rules look at them; without ``now`` nothing is from the future."""
    newest_first = tuple(sorted(candidates, key=lambda one: (one.at, order_of(one.set)), reverse=True))
    holders: dict[str, list[Candidate]] = {}
    for one in newest_first:
        for name, held in one.databases.items():
            mine = holders.setdefault(name, [])
            if held.completed and held.present and not one.deleting:
                mine.append(one)
    future = frozenset(one.set for one in newest_first if one.at > now) if now is not None else frozenset()
    sound = {name: _sound(name, mine) for name, mine in holders.items()}
    return Sets(newest_first, future, holders, sound)


def _sound(name: str, holders: Sequence[Candidate]) -> frozenset[str]:
    """Which of them are proven and have, down to the full backup, proven all that they need."""
    good: dict[str, tuple[str, ...]] = {}
    chained = False
    for one in holders:
        held = one.databases[name]
        if held.proven and not held.damaged:
            good[one.set] = held.needs
            chained = chained or bool(held.needs)
    if not chained:
        return frozenset(good)
    needed_by: dict[str, list[str]] = {}
    for one_set, needs in good.items():
        for need in needs:
            needed_by.setdefault(need, []).append(one_set)
    broken = [need for need in needed_by if need not in good]
    while broken:
        for one_set in needed_by.get(broken.pop(), ()):
            if good.pop(one_set, None) is not None:
                broken.append(one_set)
    return frozenset(good)


def protecting(sets: Sets) -> Iterator[tuple[str, str, str]]:
    """Set, rule and database of whatever is never deleted for the sake of that database."""
    there = {one.set: one for one in sets.newest_first if not one.deleting}
    for name, holders in sets.holders.items():
        sound = sets.sound[name]
        bases: list[str] = []
        regular = [one for one in holders if one.origin not in ASIDE]
        counts = any(one.set in sound and one.set not in sets.future for one in regular)
        for one in regular if counts else holders:
            newest = one.set in sound and one.set not in sets.future
            yield one.set, "newest_proven" if newest else "newer", name
            bases += one.databases[name].needs
            if newest:
                break
        for base in _reached(bases, name, there):
            yield base, "base", name


def _reached(bases: Iterable[str], name: str, there: Mapping[str, Candidate]) -> set[str]:
    """Those of ``bases`` that there are, and what they need to restore ``name``."""
    found: set[str] = set()
    waiting = list(bases)
    while waiting:
        one = waiting.pop()
        if one in there and one not in found:
            found.add(one)
            held = there[one].databases.get(name)
            waiting += held.needs if held is not None else ()
    return found
