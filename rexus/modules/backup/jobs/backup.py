"""Back up now: the whole story, top to bottom."""

from __future__ import annotations

import contextlib
import logging
import platform
import time
import uuid

import msgspec

from .. import __version__
from ..base.cancel import CancelToken
from ..base.errors import BackupError, Cancelled, Failed, Refused, SourceFailed, StoreFailed
from ..base.records import (
    BackupKind,
    BackupRequest,
    DatabaseBackup,
    Depth,
    FileSetBackup,
    Manifest,
    Origin,
    Outcome,
    Problem,
    Record,
    SetStatus,
    Severity,
    Status,
)
from ..base.sentences_beside import SAVED
from ..base.server_parts import is_system
from ..engines.port import DatabaseRef
from ..engines.port_server import KindChoice
from . import filesets
from .account import accounted, with_warnings, worth_telling
from .cleaning import discard_files, drop
from .held import outlined
from .inspect import NO_SPACE, NOT_DONE, examine_database
from .kit import APPLICATION, CONFIG, TEMP, Kit, Report, Teller, Work, chosen, naming_errors
from .lease import Lease
from .passed_over import without_logs
from .sealing import stored
from .server_script import ScriptMade, script_made
from .server_writing import Writing
from .space import refuse_without_space
from .sweep import sweep
from .together import each

log = logging.getLogger(__name__)
_ASIDE = frozenset({Origin.MANUAL, Origin.SAFETY, Origin.DRILL})
"""Backups that follow no schedule."""


class BackupResult(Record, frozen=True, kw_only=True):
    """What a backup came to."""

    outcome: Outcome
    manifest: Manifest | None = None


def perform(request: BackupRequest, kit: Kit, report: Report, cancel: CancelToken) -> BackupResult:
    """Take one backup set. Raises `Refused` and `Busy` before anything is touched; else the outcome tells."""
    refs = agreed(request, kit)
    fresh = not any(kit.root.glob("backup_manifest_*.json"))
    with naming_errors(), Lease.hold(kit.root, "backup", request.requested_by, kit.files, kit.clock) as held:
        kit = kit.under(held.check)
        found = sweep(kit, held)
        if fresh:
            found += (Problem(code="root.new", severity=Severity.INFO, values={"path": str(kit.root)}),)
        refs, passed_over = without_logs(request, refs, kit)
        return _told(take(request, refs, kit, report, cancel), (*found, *passed_over))


def agreed(request: BackupRequest, kit: Kit) -> tuple[DatabaseRef, ...]:
    """The databases to back up, before anything is touched. Raises `BadInput`, `Refused`."""
    refs = chosen(kit.engine, request.databases)
    if request.kind is not BackupKind.FULL and not request.databases and kit.engine.server is not None:
        # Of the server's own databases there are full backups only: a plan of logs passes them over.
        refs = tuple(ref for ref in refs if not is_system(ref.location)) or refs
    if request.kind not in kit.engine.capabilities.kinds:
        allowed = ", ".join(kit.engine.capabilities.kinds)
        raise Refused("backup.kind", kind=request.kind.value, engine=kit.engine.name, allowed=allowed)
    return refs


def take(
    request: BackupRequest, refs: tuple[DatabaseRef, ...], kit: Kit, report: Report, cancel: CancelToken
) -> BackupResult:
    """The same for a caller that already holds the lease (a restore that makes its safety copy)."""
    refuse_without_space(kit, refs)
    begun = time.monotonic()
    manifest = kit.catalog.reserve(_blank(request, refs, kit), kit.clock.now())
    log.info("backup %s begins: %s", manifest.timestamp, ", ".join(ref.name for ref in refs))
    work = Work(kit, Teller(report, manifest.timestamp), cancel)
    writing = Writing(kit, manifest.timestamp)
    try:
        with naming_errors():
            databases = _databases(manifest, refs, work, writing, new_base=request.new_base)
            cancel.check()
            config, application = _files(manifest, work) if request.files else (None, None)
            work.teller.tell("publish")
            finished = _finished(manifest, databases, config, application)
            finished = msgspec.structs.replace(finished, completed_at=kit.clock.now(), seconds=time.monotonic() - begun)
            kit.guard()
            finished = kit.catalog.publish(finished)
    except BackupError as error:
        ended = _give_up(msgspec.structs.replace(manifest, seconds=time.monotonic() - begun), kit, error)
        status = Status.CANCELLED if isinstance(error, Cancelled) else Status.FAILED
        outcome = Outcome(status=status, problems=(error.problem, *writing.end()), set=manifest.timestamp)
        return BackupResult(outcome=_accounted(request, kit, outcome), manifest=ended)
    except BaseException:
        # What the server wrote stays noted and untold: nobody would hear it now, so that the next run tells it.
        _give_up(manifest, kit, Failed("unexpected"))
        raise
    outcome = with_warnings(outcome_of(finished), writing.end())
    return BackupResult(outcome=_accounted(request, kit, outcome), manifest=finished)


