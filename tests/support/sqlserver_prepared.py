"""A company with a chain of backups, made once for many tests: each begins where it stood, and is looked at after."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlcmd_double.install import install
from sqlserver_double.prelogin import Encryption
from sqlserver_double.server import Server
from sqlserver_double.world_memory import FolderMemory, WorldMemory

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BackupError, Busy, Refused
from rexus.modules.backup.base.files import Files
from rexus.modules.backup.base.records import (
    BackupKind,
    BackupRequest,
    Finding,
    JobEvent,
    Outcome,
    Problem,
    RestoreRequest,
    Severity,
    Status,
)
from rexus.modules.backup.base.watching import DrillRequest

from .sqlserver import Company, company

ODBC, GO, ODBC18 = "odbc", "go", "odbc18"


class Seen(NamedTuple):
    """All that a failure must leave as it was."""

    databases: dict[str, tuple[object, ...]]
    """State, who is let in, and every row of every table."""
    on_server: set[str]
    """Files of the server's disk."""
    half_done: set[str]
    """Of ours: unfinished files, and journals of restores under way."""
    unnamed: set[str]
    """Stored backups that no finished set names, and named ones that are not there."""


class Told(NamedTuple):
    """How an order ended."""

    status: Status
    problems: tuple[Problem | Finding, ...]

    @property
    def codes(self) -> set[str]:
        return {one.code for one in self.problems}


class Prepared:
    """The company, its three sets, and what one orders of it. `begin` before every test."""

    def __init__(self, firm: Company) -> None:
        self.firm = firm
        self.files: Files | None = None
        self.sets: dict[str, str] = {}
        """Its sets by kind."""
        self.patch = pytest.MonkeyPatch()
        self._chain()
        self._made = dict(self.sets)
        self._world = WorldMemory(firm.world)
        self._ours = [FolderMemory(firm.root), FolderMemory(firm.run.config.parent)]
        self._more = contextlib.ExitStack()

    def _chain(self) -> None:
        """A full, a differential and a log backup of one database, a row between each."""
        for number, kind in enumerate(BackupKind):
            self.firm.add("users", 1000 + number)
            self.sets[kind.value] = self.backed_up(kind)

    def backed_up(self, kind: BackupKind = BackupKind.FULL) -> str:
        """The name of a set that has no fault."""
        told = self.backup(kind)
        assert told.status is Status.OK, told
        return str(self._outcome.set)

    def begin(self, client: str) -> None:
        """All is as it was when the chain was made; the program comes by that client."""
        self.end()
        if client != ODBC:
            self.patch.setenv("REXUS_SQLCMD", str(install(self.firm.folder / client, client)))  # type: ignore[arg-type]
        self.firm.client = "odbc" if client == ODBC else "sqlcmd"
        self.firm.reconfigured()

    def end(self) -> None:
        """Nothing is ordered to go wrong any more, nobody is connected, and all is as it was."""
        self.calm()
        self.sets = dict(self._made)
        self._world.go_back()
        for one in self._ours:
            one.go_back()

    def calm(self) -> None:
        """What was ordered to go wrong does so no more, and the server has done with all that it did."""
        self.firm.world.faults.clear()
        self.firm.server.faults.clear()
        self.firm.server.disconnect()
        self.firm.world.disk.clear()
        self.patch.undo()
        self._more.close()
        self.files = None

    def serve_also(self, encryption: Encryption) -> None:
        """The same server by another door, which the program enters from now on."""
        server = self._more.enter_context(Server(self.firm.world, encryption))
        entry = self.firm.stand.entry
        self.firm.sign_in(entry.user, entry.password, f"127.0.0.1,{server.port}")

    def stored(self, kind: str) -> Path:
        """The file of one of the backups."""
        (path,) = (self.firm.root / "databases").glob(f"users_{self.sets[kind]}.*")
        return path

    # orders

    def backup(self, kind: BackupKind = BackupKind.FULL, report: Any = None) -> Told:
        """Back one database up."""
        request = BackupRequest(databases=("users",), kind=kind, files=False, requested_by="prueba")
        return self._told(lambda model: model.backup(request, report or _quiet, CancelToken()).outcome)

    def restore(self, of: str = "full", at: datetime | None = None, **how: Any) -> Told:
        """Restore one of the sets, beside what is there unless ``how`` says otherwise."""
        request = RestoreRequest(set=self.sets[of], databases=("users",), at=at, requested_by="prueba", **how)
        return self._told(lambda model: model.restore(request, _quiet, CancelToken()).outcome)

    def drill(self, of: str = "full") -> Told:
        """A restore test."""
        request = DrillRequest(databases=("users",), set=self.sets[of], requested_by="prueba")
        return self._told(lambda model: model.drill(request, _quiet, CancelToken()).outcome)

    def check(self) -> Told:
        """Would a backup work now?"""
        findings = self.firm.model().check()
        bad = [one for one in findings if one.severity is Severity.ERROR]
        return Told(Status.FAILED if bad else Status.OK, findings)

    def _told(self, order: Any) -> Told:
        try:
            self._outcome: Outcome = order(self.firm.model(self.files))
        except BackupError as error:
            status = {Refused: Status.REFUSED, Busy: Status.BUSY}
            found = next((one for kind, one in status.items() if isinstance(error, kind)), Status.FAILED)
            return Told(found, (error.problem,))
        return Told(self._outcome.status, self._outcome.problems)

    # looking

    def seen(self) -> Seen:
        """How everything is, asked past the wire."""
        world, root = self.firm.world, self.firm.root
        databases = {
            one.name: (
                one.state,
                one.user_access,
                one.recovery_model,
                one.read_only,
                {key: table.rows for key, table in one.content.tables.items()},
            )
            for one in world.databases.values()
        }
        disk = world.disk.folder
        there = {str(path.relative_to(disk)) for path in disk.rglob("*") if path.is_file()}
        half = {path.name for path in (*root.rglob("*.partial"), *root.rglob(".server-*"))}
        return Seen(databases, there, half, _stored(root) ^ _named(root))


def _stored(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in (root / "databases").glob("*")}


def _named(root: Path) -> set[str]:
    """Files that finished backups name."""
    manifests = [json.loads(path.read_text("utf-8")) for path in root.glob("backup_manifest_*.json")]
    backups = [one for manifest in manifests for one in manifest["databases"].values()]
    return {str(one["file"]) for one in backups if one["status"] == "completed" and one.get("file")}


def _quiet(event: JobEvent) -> None:
    """Nobody listens."""


@contextmanager
def prepared(folder: Path) -> Iterator[Prepared]:
    """One that lives as long as the context."""
    with company(folder, "odbc") as firm:
        made = Prepared(firm)
        try:
            yield made
        finally:
            made.end()
