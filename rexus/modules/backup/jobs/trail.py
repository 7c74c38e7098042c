"""What the newest lines of the audit trail say of the order of things: it does not depend on any clock."""

from __future__ import annotations

import contextlib
import functools
import os
from datetime import datetime
from pathlib import Path

import msgspec

from ..base.records import Record, Status
from ..catalog.chain import AuditLine, parsed
from ..catalog.segments import LOG_NAME, segments

_WINDOW_BYTES = 256 * 1024
"""Some seven hundred lines: half a year of nights."""
_parsed = functools.lru_cache(maxsize=2048)(parsed)
"""The trail only grows: whoever looks again proves the hash of no line twice."""
_DONE = frozenset({Status.OK.value, Status.WARNINGS.value})
IN_PLACE = "in_place"
"""Member of the line of a restore: the configured databases that are back in their own place, with commas between."""


class Recent(Record, frozen=True, kw_only=True):
    """What was written down lately; nothing where there is no trail that can be read."""

    made: dict[str, int] = msgspec.field(default_factory=dict)
    """Set by set the number of the line that tells how its backup ended: the larger, the later it was made."""
    restored: dict[str, int] = msgspec.field(default_factory=dict)
    """Database by database the number of the line that tells of its last restore in its own place."""
    at: tuple[datetime, ...] = ()
    """When anything at all was written down, by the clock of that time."""

    def restored_since(self, database: str, of_set: str) -> bool:
        """Whether ``database`` was brought back in its own place after the backup of ``of_set`` had ended."""
        return of_set in self.made and self.restored.get(database, 0) > self.made[of_set]


def recent(folder: Path) -> Recent:
    """Look at the end of the trail in ``folder`` (the root's ``logs``). Never raises."""
    lines: list[AuditLine] = []
    missing = _WINDOW_BYTES
    with contextlib.suppress(OSError):
        for name in (LOG_NAME, *(one.name for one in reversed(segments(folder)))):
            if missing <= 0:
                break
            data = _end(folder / name, missing)
            missing -= len(data)
            lines += [line for raw in data.split(b"\n") if raw and (line := _parsed(raw)) is not None]
    made = {one.target: one.number for one in lines if one.what == "backup" and one.target}
    restored: dict[str, int] = {}
    for one in lines:
        if one.what == "restore" and one.result in _DONE:
            for name in str(one.detail.get(IN_PLACE, "")).split(","):
                restored[name] = max(one.number, restored.get(name, 0))
    return Recent(made=made, restored=restored, at=tuple(one.at for one in lines))


def _end(path: Path, most: int) -> bytes:
    """The last bytes of a file, at most so many; nothing where there is none."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as reading:
        size = reading.seek(0, os.SEEK_END)
        reading.seek(max(0, size - most))
        return reading.read()
    return b""
