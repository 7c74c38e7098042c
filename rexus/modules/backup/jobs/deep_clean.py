"""Remove what nobody needs any more: leftovers of dead runs, orphans, old logs, audit segments and safety copies."""

from __future__ import annotations

import contextlib
import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Cancelled
from ..base.records import Outcome, Problem, Record, Severity, Status
from ..base.source_names import told
from ..base.watching import CleanupItem, CleanupResult
from ..catalog.index import SetSummary
from ..catalog.ledger import OldSegment
from . import litter, orphan_list
from .account import accounted, worth_telling
from .cleanup_rules import Circumstances, judged
from .file_reads import here, is_plain_folder, listed
from .filesets import remove_tree
from .holdings import Presence, candidates
from .kit import DATABASES, SAFETY, Kit, naming_errors, why_of
from .lease import Lease, who_holds
from .litter import Leftovers
from .orphan_list import OrphanList
from .standing import ordered
from .sweep import sweep

log = logging.getLogger(__name__)
_BY_NAME = ("orphan", "safety")
"""Kinds of which each removal gets a line of its own in the audit trail (a segment's line is its chain's)."""


class _Plan(Record, frozen=True, kw_only=True):
    """What was found, judged, and what must be known to do it."""

    items: tuple[CleanupItem, ...]
    listed: OrphanList
    segments: tuple[OldSegment, ...]
    problems: tuple[Problem, ...]


def preview(kit: Kit) -> CleanupResult:
    """What `perform` would remove now, and what has to wait; changes nothing. Raises `Refused`, `StoreFailed`."""
    kit.catalog.require()
    with naming_errors():
        plan = _planned(kit, litter.leftovers(kit), worked_on=who_holds(kit.root) is not None)
    return _result(plan.items, plan.problems)