def _blank(request: BackupRequest, refs: tuple[DatabaseRef, ...], kit: Kit) -> Manifest:
    now = kit.clock.now()
    begun = {
        ref.name: DatabaseBackup(status=SetStatus.IN_PROGRESS, kind=request.kind, source=ref.location) for ref in refs
    }
    return Manifest(
        timestamp="",
        type=request.kind,
        started_at=now,
        status=SetStatus.IN_PROGRESS,
        databases=begun,
        set_id=str(uuid.uuid4()),
        origin=request.origin,
        requested_by=request.requested_by,
        occurrence=request.occurrence,
        host=platform.node(),
        tool_version=__version__,
    )


def _databases(
    manifest: Manifest, refs: tuple[DatabaseRef, ...], work: Work, writing: Writing, *, new_base: bool
) -> dict[str, DatabaseBackup]:
    """Every database, some at once; one that fails does not keep the others from being backed up."""
    work.kit.files.make_folder(work.kit.root / TEMP)
    aside = manifest.origin in _ASIDE and not new_base
    made = each(work, refs, lambda shared, ref: _one_database(manifest, ref, shared, writing, aside=aside))
    return {ref.name: one for ref, one in zip(refs, made, strict=True)}


def _one_database(manifest: Manifest, ref: DatabaseRef, work: Work, writing: Writing, *, aside: bool) -> DatabaseBackup:
    kit, teller = work.kit, work.teller
    begun, started_at = time.monotonic(), kit.clock.now()
    blank = DatabaseBackup(
        status=SetStatus.FAILED,
        kind=manifest.type,
        timestamp=manifest.timestamp,
        source=ref.location,
        started_at=started_at,
    )
    try:
        made = _proven(_archived(blank, ref, work, writing, aside=aside), ref, work)
    except Cancelled:
        raise
    except BackupError as error:
        log.warning("%s: %s", ref.name, error)
        made = msgspec.structs.replace(blank, problem=error.problem)
    size = made.whole_bytes
    teller.tell("done" if made.status is SetStatus.COMPLETED else "failed", ref.name, size, size)
    return msgspec.structs.replace(made, completed_at=kit.clock.now(), seconds=time.monotonic() - begun)


def _archived(blank: DatabaseBackup, ref: DatabaseRef, work: Work, writing: Writing, *, aside: bool) -> DatabaseBackup:
    """Take the backup and store it; on any failure nothing is left under its name."""
    kit, teller = work.kit, work.teller
    for finding in kit.engine.preflight(ref):
        if finding.severity is Severity.ERROR:
            raise SourceFailed(finding.code, **finding.values)
    engine = kit.engine
    choice = chosen_kind(kit, ref, blank)

    def snapshot(phase: str, done: int, total: int) -> None:
        teller.tell(phase, ref.name, done, total)

    aside = aside and not _begins_chain(choice, blank.kind)
    at, note = kit.root / TEMP, writing.add
    with engine.backup(ref, choice.kind, at, snapshot, work.cancel, aside=aside, noting=note) as product:
        notes = (*((choice.because,) if choice.because is not None else ()), *product.notes)
        blank = msgspec.structs.replace(blank, kind=product.kind, notes=notes)
        return stored(blank, ref.name, product, work)


