"""Delete, pin and unpin sets; the newest proven backup of a database can't be deleted by anybody."""

from __future__ import annotations

import logging
import os
from datetime import datetime

import msgspec

from ..base.errors import BackupError, BadInput
from ..base.files import os_path
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
)
from ..catalog.index import summary_of
from ..catalog.names import order_of
from .account import accounted, with_warnings, worth_telling
from .cleaning import delete_set
from .holdings import Presence
from .kit import Kit, naming_errors
from .lease import Lease
from .removal_rules import Hindrance, Look, look, needed_by
from .removal_server import left
from .standing import needing
from .sweep import FINISHED, sweep

log = logging.getLogger(__name__)
_HINDERED = {
    "store_unseen": "delete.store_unseen",
    "manifest_unreadable": "delete.manifest_unreadable",
    "restore_unreadable": "delete.restore_unreadable",
}


_ASKED = {
    "delete.server_files": "delete.asked_server",
    "delete.server_strange": "delete.asked_strange",
    "delete.addresses": "delete.asked_addresses",
}
"""What is told of a set that will be deleted, by what will stay of it."""


class RemovalResult(Record, frozen=True, kw_only=True):
    """What became of each named set."""

    outcome: Outcome
    decisions: tuple[Decision, ...] = ()


def delete(request: PruneRequest, kit: Kit) -> RemovalResult:
    """Delete the named sets, the newest first, so that none outlives what it needs; each confirmed by its name.

    Raises `BadInput` for an unknown set, `Busy`.
    """
    names = [kit.catalog.load(name).timestamp for name in dict.fromkeys(request.sets)]
    unconfirmed = [name for name in names if name not in request.confirmed]
    decisions: list[Decision] = []
    outcomes: list[Outcome] = []
    manifests = [kit.catalog.load(name) for name in names]
    if unconfirmed:
        return _unconfirmed(unconfirmed, request, kit)
    with naming_errors(), Lease.hold(kit.root, "delete", request.requested_by, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        found = sweep(kit, held)
        finished = {one.values["set"]: one for one in found if one.code == FINISHED}
        for name in sorted(names, key=order_of, reverse=True):
            if name in finished:  # an earlier run had begun it, and the trail has its line
                decisions.append(Decision(set=name, action=Action.DELETE, rule="asked", because=finished[name]))
                outcomes.append(Outcome(status=Status.OK, proof=(f"delete:{name}",), set=name))
                continue
            decision, failure = _one(kit, name, request)
            decisions.append(decision)
            outcomes.append(_accounted(kit, request.requested_by, "delete", decision, failure))
        gone = {one.set for one in decisions if one.action is Action.DELETE and one.set not in finished}
        stays = left(kit, (one for one in manifests if one.timestamp in gone))
    told = (*worth_telling(found), *stays)
    return RemovalResult(outcome=with_warnings(_together(outcomes), told), decisions=tuple(decisions))


def preview(request: PruneRequest, kit: Kit) -> tuple[Decision, ...]:
    """What `delete` would do with each named set once it is confirmed, the newest first; changes nothing.

    Raises `BadInput` for an unknown set, `StoreFailed`.
    """
    with naming_errors():
        found = look(kit)
    named = {name: kit.catalog.load(name) for name in dict.fromkeys(request.sets)}
    decisions: list[Decision] = []
    for name in sorted(named, key=order_of, reverse=True):
        decisions.append(_with_left(_decide(named[name], found, kit.clock.now()), named[name], kit))
        if decisions[-1].action is Action.DELETE:
            left = tuple(one for one in found.candidates if one.set != name)
            found = msgspec.structs.replace(found, candidates=left)
    return tuple(decisions)


def _with_left(decision: Decision, manifest: Manifest, kit: Kit) -> Decision:
    """The same; of a set that will be deleted with what its server keeps."""
    stays = left(kit, (manifest,)) if decision.action is Action.DELETE else ()
    if not stays:
        return decision
    because = decision.because.values
    asked = [
        Problem(code=_ASKED[one.code], severity=Severity.WARNING, values={**one.values, **because}) for one in stays
    ]
    return msgspec.structs.replace(decision, because=asked[0], stays=tuple(asked))


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
        decision = _decide(manifest, look(kit), kit.clock.now())
        if decision.action is Action.DELETE:
            delete_set(kit, manifest)
    except OSError as error:
        why = error.strerror or type(error).__name__
        problem = Problem(code="root.write_failed", values={"path": str(error.filename or kit.root), "why": why})
    except BackupError as error:
        problem = error.problem
    else:
        return decision, None
    return Decision(set=name, action=Action.REFUSE, rule="failed", because=problem), problem


def _decide(manifest: Manifest, found: Look, now: datetime) -> Decision:
    name = manifest.timestamp
    mine = next((one for one in found.candidates if one.set == name), None)
    kept = found.protected(now).get(name)
    hindrance = _hindrance(found, name)
    if hindrance is not None:
        because = Problem(code=_HINDERED[hindrance.rule], values={"set": name, **hindrance.values})
        return Decision(set=name, action=Action.REFUSE, rule=hindrance.rule, because=because)
    code = "delete.protected"
    if kept is not None and mine is not None and mine.at > now:
        code, kept = "delete.future", found.lacking_later(mine, now)
    if kept is not None:
        because = Problem(code=code, values={"set": name, "database": kept})
        return Decision(set=name, action=Action.REFUSE, rule="newest_proven", because=because)
    if mine is not None and mine.wanted:
        because = Problem(code="delete.needed", values={"set": name})
        return Decision(set=name, action=Action.REFUSE, rule="restore_open", because=because)
    if manifest.pin is not None and (manifest.pin.until is None or manifest.pin.until > now):
        because = Problem(code="delete.pinned", values={"set": name, "name": manifest.pin.name})
        return Decision(set=name, action=Action.REFUSE, rule="pinned", because=because)
    other = needing(name, found.candidates)
    if other is not None:
        because = Problem(code="delete.base", values={"set": name, "other": other})
        return Decision(set=name, action=Action.REFUSE, rule="base", because=because)
    because = Problem(code="delete.asked", severity=Severity.INFO, values={"set": name})
    freed = mine.bytes if mine is not None else 0  # what its server keeps is not freed, and stands not in it
    return Decision(set=name, action=Action.DELETE, rule="asked", because=because, bytes=freed)


def _hindrance(found: Look, name: str) -> Hindrance | None:
    """What keeps just this set from being deleted: of unreadable manifests only one that may need it."""
    if found.hindrance is None or found.hindrance.rule != "manifest_unreadable":
        return found.hindrance
    file = needed_by(found, name)
    return Hindrance(rule="manifest_unreadable", values={"file": file}) if file is not None else None


def pin(sets: tuple[str, ...], pinned: Pin | None, who: str, kit: Kit, *, again: bool = False) -> RemovalResult:
    """Pin the sets (or unpin them with None). Raises `BadInput` for an unknown set, `Busy`, `StoreFailed`.

    ``again``: of a set that is pinned already, the name and the end stay that ``pinned`` does not give. A set whose
    deletion was begun is kept all the same where nothing of it is gone yet; else it is refused.
    """
    action = Action.UNPIN if pinned is None else Action.PIN
    if pinned is not None and pinned.until is not None and pinned.until <= kit.clock.now():
        raise BadInput("pin.past", value=pinned.until.astimezone().strftime("%Y-%m-%d %H:%M"))
    names = [kit.catalog.load(name).timestamp for name in dict.fromkeys(sets)]
    decisions: list[Decision] = []
    outcomes: list[Outcome] = []
    with naming_errors(), Lease.hold(kit.root, action.value, who, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        news = {name: pinned for name in names}
        if again and pinned is not None:
            news = {name: _again(kit.catalog.load(name).pin, pinned, kit.clock.now()) for name in names}
        refused = {name for name in names if not _is_to_stay(kit, name, news[name])}
        found = sweep(kit, held)
        for name in names:
            decisions.append(_unpinnable(name) if name in refused else _pin_one(kit, name, news[name], action))
            outcomes.append(_accounted(kit, who, action.value, decisions[-1], None))
    return RemovalResult(outcome=with_warnings(_together(outcomes), worth_telling(found)), decisions=tuple(decisions))


def _is_to_stay(kit: Kit, name: str, pinned: Pin | None) -> bool:
    """Whether the set is not being deleted; a deletion that has taken nothing yet is given up for a pin."""
    manifest = kit.catalog.load(name)
    if manifest.deleting_since is None:
        return True
    if pinned is None or not _is_whole(kit, manifest):
        return False
    kit.guard()
    kit.catalog.publish(msgspec.structs.replace(manifest, deleting_since=None, pin=pinned))
    return True


def _is_whole(kit: Kit, manifest: Manifest) -> bool:
    """Whether every stored file of the set is where it was, with its size. Raises `StoreFailed`."""
    is_there = Presence(kit)
    databases = summary_of(manifest).databases.values()
    if not all(is_there.seen(one) for one in databases if one.status is SetStatus.COMPLETED):
        return False
    parts = [part for part in (manifest.config, manifest.application) if part is not None]
    return all(os.path.lexists(os_path(kit.root / copy.backup)) for part in parts for copy in part.files)


def _unpinnable(name: str) -> Decision:
    because = Problem(code="pin.deleting", values={"set": name})
    return Decision(set=name, action=Action.REFUSE, rule="deleting", because=because)


def _pin_one(kit: Kit, name: str, new: Pin | None, action: Action) -> Decision:
    manifest = kit.catalog.load(name)
    if new is None and manifest.pin is None:
        because = Problem(code="unpin.nothing", severity=Severity.INFO, values={"set": name})
        return Decision(set=name, action=Action.KEEP, rule="not_pinned", because=because)
    kit.guard()
    kit.catalog.publish(msgspec.structs.replace(manifest, pin=new))
    return Decision(set=name, action=action, rule="asked", because=_pinned(name, new))


def _again(old: Pin | None, new: Pin, now: datetime) -> Pin:
    """``new`` with what only ``old`` says; an end that is past ended the pin, and does not come back."""
    if old is None:
        return new
    until = old.until if new.until is None and old.until is not None and old.until > now else new.until
    return msgspec.structs.replace(new, name=new.name or old.name, until=until)


def _pinned(set_name: str, new: Pin | None) -> Problem:
    """The confirmation, with name and end."""
    values: dict[str, str | int] = {"set": set_name, "name": new.name if new else ""}
    if new is None:
        return Problem(code="unpin.done", severity=Severity.INFO, values=values)
    code = "pin.done" if new.name else "pin.nameless"
    if new.until is not None:
        code = "pin.done_until" if new.name else "pin.nameless_until"
        values["until"] = new.until.astimezone().strftime("%Y-%m-%d %H:%M")
    return Problem(code=code, severity=Severity.INFO, values=values)


def _accounted(kit: Kit, who: str, what: str, decision: Decision, failure: Problem | None) -> Outcome:
    """One line of the audit trail for a decision, refusals and failures included."""
    if decision.action is Action.KEEP:  # nothing was done that anybody would have to account for
        return Outcome(status=Status.OK, proof=(f"keep:{decision.set}",), set=decision.set)
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