def perform(who: str, kit: Kit, cancel: CancelToken) -> CleanupResult:
    """Remove it. Raises `Refused`, `Busy`, `StoreFailed`; else the outcome tells, also when cancelled midway.

    It may die at any point: what is removed stays removed, and the next clean-up goes on.
    """
    kit.catalog.require()
    with naming_errors(), Lease.hold(kit.root, "cleanup", who, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        left = litter.leftovers(kit)
        found = worth_telling(sweep(kit, held))
        plan = _planned(kit, left, worked_on=False)
        plan, unlisted = _noted(kit, plan)
        items = _removed(who, kit, plan, cancel)
        result = _result(items, (*plan.problems, *found, *unlisted), cancelled=cancel.is_set)
        gone = sum(one.delete for one in result.items)
        detail: dict[str, str | int] = {"removed": gone, "bytes": result.freed_bytes}
        return msgspec.structs.replace(result, outcome=accounted(kit, who, "cleanup", result.outcome, detail))


def _planned(kit: Kit, left: Leftovers, *, worked_on: bool) -> _Plan:
    """Look at everything and judge it. Raises `BackupError`, `OSError`."""
    settings, now = kit.loaded.settings, kit.clock.now()
    listing = kit.catalog.entries()
    found = litter.look(kit, left)
    wait = timedelta(days=settings.cleanup.orphan_days)
    old = orphan_list.read(kit.root)
    waiting = orphan_list.looked(old, (one.path for one in found.orphans), now, wait)
    given = Circumstances(
        now=now,
        listed=waiting,
        orphan_days=settings.cleanup.orphan_days,
        safety_days=settings.retention.safety_days,
        sound=_sound(kit, listing.sets, now),
        worked_on=worked_on,
        unreadable=bool(listing.problems),
        restore_open=litter.restore_open(kit),
        trail_whole=not found.segments or kit.audit.verify().ok,
    )
    problems = listing.problems
    if old is not None and waiting.jumped == now:
        jump = {"since": old.looked.isoformat(), "now": now.isoformat()}
        problems = (*problems, _warned("cleanup.clock", **jump))
    return _Plan(items=judged(found, given), listed=waiting, segments=found.segments, problems=problems)


def _sound(kit: Kit, sets: tuple[SetSummary, ...], now: datetime) -> dict[str, str]:
    """By database, folded, the newest set whose backup is proven and there with all it needs. Raises `StoreFailed`."""
    found = ordered(candidates(sets, Presence(kit)), now)
    newest: dict[str, str] = {}
    for one in found.newest_first:
        for name in one.databases:
            if one.set in found.sound[name]:
                newest.setdefault(name.casefold(), one.set)
    return newest


def _noted(kit: Kit, plan: _Plan) -> tuple[_Plan, tuple[Problem, ...]]:
    """Write the list of orphans that stay, before any goes; where that fails they all stay.

    One that is removed is not on the list, so that a file of that name waits anew should it come back.
    """
    going = {one.path for one in plan.items if one.kind == "orphan" and one.delete}
    try:
        kit.guard()
        orphan_list.write(kit.root, kit.files, orphan_list.without(plan.listed, going))
    except OSError as error:
        why = error.strerror or type(error).__name__
        problem = _warned("cleanup.unlisted", path=str(kit.root / orphan_list.NAME), why=why)
        stay = tuple(
            msgspec.structs.replace(one, delete=False, because=problem) if one.path in going else one
            for one in plan.items
        )
        return msgspec.structs.replace(plan, items=stay), (problem,)
    return plan, ()


def _removed(who: str, kit: Kit, plan: _Plan, cancel: CancelToken) -> tuple[CleanupItem, ...]:
    """Remove item by item; one that can't be removed says why and does not keep the others from their turn.

    But for segments of the trail: without one in the middle it would no longer be whole.
    """
    done: list[CleanupItem] = []
    for one in plan.items:
        item = one
        if one.delete and cancel.is_set and os.path.lexists(here(kit.root / one.path)):
            item = msgspec.structs.replace(one, delete=False)
        elif one.delete and one.kind == "audit" and any(each.kind == "audit" and not each.delete for each in done):
            because = Problem(code="cleanup.audit_row", severity=Severity.INFO, values={"path": one.path})
            item = msgspec.structs.replace(one, delete=False, because=because)
        elif one.delete:
            kit.guard()
            item = _remove(who, kit, one, plan)
        done.append(item)
    _relist(kit, plan, done)
    return tuple(done)


def _remove(who: str, kit: Kit, item: CleanupItem, plan: _Plan) -> CleanupItem:
    """Remove one item; returns it as it is then."""
    path = kit.root / item.path
    try:
        if item.kind == "audit":
            kit.audit.expire(next(one for one in plan.segments if path.name == one.name), who)
        elif item.kind == "orphan" and item.path.startswith(f"{DATABASES}/"):
            kit.store.delete(item.path)
        else:
            _drop(kit, path)
    except (BackupError, OSError) as error:
        log.warning("%s can't be removed: %s", told(item.path), error)
        because = _warned("cleanup.left", path=str(path), why=why_of(error))
        return msgspec.structs.replace(item, delete=False, because=because)
    log.info("removed: %s (%s, %d bytes)", told(item.path), item.kind, item.bytes)
    if item.kind in _BY_NAME:
        _account(who, kit, item)
    return item


def _drop(kit: Kit, path: Path) -> None:
    """Remove a file, a link or a whole folder, durably; a missing one is no error. Raises `OSError`."""
    if is_plain_folder(path):
        remove_tree(path, kit.files)
    else:
        kit.files.unlink(path)
        if here(path.parent).is_dir():
            kit.files.sync_folder(path.parent)
    above = path.parent
    if above.parent == kit.root / SAFETY and not listed(above):
        kit.files.remove_folder(above)
        kit.files.sync_folder(above.parent)


def _account(who: str, kit: Kit, item: CleanupItem) -> None:
    """A line of the trail for one removal; if the trail can't be written the last line of the clean-up tells it."""
    with contextlib.suppress(BackupError, OSError):
        kit.audit.record(who, f"cleanup.{item.kind}", item.path, Status.OK.value, {"bytes": item.bytes})


def _relist(kit: Kit, plan: _Plan, done: list[CleanupItem]) -> None:
    """Keep those that were to go and are still there on the list, with the day they were first seen."""
    still = {one.path for one in done if one.kind == "orphan" and not one.delete}
    going = {one.path for one in plan.items if one.kind == "orphan" and one.delete}
    if still & going:
        try:
            orphan_list.write(kit.root, kit.files, orphan_list.without(plan.listed, going - still))
        except OSError as error:  # then they wait anew
            log.warning("%s not written: %s", orphan_list.NAME, error)


def _result(
    items: tuple[CleanupItem, ...], problems: tuple[Problem, ...] = (), *, cancelled: bool = False
) -> CleanupResult:
    """Done, as far as the problems say; what went is the proof."""
    going = [one for one in items if one.delete]
    freed = sum(one.bytes for one in going)
    failed = tuple(one.because for one in items if one.because.severity is not Severity.INFO)
    said = (*problems, *(one for one in failed if one not in problems))
    status = Status.WARNINGS if any(one.severity is not Severity.INFO for one in said) else Status.OK
    proof = (f"cleanup:{len(going)}:{freed}",)
    if cancelled:
        status, said = Status.CANCELLED, (*said, Cancelled().problem)
    return CleanupResult(outcome=Outcome(status=status, proof=proof, problems=said), items=items, freed_bytes=freed)


def _warned(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)
