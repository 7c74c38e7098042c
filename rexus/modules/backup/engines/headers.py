"""What is known of one SQL Server backup, wherever it was read: by the server (HEADERONLY), or from the file itself.

LSNs are whole numbers (25 digits do not fit 64 bits), GUIDs lower-case text. None is unknown: a reader of files can't
see all that a server can (`bak-format`, section 3), and older servers show fewer columns. Instants of SQL Server are
the server's wall time without a zone; they stay naive here, and `utc_offset_minutes` tells what is known of the zone.
"""

from __future__ import annotations

import enum
from datetime import datetime

from ..base.records import BackupKind, Record


class SetType(enum.IntEnum):
    """``BackupType`` of HEADERONLY."""

    FULL = 1
    LOG = 2
    FILE = 4
    DIFFERENTIAL = 5
    FILE_DIFFERENTIAL = 6
    PARTIAL = 7
    PARTIAL_DIFFERENTIAL = 8


KIND_OF: dict[SetType, BackupKind] = {
    SetType.FULL: BackupKind.FULL,
    SetType.DIFFERENTIAL: BackupKind.DIFFERENTIAL,
    SetType.LOG: BackupKind.LOG,
}
"""The kinds that this program makes and restores."""


class MediaLabel(Record, frozen=True, kw_only=True):
    """One file of a media set (LABELONLY)."""

    media_set_id: str
    family_count: int = 1
    family_sequence: int = 1
    family_id: str = ""
    """``MediaFamilyId``: tells the files of one set apart."""
    media_sequence: int = 1
    media_name: str = ""
    description: str = ""
    software: str = ""
    written_at: datetime | None = None
    """When the media set was begun; server wall time."""
    block_bytes: int = 512
    """Sector size of what it was written to: 512 or 4096."""
    has_password: bool = False
    """MEDIAPASSWORD was given; it encrypts nothing, only servers ask for it."""
    compressed: bool = False
    encrypted: bool = False


class FileEntry(Record, frozen=True, kw_only=True):
    """One file of the database that a backup holds (FILELISTONLY)."""

    logical_name: str
    physical_name: str
    """As the server that made the backup names it."""
    type: str
    """``D`` data, ``L`` log, ``F`` full-text, ``S`` filestream or memory-optimized."""
    file_id: int
    size_bytes: int
    max_bytes: int | None = None
    growth: int | None = None
    """Bytes, or per cent where ``growth_is_percent``; FILELISTONLY does not show it."""
    growth_is_percent: bool = False
    file_group: str = ""
    file_group_id: int = 0
    backup_bytes: int | None = None
    """Bytes of the file in the backup; of log files known at the end only, so FILELISTONLY shows 0."""
    source_block_bytes: int | None = None
    unique_id: str = ""
    create_lsn: int | None = None
    drop_lsn: int | None = None
    differential_base_lsn: int | None = None
    differential_base_guid: str | None = None
    is_present: bool = True


class BackupHeader(Record, frozen=True, kw_only=True):
    """One backup set of a media set (HEADERONLY)."""

    database: str
    type: SetType
    position: int = 1
    name: str = ""
    description: str = ""
    server: str = ""
    machine: str = ""
    user: str = ""
    database_version: int | None = None
    software_major: int
    software_minor: int = 0
    software_build: int = 0
    compatibility_level: int | None = None
    collation: str | None = None
    sort_order: int | None = None
    """Sort id of an ``SQL_`` collation; 0 for the others."""
    locale_id: int | None = None
    comparison_style: int | None = None
    created_at: datetime | None = None
    """When the database was made; server wall time."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    """None: it was never finished (or nobody knows); server wall time."""
    expires_at: datetime | None = None
    utc_offset_minutes: int | None = None
    """Of the server's wall time, as far as the backup tells; not to be trusted blindly."""
    size_bytes: int | None = None
    """``BackupSize``, near the size of the stream, not equal; for stripes of all together."""
    compressed_bytes: int | None = None
    compressed: bool = False
    first_lsn: int | None = None
    last_lsn: int | None = None
    """Of the record after the last one in the backup (exclusive)."""
    checkpoint_lsn: int | None = None
    database_backup_lsn: int | None = None
    """Checkpoint of the full before this one."""
    differential_base_lsn: int | None = None
    differential_base_guid: str | None = None
    set_guid: str = ""
    media_set_id: str = ""
    family_guid: str = ""
    binding_id: str = ""
    recovery_fork: str = ""
    first_recovery_fork: str = ""
    fork_point_lsn: int | None = None
    recovery_model: str = ""
    """``FULL``, ``BULK-LOGGED`` or ``SIMPLE``."""
    page_verify: str = ""
    """``CHECKSUM``, ``TORN_PAGE_DETECTION`` or ``NONE``; HEADERONLY does not show it."""
    flags: int | None = None
    has_checksums: bool = False
    is_damaged: bool = False
    is_copy_only: bool = False
    is_snapshot: bool = False
    is_read_only: bool = False
    is_single_user: bool = False
    has_bulk_logged_data: bool = False
    has_incomplete_metadata: bool = False
    is_force_offline: bool = False
    """Taken WITH NORECOVERY: the tail of the log."""
    begins_log_chain: bool = False
    encryptor_thumbprint: str | None = None
    compression_algorithm: str | None = None
    finished: bool = True
    """False where the closing half of the set is missing: the backup broke off."""
