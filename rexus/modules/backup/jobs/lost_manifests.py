"""Archives that are named as this program names them and that no manifest stands for: maybe backups that lost it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..base.errors import BackupError
from ..base.files import PARTIAL
from ..base.records import Problem, Severity
from ..catalog.index import SetSummary
from ..catalog.names import manifest_path, order_of
from .cleanup_rules import set_of_archive
from .holdings import Stored
from .kit import DATABASES


def lost_manifests(kit: Stored, root: Path, sets: Iterable[SetSummary]) -> tuple[Problem, ...]:
    """One warning of all such archives below ``root``; none where they can't be looked at, which is told elsewhere.

    One whose manifest is there but can't be read, or is being written, has not lost it.
    """
    named = {backup.file for one in sets for backup in one.databases.values()}
    try:
        stored = kit.store.sizes(DATABASES)
    except BackupError:
        return ()
    lost: dict[str, str] = {}
    for file in sorted(stored.keys() - named):
        name = set_of_archive(file) if not file.endswith(PARTIAL) else None
        if name is not None and not os.path.lexists(manifest_path(root, name)):
            lost.setdefault(name, file)
    if not lost:
        return ()
    newest = max(lost, key=order_of)
    values: dict[str, str | int] = {"count": len(lost), "set": newest, "file": lost[newest]}
    return (Problem(code="cleanup.manifest_lost", severity=Severity.WARNING, values=values),)
