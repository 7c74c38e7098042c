"""What a dead owner left behind is finished, marked or removed, at the next start and under the lease."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from pathlib import Path

import msgspec

from ..base.errors import BackupError
from ..base.files import PARTIAL
from ..base.records import DatabaseBackup, Manifest, Problem, SetStatus, Severity, Status, Stripe
from ..catalog.index import SetSummary
from . import cut_off, dead_runs, filesets_undo, restore_journal, server_journal, server_undo, server_writing, undo
from .cleaning import discard_files, finish_deletion
from .cleanup_rules import ENDING
from .kit import DATABASES, LOGS, RESTORE, SAFETY, TEMP, Kit, unreadable, why_of
from .lease import Held
from .logs import sweep_logs
from .removal_rules import look
from .removal_server import left
from .standing import begun_stays, ordered

log = logging.getLogger(__name__)
FINISHED = "sweep.deletion_finished"
"""Says of a set that its deletion, begun earlier, was finished; it is gone."""
_END = re.escape(PARTIAL) + r"(-journal|-wal|-shm)?"
_UNFINISHED = re.compile(rf".*{_END}", re.DOTALL)
_IN_ROOT = re.compile(rf"(backup_manifest_.*|\.lease.*|\.probe|\.catalog-index|\.orphans){_END}", re.DOTALL)
_IN_DATABASES = re.compile(rf".+_[0-9]{{8}}_[0-9]{{6}}(_[0-9]+)?{ENDING}{_END}", re.DOTALL)


def sweep(kit: Kit, held: Held) -> tuple[Problem, ...]:
    """Bring the root to a clean state; returns what was found, as information for the person."""
    dead_runs.owner_noted(kit, held)
    told = [*_restores(kit), *server_undo.sweep(kit)]
    if held.took_over is not None:
        owner = held.took_over
        told.append(_said("sweep.took_over", pid=owner.pid, verb=owner.verb, since=str(owner.since)))
        told.extend(_beside_databases(kit, tuple(owner.leftovers)))
    told.extend(_open_files(kit))
    for summary in kit.catalog.entries().sets:
        if summary.deleting or summary.status is SetStatus.IN_PROGRESS:
            told.extend(_settle(kit, summary, held.record.who))
    told.extend(server_writing.sweep(kit))
    today = kit.clock.now().astimezone().date()
    sweep_logs(kit.root / LOGS, kit.loaded.settings.logs.keep_days, today, kit.files)
    told.extend(_partials(kit))
    if kit.engine.server is not None:
        kit.engine.server.anew()  # what made us tidy up may have made it start anew too; the job itself shall ask
    for problem in told:
        log.info("%s %s", problem.code, problem.values)
    return tuple(told)


def _said(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.INFO, values=values)


def _settle(kit: Kit, summary: SetSummary, who: str) -> list[Problem]:
    """Finish a deletion or mark an interrupted set; what can't be done is told and waits for the next start."""
    try:
        manifest = kit.catalog.load(summary.set)
        if not summary.deleting:
            _interrupt(kit, manifest)
            dead_runs.set_noted(kit, manifest, who)
            return [_said("sweep.interrupted", set=summary.set)]
        kept = _kept_back(kit, summary.set)
        if kept == "restore_open":
            return [_said("sweep.deletion_waits", set=summary.set)]
        if kept is not None:
            kit.catalog.publish(msgspec.structs.replace(manifest, deleting_since=None))
            return [_warned("sweep.deletion_pinned" if kept == "pinned" else "sweep.deletion_dropped", set=summary.set)]
        finish_deletion(kit, manifest)
        with contextlib.suppress(BackupError, OSError):  # whoever begun it died before it could write its line
            kit.audit.record(who, "delete.finished", summary.set, Status.OK.value)
        return [_said(FINISHED, set=summary.set), *left(kit, (manifest,))]
    except (BackupError, OSError) as error:
        return [_warned("sweep.left", path=summary.set, why=why_of(error))]


