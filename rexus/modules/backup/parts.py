"""Puts the parts together: what the jobs work with, what listens to them, what runs them."""

from __future__ import annotations

import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .base.cancel import CancelToken
from .base.clock import Clock, SystemClock
from .base.errors import BackupError, BadInput, Refused, StoreFailed
from .base.files import Files, RealFiles
from .base.identity import Identity, os_identity
from .base.records import Finding, Origin, Outcome, Problem, Status
from .base.watching import AuditRow, Health, Occurrence, PrunePlan
from .catalog.index import Catalog, Listing
from .config.known_roots import vanished
from .config.load import Loaded, load
from .config.roles import WITHOUT_SETTINGS, Right, least, role_of
from .watch.home import is_absent, oddities
from .watch.mandate import by_schedule

if TYPE_CHECKING:
    from .catalog.ledger import Audit, AuditReport
    from .config.draft import Draft
    from .config.settings import Retention, Schedule
    from .engines.port import Engine
    from .jobs.kit import Kit, Report
    from .jobs.listing import Glance
    from .stores.folder import FolderStore
    from .watch.actions import Act
    from .watch.after import Watching
    from .watch.previews import Calendar
    from .watch.runner import RunnerKit
    from .watch.runs import Runs
    from .watch.starters import Starter

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one configured backup root. Libraries that only one verb needs are imported by that verb."""

    loaded: Loaded
    files: Files
    clock: Clock
    catalog: Catalog
    debug: bool = False
    trace: Path | None = None
    """The file that batches for a server are written to, too."""
    used: list[Engine] = field(init=False, default_factory=list, compare=False)
    """The engine of the newest job, which knows whether its server is away."""

    @property
    def root(self) -> Path:
        """The backup folder."""
        return self.loaded.root

    def trail(self) -> Audit:
        """The chained trail of who did what."""
        from .catalog.ledger import Audit

        return Audit(self.root / "logs", self.files, self.clock)

    def trail_report(self) -> AuditReport:
        """Whether the trail is whole; none at all beside sets that somebody made is not whole.

        Raises `Refused` where there is no backup folder, `StoreFailed`.
        """
        self.catalog.require()
        report = self.trail().verify()
        if report.lines or not any(one.origin is not Origin.LEGACY for one in self.catalog.entries().sets):
            return report
        problem = Problem(code="audit.absent", values={"path": str(self.root / "logs")})
        return msgspec.structs.replace(report, ok=False, problems=(*report.problems, problem))

    def open_restores(self) -> tuple[Problem, ...]:
        """Restores that died halfway and were not taken back yet, as warnings; none while somebody works here.

        Costs next to nothing where there are none.
        """
        try:
            if not any(any((self.root / "safety").glob(f".{kind}-*.json")) for kind in ("restore", "server")):
                return ()
            from .jobs.preflight import open_restores

            found = [] if self.busy_with() else open_restores(self.kit())
        except (BackupError, OSError) as error:
            log.warning("open restores: %s", error)
            return ()
        return tuple(Problem(code=one.code, severity=one.severity, values=one.values) for one in found)

    def glance(self) -> Glance:
        """One look at sets and stored files."""
        from .jobs.listing import Glance

        return Glance(self.catalog, self)

    def listing(self, glance: Glance) -> Listing:
        """All sets, newest first, as lists show them."""
        from .jobs.listing import listing

        return listing(glance, self.catalog, lambda: bool(self.busy_with()), lambda: vanished(self.loaded))

    @property
    def store(self) -> FolderStore:
        """Where the stored files are."""
        from .stores.folder import FolderStore

        return FolderStore(self.loaded.path if self.loaded.loose else self.root, self.files)

    def runs(self) -> Runs:
        """What became of every due time."""
        from .watch.proven import proven
        from .watch.runs import Runs
        from .watch.whose import owner_of

        return Runs(
            self.root / "logs",
            self.files,
            self.clock,
            is_there=lambda: not is_absent(self.root),
            owner=owner_of(self.loaded.path),
            proof=lambda run: proven(run, self.catalog, self.clock.now()),
        )

    def settle_in(self) -> None:
        """Make the root, and know the schedules from now on; not where its disk is missing. Raises `StoreFailed`."""
        from .watch.schedule import fingerprint

        if vanished(self.loaded) is not None:
            self.keep_settings()
            return
        try:
            self.files.make_folder(self.root / "logs")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise StoreFailed("root.write_failed", path=str(self.root), why=why) from error
        self.keep_settings()
        runs = self.runs()
        for one in self.loaded.settings.schedules:
            runs.known(one.name, fingerprint(one))

    def keep_settings(self) -> None:
        """Remember these settings for whoever can't read them any more. Never raises."""
        from .config import last_good

        last_good.keep(self.loaded, self.files)

    def oddities(self) -> tuple[Problem, ...]:
        """See `watch.home.oddities`."""
        return oddities(self.loaded)

    def ask(
        self, identity: Identity | None, right: Right, what: str, target: str, health: Callable[[], Health]
    ) -> None:
        """Refuse what the person's role does not allow; trail and audit table are told. Raises `Refused`.

        A backup folder without settings allows nobody what would need them (``bare.needs_settings``).
        """
        role = role_of(identity, self.loaded.settings.roles)
        if right in role.rights and self.loaded.bare and right not in WITHOUT_SETTINGS:
            raise Refused("bare.needs_settings", path=str(self.loaded.path), what=what)
        if right in role.rights:
            return
        from .jobs.account import refused
        from .watch import audit_row
        from .watch.after import Ending

        person = (identity or os_identity()).name
        values: dict[str, str | int] = {"who": person, "role": role, "what": what, "needs": least(right)}
        trail = None if is_absent(self.root) else self.trail()
        code = "role.denied_by_host" if identity is not None and identity.host_role is not None else "role.denied"
        error = refused(trail, person, what, target, code, values)
        outcome = Outcome(status=Status.REFUSED, problems=(error.problem,), set=target or None)
        audit_row.write(Ending(action=what, origin=Origin.MANUAL, who=person, outcome=outcome), self.watching(health))
        raise error

    def kit(self) -> Kit:
        """What a job works with. Raises `Refused` when there is no such engine."""
        from .jobs.kit import Kit

        self.used[:] = [engine := self.engine()]
        return Kit(
            loaded=self.loaded,
            root=self.root,
            engine=engine,
            store=self.store,
            catalog=self.catalog,
            audit=self.trail(),
            files=self.files,
            clock=self.clock,
        )

    def engine(self) -> Engine:
        """One line for each kind of database; nothing is opened before something is asked of it."""
        from .engines.port import DatabaseRef

        names = self.loaded.database_names
        refs = tuple(DatabaseRef(name=name, location=self.loaded.database_location(name)) for name in names)
        if self.loaded.settings.engine == "sqlserver" and self.loaded.has_server:  # plain files come out without one
            from .engines.sqlserver_open import opened

            return opened(refs, self.loaded, self.files, self.clock, self.trace)
        from .engines.sqlite import SqliteEngine

        return SqliteEngine(refs, self.files)

    def watching(self, health: Callable[[], Health]) -> Watching:
        """What whoever listens to jobs works with."""
        from .watch.after import Watching

        return Watching(
            loaded=self.loaded,
            root=self.root,
            catalog=self.catalog,
            audit=self.trail(),
            files=self.files,
            clock=self.clock,
            health=health,
            note=self._note,
        )

    def runner_kit(self, actions: dict[str, Act], health: Callable[[], Health], by: str) -> RunnerKit:
        """What a runner of due times works with; ``by`` is what started it."""
        from .watch.pings import Pings
        from .watch.runner import RunnerKit

        return RunnerKit(
            schedules=self.loaded.settings.schedules,
            runs=self.runs(),
            actions=actions,
            probe=self.ready,
            pings=Pings(self.watching(health)),
            clock=self.clock,
            by=by,
            is_busy=lambda: bool(self.busy_with()),
        )

    def ready(self, action: str) -> tuple[Problem, ...]:
        """What keeps ``action`` from being worth a try now; nothing: it is ready."""
        from .watch import readiness

        return readiness.probe(action, self.kit())

    def busy_with(self) -> str:
        """The verb of whoever works on the root now, this process included; empty when nobody does."""
        from .jobs.lease import who_holds

        holder = who_holds(self.root)
        return holder.verb if holder is not None else ""

    @contextlib.contextmanager
    def log(self, *, new: bool = False) -> Iterator[None]:
        """Keep today's log meanwhile; only a backup (``new``) makes the root, or begins in the place of a lost disk."""
        from .jobs.logs import start_log, stop_log

        if not new and not self.loaded.loose and (not self.root.is_dir() or vanished(self.loaded) is not None):
            yield
            return
        level = "debug" if self.debug else self.loaded.settings.logs.level
        start_log(self.root / "logs", level, self.clock, self.files, self.loaded.secret_values)
        try:
            yield
        except BackupError:
            raise
        except Exception:
            log.exception("an error of the program itself")
            raise
        finally:
            stop_log()

    @staticmethod
    def shared(report: Report | None = None, cancel: CancelToken | None = None) -> AbstractContextManager[Report]:
        """Let other processes see what is reported, and ask to stop; yields what to report to."""
        from .jobs.progress import shared

        return shared(report, cancel) if report is not None else shared(cancel=cancel)

    def _note(self, name: str, row: AuditRow) -> None:
        """Add ``row`` to the audit table of a database, unless its server was away just now. Raises `BackupError`."""
        next(iter(self.used), self.engine()).note(name, row)


