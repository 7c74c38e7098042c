"""The way back from a restore, also for whoever finds one that died."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Failed
from ..base.files import PARTIAL
from ..base.records import Problem, Record, Severity
from . import filesets_undo
from .inspect import unpack, write_plain
from .kit import Kit, Teller, Work

log = logging.getLogger(__name__)
PENDING = "restore:"
"""Prefix of the leftover that tells how to take back a restore; a `Pending` follows."""
COMPANIONS = ("-wal", "-journal")
"""What may belong to the content of a database file beside it."""


class Place(Record, frozen=True, kw_only=True):
    """One database that a restore replaces or makes."""

    name: str
    location: str
    staging: str
    """While it exists, the database has not been replaced."""
    existed: bool
    kept_as: str
    """Its name in the safety set."""
    raw: str = ""
    """Folder that keeps its files as they were, where no set can hold them."""


class Pending(Record, frozen=True, kw_only=True):
    """A restore between its first and its last change."""

    safety: str | None
    places: tuple[Place, ...]
    files: tuple[str, ...] = ()
    """Destinations of file sets."""
    undoing: bool = False
    """It is being taken back: whatever is named here must go back."""
    committed: bool = False
    """Everything is in its place and proven: what is left to do is to tidy up."""


def beside(path: Path, end: str) -> Path:
    """The file of that name with ``end`` behind it."""
    return path.with_name(path.name + end)


def copy(kit: Kit, source: Path, target: Path) -> None:
    """Copy one file as it is, synced, in its place in one step. Raises `OSError`."""
    partial = target.with_name(target.name + PARTIAL)
    with source.open("rb") as reading:
        write_plain(kit.files, partial, iter(lambda: reading.read(1 << 20), b""))
    kit.files.replace(partial, target)


def put_back(work: Work, one: Place, safety: str | None) -> Problem:
    """Make ``one`` what it was before the restore; says how that went."""
    values: dict[str, str | int] = {"database": one.name, "target": one.location, "set": safety or one.raw}
    try:
        if not one.existed:
            work.kit.files.unlink(Path(one.location))
            work.kit.files.sync_folder(Path(one.location).parent)
            return Problem(code="undo.removed", severity=Severity.INFO, values=values)
        if one.raw:
            _from_raw(work.kit, one)
        else:
            _from_set(work, one, safety)
    except (BackupError, OSError) as error:
        log.error("undo of %s fails: %s", one.name, error)  # noqa: TRY400  the sentence tells the person
        return Problem(code="undo.failed", values=values)
    return Problem(code="undo.done", severity=Severity.INFO, values=values)


def _from_set(work: Work, one: Place, safety: str | None) -> None:
    if safety is None:
        raise Failed("undo.failed", database=one.name, target=one.location, set="")
    kit = work.kit
    calm = Work(kit, work.teller, CancelToken())
    kept = kit.catalog.load(safety).databases[one.kept_as]
    unpack(calm, one.name, kept, Path(one.staging), "undo")
    kit.engine.install(kit.engine.target(one.name, one.location), overwrite=True, cancel=calm.cancel)


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


def as_leftover(pending: Pending) -> str:
    """The line that the lease keeps until the restore has ended."""
    return PENDING + msgspec.json.encode(pending).decode()


def roll_back(kit: Kit, leftovers: tuple[str, ...]) -> list[Problem]:
    """Take back what a dead restore had replaced, unless all of it was proven. Raises `OSError`, `ValueError`."""
    lines = [line for line in leftovers if line.startswith(PENDING)]
    if not lines:
        return []
    pending = msgspec.json.decode(lines[-1].removeprefix(PENDING), type=Pending)
    if pending.committed:
        for where in pending.files:
            filesets_undo.finish(Path(where), kit.files, root=kit.root)
        return []
    replaced = [one for one in pending.places if pending.undoing or not Path(one.staging).exists()]
    if not replaced:
        return []
    work = Work(kit, Teller(lambda event: None, "sweep"), CancelToken())
    done = [put_back(work, one, pending.safety) for one in reversed(replaced)]
    names = ", ".join(one.name for one in replaced)
    values: dict[str, str | int] = {"database": names, "set": pending.safety or ""}
    return [Problem(code="sweep.restore_undone", severity=Severity.WARNING, values=values), *done]
