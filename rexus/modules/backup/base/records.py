"""The values that travel: what is in the JSON, what the door returns, what a window shows.

Instants are aware and UTC, sizes in bytes, durations in seconds, paths inside the root relative with ``/``.
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from .engine_facts import EngineFacts

SCHEMA_VERSION = 1


class Status(enum.StrEnum):
    """How a job ended. There is no other way for a job to end."""

    OK = "ok"
    WARNINGS = "warnings"
    FAILED = "failed"
    REFUSED = "refused"
    BUSY = "busy"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class SetStatus(enum.StrEnum):
    """How far a backup set came; ``in_progress`` exists only while its writer lives."""

    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    IN_PROGRESS = "in_progress"
    CANCELLED = "cancelled"


class BackupKind(enum.StrEnum):
    """What a database backup holds."""

    FULL = "full"
    DIFFERENTIAL = "differential"
    LOG = "log"


class Origin(enum.StrEnum):
    """Why a set exists or a job runs."""

    MANUAL = "manual"
    SCHEDULED = "scheduled"
    CATCH_UP = "catch_up"
    SAFETY = "safety"
    DRILL = "drill"
    LEGACY = "legacy"


class Depth(enum.StrEnum):
    """How deep a check looked; each includes those before it."""

    STORED = "stored"
    CONTENT = "content"
    ENGINE = "engine"
    RESTORED = "restored"


class Tick(enum.StrEnum):
    """The deepest passed check of the present bytes, for tables."""

    NONE = "none"
    STORED = "stored"
    CONTENT = "content"
    ENGINE = "engine"
    RESTORED = "restored"
    FAILED = "failed"


class Severity(enum.StrEnum):
    """How bad a problem is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Codec(enum.StrEnum):
    """How stored bytes are compressed."""

    GZIP = "gzip"
    ZSTD = "zstd"
    NONE = "none"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records."""


class Problem(Record, frozen=True, kw_only=True, gc=False):
    """Something a person must know. Sentences are found by ``code`` (`base.texts`); values hold no secret."""

    code: str
    severity: Severity = Severity.ERROR
    values: dict[str, str | int] = {}
    engine_number: int | None = None


class Check(Record, frozen=True, kw_only=True):
    """What was proven of stored bytes: how deep, when, of which bytes, with what result."""

    depth: Depth
    at: datetime
    ok: bool
    database: str = ""
    """Name of the database; empty for a check of file sets or of the set as a whole."""
    stored_sha256: str = ""
    """The bytes that were checked; a check of other bytes than the present ones counts for nothing."""
    problem: Problem | None = None
    seconds: float = 0.0
    row_counts: dict[str, int] | None = None
    figures: dict[str, float] | None = None
    """What the questions of a restore test gave, by their names; what moved too far is left out."""


class Stripe(Record, frozen=True, kw_only=True):
    """One more file of a backup that its server spread over several; the first is told by the backup itself."""

    file: str | None = None
    """As in `DatabaseBackup`, and so are the others; ``codec`` is the same for all."""
    server_file: str | None = None
    size_bytes: int = 0
    checksum: str = ""
    stored_bytes: int = 0
    stored_sha256: str = ""


class DatabaseBackup(Record, frozen=True, kw_only=True):
    """One database in a set. ``status``, ``file``, ``size_bytes``, ``checksum``, ``timestamp`` are the original's."""

    status: SetStatus
    kind: BackupKind = BackupKind.FULL
    file: str | None = None
    """Path below the root, with ``/``: ``databases/users_20250806_143052.bak.gz``."""
    server_file: str | None = None
    """Where the server keeps it, as the server names it, when the client can't see it."""
    size_bytes: int = 0
    """Size of the content (uncompressed)."""
    checksum: str = ""
    """SHA-256 of the content (MD5 in sets of the original program; see ``checksum_algorithm``)."""
    checksum_algorithm: str = "sha256"
    stored_bytes: int = 0
    stored_sha256: str = ""
    codec: Codec = Codec.NONE
    recipients: tuple[str, ...] = ()
    timestamp: str = ""
    source: str = ""
    """Where the database lived (a path for embedded engines)."""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    seconds: float = 0.0
    facts: EngineFacts | None = None
    checks: tuple[Check, ...] = ()
    problem: Problem | None = None
    notes: tuple[Problem, ...] = ()
    """What is worth knowing of it though it is good: another kind than was asked for, a proof that could not be had."""
    stripes: tuple[Stripe, ...] = ()
    """The files behind the first, in order; without every one of them nothing can be restored."""
    position: int = 1
    """Which of the backups in the file it is: other programs append one to the other."""

    @property
    def pieces(self) -> tuple[DatabaseBackup, ...]:
        """One for each file, as if it were a backup by itself."""
        if not self.stripes:
            return (self,)
        alone = msgspec.structs.replace(self, stripes=())
        others = (msgspec.structs.replace(alone, **msgspec.structs.asdict(one)) for one in self.stripes)
        return (alone, *others)

    @property
    def whole_bytes(self) -> int:
        """Size of the content of all files."""
        return self.size_bytes + sum(one.size_bytes for one in self.stripes)


