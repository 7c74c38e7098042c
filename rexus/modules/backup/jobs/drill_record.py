"""What the last restore test of each database came to: it outlives the sets, which retention deletes."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

import msgspec

from ..base.files import publish
from ..base.records import Check, Record
from .kit import LOGS, Kit

log = logging.getLogger(__name__)
NAME = "restore_tests.json"
_BIGGEST = 8 << 20


class LastTest(Record, frozen=True, kw_only=True):
    """The last restore test of a database, and what the last good one gave."""

    tested_at: datetime
    ok: bool
    set: str
    restored_at: datetime | None = None
    """The last good one."""
    restore_s: float = 0.0
    """How long that took, in seconds."""
    size_bytes: int = 0
    """Size of its content."""
    figures: dict[str, float] = msgspec.field(default_factory=dict)
    """The newest good figure of each question."""


def last_tests(root: Path) -> dict[str, LastTest]:
    """The last restore tests by the names of the databases; none where nothing can be read."""
    try:
        with (root / LOGS / NAME).open("rb") as reading:
            return msgspec.json.decode(reading.read(_BIGGEST), type=dict[str, LastTest])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        log.warning("the record of restore tests can't be read: %s", error)
        return {}


def remember(kit: Kit, of_set: str, check: Check, size_bytes: int) -> None:
    """Write down the restore test ``check``; call it under the lease. Raises `OSError`."""
    known = last_tests(kit.root)
    before = known.get(check.database)
    test = LastTest(tested_at=check.at, ok=check.ok, set=of_set)
    figures = before.figures if before is not None else {}
    if check.ok:
        test = msgspec.structs.replace(
            test,
            restored_at=check.at,
            restore_s=check.seconds,
            size_bytes=size_bytes,
            figures={**figures, **(check.figures or {})},
        )
    elif before is not None:
        test = msgspec.structs.replace(before, tested_at=check.at, ok=False, set=of_set)
    kit.files.make_folder(kit.root / LOGS)
    text = msgspec.json.format(msgspec.json.encode({**known, check.database: test}), indent=2)
    publish(kit.files, kit.root / LOGS / NAME, text + b"\n")
