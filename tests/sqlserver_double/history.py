"""What msdb remembers of backups and restores."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

LETTERS = {1: "D", 2: "L", 5: "I"}
"""``backupset.type`` by ``BackupType`` of HEADERONLY."""


@dataclass(frozen=True, slots=True)
class MediaSet:
    """``backupmediaset``."""

    id: int
    guid: str
    family_count: int
    name: str | None
    description: str | None
    compressed: bool


@dataclass(frozen=True, slots=True)
class MediaFamily:
    """``backupmediafamily``: one file."""

    media_set_id: int
    sequence: int
    family_id: str
    path: str
    device_type: int
    mirror: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSetRow:
    """``backupset``."""

    id: int
    media_set_id: int
    guid: str
    type: str
    position: int
    database: str
    server: str
    machine: str
    user: str
    name: str | None
    description: str | None
    started: datetime
    finished: datetime
    database_created: datetime
    expires: datetime | None
    first_lsn: int
    last_lsn: int
    checkpoint_lsn: int
    database_backup_lsn: int
    fork_point_lsn: int | None
    first_fork: str
    last_fork: str
    family_guid: str
    differential_base_lsn: int | None
    differential_base_guid: str | None
    size: int
    compressed_size: int
    recovery_model: str
    compatibility: int
    database_version: int
    software: tuple[int, int, int]
    collation: str
    copy_only: bool
    checksums: bool
    damaged: bool
    force_offline: bool
    begins_chain: bool
    single_user: bool
    flags: int
    thumbprint: bytes | None = None


@dataclass(frozen=True, slots=True)
class RestoreRow:
    """``restorehistory``."""

    id: int
    at: datetime
    database: str
    user: str
    backup_set_id: int | None
    type: str
    replace: bool
    recovery: bool
    stop_at: datetime | None
    files: tuple[str, ...] = ()


@dataclass(slots=True)
class History:
    """The tables of msdb."""

    media_sets: list[MediaSet] = field(default_factory=list)
    families: list[MediaFamily] = field(default_factory=list)
    sets: list[BackupSetRow] = field(default_factory=list)
    restores: list[RestoreRow] = field(default_factory=list)
    full: bool = False
    """Nothing more can be written into it: what is done is done all the same."""

    def forget(self, database: str) -> None:
        """Drop the history of a database, as sp_delete_database_backuphistory does."""
        self.sets = [one for one in self.sets if one.database.casefold() != database.casefold()]
        self.restores = [one for one in self.restores if one.database.casefold() != database.casefold()]
