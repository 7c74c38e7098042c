"""The closed parts of the audit trail: ``audit-<first>-<last>.jsonl``, by the numbers of their lines."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from ..base.records import Record
from .chain import AuditLine, oldest, parsed

LOG_NAME = "audit.jsonl"
"""The part that is written to."""
MAX_BYTES = 8 * 1024 * 1024
"""A part this large is closed; so is one of an earlier month."""
_NAME = re.compile(r"audit-([0-9]{1,18})-([0-9]{1,18})\.jsonl", re.ASCII)
_WINDOW_BYTES = 256 * 1024


class Segment(Record, frozen=True, kw_only=True):
    """One closed part, as its name tells."""

    name: str
    first: int
    last: int


class OldSegment(Record, frozen=True, kw_only=True):
    """One closed part, all of it written before a given instant."""

    name: str
    bytes: int
    first: int
    last: int
    hash: str
    """Of its last line."""
    until: datetime
    """The latest instant at which a line of it was written."""


def segment_name(first: int, last: int) -> str:
    """``audit-00000001-00000420.jsonl``: listings show them in their order."""
    return f"audit-{first:08}-{last:08}.jsonl"


def segments(folder: Path) -> tuple[Segment, ...]:
    """The closed parts in ``folder``, oldest first. Raises `OSError`."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file()]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    matched = ((name, _NAME.fullmatch(name)) for name in names)
    found = [Segment(name=name, first=int(m[1]), last=int(m[2])) for name, m in matched if m is not None]
    return tuple(sorted(found, key=lambda one: (one.first, one.last, one.name)))


def first_line(path: Path) -> AuditLine | None:
    """The first whole line of the file, without reading all of a long one. Raises `OSError`."""
    with path.open("rb") as reading:
        data = reading.read(_WINDOW_BYTES)
        return oldest(data) or oldest(data + reading.read())


def is_due(first: AuditLine, size: int, now: datetime) -> bool:
    """Whether the part that begins with ``first`` is to be closed: it is large, or of an earlier month (UTC)."""
    return size >= MAX_BYTES or (first.at.year, first.at.month) < (now.year, now.month)


def old_segments(folder: Path, before: datetime) -> tuple[OldSegment, ...]:
    """The oldest closed parts, as far as all they hold was written before ``before``. Raises `OSError`.

    They stand in one row: no part is among them while an earlier one has to stay.
    """
    found: list[OldSegment] = []
    for one in segments(folder):
        data = (folder / one.name).read_bytes()
        lines = [line for raw in data.split(b"\n") if (line := parsed(raw)) is not None]
        until = max((line.at for line in lines), default=before)  # the clock may have gone back meanwhile
        if until >= before or lines[-1].number != one.last:
            break
        found.append(
            OldSegment(name=one.name, bytes=len(data), first=one.first, last=one.last, hash=lines[-1].hash, until=until)
        )
    return tuple(found)
