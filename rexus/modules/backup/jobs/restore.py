"""Bring data back: prove everything first, make a safety copy, swap, prove again, undo on failure."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Busy, Cancelled, Damaged, Failed, Refused, StoreFailed
from ..base.records import (
    BackupRequest,
    Check,
    Depth,
    Origin,
    Outcome,
    Problem,
    RestorePlan,
    RestoreRequest,
    Severity,
    Status,
)
from ..engines.port_server import is_path
from . import restore_advice, restore_journal, safety, server_restore, undo
from .account import accounted, with_warnings, worth_telling
from .inspect import is_content_of, judge_plain, unpack
from .kit import SAFETY, Kit, Report, Teller, Work, naming_errors, why_of
from .lease import Held, Lease
from .plan import Wanted, World, plan
from .restore_files import FilesDone, FileSets
from .restore_journal import Pending, Place
from .restored import Restored, RestoreResult
from .safety_files import keep_files
from .shares import Shares
from .survey import at_home, configured_at, survey
from .sweep import sweep
from .together import each
from .trail import IN_PLACE

log = logging.getLogger(__name__)
_COPIES = 3
"""Tries to copy what will be overwritten before somebody writes to it again."""


def preview(request: RestoreRequest, kit: Kit) -> RestorePlan:
    """Say what `perform` would do; touches nothing. Raises `BadInput`."""
    if _has_lost_its_server(request, kit):
        from . import lost

        return lost.preview(request, kit.catalog.load(request.set), kit)
    if server_restores(request, kit):
        return restore_advice.planned(request, server_restore.preview(request, kit))
    manifest = kit.catalog.load(request.set)
    return restore_advice.planned(request, plan(request, manifest, survey(request, manifest, kit)))


def _has_lost_its_server(request: RestoreRequest, kit: Kit) -> bool:
    """Whether it takes a server, and none is named. Raises `Refused` for what a folder of files alone can't take."""
    if not kit.loaded.bare:
        return False
    from . import lost

    lost.refuse_overwrite(request, kit)
    return lost.is_planned_here(request, kit)


def server_restores(request: RestoreRequest, kit: Kit) -> bool:
    """Whether a server brings it back, and no plain file is asked for (a path instead of a name)."""
    return kit.engine.server is not None and not (request.to is not None and is_path(request.to))


def perform(request: RestoreRequest, kit: Kit, report: Report, cancel: CancelToken) -> RestoreResult:
    """Restore what ``request`` names. Raises `BadInput` and `Busy`; else the outcome tells.

    Nothing is touched before every wanted byte was unpacked aside and proven. After a failure the databases are
    what they were.
    """
    if _has_lost_its_server(request, kit):
        raise Refused("lost.no_server", path=str(kit.loaded.path))
    if server_restores(request, kit):
        return restore_advice.refused(request, server_restore.perform(request, kit, report, cancel))
    manifest = kit.catalog.load(request.set)
    request = at_home(request)
    drafted = plan(request, manifest, survey(request, manifest, kit))
    if drafted.refusals:
        return _refused(request, kit, drafted)
    with naming_errors(), _lease(request, kit, drafted) as held:
        kit = kit.under(held.check)
        found = sweep(kit, held) if isinstance(held, Held) else held.problems
        world = survey(request, manifest, kit)
        agreed = plan(request, manifest, world)
        if agreed.refusals:
            return _with(_refused(request, kit, agreed), found)
        work = Work(kit, Teller(report, manifest.timestamp, Shares(agreed).at), cancel)
        result = _Restore(request, agreed, world, work, held).run()
    told = (*worth_telling(found), *agreed.warnings)
    if result.outcome.status not in (Status.OK, Status.WARNINGS):
        told = tuple(one for one in worth_telling(told) if one.code != "restore.unheld")
    return _settled(request, kit, result, told)


def _with(result: RestoreResult, found: tuple[Problem, ...]) -> RestoreResult:
    """Tell also what was found and tidied up before."""
    return msgspec.structs.replace(result, outcome=with_warnings(result.outcome, worth_telling(found)))


@contextlib.contextmanager
def _lease(request: RestoreRequest, kit: Kit, drafted: RestorePlan) -> Iterator[Held | Unheld]:
    """Hold the root; where it can't be written any more, data still comes out of it, but nothing is overwritten."""
    with contextlib.ExitStack() as stack:
        try:
            held: Held | Unheld = stack.enter_context(
                Lease.hold(kit.root, "restore", request.requested_by, kit.files, kit.clock)
            )
        except StoreFailed:
            if any(step.code == "safety" for step in drafted.steps) or request.overwrite:
                raise
            held = Unheld(kit.root)
        yield held


class Unheld:
    """What stands for the lease of a root that can't be written; leftovers are swept by the run itself only."""

    def __init__(self, root: Path) -> None:
        values: dict[str, str | int] = {"path": str(root)}
        self.problems = (Problem(code="restore.unheld", severity=Severity.WARNING, values=values),)

    def leftover(self, location: str) -> None:
        """Nowhere to note it down."""

    def job(self, name: str) -> None:
        """Nowhere to note it down."""

    def check(self) -> None:
        """There is nothing to lose."""


