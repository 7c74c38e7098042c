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


class Held(Record, frozen=True, kw_only=True, gc=False, array_like=True):
    """One database in a set."""

    completed: bool
    present: bool
    """Its file is there, with its size."""
    proven: bool
    damaged: bool = False
    """A check found damage that was not made good."""
    missed: bool = False
    """It is not there, and a verification has noted that."""
    since: datetime | None = None
    """When damage or absence was first noted, UTC; None where that is not known."""
    no_room: bool = False
    """It was not completed for lack of space."""
    needs: tuple[str, ...] = ()
    """Sets that must be restored before it; a name that no set has stands for what is lost."""

    @property
    def there(self) -> bool:
        """Complete and present."""
        return self.completed and self.present

    @property
    def claimed(self) -> bool:
        """Complete, and present or just not seen: nobody has noted that it is lost, and it may come back."""
        return self.completed and (self.present or not (self.damaged or self.missed))


class Candidate(Record, frozen=True, kw_only=True, gc=False, array_like=True):
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
    """Holds the application's files and configuration, both complete and not found damaged."""
    bytes: int = 0
    """What deleting it gives back."""
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
    claimed: Mapping[str, Sequence[Candidate]]
    """By database: those, and sets that say they hold it whose file is not seen now. Newest first."""
    sound: Mapping[str, frozenset[str]]
    """By database: which of the holders are proven, with everything that they need."""
    made: Mapping[str, int]
    """In which order sets were made, whatever the clock said: the larger, the later; not all are known."""

    def regular(self, name: str) -> Iterator[Candidate]:
        """Sound ones of ``name`` that periods are filled with: not set aside, not from the future. Newest first."""
        sound = self.sound[name]
        for one in self.holders[name]:
            if one.set in sound and one.origin not in ASIDE and one.set not in self.future:
                yield one


def protected(
    candidates: Iterable[Candidate], now: datetime | None = None, made: Mapping[str, int] | None = None
) -> dict[str, str]:
    """Sets nobody may delete, neither a rule nor a person, each with the database that it protects.

    The newest sound backup of every database (`Sets.sound`), whatever newer set holds a backup of it or would if its
    file were seen, and what these need. Copies made before a restore count only where there is nothing else: they
    hold what was about to be replaced. A set from the future is protected, and so is the newest sound one that is
    not. A set that was made (``made``, as in `Sets`) after the newest sound one is newer, whatever its name says.
    """
    found: dict[str, str] = {}
    for name, _rule, database in protecting(ordered(candidates, now, made)):
        found.setdefault(name, database)
    return found


def ordered(candidates: Iterable[Candidate], now: datetime | None, made: Mapping[str, int] | None = None) -> Sets:
    """The candidates as the rules look at them; without ``now`` nothing is from the future."""
    newest_first = tuple(sorted(candidates, key=lambda one: (one.at, order_of(one.set)), reverse=True))
    names = dict.fromkeys(name for one in newest_first for name in one.databases)
    holders: dict[str, list[Candidate]] = {name: [] for name in names}
    claimed: dict[str, list[Candidate]] = {name: [] for name in names}
    for one in newest_first:
        if one.deleting:
            continue
        for name, held in one.databases.items():
            if held.completed and held.present:
                holders[name].append(one)
                claimed[name].append(one)
            elif held.claimed:
                claimed[name].append(one)
    future = frozenset(one.set for one in newest_first if one.at > now) if now is not None else frozenset()
    sound = {name: _sound(name, mine) for name, mine in holders.items()}
    return Sets(newest_first, future, holders, claimed, sound, made or {})


def _sound(name: str, holders: Sequence[Candidate]) -> frozenset[str]:
    """Which of them are proven and have, down to the full backup, proven all that they need."""
    good = {one.set: held.needs for one in holders if (held := one.databases[name]).proven and not held.damaged}
    if not any(good.values()):
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
    for name, claimed in sets.claimed.items():
        sound = sets.sound[name]
        bases: list[str] = []
        newest = ""
        regular = [one for one in claimed if one.origin not in ASIDE]
        counts = any(one.set in sound and one.set not in sets.future for one in regular)
        for one in regular if counts else claimed:
            is_newest = one.set in sound and one.set not in sets.future
            yield one.set, "newest_proven" if is_newest else "newer", name
            bases += one.databases[name].needs
            if is_newest:
                newest = one.set
                break
        for one in _made_later(sets, name, newest):
            yield one.set, "newer", name
            bases += one.databases[name].needs
        for base in _reached(bases, name, there):
            yield base, "base", name


def _made_later(sets: Sets, name: str, newest: str) -> Iterator[Candidate]:
    """Sets that were made after the newest sound one though they are named before it: the clock was set back."""
    number = sets.made.get(newest)
    later = {one for one, other in sets.made.items() if other > number} if number is not None else None
    if not later:
        return
    behind = False
    for one in sets.claimed[name]:
        if behind and one.set in later and one.origin not in ASIDE:
            yield one
        behind = behind or one.set == newest


def lacking_later(one: Candidate, sets: Sets) -> str | None:
    """The database for whose sake a set from the future stays; None: sound sets made later hold each that it holds.

    Such a set must hold the newest backup of the database that is not from the future. In which order they were made
    only the trail can tell, for the clock was wrong: what is not known there was not made later.
    """
    for name, held in one.databases.items():
        if not held.completed:
            continue
        present = (each for each in sets.claimed.get(name, ()) if each.set not in sets.future)
        newest = next((each.set for each in present if each.origin not in ASIDE), None)
        if newest is None or newest not in sets.sound[name]:
            return name
        if newest not in sets.made or sets.made.get(one.set, -1) > sets.made[newest]:
            return name
    return None


def needing(name: str, candidates: Iterable[Candidate]) -> str | None:
    """A set that can't be restored without the set ``name``; None: there is none."""
    for one in candidates:
        if (
            one.set != name
            and not one.deleting
            and any(name in held.needs for held in one.databases.values() if held.there)
        ):
            return one.set
    return None


def begun_stays(begun: Candidate, sets: Sets, now: datetime) -> tuple[str, str] | None:
    """Rule and database that keep a set whose deletion was begun; None: the deletion goes on."""
    again = (msgspec.structs.replace(one, deleting=False) if one is begun else one for one in sets.newest_first)
    database = protected(again, now, sets.made).get(begun.set)
    if database is not None:
        return "newest_proven", database
    if is_pinned(begun, now):
        return "pinned", ""
    return ("restore_open", "") if begun.wanted else None


def is_pinned(one: Candidate, now: datetime) -> bool:
    """Whether its pin holds at ``now``."""
    return one.pin is not None and (one.until is None or one.until > now)


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
