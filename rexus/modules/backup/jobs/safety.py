"""Keep what a restore is about to overwrite; without that nothing is overwritten."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path

from ..base.errors import Failed
from ..base.records import BackupRequest, Problem, SetStatus
from ..base.texts import sentence
from ..engines.port import DatabaseRef
from . import backup
from .kit import SAFETY, Kit, Work
from .restore_journal import Place
from .shares import of_safety_copies
from .undo import COMPANIONS, beside, copy

log = logging.getLogger(__name__)


def name_in_safety_set(name: str, location: str, configured: str | None, known: frozenset[str]) -> str:
    """What a database is called in the safety set: by where it lives, never by what replaces it."""
    if configured is not None:
        return configured
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", Path(location).stem).strip("_-")[:48] or name
    return f"{plain}_aside" if plain in known else plain


def unkept(names: Iterable[str], causes: Iterable[Problem]) -> Failed:
    """That what would be overwritten could not be kept, in the words of what kept it from that."""
    found = tuple(causes) or (Problem(code="unexpected"),)
    said = [sentence(one) for one in found]
    return Failed(
        "safety.failed",
        database=", ".join(names),
        why=" ".join(dict.fromkeys(one.message for one in said)),
        remedy=" ".join(dict.fromkeys(one.fix for one in said)),
        cause=found[0].code,
    )


def safety_copy(work: Work, request: BackupRequest, places: tuple[Place, ...]) -> tuple[str, set[str]]:
    """Back up what will be overwritten; return the set, and the names of what only its raw files could keep.

    Raises `Failed` when something could not be kept. A database too damaged for the engine is kept as its raw
    files below ``safety/<set>/``.
    """
    refs = tuple(DatabaseRef(name=one.kept_as, location=one.location) for one in places)

    def told(name: str, done: int, total: int) -> None:
        work.teller.tell("safety", name, done, total)

    listening = of_safety_copies(told, {one.kept_as: one.name for one in places})
    result = backup.take(request, refs, work.kit, listening, work.cancel)
    work.cancel.check()
    if result.manifest is None:
        raise unkept((one.name for one in places), result.outcome.problems)
    name = result.manifest.timestamp
    damaged = {
        one.kept_as for one in places if result.manifest.databases[one.kept_as].status is not SetStatus.COMPLETED
    }
    for one in places:
        if one.kept_as in damaged:
            keep_raw(work.kit, one, work.kit.root / SAFETY / name)
    return name, damaged


def keep_raw(kit: Kit, one: Place, folder: Path) -> None:
    """Copy the files of ``one`` byte by byte, synced. Raises `Failed`."""
    source = Path(one.location)
    try:
        kit.files.make_folder(folder)
        for path in (source, *(beside(source, end) for end in COMPANIONS)):
            if path.is_file():
                copy(kit, path, folder / path.name)
        kit.files.sync_folder(folder)
    except OSError as error:
        why = error.strerror or type(error).__name__
        values: dict[str, str | int] = {"path": str(error.filename or folder), "why": why}
        raise unkept((one.name,), (Problem(code="root.write_failed", values=values),)) from error
    log.warning("the files of %s are kept in %s", one.name, folder)
