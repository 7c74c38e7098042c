"""The way back from a restore, for its own run and for whoever finds one that died."""

from __future__ import annotations

import enum
import hashlib
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Failed
from ..base.files import PARTIAL
from ..base.records import Problem, Record, Severity
from . import filesets_undo, restore_journal
from .inspect import unpack, write_plain
from .kit import Kit, Teller, Work, why_of
from .restore_journal import Pending, Place

log = logging.getLogger(__name__)
COMPANIONS = ("-wal", "-journal")
"""What may belong to the content of a database file beside it."""


class Settled(Record, frozen=True, kw_only=True):
    """What became of a restore that did not come to its end; what is ``open`` is tried again at the next start."""

    problems: tuple[Problem, ...] = ()
    open: bool = False


def settle(kit: Kit, pending: Pending, waiting: frozenset[str] = frozenset()) -> Settled:
    """Take a restore back, or tidy up after one that was committed, and forget it when nothing is left to do.

    ``waiting`` are the databases that the caller knows were not replaced: other content there is none of our doing.
    """
    told = _tidied(kit, pending) if pending.committed else _taken_back(kit, pending)
    told = [one for one in told if one.code != "undo.worked_with" or one.values["database"] not in waiting]
    still = any(one.severity is Severity.ERROR for one in told)
    if not still:
        try:
            restore_journal.remove(kit, pending)
        except OSError as error:
            log.warning("the journal of a settled restore stays: %s", error)
    return Settled(problems=tuple(told), open=still)


def _tidied(kit: Kit, pending: Pending) -> list[Problem]:
    return files_kept(kit, pending.files, pending.safety or "")


def files_kept(kit: Kit, destinations: Iterable[str], kept: str) -> list[Problem]:
    """Make restored files final that are proven to be in their place; ``kept`` is the set that holds what was there."""
    told: list[Problem] = []
    for where in destinations:
        try:
            filesets_undo.finish(Path(where), kit.files, root=kit.root)
        except (BackupError, OSError) as error:
            values: dict[str, str | int] = {"target": where, "database": "", "set": kept, "why": why_of(error)}
            told.append(Problem(code="undo.failed", values=values))
    return told


def _taken_back(kit: Kit, pending: Pending) -> list[Problem]:
    told = files_back(kit, pending.files, pending.safety or pending.set)
    for place in reversed(pending.places):
        told.extend(put_back(kit, place, pending.safety))
    return told


def files_back(kit: Kit, destinations: Sequence[str], kept: str) -> list[Problem]:
    """Put back the files that a restore has replaced, the last first; ``kept`` is the set that holds them too."""
    told: list[Problem] = []
    for where in reversed(destinations):
        values: dict[str, str | int] = {"target": where, "database": Path(where).name, "set": kept}
        try:
            if filesets_undo.undo(Path(where), kit.files, root=kit.root):
                told.append(Problem(code="undo.files", severity=Severity.INFO, values=values))
        except (BackupError, OSError) as error:
            log.error("undo of the files in %s fails: %s", where, error)  # noqa: TRY400  the sentence tells it
            told.append(Problem(code="undo.failed", values={**values, "why": why_of(error)}))
    return told


def put_back(kit: Kit, one: Place, safety: str | None) -> list[Problem]:
    """Make ``one`` what it was before the restore; says how that went.

    Only what the restore itself put there is replaced: what is as it was stays, and so does what somebody has
    worked with since.
    """
    if one.existed and not one.old:  # nothing is replaced before its state was seen and it was kept
        return []
    values: dict[str, str | int] = {"database": one.name, "target": one.location, "set": safety or one.raw}
    try:
        content = _content(kit, one, safety)
        if content is Content.OLD:
            return []
        if content is Content.OTHER:
            return [Problem(code="undo.worked_with", severity=Severity.WARNING, values=values)]
        if not one.existed:
            for path in (Path(one.location), *(beside(Path(one.location), end) for end in (*COMPANIONS, "-shm"))):
                kit.files.unlink(path)
            kit.files.sync_folder(Path(one.location).parent)
            return [Problem(code="undo.removed", severity=Severity.INFO, values=values)]
        if one.raw:
            _from_raw(kit, one)
        else:
            _from_set(kit, one, safety)
    except (BackupError, OSError) as error:
        log.error("undo of %s fails: %s", one.name, error)  # noqa: TRY400  the sentence tells the person
        return [Problem(code="undo.failed", values={**values, "why": why_of(error)})]
    return [Problem(code="undo.done", severity=Severity.INFO, values=values)]


class Content(enum.Enum):
    """What is at a place."""

    OLD = "old"
    NEW = "new"
    OTHER = "other"


def _content(kit: Kit, one: Place, safety: str | None) -> Content:
    """Tell by size and time, and where those say nothing by the bytes. Raises `BackupError`, `OSError`."""
    now, path = kit.engine.state(one.location), Path(one.location)
    if now in (one.old, one.new):
        return Content.OLD if now == one.old else Content.NEW
    if any(end.is_file() and end.stat().st_size for end in (beside(path, name) for name in COMPANIONS)):
        return Content.OTHER
    if _hash(path, one.algorithm) == one.checksum:
        return Content.NEW
    kept = None if safety is None else kit.catalog.load(safety).databases.get(one.kept_as)
    if kept is not None and kept.checksum and _hash(path, kept.checksum_algorithm) == kept.checksum:
        return Content.OLD
    return Content.OTHER


def _hash(path: Path, algorithm: str) -> str:
    with path.open("rb") as reading:
        return hashlib.file_digest(reading, algorithm).hexdigest()


def _from_set(kit: Kit, one: Place, safety: str | None) -> None:
    if safety is None:
        raise Failed("restore.not_in_set", database=one.name, set="–")
    work = Work(kit, Teller(lambda event: None, safety), CancelToken())
    kept = kit.catalog.load(safety).databases[one.kept_as]
    unpack(work, one.name, kept, Path(one.staging), "undo")
    kit.engine.install(kit.engine.target(one.name, one.location), overwrite=True, cancel=work.cancel)


def _from_raw(kit: Kit, one: Place) -> None:
    """Put the kept files back; the log that belongs to the new database goes before, the kept one comes after."""
    target, folder = Path(one.location), Path(one.raw)
    for end in (*COMPANIONS, "-shm"):
        kit.files.unlink(beside(target, end))
    copy(kit, folder / target.name, target)
    for end in COMPANIONS:
        kept = beside(folder / target.name, end)
        if kept.is_file():
            copy(kit, kept, beside(target, end))
    kit.files.sync_folder(target.parent)


def beside(path: Path, end: str) -> Path:
    """The file of that name with ``end`` behind it."""
    return path.with_name(path.name + end)


def copy(kit: Kit, source: Path, target: Path) -> None:
    """Copy one file as it is, synced, in its place in one step. Raises `OSError`."""
    partial = target.with_name(target.name + PARTIAL)
    with source.open("rb") as reading:
        write_plain(kit.files, partial, iter(lambda: reading.read(1 << 20), b""))
    kit.files.replace(partial, target)
