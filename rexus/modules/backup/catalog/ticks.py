"""What the checks of a set amount to. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..base.damage import DAMAGE
from ..base.records import Check, DatabaseBackup, Depth, FileSetBackup, Manifest, Problem, SetStatus, Tick

_DEPTHS = {depth: number for number, depth in enumerate(Depth)}
_WEAKEST = (Tick.FAILED, Tick.NONE, Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED)
_MISSING = frozenset({"store.missing", "files.missing", "verify.server_gone"})
_OF_PLACES = frozenset(
    {
        "restore.io",
        "restore.no_meeting",
        "restore.read_back",
        "source.busy",
        "source.folder",
        "source.missing",
        "source.no_scratch",
        "source.unreadable",
        "verify.no_space",
        "verify.not_done",
        "verify.server_unasked",
    }
)
"""What says nothing of the stored bytes, but of the place where they were unpacked or looked at."""
_OF_COPIES = frozenset({"drill.failed", "drill.stale"})
"""What a restore test says of the copy; all else that it says is of the machine or of its questions."""


def is_absence(problem: Problem | None) -> bool:
    """Whether the stored file was not there: that says nothing of its bytes, should it come back."""
    return problem is not None and problem.code in _MISSING


def is_damage(problem: Problem | None) -> bool:
    """Whether stored bytes are not what they must be; what nobody knows is taken for that."""
    if problem is None:
        return True
    code = problem.code
    if code.startswith("drill."):
        return code in _OF_COPIES
    if code.startswith("sqlserver."):
        return code in DAMAGE
    return not code.startswith("store.") and code not in _OF_PLACES and code not in _MISSING


def counting(checks: Iterable[Check], stored_sha256: str) -> tuple[Check, ...]:
    """The checks that say something of the present bytes.

    A pass counts if it saw the bytes that the manifest promises (or either hash is unknown). A failure counts where
    it found damage, which other bytes than the promised ones are too, or no file; a full disk, a lock or a question
    of a restore test condemns nothing.
    """
    return tuple(one for one in checks if _counts(one, stored_sha256))


def _counts(one: Check, stored_sha256: str) -> bool:
    if one.ok:
        return not stored_sha256 or one.stored_sha256 in ("", stored_sha256)
    return is_damage(one.problem) or is_absence(one.problem)


def tick_of_checks(checks: Iterable[Check]) -> Tick:
    """Failed, unless every failure is followed by a pass at least as deep; else the deepest pass.

    A missing file is made good by any pass: it is there again. ``checks`` stand in the order in which they were made;
    their times say nothing here: clocks are set back.
    """
    deepest, failed = -1, -1  # of the passes; of the failures that no later pass has made good
    for one in checks:
        depth = _DEPTHS[one.depth]
        if not one.ok:
            failed = max(failed, 0 if is_absence(one.problem) else depth)
            continue
        deepest = max(deepest, depth)
        if depth >= failed:
            failed = -1
    if failed >= 0:
        return Tick.FAILED
    return Tick(list(Depth)[deepest].value) if deepest >= 0 else Tick.NONE


def tick_of_database(backup: DatabaseBackup) -> Tick:
    """The deepest passed check of the present bytes; none for what is not a completed backup."""
    if backup.status is not SetStatus.COMPLETED:
        return Tick.NONE
    return tick_of_checks(counting(backup.checks, backup.stored_sha256)) if backup.checks else Tick.NONE


def tick_of_set(manifest: Manifest) -> Tick:
    """The weakest of its databases; failed as well when the last check of its copied files failed."""
    if _files_failed(manifest):
        return Tick.FAILED
    return weakest(tick_of_database(one) for one in manifest.databases.values())


def weakest(ticks: Iterable[Tick]) -> Tick:
    """The weakest of ``ticks``; none if there are none."""
    return min(ticks, key=_WEAKEST.index, default=Tick.NONE)


def _files_failed(manifest: Manifest) -> bool:
    parts: tuple[FileSetBackup | None, ...] = (manifest.config, manifest.application)
    return any(part is not None and tick_of_checks(counting(part.checks, "")) is Tick.FAILED for part in parts)


def merged(old: Iterable[Check], new: Iterable[Check], stored_sha256: str = "") -> tuple[Check, ...]:
    """Old checks and then new ones, of each depth and result only the last; the tick is that of all of them."""
    last: dict[tuple[Depth, bool, bool, str], Check] = {}
    for check in counting((*old, *new), stored_sha256):
        key = (check.depth, check.ok, is_absence(check.problem), check.database)
        before = last.pop(key, None)
        if before is not None and before.figures:  # a restore asks no questions, and a later test maybe others
            figures = {**before.figures, **(check.figures or {})}
            check = msgspec.structs.replace(check, figures=figures)  # noqa: PLW2901
        last[key] = check
    return tuple(last.values())
