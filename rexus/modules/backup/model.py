"""The door: what one can ask and order; no Qt here."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .base.cancel import CancelToken
from .base.clock import Clock, SystemClock
from .base.files import Files, RealFiles
from .base.identity import Identity, os_identity
from .base.records import (
    BackupRequest,
    Finding,
    Manifest,
    Origin,
    Outcome,
    Pin,
    Problem,
    PruneRequest,
    RestorePlan,
    RestoreRequest,
    Status,
    VerifyRequest,
)
from .base.texts import use_language
from .base.watching import (
    CleanupResult,
    DrillRequest,
    DrillResult,
    Health,
    Occurrence,
    PrunePlan,
    PruneResult,
    RetentionRequest,
    Run,
)
from .catalog.index import Catalog, Listing
from .config.load import Loaded, load
from .config.roles import Right, least, role_of
from .parts import Parts

if TYPE_CHECKING:
    from .catalog.ledger import Audit, AuditReport
    from .engines.port import Engine
    from .jobs.backup import BackupResult
    from .jobs.kit import Kit, Report
    from .jobs.removal import RemovalResult
    from .jobs.restore import RestoreResult
    from .jobs.verify import VerifyResult
    from .watch.actions import Act
    from .watch.after import Watching
    from .watch.runner import RunnerKit
    from .watch.tasks import Tasks

_ORIGIN: ContextVar[Origin | None] = ContextVar("origin", default=None)
"""Why a job runs while a schedule's occurrence does; in the thread that runs it."""