def _kept_back(kit: Kit, name: str) -> str | None:
    """The rule by which a set whose deletion was begun stays, now or for good; None: it goes. Raises `StoreFailed`."""
    found, now = look(kit), kit.clock.now()
    sets = ordered(found.candidates, now, found.recent.made)
    begun = next((one for one in sets.newest_first if one.set == name), None)
    stays = begun_stays(begun, sets, now) if begun is not None else None
    if stays is not None:
        return stays[0]
    return "restore_open" if found.hindrance is not None else None


def _warned(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)


def _restores(kit: Kit) -> list[Problem]:
    """Settle what restores left open: they go back, unless all of it was proven to be in its place."""
    told: list[Problem] = []
    for pending in restore_journal.unsettled(kit):
        result = undo.settle(kit, pending)
        told.extend(result.problems)
        if not pending.committed and not result.open and result.problems:
            told.insert(0, cut_off.taken_back(pending))
    return told


def _beside_databases(kit: Kit, leftovers: tuple[str, ...]) -> list[Problem]:
    """What a dead restore had unpacked beside the databases goes."""
    told: list[Problem] = []
    for location in leftovers:
        try:
            swept = kit.engine.sweep(kit.engine.target(Path(location).stem, location))
            told.extend(_said("sweep.beside_database", path=path) for path in swept)
        except (BackupError, OSError) as error:
            told.append(_warned("sweep.left", path=location, why=why_of(error)))
    return told


def _open_files(kit: Kit) -> list[Problem]:
    """Take back or clean up restores of files that nobody ended."""
    told: list[Problem] = []
    open_still = {Path(where) for one in restore_journal.unsettled(kit) for where in one.files}
    open_still |= {Path(where) for one in server_journal.unsettled(kit) for where in one.files}
    for where in filesets_undo.open_destinations(kit.root):
        if where in open_still:
            continue
        try:
            if filesets_undo.undo(where, kit.files, root=kit.root):
                told.append(_said("sweep.beside_database", path=str(where)))
        except (BackupError, OSError) as error:
            told.append(_warned("sweep.left", path=str(where), why=why_of(error)))
    return told


def _interrupt(kit: Kit, manifest: Manifest) -> None:
    """Remove what the dead run had written and say in its manifest that it was interrupted."""
    discard_files(kit, manifest.timestamp)
    kit.catalog.publish(
        msgspec.structs.replace(
            manifest,
            status=SetStatus.INTERRUPTED,
            databases={name: _without_files(one) for name, one in manifest.databases.items()},
            config=None,
            application=None,
            problems=(Problem(code="set.interrupted", values={"set": manifest.timestamp}),),
        )
    )


def _without_files(one: DatabaseBackup) -> DatabaseBackup:
    """The same, of which nothing is stored any more; what its server keeps is there still."""
    stripes = tuple(Stripe(server_file=each.server_file) for each in one.stripes if each.server_file is not None)
    return msgspec.structs.replace(one, status=SetStatus.INTERRUPTED, file=None, stripes=stripes)


def unfinished(kit: Kit) -> list[Path]:
    """Unfinished files where this program leaves them, of the names that it gives, and nothing else.

    What lies in ``config/`` and ``application/`` goes with its unfinished set.
    """
    found = _named(kit.root, _IN_ROOT)
    found += _named(kit.root / DATABASES, _IN_DATABASES)
    for folder in (LOGS, TEMP, RESTORE):
        found += _named(kit.root / folder, _UNFINISHED)
    for above, _, _ in os.walk(kit.root / SAFETY):
        found += _named(Path(above), _UNFINISHED)
    return found


def _partials(kit: Kit) -> list[Problem]:
    """Remove what is unfinished."""
    found = unfinished(kit)
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
    """Files directly in ``folder`` with such names. Raises `StoreFailed` where one may not look."""
    try:
        if not folder.is_dir():
            return []
        return [path for path in folder.iterdir() if names.fullmatch(path.name) and path.is_file()]
    except OSError as error:
        raise unreadable(error, folder) from error
