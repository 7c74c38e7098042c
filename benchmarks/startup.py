"""A root with many sets, and what it costs to ask a program something."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from peers import PROJECT

PROGRAM = str(PROJECT / "main_backup.py")
TIMES = 9


def keep_compiled(folder: Path) -> None:
    """Have each Python started from here keep in ``folder`` what it compiles, as where the program is installed.

    Else, where an environment forbids to keep it, every start would compile the whole program anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def seconds(arguments: list[str], allowed: tuple[int, ...] = (0,)) -> float:
    """Median wall seconds of a Python started with ``arguments``; the first start is not counted."""
    measured = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        ran = subprocess.run([sys.executable, *arguments], check=False, stdout=subprocess.DEVNULL)
        if ran.returncode not in allowed:
            raise subprocess.CalledProcessError(ran.returncode, ran.args)
        measured.append(time.perf_counter() - start)
    return statistics.median(measured[1:])


def write_sets(root: Path, count: int, last: datetime) -> None:
    """Manifests of three databases each, an hour apart, up to ``last``, with archives full of nothing."""
    from rexus.modules.backup.base import records
    from rexus.modules.backup.catalog import manifest

    (root / "databases").mkdir(parents=True, exist_ok=True)
    first = last - timedelta(hours=count - 1)
    for number in range(count):
        at = first + timedelta(hours=number)
        name = f"{at:%Y%m%d_%H%M%S}"
        check = records.Check(depth=records.Depth.CONTENT, at=at, ok=True, stored_sha256="ab" * 32)
        databases = {
            database: records.DatabaseBackup(
                status=records.SetStatus.COMPLETED,
                file=f"databases/{database}_{name}.bak.gz",
                size_bytes=100_000_000,
                stored_bytes=40_000_000,
                checksum="cd" * 32,
                stored_sha256="ab" * 32,
                codec=records.Codec.GZIP,
                timestamp=name,
                checks=(check,),
            )
            for database in ("users", "inventario", "auditoria")
        }
        whole = records.Manifest(
            timestamp=name,
            started_at=at,
            completed_at=at + timedelta(minutes=1),
            status=records.SetStatus.COMPLETED,
            databases=databases,
            set_id=f"00000000-0000-4000-8000-{number:012}",
        )
        path = manifest.manifest_path(root, name)
        path.write_bytes(manifest.to_text(whole))
        os.utime(path, (at.timestamp(), at.timestamp()))  # as old as its set: an index may doubt what is seconds old
        for one in databases.values():
            archive = root / (one.file or "")
            archive.touch()
            os.truncate(archive, one.stored_bytes)


def configure(folder: Path, sets: int, last: datetime) -> None:
    """A root with ``sets`` sets, and its configuration."""
    config = str(folder / "backup_config.json")
    database = f"users={folder / 'users.db'}"
    root = folder / "backups"
    write_sets(root, sets, last)
    (folder / "users.db").touch()  # a database that is not there is a warning
    arguments = [PROGRAM, "--config", config, "config", "init", "--engine", "sqlite", "--root", str(root)]
    subprocess.run([sys.executable, *arguments, "--database", database], check=True, stdout=subprocess.DEVNULL)
