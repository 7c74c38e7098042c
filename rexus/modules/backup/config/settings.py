"""Every setting of `backup_config.json`: type, default, meaning. Documentation and schema come from here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from ..base.records import Codec, Depth, Record

VERSION = 1
NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
"""What the name of a database may be: it becomes part of file names on every system."""

Text = Annotated[str, Meta(min_length=1, max_length=1024)]
TIME_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
VARIABLE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
URL_PATTERN = r"^(s3|https)://[^\s?#/@]+/[^\s?#]*[^\s?#/]$"
"""A container behind a host; no password and no signature in it, and no slash behind it."""
URL_LONGEST = 160  # characters: SQL Server takes 259, and the names of files come behind
Time = Annotated[str, Meta(pattern=TIME_PATTERN, description="a time as HH:MM, 00:00 to 23:59")]
Count = Annotated[int, Meta(ge=0, le=100_000)]
Name = Annotated[str, Meta(pattern=VARIABLE_PATTERN)]
"""The name of a secret, never the secret itself."""
Hours = Annotated[int, Meta(ge=1, le=87_600)]


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
    """Which sets are kept: the newest proven one of each of so many periods that have one, database by database."""

    daily: Annotated[Count, Meta(description="days")] = 30
    weekly: Annotated[Count, Meta(description="ISO weeks")] = 12
    monthly: Annotated[Count, Meta(description="months")] = 12
    yearly: Annotated[Count, Meta(description="years")] = 5
    count: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="also keep the newest N; null: no such rule"),
    ] = None
    max_age_days: Annotated[
        Annotated[int, Meta(ge=1, le=36_500)] | None,
        Meta(description="also keep what is younger; null: no such rule"),
    ] = None
    after_backup: Annotated[bool, Meta(description="apply the rules after every successful full backup")] = True
    safety_days: Annotated[Count, Meta(description="days that safety copies made before a restore are kept")] = 30
    failed_days: Annotated[Count, Meta(description="days that sets without any usable backup are kept as a trace")] = 30


class Cleanup(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The deep clean-up."""

    orphan_days: Annotated[
        Count, Meta(description="days between the first time that a file of no set is listed and its deletion")
    ] = 14
    audit_days: Annotated[
        Annotated[int, Meta(ge=30, le=36_500)],
        Meta(description="days that closed segments of the audit trail are kept"),
    ] = 3650


ScheduledAction = Literal["backup", "differential", "log", "verify", "drill", "prune", "cleanup", "digest"]
"""What a schedule may do; a new action is one word here and one line where `model` says what it means."""


