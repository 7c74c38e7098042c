"""Apply the retention rules: plan again under the lease, and delete just what the plan says."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Cancelled, Refused
from ..base.records import (
    Action,
    BackupKind,
    BackupRequest,
    Decision,
    Manifest,
    Origin,
    Outcome,
    Problem,
    Record,
    Severity,
    Status,
)
from ..base.watching import PrunePlan, PruneResult, RetentionRequest
from ..catalog.index import SetSummary
from . import retention
from .account import accounted, with_warnings, worth_telling
from .kit import Kit, naming_errors
from .lease import Lease
from .removal_rules import Hindrance, look
from .removal_server import left
from .retention import Known, Stop
from .standing import needing

log = logging.getLogger(__name__)
_STOPS = {
    "store_unseen": "prune.store_unseen",
    "manifest_unreadable": "prune.manifest_unreadable",
    "restore_unreadable": "prune.restore_unreadable",
}


class _Done(Record, frozen=True, kw_only=True):
    """What came of the deletions."""

    deleted: tuple[str, ...] = ()
    freed_bytes: int = 0
    failures: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    stays: tuple[Problem, ...] = ()
    """What the server keeps of them."""
    cancelled: bool = False


def preview(kit: Kit, *, whole_days: bool = False) -> PrunePlan:
    """What the rules decide about every set, newest first; changes nothing. Raises `StoreFailed`.

    With ``whole_days`` what was made today stays: the day is not over. Without a folder it says so.
    """
    if _is_gone(kit.root):
        return PrunePlan(refused=Problem(code="prune.no_root", values={"path": str(kit.root)}))
    with naming_errors():
        found = look(kit)
    stop = _stop(found.hindrance) if found.hindrance is not None else None
    now = kit.clock.now()
    plan = retention.plan(
        found.candidates,
        kit.loaded.settings.retention,
        now,
        kit.loaded.database_names,
        Known(
            today=now.astimezone().date() if whole_days else None,
            stop=stop,
            made=found.recent.made,
            lived=found.recent.at,
        ),
    )
    plan = _with_left(plan, found.sets, kit)
    if stop is None or stop.rule != "store_unseen":
        return plan
    return msgspec.structs.replace(plan, refused=msgspec.structs.replace(stop.because, severity=Severity.ERROR))


def _with_left(plan: PrunePlan, sets: Iterable[SetSummary], kit: Kit) -> PrunePlan:
    """The plan with what the server will keep of the sets that go."""
    going = {one.set for one in plan.decisions if one.action is Action.DELETE}
    away = [one.set for one in sets if one.set in going and any(each.on_server for each in one.databases.values())]
    try:
        return msgspec.structs.replace(plan, stays=left(kit, (kit.catalog.load(name) for name in away)))
    except BackupError as error:  # its deletion will tell
        log.info("what the server keeps can't be told: %s", error)
        return plan


def _is_gone(root: Path) -> bool:
    """Whether it is not there; any other trouble is told by whoever looks into it."""
    try:
        root.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _stop(why: Hindrance) -> Stop:
    because = Problem(code=_STOPS[why.rule], severity=Severity.WARNING, values=why.values)
    return Stop(rule=why.rule, because=because)


def perform(request: RetentionRequest, kit: Kit, cancel: CancelToken) -> PruneResult:
    """Delete what no rule keeps. Raises `Refused`, `Busy`, `StoreFailed` before anything is touched.

    With the digest of a plan in the request, another plan is not executed but returned (`Status.REFUSED`); so is any
    while no stored file is seen.
    """
    from .sweep import FINISHED, sweep  # what only a deletion needs, and a plan does not

    if not kit.root.is_dir():
        raise Refused("prune.no_root", path=str(kit.root))
    if request.origin is not Origin.MANUAL:  # what runs by itself takes nothing of a day that is not over
        request = msgspec.structs.replace(request, whole_days=True)
    seen = preview(kit, whole_days=request.whole_days)
    with naming_errors(), Lease.hold(kit.root, "prune", request.requested_by, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        found = sweep(kit, held)
        plan = preview(kit, whole_days=request.whole_days)
        begun = _begun(seen, found)
        refused = plan.refused
        if refused is None and request.digest not in (None, plan.digest):
            refused = Problem(code="prune.changed")
        if refused is not None:
            outcome = Outcome(status=Status.REFUSED, problems=(refused,))
            outcome = accounted(kit, request.requested_by, "prune", outcome, {"digest": plan.digest})
            told = tuple(one for one in found if one.code == FINISHED or one.severity is not Severity.INFO)
            return PruneResult(
                outcome=with_warnings(outcome, told),
                plan=plan,
                deleted=tuple(one.set for one in begun),
                freed_bytes=sum(one.bytes for one in begun),
            )
        done = _with_begun(_execute(plan, request, kit, cancel), begun)
        plan = _shown(plan, seen, begun)
        told = (_said("prune.replanned"),) if plan.digest != seen.digest else ()
        outcome = _outcome(plan, done, (*worth_telling(found), *told))
        counts: dict[str, str | int] = {
            "digest": plan.digest,
            "deleted": len(done.deleted),
            "refused": sum(one.action is Action.REFUSE for one in plan.decisions),
            "freed_bytes": done.freed_bytes,
        }
        outcome = accounted(kit, request.requested_by, "prune", outcome, counts)
    return PruneResult(outcome=outcome, plan=plan, deleted=done.deleted, freed_bytes=done.freed_bytes)


def _begun(seen: PrunePlan, found: tuple[Problem, ...]) -> tuple[Decision, ...]:
    """What of the plan that was ``seen`` the sweep has done: deletions begun earlier, which it finished."""
    from .sweep import FINISHED

    gone = {one.values["set"] for one in found if one.code == FINISHED}
    return tuple(one for one in seen.decisions if one.set in gone and one.action is Action.DELETE)


def _with_begun(done: _Done, begun: tuple[Decision, ...]) -> _Done:
    freed = done.freed_bytes + sum(one.bytes for one in begun)
    return msgspec.structs.replace(done, deleted=(*done.deleted, *(one.set for one in begun)), freed_bytes=freed)


def _shown(plan: PrunePlan, seen: PrunePlan, begun: tuple[Decision, ...]) -> PrunePlan:
    """The plan with what was ``begun`` in its place, so that it is the one that a preview shows."""
    order = {one.set: number for number, one in enumerate(seen.decisions)}
    decisions = sorted((*plan.decisions, *begun), key=lambda one: order.get(one.set, -1))
    freed = plan.freed_bytes + sum(one.bytes for one in begun)
    return msgspec.structs.replace(plan, decisions=tuple(decisions), freed_bytes=freed)


def settled(request: BackupRequest, outcome: Outcome, kit: Kit, cancel: CancelToken) -> Outcome:
    """Apply the rules after a proven full backup, if they say so; trouble with that is a warning of the backup.

    What stands on a full backup goes with it, so that after a differential or a log there is nothing new to decide.
    """
    well = outcome.status in (Status.OK, Status.WARNINGS)
    if not kit.loaded.settings.retention.after_backup or request.kind is not BackupKind.FULL or not well:
        return outcome
    again = RetentionRequest(requested_by=request.requested_by, origin=request.origin)
    return with_warnings(outcome, after_backup(again, kit, cancel))


def after_backup(request: RetentionRequest, kit: Kit, cancel: CancelToken) -> tuple[Problem, ...]:
    """The same after a backup, which is as good as it is whatever comes of this: warnings and information only.

    Of today nothing goes: whoever backs up twice before an upgrade wants to find both.
    """
    try:
        request = msgspec.structs.replace(request, whole_days=True)
        seen = preview(kit, whole_days=True)
        if any(one.action is Action.DELETE for one in seen.decisions):
            return tuple(_no_worse(one) for one in perform(request, kit, cancel).outcome.problems)
        return tuple(_no_worse(one) for one in _refusals(seen))
    except BackupError as error:
        return (_no_worse(error.problem),)
    except OSError as error:
        why = error.strerror or type(error).__name__
        values: dict[str, str | int] = {"path": str(error.filename or kit.root), "why": why}
        return (Problem(code="root.write_failed", severity=Severity.WARNING, values=values),)
    except Exception:  # an error of ours here must not turn a proven backup into a failed one
        log.exception("retention after a backup")
        return (Problem(code="prune.left_out", severity=Severity.WARNING),)


def _no_worse(problem: Problem) -> Problem:
    if problem.severity is not Severity.ERROR:
        return problem
    return msgspec.structs.replace(problem, severity=Severity.WARNING)


def _execute(plan: PrunePlan, request: RetentionRequest, kit: Kit, cancel: CancelToken) -> _Done:
    """Delete set by set, newest first, so that no backup outlives what it needs.

    A failure stops none but its own and those that the set which is left needs.
    """
    from .cleaning import shared_files

    shared = shared_files(kit.catalog.entries().sets)
    deleted: list[str] = []
    failures: list[Problem] = []
    notes: list[Problem] = []
    gone: list[Manifest] = []
    freed = 0
    for one in plan.decisions:
        if one.action is not Action.DELETE or one.because.code == "prune.begun":  # those were the sweep's
            continue
        if cancel.is_set:
            break
        outcome = _left_alone(one, kit) if failures else None
        outcome = outcome or _deleted(one, shared, kit, gone)
        told = accounted(kit, request.requested_by, "prune", outcome, {"rule": one.rule, "bytes": one.bytes})
        notes.extend(told.problems[len(outcome.problems) :])
        if outcome.problems:
            failures.extend(outcome.problems)
            continue
        deleted.append(one.set)
        freed += one.bytes
    return _Done(
        deleted=tuple(deleted),
        freed_bytes=freed,
        failures=tuple(failures),
        notes=tuple(notes),
        stays=left(kit, gone, Severity.INFO if request.whole_days else Severity.WARNING),
        cancelled=cancel.is_set,
    )


def _left_alone(one: Decision, kit: Kit) -> Outcome | None:
    """Why a set stays after another one could not be deleted: that one needs it, or nobody can tell."""
    try:
        with naming_errors():
            other = needing(one.set, look(kit).candidates)
        if other is None:
            return None
        because = Problem(code="delete.base", values={"set": one.set, "other": other})
    except BackupError as error:
        because = error.problem
    return Outcome(status=Status.FAILED, problems=(because,), set=one.set)


def _deleted(one: Decision, shared: frozenset[str], kit: Kit, gone: list[Manifest]) -> Outcome:
    """Delete a set; its manifest is added to ``gone`` once that is done."""
    from .cleaning import delete_set

    try:
        manifest = kit.catalog.load(one.set)
        delete_set(kit, manifest, shared)
    except BackupError as error:
        problem = error.problem
    except OSError as error:
        why = error.strerror or type(error).__name__
        values: dict[str, str | int] = {"path": str(error.filename or kit.root), "why": why}
        problem = Problem(code="root.write_failed", values=values)
    else:
        gone.append(manifest)
        return Outcome(status=Status.OK, proof=(f"delete:{one.set}",), set=one.set)
    return Outcome(status=Status.FAILED, problems=(problem,), set=one.set)


def _outcome(plan: PrunePlan, done: _Done, notes: tuple[Problem, ...]) -> Outcome:
    problems = (*done.failures, *done.notes[:1], *_refusals(plan), *notes, *done.stays)
    if done.deleted:
        problems += (_said("prune.done", count=len(done.deleted), bytes=done.freed_bytes),)
    proof = (f"plan:{plan.digest}", *(f"delete:{name}" for name in done.deleted))
    if done.cancelled:
        return Outcome(status=Status.CANCELLED, proof=proof, problems=(Cancelled().problem, *problems))
    if done.failures:
        return Outcome(status=Status.FAILED, proof=proof, problems=problems)
    return with_warnings(Outcome(status=Status.OK, proof=proof), problems)


def _refusals(plan: PrunePlan) -> tuple[Problem, ...]:
    """Why sets are not deleted though no rule keeps them, each reason once."""
    because = [one.because for one in plan.decisions if one.action is Action.REFUSE]
    return (plan.refused,) if plan.refused is not None else tuple(because[:1])


def _said(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.INFO, values=values)
