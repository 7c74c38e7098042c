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
from ..catalog.index import SetSummary
from . import filesets_undo, undo
from .cleaning import discard_files, finish_deletion
from .kit import DATABASES, LOGS, RESTORE, SAFETY, TEMP, Kit
from .lease import Held
from .logs import sweep_logs
from .removal_rules import present, protected

log = logging.getLogger(__name__)
_END = re.escape(PARTIAL) + r"(-journal|-wal|-shm)?"
_UNFINISHED = re.compile(rf".*{_END}", re.DOTALL)
_IN_ROOT = re.compile(rf"(backup_manifest_.*|\.lease.*|\.probe|\.catalog-index){_END}", re.DOTALL)
_IN_DATABASES = re.compile(rf".+_[0-9]{{8}}_[0-9]{{6}}(_[0-9]+)?\.bak(\.gz|\.zst)?{_END}", re.DOTALL)
FILES_LEFTOVER = "files:"
"""Prefix of leftovers of a restore of files: the destination follows."""


def sweep(kit: Kit, held: Held) -> tuple[Problem, ...]:
    """Bring the root to a clean state; returns what was found, as information for the person."""
    told: list[Problem] = []
    if held.took_over is not None:
        owner = held.took_over
        told.append(_said("sweep.took_over", pid=owner.pid, verb=owner.verb, since=str(owner.since)))
        told.extend(_beside_databases(kit, tuple(owner.leftovers)))
    told.extend(_open_files(kit))
    for summary in kit.catalog.entries().sets:
        if summary.deleting or summary.status is SetStatus.IN_PROGRESS:
            told.extend(_settle(kit, summary))
    today = kit.clock.now().astimezone().date()
    sweep_logs(kit.root / LOGS, kit.loaded.settings.logs.keep_days, today, kit.files)
    told.extend(_partials(kit))
    for problem in told:
        log.info("%s %s", problem.code, problem.values)
    return tuple(told)


def _said(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.INFO, values=values)


def _settle(kit: Kit, summary: SetSummary) -> list[Problem]:
    """Finish a deletion or mark an interrupted set; what can't be done is told and waits for the next start."""
    try:
        manifest = kit.catalog.load(summary.set)
        if not summary.deleting:
            _interrupt(kit, manifest)
            return [_said("sweep.interrupted", set=summary.set)]
        unmarked = tuple(
            msgspec.structs.replace(one, deleting=one.deleting and one.set != summary.set) for one in present(kit)
        )
        if summary.set in protected(unmarked):
            kit.catalog.publish(msgspec.structs.replace(manifest, deleting_since=None))
            return [_warned("sweep.deletion_dropped", set=summary.set)]
        finish_deletion(kit, manifest)
        return [_said("sweep.deletion_finished", set=summary.set)]
    except (BackupError, OSError) as error:
        return [_warned("sweep.left", path=summary.set, why=str(error))]


def _warned(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)


def _beside_databases(kit: Kit, leftovers: tuple[str, ...]) -> list[Problem]:
    """First what was replaced goes back, then what lies beside the databases goes."""
    told: list[Problem] = []
    try:
        told.extend(undo.roll_back(kit, leftovers))
    except (BackupError, OSError, ValueError) as error:
        told.append(_warned("sweep.left", path="restore", why=str(error)))
    for location in leftovers:
        if location.startswith(undo.PENDING):
            continue
        try:
            told.extend(_said("sweep.beside_database", path=path) for path in _swept(kit, location))
        except (BackupError, OSError) as error:
            told.append(_warned("sweep.left", path=location, why=str(error)))
    return told


def _open_files(kit: Kit) -> list[Problem]:
    """Take back or clean up restores of files that nobody ended."""
    told: list[Problem] = []
    for where in filesets_undo.open_destinations(kit.root):
        try:
            if filesets_undo.undo(where, kit.files, root=kit.root):
                told.append(_said("sweep.beside_database", path=str(where)))
        except (BackupError, OSError) as error:
            told.append(_warned("sweep.left", path=str(where), why=str(error)))
    return told


def _swept(kit: Kit, location: str) -> tuple[str, ...]:
    """Finish what a dead restore left at one place. Raises `BackupError`."""
    if location.startswith(FILES_LEFTOVER):
        folder = location.removeprefix(FILES_LEFTOVER)
        return (folder,) if filesets_undo.undo(Path(folder), kit.files, root=kit.root) else ()
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


def _partials(kit: Kit) -> list[Problem]:
    """Remove unfinished files where this program leaves them, of the names that it gives, and nothing else.

    What lies in ``config/`` and ``application/`` goes with its unfinished set.
    """
    found = _named(kit.root, _IN_ROOT)
    found += _named(kit.root / DATABASES, _IN_DATABASES)
    for folder in (LOGS, TEMP, RESTORE):
        found += _named(kit.root / folder, _UNFINISHED)
    for above, _, _ in os.walk(kit.root / SAFETY):
        found += _named(Path(above), _UNFINISHED)
    told: list[Problem] = []
    for path in found:
        try:
            kit.files.unlink(path)
            kit.files.sync_folder(path.parent)
        except OSError as error:
            told.append(_warned("sweep.left", path=str(path), why=error.strerror or type(error).__name__))
    if len(found) > len(told):
        told.append(_said("sweep.partials", count=len(found) - len(told)))
    return told


def _named(folder: Path, names: re.Pattern[str]) -> list[Path]:
    """Files directly in ``folder`` with such names."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if names.fullmatch(path.name) and path.is_file()]
