"""Backup files opened for reading: which sets are in them, whether they belong together, whether they are sound."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rexus.modules.backup.base.records import Finding, Severity
from rexus.modules.backup.engines.bak import check_media
from rexus.modules.backup.engines.bak_records import BakReport, MediaContents, SetContents
from rexus.modules.backup.engines.headers import MediaLabel

from .encrypted_media import decrypt, thumbprint_of
from .interpreter import Interpreter
from .media_orders import Order
from .media_read import headers_of, report_on
from .server_disk import DiskError
from .world_messages import Said, error, os_error, say

PAGE_DAMAGE = frozenset({"bak.page_checksum", "bak.page_torn", "bak.page_foreign", "bak.extent_missing",
                         "bak.extent_order", "bak.extent_surplus"})  # fmt: skip
"""What only a backup with checksums lets the server notice."""
FOUND_LATE = frozenset({"bak.log_block", "bak.csum", "bak.csum_missing", "bak.size_differs", "bak.log_gap"})
ALWAYS = frozenset({"bak.block_damaged", "bak.block_misplaced", "bak.record_damaged", "bak.config_damaged",
                    "bak.config_differs"})  # fmt: skip


@dataclass(slots=True)
class OpenFile:
    """One file of the media."""

    path: str
    """As the statement names it."""
    local: Path
    """Where it can be read, decrypted if it was encrypted."""
    contents: MediaContents
    label: MediaLabel
    thumbprint: bytes | None = None


@dataclass(slots=True)
class OpenMedia:
    """All files that a statement names."""

    files: list[OpenFile]
    workshop: Path | None = None
    reports: dict[str, BakReport] = field(default_factory=dict)

    @property
    def first(self) -> OpenFile:
        return self.files[0]

    @property
    def in_order(self) -> list[Path]:
        """The files by their place in the media set."""
        return [each.local for each in sorted(self.files, key=lambda one: one.label.family_sequence)]

    @property
    def size(self) -> int:
        return sum(each.local.stat().st_size for each in self.files)

    def close(self) -> None:
        """Remove what was decrypted."""
        if self.workshop is not None:
            shutil.rmtree(self.workshop, ignore_errors=True)


def open_media(it: Interpreter, order: Order, *, complete: bool) -> OpenMedia:
    """Open the files. ``complete``: all members of the media set must be there. Raises `SqlError`."""
    media = OpenMedia([])
    try:
        for path in order.paths:
            media.files.append(_open(it, order, media, path))
        _check_together(media, complete=complete)
    except BaseException:
        media.close()
        raise
    return media


def _open(it: Interpreter, order: Order, media: OpenMedia, path: str) -> OpenFile:
    try:
        local = it.world.disk.reading(path)
    except DiskError as problem:
        raise error(3201, path, os_error(problem.number), state=2) from None
    if not local.stat().st_size:
        raise error(3254, path)
    thumbprint = thumbprint_of(local)
    if thumbprint is not None:
        _check_certificate(it, thumbprint)
        media.workshop = media.workshop or Path(tempfile.mkdtemp(prefix="sqlserver-double-"))
        clear = media.workshop / f"{len(media.files)}.bak"
        decrypt(local, clear)
        local = clear
    contents = headers_of(local)
    if contents.label is None:
        raise error(3241, path)
    if contents.label.has_password and "MEDIAPASSWORD" not in order.values:
        raise error(3279)
    return OpenFile(path, local, contents, contents.label, thumbprint)


def _check_certificate(it: Interpreter, thumbprint: bytes) -> None:
    known = (each for each in it.world.certificates.values() if each.has_key)
    if not any(each.thumbprint == thumbprint for each in known):
        raise error(33111, "certificate", f"0x{thumbprint.hex().upper()}")


def _check_together(media: OpenMedia, *, complete: bool) -> None:
    first, seen = media.first, dict[int, OpenFile]()
    count = first.label.family_count
    for each in media.files:
        if each.label.media_set_id != first.label.media_set_id:
            raise error(3258, each.path)
        other = seen.setdefault(each.label.family_sequence, each)
        if other is not each:
            raise error(3227, each.path, each.label.family_sequence, other.path)
    if len(media.files) > count:
        raise error(3231, first.path, count, len(media.files))
    if complete and len(media.files) < count:
        raise error(3132, count, len(media.files))


def chosen_set(media: OpenMedia, order: Order) -> SetContents:
    """The set at ``FILE=``, or the first. Raises `SqlError` 3287 for none there, 3256 for one that broke off."""
    position = order.number("FILE", 1)
    first = media.first
    found = next((one for one in first.contents.sets if one.header.position == position), None)
    if found is None:
        if not first.contents.sets:
            raise error(3256 if not first.contents.is_sound else 3254, first.path)
        raise error(3287, position, first.path)
    if not found.header.finished:
        raise error(3256, first.path)
    return found


def examined(media: OpenMedia, *, has_checksums: bool, pages_first: bool = False) -> tuple[Said, ...]:
    """Read everything; the first thing that the server would find wrong, nothing for a sound backup.

    ``pages_first``: RESTORE comes upon the page before it knows that the whole does not add up.
    """
    findings: list[tuple[str, Finding]] = []
    for each in media.files:
        report = report_on(each.local)
        media.reports[each.path] = report
        findings += [(each.path, one) for one in report.contents.findings]
    findings += [(media.first.path, one) for one in check_media(media.reports)]
    unseen = frozenset() if has_checksums else PAGE_DAMAGE | FOUND_LATE
    errors = [(path, one) for path, one in findings if one.severity is Severity.ERROR and one.code not in unseen]
    errors.sort(key=lambda each: (each[1].code in PAGE_DAMAGE) != pages_first)
    return tuple(_said(path, one) for path, one in errors[:1])


def page_damage(media: OpenMedia) -> bool:
    """Whether pages are damaged that nobody looked at, for lack of checksums in the backup."""
    found = (one.code for report in media.reports.values() for one in report.contents.findings)
    return any(code in PAGE_DAMAGE | FOUND_LATE for code in found)


def _said(path: str, finding: Finding) -> Said:
    if finding.code in {"bak.truncated", "bak.incomplete"}:
        return say(3203, path, "38(Reached the end of the file.)")
    if finding.code in PAGE_DAMAGE:
        page = finding.values.get("page", 0)
        return say(3183, finding.values.get("file", 1), page, finding.values.get("database", ""))
    if finding.code in FOUND_LATE:
        return say(3189)
    return say(3241, path, state=7) if finding.code not in ALWAYS else say(3203, path, "13(The data is invalid.)")


def sets_of(media: OpenMedia, order: Order) -> Sequence[SetContents]:
    """What HEADERONLY shows: all sets, or that at ``FILE=``."""
    if "FILE" in order.values:
        return [chosen_set(media, order)]
    return media.first.contents.sets
