"""Bring data back: prove everything first, make a safety copy, swap, prove again, undo on failure."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Cancelled, Damaged, Failed
from ..base.records import (
    BackupRequest,
    Check,
    Depth,
    Origin,
    Outcome,
    Problem,
    Record,
    RestorePlan,
    RestoreRequest,
    Severity,
    Status,
)
from ..engines.port import DatabaseRef
from . import backup, undo
from .account import accounted, with_warnings
from .inspect import is_content_of, judge_plain, read_back, unpack
from .kit import Kit, Report, Teller, Work, naming_errors
from .lease import Held, Lease
from .plan import Wanted, World, plan
from .restore_files import FilesDone, restore_file_sets
from .survey import survey
from .sweep import FILES_LEFTOVER, sweep
from .together import each

log = logging.getLogger(__name__)


class Restored(Record, frozen=True, kw_only=True):
    """One thing that is back, and what was proven of it."""

    name: str
    to: str
    checks: tuple[Check, ...] = ()


class RestoreResult(Record, frozen=True, kw_only=True):
    """What a restore came to."""

    outcome: Outcome
    plan: RestorePlan
    restored: tuple[Restored, ...] = ()
    safety_set: str | None = None


def preview(request: RestoreRequest, kit: Kit) -> RestorePlan:
    """Say what `perform` would do; touches nothing. Raises `BadInput`."""
    manifest = kit.catalog.load(request.set)
    return plan(request, manifest, survey(request, manifest, kit))


def perform(request: RestoreRequest, kit: Kit, report: Report, cancel: CancelToken) -> RestoreResult:
    """Restore what ``request`` names. Raises `BadInput` and `Busy`; else the outcome tells.

    Nothing is touched before every wanted byte was unpacked aside and proven. After a failure the databases are
    what they were.
    """
    manifest = kit.catalog.load(request.set)
    drafted = plan(request, manifest, survey(request, manifest, kit))
    if drafted.refusals:
        return _refused(request, kit, drafted)
    with naming_errors(), Lease.hold(kit.root, "restore", request.requested_by, kit.files, kit.clock) as held:
        found = sweep(kit, held)
        world = survey(request, manifest, kit)
        agreed = plan(request, manifest, world)
        if agreed.refusals:
            return _refused(request, kit, agreed)
        work = Work(kit, Teller(report, manifest.timestamp), cancel)
        result = _Restore(request, agreed, world, work, held).run()
    told = tuple(problem for problem in (*found, *agreed.warnings) if problem.severity is not Severity.INFO)
    return _settled(request, kit, result, told)


def _refused(request: RestoreRequest, kit: Kit, drafted: RestorePlan) -> RestoreResult:
    busy = all(problem.code == "target.in_use" for problem in drafted.refusals)
    status = Status.BUSY if busy else Status.REFUSED
    log.warning("restore of %s refused: %s", request.set, ", ".join(p.code for p in drafted.refusals))
    outcome = Outcome(status=status, problems=drafted.refusals, set=request.set)
    told: dict[str, str | int] = {"why": drafted.refusals[0].code}
    return RestoreResult(outcome=accounted(kit, request.requested_by, "restore", outcome, told), plan=drafted)


def _settled(request: RestoreRequest, kit: Kit, result: RestoreResult, told: tuple[Problem, ...]) -> RestoreResult:
    outcome = with_warnings(result.outcome, told)
    detail: dict[str, str | int] = {
        "restored": ",".join(one.name for one in result.restored),
        "safety_set": result.safety_set or "",
    }
    outcome = accounted(kit, request.requested_by, "restore", outcome, detail)
    return msgspec.structs.replace(result, outcome=outcome)


class _Restore:
    """One restore under way; remembers how far it came, so that it can be undone."""

    def __init__(self, request: RestoreRequest, agreed: RestorePlan, world: World, work: Work, held: Held) -> None:
        self._request, self._plan, self._world = request, agreed, world
        self._work, self._held, self._kit = work, held, work.kit
        self._safety: str | None = None
        self._swapped: list[Wanted] = []
        self._checks: dict[str, Check] = {}

    def run(self) -> RestoreResult:
        """Do it, or undo it."""
        try:
            for one in self._world.databases:
                self._held.leftover(one.target.location)
            each(self._work, self._world.databases, self._stage)
            self._make_safety_copy()
            for one in self._world.databases:
                self._swap(one)
            for _, where in self._world.file_sets:
                self._held.leftover(FILES_LEFTOVER + where)
            files = restore_file_sets(self._request, self._world, self._work)
        except BackupError as error:
            return self._undone(error)
        except OSError as error:
            return self._undone(Failed("restore.io", path=str(error.filename or ""), why=error.strerror or str(error)))
        except BaseException:
            self._undone(Failed("unexpected"))
            raise
        self._keep_checks()
        return self._done(files)

    def _stage(self, work: Work, one: Wanted) -> None:
        """Unpack aside and prove; the target is not touched."""
        staging = Path(one.target.staging)
        self._kit.files.make_folder(staging.parent)
        begun = time.monotonic()
        unpack(work, one.name, one.backup, staging, "unseal")
        read_back(one.backup, staging)
        verdict_rows: dict[str, int] | None = None
        depth = Depth.CONTENT
        if not one.plain_only:
            if not is_content_of(self._kit, staging):
                raise Damaged("restore.foreign_content", database=one.name, engine=self._kit.engine.name)
            verdict = judge_plain(work, one.name, one.backup, staging, Depth.CONTENT)
            if not verdict.ok:
                problem = verdict.problem or Problem(code="restore.unproven", values={"database": one.name})
                raise Damaged(problem.code, **problem.values)
            verdict_rows, depth = verdict.row_counts, Depth.RESTORED
        self._checks[one.name] = Check(
            depth=depth,
            at=self._kit.clock.now(),
            ok=True,
            database=one.name,
            stored_sha256=one.backup.stored_sha256,
            seconds=time.monotonic() - begun,
            row_counts=verdict_rows,
        )

    def _make_safety_copy(self) -> None:
        """A proven set of what will be overwritten; without it nothing is overwritten."""
        doomed = tuple(
            DatabaseRef(name=one.name, location=one.target.location)
            for one in self._world.databases
            if one.target.exists and not one.plain_only
        )
        if not doomed:
            return
        request = BackupRequest(
            databases=tuple(ref.name for ref in doomed),
            files=False,
            origin=Origin.SAFETY,
            requested_by=self._request.requested_by,
        )
        self._work.teller.tell("safety")
        self._safety = undo.safety_copy(request, doomed, self._work, backup.take)

    def _swap(self, one: Wanted) -> None:
        self._work.cancel.check()
        self._work.teller.tell("swap", one.name)
        if one.plain_only:
            self._kit.files.replace(Path(one.target.staging), Path(one.target.location))
            self._kit.files.sync_folder(Path(one.target.location).parent)
            return
        try:
            self._kit.engine.install(one.target, overwrite=self._request.overwrite, cancel=self._work.cancel)
        finally:
            if not Path(one.target.staging).exists():  # also when it failed after the rename
                self._swapped.append(one)
        undo.prove_in_place(self._work, one, self._checks[one.name])

    def _undone(self, error: BackupError) -> RestoreResult:
        """Put back what was swapped, remove what was staged, and say so."""
        log.warning("restore fails: %s", error)
        problems = [error.problem]
        for one in reversed(self._swapped):
            problems.append(undo.put_back(self._work, one, self._safety))
        for one in self._world.databases:
            try:
                self._kit.engine.sweep(one.target)
            except BackupError as second:
                problems.append(second.problem)
        cancelled = isinstance(error, Cancelled)
        status = Status.CANCELLED if cancelled else Status.BUSY if error.code == "target.in_use" else Status.FAILED
        outcome = Outcome(status=status, problems=tuple(problems), set=self._request.set)
        return RestoreResult(outcome=outcome, plan=self._plan, safety_set=self._safety)

    def _keep_checks(self) -> None:
        """A restore that was proven is the deepest check there is; failing to note it down is no failure."""
        checks = {name: (check,) for name, check in self._checks.items() if check.depth is Depth.RESTORED}
        try:
            if checks:
                self._kit.catalog.add_checks(self._request.set, checks)
        except (BackupError, OSError) as error:
            log.warning("the check can't be kept: %s", error)

    def _done(self, files: tuple[FilesDone, ...]) -> RestoreResult:
        restored = [
            Restored(name=one.name, to=one.target.location, checks=(self._checks[one.name],))
            for one in self._world.databases
        ]
        restored += [Restored(name=one.kind, to=one.to, checks=one.checks) for one in files]
        problems = tuple(problem for one in files for problem in one.problems)
        proof = tuple(f"{one.name}:{one.to}" for one in restored)
        status = Status.WARNINGS if any(p.severity is not Severity.INFO for p in problems) else Status.OK
        outcome = Outcome(status=status, proof=proof, problems=problems, set=self._request.set)
        return RestoreResult(outcome=outcome, plan=self._plan, restored=tuple(restored), safety_set=self._safety)
