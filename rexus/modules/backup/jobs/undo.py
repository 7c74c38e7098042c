"""The safety net of a restore: the copy made before, the proof made after, and the way back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.cancel import CancelToken
from ..base.errors import BackupError, Damaged, Failed
from ..base.files import PARTIAL
from ..base.records import BackupRequest, Check, Depth, Problem, SetStatus, Severity
from ..engines.port import DatabaseRef
from .inspect import unpack, write_plain
from .kit import SAFETY, Kit, Report, Work
from .plan import Wanted

if TYPE_CHECKING:
    from .backup import BackupResult

log = logging.getLogger(__name__)
Take = Callable[[BackupRequest, tuple[DatabaseRef, ...], Kit, Report, CancelToken], "BackupResult"]


def safety_copy(request: BackupRequest, doomed: tuple[DatabaseRef, ...], work: Work, take: Take) -> str:
    """Back up what will be overwritten and return the set. Raises `Failed` when something could not be kept.

    A database too damaged for the engine is kept as its raw files below ``safety/<set>/``.
    """
    result = take(request, doomed, work.kit, lambda event: None, work.cancel)
    if result.manifest is None:
        raise Failed("safety.failed", database=", ".join(ref.name for ref in doomed))
    work.cancel.check()
    for ref in doomed:
        made = result.manifest.databases[ref.name]
        if made.status is not SetStatus.COMPLETED:
            _keep_raw(work.kit, ref, result.manifest.timestamp)
    return result.manifest.timestamp


def _keep_raw(kit: Kit, ref: DatabaseRef, set_name: str) -> None:
    """Copy the files of a damaged database byte by byte, synced. Raises `Failed`."""
    folder = kit.root / SAFETY / set_name
    source = Path(ref.location)
    try:
        kit.files.make_folder(folder)
        for path in (source, *(source.with_name(source.name + end) for end in ("-wal", "-journal"))):
            if path.is_file():
                _copy(kit, path, folder / path.name)
        kit.files.sync_folder(folder)
    except OSError as error:
        raise Failed("safety.failed", database=ref.name) from error
    log.warning("%s is damaged; its raw files are kept in %s", ref.name, folder)


def _copy(kit: Kit, source: Path, target: Path) -> None:
    partial = target.with_name(target.name + PARTIAL)
    with source.open("rb") as reading:
        write_plain(kit.files, partial, iter(lambda: reading.read(1 << 20), b""))
    kit.files.replace(partial, target)


def prove_in_place(work: Work, one: Wanted, before: Check) -> None:
    """Let the engine open the database in its place; its bytes were proven before the swap. Raises `Damaged`."""

    def progress(phase: str, done: int, total: int) -> None:
        work.teller.tell("check", one.name, done, total)

    verdict = work.kit.engine.check_plain(Path(one.target.location), Depth.STORED, progress, work.cancel)
    if not verdict.ok:
        problem = verdict.problem or Problem(code="restore.unproven", values={"database": one.name})
        raise Damaged(problem.code, **problem.values)
    log.info("%s restored to %s (%s rows)", one.name, one.target.location, sum((before.row_counts or {}).values()))


def put_back(work: Work, one: Wanted, safety: str | None) -> Problem:
    """Bring the overwritten database back from the safety set; says how that went."""
    values: dict[str, str | int] = {"database": one.name, "target": one.target.location, "set": safety or ""}
    try:
        if not one.target.exists:
            work.kit.files.unlink(Path(one.target.location))
            return Problem(code="undo.removed", severity=Severity.INFO, values=values)
        _reinstall(work, one, safety)
    except (BackupError, OSError) as error:
        log.error("undo of %s fails: %s", one.name, error)  # noqa: TRY400  the sentence tells the person
        return Problem(code="undo.failed", values=values)
    return Problem(code="undo.done", severity=Severity.INFO, values=values)


def _reinstall(work: Work, one: Wanted, safety: str | None) -> None:
    kit = work.kit
    if safety is None:
        raise Failed("undo.failed", database=one.name, target=one.target.location, set="")
    kept = kit.catalog.load(safety).databases[one.name]
    staging = Path(one.target.staging)
    if kept.status is SetStatus.COMPLETED:
        calm = Work(kit, work.teller, CancelToken())
        unpack(calm, one.name, kept, staging, "undo")
        kit.engine.install(kit.engine.target(one.name, one.target.location), overwrite=True, cancel=calm.cancel)
        return
    raw = kit.root / SAFETY / safety / Path(one.target.location).name
    with raw.open("rb") as reading:
        write_plain(kit.files, staging, iter(lambda: reading.read(1 << 20), b""))
    kit.files.replace(staging, Path(one.target.location))
    kit.files.sync_folder(staging.parent)
