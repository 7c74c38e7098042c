"""A database: its state, its files, its content, and the log that every change of it goes through."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from .database_content import Content, Pages, Table, changed_pages, changes_between

MIB = 2**20
PAGE = 8192
DATA_UNLIMITED = 35184372080640
LOG_UNLIMITED = 2199023255552
SECTOR = 512
VLF_SECTORS = 4096
FIRST_BLOCK = 16
EMPTY_PAGES = 16
"""Pages that even an empty database has in use."""


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """One file of a database; ``type`` is D or L."""

    id: int
    type: str
    logical: str
    physical: str
    size: int = 8 * MIB
    max_size: int = DATA_UNLIMITED
    growth: int = 64 * MIB
    growth_is_percent: bool = False
    group: str = "PRIMARY"
    unique_id: str = ""


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One change, as it can be done again; ``lsn`` is where it begins."""

    lsn: int
    at: datetime
    changes: Mapping[str, bytes | None]
    mark: str = ""
    what: str = "change"


@dataclass(frozen=True, slots=True)
class DifferentialBase:
    """The full backup that differentials are since."""

    lsn: int
    guid: str
    at: datetime
    pages: Pages


@dataclass(slots=True)
class RestoreSequence:
    """How far the restore of a database in the state RESTORING has come."""

    pages: dict[str, bytes]
    reached: int
    """LSN up to which it is rolled forward."""
    first: int
    """Where the log begins that it would have after recovery."""
    base_guid: str
    fork: str
    reached_at: datetime | None
    recovery_model: str
    source: str
    """Its name in the backup."""
    damaged: bool = False
    """A step was taken WITH CONTINUE_AFTER_ERROR."""
    log_needed_to: int = 0
    """It can't be recovered before the log was rolled forward to here."""
    interrupted: bool = False


@dataclass(slots=True)
class Database:
    """One database of the instance."""

    name: str
    id: int
    created_at: datetime
    owner_sid: bytes
    collation: str = "SQL_Latin1_General_CP1_CI_AS"
    compatibility: int = 150
    family_guid: str = field(default_factory=lambda: str(uuid.uuid4()))
    binding_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    fork: str = ""
    earlier_fork: str = ""
    fork_point: int | None = None
    state: str = "ONLINE"
    user_access: str = "MULTI_USER"
    recovery_model: str = "FULL"
    page_verify: str = "CHECKSUM"
    read_only: bool = False
    standby: str = ""
    """The undo file of a database that was restored WITH STANDBY."""
    trustworthy: bool = False
    broker: bool = True
    encrypted: bool = False
    options: dict[str, bool] = field(default_factory=dict)
    files: tuple[DatabaseFile, ...] = ()
    content: Content = field(default_factory=Content)
    filler: bytes = b""
    """Bytes without meaning that make backups as big as tests want them."""
    log: list[LogRecord] = field(default_factory=list)
    vlf: int = 34
    block: int = FIRST_BLOCK
    last_log_backup_lsn: int | None = None
    begins_chain_at: int | None = None
    base: DifferentialBase | None = None
    database_backup_lsn: int = 0
    """Checkpoint of the last full backup that was no copy."""
    checkpoint_lsn: int = 0
    damaged_pages: set[str] = field(default_factory=set)
    """Keys of pages that can't be read without an error."""
    restoring: RestoreSequence | None = None
    backing_up: int = 0
    """Sessions that write a full or differential backup of it."""
    write_locks: dict[str, int] = field(default_factory=dict)
    """Table -> session whose open transaction changed it."""

    @property
    def key(self) -> str:
        return self.name.casefold()

    @property
    def is_system(self) -> bool:
        return self.id <= 4

    @property
    def next_lsn(self) -> int:
        """Where the next record will begin."""
        return self.vlf * 10**15 + self.block * 10**5 + 1

    @property
    def keeps_log(self) -> bool:
        """Whether its log is kept until a backup of it: not while no full backup was taken."""
        return self.recovery_model != "SIMPLE" and self.last_log_backup_lsn is not None

    @property
    def data_bytes(self) -> int:
        return sum(file.size for file in self.files if file.type == "D")

    @property
    def used_pages(self) -> int:
        """Data pages in use."""
        return EMPTY_PAGES + len(self.content.pages) + len(self.filler) // PAGE

    def table(self, schema: str, name: str) -> Table | None:
        return self.content.tables.get(f"{schema or 'dbo'}.{name}".casefold())

    def append(self, at: datetime, changes: Mapping[str, bytes | None], what: str = "change", mark: str = "") -> None:
        """Write one record to the log."""
        self.log.append(LogRecord(self.next_lsn, at, changes, mark, what))
        size = 200 + sum(len(key) + len(page or b"") for key, page in changes.items())
        self.block += -(-size // SECTOR)
        if self.block >= VLF_SECTORS:
            self.vlf, self.block = self.vlf + 1, FIRST_BLOCK
        if not self.keeps_log and not self.backing_up:
            self.log.clear()

    def change(self, content: Content, at: datetime, mark: str = "") -> None:
        """Commit another content, through the log."""
        self.append(at, changes_between(self.content.pages, content.pages), mark=mark)
        self.content = content
        self._grow()

    def _grow(self) -> None:
        """Let the first data file grow when it is full."""
        first = self.files[0]
        while self.used_pages * PAGE > first.size:
            first = replace(first, size=first.size + max(first.growth, MIB))
        self.files = (first, *self.files[1:])

    def records(self, first: int, last: int) -> list[LogRecord]:
        """Records that begin at ``first`` or later and before ``last``."""
        return [record for record in self.log if first <= record.lsn < last]

    def truncate_log(self, to: int) -> None:
        """Forget the log before that LSN."""
        self.log = [record for record in self.log if record.lsn >= to]

    def break_chain(self) -> None:
        """No log backup can be taken before the next full or differential one."""
        self.last_log_backup_lsn = self.begins_chain_at = None
        self.log.clear()

    def place_log_at(self, lsn: int) -> None:
        """Go on behind that LSN, as after a restore."""
        self.vlf, self.block = lsn // 10**15, lsn // 10**5 % 10**10 + 1

    def rolled(self, pages: Pages, records: list[LogRecord]) -> dict[str, bytes]:
        """Pages after the records were done again."""
        made = dict(pages)
        for record in records:
            made = changed_pages(made, record.changes)
        return made
