"""The restore test of one database: unpack aside, judge, read, ask, drop; or why that can't be done."""

from __future__ import annotations

import errno
import functools
import os
import re
import time
from pathlib import Path

import msgspec

from ..base.errors import BackupError, Cancelled, Damaged
from ..base.files import PARTIAL
from ..base.records import BackupKind, DatabaseBackup, Depth, Manifest, Problem, Record, SetStatus, Severity
from ..catalog.ticks import is_absence, is_damage
from ..engines.port import PlainCheck
from . import server_drill
from .drill_figures import figures
from .drill_found import Found
from .inspect import is_content_of, is_store_whole, judge_plain, unpack
from .kit import RESTORE, Kit, Work, why_of

ROWS = 100
"""Rows of every table that are read."""


class Trial(Record, frozen=True, kw_only=True):
    """What is tested: a database of a set, and where its copy is unpacked."""

    manifest: Manifest
    name: str
    backup: DatabaseBackup
    copy: Path

    @property
    def values(self) -> dict[str, str | int]:
        """What its problems name."""
        return {"database": self.name, "set": self.manifest.timestamp}


def tested(work: Work, manifest: Manifest, name: str) -> Found:
    """Restore ``name`` of a set aside and prove it; the copy is dropped whatever happens. Raises `Cancelled`."""
    if work.kit.engine.server is not None:
        return server_drill.tested(work, manifest, name, work.kit.engine.server)
    backup = manifest.databases.get(name)
    if backup is None or backup.status is not SetStatus.COMPLETED:
        return _unable("drill.not_in_set", {"database": name, "set": manifest.timestamp})
    plain = f"{re.sub(r'[^A-Za-z0-9_-]', '_', name)}_{manifest.timestamp}.drill{PARTIAL}"
    trial = Trial(manifest=manifest, name=name, backup=backup, copy=work.kit.root / RESTORE / plain)
    try:
        found = _tried(work, trial)
    except BaseException:
        _dropped(work.kit, trial.copy)
        raise
    left = _dropped(work.kit, trial.copy)
    return msgspec.structs.replace(found, problems=(*found.problems, *left))


def _tried(work: Work, trial: Trial) -> Found:
    """Damage is told in what is found, never raised; what only this machine is to blame for is no damage."""
    try:
        obstacle = _obstacle(work.kit, trial)
        if obstacle is not None:
            return Found(ok=None, problems=(obstacle,))
        work.kit.files.make_folder(trial.copy.parent)
        return _restored(work, trial)
    except Cancelled:
        raise
    except BackupError as error:
        return _blamed(work.kit, trial, error.problem)
    except (OSError, MemoryError) as error:
        return _unable("drill.not_done", {**trial.values, "why": why_of(error)})


def _obstacle(kit: Kit, trial: Trial) -> Problem | None:
    """Why this backup can't be tested here and now."""
    backup = trial.backup
    if backup.file is None and backup.server_file is not None:
        return _unable("drill.on_server", trial.values).problems[0]
    if backup.kind is not BackupKind.FULL:
        return _unable("drill.not_alone", {**trial.values, "kind": backup.kind.value}).problems[0]
    if backup.facts is not None and backup.facts.engine not in ("", kit.engine.name):
        values = {**trial.values, "engine": backup.facts.engine, "here": kit.engine.name}
        return _unable("drill.other_engine", values).problems[0]
    free, needed = kit.store.free_bytes(), backup.size_bytes + kit.loaded.settings.free_space_reserve_bytes
    if free is not None and needed > free:
        return _unable("drill.no_space", {**trial.values, "needed": needed, "free": free}).problems[0]
    return None


def _restored(work: Work, trial: Trial) -> Found:
    """Unpack and judge; then look whether it is fresh, read some of every table, and ask the questions."""
    kit, copy, begun = work.kit, trial.copy, time.monotonic()
    unpack(work, trial.name, trial.backup, copy, "unseal")
    if not is_content_of(kit, copy):
        if trial.backup.facts is not None and trial.backup.facts.engine:
            raise Damaged("restore.foreign_content", database=trial.name, engine=kit.engine.name)
        return _unable("drill.other_engine", {**trial.values, "engine": "?", "here": kit.engine.name})
    verdict = judge_plain(work, trial.name, trial.backup, copy, Depth.RESTORED)
    restore_s = time.monotonic() - begun
    if not verdict.ok:
        problem = verdict.problem or Problem(code="restore.unproven", values={"database": trial.name})
        return _blamed(kit, trial, problem)
    stale = freshness(trial, verdict)
    if stale is not None and stale.severity is Severity.ERROR:
        return _failed(trial, stale)
    work.teller.tell("prove", trial.name)
    kit.engine.sample(copy, ROWS, work.cancel)
    taken_at = trial.backup.started_at or trial.manifest.started_at
    found = figures(work, trial.name, taken_at, lambda: functools.partial(kit.engine.ask, copy))
    problems = tuple(one.problem for one in found if one.problem is not None)
    return Found(
        ok=True,
        problems=(*problems, *((stale,) if stale is not None else ())),
        restore_s=restore_s,
        row_counts=verdict.row_counts,
        figures=found,
    )


def freshness(trial: Trial, verdict: PlainCheck) -> Problem | None:
    """Whether the copy is of the instant that the backup claims: by what the engine said while it was taken."""
    facts = trial.backup.facts
    if facts is None or facts.marks is None or verdict.marks is None:
        return Problem(code="drill.no_marks", severity=Severity.INFO, values=trial.values)
    for mark in facts.marks.keys() & verdict.marks.keys():
        expected, seen = facts.marks[mark], verdict.marks[mark]
        if expected != seen:
            values = {**trial.values, "mark": mark, "expected": expected, "found": seen}
            return Problem(code="drill.stale", values=values)
    return None


def _blamed(kit: Kit, trial: Trial, problem: Problem) -> Found:
    """A failed test, unless only the place where it was unpacked is to blame, or that nothing can be read here."""
    if not (is_damage(problem) or (is_absence(problem) and is_store_whole(kit))):
        why = problem.values.get("why") or problem.values.get("reason") or problem.values.get("path") or problem.code
        why = os.strerror(errno.ENOENT) if is_absence(problem) else why
        return _unable("drill.not_done", {**trial.values, "why": str(why)})
    if problem.values.get("path") == str(trial.copy):  # that file is gone by the time somebody reads of it
        problem = msgspec.structs.replace(problem, values={**problem.values, "path": trial.backup.file or ""})
    return _failed(trial, problem)


def _failed(trial: Trial, *problems: Problem) -> Found:
    return Found(ok=False, problems=(Problem(code="drill.failed", values=trial.values), *problems))


def _unable(code: str, values: dict[str, str | int]) -> Found:
    return Found(ok=None, problems=(Problem(code=code, severity=Severity.WARNING, values=values),))


def _dropped(kit: Kit, copy: Path) -> tuple[Problem, ...]:
    """Remove the copy and what an engine may have left beside it; what can't be removed is told."""
    for path in (copy, *(copy.with_name(copy.name + end) for end in ("-journal", "-wal", "-shm"))):
        try:
            if os.path.lexists(path):
                kit.files.unlink(path)
        except OSError as error:
            values: dict[str, str | int] = {"path": str(path), "why": error.strerror or type(error).__name__}
            return (Problem(code="drill.copy_left", severity=Severity.WARNING, values=values),)
    return ()
