"""Prove what is stored, both ways: manifest to files and files to manifests."""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Refused, StoreFailed
from ..base.files import PARTIAL
from ..base.records import (
    Check,
    DatabaseBackup,
    Depth,
    FileSetBackup,
    Manifest,
    Outcome,
    Problem,
    Record,
    SetStatus,
    Severity,
    Status,
    Tick,
    VerifyRequest,
)
from ..base.source_names import told as as_told
from ..catalog.index import SetSummary, tick_of_set
from ..catalog.ticks import is_absence, is_damage
from ..stores.folder import is_full
from . import orphan_list, verify_server, verify_turns
from .account import accounted, with_warnings
from .cleanup_rules import is_archive, is_copies
from .drill_rotation import is_ahead
from .filesets_verify import verify_files
from .inspect import NOT_DONE, UNDONE, examine_database, is_store_whole
from .kit import APPLICATION, CONFIG, DATABASES, Kit, Report, Teller, Work, unreadable, why_of
from .lease import Held, Lease
from .sweep import sweep
from .together import each

log = logging.getLogger(__name__)
_ORPHANS = {
    (True, False): "verify.orphan",
    (True, True): "verify.orphan_folder",
    (False, False): "verify.foreign",
    (False, True): "verify.foreign_folder",
}
"""By whether the name is one of ours, and whether it is a folder."""
_MORE = 5
"""Sets that can't be checked are passed over, but not without end: each try may cost as much as a check."""


class SetVerdict(Record, frozen=True, kw_only=True):
    """What was found of one set."""

    set: str
    ok: bool
    tick: Tick
    problems: tuple[Problem, ...] = ()


class VerifyResult(Record, frozen=True, kw_only=True):
    """What a verification came to."""

    outcome: Outcome
    sets: tuple[SetVerdict, ...] = ()
    orphans: tuple[str, ...] = ()
    """Files below the root that no manifest names, with ``/``."""


@dataclass
class _Run:
    """What all sets of a verification share."""

    kit: Kit
    report: Report
    cancel: CancelToken
    keep: bool

    @functools.cached_property
    def is_store_whole(self) -> bool:
        """See `inspect.is_store_whole`; looked up once, and only where something is missing."""
        return is_store_whole(self.kit)


def perform(request: VerifyRequest, kit: Kit, report: Report, cancel: CancelToken) -> VerifyResult:
    """Check the sets of ``request`` and keep the results with them.

    Raises `Refused`, `StoreFailed`, `Busy`, `Cancelled`.
    """
    kit.catalog.require()
    listing = kit.catalog.entries()
    names = _chosen(request, listing.sets, kit)
    if not names:
        raise Refused("verify.none", path=str(kit.root))
    with contextlib.ExitStack() as stack:
        held = _lease(stack, request, kit)
        kit = kit.under(held.check) if isinstance(held, Held) else kit
        found = sweep(kit, held) if isinstance(held, Held) else (held,)
        verdicts = _in_turn(request, names, _Run(kit, report, cancel, keep=isinstance(held, Held)))
    orphaned = orphans(kit)
    outcome = _outcome(verdicts, _strays(kit, orphaned), found, listing.problems)
    return _accounted(request, kit, VerifyResult(outcome=outcome, sets=verdicts, orphans=orphaned))


def _lease(stack: contextlib.ExitStack, request: VerifyRequest, kit: Kit) -> Held | Problem:
    """Hold the root if it can be written, else say why not: reading needs no lease. Raises `Busy`."""
    try:
        return stack.enter_context(Lease.hold(kit.root, "verify", request.requested_by, kit.files, kit.clock))
    except (StoreFailed, OSError) as error:
        log.warning("results can't be kept: %s", error)
        return unkept(kit, error)


def _chosen(request: VerifyRequest, sets: tuple[SetSummary, ...], kit: Kit) -> tuple[str, ...]:
    """The named sets; all usable ones; by turns in their order; or, when nothing is said, the newest till now."""
    if request.sets:
        return tuple(kit.catalog.load(name).timestamp for name in dict.fromkeys(request.sets))
    usable = [one for one in sets if not one.deleting and _holds_something(one)]
    if request.oldest is not None or request.parts is not None:
        tried, served = verify_turns.attempts(kit.root), kit.engine.server is not None
        return verify_turns.turns(usable, tried, kit.clock.now(), served=served)
    if request.all:
        return tuple(one.set for one in usable)
    now = kit.clock.now()
    return tuple(one.set for one in [*(one for one in usable if not is_ahead(one, now)), *usable][:1])


def _holds_something(one: SetSummary) -> bool:
    return any(backup.status is SetStatus.COMPLETED for backup in one.databases.values())


def _in_turn(request: VerifyRequest, names: tuple[str, ...], run: _Run) -> tuple[SetVerdict, ...]:
    """Check one after the other; by turns until enough were checked, and a few more where some can't be."""
    limit = verify_turns.wanted(request, len(names))
    verdicts: list[SetVerdict] = []
    tried: list[str] = []
    for name in names:
        if limit is not None and (len(verdicts) - len(tried) >= limit or len(verdicts) >= limit + _MORE):
            break
        verdict, whole = _one_set(name, request.depth, run)
        verdicts.append(verdict)
        if not whole:
            tried.append(name)
    if run.keep and (tried or limit is not None):
        try:
            run.kit.guard()
            verify_turns.remember(run.kit, tried, run.kit.catalog.entries().sets)
        except (BackupError, OSError) as error:
            log.warning("what was tried can't be kept: %s", error)
    return tuple(verdicts)


