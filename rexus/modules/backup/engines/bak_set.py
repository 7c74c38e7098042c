"""One backup set while it is read, and the judgement of it once it is over."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from .bak_blocks import LogCounts, LogRange, SetStart
from .bak_config import Configuration, first_difference
from .bak_fields import Unreadable, lsn_parts
from .bak_found import Findings
from .bak_records import ContentCounts, PageMap, SetContents
from .headers import BackupHeader, FileEntry, SetType

if TYPE_CHECKING:
    from .bak_extents import Ledger
    from .bak_pages import PageCounts

_UNKNOWN_NAME = "?"
_WRONG = "bak.page_checksum"
_FEW_PAGES = 16
_MOST = 1 << 62
"""The largest size that is told; a damaged one may be any number."""


class SetReading:
    """What has come of a set so far."""

    def __init__(self, start: SetStart, offset: int, media_set_id: str, *, compressed: bool, striped: bool) -> None:
        self.start, self.offset, self.striped = start, offset, striped
        self._media_set_id, self._compressed = media_set_id, compressed
        self.machine = ""
        self.opening: Configuration | None = None
        self.closing: Configuration | None = None
        self.data_blocks = 0
        self.ranges: list[LogRange] = []
        self.stream_checksums = 0
        self.ledger: Ledger | None = None
        self.page_counts: PageCounts | None = None
        self.log_counts = LogCounts()
        self.was_looked_at = False
        """Its pages and log were looked at as they came."""
        self.is_torn = False
        """Blocks of it were damaged or did not come: what is missing is no news."""

    @property
    def config(self) -> Configuration | None:
        """The best copy there is of the configuration."""
        return self.closing or self.opening

    @property
    def database(self) -> str:
        """The name, for findings."""
        return self.config.header.database if self.config else _UNKNOWN_NAME

    def header(self) -> BackupHeader | None:
        """What HEADERONLY shows; of an unfinished set what is known."""
        config = self.config
        if config is None:
            return None
        told, start = config.header, self.start
        first, fork = told.first_lsn or 0, told.fork_point_lsn
        is_log = told.type is SetType.LOG
        return msgspec.structs.replace(
            told,
            position=start.position,
            name=start.name,
            description=start.description,
            user=start.user,
            set_guid=start.set_guid,
            expires_at=start.expires_at,
            utc_offset_minutes=start.utc_offset_minutes,
            machine=self.machine,
            media_set_id=self._media_set_id,
            compressed=self._compressed,
            begins_log_chain=is_log and first == config.chain_start_lsn,
            first_recovery_fork=config.earlier_fork if is_log and fork and first < fork else told.recovery_fork,
            finished=self.closing is not None and told.finished,
        )

    def files(self) -> tuple[FileEntry, ...]:
        """What FILELISTONLY shows."""
        config = self.opening or self.closing
        return config.files if config else ()

    def contents(self) -> SetContents | None:
        """The set as a record; None where nothing is known of it."""
        header = self.header()
        if header is None:
            return None
        return SetContents(header=header, files=self.files(), counts=self._counts(), offset=self.offset)

    def _counts(self) -> ContentCounts:
        pages, log = self.page_counts, self.log_counts
        counts = ContentCounts(
            log_bytes=log.size,
            log_blocks=log.blocks,
            log_blocks_with_checksum=log.checksums,
            stream_checksums=self.stream_checksums,
        )
        if pages is None:
            return counts
        return msgspec.structs.replace(
            counts,
            extents=pages.extents,
            pages=pages.extents * 8,
            pages_with_checksum=pages.checksums,
            pages_with_torn_bits=pages.torn,
            pages_without_protection=pages.bare,
            pages_empty=pages.empty,
            pages_unallocated_garbage=pages.garbage,
            pages_encrypted=self._encrypted_pages(),
            filler_extents=pages.fillers,
        )

    def map(self) -> PageMap:
        """What a judgement over all stripes needs."""
        found = PageMap() if self.ledger is None else self.ledger.map()
        told = sum(one.size for one in self.ranges)
        return msgspec.structs.replace(found, log_bytes=self.log_counts.size, log_bytes_told=told, is_torn=self.is_torn)

    def judge(self, found: Findings, *, ended: bool) -> None:
        """Say what is wrong with the set as a whole; ``ended``: the file has all of it."""
        if self.closing is None and ended and not self.is_torn:
            found.error("bak.incomplete", database=self.database, position=self.start.position)
        self._judge_config(found)
        self._judge_pages(found)
        self._judge_log(found)
        header = self.header()
        if ended and header is not None and not self.is_torn and not self.striped and self.was_looked_at:
            judge_whole(self.map(), header, self.files(), found)

    def _judge_config(self, found: Findings) -> None:
        if self.opening is None or self.closing is None:
            return
        try:
            at = first_difference(self.opening.raw, self.closing.raw, sent_twice=self.data_blocks > 1)
        except Unreadable:
            at = 0
        if at is not None:
            found.error("bak.config_differs", database=self.database, position=self.start.position, offset=at)
        if self.closing.header.finished_at is None:
            found.error("bak.incomplete", database=self.database, position=self.start.position)

    def _judge_pages(self, found: Findings) -> None:
        if self.ledger is None or self.page_counts is None:
            return
        told, family = self.config, self.ledger.family
        if family and told is not None and told.header.family_guid not in {"", family}:
            found.error("bak.database_differs", database=self.database)
        encrypted = self._encrypted_pages()
        if encrypted:
            found.warning("bak.pages_encrypted", database=self.database, count=encrypted)
        for code, places in self.ledger.damaged.items():
            count = len(places) + self.ledger.more.get(code, 0)
            if count and not (encrypted and code == _WRONG):
                (file, page), offset = min(places.items(), key=lambda place: place[1], default=((0, 0), 0))
                found.error(code, database=self.database, count=count, file=file, page=page, offset=offset)

    def _encrypted_pages(self) -> int:
        """How many pages are encrypted by the server (TDE): all at their places, and nearly all checksums wrong."""
        if self.ledger is None or self.page_counts is None:
            return 0
        wrong = len(self.ledger.damaged.get(_WRONG, ())) + self.ledger.more.get(_WRONG, 0)
        return wrong if wrong >= _FEW_PAGES and wrong * 10 >= self.page_counts.checksums * 8 else 0

    def _judge_log(self, found: Findings) -> None:
        log = self.log_counts
        if log.damaged:
            found.error("bak.log_block", database=self.database, count=log.damaged, offset=log.first_damage)
        if self.is_torn:
            return
        used = [one for one in self.ranges if one.size]
        told = sum(one.backup_bytes or 0 for one in self.closing.files if one.type == "L") if self.closing else None
        came = sum(one.size for one in used)
        if told is not None and told != came:
            found.error("bak.size_differs", database=self.database, expected=min(told, _MOST), found=min(came, _MOST))
        if gap := self._gap(used):
            found.error("bak.log_gap", database=self.database, vlf=gap)

    def _gap(self, used: list[LogRange]) -> int | None:
        """Number of the VLF that does not go on where the one before ended; of a log file one after another."""
        ordered = sorted(used, key=lambda one: one.vlf)
        for one, other in pairwise(ordered):
            if other.vlf != one.vlf + 1 or not one.is_to_end or not other.is_from_begin:
                return other.vlf
        if ordered and self.config is not None:
            vlf, block, _ = lsn_parts(self.config.header.first_lsn or 0)
            if (ordered[0].vlf, ordered[0].first_block) != (vlf, block):
                return ordered[0].vlf
        return None


def judge_whole(seen: PageMap, header: BackupHeader, files: tuple[FileEntry, ...], found: Findings) -> None:
    """Compare what came, of one file or of all stripes, with what the configuration and the database's maps tell."""
    pages = sum(one.backup_bytes or 0 for one in files if one.type == "D")
    for expected, came in ((pages, seen.sent_bytes), (seen.log_bytes_told, seen.log_bytes)):
        if expected != came:
            found.error(
                "bak.size_differs", database=header.database, expected=min(expected, _MOST), found=min(came, _MOST)
            )
    if not seen.is_partial and header.type in {SetType.FULL, SetType.DIFFERENTIAL}:
        _judge_extents(seen, header, found)