class ModelSettings(ABC):
    """What the door does about settings, present ones and others not yet saved; `model.BackupModel` is one."""

    def __init__(
        self, loaded: Loaded, files: Files, clock: Clock, *, debug: bool = False, identity: Identity | None = None
    ) -> None:
        self.loaded = loaded
        self.catalog = Catalog(loaded.root, files)
        if loaded.loose:
            from .jobs.loose_sets import catalog_of

            self.catalog = catalog_of(loaded, files)
        self._identity, self._files, self._clock = identity, files, clock
        self._parts = Parts(loaded, files, clock, self.catalog, debug=debug)

    @abstractmethod
    def health(self) -> Health:
        """Whether all is well."""

    def _allow(self, right: Right, what: str, target: str = "") -> None:
        """Refuse what the person's role does not allow, and write the refusal down. Raises `Refused`."""
        if by_schedule() is None:  # those were ordered by whoever wrote the schedules down
            self._parts.ask(self._identity, right, what, target, self.health)

    def ask_settings(self, what: str, *, change: bool) -> None:
        """Ask whether the person may look at the settings, or (``change``) replace them. Raises `Refused`."""
        self._allow(Right.CONFIG if change or self.loaded.bare else Right.LOOK, what)

    def reconfigure(self, draft: Draft, who: str) -> Outcome:
        """Save changed settings, all or nothing. Raises `Refused`, `BadInput` (`jobs.reconfigure`)."""
        from .jobs import reconfigure

        self._allow(Right.CONFIG, reconfigure.WHAT)
        trail = None if is_absent(self._parts.root) else self._parts.trail()
        with self._parts.log():
            return reconfigure.reconfigure(draft, who, trail, self._parts.files)

    @classmethod
    def mend(cls, draft: Draft, who: str, identity: Identity | None = None) -> Outcome:
        """The same where the settings in the file can't be used: who may, they say still, or said last.

        Raises also `BadInput` (``config.changed``) where they can be used by now.
        """
        from .config.salvage import governed

        try:
            load(draft.path)
        except BadInput:
            return cls(governed(draft.path), RealFiles(), SystemClock(), identity=identity).reconfigure(draft, who)
        raise BadInput("config.changed", file=str(draft.path))

    def next_runs(self, start: datetime | None, count: int, of: Container[str] | None = None) -> tuple[Occurrence, ...]:
        """The next ``count`` due times after ``start`` (aware; None: now), the earliest first; ``of`` these actions."""
        from .watch import schedule

        self._allow(Right.LOOK, "schedule next")
        wanted = [one for one in self.loaded.settings.schedules if of is None or one.action in of]
        return schedule.upcoming(wanted, start or self._clock.now(), count)

    def preview_runs(self, schedules: Sequence[Schedule], count: int) -> Calendar:
        """The next runs by other ``schedules``, and what a change of clocks does to them."""
        from .watch import previews

        self._allow(Right.LOOK, "schedule next")
        return previews.calendar(schedules, self._clock.now(), count)

    def starter(self) -> Starter:
        """Who starts what is due. Raises `Refused`, `StoreFailed`."""
        from .watch import starters, tasks

        self._allow(Right.LOOK, "schedule status")
        status = None
        with contextlib.suppress(BackupError):
            status = tasks.here(self.loaded, self._files).status()
        runs = self._parts.runs().newest()
        return starters.starter(status, runs, self.loaded.settings.schedules, self._clock.now())

    def preview_retention(self, rules: Retention) -> PrunePlan:
        """What retention would decide by other ``rules``; changes nothing."""
        from .watch import previews

        self._allow(Right.PLAN, "prune --plan")
        return previews.retention(self._parts.kit(), rules)

    def try_database(self, name: str, location: str) -> tuple[Finding, ...]:
        """Whether the database ``name`` could be backed up if it were at ``location``, as settings say it."""
        databases = self.loaded.settings.databases
        self._allow(Right.LOOK if databases.get(name) == location else Right.CONFIG, "check", name)
        settings = msgspec.structs.replace(self.loaded.settings, databases={name: location})
        other = Loaded(self.loaded.path, self.loaded.document, settings, self.loaded.environment)
        engine = replace(self._parts, loaded=other).engine()
        refs = (ref for ref in engine.databases() if ref.name == name)
        return tuple(one for ref in refs for one in engine.preflight(ref))

    def notify_test(self, who: str, draft: Draft | None = None) -> Outcome:
        """Send a test notice through every channel (of ``draft``), by the very way of the scheduled runs."""
        from .watch import notify, pings

        self._allow(Right.RUN if draft is None else Right.CONFIG, "notify test")
        other = draft.loaded() if draft is not None else None
        parts = self._parts if other is None else replace(self._parts, loaded=other)
        if other is None:
            parts.keep_settings()
        with parts.log():
            watching = parts.watching(self.health)
            return pings.Pings(watching).looked_at(notify.test(watching, who))
