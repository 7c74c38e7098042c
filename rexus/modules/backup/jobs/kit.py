"""What every job is given: the parts, put together once by `model`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.cancel import CancelToken
from ..base.clock import Clock
from ..base.errors import BackupError, BadInput, StoreFailed
from ..base.files import Files
from ..base.records import JobEvent
from ..base.texts import sentence

if TYPE_CHECKING:
    from ..catalog.index import Catalog
    from ..catalog.ledger import Audit
    from ..config.load import Loaded
    from ..engines.port import DatabaseRef, Engine
    from ..stores.port import Store

Report = Callable[[JobEvent], None]
Whole = Callable[[str, str, int, int], float | None]

DATABASES = "databases"
CONFIG = "config"
APPLICATION = "application"
TEMP = "temp"
RESTORE = "restore"
LOGS = "logs"
SAFETY = "safety"
"""Folder for raw copies of what a restore replaces and no set can hold."""


def nothing_to_lose() -> None:
    """Guard of a kit without a lease."""


def _unknown(phase: str, database: str, done: int, total: int) -> None:
    """How far a job is that does not know it."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The parts a job works with."""

    loaded: Loaded
    root: Path
    engine: Engine
    store: Store
    catalog: Catalog
    audit: Audit
    files: Files
    clock: Clock
    guard: Callable[[], None] = nothing_to_lose
    """Raises `Failed` (``root.lease_lost``) once the root is no longer ours; asked before every publish and swap."""

    def under(self, guard: Callable[[], None]) -> Kit:
        """The same parts under a lease."""
        return replace(self, guard=guard)


class Teller:
    """Numbers the events of one job; may be called from any of its threads."""

    def __init__(self, report: Report, job: str, whole: Whole = _unknown) -> None:
        """``whole`` says how far the job is once it was told of one event: phase, database, done, total."""
        self._report, self._whole = report, whole
        self._job = job
        self._lock = threading.Lock()
        self._sequence = 0

    def tell(self, phase: str, database: str = "", done: int = 0, total: int = 0) -> None:
        """Report one event."""
        with self._lock:
            self._sequence += 1
            event = JobEvent(
                job=self._job,
                sequence=self._sequence,
                phase=phase,
                database=database,
                done=done,
                total=total,
                whole=self._whole(phase, database, done, total),
            )
            self._report(event)


def chosen(engine: Engine, names: tuple[str, ...]) -> tuple[DatabaseRef, ...]:
    """The configured databases that ``names`` asks for; all when it is empty. Raises `BadInput`."""
    known = {ref.name: ref for ref in engine.databases()}
    if not known:
        raise BadInput("database.none")
    for name in names:
        if name not in known:
            raise BadInput("database.unknown", name=name, allowed=", ".join(known))
    return tuple(known[name] for name in dict.fromkeys(names)) if names else tuple(known.values())


def why_of(error: BackupError | OSError | MemoryError) -> str:
    """Why something failed, to be told inside another sentence: the system's own words where there are any."""
    if isinstance(error, BackupError):
        why = error.values.get("why") or error.values.get("reason")
        return str(why or sentence(error.problem).message.rstrip("."))
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


def unreadable(error: OSError, path: Path) -> StoreFailed:
    """That ``path`` in the backup folder could not be read: nobody wanted to write there."""
    why = error.strerror or type(error).__name__
    return StoreFailed("store.unreadable", path=str(error.filename or path), why=why)


@contextlib.contextmanager
def naming_errors() -> Iterator[None]:
    """Tell errors of the operating system by name: `StoreFailed` (``root.write_failed``) with path and reason."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoreFailed("root.write_failed", path=str(error.filename or ""), why=why) from error


@dataclass(frozen=True, slots=True)
class Work:
    """A job under way: its parts, its voice and its switch."""

    kit: Kit
    teller: Teller
    cancel: CancelToken