def _begins_chain(choice: KindChoice, asked: BackupKind) -> bool:
    """Whether a full backup is made so that what was asked for is possible from now on: aside, it would change nothing.

    What another program's differentials build on is left to it, unless somebody decides otherwise.
    """
    foreign = choice.because is not None and choice.because.code == "guard.foreign_full"
    return choice.kind is BackupKind.FULL and asked is not BackupKind.FULL and not foreign


def chosen_kind(kit: Kit, ref: DatabaseRef, blank: DatabaseBackup) -> KindChoice:
    """The kind of backup that is of use now: what a differential or a log would stand on may be lost or not ours.

    Raises `Refused`, `SourceFailed`.
    """
    if kit.engine.server is None or blank.kind is BackupKind.FULL:
        return KindChoice(kind=blank.kind)
    return kit.engine.server.decide(ref, blank.kind, outlined(kit, ref.name))


def _proven(made: DatabaseBackup, ref: DatabaseRef, work: Work) -> DatabaseBackup:
    """Check the stored backup as deep as the settings ask; one that fails is no backup."""
    kit = work.kit
    depth = kit.loaded.settings.verification.depth
    if depth is Depth.STORED or made.file is None:
        return made
    check = examine_database(work, ref.name, made, depth)
    if not check.ok:
        drop(kit.store, (str(piece.file) for piece in made.pieces))
        raise _unproven(ref.name, check.problem)
    return msgspec.structs.replace(made, checks=(*made.checks, check))


def _unproven(name: str, problem: Problem | None) -> Failed:
    """Why a backup that was made is not kept: it is bad, or nobody could look at it as deep as was agreed."""
    if problem is None:
        return Failed("backup.unproven", database=name)
    if problem.code == NO_SPACE:
        return Failed("backup.no_room_to_check", **{**problem.values, "database": name})
    if problem.code == NOT_DONE:
        return Failed("backup.not_checked", **{"path": "-", **problem.values, "database": name})
    return Failed(problem.code, **problem.values)


def _files(manifest: Manifest, work: Work) -> tuple[FileSetBackup, FileSetBackup]:
    """Both file sets; one that fails is told of and does not cost the databases their backup."""
    kit = work.kit

    def progress(done: int, total: int) -> None:
        work.teller.tell("files", "", done, total)

    sets = kit.loaded.settings.files
    tools = filesets.Tools(files=kit.files, progress=progress, cancel=work.cancel)
    script = script_made(kit)
    made = []
    for kind, patterns, copy, more in (
        (CONFIG, sets.config, filesets.copy_config, script),
        (APPLICATION, sets.application, filesets.copy_application, ScriptMade()),
    ):
        plan = filesets.FileSetPlan(
            app_root=kit.loaded.app_root,
            config_file=kit.loaded.path,
            patterns=patterns,
            exclude=sets.exclude,
            made=more.files,
        )
        try:
            copied = copy(plan, kit.root, manifest.timestamp, tools)
            made.append(msgspec.structs.replace(copied, problems=(*copied.problems, *more.notes)))
        except (SourceFailed, StoreFailed) as error:
            log.warning("%s files: %s", kind, error)
            with contextlib.suppress(OSError):  # verify tells what stays
                filesets.remove_tree(kit.root / kind / manifest.timestamp, kit.files)
            made.append(_failed_files(manifest, error))
    return made[0], made[1]


def _failed_files(manifest: Manifest, error: BackupError) -> FileSetBackup:
    """Without the application's folder it is a warning; a folder of backups that can't be written is a failure."""
    severity = Severity.WARNING if isinstance(error, SourceFailed) else Severity.ERROR
    problem = Problem(code=error.code, severity=severity, values=dict(error.values))
    return FileSetBackup(status=SetStatus.FAILED, timestamp=manifest.timestamp, problems=(problem,))


