"""What the deep clean-up removes and what has to wait, and why. Pure: values in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from ..base.records import Problem, Record, Severity
from ..base.watching import CleanupItem
from ..catalog.ledger import OldSegment
from ..catalog.names import SET_NAME, order_of
from .orphan_list import OrphanList

ENDING = r"(\.s[0-9]+of[0-9]+)?\.bak(\.gz|\.zst)?"
"""What stands behind the set in the name of an archive; those of a backup in several files are numbered."""
_ARCHIVE = re.compile(rf"databases/([^/]+)_(?P<set>{SET_NAME.pattern}){ENDING}", re.ASCII | re.DOTALL)
"""``databases/users_20250806_143052.bak.gz``: the names that archives get, now and by the original program."""
_COPIES = re.compile(rf"(config|application)/{SET_NAME.pattern}", re.ASCII)
"""Folders of the copied files of a set."""


class Thing(Record, frozen=True, kw_only=True):
    """A file or folder below the root."""

    path: str
    """With ``/``."""
    bytes: int = 0
    at: datetime | None = None
    """When it was last changed, where that counts."""


class Litter(Record, frozen=True, kw_only=True):
    """All that lies about; what of it may go is not said."""

    foreign: tuple[Thing, ...] = ()
    """What this program gives no such names to: people put it there."""

    temp: tuple[Thing, ...] = ()
    restore: tuple[Thing, ...] = ()
    partial: tuple[Thing, ...] = ()
    """Unfinished files that the sweep knows by their names."""
    logs: tuple[Thing, ...] = ()
    """Of days before those that are kept."""
    orphans: tuple[Thing, ...] = ()
    copies: tuple[Thing, ...] = ()
    """Raw copies below ``safety/``."""
    segments: tuple[OldSegment, ...] = ()
    """Closed parts of the audit trail, all older than they have to be kept."""


class Circumstances(Record, frozen=True, kw_only=True):
    """What else decides."""

    now: datetime
    listed: OrphanList
    """After looking at ``now``."""
    orphan_days: int
    safety_days: int
    sound: Mapping[str, str] = msgspec.field(default_factory=dict)
    """By database, folded, the newest set with a proven backup that is there with all it needs (`standing.Sets`)."""
    worked_on: bool = False
    """Somebody works on the root at this moment."""
    unreadable: bool = False
    """Some manifest can't be read: it may name any orphan."""
    restore_open: bool = False
    trail_whole: bool = True


def judged(litter: Litter, given: Circumstances) -> tuple[CleanupItem, ...]:
    """Everything found, and whether it goes."""
    foreign = (_item(_kind(one.path), one, "cleanup.foreign", delete=False) for one in litter.foreign)
    return (*_leftovers(litter, given), *foreign, *_orphans(litter, given), *_aged(litter, given))


def is_archive(path: str) -> bool:
    """Whether ``path`` (below the root) is named as the archives of sets are."""
    return _ARCHIVE.fullmatch(path) is not None


def set_of_archive(path: str) -> str | None:
    """The set whose archive ``path`` (below the root) is by its name; None: it is not named so."""
    found = _ARCHIVE.fullmatch(path)
    return found["set"] if found is not None else None


def is_copies(path: str) -> bool:
    """Whether ``path`` (below the root) is named as the folders of copied files are."""
    return _COPIES.fullmatch(path) is not None


def _kind(path: str) -> str:
    above = path.partition("/")[0]
    return above if above in ("temp", "restore") else "orphan"


def _leftovers(litter: Litter, given: Circumstances) -> Iterator[CleanupItem]:
    left = (
        ("temp", litter.temp, "cleanup.temp"),
        ("restore", litter.restore, "cleanup.restore"),
        ("partial", litter.partial, "cleanup.partial"),
    )
    for kind, things, code in left:
        for one in things:
            yield _item(kind, one, "cleanup.in_use" if given.worked_on else code, delete=not given.worked_on)
    for one in litter.logs:
        yield _item("log", one, "cleanup.log")


def _orphans(litter: Litter, given: Circumstances) -> Iterator[CleanupItem]:
    for one in litter.orphans:
        since = given.listed.since(one.path)
        due = since + timedelta(days=given.orphan_days)
        if given.unreadable:
            yield _item("orphan", one, "cleanup.orphan_manifests", delete=False)
        elif _is_last(one.path, given.sound):
            yield _item("orphan", one, "cleanup.orphan_last", delete=False)
        elif due > given.now:
            code = "cleanup.orphan_new" if since == given.now else "cleanup.orphan_waits"
            yield _item("orphan", one, code, delete=False, since=_iso(since), until=_day(due))
        else:
            yield _item("orphan", one, "cleanup.orphan", since=_iso(since))


def _is_last(path: str, sound: Mapping[str, str]) -> bool:
    """Whether nothing better may be left: no sound backup at all, or none so new of the database that it is of."""
    found = _ARCHIVE.fullmatch(path)
    if not sound or found is None:
        return not sound
    newest = sound.get(found[1].casefold())
    return newest is None or order_of(found["set"]) > order_of(newest)


def _aged(litter: Litter, given: Circumstances) -> Iterator[CleanupItem]:
    """What goes by its age; not while the clock can't be trusted, as also in the first clean-up there is."""
    wait = timedelta(days=given.orphan_days)
    until = given.listed.jumped + wait if given.listed.jumped is not None and wait else None
    for segment in litter.segments:
        one = Thing(path=f"logs/{segment.name}", bytes=segment.bytes)
        if not given.trail_whole:
            yield _item("audit", one, "cleanup.audit_broken", delete=False)
        elif until is not None:
            yield _item("audit", one, "cleanup.clock_waits", delete=False, until=_day(until))
        else:
            yield _item(
                "audit", one, "cleanup.audit", lines=segment.last - segment.first + 1, until=_day(segment.until)
            )
    for one in litter.copies:
        due = (one.at or given.now) + timedelta(days=given.safety_days)
        if given.restore_open:
            yield _item("safety", one, "cleanup.restore_open", delete=False)
        elif due > given.now:
            yield _item("safety", one, "cleanup.safety_waits", delete=False, until=_day(due))
        elif until is not None:
            yield _item("safety", one, "cleanup.clock_waits", delete=False, until=_day(until))
        else:
            yield _item("safety", one, "cleanup.safety", since=_iso(one.at or given.now))


def _item(kind: str, one: Thing, code: str, *, delete: bool = True, **values: str | int) -> CleanupItem:
    because = Problem(code=code, severity=Severity.INFO, values={"path": one.path, **values})
    return CleanupItem(kind=kind, path=one.path, bytes=one.bytes, delete=delete, because=because)


def _iso(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")


def _day(instant: datetime) -> str:
    return instant.astimezone().date().isoformat()
