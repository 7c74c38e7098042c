"""Which other backups a differential or log backup needs; a function of values."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from datetime import datetime

from ..base.records import BackupKind, Record
from ..catalog.index import ChainFacts

ABSENT = ""
"""Stands for a backup that is needed and that no set holds."""


class Link(Record, frozen=True, kw_only=True):
    """One backup of one database."""

    set: str
    at: datetime
    kind: BackupKind = BackupKind.FULL
    usable: bool = True
    """Complete, there, and not known to be damaged."""
    facts: ChainFacts | None = None
    """What its engine says of it; without them the nearest earlier backup is taken for what it needs."""


def needs(links: Sequence[Link]) -> dict[str, tuple[str, ...]]:
    """What each differential or log backup among ``links`` (of one database) needs before it can be restored.

    Only the next one down: a log needs the log or base before it, that one needs its own. `ABSENT` where nothing
    fits. A differential belongs to the full backup that it names (by GUID, else by checkpoint LSN, which
    copy-only backups never are); a log to the newest full or differential that ends within it, else to the log
    that it continues (RESTORE asks for a log that begins no later than where the data restored so far ends); a log
    in which nothing happened to an earlier one that ends just there.
    """
    every = _Every(sorted(links, key=lambda one: (one.at, one.set), reverse=True))
    return {
        one.set: (every.needed(rank),) for rank, one in enumerate(every.newest_first) if one.kind is not BackupKind.FULL
    }


def lacking(links: Sequence[Link]) -> dict[str, str]:
    """Which usable backups among ``links`` (of one database) bring nothing back, each with what it lacks.

    That is the nearest backup below it that is not usable, or `ABSENT`.
    """
    if all(one.kind is BackupKind.FULL for one in links):
        return {}
    needed = {one: need for one, (need,) in needs(links).items()}
    usable = {one.set for one in links if one.usable}
    lack: dict[str, str | None] = {}
    for one in usable:
        passed, at = list[str](), one
        while at in usable and at not in lack:
            passed.append(at)
            lack[at] = None  # until it is known: what needs itself lacks nothing else
            at = needed.get(at, at)
        last = lack[at] if at in usable else at
        lack |= dict.fromkeys(passed, last)
    return {one: last for one, last in lack.items() if last is not None}


class _Every:
    """All backups of a database, with their numbers read once and its logs found by where they end.

    A month of logs every quarter of an hour is three thousand, each of which asks for one of the others.
    """

    def __init__(self, newest_first: Sequence[Link]) -> None:
        self.newest_first = newest_first
        self._spans = [_span(one) for one in newest_first]
        ranks = [rank for rank, one in enumerate(newest_first) if one.facts is not None]
        self._bases = [rank for rank in ranks if newest_first[rank].kind is not BackupKind.LOG]
        ends = [(self._spans[rank][1], rank) for rank in ranks if newest_first[rank].kind is BackupKind.LOG]
        self._logs = sorted((end, rank) for end, rank in ends if end is not None)

    def needed(self, rank: int) -> str:
        """The set that the backup of that rank needs before it."""
        one = self.newest_first[rank]
        if one.facts is None:
            return self._before(rank)
        if one.kind is BackupKind.DIFFERENTIAL:
            found = self._best(one, (other for other in self._bases if _is_base(self.newest_first[other], one)))
        else:
            found = self._best(one, (other for other in self._bases if self._ends_within(other, rank)))
            found = found or self._best(one, self._continued_by(rank))
        return found.set if found is not None else ABSENT

    def _before(self, rank: int) -> str:
        """Where nothing is known: the nearest earlier full backup, for a log the nearest earlier one of any kind."""
        wants_full = self.newest_first[rank].kind is BackupKind.DIFFERENTIAL
        for other in self.newest_first[rank + 1 :]:
            if other.kind is BackupKind.FULL or not wants_full:
                return other.set
        return ABSENT

    def _best(self, one: Link, fitting: Iterable[int]) -> Link | None:
        """The newest of those that fit and is usable, else the newest that fits."""
        others = [self.newest_first[other] for other in fitting]
        found = [other for other in others if other.set != one.set and _same_family(other, one)]
        return next((other for other in found if other.usable), found[0] if found else None)

    def _ends_within(self, base: int, log: int) -> bool:
        """Whether the log can be restored right after the base."""
        (first, last), end = self._spans[log], self._spans[base][1]
        return first is not None and end is not None and last is not None and first <= end <= last

    def _continued_by(self, log: int) -> list[int]:
        """The logs where it goes on from, the newest first: those that end behind its beginning and before its end.

        One in which nothing happened begins and ends where an earlier one ended.
        """
        first, last = self._spans[log]
        if first is None or last is None:
            return []
        begin, end = (bisect.bisect_left(self._logs, (number, -1)) for number in (first, last + (first == last)))
        return sorted(rank for _, rank in self._logs[begin:end] if first < last or rank > log)


def _span(one: Link) -> tuple[int | None, int | None]:
    """Where it begins and where it ends in the log of the database."""
    return (_number(one.facts.first_lsn), _number(one.facts.last_lsn)) if one.facts is not None else (None, None)


def _same_family(other: Link, one: Link) -> bool:
    if other.facts is None or one.facts is None:
        return False
    known = (other.facts.family_guid, one.facts.family_guid)
    return None in known or known[0] == known[1]


def _is_base(full: Link, differential: Link) -> bool:
    """Whether ``differential`` was taken on top of ``full``."""
    if full.kind is not BackupKind.FULL or full.facts is None or differential.facts is None:
        return False
    named, its = differential.facts.differential_base_guid, full.facts.backup_set_guid
    if named and its:
        return named == its
    lsn = differential.facts.differential_base_lsn
    return bool(lsn) and not full.facts.copy_only and _number(lsn) == _number(full.facts.checkpoint_lsn)


def _number(lsn: str | None) -> int | None:
    """LSNs are numbers of up to 25 digits, told as text."""
    return int(lsn) if lsn and lsn.isascii() and lsn.isdigit() else None
