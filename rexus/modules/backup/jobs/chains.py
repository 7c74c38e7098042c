"""Which other backups a differential or log backup needs; a function of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
    that it continues (RESTORE asks for a log that begins no later than where the data restored so far ends).
    """
    newest_first = sorted(links, key=lambda one: (one.at, one.set), reverse=True)
    return {one.set: (_needed(one, newest_first),) for one in newest_first if one.kind is not BackupKind.FULL}


def _needed(one: Link, newest_first: Sequence[Link]) -> str:
    others = [other for other in newest_first if other.set != one.set]
    if one.facts is None:
        return _before(one, others)
    wanted = _is_base if one.kind is BackupKind.DIFFERENTIAL else _ends_within
    found = _best(others, one, wanted)
    if found is None and one.kind is BackupKind.LOG:
        found = _best(others, one, _is_continued_by)
    return found.set if found is not None else ABSENT


def _best(others: Iterable[Link], one: Link, fits: Callable[[Link, Link], bool]) -> Link | None:
    """The newest that fits and is usable, else the newest that fits."""
    fitting = [other for other in others if _same_family(other, one) and fits(other, one)]
    return next((other for other in fitting if other.usable), fitting[0] if fitting else None)


def _before(one: Link, newest_first: Iterable[Link]) -> str:
    """Where nothing is known: the nearest earlier full backup, for a log the nearest earlier one of any kind."""
    earlier = [other for other in newest_first if (other.at, other.set) < (one.at, one.set)]
    if one.kind is BackupKind.DIFFERENTIAL:
        earlier = [other for other in earlier if other.kind is BackupKind.FULL]
    return earlier[0].set if earlier else ABSENT


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


def _ends_within(base: Link, log: Link) -> bool:
    """Whether ``log`` can be restored right after ``base``."""
    if base.kind is BackupKind.LOG or base.facts is None or log.facts is None:
        return False
    first, end, last = (_number(one) for one in (log.facts.first_lsn, base.facts.last_lsn, log.facts.last_lsn))
    return first is not None and end is not None and last is not None and first <= end <= last


def _is_continued_by(earlier: Link, log: Link) -> bool:
    """Whether ``log`` goes on where the log ``earlier`` ends."""
    if earlier.kind is not BackupKind.LOG or earlier.facts is None or log.facts is None:
        return False
    end, last = _number(earlier.facts.last_lsn), _number(log.facts.last_lsn)
    first = _number(log.facts.first_lsn)
    return end is not None and first is not None and last is not None and first <= end < last


def _number(lsn: str | None) -> int | None:
    """LSNs are numbers of up to 25 digits, told as text."""
    return int(lsn) if lsn and lsn.isascii() and lsn.isdigit() else None
