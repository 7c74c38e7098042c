"""Delete, pin and unpin sets; the newest proven backup of a database can't be deleted by anybody."""

from __future__ import annotations

import logging

import msgspec

from ..base.records import (
    Action,
    Decision,
    Manifest,
    Outcome,
    Pin,
    Problem,
    PruneRequest,
    Record,
    SetStatus,
    Severity,
    Status,
    Tick,
)
from ..catalog.index import SetSummary
from .account import accounted, with_warnings
from .cleaning import finish_deletion
from .kit import Kit, naming_errors
from .lease import Lease
from .sweep import sweep

log = logging.getLogger(__name__)
_PROVEN = frozenset({Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED})


class RemovalResult(Record, frozen=True, kw_only=True):
    """What became of each named set."""

    outcome: Outcome
    decisions: tuple[Decision, ...] = ()


def protected(sets: tuple[SetSummary, ...]) -> dict[str, str]:
    """Sets nobody may delete, each with the database that it protects.

    ``sets`` are newest first, and only those whose files are there. Protected are the newest proven backup of
    every database and whatever newer set still holds a backup of it.
    """
    kept: dict[str, str] = {}
    for name in {name for one in sets for name in one.databases}:
        for one in sets:
            backup = one.databases.get(name)
            if backup is None or one.deleting or backup.status is not SetStatus.COMPLETED:
                continue
            kept.setdefault(one.set, name)
            if backup.tick in _PROVEN:
                break
    return kept


def present(kit: Kit) -> tuple[SetSummary, ...]:
    """The sets, newest first, with those database backups only whose file is in the store with its size."""
    found: list[SetSummary] = []
    for one in kit.catalog.entries().sets:
        there = {
            name: backup
            for name, backup in one.databases.items()
            if backup.file is not None
            and (stored := kit.store.stat(backup.file)) is not None
            and backup.stored_bytes in (0, stored.size)
        }
        found.append(msgspec.structs.replace(one, databases=there))
    return tuple(found)


def delete(request: PruneRequest, kit: Kit) -> RemovalResult:
    """Delete the named sets; each must be confirmed by its name. Raises `BadInput` for an unknown set, `Busy`."""
    manifests = [kit.catalog.load(name) for name in dict.fromkeys(request.sets)]
    with naming_errors(), Lease.hold(kit.root, "delete", request.requested_by, kit.files, kit.clock) as held:
        sweep(kit, held)
        decisions: list[Decision] = []
        for manifest in manifests:
            decision = _decide(manifest, request, protected(present(kit)))
            if decision.action is Action.DELETE:
                decision = _delete_one(kit, manifest, decision)
            decisions.append(decision)
        outcome = _accounted(kit, request.requested_by, "delete", decisions)
    return RemovalResult(outcome=outcome, decisions=tuple(decisions))


def _decide(manifest: Manifest, request: PruneRequest, kept: dict[str, str]) -> Decision:
    name = manifest.timestamp
    if name in kept:
        because = Problem(code="delete.protected", values={"set": name, "database": kept[name]})
        return Decision(set=name, action=Action.REFUSE, rule="newest_proven", because=because)
    if manifest.pin is not None:
        because = Problem(code="delete.pinned", values={"set": name, "name": manifest.pin.name})
        return Decision(set=name, action=Action.REFUSE, rule="pinned", because=because)
    if name not in request.confirmed:
        because = Problem(code="delete.unconfirmed", values={"set": name})
        return Decision(set=name, action=Action.REFUSE, rule="confirmation", because=because)
    because = Problem(code="delete.asked", severity=Severity.INFO, values={"set": name})
    return Decision(set=name, action=Action.DELETE, rule="asked", because=because)


def _delete_one(kit: Kit, manifest: Manifest, decision: Decision) -> Decision:
    freed = sum(one.stored_bytes for one in manifest.databases.values())
    freed += sum(one.size_bytes for part in (manifest.config, manifest.application) if part for one in part.files)
    marked = kit.catalog.publish(msgspec.structs.replace(manifest, deleting_since=kit.clock.now()))
    finish_deletion(kit, marked)
    return msgspec.structs.replace(decision, bytes=freed)


def pin(sets: tuple[str, ...], pinned: Pin | None, who: str, kit: Kit) -> RemovalResult:
    """Pin the sets (or unpin them with None). Raises `BadInput` for an unknown set, `Busy`."""
    action = Action.UNPIN if pinned is None else Action.PIN
    for name in sets:
        kit.catalog.load(name)
    decisions: list[Decision] = []
    with naming_errors(), Lease.hold(kit.root, action.value, who, kit.files, kit.clock) as held:
        sweep(kit, held)
        for name in dict.fromkeys(sets):
            kit.catalog.publish(msgspec.structs.replace(kit.catalog.load(name), pin=pinned))
            values: dict[str, str | int] = {"set": name, "name": pinned.name if pinned else ""}
            because = Problem(code=f"{action.value}.done", severity=Severity.INFO, values=values)
            decisions.append(Decision(set=name, action=action, rule="asked", because=because))
        outcome = _accounted(kit, who, action.value, decisions)
    return RemovalResult(outcome=outcome, decisions=tuple(decisions))


def _accounted(kit: Kit, who: str, what: str, decisions: list[Decision]) -> Outcome:
    """One line of the audit trail for each decision, refusals included."""
    problems: dict[str, Problem] = {}
    for one in decisions:
        status = Status.REFUSED if one.action is Action.REFUSE else Status.OK
        each = Outcome(status=status, proof=(one.rule,), set=one.set)
        problems |= {p.code: p for p in accounted(kit, who, what, each, {"rule": one.rule}).problems}
    return with_warnings(_outcome(decisions), tuple(problems.values()))


def _outcome(decisions: list[Decision]) -> Outcome:
    refused = tuple(one.because for one in decisions if one.action is Action.REFUSE)
    done = tuple(f"{one.action.value}:{one.set}" for one in decisions if one.action is not Action.REFUSE)
    if refused:
        return Outcome(status=Status.REFUSED if not done else Status.WARNINGS, proof=done, problems=refused)
    return Outcome(status=Status.OK, proof=done or ("nothing asked",))