class BackupModel:
    """One configured backup root. Libraries that only one verb needs are imported by that verb."""

    def __init__(
        self, loaded: Loaded, files: Files, clock: Clock, *, debug: bool = False, identity: Identity | None = None
    ) -> None:
        self.loaded = loaded
        self.root = loaded.root
        self.catalog = Catalog(self.root, files)
        self._identity, self._files, self._clock = identity, files, clock
        self._parts = Parts(loaded, files, clock, self.catalog, debug=debug)

    @classmethod
    def open(  # noqa: PLR0913  what may be another one in tests, and the two that orders come with
        cls,
        config: Path,
        *,
        language: str | None = None,
        files: Files | None = None,
        clock: Clock | None = None,
        debug: bool = False,
        identity: Identity | None = None,
    ) -> BackupModel:
        """Read the configuration; touches nothing. Raises `BadInput` naming every wrong setting.

        ``identity`` is whoever orders; None: the person this process works for, by the operating system.
        """
        loaded = load(config)
        use_language(language or loaded.settings.language)
        return cls(loaded, files or RealFiles(), clock or SystemClock(), debug=debug, identity=identity)

    def backup(self, request: BackupRequest, report: Report, cancel: CancelToken) -> BackupResult:
        """Take a backup set, then apply the retention rules. Raises `Refused`, `Busy`; else the outcome tells."""
        from .jobs import backup

        self._allow(Right.BACKUP, request.requested_by, "backup", ",".join(request.databases))
        kit = self._kit()
        backup.agreed(request, kit)
        with self._parts.log(new=True):
            result = backup.perform(request, kit, report, cancel)
            outcome = self._pruned(request, result.outcome, cancel)
            return msgspec.structs.replace(
                result, outcome=self._ended("backup", request.origin, request.requested_by, outcome)
            )

    def verify(self, request: VerifyRequest, report: Report, cancel: CancelToken) -> VerifyResult:
        """Check stored sets. Raises `BadInput`, `Busy`, `Cancelled`."""
        from .jobs import verify

        self._allow(Right.VERIFY, request.requested_by, "verify", ",".join(request.sets))
        with self._parts.log():
            result = verify.perform(request, self._kit(), report, cancel)
            outcome = self._ended("verify", Origin.MANUAL, request.requested_by, result.outcome)
            return msgspec.structs.replace(result, outcome=outcome)

    def plan_restore(self, request: RestoreRequest) -> RestorePlan:
        """Say what a restore would do. Raises `BadInput`."""
        from .jobs import restore

        self._allow(Right.PLAN, request.requested_by, "restore --plan", request.set)
        return restore.preview(request, self._kit())

    def restore(self, request: RestoreRequest, report: Report, cancel: CancelToken) -> RestoreResult:
        """Bring data back. Raises `BadInput`, `Busy`; else the outcome tells."""
        from .jobs import restore

        self._allow(Right.RESTORE, request.requested_by, "restore", request.set)
        with self._parts.log():
            result = restore.perform(request, self._kit(), report, cancel)
            outcome = self._ended("restore", request.origin, request.requested_by, result.outcome)
            return msgspec.structs.replace(result, outcome=outcome)

    def drill(self, request: DrillRequest, report: Report, cancel: CancelToken) -> DrillResult:
        """Restore to an isolated place and prove it. Raises `BadInput`, `Busy`; else the outcome tells."""
        from .jobs import drill

        self._allow(Right.DRILL, request.requested_by, "drill", request.set or "")
        with self._parts.log():
            result = drill.perform(request, self._kit(), report, cancel)
            outcome = self._ended("drill", request.origin, request.requested_by, result.outcome)
            return msgspec.structs.replace(result, outcome=outcome)

    def plan_prune(self) -> PrunePlan:
        """What retention would do now: the very list that `prune` executes."""
        from .jobs import prune

        self._allow(Right.PLAN, "", "prune --plan", "")
        return prune.preview(self._kit())

    def prune(self, request: RetentionRequest, cancel: CancelToken) -> PruneResult:
        """Apply the retention rules. Raises `Busy`; else the outcome tells."""
        from .jobs import prune

        self._allow(Right.DELETE, request.requested_by, "prune", "")
        with self._parts.log():
            result = prune.perform(request, self._kit(), cancel)
            outcome = self._ended("prune", request.origin, request.requested_by, result.outcome)
            return msgspec.structs.replace(result, outcome=outcome)

    def plan_cleanup(self) -> CleanupResult:
        """What the deep clean-up would remove, and what still has to wait; changes nothing."""
        from .jobs import deep_clean

        self._allow(Right.PLAN, "", "cleanup --plan", "")
        return deep_clean.preview(self._kit())

    def cleanup(self, who: str, origin: Origin, cancel: CancelToken) -> CleanupResult:
        """Remove what nobody needs any more. Raises `Busy`; else the outcome tells."""
        from .jobs import deep_clean

        self._allow(Right.DELETE, who, "cleanup", "")
        with self._parts.log():
            result = deep_clean.perform(who, self._kit(), cancel)
            outcome = self._ended("cleanup", origin, who, result.outcome)
            return msgspec.structs.replace(result, outcome=outcome)

    def listing(self) -> Listing:
        """All sets, newest first, with the problems of manifests that can't be read."""
        self._look("list")
        return self.catalog.entries()

    def show(self, name: str) -> Manifest:
        """One set, whole. Raises `BadInput`."""
        self._look("show", name)
        return self.catalog.load(name)

    def delete(self, request: PruneRequest) -> RemovalResult:
        """Delete sets; the newest proven backup of a database is refused. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        self._allow(Right.DELETE, request.requested_by, "delete", ",".join(request.sets))
        with self._parts.log():
            result = removal.delete(request, self._kit())
            return self._noted("delete", request.requested_by, result)

    def pin(self, sets: tuple[str, ...], name: str, until: datetime | None, who: str) -> RemovalResult:
        """Keep these sets whatever the rules say. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        self._allow(Right.RETENTION, who, "pin", ",".join(sets))
        with self._parts.log():
            result = removal.pin(sets, Pin(name=name, until=until, by=who), who, self._kit())
            return self._noted("pin", who, result)

    def unpin(self, sets: tuple[str, ...], who: str) -> RemovalResult:
        """Take the pins away. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        self._allow(Right.RETENTION, who, "unpin", ",".join(sets))
        with self._parts.log():
            return self._noted("unpin", who, removal.pin(sets, None, who, self._kit()))

    def check(self) -> tuple[Finding, ...]:
        """Look whether a backup would work now. Raises `Refused` when there is no such engine."""
        from .jobs import preflight

        self._look("check")
        return preflight.findings(self._kit())

    def audit(self) -> Audit:
        """The chained trail of who did what."""
        self._look("audit")
        return self._parts.trail()

    def audit_verify(self) -> AuditReport:
        """Whether the trail is whole; none at all beside sets that somebody made is not whole."""
        report = self.audit().verify()
        if report.lines or not any(one.origin is not Origin.LEGACY for one in self.catalog.entries().sets):
            return report
        problem = Problem(code="audit.absent", values={"path": str(self.root / "logs")})
        return msgspec.structs.replace(report, ok=False, problems=(*report.problems, problem))

    def next_runs(self, start: datetime | None, count: int) -> tuple[Occurrence, ...]:
        """The next ``count`` due times after ``start`` (aware; None: now), the earliest first."""
        from .watch import schedule

        self._look("schedule next")
        return schedule.upcoming(self.loaded.settings.schedules, start or self._clock.now(), count)

    def runs(self) -> tuple[Run, ...]:
        """What became of every occurrence that is known, oldest first."""
        self._look("schedule history")
        return self._parts.runs().newest()

    def run_due(self, by: str, report: Report, cancel: CancelToken) -> tuple[Run, ...]:
        """Run what is due and was not run yet, once; what was missed is caught up. Raises `Refused`, `Cancelled`."""
        from .watch import notify, runner

        self._allow(Right.RUN, "", "schedule run", "")
        runs = runner.run_due(self._runner_kit(by), report, cancel)
        notify.again(self._watching())
        return runs

    def serve(self, by: str, report: Report, cancel: CancelToken, tell: Callable[[Run], None]) -> None:
        """Run what is due whenever it is, until ``cancel``; ``tell`` hears of every ended run. Raises `Refused`."""
        from .watch import notify, runner

        self._allow(Right.RUN, "", "schedule run", "")
        kit = replace(self._runner_kit(by), again=lambda: notify.again(self._watching()))
        runner.serve(kit, report, cancel, tell)

    def tasks(self, *, change: bool = False, kind: str | None = None, system: bool = False) -> Tasks:
        """The operating system's own scheduler, to look at or (``change``) to install in. Raises `Refused`.

        ``kind`` (systemd, cron, windows) and ``system`` (the machine's, not the person's) as in `watch.tasks.here`.
        """
        from .watch import tasks

        if change:
            self._allow(Right.SCHEDULE, "", "schedule install", "")
        else:
            self._look("schedule status")
        return tasks.here(self.loaded, self._files, kind=kind, system=system)

    def health(self) -> Health:
        """Whether all is well, judged from the data and not from jobs. Never raises for what it finds."""
        from .watch import facts, health

        self._look("health")
        kit = self._kit()
        return health.judge(facts.gather(kit, self.runs, self.tasks), self._clock.now())

    def notify_test(self, who: str) -> Outcome:
        """Send a test notice through every channel, by the very way of the scheduled runs."""
        from .watch import notify

        self._allow(Right.RUN, who, "notify test", "")
        with self._parts.log():
            return notify.test(self._watching(), who)

    def log_path(self) -> Path:
        """Today's log."""
        self._look("log")
        return self.root / "logs" / f"backup_{self._clock.now().astimezone():%Y-%m-%d}.log"

    def _pruned(self, request: BackupRequest, outcome: Outcome, cancel: CancelToken) -> Outcome:
        """Apply the retention rules after a proven backup; trouble with that is a warning of the backup."""
        from .jobs import prune
        from .jobs.account import with_warnings

        if not self.loaded.settings.retention.after_backup or outcome.status not in (Status.OK, Status.WARNINGS):
            return outcome
        again = RetentionRequest(requested_by=request.requested_by, origin=request.origin)
        return with_warnings(outcome, prune.after_backup(again, self._kit(), cancel))

    def _ended(self, action: str, origin: Origin, who: str, outcome: Outcome) -> Outcome:
        """Tell whoever listens that a job ended; what goes wrong there is a warning of the job."""
        from .jobs.account import with_warnings
        from .watch import after

        ending = after.Ending(action=action, origin=_ORIGIN.get() or origin, who=who, outcome=outcome)
        return with_warnings(outcome, after.tell(ending, self._watching()))

    def _noted(self, action: str, who: str, result: RemovalResult) -> RemovalResult:
        """Add the audit row alone; nobody is woken because a set was pinned or deleted by hand."""
        from .jobs.account import with_warnings
        from .watch import after, audit_row

        ending = after.Ending(action=action, origin=_ORIGIN.get() or Origin.MANUAL, who=who, outcome=result.outcome)
        outcome = with_warnings(result.outcome, audit_row.write(ending, self._watching()))
        return msgspec.structs.replace(result, outcome=outcome)

    def _watching(self) -> Watching:
        """The parts that whoever listens to jobs works with."""
        return self._parts.watching(self.health)

    def _look(self, what: str, target: str = "") -> None:
        """Refuse even a look to whom the settings give no role. Raises `Refused`."""
        self._allow(Right.LOOK, "", what, target)

    def _allow(self, right: Right, who: str, what: str, target: str) -> None:
        """Refuse what the person's role does not allow, and write the refusal down. Raises `Refused`."""
        from .jobs.account import refused

        if _ORIGIN.get() is not None:  # ordered by whoever wrote the schedules down
            return
        role = role_of(self._identity, self.loaded.settings.roles)
        if right in role.rights:
            return
        person = (self._identity or os_identity()).name
        values: dict[str, str | int] = {"who": person, "role": role, "what": what, "needs": least(right)}
        trail = self._parts.trail() if self.root.is_dir() else None
        hosted = self._identity is not None and self._identity.host_role is not None
        code = "role.denied_by_host" if hosted else "role.denied"
        raise refused(trail, who or person, what, target, code, values)

    def _runner_kit(self, by: str) -> RunnerKit:
        """What a runner of due times works with."""
        from .watch.actions import actions

        every = {name: self._as_scheduled(action) for name, action in actions(self).items()}
        return replace(self._parts.runner_kit(every, self._ready, self.health, by), ended=self._ended)

    def change_settings(self, who: str, what: str) -> None:
        """Ask whether ``who`` may replace the settings. Raises `Refused`."""
        self._allow(Right.CONFIG, who, what, "")

    def digest(self) -> Outcome:
        """Send the summary to whoever wants it."""
        from .watch import notify

        self._allow(Right.RUN, "", "schedule run", "digest")
        return notify.digest(self._watching())

    def _as_scheduled(self, action: Act) -> Act:
        """The same, done in the name of whoever wrote the schedules down."""

        def act(one: Occurrence, origin: Origin, report: Report, cancel: CancelToken) -> Outcome:
            before = _ORIGIN.set(origin)
            try:
                return action(one, origin, report, cancel)
            finally:
                _ORIGIN.reset(before)

        return act

    def _ready(self, action: str) -> tuple[Problem, ...]:
        """What keeps ``action`` from being worth a try now; nothing: it is ready."""
        from .watch import readiness

        return readiness.probe(action, self._kit())

    def _kit(self) -> Kit:
        """What a job works with. Raises `Refused`."""
        return self._parts.kit()

    def _engine(self) -> Engine:
        """The engine of the settings. Raises `Refused`."""
        return self._parts.engine()
