"""Delete, pin and unpin sets; the newest proven backup of a database can't be deleted by anybody."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from ..base.errors import BackupError, BadInput
from ..base.records import (
    Action,
    Decision,
    Manifest,
    Outcome,
    Pin,
    Problem,
    PruneRequest,
    Record,
    Severity,
    Status,
)
from .account import accounted, with_warnings, worth_telling
from .cleaning import delete_set
from .kit import Kit, naming_errors
from .lease import Lease
from .removal_rules import present, protected
from .restore_journal import Pending, unsettled
from .sweep import sweep

log = logging.getLogger(__name__)


class RemovalResult(Record, frozen=True, kw_only=True):
    """What became of each named set."""

    outcome: Outcome
    decisions: tuple[Decision, ...] = ()


def delete(request: PruneRequest, kit: Kit) -> RemovalResult:
    """Delete the named sets; each must be confirmed by its name. Raises `BadInput` for an unknown set, `Busy`."""
    names = [kit.catalog.load(name).timestamp for name in dict.fromkeys(request.sets)]
    unconfirmed = [name for name in names if name not in request.confirmed]
    decisions: list[Decision] = []
    outcomes: list[Outcome] = []
    if unconfirmed:
        return _unconfirmed(unconfirmed, request, kit)
    with naming_errors(), Lease.hold(kit.root, "delete", request.requested_by, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        found = sweep(kit, held)
        for name in names:
            decision, failure = _one(kit, name, request)
            decisions.append(decision)
            outcomes.append(_accounted(kit, request.requested_by, "delete", decision, failure))
    return RemovalResult(outcome=with_warnings(_together(outcomes), worth_telling(found)), decisions=tuple(decisions))


def _unconfirmed(names: list[str], request: PruneRequest, kit: Kit) -> RemovalResult:
    """One name that was not confirmed, and none of them is deleted."""
    decisions = tuple(
        Decision(
            set=name,
            action=Action.REFUSE,
            rule="confirmation",
            because=Problem(code="delete.unconfirmed", values={"set": name}),
        )
        for name in names
    )
    told = [_accounted(kit, request.requested_by, "delete", one, None) for one in decisions]
    return RemovalResult(outcome=_together(told), decisions=decisions)


def _one(kit: Kit, name: str, request: PruneRequest) -> tuple[Decision, Problem | None]:
    """Decide about one set as it is now, and do it; a failure is told and does not keep the others from their turn."""
    try:
        manifest = kit.catalog.load(name)
        now = kit.clock.now()
        decision = _decide(manifest, protected(present(kit), now), unsettled(kit), now)
        return (_delete_one(kit, manifest, decision) if decision.action is Action.DELETE else decision), None
    except OSError as error:
        why = error.strerror or type(error).__name__
        problem = Problem(code="root.write_failed", values={"path": str(error.filename or kit.root), "why": why})
    except BackupError as error:
        problem = error.problem
    return Decision(set=name, action=Action.REFUSE, rule="failed", because=problem), problem


def _decide(manifest: Manifest, kept: dict[str, str], pending: tuple[Pending, ...], now: datetime) -> Decision:
    name = manifest.timestamp
    if name in kept:
        because = Problem(code="delete.protected", values={"set": name, "database": kept[name]})
        return Decision(set=name, action=Action.REFUSE, rule="newest_proven", because=because)
    if any(name in (one.safety, one.set) for one in pending):
        because = Problem(code="delete.needed", values={"set": name})
        return Decision(set=name, action=Action.REFUSE, rule="restore_open", because=because)
    if manifest.pin is not None and (manifest.pin.until is None or manifest.pin.until > now):
        because = Problem(code="delete.pinned", values={"set": name, "name": manifest.pin.name})
        return Decision(set=name, action=Action.REFUSE, rule="pinned", because=because)
    because = Problem(code="delete.asked", severity=Severity.INFO, values={"set": name})
    return Decision(set=name, action=Action.DELETE, rule="asked", because=because)


def _delete_one(kit: Kit, manifest: Manifest, decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, bytes=delete_set(kit, manifest))


def pin(sets: tuple[str, ...], pinned: Pin | None, who: str, kit: Kit) -> RemovalResult:
    """Pin the sets (or unpin them with None). Raises `BadInput` for an unknown set, `Busy`, `StoreFailed`."""
    action = Action.UNPIN if pinned is None else Action.PIN
    if pinned is not None and pinned.until is not None and pinned.until <= kit.clock.now():
        raise BadInput("pin.past", value=pinned.until.astimezone().strftime("%Y-%m-%d %H:%M"))
    names = [kit.catalog.load(name).timestamp for name in dict.fromkeys(sets)]
    decisions: list[Decision] = []
    outcomes: list[Outcome] = []
    with naming_errors(), Lease.hold(kit.root, action.value, who, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        found = sweep(kit, held)
        for name in names:
            kit.guard()
            kit.catalog.publish(msgspec.structs.replace(kit.catalog.load(name), pin=pinned))
            values: dict[str, str | int] = {"set": name, "name": pinned.name if pinned else ""}
            because = Problem(code=f"{action.value}.done", severity=Severity.INFO, values=values)
            decisions.append(Decision(set=name, action=action, rule="asked", because=because))
            outcomes.append(_accounted(kit, who, action.value, decisions[-1], None))
    return RemovalResult(outcome=with_warnings(_together(outcomes), worth_telling(found)), decisions=tuple(decisions))


def _accounted(kit: Kit, who: str, what: str, decision: Decision, failure: Problem | None) -> Outcome:
    """One line of the audit trail for a decision, refusals and failures included."""
    if failure is not None:
        outcome = Outcome(status=Status.FAILED, problems=(failure,), set=decision.set)
    elif decision.action is Action.REFUSE:
        outcome = Outcome(status=Status.REFUSED, problems=(decision.because,), set=decision.set)
    else:
        outcome = Outcome(status=Status.OK, proof=(f"{decision.action.value}:{decision.set}",), set=decision.set)
    return accounted(kit, who, what, outcome, {"rule": decision.rule})


def _together(outcomes: list[Outcome]) -> Outcome:
    """Failed if one failed, refused if nothing was done, warnings if only some of it was."""
    problems = tuple(problem for one in outcomes for problem in one.problems)
    proof = tuple(line for one in outcomes for line in one.proof)
    if any(one.status is Status.FAILED for one in outcomes):
        return Outcome(status=Status.FAILED, proof=proof, problems=problems)
    if not proof:
        return Outcome(status=Status.REFUSED, problems=problems)
    return Outcome(status=Status.WARNINGS if problems else Status.OK, proof=proof, problems=problems)