def _give_up(manifest: Manifest, kit: Kit, error: BackupError) -> Manifest:
    """Leave no stored file of the set; its manifest says how it ended, and is returned."""
    status = SetStatus.CANCELLED if isinstance(error, Cancelled) else SetStatus.FAILED
    log.warning("backup %s ends: %s", manifest.timestamp, error)
    ended = msgspec.structs.replace(
        manifest,
        status=status,
        completed_at=kit.clock.now(),
        databases={
            name: msgspec.structs.replace(one, status=status, timestamp=manifest.timestamp)
            for name, one in manifest.databases.items()
        },
        problems=(error.problem,),
    )
    try:
        kit.guard()
        discard_files(kit, manifest.timestamp)
        return kit.catalog.publish(ended)
    except (BackupError, OSError) as second:
        log.warning("what is left of %s is swept at the next start: %s", manifest.timestamp, second)
        return ended


def _finished(
    manifest: Manifest,
    databases: dict[str, DatabaseBackup],
    config: FileSetBackup | None,
    application: FileSetBackup | None,
) -> Manifest:
    failed = {name: one.problem for name, one in databases.items() if one.problem is not None}
    files = tuple(part for part in (config, application) if part is not None)
    unwritten = tuple(p for part in files for p in part.problems if p.severity is Severity.ERROR)
    lines = tuple(_line(name, failed.get(name)) for name in databases)
    kinds = {one.kind for one in databases.values() if one.problem is None}
    return msgspec.structs.replace(
        manifest,
        type=kinds.pop() if len(kinds) == 1 else manifest.type,
        status=SetStatus.FAILED if failed or unwritten else SetStatus.COMPLETED,
        databases=databases,
        config=config,
        application=application,
        integrity_check=lines,
        errors=tuple(f"{name}: {problem.code}" for name, problem in failed.items()),
        problems=tuple(failed.values()),
    )


def _line(name: str, problem: Problem | None) -> str:
    """One line as the original program wrote them."""
    return f"✓ {name}: Integridad verificada" if problem is None else f"✗ {name}: {problem.code}"


def _told(result: BackupResult, found: tuple[Problem, ...]) -> BackupResult:
    """Add what was found and tidied before the backup began."""
    notes = tuple(one for one in found if one.severity is Severity.INFO)
    warned = with_warnings(result.outcome, worth_telling(found))
    outcome = msgspec.structs.replace(warned, problems=(*warned.problems, *notes))
    return msgspec.structs.replace(result, outcome=outcome)


def outcome_of(manifest: Manifest) -> Outcome:
    """How the backup of a finished set ended. Raises `ValueError` for one that nothing in it proves."""
    proof = tuple(
        f"{name}:{one.checks[-1].depth if one.checks else 'server'}:{one.stored_sha256}"
        for name, one in manifest.databases.items()
        if one.status is SetStatus.COMPLETED
    )
    troubled = tuple(p for part in (manifest.config, manifest.application) if part for p in part.problems)
    told = (*_beside_saved(manifest), *troubled)
    if manifest.status is SetStatus.FAILED:
        return Outcome(status=Status.FAILED, proof=proof, problems=told, set=manifest.timestamp)
    told = (*told, *(note for one in manifest.databases.values() for note in one.notes))
    status = Status.WARNINGS if any(p.severity is not Severity.INFO for p in told) else Status.OK
    return Outcome(status=status, proof=proof, problems=told, set=manifest.timestamp)


def _beside_saved(manifest: Manifest) -> tuple[Problem, ...]:
    """Its problems, which say what was saved all the same: no backup of one database leaves the others without."""
    saved = ", ".join(name for name, one in manifest.databases.items() if one.status is SetStatus.COMPLETED)
    if not saved:
        return manifest.problems
    return tuple(msgspec.structs.replace(one, values={**one.values, SAVED: saved}) for one in manifest.problems)


def _accounted(request: BackupRequest, kit: Kit, outcome: Outcome) -> Outcome:
    told: dict[str, str | int] = {"origin": request.origin.value, "kind": request.kind.value}
    with contextlib.suppress(BackupError):  # how the space goes is seen from these figures
        told |= {} if (free := kit.store.free_bytes()) is None else {"free": free}
    return accounted(kit, request.requested_by, "backup", outcome, told)
