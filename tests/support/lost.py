"""A folder of SQL Server's backup files that no manifest describes, written by `bak_writer` as a chain grows."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from rexus.modules.backup.engines.headers import BackupHeader, SetType

from .bak_writer import BackupSpec, write_backup

PAYLOAD = bytes(number * 7 % 251 for number in range(150_000))
LOG = bytes(number * 11 % 241 for number in range(20_000))
MINUTES = 10
START = datetime(2026, 3, 10, 2, 0)


def lsn(block: int) -> int:
    """The first record of a block of the log."""
    return int(f"41{block:010d}{1:05d}")


class Story:
    """The backups of one database, ten minutes apart; every method writes one and goes on from there."""

    def __init__(self, folder: Path, database: str = "erp", *, server: str = "SRV1", family: str = "") -> None:
        self.folder, self.database, self.server = folder, database, server
        self.family = family or str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{server}/{database}"))
        self.at, self.block, self.number = START, 100, 0
        self.base: BackupHeader | None = None
        self.logged = 100
        folder.mkdir(parents=True, exist_ok=True)

    def full(self, name: str, **how: object) -> BackupHeader:
        """A full backup; differentials go on it from now on."""
        self.base = self._write(name, SetType.FULL, first=self.block, **how)
        return self.base

    def differential(self, name: str, **how: object) -> BackupHeader:
        """What changed since the last full backup."""
        assert self.base is not None
        named = {"differential_base_lsn": self.base.checkpoint_lsn, "differential_base_guid": self.base.set_guid}
        return self._write(name, SetType.DIFFERENTIAL, first=self.block, **{**named, **how})

    def log(self, name: str, **how: object) -> BackupHeader:
        """The log since the last log backup."""
        first, self.logged = self.logged, self.block + 10
        return self._write(name, SetType.LOG, first=first, **how)

    def lose_log(self) -> None:
        """A log backup that nobody has any more."""
        self.at += timedelta(minutes=MINUTES)
        self.block += 10
        self.logged = self.block

    def _write(
        self,
        name: str,
        kind: SetType,
        *,
        first: int,
        packed: bool = False,
        stripes: int = 1,
        append: bool = False,
        finished: bool = True,
        **header: object,
    ) -> BackupHeader:
        self.number += 1
        made = BackupHeader(
            database=self.database,
            type=kind,
            server=self.server,
            machine=self.server,
            user="ERP\\backup",
            software_major=16,
            software_build=4135,
            started_at=self.at,
            finished_at=self.at + timedelta(seconds=7),
            utc_offset_minutes=0,
            first_lsn=lsn(first),
            last_lsn=lsn(self.block + 10),
            checkpoint_lsn=lsn(first),
            database_backup_lsn=self.base.checkpoint_lsn if self.base is not None else None,
            set_guid=str(uuid.uuid5(uuid.UUID(self.family), str(self.number))),
            family_guid=self.family,
            recovery_fork=self.family,
            first_recovery_fork=self.family,
            recovery_model="FULL",
            page_verify="CHECKSUM",
        )
        whole = msgspec.structs.replace(made, **header)
        payload = b"" if kind is SetType.LOG else PAYLOAD
        spec = BackupSpec(header=whole, payload=payload, log=LOG, checksum=True, append=append, finished=finished)
        paths = [self.folder / (f"{number}_{name}" if stripes > 1 else name) for number in range(1, stripes + 1)]
        written = write_backup(paths, spec).header
        for path in paths if packed else ():
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 1))
            path.unlink()
        self.at += timedelta(minutes=MINUTES)
        self.block += 10
        return written


def small_backup() -> bytes:
    """A full backup of a small database."""
    with tempfile.TemporaryDirectory() as folder:
        Story(Path(folder)).full("erp.bak")
        return (Path(folder) / "erp.bak").read_bytes()


def original_set(root: Path, name: str, databases: dict[str, bytes]) -> None:
    """A set as the original program left it: its manifest tells of the ``.bak``, the disk holds the ``.bak.gz``."""
    (root / "databases").mkdir(parents=True, exist_ok=True)
    told = {}
    for database, content in databases.items():
        file = f"{database}_{name}.bak"
        (root / "databases" / f"{file}.gz").write_bytes(gzip.compress(content, 1))
        told[database] = {
            "status": "completed",
            "file": f"C:\\Rexus\\backups\\databases\\{file}",
            "size_bytes": len(content),
            "checksum": hashlib.md5(content).hexdigest(),
            "timestamp": name,
        }
    at = datetime.strptime(name, "%Y%m%d_%H%M%S").isoformat()
    manifest = {
        "timestamp": name,
        "type": "full",
        "started_at": at,
        "completed_at": at,
        "databases": told,
        "config": {"status": "completed", "files": [], "timestamp": name},
        "application": {"status": "completed", "directories": [], "timestamp": name},
        "status": "completed",
        "errors": [],
    }
    (root / f"backup_manifest_{name}.json").write_text(json.dumps(manifest), "utf-8")
