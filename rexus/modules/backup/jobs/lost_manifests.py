"""Archives that are named as this program names them and that no manifest stands for: maybe backups that lost it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..base.files import PARTIAL
from ..base.records import Problem, Severity
from ..catalog.index import SetSummary
from ..catalog.names import manifest_path, order_of
from .holdings import Presence


def lost_manifests(is_there: Presence, root: Path, sets: Iterable[SetSummary]) -> tuple[Problem, ...]:
    """One warning of all such archives below ``root``.

    One whose manifest is there but can't be read, or is being written, has not lost it.
    """
    unnamed = is_there.unnamed(sets)
    if not unnamed:
        return ()
    from .cleanup_rules import set_of_archive

    lost: dict[str, str] = {}
    for file in sorted(unnamed):
        name = set_of_archive(file) if not file.endswith(PARTIAL) else None
        if name is not None and not os.path.lexists(manifest_path(root, name)):
            lost.setdefault(name, file)
    if not lost:
        return ()
    newest = max(lost, key=order_of)
    values: dict[str, str | int] = {"count": len(lost), "set": newest, "file": lost[newest]}
    return (Problem(code="cleanup.manifest_lost", severity=Severity.WARNING, values=values),)
