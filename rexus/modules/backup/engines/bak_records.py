"""What reading a SQL Server backup file gives: its contents, what was counted in it, what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..base.records import Finding, Record, Severity
from .headers import BackupHeader, FileEntry, MediaLabel


class ContentCounts(Record, frozen=True, kw_only=True):
    """What one file holds of one backup set, and what of it proves itself."""

    extents: int = 0
    """Eight pages each, without fillers."""
    pages: int = 0
    pages_with_checksum: int = 0
    pages_with_torn_bits: int = 0
    pages_without_protection: int = 0
    pages_empty: int = 0
    pages_unallocated_garbage: int = 0
    """Pages that are not in use and still hold another page's content."""
    pages_encrypted: int = 0
    """Of a database with TDE: their checksums can't be checked without its key."""
    filler_extents: int = 0
    log_bytes: int = 0
    log_blocks: int = 0
    log_blocks_with_checksum: int = 0
    stream_checksums: int = 0
    """The backup's own, of BACKUP WITH CHECKSUM."""


class SetContents(Record, frozen=True, kw_only=True):
    """One backup set, as HEADERONLY and FILELISTONLY tell of it."""

    header: BackupHeader
    files: tuple[FileEntry, ...] = ()
    counts: ContentCounts = ContentCounts()
    offset: int = 0
    """Where the set begins in the backup's stream."""


READING = 1
"""Raised with every change of what is read in a file, so that nobody keeps what was read there before."""


class MediaContents(Record, frozen=True, kw_only=True):
    """What one file holds. Without a label it is no backup of SQL Server, or its beginning is damaged."""

    label: MediaLabel | None = None
    sets: tuple[SetContents, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Nothing is wrong with what was looked at."""
        return not any(one.severity is Severity.ERROR for one in self.findings)


class PageMap(Record, frozen=True, kw_only=True):
    """Which extents and pages of a set came in one file, for a comparison over all stripes. Bits, packed.

    The keys are ``(file id, range)``: a range is what one GAM page covers (extents) or one PFS page (pages).
    """

    seen: dict[tuple[int, int], bytes] = msgspec.field(default_factory=dict)
    expected: dict[tuple[int, int], bytes] = msgspec.field(default_factory=dict)
    moved: frozenset[tuple[int, int]] = frozenset()
    """Ranges of extents whose map was written to after the backup began."""
    blank: dict[tuple[int, int], bytes] = msgspec.field(default_factory=dict)
    """Pages that are not what their place says; no damage where they are not in use."""
    used: dict[tuple[int, int], bytes] = msgspec.field(default_factory=dict)
    blank_extents: int = 0
    """Extents of which not even the place can be told."""
    sent_bytes: int = 0
    """Of the first data block, without fillers."""
    log_bytes: int = 0
    log_bytes_told: int = 0
    """Of the log in all stripes."""
    is_partial: bool = False
    """Maps were too large to be kept: nothing can be said of what is missing."""
    is_torn: bool = False
    """Parts of the file are damaged or missing: what else is missing is no news."""


class BakReport(Record, frozen=True, kw_only=True):
    """All that a whole pass over one file gave."""

    contents: MediaContents
    size_bytes: int = 0
    """Of the file, compressed or not."""
    stream_bytes: int = 0
    """Of the backup's stream."""
    checked_pages: bool = False
    """Pages, log blocks and stream checksums were looked at; not so inside compressed records that stay closed."""
    maps: tuple[PageMap, ...] = ()
    """For each set; what `check_media` needs."""

    @property
    def is_sound(self) -> bool:
        """Nothing is wrong with what was looked at of it; `checked_pages` tells whether that was all."""
        return self.contents.is_sound


def set_of(finding: Finding, sets: Sequence[SetContents]) -> int:
    """Which of ``sets`` a finding is about: the one that it numbers, else where its place in the file is."""
    position, offset = finding.values.get("position"), finding.values.get("offset")
    for number, one in enumerate(sets):
        if position is not None and one.header.position == position:
            return number
    before = [number for number, one in enumerate(sets) if isinstance(offset, int) and one.offset <= offset]
    return before[-1] if before else len(sets) - 1
