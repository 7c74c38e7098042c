"""Puts the parts together: what the jobs work with, what listens to them, what runs them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .base.clock import Clock
from .base.errors import BackupError, Refused
from .base.files import Files
from .base.records import Problem
from .base.watching import AuditRow, Health
from .catalog.index import Catalog
from .config.load import Loaded

if TYPE_CHECKING:
    from .catalog.ledger import Audit
    from .engines.port import Engine
    from .jobs.kit import Kit
    from .watch.actions import Act
    from .watch.after import Watching
    from .watch.runner import RunnerKit
    from .watch.runs import Runs

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one configured backup root. Libraries that only one verb needs are imported by that verb."""

    loaded: Loaded
    files: Files
    clock: Clock
    catalog: Catalog
    debug: bool = False

    @property
    def root(self) -> Path:
        """The backup folder."""
        return self.loaded.root

    def trail(self) -> Audit:
        """The chained trail of who did what."""
        from .catalog.ledger import Audit

        return Audit(self.root / "logs", self.files, self.clock)

    def runs(self) -> Runs:
        """What became of every due time."""
        from .watch.runs import Runs

        return Runs(self.root / "logs", self.files, self.clock)

    def kit(self) -> Kit:
        """What a job works with. Raises `Refused` when there is no such engine."""
        from .jobs.kit import Kit
        from .stores.folder import FolderStore

        return Kit(
            loaded=self.loaded,
            root=self.root,
            engine=self.engine(),
            store=FolderStore(self.root, self.files),
            catalog=self.catalog,
            audit=self.trail(),
            files=self.files,
            clock=self.clock,
        )

    def engine(self) -> Engine:
        """One line for each kind of database. Raises `Refused`."""
        from .engines.port import DatabaseRef

        if self.loaded.settings.engine != "sqlite":
            raise Refused("engine.unavailable", engine=self.loaded.settings.engine, allowed="sqlite")
        from .engines.sqlite import SqliteEngine

        names = self.loaded.database_names
        refs = tuple(DatabaseRef(name=name, location=self.loaded.database_location(name)) for name in names)
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

    def runner_kit(
        self,
        actions: dict[str, Act],
        probe: Callable[[str], tuple[Problem, ...]],
        health: Callable[[], Health],
        by: str,
    ) -> RunnerKit:
        """What a runner of due times works with; ``by`` is what started it."""
        from .watch.pings import Pings
        from .watch.runner import RunnerKit

        return RunnerKit(
            schedules=self.loaded.settings.schedules,
            runs=self.runs(),
            actions=actions,
            probe=probe,
            pings=Pings(self.watching(health)),
            clock=self.clock,
            by=by,
        )

    @contextlib.contextmanager
    def log(self, *, new: bool = False) -> Iterator[None]:
        """Keep today's log while something is done; only a backup (``new``) makes the root for it."""
        from .jobs.logs import start_log, stop_log

        if not new and not self.root.is_dir():
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

    def _note(self, name: str, row: AuditRow) -> None:
        """Add ``row`` to the audit table of a database. Raises `BackupError`."""
        self.engine().note(name, row)