class Schedule(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When something runs, in local wall time."""

    name: Annotated[Text, Meta(description="a name of its own")]
    action: Annotated[
        ScheduledAction,
        Meta(
            description="backup: all databases; differential and log, of SQL Server only: what changed since the last "
            "full one, the log since the last log, and where that has nothing to stand on what is of use instead; "
            "verify: the sets checked longest ago, each time so many that all have had their turn after four weeks; "
            "drill: restore test of the database whose turn it is; prune: retention; cleanup: what nobody needs any "
            "more; digest: a summary by notice"
        ),
    ]
    times: Annotated[
        tuple[Time, ...],
        Meta(min_length=1, description="one or more times of the day, HH:MM; of those missed one is caught up"),
    ]
    weekdays: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(description="1 Monday to 7 Sunday; empty: every day")
    ] = ()
    ordinal: Annotated[
        Annotated[int, Meta(ge=1, le=5)] | None,
        Meta(description="only the first, second … such weekday of the month; 5: its last"),
    ] = None
    days: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=31)], ...],
        Meta(description="days of the month; one that a month does not have is its last; not with weekdays"),
    ] = ()
    zone: Annotated[Text | None, Meta(description="IANA name; null: the system's zone")] = None
    enabled: Annotated[bool, Meta(description="false: it waits")] = True


class Health(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as well."""

    rpo_hours: Annotated[Hours, Meta(description="how old the newest proven backup may be: the agreed loss")] = 26
    rpo_hours_of: Annotated[dict[str, Hours], Meta(description="NAME: another agreed loss for that database")] = field(
        default_factory=dict
    )
    verify_days: Annotated[
        Annotated[int, Meta(ge=1, le=3650)], Meta(description="days after which the newest set must be checked again")
    ] = 15
    drill_days: Annotated[
        Annotated[int, Meta(ge=1, le=3650)], Meta(description="days after which a database wants a restore test")
    ] = 100
    free_bytes: Annotated[
        Annotated[int, Meta(ge=0)], Meta(description="less free space than this is an alarm, in bytes")
    ] = 20_000_000_000
    accepted: Annotated[
        tuple[Literal["same_disk", "no_scheduler", "no_schedule", "open_folder", "newest_only"], ...],
        Meta(
            description="what is known and agreed to, and told without an alarm: same_disk: backups on the disk of the "
            "data; no_scheduler: the system starts nothing by itself; no_schedule: no schedule takes backups; "
            "open_folder: others may look into the backup folder; newest_only: nothing but the newest is kept"
        ),
    ] = ()


Event = Literal["failure", "warning", "success", "digest"]


class Email(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail server; its password is a secret."""

    server: Annotated[Text, Meta(description="name of the SMTP server")]
    port: Annotated[Annotated[int, Meta(ge=1, le=65_535)], Meta(description="its port")] = 587
    security: Annotated[Literal["starttls", "ssl", "none"], Meta(description="how the connection is encrypted")] = (
        "starttls"
    )
    user: Annotated[Text | None, Meta(description="account to sign in with; null: none")] = None
    variable: Annotated[
        Name, Meta(description="name of the secret (.env; by hand the keyring too) that holds the password")
    ] = "SMTP_PASSWORD"
    sender: Annotated[Text | None, Meta(description="address it comes from; null: the account's")] = None
    recipients: Annotated[tuple[Text, ...], Meta(min_length=1, description="addresses it goes to")]


class Channel(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to reach somebody."""

    name: Annotated[Text, Meta(description="a name of its own")]
    variable: Annotated[
        Name | None,
        Meta(description="name of the secret (.env; by hand the keyring too) that holds its apprise address"),
    ] = None
    email: Annotated[Email | None, Meta(description="a mail server, instead of an address")] = None
    on: Annotated[tuple[Event, ...], Meta(description="what it is told of")] = ("failure", "warning", "digest")
    enabled: Annotated[bool, Meta(description="false: it waits")] = True


class Ping(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dead man's switch: an address asked for at start, success and failure of every scheduled run.

    Backups by hand signal nothing. A failure is told at ``…/fail``, with ``exit=`` and the code as first line.
    """

    variable: Annotated[Name, Meta(description="name of the secret that holds the address")]
    schedules: Annotated[tuple[Text, ...], Meta(description="only for these schedules; empty: all full backups")] = ()


class Notices(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told, and of what."""

    channels: Annotated[tuple[Channel, ...], Meta(description="ways to reach somebody")] = ()
    pings: Annotated[
        tuple[Ping, ...],
        Meta(
            description="dead man's switches: only scheduled runs signal them, backups by hand never; failures go to "
            "…/fail, with exit= and the code as first line; the body tells the reasons and the end of today's log "
            "(paths and names, no secrets)"
        ),
    ] = ()
    repeat_hours: Annotated[Hours, Meta(description="the same trouble is told again after so many hours")] = 24
    timeout_s: Annotated[Annotated[int, Meta(ge=1, le=300)], Meta(description="seconds that one notice may take")] = 20


class Roles(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may do what: groups of the operating system. With nobody named, everybody is an administrator."""

    administrators: Annotated[tuple[Text, ...], Meta(description="groups that may do everything")] = ()
    operators: Annotated[
        tuple[Text, ...], Meta(description="groups that may back up, verify, test and plan; not overwrite or delete")
    ] = ()
    viewers: Annotated[tuple[Text, ...], Meta(description="groups that may look; empty: everybody else may look")] = ()


class DrillCheck(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to a restored copy, and the answer that it must give."""

    name: Annotated[Text, Meta(description="a name of its own")]
    database: Annotated[Text, Meta(description="which database is asked")]
    query: Annotated[Text, Meta(description="one SELECT that gives one number, or one instant with within_hours")]
    equals: Annotated[float | None, Meta(description="the number it must give")] = None
    at_least: Annotated[float | None, Meta(description="the lowest number allowed")] = None
    at_most: Annotated[float | None, Meta(description="the highest number allowed")] = None
    within_hours: Annotated[
        Hours | None,
        Meta(
            description="the instant it gives may be so much older than the backup; without an offset it is local time"
        ),
    ] = None
    drift_percent: Annotated[
        Annotated[float, Meta(gt=0, le=100_000)] | None,
        Meta(description="an alarm when the number moves further than this from the last good run"),
    ] = None


class Logs(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The daily log below the backup folder."""

    keep_days: Annotated[Annotated[int, Meta(ge=1, le=3650)], Meta(description="days that logs are kept")] = 30
    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="from which level on")] = "info"


ServerPart = Literal["master", "model", "msdb", "logins"]


class SqlServer(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How SQL Server is reached and how it backs up; user and password stand in .env."""

    client: Annotated[
        Literal["auto", "sqlcmd", "odbc"],
        Meta(description="which client runs BACKUP and RESTORE; auto: sqlcmd where there is one, else ODBC"),
    ] = "auto"
    server: Annotated[
        Text | None,
        Meta(description="host, host\\INSTANCE or host,port; null: DB_SERVER and DB_PORT of .env"),
    ] = None
    authentication: Annotated[
        Literal["auto", "sql", "windows", "entra"],
        Meta(
            description="sql: DB_USERNAME and DB_PASSWORD; windows: the account that runs the program; entra: "
            "Microsoft Entra, with DB_USERNAME and DB_PASSWORD or else the identity of the machine; auto: sql where "
            "DB_USERNAME is set, else windows"
        ),
    ] = "auto"
    encrypt: Annotated[Literal["strict", "mandatory", "optional"], Meta(description="encryption of the connection")] = (
        "mandatory"
    )
    trust_certificate: Annotated[bool, Meta(description="accept a certificate that can't be checked")] = False
    login_timeout_s: Annotated[
        Annotated[int, Meta(ge=1, le=600)], Meta(description="seconds that signing in may take")
    ] = 15
    query_timeout_s: Annotated[
        Annotated[int, Meta(ge=1, le=3600)], Meta(description="seconds that a question to the server may take")
    ] = 60
    job_timeout_hours: Annotated[
        Hours | None, Meta(description="hours that one BACKUP, RESTORE or check may take; null: as long as it needs")
    ] = None
    server_backup_dir: Annotated[
        Text | None, Meta(description="backup folder as the server names it; null: the server's own")
    ] = None
    client_backup_dir: Annotated[
        Text | None,
        Meta(description="the same folder as this machine names it; null: this machine does not see it"),
    ] = None
    backup_url: Annotated[
        Annotated[str, Meta(pattern=URL_PATTERN, max_length=URL_LONGEST)] | None,
        Meta(
            description="where the server writes backups instead of a folder: s3://host/bucket (SQL Server 2022 and "
            "newer) or https://account.blob.core.windows.net/container, with a credential of that name on the server; "
            "null: server_backup_dir"
        ),
    ] = None
    stripes: Annotated[
        Annotated[int, Meta(ge=1, le=64)],
        Meta(description="files that the server writes each backup into at once; all of them are needed to restore"),
    ] = 1
    server_parts: Annotated[
        tuple[ServerPart, ...],
        Meta(
            description="what of the server itself belongs to every set: its databases master, model and msdb; logins: "
            "a script of logins with their password hashes, of roles and rights, in the set's configuration files"
        ),
    ] = ()
    parallel: Annotated[
        Annotated[int, Meta(ge=1, le=32)], Meta(description="databases that the server works on at once")
    ] = 3
    compression: Annotated[
        bool | None,
        Meta(description="whether the server compresses, where its edition can; null: as the server is set"),
    ] = True
    encryption_certificate: Annotated[
        Text | None,
        Meta(description="certificate in master by which the server encrypts backups; null: they are not encrypted"),
    ] = None
    encryption_algorithm: Annotated[
        Literal["AES_128", "AES_192", "AES_256"], Meta(description="how it encrypts with the certificate")
    ] = "AES_256"
    copy_only: Annotated[
        bool, Meta(description="full backups leave the differential base of other backup programs as it is")
    ] = False
    data_dir: Annotated[
        Text | None,
        Meta(description="where the server puts data files of new databases; null: its own folder for them"),
    ] = None
    log_dir: Annotated[
        Text | None,
        Meta(description="where the server puts log files of new databases; null: its own folder for them"),
    ] = None


_DAILY = Schedule(name="daily_full", action="backup", times=("02:00",))
_WEEKLY = Schedule(name="weekly_verification", action="verify", times=("01:00",), weekdays=(1,))
_MONTHLY = Schedule(name="monthly_cleanup", action="cleanup", times=("00:00",), weekdays=(1,), ordinal=1)
_DRILL = Schedule(name="monthly_drill", action="drill", times=("04:00",), weekdays=(7,), ordinal=1)


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
    theme: Annotated[
        Literal["system", "light", "dark"], Meta(description="how the window looks; system: as the desktop")
    ] = "system"
    compression: Annotated[Compression, Meta(description="how archives are compressed")] = Compression()
    verification: Annotated[Verification, Meta(description="how deep a backup is proven")] = Verification()
    files: Annotated[FileSets, Meta(description="which files are copied too")] = FileSets()
    retention: Annotated[Retention, Meta(description="which sets are kept")] = Retention()
    cleanup: Annotated[Cleanup, Meta(description="the deep clean-up")] = Cleanup()
    schedules: Annotated[tuple[Schedule, ...], Meta(description="when something runs")] = (
        _DAILY,
        _WEEKLY,
        _MONTHLY,
        _DRILL,
    )
    health: Annotated[Health, Meta(description="what counts as well")] = field(default_factory=Health)
    notices: Annotated[Notices, Meta(description="who is told")] = Notices()
    roles: Annotated[Roles, Meta(description="who may do what")] = Roles()
    drill_checks: Annotated[tuple[DrillCheck, ...], Meta(description="questions to restored copies")] = ()
    audit_database: Annotated[
        Text | None, Meta(description="NAME of the database that also gets a row of every action; null: none")
    ] = None
    logs: Annotated[Logs, Meta(description="the daily log")] = Logs()
    sqlserver: Annotated[SqlServer, Meta(description="how SQL Server is reached")] = SqlServer()
    free_space_reserve_bytes: Annotated[
        Annotated[int, Meta(ge=0)], Meta(description="space that a backup must leave free, in bytes")
    ] = 256 * 1024 * 1024
