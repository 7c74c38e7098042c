"""Every setting of `backup_config.json`: type, default, meaning. Documentation and schema come from here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from ..base.records import Codec, Depth, Record

VERSION = 1
NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
"""What the name of a database may be: it becomes part of file names on every system."""

Text = Annotated[str, Meta(min_length=1, max_length=1024)]
Time = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="a time as HH:MM, 00:00 to 23:59")]
Count = Annotated[int, Meta(ge=0, le=100_000)]
_KEPT = " (not obeyed yet: this version deletes nothing by itself)"
_RUN = " (not obeyed yet: this version installs no schedule by itself)"


class Compression(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How archives are compressed."""

    codec: Annotated[Codec, Meta(description="gzip reads everywhere, zstd is smaller, none stores as it is")] = (
        Codec.GZIP
    )
    level: Annotated[
        Annotated[int, Meta(ge=0, le=19)] | None,
        Meta(description="null: the best balance measured; gzip 0 to 3, zstd 1 to 19"),
    ] = None
    threads: Annotated[
        Annotated[int, Meta(ge=0, le=64)], Meta(description="threads for each database; 0: all cores")
    ] = 0
    parallel: Annotated[Annotated[int, Meta(ge=0, le=32)], Meta(description="databases at once; 0: by itself")] = 0


class Verification(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How deep a backup is proven before it counts as one."""

    after_backup: Annotated[
        Literal["stored", "content", "engine"],
        Meta(description="stored: read back and hashed; content: also unpacked; engine: also judged page by page"),
    ] = "content"

    @property
    def depth(self) -> Depth:
        """``after_backup`` as the jobs name it."""
        return Depth(self.after_backup)


class FileSets(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files of the application are copied with every backup; patterns below ``app_root``."""

    config: Annotated[tuple[Text, ...], Meta(description="configuration files; .env is kept owner-only")] = (
        ".env",
        "requirements.txt",
        "CLAUDE.md",
        "pyproject.toml",
        "config/**",
    )
    application: Annotated[tuple[Text, ...], Meta(description="application folders")] = (
        "rexus/core",
        "rexus/utils",
        "resources/qss",
        "docs/checklists",
        "scripts/sql",
    )
    exclude: Annotated[tuple[Text, ...], Meta(description="what is left out of both")] = ("**/__pycache__", "**/*.pyc")


class Retention(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sets are kept: the newest proven one of each of so many periods."""

    daily: Annotated[Count, Meta(description=f"days{_KEPT}")] = 30
    weekly: Annotated[Count, Meta(description=f"ISO weeks{_KEPT}")] = 12
    monthly: Annotated[Count, Meta(description=f"months{_KEPT}")] = 12
    yearly: Annotated[Count, Meta(description=f"years{_KEPT}")] = 5
    count: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description=f"also keep the newest N; null: no such rule{_KEPT}"),
    ] = None
    max_age_days: Annotated[
        Annotated[int, Meta(ge=1, le=36_500)] | None,
        Meta(description=f"also keep what is younger; null: no such rule{_KEPT}"),
    ] = None
    after_backup: Annotated[bool, Meta(description=f"apply the rules after every successful backup{_KEPT}")] = True
    safety_days: Annotated[
        Count, Meta(description=f"days that safety copies made before a restore are kept{_KEPT}")
    ] = 30


class Schedule(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When something runs, in local wall time."""

    name: Annotated[Text, Meta(description="a name of its own")]
    action: Annotated[
        Literal["backup", "verify", "cleanup"],
        Meta(description="backup: all databases; verify: the sets checked longest ago; cleanup: what has expired"),
    ]
    times: Annotated[tuple[Time, ...], Meta(min_length=1, description="one or more times of the day, HH:MM")]
    weekdays: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(description="1 Monday to 7 Sunday; empty: every day")
    ] = ()
    ordinal: Annotated[
        Annotated[int, Meta(ge=1, le=5)] | None, Meta(description="only the first, second … such weekday of the month")
    ] = None
    zone: Annotated[Text | None, Meta(description="IANA name; null: the system's zone")] = None


class Logs(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The daily log below the backup folder."""

    keep_days: Annotated[Annotated[int, Meta(ge=1, le=3650)], Meta(description="days that logs are kept")] = 30
    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="from which level on")] = "info"


class SqlServer(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How SQL Server is reached; server, user and password stand in .env."""

    client: Annotated[Literal["auto", "sqlcmd", "odbc"], Meta(description="which client runs BACKUP and RESTORE")] = (
        "auto"
    )
    server_backup_dir: Annotated[Text | None, Meta(description="backup folder as the server names it")] = None
    client_backup_dir: Annotated[Text | None, Meta(description="the same folder as this machine names it")] = None
    encrypt: Annotated[Literal["strict", "mandatory", "optional"], Meta(description="encryption of the connection")] = (
        "mandatory"
    )
    trust_certificate: Annotated[bool, Meta(description="accept a certificate that can't be checked")] = False


_DAILY = Schedule(name="daily_full", action="backup", times=("02:00",))
_WEEKLY = Schedule(name="weekly_verification", action="verify", times=("01:00",), weekdays=(1,))
_MONTHLY = Schedule(name="monthly_cleanup", action="cleanup", times=("00:00",), weekdays=(1,), ordinal=1)


class Settings(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    version: Annotated[int, Meta(ge=1, description="version of this file's format; a newer one is refused")] = VERSION
    root: Annotated[Text, Meta(description="backup folder; relative to the folder of this file")] = "backups"
    engine: Annotated[Literal["sqlite", "sqlserver"], Meta(description="kind of the databases")] = "sqlite"
    databases: Annotated[
        dict[str, Text],
        Meta(description="NAME: path of the file (sqlite) or name on the server; empty: from .env, DB_USERS and so on"),
    ] = field(default_factory=dict)
    app_root: Annotated[Text, Meta(description="folder of the application; relative to the folder of this file")] = "."
    language: Annotated[Literal["es", "en"], Meta(description="language of messages")] = "es"
    compression: Annotated[Compression, Meta(description="how archives are compressed")] = Compression()
    verification: Annotated[Verification, Meta(description="how deep a backup is proven")] = Verification()
    files: Annotated[FileSets, Meta(description="which files are copied too")] = FileSets()
    retention: Annotated[Retention, Meta(description=f"which sets are kept{_KEPT}")] = Retention()
    schedules: Annotated[tuple[Schedule, ...], Meta(description=f"when something runs{_RUN}")] = (
        _DAILY,
        _WEEKLY,
        _MONTHLY,
    )
    logs: Annotated[Logs, Meta(description="the daily log")] = Logs()
    sqlserver: Annotated[SqlServer, Meta(description="how SQL Server is reached")] = SqlServer()
    free_space_reserve_bytes: Annotated[
        Annotated[int, Meta(ge=0)], Meta(description="space that a backup must leave free, in bytes")
    ] = 256 * 1024 * 1024
