"""Bring databases back by a server: prove everything first, keep what is there, restore, check, undo on failure."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Busy, Cancelled, Damaged, Failed, Refused
from ..base.records import (
    BackupRequest,
    Check,
    Depth,
    Origin,
    Outcome,
    Problem,
    RestorePlan,
    RestoreRequest,
    SetStatus,
    Severity,
    Status,
)
from ..engines.port import DatabaseRef
from ..engines.port_server import EVERYBODY, Access, ServerRestore, ServerSide, ServerStep
from . import backup, server_journal, server_undo
from .account import accounted, with_warnings, worth_telling
from .kit import Kit, Report, Teller, Work, naming_errors
from .lease import Lease
from .restore_files import FilesDone, FileSets
from .restored import Restored, RestoreResult
from .safety import unkept
from .safety_files import keep_files
from .server_journal import ServerPending, ServerPlaceKept
from .server_plan import ServerWanted, ServerWorld, plan, survey
from .server_stage import held_still, is_held_still, prove, stage, unstage
from .shares import Shares, of_safety_copies
from .sweep import sweep
from .trail import IN_PLACE

log = logging.getLogger(__name__)


def preview(request: RestoreRequest, kit: Kit) -> RestorePlan:
    """Say what `perform` would do; touches nothing. Raises `BadInput`, `SourceFailed`."""
    server = _server(kit)
    manifest = kit.catalog.load(request.set)
    return plan(request, manifest, survey(request, manifest, kit, server), kit)


def perform(request: RestoreRequest, kit: Kit, report: Report, cancel: CancelToken) -> RestoreResult:
    """Restore what ``request`` names. Raises `BadInput` and `Busy`; else the outcome tells.

    Nothing is touched before every wanted byte is where the server can read it, and proven. After a failure the
    databases are what they were.
    """
    server = _server(kit)
    manifest = kit.catalog.load(request.set)
    drafted = plan(request, manifest, survey(request, manifest, kit, server), kit)
    if drafted.refusals:
        return _refused(request, kit, drafted)
    with naming_errors(), Lease.hold(kit.root, "restore", request.requested_by, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        found = sweep(kit, held)
        world = survey(request, manifest, kit, server)
        agreed = plan(request, manifest, world, kit)
        if agreed.refusals:
            result = _refused(request, kit, agreed)
            return msgspec.structs.replace(result, outcome=with_warnings(result.outcome, worth_telling(found)))
        work = Work(kit, Teller(report, manifest.timestamp, Shares(agreed).at), cancel)
        result = _ServerRestore(request, agreed, world, work, server).run()
    outcome = with_warnings(result.outcome, worth_telling((*found, *_behind(agreed.warnings, result))))
    detail: dict[str, str | int] = {
        "restored": ",".join(one.name for one in result.restored),
        "safety_set": result.safety_set or "",
        IN_PLACE: ",".join(
            ref.name for ref in kit.engine.databases() if ref.location in {one.to for one in result.restored}
        ),
    }
    return msgspec.structs.replace(result, outcome=accounted(kit, request.requested_by, "restore", outcome, detail))


def _behind(planned: tuple[Problem, ...], result: RestoreResult) -> tuple[Problem, ...]:
    """The warnings of the plan once it is behind: who was to be thrown out was; where it failed, nobody knows."""
    done = result.outcome.status in (Status.OK, Status.WARNINGS)
    told = [one for one in planned if done or one.code != "restore.thrown_out"]
    past = {"restore.thrown_out": "restore.were_thrown_out"}
    return tuple(msgspec.structs.replace(one, code=past.get(one.code, one.code)) for one in told)


def _server(kit: Kit) -> ServerSide:
    assert kit.engine.server is not None, "only a server restores so"
    return kit.engine.server


def _refused(request: RestoreRequest, kit: Kit, drafted: RestorePlan) -> RestoreResult:
    log.warning("restore of %s refused: %s", request.set, ", ".join(p.code for p in drafted.refusals))
    outcome = Outcome(status=Status.REFUSED, problems=drafted.refusals, set=request.set)
    told: dict[str, str | int] = {"why": drafted.refusals[0].code}
    return RestoreResult(outcome=accounted(kit, request.requested_by, "restore", outcome, told), plan=drafted)


class _ServerRestore:
    """One restore under way; remembers how far it came, so that it can be undone."""

    def __init__(
        self, request: RestoreRequest, agreed: RestorePlan, world: ServerWorld, work: Work, server: ServerSide
    ) -> None:
        self._request, self._plan, self._world = request, agreed, world
        self._work, self._kit, self._server = work, work.kit, server
        self._files = FileSets(request, world.files, work, noted=True)
        self._staged: list[Path] = []
        places = tuple(
            ServerPlaceKept(
                name=one.name,
                location=one.place.name,
                existed=one.place.exists,
                kept_as=one.kept_as,
                identity=one.place.identity,
            )
            for one in world.databases
        )
        self._pending = ServerPending(
            token=server_journal.new_token(),
            set=request.set,
            places=places,
            files=tuple(where for _, where in world.files.file_sets),
        )
        self._checks: dict[str, Check] = {}
        self._notes: list[Problem] = []

    def run(self) -> RestoreResult:
        """Do it, or undo it."""
        try:
            return self._run()
        finally:
            unstage(self._kit, self._staged)

    def _run(self) -> RestoreResult:
        try:
            steps = [self._prepared(one) for one in self._world.databases]
            self._files.prove()
            self._close()
            self._keep()
            for one, its in zip(self._world.databases, steps, strict=True):
                self._restore(one, its)
            files = self._files.restore()
            self._note(committed=True)
        except BackupError as error:
            return self._undone(error)
        except OSError as error:
            return self._undone(Failed("restore.io", path=str(error.filename or ""), why=error.strerror or str(error)))
        except BaseException:
            self._undone(Failed("unexpected"))
            raise
        # From here on nothing is taken back any more: what can't be opened or tidied up now the next start does.
        self._notes += server_undo.settle(self._kit, self._pending)
        self._keep_checks()
        return self._done(files)

    def _note(self, **changes: object) -> None:
        """Write down how far it is."""
        self._kit.guard()
        pending = msgspec.structs.replace(self._pending, **changes)
        server_journal.write(self._kit, pending)
        self._pending = pending

    def _prepared(self, one: ServerWanted) -> tuple[ServerStep, ...]:
        """Every backup of the chain where the server can read it, proven."""
        steps, read_only = [], False
        put: dict[tuple[str | None, ...], tuple[str, ...]] = {}
        for step in one.chain.steps:
            names = tuple(piece.file or piece.server_file for piece in step.backup.pieces)
            if names in put:  # one file may hold several of the backups
                prove(self._work, one.name, step.backup)
            else:
                put[names] = stage(self._work, self._server, one.name, step.backup, self._staged)
            files = put[names]
            read_only = self._server.identify(files[0], step.backup) and not is_held_still(step.backup)
            steps.append(ServerStep.of(step, files))
        self._change(one, after=Access(read_only=read_only))
        return tuple(steps)

    def _change(self, one: ServerWanted, **changes: object) -> None:
        """Note something of a place, not yet durable."""
        places = tuple(
            msgspec.structs.replace(place, **changes) if place.name == one.name else place
            for place in self._pending.places
        )
        self._pending = msgspec.structs.replace(self._pending, places=places)

    def _kept(self, one: ServerWanted) -> ServerPlaceKept:
        return next(place for place in self._pending.places if place.name == one.name)

    def _close(self) -> None:
        """Before anything is kept nobody writes any more where it will be overwritten: that would be in no copy.

        Who may enter such a database, and whether to write, belongs to the place: it is given back whatever is there.
        """
        doomed = [one for one in self._world.databases if one.kept_as]
        for one in doomed:
            before = self._server.access(one.place.name) or EVERYBODY
            read_only = before.read_only or self._kept(one).after.read_only
            self._change(one, before=before, after=Access(users=before.users, read_only=read_only), closed=True)
        self._note()
        for one in doomed:
            self._work.cancel.check()
            self._server.close(one.place.name, self._work.cancel)

    def _keep(self) -> None:
        """Keep what will be overwritten, proven; without that nothing is overwritten."""
        safety = self._databases_kept() if any(one.kept_as for one in self._world.databases) else None
        safety = keep_files(self._work, self._request, self._world.files, safety)
        if safety is not None:
            self._note(safety=safety)

    def _databases_kept(self) -> str:
        """The set that holds what the databases are now."""
        doomed = {one.kept_as: one for one in self._world.databases if one.kept_as}
        request = BackupRequest(
            databases=tuple(doomed), files=False, origin=Origin.SAFETY, requested_by=self._request.requested_by
        )
        refs = tuple(DatabaseRef(name=name, location=one.place.name) for name, one in doomed.items())

        def told(name: str, done: int, total: int) -> None:
            self._work.teller.tell("safety", name, done, total)

        listening = of_safety_copies(told, {kept: one.name for kept, one in doomed.items()})
        result = backup.take(request, refs, self._kit, listening, self._work.cancel)
        made = result.manifest
        self._work.cancel.check()
        failed = [
            one.name
            for name, one in doomed.items()
            if made is None or made.databases[name].status is not SetStatus.COMPLETED
        ]
        if made is None or failed:
            raise unkept(failed or [one.name for one in doomed.values()], result.outcome.problems)
        still = frozenset(name for name, one in doomed.items() if not self._kept(one).before.read_only)
        return self._kit.catalog.publish(held_still(made, still)).timestamp

    def _restore(self, one: ServerWanted, steps: tuple[ServerStep, ...]) -> None:
        work, users = self._work, self._kept(one).before.readers
        order = ServerRestore(name=one.place.name, steps=steps, overwrite=one.place.exists, closed=True, users=users)
        work.cancel.check()
        begun = time.monotonic()
        there = self._server.place(one.place.name)
        if (there.exists, there.identity) != (one.place.exists, one.place.identity):
            raise Busy("target.changed", database=one.name, target=one.place.name)
        self._change(one, begun=True)
        self._note()

        def progress(phase: str, done: int, total: int) -> None:
            work.teller.tell(phase, one.name, done, total)

        self._notes += self._server.restore(order, progress, work.cancel)
        verdict = self._server.judge(order.name, progress, work.cancel)
        if not verdict.ok:
            problem = verdict.problem or Problem(code="restore.unproven", values={"database": one.name})
            raise Damaged(problem.code, **problem.values)
        self._compare(one, verdict.row_counts or {})
        self._notes += self._server.afterwards(order.name)
        last = one.chain.steps[-1].backup
        self._checks[one.name] = Check(
            depth=Depth.RESTORED,
            at=self._kit.clock.now(),
            ok=True,
            database=one.name,
            stored_sha256=last.stored_sha256,
            seconds=time.monotonic() - begun,
            row_counts=verdict.row_counts,
        )

    def _compare(self, one: ServerWanted, found: dict[str, int]) -> None:
        """Rows of tables that nobody seems to have changed while the backup ran; a difference is worth a look."""
        step = one.chain.steps[-1]
        kept = step.backup.facts.row_counts if step.backup.facts is not None else None
        if not kept or step.stop_at is not None:
            return
        for table, rows in kept.items():
            if found.get(table) != rows:
                seen = found.get(table, 0)
                told: dict[str, str | int] = {"database": one.name, "table": table, "expected": rows, "found": seen}
                self._notes.append(Problem(code="restore.rows_differ", severity=Severity.WARNING, values=told))

    def _undone(self, error: BackupError) -> RestoreResult:
        """Put back what was begun, remove what was staged, and say so."""
        log.warning("restore fails: %s", error)
        problems = (error.problem, *server_undo.settle(self._kit, self._pending))
        status = Status.FAILED
        if isinstance(error, Cancelled):
            status = Status.CANCELLED
        elif isinstance(error, Busy):
            status = Status.BUSY
        elif isinstance(error, Refused) and not any(place.begun for place in self._pending.places):
            status = Status.REFUSED
        outcome = Outcome(status=status, problems=problems, set=self._request.set)
        return RestoreResult(outcome=outcome, plan=self._plan, safety_set=self._pending.safety)

    def _keep_checks(self) -> None:
        """A restore of one backup by itself is the deepest check of it."""
        alone = {one.name for one in self._world.databases if len(one.chain.steps) == 1}
        checks = {name: (check,) for name, check in self._checks.items() if name in alone}
        try:
            if checks:
                self._kit.catalog.add_checks(self._request.set, checks)
        except (BackupError, OSError) as error:
            log.warning("the check can't be kept: %s", error)

    def _done(self, files: tuple[FilesDone, ...]) -> RestoreResult:
        restored = [
            Restored(name=one.name, to=one.place.name, checks=(self._checks[one.name],))
            for one in self._world.databases
        ]
        restored += [Restored(name=one.kind, to=one.to, checks=one.checks) for one in files]
        problems = (*self._notes, *(problem for one in files for problem in one.problems))
        proof = tuple(f"{one.name}:{one.to}" for one in restored)
        status = Status.WARNINGS if any(p.severity is not Severity.INFO for p in problems) else Status.OK
        return RestoreResult(
            outcome=Outcome(status=status, proof=proof, problems=problems, set=self._request.set),
            plan=self._plan,
            restored=tuple(restored),
            safety_set=self._pending.safety,
        )
