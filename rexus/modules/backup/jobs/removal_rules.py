"""Which sets nobody may delete, and what keeps everybody from deleting any."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..base.errors import StoreFailed
from ..base.records import BackupKind, Problem, Record, SetStatus
from ..catalog.index import ChainFacts, Listing, SetSummary
from ..catalog.names import is_set_name, order_of, set_of
from . import restore_journal, server_journal, standing
from .holdings import Presence, candidates
from .kit import LOGS, Kit
from .standing import Candidate
from .trail import Recent, recent


class Hindrance(Record, frozen=True, kw_only=True):
    """Why nothing may be deleted by a rule."""

    rule: str
    values: dict[str, str | int]


class Look(Record, frozen=True, kw_only=True):
    """What whoever deletes has to know of a root, found by one look at it."""

    sets: tuple[SetSummary, ...]
    candidates: tuple[Candidate, ...]
    hindrance: Hindrance | None = None
    unreadable: tuple[str, ...] = ()
    """Files of manifests that can't be read."""
    recent: Recent = Recent()

    def protected(self, now: datetime) -> dict[str, str]:
        """See `standing.protected`."""
        return standing.protected(self.candidates, now, self.recent.made)

    def lacking_later(self, one: Candidate, now: datetime) -> str | None:
        """See `standing.lacking_later`."""
        return standing.lacking_later(one, standing.ordered(self.candidates, now, self.recent.made))


def look(kit: Kit) -> Look:
    """Look at the sets, their files, open restores and the trail. Raises `StoreFailed` where that can't be done."""
    listing = kit.catalog.entries()
    for problem in listing.problems:
        if problem.code == "catalog.unreadable":
            raise StoreFailed(problem.code, **problem.values)
    is_there = Presence(kit)
    pending, unknown = restore_journal.found(kit)
    by_server, unread = server_journal.found(kit)
    named = [(one.set, one.safety) for one in pending] + [(one.set, one.safety) for one in by_server]
    wanted = frozenset(name for pair in named for name in pair if name)
    return Look(
        sets=listing.sets,
        candidates=candidates(listing.sets, is_there, wanted),
        hindrance=_hindrance(kit, listing, (*unknown, *unread), blind=is_there.is_blind(listing.sets)),
        unreadable=tuple(_file(one) for one in listing.problems),
        recent=recent(kit.root / LOGS),
    )


def _hindrance(kit: Kit, listing: Listing, unknown: tuple[str, ...], *, blind: bool) -> Hindrance | None:
    if blind:
        return Hindrance(rule="store_unseen", values={"path": str(kit.root)})
    if unknown:
        return Hindrance(rule="restore_unreadable", values={"path": unknown[0]})
    if listing.problems:
        return Hindrance(rule="manifest_unreadable", values={"file": _file(listing.problems[0])})
    return None


def _file(problem: Problem) -> str:
    return str(problem.values.get("file", ""))


def needed_by(found: Look, name: str) -> str | None:
    """The file of an unreadable manifest whose set may need the set ``name``; None: there is none.

    It may be a differential or a log: then it needs the newest full backup before it and what came after that.
    """
    return next((file for file in found.unreadable if _may_need(found.sets, set_of(file), name)), None)


def _may_need(sets: Iterable[SetSummary], unreadable: str | None, name: str) -> bool:
    if unreadable is None or not is_set_name(unreadable):
        return True
    before = [one for one in sets if order_of(one.set) < order_of(unreadable)]
    mine = next((one for one in before if one.set == name), None)
    if mine is None:
        return False
    later = [one for one in before if order_of(one.set) > order_of(name)]
    return any(
        held.status is SetStatus.COMPLETED and not any(_is_base(one, database) for one in later)
        for database, held in mine.databases.items()
    )


def _is_base(one: SetSummary, database: str) -> bool:
    """Whether a differential made after it would need nothing older."""
    held = one.databases.get(database)
    if held is None or held.status is not SetStatus.COMPLETED or held.kind is not BackupKind.FULL:
        return False
    return not (held.chain or ChainFacts()).copy_only


def protected(sets: Iterable[SetSummary], now: datetime | None = None) -> dict[str, str]:
    """The same of ``sets`` all of whose files are there."""
    return standing.protected(candidates(sets), now)
