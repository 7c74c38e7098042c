"""The door: what one can ask and order; no Qt here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from .base.cancel import CancelToken
from .base.clock import Clock, SystemClock
from .base.errors import BackupError, BadInput, Cancelled
from .base.files import Files, RealFiles
from .base.identity import Identity
from .base.records import (
    BackupRequest,
    Decision,
    Finding,
    Manifest,
    Origin,
    Outcome,
    Pin,
    Problem,
    PruneRequest,
    RestorePlan,
    RestoreRequest,
    VerifyRequest,
)
from .base.texts import use_language
from .base.watching import (
    CleanupResult,
    DrillRequest,
    DrillResult,
    Health,
    PrunePlan,
    PruneResult,
    RetentionRequest,
    Run,
    action_of,
)
from .catalog.index import Listing
from .config.load import Loaded, load
from .config.roles import Right, role_of
from .jobs.server_door import ServerDoor
from .parts import ModelSettings
from .watch.mandate import as_scheduled, by_schedule

if TYPE_CHECKING:
    from types import ModuleType

    from .catalog.ledger import Audit, AuditReport
    from .jobs import child, later_log, running, taking_back
    from .jobs.backup import BackupResult
    from .jobs.kit import Kit, Report
    from .jobs.listing import Glance
    from .jobs.removal import RemovalResult
    from .jobs.restored import RestoreResult
    from .jobs.verify import VerifyResult
    from .watch.after import Watching
    from .watch.runner import RunnerKit
    from .watch.tasks import Tasks

    R = TypeVar("R", BackupResult, VerifyResult, RestoreResult, DrillResult, PruneResult, CleanupResult)

__all__ = ["BackupModel", "child", "later_log", "running", "taking_back"]
"""The door; work in a process of its own; what the screens write down; the work that others do; earlier settings."""


def __getattr__(name: str) -> ModuleType:
    """What only screens ask for is imported when they do."""
    if name not in __all__[1:]:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f".jobs.{name}", __package__)


class BackupModel(ModelSettings, ServerDoor):
    """One configured backup root. Libraries that only one verb needs are imported by that verb."""

    def __init__(
        self, loaded: Loaded, files: Files, clock: Clock, *, debug: bool = False, identity: Identity | None = None
    ) -> None:
        super().__init__(loaded, files, clock, debug=debug, identity=identity)
        self.root = loaded.root
        self.say: Callable[[Problem], None] = lambda _: None
        """Hears what a run that is due waits for."""

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
        trace: Path | None = None,
    ) -> BackupModel:
        """Read the configuration; touches nothing. Raises `BadInput` naming every wrong setting.

        ``identity`` is whoever orders; None: the person this process works for, by the operating system. Batches for a
        server are also written to the file ``trace``.
        """
        loaded = load(config)
        use_language(language or loaded.settings.language)
        made = cls(loaded, files or RealFiles(), clock or SystemClock(), debug=debug, identity=identity)
        made._parts = replace(made._parts, trace=trace)
        return made

    def backup(self, request: BackupRequest, report: Report, cancel: CancelToken) -> BackupResult:
        """Take a backup set, then apply the retention rules. Raises `Refused`, `Busy`; else the outcome tells.

        Where the backup folder has lost all its sets nothing is written, unless ``request.new_root`` (`root.vanished`).
        """
        from .config import known_roots
        from .jobs import backup, prune

        self._allow(Right.BACKUP, "backup", ",".join(request.databases))
        kit = self._kit()
        backup.agreed(request, kit)
        if not request.new_root:
            known_roots.refuse_vanished(self.loaded)
        with self._parts.log(new=True), self._parts.shared(report, cancel) as told:
            result = backup.perform(request, kit, told, cancel)
            result = msgspec.structs.replace(result, outcome=prune.settled(request, result.outcome, kit, cancel))
            if result.outcome.set is not None:
                known_roots.keep(self.loaded, self._clock.now(), self._files)
            return self._closed(action_of(request.kind), request.origin, request.requested_by, result)

    def verify(self, request: VerifyRequest, report: Report, cancel: CancelToken) -> VerifyResult:
        """Check stored sets. Raises `BadInput`, `Busy`, `Cancelled`."""
        from .jobs import verify

        self._allow(Right.VERIFY, "verify", ",".join(request.sets))
        with self._parts.log(), self._parts.shared(report, cancel) as told:
            result = verify.perform(request, self._kit(), told, cancel)
            return self._closed("verify", Origin.MANUAL, request.requested_by, result)

    def plan_restore(self, request: RestoreRequest) -> RestorePlan:
        """Say what a restore would do. Raises `BadInput`."""
        from .jobs import restore

        self._allow(Right.PLAN, "restore --plan", request.set)
        return restore.preview(request, self._kit())

    def restore(self, request: RestoreRequest, report: Report, cancel: CancelToken) -> RestoreResult:
        """Bring data back. Raises `BadInput`, `Busy`; else the outcome tells."""
        from .jobs import restore

        self._allow(Right.RESTORE, "restore", request.set)
        with self._parts.log(), self._parts.shared(report, cancel) as told:
            result = restore.perform(request, self._kit(), told, cancel)
            return self._closed("restore", request.origin, request.requested_by, result)

    def drill(self, request: DrillRequest, report: Report, cancel: CancelToken) -> DrillResult:
        """Restore to an isolated place and prove it. Raises `BadInput`, `Busy`; else the outcome tells."""
        from .jobs import drill

        self._allow(Right.DRILL, "drill", request.set or "")
        with self._parts.log(), self._parts.shared(report, cancel) as told:
            result = drill.perform(request, self._kit(), told, cancel)
            return self._closed("drill", request.origin, request.requested_by, result)

    def plan_prune(self, *, whole_days: bool = False) -> PrunePlan:
        """What retention would do now, as `prune` would (``whole_days``: as it would by itself)."""
        from .jobs import prune

        self._allow(Right.PLAN, "prune --plan")
        return prune.preview(self._kit(), whole_days=whole_days)

    def prune(self, request: RetentionRequest, cancel: CancelToken) -> PruneResult:
        """Apply the retention rules. Raises `Busy`; else the outcome tells."""
        from .jobs import prune

        self._allow(Right.DELETE, "prune")
        with self._parts.log(), self._parts.shared(cancel=cancel):
            result = prune.perform(request, self._kit(), cancel)
            return self._closed("prune", request.origin, request.requested_by, result)

    def plan_cleanup(self) -> CleanupResult:
        """What the deep clean-up would remove, and what still has to wait; changes nothing."""
        from .jobs import deep_clean

        self._allow(Right.PLAN, "cleanup --plan")
        return deep_clean.preview(self._kit())

    def cleanup(self, who: str, origin: Origin, cancel: CancelToken) -> CleanupResult:
        """Remove what nobody needs any more. Raises `Busy`; else the outcome tells."""
        from .jobs import deep_clean

        self._allow(Right.DELETE, "cleanup")
        with self._parts.log(), self._parts.shared(cancel=cancel):
            return self._closed("cleanup", origin, who, deep_clean.perform(who, self._kit(), cancel))

    def listing(self, glance: Glance | None = None) -> Listing:
        """All sets, newest first, ticks of the bytes that are there; with problems of manifests and of lost files."""
        self._allow(Right.LOOK, "list")
        return self._parts.listing(glance or self._parts.glance())

    def glance(self) -> Glance:
        """One look at the backup folder, by which `health` and `listing` tell of the same moment."""
        return self._parts.glance()

    def show(self, name: str) -> Manifest:
        """One set, whole. Raises `BadInput`."""
        self._allow(Right.LOOK, "show", name)
        return self.catalog.load(name)

    def open_restores(self) -> tuple[Problem, ...]:
        """Restores that died halfway and were not taken back yet."""
        return self._parts.open_restores()

    def plan_delete(self, request: PruneRequest) -> tuple[Decision, ...]:
        """What `delete` would do with each set, the newest first; changes nothing. Raises `BadInput`."""
        from .jobs import removal

        self._allow(Right.PLAN, "delete --plan", ",".join(request.sets))
        return removal.preview(request, self._kit())

    def delete(self, request: PruneRequest) -> RemovalResult:
        """Delete sets; the newest proven backup of a database is refused. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        self._allow(Right.DELETE, "delete", ",".join(request.sets))
        with self._parts.log():
            result = removal.delete(request, self._kit())
            return self._noted("delete", request.requested_by, result)

    def pin(
        self, sets: tuple[str, ...], name: str, until: datetime | None, who: str, *, again: bool = False
    ) -> RemovalResult:
        """Keep these sets whatever the rules say; ``again``: what is not given stays. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        self._allow(Right.RETENTION, "pin", ",".join(sets))
        with self._parts.log():
            result = removal.pin(sets, Pin(name=name, until=until, by=who), who, self._kit(), again=again)
            return self._noted("pin", who, result)

    def unpin(self, sets: tuple[str, ...], who: str) -> RemovalResult:
        """Take the pins away. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        self._allow(Right.RETENTION, "unpin", ",".join(sets))
        with self._parts.log():
            return self._noted("unpin", who, removal.pin(sets, None, who, self._kit()))

    def check(self) -> tuple[Finding, ...]:
        """Look whether a backup would work now. Raises `Refused` when there is no such engine."""
        from .jobs import preflight

        self._allow(Right.LOOK, "check")
        return preflight.findings(self._kit())

    def audit(self) -> Audit:
        """The chained trail of who did what."""
        self._allow(Right.LOOK, "audit")
        return self._parts.trail()

    def audit_verify(self) -> AuditReport:
        """Whether the trail is whole; none at all beside sets that somebody made is not whole."""
        self._allow(Right.LOOK, "audit")
        return self._parts.trail_report()

    def runs(self, *, every: bool = False) -> tuple[Run, ...]:
        """What became of our occurrences, oldest first; of those of other configurations here too (``every``)."""
        self._allow(Right.LOOK, "schedule history")
        return self._parts.runs().newest(every=every)

    def run_due(self, by: str, report: Report, cancel: CancelToken) -> tuple[Run, ...]:
        """Run what is due and was not run yet, once; what was missed is caught up. Raises `Refused`, `Cancelled`.

        What was due and is refused is written down and told as well.
        """
        from .watch import notify, runner, unstarted

        kit = self._runner_kit(by)
        try:
            self._allow(Right.RUN, "schedule run")
            self._parts.keep_settings()
            runs = runner.run_due(kit, report, cancel)
        except Cancelled:
            raise
        except BackupError as error:
            unstarted.tell(kit, error)
            raise
        notify.again(self._watching())
        return runs

    @classmethod
    def unusable(cls, config: Path, error: BadInput, by: str) -> None:
        """Tell whoever can still be reached that the settings can't be used, and what was due is not run."""
        from .config.salvage import salvage
        from .watch import unstarted

        model = cls(salvage(config), RealFiles(), SystemClock())
        use_language(model.loaded.settings.language)
        with model._parts.log():
            unstarted.tell(model._runner_kit(by), error)

    def serve(self, by: str, report: Report, cancel: CancelToken, tell: Callable[[Run], None]) -> None:
        """Run what is due whenever it is, until ``cancel``; ``tell`` hears of every ended run. Raises `Refused`."""
        from .watch import runner

        runner.serve(self._serving_kit(by), report, cancel, tell)

    def settle_in(self) -> None:
        """Make the backup folder, and know the schedules from now on. Raises `Refused`, `StoreFailed`."""
        self._allow(Right.SCHEDULE, "schedule install")
        self._parts.settle_in()

    def oddities(self) -> tuple[Problem, ...]:
        """What is odd about the place that schedules run in: no backup folder, a zone that nobody knows."""
        return self._parts.oddities()

    def tasks(self, *, change: str | bool = False, kind: str | None = None, system: bool = False) -> Tasks:
        """The operating system's own scheduler, to look at or to ``change`` (by what order). Raises `Refused`.

        ``kind`` (systemd, cron, windows) and ``system`` (the machine's, not the person's) as in `watch.tasks.here`.
        """
        from .watch import tasks

        order = change if isinstance(change, str) else "schedule install" if change else "schedule status"
        self._allow(Right.SCHEDULE if change else Right.LOOK, order)
        return tasks.here(self.loaded, self._files, kind=kind, system=system)

    def health(self, glance: Glance | None = None) -> Health:
        """Whether all is well, judged from the data and not from jobs. Never raises for what it finds."""
        from .watch import facts, health

        self._allow(Right.LOOK, "health")
        writes = Right.RUN in role_of(self._identity, self.loaded.settings.roles).rights and not self.loaded.bare
        found = facts.gather(self._kit(), self.runs, self.tasks, writes=writes, glance=glance)
        return health.judge(found, self._clock.now())

    def log_path(self) -> Path:
        """Today's log."""
        self._allow(Right.LOOK, "log")
        return self.root / "logs" / f"backup_{self._clock.now().astimezone():%Y-%m-%d}.log"

    def _ended(self, action: str, origin: Origin, who: str, outcome: Outcome) -> Outcome:
        """Tell whoever listens that a job ended; what goes wrong there is a warning of the job."""
        from .jobs.account import with_warnings
        from .watch import after

        ending = after.Ending(action=action, origin=by_schedule() or origin, who=who, outcome=outcome)
        return with_warnings(outcome, after.tell(ending, self._watching()))

    def _closed(self, action: str, origin: Origin, who: str, result: R) -> R:
        """``result`` with what telling of its end came to."""
        return msgspec.structs.replace(result, outcome=self._ended(action, origin, who, result.outcome))

    def _noted(self, action: str, who: str, result: RemovalResult) -> RemovalResult:
        """Add the audit row alone; nobody is woken because a set was pinned or deleted by hand."""
        from .jobs.account import with_warnings
        from .watch import after, audit_row

        ending = after.Ending(action=action, origin=by_schedule() or Origin.MANUAL, who=who, outcome=result.outcome)
        is_idle = all(one.action.value == "keep" for one in result.decisions)
        row = () if is_idle else audit_row.write(ending, self._watching())
        return msgspec.structs.replace(result, outcome=with_warnings(result.outcome, row))

    def _watching(self) -> Watching:
        """The parts that whoever listens to jobs works with."""
        return self._parts.watching(self.health)

    def _runner_kit(self, by: str) -> RunnerKit:
        """What a runner of due times works with."""
        from .watch.actions import actions

        every = {name: as_scheduled(action) for name, action in actions(self).items()}
        return replace(self._parts.runner_kit(every, self.health, by), ended=self._ended, say=self.say)

    def _serving_kit(self, by: str) -> RunnerKit:
        """What a service works with that takes over changed settings. Raises `Refused`."""
        from .watch import notify, rereading

        def taken(loaded: Loaded) -> RunnerKit:
            model = BackupModel(loaded, self._files, self._clock, debug=self._parts.debug, identity=self._identity)
            model.say = self.say
            model._allow(Right.RUN, "schedule run")
            model._parts.keep_settings()
            return replace(model._runner_kit(by), again=lambda: notify.again(model._watching()))

        return rereading.followed(self.loaded, taken, self._parts.log)

    def digest(self) -> Outcome:
        """Send the summary to whoever wants it."""
        from .watch import notify

        self._allow(Right.RUN, "schedule run", "digest")
        return notify.digest(self._watching())

    def _kit(self) -> Kit:
        """What a job works with. Raises `Refused`."""
        return self._parts.kit()
