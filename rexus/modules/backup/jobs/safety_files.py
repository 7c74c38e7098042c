"""Keep the files that a restore is about to overwrite in the safety set, from which they come back as any files do."""

from __future__ import annotations

import logging
import platform
import uuid

import msgspec

from .. import __version__
from ..base.errors import BackupError, Cancelled
from ..base.records import BackupKind, FileSetBackup, Manifest, Origin, RestoreRequest, SetStatus
from . import filesets
from .file_names import untold
from .filesets_proof import lacking
from .kit import Work
from .plan import World
from .safety import unkept
from .survey import part_of

log = logging.getLogger(__name__)


def keep_files(work: Work, request: RestoreRequest, world: World, safety: str | None) -> str | None:
    """Add the files that will be overwritten at home to the set ``safety``, or to a new one; returns its name.

    None where there is nothing to keep. Elsewhere than at home nobody would look for them: there they are kept below
    ``safety/`` alone. Raises `Failed` (``safety.failed``), `StoreFailed`, `SourceFailed`, `Cancelled`.
    """
    ways = {kind: world.files_differing.get(kind, ()) for kind, _ in world.file_sets}
    if request.to is not None or not any(ways.values()):
        return safety
    kit = work.kit
    made = kit.catalog.load(safety) if safety is not None else _reserved(work, request)
    name = made.timestamp
    try:
        kit.guard()
        if safety is not None:  # until its files are in it too, whoever finds it removes it whole
            kit.catalog.publish(msgspec.structs.replace(made, status=SetStatus.IN_PROGRESS))
        parts = {kind: _kept(work, request, (kind, paths), name) for kind, paths in ways.items() if paths}
        kit.guard()
        at = made.completed_at or kit.clock.now()
        kit.catalog.publish(msgspec.structs.replace(made, status=SetStatus.COMPLETED, completed_at=at, **parts))
    except (BackupError, OSError) as error:
        _give_up(work, made, error)
        raise
    return name


def _reserved(work: Work, request: RestoreRequest) -> Manifest:
    """A set for files alone."""
    now = work.kit.clock.now()
    blank = Manifest(
        timestamp="",
        type=BackupKind.FULL,
        started_at=now,
        status=SetStatus.IN_PROGRESS,
        databases={},
        set_id=str(uuid.uuid4()),
        origin=Origin.SAFETY,
        requested_by=request.requested_by,
        host=platform.node(),
        tool_version=__version__,
    )
    return work.kit.catalog.reserve(blank, now)


def _kept(work: Work, request: RestoreRequest, of: tuple[str, tuple[str, ...]], name: str) -> FileSetBackup:
    """Copies of exactly these files, and which of those that come will have had nothing at their place."""
    kind, paths = of
    kit = work.kit

    def progress(done: int, total: int) -> None:
        work.teller.tell("safety", kind, done, total)

    plan = filesets.FileSetPlan(
        app_root=kit.loaded.app_root, config_file=kit.loaded.path, patterns=tuple(untold(path) for path in paths)
    )
    tools = filesets.Tools(files=kit.files, progress=progress, cancel=work.cancel)
    made = filesets.copy_named(kind, plan, kit.root, name, tools)
    lacking_files = set(paths) - {copy.source for copy in made.files}
    if lacking_files:
        log.error("not kept: %s", sorted(lacking_files))
        raise unkept((min(lacking_files),), made.problems)
    restored = part_of(kit.catalog.load(request.set), kind)
    new = lacking(restored, kit.loaded.app_root, request.only, kit.root)
    return msgspec.structs.replace(made, absent=tuple(msgspec.structs.replace(copy, backup="") for copy in new))


def _give_up(work: Work, made: Manifest, error: BackupError | OSError) -> None:
    """Leave no copies that no manifest names; what the set held before it holds still."""
    kit = work.kit
    if made.status is SetStatus.IN_PROGRESS:
        problems = (error.problem,) if isinstance(error, BackupError) else ()
        status = SetStatus.CANCELLED if isinstance(error, Cancelled) else SetStatus.FAILED
        made = msgspec.structs.replace(made, status=status, problems=problems)
    try:
        kit.guard()
        filesets.discard(kit.root, made.timestamp, kit.files)
        kit.catalog.publish(made)
    except (BackupError, OSError) as second:
        log.warning("what is left of %s is swept at the next start: %s", made.timestamp, second)
