"""What the checks of a set amount to. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..base.records import Check, DatabaseBackup, Depth, FileSetBackup, Manifest, SetStatus, Tick

_DEPTHS = {depth: number for number, depth in enumerate(Depth)}
_WEAKEST = (Tick.FAILED, Tick.NONE, Tick.STORED, Tick.CONTENT, Tick.ENGINE, Tick.RESTORED)


def counting(checks: Iterable[Check], stored_sha256: str) -> tuple[Check, ...]:
    """The checks that say something of the present bytes.

    A pass counts if it saw the bytes that the manifest promises (or either hash is unknown). A failure always
    counts: other bytes than the promised ones are just what it found.
    """
    return tuple(one for one in checks if not one.ok or not stored_sha256 or one.stored_sha256 in ("", stored_sha256))


def tick_of_checks(checks: Iterable[Check]) -> Tick:
    """Failed, unless every failure is followed by a pass at least as deep; else the deepest pass.

    ``checks`` stand in the order in which they were made. Their times say nothing here: clocks are set back.
    """
    deepest, failed = -1, -1  # of the passes; of the failures that no later pass has made good
    for one in checks:
        depth = _DEPTHS[one.depth]
        if not one.ok:
            failed = max(failed, depth)
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
    return any(part is not None and tick_of_checks(part.checks) is Tick.FAILED for part in parts)


def merged(old: Iterable[Check], new: Iterable[Check], stored_sha256: str = "") -> tuple[Check, ...]:
    """Old checks and then new ones, of each depth and result only the last; the tick is that of all of them."""
    last: dict[tuple[Depth, bool, str], Check] = {}
    for check in counting((*old, *new), stored_sha256):
        key = (check.depth, check.ok, check.database)
        before = last.pop(key, None)
        if before is not None and before.figures:  # a restore asks no questions, and a later test maybe others
            figures = {**before.figures, **(check.figures or {})}
            check = msgspec.structs.replace(check, figures=figures)  # noqa: PLW2901
        last[key] = check
    return tuple(last.values())
