"""A small company: an application folder with three databases, its configuration, and questions to ask of it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.clock import Clock
from rexus.modules.backup.base.files import Files
from rexus.modules.backup.base.records import BackupRequest, Depth, PruneRequest, RestoreRequest, VerifyRequest
from rexus.modules.backup.base.watching import DrillRequest, DrillResult
from rexus.modules.backup.jobs.backup import BackupResult
from rexus.modules.backup.jobs.removal import RemovalResult
from rexus.modules.backup.jobs.restored import RestoreResult
from rexus.modules.backup.jobs.verify import VerifyResult
from rexus.modules.backup.model import BackupModel

NAMES = ("users", "inventario", "auditoria")


def quiet(_: object) -> None:
    """Listen to nothing."""


class World:
    """The application below ``folder``; the backups in ``folder/backups``."""

    def __init__(self, folder: Path, rows: int = 200, **settings: object) -> None:
        self.folder = folder
        self.app = folder / "app"
        self.root = folder / "backups"
        self.config = folder / "backup_config.json"
        self.rows = rows
        self._settings = settings

    def build(self) -> World:
        """Create databases, application files and the configuration."""
        (self.app / "rexus/core").mkdir(parents=True)
        (self.app / "config").mkdir()
        (self.app / ".env").write_text("DB_PASSWORD=secreto-de-prueba\n", "utf-8")
        (self.app / "requirements.txt").write_text("PyQt6\n", "utf-8")
        (self.app / "config/rexus.json").write_text("{}", "utf-8")
        (self.app / "rexus/core/núcleo.py").write_text("x = 1\n", "utf-8")
        for name in NAMES:
            make_database(self.database(name), name, self.rows)
        settings: dict[str, object] = {
            "root": "backups",
            "engine": "sqlite",
            "app_root": "app",
            "databases": {name: f"app/{name}.db" for name in NAMES},
            "free_space_reserve_bytes": 0,
            **self._settings,
        }
        self.config.write_text(json.dumps(settings), "utf-8")
        return self

    def database(self, name: str) -> Path:
        """Path of a live database."""
        return self.app / f"{name}.db"

    def model(self, files: Files | None = None, clock: Clock | None = None) -> BackupModel:
        """The program, with these files and this clock."""
        return BackupModel.open(self.config, files=files, clock=clock)

    def backup(self, *names: str, files: bool = True, port: Files | None = None) -> BackupResult:
        """Back up."""
        request = BackupRequest(databases=names, files=files, requested_by="prueba")
        return self.model(port).backup(request, quiet, CancelToken())

    def verify(self, *sets: str, depth: Depth = Depth.CONTENT, port: Files | None = None) -> VerifyResult:
        """Verify these sets, or all."""
        request = VerifyRequest(sets=sets, all=not sets, depth=depth, requested_by="prueba")
        return self.model(port).verify(request, quiet, CancelToken())

    def overwrite(self, set_name: str, *names: str, port: Files | None = None) -> RestoreResult:
        """Restore over the live databases."""
        request = RestoreRequest(set=set_name, databases=names, overwrite=True, confirmed=names, requested_by="prueba")
        return self.model(port).restore(request, quiet, CancelToken())

    def drill(self, *names: str, port: Files | None = None, **asked: object) -> DrillResult:
        """Test the restore of these databases, or of all."""
        request = DrillRequest(databases=names, requested_by="prueba", **asked)  # type: ignore[arg-type]
        return self.model(port).drill(request, quiet, CancelToken())

    def delete(self, *sets: str, port: Files | None = None) -> RemovalResult:
        """Delete sets, confirmed."""
        return self.model(port).delete(PruneRequest(sets=sets, confirmed=sets, requested_by="prueba"))

    def content(self, name: str) -> tuple[tuple[object, ...], ...]:
        """Every row of a live database."""
        return rows_of(self.database(name))

    def add_row(self, name: str, text: str = "nueva fila") -> None:
        """Change a live database."""
        with contextlib.closing(sqlite3.connect(self.database(name))) as live, live:
            live.execute("insert into datos(texto) values(?)", (text,))

    def unfinished(self) -> list[str]:
        """Everything with the suffix of unfinished work, in the root and beside the databases."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.partial*"))

    def archives(self) -> set[str]:
        """Stored archives, by name."""
        folder = self.root / "databases"
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def make_database(path: Path, name: str, rows: int) -> None:
    """A database in WAL mode with ``rows`` rows."""
    with contextlib.closing(sqlite3.connect(path)) as live, live:
        live.execute("pragma journal_mode=wal")
        live.execute("create table if not exists datos(id integer primary key, texto text)")
        live.execute("create index if not exists por_texto on datos(texto)")
        live.executemany(
            "insert into datos(texto) values(?)", ((f"{name} fila número {i} ñandú " * 5,) for i in range(rows))
        )


def rows_of(path: Path) -> tuple[tuple[object, ...], ...]:
    """Every row of ``datos`` in the database at ``path``."""
    with contextlib.closing(sqlite3.connect(path)) as live:
        return tuple(live.execute("select id, texto from datos order by id"))
