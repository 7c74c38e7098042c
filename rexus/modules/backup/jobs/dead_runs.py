"""A run that died leaves things and writes no line of the audit trail: whoever finds it tells both for it."""

from __future__ import annotations

import logging
from pathlib import Path

from ..base.errors import BackupError
from ..base.records import Finding, Manifest, SetStatus, Severity, Status
from .kit import Kit
from .lease import Held, LeaseRecord, dead_owner

log = logging.getLogger(__name__)
FOUND_BY = "found_by"
"""Member of such a line: who found it dead."""
_LINES = 50
"""Of the trail, in which that line is looked for."""


def owner_noted(kit: Kit, held: Held) -> None:
    """Write the line of whoever held the root and died. Raises nothing.

    A backup that has left a set under way has its line once that is settled (`set_noted`); one that had ended has
    written its own while it held the root, as other verbs do when they have let go.
    """
    owner = held.took_over
    if owner is None or owner.verb in ("", "?"):  # nobody knows what it did
        return
    under_way = any(one.status is SetStatus.IN_PROGRESS for one in kit.catalog.entries().sets)
    if owner.verb == "backup" and (under_way or _has_ended(kit, owner)):
        return
    detail: dict[str, str | int] = {"pid": owner.pid, "host": owner.host, "since": owner.since.isoformat()}
    _record(kit, (owner.who, owner.verb, owner.job), {FOUND_BY: held.record.who, **detail})


def left_beside(kit: Kit) -> list[Finding]:
    """What a restore that died had unpacked beside databases, for whoever only looks; its sweep is the next writer's.

    Nothing while somebody works here: that one sweeps.
    """
    owner, found = dead_owner(kit.root), list[Finding]()
    if owner is None or kit.engine.server is not None:
        return []
    for location in owner.leftovers:
        try:
            staging = kit.engine.target(Path(location).stem, location).staging
            if not Path(staging).is_file():
                continue
        except (BackupError, OSError, ValueError) as error:
            log.warning("what is left beside %s is not known: %s", location, error)
            continue
        values: dict[str, str | int] = {"path": staging, "target": location}
        found.append(Finding(code="check.restore_left", severity=Severity.WARNING, values=values))
    return found


def set_noted(kit: Kit, manifest: Manifest, found_by: str) -> None:
    """Write the line of the backup that died over a set, once that is marked as interrupted. Raises nothing."""
    detail: dict[str, str | int] = {"origin": manifest.origin.value, "kind": manifest.type.value}
    _record(kit, (manifest.requested_by, "backup", manifest.timestamp), {FOUND_BY: found_by, **detail})


def _has_ended(kit: Kit, owner: LeaseRecord) -> bool:
    """Whether it died after its own line."""
    try:
        lines = kit.audit.tail(_LINES)
    except (BackupError, OSError) as error:
        log.warning("the audit trail can't be read: %s", error)
        return False
    return any((one.what, one.who) == (owner.verb, owner.who) and one.at >= owner.since for one in lines)


def _record(kit: Kit, line: tuple[str, str, str], detail: dict[str, str | int]) -> None:
    """``line`` is who, what, and on which set."""
    try:
        kit.audit.record(*line, Status.INTERRUPTED.value, detail)
    except (BackupError, OSError) as error:
        log.warning("the audit trail can't be written: %s", error)
