"""What an engine says of a backup that it made, as manifests keep it."""

from __future__ import annotations

from datetime import datetime

import msgspec


class EngineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine itself says of a backup; unknown members stay None."""

    engine: str
    server: str = ""
    version: str = ""
    recovery_model: str | None = None
    page_size: int | None = None
    page_count: int | None = None
    journal_mode: str | None = None
    row_counts: dict[str, int] | None = None
    first_lsn: str | None = None
    last_lsn: str | None = None
    checkpoint_lsn: str | None = None
    database_backup_lsn: str | None = None
    differential_base_lsn: str | None = None
    differential_base_guid: str | None = None
    backup_set_guid: str | None = None
    family_guid: str | None = None
    recovery_fork_guid: str | None = None
    first_fork_guid: str | None = None
    fork_point_lsn: str | None = None
    database: str = ""
    """What the server calls the database."""
    wall_started_at: datetime | None = None
    """Wall time of the server, which keeps no zone."""
    wall_finished_at: datetime | None = None
    copy_only: bool = False
    bulk_logged: bool = False
    tail: bool = False
    """The end of the log: nothing of that database came behind it."""
    held_still: bool = False
    """The database was made read-only for the time of this backup: a restore of it opens it to writers again."""
    begins_log_chain: bool = False
    checksums: bool = False
    encryptor_thumbprint: str | None = None
    """Of the server's certificate that it is encrypted with; without its key nobody can restore it."""
    schema_fingerprint: str | None = None
    marks: dict[str, int] | None = None
    """What tells this state of the content from an earlier one, as the engine saw it while it was read."""
