"""The file sets of a restore: proven before anything is touched, and all of them or none."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ..base.errors import BackupError
from ..base.records import Check, Depth, Manifest, Problem, Record, RestoreRequest
from . import filesets_restore, filesets_undo
from .filesets import Tools
from .filesets_restore import FilesOrder
from .kit import SAFETY, Work
from .plan import World
from .survey import part_of


class FilesDone(Record, frozen=True, kw_only=True):
    """One restored file set."""

    kind: str
    to: str
    checks: tuple[Check, ...] = ()
    problems: tuple[Problem, ...] = ()
    safety: str = ""
    """Folder that keeps the files that were replaced."""


class FileSets:
    """The file sets of one restore; until `finish` they can be taken back together."""

    def __init__(self, request: RestoreRequest, world: World, work: Work, *, noted: bool) -> None:
        self._request, self._world, self._work = request, world, work
        self._noted = noted
        self._manifest: Manifest = work.kit.catalog.load(request.set)
        self._run = filesets_undo.new_run()
        self._begun: list[Path] = []

    def prove(self) -> None:
        """Prove every copy and every place; touches nothing. Raises `Damaged`, `Refused`."""
        for kind, where in self._world.file_sets:
            part = part_of(self._manifest, kind)
            filesets_restore.prove_files(part, self._work.kit.root, self._order(kind, where), self._tools(kind))

    def restore(self) -> tuple[FilesDone, ...]:
        """Bring them back, the replaced files kept aside. Raises `BackupError`, and then `undo` is due."""
        return tuple(self._one(kind, where) for kind, where in self._world.file_sets)

    def undo(self) -> None:
        """Take back what has no journal in the root, as far as that goes."""
        for where in reversed(self._begun):
            with contextlib.suppress(BackupError, OSError):
                filesets_undo.undo(where, self._work.kit.files, root=self._journals(where))

    def finish(self) -> None:
        """Make final what has no journal in the root. Raises `BackupError`, `OSError`."""
        for where in self._begun:
            filesets_undo.finish(where, self._work.kit.files, root=self._journals(where))

    def _journals(self, where: Path) -> Path:
        """The root keeps the journals, where it can be written."""
        return self._work.kit.root if self._noted else where / filesets_undo.WORK

    def _one(self, kind: str, where: str) -> FilesDone:
        kit, order = self._work.kit, self._order(kind, where)
        self._begun.append(order.destination)
        result = filesets_restore.restore_files(part_of(self._manifest, kind), kit.root, order, self._tools(kind))
        check = Check(depth=Depth.CONTENT, at=kit.clock.now(), ok=True)
        kept = str(order.safety) if order.safety is not None and order.safety.exists() else ""
        return FilesDone(kind=kind, to=where, checks=(check,), problems=result.problems, safety=kept)

    def _order(self, kind: str, where: str) -> FilesOrder:
        safety = self._work.kit.root / SAFETY / f"{self._request.set}_{kind}" / self._run
        return FilesOrder(
            destination=Path(where),
            only=self._request.only,
            overwrite=self._request.overwrite,
            safety=safety if self._noted else None,
            run=self._run,
            journals=None if self._noted else Path(where) / filesets_undo.WORK,
        )

    def _tools(self, kind: str) -> Tools:
        def progress(count: int, total: int) -> None:
            self._work.teller.tell("files", kind, count, total)

        return Tools(files=self._work.kit.files, progress=progress, cancel=self._work.cancel)
