"""What the last restore test of each database came to: it outlives the sets, which retention deletes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..base.files import publish
from ..base.records import Check, Problem, Record, Severity
from .kit import LOGS, Kit

log = logging.getLogger(__name__)
NAME = "restore_tests.json"
_BIGGEST = 8 << 20
_BELIEVED = (datetime(1980, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
"""Nobody wrote an instant outside: one can reckon with these."""


class LastTest(Record, frozen=True, kw_only=True):
    """The last restore test of a database, and what the last good one gave."""

    tested_at: datetime
    ok: bool
    """Restored and proven, and every answer as it must be."""
    set: str
    restored_at: datetime | None = None
    """The last good one."""
    restore_s: float = 0.0
    """How long that took, in seconds."""
    size_bytes: int = 0
    """Size of its content."""
    figures: dict[str, float] = msgspec.field(default_factory=dict)
    """The newest good figure of each question."""
    alarm: str = ""
    """The question whose answer was not what it must be, where the restore itself was good: then ``ok`` is false."""


def last_tests(root: Path) -> dict[str, LastTest]:
    """The last restore tests by the names of the databases; none where nothing can be read."""
    return read_tests(root)[0]


def read_tests(root: Path) -> tuple[dict[str, LastTest], tuple[Problem, ...]]:
    """The same, and that the record can't be used, as a warning: what is no record is begun anew by the next test."""
    try:
        with (root / LOGS / NAME).open("rb") as reading:
            known = msgspec.json.decode(reading.read(_BIGGEST), type=dict[str, LastTest])
        instants = [at for one in known.values() for at in (one.tested_at, one.restored_at) if at is not None]
        if are_believed(instants):
            return known, ()
        why = "an instant that nobody wrote"
    except (FileNotFoundError, NotADirectoryError):
        return {}, ()
    except OSError as error:
        log.warning("the record of restore tests can't be read: %s", error)
        told: dict[str, str | int] = {"path": f"{LOGS}/{NAME}", "why": error.strerror or type(error).__name__}
        return {}, (Problem(code="drill.record_unreadable", severity=Severity.WARNING, values=told),)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        why = str(error)
    log.warning("the record of restore tests can't be used: %s", why)
    values: dict[str, str | int] = {"path": f"{LOGS}/{NAME}"}
    return {}, (Problem(code="drill.record_damaged", severity=Severity.WARNING, values=values),)


def are_believed(instants: Iterable[datetime]) -> bool:
    """Whether one can reckon with all of them: with an offset, and of a time that there are computers in."""
    return all(one.tzinfo is not None and _BELIEVED[0] < one < _BELIEVED[1] for one in instants)


def remember(kit: Kit, of_set: str, check: Check, size_bytes: int, alarm: str = "") -> None:
    """Write down the restore test ``check``, and the question that raised an ``alarm``; call it under the lease.

    Raises `OSError`.
    """
    known = last_tests(kit.root)
    before = known.get(check.database)
    test = LastTest(tested_at=check.at, ok=check.ok and not alarm, set=of_set, alarm=alarm)
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
        test = msgspec.structs.replace(before, tested_at=check.at, ok=False, set=of_set, alarm="")
    kit.files.make_folder(kit.root / LOGS)
    text = msgspec.json.format(msgspec.json.encode({**known, check.database: test}), indent=2)
    publish(kit.files, kit.root / LOGS / NAME, text + b"\n")