class FileCopy(Record, frozen=True, kw_only=True):
    """One copied file, link or empty folder of a file set."""

    source: str
    """Path below the application root, with ``/``."""
    backup: str
    """Path below the backup root, with ``/``."""
    size_bytes: int = 0
    checksum: str = ""
    checksum_algorithm: str = "sha256"
    mode: int | None = None
    mtime_ns: int | None = None
    link_target: str | None = None
    """For a symbolic link: what it points to; then size and checksum are empty."""
    folder: bool = False
    """An (empty) folder."""
    private: bool = False
    """Holds secrets: owner-only, never leaves the machine unencrypted."""


class FileSetBackup(Record, frozen=True, kw_only=True):
    """``config`` or ``application`` of a set."""

    status: SetStatus
    timestamp: str = ""
    files: tuple[FileCopy, ...] = ()
    absent: tuple[FileCopy, ...] = ()
    """What a restore was about to put where nothing was; it goes again when this is restored over what is there."""
    checks: tuple[Check, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Files that could not be read, one by one."""


class Pin(Record, frozen=True, kw_only=True):
    """Keep this set whatever retention says."""

    name: str = ""
    until: datetime | None = None
    by: str = ""


class Manifest(Record, frozen=True, kw_only=True):
    """One backup set, as `backup_manifest_<timestamp>.json` in the root; a superset of the original format."""

    timestamp: str
    """The set's name: local wall time of its start, ``_2`` and so on behind it where two fall in one second."""
    type: BackupKind = BackupKind.FULL
    started_at: datetime
    completed_at: datetime | None = None
    status: SetStatus
    databases: dict[str, DatabaseBackup] = {}
    config: FileSetBackup | None = None
    application: FileSetBackup | None = None
    integrity_check: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
    set_id: str = ""
    """A UUID: two sets of two machines never have the same."""
    zone: str = ""
    """IANA name or UTC offset of the wall time in ``timestamp``."""
    origin: Origin = Origin.MANUAL
    requested_by: str = ""
    host: str = ""
    tool_version: str = ""
    pin: Pin | None = None
    deleting_since: datetime | None = None
    """Set while the set is being deleted; whoever finds it later finishes the deletion."""
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0
    occurrence: str = ""
    """The due time that it was made for, and of which configuration's schedule; empty: it was made by hand."""
    manifest_sha256: str = ""
    """SHA-256 of this text with these 64 digits as zeros."""


class BackupRequest(Record, frozen=True, kw_only=True):
    """Everything a backup job needs to know; a job never asks back."""

    databases: tuple[str, ...] = ()
    """Names as configured; empty means all."""
    kind: BackupKind = BackupKind.FULL
    files: bool = True
    new_root: bool = False
    """The backup folder may be empty though it held sets: it is on another disk now, on purpose."""
    new_base: bool = False
    """What is made by hand is no copy aside (copy-only): differential backups build on it from then on."""
    origin: Origin = Origin.MANUAL
    requested_by: str = ""
    occurrence: str = ""  # as in `Manifest`


class VerifyRequest(Record, frozen=True, kw_only=True):
    """Check sets: named ones, all, or the ``oldest`` N by their last check."""

    sets: tuple[str, ...] = ()
    all: bool = False
    oldest: int | None = None
    parts: int | None = None
    """By their last check as many as there must be for all to have been checked after so many times; at least one."""
    depth: Depth = Depth.CONTENT
    requested_by: str = ""


class RestoreRequest(Record, frozen=True, kw_only=True):
    """Bring back one database, one file set, or a whole set."""

    set: str
    databases: tuple[str, ...] = ()
    files: str | None = None
    """``config`` or ``application``."""
    only: tuple[str, ...] = ()
    """With ``files``: these paths only."""
    everything: bool = False
    to: str | None = None
    at: datetime | None = None
    overwrite: bool = False
    confirmed: tuple[str, ...] = ()
    """Names the person typed to confirm overwriting."""
    origin: Origin = Origin.MANUAL
    requested_by: str = ""


class PruneRequest(Record, frozen=True, kw_only=True):
    """Delete, pin or unpin sets by name."""

    sets: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    requested_by: str = ""


class JobEvent(Record, frozen=True, kw_only=True):
    """One thing worth showing; the newest event of a job and database is its whole state. Sizes in bytes or pages."""

    job: str
    sequence: int
    phase: str
    """snapshot, server, seal, reread, check, publish, files, unseal, prove, safety, swap, restore, verify, done …"""
    database: str = ""
    done: int = 0
    total: int = 0
    code: str = ""
    whole: float | None = None
    """How far all of the job is, 0 to 1, where the job itself knows (a restore does); never goes back."""


class Outcome(Record, frozen=True, kw_only=True):
    """The end of a job. ``ok`` and ``warnings`` can't be built without proof."""

    status: Status
    proof: tuple[str, ...] = ()
    """What was proven, e.g. ``users:content:<sha256>``; never empty for a success."""
    problems: tuple[Problem, ...] = ()
    set: str | None = None

    def __post_init__(self) -> None:
        """Refuse a success without evidence."""
        if self.status in (Status.OK, Status.WARNINGS) and not self.proof:
            raise ValueError("a success needs proof")


class Step(Record, frozen=True, kw_only=True):
    """One line of a restore plan."""

    code: str
    """unseal, prove, safety, swap, check, files."""
    name: str
    source: str = ""
    target: str = ""
    bytes: int = 0


class RestorePlan(Record, frozen=True, kw_only=True):
    """What a restore would do. Empty ``refusals`` means it may run."""

    set: str
    steps: tuple[Step, ...] = ()
    bytes_needed: int = 0
    bytes_free: int | None = None
    seconds_expected: float | None = None
    backup_age_s: float = 0.0
    lost: tuple[Problem, ...] = ()
    """What is lost by overwriting: the age of the backup, what changed since."""
    warnings: tuple[Problem, ...] = ()
    refusals: tuple[Problem, ...] = ()


class Action(enum.StrEnum):
    """What a decision says."""

    KEEP = "keep"
    DELETE = "delete"
    REFUSE = "refuse"
    PIN = "pin"
    UNPIN = "unpin"


class Decision(Record, frozen=True, kw_only=True, gc=False):
    """What happens to a set, by which rule (``rules``: all, the strongest first), and why: a problem-like code."""

    set: str
    action: Action
    rule: str
    because: Problem
    bytes: int = 0
    rules: tuple[str, ...] = ()
    stays: tuple[Problem, ...] = ()  # what of it this program can't remove, each with what is to be done


class Finding(Record, frozen=True, kw_only=True):
    """One result of a preflight."""

    code: str
    severity: Severity
    values: dict[str, str | int] = {}
