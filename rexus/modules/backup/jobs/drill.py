"""Restore tests: of every database, of those named, or of the one whose turn it is; each result stays with its set."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, BadInput, Cancelled, Refused
from ..base.records import Check, Depth, Manifest, Outcome, Problem, SetStatus, Severity, Status
from ..base.texts import sentence
from ..base.watching import DrillRequest, DrillResult, DrillVerdict
from ..catalog.index import Listing
from . import drill_rotation
from .account import accounted, with_warnings
from .drill_found import Found
from .drill_proof import tested
from .drill_record import last_tests, read_tests, remember
from .kit import Kit, Report, Teller, Work, chosen, naming_errors
from .lease import Lease
from .server_chain import Chains, newest_whole
from .sweep import sweep
from .verify import unkept

log = logging.getLogger(__name__)


def perform(request: DrillRequest, kit: Kit, report: Report, cancel: CancelToken) -> DrillResult:
    """Test the restore of what ``request`` names, one database after the other, below ``restore/`` of the root.

    Raises `BadInput`, `Refused`, `StoreFailed` and `Busy` before anything is touched; else the outcome tells.
    """
    names = _agreed(request, kit)
    with naming_errors(), Lease.hold(kit.root, "drill", request.requested_by, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        found = (*sweep(kit, held), *read_tests(kit.root)[1])
        listing = kit.catalog.entries()
        made: list[DrillVerdict] = []
        ended: BackupError | None = None
        try:
            _each(request, kit, (names, listing), (report, cancel), made)
        except BackupError as error:  # asked to stop, or the root is somebody else's by now
            log.warning("restore tests end: %s", error)
            ended = error
    return _result(request, kit, made, ended, (*listing.problems, *found))


def _agreed(request: DrillRequest, kit: Kit) -> tuple[str, ...]:
    """The databases to test. Raises `BadInput`, `Refused`, `StoreFailed`."""
    if request.set is None:
        names = tuple(ref.name for ref in chosen(kit.engine, request.databases))
        kit.catalog.require()
        if not kit.catalog.entries().sets:
            raise Refused("drill.none", path=str(kit.root))
        return names
    return _agreed_of_set(request, request.set, kit)


def _agreed_of_set(request: DrillRequest, of_set: str, kit: Kit) -> tuple[str, ...]:
    """The databases named, each of which the set must hold; else all that it names. Raises `BadInput`, `Refused`."""
    named = kit.catalog.load(of_set).databases
    held = tuple(name for name, one in named.items() if one.status is SetStatus.COMPLETED)
    known = {*named, *(ref.name for ref in kit.engine.databases())}
    for name in request.databases:
        if name not in known:
            raise BadInput("database.unknown", name=name, allowed=", ".join(sorted(known)))
    if not held:
        raise Refused("drill.none", path=of_set)
    lacking = [name for name in dict.fromkeys(request.databases) if name not in held]
    if lacking:
        raise BadInput("drill.set_lacks", set=of_set, database=", ".join(lacking), allowed=", ".join(held))
    return tuple(dict.fromkeys(request.databases)) or tuple(named)


def _each(
    request: DrillRequest,
    kit: Kit,
    of: tuple[Sequence[str], Listing],
    told: tuple[Report, CancelToken],
    made: list[DrillVerdict],
) -> None:
    """Test one after the other; by turns only until one could be tested. Raises `Cancelled`, `Failed`."""
    names, listing = of
    report, cancel = told
    order = _by_turns(kit, names, listing) if request.rotate else names
    for name in order:
        cancel.check()
        kit.guard()
        of_set, beside = (request.set, ()) if request.set else _of_set(kit, name, listing)
        work = Work(kit, Teller(report, of_set or ""), cancel)
        verdict = _one(work, name, of_set)
        verdict = msgspec.structs.replace(verdict, problems=(*verdict.problems, *beside))
        made.append(verdict)
        ended = "untested" if verdict.ok is None else "done" if verdict.ok else "failed"
        work.teller.tell(ended, name, verdict.bytes, verdict.bytes)
        if request.rotate and verdict.ok is not None:
            return


def _of_set(kit: Kit, name: str, listing: Listing) -> tuple[str | None, tuple[Problem, ...]]:
    """The best set to test ``name`` from, and that a better one was passed over because files of its chain are wanting.

    Where each lacks some, the best of all will tell so by itself.
    """
    found = drill_rotation.candidates(name, listing.sets, kit.clock.now())
    best = next(iter(found), None)
    server = kit.engine.server
    if server is None or best is None:
        return best, ()
    try:
        whole, lack = newest_whole(Chains(kit, server, name), found)
    except BackupError as error:
        log.info("no chain of %s can be looked for: %s", name, error)
        return best, ()
    if whole is None or lack is None:
        return best, ()
    values: dict[str, str | int] = {"database": name, "set": whole, "newer": best}
    values["why"] = sentence(lack).message.rstrip(".")
    return whole, (Problem(code="drill.passed_over", severity=Severity.WARNING, values=values),)


def _by_turns(kit: Kit, names: Sequence[str], listing: Listing) -> tuple[str, ...]:
    tested = {name: one.tested_at for name, one in last_tests(kit.root).items()}
    return drill_rotation.turns(names, listing.sets, tested, kit.clock.now())


def _one(work: Work, name: str, of_set: str | None) -> DrillVerdict:
    """Test one database and keep the result with its set; nothing is kept where nothing could be said."""
    begun = time.monotonic()
    if of_set is None:
        return _untestable("", name, Problem(code="drill.no_backup", severity=Severity.WARNING, values={"name": name}))
    try:
        manifest = work.kit.catalog.load(of_set)
    except BackupError as error:  # it was there a moment ago
        told = Problem(code=error.code, severity=Severity.WARNING, values=error.values)
        return _untestable(of_set, name, told)
    found = tested(work, manifest, name)
    check = _check(work.kit, manifest, name, found)
    backup = manifest.databases.get(name)
    unkept = _kept(work.kit, manifest, check, found.alarm) if check is not None else ()
    log.info("restore test of %s from %s: %s", name, of_set, _in_words(found))
    return DrillVerdict(
        set=of_set,
        name=name,
        ok=found.ok if not found.alarm else False,
        seconds=time.monotonic() - begun,
        bytes=backup.size_bytes if backup is not None else 0,
        checks=(check,) if check is not None else (),
        figures=found.figures,
        problems=(*found.problems, *unkept),
    )


def _in_words(found: Found) -> str:
    """For the log."""
    if found.ok is None:
        return f"could not be made ({found.problems[0].code})"
    if not found.ok:
        return f"failed ({', '.join(one.code for one in found.problems)})"
    return f"restored and proven, but the answer to «{found.alarm}» is wrong" if found.alarm else "restored and proven"


def _untestable(of_set: str, name: str, problem: Problem) -> DrillVerdict:
    return DrillVerdict(set=of_set, name=name, ok=None, problems=(problem,))


def _check(kit: Kit, manifest: Manifest, name: str, found: Found) -> Check | None:
    """What is kept of a test; its problem is the cause, not that it failed."""
    if found.ok is None:
        return None
    errors = [one for one in found.problems if one.severity is Severity.ERROR and one.code != "drill.failed"]
    return Check(
        depth=Depth.RESTORED,
        at=kit.clock.now(),
        ok=found.ok,
        database=name,
        stored_sha256=manifest.databases[name].stored_sha256,
        problem=errors[0] if errors and not found.ok else None,
        seconds=found.restore_s,
        row_counts=found.row_counts,
        figures={one.name: one.value for one in found.figures if one.ok and one.value is not None},
    )


def _kept(kit: Kit, manifest: Manifest, check: Check, alarm: str) -> tuple[Problem, ...]:
    """Keep the result with the set, and where it stays when the set is gone; an alarm says nothing of the set."""
    try:
        kit.guard()
        kit.catalog.add_checks(manifest.timestamp, {check.database: (check,)})
        remember(kit, manifest.timestamp, check, manifest.databases[check.database].size_bytes, alarm)
    except (BackupError, OSError) as error:
        log.warning("the result can't be kept: %s", error)
        return (unkept(kit, error),)
    return ()


def _result(
    request: DrillRequest,
    kit: Kit,
    made: Sequence[DrillVerdict],
    ended: BackupError | None,
    beside: tuple[Problem, ...],
) -> DrillResult:
    problems = (*(problem for one in made for problem in one.problems), *beside)
    proof = tuple(_proof(one) for one in made)
    sets = {one.set for one in made}
    of_set = sets.pop() if len(sets) == 1 else None
    if ended is not None:
        status = Status.CANCELLED if isinstance(ended, Cancelled) else Status.FAILED
        problems = (ended.problem, *problems)
    elif not any(one.ok for one in made) or any(one.ok is False or _is_hindered(one) for one in made):
        status = Status.FAILED  # also where nothing at all was proven
    else:
        unsaid = any(one.ok is None for one in made) or any(p.severity is not Severity.INFO for p in problems)
        status = Status.WARNINGS if unsaid else Status.OK
    outcome = Outcome(status=status, proof=proof, problems=problems, set=of_set or None)
    return DrillResult(outcome=with_warnings(outcome, _accounted(request, kit, made, ended)), drills=tuple(made))


def _proof(one: DrillVerdict) -> str:
    """What was proven, or that nothing could be said and why."""
    if one.checks and one.checks[0].ok:
        return f"{one.name}:{one.checks[0].depth}:{one.checks[0].stored_sha256}"
    return f"{one.name}:{'not_restored' if one.ok is False else 'unverifiable'}:{_why(one)}"


def _is_hindered(one: DrillVerdict) -> bool:
    """Whether something that somebody has to mend kept the test from being made."""
    return one.ok is None and any(problem.code == "drill.not_done" for problem in one.problems)


def _why(one: DrillVerdict) -> str:
    told = [problem.code for problem in one.problems if problem.code != "drill.failed"]
    return told[0] if told else ""


def _accounted(
    request: DrillRequest, kit: Kit, made: Sequence[DrillVerdict], ended: BackupError | None
) -> tuple[Problem, ...]:
    """One line of the audit trail for each database, and one for an end before time."""
    origin = request.origin.value
    lines: list[tuple[Outcome, dict[str, str | int]]] = []
    for one in made:
        status = Status.SKIPPED if one.ok is None else Status.OK if one.ok else Status.FAILED
        detail: dict[str, str | int] = {"database": one.name, "origin": origin, "seconds": round(one.seconds)}
        if one.ok is not True:
            detail["why"] = _why(one)
        lines.append((Outcome(status=status, proof=(_proof(one),), set=one.set or None), detail))
    if ended is not None:
        status = Status.CANCELLED if isinstance(ended, Cancelled) else Status.FAILED
        lines.append((Outcome(status=status, set=request.set), {"origin": origin, "why": ended.code}))
    unwritten: dict[str, Problem] = {}
    for outcome, detail in lines:
        unwritten |= {p.code: p for p in accounted(kit, request.requested_by, "drill", outcome, detail).problems}
    return tuple(unwritten.values())
