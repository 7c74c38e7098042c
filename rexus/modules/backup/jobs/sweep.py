"""What a dead owner left behind is finished, marked or removed, at the next start and under the lease."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import msgspec

from ..base.errors import BackupError
from ..base.files import PARTIAL
from ..base.records import Manifest, Problem, SetStatus, Severity
from . import filesets_undo
from .cleaning import discard_files, finish_deletion
from .kit import DATABASES, LOGS, RESTORE, SAFETY, TEMP, Kit
from .lease import Held
from .logs import sweep_logs

log = logging.getLogger(__name__)
_UNFINISHED = re.compile(re.escape(PARTIAL) + r"(-journal|-wal|-shm)?$")
FILES_LEFTOVER = "files:"
"""Prefix of leftovers of a restore of files: the destination follows."""


def sweep(kit: Kit, held: Held) -> tuple[Problem, ...]:
    """Bring the root to a clean state; returns what was found, as information for the person."""
    told: list[Problem] = []
    if held.took_over is not None:
        owner = held.took_over
        told.append(_said("sweep.took_over", pid=owner.pid, verb=owner.verb, since=str(owner.since)))
        told.extend(_beside_databases(kit, tuple(owner.leftovers)))
    for summary in kit.catalog.entries().sets:
        if summary.deleting:
            finish_deletion(kit, kit.catalog.load(summary.set))
            told.append(_said("sweep.deletion_finished", set=summary.set))
        elif summary.status is SetStatus.IN_PROGRESS:
            _interrupt(kit, kit.catalog.load(summary.set))
            told.append(_said("sweep.interrupted", set=summary.set))
    today = kit.clock.now().astimezone().date()
    sweep_logs(kit.root / LOGS, kit.loaded.settings.logs.keep_days, today, kit.files)
    removed = _partials(kit)
    if removed:
        told.append(_said("sweep.partials", count=removed))
    for problem in told:
        log.info("%s %s", problem.code, problem.values)
    return tuple(told)


def _said(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.INFO, values=values)


def _beside_databases(kit: Kit, leftovers: tuple[str, ...]) -> list[Problem]:
    told: list[Problem] = []
    for location in leftovers:
        try:
            swept = _swept(kit, location)
        except BackupError as error:
            told.append(Problem(code=error.code, severity=Severity.WARNING, values=dict(error.values)))
        else:
            told.extend(_said("sweep.beside_database", path=path) for path in swept)
    return told


def _swept(kit: Kit, location: str) -> tuple[str, ...]:
    """Finish what a dead restore left at one place. Raises `BackupError`."""
    if location.startswith(FILES_LEFTOVER):
        folder = location.removeprefix(FILES_LEFTOVER)
        return (folder,) if filesets_undo.undo(Path(folder), kit.files) else ()
    return kit.engine.sweep(kit.engine.target(Path(location).stem, location))


def _interrupt(kit: Kit, manifest: Manifest) -> None:
    """Remove what the dead run had written and say in its manifest that it was interrupted."""
    discard_files(kit, manifest.timestamp)
    kit.catalog.publish(
        msgspec.structs.replace(
            manifest,
            status=SetStatus.INTERRUPTED,
            databases={
                name: msgspec.structs.replace(one, status=SetStatus.INTERRUPTED, file=None)
                for name, one in manifest.databases.items()
            },
            config=None,
            application=None,
            problems=(Problem(code="set.interrupted", values={"set": manifest.timestamp}),),
        )
    )


def _partials(kit: Kit) -> int:
    """Remove unfinished files where this program leaves them, and nowhere else; returns how many.

    What lies in ``config/`` and ``application/`` goes with its unfinished set.
    """
    found = [path for path in _named(kit.root) if path.name.startswith(("backup_manifest_", "."))]
    for folder in (DATABASES, LOGS, TEMP, RESTORE):
        found += _named(kit.root / folder)
    for above, _, _ in os.walk(kit.root / SAFETY):
        found += _named(Path(above))
    for path in found:
        kit.files.unlink(path)
    for touched in {path.parent for path in found}:
        kit.files.sync_folder(touched)
    return len(found)


def _named(folder: Path) -> list[Path]:
    """Unfinished files directly in ``folder``, with what SQLite may have laid beside them."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if _UNFINISHED.search(path.name) and path.is_file()]