def _one_set(name: str, depth: Depth, run: _Run) -> tuple[SetVerdict, bool]:
    """What was found of a set, and whether all of it could be checked."""
    kit = run.kit
    work = Work(kit, Teller(run.report, name), run.cancel)
    manifest = kit.catalog.load(name)
    checks = _databases_checked(manifest, depth, run, work)
    problems = [check.problem for one in checks.values() for check in one if check.problem is not None]
    for kind, part in ((CONFIG, manifest.config), (APPLICATION, manifest.application)):
        if part is not None and part.status is not SetStatus.COMPLETED:
            told: dict[str, str | int] = {"set": name, "name": kind}
            problems.append(Problem(code="verify.files_lacking", severity=Severity.WARNING, values=told))
        if part is not None and part.files:
            found = _file_set(work, kind, part, depth)
            checks[kind] = (Check(depth=depth, at=kit.clock.now(), ok=not _errors(found), problem=_worst(found)),)
            problems.extend(found)
    completed = [one for one in manifest.databases.values() if one.status is SetStatus.COMPLETED]
    away = [of for of, one in manifest.databases.items() if one in completed and one.file is None and of not in checks]
    if not completed and (manifest.databases or not checks):  # what a restore of files replaced is a set of files alone
        problems.append(Problem(code="verify.nothing", values={"set": name, "status": manifest.status.value}))
    lacking = [of for of, one in manifest.databases.items() if one not in completed]
    if completed and lacking:
        less: dict[str, str | int] = {"set": name, "status": manifest.status.value, "database": ", ".join(lacking)}
        problems.append(Problem(code="verify.lacking", severity=Severity.INFO, values=less))
    if away:
        there: dict[str, str | int] = {"set": name, "database": ", ".join(away)}
        problems.append(Problem(code="verify.on_server", severity=Severity.WARNING, values=there))
    if run.keep:
        problems.extend(_kept(kit, name, checks))
        manifest = kit.catalog.load(name)
    bad = any(problem.severity is Severity.ERROR for problem in problems)
    tick = _tick(manifest, checks, keep=run.keep)
    if tick is Tick.FAILED and not bad:
        problems.append(_failed_deeper(manifest))
    whole = not away and not any(_is_undone(check) for one in checks.values() for check in one)
    return SetVerdict(set=name, ok=not bad, tick=tick, problems=tuple(problems)), whole


def _databases_checked(manifest: Manifest, depth: Depth, run: _Run, work: Work) -> dict[str, tuple[Check, ...]]:
    """Every stored file by its bytes, and what only the server sees by the server's word."""
    held = [pair for pair in manifest.databases.items() if _is_there(pair[1], run.kit)]

    def examined(shared: Work, pair: tuple[str, DatabaseBackup]) -> Check:
        if pair[1].file is None:
            return verify_server.examine(shared, *pair)
        return _settled(examine_database(shared, *pair, depth), run)

    return {name: (check,) for (name, _), check in zip(held, each(work, held, examined), strict=True)}


def _settled(check: Check, run: _Run) -> Check:
    """A file that is missing together with most others is not lost: its disk is not there."""
    if check.problem is None or not is_absence(check.problem) or run.is_store_whole:
        return check
    values: dict[str, str | int] = {**check.problem.values, "why": os.strerror(errno.ENOENT)}
    return msgspec.structs.replace(check, problem=Problem(code=NOT_DONE, values=values))


def _errors(found: tuple[Problem, ...]) -> list[Problem]:
    return [one for one in found if one.severity is Severity.ERROR]


def _worst(found: tuple[Problem, ...]) -> Problem | None:
    """What condemns copied files most: damage, else what is missing, else what kept them from being read."""
    errors = _errors(found)
    return min(errors, key=lambda one: 0 if is_damage(one) else 1 if is_absence(one) else 2, default=None)


def _failed_deeper(manifest: Manifest) -> Problem:
    """What was checked now is well, but a check that looked deeper failed before."""
    values: dict[str, str | int] = {"set": manifest.timestamp}
    failed = [c.depth for one in manifest.databases.values() for c in one.checks if not c.ok]
    if Depth.RESTORED in failed:
        return Problem(code="drill.still_failed", severity=Severity.WARNING, values=values)
    return Problem(code="verify.still_failed", severity=Severity.WARNING, values=values)


def _kept(kit: Kit, name: str, checks: dict[str, tuple[Check, ...]]) -> list[Problem]:
    """Keep what was found with the set; a check that could not be made says nothing that is worth keeping."""
    made = {of: one for of, one in checks.items() if not any(_is_undone(check) for check in one)}
    try:
        if made:
            kit.guard()
            kit.catalog.add_checks(name, made)
    except (BackupError, OSError) as error:
        log.warning("results can't be kept: %s", error)
        return [unkept(kit, error)]
    return []


