"""The door: what one can ask and order. The only place that puts the parts together; no Qt here."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .base.cancel import CancelToken
from .base.clock import Clock, SystemClock
from .base.errors import BackupError, Refused
from .base.files import Files, RealFiles
from .base.records import (
    BackupRequest,
    Finding,
    Manifest,
    Origin,
    Pin,
    Problem,
    PruneRequest,
    RestorePlan,
    RestoreRequest,
    VerifyRequest,
)
from .base.texts import use_language
from .catalog.index import Catalog, Listing
from .config.load import Loaded, load

if TYPE_CHECKING:
    from .catalog.ledger import Audit, AuditReport
    from .engines.port import Engine
    from .jobs.backup import BackupResult
    from .jobs.kit import Kit, Report
    from .jobs.removal import RemovalResult
    from .jobs.restore import RestoreResult
    from .jobs.verify import VerifyResult


log = logging.getLogger(__name__)


class BackupModel:
    """One configured backup root. Libraries that only one verb needs are imported by that verb."""

    def __init__(self, loaded: Loaded, files: Files, clock: Clock, *, debug: bool = False) -> None:
        self.loaded = loaded
        self._debug = debug
        self.root = loaded.root
        self._files, self._clock = files, clock
        self.catalog = Catalog(self.root, files)

    @classmethod
    def open(
        cls,
        config: Path,
        *,
        language: str | None = None,
        files: Files | None = None,
        clock: Clock | None = None,
        debug: bool = False,
    ) -> BackupModel:
        """Read the configuration; touches nothing. Raises `BadInput` naming every wrong setting."""
        loaded = load(config)
        use_language(language or loaded.settings.language)
        return cls(loaded, files or RealFiles(), clock or SystemClock(), debug=debug)

    def backup(self, request: BackupRequest, report: Report, cancel: CancelToken) -> BackupResult:
        """Take a backup set. Raises `Refused`, `Busy`; else the outcome tells."""
        from .jobs import backup

        kit = self._kit()
        backup.agreed(request, kit)
        with self._log(new=True):
            return backup.perform(request, kit, report, cancel)

    def verify(self, request: VerifyRequest, report: Report, cancel: CancelToken) -> VerifyResult:
        """Check stored sets. Raises `BadInput`, `Busy`, `Cancelled`."""
        from .jobs import verify

        with self._log():
            return verify.perform(request, self._kit(), report, cancel)

    def plan_restore(self, request: RestoreRequest) -> RestorePlan:
        """Say what a restore would do. Raises `BadInput`."""
        from .jobs import restore

        return restore.preview(request, self._kit())

    def restore(self, request: RestoreRequest, report: Report, cancel: CancelToken) -> RestoreResult:
        """Bring data back. Raises `BadInput`, `Busy`; else the outcome tells."""
        from .jobs import restore

        with self._log():
            return restore.perform(request, self._kit(), report, cancel)

    def listing(self) -> Listing:
        """All sets, newest first, with the problems of manifests that can't be read."""
        return self.catalog.entries()

    def show(self, name: str) -> Manifest:
        """One set, whole. Raises `BadInput`."""
        return self.catalog.load(name)

    def delete(self, request: PruneRequest) -> RemovalResult:
        """Delete sets; the newest proven backup of a database is refused. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        with self._log():
            return removal.delete(request, self._kit())

    def pin(self, sets: tuple[str, ...], name: str, until: datetime | None, who: str) -> RemovalResult:
        """Keep these sets whatever the rules say. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        with self._log():
            return removal.pin(sets, Pin(name=name, until=until, by=who), who, self._kit())

    def unpin(self, sets: tuple[str, ...], who: str) -> RemovalResult:
        """Take the pins away. Raises `BadInput`, `Busy`."""
        from .jobs import removal

        with self._log():
            return removal.pin(sets, None, who, self._kit())

    def check(self) -> tuple[Finding, ...]:
        """Look whether a backup would work now. Raises `Refused` when there is no such engine."""
        from .jobs import preflight

        return preflight.findings(self._kit())

    def audit(self) -> Audit:
        """The chained trail of who did what."""
        from .catalog.ledger import Audit

        return Audit(self.root / "logs", self._files, self._clock)

    def audit_verify(self) -> AuditReport:
        """Whether the trail is whole; none at all beside sets that somebody made is not whole."""
        report = self.audit().verify()
        if report.lines or not any(one.origin is not Origin.LEGACY for one in self.catalog.entries().sets):
            return report
        problem = Problem(code="audit.absent", values={"path": str(self.root / "logs")})
        return msgspec.structs.replace(report, ok=False, problems=(*report.problems, problem))

    def log_path(self) -> Path:
        """Today's log."""
        return self.root / "logs" / f"backup_{self._clock.now().astimezone():%Y-%m-%d}.log"

    @contextlib.contextmanager
    def _log(self, *, new: bool = False) -> Iterator[None]:
        """Keep today's log while something is done; only a backup makes the root for it."""
        from .jobs.logs import start_log, stop_log

        if not new and not self.root.is_dir():
            yield
            return
        level = "debug" if self._debug else self.loaded.settings.logs.level
        start_log(self.root / "logs", level, self._clock, self._files, self.loaded.secret_values)
        try:
            yield
        except BackupError:
            raise
        except Exception:
            log.exception("an error of the program itself")
            raise
        finally:
            stop_log()

    def _kit(self) -> Kit:
        from .jobs.kit import Kit
        from .stores.folder import FolderStore

        return Kit(
            loaded=self.loaded,
            root=self.root,
            engine=self._engine(),
            store=FolderStore(self.root, self._files),
            catalog=self.catalog,
            audit=self.audit(),
            files=self._files,
            clock=self._clock,
        )

    def _engine(self) -> Engine:
        """One line for each kind of database."""
        from .engines.port import DatabaseRef

        if self.loaded.settings.engine != "sqlite":
            raise Refused("engine.unavailable", engine=self.loaded.settings.engine, allowed="sqlite")
        from .engines.sqlite import SqliteEngine

        names = self.loaded.database_names
        refs = tuple(DatabaseRef(name=name, location=self.loaded.database_location(name)) for name in names)
        return SqliteEngine(refs, self._files)