def _refused(request: RestoreRequest, kit: Kit, drafted: RestorePlan) -> RestoreResult:
    drafted = restore_advice.planned(request, drafted)
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
        IN_PLACE: ",".join(name for one in result.restored if (name := configured_at(kit, one.to))),
    }
    outcome = accounted(kit, request.requested_by, "restore", outcome, detail)
    return msgspec.structs.replace(result, outcome=outcome)


class _Restore:
    """One restore under way; remembers how far it came, so that it can be undone."""

    def __init__(
        self, request: RestoreRequest, agreed: RestorePlan, world: World, work: Work, held: Held | Unheld
    ) -> None:
        self._request, self._plan, self._world = request, agreed, world
        self._work, self._held, self._kit = work, held, work.kit
        self._safety: str | None = None
        self._swapped: list[str] = []
        self._token, self._committed = restore_journal.new_token(), False
        self._places = {one.name: self._place(one) for one in world.databases}
        self._files = FileSets(request, world, work, noted=isinstance(held, Held))
        self._checks: dict[str, Check] = {}

    def _place(self, one: Wanted) -> Place:
        target = one.target
        known = frozenset(ref.name for ref in self._kit.engine.databases())
        named = safety.name_in_safety_set(one.name, target.location, configured_at(self._kit, target.location), known)
        stamp = self._kit.clock.now().strftime("%Y%m%dT%H%M%S%fZ")
        raw = self._kit.root / SAFETY / f"{self._request.set}_{one.name}" / stamp
        return Place(
            name=one.name,
            location=target.location,
            staging=target.staging,
            existed=target.exists,
            kept_as=named,
            checksum=one.backup.checksum,
            algorithm=one.backup.checksum_algorithm,
            raw=str(raw) if one.plain_only and target.exists else "",
        )

    def run(self) -> RestoreResult:
        """Do it, or undo it."""
        try:
            self._held.job(self._request.set)
            for one in self._world.databases:
                self._held.leftover(one.target.location)
            each(self._work, self._world.databases, restore_advice.naming(self._stage))
            self._files.prove()
            self._make_safety_copy()
            if isinstance(self._held, Held):
                self._safety = keep_files(self._work, self._request, self._world, self._safety)
            self._note(committed=False)
            for one in self._world.databases:
                self._swap(one)
            files = self._files.restore()
            self._note(committed=True)
        except BackupError as error:
            return self._undone(error)
        except OSError as error:
            return self._undone(Failed("restore.io", path=str(error.filename or ""), why=error.strerror or str(error)))
        except BaseException:
            self._undone(Failed("unexpected"))
            raise
        # From here on nothing is taken back any more: what can't be tidied up now is left to the next start.
        problems = self._tidied()
        self._keep_checks()
        return self._done(files, problems)

    @property
    def _pending(self) -> Pending:
        return Pending(
            token=self._token,
            set=self._request.set,
            safety=self._safety,
            places=tuple(self._places.values()),
            files=tuple(where for _, where in self._world.file_sets),
            committed=self._committed,
        )

    def _note(self, *, committed: bool) -> None:
        """Write down how far it is; after ``committed`` everything stays."""
        if isinstance(self._held, Held):
            self._kit.guard()
            restore_journal.write(self._kit, msgspec.structs.replace(self._pending, committed=committed))
        self._committed = committed

    def _tidied(self) -> list[Problem]:
        if isinstance(self._held, Held):
            return list(undo.settle(self._kit, self._pending).problems)
        try:
            self._files.finish()
        except (BackupError, OSError) as error:
            return [Problem(code="sweep.left", severity=Severity.WARNING, values={"path": "", "why": why_of(error)})]
        return []

    def _stage(self, work: Work, one: Wanted) -> None:
        """Unpack aside and prove; the target is not touched."""
        staging = Path(one.target.staging)
        self._kit.files.make_folder(staging.parent)
        begun = time.monotonic()
        unpack(work, one.name, one.backup, staging, "unseal")
        self._places[one.name] = msgspec.structs.replace(
            self._places[one.name], new=self._kit.engine.state(str(staging))
        )
        depth, rows = Depth.CONTENT, None
        if not one.plain_only:
            if not is_content_of(self._kit, staging):
                raise Damaged("restore.foreign_content", database=one.name, engine=self._kit.engine.name)
            deep = Depth.ENGINE if one.doubted else Depth.CONTENT
            verdict = judge_plain(work, one.name, one.backup, staging, deep)
            if not verdict.ok:
                problem = verdict.problem or Problem(code="restore.unproven", values={"database": one.name})
                raise Damaged(problem.code, **problem.values)
            depth, rows = Depth.RESTORED, verdict.row_counts
        self._checks[one.name] = Check(
            depth=depth,
            at=self._kit.clock.now(),
            ok=True,
            database=one.name,
            stored_sha256=one.backup.stored_sha256,
            seconds=time.monotonic() - begun,
            row_counts=rows,
        )

    def _make_safety_copy(self) -> None:
        """Keep what will be overwritten, proven; without that nothing is overwritten."""
        for one in self._places.values():
            if one.raw:
                self._states((one,))
                safety.keep_raw(self._kit, one, Path(one.raw))
        doomed = tuple(one for one in self._places.values() if one.existed and not one.raw)
        if not doomed:
            return
        request = BackupRequest(
            databases=tuple(one.kept_as for one in doomed),
            files=False,
            origin=Origin.SAFETY,
            requested_by=self._request.requested_by,
        )
        damaged = self._copied_unchanged(request, doomed)
        folder = str(self._kit.root / SAFETY / (self._safety or ""))
        for one in doomed:
            if one.kept_as in damaged:
                self._places[one.name] = msgspec.structs.replace(self._places[one.name], raw=folder)

    def _copied_unchanged(self, request: BackupRequest, doomed: tuple[Place, ...]) -> set[str]:
        """Make the copy, again if somebody wrote meanwhile; what is swapped later must still be what was copied."""
        for _ in range(_COPIES):
            before = self._states(doomed)
            self._safety, damaged = safety.safety_copy(self._work, request, doomed)
            if self._states(doomed) == before:
                return damaged
        names = ", ".join(one.name for one in doomed)
        raise Busy("target.changed", database=names, target=doomed[0].location)

    def _states(self, doomed: tuple[Place, ...]) -> dict[str, str]:
        """See what is there now, and remember it as what was kept."""
        seen = {one.name: self._kit.engine.state(one.location) for one in doomed}
        for name, old in seen.items():
            self._places[name] = msgspec.structs.replace(self._places[name], old=old)
        return seen

    def _swap(self, one: Wanted) -> None:
        self._work.cancel.check()
        self._kit.guard()
        self._work.teller.tell("swap", one.name)
        location, place = Path(one.target.location), self._places[one.name]
        if not one.plain_only:
            target = msgspec.structs.replace(one.target, state=place.old)
            self._kit.engine.install(target, overwrite=self._request.overwrite, cancel=self._work.cancel)
            self._swapped.append(one.name)
            self._prove_in_place(one)
            return
        if self._kit.engine.state(one.target.location) != place.old:
            raise Busy("target.changed", database=one.name, target=one.target.location)
        self._kit.files.replace(Path(one.target.staging), location)
        self._swapped.append(one.name)
        self._kit.files.sync_folder(location.parent)

    def _prove_in_place(self, one: Wanted) -> None:
        """Let the engine open the database in its place; its bytes were proven before. Raises `Damaged`."""

        def progress(phase: str, done: int, total: int) -> None:
            self._work.teller.tell("check", one.name, done, total)

        location = Path(one.target.location)
        verdict = self._kit.engine.check_plain(location, Depth.STORED, progress, self._work.cancel)
        if not verdict.ok:
            problem = verdict.problem or Problem(code="restore.unproven", values={"database": one.name})
            raise Damaged(problem.code, **problem.values)
        log.info("%s restored to %s", one.name, location)

    def _undone(self, error: BackupError) -> RestoreResult:
        """Put back what was swapped, remove what was staged, and say so."""
        log.warning("restore fails: %s", error)
        problems = [error.problem]
        if not self._swapped:
            problems = [restore_advice.unharmed(self._request, self._world, self._kit, error)]
        if isinstance(self._held, Held):
            waiting = frozenset(self._places) - frozenset(self._swapped)
            problems.extend(undo.settle(self._kit, self._pending, waiting).problems)
        else:
            self._files.undo()
            problems.extend(p for one in self._places.values() for p in undo.put_back(self._kit, one, None))
        for one in self._world.databases:
            try:
                self._kit.engine.sweep(one.target)
            except (BackupError, OSError) as second:
                log.warning("what lies beside %s waits for the next start: %s", one.target.location, second)
        cancelled = isinstance(error, Cancelled)
        status = Status.CANCELLED if cancelled else Status.BUSY if isinstance(error, Busy) else Status.FAILED
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

    def _done(self, files: tuple[FilesDone, ...], untidied: list[Problem]) -> RestoreResult:
        restored = [
            Restored(name=one.name, to=one.target.location, checks=(self._checks[one.name],))
            for one in self._world.databases
        ]
        restored += [Restored(name=one.kind, to=one.to, checks=one.checks) for one in files]
        problems = (*(problem for one in files for problem in one.problems), *untidied)
        proof = tuple(f"{one.name}:{one.to}" for one in restored)
        status = Status.WARNINGS if any(p.severity is not Severity.INFO for p in problems) else Status.OK
        kept = [one.safety for one in files if one.safety] + [one.raw for one in self._places.values() if one.raw]
        return RestoreResult(
            outcome=Outcome(status=status, proof=proof, problems=problems, set=self._request.set),
            plan=self._plan,
            restored=tuple(restored),
            safety_set=self._safety,
            safety_path=kept[0] if kept else None,
        )