def _is_undone(check: Check) -> bool:
    return check.problem is not None and check.problem.code in UNDONE


def unkept(kit: Kit, error: BackupError | OSError) -> Problem:
    """That what was found can't be kept with the set, and why."""
    full = error.code.endswith(".full") if isinstance(error, BackupError) else is_full(error, kit.root)
    values: dict[str, str | int] = {"path": str(kit.root), "why": why_of(error)}
    return Problem(code="verify.unkept_full" if full else "verify.not_kept", severity=Severity.WARNING, values=values)


def _is_there(backup: DatabaseBackup, kit: Kit) -> bool:
    """Whether the set promises a stored file of it, or one of the server that can be asked."""
    return (backup.status is SetStatus.COMPLETED and backup.file is not None) or verify_server.is_asked(kit, backup)


def _tick(manifest: Manifest, checks: dict[str, tuple[Check, ...]], *, keep: bool) -> Tick:
    if not keep and any(not check.ok and not _is_undone(check) for one in checks.values() for check in one):
        return Tick.FAILED
    return tick_of_set(manifest)


def _file_set(work: Work, kind: str, part: FileSetBackup, depth: Depth) -> tuple[Problem, ...]:
    def progress(done: int, total: int) -> None:
        work.teller.tell("verify", kind, done, total)

    root = work.kit.root
    found = verify_files(part, root, depth, progress, work.cancel)
    if any(one.code == "files.missing" for one in found) and not _holds_anything(root / kind):
        values: dict[str, str | int] = {"path": str(root / kind), "why": os.strerror(errno.ENOENT)}
        return (Problem(code=NOT_DONE, values=values),)
    return found


def _holds_anything(folder: Path) -> bool:
    """Whether a folder is there with something in it; else its disk may be elsewhere."""
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def orphans(kit: Kit) -> tuple[str, ...]:
    """Stored archives and copied folders that no manifest names, sorted. Raises `StoreFailed`."""
    listing = kit.catalog.entries()
    named = {file for one in listing.sets for backup in one.databases.values() for file, _ in backup.parts}
    sets = {
        name for path in kit.root.glob("backup_manifest_*.json") if (name := path.stem.removeprefix("backup_manifest_"))
    }
    unknown = sets - {one.set for one in listing.sets if one.status is not SetStatus.IN_PROGRESS}
    found = {
        stored.name
        for stored in kit.store.list(DATABASES)
        if stored.name not in named and not stored.name.endswith(PARTIAL) and not _of_a_set(stored.name, unknown)
    }
    for kind in (CONFIG, APPLICATION):
        folder = kit.root / kind
        try:
            if folder.is_dir():
                found |= {f"{kind}/{path.name}" for path in folder.iterdir() if path.name not in sets}
        except OSError as error:
            raise unreadable(error, folder) from error
    return tuple(sorted(found))


def _of_a_set(stored: str, sets: set[str]) -> bool:
    """Whether the file belongs to a set whose manifest exists but can't be read, or which is being written."""
    stem = stored.rpartition("/")[2].partition(".")[0]
    return any(stem.endswith(f"_{name}") for name in sets)


def _strays(kit: Kit, orphaned: tuple[str, ...]) -> tuple[Problem, ...]:
    """What belongs to no set; what the clean-up has listed waits there, and is no trouble any more."""
    known = orphan_list.read(kit.root)
    listed = known.orphans if known is not None else {}
    found = []
    for name in orphaned:
        ours = is_archive(name) or is_copies(name)
        severity = Severity.INFO if ours and as_told(name) in listed else Severity.WARNING
        code = _ORPHANS[ours, (kit.root / name).is_dir()]
        found.append(Problem(code=code, severity=severity, values={"file": name}))
    return tuple(found)


def _outcome(
    verdicts: tuple[SetVerdict, ...],
    strays: tuple[Problem, ...],
    found: tuple[Problem, ...],
    damaged: tuple[Problem, ...],
) -> Outcome:
    told = [problem for one in verdicts for problem in one.problems]
    told += [*strays, *damaged, *found]
    proof = tuple(f"{one.set}:{one.tick}" for one in verdicts if one.ok)
    if not all(one.ok for one in verdicts):
        return Outcome(status=Status.FAILED, problems=tuple(told))
    status = Status.WARNINGS if any(p.severity is not Severity.INFO for p in told) else Status.OK
    return Outcome(status=status, proof=proof, problems=tuple(told))


def _accounted(request: VerifyRequest, kit: Kit, result: VerifyResult) -> VerifyResult:
    """One line of the audit trail for each set; a root that can't be written was told of already."""
    problems: dict[str, Problem] = {}
    for one in result.sets:
        each = Outcome(status=Status.OK if one.ok else Status.FAILED, proof=(one.tick.value,), set=one.set)
        told: dict[str, str | int] = {"depth": request.depth.value}
        problems |= {p.code: p for p in accounted(kit, request.requested_by, "verify", each, told).problems}
    return msgspec.structs.replace(result, outcome=with_warnings(result.outcome, tuple(problems.values())))
