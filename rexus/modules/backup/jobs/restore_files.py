"""The file sets of a restore."""

from __future__ import annotations

from pathlib import Path

from ..base.records import Check, Depth, Problem, Record, RestoreRequest
from . import filesets_restore
from .filesets import Tools
from .kit import SAFETY, Work
from .plan import World
from .survey import part_of


class FilesDone(Record, frozen=True, kw_only=True):
    """One restored file set."""

    kind: str
    to: str
    checks: tuple[Check, ...] = ()
    problems: tuple[Problem, ...] = ()


def restore_file_sets(request: RestoreRequest, world: World, work: Work) -> tuple[FilesDone, ...]:
    """Bring back the planned file sets, each all or nothing; old files are kept below ``safety``. Raises `Failed`."""
    kit = work.kit
    manifest = kit.catalog.load(request.set)
    done: list[FilesDone] = []
    for kind, where in world.file_sets:

        def progress(count: int, total: int, kind: str = kind) -> None:
            work.teller.tell("files", kind, count, total)

        safety = kit.root / SAFETY / f"{request.set}_{kind}" / kit.clock.now().strftime("%Y%m%dT%H%M%S%fZ")
        order = filesets_restore.FilesOrder(
            destination=Path(where), only=request.only, overwrite=request.overwrite, safety=safety
        )
        tools = Tools(files=kit.files, progress=progress, cancel=work.cancel)
        result = filesets_restore.restore_files(part_of(manifest, kind), kit.root, order, tools)
        check = Check(depth=Depth.CONTENT, at=kit.clock.now(), ok=True)
        done.append(FilesDone(kind=kind, to=where, checks=(check,), problems=result.problems))
    return tuple(done)