def _judge_extents(seen: PageMap, header: BackupHeader, found: Findings) -> None:
    from . import bak_extents

    database = header.database
    unmapped = bak_extents.unmapped(seen, differential=header.type is SetType.DIFFERENTIAL)
    if unmapped:
        file, index = unmapped[0]
        first = index * bak_extents.RANGE_EXTENTS
        found.error("bak.extent_missing", database=database, count=len(unmapped), file=file, extent=first)
        return
    for code, each in (("bak.extent_missing", bak_extents.missing), ("bak.extent_surplus", bak_extents.surplus)):
        rows = [(file, len(numbers), int(numbers[0])) for file, numbers in each(seen)]
        count = sum(size for _, size, _ in rows)
        if code == "bak.extent_missing" and count == seen.blank_extents:
            _judge_blank(seen, database, found)
        elif count:
            found.error(code, database=database, count=count, file=rows[0][0], extent=rows[0][2])


def _judge_blank(seen: PageMap, database: str, found: Findings) -> None:
    """Extents of which nothing is left came in place of those that are missing: damage where pages were in use."""
    from . import bak_extents

    first, count = (0, 0), 0
    for file, numbers in bak_extents.missing(seen):
        for number in numbers.tolist():
            pages = bak_extents.used_pages(seen, file, number)
            first = (file, pages[0]) if pages and not count else first
            count += len(pages)
    for file, numbers in bak_extents.blank_in_use(seen):
        first = first if count else (file, int(numbers[0]))
        count += len(numbers)
    if count:
        found.error("bak.page_foreign", database=database, count=count, file=first[0], page=first[1], offset=0)
